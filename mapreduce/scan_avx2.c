/* SPDX-License-Identifier: Apache-2.0 */
/* The scan kernels with AVX2: two compares make a mask of 64 bytes. */
#if defined __x86_64__
#include "mapreduce/scan.h"

#include <immintrin.h>

#define SCAN_(name) avx2_##name
#define SCAN_TARGET __attribute__((target("avx2,bmi,popcnt,pclmul")))
#define SCAN_LABEL  "avx2"
#define avx2_table  yoke__scan_avx2
extern const yoke_scan_kernels yoke__scan_avx2;

SCAN_TARGET static inline uint64_t avx2_equal(const char *p, unsigned char byte) {
    __m256i wanted = _mm256_set1_epi8((char)byte);
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
    uint32_t first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    uint32_t second = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return first | (uint64_t)second << 32;
}

/* Writes eight places at a time without asking how many are needed: one branch for most masks. */
SCAN_TARGET static inline void avx2_extract(uint32_t *to, size_t base, uint64_t mask) {
    int left = __builtin_popcountll(mask);
    for (; left > 0; left -= 8, to += 8) {
        for (int i = 0; i < 8; i++) {
            to[i] = (uint32_t)(base + (size_t)_tzcnt_u64(mask));
            mask = _blsr_u64(mask);
        }
    }
}

/* A carry-less product with all ones is the running exclusive or. */
SCAN_TARGET static inline uint64_t avx2_prefix_xor(uint64_t mask) {
    __m128i bits = _mm_set_epi64x(0, (long long)mask);
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(bits, _mm_set1_epi8(-1), 0));
}

#include "mapreduce/scan.inc.h"
#else
typedef int yoke__scan_avx2_is_for_x86;
#endif

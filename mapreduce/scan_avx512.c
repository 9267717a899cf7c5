/* SPDX-License-Identifier: Apache-2.0 */
/* The scan kernels with AVX-512: one compare makes a mask of 64 bytes, one compression (VBMI2)
 * turns a mask into byte numbers. */
#if defined __x86_64__
#include "mapreduce/scan.h"

#include <immintrin.h>

#define SCAN_(name) avx512_##name
#define SCAN_TARGET                                                                                \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,popcnt,pclmul")))
#define SCAN_LABEL   "avx512"
#define avx512_table yoke__scan_avx512
extern const yoke_scan_kernels yoke__scan_avx512;

SCAN_TARGET static inline uint64_t avx512_equal(const char *p, unsigned char byte) {
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p), _mm512_set1_epi8((char)byte));
}

static const unsigned char numbers[64] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

/* Sixteen places from 16 byte numbers. */
SCAN_TARGET static inline void avx512_store(uint32_t *to, __m512i base, __m128i bytes) {
    _mm512_storeu_si512(to, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(bytes)));
}

SCAN_TARGET static inline void avx512_extract(uint32_t *to, size_t base, uint64_t mask) {
    __m512i at = _mm512_set1_epi32((int)(uint32_t)base);
    __m512i bytes = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(numbers));
    avx512_store(to, at, _mm512_castsi512_si128(bytes));
    int count = __builtin_popcountll(mask);
    if (__builtin_expect(count <= 16, 1)) return;
    avx512_store(to + 16, at, _mm512_extracti32x4_epi32(bytes, 1));
    if (count <= 32) return;
    avx512_store(to + 32, at, _mm512_extracti32x4_epi32(bytes, 2));
    avx512_store(to + 48, at, _mm512_extracti32x4_epi32(bytes, 3));
}

/* A carry-less product with all ones is the running exclusive or. */
SCAN_TARGET static inline uint64_t avx512_prefix_xor(uint64_t mask) {
    __m128i bits = _mm_set_epi64x(0, (long long)mask);
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(bits, _mm_set1_epi8(-1), 0));
}

#include "mapreduce/scan.inc.h"
#else
typedef int yoke__scan_avx512_is_for_x86;
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of selecting with AVX2: four bits choose one of 16 permutations of four items, and all
 * four are written. */
#if defined __x86_64__
#include "kernels/select.h"

#include <immintrin.h>

#define SELECT_(name) avx2_##name
#define SELECT_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define avx2_table    yoke__select_avx2

/* The places of the set bits of 0 to 15. */
#define PERMUTATIONS(X)                                                                            \
    X(0, 0, 0, 0), X(0, 0, 0, 0), X(1, 0, 0, 0), X(0, 1, 0, 0), X(2, 0, 0, 0), X(0, 2, 0, 0),      \
        X(1, 2, 0, 0), X(0, 1, 2, 0), X(3, 0, 0, 0), X(0, 3, 0, 0), X(1, 3, 0, 0), X(0, 1, 3, 0),  \
        X(2, 3, 0, 0), X(0, 2, 3, 0), X(1, 2, 3, 0), X(0, 1, 2, 3)

/* As bytes for items of 4, as words for items of 8. */
#define BYTES_OF(i) 4 * (i), 4 * (i) + 1, 4 * (i) + 2, 4 * (i) + 3
#define BYTES(a, b, c, d)                                                                          \
    { BYTES_OF(a), BYTES_OF(b), BYTES_OF(c), BYTES_OF(d) }
#define PAIRS(a, b, c, d)                                                                          \
    { 2 * (a), 2 * (a) + 1, 2 * (b), 2 * (b) + 1, 2 * (c), 2 * (c) + 1, 2 * (d), 2 * (d) + 1 }
static const _Alignas(64) unsigned char bytes_of[16][16] = {PERMUTATIONS(BYTES)};
static const _Alignas(64) uint32_t words_of[16][8] = {PERMUTATIONS(PAIRS)};

SELECT_TARGET static inline uint64_t avx2_word(const unsigned char *flags) {
    const __m256i *from = (const __m256i *)flags;
    __m256i zero = _mm256_setzero_si256();
    __m256i low = _mm256_cmpeq_epi8(_mm256_loadu_si256(from), zero);
    __m256i high = _mm256_cmpeq_epi8(_mm256_loadu_si256(from + 1), zero);
    return ~((uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                       << 32);
}

SELECT_TARGET static inline size_t avx2_pack_4_word(const uint32_t *from, uint64_t mask,
                                                    uint32_t *to) {
    size_t count = 0;
    for (int i = 0; i < 64; i += 4, mask >>= 4) {
        __m128i items = _mm_loadu_si128((const __m128i *)(from + i));
        __m128i order = _mm_load_si128((const __m128i *)bytes_of[mask & 15]);
        _mm_storeu_si128((__m128i *)(to + count), _mm_shuffle_epi8(items, order));
        count += (size_t)__builtin_popcount((unsigned)(mask & 15));
    }
    return count;
}

SELECT_TARGET static inline size_t avx2_pack_8_word(const uint64_t *from, uint64_t mask,
                                                    uint64_t *to) {
    size_t count = 0;
    for (int i = 0; i < 64; i += 4, mask >>= 4) {
        __m256i items = _mm256_loadu_si256((const __m256i *)(from + i));
        __m256i order = _mm256_load_si256((const __m256i *)words_of[mask & 15]);
        _mm256_storeu_si256((__m256i *)(to + count), _mm256_permutevar8x32_epi32(items, order));
        count += (size_t)__builtin_popcount((unsigned)(mask & 15));
    }
    return count;
}

SELECT_TARGET static inline size_t avx2_places_word(uint64_t base, uint64_t mask, uint64_t *to) {
    size_t count = 0;
    __m256i places =
        _mm256_add_epi64(_mm256_set1_epi64x((long long)base), _mm256_set_epi64x(3, 2, 1, 0));
    for (int i = 0; i < 64; i += 4, mask >>= 4) {
        __m256i order = _mm256_load_si256((const __m256i *)words_of[mask & 15]);
        _mm256_storeu_si256((__m256i *)(to + count), _mm256_permutevar8x32_epi32(places, order));
        places = _mm256_add_epi64(places, _mm256_set1_epi64x(4));
        count += (size_t)__builtin_popcount((unsigned)(mask & 15));
    }
    return count;
}

#include "kernels/select.inc.h"
#else
typedef int yoke__select_avx2_is_for_x86;
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * A few keys with AVX2: four lanes. There is only a signed comparison, so the sign is flipped on
 * the way in and out.
 */
#if defined __x86_64__
#include <immintrin.h>

#include "kernels/sort_few.h"

#define FEW_(name) name##_avx2
#define FEW_TARGET __attribute__((target("avx2")))
#define OP         static inline __attribute__((always_inline)) FEW_TARGET
#define WIDTH      4
typedef __m256i vector;

OP __m256i sign(void) { return _mm256_set1_epi64x(INT64_MIN); }
OP __m256i first(size_t n) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)n), _mm256_setr_epi64x(0, 1, 2, 3));
}
OP __m128i first32(size_t n) {
    return _mm_cmpgt_epi32(_mm_set1_epi32((int)n), _mm_setr_epi32(0, 1, 2, 3));
}

OP vector few_load64(const yoke__bits64 *from, size_t n) {
    __m256i loaded = _mm256_maskload_epi64((const long long *)from, first(n));
    return _mm256_blendv_epi8(_mm256_set1_epi64x(INT64_MAX), _mm256_xor_si256(loaded, sign()),
                              first(n));
}
OP vector few_load32(const yoke__bits32 *from, size_t n) {
    __m128i loaded = _mm_maskload_epi32((const int *)from, first32(n));
    return _mm256_blendv_epi8(_mm256_set1_epi64x(INT64_MAX), _mm256_cvtepu32_epi64(loaded),
                              first(n));
}
OP void few_store64(yoke__bits64 *to, vector v, size_t n) {
    _mm256_maskstore_epi64((long long *)to, first(n), _mm256_xor_si256(v, sign()));
}
OP void few_store32(yoke__bits32 *to, vector v, size_t n) {
    __m256i low = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
    _mm_maskstore_epi32((int *)to, first32(n), _mm256_castsi256_si128(low));
}

OP void few_order(vector *a, vector *b) {
    vector swap = _mm256_cmpgt_epi64(*a, *b);
    vector least = _mm256_blendv_epi8(*a, *b, swap);
    *b = _mm256_blendv_epi8(*b, *a, swap);
    *a = least;
}
OP vector few_upper(int d) {
    return d == 1 ? _mm256_setr_epi64x(0, -1, 0, -1) : _mm256_setr_epi64x(0, 0, -1, -1);
}
OP vector few_exchange(vector v, vector w, vector high) {
    return _mm256_blendv_epi8(v, w, _mm256_xor_si256(_mm256_cmpgt_epi64(v, w), high));
}
/* Only neighbours are ever at a distance here. */
OP vector few_step(vector v, int d) {
    (void)d;
    return _mm256_shuffle_epi32(v, 0x4e);
}
OP vector few_turn(vector v, int g) {
    return g == 1 ? few_step(v, 1) : _mm256_permute4x64_epi64(v, 0x1b);
}

#define LOW(a, b)       _mm256_unpacklo_epi64(a, b)
#define HIGH(a, b)      _mm256_unpackhi_epi64(a, b)
#define JOIN(a, b, how) _mm256_permute2x128_si256(a, b, how)

/* Four registers: column i becomes `to[i * stride]`. */
OP void turn_four(vector *to, const vector *v, ptrdiff_t stride) {
    vector low0 = LOW(v[0], v[1]), high0 = HIGH(v[0], v[1]);
    vector low1 = LOW(v[2], v[3]), high1 = HIGH(v[2], v[3]);
    to[0 * stride] = JOIN(low0, low1, 0x20);
    to[1 * stride] = JOIN(high0, high1, 0x20);
    to[2 * stride] = JOIN(low0, low1, 0x31);
    to[3 * stride] = JOIN(high0, high1, 0x31);
}

/* From columns to rows: the transposition of `count` registers. */
OP void few_rows(vector *v, int count) {
    vector w[16];
#pragma GCC unroll 16
    for (int i = 0; i < count; i++) w[i] = v[i];
    if (count == 2) {
        vector low = LOW(w[0], w[1]), high = HIGH(w[0], w[1]);
        v[0] = JOIN(low, high, 0x20);
        v[1] = JOIN(low, high, 0x31);
    }
#pragma GCC unroll 4
    for (int i = 0; i < count / 4; i++) turn_four(v + i, w + (ptrdiff_t)4 * i, count / 4);
}

#include "kernels/sort_few.inc.h"
#else
typedef int yoke__sort_few_avx2_is_for_x86;
#endif

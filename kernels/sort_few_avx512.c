/* SPDX-License-Identifier: Apache-2.0
 *
 * A few keys with AVX-512: eight lanes, the smaller and the larger in one instruction each.
 */
#if defined __x86_64__
#include <immintrin.h>

#include "kernels/sort_few.h"

#define FEW_(name) name##_avx512
#define FEW_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi2")))
#define OP         static inline __attribute__((always_inline)) FEW_TARGET
#define WIDTH      8
typedef __m512i vector;

OP __mmask8 first(size_t n) { return (__mmask8)((1u << n) - 1); }

OP vector few_load64(const yoke__bits64 *from, size_t n) {
    return _mm512_mask_loadu_epi64(_mm512_set1_epi64(-1), first(n), from);
}
OP vector few_load32(const yoke__bits32 *from, size_t n) {
    __m256i all = _mm256_mask_loadu_epi32(_mm256_set1_epi32(-1), first(n), from);
    return _mm512_cvtepu32_epi64(all);
}
OP void few_store64(yoke__bits64 *to, vector v, size_t n) {
    _mm512_mask_storeu_epi64(to, first(n), v);
}
OP void few_store32(yoke__bits32 *to, vector v, size_t n) {
    _mm256_mask_storeu_epi32(to, first(n), _mm512_cvtepi64_epi32(v));
}

OP void few_order(vector *a, vector *b) {
    vector least = _mm512_min_epu64(*a, *b);
    *b = _mm512_max_epu64(*a, *b);
    *a = least;
}
OP __mmask8 few_upper(int d) { return d == 1 ? 0xaa : d == 2 ? 0xcc : 0xf0; }
OP vector few_exchange(vector v, vector w, __mmask8 high) {
    return _mm512_mask_max_epu64(_mm512_min_epu64(v, w), high, v, w);
}
OP vector few_step(vector v, int d) {
    return d == 1 ? _mm512_shuffle_epi32(v, _MM_PERM_BADC) : _mm512_permutex_epi64(v, 0x4e);
}
OP vector few_turn(vector v, int g) {
    if (g == 1) return few_step(v, 1);
    if (g == 2) return _mm512_permutex_epi64(v, 0x1b);
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(7, 6, 5, 4, 3, 2, 1, 0), v);
}

/* Four registers of four pairs each, transposed. */
OP void turn_pairs(vector *v, vector a, vector b, vector c, vector d, ptrdiff_t stride) {
    vector ab_even = _mm512_shuffle_i64x2(a, b, 0x88), ab_odd = _mm512_shuffle_i64x2(a, b, 0xdd);
    vector cd_even = _mm512_shuffle_i64x2(c, d, 0x88), cd_odd = _mm512_shuffle_i64x2(c, d, 0xdd);
    v[0 * stride] = _mm512_shuffle_i64x2(ab_even, cd_even, 0x88);
    v[1 * stride] = _mm512_shuffle_i64x2(ab_odd, cd_odd, 0x88);
    v[2 * stride] = _mm512_shuffle_i64x2(ab_even, cd_even, 0xdd);
    v[3 * stride] = _mm512_shuffle_i64x2(ab_odd, cd_odd, 0xdd);
}
#define LOW(a, b)  _mm512_unpacklo_epi64(a, b)
#define HIGH(a, b) _mm512_unpackhi_epi64(a, b)

/* Eight registers: column i becomes `to[i * stride]`. */
OP void turn_eight(vector *to, const vector *v, ptrdiff_t stride) {
    vector low[4], high[4];
#pragma GCC unroll 4
    for (ptrdiff_t i = 0; i < 4; i++) {
        low[i] = LOW(v[2 * i], v[2 * i + 1]);
        high[i] = HIGH(v[2 * i], v[2 * i + 1]);
    }
    turn_pairs(to, low[0], low[1], low[2], low[3], 2 * stride);
    turn_pairs(to + stride, high[0], high[1], high[2], high[3], 2 * stride);
}

OP void turn_two(vector *v) {
    vector low = LOW(v[0], v[1]), high = HIGH(v[0], v[1]);
    v[0] = _mm512_permutex2var_epi64(low, _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), high);
    v[1] = _mm512_permutex2var_epi64(low, _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), high);
}

/* From columns to rows: the transposition of `count` registers. */
OP void few_rows(vector *v, int count) {
    vector w[16];
#pragma GCC unroll 16
    for (int i = 0; i < count; i++) w[i] = v[i];
    if (count == 2) turn_two(v);
    if (count == 4)
        turn_pairs(v, LOW(w[0], w[1]), LOW(w[2], w[3]), HIGH(w[0], w[1]), HIGH(w[2], w[3]), 1);
    if (count == 8) turn_eight(v, w, 1);
    if (count == 16) {
        turn_eight(v, w, 2);
        turn_eight(v + 1, w + 8, 2);
    }
}

#include "kernels/sort_few.inc.h"
#else
typedef int yoke__sort_few_avx512_is_for_x86;
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The numbering of items with AVX-512. Doubles are numbered by hand: what the compiler makes of the
 * loop moves masks to vectors, and so much is bound by instructions here that it counts. */
#if defined __x86_64__
#include <immintrin.h>

#include "kernels/bins.h"

#define BINS_(name) avx512_##name
#if defined __clang__
#define BINS_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2")))
#else /* gcc takes half vectors unless told otherwise */
#define BINS_TARGET                                                                                \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2,prefer-vector-width=512")))
#endif
#define avx512_table yoke__bins_avx512

/* What all vectors need; `inside`: a bit for each lane that was in a bin in all of them. */
typedef struct lanes {
    __m512d low, high, scale;
    __m256i last;
    __mmask8 inside;
} lanes;

BINS_TARGET static inline __attribute__((always_inline)) __m256i number_eight(lanes *l, __m512d x) {
    __mmask8 inside = _mm512_cmp_pd_mask(x, l->low, _CMP_GE_OQ);
    inside = _mm512_mask_cmp_pd_mask(inside, x, l->high, _CMP_LT_OQ);
    l->inside &= inside;
    __m512d distance = _mm512_maskz_sub_pd(inside, x, l->low);
    __m256i bin = _mm512_cvttpd_epi32(_mm512_mul_pd(distance, l->scale));
    return _mm256_min_epi32(bin, l->last);
}

BINS_TARGET static int inside_f64(const yoke__bins_f64 *of, const double *from, size_t n,
                                  uint32_t *restrict number) {
    lanes l = {_mm512_set1_pd(of->low), _mm512_set1_pd(of->high), _mm512_set1_pd(of->scale),
               _mm256_set1_epi32((int)of->bins - 1), 0xFF};
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i bin = number_eight(&l, _mm512_loadu_pd(from + i));
        _mm256_storeu_si256((__m256i *)(void *)(number + i), bin);
    }
    if (i == n) return l.inside != 0xFF;
    __mmask8 rest = (__mmask8)((1U << (n - i)) - 1); /* beside it: `low`, which is in a bin */
    __m256i bin = number_eight(&l, _mm512_mask_loadu_pd(l.low, rest, from + i));
    _mm256_mask_storeu_epi32(number + i, rest, bin);
    return l.inside != 0xFF;
}
#define BINS_INSIDE_F64 inside_f64

#include "kernels/bins_isa.inc.h"
#else
typedef int yoke__bins_avx512_is_for_x86;
#endif

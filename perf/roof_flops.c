/* SPDX-License-Identifier: Apache-2.0
 *
 * Loops that do nothing but multiply and add, in twelve chains: as many as two units of a latency
 * of four or five cycles keep busy, and as few as there are registers for. Factors and terms are
 * such that no chain overflows or becomes denormal: x = 0.5 x + 1 stays near 2.
 */
#include "perf/roof.h"
#include "yoke/isa.h"
#if defined __x86_64__
#include <immintrin.h>
#endif

enum { CHAINS = 12 };

/* One loop: STEP(x) is a vector operation on chain x, ADD(x, y) the sum of two. */
#define PEAK(name, attribute, vector, SET, STEP, ADD, FIRST)                                       \
    attribute static double name(size_t steps) {                                                   \
        const vector factor = SET(0.5), term = SET(1.0);                                           \
        vector x[CHAINS];                                                                          \
        for (int i = 0; i < CHAINS; i++) x[i] = SET((double)i);                                    \
        for (; steps; steps--) {                                                                   \
            _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) x[i] = STEP(x[i]);           \
        }                                                                                          \
        for (int i = 1; i < CHAINS; i++) x[0] = ADD(x[0], x[i]);                                   \
        return FIRST(x[0]);                                                                        \
    }

#if defined __x86_64__
#define STEP_PLAIN(x)  _mm_add_pd(_mm_mul_pd(x, factor), term)
#define STEP_AVX2(x)   _mm256_fmadd_pd(x, factor, term)
#define STEP_AVX512(x) _mm512_fmadd_pd(x, factor, term)
PEAK(peak_plain, , __m128d, _mm_set1_pd, STEP_PLAIN, _mm_add_pd, _mm_cvtsd_f64)
PEAK(peak_avx2, __attribute__((target("avx2,fma"))), __m256d, _mm256_set1_pd, STEP_AVX2,
     _mm256_add_pd, _mm256_cvtsd_f64)
PEAK(peak_avx512, __attribute__((target("avx512f"))), __m512d, _mm512_set1_pd, STEP_AVX512,
     _mm512_add_pd, _mm512_cvtsd_f64)

const yoke__peak *yoke__peak_in_use(void) {
    static const yoke__peak peaks[] = {
        [YOKE_ISA_PLAIN] = {"sse2", CHAINS * 2 * 2, peak_plain},
        [YOKE_ISA_AVX2] = {"avx2 fma", CHAINS * 4 * 2, peak_avx2},
        [YOKE_ISA_AVX512] = {"avx512 fma", CHAINS * 8 * 2, peak_avx512},
    };
    return &peaks[yoke_isa_in_use()];
}
#else
#define SELF(x)    (x)
#define STEP(x)    ((x)*factor + term)
#define PLUS(x, y) ((x) + (y))
PEAK(peak_plain, , double, SELF, STEP, PLUS, SELF)

const yoke__peak *yoke__peak_in_use(void) {
    static const yoke__peak peak = {"plain", CHAINS * 2, peak_plain};
    return &peak;
}
#endif

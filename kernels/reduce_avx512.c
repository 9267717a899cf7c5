/* SPDX-License-Identifier: Apache-2.0 */
/* The loops of reductions with AVX-512. */
#ifdef __x86_64__
#include <immintrin.h>

#if defined __clang__
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,bmi,bmi2")))
#else /* gcc takes half vectors unless told otherwise */
#define TARGET                                                                                     \
    __attribute__((                                                                                \
        target("avx512f,avx512bw,avx512dq,avx512vl,fma,bmi,bmi2,prefer-vector-width=512")))
#endif
#define BYTES                  64
#define TABLE                  yoke__reduce_avx512
#define NATIVE(name)           NATIVE_(name)
#define NATIVE_(name)          _mm512_##name
#define FUSED(a, b, c)         _mm512_fmsub_pd(a, b, c)
#define PRODUCT_ERROR(a, b, c) FUSED(a, b, c)
#define PLUS_PRODUCT(c, a, b)  _mm512_fmadd_pd(a, b, c)
#define ANY_BELOW(a, b)        _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ)
#include "kernels/reduce_isa.inc.h"
#else
typedef int yoke__reduce_avx512_is_for_x86;
#endif

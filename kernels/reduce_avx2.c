/* SPDX-License-Identifier: Apache-2.0 */
/* The loops of reductions with AVX2. */
#ifdef __x86_64__
#include <immintrin.h>

#define TARGET                 __attribute__((target("avx2,fma,bmi,bmi2")))
#define BYTES                  32
#define TABLE                  yoke__reduce_avx2
#define NATIVE(name)           NATIVE_(name)
#define NATIVE_(name)          _mm256_##name
#define FUSED(a, b, c)         _mm256_fmsub_pd(a, b, c)
#define PRODUCT_ERROR(a, b, c) FUSED(a, b, c)
#define PLUS_PRODUCT(c, a, b)  _mm256_fmadd_pd(a, b, c)
#define ANY_BELOW(a, b)        _mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LT_OQ))
#include "kernels/reduce_isa.inc.h"
#else
typedef int yoke__reduce_avx2_is_for_x86;
#endif

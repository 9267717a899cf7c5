/* SPDX-License-Identifier: Apache-2.0 */
/* The numbering of items with AVX-512. */
#if defined __x86_64__
#include "kernels/bins.h"

#define BINS_(name) avx512_##name
#if defined __clang__
#define BINS_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2")))
#else /* gcc takes half vectors unless told otherwise */
#define BINS_TARGET                                                                                \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2,prefer-vector-width=512")))
#endif
#define avx512_table yoke__bins_avx512
#include "kernels/bins_isa.inc.h"
#else
typedef int yoke__bins_avx512_is_for_x86;
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The numbering of items with AVX2. */
#if defined __x86_64__
#include "kernels/bins.h"

#define BINS_(name) avx2_##name
#define BINS_TARGET __attribute__((target("avx2,bmi,bmi2,fma")))
#define avx2_table  yoke__bins_avx2
#include "kernels/bins_isa.inc.h"
#else
typedef int yoke__bins_avx2_is_for_x86;
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Sums within blocks of scans with AVX2. */
#ifdef __x86_64__
#include "kernels/scan_block.h"

#define ISA    avx2
#define TARGET __attribute__((target("avx2")))
#define BYTES  32

#include "kernels/scan_isa.inc.h"
#else
typedef int yoke__scan_avx2_is_for_x86;
#endif

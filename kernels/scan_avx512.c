/* SPDX-License-Identifier: Apache-2.0 */
/* Sums within blocks of scans with AVX-512. */
#ifdef __x86_64__
#include "kernels/scan_block.h"

#define ISA avx512
#if defined __clang__
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl")))
#else /* gcc takes half vectors unless told otherwise */
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")))
#endif
#define BYTES 64

#include "kernels/scan_isa.inc.h"
#else
typedef int yoke__scan_avx512_is_for_x86;
#endif

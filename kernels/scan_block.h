/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums within a block, for each set of instructions, as yoke/scan.h defines them. Blocks hold whole
 * groups, but for the last one.
 */
#ifndef YOKE_KERNELS_SCAN_BLOCK_H
#define YOKE_KERNELS_SCAN_BLOCK_H

#include <stdbool.h>

#include "kernels/isa.h"
#include "yoke/scan.h"

enum { YOKE__SCAN_GROUP = 8, YOKE__SCAN_GRAIN = 16384 };

/* Wide items as they are computed with: signed integers wrap as unsigned ones do. */
#define YOKE__SCAN_RING(W) __typeof__(_Generic((W)0, int64_t : (uint64_t)0, default : (W)0))

/* total: the sum of n items, n a multiple of the group. scan: what is before is added to each. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define YOKE__SCAN_DECLARE_ISA(S, T, W, isa)                                                       \
    W yoke__scan_total_##S##_##isa(const T *in, size_t n);                                         \
    void yoke__scan_block_##S##_##isa(W before, const T *in, T *out, size_t n, bool exclusive);
#define YOKE__SCAN_DECLARE(S, T, W)                                                                \
    YOKE__SCAN_DECLARE_ISA(S, T, W, plain)                                                         \
    YOKE__SCAN_DECLARE_ISA(S, T, W, avx2)                                                          \
    YOKE__SCAN_DECLARE_ISA(S, T, W, avx512)
YOKE_TYPES(YOKE__SCAN_DECLARE)
/* NOLINTEND(bugprone-macro-parentheses) */

/* YOKE_EINVAL for arrays of so many bytes that overlap in part. */
int yoke__scan_check(const void *in, const void *out, size_t bytes);

#endif

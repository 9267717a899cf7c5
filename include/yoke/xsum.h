/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact sums of doubles, and of products of two doubles: a superaccumulator, a fixed-point number
 * that is wide enough for all of them, after Kulisch's long accumulator and Neal, "Fast exact
 * summation using small and large superaccumulators" (2015). Nothing rounds on the way, so the sum
 * does not depend on the order of the numbers, and accumulators of blocks, threads or ranks can be
 * merged in any order. The result is rounded once, to the nearest double, ties to even.
 *
 *     yoke_xsum sum = {0};
 *     yoke_xsum_add_array(&sum, x, n);      // on this rank
 *     ...                                   // send the bytes of `sum` to another one
 *     yoke_xsum_merge(&all, &sum);
 *     double rounded = yoke_xsum_value(&all);
 *
 * Infinities and NaN count as in IEEE 754: +inf and -inf together are NaN. A sum that is zero is
 * +0; one that only rounds to zero, as those of products can, keeps its sign. A zeroed accumulator
 * is empty. It holds no pointer; its bytes may be copied and sent between machines of the same byte
 * order. One thread at a time; nothing here allocates, blocks or fails. Up to 2^63 numbers.
 */
#ifndef YOKE_XSUM_H
#define YOKE_XSUM_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { YOKE_XSUM_LIMBS = 136, YOKE_XSUM_LOW = -2176 };

typedef struct yoke_xsum {
    int64_t limb[YOKE_XSUM_LIMBS]; /* the sum of limb[i] * 2^(32 i + YOKE_XSUM_LOW) */
    uint32_t pending;              /* additions since limbs were last brought below 2^32 */
    uint32_t special;              /* bits: 1 +inf, 2 -inf, 4 NaN were added */
} yoke_xsum;

YOKE_API void yoke_xsum_add(yoke_xsum *sum, double x);
/* Adds x y, exactly. */
YOKE_API void yoke_xsum_add_product(yoke_xsum *sum, double x, double y);
/* Add n numbers, or x[i] y[i] for n pairs: several times faster than one by one. */
YOKE_API void yoke_xsum_add_array(yoke_xsum *sum, const double *x, size_t n);
YOKE_API void yoke_xsum_add_products(yoke_xsum *sum, const double *x, const double *y, size_t n);
/* Adds all that was added to `from`. */
YOKE_API void yoke_xsum_merge(yoke_xsum *into, const yoke_xsum *from);
/* The nearest double. */
YOKE_API double yoke_xsum_value(const yoke_xsum *sum);

#ifdef __cplusplus
}
#endif
#endif

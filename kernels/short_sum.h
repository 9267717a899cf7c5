/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of few products, rounded once. Two doubles hold nearly all of a sum (Dekker's product and
 * Knuth's sum say what the first one lacks), and the sizes of the products bound what is missing:
 * if the sum with that bound added and subtracted is rounded to the same number, that is the
 * nearest one. Else, and where something overflows, the caller sums with a superaccumulator
 * (yoke/xsum.h).
 *
 * The bound. The second double sums what was lost in each of n products and additions, which is at
 * most 2^-53 of the sizes so far, and is itself rounded twice each time: less than n (n + 4) 2^-106
 * of all sizes. Twice that for the rounding of the sizes, four times for that of low +- bound.
 * Where products are tiny their errors are not exact, by less than 2^-1072 each.
 */
#ifndef YOKE_KERNELS_SHORT_SUM_H
#define YOKE_KERNELS_SHORT_SUM_H

#include <math.h>
#include <stdbool.h>

#include "kernels/xsum.h"

enum { YOKE__SHORT_SUM = 512 }; /* products at most */

typedef struct yoke__short_sum {
    double high, low;
    double size;    /* of all products */
    double factors; /* the sizes of one factor of each: with 0, and `size` 0, the sum is 0 */
} yoke__short_sum;

static inline double yoke__upper_half(double x) {
    double scaled = x * 0x1.0000002p27;
    return scaled - (scaled - x);
}

/* x y is weight x, more or less what is returned. */
static inline double yoke__product_error(double x, double y, double product) {
    double a = yoke__upper_half(x), b = x - a, c = yoke__upper_half(y), d = y - c;
    return ((a * c - product) + a * d + b * c) + b * d;
}

static inline yoke__short_sum yoke__short_begin(double x) {
    return (yoke__short_sum){x, 0, fabs(x), fabs(x)};
}

static inline void yoke__short_add(yoke__short_sum *s, double weight, double x) {
    double product = weight * x, sum = s->high + product, part = sum - s->high;
    double lost = (s->high - (sum - part)) + (product - part);
    s->low += lost + yoke__product_error(weight, x, product);
    s->high = sum;
    s->size += fabs(product);
    s->factors += fabs(x);
}

static inline double yoke__short_bound(const yoke__short_sum *s, size_t n) {
    double more = (double)n + 4;
    return more * more * 0x1p-103 * s->size + more * 0x1p-1070;
}

/* Whether the nearest one of the sum of n products is known. */
static inline bool yoke__short_value_f64(const yoke__short_sum *s, size_t n, double *value) {
    double bound = yoke__short_bound(s, n), least = s->high + (s->low - bound);
    bool zero = s->factors == 0 && s->size == 0;
    *value = zero ? 0 : least;
    return zero || least == s->high + (s->low + bound);
}

static inline float yoke__short_rounded(double a, double b) {
    double sum = a + b, part = sum - a;
    return yoke__round_to_float(sum, (a - (sum - part)) + (b - part));
}

static inline bool yoke__short_value_f32(const yoke__short_sum *s, size_t n, float *value) {
    double bound = yoke__short_bound(s, n);
    float least = yoke__short_rounded(s->high, s->low - bound);
    bool zero = s->factors == 0 && s->size == 0;
    *value = zero ? 0 : least;
    return zero || least == yoke__short_rounded(s->high, s->low + bound);
}

#endif

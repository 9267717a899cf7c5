/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of products, rounded once. Two doubles hold nearly all of a sum (a fused multiplication, or
 * Dekker's product, and Knuth's sum say what the first one lacks), and the sizes of what went into
 * the second one bound what is missing: if the sum with that bound added and subtracted is rounded
 * to the same number, that is the nearest one. Else two doubles may hold all of it, as is seen
 * by a slower sum; where they do not, or something overflows, the caller sums with a
 * superaccumulator (yoke/xsum.h). After Ogita, Rump and Oishi, "Accurate sum and dot product"
 * (2005).
 *
 * The bound. Each term loses what its multiplication and addition round off. That is two numbers,
 * which are added, and their sum is added to the second double: each addition rounds by at most
 * 2^-53 of the losses so far, so n terms by less than (n + 1) 2^-53 of all. One such part more for
 * low +- bound, and twice all that for the rounding of the losses. Where nothing was lost, nothing
 * is missing. Where products are tiny their errors are not exact, by less than 2^-1072 each.
 */
#ifndef YOKE_KERNELS_SHORT_SUM_H
#define YOKE_KERNELS_SHORT_SUM_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernels/xsum.h"

typedef struct yoke__short_sum {
    double high, low;
    double lost; /* the sizes of what was added to low */
} yoke__short_sum;

/* Several sums side by side. */
enum { YOKE__SHORT_LANES = 8 };
typedef struct yoke__short_sums {
    double high[YOKE__SHORT_LANES], low[YOKE__SHORT_LANES], lost[YOKE__SHORT_LANES];
} yoke__short_sums;

static inline double yoke__upper_half(double x) {
    double scaled = x * 0x1.0000002p27;
    return scaled - (scaled - x);
}

/* x y is weight x, more or less what is returned. */
static inline double yoke__product_error(double x, double y, double product) {
    double a = yoke__upper_half(x), b = x - a, c = yoke__upper_half(y), d = y - c;
    return ((a * c - product) + a * d + b * c) + b * d;
}

static inline yoke__short_sum yoke__short_begin(double x) { return (yoke__short_sum){x, 0, 0}; }

static inline yoke__short_sum yoke__short_lane(const yoke__short_sums *sums, size_t lane) {
    return (yoke__short_sum){sums->high[lane], sums->low[lane], sums->lost[lane]};
}

/* Adds x, to which `error` belongs. */
static inline void yoke__short_take(yoke__short_sum *s, double x, double error) {
    double sum = s->high + x, part = sum - s->high;
    double loss = ((s->high - (sum - part)) + (x - part)) + error;
    s->high = sum;
    s->low += loss;
    s->lost += fabs(loss);
}

static inline void yoke__short_add(yoke__short_sum *s, double weight, double x) {
    double product = weight * x;
    yoke__short_take(s, product, yoke__product_error(weight, x, product));
}

/* The sum of all lanes: of one product more than they have for each lane. */
static inline yoke__short_sum yoke__short_fold(const yoke__short_sums *sums) {
    yoke__short_sum s = yoke__short_begin(0);
    for (size_t lane = 0; lane < YOKE__SHORT_LANES; lane++) {
        yoke__short_take(&s, sums->high[lane], sums->low[lane]);
        s.lost += sums->lost[lane];
    }
    return s;
}

static inline double yoke__short_bound(const yoke__short_sum *s, size_t n) {
    double more = (double)n + 4;
    return more * 0x1p-52 * s->lost + more * 0x1p-1070;
}

/* Whether the nearest one of the sum of n terms is known; it never is 0 then. */
static inline bool yoke__short_value_f64(const yoke__short_sum *s, size_t n, double *value) {
    double bound = yoke__short_bound(s, n), least = s->high + (s->low - bound);
    *value = least;
    return least == s->high + (s->low + bound);
}

/* One double nearly always decides how a float is rounded. */
static inline bool yoke__short_value_f32(const yoke__short_sum *s, size_t n, float *value) {
    double sum = s->high + s->low, bound = fabs(sum) * 0x1p-51 + yoke__short_bound(s, n);
    float least = (float)(sum - bound);
    *value = least;
    return least != 0 && least == (float)(sum + bound);
}

/* The second try: if also the second double lost nothing, both together are the sum. That decides
 * ties, and sums that are 0. */
typedef struct yoke__whole_sum {
    double high, low;
    bool whole;
} yoke__whole_sum;

static inline yoke__whole_sum yoke__whole_begin(double x) { return (yoke__whole_sum){x, 0, true}; }

/* a + b, and in *rest what that lacks. */
static inline double yoke__two_sum(double a, double b, double *rest) {
    double sum = a + b, part = sum - a;
    *rest = (a - (sum - part)) + (b - part);
    return sum;
}

static inline void yoke__whole_add(yoke__whole_sum *s, double weight, double x) {
    double product = weight * x, loss, rests[2];
    s->high = yoke__two_sum(s->high, product, &loss);
    s->low = yoke__two_sum(s->low, loss, &rests[0]);
    s->low = yoke__two_sum(s->low, yoke__product_error(weight, x, product), &rests[1]);
    bool exact = fabs(product) >= 0x1p-960 || weight == 0 || x == 0; /* the error of the product */
    s->whole = s->whole && exact && rests[0] == 0 && rests[1] == 0;
}

static inline bool yoke__whole_value_f64(const yoke__whole_sum *s, double *value) {
    double sum = s->high + s->low;
    *value = sum == 0 ? 0 : sum;
    return s->whole;
}

static inline bool yoke__whole_value_f32(const yoke__whole_sum *s, float *value) {
    double rest, sum = yoke__two_sum(s->high, s->low, &rest);
    *value = sum == 0 ? 0 : yoke__round_to_float(sum, rest);
    return s->whole;
}

#endif

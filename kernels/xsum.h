/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact values inside the kernels: magnitudes of many 32-bit words, and rounding them once.
 */
#ifndef YOKE_KERNELS_XSUM_H
#define YOKE_KERNELS_XSUM_H

#include <stdbool.h>

#include "yoke/xsum.h"

/* Adds numbers one by one, whatever they are. */
void yoke__xsum_add_each(yoke_xsum *sum, const double *x, size_t n);

/* Adds numbers to one sum and their squares to another: one by one, or tile by tile. */
void yoke__xsum_add_squares(yoke_xsum *sum, yoke_xsum *squares, const double *x, size_t n);
void yoke__xsum_add_moments(yoke_xsum *sum, yoke_xsum *squares, const double *x, size_t n);

/* A sum of numbers of which none is special, as sign and words of 32 bits, the lowest first:
 * |value| = sum of words[i] * 2^(32 i + YOKE_XSUM_LOW). Returns whether it is negative. */
bool yoke__xsum_magnitude(const yoke_xsum *sum, uint32_t words[YOKE_XSUM_LIMBS]);

/* What the special numbers among those added make of the sum: +-infinity or NaN; 0: there were
 * none. */
double yoke__xsum_special(const yoke_xsum *sum);

/* words * 2^low, plus less than a unit when `more`, to the nearest double. There is a bit below the
 * last one that the result has, or more is false. */
double yoke__round_words(const uint32_t *words, int count, int low, bool more);

/* What is missing from the sum when it is rounded to that double; 0 of one that is not finite. */
double yoke__xsum_missing(const yoke_xsum *sum, double rounded);

/* The nearest float. */
float yoke__xsum_value_f32(const yoke_xsum *sum);

/* high + low, which high alone is when it is rounded to a double, to the nearest float. */
float yoke__round_to_float(double high, double low);

/* The exact moments and norm: count is that of the numbers in `sum`, squares the sum of their
 * squares; each result is rounded once. */
double yoke__exact_mean(const yoke_xsum *sum, uint64_t count);
/* The sum of squared deviations from the mean. */
double yoke__exact_deviations(const yoke_xsum *sum, const yoke_xsum *squares, uint64_t count);
double yoke__exact_root(const yoke_xsum *squares);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Products of many doubles to as many bits as one likes, with a bound of what was cut off.
 */
#ifndef YOKE_KERNELS_PRODUCT_H
#define YOKE_KERNELS_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The limbs, lowest first, are a whole number m of 64 `limbs` bits, of which the highest is 1. The
 * product p of the factors, but for those that are special and for the sign, is
 *     m 2^exponent            if nothing was cut off, else
 *     > m 2^exponent and < (m + 4 cuts) 2^exponent. */
typedef struct yoke__product {
    size_t limbs; /* 2 or more */
    uint64_t *limb;
    int64_t exponent;
    uint64_t cuts;    /* multiplications that cut something off */
    uint32_t special; /* bits: 1 negative, 2 with a zero, 4 with an infinity, 8 with a NaN */
} yoke__product;

/* 1; the limbs have undefined contents before. */
void yoke__product_begin(yoke__product *p, size_t limbs, uint64_t *limb);
void yoke__product_multiply_f64(yoke__product *p, const double *x, size_t n);
void yoke__product_multiply_f32(yoke__product *p, const float *x, size_t n);
/* Both have the same number of limbs; `room` is for twice as many. */
void yoke__product_merge(yoke__product *into, const yoke__product *from, uint64_t *room);

/* Rounds the exact product once, to the nearest double; false when too much was cut off to say
 * which one that is. */
bool yoke__product_value(const yoke__product *p, double *value);

#endif

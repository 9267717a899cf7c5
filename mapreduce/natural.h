/* SPDX-License-Identifier: Apache-2.0
 *
 * Natural numbers of up to 8192 bits on the stack, and the one place where an exact value becomes
 * a double. Everything that this module rounds is first brought to an exact fraction of two of
 * these, so that rounding happens once.
 */
#ifndef YOKE_MAPREDUCE_NATURAL_H
#define YOKE_MAPREDUCE_NATURAL_H

#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 yoke__u128;

enum { YOKE__NATURAL_LIMBS = 130 };

/* limb[count - 1] is the highest and not zero; count 0 is the number zero. The callers' ranges
 * (banner of exact.c) keep every result within the limbs, so nothing here checks for overflow. */
typedef struct yoke__natural {
    int count;
    uint64_t limb[YOKE__NATURAL_LIMBS];
} yoke__natural;

/* 10^0 to 10^19. */
extern const uint64_t yoke__power10[20];

void yoke__natural_set(yoke__natural *n, yoke__u128 value);
int yoke__natural_compare(const yoke__natural *a, const yoke__natural *b);
/* n = n * factor + addend */
void yoke__natural_multiply_add(yoke__natural *n, uint64_t factor, uint64_t addend);
/* n = n * 10^exponent, exponent at least 0 */
void yoke__natural_scale(yoke__natural *n, int exponent);
/* product = a * b; it is neither of them */
void yoke__natural_multiply(yoke__natural *product, const yoke__natural *a, const yoke__natural *b);
/* n = n - b, b at most n */
void yoke__natural_subtract(yoke__natural *n, const yoke__natural *b);
void yoke__natural_shift_left(yoke__natural *n, int bits);
/* n = floor(n / 2^bits); true when a one was dropped. */
bool yoke__natural_shift_right(yoke__natural *n, int bits);
/* n = floor(n / divisor), returns the remainder. */
uint64_t yoke__natural_divide_small(yoke__natural *n, uint64_t divisor);

/* The leading bits of a fraction: n / d = (bits + rest) * 2^exponent with 0 <= rest < 1, bits
 * between 2^126 and 2^128, and `inexact` telling whether rest > 0. */
typedef struct yoke__quotient {
    yoke__u128 bits;
    int exponent;
    bool inexact;
} yoke__quotient;

/* Divides n by d, both positive. Both are overwritten. */
yoke__quotient yoke__natural_divide(yoke__natural *n, yoke__natural *d);

/* The double nearest to q, ties to even: subnormal and infinite where strtod would be. Bits below
 * 2^54 must be exact. */
double yoke__round_quotient(yoke__quotient q);
/* The double nearest to n / d. more: the true value is a little larger, though by too little to
 * reach or cross a midpoint of two doubles. Overwrites both. */
double yoke__natural_ratio(yoke__natural *n, yoke__natural *d, bool more);

#endif

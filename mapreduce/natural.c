/* SPDX-License-Identifier: Apache-2.0
 *
 * Schoolbook arithmetic on 64-bit limbs, after Knuth, The Art of Computer Programming, volume 2,
 * section 4.3.1. Division needs only the two leading digits of a quotient (base 2^64) and whether
 * anything is left: enough to round to a double, or to take a square root first.
 */
#include "mapreduce/natural.h"

#include <math.h>
#include <string.h>

const uint64_t yoke__power10[20] = {
    1u,
    10u,
    100u,
    1000u,
    10000u,
    100000u,
    1000000u,
    10000000u,
    100000000u,
    1000000000u,
    10000000000u,
    100000000000u,
    1000000000000u,
    10000000000000u,
    100000000000000u,
    1000000000000000u,
    10000000000000000u,
    100000000000000000u,
    1000000000000000000u,
    10000000000000000000u,
};

static void trim(yoke__natural *n) {
    while (n->count && !n->limb[n->count - 1]) n->count--;
}

void yoke__natural_set(yoke__natural *n, yoke__u128 value) {
    n->limb[0] = (uint64_t)value;
    n->limb[1] = (uint64_t)(value >> 64);
    n->count = 2;
    trim(n);
}

int yoke__natural_compare(const yoke__natural *a, const yoke__natural *b) {
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    for (int i = a->count; i-- > 0;) {
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    }
    return 0;
}

void yoke__natural_multiply_add(yoke__natural *n, uint64_t factor, uint64_t addend) {
    uint64_t carry = addend;
    for (int i = 0; i < n->count; i++) {
        yoke__u128 t = (yoke__u128)n->limb[i] * factor + carry;
        n->limb[i] = (uint64_t)t;
        carry = (uint64_t)(t >> 64);
    }
    if (carry) n->limb[n->count++] = carry;
}

void yoke__natural_scale(yoke__natural *n, int exponent) {
    for (; exponent >= 19; exponent -= 19) yoke__natural_multiply_add(n, yoke__power10[19], 0);
    if (exponent > 0) yoke__natural_multiply_add(n, yoke__power10[exponent], 0);
}

void yoke__natural_multiply(yoke__natural *product, const yoke__natural *a,
                            const yoke__natural *b) {
    product->count = a->count + b->count;
    memset(product->limb, 0, sizeof(uint64_t) * (size_t)product->count);
    for (int i = 0; i < a->count; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < b->count; j++) {
            yoke__u128 t = (yoke__u128)a->limb[i] * b->limb[j] + product->limb[i + j] + carry;
            product->limb[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        product->limb[i + b->count] = carry;
    }
    trim(product);
}

void yoke__natural_subtract(yoke__natural *n, const yoke__natural *b) {
    unsigned borrow = 0;
    for (int i = 0; i < n->count && (i < b->count || borrow); i++) {
        yoke__u128 t = (yoke__u128)n->limb[i] - (i < b->count ? b->limb[i] : 0) - borrow;
        n->limb[i] = (uint64_t)t;
        borrow = (unsigned)(t >> 64) & 1;
    }
    trim(n);
}

void yoke__natural_shift_left(yoke__natural *n, int bits) {
    int limbs = bits / 64, rest = bits % 64;
    if (rest) yoke__natural_multiply_add(n, (uint64_t)1 << rest, 0);
    if (!limbs || !n->count) return;
    memmove(n->limb + limbs, n->limb, sizeof(uint64_t) * (size_t)n->count);
    memset(n->limb, 0, sizeof(uint64_t) * (size_t)limbs);
    n->count += limbs;
}

bool yoke__natural_shift_right(yoke__natural *n, int bits) {
    int limbs = bits / 64, rest = bits % 64;
    if (limbs >= n->count) {
        bool dropped = n->count > 0;
        n->count = 0;
        return dropped;
    }
    uint64_t dropped = 0;
    for (int i = 0; i < limbs; i++) dropped |= n->limb[i];
    n->count -= limbs;
    memmove(n->limb, n->limb + limbs, sizeof(uint64_t) * (size_t)n->count);
    if (rest) dropped |= yoke__natural_divide_small(n, (uint64_t)1 << rest);
    return dropped != 0;
}

uint64_t yoke__natural_divide_small(yoke__natural *n, uint64_t divisor) {
    yoke__u128 rest = 0;
    for (int i = n->count; i-- > 0;) {
        rest = rest << 64 | n->limb[i];
        n->limb[i] = (uint64_t)(rest / divisor);
        rest %= divisor;
    }
    trim(n);
    return (uint64_t)rest;
}

/* ---- quotients ---- */

static int bit_length(const yoke__natural *n) {
    return 64 * n->count - __builtin_clzll(n->limb[n->count - 1]);
}

/* n = n - digit * d; returns what had to be borrowed from beyond limb[size - 1]. */
static uint64_t subtract_multiple(yoke__natural *n, const yoke__natural *d, uint64_t digit,
                                  int size) {
    uint64_t borrow = 0;
    for (int i = 0; i < size; i++) {
        yoke__u128 t = (yoke__u128)digit * (i < d->count ? d->limb[i] : 0) + borrow;
        borrow = (uint64_t)(t >> 64) + (n->limb[i] < (uint64_t)t);
        n->limb[i] -= (uint64_t)t;
    }
    return borrow;
}

static bool add_back(yoke__natural *n, const yoke__natural *d, int size) {
    uint64_t carry = 0;
    for (int i = 0; i < size; i++) {
        yoke__u128 t = (yoke__u128)n->limb[i] + (i < d->count ? d->limb[i] : 0) + carry;
        n->limb[i] = (uint64_t)t;
        carry = (uint64_t)(t >> 64);
    }
    return carry != 0;
}

/* One digit of the quotient: n < d * 2^64 and the top bit of d's top limb is set, so that the
 * estimate from the top limbs is at most 2 too large (Knuth, theorem B). n becomes the rest. */
static uint64_t divide_digit(yoke__natural *n, const yoke__natural *d) {
    int size = d->count + 1;
    while (n->count < size) n->limb[n->count++] = 0;
    uint64_t top = d->limb[d->count - 1];
    yoke__u128 head = (yoke__u128)n->limb[size - 1] << 64 | n->limb[size - 2];
    uint64_t digit = n->limb[size - 1] < top ? (uint64_t)(head / top) : UINT64_MAX;
    bool negative = subtract_multiple(n, d, digit, size) != 0;
    while (negative) {
        digit--;
        negative = !add_back(n, d, size);
    }
    trim(n);
    return digit;
}

/* Shifts n and d left until d's top bit ends a limb and n has 63 bits more than d. Returns by how
 * many places n went further than d. */
static int align(yoke__natural *n, yoke__natural *d) {
    int difference = bit_length(n) - bit_length(d);
    int up = 64 * d->count - bit_length(d);
    while (difference - up > 63) up += 64;
    yoke__natural_shift_left(d, up);
    int further = 63 - difference;
    yoke__natural_shift_left(n, up + further);
    return further;
}

yoke__quotient yoke__natural_divide(yoke__natural *n, yoke__natural *d) {
    yoke__quotient q = {.exponent = -align(n, d) - 64};
    uint64_t high = divide_digit(n, d);
    yoke__natural_shift_left(n, 64);
    q.bits = (yoke__u128)high << 64 | divide_digit(n, d);
    q.inexact = n->count != 0;
    return q;
}

/* ---- rounding ---- */

double yoke__round_quotient(yoke__quotient q) {
    if (!q.bits) return 0;
    int width = q.bits >> 64 ? 128 - __builtin_clzll((uint64_t)(q.bits >> 64))
                             : 64 - __builtin_clzll((uint64_t)q.bits);
    int drop = width - 53;
    if (q.exponent + drop < -1074) drop = -1074 - q.exponent;
    if (drop <= 0) return ldexp((double)(uint64_t)q.bits, q.exponent);
    if (drop > width) return 0;
    uint64_t kept = drop < 128 ? (uint64_t)(q.bits >> drop) : 0;
    yoke__u128 half = (yoke__u128)1 << (drop - 1);
    yoke__u128 rest = q.bits & (half | (half - 1));
    kept += rest > half || (rest == half && (q.inexact || kept & 1));
    return ldexp((double)kept, q.exponent + drop);
}

double yoke__natural_ratio(yoke__natural *n, yoke__natural *d, bool more) {
    if (!n->count) return 0;
    yoke__quotient q = yoke__natural_divide(n, d);
    q.inexact |= more;
    return yoke__round_quotient(q);
}

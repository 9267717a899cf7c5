/* SPDX-License-Identifier: Apache-2.0
 *
 * The superaccumulator. Limbs of 64 bits lie 32 bits apart, so each can take 2^30 additions of less
 * than 2^32 before carries have to move; a number is at most three such additions. Limbs are
 * signed, and the highest has the sign of the sum once carries have moved.
 */
#include "kernels/xsum.h"

#include <math.h>
#include <string.h>

enum {
    MOST_PENDING = 1 << 30,
    PLUS_INFINITY = 1,
    MINUS_INFINITY = 2,
    NOT_A_NUMBER = 4,
    MANTISSA = 53,
    LOWEST = -1074 /* the exponent of the smallest double */
};

/* Brings all limbs but the highest to 0 ... 2^32 - 1. */
static void move_carries(yoke_xsum *sum) {
    for (int i = 0; i + 1 < YOKE_XSUM_LIMBS; i++) {
        int64_t carry = sum->limb[i] >> 32;
        sum->limb[i] &= 0xFFFFFFFF;
        sum->limb[i + 1] += carry;
    }
    sum->pending = 1;
}

/* Adds mantissa * 2^exponent, negated or not; mantissa below 2^53. */
static inline void add_scaled(yoke_xsum *sum, uint64_t mantissa, int exponent, bool negative) {
    unsigned position = (unsigned)(exponent - YOKE_XSUM_LOW);
    unsigned __int128 bits = (unsigned __int128)mantissa << (position & 31);
    int64_t *limb = &sum->limb[position >> 5];
    int64_t low = (int64_t)((uint64_t)bits & 0xFFFFFFFF);
    int64_t middle = (int64_t)(uint32_t)(bits >> 32), high = (int64_t)(bits >> 64);
    limb[0] += negative ? -low : low;
    limb[1] += negative ? -middle : middle;
    limb[2] += negative ? -high : high;
    if (++sum->pending >= MOST_PENDING) move_carries(sum);
}

/* A finite number is mantissa * 2^exponent with its sign. */
typedef struct parts {
    uint64_t mantissa;
    int exponent;
    bool negative;
} parts;

static inline uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline parts take_apart(double x) {
    uint64_t bits = bits_of(x), fraction = bits & (((uint64_t)1 << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7FF);
    return (parts){biased ? fraction | (uint64_t)1 << 52 : fraction,
                   (biased ? biased : 1) - 1023 - 52, bits >> 63 != 0};
}

static void add_special(yoke_xsum *sum, double x) {
    sum->special |= isnan(x) ? NOT_A_NUMBER : x > 0 ? PLUS_INFINITY : MINUS_INFINITY;
}

void yoke_xsum_add(yoke_xsum *sum, double x) {
    if (!isfinite(x)) {
        add_special(sum, x);
        return;
    }
    parts p = take_apart(x);
    add_scaled(sum, p.mantissa, p.exponent, p.negative);
}

void yoke__xsum_add_each(yoke_xsum *sum, const double *x, size_t n) {
    for (size_t i = 0; i < n; i++) yoke_xsum_add(sum, x[i]);
}

void yoke_xsum_add_product(yoke_xsum *sum, double x, double y) {
    if (!isfinite(x) || !isfinite(y)) {
        add_special(sum, x * y);
        return;
    }
    parts a = take_apart(x), b = take_apart(y);
    unsigned __int128 product = (unsigned __int128)a.mantissa * b.mantissa;
    uint64_t low = (uint64_t)product & (((uint64_t)1 << MANTISSA) - 1);
    int exponent = a.exponent + b.exponent;
    bool negative = a.negative != b.negative;
    add_scaled(sum, low, exponent, negative);
    add_scaled(sum, (uint64_t)(product >> MANTISSA), exponent + MANTISSA, negative);
}

void yoke__xsum_add_squares(yoke_xsum *sum, yoke_xsum *squares, const double *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        yoke_xsum_add(sum, x[i]);
        yoke_xsum_add_product(squares, x[i], x[i]);
    }
}

void yoke_xsum_merge(yoke_xsum *into, const yoke_xsum *from) {
    if (into->pending > MOST_PENDING - 1 - from->pending) move_carries(into);
    for (int i = 0; i < YOKE_XSUM_LIMBS; i++) into->limb[i] += from->limb[i];
    into->pending += from->pending;
    into->special |= from->special;
}

/* ---- rounding ---- */

double yoke__xsum_special(const yoke_xsum *sum) {
    uint32_t special = sum->special;
    if (!special) return 0;
    if (special == PLUS_INFINITY) return (double)INFINITY;
    if (special == MINUS_INFINITY) return -(double)INFINITY;
    return (double)NAN;
}

bool yoke__xsum_magnitude(const yoke_xsum *sum, uint32_t words[YOKE_XSUM_LIMBS]) {
    yoke_xsum copy = *sum;
    move_carries(&copy);
    bool negative = copy.limb[YOKE_XSUM_LIMBS - 1] < 0;
    if (negative) {
        for (int i = 0; i < YOKE_XSUM_LIMBS; i++) copy.limb[i] = -copy.limb[i];
        move_carries(&copy);
    }
    for (int i = 0; i < YOKE_XSUM_LIMBS; i++) words[i] = (uint32_t)copy.limb[i];
    return negative;
}

/* Bits `from` to from + 63, of which those beyond the words are 0. */
static uint64_t bits_at(const uint32_t *words, int count, int from) {
    unsigned __int128 bits = 0;
    for (int i = 0; i < 3; i++) {
        int at = from / 32 + i;
        if (at < count) bits |= (unsigned __int128)words[at] << (32 * i);
    }
    return (uint64_t)(bits >> (from % 32));
}

static bool any_below(const uint32_t *words, int bit) {
    for (int i = 0; i < bit / 32; i++)
        if (words[i]) return true;
    return bit % 32 && words[bit / 32] << (32 - bit % 32);
}

double yoke__round_words(const uint32_t *words, int count, int low, bool more) {
    int top = count - 1;
    while (top >= 0 && !words[top]) top--;
    if (top < 0) return 0;
    int highest = 32 * top + 31 - __builtin_clz(words[top]);
    int last = highest - (MANTISSA - 1); /* the bit that becomes the last of the mantissa */
    if (last < LOWEST - low) last = LOWEST - low;
    if (last <= 0) return ldexp((double)bits_at(words, count, 0), low);
    uint64_t mantissa = bits_at(words, count, last) & (((uint64_t)1 << MANTISSA) - 1);
    bool half = words[(last - 1) / 32] >> ((last - 1) % 32) & 1;
    bool rest = more || any_below(words, last - 1);
    if (half && (rest || (mantissa & 1))) mantissa++;
    return ldexp((double)mantissa, last + low);
}

double yoke__xsum_missing(const yoke_xsum *sum, double rounded) {
    if (!isfinite(rounded)) return 0;
    yoke_xsum rest = *sum;
    yoke_xsum_add(&rest, -rounded);
    return yoke_xsum_value(&rest);
}

float yoke__round_to_float(double high, double low) {
    uint64_t bits = bits_of(high);
    /* Of the two doubles around the sum the odd one: rounding that is rounding the sum (Boldo and
     * Melquiond, "When double rounding is odd", 2005). */
    if (low != 0 && isfinite(high) && !(bits & 1)) bits += (low < 0) == (high < 0) ? 1 : -1ull;
    memcpy(&high, &bits, sizeof high);
    return (float)high;
}

double yoke_xsum_value(const yoke_xsum *sum) {
    uint32_t words[YOKE_XSUM_LIMBS];
    if (sum->special) return yoke__xsum_special(sum);
    bool negative = yoke__xsum_magnitude(sum, words);
    double value = yoke__round_words(words, YOKE_XSUM_LIMBS, YOKE_XSUM_LOW, false);
    return negative ? -value : value;
}

float yoke__xsum_value_f32(const yoke_xsum *sum) {
    double rounded = yoke_xsum_value(sum);
    return yoke__round_to_float(rounded, yoke__xsum_missing(sum, rounded));
}

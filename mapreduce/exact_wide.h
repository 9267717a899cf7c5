/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside an exact accumulator: where its parts lie, and the wide part for what does not fit them.
 */
#ifndef YOKE_MAPREDUCE_EXACT_WIDE_H
#define YOKE_MAPREDUCE_EXACT_WIDE_H

#include "mapreduce/number.h"
#include "yoke/exact.h"

/* ---- the hot part: 128-bit sums and a 64-bit range, all at the accumulator's scale ---- */

/* Mantissas are below this in magnitude, also those in the range. */
#define YOKE__MANTISSA_BOUND ((int64_t)1000000000000000000)

/* The parts are words of 8 bytes that callers move around; these types look at them. */
typedef __int128 yoke__sum __attribute__((aligned(8), may_alias));
typedef int64_t yoke__extreme __attribute__((may_alias));

static inline yoke__sum *yoke__exact_sum_part(const yoke_exact *exact) {
    return (yoke__sum *)(uintptr_t)exact->parts;
}

/* [0] is bound - minimum, [1] is bound + maximum: both grow, and 0 means no number yet. */
static inline yoke__extreme *yoke__exact_range_part(const yoke_exact *exact, int parts) {
    return (yoke__extreme *)(uintptr_t)(exact->parts + (parts & YOKE_EXACT_SUM ? 2 : 0));
}

/* The sum of the squares, at twice the scale. */
static inline yoke__sum *yoke__exact_squares_part(const yoke_exact *exact, int parts) {
    return (yoke__sum *)(uintptr_t)(exact->parts + (parts & YOKE_EXACT_RANGE ? 4 : 2));
}

static inline void yoke__exact_count_more(yoke_exact *into, uint64_t numbers) {
    into->head += numbers << 6;
}

static inline void yoke__exact_set_scale(yoke_exact *into, int scale) {
    into->head = (into->head & ~(uint64_t)63) | (uint64_t)scale;
}

/* Adds a mantissa at the accumulator's scale. False: a sum would overflow, nothing was added. */
static inline bool yoke__exact_add_mantissa(yoke_exact *into, int parts, int64_t mantissa) {
    __int128 sum = 0, squares = 0;
    if (parts & YOKE_EXACT_SUM) {
        bool over = __builtin_add_overflow(*yoke__exact_sum_part(into), mantissa, &sum);
        if (__builtin_expect(over, 0)) return false;
    }
    if (parts & YOKE_EXACT_SQUARES) {
        __int128 square = (__int128)mantissa * mantissa;
        bool over =
            __builtin_add_overflow(*yoke__exact_squares_part(into, parts), square, &squares);
        if (__builtin_expect(over, 0)) return false;
        *yoke__exact_squares_part(into, parts) = squares;
    }
    if (parts & YOKE_EXACT_SUM) *yoke__exact_sum_part(into) = sum;
    if (parts & YOKE_EXACT_RANGE) {
        yoke__extreme *range = yoke__exact_range_part(into, parts);
        int64_t low = YOKE__MANTISSA_BOUND - mantissa, high = YOKE__MANTISSA_BOUND + mantissa;
        range[0] = range[0] > low ? range[0] : low;
        range[1] = range[1] > high ? range[1] : high;
    }
    yoke__exact_count_more(into, 1);
    return true;
}

/* ---- the wide part ---- */

/* Limbs of a fixed-point number: limb i counts 10^(18 (i - 63)), so that they reach from 10^-1134
 * to 10^702, beyond 2^64 squares of the largest double. */
enum { YOKE__FIXED_LIMBS = 102, YOKE__FIXED_UNIT = 63 };

/* A fixed-point number of which only the limbs [low, low + count) are stored, each below 10^18 in
 * magnitude, with a sign of its own: so a carry seldom goes on to the next limb. */
typedef struct yoke__fixed {
    int64_t *limb;
    int low, count;
} yoke__fixed;

/* value += or -= magnitude * 10^exponent, exponent at least -1134. YOKE_ENOMEM. */
int yoke__fixed_add(yoke__fixed *fixed, bool negative, yoke__u128 magnitude, int exponent,
                    yoke_arena *arena);
int yoke__fixed_add_decimal(yoke__fixed *fixed, const yoke__decimal *decimal, bool negate,
                            yoke_arena *arena);
int yoke__fixed_add_fixed(yoke__fixed *fixed, const yoke__fixed *from, yoke_arena *arena);

/* The smallest or largest of the numbers so far, exactly. */
typedef struct yoke__bound {
    uint8_t *digit;
    int count, capacity, exponent; /* as in yoke__decimal */
    bool negative, any;
} yoke__bound;

void yoke__bound_get(const yoke__bound *bound, yoke__decimal *decimal);

typedef struct yoke_exact_wide {
    yoke__fixed sum, squares;
    yoke__fixed rounding; /* for variances: what 18 digits add to the numbers of more digits */
    yoke__bound minimum, maximum;
    bool positive_infinity, negative_infinity, nan;
} yoke_exact_wide;

/* All return YOKE_ENOMEM or YOKE_OK, and create the wide part where it is missing. */
int yoke__wide_add(yoke_exact *into, int parts, yoke_number number, yoke_arena *arena);
int yoke__wide_add_text(yoke_exact *into, int parts, const yoke__parts *text, yoke_arena *arena);
/* Adds the hot part of `from`, which may be `into`. */
int yoke__wide_add_hot(yoke_exact *into, int parts, const yoke_exact *from, yoke_arena *arena);
/* Adds another wide part. */
int yoke__wide_add_wide(yoke_exact *into, const yoke_exact_wide *from, yoke_arena *arena);

/* -1, 0 or 1 */
int yoke__decimal_compare(const yoke__decimal *a, const yoke__decimal *b);

#endif

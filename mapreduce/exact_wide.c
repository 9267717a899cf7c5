/* SPDX-License-Identifier: Apache-2.0
 *
 * The wide part of exact accumulators. Sums are fixed-point numbers in limbs of 10^18, after
 * Kulisch's long accumulator but in base ten, since the numbers come as decimal text. Only the
 * limbs between the lowest and the highest in use are stored. Extremes are kept as decimal digits.
 *
 * For variances a number counts with its 18 leading digits, rounded half to even, and cut off below
 * 10^-567: so its square has no digit below 10^-1134 and the squares are exact too.
 */
#include "mapreduce/exact_wide.h"

#include <string.h>

enum { LIMB_DIGITS = 18, SQUARED_FRACTION_DIGITS = YOKE__FRACTION_DIGITS / 2 };
#define BASE YOKE__MANTISSA_BOUND

/* ---- fixed-point numbers ---- */

/* Makes room for limbs low to high and one more: carries out of them would have to come 10^18 times
 * to need another. New memory comes from the arena; the old is left to it. */
static int reserve(yoke__fixed *fixed, int low, int high, yoke_arena *arena) {
    int top = fixed->low + fixed->count - 1;
    high++;
    if (fixed->count && low > fixed->low) low = fixed->low;
    if (fixed->count && high < top) high = top;
    int count = high - low + 1;
    if (count <= fixed->count) return YOKE_OK;
    int64_t *limb = yoke_arena_alloc(arena, sizeof *limb * (size_t)count);
    if (!limb) return yoke_fail(YOKE_ENOMEM, NULL);
    memset(limb, 0, sizeof *limb * (size_t)count);
    if (fixed->count) {
        memcpy(limb + (fixed->low - low), fixed->limb, sizeof *limb * (size_t)fixed->count);
    }
    *fixed = (yoke__fixed){limb, low, count};
    return YOKE_OK;
}

/* Adds value, below BASE in magnitude, and hands carries up. */
static void add_limb(yoke__fixed *fixed, int index, int64_t value) {
    int64_t *limb = fixed->limb + (index - fixed->low);
    *limb += value;
    while (*limb >= BASE || *limb <= -BASE) {
        int carry = *limb > 0 ? 1 : -1;
        *limb -= carry * BASE;
        *++limb += carry;
    }
}

int yoke__fixed_add(yoke__fixed *fixed, bool negative, yoke__u128 magnitude, int exponent,
                    yoke_arena *arena) {
    int place = exponent + YOKE__FRACTION_DIGITS;
    int index = place / LIMB_DIGITS, shift = place % LIMB_DIGITS;
    YOKE_TRY(reserve(fixed, index, index + 3, arena));
    int64_t up = (int64_t)yoke__power10[shift];
    uint64_t part = yoke__power10[LIMB_DIGITS - shift];
    while (magnitude) {
        int64_t value = (int64_t)(magnitude % part) * up;
        add_limb(fixed, index++, negative ? -value : value);
        magnitude /= part;
        part = BASE;
        up = 1;
    }
    return YOKE_OK;
}

int yoke__fixed_add_decimal(yoke__fixed *fixed, const yoke__decimal *decimal, bool negate,
                            yoke_arena *arena) {
    if (!decimal->count) return YOKE_OK;
    int place = decimal->exponent + YOKE__FRACTION_DIGITS;
    int index = place / LIMB_DIGITS, shift = place % LIMB_DIGITS;
    YOKE_TRY(reserve(fixed, index, (place + decimal->count) / LIMB_DIGITS, arena));
    for (int end = decimal->count; end > 0; shift = 0) {
        int size = LIMB_DIGITS - shift < end ? LIMB_DIGITS - shift : end;
        end -= size;
        int64_t value =
            (int64_t)(yoke__digits_value(decimal->digit + end, size) * yoke__power10[shift]);
        add_limb(fixed, index++, decimal->negative != negate ? -value : value);
    }
    return YOKE_OK;
}

int yoke__fixed_add_fixed(yoke__fixed *fixed, const yoke__fixed *from, yoke_arena *arena) {
    int count = from->count;
    while (count && !from->limb[count - 1]) count--; /* or room for carries would add up */
    if (!count) return YOKE_OK;
    YOKE_TRY(reserve(fixed, from->low, from->low + count - 1, arena));
    for (int i = 0; i < count; i++) add_limb(fixed, from->low + i, from->limb[i]);
    return YOKE_OK;
}

/* ---- extremes ---- */

static int sign(const yoke__decimal *decimal) {
    if (!decimal->count) return 0;
    return decimal->negative ? -1 : 1;
}

static int compare_magnitudes(const yoke__decimal *a, const yoke__decimal *b) {
    int top_a = a->count + a->exponent, top_b = b->count + b->exponent;
    if (top_a != top_b) return top_a < top_b ? -1 : 1;
    int order = memcmp(a->digit, b->digit, (size_t)(a->count < b->count ? a->count : b->count));
    if (!order) order = a->count - b->count;
    return (order > 0) - (order < 0);
}

int yoke__decimal_compare(const yoke__decimal *a, const yoke__decimal *b) {
    int sign_a = sign(a), sign_b = sign(b);
    if (sign_a != sign_b) return sign_a < sign_b ? -1 : 1;
    return sign_a ? sign_a * compare_magnitudes(a, b) : 0;
}

void yoke__bound_get(const yoke__bound *bound, yoke__decimal *decimal) {
    decimal->negative = bound->negative;
    decimal->cut = false;
    decimal->count = bound->count;
    decimal->exponent = bound->exponent;
    if (bound->count) memcpy(decimal->digit, bound->digit, (size_t)bound->count);
}

static int set_bound(yoke__bound *bound, const yoke__decimal *decimal, yoke_arena *arena) {
    if (decimal->count > bound->capacity) {
        int capacity = decimal->count < 12 ? 24 : decimal->count * 2;
        uint8_t *digit = yoke_arena_alloc(arena, (size_t)capacity);
        if (!digit) return yoke_fail(YOKE_ENOMEM, NULL);
        bound->digit = digit;
        bound->capacity = capacity;
    }
    if (decimal->count) memcpy(bound->digit, decimal->digit, (size_t)decimal->count);
    bound->count = decimal->count;
    bound->exponent = decimal->exponent;
    bound->negative = decimal->negative;
    bound->any = true;
    return YOKE_OK;
}

/* Replaces the bound if the number lies beyond it on the side of `direction`. */
static int move_bound(yoke__bound *bound, const yoke__decimal *decimal, int direction,
                      yoke_arena *arena) {
    if (bound->any) {
        yoke__decimal old;
        yoke__bound_get(bound, &old);
        if (yoke__decimal_compare(decimal, &old) != direction) return YOKE_OK;
    }
    return set_bound(bound, decimal, arena);
}

static int add_to_range(yoke_exact_wide *wide, const yoke__decimal *decimal, yoke_arena *arena) {
    YOKE_TRY(move_bound(&wide->minimum, decimal, -1, arena));
    return move_bound(&wide->maximum, decimal, 1, arena);
}

/* ---- squares ---- */

/* The number as it counts for variances: magnitude * 10^exponent. */
static uint64_t leading_digits(const yoke__decimal *decimal, int *exponent) {
    int kept = decimal->count < 18 ? decimal->count : 18;
    uint64_t value = yoke__digits_value(decimal->digit, kept);
    *exponent = decimal->exponent + decimal->count - kept;
    if (decimal->count > kept) {
        int next = decimal->digit[kept];
        bool beyond = decimal->count > kept + 1; /* the last digit is not zero */
        value += next > 5 || (next == 5 && (beyond || value & 1));
    }
    int below = -SQUARED_FRACTION_DIGITS - *exponent;
    if (below <= 0) return value;
    *exponent += below;
    return below > 18 ? 0 : value / yoke__power10[below];
}

static int add_square(yoke_exact_wide *wide, const yoke__decimal *decimal, yoke_arena *arena) {
    if (!decimal->count) return YOKE_OK;
    int exponent;
    uint64_t value = leading_digits(decimal, &exponent);
    if (decimal->count > 18 || decimal->exponent < -SQUARED_FRACTION_DIGITS) {
        YOKE_TRY(yoke__fixed_add(&wide->rounding, decimal->negative, value, exponent, arena));
        YOKE_TRY(yoke__fixed_add_decimal(&wide->rounding, decimal, true, arena));
    }
    yoke__u128 square = (yoke__u128)value * value;
    return yoke__fixed_add(&wide->squares, false, square, 2 * exponent, arena);
}

/* ---- adding ---- */

static yoke_exact_wide *open_wide(yoke_exact *into, yoke_arena *arena) {
    if (into->wide) return into->wide;
    yoke_exact_wide *wide = yoke_arena_alloc(arena, sizeof *wide);
    if (wide) memset(wide, 0, sizeof *wide);
    if (!wide) yoke_fail(YOKE_ENOMEM, NULL);
    return into->wide = wide;
}

static int add_decimal(yoke_exact_wide *wide, int parts, const yoke__decimal *decimal,
                       yoke_arena *arena) {
    if (parts & YOKE_EXACT_SUM) {
        YOKE_TRY(yoke__fixed_add_decimal(&wide->sum, decimal, false, arena));
    }
    if (parts & YOKE_EXACT_RANGE) YOKE_TRY(add_to_range(wide, decimal, arena));
    if (parts & YOKE_EXACT_SQUARES) YOKE_TRY(add_square(wide, decimal, arena));
    return YOKE_OK;
}

int yoke__wide_add(yoke_exact *into, int parts, yoke_number number, yoke_arena *arena) {
    yoke_exact_wide *wide = open_wide(into, arena);
    if (!wide) return YOKE_ENOMEM;
    yoke__decimal decimal;
    yoke__decimal_set(&decimal, number.mantissa, number.scale);
    YOKE_TRY(add_decimal(wide, parts, &decimal, arena));
    yoke__exact_count_more(into, 1);
    return YOKE_OK;
}

int yoke__wide_add_text(yoke_exact *into, int parts, const yoke__parts *text, yoke_arena *arena) {
    yoke_exact_wide *wide = open_wide(into, arena);
    if (!wide) return YOKE_ENOMEM;
    yoke__decimal decimal;
    switch (yoke__decimal_read(text, &decimal)) {
    case YOKE__TEXT_NAN: wide->nan = true; break;
    case YOKE__TEXT_INFINITY:
        wide->negative_infinity |= decimal.negative;
        wide->positive_infinity |= !decimal.negative;
        break;
    default: YOKE_TRY(add_decimal(wide, parts, &decimal, arena));
    }
    yoke__exact_count_more(into, 1);
    return YOKE_OK;
}

static int add_sum(yoke__fixed *fixed, __int128 sum, int scale, yoke_arena *arena) {
    yoke__u128 magnitude = sum < 0 ? -(yoke__u128)sum : (yoke__u128)sum;
    return magnitude ? yoke__fixed_add(fixed, sum < 0, magnitude, -scale, arena) : YOKE_OK;
}

static int add_range(yoke_exact_wide *wide, const yoke__extreme *range, int scale,
                     yoke_arena *arena) {
    if (!range[1]) return YOKE_OK;
    yoke__decimal decimal;
    yoke__decimal_set(&decimal, YOKE__MANTISSA_BOUND - range[0], scale);
    YOKE_TRY(add_to_range(wide, &decimal, arena));
    yoke__decimal_set(&decimal, range[1] - YOKE__MANTISSA_BOUND, scale);
    return add_to_range(wide, &decimal, arena);
}

int yoke__wide_add_hot(yoke_exact *into, int parts, const yoke_exact *from, yoke_arena *arena) {
    yoke_exact_wide *wide = open_wide(into, arena);
    if (!wide) return YOKE_ENOMEM;
    int scale = yoke_exact_scale(from);
    if (parts & YOKE_EXACT_SUM) {
        YOKE_TRY(add_sum(&wide->sum, *yoke__exact_sum_part(from), scale, arena));
    }
    if (parts & YOKE_EXACT_SQUARES) {
        __int128 squares = *yoke__exact_squares_part(from, parts);
        YOKE_TRY(add_sum(&wide->squares, squares, 2 * scale, arena));
    }
    if (!(parts & YOKE_EXACT_RANGE)) return YOKE_OK;
    return add_range(wide, yoke__exact_range_part(from, parts), scale, arena);
}

static int add_bound(yoke_exact_wide *wide, const yoke__bound *bound, yoke_arena *arena) {
    if (!bound->any) return YOKE_OK;
    yoke__decimal decimal;
    yoke__bound_get(bound, &decimal);
    return add_to_range(wide, &decimal, arena);
}

int yoke__wide_add_wide(yoke_exact *into, const yoke_exact_wide *from, yoke_arena *arena) {
    yoke_exact_wide *wide = open_wide(into, arena);
    if (!wide) return YOKE_ENOMEM;
    YOKE_TRY(yoke__fixed_add_fixed(&wide->sum, &from->sum, arena));
    YOKE_TRY(yoke__fixed_add_fixed(&wide->squares, &from->squares, arena));
    YOKE_TRY(yoke__fixed_add_fixed(&wide->rounding, &from->rounding, arena));
    YOKE_TRY(add_bound(wide, &from->minimum, arena));
    YOKE_TRY(add_bound(wide, &from->maximum, arena));
    wide->positive_infinity |= from->positive_infinity;
    wide->negative_infinity |= from->negative_infinity;
    wide->nan |= from->nan;
    return YOKE_OK;
}

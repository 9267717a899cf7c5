/* SPDX-License-Identifier: Apache-2.0
 *
 * The hot part of exact accumulators: 128-bit sums and a 64-bit range at one decimal scale that
 * adapts to the data. A number of a larger scale raises it if everything still fits, else goes to
 * the wide part alone. A number too large for the scale moves the hot part to the wide part and
 * starts it again at the number's own, lower scale. Where a range is kept this can happen 18 times
 * at most, as the largest magnitude only grows.
 *
 * The state therefore depends on the order of the numbers; the exact total, the exact extremes and
 * the count do not, and results are functions of these alone.
 */
#include <string.h>

#include "mapreduce/exact_wide.h"

size_t yoke_exact_size(int parts) {
    size_t words = 0;
    if (parts & YOKE_EXACT_SUM) words += 2;
    if (parts & YOKE_EXACT_RANGE) words += 2;
    if (parts & YOKE_EXACT_SQUARES) words += 2;
    return sizeof(yoke_exact) + words * sizeof(uint64_t);
}

/* ---- scale ---- */

/* *mantissa *= 10^places if it stays below the bound. */
static bool scale_mantissa(int64_t *mantissa, int places) {
    int64_t power = (int64_t)yoke__power10[places], scaled;
    if (__builtin_mul_overflow(*mantissa, power, &scaled)) return false;
    if (scaled <= -YOKE__MANTISSA_BOUND || scaled >= YOKE__MANTISSA_BOUND) return false;
    *mantissa = scaled;
    return true;
}

static bool scale_sum(yoke__sum *sum, int places) {
    __int128 scaled;
    if (__builtin_mul_overflow(*sum, (__int128)yoke__power10[places], &scaled)) return false;
    *sum = scaled;
    return true;
}

static bool scale_range(yoke__extreme *range, int places) {
    if (!range[1]) return true;
    int64_t minimum = YOKE__MANTISSA_BOUND - range[0], maximum = range[1] - YOKE__MANTISSA_BOUND;
    if (!scale_mantissa(&minimum, places) || !scale_mantissa(&maximum, places)) return false;
    range[0] = YOKE__MANTISSA_BOUND - minimum;
    range[1] = YOKE__MANTISSA_BOUND + maximum;
    return true;
}

/* Brings the hot part to a scale that is not lower than its own. False: it does not fit there, and
 * is as it was. */
static bool raise_scale(yoke_exact *into, int parts, int scale) {
    uint64_t copy[9];
    size_t size = yoke_exact_size(parts);
    memcpy(copy, into, size);
    yoke_exact *raised = (yoke_exact *)copy;
    int places = scale - yoke_exact_scale(into);
    bool fits = true;
    if (parts & YOKE_EXACT_SUM) fits = scale_sum(yoke__exact_sum_part(raised), places);
    if (parts & YOKE_EXACT_RANGE) {
        fits = fits && scale_range(yoke__exact_range_part(raised, parts), places);
    }
    if (parts & YOKE_EXACT_SQUARES) {
        yoke__sum *squares = yoke__exact_squares_part(raised, parts);
        fits = fits && scale_sum(squares, places) && scale_sum(squares, places);
    }
    yoke__exact_set_scale(raised, scale);
    if (fits) memcpy(into, copy, size);
    return fits;
}

/* Moves the hot part to the wide part. */
static int empty_hot_part(yoke_exact *into, int parts, yoke_arena *arena) {
    YOKE_TRY(yoke__wide_add_hot(into, parts, into, arena));
    memset(into->parts, 0, yoke_exact_size(parts) - sizeof *into);
    return YOKE_OK;
}

/* ---- adding ---- */

int yoke_exact_add(yoke_exact *into, int parts, yoke_number number, yoke_arena *arena) {
    if (number.scale > yoke_exact_scale(into) && !raise_scale(into, parts, number.scale)) {
        return yoke__wide_add(into, parts, number, arena);
    }
    if (!scale_mantissa(&number.mantissa, yoke_exact_scale(into) - number.scale)) {
        YOKE_TRY(empty_hot_part(into, parts, arena));
        yoke__exact_set_scale(into, number.scale);
    }
    if (yoke__exact_add_mantissa(into, parts, number.mantissa)) return YOKE_OK;
    YOKE_TRY(empty_hot_part(into, parts, arena));
    yoke__exact_add_mantissa(into, parts, number.mantissa);
    return YOKE_OK;
}

int yoke_exact_add_text(yoke_exact *into, int parts, const char *text, size_t size,
                        yoke_arena *arena) {
    yoke__parts split = yoke__number_split(text, size);
    if (split.kind == YOKE__TEXT_BAD) return YOKE_EDATA;
    yoke_number number;
    if (split.kind == YOKE__TEXT_DECIMAL && yoke__number_short(split, &number)) {
        return yoke_exact_add(into, parts, number, arena);
    }
    return yoke__wide_add_text(into, parts, &split, arena);
}

/* ---- combining ---- */

/* Adds the sums of two hot parts at the same scale; false: overflow, `into` is as it was. */
static bool add_sums(yoke_exact *into, int parts, const yoke_exact *from) {
    __int128 sum = 0, squares = 0;
    if (parts & YOKE_EXACT_SUM) {
        __int128 a = *yoke__exact_sum_part(into), b = *yoke__exact_sum_part(from);
        if (__builtin_add_overflow(a, b, &sum)) return false;
    }
    if (parts & YOKE_EXACT_SQUARES) {
        __int128 a = *yoke__exact_squares_part(into, parts);
        __int128 b = *yoke__exact_squares_part(from, parts);
        if (__builtin_add_overflow(a, b, &squares)) return false;
        *yoke__exact_squares_part(into, parts) = squares;
    }
    if (parts & YOKE_EXACT_SUM) *yoke__exact_sum_part(into) = sum;
    return true;
}

static void add_range(yoke_exact *into, int parts, const yoke_exact *from) {
    if (!(parts & YOKE_EXACT_RANGE)) return;
    yoke__extreme *a = yoke__exact_range_part(into, parts);
    const yoke__extreme *b = yoke__exact_range_part(from, parts);
    a[0] = a[0] > b[0] ? a[0] : b[0];
    a[1] = a[1] > b[1] ? a[1] : b[1];
}

static int combine_hot(yoke_exact *into, const yoke_exact *from, int parts, yoke_arena *arena) {
    uint64_t copy[9];
    int scale = yoke_exact_scale(from);
    if (scale > yoke_exact_scale(into) && !raise_scale(into, parts, scale)) {
        return yoke__wide_add_hot(into, parts, from, arena);
    }
    if (scale < yoke_exact_scale(into)) {
        yoke_exact *raised = memcpy(copy, from, yoke_exact_size(parts));
        if (!raise_scale(raised, parts, yoke_exact_scale(into))) {
            return yoke__wide_add_hot(into, parts, from, arena);
        }
        from = raised;
    }
    if (!add_sums(into, parts, from)) {
        YOKE_TRY(empty_hot_part(into, parts, arena));
        add_sums(into, parts, from);
    }
    add_range(into, parts, from);
    return YOKE_OK;
}

int yoke_exact_combine(yoke_exact *into, const yoke_exact *from, int parts, yoke_arena *arena) {
    if (!yoke_exact_count(from)) return YOKE_OK;
    YOKE_TRY(combine_hot(into, from, parts, arena));
    if (from->wide) YOKE_TRY(yoke__wide_add_wide(into, from->wide, arena));
    yoke__exact_count_more(into, yoke_exact_count(from));
    return YOKE_OK;
}

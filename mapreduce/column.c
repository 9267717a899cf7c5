/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns of numbers. First every field is read at its own scale: the common forms by a quick
 * reader, what that refuses by yoke_number_parse, which gives the same answer for all that the
 * reader takes. Then the block gets one scale: the largest of its numbers', or, when that does not
 * leave room for all of them, the scale at which most fit; the others are wide.
 */
#include "mapreduce/column.h"

#include <string.h>

#include "mapreduce/column_read.h"
#include "mapreduce/exact_wide.h"

enum { LARGEST_SCALE = 18 };

typedef struct block {
    yoke_column *column;
    const yoke_text *fields;
    size_t n;
    yoke_text null;
} block;

/* ---- fields of other forms ---- */

static bool equal(yoke_text a, yoke_text b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static void read_one(const block *b, size_t i) {
    yoke_text field = b->fields[i];
    yoke_number number = {0, 0};
    int cell = YOKE__NO_NUMBER + YOKE_CELL_NULL;
    if (!equal(field, b->null)) {
        switch (yoke_number_parse(field.data, field.size, &number)) {
        case YOKE_NUMBER_DECIMAL: cell = number.scale; break;
        case YOKE_NUMBER_WIDE: cell = YOKE__NO_NUMBER + YOKE_CELL_WIDE; break;
        default: cell = YOKE__NO_NUMBER + YOKE_CELL_BAD; break;
        }
    }
    b->column->mantissa[i] = number.mantissa;
    b->column->cell[i] = (uint8_t)cell;
}

static void read_refused(const block *b) {
    for (size_t i = 0; i < b->n; i++) {
        if (b->column->cell[i] == YOKE__REFUSED) read_one(b, i);
    }
}

/* A null text that is itself a number may have been read as one. */
static void mark_nulls(const block *b) {
    yoke_number number;
    if (yoke_number_parse(b->null.data, b->null.size, &number) == YOKE_NUMBER_BAD) return;
    for (size_t i = 0; i < b->n; i++) {
        if (!equal(b->fields[i], b->null)) continue;
        b->column->cell[i] = YOKE__NO_NUMBER + YOKE_CELL_NULL;
        b->column->mantissa[i] = 0;
    }
}

/* ---- one scale for all ---- */

/* What numbers of each scale, and what is no number, become at the block's scale. */
typedef struct conversion {
    int64_t factor[YOKE__CODES], bound[YOKE__CODES]; /* of mantissas that fit */
    uint8_t misfit[YOKE__CODES];                     /* the kind of cell of what does not fit */
} conversion;

static void convert_to(conversion *c, int scale) {
    for (int code = 0; code < YOKE__CODES; code++) {
        bool number = code <= scale;
        c->factor[code] = number ? (int64_t)yoke__power10[scale - code] : 0;
        c->bound[code] = number ? (int64_t)yoke__power10[18 - (scale - code)] - 1 : -1;
        c->misfit[code] =
            (uint8_t)(code < YOKE__NO_NUMBER ? YOKE_CELL_WIDE : code - YOKE__NO_NUMBER);
    }
}

static inline bool fits(const conversion *c, int64_t mantissa, uint8_t code) {
    return mantissa <= c->bound[code] && mantissa >= -c->bound[code];
}

static void apply(const block *b, const conversion *c) {
    int64_t *mantissa = b->column->mantissa;
    uint8_t *cell = b->column->cell;
    size_t numbers = 0;
    for (size_t i = 0; i < b->n; i++) {
        uint8_t code = cell[i];
        bool number = fits(c, mantissa[i], code);
        mantissa[i] = number ? mantissa[i] * c->factor[code] : 0;
        cell[i] = number ? YOKE_CELL_NUMBER : c->misfit[code];
        numbers += number;
    }
    b->column->plain = numbers;
}

/* Digits of a mantissa; its bits times log10(2), 1233 / 4096, are at most one too few. */
static int count_digits(int64_t mantissa) {
    uint64_t magnitude = mantissa < 0 ? -(uint64_t)mantissa : (uint64_t)mantissa;
    int digits = (64 - __builtin_clzll(magnitude | 1)) * 1233 >> 12;
    return digits + (magnitude >= yoke__power10[digits]);
}

/* The scale at which most of the block's numbers fit, the lowest of those. */
static int choose_scale(const block *b) {
    int64_t change[LARGEST_SCALE + 2] = {0}; /* of the numbers that fit, from scale to scale */
    for (size_t i = 0; i < b->n; i++) {
        int scale = b->column->cell[i];
        if (scale > LARGEST_SCALE) continue;
        int last = scale + 18 - count_digits(b->column->mantissa[i]);
        change[scale]++;
        change[last < LARGEST_SCALE ? last + 1 : LARGEST_SCALE + 1]--;
    }
    int best = 0;
    int64_t now = 0, most = 0;
    for (int scale = 0; scale <= LARGEST_SCALE; scale++) {
        now += change[scale];
        if (now > most) best = scale;
        if (now > most) most = now;
    }
    return best;
}

static int largest_scale(const block *b) {
    uint64_t seen = 1;
    for (size_t i = 0; i < b->n; i++) seen |= (uint64_t)1 << b->column->cell[i];
    return 63 - __builtin_clzll(seen & (((uint64_t)1 << YOKE__NO_NUMBER) - 1));
}

/* Some number does not fit the conversion's scale, which none is above. */
static bool any_misfit(const block *b, const conversion *c) {
    bool misfit = false;
    for (size_t i = 0; i < b->n; i++) {
        uint8_t code = b->column->cell[i];
        misfit |= code < YOKE__NO_NUMBER && !fits(c, b->column->mantissa[i], code);
    }
    return misfit;
}

static void bring_to_one_scale(const block *b) {
    conversion c;
    int scale = largest_scale(b);
    convert_to(&c, scale);
    if (any_misfit(b, &c)) {
        scale = choose_scale(b);
        convert_to(&c, scale);
    }
    apply(b, &c);
    b->column->scale = scale;
}

static bool all_at_one_scale(const block *b) {
    const uint8_t *cell = b->column->cell;
    uint8_t different = cell[0] > LARGEST_SCALE;
    for (size_t i = 0; i < b->n; i++) different |= (uint8_t)(cell[i] ^ cell[0]);
    return !different;
}

void yoke__column_parse_with(yoke__column_reader *read, yoke_column *column,
                             const yoke_text *fields, size_t n, yoke_text null) {
    block b = {column, fields, n, null};
    column->scale = 0;
    column->plain = n;
    if (!n) return;
    if (read(fields, n, column->mantissa, column->cell)) read_refused(&b);
    if (null.size) mark_nulls(&b);
    if (all_at_one_scale(&b)) {
        column->scale = column->cell[0];
    } else {
        bring_to_one_scale(&b);
    }
}

void yoke__column_parse(yoke_column *column, const yoke_text *fields, size_t n, yoke_text null) {
#ifdef __x86_64__
    if (yoke__has_avx512()) {
        yoke__column_parse_with(yoke__column_read_avx512, column, fields, n, null);
        return;
    }
#endif
    yoke__column_parse_with(yoke__column_read_portable, column, fields, n, null);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns of numbers. A field of up to 18 digits is read a word of eight characters at a time, from
 * its end, so that digits of equal weight always lie at the same byte whatever the length; the
 * digits before the point move up by one byte, with the same masks as long as the point does not
 * move. Anything that this does not take goes through yoke_number_parse, which gives the same
 * answer for all that it does take.
 *
 * The block's scale is the largest so far: numbers of a lower one are multiplied. When a number
 * does not fit that scale, or would push out others, the block is planned anew: the scale at which
 * most of its numbers fit is chosen, and the rest are wide.
 */
#include "mapreduce/column.h"

#include <string.h>

#include "mapreduce/exact_wide.h"

#define BOUND YOKE__MANTISSA_BOUND

/* ---- digits by words ---- */

#define EACH_BYTE(byte) (0x0101010101010101u * (uint64_t)(byte))

/* Eight characters, the first in the lowest byte. */
static inline uint64_t load_word(const char *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Bytes at or above 10 make a high bit. */
static inline uint64_t not_digits(uint64_t word) {
    return ((word + EACH_BYTE(0x80 - 10)) | word) & EACH_BYTE(0x80);
}

/* The number that eight digits make: pairs, then fours, then all. */
static inline uint64_t digits_to_number(uint64_t digits) {
    digits = digits * 10 + (digits >> 8);
    const uint64_t pairs = 0x000000FF000000FFu;
    return ((digits & pairs) * 0x000F424000000064u +
            (digits >> 16 & pairs) * 0x0000271000000001u) >>
           32;
}

/* ---- one field ---- */

/* A field of up to 8 characters behind its sign, the point anywhere. False: of another form. */
static inline bool read_short(yoke_text field, yoke_number *number) {
    uint64_t negative = *field.data == '-';
    size_t length = field.size - negative;
    if (length - 1 > 7) return false;
    unsigned spare = 64 - 8 * (unsigned)length;
    uint64_t word = load_word(field.data + field.size - 8) >> spare << spare;
    uint64_t other = word ^ EACH_BYTE('.');
    uint64_t points = (other - EACH_BYTE(1)) & ~other & EACH_BYTE(0x80); /* lowest is right */
    unsigned has_point = points != 0;
    uint64_t before = ((points & -points) << 1) - 1; /* up to the point; all without one */
    uint64_t digits = word ^ ((word ^ word << 8 * has_point) & before);
    spare += 8 * has_point;
    if (spare > 56) return false;
    digits = (digits ^ EACH_BYTE('0')) >> spare << spare;
    if (not_digits(digits)) return false;
    uint64_t value = digits_to_number(digits);
    number->mantissa = (int64_t)((value ^ -negative) + negative);
    number->scale = 7 - (__builtin_ctzll(points | (uint64_t)1 << 63) >> 3);
    return true;
}

/* Bytes 0 to 31 are clear and 32 to 63 set, so that a word at 32 - k has its top bytes from k on
 * set. */
static const uint8_t clear_then_set[64] = {
    [32] = 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255,        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

/* Word `w` from the end: which of its bytes are among the last `count` characters. */
static inline uint64_t among_last(int count, int w) {
    return load_word((const char *)clear_then_set + 24 + count - 8 * w);
}

/* Where the one point of three words is, counted from the end; 24: none. */
static inline int find_point(const uint64_t word[3]) {
    int place = 24;
    for (int w = 2; w >= 0; w--) {
        uint64_t other = word[w] ^ EACH_BYTE('.');
        uint64_t points = (other - EACH_BYTE(1)) & ~other & EACH_BYTE(0x80);
        int here = 8 * w + 7 - (__builtin_ctzll(points | (uint64_t)1 << 63) >> 3);
        place = points ? here : place;
    }
    return place;
}

/* The same for up to 18 digits. */
static inline bool read_long(yoke_text field, yoke_number *number) {
    uint64_t negative = *field.data == '-';
    size_t length = field.size - negative;
    if (length - 1 > 18) return false;
    const char *end = field.data + field.size;
    uint64_t word[3], part[3], bad = 0;
    for (int w = 0; w < 3; w++) {
        word[w] = load_word(end - 8 * (w + 1)) & among_last((int)length, w);
    }
    int point = find_point(word);
    int has_point = point < 24, digits = (int)length - has_point;
    if (digits < 1 || digits > 18) return false;
    for (int w = 0; w < 3; w++) {
        uint64_t before = load_word(end - 8 * (w + 1) - has_point), behind = among_last(point, w);
        part[w] = (before ^ ((before ^ word[w]) & behind) ^ EACH_BYTE('0')) & among_last(digits, w);
        bad |= not_digits(part[w]);
    }
    if (bad) return false;
    uint64_t value = digits_to_number(part[0]) + digits_to_number(part[1]) * yoke__power10[8] +
                     digits_to_number(part[2]) * yoke__power10[16];
    number->mantissa = (int64_t)((value ^ -negative) + negative);
    number->scale = has_point ? point : 0;
    return true;
}

static inline bool read_quickly(yoke_text field, yoke_number *number) {
    return read_short(field, number) || read_long(field, number);
}

static bool equal(yoke_text a, yoke_text b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* The kind of cell; *number is written for YOKE_CELL_NUMBER. */
static int read_cell(yoke_text field, yoke_text null, yoke_number *number) {
    if (field.size == 0 || (null.size && equal(field, null))) return YOKE_CELL_NULL;
    if (read_quickly(field, number)) return YOKE_CELL_NUMBER;
    switch (yoke_number_parse(field.data, field.size, number)) {
    case YOKE_NUMBER_DECIMAL: return YOKE_CELL_NUMBER;
    case YOKE_NUMBER_WIDE: return YOKE_CELL_WIDE;
    default: return YOKE_CELL_BAD;
    }
}

/* ---- a block of fields ---- */

typedef struct block {
    yoke_column *column;
    const yoke_text *fields;
    size_t n;
    yoke_text null;
} block;

static void set_cell(const block *b, size_t i, int cell) {
    yoke_column *column = b->column;
    if (column->plain == b->n) memset(column->cell, YOKE_CELL_NUMBER, b->n);
    column->plain -= column->cell[i] == YOKE_CELL_NUMBER;
    column->cell[i] = (uint8_t)cell;
    column->mantissa[i] = 0;
}

/* mantissa * 10^places if that is below the bound */
static inline bool scale_up(int64_t *mantissa, int places) {
    int64_t scaled;
    bool over = __builtin_mul_overflow(*mantissa, (int64_t)yoke__power10[places], &scaled);
    if (over || scaled >= BOUND || scaled <= -BOUND) return false;
    *mantissa = scaled;
    return true;
}

/* Brings the first `count` mantissas to a higher scale; false: one does not fit there. */
static bool raise_scale(yoke_column *column, size_t count, int scale) {
    int64_t power = (int64_t)yoke__power10[scale - column->scale];
    int64_t limit = (BOUND - 1) / power, *mantissa = column->mantissa;
    int outside = 0;
    for (size_t i = 0; i < count; i++) outside |= mantissa[i] > limit || mantissa[i] < -limit;
    if (outside) return false;
    for (size_t i = 0; i < count; i++) mantissa[i] *= power;
    column->scale = scale;
    return true;
}

/* Reads field i, whatever it is; *scale becomes that of its text if it is a number. False: it does
 * not fit with the ones before. */
static bool read_one(const block *b, size_t i, int *scale) {
    yoke_column *column = b->column;
    yoke_number number;
    int cell = read_cell(b->fields[i], b->null, &number);
    if (cell != YOKE_CELL_NUMBER) {
        set_cell(b, i, cell);
        return true;
    }
    *scale = number.scale;
    if (number.scale > column->scale && !raise_scale(column, i, number.scale)) return false;
    column->mantissa[i] = number.mantissa;
    return scale_up(&column->mantissa[i], column->scale - number.scale);
}

/* Reads fields from i on as long as they have up to 8 characters and a point `scale` places before
 * their end (0: none). Returns the first that has not. */
static size_t read_alike(const block *b, size_t i, int scale) {
    int places = b->column->scale - scale;
    if (scale > 7 || places > 10) return i; /* 8 digits and 10 places stay below the bound */
    int64_t power = (int64_t)yoke__power10[places], *mantissa = b->column->mantissa;
    const yoke_text *fields = b->fields;
    size_t n = b->n, least = (size_t)scale + 1, has_point = scale > 0;
    uint64_t before = scale ? ~(uint64_t)0 >> 8 * scale : 0;
    uint64_t point = scale ? (uint64_t)0xff << (56 - 8 * scale) : 0;
    for (; i < n; i++) {
        yoke_text field = fields[i];
        uint64_t negative = *field.data == '-';
        size_t length = field.size - negative;
        if (length - least > 8 - least) break;
        uint64_t word = load_word(field.data + field.size - 8);
        unsigned spare = 64 - 8 * (unsigned)(length - has_point);
        uint64_t digits = word ^ ((word ^ word << 8) & before);
        digits = (digits ^ EACH_BYTE('0')) >> spare << spare;
        if (not_digits(digits) | ((word ^ EACH_BYTE('.')) & point)) break;
        uint64_t value = digits_to_number(digits);
        mantissa[i] = (int64_t)((value ^ -negative) + negative) * power;
    }
    return i;
}

/* Reads fields from i to `end`, points anywhere, as long as they are of the quick form and fit. */
static size_t read_mixed(const block *b, size_t i, size_t end) {
    yoke_column *column = b->column;
    for (; i < end; i++) {
        yoke_number number;
        if (!read_quickly(b->fields[i], &number) || number.scale > column->scale) break;
        column->mantissa[i] = number.mantissa;
        if (!scale_up(&column->mantissa[i], column->scale - number.scale)) break;
    }
    return i;
}

/* False: not all fit one scale as they come. */
static bool read_all(const block *b) {
    int scale = 0;
    for (size_t i = 0; i < b->n;) {
        if (!read_one(b, i++, &scale)) return false;
        size_t first = i;
        i = read_alike(b, i, scale);
        if (i - first < 8) i = read_mixed(b, i, b->n - i < 64 ? b->n : i + 64);
    }
    return true;
}

/* ---- blocks of very different numbers ---- */

static int count_digits(int64_t mantissa) {
    uint64_t magnitude = mantissa < 0 ? -(uint64_t)mantissa : (uint64_t)mantissa;
    int digits = 0;
    while (yoke__power10[digits] <= magnitude) digits++;
    return digits;
}

/* The scale at which most of the block's numbers fit, the lowest of those. */
static int choose_scale(const block *b) {
    int64_t change[20] = {0}; /* of the numbers that fit, from each scale to the next */
    for (size_t i = 0; i < b->n; i++) {
        yoke_number number;
        if (read_cell(b->fields[i], b->null, &number) != YOKE_CELL_NUMBER) continue;
        int last = number.scale + 18 - count_digits(number.mantissa);
        change[number.scale]++;
        change[last < 18 ? last + 1 : 19]--;
    }
    int best = 0;
    int64_t fit = 0, most = 0;
    for (int scale = 0; scale <= 18; scale++) {
        fit += change[scale];
        if (fit > most) best = scale;
        if (fit > most) most = fit;
    }
    return best;
}

static void read_planned(const block *b, int scale) {
    yoke_column *column = b->column;
    column->plain = b->n;
    column->scale = scale;
    for (size_t i = 0; i < b->n; i++) {
        yoke_number number;
        int cell = read_cell(b->fields[i], b->null, &number);
        if (cell == YOKE_CELL_NUMBER) {
            bool fits = number.scale <= scale && scale_up(&number.mantissa, scale - number.scale);
            if (!fits) cell = YOKE_CELL_WIDE;
        }
        if (cell == YOKE_CELL_NUMBER) {
            column->mantissa[i] = number.mantissa;
        } else {
            set_cell(b, i, cell);
        }
    }
}

/* ---- parsing ---- */

/* A null text that is itself a number has been read as one. */
static void mark_nulls(const block *b) {
    yoke_number number;
    if (yoke_number_parse(b->null.data, b->null.size, &number) == YOKE_NUMBER_BAD) return;
    for (size_t i = 0; i < b->n; i++) {
        if (equal(b->fields[i], b->null)) set_cell(b, i, YOKE_CELL_NULL);
    }
}

void yoke__column_parse(yoke_column *column, const yoke_text *fields, size_t n, yoke_text null) {
    block b = {column, fields, n, null};
    column->scale = 0;
    column->plain = n;
    if (!read_all(&b)) read_planned(&b, choose_scale(&b));
    if (null.size) mark_nulls(&b);
}

/* ---- accumulating ---- */

static inline __attribute__((always_inline)) int add_all(const yoke_column *column,
                                                         const yoke_text *fields, size_t n,
                                                         void **slots, size_t offset, int parts,
                                                         bool plain, yoke_arena *arena) {
    int scale = column->scale;
    for (size_t i = 0; i < n; i++) {
        yoke_exact *into = (yoke_exact *)((char *)slots[i] + offset);
        if (!plain && column->cell[i] != YOKE_CELL_NUMBER) {
            if (column->cell[i] != YOKE_CELL_WIDE) continue;
            YOKE_TRY(yoke_exact_add_text(into, parts, fields[i].data, fields[i].size, arena));
            continue;
        }
        int64_t mantissa = column->mantissa[i];
        if (into->scale == scale && yoke__exact_add_mantissa(into, parts, mantissa)) continue;
        YOKE_TRY(yoke_exact_add(into, parts, (yoke_number){mantissa, scale}, arena));
    }
    return YOKE_OK;
}

int yoke__column_accumulate(const yoke_column *column, const yoke_text *fields, size_t n,
                            void **slots, size_t offset, int parts, yoke_arena *arena) {
    bool plain = column->plain == n;
#define CASE(kept)                                                                                 \
    case kept:                                                                                     \
        return plain ? add_all(column, fields, n, slots, offset, kept, true, arena)                \
                     : add_all(column, fields, n, slots, offset, kept, false, arena);
    enum { SUM = YOKE_EXACT_SUM, RANGE = YOKE_EXACT_RANGE, SQUARES = YOKE_EXACT_SQUARES };
    switch (parts) {
        CASE(0)
        CASE(SUM)
        CASE(RANGE)
        CASE(SUM | RANGE)
        CASE(SUM | SQUARES)
    default: CASE(SUM | RANGE | SQUARES)
    }
#undef CASE
}

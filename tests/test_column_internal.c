/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns against one field at a time: the kinds of cells and the exact values of yoke_number_parse
 * and yoke_exact_add_text, at all alignments, in blocks of one form and of many.
 */
#include "tests/harness.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapreduce/column_read.h"

enum { MOST = 300, LONGEST = 48, ALL = YOKE_EXACT_SUM | YOKE_EXACT_RANGE | YOKE_EXACT_SQUARES };

static char data[64 + MOST * (LONGEST + 16) + 64];
static yoke_text fields[MOST];
static size_t count;

/* ---- blocks of fields ---- */

static void begin_block(void) {
    static const char filling[] = "0123456789.-+e;\n ";
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = filling[test_random_below(sizeof filling - 1)];
    }
    count = 0;
}

/* Puts the text behind the last, a random number of bytes on. */
static void add_field(const char *text) {
    char *p = data + 64;
    if (count) p = (char *)fields[count - 1].data + fields[count - 1].size;
    p += test_random_below(12);
    size_t size = strlen(text);
    memcpy(p, text, size);
    fields[count++] = (yoke_text){p, size};
}

static void write_digits(char *p, size_t n, size_t point) {
    for (size_t i = 0; i < n; i++) {
        if (i == point) *p++ = '.';
        *p++ = (char)('0' + test_random_below(10));
    }
    if (point == n) *p++ = '.';
    *p = 0;
}

static void write_noise(char *text) {
    static const char alphabet[] = "0123456789..--+eE x/:";
    size_t n = test_random_below(21);
    for (size_t i = 0; i < n; i++) text[i] = alphabet[test_random_below(sizeof alphabet - 1)];
    text[n] = 0;
}

static void write_field(char *text, int kind) {
    char *p = text;
    size_t length = 1 + test_random_below(18);
    if (kind != 9 && test_random_below(2)) *p++ = '-';
    switch (kind) {
    case 0: sprintf(p, "%d.%d", (int)test_random_below(100), (int)test_random_below(10)); break;
    case 1: sprintf(p, "%d", (int)test_random_below(100000)); break;
    case 2: write_digits(p, length, test_random_below(length + 2)); break;
    case 3: sprintf(p, "%.17g", (double)test_random() / 0x1p57); break;
    case 4: sprintf(p, "%.3f", (double)test_random() / 0x1p52); break;
    case 5: write_digits(p, 1 + test_random_below(30), test_random_below(30)); break;
    case 6:
        sprintf(p, "%.*ge%d", (int)test_random_below(20), 1.25, (int)test_random_below(30));
        break;
    case 7: sprintf(p, "0.%0*d", 1 + (int)test_random_below(22), 7); break;
    case 8: sprintf(p, "999999999999999999"); break;
    case 9: *p = 0; break;
    case 10: sprintf(p, "3%0*d.5", 1 + (int)test_random_below(26), 0); break;
    default: write_noise(p); break;
    }
}

/* A block of one to three kinds, sometimes with a rare other. */
static void write_block(void) {
    int kinds[3];
    for (int k = 0; k < 3; k++) kinds[k] = (int)test_random_below(12);
    size_t kind_count = 1 + test_random_below(3), n = test_random_below(MOST + 1);
    begin_block();
    while (count < n) {
        char text[LONGEST];
        int kind = kinds[test_random_below(kind_count)];
        if (test_random_below(100) == 0) kind = (int)test_random_below(12);
        write_field(text, kind);
        add_field(text);
    }
}

/* ---- parsing ---- */

typedef struct parsed {
    yoke_column column;
    int64_t mantissa[MOST];
    uint8_t cell[MOST];
} parsed;

static void parse_with(yoke__column_reader *read, parsed *p, yoke_text null) {
    memset(p, 0xee, sizeof *p);
    p->column.mantissa = p->mantissa;
    p->column.cell = p->cell;
    yoke__column_parse_with(read, &p->column, fields, count, null);
}

static bool same_parsed(const parsed *a, const parsed *b) {
    bool plain = a->column.plain == count;
    return a->column.scale == b->column.scale && a->column.plain == b->column.plain &&
           (plain || memcmp(a->cell, b->cell, count) == 0) &&
           memcmp(a->mantissa, b->mantissa, count * sizeof *a->mantissa) == 0;
}

/* Every reader that the processor can run must give the same. */
static void parse(parsed *p, yoke_text null) {
    parse_with(yoke__column_read_portable, p, null);
#ifdef __x86_64__
    parsed other;
    if (!yoke__has_avx512()) return;
    parse_with(yoke__column_read_avx512, &other, null);
    CU_ASSERT(same_parsed(p, &other));
#endif
}

static bool is_null(yoke_text field, yoke_text null) {
    return field.size == 0 ||
           (field.size == null.size && memcmp(field.data, null.data, null.size) == 0);
}

/* Whether a * 10^n == b, n from 0 to 18. */
static bool equal_scaled(int64_t a, int n, int64_t b) {
    __int128 scaled = a;
    while (n-- > 0) scaled *= 10;
    return scaled == b;
}

static bool cell_is_right(const parsed *p, size_t i, yoke_text null) {
    int cell = p->column.plain == count ? YOKE_CELL_NUMBER : p->cell[i];
    yoke_number number;
    if (is_null(fields[i], null)) return cell == YOKE_CELL_NULL;
    switch (yoke_number_parse(fields[i].data, fields[i].size, &number)) {
    case YOKE_NUMBER_BAD: return cell == YOKE_CELL_BAD;
    case YOKE_NUMBER_WIDE: return cell == YOKE_CELL_WIDE;
    default: break;
    }
    if (cell == YOKE_CELL_WIDE) return true; /* how many may be is tested below */
    return cell == YOKE_CELL_NUMBER && number.scale <= p->column.scale &&
           llabs(p->mantissa[i]) < 1000000000000000000 &&
           equal_scaled(number.mantissa, p->column.scale - number.scale, p->mantissa[i]);
}

static void check_block(yoke_text null) {
    parsed p;
    parse(&p, null);
    size_t numbers = 0;
    for (size_t i = 0; i < count; i++) {
        bool right = cell_is_right(&p, i, null);
        if (!right) {
            fprintf(stderr, "  field %zu of %zu: '%.*s'\n", i, count, (int)fields[i].size,
                    fields[i].data);
        }
        CU_ASSERT(right);
        numbers += p.column.plain == count || p.cell[i] == YOKE_CELL_NUMBER;
    }
    CU_ASSERT_EQUAL(p.column.plain, numbers);
}

TEST(random_blocks_read_as_their_fields_do) {
    static const char *const nulls[] = {"", "-9999", "NA", "5", "1e3", "nan"};
    size_t rounds = test_size(20000, 1000);
    for (size_t i = 0; i < rounds; i++) {
        write_block();
        const char *null = nulls[test_random_below(sizeof nulls / sizeof *nulls)];
        for (size_t f = 0; f < count && *null; f += 1 + test_random_below(40)) {
            if (strlen(null) <= fields[f].size) fields[f].size = strlen(null);
            if (strlen(null) == fields[f].size) memcpy((char *)fields[f].data, null, strlen(null));
        }
        check_block((yoke_text){null, strlen(null)});
    }
}

TEST(every_short_form_is_read_or_refused_as_the_parser_does) {
    static const char alphabet[] = "07.-+e ";
    for (size_t code = 0; code < 7 * 7 * 7 * 7 * 7; code++) {
        size_t rest = code;
        char text[16] = "";
        for (int i = 0; i < 5; i++, rest /= 7) text[i] = alphabet[rest % 7];
        begin_block();
        for (size_t length = 0; length <= 5; length++) {
            add_field(text + length);
            add_field("12.5"); /* what came before decides how the next is tried */
            add_field(text + length);
        }
        check_block((yoke_text){"", 0});
    }
}

static void check_outlier(const char *usual, int scale, const char *outlier, size_t place) {
    begin_block();
    while (count < 100) add_field(count == place ? outlier : usual);
    parsed p;
    parse(&p, (yoke_text){"", 0});
    CU_ASSERT_EQUAL(p.column.plain, 99);
    CU_ASSERT_EQUAL(p.column.scale, scale);
    CU_ASSERT_EQUAL(p.cell[place], YOKE_CELL_WIDE);
}

TEST(one_outlier_does_not_make_the_others_wide) {
    for (size_t place = 0; place < 100; place += 33) {
        check_outlier("1234.5", 1, "0.000000000000000001", place);
        check_outlier("1234.5", 1, "123456789012345678", place);
        check_outlier("1234.5", 1, "1e300", place);
        check_outlier("10", 0, "0.00000000000000001", place); /* 10 * 10^17 just does not fit */
    }
}

/* ---- accumulating ---- */

enum { GROUPS = 7, OFFSET = 24 };

typedef struct group {
    char before[OFFSET];
    uint64_t exact[9];
} group;

static group columns[GROUPS], singles[GROUPS];

static bool same_value(yoke_value a, yoke_value b) {
    return a.kind == b.kind && a.scale == b.scale && a.integer == b.integer &&
           memcmp(&a.number, &b.number, sizeof a.number) == 0;
}

static bool same_results(const yoke_exact *a, const yoke_exact *b, int parts) {
    bool same = yoke_exact_count(a) == yoke_exact_count(b);
    if (parts & YOKE_EXACT_SUM) {
        same = same && same_value(yoke_exact_sum(a, parts), yoke_exact_sum(b, parts)) &&
               same_value(yoke_exact_mean(a, parts), yoke_exact_mean(b, parts));
    }
    if (parts & YOKE_EXACT_RANGE) {
        same = same && same_value(yoke_exact_min(a, parts), yoke_exact_min(b, parts)) &&
               same_value(yoke_exact_max(a, parts), yoke_exact_max(b, parts));
    }
    if (parts & YOKE_EXACT_SQUARES) {
        same = same && same_value(yoke_exact_variance(a, parts), yoke_exact_variance(b, parts));
    }
    return same;
}

/* Adds the block to columns by column, and to singles field by field. */
static void add_block(int parts, yoke_text null, yoke_arena *arena) {
    parsed p;
    void *slots[MOST];
    parse(&p, null);
    for (size_t i = 0; i < count; i++) {
        size_t g = test_random_below(GROUPS);
        slots[i] = &columns[g];
        if (is_null(fields[i], null)) continue;
        yoke_exact_add_text((yoke_exact *)singles[g].exact, parts, fields[i].data, fields[i].size,
                            arena);
    }
    CU_ASSERT_EQUAL(yoke__column_accumulate(&p.column, fields, count, slots, OFFSET, parts, arena),
                    YOKE_OK);
}

TEST(columns_add_up_as_their_fields_do) {
    static const int kept[] = {0,
                               YOKE_EXACT_SUM,
                               YOKE_EXACT_RANGE,
                               YOKE_EXACT_SUM | YOKE_EXACT_RANGE,
                               YOKE_EXACT_SUM | YOKE_EXACT_SQUARES,
                               ALL};
    size_t rounds = test_size(3000, 200);
    for (size_t i = 0; i < rounds; i++) {
        int parts = kept[i % 6];
        yoke_arena arena;
        yoke_arena_init(&arena);
        memset(columns, 0, sizeof columns);
        memset(singles, 0, sizeof singles);
        for (size_t blocks = 1 + test_random_below(4); blocks > 0; blocks--) {
            write_block();
            add_block(parts, (yoke_text){"5", 1}, &arena);
        }
        for (size_t g = 0; g < GROUPS; g++) {
            CU_ASSERT(same_results((yoke_exact *)columns[g].exact, (yoke_exact *)singles[g].exact,
                                   parts));
        }
        yoke_arena_fini(&arena);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Group by against sqlite3 in this process, on random small tables: a table is made twice from the
 * same numbers and texts, once as CSV for yoke and once in sqlite, whose GROUP BY gives the groups,
 * counts, extremes and places; sums, means and variances come from exact 128-bit integers in
 * aggregates of our own. Every run is repeated at several thread counts and block sizes and must
 * give the same bits.
 */
#include "tests/harness.h"

#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/yoke.h"

typedef __int128 i128 __attribute__((aligned(8))); /* as sqlite aligns memory */

enum { SCALE = 6, MILLION = 1000000 }; /* of the exact numbers in column v */

/* ---- growing text ---- */

typedef struct buffer {
    char *data;
    size_t size, capacity;
} buffer;

static void put(buffer *to, const void *data, size_t size) {
    if (to->size + size + 1 > to->capacity) {
        to->capacity = 2 * (to->size + size + 64);
        char *grown = realloc(to->data, to->capacity);
        REQUIRE(grown != NULL);
        to->data = grown;
    }
    memcpy(to->data + to->size, data, size);
    to->size += size;
    to->data[to->size] = 0;
}

static void put_text(buffer *to, const char *text) { put(to, text, strlen(text)); }

__attribute__((format(printf, 2, 3))) static void put_format(buffer *to, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put_text(to, text);
}

static void put_hex(buffer *to, const void *data, size_t size) {
    for (size_t i = 0; i < size; i++) put_format(to, "%02x", ((const unsigned char *)data)[i]);
}

/* integer / 10^scale in full, without trailing zeros. */
static void put_decimal(buffer *to, i128 integer, int scale) {
    char text[64], *at = text + sizeof text;
    bool negative = integer < 0;
    while (scale > 0 && integer % 10 == 0) integer /= 10, scale--;
    unsigned __int128 rest = negative ? -(unsigned __int128)integer : (unsigned __int128)integer;
    *--at = 0;
    for (int digits = 0; rest || digits <= scale; digits++, rest /= 10) {
        if (digits == scale && scale) *--at = '.';
        *--at = (char)('0' + (int)(rest % 10));
    }
    if (negative) *--at = '-';
    put_text(to, at);
}

/* ---- random tables ---- */

enum { KEY1, KEY2, NUMBER, WILD, TEXT, COLUMNS };

typedef struct test_field {
    char *data;
    size_t size;
} test_field;

typedef struct test_row {
    test_field fields[COLUMNS];
    bool has_v, bad; /* v is a number; v is neither a number nor missing */
    int64_t v;       /* times 10^SCALE */
} test_row;

typedef struct test_table {
    test_row *rows;
    size_t count;
} test_table;

static test_field keep(const char *data, size_t size) {
    test_field made = {malloc(size + 1), size};
    REQUIRE(made.data != NULL);
    if (size) memcpy(made.data, data, size);
    made.data[size] = 0;
    return made;
}

/* A text with what CSV finds hard. Zero bytes only where they are asked for. */
static test_field random_text(size_t longest, bool zeros) {
    static const char *const pieces[] = {"a",  "b",  "Z",  "0",  "9",    " ",        ",",
                                         "\"", "\n", "\r", ";",  "\t",   "\xc3\xa9", "\xe6\x97\xa5",
                                         "'",  "\\", "-",  "NA", "\xff", "station"};
    buffer text = {0};
    size_t wanted = test_random_below(longest + 1);
    while (text.size < wanted) {
        if (zeros && test_random_below(4) == 0)
            put(&text, test_random_below(3) ? "" : "\xff", 1);
        else
            put_text(&text, pieces[test_random_below(sizeof pieces / sizeof *pieces)]);
    }
    test_field made = keep(text.data, text.size);
    free(text.data);
    return made;
}

/* Writes v, of 0 to SCALE decimals, in one of several ways. */
static test_field random_number(int64_t v) {
    buffer text = {0};
    switch (test_random_below(8)) {
    case 0: put_format(&text, "%llde-6", (long long)v); break;
    case 1:
        put_format(&text, "%s%lld.%06llde0", v < 0 ? "-" : "", llabs(v / MILLION),
                   llabs(v % MILLION));
        break;
    case 2: put_text(&text, "  "); /* fall through */
    default: put_decimal(&text, v, SCALE);
    }
    test_field made = keep(text.data, text.size);
    free(text.data);
    return made;
}

static int64_t random_v(void) {
    static const int64_t limits[] = {10, 1000, 100000000, 100000000000000};
    static const int64_t units[] = {1, 100000, MILLION};
    int64_t limit = limits[test_random_below(4)], unit = units[test_random_below(3)];
    int64_t v = (int64_t)test_random_below((uint64_t)limit * 2 + 1) - limit;
    return limit < MILLION ? v : v / unit * unit;
}

static test_field random_wild(void) {
    static const char *const wild[] = {"1e300",
                                       "-1e300",
                                       "1e-300",
                                       "4.9e-324",
                                       "0x10",

                                       "123456789012345678901234567890",
                                       "0.1",
                                       "1e15",
                                       "-7",
                                       "999999999999999999",
                                       "1E+5",
                                       ".5",
                                       "5.",
                                       "3.0000000000000000000000001"};
    const char *text = wild[test_random_below(sizeof wild / sizeof *wild)];
    return test_random_below(9) ? keep(text, strlen(text)) : keep("", 0);
}

static void random_value(test_row *row, bool with_bad) {
    static const char *const bad[] = {"abc", "1.2.3", "--1", "5x", "1e", "N A"};
    uint64_t kind = test_random_below(20);
    row->has_v = kind > 3;
    row->bad = with_bad && kind == 0;
    if (row->bad) {
        const char *text = bad[test_random_below(6)];
        row->fields[NUMBER] = keep(text, strlen(text));
    } else if (!row->has_v) {
        row->fields[NUMBER] = keep("NA", kind & 1 ? 2 : 0);
    } else {
        row->v = random_v();
        row->fields[NUMBER] = random_number(row->v);
    }
}

static test_table random_table(size_t count, size_t keys, bool with_bad, bool zeros) {
    test_table made = {calloc(count + 1, sizeof(test_row)), count};
    test_field *pool = calloc(keys, sizeof *pool);
    REQUIRE(made.rows != NULL && pool != NULL);
    for (size_t i = 0; i < keys; i++) pool[i] = random_text(test_random_below(3) ? 12 : 60, zeros);
    for (size_t i = 0; i < count; i++) {
        test_row *row = &made.rows[i];
        for (int k = KEY1; k <= KEY2; k++) {
            test_field from = pool[test_random_below(keys)];
            row->fields[k] = keep(from.data, from.size);
        }
        random_value(row, with_bad);
        row->fields[WILD] = random_wild();
        row->fields[TEXT] = test_random_below(4) ? random_text(20, false) : keep("NA", 2);
    }
    for (size_t i = 0; i < keys; i++) free(pool[i].data);
    free(pool);
    return made;
}

static void free_table(test_table *table) {
    for (size_t i = 0; i < table->count; i++) {
        for (int c = 0; c < COLUMNS; c++) free(table->rows[i].fields[c].data);
    }
    free(table->rows);
}

/* ---- the table as CSV ---- */

static void put_field(buffer *csv, test_field field) {
    bool must = field.size &&
                (field.data[0] == '"' || memchr(field.data, ',', field.size) ||
                 memchr(field.data, '"', field.size) || memchr(field.data, '\n', field.size) ||
                 memchr(field.data, '\r', field.size));
    if (!must && test_random_below(8)) {
        put(csv, field.data, field.size);
        return;
    }
    put_text(csv, "\"");
    for (size_t i = 0; i < field.size; i++) {
        if (field.data[i] == '"') put_text(csv, "\"");
        put(csv, field.data + i, 1);
    }
    put_text(csv, "\"");
}

static buffer csv_of(const test_table *table) {
    buffer csv = {0};
    const char *line_end = test_random_below(2) ? "\n" : "\r\n";
    put_text(&csv, "k1,k2,v,w,t");
    put_text(&csv, line_end);
    for (size_t i = 0; i < table->count; i++) {
        for (int c = 0; c < COLUMNS; c++) {
            if (c) put_text(&csv, ",");
            put_field(&csv, table->rows[i].fields[c]);
        }
        if (i + 1 < table->count || test_random_below(2)) put_text(&csv, line_end);
    }
    return csv;
}

/* ---- sqlite's answer ---- */

typedef struct exact_state {
    int64_t n;
    i128 sum, squares;
} exact_state;

static void exact_step(sqlite3_context *context, int count, sqlite3_value **values) {
    (void)count;
    exact_state *state = sqlite3_aggregate_context(context, sizeof *state);
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;
    i128 v = sqlite3_value_int64(values[0]);
    state->n++;
    state->sum += v;
    state->squares += v * v;
}

/* sum|mean|var|stddev, computed in integers and 113 bits. */
static void exact_final(sqlite3_context *context) {
    exact_state *state = sqlite3_aggregate_context(context, sizeof *state);
    buffer text = {0};
    if (state->n) put_decimal(&text, state->sum, SCALE);
    if (state->n) put_format(&text, "|%a|", (double)((__float128)state->sum / state->n / MILLION));
    if (!state->n) put_text(&text, "null|null|");
    if (state->n < 2) {
        put_text(&text, "null");
    } else {
        i128 n = state->n, spread = n * state->squares - state->sum * state->sum;
        __float128 variance = (__float128)spread / (__float128)(n * (n - 1)) / MILLION / MILLION;
        put_format(&text, "%a", (double)variance);
    }
    sqlite3_result_text(context, text.data, (int)text.size, SQLITE_TRANSIENT);
    free(text.data);
}

static sqlite3 *database_of(const test_table *table, yoke_on_error on_error) {
    sqlite3 *db;
    sqlite3_stmt *insert;
    REQUIRE(sqlite3_open(":memory:", &db) == SQLITE_OK);
    REQUIRE(sqlite3_create_function(db, "exact", 1, SQLITE_UTF8, NULL, NULL, exact_step,
                                    exact_final) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, "CREATE TABLE t (k1 BLOB, k2 BLOB, v INT, w REAL, t BLOB); BEGIN",
                         NULL, NULL, NULL) == SQLITE_OK);
    REQUIRE(sqlite3_prepare_v2(db, "INSERT INTO t VALUES (?,?,?,?,?)", -1, &insert, NULL) ==
            SQLITE_OK);
    for (size_t i = 0; i < table->count; i++) {
        const test_row *row = &table->rows[i];
        if (row->bad && on_error == YOKE_ON_ERROR_SKIP) continue;
        for (int c = 0; c < COLUMNS; c++) {
            test_field field = row->fields[c];
            bool missing = !field.size || (field.size == 2 && !memcmp(field.data, "NA", 2));
            if (c == KEY1 || c == KEY2 || (c == TEXT && !missing)) {
                sqlite3_bind_blob(insert, c + 1, field.data, (int)field.size, SQLITE_STATIC);
                if (!field.size) sqlite3_bind_zeroblob(insert, c + 1, 0);
            } else if (c == NUMBER && row->has_v) {
                sqlite3_bind_int64(insert, c + 1, row->v);
            } else if (c == WILD && !missing) {
                sqlite3_bind_double(insert, c + 1, strtod(field.data, NULL));
            } else {
                sqlite3_bind_null(insert, c + 1);
            }
        }
        REQUIRE(sqlite3_step(insert) == SQLITE_DONE);
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    return db;
}

static void put_column(buffer *to, sqlite3_stmt *query, int column, bool decimal) {
    switch (sqlite3_column_type(query, column)) {
    case SQLITE_INTEGER:
        put_decimal(to, sqlite3_column_int64(query, column), decimal ? SCALE : 0);
        break;
    case SQLITE_FLOAT: put_format(to, "%a", sqlite3_column_double(query, column)); break;
    case SQLITE_TEXT: put_text(to, (const char *)sqlite3_column_text(query, column)); break;
    case SQLITE_BLOB:
        put_text(to, "x");
        put_hex(to, sqlite3_column_blob(query, column),
                (size_t)sqlite3_column_bytes(query, column));
        break;
    default: put_text(to, "null");
    }
    put_text(to, "|");
}

/* The whole answer as one text, a line a group. `keys`: "k1", "k1, k2" or "1" for none. */
static buffer expected_answer(sqlite3 *db, const char *keys, int key_count, yoke_order order) {
    buffer sql = {0}, answer = {0};
    put_format(&sql,
               "WITH g AS (SELECT *, rowid AS place,"
               " first_value(t) OVER (PARTITION BY %s ORDER BY t IS NULL, rowid) AS f,"
               " first_value(t) OVER (PARTITION BY %s ORDER BY t IS NULL, rowid DESC) AS l FROM t)"
               " SELECT %s, count(*), count(v), exact(v), min(v), max(v), min(w), max(w), count(t),"
               " max(f), max(l) FROM g",
               keys, keys, keys);
    if (key_count) put_format(&sql, " GROUP BY %s ORDER BY ", keys);
    if (key_count) put_text(&sql, order == YOKE_ORDER_FIRST ? "min(place)" : keys);
    sqlite3_stmt *query;
    REQUIRE(sqlite3_prepare_v2(db, sql.data, -1, &query, NULL) == SQLITE_OK);
    while (sqlite3_step(query) == SQLITE_ROW) {
        int first_aggregate = key_count ? key_count : 1;
        for (int c = key_count ? 0 : 1; c < sqlite3_column_count(query); c++) {
            int aggregate = c - first_aggregate;
            put_column(&answer, query, c, aggregate == 3 || aggregate == 4);
        }
        put_text(&answer, "\n");
    }
    put_text(&answer, "");
    sqlite3_finalize(query);
    free(sql.data);
    return answer;
}

/* ---- yoke's answer ---- */

static const yoke_aggregate aggregates[] = {{YOKE_AGGREGATE_COUNT, YOKE_NO_COLUMN},
                                            {YOKE_AGGREGATE_COUNT, NUMBER},
                                            {YOKE_AGGREGATE_SUM, NUMBER},
                                            {YOKE_AGGREGATE_MEAN, NUMBER},
                                            {YOKE_AGGREGATE_VAR, NUMBER},
                                            {YOKE_AGGREGATE_MIN, NUMBER},
                                            {YOKE_AGGREGATE_MAX, NUMBER},
                                            {YOKE_AGGREGATE_MIN, WILD},
                                            {YOKE_AGGREGATE_MAX, WILD},
                                            {YOKE_AGGREGATE_COUNT, TEXT},
                                            {YOKE_AGGREGATE_FIRST, TEXT},
                                            {YOKE_AGGREGATE_LAST, TEXT}};
enum { AGGREGATES = sizeof aggregates / sizeof *aggregates };

static yoke_dataset *open_csv(const void *data, size_t size) {
    yoke_input input = {.kind = YOKE_INPUT_MEMORY, .name = "t.csv", .data = data, .size = size};
    yoke_format format = {.delimiter = ',', .quote = '"', .header = true};
    yoke_dataset *dataset = NULL;
    REQUIRE(yoke_dataset_open(&input, 1, &format, &dataset) == YOKE_OK);
    return dataset;
}

static void put_value(buffer *to, const yoke_aggregate *aggregate, yoke_value value) {
    bool as_double = aggregate->column == WILD || aggregate->op == YOKE_AGGREGATE_MEAN ||
                     aggregate->op == YOKE_AGGREGATE_VAR;
    if (value.kind == YOKE_VALUE_NULL)
        put_text(to, "null");
    else if (value.kind == YOKE_VALUE_DOUBLE || as_double)
        put_format(to, "%a", value.number);
    else
        put_decimal(to, value.integer, value.scale);
    put_text(to, "|");
}

static void put_optional_text(buffer *to, yoke_text text) {
    put_text(to, text.data ? "x" : "null");
    put_hex(to, text.data, text.size);
    put_text(to, "|");
}

static buffer answer_of(const yoke_table *table, size_t key_count) {
    buffer answer = {0};
    put_text(&answer, "");
    for (size_t r = 0; r < yoke_table_rows(table); r++) {
        for (size_t k = 0; k < key_count; k++)
            put_optional_text(&answer, yoke_table_key(table, r, k));
        for (size_t i = 0; i < AGGREGATES; i++) {
            if (aggregates[i].op >= YOKE_AGGREGATE_FIRST)
                put_optional_text(&answer, yoke_table_text(table, r, i));
            else
                put_value(&answer, &aggregates[i], yoke_table_value(table, r, i));
        }
        put_text(&answer, "\n");
    }
    return answer;
}

/* Says what was asked and shows the first line that differs. */
static void show_difference(const yoke_groupby *asked, const char *answer, const char *expected) {
    size_t line = 0;
    for (size_t i = 0; answer[i] && answer[i] == expected[i]; i++) {
        if (answer[i] == '\n') line = i + 1;
    }
    printf(
        "    keys %zu, policy %d, order %d, threads %d, block %zu\n    is        %.*s\n"
        "    should be %.*s\n",
        asked->key_count, asked->on_error, asked->order, asked->threads, asked->block_size,
        (int)strcspn(answer + line, "\n"), answer + line, (int)strcspn(expected + line, "\n"),
        expected + line);
}

/* Fills in the dataset, asks, and compares. */
static void check_answer(const buffer *csv, yoke_groupby *asked, const buffer *expected,
                         size_t bad) {
    yoke_table *result = NULL;
    asked->dataset = open_csv(csv->data, csv->size);
    int status = yoke_groupby_run(asked, &result);
    if (status < 0) printf("    %s\n", yoke_error_detail());
    REQUIRE(status == YOKE_OK);
    buffer answer = answer_of(result, asked->key_count);
    bool same = !strcmp(answer.data, expected->data);
    if (!same) show_difference(asked, answer.data, expected->data);
    CU_ASSERT(same);
    CU_ASSERT_EQUAL(yoke_table_counts(result)->bad_fields, bad);
    free(answer.data);
    yoke_table_destroy(result);
    yoke_dataset_close(asked->dataset);
}

static void check_table(const test_table *table, size_t key_count, yoke_on_error on_error,
                        yoke_order order) {
    static const char *const names[] = {"1", "k1", "k1, k2"};
    static const size_t keys[] = {KEY1, KEY2}, blocks[] = {1, 100, 4096, 0};
    static const int threads[] = {1, 2, 3, 7};
    yoke_groupby asked = {.keys = keys,
                          .key_count = key_count,
                          .aggregates = aggregates,
                          .aggregate_count = AGGREGATES,
                          .null = "NA",
                          .on_error = on_error,
                          .order = order};
    buffer csv = csv_of(table);
    sqlite3 *db = database_of(table, on_error);
    buffer expected = expected_answer(db, names[key_count], (int)key_count, order);
    size_t bad = 0;
    for (size_t i = 0; i < table->count; i++) bad += table->rows[i].bad;
    for (size_t t = 0; t < 4; t++) {
        asked.threads = threads[t];
        asked.block_size = blocks[test_random_below(4)];
        check_answer(&csv, &asked, &expected, bad);
    }
    sqlite3_close(db);
    free(expected.data);
    free(csv.data);
}

static void check_random(size_t tables, size_t rows, yoke_on_error on_error) {
    for (size_t i = 0; i < tables; i++) {
        size_t count = test_random_below(rows), keys = 1 + test_random_below(count / 2 + 4);
        test_table table = random_table(count, keys, on_error != YOKE_ON_ERROR_FAIL, i % 3 == 0);
        check_table(&table, test_random_below(3), on_error,
                    test_random_below(2) ? YOKE_ORDER_KEY : YOKE_ORDER_FIRST);
        free_table(&table);
    }
}

TEST_WITH_LIMIT(random_tables_give_what_sqlite_gives, 120) {
    check_random(test_size(1600, 100), 60, YOKE_ON_ERROR_FAIL);
}

TEST_WITH_LIMIT(larger_tables_give_what_sqlite_gives, 120) {
    check_random(test_size(20, 4), 6000, YOKE_ON_ERROR_FAIL);
}

TEST_WITH_LIMIT(bad_rows_are_skipped, 120) {
    check_random(test_size(200, 50), 60, YOKE_ON_ERROR_SKIP);
    check_random(test_size(5, 2), 5000, YOKE_ON_ERROR_SKIP);
}

TEST_WITH_LIMIT(bad_fields_are_nulled, 120) {
    check_random(test_size(200, 50), 60, YOKE_ON_ERROR_NULL);
    check_random(test_size(5, 2), 5000, YOKE_ON_ERROR_NULL);
}

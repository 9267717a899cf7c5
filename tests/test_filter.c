/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters: the language case by case on one table, the messages, and random conditions on random
 * tables against sqlite3 in this process, which gets the same condition in SQL. Where the two
 * languages differ (yoke: a field that is no number makes a comparison with a number false, and
 * the empty text is a text) the SQL says so in full.
 */
#include "tests/harness.h"

#include <regex.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/yoke.h"

/* ---- what passes ---- */

static yoke_dataset *open_csv(const char *csv) {
    yoke_input input = {
        .kind = YOKE_INPUT_MEMORY, .name = "t.csv", .data = csv, .size = strlen(csv)};
    yoke_format format = {.delimiter = ',', .quote = '"', .header = true};
    yoke_dataset *dataset = NULL;
    REQUIRE(yoke_dataset_open(&input, 1, &format, &dataset) == YOKE_OK);
    return dataset;
}

typedef struct buffer {
    char *data;
    size_t size;
} buffer;

__attribute__((format(printf, 2, 3))) static void put(buffer *to, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    REQUIRE(size >= 0);
    char *grown = realloc(to->data, to->size + (size_t)size + 1);
    REQUIRE(grown != NULL);
    to->data = grown;
    memcpy(to->data + to->size, text, (size_t)size + 1);
    to->size += (size_t)size;
    free(text);
}

/* The first column of the records that pass, each followed by a blank. */
static buffer passing(const char *csv, const char *where, int threads) {
    yoke_dataset *dataset = open_csv(csv);
    yoke_filter *filter = NULL;
    int status = yoke_filter_compile(where, dataset, &filter);
    if (status < 0) printf("    %s: %s\n", where, yoke_error_detail());
    REQUIRE(status == YOKE_OK);
    size_t key = 0;
    yoke_groupby groupby = {.dataset = dataset,
                            .keys = &key,
                            .key_count = 1,
                            .filter = filter,
                            .order = YOKE_ORDER_FIRST,
                            .threads = threads,
                            .block_size = 100};
    yoke_table *table = NULL;
    REQUIRE(yoke_groupby_run(&groupby, &table) == YOKE_OK);
    buffer ids = {0};
    put(&ids, "%s", "");
    for (size_t row = 0; row < yoke_table_rows(table); row++) {
        yoke_text id = yoke_table_key(table, row, 0);
        put(&ids, "%.*s ", (int)id.size, id.data);
    }
    const yoke_groupby_counts *counts = yoke_table_counts(table);
    CU_ASSERT_EQUAL(counts->records - counts->filtered, yoke_table_rows(table));
    yoke_table_destroy(table);
    yoke_filter_destroy(filter);
    yoke_dataset_close(dataset);
    return ids;
}

static void check(const char *csv, const char *where, const char *expected) {
    buffer ids = passing(csv, where, 1);
    if (strcmp(ids.data, expected)) printf("    %s\n", where);
    CU_ASSERT_STRING_EQUAL(ids.data, expected);
    free(ids.data);
}

/* ---- the language ---- */

static const char fruit[] =
    "id,n,m,t,odd name\n"
    "1,5,5.0,apple,x\n"
    "2,-3.5,-3.50,Banana,y\n"
    "3,,0,,x\n"
    "4,abc,1,don't,\"say \"\"hi\"\"\"\n"
    "5,1e3,1000,\xc3\xa9t\xc3\xa9,x\n"
    "6,0x10,16,\"a,b\",\n"
    "7,nan,1,apple pie,y\n"
    "8, 5 ,5,apple,z\n";
#define ALL "1 2 3 4 5 6 7 8 "

TEST(numbers_compare_by_value_and_other_fields_make_it_false) {
    check(fruit, "n = 5", "1 8 ");
    check(fruit, "n == 5.000", "1 8 ");
    check(fruit, "n != 5", "2 5 6 7 ");
    check(fruit, "n <> 5", "2 5 6 7 ");
    check(fruit, "n < 5", "2 ");
    check(fruit, "n <= 5", "1 2 8 ");
    check(fruit, "n > 5", "5 6 ");
    check(fruit, "n >= 5", "1 5 6 8 ");
    check(fruit, "5 < n", "5 6 ");
    check(fruit, "5>=n", "1 2 8 ");
    check(fruit, "n=-3.5", "2 ");
    check(fruit, "n > -3.50001 and n < -3.49999", "2 ");
    check(fruit, "n = 0x10", "6 ");
    check(fruit, "n > 1e300", "");
    check(fruit, "n < 1e300", "1 2 5 6 8 ");
    check(fruit, "n = .1e4", "5 ");
}

TEST(numbers_compare_exactly_up_to_18_digits) {
    const char *big =
        "id,n\n1,999999999999999998\n2,999999999999999999\n3,-999999999999999999\n"
        "4,0.3\n5,0.30000000000000001\n6,0.1\n";
    check(big, "n = 999999999999999999", "2 ");
    check(big, "n < 999999999999999999", "1 3 4 5 6 ");
    check("id,n\n1,99999999999999999\n2,99999999999999998\n", "n > 99999999999999998.5", "1 ");
    check("id,n\n1,-99999999999999999\n2,-99999999999999998\n", "n < -99999999999999998.5", "1 ");
    check(big, "n = 0.3", "4 ");
    check(big, "n > 0.3 and n < 1", "5 ");
    check(big, "n >= 0.1", "1 2 4 5 6 ");
    check(big, "n != 0.1000000000000000", "1 2 3 4 5 ");
    check("id,n\n1,-0.55\n2,-0.5\n3,0.5\n", "n < -0.501", "1 ");
    check("id,n\n1,-1\n2,0\n3,1\n", "n > -0.5", "2 3 ");
    check("id,n\n1,-1\n2,0\n3,1\n", "n >= -0.5", "2 3 ");
    check("id,n\n1,-1\n2,0\n3,1\n", "n <= -0.5", "1 ");
    check("id,n\n1,-1\n2,0\n3,1\n", "n = 0.5", "");
    check("id,n\n1,-1\n2,0\n3,1\n", "n != 0.5", "1 2 3 ");
}

TEST(columns_compare_as_numbers_when_both_are) {
    check(fruit, "n = m", "1 2 5 6 8 ");
    check(fruit, "n != m", "3 4 7 ");
    check(fruit, "n < m", "3 ");
    check(fruit, "n > m", "4 ");
    check("id,a,b\n1,9,10\n2,9,10x\n3,0.1,0.10000000000000000000001\n4,1e2,1e400\n5,,\n", "a < b",
          "1 4 ");
}

TEST(strings_compare_by_bytes) {
    check(fruit, "t = 'apple'", "1 8 ");
    check(fruit, "t != 'apple'", "2 3 4 5 6 7 ");
    check(fruit, "t = ''", "3 ");
    check(fruit, "n = ''", "3 ");
    check(fruit, "n = '5'", "1 ");
    check(fruit, "t > 'apple'", "4 5 7 ");
    check(fruit, "'apple' >= t", "1 2 3 6 8 ");
    check(fruit, "t = 'don''t'", "4 ");
    check(fruit, "t = 'a,b'", "6 ");
    check(fruit, "t = '\xc3\xa9t\xc3\xa9'", "5 ");
}

TEST(names_may_be_quoted_and_numbers_name_columns_in_quotes) {
    check(fruit, "\"odd name\" = 'x'", "1 3 5 ");
    check(fruit, "`odd name` = 'say \"hi\"'", "4 ");
    check(fruit, "\"2\" = 5", "1 8 ");
    check("id,\"a\"\"b\",c`d,and\n1,2,3,4\n", "\"a\"\"b\" = 2 and `c``d` = 3 AND \"and\" = 4",
          "1 ");
    check("id,x.y,\xc3\xa9\n1,2,3\n", "x.y = 2 and \xc3\xa9 = 3", "1 ");
}

TEST(regular_expressions_match_anywhere) {
    check(fruit, "t ~ '^app'", "1 7 8 ");
    check(fruit, "t ~ 'e$'", "1 7 8 ");
    check(fruit, "t !~ 'p'", "2 3 4 5 6 ");
    check(fruit, "t ~ '^$'", "3 ");
    check(fruit, "t ~ '^(Ban|a[,]b)+'", "2 6 ");
    check(fruit, "t ~ ''", ALL);
    check(fruit, "`odd name` ~ '\"hi\"$'", "4 ");
}

TEST(and_or_not_bind_as_usual) {
    check(fruit, "n = 5 or n = 1000 and t = 'none'", "1 8 ");
    check(fruit, "(n = 5 or n = 1000) and t ~ 't'", "5 ");
    check(fruit, "not n = 5 and m = 5", "");
    check(fruit, "NOT (n = 5)", "2 3 4 5 6 7 ");
    check(fruit, "not not n = 5", "1 8 ");
    check(fruit, "not (t ~ 'p' or m > 10) And id != 4", "2 3 ");
    check(fruit, "not t ~ 'p' and not t ~ 't'", "2 3 6 ");
    check(fruit, "(t ~ 'p' and m = 1) or (t ~ 'a' and not m = 5)", "2 6 7 ");
}

TEST(constants_are_conditions_too) {
    check(fruit, "1 = 1.0", ALL);
    check(fruit, "1 > 2", "");
    check(fruit, "'a' < 'b'", ALL);
    check(fruit, "'5' = 5.0", ALL);
    check(fruit, "5 = '5.00'", ALL);
    check(fruit, "'x' = 5", "");
    check(fruit, "'x' != 5", "");
    check(fruit, "'abc' ~ 'b'", ALL);
    check(fruit, "'abc' !~ 'b' or id = 3", "3 ");
    check(fruit, "1 = 1 and id <= 2", "1 2 ");
}

static char *repeat(const char *text, size_t count, const char *last) {
    buffer made = {0};
    for (size_t i = 0; i < count; i++) put(&made, "%s", text);
    put(&made, "%s", last);
    return made.data;
}

TEST(long_chains_and_deep_nests_are_legal) {
    char *chain = repeat("id = 9 or ", 5000, "id = 7");
    check(fruit, chain, "7 ");
    free(chain);
    char *all = repeat("id < 9 and ", 5000, "id = 7");
    check(fruit, all, "7 ");
    free(all);
    char *nest = repeat("not ", 100, "id = 7");
    check(fruit, nest, "7 ");
    free(nest);
}

TEST(no_record_at_all) {
    check("id,a\n", "a = 1", "");
    check("id,a\n", "a ~ 'x'", "");
}

/* ---- messages ---- */

static void check_failure(const char *where, int expected, const char *detail) {
    yoke_dataset *dataset = open_csv(fruit);
    yoke_filter *filter = NULL;
    CU_ASSERT_EQUAL(yoke_filter_compile(where, dataset, &filter), expected);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), detail);
    CU_ASSERT_PTR_NULL(filter);
    yoke_dataset_close(dataset);
}

TEST(mistakes_are_named_with_their_position) {
    const int syntax = YOKE_ESYNTAX;
    check_failure("", syntax, "where: position 1: expected a condition");
    check_failure("  ", syntax, "where: position 3: expected a condition");
    check_failure("n >", syntax, "where: position 4: expected a value after '>'");
    check_failure("n > and m = 1", syntax, "where: position 5: expected a value after '>'");
    check_failure("n", syntax,
                  "where: position 2: expected a comparison (= != < <= > >= ~ !~) after 'n'");
    check_failure("'x' y", syntax,
                  "where: position 5: expected a comparison (= != < <= > >= ~ !~) after 'x'");
    check_failure("n = 5 m", syntax,
                  "where: position 7: expected 'and', 'or' or the end after '5'");
    check_failure("(n = 5", syntax, "where: position 7: expected 'and', 'or' or ')' after '5'");
    check_failure("n = 5)", syntax, "where: position 6: expected 'and', 'or' or the end after '5'");
    check_failure("n = 5 and", syntax, "where: position 10: expected a condition after 'and'");
    check_failure("and n = 1", syntax, "where: position 1: expected a condition");
    check_failure("n = 'x", syntax, "where: position 5: this string is not closed by '");
    check_failure("n = 'x''", syntax, "where: position 5: this string is not closed by '");
    check_failure("`n = 5", syntax, "where: position 1: this name is not closed by `");
    check_failure("n = 12abc", syntax, "where: position 5: '12abc' is not a number");
    check_failure("n = 1.2.3", syntax, "where: position 5: '1.2.3' is not a number");
    check_failure("n ~ 5", syntax, "where: position 5: expected a 'regex' after '~'");
    check_failure("t ~ '('", syntax,
                  "where: position 5: not a regular expression: Unmatched ( or \\(");
    check_failure("n # 5", syntax, "where: position 3: '#' means nothing here");
    check_failure("n ! 5", syntax, "where: position 3: '!' means nothing here");
    check_failure("n = 5 or `od name` = 5", YOKE_ENOENT,
                  "where: position 10: no column 'od name'; did you mean 'odd name'?");
    char *deep = repeat("(", 101, "n = 1");
    check_failure(deep, syntax, "where: position 101: nested more than 100 deep");
    free(deep);
    CU_ASSERT_EQUAL(yoke_filter_compile(NULL, NULL, NULL), YOKE_EINVAL);
    yoke_filter_destroy(NULL);
}

/* ---- against sqlite ---- */

/* num(text): the number that it is as a whole, else NULL. */
static void sql_num(sqlite3_context *context, int count, sqlite3_value **values) {
    (void)count;
    char text[64], *end;
    snprintf(text, sizeof text, "%.*s", sqlite3_value_bytes(values[0]),
             (const char *)sqlite3_value_blob(values[0]));
    double number = strtod(text, &end);
    end += strspn(end, " ");
    if (end == text || *end || !strpbrk(text, "0123456789"))
        sqlite3_result_null(context);
    else
        sqlite3_result_double(context, number);
}

/* hits(text, regex) */
static void sql_hits(sqlite3_context *context, int count, sqlite3_value **values) {
    (void)count;
    char text[64];
    regex_t regex;
    snprintf(text, sizeof text, "%.*s", sqlite3_value_bytes(values[0]),
             (const char *)sqlite3_value_blob(values[0]));
    REQUIRE(!regcomp(&regex, (const char *)sqlite3_value_text(values[1]), REG_EXTENDED));
    sqlite3_result_int(context, !regexec(&regex, text, 0, NULL, 0));
    regfree(&regex);
}

static const char *pick(const char *const *from, size_t count) {
    return from[test_random_below(count)];
}

static const char *const fields[] = {"",  "1",  "1.0", "2",   "-1",  "10", "9",    "abc",
                                     "b", "ab", "0x2", " 2 ", "1e1", "é",  "1.50", "123456789.25"};
enum { FIELDS = sizeof fields / sizeof *fields };

/* One random comparison, in both languages. */
static void put_comparison(buffer *where, buffer *sql) {
    static const char *const operators[] = {"=", "!=", "<", "<=", ">", ">=", "<>"};
    static const char *const names[] = {"a", "b", "c"};
    static const char *const numbers[] = {"1",  "2.0", "-1",         "1.5",
                                          "10", "0x2", "1.50000001", "1e1"};
    static const char *const patterns[] = {"1", "^a", "b$", "^$", "[0-9]+", "(a|1)b?"};
    const char *op = pick(operators, 7), *a = pick(names, 3), *b = pick(names, 3);
    const char *number = pick(numbers, 8), *text = pick(fields, FIELDS);
    switch (test_random_below(5)) {
    case 0:
        put(where, "%s %s %s", a, op, number);
        put(sql, "coalesce(num(%s) %s %.17g, 0)", a, op, strtod(number, NULL));
        break;
    case 1:
        put(where, "%s%s%s", number, op, a);
        put(sql, "coalesce(%.17g %s num(%s), 0)", strtod(number, NULL), op, a);
        break;
    case 2:
        put(where, "%s %s '%s'", a, op, text);
        put(sql, "%s %s CAST('%s' AS BLOB)", a, op, text);
        break;
    case 3:
        put(where, "%s %s %s", a, op, b);
        put(sql, "coalesce(num(%s) %s num(%s), %s %s %s)", a, op, b, a, op, b);
        break;
    default: {
        const char *pattern = pick(patterns, 6);
        bool negated = test_random_below(2);
        put(where, "%s %s '%s'", a, negated ? "!~" : "~", pattern);
        put(sql, "%shits(%s, '%s')", negated ? "NOT " : "", a, pattern);
    }
    }
}

static void put_condition(buffer *where, buffer *sql, int depth) {
    if (!depth || test_random_below(4) == 0) {
        put_comparison(where, sql);
        return;
    }
    const char *before = test_random_below(4) ? "(" : "not (";
    const char *join = test_random_below(2) ? " and " : " or ";
    put(where, "%s", before);
    put(sql, "%s", before);
    for (uint64_t i = test_random_below(3) + 1; i > 0; i--) {
        put_condition(where, sql, depth - 1);
        put(where, "%s", i > 1 ? join : ")");
        put(sql, "%s", i > 1 ? join : ")");
    }
}

static void check_random(sqlite3 *db, const char *csv) {
    buffer where = {0}, sql = {0}, expected = {0};
    put(&sql, "SELECT id FROM t WHERE ");
    put_condition(&where, &sql, 3);
    put(&sql, " ORDER BY id");
    put(&expected, "%s", "");
    sqlite3_stmt *query;
    REQUIRE(sqlite3_prepare_v2(db, sql.data, -1, &query, NULL) == SQLITE_OK);
    while (sqlite3_step(query) == SQLITE_ROW) put(&expected, "%d ", sqlite3_column_int(query, 0));
    sqlite3_finalize(query);
    buffer ids = passing(csv, where.data, 1 + (int)test_random_below(3));
    if (strcmp(ids.data, expected.data)) printf("    %s\n    %s\n", where.data, sql.data);
    CU_ASSERT_STRING_EQUAL(ids.data, expected.data);
    free(ids.data);
    free(expected.data);
    free(where.data);
    free(sql.data);
}

static sqlite3 *open_database(void) {
    sqlite3 *db;
    REQUIRE(sqlite3_open(":memory:", &db) == SQLITE_OK);
    sqlite3_create_function(db, "num", 1, SQLITE_UTF8, NULL, sql_num, NULL, NULL);
    sqlite3_create_function(db, "hits", 2, SQLITE_UTF8, NULL, sql_hits, NULL, NULL);
    REQUIRE(sqlite3_exec(db, "CREATE TABLE t (id INTEGER, a, b, c)", NULL, NULL, NULL) ==
            SQLITE_OK);
    return db;
}

static void check_random_table(size_t rows, size_t conditions) {
    sqlite3 *db = open_database();
    buffer csv = {0};
    put(&csv, "id,a,b,c\n");
    for (size_t i = 1; i <= rows; i++) {
        buffer insert = {0};
        put(&csv, "%zu", i);
        put(&insert, "INSERT INTO t VALUES (%zu", i);
        for (int c = 0; c < 3; c++) {
            const char *field = pick(fields, FIELDS);
            put(&csv, test_random_below(9) ? ",%s" : ",\"%s\"", field);
            put(&insert, ", CAST('%s' AS BLOB)", field);
        }
        put(&csv, "\n");
        put(&insert, ")");
        REQUIRE(sqlite3_exec(db, insert.data, NULL, NULL, NULL) == SQLITE_OK);
        free(insert.data);
    }
    for (size_t i = 0; i < conditions; i++) check_random(db, csv.data);
    free(csv.data);
    sqlite3_close(db);
}

TEST_WITH_LIMIT(random_conditions_select_what_sqlite_selects, 120) {
    for (size_t i = 0; i < test_size(60, 10); i++)
        check_random_table(1 + test_random_below(60), 25);
    check_random_table(3000, test_size(20, 3));
}

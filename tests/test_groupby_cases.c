/* SPDX-License-Identifier: Apache-2.0
 *
 * Group by, case by case: what counts as bad and how it is told, what is counted, tables of
 * nothing, wrong arguments, many keys, and the order of rows after sorting.
 */
#include "tests/harness.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/yoke.h"

static yoke_dataset *open_text(const char *csv, size_t size, bool header) {
    yoke_input input = {.kind = YOKE_INPUT_MEMORY, .name = "t.csv", .data = csv, .size = size};
    yoke_format format = {.delimiter = ',', .quote = '"', .header = header};
    yoke_dataset *dataset = NULL;
    int status = yoke_dataset_open(&input, 1, &format, &dataset);
    if (status < 0) printf("    %s\n", yoke_error_detail());
    REQUIRE(status == YOKE_OK);
    return dataset;
}

static yoke_dataset *open_csv(const char *csv) { return open_text(csv, strlen(csv), true); }

static const size_t first_column = 0;

/* Runs and destroys nothing; the caller's dataset must outlive the table. */
static yoke_table *run(const yoke_groupby *groupby) {
    yoke_table *table = NULL;
    int status = yoke_groupby_run(groupby, &table);
    if (status < 0) printf("    %s\n", yoke_error_detail());
    REQUIRE(status == YOKE_OK);
    return table;
}

static void check_value(const yoke_table *table, size_t row, size_t index, const char *expected) {
    yoke_value value = yoke_table_value(table, row, index);
    char text[YOKE_VALUE_TEXT];
    yoke_value_format(&value, text);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void check_text(yoke_text text, const char *expected) {
    CU_ASSERT_EQUAL(text.size, strlen(expected));
    CU_ASSERT(text.size == strlen(expected) && !memcmp(text.data, expected, text.size));
}

/* ---- bad fields ---- */

static const char bad_csv[] =
    "k,v,w\n"
    "a,1,2\n"
    "\"a\nb\",2,3\n"
    "b,3,\n"
    "b,\"x \ty\",oops\n"
    "c,4,no\n"
    "d,bad,5\n";

static const yoke_aggregate sums[] = {
    {YOKE_AGGREGATE_COUNT, YOKE_NO_COLUMN}, {YOKE_AGGREGATE_SUM, 2}, {YOKE_AGGREGATE_SUM, 1}};

static yoke_groupby bad_groupby(yoke_dataset *dataset, yoke_on_error on_error, int threads) {
    return (yoke_groupby){.dataset = dataset,
                          .keys = &first_column,
                          .key_count = 1,
                          .aggregates = sums,
                          .aggregate_count = 3,
                          .on_error = on_error,
                          .threads = threads,
                          .block_size = 1};
}

TEST(the_first_bad_field_fails_with_its_place) {
    for (int threads = 1; threads < 8; threads++) {
        yoke_dataset *dataset = open_csv(bad_csv);
        yoke_groupby groupby = bad_groupby(dataset, YOKE_ON_ERROR_FAIL, threads);
        yoke_table *table = NULL;
        CU_ASSERT_EQUAL(yoke_groupby_run(&groupby, &table), YOKE_EDATA);
        CU_ASSERT_STRING_EQUAL(yoke_error_detail(),
                               "t.csv: line 6, column 3: 'x ?y' is not a number (column v)");
        CU_ASSERT_PTR_NULL(table);
        yoke_dataset_close(dataset);
    }
}

static void check_counts(const yoke_table *table, uint64_t bad) {
    const yoke_groupby_counts *counts = yoke_table_counts(table);
    CU_ASSERT_EQUAL(counts->records, 6);
    CU_ASSERT_EQUAL(counts->bad_fields, bad);
    CU_ASSERT_STRING_EQUAL(counts->first_bad.name, "t.csv");
    CU_ASSERT_EQUAL(counts->first_bad.line, 6);
    CU_ASSERT_EQUAL(counts->first_bad.column, 3);
    CU_ASSERT_STRING_EQUAL(counts->first_bad_text, "x ?y");
}

TEST(bad_rows_are_left_out_under_skip) {
    for (int threads = 1; threads < 8; threads++) {
        yoke_dataset *dataset = open_csv(bad_csv);
        yoke_groupby groupby = bad_groupby(dataset, YOKE_ON_ERROR_SKIP, threads);
        yoke_table *table = run(&groupby);
        check_counts(table, 3);
        REQUIRE(yoke_table_rows(table) == 3); /* c and d have no good record */
        check_text(yoke_table_key(table, 2, 0), "b");
        check_value(table, 2, 0, "1");
        check_value(table, 2, 1, "");
        check_value(table, 2, 2, "3");
        yoke_table_destroy(table);
        yoke_dataset_close(dataset);
    }
}

TEST(bad_fields_are_missing_under_null) {
    for (int threads = 1; threads < 8; threads++) {
        yoke_dataset *dataset = open_csv(bad_csv);
        yoke_groupby groupby = bad_groupby(dataset, YOKE_ON_ERROR_NULL, threads);
        yoke_table *table = run(&groupby);
        check_counts(table, 4);
        REQUIRE(yoke_table_rows(table) == 5);
        check_text(yoke_table_key(table, 4, 0), "d");
        check_value(table, 4, 0, "1");
        check_value(table, 4, 1, "5");
        check_value(table, 4, 2, "");
        yoke_table_destroy(table);
        yoke_dataset_close(dataset);
    }
}

/* Every record from the 300th on is bad, so that every thread meets some. */
TEST(of_many_bad_fields_the_first_is_told) {
    enum { LINES = 3000, GOOD = 299 };
    char *csv = malloc(LINES * 8 + 16), *at = csv;
    REQUIRE(csv != NULL);
    at += sprintf(at, "k,v,w\n");
    for (int i = 0; i < LINES; i++) at += sprintf(at, i < GOOD ? "a,1,2\n" : "a,x%d,\n", i % 9);
    for (int threads = 1; threads < 8; threads++) {
        yoke_dataset *dataset = open_csv(csv);
        yoke_groupby groupby = bad_groupby(dataset, YOKE_ON_ERROR_NULL, threads);
        groupby.block_size = (size_t)64 << threads;
        yoke_table *table = run(&groupby);
        const yoke_groupby_counts *counts = yoke_table_counts(table);
        CU_ASSERT_EQUAL(counts->bad_fields, LINES - GOOD);
        CU_ASSERT_EQUAL(counts->first_bad.line, GOOD + 2);
        CU_ASSERT_STRING_EQUAL(counts->first_bad_text, "x2");
        yoke_table_destroy(table);
        yoke_dataset_close(dataset);
    }
    free(csv);
}

TEST(bad_fields_that_nobody_needs_are_no_errors) {
    yoke_dataset *dataset = open_csv(bad_csv);
    yoke_filter *filter = NULL;
    REQUIRE(yoke_filter_compile("v > 0 and (w > 0 or w = '')", dataset, &filter) == YOKE_OK);
    yoke_groupby groupby = bad_groupby(dataset, YOKE_ON_ERROR_FAIL, 2);
    groupby.filter = filter;
    yoke_table *table = run(&groupby);
    CU_ASSERT_EQUAL(yoke_table_rows(table), 3);
    CU_ASSERT_EQUAL(yoke_table_counts(table)->filtered, 3);
    CU_ASSERT_EQUAL(yoke_table_counts(table)->bad_fields, 0);
    CU_ASSERT_PTR_NULL(yoke_table_counts(table)->first_bad.name);
    yoke_table_destroy(table);
    yoke_filter_destroy(filter);
    yoke_dataset_close(dataset);
}

TEST(long_bad_texts_are_cut_between_characters) {
    const char *csv = "k,v,w\na,0123456789012345678901234567\xc3\xa9\xe2\x82\xac,1\n";
    yoke_dataset *dataset = open_csv(csv);
    yoke_groupby groupby = bad_groupby(dataset, YOKE_ON_ERROR_NULL, 1);
    yoke_table *table = run(&groupby);
    CU_ASSERT_STRING_EQUAL(yoke_table_counts(table)->first_bad_text,
                           "0123456789012345678901234567\xc3\xa9");
    yoke_table_destroy(table);
    yoke_dataset_close(dataset);
}

/* ---- small and large ---- */

static void check_nothing(const char *csv, bool header, size_t columns) {
    yoke_dataset *dataset = open_text(csv, strlen(csv), header);
    CU_ASSERT_EQUAL(yoke_dataset_columns(dataset), columns);
    yoke_aggregate aggregates[] = {{YOKE_AGGREGATE_COUNT, YOKE_NO_COLUMN},
                                   {YOKE_AGGREGATE_MEAN, 1},
                                   {YOKE_AGGREGATE_COUNT, 0},
                                   {YOKE_AGGREGATE_FIRST, 0}};
    yoke_groupby groupby = {
        .dataset = dataset, .aggregates = aggregates, .aggregate_count = columns ? 4 : 1};
    yoke_table *table = run(&groupby);
    REQUIRE(yoke_table_rows(table) == 1);
    check_value(table, 0, 0, "0");
    if (columns) {
        check_value(table, 0, 1, "");
        check_value(table, 0, 2, "0");
        CU_ASSERT_PTR_NULL(yoke_table_text(table, 0, 3).data);
    }
    yoke_sort_key key = {.index = 0};
    CU_ASSERT_EQUAL(yoke_table_sort(table, &key, 1), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_table_counts(table)->records, 0);
    CU_ASSERT_PTR_NOT_NULL(yoke_table_stats(table));
    yoke_table_destroy(table);
    yoke_dataset_close(dataset);
}

TEST(nothing_has_one_row_without_keys) {
    check_nothing("a,b\n", true, 2);
    check_nothing("a,b", true, 2);
    check_nothing("", false, 0);
}

TEST(nothing_has_no_row_with_keys) {
    yoke_dataset *dataset = open_csv("k,v,w\n");
    yoke_groupby groupby = bad_groupby(dataset, YOKE_ON_ERROR_FAIL, 2);
    yoke_table *table = run(&groupby);
    CU_ASSERT_EQUAL(yoke_table_rows(table), 0);
    yoke_sort_key key = {.is_key = true};
    CU_ASSERT_EQUAL(yoke_table_sort(table, &key, 1), YOKE_OK);
    yoke_table_destroy(table);
    yoke_dataset_close(dataset);
}

TEST(keys_alone_give_the_distinct_ones) {
    yoke_dataset *dataset = open_csv("a,b\nx,1\ny,1\nx,1\nx,2\n");
    const size_t keys[] = {1, 0, 1};
    yoke_groupby groupby = {
        .dataset = dataset, .keys = keys, .key_count = 3, .order = YOKE_ORDER_KEY};
    yoke_table *table = run(&groupby);
    REQUIRE(yoke_table_rows(table) == 3);
    check_text(yoke_table_key(table, 1, 0), "1");
    check_text(yoke_table_key(table, 1, 1), "y");
    check_text(yoke_table_key(table, 1, 2), "1");
    check_text(yoke_table_key(table, 2, 0), "2");
    yoke_table_destroy(table);
    yoke_dataset_close(dataset);
}

TEST(wrong_arguments_are_refused) {
    yoke_dataset *dataset = open_csv("k,v,w\na,1,2\n");
    yoke_table *table = NULL;
    yoke_groupby good = bad_groupby(dataset, YOKE_ON_ERROR_FAIL, 1), bad;
    yoke_aggregate aggregate = {YOKE_AGGREGATE_SUM, YOKE_NO_COLUMN};
    size_t key = 3;
    CU_ASSERT_EQUAL(yoke_groupby_run(NULL, &table), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_groupby_run(&good, NULL), YOKE_EINVAL);
    bad = good, bad.dataset = NULL;
    CU_ASSERT_EQUAL(yoke_groupby_run(&bad, &table), YOKE_EINVAL);
    bad = good, bad.keys = &key;
    CU_ASSERT_EQUAL(yoke_groupby_run(&bad, &table), YOKE_EINVAL);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(),
                           "group by: there is no column 3; the dataset has 3");
    bad = good, bad.aggregates = &aggregate, bad.aggregate_count = 1;
    CU_ASSERT_EQUAL(yoke_groupby_run(&bad, &table), YOKE_EINVAL);
    aggregate = (yoke_aggregate){(yoke_aggregate_op)99, 1};
    CU_ASSERT_EQUAL(yoke_groupby_run(&bad, &table), YOKE_EINVAL);
    bad = good, bad.on_error = (yoke_on_error)7;
    CU_ASSERT_EQUAL(yoke_groupby_run(&bad, &table), YOKE_EINVAL);
    bad = good, bad.threads = -1;
    CU_ASSERT_EQUAL(yoke_groupby_run(&bad, &table), YOKE_EINVAL);
    CU_ASSERT_PTR_NULL(table);
    table = run(&good);
    yoke_sort_key sort = {.index = 3};
    CU_ASSERT_EQUAL(yoke_table_sort(table, &sort, 1), YOKE_EINVAL);
    sort = (yoke_sort_key){.is_key = true, .index = 1};
    CU_ASSERT_EQUAL(yoke_table_sort(table, &sort, 1), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_table_sort(table, NULL, 1), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_table_sort(table, NULL, 0), YOKE_OK);
    yoke_table_destroy(table);
    yoke_table_destroy(NULL);
    yoke_dataset_close(dataset);
}

/* Key i, of n, has the values i and i + n; they come n records apart. */
static char *many_keys_csv(size_t n, size_t *size) {
    char *csv = malloc(n * 2 * 24 + 16), *at = csv;
    REQUIRE(csv != NULL);
    at += sprintf(at, "k,v\n");
    for (size_t i = 0; i < 2 * n; i++) at += sprintf(at, "%07zu,%zu\n", i * 7 % n, i);
    *size = (size_t)(at - csv);
    return csv;
}

/* Texts of zero bytes only, in no order; every one twice. */
TEST(zero_bytes_count_in_the_order_of_keys) {
    enum { LONGEST = 60, LINES = 2 * (LONGEST + 1) };
    char csv[LINES * (LONGEST + 2) + 8] = "k,v\n", *at = csv + 4;
    for (size_t i = 0; i < LINES; i++) {
        memset(at, 0, LONGEST);
        at += i * 17 % (LONGEST + 1);
        *at++ = ',';
        *at++ = '\n';
    }
    yoke_dataset *dataset = open_text(csv, (size_t)(at - csv), true);
    yoke_groupby groupby = {.dataset = dataset, .keys = &first_column, .key_count = 1};
    yoke_table *table = run(&groupby);
    REQUIRE(yoke_table_rows(table) == LONGEST + 1);
    for (size_t r = 0; r <= LONGEST; r++) CU_ASSERT_EQUAL(yoke_table_key(table, r, 0).size, r);
    yoke_table_destroy(table);
    yoke_dataset_close(dataset);
}

static size_t number_of(yoke_text text) {
    char copy[24];
    snprintf(copy, sizeof copy, "%.*s", (int)text.size, text.data);
    return strtoul(copy, NULL, 10);
}

TEST(many_keys) {
    size_t n = test_size(100000, 5000), size; /* no multiple of 7 */
    char *csv = many_keys_csv(n, &size);
    yoke_aggregate aggregates[] = {{YOKE_AGGREGATE_COUNT, 0},
                                   {YOKE_AGGREGATE_SUM, 1},
                                   {YOKE_AGGREGATE_FIRST, 1},
                                   {YOKE_AGGREGATE_LAST, 1}};
    for (int threads = 1; threads <= 4; threads++) {
        yoke_dataset *dataset = open_text(csv, size, true);
        yoke_groupby groupby = {.dataset = dataset,
                                .keys = &first_column,
                                .key_count = 1,
                                .aggregates = aggregates,
                                .aggregate_count = 4,
                                .order = threads & 1 ? YOKE_ORDER_FIRST : YOKE_ORDER_KEY,
                                .threads = threads};
        yoke_table *table = run(&groupby);
        REQUIRE(yoke_table_rows(table) == n);
        size_t wrong = 0;
        for (size_t r = 0; r < n; r++) {
            size_t key = number_of(yoke_table_key(table, r, 0));
            size_t first = number_of(yoke_table_text(table, r, 2));
            wrong += key != (threads & 1 ? r * 7 % n : r) || first * 7 % n != key;
            wrong += number_of(yoke_table_text(table, r, 3)) != first + n;
            wrong += yoke_table_value(table, r, 0).integer != 2;
            wrong += yoke_table_value(table, r, 1).integer != 2 * (yoke_i128)first + (yoke_i128)n;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        yoke_table_destroy(table);
        yoke_dataset_close(dataset);
    }
    free(csv);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting tables of groups: cases, and random tables against an insertion sort by a comparison of
 * its own.
 */
#include "tests/harness.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/yoke.h"

static const size_t both_keys[] = {0, 1};
static const yoke_aggregate aggregates[] = {
    {YOKE_AGGREGATE_SUM, 2}, {YOKE_AGGREGATE_LAST, 3}, {YOKE_AGGREGATE_COUNT, YOKE_NO_COLUMN}};

typedef struct test_fixture {
    yoke_dataset *dataset;
    yoke_table *table;
} test_fixture;

/* Groups of k1, k2 in the order of their first records. */
static test_fixture open_fixture(const char *csv) {
    test_fixture made = {0};
    yoke_input input = {
        .kind = YOKE_INPUT_MEMORY, .name = "t.csv", .data = csv, .size = strlen(csv)};
    yoke_format format = {.delimiter = ',', .quote = '"', .header = true};
    REQUIRE(yoke_dataset_open(&input, 1, &format, &made.dataset) == YOKE_OK);
    yoke_groupby groupby = {.dataset = made.dataset,
                            .keys = both_keys,
                            .key_count = 2,
                            .aggregates = aggregates,
                            .aggregate_count = 3,
                            .null = "NA",
                            .order = YOKE_ORDER_FIRST,
                            .threads = 1};
    REQUIRE(yoke_groupby_run(&groupby, &made.table) == YOKE_OK);
    return made;
}

static void close_fixture(test_fixture *fixture) {
    yoke_table_destroy(fixture->table);
    yoke_dataset_close(fixture->dataset);
}

/* The second keys of all rows, one after the other. */
static void check_order(const yoke_table *table, const char *expected) {
    char order[256] = "";
    for (size_t r = 0; r < yoke_table_rows(table); r++) {
        yoke_text key = yoke_table_key(table, r, 1);
        strncat(order, key.data, key.size);
    }
    CU_ASSERT_STRING_EQUAL(order, expected);
}

static void check_sort(const char *csv, yoke_sort_key key, const char *up, const char *down) {
    test_fixture fixture = open_fixture(csv);
    CU_ASSERT_EQUAL(yoke_table_sort(fixture.table, &key, 1), YOKE_OK);
    check_order(fixture.table, up);
    close_fixture(&fixture);
    fixture = open_fixture(csv);
    key.descending = true;
    CU_ASSERT_EQUAL(yoke_table_sort(fixture.table, &key, 1), YOKE_OK);
    check_order(fixture.table, down);
    close_fixture(&fixture);
}

TEST(keys_order_missing_then_numbers_then_texts) {
    check_sort("k1,id,v,t\n10,a,,\nx,b,,\n,c,,\n9,d,,\nNA,e,,\n-1e3,f,,\nB,g,,\nnan,h,,\n9.0,i,,\n",
               (yoke_sort_key){.is_key = true}, "cefdiahgb", "bghadifce");
}

TEST(sums_order_by_value_and_missing_ones_first) {
    check_sort("k1,id,v,t\nx,a,10,\nx,b,9,\nx,c,,\nx,d,1e300,\nx,e,-5,\nx,f,9.0,\nx,g,0.5,\n",
               (yoke_sort_key){.index = 0}, "cegbfad", "dabfgec");
}

TEST(values_that_share_a_double_are_told_apart) {
    check_sort(
        "k1,id,v,t\nx,a,99999999999999999,\nx,b,99999999999999998,\nx,c,99999999999999997,\n"
        "x,d,0.3,\nx,e,0.30000000000000001,\nx,f,0.29999999999999999,\n",
        (yoke_sort_key){.index = 0}, "fdecba", "abcedf");
    check_sort("k1,id,v,t\n99999999999999999,a,,\n99999999999999998,b,,\n99999999999999997,c,,\n",
               (yoke_sort_key){.is_key = true}, "cba", "abc");
}

TEST(texts_order_like_keys) {
    check_sort("k1,id,v,t\nx,a,,b\nx,b,,a\nx,c,,\nx,d,,10\nx,e,,9\nx,f,,ab\n",
               (yoke_sort_key){.index = 1}, "cedbfa", "afbdec");
}

TEST(sorting_again_keeps_the_order_of_equals) {
    test_fixture fixture = open_fixture("k1,id,v,t\nx,a,1,\ny,b,1,\nx,c,2,\ny,d,2,\nx,e,1,\n");
    yoke_sort_key by_value = {.index = 0, .descending = true}, by_key = {.is_key = true};
    CU_ASSERT_EQUAL(yoke_table_sort(fixture.table, &by_value, 1), YOKE_OK);
    check_order(fixture.table, "cdabe");
    CU_ASSERT_EQUAL(yoke_table_sort(fixture.table, &by_key, 1), YOKE_OK);
    check_order(fixture.table, "caedb");
    yoke_sort_key both[] = {{.index = 0}, {.is_key = true, .index = 1, .descending = true}};
    CU_ASSERT_EQUAL(yoke_table_sort(fixture.table, both, 2), YOKE_OK);
    check_order(fixture.table, "ebadc");
    CU_ASSERT_EQUAL(yoke_table_value(fixture.table, 0, 0).number, 1.0);
    close_fixture(&fixture);
}

/* ---- random ---- */

typedef struct reference {
    const char *k1, *t;
    int id, v;
} reference;

static int rank(const char *text, double *number) {
    char *end;
    if (!*text || !strcmp(text, "NA")) return 0;
    *number = strtod(text, &end);
    return *end ? 2 : 1;
}

static int compare_texts(const char *a, const char *b) {
    double x = 0, y = 0;
    int rank_a = rank(a, &x), rank_b = rank(b, &y);
    if (rank_a != rank_b) return rank_a - rank_b;
    if (rank_a == 1) return (x > y) - (x < y);
    return rank_a ? strcmp(a, b) : 0;
}

static int compare(const reference *a, const reference *b, yoke_sort_key key) {
    int order = key.is_key       ? compare_texts(a->k1, b->k1)
                : key.index == 0 ? (a->v > b->v) - (a->v < b->v)
                                 : compare_texts(a->t, b->t);
    return key.descending ? -order : order;
}

static void sort_reference(reference *rows, size_t count, const yoke_sort_key *keys, size_t n) {
    for (size_t i = 1; i < count; i++) {
        reference moving = rows[i];
        size_t j = i;
        for (; j; j--) {
            int order = 0;
            for (size_t k = 0; k < n && !order; k++)
                order = compare(&rows[j - 1], &moving, keys[k]);
            if (order <= 0) break;
            rows[j] = rows[j - 1];
        }
        rows[j] = moving;
    }
}

static void check_random(size_t count) {
    static const char *const texts[] = {"",    "NA", "1", "2",  "10", "-1",
                                        "1.0", "a",  "b", "ab", "1x"};
    reference *rows = calloc(count, sizeof *rows);
    char *csv = malloc(count * 40 + 16), *at = csv;
    REQUIRE(rows != NULL && csv != NULL);
    at += sprintf(at, "k1,k2,v,t\n");
    for (size_t i = 0; i < count; i++) {
        rows[i] = (reference){texts[test_random_below(11)], texts[test_random_below(11)], (int)i,
                              (int)test_random_below(5)};
        at += sprintf(at, "%s,%d,%d,%s\n", rows[i].k1, rows[i].id, rows[i].v, rows[i].t);
    }
    test_fixture fixture = open_fixture(csv);
    yoke_sort_key keys[3];
    size_t n = 1 + test_random_below(3);
    for (size_t k = 0; k < n; k++) {
        keys[k] = (yoke_sort_key){test_random_below(3) == 0, 0, test_random_below(2)};
        if (!keys[k].is_key) keys[k].index = test_random_below(2);
    }
    CU_ASSERT_EQUAL(yoke_table_sort(fixture.table, keys, n), YOKE_OK);
    sort_reference(rows, count, keys, n);
    size_t wrong = 0;
    for (size_t r = 0; r < count; r++) {
        char id[16];
        sprintf(id, "%d", rows[r].id);
        yoke_text key = yoke_table_key(fixture.table, r, 1);
        wrong += key.size != strlen(id) || memcmp(key.data, id, key.size) != 0;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    close_fixture(&fixture);
    free(rows);
    free(csv);
}

TEST(random_tables_sort_as_the_reference_does) {
    for (size_t i = 0; i < test_size(300, 50); i++) check_random(1 + test_random_below(80));
    check_random(test_size(3000, 300));
}

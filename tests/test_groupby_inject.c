/* SPDX-License-Identifier: Apache-2.0
 *
 * Group by, filters and sorting when memory runs out at any point: the status says so and nothing
 * is lost (LeakSanitizer looks).
 */
#include <string.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/yoke.h"

static const char csv[] =
    "k,l,v,t\n"
    "a,x,1,one\n"
    "b,y,\"2\",\"tw\"\"o\"\n"
    "a,x,bad,a rather long text that takes a new place\n"
    "c,z,1e200,\n"
    "a,x,3,four\n";

static const yoke_aggregate aggregates[] = {{YOKE_AGGREGATE_COUNT, YOKE_NO_COLUMN},
                                            {YOKE_AGGREGATE_SUM, 2},
                                            {YOKE_AGGREGATE_STDDEV, 2},
                                            {YOKE_AGGREGATE_FIRST, 3},
                                            {YOKE_AGGREGATE_LAST, 3},
                                            {YOKE_AGGREGATE_COUNT, 3}};
static const size_t keys[] = {0, 1};

static int run_on(yoke_dataset *dataset, const yoke_groupby *asked, yoke_table **table) {
    yoke_filter *filter = NULL;
    yoke_groupby groupby = *asked;
    groupby.dataset = dataset;
    YOKE_TRY(yoke_filter_compile("not (l ~ 'w' or v = 7) and (k != l or 1 = 1)", dataset, &filter));
    groupby.filter = filter;
    int status = yoke_groupby_run(&groupby, table);
    yoke_filter_destroy(filter);
    return status;
}

static int open_run_and_sort(void *ctx) {
    yoke_input input = {
        .kind = YOKE_INPUT_MEMORY, .name = "t.csv", .data = csv, .size = strlen(csv)};
    yoke_format format = {.delimiter = ',', .quote = '"', .header = true};
    const yoke_sort_key sort[] = {{.index = 1, .descending = true}, {.is_key = true}};
    yoke_dataset *dataset = NULL;
    yoke_table *table = NULL;
    YOKE_TRY(yoke_dataset_open(&input, 1, &format, &dataset));
    int status = run_on(dataset, ctx, &table);
    if (status >= 0) status = yoke_table_sort(table, sort, 2);
    if (status >= 0) CU_ASSERT_EQUAL(yoke_table_rows(table), 3);
    yoke_table_destroy(table);
    yoke_dataset_close(dataset);
    return status;
}

static void check_each(yoke_on_error on_error, int threads) {
    yoke_groupby groupby = {.keys = keys,
                            .key_count = 2,
                            .aggregates = aggregates,
                            .aggregate_count = sizeof aggregates / sizeof *aggregates,
                            .null = "NA",
                            .on_error = on_error,
                            .threads = threads,
                            .block_size = 1};
    CU_ASSERT(inject_each_allocation(open_run_and_sort, &groupby, YOKE_ENOMEM) > 10);
}

TEST(each_allocation_fails_in_turn_with_one_thread) {
    check_each(YOKE_ON_ERROR_SKIP, 1);
    check_each(YOKE_ON_ERROR_NULL, 1);
}

TEST(each_allocation_fails_in_turn_with_three_threads) { check_each(YOKE_ON_ERROR_NULL, 3); }

/* SPDX-License-Identifier: Apache-2.0
 *
 * Bins when memory is short.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/bins.h"

static const double items[4] = {0, 1, 2, 3}, bounds[3] = {0, 1, 4};

static int count_ranges(void *ctx) {
    uint64_t counts[2];
    (void)ctx;
    return yoke_bins_ranges(items, 4, bounds, 2, counts, NULL, NULL);
}

static int weigh_ranges(void *ctx) {
    double sums[2];
    return yoke_bins_ranges_weighted(items, items, 4, bounds, 2, sums, ctx);
}

static int weigh_distinct(void *ctx) {
    double values[4], sums[4];
    size_t count = 7;
    int status = yoke_bins_distinct_weighted(items, items, 4, values, sums, &count, NULL, ctx);
    CU_ASSERT_EQUAL(count, status == YOKE_OK ? 4 : 7);
    return status;
}

TEST(memory_runs_out) {
    yoke_run exact = {.repro = YOKE_REPRO_EXACT};
    CU_ASSERT_EQUAL(inject_each_allocation(count_ranges, NULL, YOKE_ENOMEM), 2);
    CU_ASSERT_EQUAL(inject_each_allocation(weigh_ranges, NULL, YOKE_ENOMEM), 2);
    CU_ASSERT_EQUAL(inject_each_allocation(weigh_ranges, &exact, YOKE_ENOMEM), 2);
    CU_ASSERT(inject_each_allocation(weigh_distinct, NULL, YOKE_ENOMEM) >= 4);
    CU_ASSERT(inject_each_allocation(weigh_distinct, &exact, YOKE_ENOMEM) >= 4);
}

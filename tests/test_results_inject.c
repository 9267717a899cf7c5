/* SPDX-License-Identifier: Apache-2.0
 *
 * The database of results and the comparison when memory is short.
 */
#include "tests/harness.h"

#include <stdlib.h>

#include "tests/inject.h"
#include "yoke/results.h"
#include "yoke/scaling.h"

static const double samples[] = {1, 1.1, 1.2, 1, 1.1, 1.3, 1.2, 1};

static int keep_and_compare(void *ctx) {
    yoke_experiment_row row = {.load = "load",
                               .group = "g",
                               .unit = "u",
                               .threads = 1,
                               .runs = 8,
                               .samples = samples,
                               .seconds = {1.1, 1, 1.2, 0.9}};
    yoke_experiment e = {.rows = &row, .row_count = 1};
    yoke_origin a = {.revision = "aaa"}, b = {.revision = "bbb"};
    yoke_results_query q = {.before = "aaa", .after = "bbb"};
    yoke_results *r = NULL;
    yoke_changes changes = {.count = 0};
    int status = yoke_results_open(ctx, &r);
    if (!status) status = yoke_results_add(r, &a, &e);
    if (!status) status = yoke_results_add(r, &b, &e);
    if (!status) status = yoke_results_compare(r, &q, &changes);
    yoke_changes_free(&changes);
    q = (yoke_results_query){.before = "aaa", .measured = &e};
    if (!status) status = yoke_results_compare(r, &q, &changes);
    yoke_changes_free(&changes);
    yoke_results_close(r);
    return status;
}

TEST(results_without_memory) {
    char memory[] = ":memory:"; /* SQLite's name for a database without a file */
    CU_ASSERT(inject_each_allocation(keep_and_compare, memory, YOKE_ENOMEM) > 10);
}

static int fit(void *ctx) {
    const yoke_experiment *e = ctx;
    yoke_scaling *all = NULL;
    yoke_metg *metgs = NULL;
    size_t count;
    int status = yoke_experiment_fit(e, &all, &count);
    if (!status) status = yoke_experiment_metg(e, 0.5, &metgs, &count);
    free(all);
    free(metgs);
    return status;
}

TEST(fits_without_memory) {
    yoke_experiment_row rows[8];
    for (int i = 0; i < 8; i++) {
        rows[i] = (yoke_experiment_row){.load = "load",
                                        .group = "g",
                                        .unit = "u",
                                        .threads = i < 4 ? i + 1 : 1,
                                        .size = 10,
                                        .items = 10,
                                        .grain = i < 4 ? 1 : 1.0 / (i - 2),
                                        .runs = 8,
                                        .rate = 1,
                                        .samples = samples,
                                        .seconds = {1.1, 1, 1.2, 0.9}};
    }
    yoke_experiment e = {.rows = rows, .row_count = 8, .confidence = 0.9};
    CU_ASSERT(inject_each_allocation(fit, &e, YOKE_ENOMEM) > 10);
}

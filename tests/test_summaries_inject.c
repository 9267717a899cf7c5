/* SPDX-License-Identifier: Apache-2.0
 *
 * Sketches and samples when memory is short.
 */
#include <stdlib.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/distinct.h"
#include "yoke/quantiles.h"
#include "yoke/sample.h"

static const uint64_t items[100];
static double numbers[100];

static int use_quantiles(void *ctx) {
    yoke_quantiles *q = NULL;
    double half;
    (void)ctx;
    int status = yoke_quantiles_create(&(yoke_quantiles_options){.k = 8}, &q);
    uint64_t added = 0;
    for (int i = 0; i < 100 && status == YOKE_OK; i++) {
        status = yoke_quantiles_add(q, i);
        added += status == YOKE_OK;
        CU_ASSERT_EQUAL(yoke_quantiles_count(q), added);
    }
    if (status == YOKE_OK)
        status = yoke_quantiles_add_array(q, numbers, 100, &(yoke_run){.threads = 1});
    if (status == YOKE_OK) status = yoke_quantiles_add_array_ref(q, numbers, 100);
    if (status == YOKE_OK) status = yoke_quantiles_get(q, &(double){0.5}, 1, &half);
    if (status == YOKE_OK)
        status = yoke_quantiles_exact(numbers, 100, &(double){0.5}, 1, &half, NULL);
    if (status == YOKE_OK)
        status = yoke_quantiles_exact_ref(numbers, 100, &(double){0.5}, 1, &half);
    yoke_quantiles_destroy(q);
    return status;
}

static int use_distinct(void *ctx) {
    yoke_distinct *d = NULL;
    size_t count;
    (void)ctx;
    int status = yoke_distinct_create(NULL, &d);
    if (status == YOKE_OK)
        status = yoke_distinct_add_array(d, items, 100, &(yoke_run){.threads = 1});
    if (status == YOKE_OK) status = yoke_distinct_exact(items, 100, &count, NULL);
    yoke_distinct_destroy(d);
    return status;
}

static int use_sample(void *ctx) {
    yoke_sample *s = NULL, *back = NULL;
    (void)ctx;
    int status = yoke_sample_create(&(yoke_sample_options){10, 8, 0}, &s);
    if (status == YOKE_OK)
        status = yoke_sample_add_array(s, 0, items, 100, &(yoke_run){.threads = 1});
    if (status == YOKE_OK && yoke_sample_items(s, NULL, NULL) < 0) status = YOKE_ENOMEM;
    unsigned char bytes[1000];
    if (status == YOKE_OK) {
        yoke_sample_write(s, bytes);
        status = yoke_sample_read(bytes, yoke_sample_size(s), &back);
    }
    yoke_sample_destroy(back);
    yoke_sample_destroy(s);
    return status;
}

TEST(memory_runs_out) {
    CU_ASSERT(inject_each_allocation(use_quantiles, NULL, YOKE_ENOMEM) > 5);
    CU_ASSERT(inject_each_allocation(use_distinct, NULL, YOKE_ENOMEM) > 3);
    CU_ASSERT(inject_each_allocation(use_sample, NULL, YOKE_ENOMEM) > 9);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Moving items when memory is short.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/permute.h"

enum { N = 40000 };
static uint32_t items[N], to[N];
static uint64_t indices[N], inverse[N];

static int scatter_all(void *ctx) {
    (void)ctx;
    return yoke_scatter(items, indices, N, to, N, &(yoke_run){.threads = 1});
}

static int transpose_all(void *ctx) {
    (void)ctx;
    return yoke_transpose_in_place(items, 2, 20, NULL);
}

static int shuffle_all(void *ctx) {
    (void)ctx;
    return yoke_shuffle(items, N, ((yoke_random){0, 0}), &(yoke_run){.threads = 1});
}

static int shuffle_by_reference(void *ctx) {
    (void)ctx;
    return yoke_shuffle_u32_ref(items, 100, (yoke_random){0, 0});
}

static int invert_one(void *ctx) {
    (void)ctx;
    return yoke_permutation_invert(indices, 1, inverse, NULL);
}

TEST(memory_runs_out) {
    CU_ASSERT_EQUAL(inject_each_allocation(scatter_all, NULL, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(transpose_all, NULL, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(shuffle_all, NULL, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(shuffle_by_reference, NULL, YOKE_ENOMEM), 2);
    CU_ASSERT_EQUAL(inject_each_allocation(invert_one, NULL, YOKE_ENOMEM), 1);
}

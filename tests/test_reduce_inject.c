/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions when memory is short: the status says so, and nothing is lost.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/reduce.h"

enum { N = 3000000 };
static double x[N];
static int32_t keys[N];
static size_t offsets[N + 1];

static int add_up(void *ctx) {
    double sum = -1;
    int status = yoke_sum(x, N, &sum, ctx);
    CU_ASSERT_EQUAL(sum, status == YOKE_OK ? 0 : -1);
    return status;
}

static int look_up(void *ctx) {
    size_t at = 42;
    int status = yoke_argmin(x, N, &at, ctx);
    CU_ASSERT_EQUAL(at, status == YOKE_OK ? 0 : 42);
    return status;
}

static int find_runs(void *ctx) {
    size_t runs = 42;
    int status = yoke_run_offsets(keys, N, offsets, &runs, ctx);
    CU_ASSERT_EQUAL(runs, status == YOKE_OK ? 1 : 42);
    return status;
}

static inline double plus(double a, double b) { return a + b; }
#define ITSELF(value) (value)
YOKE_DEFINE_REDUCER(sum_own, double, double, 0.0, ITSELF, plus)

static int reduce_runs(void *ctx) {
    size_t runs = 42;
    int32_t unique;
    double sum;
    int status = yoke_reduce_by_key(&sum_own_reducer, keys, x, N, &unique, &sum, &runs, ctx);
    CU_ASSERT_EQUAL(runs, status == YOKE_OK ? 1 : 42);
    return status;
}

static int with_scratch(void *ctx) {
    yoke_scratch scratch = {0};
    yoke_run run = {.scratch = &scratch, .repro = *(yoke_repro *)ctx, .threads = 2};
    int status = add_up(&run);
    yoke_scratch_fini(&scratch);
    return status;
}

TEST(memory_may_run_out) {
    yoke_run run = {.threads = 1}, exact = {.threads = 1, .repro = YOKE_REPRO_EXACT};
    CU_ASSERT_EQUAL(inject_each_allocation(add_up, &run, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(add_up, &exact, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(look_up, &run, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(find_runs, &run, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(reduce_runs, &run, YOKE_ENOMEM), 3);
}

TEST(scratch_memory_too) {
    yoke_repro any = YOKE_REPRO_ANY_THREADS, exact = YOKE_REPRO_EXACT;
    CU_ASSERT(inject_each_allocation(with_scratch, &any, YOKE_ENOMEM) >= 1);
    CU_ASSERT(inject_each_allocation(with_scratch, &exact, YOKE_ENOMEM) >= 1);
}

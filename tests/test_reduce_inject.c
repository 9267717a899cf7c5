/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions and exact scans when memory is short: the status says so, and nothing is lost.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/reduce.h"
#include "yoke/scan.h"

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

static int multiply(void *ctx) {
    double product = -1;
    int status = yoke_product(x, N, &product, ctx);
    CU_ASSERT_EQUAL(product, status == YOKE_OK ? 0 : -1);
    return status;
}

/* 2^-1075 (1 - 2^-240): 128 bits do not show that it is below the middle. */
static int multiply_twice(void *ctx) {
    static const double close[] = {
        3,     3,         5,          5,          7,           11,        13,      17,  31,
        41,    61,        97,         151,        241,         257,       331,     673, 1321,
        61681, 394783681, 4278255361, 4562284561, 46908728641, 0x1p-1074, 0x1p-241};
    double product = -1;
    int status = yoke_product(close, sizeof close / sizeof *close, &product, ctx);
    CU_ASSERT_EQUAL(product, status == YOKE_OK ? 0 : -1);
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

static int add_up_ref(void *ctx) {
    double sum = -1;
    (void)ctx;
    int status = yoke_reduce_ref(&sum_own_reducer, x, 1000, &sum);
    CU_ASSERT_EQUAL(sum, status == YOKE_OK ? 0 : -1);
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
    CU_ASSERT_EQUAL(inject_each_allocation(multiply, &exact, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(multiply_twice, &exact, YOKE_ENOMEM), 2);
    CU_ASSERT_EQUAL(inject_each_allocation(look_up, &run, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(find_runs, &run, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(reduce_runs, &run, YOKE_ENOMEM), 3);
    CU_ASSERT_EQUAL(inject_each_allocation(add_up_ref, NULL, YOKE_ENOMEM), 1);
}

TEST(scratch_memory_too) {
    yoke_repro any = YOKE_REPRO_ANY_THREADS, exact = YOKE_REPRO_EXACT;
    CU_ASSERT(inject_each_allocation(with_scratch, &any, YOKE_ENOMEM) >= 1);
    CU_ASSERT(inject_each_allocation(with_scratch, &exact, YOKE_ENOMEM) >= 1);
}

static double sums[N];

static int scan(void *ctx) { return yoke_inclusive_scan(x, sums, N, ctx); }
static int scan_segments(void *ctx) {
    const size_t bounds[] = {0, 100, N};
    return yoke_exclusive_scan_segments(x, bounds, 2, sums, ctx);
}
static int scan_segmented(void *ctx) {
    static uint8_t starts[N];
    return yoke_segmented_inclusive_scan(x, starts, sums, N, ctx);
}

/* The fold and the block of a scan of doubles. */
static void scan_total(void *acc, const void *in, size_t begin, size_t end, const void *ctx) {
    *(double *)acc = 0;
    sum_own_block(acc, in, begin, end, ctx);
}
static void scan_nothing(const void *before, const void *in, void *out, size_t begin, size_t end,
                         const void *ctx) {
    (void)before, (void)in, (void)out, (void)begin, (void)end, (void)ctx;
}
static int scan_ref(void *ctx) {
    const yoke_scanner s = {sizeof(double), 10, scan_total, sum_own_combine, scan_nothing, ctx};
    return yoke_scan_ref(&s, x, sums, 100);
}

TEST(the_reference_of_a_scan_of_ones_own) {
    CU_ASSERT_EQUAL(inject_each_allocation(scan_ref, NULL, YOKE_ENOMEM), 2);
}

TEST(exact_scans) {
    yoke_scratch scratch = {0};
    yoke_run exact = {.threads = 1, .repro = YOKE_REPRO_EXACT};
    CU_ASSERT_EQUAL(inject_each_allocation(scan, &exact, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(scan_segments, &exact, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(scan_segmented, &exact, YOKE_ENOMEM), 1);
    exact.scratch = &scratch;
    CU_ASSERT_EQUAL(inject_each_allocation(scan, &exact, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(scan_segments, &exact, YOKE_ENOMEM), 0);
    yoke_scratch_fini(&scratch);
}

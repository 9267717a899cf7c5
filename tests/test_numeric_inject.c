/* SPDX-License-Identifier: Apache-2.0
 *
 * The numeric kernels when memory is short.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/sparse.h"
#include "yoke/stencil.h"

static int ten_steps(void *ctx) {
    static double to[400], from[400];
    static const yoke_stencil_term terms[] = {{.weight = 0.5}, {.y = 1, .weight = 0.5}};
    (void)ctx;
    return yoke_stencil_steps(to, from, &(yoke_grid){.rows = 20, .columns = 20},
                              &(yoke_stencil){terms, 2}, 10, &(yoke_run){.threads = 1});
}

TEST(stencils_of_many_steps) {
    CU_ASSERT_EQUAL(inject_each_allocation(ten_steps, NULL, YOKE_ENOMEM), 1);
}

static int sparse_product(void *ctx) {
    static const uint64_t begin[] = {0, 1};
    static const uint32_t column[] = {0};
    static const double value[] = {2}, x[] = {3};
    double y[1] = {0};
    (void)ctx;
    int status = yoke_csr_multiply(y, &(yoke_csr_f64){1, 1, begin, column, NULL, value}, x,
                                   &(yoke_run){.threads = 1});
    CU_ASSERT_EQUAL(y[0], status == YOKE_OK ? 6 : 0);
    return status;
}

/* A row that all members share; they have an accumulator each. */
static int long_exact_product(void *ctx) {
    enum { N = 3 * YOKE_CSR_PIECE };
    static const uint64_t begin[] = {0, N};
    static uint32_t column[N];
    static double value[N];
    const double x[] = {3};
    double y[1] = {0};
    for (int i = 0; i < N; i++) value[i] = 2;
    int status = yoke_csr_multiply(y, &(yoke_csr_f64){1, 1, begin, column, NULL, value}, x, ctx);
    CU_ASSERT_EQUAL(y[0], status == YOKE_OK ? 6 * N : 0);
    return status;
}

TEST(sparse_products) {
    yoke_run exact = {.threads = 1, .repro = YOKE_REPRO_EXACT};
    CU_ASSERT_EQUAL(inject_each_allocation(sparse_product, NULL, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(long_exact_product, &exact, YOKE_ENOMEM), 1);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Products of sparse matrices against their references, exact ones against sums of MPFR that never
 * round.
 */
#include "yoke/sparse.h"

#include <mpfr.h>

#include "tests/kernel_use.h"

/* One matrix in all four forms, and vectors for it. */
typedef struct problem {
    size_t rows, columns, entries;
    uint64_t *row_begin, *wide_column;
    uint32_t *column;
    double *value, *x, *y, *expected;
    float *fvalue, *fx, *fy, *fexpected;
} problem;

static size_t (*length_of_row)(size_t row, size_t rows);

static size_t some(size_t row, size_t rows) { return (void)row, (void)rows, test_random_below(40); }
static size_t few(size_t row, size_t rows) { return (void)rows, row % 17 == 3; }
static size_t none(size_t row, size_t rows) { return (void)row, (void)rows, 0; }
static size_t one_long(size_t row, size_t rows) {
    return row == rows / 2 ? 5 * YOKE_CSR_PIECE + 77 : row % 3;
}
static size_t all_long(size_t row, size_t rows) {
    return (void)rows, YOKE_CSR_PIECE - 2 + row + (row % 4 == 1 ? YOKE_CSR_PIECE : 0);
}
/* Two pieces, around which exact rows begin to be shared. */
static size_t around_long(size_t row, size_t rows) {
    return (void)rows, 2 * YOKE_CSR_PIECE - 1 + row;
}
static size_t skewed(size_t row, size_t rows) { return (void)rows, 30000 / (row + 1); }

/* Numbers of like size show every change of the order. */
static double even(void) { return (double)(int64_t)test_random() * 0x1p-63; }

static void open_problem(problem *p, size_t rows, size_t columns) {
    *p = (problem){.rows = rows, .columns = columns};
    p->row_begin = calloc(rows + 1, sizeof *p->row_begin);
    for (size_t row = 0; row < rows; row++)
        p->row_begin[row + 1] = p->row_begin[row] + length_of_row(row, rows);
    p->entries = p->row_begin[rows];
    p->column = malloc((p->entries + 1) * sizeof *p->column);
    p->wide_column = malloc((p->entries + 1) * sizeof *p->wide_column);
    for (size_t i = 0; i < p->entries; i++)
        p->column[i] = (uint32_t)(p->wide_column[i] = test_random_below(columns));
    p->value = kernel_numbers_f64(p->entries), p->x = kernel_numbers_f64(columns);
    p->y = kernel_numbers_f64(rows), p->expected = kernel_numbers_f64(rows);
    p->fvalue = kernel_numbers_f32(p->entries), p->fx = kernel_numbers_f32(columns);
    p->fy = kernel_numbers_f32(rows), p->fexpected = kernel_numbers_f32(rows);
    /* a NaN makes a long row NaN */
    bool special = test_random_below(2) == 0;
    for (size_t i = 0; i < p->entries && !special; i++)
        p->fvalue[i] = (float)(p->value[i] = even());
    for (size_t i = 0; i < columns && !special; i++) p->fx[i] = (float)(p->x[i] = even());
}

static void close_problem(problem *p) {
    free(p->row_begin), free(p->column), free(p->wide_column);
    free(p->value), free(p->x), free(p->y), free(p->expected);
    free(p->fvalue), free(p->fx), free(p->fy), free(p->fexpected);
}

static void check_f64(const problem *p, bool wide, const yoke_run *run) {
    yoke_csr_f64 a = {
        p->rows, p->columns, p->row_begin, wide ? NULL : p->column, wide ? p->wide_column : NULL,
        p->value};
    CU_ASSERT_EQUAL(yoke_csr_check(&a), YOKE_OK);
    for (size_t i = 0; i < p->rows; i++) p->y[i] = p->expected[i] = (double)i;
    CU_ASSERT_EQUAL(yoke_csr_multiply(p->y, &a, p->x, run), YOKE_OK);
    yoke_csr_multiply_f64_ref(p->expected, &a, p->x);
    CU_ASSERT(kernel_same_f64(p->y, p->expected, p->rows));
    CU_ASSERT_EQUAL(yoke_csr_multiply_add(p->y, &a, p->x, run), YOKE_OK);
    yoke_csr_multiply_add_f64_ref(p->expected, &a, p->x);
    CU_ASSERT(kernel_same_f64(p->y, p->expected, p->rows));
}

static void check_f32(const problem *p, bool wide, const yoke_run *run) {
    yoke_csr_f32 a = {
        p->rows,  p->columns, p->row_begin, wide ? NULL : p->column, wide ? p->wide_column : NULL,
        p->fvalue};
    CU_ASSERT_EQUAL(yoke_csr_check((const yoke_csr_f32 *)&a), YOKE_OK);
    for (size_t i = 0; i < p->rows; i++) p->fy[i] = p->fexpected[i] = (float)i;
    CU_ASSERT_EQUAL(yoke_csr_multiply(p->fy, &a, p->fx, run), YOKE_OK);
    yoke_csr_multiply_f32_ref(p->fexpected, &a, p->fx);
    CU_ASSERT(kernel_same_f32(p->fy, p->fexpected, p->rows));
    CU_ASSERT_EQUAL(yoke_csr_multiply_add(p->fy, &a, p->fx, run), YOKE_OK);
    yoke_csr_multiply_add_f32_ref(p->fexpected, &a, p->fx);
    CU_ASSERT(kernel_same_f32(p->fy, p->fexpected, p->rows));
}

static void check(void *ctx, const yoke_run *run) {
    check_f64(ctx, false, run);
    check_f64(ctx, true, run);
    check_f32(ctx, false, run);
    check_f32(ctx, true, run);
}

static void check_matrix(size_t rows, size_t columns, size_t (*length)(size_t row, size_t rows)) {
    problem p;
    length_of_row = length;
    open_problem(&p, rows, columns);
    kernel_each(check, &p);
    close_problem(&p);
}

TEST(small_matrices) {
    check_matrix(0, 0, none);
    check_matrix(0, 5, none);
    check_matrix(1, 1, some);
    for (size_t i = 0; i < 50; i++)
        check_matrix(test_random_below(60), 1 + test_random_below(60), some);
}

TEST(empty_rows) {
    check_matrix(test_size(100000, 10000), 10, none);
    check_matrix(3 * YOKE_CSR_PIECE, 10, few);
    check_matrix(YOKE_CSR_PIECE, 10, none);
    check_matrix(YOKE_CSR_PIECE + 1, 10, none);
}

TEST(long_rows) {
    check_matrix(1, 100, one_long);
    check_matrix(3, 100, one_long);
    check_matrix(1000, 50000, one_long);
    for (int i = 0; i < 4; i++) check_matrix(9, 300, all_long);
}

TEST(skewed_rows) {
    check_matrix(test_size(20000, 4000), 1000, skewed);
    check_matrix(test_size(20000, 4000), 1000, some);
}

/* A row's bits do not depend on what stands before it. */
TEST(rows_do_not_know_each_other) {
    problem p;
    length_of_row = all_long;
    open_problem(&p, 6, 100);
    yoke_csr_f64 all = {6, 100, p.row_begin, p.column, NULL, p.value};
    CU_ASSERT_EQUAL(yoke_csr_multiply(p.y, &all, p.x, &(yoke_run){.threads = 2}), YOKE_OK);
    for (size_t row = 0; row < 6; row++) {
        size_t at = p.row_begin[row];
        uint64_t bounds[] = {0, p.row_begin[row + 1] - at};
        yoke_csr_f64 one = {1, 100, bounds, p.column + at, NULL, p.value + at};
        CU_ASSERT_EQUAL(yoke_csr_multiply(p.expected, &one, p.x, NULL), YOKE_OK);
        CU_ASSERT(kernel_same_f64(p.expected, p.y + row, 1));
    }
    close_problem(&p);
}

TEST(matrices_that_are_not_valid) {
    uint64_t begin[] = {0, 2, 3};
    uint32_t column[] = {0, 1, 1};
    uint64_t wide[] = {0, 1, 7};
    double value[] = {1, 2, 3}, y[6] = {0};
    yoke_csr_f64 a = {2, 2, begin, column, NULL, value};
    CU_ASSERT_EQUAL(yoke_csr_check_f64(&a), YOKE_OK);
    column[1] = 2;
    CU_ASSERT_EQUAL(yoke_csr_check_f64(&a), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "row 0 of a sparse matrix has column 2 of 2");
    begin[1] = 4;
    column[1] = 1;
    a.rows = 2;
    CU_ASSERT_EQUAL(yoke_csr_check_f64(&(yoke_csr_f64){2, 2, begin, NULL, wide, value}),
                    YOKE_EDATA);
    begin[1] = 2, begin[0] = 1;
    CU_ASSERT_EQUAL(yoke_csr_check_f64(&a), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "row 0 of a sparse matrix begins at 1, not at 0");
    begin[0] = 0;
    begin[2] = 1;
    CU_ASSERT_EQUAL(yoke_csr_check_f64(&a), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "row 1 of a sparse matrix ends before it begins");
    begin[2] = 3;
    a.wide_column = wide;
    CU_ASSERT_EQUAL(yoke_csr_check_f64(&a), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_csr_multiply(y, &a, y + 2, NULL), YOKE_EINVAL);
    a.wide_column = NULL;
    CU_ASSERT_EQUAL(yoke_csr_multiply(y, &a, y + 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_csr_multiply(y, &a, y + 2, NULL), YOKE_OK);
    a.column = NULL;
    CU_ASSERT_EQUAL(yoke_csr_multiply(y, &a, y + 2, NULL), YOKE_EINVAL);
}

/* ---- exact ---- */

/* The exact product of a row and x, with what is there already. */
static void exact_row(mpfr_t sum, const problem *p, size_t row, bool floats, double before) {
    mpfr_t product;
    mpfr_init2(product, 106);
    CU_ASSERT_EQUAL_FATAL(mpfr_set_d(sum, before, MPFR_RNDN), 0);
    for (uint64_t i = p->row_begin[row]; i < p->row_begin[row + 1]; i++) {
        size_t column = p->column[i];
        double value = floats ? (double)p->fvalue[i] : p->value[i];
        mpfr_set_d(product, value, MPFR_RNDN);
        mpfr_mul_d(product, product, floats ? (double)p->fx[column] : p->x[column], MPFR_RNDN);
        CU_ASSERT_EQUAL_FATAL(mpfr_add(sum, sum, product, MPFR_RNDN), 0);
    }
    mpfr_clear(product);
}

static void check_exact_f64(problem *p, bool wide, bool add, const yoke_run *run) {
    yoke_csr_f64 a = {
        p->rows, p->columns, p->row_begin, wide ? NULL : p->column, wide ? p->wide_column : NULL,
        p->value};
    mpfr_t sum;
    mpfr_init2(sum, 4400);
    for (size_t row = 0; row < p->rows; row++) {
        p->y[row] = add ? 1.0 / (double)(row + 1) : NAN;
        exact_row(sum, p, row, false, add ? p->y[row] : 0);
        p->expected[row] = mpfr_get_d(sum, MPFR_RNDN);
    }
    mpfr_clear(sum);
    CU_ASSERT_EQUAL(add ? yoke_csr_multiply_add(p->y, &a, p->x, run)
                        : yoke_csr_multiply(p->y, &a, p->x, run),
                    YOKE_OK);
    CU_ASSERT(kernel_same_f64(p->y, p->expected, p->rows));
}

static void check_exact_f32(problem *p, bool wide, bool add, const yoke_run *run) {
    yoke_csr_f32 a = {
        p->rows,  p->columns, p->row_begin, wide ? NULL : p->column, wide ? p->wide_column : NULL,
        p->fvalue};
    mpfr_t sum;
    mpfr_init2(sum, 4400);
    for (size_t row = 0; row < p->rows; row++) {
        p->fy[row] = add ? 1.0f / (float)(row + 1) : NAN;
        exact_row(sum, p, row, true, add ? (double)p->fy[row] : 0);
        p->fexpected[row] = mpfr_get_flt(sum, MPFR_RNDN);
    }
    mpfr_clear(sum);
    CU_ASSERT_EQUAL(add ? yoke_csr_multiply_add(p->fy, &a, p->fx, run)
                        : yoke_csr_multiply(p->fy, &a, p->fx, run),
                    YOKE_OK);
    CU_ASSERT(kernel_same_f32(p->fy, p->fexpected, p->rows));
}

static void check_exactly(problem *p) {
    for (int i = 0; i < 4; i++) {
        const yoke_run run = {.threads = 1 + i % 3, .repro = YOKE_REPRO_EXACT};
        yoke_isa_limit((yoke_isa)test_random_below(3));
        check_exact_f64(p, i & 1, i & 2, &run);
        check_exact_f32(p, i & 1, i & 2, &run);
    }
    yoke_isa_limit(YOKE_ISA_AVX512);
}

static void check_exact(size_t rows, size_t columns, size_t (*length)(size_t row, size_t rows)) {
    problem p;
    length_of_row = length;
    open_problem(&p, rows, columns);
    check_exactly(&p);
    close_problem(&p);
}

TEST(exact_products_are_rounded_once) {
    check_exact(0, 3, none);
    check_exact(3 * YOKE_CSR_PIECE, 10, few);
    check_exact(300, 50, one_long);
    check_exact(1, 300, one_long);
    check_exact(5, 300, all_long);
    check_exact(4, 300, around_long);
    check_exact(1000, 100, skewed);
    for (int i = 0; i < 20; i++) check_exact(1 + test_random_below(60), 40, some);
}

static size_t around_lanes(size_t row, size_t rows) { return (void)rows, 5 + row % 60; }

/* 1, half of its last place and something far smaller, between zeros and pairs that cancel. */
static void nearly_half(problem *p, size_t row) {
    size_t at = p->row_begin[row], n = p->row_begin[row + 1] - at, first = test_random_below(n);
    double rest =
        ldexp(1, -(int)(26 + test_random_below(110))) * ((double)test_random_below(3) - 1);
    for (size_t i = 0; i < n; i++) {
        size_t place = at + (first + i) % n;
        double pair = n - n % 2 > 5 && i >= 3 && i < n - n % 2 - 1 ? (i % 2 ? 1 : -1) : 0;
        p->column[place] = (uint32_t)(p->wide_column[place] = row % 3);
        p->value[place] = i == 0 ? 1 : i == 1 ? 0x1p-53 : i == 2 ? rest * 0x1p-28 : 3 * pair;
        p->fvalue[place] = i == 0 ? 1 : i == 1 ? 0x1p-24f : i == 2 ? (float)rest : 3 * (float)pair;
    }
}

TEST(exact_rows_close_to_a_tie) {
    problem p;
    length_of_row = around_lanes;
    for (int round = 0; round < 5; round++) {
        open_problem(&p, 240, 3);
        for (size_t i = 0; i < 3; i++) p.x[i] = (double)(p.fx[i] = i == 1 ? -8 : (float)(1 - i));
        for (size_t row = 0; row < p.rows; row++) nearly_half(&p, row);
        check_exactly(&p);
        close_problem(&p);
    }
}

/* Products that vanish: too small for a double together, exact zeros, and sums that are 0. */
TEST(exact_rows_of_next_to_nothing) {
    static const double some[] = {0, -0.0, 0x1p-1074, -0x1p-1074, 0x1p-600, -0x1p-600, 1, -1};
    problem p;
    length_of_row = around_lanes;
    for (int round = 0; round < 10; round++) {
        uint64_t kinds = 2 + 2 * test_random_below(4);
        open_problem(&p, 120, 8);
        for (size_t i = 0; i < p.entries; i++)
            p.fvalue[i] = (float)(p.value[i] = some[test_random_below(kinds)]);
        for (size_t i = 0; i < p.columns; i++)
            p.x[i] = some[i], p.fx[i] = (float)some[i] * 0x1p-99f;
        check_exactly(&p);
        close_problem(&p);
    }
}

/* 1e100 + 1 - 1e100 in one row; a float whose last bit a number of 2^-80 decides in another. */
TEST(exact_products_that_one_can_see) {
    const uint64_t begin[] = {0, 3}, none_begin[] = {0, 0};
    const uint32_t column[] = {0, 1, 2};
    const double value[] = {1e50, 1, -1e50}, x[] = {1e50, 1, 1e50};
    const float fvalue[] = {1, 0x1p-12f, 0x1p-40f}, fx[] = {1, 0x1p-12f, 0x1p-40f};
    const yoke_run exact = {.repro = YOKE_REPRO_EXACT};
    double y = 5;
    float fy = 5;
    yoke_csr_f64 a = {1, 3, begin, column, NULL, value};
    yoke_csr_f32 b = {1, 3, begin, column, NULL, fvalue};
    CU_ASSERT_EQUAL(yoke_csr_multiply(&y, &a, x, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(y, 0);
    CU_ASSERT_EQUAL(yoke_csr_multiply(&y, &a, x, &exact), YOKE_OK);
    CU_ASSERT_EQUAL(y, 1);
    CU_ASSERT_EQUAL(yoke_csr_multiply(&fy, &b, fx, &exact), YOKE_OK);
    CU_ASSERT_EQUAL(fy, 0x1.000002p0f);
    a.row_begin = none_begin;
    CU_ASSERT_EQUAL(yoke_csr_multiply(&y, &a, x, &exact), YOKE_OK);
    CU_ASSERT_EQUAL(y, 0);
}

static int product(const yoke_run *run) {
    static const uint64_t begin[] = {0, 1};
    static const uint32_t column[] = {0};
    static const double value[] = {2}, x[] = {3};
    double y[1];
    return yoke_csr_multiply(y, &(yoke_csr_f64){1, 1, begin, column, NULL, value}, x, run);
}

static int exact_product(const yoke_run *run) {
    yoke_run exact = *run;
    if (!run->repro) exact.repro = YOKE_REPRO_EXACT;
    return product(&exact);
}

TEST(stops_and_refuses) {
    kernel_refuses(product);
    kernel_refuses(exact_product);
}

TEST(works_inside_a_region) {
    problem p;
    length_of_row = skewed;
    open_problem(&p, 5000, 1000);
#pragma omp parallel num_threads(3)
#pragma omp single
    check(&p, NULL);
    close_problem(&p);
}

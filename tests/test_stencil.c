/* SPDX-License-Identifier: Apache-2.0
 *
 * Stencils against their references: grids of all shapes, stencils of all reaches, one step and
 * many.
 */
#include "yoke/stencil.h"

#include "tests/kernel_use.h"

typedef struct problem {
    yoke_grid grid;
    yoke_stencil stencil;
    size_t points, steps;
    double *from, *to, *expected, *work;
    float *ffrom, *fto, *fexpected, *fwork;
} problem;

static size_t at_least_one(size_t n) { return n ? n : 1; }

static void restart(const problem *p) {
    memcpy(p->work, p->from, p->points * sizeof *p->work);
    memcpy(p->fwork, p->ffrom, p->points * sizeof *p->fwork);
    for (size_t i = 0; i < p->points; i++) {
        p->to[i] = p->expected[i] = (double)i;
        p->fto[i] = p->fexpected[i] = (float)i;
    }
}

static void check(void *ctx, const yoke_run *run) {
    const problem *p = ctx;
    const yoke_grid *g = &p->grid;
    const yoke_stencil *s = &p->stencil;
    restart(p);
    CU_ASSERT_EQUAL(yoke_stencil_apply(p->to, p->from, g, s, run), YOKE_OK);
    yoke_stencil_apply_f64_ref(p->expected, p->from, g, s);
    CU_ASSERT(kernel_same_f64(p->to, p->expected, p->points));
    CU_ASSERT_EQUAL(yoke_stencil_add(p->fto, p->ffrom, g, s, run), YOKE_OK);
    yoke_stencil_add_f32_ref(p->fexpected, p->ffrom, g, s);
    CU_ASSERT(kernel_same_f32(p->fto, p->fexpected, p->points));
}

static void check_steps(void *ctx, const yoke_run *run) {
    const problem *p = ctx;
    restart(p);
    CU_ASSERT_EQUAL(yoke_stencil_steps(p->to, p->work, &p->grid, &p->stencil, p->steps, run),
                    YOKE_OK);
    memcpy(p->work, p->from, p->points * sizeof *p->work);
    yoke_stencil_steps_f64_ref(p->expected, p->work, &p->grid, &p->stencil, p->steps);
    CU_ASSERT(kernel_same_f64(p->to, p->expected, p->points));
    CU_ASSERT_EQUAL(yoke_stencil_steps(p->fto, p->fwork, &p->grid, &p->stencil, p->steps, run),
                    YOKE_OK);
    memcpy(p->fwork, p->ffrom, p->points * sizeof *p->fwork);
    yoke_stencil_steps_f32_ref(p->fexpected, p->fwork, &p->grid, &p->stencil, p->steps);
    CU_ASSERT(kernel_same_f32(p->fto, p->fexpected, p->points));
}

static void open_problem(problem *p, yoke_grid grid, yoke_stencil stencil) {
    *p = (problem){.grid = grid, .stencil = stencil};
    size_t n = at_least_one(grid.planes) * at_least_one(grid.rows) * at_least_one(grid.columns);
    p->points = n;
    p->from = kernel_numbers_f64(n), p->to = kernel_numbers_f64(n);
    p->expected = kernel_numbers_f64(n), p->work = kernel_numbers_f64(n);
    p->ffrom = kernel_numbers_f32(n), p->fto = kernel_numbers_f32(n);
    p->fexpected = kernel_numbers_f32(n), p->fwork = kernel_numbers_f32(n);
    /* a NaN would soon be everywhere */
    bool special = test_random_below(4) == 0;
    for (size_t i = 0; i < n && !special; i++) {
        p->from[i] = kernel_finite();
        p->ffrom[i] = (float)kernel_finite();
    }
}

static void close_problem(problem *p) {
    free(p->from), free(p->to), free(p->expected), free(p->work);
    free(p->ffrom), free(p->fto), free(p->fexpected), free(p->fwork);
}

/* A star, with weights that differ. */
static yoke_stencil star(yoke_stencil_term *terms, int dimensions, int radius) {
    size_t count = 0;
    terms[count++] = (yoke_stencil_term){.weight = 0.3};
    for (int i = -radius; i <= radius; i++) {
        if (!i) continue;
        terms[count++] = (yoke_stencil_term){.x = i, .weight = 0.1 / i};
        if (dimensions > 1) terms[count++] = (yoke_stencil_term){.y = i, .weight = 0.07 / i};
        if (dimensions > 2) terms[count++] = (yoke_stencil_term){.z = i, .weight = -0.13 / i};
    }
    return (yoke_stencil){terms, count};
}

static void check_grid(yoke_grid grid, yoke_stencil stencil, size_t steps) {
    problem p;
    open_problem(&p, grid, stencil);
    kernel_each(check, &p);
    p.steps = steps;
    kernel_each(check_steps, &p);
    close_problem(&p);
}

TEST_WITH_LIMIT(small_grids_of_all_shapes, 120) {
    yoke_stencil_term terms[64];
    for (int dimensions = 1; dimensions <= 3; dimensions++)
        for (size_t i = 0; i < 40; i++) {
            yoke_grid grid = {.columns = test_random_below(12)};
            if (dimensions > 1) grid.rows = test_random_below(12);
            if (dimensions > 2) grid.planes = test_random_below(12);
            yoke_stencil stencil = star(terms, dimensions, 1 + (int)test_random_below(3));
            check_grid(grid, stencil, test_random_below(20));
        }
}

TEST_WITH_LIMIT(rows_around_the_width_of_vectors_and_tiles, 120) {
    yoke_stencil_term terms[64];
    for (size_t n = 60; n < 70; n++)
        check_grid((yoke_grid){.rows = 5, .columns = n}, star(terms, 2, 1), 3);
    check_grid((yoke_grid){.columns = 1023}, star(terms, 1, 2), 9);
    check_grid((yoke_grid){.columns = 1024}, star(terms, 1, 2), 8);
    check_grid((yoke_grid){.rows = 17, .columns = 2050}, star(terms, 2, 2), 5);
}

TEST_WITH_LIMIT(many_tiles, 120) {
    yoke_stencil_term terms[64];
    check_grid((yoke_grid){.rows = test_size(700, 300), .columns = 40}, star(terms, 2, 1), 30);
    check_grid((yoke_grid){.planes = 30, .rows = 50, .columns = test_size(140, 20)},
               star(terms, 3, 1), 9);
    check_grid((yoke_grid){.planes = 21, .rows = 26, .columns = 30}, star(terms, 3, 4), 4);
}

/* Neighbours on one side only, a box, an offset repeated. */
TEST_WITH_LIMIT(lopsided_stencils, 120) {
    static const yoke_stencil_term upwind[] = {
        {.y = -2, .x = -3, .weight = 0.5}, {.weight = -1.25}, {.y = -1, .weight = 0.25}};
    static const yoke_stencil_term ahead[] = {
        {.z = 2, .weight = 0.5}, {.z = 1, .y = 1, .x = 1, .weight = 3}, {.x = 1, .weight = -1}};
    static const yoke_stencil_term twice[] = {{.x = 1, .weight = 1}, {.x = 1, .weight = 1e-9}};
    static const yoke_stencil_term one[] = {{.weight = -1}};
    check_grid((yoke_grid){.rows = 90, .columns = 33}, (yoke_stencil){upwind, 3}, 11);
    check_grid((yoke_grid){.planes = 12, .rows = 31, .columns = 33}, (yoke_stencil){ahead, 3}, 7);
    check_grid((yoke_grid){.planes = 1, .rows = 7, .columns = 70}, (yoke_stencil){twice, 2}, 13);
    check_grid((yoke_grid){.planes = 3, .rows = 7, .columns = 7}, (yoke_stencil){one, 1}, 25);
    yoke_stencil_term box[27];
    for (int i = 0; i < 27; i++)
        box[i] = (yoke_stencil_term){i / 9 - 1, i / 3 % 3 - 1, i % 3 - 1, 1.0 / (i + 1)};
    check_grid((yoke_grid){.planes = 9, .rows = 28, .columns = 40}, (yoke_stencil){box, 27}, 6);
}

TEST(no_steps_copy) {
    static const yoke_stencil_term one[] = {{.weight = 2}};
    problem p;
    open_problem(&p, (yoke_grid){.rows = 3, .columns = 4}, (yoke_stencil){one, 1});
    kernel_each(check_steps, &p);
    CU_ASSERT(kernel_same_f64(p.to, p.from, p.points));
    close_problem(&p);
}

TEST_WITH_LIMIT(any_number_of_steps, 120) {
    yoke_stencil_term terms[64];
    problem p;
    open_problem(&p, (yoke_grid){.rows = 40, .columns = 12}, star(terms, 2, 1));
    for (p.steps = 1; p.steps < 80; p.steps += 7) kernel_each(check_steps, &p);
    close_problem(&p);
    open_problem(&p, (yoke_grid){.rows = 150, .columns = 150}, star(terms, 2, 13));
    for (p.steps = 1; p.steps < 6; p.steps++) check_steps(&p, &(yoke_run){.threads = 2});
    close_problem(&p);
}

TEST(refuses_what_is_not_valid) {
    static double a[64], b[64];
    yoke_grid grid = {.rows = 8, .columns = 8};
    static yoke_stencil_term terms[YOKE_STENCIL_TERMS + 1];
    yoke_stencil none = {terms, 0}, many = {terms, YOKE_STENCIL_TERMS + 1}, one = {terms, 1};
    CU_ASSERT_EQUAL(yoke_stencil_apply(a, b, &grid, &none, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stencil_apply(a, b, &grid, &many, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stencil_apply(a, a, &grid, &one, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stencil_steps(a + 1, a, &grid, &one, 2, NULL), YOKE_EINVAL);
    terms[0].y = YOKE_STENCIL_REACH + 1;
    CU_ASSERT_EQUAL(yoke_stencil_apply(a, b, &grid, &one, NULL), YOKE_EINVAL);
    terms[0].y = -YOKE_STENCIL_REACH; /* no point has such a neighbour */
    CU_ASSERT_EQUAL(yoke_stencil_apply(a, b, &grid, &one, NULL), YOKE_OK);
    terms[0].y = 0;
    grid = (yoke_grid){.planes = SIZE_MAX / 2, .rows = 4, .columns = 2};
    CU_ASSERT_EQUAL(yoke_stencil_apply(a, b, &grid, &one, NULL), YOKE_ERANGE);
    grid = (yoke_grid){.columns = SIZE_MAX / 8};
    CU_ASSERT_EQUAL(yoke_stencil_apply(a, b, &grid, &one, NULL), YOKE_ERANGE);
}

static int three_steps(const yoke_run *run) {
    static double to[64], from[64];
    static const yoke_stencil_term one[] = {{.x = 1, .weight = 2}};
    return yoke_stencil_steps(to, from, &(yoke_grid){.rows = 8, .columns = 8},
                              &(yoke_stencil){one, 1}, 3, run);
}

static int one_step(const yoke_run *run) {
    static double to[64], from[64];
    static const yoke_stencil_term one[] = {{.x = 1, .weight = 2}};
    return yoke_stencil_apply(to, from, &(yoke_grid){.rows = 8, .columns = 8},
                              &(yoke_stencil){one, 1}, run);
}

TEST(stops_and_refuses) {
    kernel_refuses(one_step);
    kernel_refuses(three_steps);
}

TEST(works_inside_a_region) {
    yoke_stencil_term terms[64];
    problem p;
    open_problem(&p, (yoke_grid){.rows = 100, .columns = 100}, star(terms, 2, 1));
    p.steps = 20;
#pragma omp parallel num_threads(3)
#pragma omp single
    check_steps(&p, NULL);
    close_problem(&p);
}

TEST(scratch_is_used_again) {
    yoke_stencil_term terms[64];
    problem p;
    open_problem(&p, (yoke_grid){.rows = 100, .columns = 100}, star(terms, 2, 1));
    yoke_scratch scratch = {0};
    p.steps = 20;
    check_steps(&p, &(yoke_run){.threads = 2, .scratch = &scratch});
    void *block = scratch.block;
    check_steps(&p, &(yoke_run){.threads = 2, .scratch = &scratch});
    CU_ASSERT_PTR_EQUAL(scratch.block, block);
    yoke_scratch_fini(&scratch);
    close_problem(&p);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact stencils against sums of MPFR that never round, of which each point is rounded once, at
 * each step.
 */
#include <mpfr.h>

#include "tests/kernel_use.h"
#include "yoke/stencil.h"

enum { ALL_BITS = 4400 }; /* of a sum of products of doubles */

typedef struct problem {
    yoke_grid grid;
    yoke_stencil stencil;
    size_t points;
} problem;

static double nearest_f64(const mpfr_t sum) {
    return mpfr_zero_p(sum) ? 0 : mpfr_get_d(sum, MPFR_RNDN);
}
static float nearest_f32(const mpfr_t sum) {
    return mpfr_zero_p(sum) ? 0 : mpfr_get_flt(sum, MPFR_RNDN);
}

static void no_rounding(int direction) { CU_ASSERT_EQUAL_FATAL(direction, 0); }

/* The place of the neighbour of (z, y, x); -1 when there is none. */
static ptrdiff_t neighbour(const yoke_grid *g, const yoke_stencil_term *t, size_t z, size_t y,
                           size_t x) {
    ptrdiff_t place[] = {(ptrdiff_t)z + t->z, (ptrdiff_t)y + t->y, (ptrdiff_t)x + t->x};
    ptrdiff_t size[] = {(ptrdiff_t)g->planes, (ptrdiff_t)g->rows, (ptrdiff_t)g->columns};
    for (int d = 0; d < 3; d++)
        if (place[d] < 0 || place[d] >= size[d]) return -1;
    return (place[0] * size[1] + place[1]) * size[2] + place[2];
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define EXACTLY(S, T)                                                                              \
    static void solve_point_##S(const problem *p, T *to, const T *from, size_t at, bool add) {     \
        const yoke_grid *g = &p->grid;                                                             \
        size_t x = at % g->columns, y = at / g->columns % g->rows, z = at / g->columns / g->rows;  \
        mpfr_t sum, product;                                                                       \
        mpfr_init2(sum, ALL_BITS), mpfr_init2(product, 106);                                       \
        mpfr_set_d(sum, add ? (double)to[at] : 0, MPFR_RNDN);                                      \
        bool inner = true;                                                                         \
        for (size_t t = 0; t < p->stencil.count && inner; t++) {                                   \
            const yoke_stencil_term *term = &p->stencil.terms[t];                                  \
            ptrdiff_t place = neighbour(g, term, z, y, x);                                         \
            inner = place >= 0;                                                                    \
            if (!inner) break;                                                                     \
            mpfr_set_d(product, (double)(T)term->weight, MPFR_RNDN);                               \
            no_rounding(mpfr_mul_d(product, product, (double)from[place], MPFR_RNDN));             \
            no_rounding(mpfr_add(sum, sum, product, MPFR_RNDN));                                   \
        }                                                                                          \
        if (inner) to[at] = nearest_##S(sum);                                                      \
        mpfr_clears(sum, product, NULL);                                                           \
    }                                                                                              \
    static void solve_##S(const problem *p, T *to, const T *from, bool add) {                      \
        for (size_t at = 0; at < p->points; at++) solve_point_##S(p, to, from, at, add);           \
    }                                                                                              \
    static void solve_steps_##S(const problem *p, T *to, T *from, size_t steps) {                  \
        memcpy(to, from, p->points * sizeof(T));                                                   \
        for (size_t i = 0; i < steps; i++) {                                                       \
            memcpy(from, to, p->points * sizeof(T));                                               \
            solve_##S(p, to, from, false);                                                         \
        }                                                                                          \
    }                                                                                              \
    static void check_##S(const problem *p, size_t steps, bool special, int threads) {             \
        const yoke_run run = {.threads = threads, .repro = YOKE_REPRO_EXACT};                      \
        size_t n = p->points;                                                                      \
        T *from = kernel_numbers_##S(n), *to = kernel_numbers_##S(n);                              \
        T *expected = kernel_numbers_##S(n), *work = kernel_numbers_##S(n);                        \
        for (size_t i = 0; i < n; i++) {                                                           \
            if (!special) from[i] = (T)kernel_finite();                                            \
            expected[i] = to[i] = (T)i;                                                            \
        }                                                                                          \
        CU_ASSERT_EQUAL(yoke_stencil_apply(to, from, &p->grid, &p->stencil, &run), YOKE_OK);       \
        solve_##S(p, expected, from, false);                                                       \
        CU_ASSERT(kernel_same_##S(to, expected, n));                                               \
        CU_ASSERT_EQUAL(yoke_stencil_add(to, from, &p->grid, &p->stencil, &run), YOKE_OK);         \
        solve_##S(p, expected, from, true);                                                        \
        CU_ASSERT(kernel_same_##S(to, expected, n));                                               \
        memcpy(work, from, n * sizeof(T));                                                         \
        CU_ASSERT_EQUAL(yoke_stencil_steps(to, work, &p->grid, &p->stencil, steps, &run),          \
                        YOKE_OK);                                                                  \
        solve_steps_##S(p, expected, from, steps);                                                 \
        CU_ASSERT(kernel_same_##S(to, expected, n));                                               \
        free(from), free(to), free(expected), free(work);                                          \
    }
EXACTLY(f64, double)
EXACTLY(f32, float)
/* NOLINTEND(bugprone-macro-parentheses) */

static void check(yoke_grid grid, yoke_stencil stencil, size_t steps) {
    problem p = {grid, stencil, grid.planes * grid.rows * grid.columns};
    for (int i = 0; i < 3; i++) {
        check_f64(&p, steps, i == 1, 1 + i);
        check_f32(&p, steps, i == 1, 1 + i);
    }
}

static const yoke_stencil_term star[] = {
    {.weight = 0.3},           {.x = -1, .weight = 0.1},    {.x = 1, .weight = 0.07},
    {.y = -1, .weight = -0.2}, {.y = 1, .weight = 0x1p-60}, {.z = 1, .weight = 0.9}};
static const yoke_stencil_term cancels[] = {
    {.x = -1, .weight = 0x1p60}, {.weight = 0.1}, {.x = -1, .weight = -0x1p60}};

TEST_WITH_LIMIT(points_are_rounded_once, 60) {
    const yoke_stencil flat = {star, 5}, solid = {star, 6}, cancelling = {cancels, 3};
    check((yoke_grid){1, 1, 1}, flat, 2);
    check((yoke_grid){1, 3, 4}, flat, 3);
    check((yoke_grid){1, 1, 70}, cancelling, 2);
    check((yoke_grid){1, 9, 13}, flat, 9);
    check((yoke_grid){3, 4, 5}, solid, 2);
    check((yoke_grid){5, 3, test_size(40, 10)}, solid, 3);
}

TEST(zeros_and_infinities) {
    const double inf = (double)INFINITY, zeros[] = {0, -0.0, 0};
    const yoke_stencil_term one[] = {{.weight = -3}, {.x = 1, .weight = 2}};
    const yoke_stencil_term many[] = {{.weight = inf}, {.x = 1, .weight = 2}};
    const yoke_grid grid = {.columns = 3};
    const yoke_run exact = {.repro = YOKE_REPRO_EXACT};
    double to[3] = {7, 7, 7};
    CU_ASSERT_EQUAL(yoke_stencil_apply(to, zeros, &grid, &(yoke_stencil){one, 2}, &exact), YOKE_OK);
    CU_ASSERT(memcmp(to, (double[]){0, 0, 7}, sizeof to) == 0);
    CU_ASSERT_EQUAL(yoke_stencil_apply(to, zeros, &grid, &(yoke_stencil){many, 2}, &exact),
                    YOKE_OK);
    CU_ASSERT(isnan(to[0]) && isnan(to[1]));
}

/* Partial sums are rounded here, and the whole is 0. */
TEST(level_ground) {
    static const yoke_stencil_term laplace[] = {{.weight = -4},
                                                {.x = -1, .weight = 1},
                                                {.x = 1, .weight = 1},
                                                {.x = -2, .weight = 1},
                                                {.x = 2, .weight = 1}};
    const double from[] = {3.7, 3.7, 3.7, 3.7, 3.7}, tiny = 0x1p-1074;
    const yoke_grid grid = {.columns = 5};
    const yoke_run exact = {.repro = YOKE_REPRO_EXACT};
    double to[] = {7, 7, 7, 7, 7};
    CU_ASSERT_EQUAL(yoke_stencil_apply(to, from, &grid, &(yoke_stencil){laplace, 5}, &exact),
                    YOKE_OK);
    CU_ASSERT(memcmp(&to[2], &(double){0}, sizeof *to) == 0);
    to[2] = tiny;
    CU_ASSERT_EQUAL(yoke_stencil_add(to, from, &grid, &(yoke_stencil){laplace, 5}, &exact),
                    YOKE_OK);
    CU_ASSERT_EQUAL(to[2], tiny);
}

TEST(points_that_one_can_see) {
    const double from[] = {1e30, 10, 1e30};
    const yoke_stencil stencil = {cancels, 3};
    const yoke_grid grid = {.columns = 3};
    double to[3] = {7, 7, 7};
    CU_ASSERT_EQUAL(yoke_stencil_apply(to, from, &grid, &stencil, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(to[1], 0);
    const yoke_run exact = {.repro = YOKE_REPRO_EXACT};
    CU_ASSERT_EQUAL(yoke_stencil_apply(to, from, &grid, &stencil, &exact), YOKE_OK);
    CU_ASSERT_EQUAL(to[0], 7);
    CU_ASSERT_EQUAL(to[1], 1);
    CU_ASSERT_EQUAL(yoke_stencil_add(to, from, &grid, &stencil, &exact), YOKE_OK);
    CU_ASSERT_EQUAL(to[1], 2);
}

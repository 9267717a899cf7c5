/* SPDX-License-Identifier: Apache-2.0
 *
 * Gravity against its reference, and against what is known of it; exact sums against those of MPFR
 * that never round.
 */
#include "yoke/nbody.h"

#include <mpfr.h>

#include "tests/kernel_use.h"

typedef struct problem {
    size_t n;
    double *in[4], *out[3], *expected[3];
    float *fin[4], *fout[3], *fexpected[3];
} problem;

static void check(void *ctx, const yoke_run *run) {
    const problem *p = ctx;
    yoke_bodies_f64 b = {p->n, p->in[0], p->in[1], p->in[2], p->in[3]};
    yoke_bodies_f32 fb = {p->n, p->fin[0], p->fin[1], p->fin[2], p->fin[3]};
    CU_ASSERT_EQUAL(yoke_nbody(p->out[0], p->out[1], p->out[2], &b, 1e-3, run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_nbody(p->fout[0], p->fout[1], p->fout[2], &fb, 1e-3f, run), YOKE_OK);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT(kernel_same_f64(p->out[i], p->expected[i], p->n));
        CU_ASSERT(kernel_same_f32(p->fout[i], p->fexpected[i], p->n));
    }
}

static void check_number(size_t n, bool special) {
    problem p = {.n = n};
    for (int i = 0; i < 4; i++) {
        p.in[i] = kernel_numbers_f64(n), p.fin[i] = kernel_numbers_f32(n);
        for (size_t j = 0; j < n && !special; j++) {
            p.in[i][j] = kernel_finite();
            p.fin[i][j] = (float)kernel_finite();
        }
    }
    for (int i = 0; i < 3; i++) {
        p.out[i] = kernel_numbers_f64(n), p.expected[i] = kernel_numbers_f64(n);
        p.fout[i] = kernel_numbers_f32(n), p.fexpected[i] = kernel_numbers_f32(n);
    }
    yoke_nbody_f64_ref(p.expected[0], p.expected[1], p.expected[2],
                       &(yoke_bodies_f64){n, p.in[0], p.in[1], p.in[2], p.in[3]}, 1e-3);
    yoke_nbody_f32_ref(p.fexpected[0], p.fexpected[1], p.fexpected[2],
                       &(yoke_bodies_f32){n, p.fin[0], p.fin[1], p.fin[2], p.fin[3]}, 1e-3f);
    kernel_each(check, &p);
    for (int i = 0; i < 4; i++) free(p.in[i]), free(p.fin[i]);
    for (int i = 0; i < 3; i++)
        free(p.out[i]), free(p.expected[i]), free(p.fout[i]), free(p.fexpected[i]);
}

TEST(same_bits_as_the_reference) {
    for (size_t n = 0; n < 40; n++) check_number(n, n % 4 == 3);
    check_number(63, false);
    check_number(64, false);
    check_number(65, false);
    check_number(test_size(1000, 200), false);
}

/* ---- exact ---- */

enum { ALL_BITS = 2300, MOST = 300 }; /* of a sum of doubles */

static double nearest_f64(const mpfr_t sum) {
    return mpfr_zero_p(sum) ? 0 : mpfr_get_d(sum, MPFR_RNDN);
}
static float nearest_f32(const mpfr_t sum) {
    return mpfr_zero_p(sum) ? 0 : mpfr_get_flt(sum, MPFR_RNDN);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define EXACTLY(S, T, ROOT, SOFTENING)                                                             \
    static void add_terms_##S(mpfr_t sums[3], const yoke_bodies_##S *b, size_t i) {                \
        for (size_t j = 0; j < b->n; j++) {                                                        \
            T d[] = {b->x[j] - b->x[i], b->y[j] - b->y[i], b->z[j] - b->z[i]};                     \
            T r = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + (SOFTENING) * (SOFTENING);             \
            T s = b->mass[j] / (r * ROOT(r));                                                      \
            for (int k = 0; k < 3; k++)                                                            \
                CU_ASSERT_EQUAL_FATAL(mpfr_add_d(sums[k], sums[k], (double)(d[k] * s), MPFR_RNDN), \
                                      0);                                                          \
        }                                                                                          \
    }                                                                                              \
    static void compare_##S(const yoke_bodies_##S *b, T(*out)[MOST]) {                             \
        mpfr_t sums[3];                                                                            \
        for (int k = 0; k < 3; k++) mpfr_init2(sums[k], ALL_BITS);                                 \
        for (size_t i = 0; i < b->n; i++) {                                                        \
            for (int k = 0; k < 3; k++) mpfr_set_zero(sums[k], 1);                                 \
            add_terms_##S(sums, b, i);                                                             \
            for (int k = 0; k < 3; k++) {                                                          \
                T expected = nearest_##S(sums[k]);                                                 \
                CU_ASSERT(kernel_same_##S(&out[k][i], &expected, 1));                              \
            }                                                                                      \
        }                                                                                          \
        for (int k = 0; k < 3; k++) mpfr_clear(sums[k]);                                           \
    }                                                                                              \
    static void check_exact_##S(size_t n, bool special) {                                          \
        static T in[4][MOST], out[3][MOST];                                                        \
        for (size_t i = 0; i < 4 * MOST; i++)                                                      \
            in[i / MOST][i % MOST] = (T)(special ? kernel_number() : kernel_finite());             \
        yoke_bodies_##S b = {n, in[0], in[1], in[2], in[3]};                                       \
        for (int threads = 1; threads < 4; threads++) {                                            \
            yoke_run run = {.threads = threads, .repro = YOKE_REPRO_EXACT};                        \
            CU_ASSERT_EQUAL(yoke_nbody(out[0], out[1], out[2], &b, (T)(SOFTENING), &run),          \
                            YOKE_OK);                                                              \
            compare_##S(&b, out);                                                                  \
        }                                                                                          \
    }
EXACTLY(f64, double, sqrt, 1e-3)
EXACTLY(f32, float, sqrtf, 1e-3F)
/* NOLINTEND(bugprone-macro-parentheses) */

TEST_WITH_LIMIT(exact_sums_are_rounded_once, 60) {
    for (size_t n = 0; n < 20; n++) check_exact_f64(n, n % 4 == 3), check_exact_f32(n, n % 4 == 3);
    check_exact_f64(test_size(200, 70), false);
    check_exact_f32(test_size(200, 70), false);
}

/* The body in the middle is drawn by 2^100, 1 and -2^100. */
TEST(exact_sums_that_one_can_see) {
    double x[] = {0, 1, 1, -1}, y[4] = {0}, z[4] = {0}, m[] = {1, 0x1p100, 1, 0x1p100};
    double ax[4], ay[4], az[4], bx[4];
    yoke_bodies_f64 bodies = {4, x, y, z, m};
    const yoke_run exact = {.repro = YOKE_REPRO_EXACT};
    CU_ASSERT_EQUAL(yoke_nbody(ax, ay, az, &bodies, 0x1p-100, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_nbody(bx, ay, az, &bodies, 0x1p-100, &exact), YOKE_OK);
    CU_ASSERT_EQUAL(ax[0], 0);
    CU_ASSERT_EQUAL(bx[0], 1);
}

/* ---- */

TEST(two_bodies_attract_each_other) {
    double x[] = {0, 3}, y[] = {0, 4}, z[] = {0, 0}, m[] = {2, 50}, ax[2], ay[2], az[2];
    yoke_bodies_f64 bodies = {2, x, y, z, m};
    CU_ASSERT_EQUAL(yoke_nbody(ax, ay, az, &bodies, 1e-9, NULL), YOKE_OK);
    CU_ASSERT_DOUBLE_EQUAL(ax[0], 1.2, 1e-14); /* 50 / 25 towards (3, 4) / 5 */
    CU_ASSERT_DOUBLE_EQUAL(ay[0], 1.6, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(ax[1] * m[1], -ax[0] * m[0], 1e-14);
    CU_ASSERT_EQUAL(az[0], 0.0);
}

TEST(refuses_what_is_not_valid) {
    double x[4] = {1, 2, 3, 4}, ax[4], ay[4], az[4];
    yoke_bodies_f64 bodies = {4, x, x, x, x};
    CU_ASSERT_EQUAL(yoke_nbody(ax, ay, az, &bodies, 0.0, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_nbody(ax, ay, az, &bodies, 1e-200, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_nbody(ax, ay, az, &bodies, 1e200, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_nbody(ax, ay, az, &bodies, (double)NAN, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_nbody(ax, x, az, &bodies, 1.0, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_nbody(ax, ay, az, &bodies, 1.0, NULL), YOKE_OK);
}

static int one_body(const yoke_run *run) {
    double x[] = {1}, a[3];
    return yoke_nbody(a, a + 1, a + 2, &(yoke_bodies_f64){1, x, x, x, x}, 1.0, run);
}

static int one_body_exactly(const yoke_run *run) {
    yoke_run exact = *run;
    if (!run->repro) exact.repro = YOKE_REPRO_EXACT;
    return one_body(&exact);
}

TEST(stops_and_refuses) {
    kernel_refuses(one_body);
    kernel_refuses(one_body_exactly);
}

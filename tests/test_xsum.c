/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact sums against whole numbers of GMP, rounded by MPFR. Numbers are added in a random order,
 * dealt to a random number of accumulators and merged, and all EXACT reductions see the same ones.
 */
#include <gmp.h>
#include <math.h>
#include <mpfr.h>
#include <stdlib.h>

#include "tests/numbers.h"
#include "yoke/reduce.h"
#include "yoke/xsum.h"

/* ---- the oracle: numbers times 2^1074, products times 2^2148 ---- */

enum { UNIT = 1074 };

static void whole(mpz_t into, double x) {
    int exponent;
    double fraction = frexp(x, &exponent);
    long shift = (long)exponent - 53 + UNIT;
    mpz_set_d(into, ldexp(fraction, 53));
    if (shift >= 0)
        mpz_mul_2exp(into, into, (unsigned long)shift);
    else
        mpz_tdiv_q_2exp(into, into, (unsigned long)-shift);
}

static void sum_oracle(mpz_t sum, const double *x, size_t n) {
    mpz_t item;
    mpz_init(item);
    mpz_set_ui(sum, 0);
    for (size_t i = 0; i < n; i++) {
        whole(item, x[i]);
        mpz_add(sum, sum, item);
    }
    mpz_clear(item);
}

static void dot_oracle(mpz_t sum, const double *x, const double *y, size_t n) {
    mpz_t a, b;
    mpz_inits(a, b, NULL);
    mpz_set_ui(sum, 0);
    for (size_t i = 0; i < n; i++) {
        whole(a, x[i]);
        whole(b, y[i]);
        mpz_addmul(sum, a, b);
    }
    mpz_clears(a, b, NULL);
}

static double settle(mpfr_t value, int direction) {
    mpfr_subnormalize(value, direction, MPFR_RNDN);
    return mpfr_get_d(value, MPFR_RNDN);
}

/* value * 2^-shift, nearest. */
static double nearest(const mpz_t value, const mpz_t divisor, unsigned long shift) {
    mpq_t exact;
    mpq_init(exact);
    mpz_set(mpq_numref(exact), value);
    mpz_set(mpq_denref(exact), divisor);
    mpq_canonicalize(exact);
    mpq_div_2exp(exact, exact, shift);
    mpfr_set_emin(-1073);
    mpfr_set_emax(1024);
    mpfr_t rounded;
    mpfr_init2(rounded, 53);
    double result = settle(rounded, mpfr_set_q(rounded, exact, MPFR_RNDN));
    mpfr_clear(rounded);
    mpq_clear(exact);
    return result;
}

/* The root of value * 2^-2148. */
static double nearest_root(const mpz_t value) {
    mpfr_set_emin(-10000);
    mpfr_set_emax(10000);
    mpfr_t square, root;
    mpfr_init2(square, 6000);
    mpfr_init2(root, 53);
    mpfr_set_z_2exp(square, value, -2148, MPFR_RNDN);
    mpfr_set_emin(-1073);
    mpfr_set_emax(1024);
    double result = settle(root, mpfr_sqrt(root, square, MPFR_RNDN));
    mpfr_clears(square, root, NULL);
    return result;
}

typedef struct oracle {
    double sum, dot, norm, mean, m2;
} oracle;

static oracle ask(const double *x, const double *y, size_t n) {
    mpz_t sum, dot, squares, one, count;
    oracle o;
    mpz_inits(sum, dot, squares, NULL);
    mpz_init_set_ui(one, 1);
    mpz_init_set_ui(count, n ? n : 1);
    sum_oracle(sum, x, n);
    dot_oracle(dot, x, y, n);
    dot_oracle(squares, x, x, n);
    o.sum = nearest(sum, one, UNIT);
    o.dot = nearest(dot, one, 2 * UNIT);
    o.norm = nearest_root(squares);
    o.mean = nearest(sum, count, UNIT);
    mpz_mul(squares, squares, count);
    mpz_submul(squares, sum, sum);
    o.m2 = nearest(squares, count, 2 * UNIT);
    mpz_clears(sum, dot, squares, one, count, NULL);
    return o;
}

/* ---- checks ---- */

static void same(double actual, double expected) {
    CU_ASSERT_EQUAL(actual, expected);
    CU_ASSERT(numbers_same(actual, expected));
}

static void shuffle(double *x, double *y, size_t n) {
    for (size_t i = n; i > 1; i--) {
        size_t j = test_random_below(i);
        double a = x[j], b = y[j];
        x[j] = x[i - 1], y[j] = y[i - 1];
        x[i - 1] = a, y[i - 1] = b;
    }
}

static void check_merged(const double *x, const double *y, size_t n, const oracle *o) {
    enum { RANKS = 5 };
    yoke_xsum sums[RANKS] = {0}, products[RANKS] = {0};
    for (size_t i = 0; i < n;) {
        size_t m = 1 + test_random_below(n - i), rank = test_random_below(RANKS);
        if (m < 4) {
            yoke_xsum_add(&sums[rank], x[i]);
            yoke_xsum_add_product(&products[rank], x[i], y[i]);
            m = 1;
        } else {
            yoke_xsum_add_array(&sums[rank], x + i, m);
            yoke_xsum_add_products(&products[rank], x + i, y + i, m);
        }
        i += m;
    }
    for (int i = 1; i < RANKS; i++) {
        yoke_xsum_merge(&sums[0], &sums[i]);
        yoke_xsum_merge(&products[0], &products[i]);
    }
    same(yoke_xsum_value(&sums[0]), o->sum);
    same(yoke_xsum_value(&products[0]), o->dot);
}

static void check_reductions(const double *x, const double *y, size_t n, const oracle *o,
                             yoke_run run) {
    double sum, dot, norm;
    yoke_moments moments;
    run.repro = YOKE_REPRO_EXACT;
    CU_ASSERT_EQUAL(yoke_sum(x, n, &sum, &run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_dot(x, y, n, &dot, &run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_norm2(x, n, &norm, &run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mean_variance(x, n, &moments, &run), YOKE_OK);
    same(sum, o->sum);
    same(dot, o->dot);
    same(norm, o->norm);
    same(moments.mean, o->mean);
    same(moments.m2, o->m2);
}

static void check(double *x, double *y, size_t n) {
    oracle o = ask(x, y, n);
    for (int way = 0; way < NUMBER_WAYS; way += 1 + (n > 5000)) {
        yoke_run run = numbers_way(way);
        shuffle(x, y, n);
        check_reductions(x, y, n, &o, run);
        check_merged(x, y, n, &o);
    }
}

/* Sizes of 2^(-spread) to 2^spread. */
static void fill(double *x, size_t n, int spread) {
    for (size_t i = 0; i < n; i++) {
        int64_t exponent = (int64_t)test_random_below(2 * (uint64_t)spread + 1) - spread;
        x[i] = ldexp((double)(int64_t)test_random(), (int)exponent - 63);
    }
}

/* All cancels but a little: the second half is the first, negated and moved. */
static void cancel(double *x, size_t n) {
    for (size_t i = n / 2; i < n; i++) x[i] = -x[i - n / 2];
    if (n) x[0] += x[0] * 0x1p-50;
}

TEST(sums_are_the_exact_ones_rounded_once) {
    static const size_t sizes[] = {0, 1, 2, 3, 15, 16, 17, 100, 1000, 2047, 2048, 2065, 5000};
    static const int spreads[] = {0, 8, 28, 60, 300, 1020};
    static double x[5000], y[5000];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t j = 0; j < sizeof spreads / sizeof *spreads; j++) {
            fill(x, sizes[i], spreads[j]);
            fill(y, sizes[i], spreads[j] / (1 + (int)(i % 2)));
            if (i % 3 == 2) cancel(x, sizes[i]);
            check(x, y, sizes[i]);
        }
    }
}

TEST(all_finite_bits) {
    static double x[3000], y[3000];
    for (int round = 0; round < 6; round++) {
        numbers_fill_f64(x, 3000, NUMBERS_SPREAD);
        numbers_fill_f64(y, 3000, NUMBERS_SPREAD);
        if (round % 2) cancel(x, 3000);
        check(x, y, 3000);
    }
}

TEST(small_numbers) {
    static double x[3000], y[3000];
    for (size_t i = 0; i < 3000; i++) {
        x[i] = ldexp((double)test_random_below(9), -1074);
        y[i] = ldexp((double)(int64_t)test_random(), i % 2 ? -1100 : 950);
    }
    check(x, y, 3000);
    numbers_fill_f64(x, 3000, NUMBERS_FEW);
    numbers_fill_f64(y, 3000, NUMBERS_FEW);
    check(x, y, 3000);
}

TEST(several_blocks) {
    enum { N = 60000 };
    static double x[N], y[N];
    fill(x, N, 12);
    fill(y, N, 40);
    for (int i = 0; i < N; i += 777) x[i] *= 0x1p-200;
    check(x, y, N);
}

static double fraction(void) { return ldexp((double)(test_random() >> 11), -53); }

/* Near a power of 2, all bits of whose squares are needed; what remains of the sum is that of `few`
 * much smaller ones. */
static void fill_near(double *x, size_t n, int power, size_t few) {
    for (size_t i = 0; i < n; i++) {
        double off = ldexp((double)test_random_below(UINT64_C(1) << 44), -53);
        x[i] = i % 2 ? -x[i - 1] : ldexp(1 - off, power);
    }
    for (size_t i = 0; i < few; i++) {
        size_t at = i * (n / few) / 2 * 2;
        x[at] = ldexp(1 + fraction(), power - 13 - (int)(i % 60));
        x[at + 1] = 0;
    }
    if (n % 2) x[n - 1] = 0;
}

/* Some last bits apart, so that nothing is left of the squares but the last bits of the last
 * products. */
static void fill_narrow(double *x, size_t n, int power) {
    for (size_t i = 0; i < n; i++)
        x[i] = ldexp(0x1.89abcdef54321p0 + (double)test_random_below(1000) * 0x1p-52, power);
}

TEST(squares_of_numbers_of_one_size) {
    static const int powers[] = {1, -399, -401, 470, 499, 501};
    static const size_t sizes[] = {2047, 2048, 2049, 4113};
    static const size_t few[] = {0, 1, 63, 64, 65, 300};
    static double x[4113], y[4113];
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++)
        for (size_t j = 0; j < sizeof few / sizeof *few; j++) {
            size_t n = sizes[(i + j) % 4];
            fill_near(x, n, powers[i], few[j]);
            fill_near(y, n, powers[i], few[j]);
            check(x, y, n);
        }
}

TEST(squares_of_which_little_is_left) {
    static const int powers[] = {0, 1, -300, -450, -480, 490, 510, 515};
    static double x[4113], y[4113];
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        fill_narrow(x, 4113, powers[i]);
        fill_narrow(y, 4113, -powers[i]);
        check(x, y, 4113);
    }
}

/* Half of the numbers are zeros, and then come larger and smaller ones. */
TEST(squares_of_steps) {
    enum { N = 5000, STEP = 1100 };
    static double x[N], y[N];
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < N; i++) {
            int power = round % 2 ? (int)(i / STEP) * 5 : -(int)(i / STEP) * 5;
            x[i] = i % 2 && round > 1 ? 0 : ldexp(fraction(), power);
            y[i] = 1;
        }
        oracle o = ask(x, y, N);
        check_reductions(x, y, N, &o, numbers_way(round));
    }
}

static double sum_of(const double *x, size_t n) {
    double sum = 42;
    CU_ASSERT_EQUAL(yoke_sum(x, n, &sum, &(yoke_run){.repro = YOKE_REPRO_EXACT}), YOKE_OK);
    yoke_xsum each = {0};
    for (size_t i = 0; i < n; i++) yoke_xsum_add(&each, x[i]);
    CU_ASSERT(numbers_same(sum, yoke_xsum_value(&each)));
    return sum;
}

TEST(special_numbers) {
    static double x[3000];
    double inf = (double)INFINITY;
    CU_ASSERT(numbers_same(sum_of(x, 0), 0.0));
    CU_ASSERT(numbers_same(sum_of((double[]){-0.0, -0.0}, 2), 0.0));
    x[2100] = inf;
    CU_ASSERT_EQUAL(sum_of(x, 3000), inf);
    x[7] = -inf;
    CU_ASSERT(isnan(sum_of(x, 3000)));
    x[2100] = 0;
    CU_ASSERT_EQUAL(sum_of(x, 3000), -inf);
    x[2999] = (double)NAN;
    CU_ASSERT(isnan(sum_of(x, 3000)));
    double big[] = {0x1.fffffffffffffp1023, 0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023};
    CU_ASSERT_EQUAL(sum_of(big, 3), 0x1.fffffffffffffp1023);
    CU_ASSERT_EQUAL(sum_of(big, 2), inf);
    yoke_xsum sum = {0};
    yoke_xsum_add_product(&sum, inf, 0);
    CU_ASSERT(isnan(yoke_xsum_value(&sum)));
    sum = (yoke_xsum){0};
    yoke_xsum_add_products(&sum, (double[]){1, -inf}, (double[]){1, 2}, 2);
    CU_ASSERT_EQUAL(yoke_xsum_value(&sum), -inf);
}

TEST(special_numbers_among_squares) {
    static const double special[] = {INFINITY, -INFINITY, NAN};
    static double x[3000];
    yoke_run run = {.repro = YOKE_REPRO_EXACT};
    yoke_moments moments;
    for (size_t i = 0; i < 3000; i++) x[i] = i % 7 ? 1 : 0x1p-100;
    for (int i = 0; i < 3; i++) {
        for (size_t at = 0; at < 3000; at += 499) {
            double kept = x[at];
            x[at] = special[i];
            CU_ASSERT_EQUAL(yoke_mean_variance(x, 3000, &moments, &run), YOKE_OK);
            CU_ASSERT(numbers_same(moments.mean, special[i]));
            CU_ASSERT(isnan(moments.m2));
            x[at] = kept;
        }
    }
}

TEST(ties_go_to_even) {
    CU_ASSERT_EQUAL(sum_of((double[]){1, 0x1p-53}, 2), 1);
    CU_ASSERT_EQUAL(sum_of((double[]){1, 0x1p-53, 0x1p-1074}, 3), 1 + 0x1p-52);
    CU_ASSERT_EQUAL(sum_of((double[]){1 + 0x1p-52, 0x1p-53}, 2), 1 + 0x1p-51);
    CU_ASSERT_EQUAL(sum_of((double[]){1 + 0x1p-52, 0x1p-53, -0x1p-1074}, 3), 1 + 0x1p-52);
}

/* Carries have to move before limbs are full. */
TEST(billions_of_additions) {
    yoke_xsum sum = {0}, twice;
    yoke_xsum_add(&sum, 0x1.fffffffffffffp0);
    yoke_xsum_add(&sum, -0x1p-60);
    for (int i = 0; i < 40; i++) {
        twice = sum;
        yoke_xsum_merge(&sum, &twice);
    }
    CU_ASSERT_EQUAL(yoke_xsum_value(&sum), 0x1.fffffffffffffp40);
    yoke_xsum_add(&sum, -0x1.fffffffffffffp40);
    CU_ASSERT_EQUAL(yoke_xsum_value(&sum), -0x1p-20);
}

#define INTEGERS(S, T)                                                                             \
    TEST(floats_and_integers_##S) {                                                                \
        static T x[20000];                                                                         \
        static double d[20000];                                                                    \
        yoke_run run = {.repro = YOKE_REPRO_EXACT};                                                \
        yoke_moments a, b;                                                                         \
        numbers_fill_##S(x, 20000, NUMBERS_SPREAD);                                                \
        for (int i = 0; i < 20000; i++) d[i] = (double)x[i];                                       \
        CU_ASSERT_EQUAL(yoke_mean_variance(x, 20000, &a, &run), YOKE_OK);                          \
        CU_ASSERT_EQUAL(yoke_mean_variance(d, 20000, &b, &run), YOKE_OK);                          \
        same(a.mean, b.mean);                                                                      \
        same(a.m2, b.m2);                                                                          \
    }
INTEGERS(i32, int32_t)
INTEGERS(i64, int64_t)
INTEGERS(u32, uint32_t)
INTEGERS(u64, uint64_t)
INTEGERS(f32, float)

TEST(floats_are_exact_too) {
    enum { N = 20000 };
    static float x[N], y[N];
    static double d[N], e[N];
    yoke_run run = {.repro = YOKE_REPRO_EXACT, .threads = 3};
    double a, b;
    numbers_fill_f32(x, N, NUMBERS_SPREAD);
    numbers_fill_f32(y, N, NUMBERS_PLAIN);
    for (int i = 0; i < N; i++) d[i] = (double)x[i], e[i] = (double)y[i];
    CU_ASSERT_EQUAL(yoke_sum(x, N, &a, &run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_sum(d, N, &b, &run), YOKE_OK);
    same(a, b);
    CU_ASSERT_EQUAL(yoke_dot(x, y, N, &a, &run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_dot(d, e, N, &b, &run), YOKE_OK);
    same(a, b);
    CU_ASSERT_EQUAL(yoke_norm2(x, N, &a, &run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_norm2(d, N, &b, &run), YOKE_OK);
    same(a, b);
}

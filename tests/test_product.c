/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact products against those of MPFR, which has room for all bits and rounds once. The hardest
 * ones lie next to the middle of two doubles by any number of bits: 2^n - 1 and 2^n + 1 have only
 * factors that are doubles, for many n.
 */
#include <gmp.h>
#include <math.h>
#include <mpfr.h>
#include <stdlib.h>

#include "tests/numbers.h"
#include "yoke/cancel.h"
#include "yoke/reduce.h"

/* ---- the oracle ---- */

/* The exact product of x[begin] to x[end - 1]. */
static void multiply(mpfr_t into, const double *x, size_t begin, size_t end) {
    mpfr_set_prec(into, (mpfr_prec_t)(53 * (end - begin) + 53));
    if (end - begin < 2) {
        mpfr_set_d(into, begin < end ? x[begin] : 1, MPFR_RNDN);
        return;
    }
    mpfr_t half;
    mpfr_init(half);
    multiply(half, x, begin, begin + (end - begin) / 2);
    multiply(into, x, begin + (end - begin) / 2, end);
    mpfr_t both;
    mpfr_init2(both, mpfr_get_prec(half) + mpfr_get_prec(into));
    int direction = mpfr_mul(both, half, into, MPFR_RNDN);
    CU_ASSERT_EQUAL_FATAL(direction, 0);
    mpfr_swap(into, both);
    mpfr_clears(half, both, NULL);
}

static double oracle(const double *x, size_t n) {
    mpfr_t product;
    mpfr_init(product);
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    multiply(product, x, 0, n);
    double result = mpfr_get_d(product, MPFR_RNDN); /* once, also where it is subnormal */
    mpfr_clear(product);
    return result;
}

/* ---- checks ---- */

static double product(const double *x, size_t n, yoke_run run) {
    double result = 42;
    run.repro = YOKE_REPRO_EXACT;
    CU_ASSERT_EQUAL(yoke_product(x, n, &result, &run), YOKE_OK);
    return result;
}

static void shuffle(double *x, size_t n) {
    for (size_t i = n; i > 1; i--) {
        size_t j = test_random_below(i);
        double kept = x[j];
        x[j] = x[i - 1], x[i - 1] = kept;
    }
}

static void check_as(double *x, size_t n, double expected) {
    for (int threads = 1; threads < 10; threads += threads < 3 ? 1 : 5) {
        double result = product(x, n, (yoke_run){.threads = threads});
        CU_ASSERT(numbers_same(result, expected));
        if (!numbers_same(result, expected)) CU_ASSERT_EQUAL(result, expected); /* shows both */
        shuffle(x, n);
    }
}

static void check(double *x, size_t n) { check_as(x, n, oracle(x, n)); }

/* Of sizes 2^-spread to 2^spread, the product staying in sight: each second one takes back. */
static void fill(double *x, size_t n, int spread, unsigned bits) {
    for (size_t i = 0; i < n; i++) {
        int exponent = i % 2 ? 0 : (int)test_random_below(2 * (uint64_t)spread + 1) - spread;
        double size = 1 + (double)(test_random() >> (64 - bits)) / ldexp(1, (int)bits);
        x[i] = ldexp(i % 2 && i ? 1 / x[i - 1] : size, exponent);
        if (test_random_below(2)) x[i] = -x[i];
    }
}

TEST_WITH_LIMIT(products_are_the_exact_ones_rounded_once, 60) {
    static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 100, 1000};
    static double x[1000];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int round = 0; round < 40; round++) {
            fill(x, sizes[i], round * 12, 1 + (unsigned)test_random_below(52));
            check(x, sizes[i]);
        }
}

TEST_WITH_LIMIT(several_blocks, 60) {
    static double x[70000];
    for (size_t n = 16383; n < 70000; n = n * 2 - 1) {
        fill(x, n, 20, 52);
        check(x, n);
    }
}

/* Whole numbers: exact ones, ties, and those just above and below them. */
TEST_WITH_LIMIT(small_whole_numbers, 60) {
    for (int round = 0; round < 20000; round++) {
        double x[20];
        size_t n = 1 + test_random_below(20);
        uint64_t most = UINT64_C(1) << (1 + test_random_below(30));
        for (size_t i = 0; i < n; i++) x[i] = (double)(1 + test_random_below(most));
        double result = product(x, n, (yoke_run){.threads = 1}), expected = oracle(x, n);
        CU_ASSERT_EQUAL(result, expected);
    }
}

/* The product is below 2^-1021, down to where it is rounded to zero. */
TEST_WITH_LIMIT(gradual_underflow, 60) {
    for (int round = 0; round < 20000; round++) {
        double x[6];
        size_t n = 1 + test_random_below(6);
        fill(x, n, 3, 1 + (unsigned)test_random_below(52));
        int left = 1021 + (int)test_random_below(60);
        for (size_t i = 0; i < n; i++) {
            int part = i + 1 < n ? (int)test_random_below((uint64_t)left) : left;
            x[i] = ldexp(x[i], -part), left -= part;
        }
        double result = product(x, n, (yoke_run){.threads = 1}), expected = oracle(x, n);
        CU_ASSERT(numbers_same(result, expected));
    }
    double least = 0x1p-1074, big = 0x1p1023;
    CU_ASSERT(numbers_same(product((double[]){least, -0.5}, 2, (yoke_run){0}), -0.0));
    CU_ASSERT_EQUAL(product((double[]){3 * least, 0.5}, 2, (yoke_run){0}), 2 * least);
    CU_ASSERT_EQUAL(product((double[]){least, least, big, big, 0x1p102}, 5, (yoke_run){0}), 1);
    CU_ASSERT_EQUAL(product((double[]){big, big, least, least, 0x1p102}, 5, (yoke_run){0}), 1);
}

TEST(overflow) {
    double most = 0x1.fffffffffffffp1023, inf = (double)INFINITY;
    CU_ASSERT_EQUAL(product((double[]){most, 1}, 2, (yoke_run){0}), most);
    CU_ASSERT_EQUAL(product((double[]){most, -1 - 0x1p-52}, 2, (yoke_run){0}), -inf);
    CU_ASSERT_EQUAL(product((double[]){0x1p512, 0x1p512}, 2, (yoke_run){0}), inf);
    /* (2^53 - 1) 2^971 (1 + d), where d is under or over half of the last place */
    double x[] = {most, 1 + 0x1p-52, 1 - 0x1p-53}, y[] = {most, 1 + 0x1p-52, 1 - 0x1p-52};
    check(x, 3);
    check(y, 3);
}

TEST(special_numbers) {
    double inf = (double)INFINITY, nan = (double)NAN;
    CU_ASSERT(numbers_same(product(NULL, 0, (yoke_run){0}), 1));
    CU_ASSERT(numbers_same(product((double[]){-0.0, 3}, 2, (yoke_run){0}), -0.0));
    CU_ASSERT(numbers_same(product((double[]){-0.0, -3}, 2, (yoke_run){0}), 0.0));
    CU_ASSERT(numbers_same(product((double[]){-inf, -3, 0x1p-1074}, 3, (yoke_run){0}), inf));
    CU_ASSERT(numbers_same(product((double[]){inf, -3}, 2, (yoke_run){0}), -inf));
    CU_ASSERT(isnan(product((double[]){inf, 0}, 2, (yoke_run){0})));
    CU_ASSERT(isnan(product((double[]){nan, 0}, 2, (yoke_run){0})));
    CU_ASSERT(isnan(product((double[]){1, -nan, inf}, 3, (yoke_run){0})));
    static double x[40000];
    for (int i = 0; i < 40000; i++) x[i] = i % 2 ? -3 : 1.0 / 3;
    x[39000] = 0;
    check_as(x, 40000, 0.0);
    for (int i = 0; i < 40000; i++)
        if (x[i] == 0) x[i] = -0.0;
    check_as(x, 40000, -0.0);
    for (int i = 0; i < 40000; i++)
        if (x[i] == 0) x[i] = -inf;
    check_as(x, 40000, -inf);
    x[7] = 0;
    check_as(x, 40000, nan);
}

TEST(all_bits) {
    static double x[3000];
    for (int round = 0; round < 100; round++) {
        size_t n = 1 + test_random_below(12);
        for (size_t i = 0; i < n; i++) x[i] = number_spread();
        check(x, n);
    }
    numbers_fill_f64(x, 3000, NUMBERS_SPREAD);
    double far = oracle(x, 3000);
    check_as(x, 3000, far);
}

/* ---- next to the middle of two doubles ---- */

static const double under_120[] = {3,  3,  5,   5,   7,   11,   13,    17,        31,
                                   41, 61, 151, 241, 331, 1321, 61681, 4562284561};
static const double under_240[] = {
    3,   3,   5,   5,   7,   11,   13,    17,        31,         41,         61,         97,
    151, 241, 257, 331, 673, 1321, 61681, 394783681, 4278255361, 4562284561, 46908728641};
static const double under_440[] = {3,
                                   5,
                                   5,
                                   11,
                                   11,
                                   17,
                                   23,
                                   31,
                                   41,
                                   89,
                                   353,
                                   397,
                                   683,
                                   881,
                                   2113,
                                   2971,
                                   3191,
                                   61681,
                                   109121,
                                   148721,
                                   201961,
                                   48912491,
                                   2931542417,
                                   3404676001,
                                   415878438361,
                                   3630105520141,
                                   11035465708081,
                                   2546717317681681};
static const double over_120[] = {97, 257, 673, 394783681, 4278255361, 46908728641};
static const double over_220[] = {17,         353,        61681,          109121,          148721,
                                  2931542417, 3404676001, 11035465708081, 2546717317681681};

/* The factors make 2^power (1 + d), d tiny: what is half way, a bit smaller or larger. */
static void check_close(const double *factors, size_t n, int power, bool under) {
    double x[64];
    REQUIRE(n + 11 <= 64);
    memcpy(x, factors, n * sizeof *x);
    /* 2^-1075 rounds to 0 */
    int shift = -1075 - power;
    x[n] = ldexp(1, shift / 2), x[n + 1] = ldexp(1, shift - shift / 2);
    check_as(x, n + 2, under ? 0 : 0x1p-1074);
    memcpy(x, factors, n * sizeof *x);
    /* 2^53 + 1, which has these factors */
    x[n] = 3, x[n + 1] = 107, x[n + 2] = 28059810762433, x[n + 3] = ldexp(1, -power);
    check_as(x, n + 4, under ? 0x1p53 : 0x1p53 + 2);
    memcpy(x, factors, n * sizeof *x);
    /* 2^1024 - 2^970, which rounds to infinity: 2^54 - 1 has these factors */
    static const double most[] = {3, 3, 3, 3, 7, 19, 73, 87211, 262657};
    memcpy(x + n, most, sizeof most);
    x[n + 9] = ldexp(1, -power), x[n + 10] = 0x1p970;
    check_as(x, n + 11, under ? 0x1.fffffffffffffp1023 : (double)INFINITY);
}

#define CLOSE(factors, power, under)                                                               \
    check_close(factors, sizeof(factors) / sizeof *(factors), power, under)

TEST(next_to_the_middle) {
    CLOSE(under_120, 120, true);
    CLOSE(under_240, 240, true);
    CLOSE(under_440, 440, true);
    CLOSE(over_120, 120, false);
    CLOSE(over_220, 220, false);
}

/* The same again and again: what was cut off adds up. */
TEST(next_to_the_middle_after_many_cuts) {
    enum { COUNT = sizeof over_220 / sizeof *over_220, TIMES = 700 };
    static double x[TIMES * (COUNT + 1) + 2];
    size_t n = 0;
    for (int i = 0; i < TIMES; i++) {
        memcpy(x + n, over_220, sizeof over_220);
        x[n += COUNT] = 0x1p-220;
        n++;
    }
    x[n] = 0x1p-1074, x[n + 1] = 0.5;
    check_as(x, n + 2, 0x1p-1074);
}

/* ---- floats ---- */

TEST(floats_are_exact_too) {
    enum { N = 20000 };
    static float x[N];
    static double d[N];
    yoke_run run = {.repro = YOKE_REPRO_EXACT, .threads = 3};
    for (int kind = 0; kind < NUMBER_KINDS; kind++)
        for (size_t n = 0; n <= N; n = n * 7 + 1) {
            double result = 42;
            numbers_fill_f32(x, n, (number_kind)kind);
            for (size_t i = 0; i < n; i++) d[i] = (double)x[i];
            CU_ASSERT_EQUAL(yoke_product(x, n, &result, &run), YOKE_OK);
            CU_ASSERT(numbers_same(result, product(d, n, run)));
        }
}

/* ---- how it runs ---- */

TEST(works_inside_a_region) {
    static double x[40000];
    fill(x, 40000, 20, 52);
    double expected = oracle(x, 40000), result = 0;
#pragma omp parallel num_threads(3) default(none) shared(x, result)
#pragma omp single
    result = product(x, 40000, (yoke_run){.threads = 3});
    CU_ASSERT_EQUAL(result, expected);
}

TEST(nothing_is_written_on_failure) {
    static double x[40000];
    double result = 42;
    yoke_run run = {.repro = YOKE_REPRO_EXACT, .deadline = 1};
    CU_ASSERT_EQUAL(yoke_product(x, 40000, &result, &run), YOKE_ETIMEDOUT);
    run = (yoke_run){.repro = YOKE_REPRO_EXACT, .threads = -1};
    CU_ASSERT_EQUAL(yoke_product(x, 0, &result, &run), YOKE_EINVAL);
    yoke_cancel *cancel = NULL;
    REQUIRE(yoke_cancel_create(&cancel) == YOKE_OK);
    yoke_cancel_request(cancel);
    run = (yoke_run){.repro = YOKE_REPRO_EXACT, .cancel = cancel};
    CU_ASSERT_EQUAL(yoke_product(x, 40000, &result, &run), YOKE_ECANCELED);
    yoke_cancel_release(cancel);
    CU_ASSERT_EQUAL(result, 42);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Statistics against published tables, enumeration and simulation.
 */
#include "tests/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/statistics.h"

#define NEAR(a, b, within) CU_ASSERT(fabs((a) - (b)) <= (within))
#define SAMPLES(...)                                                                               \
    ((yoke_samples){(const double[]){__VA_ARGS__},                                                 \
                    sizeof((double[]){__VA_ARGS__}) / sizeof(double)})

static double uniform(void) { return ((double)(test_random() >> 11) + 0.5) * 0x1p-53; }
static double exponential(void) { return -log(uniform()); }
/* Box and Muller. */
static double normal(void) { return sqrt(-2 * log(uniform())) * cos(2 * acos(-1) * uniform()); }
/* What times look like: skewed, with a far tail. Its median is 1. */
static double skewed(void) { return exp(0.5 * normal()); }

TEST(quantiles_as_other_programs_define_them) {
    /* numpy.quantile([1, 2, 4, 8, 16], q) */
    const double shares[] = {0, 0.1, 0.25, 0.5, 0.9, 1}, expected[] = {1, 1.4, 2, 4, 12.8, 16};
    for (int i = 0; i < 6; i++) {
        double value = 0;
        CU_ASSERT_EQUAL(yoke_stat_quantile(SAMPLES(16, 1, 8, 2, 4), shares[i], &value), 0);
        NEAR(value, expected[i], 1e-12);
    }
    double value = 0, mad = 0;
    CU_ASSERT_EQUAL(yoke_stat_quantile(SAMPLES(3, 1), 0.5, &value), 0);
    CU_ASSERT_EQUAL(value, 2.0);
    CU_ASSERT_EQUAL(yoke_stat_mad(SAMPLES(1, 1, 2, 2, 4, 6, 9), &mad), 0);
    CU_ASSERT_EQUAL(mad, 1.0);
}

TEST(quantiles_grow_with_their_share) {
    for (int i = 0; i < 1000; i++) {
        double same = 0.9 + i * 1e-4, values[] = {same, same, nextafter(same, 1)}, before = same;
        for (int share = 0; share <= 40; share++) {
            double value = 0;
            CU_ASSERT_EQUAL(yoke_stat_quantile((yoke_samples){values, 3}, share / 40.0, &value), 0);
            CU_ASSERT(value >= before && value <= values[2] && (share > 20 || value == same));
            before = value;
        }
    }
}

/* The ranks and confidences of tables of the sign test. */
TEST(intervals_of_the_median_are_those_of_tables) {
    static const struct {
        int n;
        double confidence;
        int low, high;
        double holds;
    } known[] = {
        {6, 0.95, 1, 6, 0.96875},      {7, 0.95, 1, 7, 0.984375},
        {8, 0.95, 1, 8, 0.9921875},    {9, 0.95, 2, 8, 0.9609375},
        {10, 0.95, 2, 9, 0.978515625}, {15, 0.95, 4, 12, 0.96484375},
        {20, 0.95, 6, 15, 0.9586},     {30, 0.95, 10, 21, 0.9572},
        {50, 0.95, 18, 33, 0.9672},    {10, 0.99, 1, 10, 0.998046875},
        {20, 0.99, 4, 17, 0.9974},     {1, 0.95, 1, 1, 0},
        {5, 0.95, 1, 5, 0.9375},       {3, 0.95, 1, 3, 0.75},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double values[64];
        yoke_estimate e;
        for (int k = 0; k < known[i].n; k++) values[k] = (double)(known[i].n - k);
        yoke_samples samples = {values, (size_t)known[i].n};
        REQUIRE(!yoke_stat_interval(samples, 0.5, known[i].confidence, &e));
        CU_ASSERT_EQUAL(e.low, (double)known[i].low);
        CU_ASSERT_EQUAL(e.high, (double)known[i].high);
        NEAR(e.confidence, known[i].holds, 5e-5);
        CU_ASSERT_EQUAL(e.value, (known[i].n + 1) / 2.0);
    }
}

/* The probability that both tails of a binomial leave, added up by Pascal's triangle. */
TEST(intervals_of_other_quantiles) {
    enum { N = 60 };
    double values[N], ways[N + 1] = {1};
    for (int i = 0; i < N; i++) values[i] = i + 1;
    for (int n = 1; n <= N; n++) {
        for (int k = n; k > 0; k--) ways[k] += ways[k - 1];
    }
    for (int tenth = 1; tenth < 10; tenth++) {
        double p = tenth / 10.0, below = 0, inside = 0;
        yoke_estimate e;
        REQUIRE(!yoke_stat_interval((yoke_samples){values, N}, p, 0.9, &e));
        for (int k = 0; k <= N; k++) {
            double one = ways[k] * pow(p, k) * pow(1 - p, N - k);
            if (k < e.low) below += one;
            if (k >= e.low && k < e.high) inside += one;
        }
        NEAR(inside, e.confidence, 1e-9);
        CU_ASSERT(e.confidence >= 0.9 && below <= 0.05);
        CU_ASSERT(e.low < e.value && e.value < e.high);
    }
}

static double coverage(double (*draw)(void), double median, size_t n, int trials) {
    double values[128];
    int covered = 0;
    for (int t = 0; t < trials; t++) {
        yoke_estimate e;
        for (size_t i = 0; i < n; i++) values[i] = draw();
        REQUIRE(!yoke_stat_interval((yoke_samples){values, n}, 0.5, 0.95, &e));
        covered += e.low <= median && median <= e.high;
    }
    return (double)covered / trials;
}

/* The true confidence is known exactly, so the share of hits is within 4 deviations of it. */
TEST(intervals_cover_the_true_median_of_skewed_distributions) {
    int trials = (int)test_size(8000, 2000);
    const size_t sizes[] = {9, 15, 20, 30, 51, 100};
    test_random_seed(20261128);
    for (int i = 0; i < 6; i++) {
        yoke_estimate e;
        double values[128] = {0};
        REQUIRE(!yoke_stat_interval((yoke_samples){values, sizes[i]}, 0.5, 0.95, &e));
        double within = 4 * sqrt(e.confidence * (1 - e.confidence) / trials);
        NEAR(coverage(skewed, 1, sizes[i], trials), e.confidence, within);
        NEAR(coverage(exponential, log(2), sizes[i], trials), e.confidence, within);
        CU_ASSERT(e.confidence >= 0.95 && e.confidence < 0.97);
    }
}

TEST(what_is_not_valid_is_refused) {
    double value = 7;
    yoke_estimate e;
    yoke_rank_test test;
    yoke_comparison comparison;
    yoke_samples none = {0}, one = SAMPLES(1), bad = SAMPLES(1, NAN), zero = SAMPLES(1, 0);
    CU_ASSERT_EQUAL(yoke_stat_quantile(none, 0.5, &value), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_quantile(bad, 0.5, &value), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_quantile(one, 1.5, &value), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_quantile(one, NAN, &value), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_quantile(one, 0.5, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_interval(one, 0, 0.95, &e), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_interval(one, 0.5, 1, &e), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_interval(none, 0.5, 0.95, &e), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_mad(none, &value), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_rank_test(one, none, &test), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_rank_test(bad, one, &test), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_compare(&one, 1, &zero, 1, 0, 0.95, 1, &comparison), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_compare(&one, 0, &one, 1, 0, 0.95, 1, &comparison), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_stat_compare(&one, 1, &one, 1, -1, 0.95, 1, &comparison), YOKE_EINVAL);
    CU_ASSERT_EQUAL(value, 7.0);
}

/* ---- warm-up ---- */

static size_t warmup_of(const double *values, size_t n, bool *steady) {
    size_t warmup = 99;
    REQUIRE(!yoke_stat_warmup((yoke_samples){values, n}, &warmup, steady));
    return warmup;
}

TEST(warmup_is_found) {
    double values[60];
    bool steady;
    test_random_seed(3);
    for (size_t warm = 0; warm <= 20; warm++) {
        for (size_t i = 0; i < 60; i++) {
            values[i] = 1 + 0.01 * exponential() + (i < warm ? 0.5 + 0.05 * (double)(warm - i) : 0);
        }
        size_t found = warmup_of(values, 60, &steady);
        CU_ASSERT(steady && found >= warm && found <= warm + 4);
    }
}

TEST(a_first_slow_run_is_warmup_and_a_late_one_is_not) {
    double values[20];
    bool steady;
    for (int i = 0; i < 20; i++) values[i] = 1 + 0.001 * (i * 7 % 5);
    values[0] = 3;
    CU_ASSERT_EQUAL(warmup_of(values, 20, &steady), 1);
    CU_ASSERT(steady);
    values[0] = 1;
    values[15] = 300;
    CU_ASSERT_EQUAL(warmup_of(values, 20, &steady), 0);
    CU_ASSERT(steady);
}

TEST(steady_samples_are_mostly_left_alone) {
    double values[40];
    int cut = 0, trials = 2000;
    bool steady;
    test_random_seed(11);
    for (int t = 0; t < trials; t++) {
        for (int i = 0; i < 40; i++) values[i] = skewed();
        cut += warmup_of(values, 40, &steady) > 0 || !steady;
    }
    CU_ASSERT(cut < trials / 20);
}

TEST(what_drifts_to_its_end_is_not_steady) {
    double values[40];
    bool steady;
    for (int i = 0; i < 40; i++) values[i] = 2 - 0.02 * i;
    for (int i = 30; i < 40; i++) values[i] = 0.1 + 0.0001 * i;
    CU_ASSERT_EQUAL(warmup_of(values, 40, &steady), 20);
    CU_ASSERT(!steady);
    for (int i = 0; i < 3; i++) values[i] = 1;
    CU_ASSERT_EQUAL(warmup_of(values, 3, &steady), 0);
    CU_ASSERT(steady);
}

/* ---- two samples ---- */

/* u and its tails by dealing the samples in all ways. */
static void enumerate(const double *all, int n, int m, yoke_rank_test *t) {
    double seen = -1;
    long less = 0, greater = 0, ways = 0;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned set = 0; set < 1u << (n + m); set++) {
            if (__builtin_popcount(set) != m) continue;
            double u = 0;
            for (int i = 0; i < n + m; i++) {
                for (int k = 0; k < n + m; k++) {
                    if ((set >> i & 1) && !(set >> k & 1))
                        u += all[i] > all[k] ? 1 : all[i] == all[k] ? 0.5 : 0;
                }
            }
            if (round == 0 && set == ((1u << m) - 1) << n) seen = u;
            if (round == 1) less += u <= seen, greater += u >= seen, ways++;
        }
    }
    t->u = seen;
    t->p_less = (double)less / (double)ways;
    t->p_greater = (double)greater / (double)ways;
}

TEST(rank_tests_agree_with_all_ways_to_deal) {
    for (int t = 0; t < 60; t++) {
        double all[9];
        int n = 1 + (int)test_random_below(5), m = 1 + (int)test_random_below(4);
        uint64_t values = t % 2 ? 4 : 1000; /* ties in half of the trials */
        for (int i = 0; i < n + m; i++) all[i] = (double)test_random_below(values);
        yoke_rank_test expected = {0}, found;
        enumerate(all, n, m, &expected);
        REQUIRE(!yoke_stat_rank_test((yoke_samples){all, (size_t)n},
                                     (yoke_samples){all + n, (size_t)m}, &found));
        CU_ASSERT(found.exact);
        CU_ASSERT_EQUAL(found.u, expected.u);
        NEAR(found.superiority, expected.u / (n * m), 1e-12);
        NEAR(found.p_less, expected.p_less, 1e-12);
        NEAR(found.p_greater, expected.p_greater, 1e-12);
    }
}

/* Two samples of sizes n and m whose u is the given one: b[0] .. are placed among a. */
static yoke_rank_test with_u(int n, int m, int u) {
    double a[128], b[128];
    yoke_rank_test test;
    for (int i = 0; i < n; i++) a[i] = i + 1;
    for (int k = 0; k < m; k++) {
        int pairs = u < n ? u : n;
        b[k] = pairs + 0.5;
        u -= pairs;
    }
    REQUIRE(
        !yoke_stat_rank_test((yoke_samples){a, (size_t)n}, (yoke_samples){b, (size_t)m}, &test));
    return test;
}

/* Critical values of u, two-sided at 5 %, as printed in tables of the test (without ties: those of
 * b, which with_u makes, lie between a's, so a little is allowed for). */
TEST(rank_tests_agree_with_tables) {
    yoke_rank_test test;
    REQUIRE(!yoke_stat_rank_test(SAMPLES(1, 2, 3, 5, 9), SAMPLES(4, 6, 7, 8, 10), &test));
    CU_ASSERT_EQUAL(test.u, 20.0);
    NEAR(test.p_greater, 19.0 / 252, 1e-12); /* counts of u <= 5: 1 1 2 3 5 7 */
    REQUIRE(!yoke_stat_rank_test(SAMPLES(19, 22, 16, 29, 24), SAMPLES(20, 11, 17, 12), &test));
    CU_ASSERT_EQUAL(test.u, 3.0);
    NEAR(test.p_either, 0.1111111111, 1e-9); /* an example of SciPy's documentation */
}

/* Large samples, where the approximation serves, beside the exact answer just below. */
TEST(the_approximation_meets_the_exact_test) {
    for (int u = 500; u <= 1100; u += 100) {
        yoke_rank_test exact = with_u(40, 40, u), wide = with_u(41, 40, u + u / 40);
        CU_ASSERT(exact.exact && !wide.exact);
        NEAR(exact.p_less, wide.p_less, 0.01);
        NEAR(exact.p_greater, wide.p_greater, 0.01);
    }
    yoke_rank_test same;
    double equal[100];
    for (int i = 0; i < 100; i++) equal[i] = 5;
    REQUIRE(!yoke_stat_rank_test((yoke_samples){equal, 50}, (yoke_samples){equal, 50}, &same));
    CU_ASSERT_EQUAL(same.p_either, 1.0);
    CU_ASSERT_EQUAL(same.superiority, 0.5);
}

/* Zeros and ones are ties without end. How many ones fall to b is hypergeometric; the approximation
 * knows nothing of the steps, so it gives the tail with half of the probability at its place. */
TEST(the_approximation_knows_of_ties) {
    enum { N = 60, OF_A = 24, OF_B = 34 };
    double a[N], b[N], tail = 0;
    yoke_rank_test test;
    for (int i = 0; i < N; i++) a[i] = i < OF_A, b[i] = i < OF_B;
    for (int k = OF_B; k <= OF_A + OF_B; k++) {
        int sign, rest = OF_A + OF_B - k;
        double ways = 2 * lgamma_r(N + 1, &sign) - lgamma_r(k + 1, &sign) -
                      lgamma_r(N - k + 1, &sign) - lgamma_r(rest + 1, &sign) -
                      lgamma_r(N - rest + 1, &sign);
        double all = lgamma_r(2 * N + 1, &sign) - lgamma_r(OF_A + OF_B + 1, &sign) -
                     lgamma_r(2 * N - OF_A - OF_B + 1, &sign);
        tail += exp(ways - all) * (k == OF_B ? 0.5 : 1);
    }
    REQUIRE(!yoke_stat_rank_test((yoke_samples){a, N}, (yoke_samples){b, N}, &test));
    CU_ASSERT(!test.exact);
    NEAR(test.p_greater, tail, 0.004);
}

TEST(ratios_of_medians_are_covered) {
    int trials = (int)test_size(600, 60), covered = 0, alarms = 0;
    test_random_seed(5);
    for (int t = 0; t < trials; t++) {
        double a[30], b[30];
        yoke_comparison c;
        for (int i = 0; i < 30; i++) a[i] = skewed(), b[i] = 1.1 * skewed();
        yoke_samples before = {a, 30}, after = {b, 30};
        REQUIRE(!yoke_stat_compare(&before, 1, &after, 1, 0.1, 0.95, (uint64_t)t, &c));
        CU_ASSERT(c.ratio.low <= c.ratio.value && c.ratio.value <= c.ratio.high);
        covered += c.ratio.low <= 1.1 && 1.1 <= c.ratio.high;
        alarms += c.probability > 0.95; /* that it is above what it is */
    }
    CU_ASSERT(covered >= 0.91 * trials && alarms <= 0.08 * trials);
}

TEST(a_clear_regression_is_sure_and_none_is_not) {
    yoke_samples before = SAMPLES(1, 1.01, 1.02, 1.01, 1, 1.03, 1.02, 1.01, 1, 1.02);
    yoke_samples after = SAMPLES(1.2, 1.21, 1.22, 1.2, 1.2, 1.23, 1.22, 1.21, 1.2, 1.22);
    yoke_comparison c, again;
    REQUIRE(!yoke_stat_compare(&before, 1, &after, 1, 0.05, 0.95, 1, &c));
    CU_ASSERT_EQUAL(c.probability, 1.0);
    CU_ASSERT(c.ranks.p_greater < 0.001 && c.ranks.superiority == 1);
    CU_ASSERT(c.ratio.low > 1.15 && c.ratio.high < 1.25);
    REQUIRE(!yoke_stat_compare(&before, 1, &after, 1, 0.05, 0.95, 1, &again));
    CU_ASSERT(!memcmp(&c, &again, sizeof c));
    REQUIRE(!yoke_stat_compare(&before, 1, &before, 1, 0.05, 0.95, 1, &c));
    CU_ASSERT_EQUAL(c.probability, 0.0);
    CU_ASSERT_EQUAL(c.ratio.value, 1.0);
}

/* What differs between sessions widens the interval. */
TEST(sessions_are_drawn_first) {
    yoke_samples before[] = {SAMPLES(1, 1.01, 1.02), SAMPLES(1.2, 1.21, 1.22),
                             SAMPLES(1.1, 1.1, 1.1)};
    yoke_samples all = SAMPLES(1, 1.01, 1.02, 1.2, 1.21, 1.22, 1.1, 1.1, 1.1);
    yoke_samples after = SAMPLES(1.1, 1.1, 1.1, 1.1);
    yoke_comparison apart, together;
    REQUIRE(!yoke_stat_compare(before, 3, &after, 1, 0, 0.95, 1, &apart));
    REQUIRE(!yoke_stat_compare(&all, 1, &after, 1, 0, 0.95, 1, &together));
    CU_ASSERT_EQUAL(apart.ratio.value, together.ratio.value);
    CU_ASSERT(apart.ratio.high - apart.ratio.low >= together.ratio.high - together.ratio.low);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Fits of laws to points that obey them, to points that a grid search has fitted, and METG of
 * sweeps whose efficiency is known.
 */
#include "tests/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/profile.h"
#include "yoke/scaling.h"

#define NEAR(a, b, within) CU_ASSERT(fabs((a) - (b)) <= (within))
enum { MOST = 10, RUNS = 15 };

static double normal(void) {
    double u = ((double)(test_random() >> 11) + 0.5) * 0x1p-53;
    double v = ((double)(test_random() >> 11) + 0.5) * 0x1p-53;
    return sqrt(-2 * log(u)) * cos(2 * acos(-1) * v);
}

static double law_speedup(yoke_law law, double s, double k, double p) {
    if (law == YOKE_LAW_AMDAHL) return 1 / (s + (1 - s) / p);
    if (law == YOKE_LAW_GUSTAFSON) return s + (1 - s) * p;
    return p / (1 + s * (p - 1) + k * p * (p - 1));
}

static double samples[MOST][RUNS];
static yoke_scaling_point points[MOST];

/* Points of a law with a rate of 5 items a second, and noise of that relative size. */
static void make_points(yoke_law law, double s, double k, size_t count, double noise) {
    for (size_t i = 0; i < count; i++) {
        int p = i < 4 ? (int)i + 1 : 1 << (i - 1);
        double work = law == YOKE_LAW_GUSTAFSON ? 100.0 * p : 100;
        for (int r = 0; r < RUNS; r++)
            samples[i][r] = work / (5 * law_speedup(law, s, k, p)) * exp(noise * normal());
        points[i] = (yoke_scaling_point){p, work, {samples[i], RUNS}};
    }
}

TEST(exact_points_give_their_parameters) {
    for (int law = 0; law < YOKE_LAWS; law++) {
        const double shares[] = {0, 0.03, 0.4, 1};
        for (int i = 0; i < 4; i++) {
            double k = law == YOKE_LAW_USL ? 0.001 * i : 0;
            yoke_fit fit;
            make_points((yoke_law)law, shares[i], k, 7, 0);
            REQUIRE(!yoke_fit_law((yoke_law)law, points, 7, 0.95, 1, &fit));
            NEAR(fit.parameters[0].value, shares[i], 1e-9);
            if (law == YOKE_LAW_USL) NEAR(fit.parameters[1].value, k, 1e-9);
            NEAR(fit.rate.value, 5, 1e-7);
            NEAR(fit.error, 0, 1e-9);
            NEAR(fit.left_out, 0, 1e-6);
            CU_ASSERT_EQUAL(fit.points, 7);
            CU_ASSERT_EQUAL(fit.most_threads, 32);
            NEAR(yoke_fit_speedup(&fit, 12), law_speedup((yoke_law)law, shares[i], k, 12), 1e-6);
        }
    }
}

TEST(names_and_limits) {
    yoke_fit fit;
    double at;
    make_points(YOKE_LAW_AMDAHL, 0.1, 0, 6, 0);
    REQUIRE(!yoke_fit_law(YOKE_LAW_AMDAHL, points, 6, 0.95, 1, &fit));
    CU_ASSERT_STRING_EQUAL(yoke_law_name(fit.law), "amdahl");
    CU_ASSERT_STRING_EQUAL(fit.names[0], "serial");
    NEAR(yoke_fit_limit(&fit, &at), 10, 1e-6);
    CU_ASSERT(isinf(at));
    make_points(YOKE_LAW_USL, 0.02, 0.0005, 8, 0);
    REQUIRE(!yoke_fit_law(YOKE_LAW_USL, points, 8, 0.95, 1, &fit));
    CU_ASSERT_STRING_EQUAL(fit.names[1], "coherency");
    double limit = yoke_fit_limit(&fit, &at);
    NEAR(at, sqrt(0.98 / 0.0005), 1e-3);
    CU_ASSERT(limit > yoke_fit_speedup(&fit, at * 0.9) && limit > yoke_fit_speedup(&fit, at * 1.1));
    make_points(YOKE_LAW_GUSTAFSON, 0.1, 0, 6, 0);
    REQUIRE(!yoke_fit_law(YOKE_LAW_GUSTAFSON, points, 6, 0.95, 1, &fit));
    CU_ASSERT(isinf(yoke_fit_limit(&fit, &at)));
}

/* The least sum of squared relative errors, by a search over the parameters. */
TEST(least_squares_are_least) {
    test_random_seed(17);
    for (int t = 0; t < 6; t++) {
        yoke_fit fit;
        int contention = t % 3, coherency = t / 3;
        make_points(YOKE_LAW_USL, 0.1 * contention, 0.002 * coherency, 6, 0.1);
        REQUIRE(!yoke_fit_law(YOKE_LAW_USL, points, 6, 0.95, 1, &fit));
        double best = INFINITY, found = 0, medians[6];
        for (int p = 0; p < 6; p++)
            REQUIRE(!yoke_stat_quantile(points[p].seconds, 0.5, &medians[p]));
        for (int i = 0; i <= 6; i++) {
            double rate = i == 6 ? fit.rate.value : fit.rate.value * (0.9 + 0.04 * i);
            for (int a = 0; a <= 100; a++) {
                for (int b = 0; b <= 50; b++) {
                    double s = a == 100 ? fit.parameters[0].value : a / 100.0, sum = 0;
                    double k = b == 50 ? fit.parameters[1].value : b / 2500.0;
                    for (int p = 0; p < 6; p++) {
                        double model =
                            100 / (rate * law_speedup(YOKE_LAW_USL, s, k, points[p].threads));
                        sum += (model / medians[p] - 1) * (model / medians[p] - 1);
                    }
                    if (i == 6 && a == 100 && b == 50) found = sum;
                    best = fmin(best, sum);
                }
            }
        }
        CU_ASSERT(found <= best * (1 + 1e-9));
    }
}

TEST(noise_is_in_the_intervals) {
    int covered = 0, trials = (int)test_size(100, 20);
    test_random_seed(23);
    for (int t = 0; t < trials; t++) {
        yoke_fit fit;
        make_points(YOKE_LAW_AMDAHL, 0.2, 0, 6, 0.05);
        REQUIRE(!yoke_fit_law(YOKE_LAW_AMDAHL, points, 6, 0.95, (uint64_t)t, &fit));
        covered += fit.parameters[0].low <= 0.2 && 0.2 <= fit.parameters[0].high;
        CU_ASSERT(fit.parameters[0].low >= 0 && fit.parameters[0].high <= 1);
    }
    CU_ASSERT(covered >= trials * 88 / 100);
}

TEST(parameters_stay_within_their_bounds) {
    yoke_fit fit;
    for (int i = 0; i < 5; i++) { /* faster than linear */
        samples[i][0] = pow(i + 1, -1.3);
        points[i] = (yoke_scaling_point){i + 1, 1, {samples[i], 1}};
    }
    for (int law = 0; law < YOKE_LAWS; law++) {
        REQUIRE(!yoke_fit_law((yoke_law)law, points, 5, 0.95, 1, &fit));
        CU_ASSERT_EQUAL(fit.parameters[0].value, 0.0);
        CU_ASSERT_EQUAL(fit.parameters[1].value, 0.0);
        CU_ASSERT(fit.error > 0.1);
    }
    for (int i = 0; i < 5; i++) samples[i][0] = 1 + i; /* slower with each thread */
    REQUIRE(!yoke_fit_law(YOKE_LAW_AMDAHL, points, 5, 0.95, 1, &fit));
    CU_ASSERT_EQUAL(fit.parameters[0].value, 1.0);
}

TEST(too_few_points_are_refused) {
    yoke_fit fit;
    make_points(YOKE_LAW_AMDAHL, 0.1, 0, 4, 0);
    CU_ASSERT_EQUAL(yoke_fit_law(YOKE_LAW_AMDAHL, points, 2, 0.95, 1, &fit), YOKE_ERANGE);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(),
                           "amdahl needs 3 different numbers of threads, and has 2");
    CU_ASSERT_EQUAL(yoke_fit_law(YOKE_LAW_USL, points, 3, 0.95, 1, &fit), YOKE_ERANGE);
    CU_ASSERT_EQUAL(yoke_fit_law(YOKE_LAW_USL, points, 4, 0.95, 1, &fit), 0);
    points[1].threads = 1;
    CU_ASSERT_EQUAL(yoke_fit_law(YOKE_LAW_AMDAHL, points, 4, 0.95, 1, &fit), YOKE_EINVAL);
    points[1].threads = 2;
    samples[2][3] = 0;
    CU_ASSERT_EQUAL(yoke_fit_law(YOKE_LAW_AMDAHL, points, 4, 0.95, 1, &fit), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_fit_law((yoke_law)7, points, 4, 0.95, 1, &fit), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_fit_law(YOKE_LAW_AMDAHL, NULL, 4, 0.95, 1, &fit), YOKE_EINVAL);
}

/* ---- rows ---- */

static yoke_experiment_row make_row(int threads, size_t size, const double *values, size_t runs) {
    return (yoke_experiment_row){.load = "load",
                                 .group = "g",
                                 .unit = "item",
                                 .detail = "",
                                 .threads = threads,
                                 .size = size,
                                 .items = size,
                                 .samples = values,
                                 .runs = runs,
                                 .seconds = {values[0], values[0], values[0], 0.5},
                                 .rate = (double)size / values[0]};
}

TEST(curves_of_an_experiment_are_found) {
    yoke_experiment_row rows[12];
    yoke_scaling *all = NULL;
    size_t count = 0, n = 0;
    for (int size = 1; size <= 2; size++) { /* USL for size 1, Amdahl for size 2 */
        make_points(size == 1 ? YOKE_LAW_USL : YOKE_LAW_AMDAHL, 0.05, 0.01, 5, 0);
        for (int i = 0; i < 5; i++) {
            static double kept[10];
            kept[n] = samples[i][0];
            rows[n] = make_row(points[i].threads, (size_t)size * 100, &kept[n], 1);
            n++;
        }
    }
    rows[n] = rows[0];
    rows[n].affinity = YOKE_AFFINITY_COMPACT; /* a curve of one point is none */
    rows[n + 1] = rows[1];
    rows[n + 1].status = YOKE_EDATA;
    yoke_experiment e = {.rows = rows, .row_count = n + 2, .confidence = 0.95, .seed = 1};
    REQUIRE(!yoke_experiment_fit(&e, &all, &count));
    REQUIRE(count == 2);
    CU_ASSERT_EQUAL(all[0].fit_count, 2);
    CU_ASSERT_EQUAL(all[0].fits[all[0].best].law, YOKE_LAW_USL);
    NEAR(all[0].fits[1].parameters[1].value, 0.01, 1e-9);
    NEAR(all[1].fits[0].parameters[0].value, 0.05, 1e-9);
    CU_ASSERT_STRING_EQUAL(all[0].refusal, "");
    free(all);
    e.row_count = 2;
    REQUIRE(!yoke_experiment_fit(&e, &all, &count));
    REQUIRE(count == 1);
    CU_ASSERT_EQUAL(all[0].fit_count, 0);
    CU_ASSERT(strlen(all[0].refusal) > 10);
    free(all);
    e.weak = true; /* the sizes are those of all threads */
    for (int i = 0; i < 5; i++) rows[i].size = 100 * (size_t)rows[i].threads;
    e.row_count = 5;
    REQUIRE(!yoke_experiment_fit(&e, &all, &count));
    REQUIRE(count == 1);
    CU_ASSERT_EQUAL(all[0].fits[0].law, YOKE_LAW_GUSTAFSON);
    free(all);
    CU_ASSERT_EQUAL(yoke_experiment_fit(NULL, &all, &count), YOKE_EINVAL);
}

/* ---- METG ---- */

/* A task of g seconds costs o more: its efficiency is g / (g + o), a half at g = o, and then it
 * takes 2 o. */
TEST(metg_of_a_known_overhead) {
    enum { N = 12 };
    static double values[N][RUNS];
    yoke_experiment_row rows[N];
    const double overhead = 3e-6;
    test_random_seed(9);
    for (int i = 0; i < N; i++) {
        double g = 1e-3 / (1 << i);
        for (int r = 0; r < RUNS; r++)
            values[i][r] = 1000 * (g + overhead) / 4 * exp(0.01 * normal());
        rows[i] = make_row(4, 1000, values[i], RUNS);
        rows[i].grain = g;
        double median;
        REQUIRE(!yoke_stat_quantile((yoke_samples){values[i], RUNS}, 0.5, &median));
        rows[i].seconds.value = median;
    }
    yoke_metg m;
    REQUIRE(!yoke_metg_find(rows, N, 0.5, 0.95, 1, &m));
    NEAR(m.seconds.value, 2 * overhead, 0.1 * 2 * overhead);
    CU_ASSERT(m.seconds.low <= m.seconds.value && m.seconds.value <= m.seconds.high);
    CU_ASSERT(m.seconds.high - m.seconds.low < 0.2 * m.seconds.value);
    CU_ASSERT(!yoke_is_measured(m.bound));
    CU_ASSERT(m.row == rows);
    yoke_experiment e = {.rows = rows, .row_count = N, .confidence = 0.95, .seed = 1};
    yoke_metg *all;
    size_t count;
    REQUIRE(!yoke_experiment_metg(&e, 0.5, &all, &count));
    REQUIRE(count == 1);
    CU_ASSERT(all[0].row == rows);
    CU_ASSERT_EQUAL(all[0].seconds.value, m.seconds.value);
    free(all);
    yoke_metg same;
    double undisturbed = rows[2].seconds.value;
    rows[2].seconds.value *= 5; /* a coarse grain that was disturbed changes nothing */
    REQUIRE(!yoke_metg_find(rows, N, 0.5, 0.95, 1, &same));
    CU_ASSERT_EQUAL(same.seconds.value, m.seconds.value);
    rows[2].seconds.value = undisturbed;
    rows[0].seconds.value = -1e-9; /* is left out, like one without figures */
    REQUIRE(!yoke_experiment_metg(&e, 0.5, &all, &count));
    CU_ASSERT_EQUAL(count, 1);
    free(all);
    rows[0].seconds.value = 1000 * (1e-3 + overhead) / 4;
    rows[1].status = YOKE_EDATA; /* is left out; those of other threads are no sweep */
    rows[2].threads = rows[3].threads = 2;
    REQUIRE(!yoke_experiment_metg(&e, 0.5, &all, &count));
    CU_ASSERT_EQUAL(count, 1);
    free(all);
    rows[1].status = 0;
    rows[2].threads = rows[3].threads = 4;
    REQUIRE(!yoke_metg_find(rows, 4, 0.5, 0.95, 1, &m)); /* all of them are efficient */
    CU_ASSERT(!yoke_is_measured(m.seconds.value));
    NEAR(m.bound, 1e-3 / 8 + overhead, 1e-5);
    CU_ASSERT_EQUAL(yoke_metg_find(rows, 2, 0.5, 0.95, 1, &m), YOKE_ERANGE);
    CU_ASSERT_EQUAL(yoke_metg_find(rows, N, 1, 0.95, 1, &m), YOKE_EINVAL);
    rows[3].grain = 0;
    CU_ASSERT_EQUAL(yoke_metg_find(rows, N, 0.5, 0.95, 1, &m), YOKE_EINVAL);
}

/* Four of nine runs say that the finest grain is efficient, too. */
TEST(metg_that_may_be_below_the_finest_grain) {
    double exact[2] = {4e-3, 2e-3};
    double finest[] = {1.5e-3, 1.5e-3, 1.5e-3, 1.5e-3, 2.2e-3, 2.2e-3, 2.2e-3, 2.2e-3, 2.2e-3};
    yoke_experiment_row rows[] = {make_row(1, 1, &exact[0], 1), make_row(1, 1, &exact[1], 1),
                                  make_row(1, 1, finest, 9)};
    const double medians[] = {4e-3, 2e-3, 2.2e-3}, grains[] = {4e-3, 2e-3, 1e-3};
    for (int i = 0; i < 3; i++) rows[i].seconds.value = medians[i], rows[i].grain = grains[i];
    yoke_metg m;
    REQUIRE(!yoke_metg_find(rows, 3, 0.5, 0.95, 1, &m));
    CU_ASSERT(m.seconds.value > 2e-3 && m.seconds.value < 2.2e-3);
    NEAR(m.seconds.low, 1.5e-3, 1e-9);
    CU_ASSERT_EQUAL(m.seconds.high, m.seconds.value);
}

static int append(void *ctx, const char *bytes, size_t size) {
    strncat(ctx, bytes, size);
    return 0;
}

TEST(fits_are_json) {
    static char text[20000];
    yoke_experiment_row rows[3];
    yoke_scaling *all = NULL;
    size_t count;
    make_points(YOKE_LAW_AMDAHL, 0.5, 0, 3, 0);
    for (int i = 0; i < 3; i++) rows[i] = make_row(points[i].threads, 100, samples[i], 1);
    yoke_experiment e = {.rows = rows, .row_count = 3, .confidence = 0.95};
    REQUIRE(!yoke_experiment_fit(&e, &all, &count));
    yoke_metg m = {.row = rows, .efficiency = 0.5, .seconds = {1, 0.5, 2, 0.95}, .bound = NAN};
    REQUIRE(!yoke_experiment_json(&e, all, count, &m, 1, append, text));
    CU_ASSERT(strncmp(text, "{\"weak\":false,\"rows\":[{\"load\":\"load\",", 37) == 0);
    const char *fits = strstr(
        text,
        "],\"fits\":[{\"load\":\"load\",\"size\":100,\"affinity\":\"none\","
        "\"grain_s\":null,\"thread_size\":null,\"law\":\"amdahl\",\"parameters\":{\"serial\":{");
    CU_ASSERT_PTR_NOT_NULL(fits);
    CU_ASSERT_PTR_NOT_NULL(strstr(text,
                                  "\"limit_threads\":null,\"best\":true}],\"metg\":[{\"load\":"
                                  "\"load\",\"size\":null,\"affinity\":\"none\",\"threads\":1,"
                                  "\"efficiency\":0.5,\"seconds\":{\"value\":1,\"low\":0.5,"
                                  "\"high\":2},\"below_s\":null}]}"));
    free(all);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Huge arrays in bins: counts and weights, even, by ranges, and for each value. The references of
 * distinct values sort: here there are few enough values to count in an array.
 */
#include "tests/huge.h"
#include "yoke/bins.h"

enum { BINS = 65536 };

static uint64_t got[BINS], want[BINS];
static double got_sums[BINS], want_sums[BINS];

TEST_WITH_LIMIT(even_f64, MINUTES) {
    double *x = reals(1);
    yoke_bins_outside outside, expected;
    yoke_bins_even_f64_ref(x, N, -1, 1, BINS, want, &expected);
    DONE(yoke_bins_even(x, N, -1, 1, BINS, got, &outside, &two));
    SAME(got, want, BINS);
    SAME(&outside, &expected, 1);
    free(x);
}

TEST_WITH_LIMIT(even_i32, MINUTES) {
    int32_t *x = integers(2);
    yoke_bins_outside outside, expected;
    yoke_bins_even_i32_ref(x, N, INT32_MIN + 5, INT32_MAX - 5, BINS - 3, want, &expected);
    DONE(yoke_bins_even(x, N, INT32_MIN + 5, INT32_MAX - 5, BINS - 3, got, &outside, &three));
    SAME(got, want, BINS - 3);
    SAME(&outside, &expected, 1);
    free(x);
}

/* Bounds that crowd around 0. */
static void make_bounds(float *bounds, int bins) {
    for (int i = 0; i <= bins; i++) {
        float place = 2 * (float)i / (float)bins - 1;
        bounds[i] = place * place * place;
    }
}

TEST_WITH_LIMIT(ranges_f32, MINUTES) {
    enum { RANGES = 20 };
    float *x = floats(3), bounds[RANGES + 1];
    yoke_bins_outside outside, expected;
    make_bounds(bounds, RANGES);
    yoke_bins_ranges_f32_ref(x, N, bounds, RANGES, want, &expected);
    DONE(yoke_bins_ranges(x, N, bounds, RANGES, got, &outside, &two));
    SAME(got, want, RANGES);
    SAME(&outside, &expected, 1);
    free(x);
}

/* Sums of the reference are rounded in another order: weights are whole here, so that none is. */
static double *whole_weights(void) {
    double *weights = array(N);
    for (size_t i = 0; i < N; i++) weights[i] = (double)(mix(i) >> 40) - (1 << 23);
    return weights;
}

TEST_WITH_LIMIT(weights, MINUTES) {
    double *x = reals(4), *weights = whole_weights();
    yoke_bins_even_weighted_f64_ref(x, weights, N, -1, 1, BINS, want_sums);
    DONE(yoke_bins_even_weighted(x, weights, N, -1, 1, BINS, got_sums, &two));
    SAME(got_sums, want_sums, BINS);
    free(x), free(weights);
}

TEST_WITH_LIMIT(weights_at_any_threads, MINUTES) {
    double *x = reals(5), *weights = reals(6);
    DONE(yoke_bins_even_weighted(x, weights, N, -1, 1, BINS, want_sums, &three));
    DONE(yoke_bins_even_weighted(x, weights, N, -1, 1, BINS, got_sums, &two));
    SAME(got_sums, want_sums, BINS);
    free(x), free(weights);
}

TEST_WITH_LIMIT(weights_in_ranges, MINUTES) {
    enum { RANGES = 20 };
    float *x = floats(7), bounds[RANGES + 1];
    double *weights = whole_weights();
    make_bounds(bounds, RANGES);
    yoke_bins_ranges_weighted_f32_ref(x, weights, N, bounds, RANGES, want_sums);
    DONE(yoke_bins_ranges_weighted(x, weights, N, bounds, RANGES, got_sums, &three));
    SAME(got_sums, want_sums, RANGES);
    free(x), free(weights);
}

/* ---- values below 2^20, half of them negative; weights that are whole, so that no sum rounds ----
 */

enum { VALUES = 1 << 20, HALF = VALUES / 2 };

static int32_t *few_integers(uint64_t seed) {
    int32_t *x = integers(seed);
    for (size_t i = 0; i < N; i++) x[i] = (int32_t)((uint32_t)x[i] % VALUES) - HALF;
    return x;
}

TEST_WITH_LIMIT(exact_weights, MINUTES) {
    enum { SOME = 4096, WIDTH = VALUES / SOME };
    int32_t *x = few_integers(8);
    double *weights = whole_weights();
    memset(want_sums, 0, sizeof want_sums);
    for (size_t i = 0; i < N; i++) want_sums[(x[i] + HALF) / WIDTH] += weights[i];
    DONE(yoke_bins_even_weighted(x, weights, N, -HALF, HALF, SOME, got_sums, &exact_two));
    SAME(got_sums, want_sums, SOME);
    free(x), free(weights);
}

TEST_WITH_LIMIT(each_value, MINUTES) {
    int32_t *x = few_integers(9), *values = array(N);
    uint64_t *counts = array(N), *expected = calloc(VALUES, sizeof *expected);
    REQUIRE(expected != NULL);
    size_t count, wrong = 0, at = 0;
    DONE(yoke_bins_distinct(x, N, values, counts, &count, NULL, &three));
    for (size_t i = 0; i < N; i++) expected[x[i] + HALF]++;
    for (int32_t i = 0; i < VALUES; i++) {
        if (!expected[i]) continue;
        wrong += at >= count || values[at] != i - HALF || counts[at] != expected[i];
        at++;
    }
    CU_ASSERT_EQUAL(at, count);
    CU_ASSERT_EQUAL(wrong, 0);
    free(x), free(values), free(counts), free(expected);
}

TEST_WITH_LIMIT(weights_of_each_value, MINUTES) {
    int32_t *whole = few_integers(10);
    float *x = (float *)whole, *values = array(N);
    double *weights = whole_weights(), *sums = array(N), *expected = calloc(VALUES, sizeof(double));
    unsigned char *there = none_seen(VALUES);
    REQUIRE(expected != NULL);
    size_t count, wrong = 0, at = 0;
    uint64_t nans;
    for (size_t i = 0; i < N; i++) {
        size_t place = (size_t)whole[i] + HALF;
        is_new(there, VALUES, place);
        expected[place] += weights[i];
        float value = (float)whole[i];
        memcpy(&whole[i], &value, sizeof value);
    }
    DONE(yoke_bins_distinct_weighted(x, weights, N, values, sums, &count, &nans, &two));
    CU_ASSERT_EQUAL(nans, 0);
    for (int32_t i = 0; i < VALUES; i++) {
        if (!(there[i / 8] >> i % 8 & 1)) continue;
        wrong += at >= count || values[at] != (float)(i - HALF) || sums[at] != expected[i];
        at++;
    }
    CU_ASSERT_EQUAL(at, count);
    CU_ASSERT_EQUAL(wrong, 0);
    free(whole), free(values), free(weights), free(sums), free(expected), free(there);
}

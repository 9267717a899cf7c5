/* SPDX-License-Identifier: Apache-2.0
 *
 * Sketches of 10^8 numbers against the errors that they state. The numbers are those below N, a
 * prime, in the order of the multiples of another number, so that ranks are known.
 */
#include "tests/huge.h"

#include <math.h>

#include "yoke/distinct.h"
#include "yoke/quantiles.h"

enum { FACTOR = 61803399, QUERIES = 1000 };

static double *permuted(void) {
    double *x = array(N);
    for (size_t i = 0; i < N; i++) x[i] = (double)((uint64_t)i * FACTOR % N);
    return x;
}

/* At most one of a hundred answers may be off by more than 1.7 n / k^0.9. */
TEST_WITH_LIMIT(quantiles, MINUTES) {
    static const unsigned sizes[] = {50, 200, 1000};
    double *x = permuted(), fractions[QUERIES + 1], got[QUERIES + 1];
    for (int i = 0; i <= QUERIES; i++) fractions[i] = (double)i / QUERIES;
    for (int s = 0; s < 3; s++) {
        yoke_quantiles *sketch;
        int off = 0;
        double most = 1.7 * N / pow(sizes[s], 0.9);
        REQUIRE(yoke_quantiles_create(&(yoke_quantiles_options){sizes[s], 1}, &sketch) == YOKE_OK);
        DONE(yoke_quantiles_add_array(sketch, x, N, s % 2 ? &two : &three));
        CU_ASSERT_EQUAL(yoke_quantiles_count(sketch), N);
        DONE(yoke_quantiles_get(sketch, fractions, QUERIES + 1, got));
        for (int i = 0; i <= QUERIES; i++) off += fabs(got[i] + 1 - fractions[i] * N) > most;
        CU_ASSERT(off <= QUERIES / 100);
        CU_ASSERT(got[0] == 0 && got[QUERIES] == N - 1);
        CU_ASSERT(fabs((double)yoke_quantiles_rank(sketch, N * 0.25) - N * 0.25) <= most);
        yoke_quantiles_destroy(sketch);
    }
    free(x);
}

TEST_WITH_LIMIT(exact_quantiles, MINUTES) {
    double *x = permuted(), fractions[QUERIES + 1], got[QUERIES + 1];
    size_t wrong = 0;
    for (int i = 0; i <= QUERIES; i++) fractions[i] = (double)i / QUERIES;
    DONE(yoke_quantiles_exact(x, N, fractions, QUERIES + 1, got, &two));
    for (int i = 0; i <= QUERIES; i++) {
        double place = ceil(fractions[i] * N);
        wrong += got[i] != (place > 0 ? place - 1 : 0);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(x);
}

/* Within four standard errors; the same for the numbers in another order, in two sketches that are
 * merged, and where each comes a hundred times. */
static void check_distinct(int precision, const uint64_t *x, size_t n, double want) {
    yoke_distinct *all, *halves[2];
    const yoke_distinct_options options = {precision, 7};
    REQUIRE(yoke_distinct_create(&options, &all) == YOKE_OK);
    DONE(yoke_distinct_add_array(all, x, n, &two));
    double error = 1.04 / pow(2, precision / 2.0), got = yoke_distinct_count(all);
    CU_ASSERT(fabs(got - want) <= 4 * error * want);
    for (int i = 0; i < 2; i++) {
        REQUIRE(yoke_distinct_create(&options, &halves[i]) == YOKE_OK);
        DONE(
            yoke_distinct_add_array(halves[i], x + (i ? 0 : n / 3), i ? n / 3 : n - n / 3, &three));
    }
    DONE(yoke_distinct_merge(halves[0], halves[1]));
    CU_ASSERT_EQUAL(yoke_distinct_count(halves[0]), got);
    yoke_distinct_destroy(all), yoke_distinct_destroy(halves[0]), yoke_distinct_destroy(halves[1]);
}

TEST_WITH_LIMIT(distinct, MINUTES) {
    uint64_t *x = array(N);
    size_t exact;
    for (size_t i = 0; i < N; i++) x[i] = i * 3;
    check_distinct(10, x, N, N);
    check_distinct(14, x, N, N);
    check_distinct(18, x, N, N);
    for (size_t i = 0; i < N; i++) x[i] = i % 1000000;
    check_distinct(14, x, N, 1000000);
    DONE(yoke_distinct_exact(x, N, &exact, &two));
    CU_ASSERT_EQUAL(exact, 1000000);
    free(x);
}

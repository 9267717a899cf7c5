/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/each_run.h"
#include "tests/harness.h"
#include "yoke/bins.h"
#include "yoke/xsum.h"

/* Items over the whole range, crowded in a few places, and the extreme ones. */
static int32_t item_i32(void) { return (int32_t)(test_random() >> test_random_below(33)); }
static uint32_t item_u32(void) { return (uint32_t)(test_random() >> test_random_below(64)); }
static int64_t item_i64(void) {
    int64_t x = (int64_t)(test_random() >> test_random_below(64));
    return test_random_below(2) ? x : ~x;
}
static uint64_t item_u64(void) { return test_random() >> test_random_below(64); }
static double item_f64(void) {
    static const double special[] = {INFINITY, -INFINITY, NAN,          -NAN,
                                     0.0,      -0.0,      DBL_TRUE_MIN, DBL_MAX};
    uint64_t kind = test_random_below(40);
    if (kind < sizeof special / sizeof *special) return special[kind];
    return ((double)(test_random() >> 11) * 0x1p-52 - 1) * ldexp(1, (int)test_random_below(8));
}
static float item_f32(void) { return (float)item_f64(); }

typedef struct task {
    size_t n, bins;
} task;

static void check_outside(yoke_bins_outside a, yoke_bins_outside b) {
    CU_ASSERT_EQUAL(a.below, b.below);
    CU_ASSERT_EQUAL(a.above, b.above);
    CU_ASSERT_EQUAL(a.nan, b.nan);
}

static double *weights_of(size_t n) {
    double *weights = malloc((n + 1) * sizeof *weights);
    for (size_t i = 0; i < n; i++) weights[i] = item_f64();
    for (size_t i = 0; i < n; i++)
        if (!isfinite(weights[i]) || weights[i] == DBL_MAX) weights[i] = 1e16;
    return weights;
}

/* The bits that sums had with the first run. */
static double *first_sums;
static void same_sums(const double *sums, size_t bins, bool again) {
    if (!first_sums) first_sums = malloc(bins * sizeof *sums);
    if (!again) memcpy(first_sums, sums, bins * sizeof *sums);
    CU_ASSERT(!memcmp(sums, first_sums, bins * sizeof *sums));
}

static void close_to(const double *sums, const double *ref, size_t bins, size_t n) {
    size_t wrong = 0;
    for (size_t i = 0; i < bins; i++)
        wrong += !(fabs(sums[i] - ref[i]) <= 1e16 * 1e-15 * (double)n);
    CU_ASSERT_EQUAL(wrong, 0);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_EVEN(T, type, wide)                                                                  \
    static void check_even_##T(const yoke_run *run, void *ctx) {                                   \
        const task *t = ctx;                                                                       \
        uint64_t *counts = malloc(t->bins * 8), *ref = malloc(t->bins * 8);                        \
        type *from = malloc((t->n + 1) * sizeof *from), low = item_##T(), high = item_##T();       \
        yoke_bins_outside outside, expected;                                                       \
        while (!(low < high) || !bins_fit_##T(low, high, t->bins))                                 \
            low = item_##T(), high = item_##T();                                                   \
        for (size_t i = 0; i < t->n; i++) from[i] = item_##T();                                    \
        if (t->n > 3) from[0] = low, from[1] = high, from[2] = (type)(high - 1);                   \
        CU_ASSERT_EQUAL(yoke_bins_even(from, t->n, low, high, t->bins, counts, &outside, run),     \
                        YOKE_OK);                                                                  \
        yoke_bins_even_##T##_ref(from, t->n, low, high, t->bins, ref, &expected);                  \
        CU_ASSERT(!memcmp(counts, ref, t->bins * 8));                                              \
        check_outside(outside, expected);                                                          \
        free(from), free(counts), free(ref);                                                       \
    }                                                                                              \
    static void check_ranges_##T(const yoke_run *run, void *ctx) {                                 \
        const task *t = ctx;                                                                       \
        uint64_t *counts = malloc(t->bins * 8), *ref = malloc(t->bins * 8);                        \
        type *from = malloc((t->n + 1) * sizeof *from), *bounds = sorted_##T(t->bins + 1);         \
        yoke_bins_outside outside, expected;                                                       \
        for (size_t i = 0; i < t->n; i++)                                                          \
            from[i] = test_random_below(2) ? item_##T() : bounds[test_random_below(t->bins + 1)];  \
        CU_ASSERT_EQUAL(yoke_bins_ranges(from, t->n, bounds, t->bins, counts, &outside, run),      \
                        YOKE_OK);                                                                  \
        yoke_bins_ranges_##T##_ref(from, t->n, bounds, t->bins, ref, &expected);                   \
        CU_ASSERT(!memcmp(counts, ref, t->bins * 8));                                              \
        check_outside(outside, expected);                                                          \
        free(from), free(counts), free(ref), free(bounds);                                         \
    }
#define SORTED(T, type, wide)                                                                      \
    static int compare_##T(const void *a, const void *b) {                                         \
        return (*(const type *)a > *(const type *)b) - (*(const type *)a < *(const type *)b);      \
    }                                                                                              \
    static type *sorted_##T(size_t n) {                                                            \
        type *items = malloc(n * sizeof *items);                                                   \
        for (size_t i = 0; i < n; i++) do                                                          \
                items[i] = item_##T();                                                             \
            while (items[i] != items[i]);                                                          \
        qsort(items, n, sizeof *items, compare_##T);                                               \
        return items;                                                                              \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
#define FIT_INTEGERS(T, type)                                                                      \
    static bool bins_fit_##T(type low, type high, size_t bins) {                                   \
        return bins <= (uint64_t)high - (uint64_t)low;                                             \
    }
#define FIT_REALS(T, type)                                                                         \
    static bool bins_fit_##T(type low, type high, size_t bins) {                                   \
        double width = (double)high - (double)low;                                                 \
        return isfinite(width) && isfinite((double)bins / width);                                  \
    }
FIT_INTEGERS(i32, int32_t)
FIT_INTEGERS(i64, int64_t)
FIT_INTEGERS(u32, uint32_t)
FIT_INTEGERS(u64, uint64_t)
FIT_REALS(f32, float)
FIT_REALS(f64, double)
YOKE_TYPES(SORTED)
YOKE_TYPES(CHECK_EVEN)

static void check_all(const yoke_run *run, void *ctx) {
#define CALL(T, type, wide) check_even_##T(run, ctx), check_ranges_##T(run, ctx);
    YOKE_TYPES(CALL)
#undef CALL
}

TEST(any_length_and_number_of_bins) {
    static const size_t sizes[] = {0, 1, 3, 4, 5, 15, 16, 17, 1023, 1024, 1025, 2050};
    static const size_t bins[] = {1, 2, 3, 7, 8, 9, 100};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t j = 0; j < sizeof bins / sizeof *bins; j++)
            each_isa(check_all, &(task){sizes[i], bins[j]});
}

#define EACH_TYPE(T, type, wide)                                                                   \
    TEST(many_items_##T) {                                                                         \
        each_run(check_even_##T, &(task){test_size(200000, 132000), 256});                         \
        each_run(check_even_##T, &(task){test_size(200000, 132000), 3000});                        \
        each_run(check_ranges_##T, &(task){test_size(140000, 132000), 20});                        \
        each_isa(check_ranges_##T, &(task){5000, 1023});                                           \
        each_isa(check_ranges_##T, &(task){5000, 1024});                                           \
    }
YOKE_TYPES(EACH_TYPE)

/* The bounds of integers are exact, where width and bins have nothing in common, at both ends. */
TEST(bounds_of_integers_are_exact) {
    const uint64_t low = 3, bins = 1000003;
    uint64_t high = UINT64_MAX - 1, *counts = calloc(bins, sizeof *counts), items[2000];
    for (size_t i = 0; i < 1000; i++) {
        unsigned __int128 cut = (unsigned __int128)(high - low) * (1 + test_random_below(bins - 1));
        items[2 * i] = low + (uint64_t)((cut + bins - 1) / bins); /* the first of a bin */
        items[2 * i + 1] = items[2 * i] - 1;
    }
    uint64_t *ref = calloc(bins, sizeof *ref);
    CU_ASSERT_EQUAL(yoke_bins_even(items, 2000, low, high, bins, counts, NULL, NULL), YOKE_OK);
    yoke_bins_even_u64_ref(items, 2000, low, high, bins, ref, NULL);
    CU_ASSERT(!memcmp(counts, ref, bins * sizeof *ref));
    free(counts), free(ref);
}

/* ---- weights ---- */

typedef struct weighing {
    const double *from, *weights, *bounds;
    size_t n, bins;
    yoke_repro repro;
    bool again;
} weighing;

static void check_weights(const yoke_run *run, void *ctx) {
    weighing *w = ctx;
    double *sums = malloc(w->bins * sizeof *sums), *ref = malloc(w->bins * sizeof *ref);
    yoke_run with = run ? *run : (yoke_run){0};
    with.repro = w->repro;
    CU_ASSERT_EQUAL(
        yoke_bins_even_weighted(w->from, w->weights, w->n, -10.0, 10.0, w->bins, sums, &with),
        YOKE_OK);
    yoke_bins_even_weighted_f64_ref(w->from, w->weights, w->n, -10.0, 10.0, w->bins, ref);
    close_to(sums, ref, w->bins, w->n);
    same_sums(sums, w->bins, w->again);
    w->again = true;
    CU_ASSERT_EQUAL(
        yoke_bins_ranges_weighted(w->from, w->weights, w->n, w->bounds, w->bins, sums, &with),
        YOKE_OK);
    if (w->n < 3000) {
        yoke_bins_ranges_weighted_f64_ref(w->from, w->weights, w->n, w->bounds, w->bins, ref);
        close_to(sums, ref, w->bins, w->n);
    }
    free(sums), free(ref);
}

static void check_weighing(size_t n, size_t bins, yoke_repro repro) {
    double *from = malloc((n + 1) * sizeof *from), *weights = weights_of(n);
    double *bounds = sorted_f64(bins + 1);
    for (size_t i = 0; i < n; i++) from[i] = item_f64();
    weighing w = {from, weights, bounds, n, bins, repro, false};
    free(first_sums);
    first_sums = NULL;
    each_run(check_weights, &w);
    free(from), free(weights), free(bounds);
}

TEST(weights_have_the_same_bits_with_any_threads) {
    check_weighing(test_size(150000, 70000), 50, YOKE_REPRO_ANY_THREADS);
    check_weighing(2000, 50, YOKE_REPRO_FAST);
    check_weighing(1, 1, YOKE_REPRO_ANY_THREADS);
    check_weighing(0, 1, YOKE_REPRO_ANY_THREADS);
    check_weighing(40000, 5000, YOKE_REPRO_ANY_THREADS);
}

TEST(exact_weights_have_the_same_bits_with_any_threads) {
    check_weighing(40000, 50, YOKE_REPRO_EXACT);
    check_weighing(2000, 4096, YOKE_REPRO_EXACT);
    check_weighing(2000, 4095, YOKE_REPRO_EXACT);
    check_weighing(0, 7, YOKE_REPRO_EXACT);
}

TEST(exact_weights_do_not_round) {
    const double from[] = {0.5, 0.5, 0.5, 1.5, NAN}, weights[] = {1e100, 1, -1e100, 0.1, 1e300};
    double sums[2];
    yoke_run run = {.repro = YOKE_REPRO_EXACT};
    CU_ASSERT_EQUAL(yoke_bins_even_weighted(from, weights, 5, 0.0, 2.0, 2, sums, &run), YOKE_OK);
    CU_ASSERT_EQUAL(sums[0], 1);
    CU_ASSERT_EQUAL(sums[1], 0.1);
}

/* ---- sparse ---- */

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_DISTINCT(T, type, wide)                                                              \
    static void check_distinct_##T(const yoke_run *run, void *ctx) {                               \
        size_t n = *(size_t *)ctx, count = 99, wrong = 0;                                          \
        type *from = malloc((n + 1) * sizeof *from), *values = malloc((n + 1) * sizeof *values);   \
        type *ref = malloc((n + 1) * sizeof *ref);                                                 \
        uint64_t *counts = malloc((n + 1) * 8), *expected = malloc((n + 1) * 8), nans, ref_nans;   \
        for (size_t i = 0; i < n; i++)                                                             \
            from[i] = i < 50 || test_random_below(3) == 0 ? item_##T() : from[i % 50];             \
        CU_ASSERT_EQUAL(yoke_bins_distinct(from, n, values, counts, &count, &nans, run), YOKE_OK); \
        CU_ASSERT_EQUAL(count, yoke_bins_distinct_##T##_ref(from, n, ref, expected, &ref_nans));   \
        CU_ASSERT_EQUAL(nans, ref_nans);                                                           \
        for (size_t i = 0; i < count; i++)                                                         \
            wrong += memcmp(&values[i], &ref[i], sizeof *ref) || counts[i] != expected[i];         \
        CU_ASSERT_EQUAL(wrong, 0);                                                                 \
        free(from), free(values), free(ref), free(counts), free(expected);                         \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(CHECK_DISTINCT)

static void check_distinct(const yoke_run *run, void *ctx) {
#define CALL(T, type, wide) check_distinct_##T(run, ctx);
    YOKE_TYPES(CALL)
#undef CALL
}

TEST(distinct_values_are_counted) {
    static const size_t sizes[] = {0, 1, 2, 3000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        each_run_threads(check_distinct, &(size_t){sizes[i]});
}

TEST(distinct_values_and_nans) {
    const double x[] = {NAN, 2, -NAN, 0.0, -0.0, 2, -INFINITY};
    double values[7];
    uint64_t counts[7], nans;
    size_t count;
    CU_ASSERT_EQUAL(yoke_bins_distinct(x, 7, values, counts, &count, &nans, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(count, 3);
    CU_ASSERT_EQUAL(nans, 2);
    CU_ASSERT(values[0] == -INFINITY && values[1] == 0 && signbit(values[1]) && values[2] == 2);
    CU_ASSERT(counts[0] == 1 && counts[1] == 2 && counts[2] == 2);
    CU_ASSERT_EQUAL(yoke_bins_distinct(x, 7, values, NULL, &count, NULL, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_bins_distinct((double *)NULL, 7, values, counts, &count, NULL, NULL),
                    YOKE_EINVAL);
}

/* What the exact sums are: those of an accumulator a value. */
static bool is_exact(const double *sums, yoke_xsum *exact, size_t count) {
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        double sum = yoke_xsum_value(&exact[i]);
        wrong += memcmp(&sum, &sums[i], sizeof sum) != 0;
    }
    return wrong == 0;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_DISTINCT_WEIGHTED(T, type, wide)                                                     \
    static void check_distinct_weighted_##T(const yoke_run *run, void *ctx) {                      \
        size_t n = *(size_t *)ctx, count = 99, kinds = n < 4000 ? 50 : 3;                          \
        type *from = malloc((n + 1) * sizeof *from), *values = malloc((n + 1) * sizeof *values);   \
        type *ref = malloc((n + 1) * sizeof *ref);                                                 \
        double *weights = weights_of(n), *sums = malloc((n + 1) * 8),                              \
               *ref_sums = malloc(n * 8 + 8);                                                      \
        uint64_t nans, ref_nans;                                                                   \
        yoke_run exact = run ? *run : (yoke_run){0};                                               \
        exact.repro = YOKE_REPRO_EXACT;                                                            \
        for (size_t i = 0; i < n; i++)                                                             \
            from[i] = i < kinds || (n < 4000 && test_random_below(3) == 0) ? item_##T()            \
                                                                           : from[i % kinds];      \
        CU_ASSERT_EQUAL(                                                                           \
            yoke_bins_distinct_weighted(from, weights, n, values, sums, &count, &nans, run),       \
            YOKE_OK);                                                                              \
        REQUIRE(count == yoke_bins_distinct_weighted_##T##_ref(from, weights, n, ref, ref_sums,    \
                                                               &ref_nans));                        \
        CU_ASSERT_EQUAL(nans, ref_nans);                                                           \
        CU_ASSERT_EQUAL(memcmp(values, ref, count * sizeof *ref), 0);                              \
        CU_ASSERT_EQUAL(memcmp(sums, ref_sums, count * sizeof *sums), 0);                          \
        CU_ASSERT_EQUAL(                                                                           \
            yoke_bins_distinct_weighted(from, weights, n, values, sums, &count, NULL, &exact),     \
            YOKE_OK);                                                                              \
        yoke_xsum *totals = calloc(count + 1, sizeof *totals);                                     \
        for (size_t i = 0; i < n; i++)                                                             \
            for (size_t j = 0; j < count; j++)                                                     \
                if (ref[j] == from[i]) yoke_xsum_add(&totals[j], weights[i]);                      \
        CU_ASSERT_EQUAL(memcmp(values, ref, count * sizeof *ref), 0);                              \
        CU_ASSERT(is_exact(sums, totals, count));                                                  \
        free(from), free(values), free(ref), free(weights), free(sums), free(ref_sums);            \
        free(totals);                                                                              \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(CHECK_DISTINCT_WEIGHTED)

static void check_distinct_weighted(const yoke_run *run, void *ctx) {
#define CALL(T, type, wide) check_distinct_weighted_##T(run, ctx);
    YOKE_TYPES(CALL)
#undef CALL
}

TEST(weights_of_distinct_values) {
    static const size_t sizes[] = {0, 1, 2, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        each_run_threads(check_distinct_weighted, &(size_t){sizes[i]});
    each_run_region(check_distinct_weighted, &(size_t){1000});
    each_isa(check_distinct_weighted, &(size_t){1000});
}

/* More items of a value than a block has. */
TEST(weights_of_few_values) {
    each_run(check_distinct_weighted_f64, &(size_t){60000});
    each_isa(check_distinct_weighted_u32, &(size_t){60000});
}

TEST(weights_of_zeros_and_nans) {
    const double x[] = {0.0, -NAN, -0.0, 2, 0.0}, weights[] = {1, 1e300, 1e100, -0.0, -1e100};
    double values[5], sums[5];
    uint64_t nans = 7;
    size_t count = 7;
    yoke_run exact = {.repro = YOKE_REPRO_EXACT}, late = {.deadline = 1};
#define WEIGH(x, weights, values, sums, run)                                                       \
    yoke_bins_distinct_weighted(x, weights, 5, values, sums, &count, &nans, run)
    CU_ASSERT_EQUAL(WEIGH(x, weights, values, sums, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(WEIGH(x, (double *)NULL, values, sums, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(WEIGH(x, sums, values, sums, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(WEIGH(x, weights, values, values + 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(WEIGH(values, weights, values, sums, NULL), YOKE_EINVAL);
    CU_ASSERT(count == 7 && nans == 7);
    CU_ASSERT_EQUAL(WEIGH(x, weights, values, sums, &exact), YOKE_OK);
#undef WEIGH
    CU_ASSERT_EQUAL(count, 2);
    CU_ASSERT_EQUAL(nans, 1);
    CU_ASSERT(values[0] == 0 && signbit(values[0]) && values[1] == 2);
    CU_ASSERT(sums[0] == 1 && sums[1] == 0 && !signbit(sums[1]));
}

/* ---- refusals ---- */

TEST(refuses_what_makes_no_bins) {
    double x[4] = {0}, sums[4];
    int32_t k[4] = {0};
    uint64_t counts[4] = {7};
    yoke_bins_outside outside = {7, 7, 7};
#define REFUSED(call) CU_ASSERT_EQUAL(call, YOKE_EINVAL)
    REFUSED(yoke_bins_even(x, 4, 1.0, 1.0, 2, counts, &outside, NULL));
    REFUSED(yoke_bins_even(x, 4, 1.0, NAN, 2, counts, &outside, NULL));
    REFUSED(yoke_bins_even(x, 4, -INFINITY, 1.0, 2, counts, &outside, NULL));
    REFUSED(yoke_bins_even(x, 4, -DBL_MAX, DBL_MAX, 2, counts, &outside, NULL));
    REFUSED(yoke_bins_even(x, 4, 0.0, DBL_TRUE_MIN, 2, counts, &outside, NULL));
    REFUSED(yoke_bins_even(x, 4, 0.0, 1.0, 0, counts, &outside, NULL));
    REFUSED(yoke_bins_even(x, 4, 0.0, 1.0, ((size_t)1 << 30) + 1, counts, &outside, NULL));
    REFUSED(yoke_bins_even(k, 4, 0, 3, 4, counts, &outside, NULL));
    REFUSED(yoke_bins_even(k, 4, 3, 0, 2, counts, &outside, NULL));
    REFUSED(yoke_bins_even(k, 4, 0, 3, 2, (uint64_t *)NULL, &outside, NULL));
    REFUSED(yoke_bins_even((int32_t *)NULL, 4, 0, 3, 2, counts, &outside, NULL));
    REFUSED(yoke_bins_even(x, 4, 0.0, 1.0, 4, (uint64_t *)(void *)x, &outside, NULL));
    REFUSED(yoke_bins_ranges(x, 4, ((double[]){2, 1, 3}), 2, counts, &outside, NULL));
    REFUSED(yoke_bins_ranges(x, 4, ((double[]){2, NAN, 3}), 2, counts, &outside, NULL));
    REFUSED(yoke_bins_ranges(x, 4, (double *)NULL, 2, counts, &outside, NULL));
    REFUSED(yoke_bins_ranges(x, 4, ((double[]){2, 3, 3}), 0, counts, &outside, NULL));
    REFUSED(yoke_bins_even_weighted(x, NULL, 4, 0.0, 1.0, 4, sums, NULL));
    REFUSED(yoke_bins_even_weighted(x, sums, 4, 0.0, 1.0, 4, sums, NULL));
    REFUSED(yoke_bins_ranges_weighted(x, sums, 4, ((double[]){1, 2}), 1, sums, NULL));
    CU_ASSERT_EQUAL(counts[0], 7);
    CU_ASSERT_EQUAL(outside.nan, 7);
    CU_ASSERT_EQUAL(yoke_bins_even((double *)NULL, 0, 0.0, 1.0, 4, counts, &outside, NULL),
                    YOKE_OK);
    CU_ASSERT_EQUAL(counts[0] + outside.nan + outside.below + outside.above, 0);
}

TEST(stops_when_asked) {
    double x[100] = {0}, sums[4];
    uint64_t counts[4];
    yoke_bins_outside outside = {7, 7, 7};
    yoke_run late = {.deadline = 1}, exact = {.deadline = 1, .repro = YOKE_REPRO_EXACT};
    CU_ASSERT_EQUAL(yoke_bins_even(x, 100, 0.0, 1.0, 4, counts, &outside, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(outside.nan, 7);
    CU_ASSERT_EQUAL(yoke_bins_even_weighted(x, x, 100, 0.0, 1.0, 4, sums, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_bins_even_weighted(x, x, 100, 0.0, 1.0, 4, sums, &exact), YOKE_ETIMEDOUT);
}

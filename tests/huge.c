/* SPDX-License-Identifier: Apache-2.0
 *
 * Kernels against their references on arrays of 10^8 items and some, bit by bit: `make check-huge`.
 * Not among the other tests, since it takes minutes, and up to 6 GB of memory.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/bins.h"
#include "yoke/merge.h"
#include "yoke/permute.h"
#include "yoke/random.h"
#include "yoke/reduce.h"
#include "yoke/scan.h"
#include "yoke/select.h"
#include "yoke/sort.h"

enum { N = 100000007, MINUTES = 15 * 60 };

static const yoke_run two = {.threads = 2}, three = {.threads = 3};
static const yoke_run exact_two = {.threads = 2, .repro = YOKE_REPRO_EXACT};
static const yoke_run exact_three = {.threads = 3, .repro = YOKE_REPRO_EXACT};

static void *array(size_t n) {
    void *memory = malloc(n * sizeof(uint64_t));
    REQUIRE(memory != NULL);
    return memory;
}

static uint64_t *numbers(uint64_t seed) {
    uint64_t *to = array(N);
    REQUIRE(yoke_random_fill_u64((yoke_random){seed, 0}, 0, to, N, &two) == YOKE_OK);
    return to;
}

static uint64_t *numbers_below(uint64_t seed, uint64_t limit) {
    uint64_t *to = numbers(seed);
    for (size_t i = 0; i < N; i++) to[i] %= limit;
    return to;
}

/* From -1 to 1, and every 10^7th times 10^100. */
static double *reals(uint64_t seed) {
    double *to = array(N);
    REQUIRE(yoke_random_fill_f64((yoke_random){seed, 0}, 0, to, N, &two) == YOKE_OK);
    for (size_t i = 0; i < N; i++) to[i] = (2 * to[i] - 1) * (i % 10000000 ? 1 : 1e100);
    return to;
}

#define SAME(got, want, n) CU_ASSERT(memcmp(got, want, (n) * sizeof *(got)) == 0)
#define DONE(...)          CU_ASSERT_EQUAL((__VA_ARGS__), YOKE_OK)

TEST_WITH_LIMIT(reductions, MINUTES) {
    double *x = reals(1), *y = reals(2), got;
    size_t place;
    yoke_moments moments, expected = yoke_mean_variance_f64_ref(x, N);
    DONE(yoke_sum(x, N, &got, &two));
    CU_ASSERT_EQUAL(got, yoke_sum_f64_ref(x, N));
    DONE(yoke_dot(x, y, N, &got, &three));
    CU_ASSERT_EQUAL(got, yoke_dot_f64_ref(x, y, N));
    DONE(yoke_min(x, N, &got, &two));
    CU_ASSERT_EQUAL(got, yoke_min_f64_ref(x, N));
    DONE(yoke_argmax(x, N, &place, &three));
    CU_ASSERT_EQUAL(place, yoke_argmax_f64_ref(x, N));
    DONE(yoke_mean_variance(x, N, &moments, &two));
    SAME(&moments, &expected, 1);
    free(x), free(y);
}

/* The exact sum does not depend on the order. */
TEST_WITH_LIMIT(exact_sums, MINUTES) {
    double *x = reals(3), forth, back;
    DONE(yoke_sum(x, N, &forth, &exact_two));
    DONE(yoke_reverse(x, N, &two));
    DONE(yoke_sum(x, N, &back, &exact_three));
    CU_ASSERT_EQUAL(forth, back);
    free(x);
}

TEST_WITH_LIMIT(scans, MINUTES) {
    double *x = reals(4), *got = array(N), *want = array(N);
    yoke_inclusive_scan_f64_ref(x, want, N);
    DONE(yoke_inclusive_scan(x, got, N, &two));
    SAME(got, want, N);
    yoke_exclusive_scan_f64_ref(x, want, N);
    DONE(yoke_exclusive_scan(x, x, N, &three));
    SAME(x, want, N);
    free(x), free(got), free(want);
}

static void check_sort(uint64_t *x) {
    uint64_t *y = array(N);
    memcpy(y, x, N * sizeof *x);
    yoke_sort_u64_ref(y, N, YOKE_ASCENDING);
    DONE(yoke_sort(x, N, YOKE_ASCENDING, &two));
    SAME(x, y, N);
    free(x), free(y);
}

TEST_WITH_LIMIT(sort_of_all_kinds, MINUTES) { check_sort(numbers(5)); }
TEST_WITH_LIMIT(sort_of_few_kinds, MINUTES) { check_sort(numbers_below(6, 5)); }

TEST_WITH_LIMIT(argsort_and_nth, MINUTES) {
    uint64_t *x = numbers_below(7, 1 << 20), *got = array(N), *want = array(N);
    REQUIRE(yoke_argsort_u64_ref(x, N, YOKE_DESCENDING, want) == YOKE_OK);
    DONE(yoke_argsort(x, N, YOKE_DESCENDING, got, &three));
    SAME(got, want, N);
    uint64_t middle = x[want[N / 2]];
    DONE(yoke_nth(x, N, N / 2, YOKE_DESCENDING, &two));
    CU_ASSERT_EQUAL(x[N / 2], middle);
    free(x), free(got), free(want);
}

TEST_WITH_LIMIT(merges_and_sets, MINUTES) {
    uint64_t *x = numbers_below(8, N), *y = numbers_below(9, N);
    uint64_t *got = array(2 * (size_t)N), *want = array(2 * (size_t)N);
    size_t count;
    DONE(yoke_sort(x, N, YOKE_ASCENDING, &two));
    DONE(yoke_sort(y, N, YOKE_ASCENDING, &two));
    REQUIRE(yoke_merge_u64_ref(x, N, y, N, YOKE_ASCENDING, want) == YOKE_OK);
    DONE(yoke_merge(x, N, y, N, YOKE_ASCENDING, got, &three));
    SAME(got, want, 2 * (size_t)N);
    size_t expected;
    REQUIRE(yoke_set_intersection_u64_ref(x, N, y, N, YOKE_ASCENDING, want, &expected) == YOKE_OK);
    DONE(yoke_set_intersection(x, N, y, N, YOKE_ASCENDING, got, &count, &two));
    CU_ASSERT_EQUAL(count, expected);
    SAME(got, want, count);
    free(x), free(y), free(got), free(want);
}

TEST_WITH_LIMIT(selections, MINUTES) {
    const uint64_t half = UINT64_MAX / 2;
    uint64_t *x = numbers(10), *got = array(N), *want = array(N);
    size_t count, parts[3], expected[3];
    DONE(yoke_select_where(x, N, YOKE_RELATION_LESS, half, got, &count, &two));
    CU_ASSERT_EQUAL(count, yoke_select_where_u64_ref(x, N, YOKE_RELATION_LESS, half, want));
    SAME(got, want, count);
    DONE(yoke_partition_where(x, N, YOKE_RELATION_LESS, half, got, &count, &three));
    CU_ASSERT_EQUAL(count, yoke_partition_where_u64_ref(x, N, YOKE_RELATION_LESS, half, want));
    SAME(got, want, N);
    yoke_partition3_u64_ref(x, N, half / 2, half, want, expected);
    DONE(yoke_partition3(x, N, half / 2, half, got, parts, &two));
    SAME(parts, expected, 3);
    SAME(got, want, N);
    free(x), free(got), free(want);
}

TEST_WITH_LIMIT(runs_of_equals, MINUTES) {
    uint64_t *x = numbers_below(11, 3), *got = array(N), *want = array(N);
    uint64_t *lengths = array(N), *expected = array(N);
    size_t count;
    DONE(yoke_unique(x, N, got, &count, &two));
    CU_ASSERT_EQUAL(count, yoke_unique_u64_ref(x, N, want));
    SAME(got, want, count);
    DONE(yoke_rle_encode(x, N, got, lengths, &count, &three));
    CU_ASSERT_EQUAL(count, yoke_rle_encode_u64_ref(x, N, want, expected));
    SAME(got, want, count);
    SAME(lengths, expected, count);
    yoke_difference_u64_ref(x, N, want);
    DONE(yoke_difference(x, N, got, &two));
    SAME(got, want, N);
    free(x), free(got), free(want), free(lengths), free(expected);
}

TEST_WITH_LIMIT(bins, MINUTES) {
    enum { BINS = 65536 };
    double *x = reals(12);
    static uint64_t got[BINS], want[BINS];
    yoke_bins_outside outside, expected;
    yoke_bins_even_f64_ref(x, N, -1, 1, BINS, want, &expected);
    DONE(yoke_bins_even(x, N, -1, 1, BINS, got, &outside, &two));
    SAME(got, want, BINS);
    SAME(&outside, &expected, 1);
    free(x);
}

/* The reference of shuffle takes a pass for each of its blocks: here, the same at any number of
 * threads, and each number once. */
TEST_WITH_LIMIT(permutations, MINUTES) {
    uint64_t *x = numbers(13), *index = array(N), *got = array(N), *want = array(N);
    for (size_t i = 0; i < N; i++) index[i] = i;
    DONE(yoke_shuffle(index, N, (yoke_random){14, 0}, &two));
    for (size_t i = 0; i < N; i++) want[i] = i;
    DONE(yoke_shuffle(want, N, (yoke_random){14, 0}, &three));
    SAME(index, want, N);
    DONE(yoke_permutation_invert(index, N, want, &two));
    yoke_gather_u64_ref(x, index, N, want);
    DONE(yoke_gather(x, N, index, N, got, &three));
    SAME(got, want, N);
    DONE(yoke_scatter(want, index, N, got, N, &two));
    SAME(got, x, N);
    free(x), free(index), free(got), free(want);
}

TEST_WITH_LIMIT(transpose, MINUTES) {
    enum { ROWS = 8191, COLUMNS = N / ROWS };
    const size_t n = (size_t)ROWS * COLUMNS;
    uint64_t *x = numbers(15), *got = array(N), *want = array(N);
    yoke_transpose_u64_ref(x, ROWS, COLUMNS, want);
    DONE(yoke_transpose(x, ROWS, COLUMNS, got, &two));
    SAME(got, want, n);
    DONE(yoke_transpose_in_place(x, ROWS, COLUMNS, &three));
    SAME(x, want, n);
    free(x), free(got), free(want);
}

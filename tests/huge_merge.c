/* SPDX-License-Identifier: Apache-2.0
 *
 * Huge merges and set operations on two arrays of 10^8 keys, against the references.
 */
#include "tests/huge.h"
#include "yoke/merge.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
/* `kind` against its reference; from a and b to got and want, which are there. */
#define CHECK_SET(T, kind, run)                                                                    \
    do {                                                                                           \
        size_t count, expected;                                                                    \
        REQUIRE(yoke_set_##kind##_##T##_ref(a, N, b, N, order, want, &expected) == YOKE_OK);       \
        DONE(yoke_set_##kind(a, N, b, N, order, got, &count, run));                                \
        CU_ASSERT_EQUAL(count, expected);                                                          \
        SAME(got, want, expected);                                                                 \
    } while (0)

#define DEFINE_CHECK(T, type)                                                                      \
    static void check_##T(type *a, type *b, yoke_sort_order order) {                               \
        type *got = bytes(2 * (size_t)N * sizeof *got),                                            \
             *want = bytes(2 * (size_t)N * sizeof *want);                                          \
        DONE(yoke_sort(a, N, order, &two));                                                        \
        DONE(yoke_sort(b, N, order, &two));                                                        \
        REQUIRE(yoke_merge_##T##_ref(a, N, b, N, order, want) == YOKE_OK);                         \
        DONE(yoke_merge(a, N, b, N, order, got, &three));                                          \
        SAME(got, want, 2 * (size_t)N);                                                            \
        CHECK_SET(T, union, &two);                                                                 \
        CHECK_SET(T, intersection, &three);                                                        \
        CHECK_SET(T, difference, &two);                                                            \
        CHECK_SET(T, symmetric, &three);                                                           \
        free(a), free(b), free(got), free(want);                                                   \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
DEFINE_CHECK(i32, int32_t)
DEFINE_CHECK(u64, uint64_t)
DEFINE_CHECK(f32, float)
DEFINE_CHECK(f64, double)

static double *doubles(uint64_t seed) {
    double *x = (double *)numbers_below(seed, N);
    for (size_t i = 0; i < N; i++) {
        uint64_t whole;
        memcpy(&whole, &x[i], sizeof whole);
        x[i] = (double)whole - 1e7;
    }
    return x;
}

TEST_WITH_LIMIT(of_u64, MINUTES) {
    check_u64(numbers_below(1, N), numbers_below(2, N), YOKE_ASCENDING);
}
TEST_WITH_LIMIT(of_i32, MINUTES) { check_i32(integers(3), integers(4), YOKE_DESCENDING); }
TEST_WITH_LIMIT(of_f32, MINUTES) { check_f32(floats(5), floats(6), YOKE_ASCENDING); }
TEST_WITH_LIMIT(of_f64, MINUTES) { check_f64(doubles(7), doubles(8), YOKE_DESCENDING); }

static int compare(const void *a, const void *b, void *ctx) {
    const uint64_t *x = a, *y = b;
    (void)ctx;
    return *x >> 20 < *y >> 20 ? -1 : *x >> 20 > *y >> 20;
}

/* Many are equal by the comparison, and those of the first array stand first. */
TEST_WITH_LIMIT(by_comparison, MINUTES) {
    uint64_t *a = numbers_below(9, (uint64_t)1 << 40), *b = numbers_below(10, (uint64_t)1 << 40);
    uint64_t *got = array(2 * (size_t)N), *want = array(2 * (size_t)N);
    DONE(yoke_sort(a, N, YOKE_ASCENDING, &two));
    DONE(yoke_sort(b, N, YOKE_ASCENDING, &two));
    REQUIRE(yoke_merge_by_ref(a, N, b, N, want, sizeof *a, compare, NULL) == YOKE_OK);
    DONE(yoke_merge_by(a, N, b, N, got, sizeof *a, compare, NULL, &three));
    SAME(got, want, 2 * (size_t)N);
    free(a), free(b), free(got), free(want);
}

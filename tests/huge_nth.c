/* SPDX-License-Identifier: Apache-2.0
 *
 * Huge arrays of which some keys are wanted: nth, partial sort, top. The answer of nth is told by a
 * pass with the key at the place, which is right when as many come before it as should.
 */
#include "tests/huge.h"
#include "tests/huge_keys.h"

static const yoke_run *const runs[] = {&two, &three};

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define DEFINE_CHECKS(T, type)                                                                     \
    static bool before_##T(type a, type b, yoke_sort_order order) {                                \
        return order == YOKE_ASCENDING ? rank_##T(a) < rank_##T(b) : rank_##T(a) > rank_##T(b);    \
    }                                                                                              \
    /* What nth makes of x when `key` belongs to the place; returns where its equals begin. */     \
    static size_t part_##T(const type *x, type key, yoke_sort_order order, type *to,               \
                           size_t *equal) {                                                        \
        size_t counts[3] = {0}, at[3];                                                             \
        for (size_t i = 0; i < N; i++)                                                             \
            counts[before_##T(x[i], key, order) ? 0 : 1 + before_##T(key, x[i], order)]++;         \
        at[0] = 0, at[1] = counts[0], at[2] = at[1] + counts[1];                                   \
        for (size_t i = 0; i < N; i++)                                                             \
            to[at[before_##T(x[i], key, order) ? 0 : 1 + before_##T(key, x[i], order)]++] = x[i];  \
        *equal = counts[1];                                                                        \
        return counts[0];                                                                          \
    }                                                                                              \
    static void check_nth_##T(type *x, size_t nth, yoke_sort_order order) {                        \
        type *got = array(N), *want = array(N);                                                    \
        memcpy(got, x, N * sizeof *x);                                                             \
        DONE(yoke_nth(got, N, nth, order, runs[nth % 2]));                                         \
        size_t equal, first = part_##T(x, got[nth], order, want, &equal);                          \
        CU_ASSERT(first <= nth && nth < first + equal);                                            \
        SAME(got, want, N);                                                                        \
        free(x), free(got), free(want);                                                            \
    }                                                                                              \
    static void check_partial_##T(type *x, size_t count, yoke_sort_order order) {                  \
        type *got = array(N), *want = array(N);                                                    \
        memcpy(got, x, N * sizeof *x);                                                             \
        DONE(yoke_partial_sort(got, N, count, order, runs[count % 2]));                            \
        size_t equal, first = part_##T(x, got[count - 1], order, want, &equal);                    \
        CU_ASSERT(first < count && count <= first + equal);                                        \
        CU_ASSERT_EQUAL(misplaced_##T(got, count, order), 0);                                      \
        CU_ASSERT_EQUAL(digest(got, first, sizeof *x), digest(want, first, sizeof *x));            \
        SAME(got + first, want + first, N - first);                                                \
        free(x), free(got), free(want);                                                            \
    }                                                                                              \
    static void check_top_##T(type *x, size_t count, yoke_sort_order order) {                      \
        type *got = array(count), *want = array(N);                                                \
        DONE(yoke_top(x, N, count, order, got, runs[count % 2]));                                  \
        size_t equal, first = part_##T(x, got[count - 1], order, want, &equal), wrong = 0;         \
        CU_ASSERT(first < count && count <= first + equal);                                        \
        CU_ASSERT_EQUAL(misplaced_##T(got, count, order), 0);                                      \
        CU_ASSERT_EQUAL(digest(got, first, sizeof *x), digest(want, first, sizeof *x));            \
        for (size_t i = first; i < count; i++) wrong += rank_##T(got[i]) != rank_##T(want[first]); \
        CU_ASSERT_EQUAL(wrong, 0);                                                                 \
        free(x), free(got), free(want);                                                            \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
DEFINE_CHECKS(i32, int32_t)
DEFINE_CHECKS(u64, uint64_t)
DEFINE_CHECKS(f32, float)
DEFINE_CHECKS(f64, double)

static float *any_floats(uint64_t seed) { return (float *)integers(seed); }

static int32_t *few_integers(uint64_t seed) {
    int32_t *x = integers(seed);
    for (size_t i = 0; i < N; i++) x[i] %= 1000;
    return x;
}

TEST_WITH_LIMIT(nth_u64, MINUTES) { check_nth_u64(numbers(1), N / 2, YOKE_DESCENDING); }
TEST_WITH_LIMIT(nth_f32, MINUTES) { check_nth_f32(any_floats(2), N - 1000, YOKE_ASCENDING); }
TEST_WITH_LIMIT(nth_of_few, MINUTES) { check_nth_i32(few_integers(3), N / 3, YOKE_ASCENDING); }
TEST_WITH_LIMIT(partial_f64, MINUTES) { check_partial_f64(reals(4), N / 10, YOKE_ASCENDING); }
TEST_WITH_LIMIT(partial_i32, MINUTES) { check_partial_i32(integers(5), N - 7, YOKE_DESCENDING); }
TEST_WITH_LIMIT(top_f32, MINUTES) { check_top_f32(any_floats(6), 1000000, YOKE_DESCENDING); }
TEST_WITH_LIMIT(top_of_few, MINUTES) { check_top_i32(few_integers(7), N / 2, YOKE_ASCENDING); }
TEST_WITH_LIMIT(top_u64, MINUTES) { check_top_u64(numbers(8), 10, YOKE_DESCENDING); }
TEST_WITH_LIMIT(top_f64, MINUTES) { check_top_f64(reals(9), N, YOKE_DESCENDING); }
TEST_WITH_LIMIT(nth_f64, MINUTES) { check_nth_f64(reals(10), 0, YOKE_ASCENDING); }
TEST_WITH_LIMIT(partial_u64, MINUTES) { check_partial_u64(numbers(11), 1, YOKE_DESCENDING); }
TEST_WITH_LIMIT(partial_f32, MINUTES) { check_partial_f32(floats(12), 1 << 20, YOKE_ASCENDING); }

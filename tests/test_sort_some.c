/* SPDX-License-Identifier: Apache-2.0
 *
 * The nth key, partial sorts, the first keys of an order, and sorts of segments, against the serial
 * references.
 */
#include <omp.h>

#include "tests/sort_keys.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define DEFINE_CHECK(T, type, wide)                                                                \
    static void check_place_##T(const type *keys, size_t n, size_t place, yoke_sort_order order,   \
                                const yoke_run *run) {                                             \
        type *a = malloc((n + 1) * sizeof *a), *b = malloc((n + 1) * sizeof *b);                   \
        memcpy(a, keys, n * sizeof *a), memcpy(b, keys, n * sizeof *b);                            \
        int status = yoke_nth_##T##_ref(a, n, place, order);                                       \
        CU_ASSERT_EQUAL(yoke_nth(b, n, place, order, run), status);                                \
        CU_ASSERT(!memcmp(a, b, n * sizeof *a));                                                   \
        memcpy(a, keys, n * sizeof *a), memcpy(b, keys, n * sizeof *b);                            \
        REQUIRE(yoke_partial_sort_##T##_ref(a, n, place, order) == YOKE_OK);                       \
        CU_ASSERT_EQUAL(yoke_partial_sort(b, n, place, order, run), YOKE_OK);                      \
        CU_ASSERT(!memcmp(a, b, n * sizeof *a));                                                   \
        REQUIRE(yoke_top_##T##_ref(keys, n, place, order, a) == YOKE_OK);                          \
        CU_ASSERT_EQUAL(yoke_top(keys, n, place, order, b, run), YOKE_OK);                         \
        CU_ASSERT(!memcmp(a, b, place * sizeof *a));                                               \
        free(a), free(b);                                                                          \
    }                                                                                              \
    static void check_segments_##T(const type *keys, size_t n, size_t most, yoke_sort_order order, \
                                   const yoke_run *run) {                                          \
        type *a = malloc((n + 1) * sizeof *a), *b = malloc((n + 1) * sizeof *b);                   \
        size_t *offsets = malloc((n + 2) * sizeof *offsets), count = 0;                            \
        for (offsets[0] = n / 50; offsets[count] < n && count < n; count++) {                      \
            size_t left = n - offsets[count], length = test_random_below(most);                    \
            offsets[count + 1] = offsets[count] + (length < left ? length : left);                 \
        }                                                                                          \
        memcpy(a, keys, n * sizeof *a), memcpy(b, keys, n * sizeof *b);                            \
        REQUIRE(yoke_sort_segments_##T##_ref(a, offsets, count, order) == YOKE_OK);                \
        CU_ASSERT_EQUAL(yoke_sort_segments(b, offsets, count, order, run), YOKE_OK);               \
        CU_ASSERT(!memcmp(a, b, n * sizeof *a));                                                   \
        free(a), free(b), free(offsets);                                                           \
    }                                                                                              \
    static void check_##T(size_t n, keys_kind kind, yoke_sort_order order, const yoke_run *run) {  \
        type *keys = malloc((n + 1) * sizeof *keys);                                               \
        keys_fill(keys, n, 8 * sizeof(type), kind);                                                \
        size_t places[] = {0, n, n / 2, test_random_below(n + 1)};                                 \
        for (int i = 0; i < 4; i++) check_place_##T(keys, n, places[i], order, run);               \
        check_segments_##T(keys, n, 1 + test_random_below(n + 2), order, run);                     \
        check_segments_##T(keys, n, 20, order, run);                                               \
        free(keys);                                                                                \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(DEFINE_CHECK)

static void (*const checks[])(size_t, keys_kind, yoke_sort_order, const yoke_run *) = {
    check_i32, check_i64, check_u32, check_u64, check_f32, check_f64};
enum { CHECKS = sizeof checks / sizeof *checks };

TEST(few_keys) {
    for (int s = 0; s < KEY_SIZES; s++)
        for (int t = 0; t < CHECKS; t++)
            for (int kind = (s + t) % 3; kind < KEYS_KINDS; kind += 3)
                checks[t](key_sizes[s], kind, (s + kind) % 2, NULL);
}

TEST(many_keys) {
    yoke_scratch scratch = {0};
    for (int kind = 0; kind < KEYS_KINDS; kind++) {
        yoke_run run = {.threads = key_threads[kind % KEY_THREADS], .scratch = &scratch};
        yoke_isa_limit((yoke_isa)(kind % 3));
        checks[kind % CHECKS](test_size(70000, 40000), kind, kind / 2 % 2, &run);
    }
    yoke_scratch_fini(&scratch);
}

/* A long segment between short ones. */
TEST(long_segment) {
    size_t n = test_size(400000, 150000);
    size_t offsets[] = {0, 10, 10, n - 5000, n};
    double *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    keys_fill(a, n, 64, KEYS_SPECIAL);
    memcpy(b, a, n * sizeof *a);
    REQUIRE(yoke_sort_segments_f64_ref(a, offsets, 4, YOKE_DESCENDING) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_sort_segments(b, offsets, 4, YOKE_DESCENDING, NULL), YOKE_OK);
    CU_ASSERT(!memcmp(a, b, n * sizeof *a));
    free(a), free(b);
}

TEST(inside_a_region) {
    enum { N = 100000, TOP = 1000 };
    static float keys[N], top[TOP], wanted[TOP];
    keys_fill(keys, N, 32, KEYS_RANDOM);
    REQUIRE(yoke_top_f32_ref(keys, N, TOP, YOKE_DESCENDING, wanted) == YOKE_OK);
    int status = YOKE_EIO;
#pragma omp parallel num_threads(2) default(none) shared(keys, top, status)
#pragma omp single
    status = yoke_top(keys, N, TOP, YOKE_DESCENDING, top, NULL);
    CU_ASSERT_EQUAL(status, YOKE_OK);
    CU_ASSERT(!memcmp(top, wanted, sizeof top));
}

TEST(what_is_refused) {
    uint64_t keys[4] = {3, 1, 2, 0}, before[4] = {3, 1, 2, 0}, top[4];
    CU_ASSERT_EQUAL(yoke_nth(keys, 4, 4, YOKE_ASCENDING, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_nth(keys, 0, 0, YOKE_ASCENDING, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_partial_sort(keys, 4, 5, YOKE_ASCENDING, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_top(keys, 4, 5, YOKE_ASCENDING, top, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_top_u64_ref(keys, 4, 5, YOKE_ASCENDING, top), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_top(keys, 4, 1, (yoke_sort_order)3, top, NULL), YOKE_EINVAL);
    size_t offsets[] = {0, 3, 2, 4};
    CU_ASSERT_EQUAL(yoke_sort_segments(keys, offsets, 3, YOKE_ASCENDING, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_segments_u64_ref(keys, offsets, 3, YOKE_ASCENDING), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_segments(keys, (size_t *)NULL, 0, YOKE_ASCENDING, NULL), YOKE_OK);
    yoke_run late = {.deadline = 1};
    CU_ASSERT_EQUAL(yoke_nth(keys, 4, 1, YOKE_ASCENDING, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_top(keys, 4, 1, YOKE_ASCENDING, top, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_sort_segments(keys, offsets, 1, YOKE_ASCENDING, &late), YOKE_ETIMEDOUT);
    CU_ASSERT(!memcmp(keys, before, sizeof keys));
}

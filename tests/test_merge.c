/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging and set operations, against the serial references.
 */
#include "yoke/merge.h"

#include <omp.h>

#include "tests/sort_keys.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_SET(T, name)                                                                         \
    do {                                                                                           \
        size_t expected = 0, count = 1;                                                            \
        REQUIRE(yoke_set_##name##_##T##_ref(a, na, b, nb, order, wanted, &expected) == YOKE_OK);   \
        CU_ASSERT_EQUAL(yoke_set_##name(a, na, b, nb, order, seen, &count, run), YOKE_OK);         \
        CU_ASSERT_EQUAL(count, expected);                                                          \
        CU_ASSERT(!memcmp(wanted, seen, expected * sizeof *seen));                                 \
    } while (0)

#define DEFINE_CHECK(T, type, wide)                                                                \
    static void check_##T(size_t na, size_t nb, keys_kind kind, keys_kind other,                   \
                          yoke_sort_order order, const yoke_run *run) {                            \
        type *a = malloc((na + 1) * sizeof *a), *b = malloc((nb + 1) * sizeof *b);                 \
        type *wanted = malloc((na + nb + 1) * sizeof *a),                                          \
             *seen = malloc((na + nb + 1) * sizeof *a);                                            \
        keys_fill(a, na, 8 * sizeof *a, kind);                                                     \
        keys_fill(b, nb, 8 * sizeof *b, other);                                                    \
        for (size_t i = 0; i < na && i < nb && kind == KEYS_RANDOM; i += 3) b[i] = a[na - 1 - i];  \
        REQUIRE(yoke_sort(a, na, order, NULL) == YOKE_OK);                                         \
        REQUIRE(yoke_sort(b, nb, order, NULL) == YOKE_OK);                                         \
        REQUIRE(yoke_merge_##T##_ref(a, na, b, nb, order, wanted) == YOKE_OK);                     \
        CU_ASSERT_EQUAL(yoke_merge(a, na, b, nb, order, seen, run), YOKE_OK);                      \
        CU_ASSERT(!memcmp(wanted, seen, (na + nb) * sizeof *a));                                   \
        CHECK_SET(T, union);                                                                       \
        CHECK_SET(T, intersection);                                                                \
        CHECK_SET(T, difference);                                                                  \
        CHECK_SET(T, symmetric);                                                                   \
        free(a), free(b), free(wanted), free(seen);                                                \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(DEFINE_CHECK)

static void (*const checks[])(size_t, size_t, keys_kind, keys_kind, yoke_sort_order,
                              const yoke_run *) = {check_i32, check_i64, check_u32,
                                                   check_u64, check_f32, check_f64};
enum { CHECKS = sizeof checks / sizeof *checks };

TEST(few_keys) {
    for (int s = 0; s < KEY_SIZES; s++)
        for (int t = 0; t < CHECKS; t++)
            for (int kind = 0; kind < KEYS_KINDS; kind++)
                checks[t](key_sizes[s], key_sizes[(s * 5 + kind) % KEY_SIZES], kind,
                          kind % 2 ? kind : KEYS_FEW, (s + kind) % 2, NULL);
}

/* Many blocks, of 2^15 keys of both arrays. */
TEST(many_keys) {
    yoke_scratch scratch = {0};
    size_t n = test_size(150000, 50000), sizes[] = {0, 1, n / 3, n, 32768, 65536, 32767};
    for (int i = 0; i < 42; i++) {
        yoke_run run = {.threads = key_threads[i % KEY_THREADS], .scratch = &scratch};
        int kind = i % KEYS_KINDS, other = i % 2 ? kind : (kind + 5) % KEYS_KINDS;
        checks[i % CHECKS](sizes[i % 7], sizes[(i + 3) % 5], kind, other, i / 2 % 2, &run);
    }
    yoke_scratch_fini(&scratch);
}

/* Equal keys across the bounds of blocks stay together. */
TEST(equal_keys) {
    for (int threads = 1; threads <= 3; threads++) {
        yoke_run run = {.threads = threads};
        check_u32(90000, 70000, KEYS_EQUAL, KEYS_EQUAL, YOKE_ASCENDING, &run);
        check_u32(70000, 90000, KEYS_TWO, KEYS_TWO, YOKE_DESCENDING, &run);
        check_f64(70000, 90000, KEYS_SPECIAL, KEYS_SPECIAL, YOKE_DESCENDING, &run);
    }
}

/* What is not sorted makes no sense, but nothing else is touched. */
TEST(not_sorted) {
    size_t n = 100000;
    uint64_t *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b), *to = malloc(2 * n * 8);
    keys_fill(a, n, 64, KEYS_RANDOM);
    keys_fill(b, n, 64, KEYS_RANDOM);
    size_t count = 0;
    CU_ASSERT_EQUAL(yoke_merge(a, n, b, n, YOKE_ASCENDING, to, NULL), YOKE_OK);
    int status = yoke_set_union(a, n, b, n, YOKE_ASCENDING, to, &count, NULL);
    CU_ASSERT(status == YOKE_OK || status == YOKE_EINVAL);
    status = yoke_set_difference(a, n, b, n, YOKE_ASCENDING, to, &count, NULL);
    CU_ASSERT(status == YOKE_OK || status == YOKE_EINVAL);
    free(a), free(b), free(to);
}

TEST(inside_a_region) {
    enum { N = 100000 };
    static int32_t a[N], b[N], wanted[N], seen[N];
    size_t expected = 0, count = 0;
    keys_fill(a, N, 32, KEYS_SAW);
    keys_fill(b, N, 32, KEYS_NEARLY);
    REQUIRE(yoke_sort(a, N, YOKE_ASCENDING, NULL) == YOKE_OK);
    REQUIRE(yoke_sort(b, N, YOKE_ASCENDING, NULL) == YOKE_OK);
    int status = yoke_set_intersection_i32_ref(a, N, b, N, YOKE_ASCENDING, wanted, &expected);
    REQUIRE(status == YOKE_OK);
#pragma omp parallel num_threads(2) default(none) shared(a, b, seen, count, status)
#pragma omp single
    status = yoke_set_intersection(a, N, b, N, YOKE_ASCENDING, seen, &count, NULL);
    CU_ASSERT_EQUAL(status, YOKE_OK);
    CU_ASSERT_EQUAL(count, expected);
    CU_ASSERT(!memcmp(seen, wanted, count * sizeof *seen));
}

TEST(what_is_refused) {
    uint64_t a[2] = {1, 2}, to[4] = {9, 9, 9, 9};
    size_t count = 77;
    CU_ASSERT_EQUAL(yoke_merge(a, 2, a, 2, (yoke_sort_order)2, to, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_merge(a, 2, a, SIZE_MAX, YOKE_ASCENDING, to, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_merge_u64_ref(a, 2, a, 2, (yoke_sort_order)2, to), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_set_union(a, 2, a, 2, (yoke_sort_order)2, to, &count, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(
        yoke_set_union(a, 2, a, 2, YOKE_ASCENDING, to, &count, &(yoke_run){.deadline = 1}),
        YOKE_ETIMEDOUT);
    CU_ASSERT(count == 77 && to[0] == 9);
}

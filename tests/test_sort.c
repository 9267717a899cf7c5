/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting keys, keys with values, and indices, against the serial references.
 */
#include <omp.h>

#include "tests/sort_keys.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
/* One array, sorted in every way, at every number of threads. */
#define DEFINE_CHECK(T, type, wide)                                                                \
    static void check_keys_##T(const type *keys, size_t n, yoke_sort_order order, type *wanted,    \
                               type *seen, const yoke_run *run) {                                  \
        bool sorted = false, sorted_ref = true;                                                    \
        memcpy(wanted, keys, n * sizeof *keys);                                                    \
        memcpy(seen, keys, n * sizeof *keys);                                                      \
        REQUIRE(yoke_sort_##T##_ref(wanted, n, order) == YOKE_OK);                                 \
        CU_ASSERT_EQUAL(yoke_sort(seen, n, order, run), YOKE_OK);                                  \
        CU_ASSERT(!memcmp(wanted, seen, n * sizeof *keys));                                        \
        CU_ASSERT_EQUAL(yoke_is_sorted(seen, n, order, &sorted, run), YOKE_OK);                    \
        CU_ASSERT(sorted);                                                                         \
        CU_ASSERT_EQUAL(yoke_is_sorted(keys, n, order, &sorted, run), YOKE_OK);                    \
        REQUIRE(yoke_is_sorted_##T##_ref(keys, n, order, &sorted_ref) == YOKE_OK);                 \
        CU_ASSERT_EQUAL(sorted, sorted_ref);                                                       \
    }                                                                                              \
    static void check_index_##T(const type *keys, size_t n, yoke_sort_order order,                 \
                                uint64_t *wanted, uint64_t *seen, const yoke_run *run) {           \
        uint32_t *seen32 = (uint32_t *)calloc(n + 1, sizeof *seen32);                              \
        REQUIRE(yoke_argsort_##T##_ref(keys, n, order, wanted) == YOKE_OK);                        \
        CU_ASSERT_EQUAL(yoke_argsort(keys, n, order, seen, run), YOKE_OK);                         \
        CU_ASSERT_EQUAL(yoke_argsort32(keys, n, order, seen32, run), YOKE_OK);                     \
        size_t wrong = 0;                                                                          \
        for (size_t i = 0; i < n; i++) wrong += seen[i] != wanted[i] || seen32[i] != wanted[i];    \
        CU_ASSERT_EQUAL(wrong, 0);                                                                 \
        free(seen32);                                                                              \
    }                                                                                              \
    static void check_pairs_##T(const type *keys, size_t n, size_t size, yoke_sort_order order,    \
                                const yoke_run *run) {                                             \
        type *k[2];                                                                                \
        char *v[2];                                                                                \
        for (int i = 0; i < 2; i++) {                                                              \
            k[i] = malloc((n + 1) * sizeof(type)), v[i] = calloc(n + 1, size);                     \
            memcpy(k[i], keys, n * sizeof(type));                                                  \
            for (size_t j = 0; j < n; j++) memcpy(v[i] + j * size, &j, size < 8 ? size : 8);       \
        }                                                                                          \
        REQUIRE(yoke_sort_pairs_##T##_ref(k[0], v[0], size, n, order) == YOKE_OK);                 \
        CU_ASSERT_EQUAL(yoke_sort_pairs(k[1], v[1], size, n, order, run), YOKE_OK);                \
        CU_ASSERT(!memcmp(k[0], k[1], n * sizeof(type)));                                          \
        CU_ASSERT(!memcmp(v[0], v[1], n * size));                                                  \
        for (int i = 0; i < 2; i++) free(k[i]), free(v[i]);                                        \
    }                                                                                              \
    static void check_##T(size_t n, keys_kind kind, const yoke_run *run) {                         \
        static const size_t sizes[] = {4, 8, 1, 24};                                               \
        type *keys = malloc((n + 1) * sizeof *keys);                                               \
        uint64_t *room = malloc((n + 1) * 2 * sizeof *room);                                       \
        keys_fill(keys, n, 8 * sizeof(type), kind);                                                \
        for (int order = YOKE_ASCENDING; order <= YOKE_DESCENDING; order++) {                      \
            check_keys_##T(keys, n, order, (type *)room, (type *)(room + n), run);                 \
            check_index_##T(keys, n, order, room, room + n, run);                                  \
            check_pairs_##T(keys, n, sizes[(n + kind + order) % 4], order, run);                   \
        }                                                                                          \
        free(keys), free(room);                                                                    \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(DEFINE_CHECK)

static void (*const checks[])(size_t, keys_kind, const yoke_run *) = {
    check_i32, check_i64, check_u32, check_u64, check_f32, check_f64};
enum { CHECKS = sizeof checks / sizeof *checks };

static void check_few(yoke_isa isa) {
    yoke_isa_limit(isa);
    for (int s = 0; s < KEY_SIZES; s++)
        for (int t = 0; t < CHECKS; t++)
            for (keys_kind kind = 0; kind < KEYS_KINDS; kind += 2 + (s + t) % 3)
                checks[t](key_sizes[s], kind, NULL);
}

TEST(few_keys_plain) { check_few(YOKE_ISA_PLAIN); }
TEST(few_keys_avx2) { check_few(YOKE_ISA_AVX2); }
TEST(few_keys_avx512) { check_few(YOKE_ISA_AVX512); }

/* Every size that a network takes, many times. */
TEST(every_size_of_a_network) {
    for (yoke_isa isa = YOKE_ISA_PLAIN; isa <= YOKE_ISA_AVX512; isa++) {
        yoke_isa_limit(isa);
        for (size_t n = 0; n <= 130; n++)
            for (int t = 0; t < CHECKS; t++) checks[t](n, (n + (size_t)t) % KEYS_KINDS, NULL);
    }
}

/* All members together: at least 2^16 keys; above 2^19 buckets can be too large for one. */
static void check_many(size_t n, int first, int step) {
    yoke_scratch scratch = {0};
    for (int kind = first; kind < KEYS_KINDS; kind += step) {
        yoke_isa_limit((yoke_isa)(kind % 3));
        yoke_run run = {.threads = key_threads[kind % KEY_THREADS], .scratch = &scratch};
        checks[(kind + first) % CHECKS](n, kind, &run);
    }
    yoke_scratch_fini(&scratch);
}

TEST(many_keys) { check_many(test_size(70001, 66000), 0, 2); }
TEST(many_keys_of_other_kinds) { check_many(test_size(70001, 66000), 1, 2); }
TEST(many_keys_more) { check_many(test_size(200000, 80000), 0, 3); }
TEST(many_keys_yet_more) { check_many(test_size(300001, 90000), 1, 3); }

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
/* Buckets of more than one member's part: levels below the first. */
#define DEFINE_DEEP(T, type)                                                                       \
    static void deep_##T(keys_kind kind, yoke_sort_order order, size_t n) {                        \
        type *keys = malloc(n * sizeof *keys), *seen = malloc(n * sizeof *keys);                   \
        uint32_t *index = malloc(n * sizeof *index);                                               \
        keys_fill(keys, n, 8 * sizeof(type), kind);                                                \
        memcpy(seen, keys, n * sizeof *keys);                                                      \
        CU_ASSERT_EQUAL(yoke_sort(seen, n, order, &(yoke_run){.threads = 3}), YOKE_OK);            \
        CU_ASSERT_EQUAL(yoke_argsort32(keys, n, order, index, NULL), YOKE_OK);                     \
        size_t wrong = 0;                                                                          \
        for (size_t i = 0; i < n; i++)                                                             \
            wrong += memcmp(&keys[index[i]], &seen[i], sizeof(type)) != 0;                         \
        for (size_t i = 1; i < n; i++)                                                             \
            wrong += order == YOKE_DESCENDING ? seen[i - 1] < seen[i] : seen[i - 1] > seen[i];     \
        for (size_t i = 1; i < n; i++)                                                             \
            wrong += seen[i - 1] == seen[i] && index[i - 1] >= index[i];                           \
        CU_ASSERT_EQUAL(wrong, 0);                                                                 \
        free(keys), free(seen), free(index);                                                       \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
DEFINE_DEEP(u32, uint32_t)
DEFINE_DEEP(u64, uint64_t)
DEFINE_DEEP(i64, int64_t)

/* In ascending order the first digit is a scaled one: from 2^21 keys on. */
TEST(large_scaled_buckets) { deep_u64(KEYS_SIZES, YOKE_ASCENDING, 2200000); }
TEST(large_buckets) {
    deep_u64(KEYS_SIZES, YOKE_DESCENDING, test_size(2500000, 700000));
    deep_u64(KEYS_NESTED, YOKE_DESCENDING, test_size(2500000, 700000));
}
TEST(large_buckets_with_an_outlier) {
    deep_u32(KEYS_OUTLIER, YOKE_DESCENDING, test_size(2500000, 700000));
    deep_u64(KEYS_OUTLIER, YOKE_DESCENDING, test_size(2500000, 700000));
}
TEST(large_buckets_of_equal_keys) {
    deep_u64(KEYS_TWO, YOKE_DESCENDING, test_size(2500000, 700000));
    deep_u32(KEYS_FEW, YOKE_DESCENDING, test_size(2500000, 700000));
    deep_i64(KEYS_SAW, YOKE_DESCENDING, test_size(2500000, 700000));
}

/* The bits are the same at any number of threads, on any instructions. */
TEST(same_bits) {
    size_t n = test_size(150000, 70000);
    double *keys = malloc(n * sizeof *keys), *sorted = malloc(n * sizeof *keys);
    uint64_t *first = malloc(n * sizeof *first), *index = malloc(n * sizeof *index);
    keys_fill(keys, n, 64, KEYS_SPECIAL);
    REQUIRE(yoke_argsort(keys, n, YOKE_ASCENDING, first, &(yoke_run){.threads = 1}) == YOKE_OK);
    for (int threads = 1; threads <= 8; threads++) {
        yoke_isa_limit((yoke_isa)(threads % 3));
        yoke_run run = {.threads = threads};
        CU_ASSERT_EQUAL(yoke_argsort(keys, n, YOKE_ASCENDING, index, &run), YOKE_OK);
        CU_ASSERT(!memcmp(first, index, n * sizeof *index));
        memcpy(sorted, keys, n * sizeof *keys);
        CU_ASSERT_EQUAL(yoke_sort(sorted, n, YOKE_ASCENDING, &run), YOKE_OK);
        size_t wrong = 0;
        for (size_t i = 0; i < n; i++) wrong += memcmp(&sorted[i], &keys[first[i]], 8) != 0;
        CU_ASSERT_EQUAL(wrong, 0);
    }
    free(keys), free(sorted), free(first), free(index);
}

TEST(order_of_real_numbers) {
    double keys[] = {1, __builtin_nan(""), -0.0, 0.0, -__builtin_nan(""), -__builtin_inf(), 5e-324};
    REQUIRE(yoke_sort(keys, 7, YOKE_ASCENDING, NULL) == YOKE_OK);
    CU_ASSERT(keys[0] != keys[0] && __builtin_signbit(keys[0]));
    CU_ASSERT(keys[1] == -__builtin_inf());
    CU_ASSERT(keys[2] == 0 && __builtin_signbit(keys[2]));
    CU_ASSERT(keys[3] == 0 && !__builtin_signbit(keys[3]));
    CU_ASSERT(keys[4] == 5e-324 && keys[5] == 1);
    CU_ASSERT(keys[6] != keys[6] && !__builtin_signbit(keys[6]));
}

static void check_inside_a_region(keys_kind kind) {
    enum { N = 100000 };
    static uint32_t keys[N], wanted[N];
    keys_fill(keys, N, 32, kind);
    memcpy(wanted, keys, sizeof keys);
    REQUIRE(yoke_sort_u32_ref(wanted, N, YOKE_ASCENDING) == YOKE_OK);
    int status = YOKE_EIO;
#pragma omp parallel num_threads(2) default(none) shared(keys, status)
#pragma omp single
    status = yoke_sort(keys, N, YOKE_ASCENDING, NULL);
    CU_ASSERT_EQUAL(status, YOKE_OK);
    CU_ASSERT(!memcmp(keys, wanted, sizeof keys));
}
TEST(inside_a_region) {
    check_inside_a_region(KEYS_RANDOM);
    check_inside_a_region(KEYS_NEARLY);
}

TEST(what_is_refused) {
    uint64_t keys[4] = {3, 1, 2, 0}, before[4] = {3, 1, 2, 0};
    bool sorted = true;
    CU_ASSERT_EQUAL(yoke_sort(keys, 4, (yoke_sort_order)2, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort(keys, 4, YOKE_ASCENDING, &(yoke_run){.threads = -1}), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_pairs(keys, before, 0, 4, YOKE_ASCENDING, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_is_sorted(keys, 4, (yoke_sort_order)-1, &sorted, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_argsort(keys, 4, (yoke_sort_order)2, before, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_u64_ref(keys, 4, (yoke_sort_order)2), YOKE_EINVAL);
    yoke_cancel *cancel;
    REQUIRE(yoke_cancel_create(&cancel) == YOKE_OK);
    yoke_cancel_request(cancel);
    CU_ASSERT_EQUAL(yoke_sort(keys, 4, YOKE_ASCENDING, &(yoke_run){.cancel = cancel}),
                    YOKE_ECANCELED);
    yoke_cancel_release(cancel);
    CU_ASSERT_EQUAL(yoke_sort(keys, 4, YOKE_ASCENDING, &(yoke_run){.deadline = 1}), YOKE_ETIMEDOUT);
    CU_ASSERT(!memcmp(keys, before, sizeof keys));
}

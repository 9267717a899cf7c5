/* SPDX-License-Identifier: Apache-2.0 */
#include "yoke/permute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/each_run.h"
#include "tests/harness.h"

typedef struct task {
    size_t n, limit;
} task;

static void *random_bytes(size_t bytes) {
    unsigned char *to = malloc(bytes + 8);
    for (size_t i = 0; i < bytes + 8; i += 8) {
        uint64_t word = test_random();
        memcpy(to + i, &word, bytes + 8 - i < 8 ? bytes + 8 - i : 8);
    }
    return to;
}

static uint64_t *random_index(size_t n, size_t limit) {
    uint64_t *index = malloc((n + 1) * sizeof *index);
    for (size_t i = 0; i < n; i++) index[i] = test_random_below(limit);
    return index;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_MOVES(T, type, wide)                                                                 \
    static void check_moves_##T(const yoke_run *run, void *ctx) {                                  \
        const task *t = ctx;                                                                       \
        type *table = random_bytes(t->limit * sizeof *table);                                      \
        type *items = random_bytes(t->n * sizeof *items), *to = random_bytes(t->n * sizeof *to);   \
        type *into = random_bytes(t->limit * sizeof *into);                                        \
        type *ref = malloc((t->n + t->limit + 1) * sizeof *ref);                                   \
        uint64_t *index = random_index(t->n, t->limit);                                            \
        CU_ASSERT_EQUAL(yoke_gather(table, t->limit, index, t->n, to, run), YOKE_OK);              \
        yoke_gather_##T##_ref(table, index, t->n, ref);                                            \
        CU_ASSERT(!memcmp(to, ref, t->n * sizeof *to));                                            \
        memcpy(ref, into, t->limit * sizeof *ref);                                                 \
        CU_ASSERT_EQUAL(yoke_scatter(items, index, t->n, into, t->limit, run), YOKE_OK);           \
        yoke_scatter_##T##_ref(items, index, t->n, ref);                                           \
        CU_ASSERT(!memcmp(into, ref, t->limit * sizeof *into));                                    \
        memcpy(ref, to, t->n * sizeof *ref);                                                       \
        CU_ASSERT_EQUAL(yoke_reverse(to, t->n, run), YOKE_OK);                                     \
        yoke_reverse_ref(ref, t->n);                                                               \
        CU_ASSERT(!memcmp(to, ref, t->n * sizeof *to));                                            \
        free(table), free(items), free(to), free(into), free(ref), free(index);                    \
    }                                                                                              \
    static void check_shuffle_##T(const yoke_run *run, void *ctx) {                                \
        size_t n = *(size_t *)ctx;                                                                 \
        type *items = random_bytes(n * sizeof *items), *ref = random_bytes(n * sizeof *ref);       \
        yoke_random random = {test_random(), test_random()};                                       \
        memcpy(ref, items, n * sizeof *ref);                                                       \
        CU_ASSERT_EQUAL(yoke_shuffle(items, n, random, run), YOKE_OK);                             \
        CU_ASSERT_EQUAL(yoke_shuffle_##T##_ref(ref, n, random), YOKE_OK);                          \
        CU_ASSERT(!memcmp(items, ref, n * sizeof *ref));                                           \
        free(items), free(ref);                                                                    \
    }                                                                                              \
    static void check_transpose_##T(const yoke_run *run, void *ctx) {                              \
        const task *t = ctx;                                                                       \
        size_t n = t->n * t->limit;                                                                \
        type *items = random_bytes(n * sizeof *items), *ref = random_bytes(n * sizeof *ref);       \
        type *to = random_bytes(n * sizeof *to);                                                   \
        yoke_transpose_##T##_ref(items, t->n, t->limit, ref);                                      \
        CU_ASSERT_EQUAL(yoke_transpose(items, t->n, t->limit, to, run), YOKE_OK);                  \
        CU_ASSERT(!memcmp(to, ref, n * sizeof *ref));                                              \
        CU_ASSERT_EQUAL(yoke_transpose_in_place(items, t->n, t->limit, run), YOKE_OK);             \
        CU_ASSERT(!memcmp(items, ref, n * sizeof *ref));                                           \
        free(items), free(ref), free(to);                                                          \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(CHECK_MOVES)

static void check_moves(const yoke_run *run, void *ctx) {
#define CALL(T, type, wide) check_moves_##T(run, ctx);
    YOKE_TYPES(CALL)
#undef CALL
}

TEST(the_reference_reverses) {
    float even[] = {1, 2, 3, 4};
    int64_t odd[] = {1, 2, 3};
    yoke_reverse_ref(even, 4);
    CU_ASSERT(!memcmp(even, (float[]){4, 3, 2, 1}, sizeof even));
    yoke_reverse_ref(odd, 3);
    CU_ASSERT(!memcmp(odd, (int64_t[]){3, 2, 1}, sizeof odd));
}

TEST(moves_of_any_length) {
    static const size_t sizes[] = {0, 1, 2, 3, 9, 1000, 32769};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        each_isa(check_moves, &(task){sizes[i], 1});
        each_isa(check_moves, &(task){sizes[i], 5 * sizes[i] / 4 + 1});
    }
}

TEST(moves_in_many_blocks) {
    each_run_threads(check_moves, &(task){50000, 70000});
    each_run_threads(check_moves_u64, &(task){70000, 50000});
    each_run_region(check_moves_f32, &(task){70000, 100});
}

static void check_shuffles(const yoke_run *run, void *ctx) {
#define CALL(T, type, wide) check_shuffle_##T(run, ctx);
    YOKE_TYPES(CALL)
#undef CALL
}

TEST(shuffles_as_the_reference) {
    static const size_t sizes[] = {0, 1, 2, 3, 63, 64, 65, 1025, 32769};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        each_isa(check_shuffles, &(size_t){sizes[i]});
    each_run(check_shuffle_u64, &(size_t){70000});
    each_run(check_shuffle_f32, &(size_t){33001});
}

/* What the order is, by the header's algorithm: all in one bucket, inside out, with words of the
 * stream from block 2^63 on (none of these is rejected). Must never change. */
TEST(shuffles_in_the_order_that_was_defined) {
    enum { N = 500 };
    uint32_t items[N], expected[N] = {0}, words[4];
    yoke_random random = {11, 12};
    for (uint32_t i = 0; i < N; i++) {
        items[i] = i;
        yoke_random_block(random, ((uint64_t)1 << 63) + i / 4, words);
        uint32_t j = (uint32_t)((uint64_t)words[i % 4] * (i + 1) >> 32);
        expected[i] = expected[j];
        expected[j] = i;
    }
    CU_ASSERT_EQUAL(yoke_shuffle(items, N, random, NULL), YOKE_OK);
    CU_ASSERT(!memcmp(items, expected, sizeof items));
}

/* Each of the 24 orders of 4 items, and each place of each item among 33000 in 2 buckets. */
TEST(shuffles_look_uniform) {
    enum { TRIES = 4800, N = 33000, ROUNDS = 20, CELLS = 10 };
    size_t counts[256] = {0};
    double chi = 0;
    for (uint64_t i = 0; i < TRIES; i++) {
        uint32_t items[4] = {0, 1, 2, 3};
        REQUIRE(yoke_shuffle(items, 4, ((yoke_random){1, i}), NULL) == YOKE_OK);
        counts[items[0] | items[1] << 2 | items[2] << 4 | items[3] << 6]++;
    }
    for (size_t i = 0; i < 256; i++)
        if (counts[i]) chi += pow((double)counts[i] - TRIES / 24.0, 2) / (TRIES / 24.0);
    CU_ASSERT(chi > 23 - 4 * 6.8 && chi < 23 + 6 * 6.8); /* 23 degrees, deviation sqrt(46) */
    double cells[CELLS][CELLS] = {{0}};
    uint32_t *items = malloc(N * sizeof *items);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < N; i++) items[i] = i;
        REQUIRE(yoke_shuffle(items, N, ((yoke_random){2, round}), NULL) == YOKE_OK);
        for (size_t i = 0; i < N; i++) cells[i * CELLS / N][(size_t)items[i] * CELLS / N]++;
    }
    chi = 0;
    for (int i = 0; i < CELLS; i++)
        for (int j = 0; j < CELLS; j++)
            chi += pow(cells[i][j] - N * ROUNDS / 100.0, 2) / (N * ROUNDS / 100.0);
    CU_ASSERT(chi < 81 + 6 * 12.7); /* 81 degrees of freedom, deviation sqrt(162) */
    free(items);
}

TEST(permutations_are_inverted) {
    static const size_t sizes[] = {0, 1, 2, 1000, 100000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        size_t n = sizes[k];
        uint64_t *index = malloc((n + 1) * sizeof *index), *inverse = malloc((n + 1) * 8);
        uint64_t *ref = malloc((n + 1) * sizeof *ref);
        for (size_t i = 0; i < n; i++) index[i] = i;
        REQUIRE(yoke_shuffle(index, n, ((yoke_random){3, k}), NULL) == YOKE_OK);
        CU_ASSERT_EQUAL(yoke_permutation_invert(index, n, inverse, &(yoke_run){.threads = 3}),
                        YOKE_OK);
        yoke_permutation_invert_ref(index, n, ref);
        CU_ASSERT(!memcmp(inverse, ref, n * sizeof *ref));
        if (n > 1) {
            index[n / 2] = index[0];
            CU_ASSERT_EQUAL(yoke_permutation_invert(index, n, inverse, NULL), YOKE_EINVAL);
            index[n / 2] = n;
            CU_ASSERT_EQUAL(yoke_permutation_invert(index, n, inverse, NULL), YOKE_EINVAL);
        }
        free(index), free(inverse), free(ref);
    }
}

static void check_transposes(const yoke_run *run, void *ctx) {
#define CALL(T, type, wide) check_transpose_##T(run, ctx);
    YOKE_TYPES(CALL)
#undef CALL
}

TEST(transposes_of_any_shape) {
    static const size_t sides[] = {0, 1, 2, 7, 31, 63, 64, 65, 100};
    enum { SIDES = sizeof sides / sizeof *sides };
    for (size_t i = 0; i < SIDES; i++)
        for (size_t j = 0; j < SIDES; j++) check_transposes(NULL, &(task){sides[i], sides[j]});
    each_run_threads(check_transposes, &(task){300, 301});
    each_run_threads(check_transposes, &(task){300, 300});
    each_run_region(check_transposes, &(task){200, 200});
}

TEST(refuses_what_is_out_of_bounds) {
    double x[10] = {0}, y[10] = {0};
    uint64_t index[10] = {0};
    index[4] = 10;
    index[7] = 99;
    y[0] = 5;
    CU_ASSERT_EQUAL(yoke_gather(x, 10, index, 10, y, NULL), YOKE_ERANGE);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "permute: index[4] is 10, of 10 items");
    CU_ASSERT_EQUAL(yoke_scatter(x, index, 10, y, 10, NULL), YOKE_ERANGE);
    CU_ASSERT_EQUAL(y[0], 5);
    CU_ASSERT_EQUAL(yoke_gather(x, 0, index, 1, y, NULL), YOKE_ERANGE);
    CU_ASSERT_EQUAL(yoke_gather((double *)NULL, 0, NULL, 0, y, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_scatter((double *)NULL, NULL, 0, y, 10, NULL), YOKE_OK);
}

TEST(refuses_overlaps_and_missing_arrays) {
    double x[20] = {0};
    uint64_t index[10] = {0};
    CU_ASSERT_EQUAL(yoke_gather(x, 10, index, 10, x + 5, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_gather(x, 10, (uint64_t *)(void *)(x + 10), 5, x + 12, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_gather(x, 10, NULL, 10, x + 10, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_scatter(x, index, 10, x + 5, 10, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_scatter((double *)NULL, index, 10, x, 10, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_transpose(x, 2, 5, x + 9, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_transpose(x, SIZE_MAX / 2, 5, x + 9, NULL), YOKE_ERANGE);
    CU_ASSERT_EQUAL(yoke_transpose_in_place((double *)NULL, 2, 5, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_permutation_invert(index, 10, index + 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_shuffle((double *)NULL, 2, ((yoke_random){0, 0}), NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_shuffle(x, ((size_t)1 << 40) + 1, ((yoke_random){0, 0}), NULL),
                    YOKE_ERANGE);
    CU_ASSERT_EQUAL(yoke_reverse((double *)NULL, 2, NULL), YOKE_EINVAL);
}

TEST(stops_at_a_deadline) {
    double x[40] = {0};
    uint64_t index[10] = {0};
    yoke_run late = {.deadline = 1};
    CU_ASSERT_EQUAL(yoke_gather(x, 10, index, 10, x + 10, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_scatter(x, index, 10, x + 10, 10, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_transpose(x, 2, 5, x + 10, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_transpose_in_place(x, 2, 5, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_shuffle(x, 2, ((yoke_random){0, 0}), &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_reverse(x, 2, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_permutation_invert(index, 1, index + 1, &late), YOKE_ETIMEDOUT);
}

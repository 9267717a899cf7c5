/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/select_use.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_RUNS(T, type, wide)                                                                  \
    static void check_runs_##T(const yoke_run *run, void *ctx) {                                   \
        size_t n = *(size_t *)ctx, bytes = n * sizeof(type), count = 99, back = 99;                \
        type *from = select_items_##T(n), *to = select_output(bytes), *ref = select_output(bytes); \
        uint64_t *lengths = select_output(n * 8), *ref_lengths = select_output(n * 8);             \
        CU_ASSERT_EQUAL(yoke_unique(from, n, to, &count, run), YOKE_OK);                           \
        CU_ASSERT_EQUAL(count, yoke_unique_##T##_ref(from, n, ref));                               \
        SELECT_SAME(to, ref, bytes);                                                               \
        CU_ASSERT_EQUAL(yoke_rle_encode(from, n, to, lengths, &count, run), YOKE_OK);              \
        CU_ASSERT_EQUAL(count, yoke_rle_encode_##T##_ref(from, n, ref, ref_lengths));              \
        SELECT_SAME(to, ref, bytes);                                                               \
        SELECT_SAME(lengths, ref_lengths, n * 8);                                                  \
        memset(ref, 0xA5, bytes);                                                                  \
        CU_ASSERT_EQUAL(yoke_rle_decode(to, lengths, count, ref, n, &back, run), YOKE_OK);         \
        CU_ASSERT_EQUAL(back, n);                                                                  \
        check_decoded_##T(from, to, lengths, count, ref, n);                                       \
        CU_ASSERT_EQUAL(yoke_difference(from, n, to, run), YOKE_OK);                               \
        yoke_difference_##T##_ref(from, n, ref);                                                   \
        SELECT_SAME(to, ref, bytes);                                                               \
        free(from), free(to), free(ref), free(lengths), free(ref_lengths);                         \
    }
/* What was decoded equals the reference, by bits; and the input, but for the sign of zeros. */
#define CHECK_DECODED(T, type, wide)                                                               \
    static void check_decoded_##T(const type *from, const type *items, const uint64_t *lengths,    \
                                  size_t count, const type *decoded, size_t n) {                   \
        type *ref = select_output(n * sizeof *ref);                                                \
        size_t wrong = 0;                                                                          \
        CU_ASSERT_EQUAL(yoke_rle_decode_##T##_ref(items, lengths, count, ref), n);                 \
        SELECT_SAME(decoded, ref, n * sizeof *ref);                                                \
        for (size_t i = 0; i < n; i++)                                                             \
            wrong += decoded[i] != from[i] && (decoded[i] == decoded[i] || from[i] == from[i]);    \
        CU_ASSERT_EQUAL(wrong, 0);                                                                 \
        free(ref);                                                                                 \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(CHECK_DECODED)
YOKE_TYPES(CHECK_RUNS)

static void check_runs(const yoke_run *run, void *ctx) {
#define CALL(T, type, wide) check_runs_##T(run, ctx);
    YOKE_TYPES(CALL)
#undef CALL
}

TEST(runs_of_any_length) { select_each(check_runs); }

#define EACH_RUNS(T, type, wide)                                                                   \
    TEST(runs_in_many_blocks_##T) {                                                                \
        each_run(check_runs_##T, &(size_t){select_large()});                                       \
        each_isa(check_runs_##T, &(size_t){SELECT_TWO});                                           \
    }
YOKE_TYPES(EACH_RUNS)

/* One run over all blocks, and none longer than 1. */
static void check_extremes(const yoke_run *run, void *ctx) {
    enum { N = 80000 };
    uint32_t *from = calloc(N, sizeof *from), *to = select_output(N * sizeof *to);
    uint64_t *lengths = select_output(N * sizeof *lengths);
    size_t count, n;
    (void)ctx;
    CU_ASSERT_EQUAL(yoke_rle_encode(from, N, to, lengths, &count, run), YOKE_OK);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(lengths[0], N);
    CU_ASSERT_EQUAL(yoke_rle_decode(to, lengths, 1, from, N, &n, run), YOKE_OK);
    CU_ASSERT_EQUAL(n, N);
    for (uint32_t i = 0; i < N; i++) from[i] = i;
    CU_ASSERT_EQUAL(yoke_rle_encode(from, N, to, lengths, &count, run), YOKE_OK);
    CU_ASSERT_EQUAL(count, N);
    CU_ASSERT(!memcmp(from, to, N * sizeof *from));
    size_t wrong = 0;
    for (size_t i = 0; i < N; i++) wrong += lengths[i] != 1;
    CU_ASSERT_EQUAL(wrong, 0);
    free(from), free(to), free(lengths);
}

TEST(one_run_and_runs_of_one) { each_run(check_extremes, NULL); }

/* Lengths of 0 among others, many and long ones. */
static void check_empty_runs(const yoke_run *run, void *ctx) {
    enum { RUNS = 20000 };
    uint64_t *lengths = calloc(RUNS, sizeof *lengths), sum = 0;
    double *items = calloc(RUNS, sizeof *items);
    (void)ctx;
    for (size_t i = 0; i < RUNS; i++) {
        items[i] = (double)i;
        lengths[i] = test_random_below(4) ? 0 : test_random_below(1000) ? 1 : 20000;
        sum += lengths[i];
    }
    double *to = select_output(sum * sizeof *to), *ref = select_output(sum * sizeof *ref);
    size_t n;
    CU_ASSERT_EQUAL(yoke_rle_decode(items, lengths, RUNS, to, sum, &n, run), YOKE_OK);
    CU_ASSERT_EQUAL(n, yoke_rle_decode_f64_ref(items, lengths, RUNS, ref));
    SELECT_SAME(to, ref, sum * sizeof *to);
    free(lengths), free(items), free(to), free(ref);
}

TEST(runs_of_no_items) { each_run(check_empty_runs, NULL); }

TEST(more_than_there_is_room_for) {
    const int32_t items[] = {1, 2, 3};
    int32_t to[4];
    size_t n = 99;
    CU_ASSERT_EQUAL(yoke_rle_decode(items, ((uint64_t[]){1, 2, 2}), 3, to, 4, &n, NULL),
                    YOKE_ERANGE);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "run-length decoding: 5 items and room for 4");
    CU_ASSERT_EQUAL(yoke_rle_decode(items, ((uint64_t[]){UINT64_MAX, 2, 2}), 3, to, 4, &n, NULL),
                    YOKE_ERANGE);
    CU_ASSERT_EQUAL(n, 99);
    CU_ASSERT_EQUAL(yoke_rle_decode(items, ((uint64_t[]){0, 2, 2}), 3, to, 4, &n, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(n, 4);
    CU_ASSERT_EQUAL(yoke_rle_decode(items, NULL, 0, (int32_t *)NULL, 0, &n, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(n, 0);
}

TEST(refuses_overlaps_and_missing_arrays) {
    uint64_t x[40] = {0};
    size_t n = 99;
    CU_ASSERT_EQUAL(yoke_unique(x, 10, x + 5, &n, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_rle_encode(x, 10, x + 10, x + 15, &n, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_rle_encode(x, 10, x + 20, x + 5, &n, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_rle_encode(x, 10, x + 5, x + 20, &n, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_rle_encode(x, 10, x + 10, NULL, &n, NULL), YOKE_EINVAL);
    x[20] = 5;
    CU_ASSERT_EQUAL(yoke_rle_decode(x, x + 20, 1, x, 5, &n, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_rle_decode(x, x + 20, 1, x + 19, 5, &n, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_rle_decode(x, x + 20, 1, (uint64_t *)NULL, 5, &n, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_difference(x, 10, x, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_difference(x, 10, (uint64_t *)NULL, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(n, 99);
}

TEST(stops_at_a_deadline) {
    enum { N = 70000 };
    float *from = select_items_f32(N), *to = select_output(N * sizeof *to);
    uint64_t *lengths = select_output(N * sizeof *lengths);
    size_t count = 99;
    yoke_run late = {.deadline = 1};
    CU_ASSERT_EQUAL(yoke_unique(from, N, to, &count, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_rle_encode(from, N, to, lengths, &count, &late), YOKE_ETIMEDOUT);
    lengths[0] = N;
    CU_ASSERT_EQUAL(yoke_rle_decode(from, lengths, 1, to, N, &count, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_difference(from, N, to, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(count, 99);
    free(from), free(to), free(lengths);
}

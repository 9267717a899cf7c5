/* SPDX-License-Identifier: Apache-2.0
 *
 * Huge arrays whose items move: gather, scatter, permutations, transposes, reversal. The reference
 * of shuffle takes a pass for each of its blocks: here, the same at any number of threads, and each
 * number once.
 */
#include "tests/huge.h"
#include "yoke/permute.h"

TEST_WITH_LIMIT(permutations, MINUTES) {
    uint64_t *x = numbers(1), *index = array(N), *got = array(N), *want = array(N);
    unsigned char *seen = none_seen(N);
    size_t wrong = 0;
    for (size_t i = 0; i < N; i++) index[i] = i;
    DONE(yoke_shuffle(index, N, (yoke_random){14, 0}, &two));
    for (size_t i = 0; i < N; i++) want[i] = i;
    DONE(yoke_shuffle(want, N, (yoke_random){14, 0}, &three));
    SAME(index, want, N);
    for (size_t i = 0; i < N; i++) wrong += !is_new(seen, N, index[i]);
    DONE(yoke_permutation_invert(index, N, want, &two));
    for (size_t i = 0; i < N; i++) wrong += want[index[i]] != i;
    CU_ASSERT_EQUAL(wrong, 0);
    yoke_gather_u64_ref(x, index, N, want);
    DONE(yoke_gather(x, N, index, N, got, &three));
    SAME(got, want, N);
    DONE(yoke_scatter(want, index, N, got, N, &two));
    SAME(got, x, N);
    free(x), free(index), free(got), free(want), free(seen);
}

/* A shuffle of floats moves them as it moves numbers. */
TEST_WITH_LIMIT(shuffle_of_floats, MINUTES) {
    float *x = floats(2), *got = array(N);
    uint64_t *index = array(N);
    size_t wrong = 0;
    memcpy(got, x, N * sizeof *x);
    for (size_t i = 0; i < N; i++) index[i] = i;
    DONE(yoke_shuffle(index, N, (yoke_random){15, 3}, &three));
    DONE(yoke_shuffle(got, N, (yoke_random){15, 3}, &two));
    for (size_t i = 0; i < N; i++) wrong += got[i] != x[index[i]];
    CU_ASSERT_EQUAL(wrong, 0);
    free(x), free(got), free(index);
}

/* Indices that recur: of those that scatter to one place the last counts, and a third of the places
 * keep what they had. */
TEST_WITH_LIMIT(indices_that_recur, MINUTES) {
    int32_t *x = integers(3), *got = array(N), *want = array(N);
    uint64_t *index = numbers_below(4, N);
    yoke_gather_i32_ref(x, index, N, want);
    DONE(yoke_gather(x, N, index, N, got, &two));
    SAME(got, want, N);
    memset(got, 7, N * sizeof *got);
    memset(want, 7, N * sizeof *want);
    yoke_scatter_i32_ref(x, index, N, want);
    DONE(yoke_scatter(x, index, N, got, N, &three));
    SAME(got, want, N);
    free(x), free(got), free(want), free(index);
}

TEST_WITH_LIMIT(transpose_of_u64, MINUTES) {
    enum { ROWS = 8191, COLUMNS = N / ROWS };
    const size_t n = (size_t)ROWS * COLUMNS;
    uint64_t *x = numbers(5), *got = array(N), *want = array(N);
    yoke_transpose_u64_ref(x, ROWS, COLUMNS, want);
    DONE(yoke_transpose(x, ROWS, COLUMNS, got, &two));
    SAME(got, want, n);
    DONE(yoke_transpose_in_place(x, ROWS, COLUMNS, &three));
    SAME(x, want, n);
    free(x), free(got), free(want);
}

/* Long and narrow, and a square in place. */
TEST_WITH_LIMIT(transpose_of_floats, MINUTES) {
    enum { ROWS = 7, COLUMNS = N / ROWS, SIDE = 10000 };
    const size_t n = (size_t)ROWS * COLUMNS, square = (size_t)SIDE * SIDE;
    float *x = floats(6), *got = array(N), *want = array(N);
    yoke_transpose_f32_ref(x, ROWS, COLUMNS, want);
    DONE(yoke_transpose(x, ROWS, COLUMNS, got, &three));
    SAME(got, want, n);
    yoke_transpose_f32_ref(x, SIDE, SIDE, want);
    DONE(yoke_transpose_in_place(x, SIDE, SIDE, &two));
    SAME(x, want, square);
    free(x), free(got), free(want);
}

TEST_WITH_LIMIT(reversal, MINUTES) {
    int32_t *x = integers(7), *got = array(N);
    size_t wrong = 0;
    memcpy(got, x, N * sizeof *x);
    DONE(yoke_reverse(got, N, &two));
    for (size_t i = 0; i < N; i++) wrong += got[i] != x[N - 1 - i];
    CU_ASSERT_EQUAL(wrong, 0);
    free(x), free(got);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Huge reductions: of whole arrays, of segments, by key, and of more than 2^32 items.
 */
#include "tests/huge.h"
#include "yoke/reduce.h"

TEST_WITH_LIMIT(of_doubles, MINUTES) {
    double *x = reals(1), *y = reals(2), got, want;
    size_t place;
    yoke_moments moments, expected = yoke_mean_variance_f64_ref(x, N);
    DONE(yoke_sum(x, N, &got, &two));
    CU_ASSERT_EQUAL(got, yoke_sum_f64_ref(x, N));
    DONE(yoke_dot(x, y, N, &got, &three));
    CU_ASSERT_EQUAL(got, yoke_dot_f64_ref(x, y, N));
    DONE(yoke_norm2(x, N, &got, &two));
    want = yoke_norm2_f64_ref(x, N);
    SAME(&got, &want, 1);
    DONE(yoke_min(x, N, &got, &two));
    CU_ASSERT_EQUAL(got, yoke_min_f64_ref(x, N));
    DONE(yoke_max(x, N, &got, &three));
    CU_ASSERT_EQUAL(got, yoke_max_f64_ref(x, N));
    DONE(yoke_argmax(x, N, &place, &three));
    CU_ASSERT_EQUAL(place, yoke_argmax_f64_ref(x, N));
    DONE(yoke_mean_variance(x, N, &moments, &two));
    SAME(&moments, &expected, 1);
    free(x), free(y);
}

TEST_WITH_LIMIT(of_floats, MINUTES) {
    float *x = floats(3), least;
    double got, want = yoke_sum_f32_ref(x, N);
    size_t place;
    yoke_moments moments, expected = yoke_mean_variance_f32_ref(x, N);
    DONE(yoke_sum(x, N, &got, &three));
    SAME(&got, &want, 1);
    DONE(yoke_dot(x, x, N, &got, &two));
    want = yoke_dot_f32_ref(x, x, N);
    SAME(&got, &want, 1);
    DONE(yoke_min(x, N, &least, &two));
    CU_ASSERT_EQUAL(least, yoke_min_f32_ref(x, N));
    DONE(yoke_argmin(x, N, &place, &three));
    CU_ASSERT_EQUAL(place, yoke_argmin_f32_ref(x, N));
    DONE(yoke_mean_variance(x, N, &moments, &two));
    SAME(&moments, &expected, 1);
    free(x);
}

/* Sums that do not fit 32 bits. */
TEST_WITH_LIMIT(of_integers, MINUTES) {
    int32_t *x = integers(4), most;
    int64_t got, sum = 0, squares = 0;
    size_t place, zeros = 0;
    for (size_t i = 0; i < N; i++) x[i] |= 1 << 30, x[i] &= INT32_MAX;
    for (size_t i = 0; i < N; i++) sum += x[i];
    for (size_t i = 0; i < N; i++)
        squares = (int64_t)((uint64_t)squares + (uint64_t)x[i] * (uint64_t)x[i]);
    DONE(yoke_sum(x, N, &got, &two));
    CU_ASSERT_EQUAL(got, sum);
    DONE(yoke_dot(x, x, N, &got, &three));
    CU_ASSERT_EQUAL(got, squares);
    DONE(yoke_max(x, N, &most, &two));
    CU_ASSERT_EQUAL(most, yoke_max_i32_ref(x, N));
    DONE(yoke_argmax(x, N, &place, &three));
    CU_ASSERT_EQUAL(place, yoke_argmax_i32_ref(x, N));
    memset(x, 0, N * sizeof *x);
    x[N - 1] = -1;
    DONE(yoke_count_equal(x, N, 0, &zeros, &two));
    CU_ASSERT_EQUAL(zeros, N - 1);
    DONE(yoke_argmin(x, N, &place, &two));
    CU_ASSERT_EQUAL(place, N - 1);
    free(x);
}

/* The exact sum does not depend on the order. */
TEST_WITH_LIMIT(exact_sums, MINUTES) {
    double *x = reals(5), *back = array(N), forth, other;
    for (size_t i = 0; i < N; i++) back[i] = x[N - 1 - i];
    DONE(yoke_sum(x, N, &forth, &exact_two));
    DONE(yoke_sum(back, N, &other, &exact_three));
    CU_ASSERT_EQUAL(forth, other);
    free(x), free(back);
}

/* More than 2^32 bytes. */
TEST_WITH_LIMIT(of_flags, MINUTES) {
    const size_t n = ((size_t)1 << 32) + 1234567;
    uint8_t *flags = calloc(n, 1);
    REQUIRE(flags != NULL);
    size_t count;
    bool got;
    flags[n - 1] = 2;
    DONE(yoke_any(flags, n, &got, &two));
    CU_ASSERT(got);
    DONE(yoke_count(flags, n, &count, &three));
    CU_ASSERT_EQUAL(count, 1);
    memset(flags, 1, n);
    DONE(yoke_all(flags, n, &got, &two));
    CU_ASSERT(got);
    DONE(yoke_count(flags, n, &count, &three));
    CU_ASSERT_EQUAL(count, n);
    flags[n - 1] = 0;
    DONE(yoke_all(flags, n, &got, &two));
    CU_ASSERT(!got);
    DONE(yoke_count(flags, n, &count, &two));
    CU_ASSERT_EQUAL(count, n - 1);
    free(flags);
}

/* ---- items that are their indices: neighbouring stretches, and the sum modulo 2^64 ---- */

typedef struct stretch {
    size_t begin, end;
    uint64_t sum;
    bool torn;
} stretch;

static void stretch_init(void *acc, const void *ctx) {
    (void)ctx;
    *(stretch *)acc = (stretch){0};
}

static void stretch_combine(void *into, const void *from, const void *ctx) {
    stretch *a = into;
    const stretch *b = from;
    (void)ctx;
    if (b->begin == b->end) return;
    if (a->begin == a->end) a->begin = a->end = b->begin;
    a->torn |= b->torn || a->end != b->begin;
    a->end = b->end;
    a->sum += b->sum;
}

static void stretch_block(void *acc, const void *items, size_t begin, size_t end, const void *ctx) {
    __extension__ typedef unsigned __int128 wide;
    wide ends = (wide)begin + end - 1;
    stretch block = {begin, end, (uint64_t)(ends * (end - begin) / 2), false};
    (void)items;
    stretch_combine(acc, &block, ctx);
}

TEST_WITH_LIMIT(of_indices, MINUTES) {
    const yoke_reducer reducer = {sizeof(stretch), 0,    stretch_init, stretch_block,
                                  stretch_combine, NULL, false};
    const size_t n = ((size_t)1 << 40) + 12345;
    stretch got;
    DONE(yoke_reduce(&reducer, NULL, n, &got, &three));
    CU_ASSERT(!got.torn && !got.begin);
    CU_ASSERT_EQUAL(got.end, n);
    CU_ASSERT_EQUAL(got.sum, n * ((n - 1) / 2));
}

/* ---- segments and keys ---- */

static int64_t widened(int32_t x) { return x; }
static int64_t sum_of(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
YOKE_DEFINE_REDUCER(total, int32_t, int64_t, 0, widened, sum_of)
static double real_of(float x) { return (double)x; }
static double plus(double a, double b) { return a + b; }
YOKE_DEFINE_REDUCER(real_total, float, double, 0, real_of, plus)

TEST_WITH_LIMIT(of_segments, MINUTES) {
    int32_t *x = integers(6);
    size_t *offsets, count = segments(&offsets), wrong = 0;
    int64_t *got = array(count);
    DONE(yoke_reduce_segments(&total_reducer, x, offsets, count, got, &two));
    for (size_t s = 0; s < count; s++) {
        int64_t want = 0;
        for (size_t i = offsets[s]; i < offsets[s + 1]; i++) want += x[i];
        wrong += got[s] != want;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(x), free(offsets), free(got);
}

/* Keys that come back in other runs. */
TEST_WITH_LIMIT(by_key, MINUTES) {
    float *x = floats(7);
    int32_t *keys = array(N), *got = array(N), *want = array(N);
    size_t *offsets, count = segments(&offsets), runs, expected;
    double *sums = array(N), *wanted = array(N);
    for (size_t s = 0; s < count; s++)
        for (size_t i = offsets[s]; i < offsets[s + 1]; i++) keys[i] = (int32_t)(s % 5) - 2;
    DONE(yoke_reduce_by_key(&real_total_reducer, keys, x, N, got, sums, &runs, &three));
    expected = yoke_reduce_by_key_i32_ref(&real_total_reducer, keys, x, N, want, wanted);
    CU_ASSERT_EQUAL(runs, expected);
    SAME(got, want, expected);
    SAME(sums, wanted, expected);
    free(x), free(keys), free(got), free(want), free(offsets), free(sums), free(wanted);
}

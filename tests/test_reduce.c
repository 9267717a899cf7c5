/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions against their references, bit by bit: every type, sizes around every bound, all kinds
 * of numbers, numbers of threads and sets of instructions.
 */
#include "tests/numbers.h"
#include "yoke/reduce.h"

/* Compares one result of type R with `expected`. */
#define SAME(R, call, expected)                                                                    \
    do {                                                                                           \
        R actual_ = 0, expected_ = (expected);                                                     \
        CU_ASSERT_EQUAL(call, YOKE_OK);                                                            \
        if (memcmp(&actual_, &expected_, sizeof actual_) != 0 &&                                   \
            (actual_ == actual_ || expected_ == expected_)) {                                      \
            CU_ASSERT_EQUAL(actual_, expected_);                                                   \
            CU_ASSERT(!"the bits differ");                                                         \
        }                                                                                          \
    } while (0)

static void check_moments(const yoke_moments *a, const yoke_moments *b) {
    CU_ASSERT_EQUAL(a->count, b->count);
    CU_ASSERT(numbers_same(a->mean, b->mean));
    CU_ASSERT(numbers_same(a->m2, b->m2));
}

#define CHECK_TYPE(S, T, W)                                                                        \
    typedef struct refs_##S {                                                                      \
        W sum, product, dot;                                                                       \
        size_t count, argmin, argmax;                                                              \
        T min, max;                                                                                \
        yoke_moments moments;                                                                      \
    } refs_##S;                                                                                    \
    static void find_refs_##S(const T *x, const T *y, size_t n, refs_##S *r) {                     \
        *r = (refs_##S){.sum = yoke_sum_##S##_ref(x, n),                                           \
                        .product = yoke_product_##S##_ref(x, n),                                   \
                        .dot = yoke_dot_##S##_ref(x, y, n),                                        \
                        .count = yoke_count_equal_##S##_ref(x, n, y[0]),                           \
                        .moments = yoke_mean_variance_##S##_ref(x, n)};                            \
        if (!n) return;                                                                            \
        r->argmin = yoke_argmin_##S##_ref(x, n);                                                   \
        r->argmax = yoke_argmax_##S##_ref(x, n);                                                   \
        r->min = yoke_min_##S##_ref(x, n);                                                         \
        r->max = yoke_max_##S##_ref(x, n);                                                         \
    }                                                                                              \
    static void check_##S(const T *x, const T *y, size_t n, const refs_##S *r,                     \
                          const yoke_run *run) {                                                   \
        yoke_moments moments;                                                                      \
        SAME(W, yoke_sum_##S(x, n, &actual_, run), r->sum);                                        \
        SAME(W, yoke_product_##S(x, n, &actual_, run), r->product);                                \
        SAME(W, yoke_dot_##S(x, y, n, &actual_, run), r->dot);                                     \
        SAME(size_t, yoke_count_equal_##S(x, n, y[0], &actual_, run), r->count);                   \
        CU_ASSERT_EQUAL(yoke_mean_variance_##S(x, n, &moments, run), YOKE_OK);                     \
        check_moments(&moments, &r->moments);                                                      \
        if (!n) return;                                                                            \
        SAME(T, yoke_min_##S(x, n, &actual_, run), r->min);                                        \
        SAME(T, yoke_max_##S(x, n, &actual_, run), r->max);                                        \
        SAME(size_t, yoke_argmin_##S(x, n, &actual_, run), r->argmin);                             \
        SAME(size_t, yoke_argmax_##S(x, n, &actual_, run), r->argmax);                             \
    }                                                                                              \
    static void check_kind_##S(number_kind kind) {                                                 \
        static T x[NUMBERS_MOST + 2], y[NUMBERS_MOST];                                             \
        numbers_fill_##S(x, NUMBERS_MOST + 2, kind);                                               \
        numbers_fill_##S(y, NUMBERS_MOST, kind);                                                   \
        static refs_##S refs[NUMBER_SIZES];                                                        \
        for (size_t i = 0; i < NUMBER_SIZES; i++)                                                  \
            find_refs_##S(x + i % 3, y, number_sizes[i], &refs[i]);                                \
        for (int way = 0; way < NUMBER_WAYS; way += numbers_way_step()) {                          \
            yoke_run run = numbers_way(way);                                                       \
            for (size_t i = 0; i < NUMBER_SIZES; i++)                                              \
                check_##S(x + i % 3, y, number_sizes[i], &refs[i], &run);                          \
        }                                                                                          \
    }                                                                                              \
    TEST_WITH_LIMIT(same_bits_as_the_reference_##S, 60) {                                          \
        for (int kind = 0; kind < NUMBER_KINDS; kind++) check_kind_##S((number_kind)kind);         \
    }
YOKE_TYPES(CHECK_TYPE)

static void check_norm(number_kind kind, double factor) {
    static double x[NUMBERS_MOST];
    static float f[NUMBERS_MOST];
    numbers_fill_f64(x, NUMBERS_MOST, kind);
    numbers_fill_f32(f, NUMBERS_MOST, kind);
    for (size_t i = 0; i < NUMBERS_MOST; i++) x[i] *= factor;
    static double norms_f64[NUMBER_SIZES], norms_f32[NUMBER_SIZES];
    for (size_t i = 0; i < NUMBER_SIZES; i++) {
        norms_f64[i] = yoke_norm2_f64_ref(x, number_sizes[i]);
        norms_f32[i] = yoke_norm2_f32_ref(f, number_sizes[i]);
    }
    for (int way = 0; way < NUMBER_WAYS; way += numbers_way_step()) {
        yoke_run run = numbers_way(way);
        for (size_t i = 0; i < NUMBER_SIZES; i++) {
            size_t n = number_sizes[i];
            SAME(double, yoke_norm2_f64(x, n, &actual_, &run), norms_f64[i]);
            SAME(double, yoke_norm2_f32(f, n, &actual_, &run), norms_f32[i]);
        }
    }
}

TEST(norms_have_the_bits_of_the_reference) {
    for (int kind = 0; kind < NUMBER_KINDS; kind++) check_norm((number_kind)kind, 1);
    check_norm(NUMBERS_PLAIN, 0x1p1000);
    check_norm(NUMBERS_PLAIN, 0x1p-480); /* squares that are not 0, but few bits */
    check_norm(NUMBERS_PLAIN, 0x1p-1040);
}

static double norm(const double *x, size_t n) {
    double result = -1;
    CU_ASSERT_EQUAL(yoke_norm2_f64(x, n, &result, NULL), YOKE_OK);
    return result;
}

TEST(norms_neither_overflow_nor_underflow) {
    CU_ASSERT_EQUAL(norm(NULL, 0), 0);
    CU_ASSERT_EQUAL(norm((double[]){3, 4}, 2), 5);
    CU_ASSERT_EQUAL(norm((double[]){3e300, -4e300}, 2), 5e300);
    CU_ASSERT_EQUAL(norm((double[]){3 * 0x1p-1074, 4 * 0x1p-1074}, 2), 5 * 0x1p-1074);
    CU_ASSERT_EQUAL(norm((double[]){1e300, 1e-300}, 2), 1e300);
    CU_ASSERT_EQUAL(norm((double[]){1e308, 1e308, 1e308, 1e308}, 4), (double)INFINITY);
    CU_ASSERT_EQUAL(norm((double[]){1, -INFINITY}, 2), (double)INFINITY);
    CU_ASSERT(isnan(norm((double[]){NAN, 1, INFINITY}, 3)));
}

TEST(results_that_one_can_see) {
    int32_t x[] = {5, -3, 7, -3, 7};
    int64_t sum, product, dot;
    int32_t smallest, largest;
    size_t at, count;
    yoke_moments moments;
    CU_ASSERT_EQUAL(yoke_sum(x, 5, &sum, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(sum, 13);
    CU_ASSERT_EQUAL(yoke_product(x, 5, &product, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(product, 2205);
    CU_ASSERT_EQUAL(yoke_dot(x, x, 5, &dot, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(dot, 141);
    CU_ASSERT_EQUAL(yoke_min(x, 5, &smallest, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(smallest, -3);
    CU_ASSERT_EQUAL(yoke_max(x, 5, &largest, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(largest, 7);
    CU_ASSERT_EQUAL(yoke_argmin(x, 5, &at, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(at, 1);
    CU_ASSERT_EQUAL(yoke_argmax(x, 5, &at, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(at, 2);
    CU_ASSERT_EQUAL(yoke_count_equal(x, 5, -3, &count, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(count, 2);
    CU_ASSERT_EQUAL(yoke_mean_variance(x, 5, &moments, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(moments.mean, 2.6);
    CU_ASSERT(fabs(yoke_moments_variance(&moments, 1) - 26.8) < 1e-13);
    CU_ASSERT(isnan(yoke_moments_variance(&(yoke_moments){1, 2, 0}, 1)));
}

TEST(sums_wrap_where_64_bits_end) {
    int64_t x[] = {INT64_MAX, 2}, sum;
    uint64_t y[] = {UINT64_MAX, 2}, total;
    CU_ASSERT_EQUAL(yoke_sum(x, 2, &sum, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(sum, INT64_MIN + 1);
    CU_ASSERT_EQUAL(yoke_sum(y, 2, &total, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(total, 1);
}

TEST(zeros_and_nan_in_extremes) {
    double x[] = {1, -0.0, 0.0, -0.0}, r;
    float f[] = {-1, NAN, -2, NAN}, g;
    size_t at;
    CU_ASSERT_EQUAL(yoke_min(x, 4, &r, NULL), YOKE_OK);
    CU_ASSERT(numbers_same(r, -0.0));
    CU_ASSERT_EQUAL(yoke_max(x + 1, 3, &r, NULL), YOKE_OK);
    CU_ASSERT(numbers_same(r, 0.0));
    CU_ASSERT_EQUAL(yoke_max(x + 3, 1, &r, NULL), YOKE_OK);
    CU_ASSERT(numbers_same(r, -0.0));
    CU_ASSERT_EQUAL(yoke_min(f, 4, &g, NULL), YOKE_OK);
    CU_ASSERT(isnan(g));
    CU_ASSERT_EQUAL(yoke_argmax(f, 4, &at, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(at, 1);
}

/* Far from zero: the plain formula would lose everything. */
TEST(variances_do_not_cancel) {
    enum { N = 20000 };
    static double x[N];
    yoke_moments moments;
    for (int i = 0; i < N; i++) x[i] = 1e9 + i % 2;
    CU_ASSERT_EQUAL(yoke_mean_variance(x, N, &moments, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(moments.mean, 1e9 + 0.5);
    CU_ASSERT_EQUAL(moments.m2, N * 0.25);
    x[0] = (double)INFINITY;
    CU_ASSERT_EQUAL(yoke_mean_variance(x, N, &moments, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(moments.mean, (double)INFINITY);
    CU_ASSERT(isnan(moments.m2));
}

/* ---- flags ---- */

TEST(any_all_and_count) {
    static uint8_t flags[300001];
    for (int way = 0; way < NUMBER_WAYS; way += numbers_way_step()) {
        yoke_run run = numbers_way(way);
        for (size_t n = 0; n <= sizeof flags; n = n < 600 ? n + 1 : n + 29940) {
            bool any, all;
            size_t count, set = n ? test_random_below(n) : 0;
            memset(flags, 0, n);
            for (size_t i = 0; i < set; i++) flags[i] = (uint8_t)(1 + i % 255);
            CU_ASSERT_EQUAL(yoke_count(flags, n, &count, &run), YOKE_OK);
            CU_ASSERT_EQUAL(count, yoke_count_ref(flags, n));
            CU_ASSERT_EQUAL(count, set);
            CU_ASSERT_EQUAL(yoke_any(flags, n, &any, &run), YOKE_OK);
            CU_ASSERT_EQUAL(any, yoke_any_ref(flags, n));
            CU_ASSERT_EQUAL(yoke_all(flags, n, &all, &run), YOKE_OK);
            CU_ASSERT_EQUAL(all, yoke_all_ref(flags, n));
        }
    }
    memset(flags, 7, sizeof flags);
    bool all = false;
    CU_ASSERT_EQUAL(yoke_all(flags, sizeof flags, &all, NULL), YOKE_OK);
    CU_ASSERT(all);
}

/* ---- how it runs ---- */

TEST(nothing_is_written_on_failure) {
    static double x[40000];
    double sum = 42;
    int32_t none = 42;
    size_t at = 42;
    CU_ASSERT_EQUAL(yoke_sum(x, 40000, &sum, &(yoke_run){.deadline = 1}), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_sum(x, 0, &sum, &(yoke_run){.threads = -1}), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_min_i32(NULL, 0, &none, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_argmax(x, 0, &at, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(sum, 42);
    CU_ASSERT_EQUAL(none, 42);
    CU_ASSERT_EQUAL(at, 42);
    yoke_cancel *cancel = NULL;
    REQUIRE(yoke_cancel_create(&cancel) == YOKE_OK);
    yoke_cancel_request(cancel);
    CU_ASSERT_EQUAL(yoke_argmin(x, 40000, &at, &(yoke_run){.cancel = cancel}), YOKE_ECANCELED);
    yoke_cancel_release(cancel);
}

TEST(works_inside_a_region) {
    enum { N = 200000 };
    static double x[N];
    numbers_fill_f64(x, N, NUMBERS_PLAIN);
    double expected = yoke_sum_f64_ref(x, N), sums[3] = {0};
#pragma omp parallel num_threads(3)
#pragma omp single
    for (int i = 0; i < 3; i++) {
#pragma omp task firstprivate(i)
        yoke_sum_f64(x, N, &sums[i], &(yoke_run){.threads = 2});
    }
    for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(sums[i], expected);
}

/* ---- reducers of one's own ---- */

typedef struct range {
    int least, most;
} range;

static inline range widest(range a, range b) {
    return (range){a.least < b.least ? a.least : b.least, a.most > b.most ? a.most : b.most};
}
#define AS_RANGE(x) ((range){(x), (x)})
#define NO_RANGE    ((range){INT32_MAX, INT32_MIN})
YOKE_DEFINE_REDUCER(find_range, int, range, NO_RANGE, AS_RANGE, widest)

static inline double square(double x) { return x * x; }
static inline double plus(double a, double b) { return a + b; }
YOKE_DEFINE_REDUCER(sum_of_squares, double, double, 0.0, square, plus)

TEST(a_reducer_of_ones_own) {
    enum { N = 100003 };
    static int x[N];
    static double y[N];
    for (int i = 0; i < N; i++) x[i] = (int)test_random();
    numbers_fill_f64(y, N, NUMBERS_PLAIN);
    double first = 0, again;
    REQUIRE(yoke_reduce_ref(&sum_of_squares_reducer, y, N, &first) == YOKE_OK);
    CU_ASSERT(fabs(first - yoke_dot_f64_ref(y, y, N)) < 1e-9 * first);
    for (int threads = 1; threads <= 8; threads++) {
        yoke_run run = {.threads = threads};
        range r;
        CU_ASSERT_EQUAL(find_range(x, N, &r, &run), YOKE_OK);
        CU_ASSERT_EQUAL(r.least, yoke_min_i32_ref(x, N));
        CU_ASSERT_EQUAL(r.most, yoke_max_i32_ref(x, N));
        CU_ASSERT_EQUAL(sum_of_squares(y, N, &again, &run), YOKE_OK);
        CU_ASSERT_EQUAL(again, first);
    }
    CU_ASSERT_EQUAL(sum_of_squares(y, 0, &again, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(again, 0);
    CU_ASSERT_EQUAL(sum_of_squares(y, N, &again, &(yoke_run){.repro = YOKE_REPRO_EXACT}),
                    YOKE_EUNSUPPORTED);
}

/* Composing maps x -> a x + b is associative and not commutative. */
typedef struct affine {
    uint64_t a, b;
} affine;
static void identity_map(void *acc, const void *ctx) {
    *(affine *)acc = ((void)ctx, (affine){1, 0});
}
static void then(void *into, const void *from, const void *ctx) {
    affine *f = into;
    const affine *g = from;
    (void)ctx;
    *f = (affine){g->a * f->a, g->a * f->b + g->b};
}
static void compose(void *acc, const void *items, size_t begin, size_t end, const void *ctx) {
    for (; begin < end; begin++) then(acc, (const affine *)items + begin, ctx);
}

TEST(combine_need_not_be_commutative) {
    enum { N = 5000 };
    static affine maps[N];
    affine all = {1, 0}, expected, result;
    for (int i = 0; i < N; i++) {
        maps[i] = (affine){test_random() | 1, test_random()};
        then(&all, &maps[i], NULL);
    }
    for (size_t grain = 1; grain < 10000; grain = grain * 3 + 1) {
        yoke_reducer r = {sizeof(affine), grain, identity_map, compose, then, NULL, false};
        REQUIRE(yoke_reduce_ref(&r, maps, N, &expected) == YOKE_OK);
        CU_ASSERT(expected.a == all.a && expected.b == all.b);
        for (int threads = 1; threads < 5; threads++) {
            CU_ASSERT_EQUAL(yoke_reduce(&r, maps, N, &result, &(yoke_run){.threads = threads}),
                            YOKE_OK);
            CU_ASSERT_EQUAL(memcmp(&result, &expected, sizeof result), 0);
        }
    }
    yoke_reducer bad = {0, 0, identity_map, compose, then, NULL, false};
    CU_ASSERT_EQUAL(yoke_reduce(&bad, maps, N, &result, NULL), YOKE_EINVAL);
}

/* ---- segments and keys ---- */

static size_t cut(size_t *offsets, size_t n, size_t most) {
    size_t count = 0;
    offsets[0] = 0;
    while (offsets[count] < n) {
        size_t size = test_random_below(8) == 0 ? test_random_below(most) : test_random_below(5);
        size_t left = n - offsets[count];
        offsets[count + 1] = offsets[count] + (size < left ? size : left);
        count++;
    }
    return count;
}

TEST(segments_have_the_bits_of_their_own_reductions) {
    enum { N = 200000 };
    static double x[N];
    static size_t offsets[4 * N];
    static double results[4 * N], expected[4 * N];
    numbers_fill_f64(x, N, NUMBERS_PLAIN);
    for (int round = 0; round < 8; round++) {
        size_t count = cut(offsets, N, round < 4 ? 100 : 60000);
        yoke_run run = {.threads = 1 + round % 4};
        memset(results, 0xFF, sizeof results);
        CU_ASSERT_EQUAL(
            yoke_reduce_segments(&sum_of_squares_reducer, x, offsets, count, results, &run),
            YOKE_OK);
        REQUIRE(yoke_reduce_segments_ref(&sum_of_squares_reducer, x, offsets, count, expected) ==
                YOKE_OK);
        CU_ASSERT_EQUAL(memcmp(results, expected, count * sizeof *results), 0);
        for (size_t i = 0; i < count; i += 1 + test_random_below(100)) { /* alone, as well */
            double alone = 0;
            REQUIRE(yoke_reduce_ref(&sum_of_squares_reducer, x + offsets[i],
                                    offsets[i + 1] - offsets[i], &alone) == YOKE_OK);
            CU_ASSERT_EQUAL(results[i], alone);
        }
    }
}

TEST(segments_may_be_empty_and_must_ascend) {
    double x[3] = {1, 2, 3}, results[4];
    const yoke_reducer *r = &sum_of_squares_reducer;
    CU_ASSERT_EQUAL(yoke_reduce_segments(r, x, (size_t[]){0, 0, 3, 3, 3}, 4, results, NULL),
                    YOKE_OK);
    CU_ASSERT_EQUAL(results[0], 0);
    CU_ASSERT_EQUAL(results[1], 14);
    CU_ASSERT_EQUAL(results[2], 0);
    CU_ASSERT_EQUAL(results[3], 0);
    CU_ASSERT_EQUAL(yoke_reduce_segments(r, x, (size_t[]){2, 2, 2}, 2, results, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(results[1], 0);
    CU_ASSERT_EQUAL(yoke_reduce_segments(r, x, (size_t[]){0, 2, 1}, 2, results, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_reduce_segments(r, NULL, (size_t[]){0}, 0, NULL, NULL), YOKE_OK);
}

TEST(runs_of_keys) {
    enum { N = 100003 };
    static uint64_t keys[N];
    static int32_t small[N];
    static size_t offsets[N + 1], expected[N + 1];
    for (size_t i = 0; i < N; i++) {
        keys[i] = i && test_random_below(3) ? keys[i - 1] : test_random();
        small[i] = (int32_t)keys[i];
    }
    for (size_t i = 0; i < NUMBER_SIZES; i++) {
        size_t n = number_sizes[i], runs = 99, count = yoke_run_offsets_ref(keys, n, expected);
        CU_ASSERT_EQUAL(yoke_run_offsets(keys, n, offsets, &runs, NULL), YOKE_OK);
        CU_ASSERT_EQUAL(runs, count);
        CU_ASSERT_EQUAL(memcmp(offsets, expected, (count + 1) * sizeof *offsets), 0);
        CU_ASSERT_EQUAL(yoke_run_offsets(small, n, offsets, &runs, NULL), YOKE_OK);
        CU_ASSERT_EQUAL(memcmp(offsets, expected, (count + 1) * sizeof *offsets), 0);
    }
    size_t runs;
    CU_ASSERT_EQUAL(yoke_run_offsets_i32(NULL, 0, offsets, &runs, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_run_offsets_i32(NULL, 3, offsets, &runs, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_run_offsets(small, 3, NULL, &runs, NULL), YOKE_EINVAL);
}

/* Runs of a few keys and, now and then, of more than a block. */
#define CHECK_BY_KEY(S, T)                                                                         \
    static void check_by_key_##S(const double *x, size_t n, const yoke_run *run) {                 \
        static T keys[NUMBERS_MOST], unique[NUMBERS_MOST], expected[NUMBERS_MOST];                 \
        static double results[NUMBERS_MOST], sums[NUMBERS_MOST];                                   \
        for (size_t i = 0, end; i < n; i = end) {                                                  \
            T key = (T)test_random();                                                              \
            size_t most = test_random_below(2000) ? 6 : 40000;                                     \
            end = i + 1 + test_random_below(most);                                                 \
            if (end > n) end = n;                                                                  \
            for (size_t j = i; j < end; j++) keys[j] = key;                                        \
        }                                                                                          \
        size_t runs = 99, count = yoke_reduce_by_key_##S##_ref(&sum_of_squares_reducer, keys, x,   \
                                                               n, expected, sums);                 \
        CU_ASSERT_EQUAL(                                                                           \
            yoke_reduce_by_key(&sum_of_squares_reducer, keys, x, n, unique, results, &runs, run),  \
            YOKE_OK);                                                                              \
        REQUIRE(runs == count);                                                                    \
        CU_ASSERT_EQUAL(memcmp(unique, expected, count * sizeof *unique), 0);                      \
        CU_ASSERT_EQUAL(memcmp(results, sums, count * sizeof *sums), 0);                           \
    }
CHECK_BY_KEY(i32, int32_t)
CHECK_BY_KEY(i64, int64_t)
CHECK_BY_KEY(u32, uint32_t)
CHECK_BY_KEY(u64, uint64_t)

TEST(runs_of_keys_are_reduced) {
    static void (*const check[])(const double *x, size_t n, const yoke_run *run) = {
        check_by_key_i32, check_by_key_i64, check_by_key_u32, check_by_key_u64};
    static double x[NUMBERS_MOST];
    numbers_fill_f64(x, NUMBERS_MOST, NUMBERS_PLAIN);
    for (int way = 0; way < NUMBER_WAYS; way += numbers_way_step()) {
        yoke_run run = numbers_way(way);
        for (size_t i = 0; i < NUMBER_SIZES; i++)
            check[(i + (size_t)way) % 4](x, number_sizes[i], &run);
    }
#pragma omp parallel num_threads(2)
#pragma omp single
    check_by_key_u64(x, NUMBERS_MOST, &(yoke_run){.threads = 3});
}

/* All of one key: a run of many blocks, whose results are combined in order. */
TEST(one_key_is_one_reduction) {
    static const int32_t keys[NUMBERS_MOST];
    static affine maps[NUMBERS_MOST];
    int32_t unique = 7;
    static affine all[NUMBERS_MOST], result;
    size_t runs;
    for (int i = 0; i < NUMBERS_MOST; i++) maps[i] = (affine){test_random() | 1, test_random()};
    yoke_reducer r = {sizeof(affine), 1000, identity_map, compose, then, NULL, false};
    CU_ASSERT_EQUAL(yoke_reduce_by_key_i32_ref(&r, keys, maps, NUMBERS_MOST, &unique, all), 1);
    unique = 7;
    CU_ASSERT_EQUAL(yoke_reduce_by_key(&r, keys, maps, NUMBERS_MOST, &unique, &result, &runs, NULL),
                    YOKE_OK);
    CU_ASSERT_EQUAL(runs, 1);
    CU_ASSERT_EQUAL(unique, 0);
    CU_ASSERT_EQUAL(memcmp(&result, all, sizeof result), 0);
}

TEST(reducing_by_key_refuses) {
    int32_t keys[4] = {1, 1, 2, 1}, unique[4];
    double x[4] = {1, 2, 3, 4}, results[4];
    size_t runs = 42;
    yoke_reducer bad = {0}, r = sum_of_squares_reducer;
    yoke_run exact = {.repro = YOKE_REPRO_EXACT}, late = {.deadline = 1};
    CU_ASSERT_EQUAL(yoke_reduce_by_key(&bad, keys, x, 4, unique, results, &runs, NULL),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_reduce_by_key(&r, keys, x, 4, keys + 1, results, &runs, NULL),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_reduce_by_key(&r, keys, x, 4, unique, NULL, &runs, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_reduce_by_key(&r, keys, x, 4, unique, results, &runs, &exact),
                    YOKE_EUNSUPPORTED);
    CU_ASSERT_EQUAL(yoke_reduce_by_key(&r, keys, x, 4, unique, results, &runs, &late),
                    YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(runs, 42);
    CU_ASSERT_EQUAL(yoke_reduce_by_key(&r, keys, x, 4, unique, results, &runs, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(runs, 3);
    CU_ASSERT_EQUAL(memcmp(unique, (int32_t[]){1, 2, 1}, 3 * sizeof *unique), 0);
    CU_ASSERT_EQUAL(memcmp(results, (double[]){5, 9, 16}, 3 * sizeof *results), 0);
    CU_ASSERT_EQUAL(yoke_reduce_by_key_i32(&r, NULL, NULL, 0, NULL, NULL, &runs, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(runs, 0);
}

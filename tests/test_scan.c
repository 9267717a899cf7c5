/* SPDX-License-Identifier: Apache-2.0
 *
 * Scans against their references, bit by bit: every type, sizes around every bound, all kinds of
 * numbers, numbers of threads and sets of instructions, in place and not.
 */
#include <stdlib.h>

#include "tests/numbers.h"
#include "yoke/scan.h"

static uint8_t starts[NUMBERS_MOST];
static size_t offsets[2 * NUMBERS_MOST + 2];

/* The offsets of the first n of starts, some of them twice: a segment that is empty. */
static size_t offsets_of_starts(size_t n) {
    size_t count = 0;
    if (!n) return 0;
    for (size_t i = 0; i < n; i++) {
        if (i && !starts[i]) continue;
        offsets[count++] = i;
        if (i % 3 == 1) offsets[count++] = i;
    }
    offsets[count] = n;
    return count;
}

/* Half of the sizes are scanned in place. */
#define CHECK_TYPE(S, T, W)                                                                        \
    typedef struct buffers_##S {                                                                   \
        T in[NUMBERS_MOST], out[NUMBERS_MOST];                                                     \
        T inclusive[NUMBERS_MOST], exclusive[NUMBERS_MOST];                                        \
    } buffers_##S;                                                                                 \
    static const T *input_##S(buffers_##S *b, size_t n, bool in_place) {                           \
        if (in_place) memcpy(b->out, b->in, n * sizeof(T));                                        \
        return in_place ? b->out : b->in;                                                          \
    }                                                                                              \
    static void check_plain_##S(buffers_##S *b, size_t n, bool in_place, const yoke_run *run) {    \
        const T *in = input_##S(b, n, in_place);                                                   \
        CU_ASSERT_EQUAL(yoke_inclusive_scan(in, b->out, n, run), YOKE_OK);                         \
        NUMBERS_SAME(b->out, b->inclusive, n);                                                     \
        in = input_##S(b, n, in_place);                                                            \
        CU_ASSERT_EQUAL(yoke_exclusive_scan(in, b->out, n, run), YOKE_OK);                         \
        NUMBERS_SAME(b->out, b->exclusive, n);                                                     \
    }                                                                                              \
    static void check_segmented_##S(buffers_##S *b, size_t n, bool in_place,                       \
                                    const yoke_run *run) {                                         \
        const T *in = input_##S(b, n, in_place);                                                   \
        CU_ASSERT_EQUAL(yoke_segmented_inclusive_scan(in, starts, b->out, n, run), YOKE_OK);       \
        NUMBERS_SAME(b->out, b->inclusive, n);                                                     \
        in = input_##S(b, n, in_place);                                                            \
        CU_ASSERT_EQUAL(yoke_segmented_exclusive_scan(in, starts, b->out, n, run), YOKE_OK);       \
        NUMBERS_SAME(b->out, b->exclusive, n);                                                     \
        size_t count = offsets_of_starts(n);                                                       \
        in = input_##S(b, n, in_place);                                                            \
        CU_ASSERT_EQUAL(yoke_inclusive_scan_segments(in, offsets, count, b->out, run), YOKE_OK);   \
        NUMBERS_SAME(b->out, b->inclusive, n);                                                     \
        in = input_##S(b, n, in_place);                                                            \
        CU_ASSERT_EQUAL(yoke_exclusive_scan_segments(in, offsets, count, b->out, run), YOKE_OK);   \
        NUMBERS_SAME(b->out, b->exclusive, n);                                                     \
    }                                                                                              \
    static void check_kind_##S(buffers_##S *b, number_kind kind, bool segmented) {                 \
        numbers_fill_##S(b->in, NUMBERS_MOST, kind);                                               \
        if (segmented) {                                                                           \
            yoke_segmented_inclusive_scan_##S##_ref(b->in, starts, b->inclusive, NUMBERS_MOST);    \
            yoke_segmented_exclusive_scan_##S##_ref(b->in, starts, b->exclusive, NUMBERS_MOST);    \
        } else {                                                                                   \
            yoke_inclusive_scan_##S##_ref(b->in, b->inclusive, NUMBERS_MOST);                      \
            yoke_exclusive_scan_##S##_ref(b->in, b->exclusive, NUMBERS_MOST);                      \
        }                                                                                          \
        for (int way = 0; way < NUMBER_WAYS; way += numbers_way_step()) {                          \
            yoke_run run = numbers_way(way);                                                       \
            for (size_t i = 0; i < NUMBER_SIZES; i++)                                              \
                (segmented ? check_segmented_##S : check_plain_##S)(b, number_sizes[i], i % 2,     \
                                                                    &run);                         \
        }                                                                                          \
    }                                                                                              \
    TEST(same_bits_as_the_reference_##S) {                                                         \
        buffers_##S *b = malloc(sizeof *b);                                                        \
        REQUIRE(b != NULL);                                                                        \
        for (int kind = 0; kind < NUMBER_KINDS; kind++)                                            \
            check_kind_##S(b, (number_kind)kind, false);                                           \
        free(b);                                                                                   \
    }                                                                                              \
    TEST_WITH_LIMIT(segments_have_the_bits_of_the_reference_##S, 60) {                             \
        buffers_##S *b = malloc(sizeof *b);                                                        \
        REQUIRE(b != NULL);                                                                        \
        for (int kind = 0; kind < NUMBER_KINDS; kind++) {                                          \
            uint64_t most = kind % 2 ? 30000 : 9;                                                  \
            for (size_t i = 0; i < NUMBERS_MOST; i++) starts[i] = test_random_below(most) == 0;    \
            check_kind_##S(b, (number_kind)kind, true);                                            \
            size_t count = offsets_of_starts(NUMBERS_MOST);                                        \
            yoke_inclusive_scan_segments_##S##_ref(b->in, offsets, count, b->out);                 \
            NUMBERS_SAME(b->out, b->inclusive, NUMBERS_MOST);                                      \
            yoke_exclusive_scan_segments_##S##_ref(b->in, offsets, count, b->out);                 \
            NUMBERS_SAME(b->out, b->exclusive, NUMBERS_MOST);                                      \
        }                                                                                          \
        free(b);                                                                                   \
    }
YOKE_TYPES(CHECK_TYPE)

TEST(results_that_one_can_see) {
    int32_t x[] = {3, 1, 4, 1, 5}, y[5];
    uint8_t flags[] = {0, 0, 1, 0, 1};
    CU_ASSERT_EQUAL(yoke_inclusive_scan(x, y, 5, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(y, (int32_t[]){3, 4, 8, 9, 14}, sizeof y), 0);
    CU_ASSERT_EQUAL(yoke_exclusive_scan(x, y, 5, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(y, (int32_t[]){0, 3, 4, 8, 9}, sizeof y), 0);
    CU_ASSERT_EQUAL(yoke_segmented_inclusive_scan(x, flags, y, 5, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(y, (int32_t[]){3, 4, 4, 5, 5}, sizeof y), 0);
    CU_ASSERT_EQUAL(yoke_segmented_exclusive_scan(x, flags, y, 5, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(y, (int32_t[]){0, 3, 0, 4, 0}, sizeof y), 0);
}

TEST(segments_of_a_part_of_the_array) {
    int32_t x[] = {9, 3, 1, 4, 9}, y[] = {7, 7, 7, 7, 7}, z[] = {7, 7, 7, 7, 7};
    const size_t cuts[] = {1, 1, 3, 4, 4}, falling[] = {1, 3, 2};
    CU_ASSERT_EQUAL(yoke_inclusive_scan_segments(x, cuts, 4, y, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(y, (int32_t[]){7, 3, 4, 4, 7}, sizeof y), 0);
    yoke_inclusive_scan_segments_i32_ref(x, cuts, 4, z);
    CU_ASSERT_EQUAL(memcmp(y, z, sizeof y), 0);
    CU_ASSERT_EQUAL(yoke_exclusive_scan_segments(x, cuts, 4, x, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(x, (int32_t[]){9, 0, 3, 0, 9}, sizeof x), 0);
    CU_ASSERT_EQUAL(yoke_inclusive_scan_segments(x, falling, 2, y, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_inclusive_scan_segments(x, cuts, 4, x + 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_inclusive_scan_segments_i32(NULL, NULL, 0, NULL, NULL), YOKE_OK);
}

/* Blocks count from the first segment on; a segment may begin with a block. */
TEST(segments_that_begin_where_blocks_do) {
    enum { N = 70000, BLOCK = 16384 };
    static double x[N], y[N], z[N];
    const size_t cuts[] = {77, 100, 77 + 2 * BLOCK, 69999};
    numbers_fill_f64(x, N, NUMBERS_PLAIN);
    for (int threads = 1; threads <= 3; threads++) {
        yoke_run run = {.threads = threads};
        CU_ASSERT_EQUAL(yoke_inclusive_scan_segments(x, cuts, 3, y, &run), YOKE_OK);
        yoke_inclusive_scan_segments_f64_ref(x, cuts, 3, z);
        NUMBERS_SAME(y, z, N);
    }
}

/* The reference, too, is close to sums that hardly round. */
TEST(sums_are_close_to_the_exact_ones) {
    enum { N = 100003 };
    static double x[N], y[N];
    long double sum = 0;
    double worst = 0;
    numbers_fill_f64(x, N, NUMBERS_PLAIN);
    CU_ASSERT_EQUAL(yoke_inclusive_scan(x, y, N, NULL), YOKE_OK);
    for (int i = 0; i < N; i++) {
        sum += (long double)x[i];
        double error = fabs((double)(sum - (long double)y[i]));
        if (error > worst) worst = error;
    }
    CU_ASSERT(worst < 1e-11);
}

TEST(arrays_may_be_the_same_but_not_overlap) {
    static int64_t x[100];
    CU_ASSERT_EQUAL(yoke_inclusive_scan(x, x + 1, 50, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_exclusive_scan(x + 49, x, 50, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_inclusive_scan(x, x + 50, 50, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_inclusive_scan_i64(NULL, NULL, 0, NULL), YOKE_OK);
}

TEST(stops_when_asked) {
    static double x[60000];
    static int32_t y[60000];
    const yoke_run late_and_exact = {.repro = YOKE_REPRO_EXACT, .deadline = 1};
    yoke_cancel *cancel = NULL;
    CU_ASSERT_EQUAL(yoke_inclusive_scan(x, x, 60000, &(yoke_run){.deadline = 1}), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_inclusive_scan(y, y, 60000, &(yoke_run){.repro = YOKE_REPRO_EXACT}),
                    YOKE_OK);
    CU_ASSERT_EQUAL(yoke_exclusive_scan(x, x, 60000, &late_and_exact), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(
        yoke_inclusive_scan_segments(y, ((size_t[]){0, 60000}), 1, y, &(yoke_run){.deadline = 1}),
        YOKE_ETIMEDOUT);
    REQUIRE(yoke_cancel_create(&cancel) == YOKE_OK);
    yoke_cancel_request(cancel);
    CU_ASSERT_EQUAL(yoke_exclusive_scan(y, y, 60000, &(yoke_run){.cancel = cancel}),
                    YOKE_ECANCELED);
    yoke_cancel_release(cancel);
}

TEST(works_inside_a_region) {
    enum { N = 200000 };
    static int64_t x[N], y[3][N], expected[N];
    int statuses[3];
    numbers_fill_i64(x, N, NUMBERS_PLAIN);
    yoke_inclusive_scan_i64_ref(x, expected, N);
#pragma omp parallel num_threads(2)
#pragma omp single
    for (int i = 0; i < 3; i++) {
#pragma omp task firstprivate(i)
        statuses[i] = yoke_inclusive_scan(x, y[i], N, &(yoke_run){.threads = 4});
    }
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(statuses[i], YOKE_OK);
        NUMBERS_SAME(y[i], expected, N);
    }
}

/* ---- scans of one's own ---- */

/* Maps x -> a x + b, one after the other: associative, not commutative. */
typedef struct affine {
    uint64_t a, b;
} affine;
static inline affine then(affine f, affine g) { return (affine){g.a * f.a, g.a * f.b + g.b}; }
#define UNCHANGED ((affine){1, 0})
YOKE_DEFINE_SCAN(composition, affine, UNCHANGED, then)

static inline double larger(double a, double b) { return a > b ? a : b; }
YOKE_DEFINE_SCAN(running_max, double, -INFINITY, larger)

TEST(a_scan_of_ones_own) {
    enum { N = 70001 };
    static affine maps[N], got[N], inclusive[N], exclusive[N];
    affine all = UNCHANGED;
    for (int i = 0; i < N; i++) {
        maps[i] = (affine){test_random() | 1, test_random()};
        exclusive[i] = all;
        inclusive[i] = all = then(all, maps[i]);
    }
    for (int threads = 1; threads <= 8; threads++) {
        for (size_t n = 0; n <= N; n = n < 3 ? n + 1 : n + 34999 - n % 2) {
            yoke_run run = {.threads = threads};
            CU_ASSERT_EQUAL(composition_inclusive(maps, got, n, &run), YOKE_OK);
            CU_ASSERT_EQUAL(memcmp(got, inclusive, n * sizeof *got), 0);
            memcpy(got, maps, sizeof got);
            CU_ASSERT_EQUAL(composition_exclusive(got, got, n, &run), YOKE_OK);
            CU_ASSERT_EQUAL(memcmp(got, exclusive, n * sizeof *got), 0);
        }
    }
}

static inline double plus(double a, double b) { return a + b; }
YOKE_DEFINE_SCAN(running_sum, double, 0.0, plus)

/* Additions of doubles show in which order they were made. */
TEST(scans_of_ones_own_have_the_bits_of_the_reference) {
    static double x[NUMBERS_MOST], got[NUMBERS_MOST], expected[NUMBERS_MOST];
    yoke_scanner s = {sizeof(double),
                      0,
                      running_sum_total,
                      running_sum_combine,
                      running_sum_inclusive_block,
                      NULL};
    numbers_fill_f64(x, NUMBERS_MOST, NUMBERS_PLAIN);
    for (int threads = 1; threads <= 8; threads++) {
        for (size_t i = 0; i < NUMBER_SIZES; i++) {
            size_t n = number_sizes[i];
            s.grain = (size_t)threads % 3 * 100; /* 0: the usual one */
            s.scan = i % 2 ? running_sum_inclusive_block : running_sum_exclusive_block;
            memcpy(got, x, sizeof got), memcpy(expected, x, sizeof expected);
            REQUIRE(yoke_scan_ref(&s, expected, expected, n) == YOKE_OK);
            CU_ASSERT_EQUAL(yoke_scan(&s, got, got, n, &(yoke_run){.threads = threads}), YOKE_OK);
            CU_ASSERT_EQUAL(memcmp(got, expected, sizeof got), 0);
        }
    }
}

TEST(running_maxima) {
    double x[] = {1, 3, 2, 5}, y[4];
    CU_ASSERT_EQUAL(running_max_inclusive(x, y, 4, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(y, (double[]){1, 3, 3, 5}, sizeof y), 0);
    CU_ASSERT_EQUAL(running_max_exclusive(x, y, 4, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(y, (double[]){-INFINITY, 1, 3, 3}, sizeof y), 0);
    yoke_scanner bad = {0};
    CU_ASSERT_EQUAL(yoke_scan(&bad, x, y, 4, NULL), YOKE_EINVAL);
}

/* Many small blocks and more members than processors: walks back are long and folds late. */
static void slow_total(void *acc, const void *in, size_t begin, size_t end, const void *ctx) {
    composition_total(acc, in, begin, end, ctx);
    for (volatile size_t i = begin * 2654435761u % 3000; i > 0; i--) continue;
}

TEST(late_folds) {
    enum { N = 20000 };
    static affine maps[N], got[N], expected[N];
    yoke_scanner s = {
        sizeof(affine), 7, slow_total, composition_combine, composition_inclusive_block, NULL};
    for (int i = 0; i < N; i++) maps[i] = (affine){test_random() | 1, test_random()};
    REQUIRE(yoke_scan_ref(&s, maps, expected, N) == YOKE_OK);
    for (int threads = 2; threads <= 8; threads += 3) {
        CU_ASSERT_EQUAL(yoke_scan(&s, maps, got, N, &(yoke_run){.threads = threads}), YOKE_OK);
        CU_ASSERT_EQUAL(memcmp(got, expected, sizeof got), 0);
    }
}

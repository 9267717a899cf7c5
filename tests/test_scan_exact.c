/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact scans against sums of MPFR that never round, of which each is rounded once: floats and
 * doubles, sizes around every bound, all kinds of numbers, segments by flags and by offsets.
 */
#include <mpfr.h>
#include <stdlib.h>

#include "tests/numbers.h"
#include "yoke/scan.h"

enum { ALL_BITS = 2300 }; /* from the largest double, times 2^53, down to the smallest */

static uint8_t starts[NUMBERS_MOST];
static size_t offsets[NUMBERS_MOST + 1];

static double rounded_f64(const mpfr_t sum) {
    return mpfr_zero_p(sum) ? 0 : mpfr_get_d(sum, MPFR_RNDN);
}
static float rounded_f32(const mpfr_t sum) {
    return mpfr_zero_p(sum) ? 0 : mpfr_get_flt(sum, MPFR_RNDN);
}

/* What decides how a sum is rounded lies far below it, or the sum cancels, or leaves the range. */
static double hostile(void) {
    static const double numbers[] = {
        1,        0x1p-24,   0x1p-53,    0x1p-80,    -0x1p-80, -0x1p-24,       -1,
        0x1p-100, 0x1p-106,  -0x1p53,    0x1p53,     0x1p-170, 1e300,          -1e300,
        0x1p-149, 0x1p-150,  0x1p-1074,  -0x1p-1074, 0x1p127,  -0x1p127,       0x1p-126,
        -0.0,     0x1p-1022, -0x1p-1022, 0x1p103,    -0x1p103, 0x1.fffffep127, -0x1.fffffep127,
        0x1p1023, -0x1p1023};
    return numbers[test_random_below(sizeof numbers / sizeof *numbers)];
}

static size_t offsets_of_starts(size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || starts[i]) offsets[count++] = i;
    offsets[count] = n;
    return count;
}

#define CHECK_TYPE(S, T)                                                                           \
    typedef struct buffers_##S {                                                                   \
        T in[NUMBERS_MOST], out[NUMBERS_MOST];                                                     \
        T inclusive[NUMBERS_MOST], exclusive[NUMBERS_MOST];                                        \
    } buffers_##S;                                                                                 \
    static void solve_##S(buffers_##S *b, bool segmented) {                                        \
        mpfr_t sum;                                                                                \
        mpfr_init2(sum, ALL_BITS);                                                                 \
        mpfr_set_zero(sum, 1);                                                                     \
        for (size_t i = 0; i < NUMBERS_MOST; i++) {                                                \
            if (segmented && starts[i]) mpfr_set_zero(sum, 1);                                     \
            b->exclusive[i] = rounded_##S(sum);                                                    \
            CU_ASSERT_EQUAL_FATAL(mpfr_add_d(sum, sum, (double)b->in[i], MPFR_RNDN), 0);           \
            b->inclusive[i] = rounded_##S(sum);                                                    \
        }                                                                                          \
        mpfr_clear(sum);                                                                           \
    }                                                                                              \
    static void check_##S(buffers_##S *b, size_t n, bool segmented, const yoke_run *run) {         \
        size_t count = offsets_of_starts(n);                                                       \
        CU_ASSERT_EQUAL(segmented ? yoke_segmented_inclusive_scan(b->in, starts, b->out, n, run)   \
                                  : yoke_inclusive_scan(b->in, b->out, n, run),                    \
                        YOKE_OK);                                                                  \
        NUMBERS_SAME(b->out, b->inclusive, n);                                                     \
        memcpy(b->out, b->in, n * sizeof(T));                                                      \
        CU_ASSERT_EQUAL(segmented ? yoke_segmented_exclusive_scan(b->out, starts, b->out, n, run)  \
                                  : yoke_exclusive_scan(b->out, b->out, n, run),                   \
                        YOKE_OK);                                                                  \
        NUMBERS_SAME(b->out, b->exclusive, n);                                                     \
        if (!segmented) return;                                                                    \
        memcpy(b->out, b->in, n * sizeof(T));                                                      \
        CU_ASSERT_EQUAL(yoke_inclusive_scan_segments(b->out, offsets, count, b->out, run),         \
                        YOKE_OK);                                                                  \
        NUMBERS_SAME(b->out, b->inclusive, n);                                                     \
        CU_ASSERT_EQUAL(yoke_exclusive_scan_segments(b->in, offsets, count, b->out, run),          \
                        YOKE_OK);                                                                  \
        NUMBERS_SAME(b->out, b->exclusive, n);                                                     \
    }                                                                                              \
    static void check_kind_##S(buffers_##S *b, int kind, bool segmented) {                         \
        static const int threads[] = {1, 2, 3, 8};                                                 \
        uint64_t most = kind % 2 ? 30000 : 9;                                                      \
        for (size_t i = 0; i < NUMBERS_MOST; i++) starts[i] = test_random_below(most) == 0;        \
        if (kind < NUMBER_KINDS)                                                                   \
            numbers_fill_##S(b->in, NUMBERS_MOST, (number_kind)kind);                              \
        else                                                                                       \
            for (size_t i = 0; i < NUMBERS_MOST; i++) b->in[i] = (T)hostile();                     \
        solve_##S(b, segmented);                                                                   \
        for (size_t i = 0; i < NUMBER_SIZES; i++) {                                                \
            yoke_run run = {.threads = threads[i % 4], .repro = YOKE_REPRO_EXACT};                 \
            check_##S(b, number_sizes[i], segmented, &run);                                        \
        }                                                                                          \
    }                                                                                              \
    TEST_WITH_LIMIT(sums_so_far_of_##S##_are_rounded_once, 60) {                                   \
        buffers_##S *b = malloc(sizeof *b);                                                        \
        REQUIRE(b != NULL);                                                                        \
        for (int kind = 0; kind <= NUMBER_KINDS; kind++) check_kind_##S(b, kind, false);           \
        free(b);                                                                                   \
    }                                                                                              \
    TEST_WITH_LIMIT(segments_of_##S##_are_rounded_once, 60) {                                      \
        buffers_##S *b = malloc(sizeof *b);                                                        \
        REQUIRE(b != NULL);                                                                        \
        for (int kind = 0; kind <= NUMBER_KINDS; kind++) check_kind_##S(b, kind, true);            \
        free(b);                                                                                   \
    }
CHECK_TYPE(f32, float)
CHECK_TYPE(f64, double)

/* The order of the items does not show in the last result. */
TEST(the_last_result_knows_no_order) {
    enum { N = 50001 };
    static double x[N], y[N], forth[N];
    const yoke_run run = {.threads = 2, .repro = YOKE_REPRO_EXACT};
    numbers_fill_f64(x, N, NUMBERS_PLAIN);
    for (int i = 0; i < N; i += 7) x[i] *= 0x1p90;
    for (int i = 0; i < N; i++) y[N - 1 - i] = x[i];
    CU_ASSERT_EQUAL(yoke_inclusive_scan(x, forth, N, &run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_inclusive_scan(y, y, N, &run), YOKE_OK);
    CU_ASSERT_EQUAL(y[N - 1], forth[N - 1]);
}

TEST(results_that_one_can_see) {
    const yoke_run exact = {.repro = YOKE_REPRO_EXACT};
    double x[] = {1, 1e100, 1, -1e100}, y[4];
    float f[] = {1, 0x1p-24f, 0x1p-80f}, g[3];
    CU_ASSERT_EQUAL(yoke_inclusive_scan(x, y, 4, &exact), YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(y, (double[]){1, 1e100, 1e100, 2}, sizeof y), 0);
    CU_ASSERT_EQUAL(yoke_inclusive_scan(x, y, 4, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(y[3], 0);
    CU_ASSERT_EQUAL(yoke_inclusive_scan(f, g, 3, &exact), YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(g, (float[]){1, 1, 0x1.000002p0f}, sizeof g), 0);
}

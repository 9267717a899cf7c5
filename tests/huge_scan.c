/* SPDX-License-Identifier: Apache-2.0
 *
 * Huge scans: sums, sums of segments, and those with an operation of the user.
 */
#include "tests/huge.h"
#include "yoke/scan.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
/* Each kind of scan of x against its reference. */
#define DEFINE_CHECKS(T, type)                                                                     \
    static void check_plain_##T(type *x) {                                                         \
        type *got = array(N), *want = array(N);                                                    \
        yoke_inclusive_scan_##T##_ref(x, want, N);                                                 \
        DONE(yoke_inclusive_scan(x, got, N, &two));                                                \
        SAME(got, want, N);                                                                        \
        yoke_exclusive_scan_##T##_ref(x, want, N);                                                 \
        DONE(yoke_exclusive_scan(x, x, N, &three));                                                \
        SAME(x, want, N);                                                                          \
        free(x), free(got), free(want);                                                            \
    }                                                                                              \
    static void check_starts_##T(type *x, uint8_t *starts) {                                       \
        type *got = array(N), *want = array(N);                                                    \
        yoke_segmented_inclusive_scan_##T##_ref(x, starts, want, N);                               \
        DONE(yoke_segmented_inclusive_scan(x, starts, got, N, &three));                            \
        SAME(got, want, N);                                                                        \
        yoke_segmented_exclusive_scan_##T##_ref(x, starts, want, N);                               \
        DONE(yoke_segmented_exclusive_scan(x, starts, got, N, &two));                              \
        SAME(got, want, N);                                                                        \
        free(x), free(got), free(want), free(starts);                                              \
    }                                                                                              \
    static void check_segments_##T(type *x) {                                                      \
        type *got = array(N), *want = array(N);                                                    \
        size_t *offsets, count = segments(&offsets);                                               \
        yoke_inclusive_scan_segments_##T##_ref(x, offsets, count, want);                           \
        DONE(yoke_inclusive_scan_segments(x, offsets, count, got, &two));                          \
        SAME(got, want, N);                                                                        \
        yoke_exclusive_scan_segments_##T##_ref(x, offsets, count, want);                           \
        DONE(yoke_exclusive_scan_segments(x, offsets, count, got, &three));                        \
        SAME(got, want, N);                                                                        \
        free(x), free(got), free(want), free(offsets);                                             \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
DEFINE_CHECKS(i32, int32_t)
DEFINE_CHECKS(f32, float)
DEFINE_CHECKS(f64, double)

/* A third of the items in one segment, then short ones. */
static uint8_t *starts_of_segments(void) {
    uint8_t *starts = calloc(N, 1);
    REQUIRE(starts != NULL);
    size_t *offsets, count = segments(&offsets);
    for (size_t s = 0; s < count; s++)
        if (offsets[s] < N) starts[offsets[s]] = 1;
    free(offsets);
    return starts;
}

TEST_WITH_LIMIT(sums_of_doubles, MINUTES) { check_plain_f64(reals(1)); }
TEST_WITH_LIMIT(sums_of_floats, MINUTES) { check_plain_f32(floats(2)); }
TEST_WITH_LIMIT(sums_of_integers, MINUTES) { check_plain_i32(integers(3)); }
TEST_WITH_LIMIT(starts_among_doubles, MINUTES) { check_starts_f64(reals(4), starts_of_segments()); }
TEST_WITH_LIMIT(starts_among_integers, MINUTES) {
    check_starts_i32(integers(5), starts_of_segments());
}
TEST_WITH_LIMIT(starts_among_floats, MINUTES) {
    check_starts_f32(floats(10), starts_of_segments());
}
TEST_WITH_LIMIT(segments_of_integers, MINUTES) { check_segments_i32(integers(11)); }
TEST_WITH_LIMIT(segments_of_floats, MINUTES) { check_segments_f32(floats(6)); }
TEST_WITH_LIMIT(segments_of_doubles, MINUTES) { check_segments_f64(reals(7)); }

/* The exact sums of whole numbers are those of integers. */
TEST_WITH_LIMIT(exact_sums, MINUTES) {
    int32_t *x = integers(8);
    double *in = array(N), *got = array(N);
    for (size_t i = 0; i < N; i++) in[i] = x[i];
    DONE(yoke_inclusive_scan(in, got, N, &exact_two));
    int64_t sum = 0;
    size_t wrong = 0;
    for (size_t i = 0; i < N; i++) wrong += got[i] != (double)(sum += x[i]);
    CU_ASSERT_EQUAL(wrong, 0);
    free(x), free(in), free(got);
}

/* ---- x -> factor x + term modulo 2^32: the first one first, so it does not commute ---- */

typedef struct line {
    uint32_t factor, term;
} line;

static line after(line a, line b) {
    return (line){a.factor * b.factor, a.term * b.factor + b.term};
}
YOKE_DEFINE_SCAN(lines, line, ((line){1, 0}), after)

static size_t wrong_lines(const line *x, const line *got, bool inclusive) {
    line fold = {1, 0};
    size_t wrong = 0;
    for (size_t i = 0; i < N; i++) {
        line before = fold;
        fold = after(fold, x[i]);
        wrong += memcmp(&got[i], inclusive ? &fold : &before, sizeof fold) != 0;
    }
    return wrong;
}

TEST_WITH_LIMIT(with_an_operation, MINUTES) {
    line *x = (line *)numbers(9), *got = array(N);
    for (size_t i = 0; i < N; i++) x[i].factor |= 1;
    DONE(lines_inclusive(x, got, N, &two));
    CU_ASSERT_EQUAL(wrong_lines(x, got, true), 0);
    DONE(lines_exclusive(x, got, N, &three));
    CU_ASSERT_EQUAL(wrong_lines(x, got, false), 0);
    free(x), free(got);
}

/* ---- more than 2^32 items, which are their indices ---- */

enum { BLOCK = 16384 };

typedef struct stretch {
    size_t begin, end;
} stretch;

static void stretch_total(void *acc, const void *in, size_t begin, size_t end, const void *ctx) {
    (void)in, (void)ctx;
    *(stretch *)acc = (stretch){begin, end};
}

static void stretch_combine(void *into, const void *from, const void *ctx) {
    stretch *a = into;
    const stretch *b = from;
    (void)ctx;
    a->end = a->end == b->begin ? b->end : SIZE_MAX;
}

/* Notes for each block whether all indices before it were folded. */
static void stretch_scan(const void *before, const void *in, void *out, size_t begin, size_t end,
                         const void *ctx) {
    const stretch *fold = before;
    (void)in, (void)end, (void)ctx;
    bool whole = fold ? !fold->begin && fold->end == begin : !begin;
    ((unsigned char *)out)[begin / BLOCK] += whole ? 1 : 2;
}

TEST_WITH_LIMIT(of_indices, MINUTES) {
    const yoke_scanner scanner = {sizeof(stretch), BLOCK,        stretch_total,
                                  stretch_combine, stretch_scan, NULL};
    const size_t blocks = (size_t)1 << 20, n = blocks * BLOCK - 5;
    unsigned char *got = calloc(blocks, 1);
    REQUIRE(got != NULL);
    DONE(yoke_scan(&scanner, NULL, got, n, &three));
    size_t wrong = 0;
    for (size_t i = 0; i < blocks; i++) wrong += got[i] != 1;
    CU_ASSERT_EQUAL(wrong, 0);
    free(got);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Huge selections, partitions, and runs of equal items.
 */
#include "tests/huge.h"
#include "yoke/select.h"

static unsigned char *flags_of(uint64_t seed) {
    unsigned char *flags = bytes(N);
    for (size_t i = 0; i < N; i++) flags[i] = mix(i + seed) & 4 ? 4 : 0;
    return flags;
}

TEST_WITH_LIMIT(of_u64, MINUTES) {
    const uint64_t half = UINT64_MAX / 2;
    uint64_t *x = numbers(1), *got = array(N), *want = array(N);
    size_t count, parts[3], expected[3];
    DONE(yoke_select_where(x, N, YOKE_RELATION_LESS, half, got, &count, &two));
    CU_ASSERT_EQUAL(count, yoke_select_where_u64_ref(x, N, YOKE_RELATION_LESS, half, want));
    SAME(got, want, count);
    DONE(yoke_partition_where(x, N, YOKE_RELATION_LESS, half, got, &count, &three));
    CU_ASSERT_EQUAL(count, yoke_partition_where_u64_ref(x, N, YOKE_RELATION_LESS, half, want));
    SAME(got, want, N);
    yoke_partition3_u64_ref(x, N, half / 2, half, want, expected);
    DONE(yoke_partition3(x, N, half / 2, half, got, parts, &two));
    SAME(parts, expected, 3);
    SAME(got, want, N);
    free(x), free(got), free(want);
}

TEST_WITH_LIMIT(of_floats, MINUTES) {
    float *x = floats(2), *got = array(N), *want = array(N);
    unsigned char *flags = flags_of(1);
    size_t count, parts[3], expected[3];
    DONE(yoke_select(x, flags, N, got, &count, &three));
    CU_ASSERT_EQUAL(count, yoke_select_f32_ref(x, flags, N, want));
    SAME(got, want, count);
    DONE(yoke_partition(x, flags, N, got, &count, &two));
    CU_ASSERT_EQUAL(count, yoke_partition_f32_ref(x, flags, N, want));
    SAME(got, want, N);
    yoke_partition3_f32_ref(x, N, -0.5f, 0.9f, want, expected);
    DONE(yoke_partition3(x, N, -0.5f, 0.9f, got, parts, &three));
    SAME(parts, expected, 3);
    SAME(got, want, N);
    free(x), free(got), free(want), free(flags);
}

TEST_WITH_LIMIT(of_places, MINUTES) {
    unsigned char *flags = flags_of(2);
    uint64_t *got = array(N), *want = array(N);
    size_t count;
    DONE(yoke_select_places(flags, N, got, &count, &two));
    CU_ASSERT_EQUAL(count, yoke_select_places_ref(flags, N, want));
    SAME(got, want, count);
    free(flags), free(got), free(want);
}

TEST_WITH_LIMIT(runs_of_u64, MINUTES) {
    uint64_t *x = numbers_below(3, 3), *got = array(N), *want = array(N);
    uint64_t *lengths = array(N), *expected = array(N);
    size_t count, n;
    DONE(yoke_unique(x, N, got, &count, &two));
    CU_ASSERT_EQUAL(count, yoke_unique_u64_ref(x, N, want));
    SAME(got, want, count);
    DONE(yoke_rle_encode(x, N, got, lengths, &count, &three));
    CU_ASSERT_EQUAL(count, yoke_rle_encode_u64_ref(x, N, want, expected));
    SAME(got, want, count);
    SAME(lengths, expected, count);
    DONE(yoke_rle_decode(got, lengths, count, want, N, &n, &two));
    CU_ASSERT_EQUAL(n, N);
    SAME(want, x, N);
    free(x), free(got), free(want), free(lengths), free(expected);
}

/* Runs of all lengths, the longest one of a third of the items. */
TEST_WITH_LIMIT(runs_of_integers, MINUTES) {
    int32_t *x = array(N), *got = array(N), *want = array(N);
    uint64_t *lengths = array(N), *expected = array(N);
    size_t *offsets, count = segments(&offsets), n;
    for (size_t s = 0; s < count; s++)
        for (size_t i = offsets[s]; i < offsets[s + 1]; i++) x[i] = (int32_t)(s % 3);
    DONE(yoke_unique(x, N, got, &n, &three));
    CU_ASSERT_EQUAL(n, yoke_unique_i32_ref(x, N, want));
    SAME(got, want, n);
    DONE(yoke_rle_encode(x, N, got, lengths, &count, &two));
    CU_ASSERT_EQUAL(count, yoke_rle_encode_i32_ref(x, N, want, expected));
    SAME(got, want, count);
    SAME(lengths, expected, count);
    DONE(yoke_rle_decode(got, lengths, count, want, N, &n, &three));
    CU_ASSERT_EQUAL(n, N);
    SAME(want, x, N);
    free(x), free(got), free(want), free(lengths), free(expected), free(offsets);
}

TEST_WITH_LIMIT(differences, MINUTES) {
    uint64_t *x = numbers(4), *got = array(N), *want = array(N);
    yoke_difference_u64_ref(x, N, want);
    DONE(yoke_difference(x, N, got, &two));
    SAME(got, want, N);
    free(x), free(got), free(want);
}

/* ---- more than 2^32 items, of one byte ---- */

static const size_t many = ((size_t)1 << 32) + ((size_t)1 << 26);

static void is_not_zero(const void *items, size_t n, unsigned char *flags, const void *ctx) {
    const unsigned char *x = items;
    (void)ctx;
    for (size_t i = 0; i < n; i++) flags[i] = x[i] != 0;
}

/* Item i is i % 251: of those that are not 0, the j-th is 1 + j % 250. */
static size_t wrong_bytes(const unsigned char *got, size_t count) {
    size_t wrong = 0;
    for (size_t i = 0, want = 1; i < count; i++) {
        wrong += got[i] != want;
        want = want == 250 ? 1 : want + 1;
    }
    return wrong;
}

TEST_WITH_LIMIT(of_bytes, MINUTES) {
    unsigned char *x = bytes(many), *got = bytes(many);
    size_t count, wrong = 0, expected = many - (many + 250) / 251;
    for (size_t i = 0, next = 0; i < many; i++) {
        x[i] = (unsigned char)next;
        next = next == 250 ? 0 : next + 1;
    }
    DONE(yoke_select_by(x, many, 1, is_not_zero, NULL, got, &count, &two));
    CU_ASSERT_EQUAL(count, expected);
    CU_ASSERT_EQUAL(wrong_bytes(got, expected), 0);
    memset(got, 1, many);
    DONE(yoke_partition_by(x, many, 1, is_not_zero, NULL, got, &count, &three));
    CU_ASSERT_EQUAL(count, expected);
    CU_ASSERT_EQUAL(wrong_bytes(got, expected), 0);
    for (size_t i = expected; i < many; i++) wrong += got[i] != 0;
    CU_ASSERT_EQUAL(wrong, 0);
    free(x), free(got);
}

TEST_WITH_LIMIT(places_beyond_32_bits, MINUTES) {
    unsigned char *flags = calloc(many, 1);
    REQUIRE(flags != NULL);
    const uint64_t want[] = {0, (uint64_t)INT32_MAX + 1, UINT32_MAX, (uint64_t)UINT32_MAX + 1,
                             many - 1};
    uint64_t got[5] = {0};
    size_t count;
    for (int i = 0; i < 5; i++) flags[want[i]] = 1;
    DONE(yoke_select_places(flags, many, got, &count, &two));
    CU_ASSERT_EQUAL(count, 5);
    SAME(got, want, 5);
    free(flags);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Huge sorts: keys, keys with values, indices, elements that are compared, segments, strings. What
 * is checked is what determines the result, as tests/huge.h says.
 */
#include "tests/huge.h"
#include "tests/huge_keys.h"
#include "yoke/sort.h"
#include "yoke/sort_strings.h"

/* ---- keys ---- */

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define DEFINE_CHECK_KEYS(T, type)                                                                 \
    static void check_keys_##T(type *x, yoke_sort_order order, const yoke_run *run) {              \
        uint64_t before = digest(x, N, sizeof *x);                                                 \
        DONE(yoke_sort(x, N, order, run));                                                         \
        CU_ASSERT_EQUAL(misplaced_##T(x, N, order), 0);                                            \
        CU_ASSERT_EQUAL(digest(x, N, sizeof *x), before);                                          \
        free(x);                                                                                   \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
DEFINE_CHECK_KEYS(i32, int32_t)
DEFINE_CHECK_KEYS(u64, uint64_t)
DEFINE_CHECK_KEYS(f32, float)
DEFINE_CHECK_KEYS(f64, double)

/* Any bits: also NaN, denormals, infinities. */
static double *any_doubles(uint64_t seed) { return (double *)numbers(seed); }
static float *any_floats(uint64_t seed) { return (float *)integers(seed); }

static uint64_t *nearly_sorted(uint64_t seed) {
    uint64_t *x = numbers(seed);
    for (size_t i = 0; i < N; i++)
        if (x[i] % 50) x[i] = i << 30;
    return x;
}

TEST_WITH_LIMIT(keys_u64, MINUTES) { check_keys_u64(numbers(1), YOKE_ASCENDING, &two); }
TEST_WITH_LIMIT(keys_of_few_kinds, MINUTES) {
    check_keys_u64(numbers_below(2, 5), YOKE_DESCENDING, &three);
}
TEST_WITH_LIMIT(keys_nearly_sorted, MINUTES) {
    check_keys_u64(nearly_sorted(3), YOKE_ASCENDING, &two);
}
TEST_WITH_LIMIT(keys_i32, MINUTES) { check_keys_i32(integers(4), YOKE_ASCENDING, &three); }
TEST_WITH_LIMIT(keys_f32, MINUTES) { check_keys_f32(any_floats(5), YOKE_DESCENDING, &two); }
TEST_WITH_LIMIT(keys_f64, MINUTES) { check_keys_f64(any_doubles(6), YOKE_ASCENDING, &three); }

/* ---- keys with values, indices: item i has key_of(i), and 2^20 keys recur ---- */

static uint64_t key_of(uint64_t i) { return mix(i) >> 44; }

/* What of an order is wrong: keys, or their order, or that each item is there once; equal keys in
 * the order of their items. */
static size_t wrong_order(const void *index, size_t size, bool descending) {
    unsigned char *seen = none_seen(N);
    size_t wrong = 0;
    uint64_t last = 0, last_key = 0;
    for (size_t i = 0; i < N; i++) {
        uint64_t item = 0;
        memcpy(&item, (const char *)index + i * size, size);
        uint64_t key = key_of(item);
        bool behind = key == last_key ? item > last : (key > last_key) != descending;
        wrong += !is_new(seen, N, item) || (i && !behind);
        last = item, last_key = key;
    }
    free(seen);
    return wrong;
}

TEST_WITH_LIMIT(pairs_of_8_bytes, MINUTES) {
    uint64_t *keys = array(N), *values = array(N);
    size_t wrong = 0;
    for (size_t i = 0; i < N; i++) keys[i] = key_of(i), values[i] = i;
    DONE(yoke_sort_pairs(keys, values, sizeof *values, N, YOKE_DESCENDING, &two));
    for (size_t i = 0; i < N; i++) wrong += keys[i] != key_of(values[i]);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(wrong_order(values, sizeof *values, true), 0);
    free(keys), free(values);
}

TEST_WITH_LIMIT(pairs_of_4_bytes, MINUTES) {
    float *keys = array(N);
    uint32_t *values = array(N);
    size_t wrong = 0;
    for (size_t i = 0; i < N; i++) keys[i] = (float)key_of(i), values[i] = (uint32_t)i;
    DONE(yoke_sort_pairs(keys, values, sizeof *values, N, YOKE_ASCENDING, &three));
    for (size_t i = 0; i < N; i++) wrong += keys[i] != (float)key_of(values[i]);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(wrong_order(values, sizeof *values, false), 0);
    free(keys), free(values);
}

TEST_WITH_LIMIT(argsort, MINUTES) {
    int32_t *keys = array(N);
    uint64_t *got = array(N);
    for (size_t i = 0; i < N; i++) keys[i] = (int32_t)key_of(i) - (1 << 19);
    DONE(yoke_argsort(keys, N, YOKE_DESCENDING, got, &three));
    CU_ASSERT_EQUAL(wrong_order(got, sizeof *got, true), 0);
    free(keys), free(got);
}

TEST_WITH_LIMIT(argsort_to_32_bits, MINUTES) {
    double *keys = array(N);
    uint32_t *got = array(N);
    for (size_t i = 0; i < N; i++) keys[i] = (double)key_of(i) - 1e5;
    DONE(yoke_argsort32(keys, N, YOKE_ASCENDING, got, &two));
    CU_ASSERT_EQUAL(wrong_order(got, sizeof *got, false), 0);
    free(keys), free(got);
}

/* ---- elements that are compared ---- */

typedef struct element { /* 12 bytes */
    uint32_t key, item, copy;
} element;

static int compare(const void *a, const void *b, void *ctx) {
    const element *x = a, *y = b;
    (void)ctx;
    return x->key < y->key ? -1 : x->key > y->key;
}

TEST_WITH_LIMIT(by_comparison, MINUTES) {
    element *x = bytes((size_t)N * sizeof *x);
    uint32_t *items = array(N);
    size_t wrong = 0;
    for (size_t i = 0; i < N; i++) x[i] = (element){(uint32_t)key_of(i), (uint32_t)i, ~(uint32_t)i};
    DONE(yoke_sort_by(x, N, sizeof *x, compare, NULL, &two));
    for (size_t i = 0; i < N; i++) {
        items[i] = x[i].item;
        wrong += x[i].key != key_of(x[i].item) || x[i].copy != ~x[i].item;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(wrong_order(items, sizeof *items, false), 0);
    free(x), free(items);
}

/* ---- segments ---- */

TEST_WITH_LIMIT(segments_of_floats, MINUTES) {
    float *x = any_floats(7), *before = array(N);
    size_t *offsets, count = segments(&offsets), wrong = 0;
    memcpy(before, x, N * sizeof *x);
    DONE(yoke_sort_segments(x, offsets, count, YOKE_ASCENDING, &two));
    for (size_t s = 0; s < count; s++) {
        size_t at = offsets[s], n = offsets[s + 1] - at;
        wrong += misplaced_f32(x + at, n, YOKE_ASCENDING) != 0;
        wrong += digest(x + at, n, sizeof *x) != digest(before + at, n, sizeof *x);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(x), free(before), free(offsets);
}

/* ---- strings: of 0 to 8 letters, in a text of eight bytes each; many are equal ---- */

static void fill_strings(char *text, yoke_string *strings) {
    for (size_t i = 0; i < N; i++) {
        uint64_t bits = mix(i + 12345);
        strings[i] = (yoke_string){text + 8 * i, bits % 9};
        for (size_t k = 0; k < 8; k++) text[8 * i + k] = "\0abcxyz\xff"[bits >> (8 + 6 * k) & 7];
    }
}

TEST_WITH_LIMIT(strings, MINUTES) {
    char *text = array(N);
    yoke_string *strings = bytes((size_t)N * sizeof *strings);
    unsigned char *seen = none_seen(N);
    size_t wrong = 0;
    fill_strings(text, strings);
    DONE(yoke_sort_strings(strings, N, &two));
    for (size_t i = 0; i < N; i++) {
        size_t item = (size_t)(strings[i].data - text) / 8;
        wrong += !is_new(seen, N, item) || strings[i].size != mix(item + 12345) % 9;
        if (!i) continue;
        yoke_string a = strings[i - 1], b = strings[i];
        int found = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
        if (!found) found = a.size < b.size ? -1 : a.size > b.size;
        wrong += found > 0 || (!found && a.data > b.data);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(text), free(strings), free(seen);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "yoke/distinct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/each_run.h"
#include "tests/harness.h"

static yoke_distinct *make(int precision, uint64_t seed) {
    yoke_distinct *d = NULL;
    REQUIRE(yoke_distinct_create(&(yoke_distinct_options){precision, seed}, &d) == YOKE_OK);
    return d;
}

static unsigned char *bytes_of(const yoke_distinct *d, size_t *size) {
    *size = yoke_distinct_size(d);
    unsigned char *bytes = malloc(*size);
    yoke_distinct_write(d, bytes);
    return bytes;
}

static void same(const yoke_distinct *a, const yoke_distinct *b) {
    size_t a_size, b_size;
    unsigned char *x = bytes_of(a, &a_size), *y = bytes_of(b, &b_size);
    CU_ASSERT(a_size == b_size && !memcmp(x, y, a_size));
    free(x), free(y);
}

/* Many sketches of n items: the mean error is none, the mean square is that of the standard error.
 */
static void check_error(int precision, size_t n, double standard) {
    enum { SKETCHES = 60 };
    double sum = 0, squares = 0;
    for (uint64_t s = 0; s < SKETCHES; s++) {
        yoke_distinct *d = make(precision, s);
        for (uint64_t i = 0; i < n; i++) yoke_distinct_add(d, i);
        for (uint64_t i = 0; i < n / 10; i++) yoke_distinct_add(d, i);
        double error = yoke_distinct_count(d) / (double)n - 1;
        sum += error, squares += error * error;
        yoke_distinct_destroy(d);
    }
    CU_ASSERT(fabs(sum / SKETCHES) < 4 * standard / sqrt(SKETCHES));
    CU_ASSERT(sqrt(squares / SKETCHES) < 1.4 * standard);
}

TEST(errors_are_as_promised) {
    check_error(14, 3000, 0.0002); /* sparse: places of 2^25 that collide */
    check_error(10, 400, 0.0325);
    check_error(10, 1000, 0.0325);
    check_error(10, 3000, 0.0325);
    check_error(10, test_size(20000, 8000), 0.0325);
    check_error(6, 1000, 0.13);
    check_error(18, 5000, 0.00203);
}

TEST(few_items_are_counted_nearly_exactly) {
    yoke_distinct *d = make(14, 0);
    CU_ASSERT_EQUAL(yoke_distinct_count(d), 0);
    for (uint64_t i = 1; i <= 1000; i++) {
        yoke_distinct_add(d, i * i);
        CU_ASSERT_EQUAL(round(yoke_distinct_count(d)), i);
    }
    yoke_distinct_destroy(d);
}

TEST(bytes_and_numbers_are_different_items) {
    yoke_distinct *d = make(14, 1);
    char text[300] = {0};
    for (size_t size = 0; size <= 300; size++) yoke_distinct_add_bytes(d, text, size);
    CU_ASSERT_EQUAL(round(yoke_distinct_count(d)), 301);
    for (size_t i = 0; i < 300; i++) { /* each byte counts */
        text[i] = 1;
        yoke_distinct_add_bytes(d, text, 300);
        text[i] = 0;
    }
    yoke_distinct_add(d, 0);
    CU_ASSERT_EQUAL(round(yoke_distinct_count(d)), 602);
    yoke_distinct_destroy(d);
}

/* In any order, and dealt to sketches in any way, dense and sparse. */
TEST(depends_on_the_set_only) {
    static const size_t counts[] = {0, 5, 300, 511, 512, 513, 5000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        yoke_distinct *all = make(10, 7), *merged = make(10, 7);
        yoke_distinct *parts[3] = {make(10, 7), make(10, 7), make(10, 7)};
        for (uint64_t i = 0; i < counts[c]; i++) yoke_distinct_add(all, i);
        for (uint64_t i = counts[c]; i-- > 0;) {
            yoke_distinct_add(parts[i * i % 5 ? 1 : 0], i);
            if (i % 7 == 0) yoke_distinct_add(parts[2], i);
        }
        for (int i = 0; i < 3; i++) {
            CU_ASSERT_EQUAL(yoke_distinct_merge(merged, parts[i]), YOKE_OK);
            yoke_distinct_destroy(parts[i]);
        }
        same(all, merged);
        yoke_distinct_destroy(all), yoke_distinct_destroy(merged);
    }
}

static void check_array(const yoke_run *run, void *ctx) {
    yoke_distinct *d = make(12, 3), *ref = make(12, 3);
    const uint64_t *items = ctx;
    CU_ASSERT_EQUAL(yoke_distinct_add_array(d, items, 150000, run), YOKE_OK);
    for (size_t i = 0; i < 150000; i++) yoke_distinct_add(ref, items[i]);
    same(d, ref);
    yoke_distinct_destroy(d), yoke_distinct_destroy(ref);
}

TEST(arrays_give_the_same_sketch_with_any_threads) {
    uint64_t *items = malloc(150000 * sizeof *items);
    for (size_t i = 0; i < 150000; i++) items[i] = test_random_below(100000);
    each_run_threads(check_array, items);
    each_run_region(check_array, items);
    free(items);
}

TEST(bytes_come_back) {
    static const size_t counts[] = {0, 1, 100, 2000};
    for (size_t c = 0; c < 4; c++) {
        yoke_distinct *d = make(8, c), *back = NULL;
        size_t size;
        for (size_t i = 0; i < counts[c]; i++) yoke_distinct_add(d, test_random());
        unsigned char *bytes = bytes_of(d, &size);
        CU_ASSERT_EQUAL_FATAL(yoke_distinct_read(bytes, size, &back), YOKE_OK);
        same(d, back);
        CU_ASSERT_EQUAL(yoke_distinct_count(d), yoke_distinct_count(back));
        CU_ASSERT_EQUAL(yoke_distinct_merge(back, d), YOKE_OK);
        same(d, back);
        yoke_distinct_destroy(back);
        for (size_t i = 0; i < size; i++) {
            bytes[i] ^= 1;
            CU_ASSERT_EQUAL(yoke_distinct_read(bytes, size, &back), YOKE_EDATA);
            bytes[i] ^= 1;
            CU_ASSERT_EQUAL(yoke_distinct_read(bytes, i, &back), YOKE_EDATA);
        }
        free(bytes);
        yoke_distinct_destroy(d);
    }
}

/* Sketches of other versions and machines must go together. */
TEST(hashes_never_change) {
    yoke_distinct *d = make(14, 1);
    size_t size;
    yoke_distinct_add(d, 42);
    yoke_distinct_add_bytes(d, "yoke", 4);
    unsigned char *bytes = bytes_of(d, &size);
    uint32_t entries[2];
    CU_ASSERT_EQUAL_FATAL(size, 24 + 8 + 8);
    for (int e = 0; e < 2; e++)
        entries[e] = bytes[24 + 4 * e] | bytes[25 + 4 * e] << 8 | bytes[26 + 4 * e] << 16 |
                     (uint32_t)bytes[27 + 4 * e] << 24;
    CU_ASSERT_EQUAL(entries[0], 408076033);
    CU_ASSERT_EQUAL(entries[1], 1666161281);
    free(bytes);
    yoke_distinct_destroy(d);
}

TEST(refuses_bad_arguments) {
    yoke_distinct *d = NULL, *other = make(14, 1);
    CU_ASSERT_EQUAL(yoke_distinct_create(&(yoke_distinct_options){.precision = 3}, &d),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_distinct_create(&(yoke_distinct_options){.precision = 19}, &d),
                    YOKE_EINVAL);
    REQUIRE(yoke_distinct_create(NULL, &d) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_distinct_merge(d, other), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_distinct_merge(d, d), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_distinct_add_array(d, NULL, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_distinct_add_array(d, &(uint64_t){1}, 1, &(yoke_run){.deadline = 1}),
                    YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_distinct_read(NULL, 0, &d), YOKE_EDATA);
    yoke_distinct_destroy(d), yoke_distinct_destroy(other);
    yoke_distinct_destroy(NULL);
}

TEST(exact_numbers) {
    const double items[] = {1, -0.0, 0.0, NAN, 1, NAN, INFINITY};
    const uint32_t numbers[] = {3, 3, 3};
    size_t count = 99;
    CU_ASSERT_EQUAL(yoke_distinct_exact(items, 7, &count, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(count, 4);
    CU_ASSERT_EQUAL(yoke_distinct_exact(numbers, 3, &count, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(yoke_distinct_exact(numbers, 0, &count, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(yoke_distinct_exact((double *)NULL, 1, &count, NULL), YOKE_EINVAL);
    uint64_t *many = malloc(100000 * sizeof *many);
    for (size_t i = 0; i < 100000; i++) many[i] = i % 777;
    CU_ASSERT_EQUAL(yoke_distinct_exact(many, 100000, &count, &(yoke_run){.threads = 3}), YOKE_OK);
    CU_ASSERT_EQUAL(count, 777);
    free(many);
    CU_ASSERT_EQUAL(yoke_distinct_exact_ref(items, 7), 4);
    CU_ASSERT_EQUAL(yoke_distinct_exact_ref(numbers, 3), 1);
}

/* Few and many different items; floats have any bits, some of them those of NaN and zeros. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_EXACT(T, type, wide)                                                                 \
    static void check_exact_##T(size_t n, uint64_t kinds, const yoke_run *run) {                   \
        type *items = malloc((n + 1) * sizeof *items);                                             \
        size_t count = 99;                                                                         \
        for (size_t i = 0; i < n; i++) {                                                           \
            uint64_t bits = (test_random_below(kinds) + 1) * 0x9E3779B97F4A7C15u;                  \
            if (i % 5 == 0) bits |= sizeof(type) == 4 ? 0x7F800000u : (uint64_t)0x7FF << 52;       \
            if (i % 7 == 0) bits = (bits & 1) << (8 * sizeof(type) - 1); /* a zero of some sign */ \
            memcpy(&items[i], &bits, sizeof *items);                                               \
        }                                                                                          \
        CU_ASSERT_EQUAL(yoke_distinct_exact(items, n, &count, run), YOKE_OK);                      \
        CU_ASSERT_EQUAL(count, yoke_distinct_exact_ref(items, n));                                 \
        free(items);                                                                               \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(CHECK_EXACT)

#define EACH_EXACT(T, type, wide)                                                                  \
    TEST(exact_numbers_as_the_reference_##T) {                                                     \
        static const size_t sizes[] = {0, 1, 2, 3, 64, 700};                                       \
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)                                  \
            for (int threads = 1; threads <= 3; threads++)                                         \
                check_exact_##T(sizes[i], threads == 2 ? 10 : 100000,                              \
                                &(yoke_run){.threads = threads});                                  \
        check_exact_##T(70000, 50, &(yoke_run){.threads = 3});                                     \
    }
YOKE_TYPES(EACH_EXACT)

/* SPDX-License-Identifier: Apache-2.0 */
#include "yoke/quantiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/each_run.h"
#include "tests/harness.h"

static yoke_quantiles *make(unsigned k, uint64_t seed) {
    yoke_quantiles *q = NULL;
    REQUIRE(yoke_quantiles_create(&(yoke_quantiles_options){k, seed}, &q) == YOKE_OK);
    return q;
}

static double get(const yoke_quantiles *q, double fraction) {
    double number = NAN;
    REQUIRE(yoke_quantiles_get(q, &fraction, 1, &number) == YOKE_OK);
    return number;
}

/* The bytes of a sketch, to be freed. */
static unsigned char *bytes_of(const yoke_quantiles *q, size_t *size) {
    *size = yoke_quantiles_size(q);
    unsigned char *bytes = malloc(*size);
    yoke_quantiles_write(q, bytes);
    return bytes;
}

static void same(const yoke_quantiles *a, const yoke_quantiles *b) {
    size_t a_size, b_size;
    unsigned char *x = bytes_of(a, &a_size), *y = bytes_of(b, &b_size);
    CU_ASSERT_EQUAL(a_size, b_size);
    CU_ASSERT(a_size == b_size && !memcmp(x, y, a_size));
    free(x), free(y);
}

TEST(few_numbers_are_exact) {
    yoke_quantiles *q = make(100, 1);
    for (int i = 99; i >= 0; i--) CU_ASSERT_EQUAL(yoke_quantiles_add(q, i), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_quantiles_add(q, NAN), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_quantiles_count(q), 100);
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(get(q, (i + 0.5) / 100), i);
        CU_ASSERT_EQUAL(yoke_quantiles_rank(q, i + 0.5), i + 1);
    }
    CU_ASSERT_EQUAL(get(q, 0), 0);
    CU_ASSERT_EQUAL(get(q, 1), 99);
    CU_ASSERT_EQUAL(yoke_quantiles_rank(q, -1), 0);
    yoke_quantiles_destroy(q);
}

/* The error of the rank of a number below which x of n are, as a fraction. */
static double error_at(const yoke_quantiles *q, double x, size_t n) {
    return fabs((double)yoke_quantiles_rank(q, x) / (double)n - x / (double)n);
}

/* Numbers 0 to n - 1 in some order; many sketches. The bound of the header holds in 99 of 100
 * queries, and the error has no bias. */
static void check_ranks(size_t n) {
    enum { SKETCHES = 60, QUERIES = 19 };
    size_t beyond = 0;
    double bias = 0;
    for (uint64_t s = 0; s < SKETCHES; s++) {
        yoke_quantiles *q = make(s % 2 ? 200 : 50, s);
        double k = s % 2 ? 200 : 50;
        for (size_t i = 0; i < n; i++)
            REQUIRE(yoke_quantiles_add(q, s % 3 ? (double)((i * 7919 + s) % n) : (double)i) ==
                    YOKE_OK);
        for (int j = 1; j <= QUERIES; j++) {
            double x = floor((double)n * j / (QUERIES + 1));
            beyond += error_at(q, x, n) > 1.7 / pow(k, 0.9);
            bias += ((double)yoke_quantiles_rank(q, x) - x) / (double)n;
        }
        CU_ASSERT_EQUAL(yoke_quantiles_count(q), n);
        yoke_quantiles_destroy(q);
    }
    CU_ASSERT(beyond <= SKETCHES * QUERIES / 100);
    CU_ASSERT(fabs(bias / (SKETCHES * QUERIES)) < 0.006);
}

TEST(ranks_are_within_the_bound) {
    check_ranks(3000);
    check_ranks(5000);
    check_ranks(8000);
}

TEST(ranks_of_many_numbers_are_within_the_bound) {
    check_ranks(test_size(100000, 20000));
    check_ranks(test_size(30000, 10000));
}

TEST(merged_sketches_are_within_the_bound) {
    size_t n = 40000, beyond = 0;
    for (uint64_t s = 0; s < 10; s++) {
        yoke_quantiles *q = make(200, s);
        for (size_t part = 0; part < 8; part++) {
            yoke_quantiles *one = make(200, 100 + 8 * s + part);
            for (size_t i = part * n / 8; i < (part + 1) * n / 8; i++)
                REQUIRE(yoke_quantiles_add(one, (double)(i * 7919 % n)) == YOKE_OK);
            CU_ASSERT_EQUAL(yoke_quantiles_merge(q, one), YOKE_OK);
            yoke_quantiles_destroy(one);
        }
        CU_ASSERT_EQUAL(yoke_quantiles_count(q), n);
        for (int j = 1; j < 10; j++) {
            beyond += error_at(q, floor((double)n * j / 10), n) > 1.7 / pow(200, 0.9);
            beyond += fabs(get(q, j / 10.0) / (double)n - j / 10.0) > 1.7 / pow(200, 0.9);
        }
        CU_ASSERT_EQUAL(get(q, 0), 0);
        CU_ASSERT_EQUAL(get(q, 1), n - 1);
        yoke_quantiles_destroy(q);
    }
    CU_ASSERT(beyond <= 2);
}

static yoke_quantiles *reference;

static void check_array(const yoke_run *run, void *ctx) {
    const double *numbers = ctx;
    yoke_quantiles *q = make(64, 5);
    CU_ASSERT_EQUAL(yoke_quantiles_add(q, 7), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_quantiles_add_array(q, numbers, 150000, run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_quantiles_count(q), 150001);
    same(q, reference);
    yoke_quantiles_destroy(q);
}

TEST(arrays_give_the_same_sketch_with_any_threads) {
    double *numbers = malloc(150000 * sizeof *numbers);
    for (size_t i = 0; i < 150000; i++) numbers[i] = (double)test_random();
    reference = make(64, 5);
    REQUIRE(yoke_quantiles_add(reference, 7) == YOKE_OK);
    REQUIRE(yoke_quantiles_add_array_ref(reference, numbers, 150000) == YOKE_OK);
    each_run_threads(check_array, numbers);
    each_run_region(check_array, numbers);
    yoke_quantiles_destroy(reference);
    free(numbers);
}

TEST(bytes_come_back) {
    static const size_t counts[] = {0, 1, 100, 5000};
    for (size_t c = 0; c < 4; c++) {
        yoke_quantiles *q = make(20, c), *back = NULL;
        size_t size;
        for (size_t i = 0; i < counts[c]; i++)
            REQUIRE(yoke_quantiles_add(q, (double)test_random() * (i % 2 ? 1 : -1)) == YOKE_OK);
        unsigned char *bytes = bytes_of(q, &size);
        CU_ASSERT_EQUAL_FATAL(yoke_quantiles_read(bytes, size, &back), YOKE_OK);
        same(q, back);
        for (int i = 0; i < 1000; i++) { /* goes on in the same way */
            CU_ASSERT_EQUAL(yoke_quantiles_add(q, i), YOKE_OK);
            CU_ASSERT_EQUAL(yoke_quantiles_add(back, i), YOKE_OK);
        }
        same(q, back);
        yoke_quantiles_destroy(back);
        for (size_t i = 0; i < size; i++) { /* any broken byte, any missing end */
            bytes[i] ^= 1;
            CU_ASSERT_EQUAL(yoke_quantiles_read(bytes, size, &back), YOKE_EDATA);
            bytes[i] ^= 1;
            CU_ASSERT_EQUAL(yoke_quantiles_read(bytes, i, &back), YOKE_EDATA);
        }
        free(bytes);
        yoke_quantiles_destroy(q);
    }
}

/* Broken in a way that a checksum does not see. */
static void reseal(unsigned char *bytes, size_t size) {
    uint64_t sum = 0xCBF29CE484222325u;
    for (size_t i = 0; i + 8 < size; i++) sum = (sum ^ bytes[i]) * 0x100000001B3u;
    for (int i = 0; i < 8; i++) bytes[size - 8 + (size_t)i] = (unsigned char)(sum >> 8 * i);
}

TEST(bytes_that_lie_are_refused) {
    yoke_quantiles *q = make(20, 1), *back = NULL;
    size_t size;
    for (int i = 0; i < 500; i++) REQUIRE(yoke_quantiles_add(q, i) == YOKE_OK);
    unsigned char *bytes = bytes_of(q, &size);
    static const size_t places[] = {8, 9, 12, 13, 32, 56, 57};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        unsigned char kept = bytes[places[i]];
        bytes[places[i]] ^= 0x55;
        reseal(bytes, size);
        int status = yoke_quantiles_read(bytes, size, &back);
        CU_ASSERT(status == YOKE_EDATA || (status == YOKE_OK && places[i] < 12)); /* another k */
        if (status == YOKE_OK) yoke_quantiles_destroy(back);
        bytes[places[i]] = kept;
    }
    free(bytes);
    yoke_quantiles_destroy(q);
}

TEST(refuses_bad_arguments) {
    yoke_quantiles *q = NULL;
    double number, half = 0.5, wrong = 1.5;
    CU_ASSERT_EQUAL(yoke_quantiles_create(&(yoke_quantiles_options){.k = 7}, &q), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_quantiles_create(&(yoke_quantiles_options){.k = 65536}, &q), YOKE_EINVAL);
    REQUIRE(yoke_quantiles_create(NULL, &q) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_quantiles_get(q, &half, 1, &number), YOKE_EINVAL);
    REQUIRE(yoke_quantiles_add(q, 1) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_quantiles_get(q, &wrong, 1, &number), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_quantiles_get(q, &(double){NAN}, 1, &number), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_quantiles_merge(q, q), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_quantiles_add_array(q, NULL, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_quantiles_read(NULL, 0, &q), YOKE_EDATA);
    yoke_quantiles_destroy(q);
    yoke_quantiles_destroy(NULL);
}

TEST(exact_quantiles) {
    const int32_t items[] = {5, 1, 4, 1, 3};
    const double fractions[] = {0, 0.2, 0.4, 0.41, 0.5, 0.8, 1};
    int32_t numbers[7];
    static const int32_t expected[] = {1, 1, 1, 3, 3, 4, 5};
    CU_ASSERT_EQUAL(yoke_quantiles_exact(items, 5, fractions, 7, numbers, NULL), YOKE_OK);
    for (int i = 0; i < 7; i++) CU_ASSERT_EQUAL(numbers[i], expected[i]);
    CU_ASSERT_EQUAL(yoke_quantiles_exact(items, 0, fractions, 7, numbers, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_quantiles_exact(items, 5, &(double){-1}, 1, numbers, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_quantiles_exact((int32_t *)NULL, 5, fractions, 7, numbers, NULL),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(
        yoke_quantiles_exact(items, 5, fractions, 7, numbers, &(yoke_run){.deadline = 1}),
        YOKE_ETIMEDOUT);
}

/* Numbers of any bits, so with NaN; and zeros. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_EXACT(T, type, wide)                                                                 \
    static void check_exact_##T(size_t n, const yoke_run *run) {                                   \
        static const double fractions[] = {0, 1e-9, 0.1, 0.25, 1.0 / 3, 0.5, 0.9, 0.999, 1};       \
        enum { M = sizeof fractions / sizeof *fractions };                                         \
        type numbers[M], wanted[M], *items = malloc(n * sizeof *items);                            \
        for (size_t i = 0; i < n; i++) {                                                           \
            uint64_t bits = i % 7 ? test_random() : test_random() & (uint64_t)1 << 63;             \
            memcpy(&items[i], &bits, sizeof *items);                                               \
        }                                                                                          \
        CU_ASSERT_EQUAL(yoke_quantiles_exact(items, n, fractions, M, numbers, run), YOKE_OK);      \
        REQUIRE(yoke_quantiles_exact_ref(items, n, fractions, M, wanted) == YOKE_OK);              \
        CU_ASSERT(!memcmp(numbers, wanted, sizeof numbers));                                       \
        free(items);                                                                               \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(CHECK_EXACT)

#define EACH_EXACT(T, type, wide)                                                                  \
    TEST(exact_quantiles_as_the_reference_##T) {                                                   \
        static const size_t sizes[] = {1, 2, 3, 9, 10, 11, 64, 1000, 70001};                       \
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)                                  \
            check_exact_##T(sizes[i], &(yoke_run){.threads = 1 + (int)i % 3});                     \
    }
YOKE_TYPES(EACH_EXACT)

/* SPDX-License-Identifier: Apache-2.0
 *
 * The test harness. A file tests/test_NAME.c becomes the suite and the program NAME:
 *
 *     #include "tests/harness.h"
 *     TEST(adds_numbers) { CU_ASSERT_EQUAL(1 + 1, 2); }
 *     TEST_WITH_LIMIT(long_one, 60) { ... }
 *
 * Every test runs in its own process with a time limit, and registers itself. The program prints
 * one line a test, with the place and the values of each failed assertion below it, and ends with
 * "N passed, N failed"; its exit status is 1 when one failed. Arguments: names of tests to run,
 * none for all. YOKE_TEST_SEED sets the seed of random tests, which is printed.
 */
#ifndef YOKE_TESTS_HARNESS_H
#define YOKE_TESTS_HARNESS_H

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>

typedef struct test_case {
    const char *name;
    void (*run)(void);
    int limit; /* seconds, also under sanitizers; a busy machine has five times that */
    struct test_case *next;
} test_case;

void test_register(test_case *test);

#define TEST(name) TEST_WITH_LIMIT(name, 30)
#define TEST_WITH_LIMIT(name, seconds)                                                             \
    static void name(void);                                                                        \
    __attribute__((constructor)) static void register_##name(void) {                               \
        static test_case test = {#name, name, seconds, NULL};                                      \
        test_register(&test);                                                                      \
    }                                                                                              \
    static void name(void)

/* A value on its way into the message of a failed assertion. */
typedef struct test_value {
    enum { TEST_SIGNED, TEST_UNSIGNED, TEST_REAL, TEST_POINTER } kind;
    union {
        long long number;
        unsigned long long count;
        double real;
        const void *pointer;
    };
} test_value;

static inline test_value test_signed(long long x) {
    return (test_value){TEST_SIGNED, {.number = x}};
}
static inline test_value test_unsigned(unsigned long long x) {
    return (test_value){TEST_UNSIGNED, {.count = x}};
}
static inline test_value test_real(double x) { return (test_value){TEST_REAL, {.real = x}}; }
static inline test_value test_pointer(const void *x) {
    return (test_value){TEST_POINTER, {.pointer = x}};
}
/* clang-format off */
#define TEST_VALUE(x)                                                                              \
    _Generic((x), int: test_signed, long: test_signed, long long: test_signed,                     \
             unsigned: test_unsigned, unsigned long: test_unsigned,                                \
             unsigned long long: test_unsigned, float: test_real, double: test_real,               \
             default: test_pointer)(x)

/* The type of a value as an operand: arrays are pointers; gcc gives wide bit-fields types of their
 * own, which count as unsigned here. */
#define TEST_IS_OWN_TYPE(x)                                                                        \
    (__builtin_classify_type(x) == __builtin_classify_type(0) &&                                   \
     _Generic((x), int: 0, unsigned: 0, long: 0, unsigned long: 0, long long: 0,                   \
              unsigned long long: 0, default: sizeof(1 ? (x) : (x)) > sizeof(int)))
/* clang-format on */
#define TEST_TYPE(x) __typeof__(__builtin_choose_expr(TEST_IS_OWN_TYPE(x), 0ull, 1 ? (x) : (x)))

/* Record an assertion; what and where as CUnit reports them. */
void test_check_equal(int equal, test_value actual, test_value expected, const char *what,
                      const char *file, unsigned line);
void test_check_text(const char *actual, const char *expected, const char *what, const char *file,
                     unsigned line);

/* CUnit's own, but a failure shows both values. Each argument is evaluated once. */
#undef CU_ASSERT_EQUAL
#define CU_ASSERT_EQUAL(actual, expected)                                                          \
    do {                                                                                           \
        TEST_TYPE(actual) test_actual_ = (actual);                                                 \
        TEST_TYPE(expected) test_expected_ = (expected);                                           \
        test_check_equal(test_actual_ == test_expected_, TEST_VALUE(test_actual_),                 \
                         TEST_VALUE(test_expected_), #actual " == " #expected, __FILE__,           \
                         __LINE__);                                                                \
    } while (0)
#undef CU_ASSERT_STRING_EQUAL
#define CU_ASSERT_STRING_EQUAL(actual, expected)                                                   \
    test_check_text((actual), (expected), #actual " == " #expected, __FILE__, __LINE__)

/* Stops the test when the condition is false (CU_ASSERT goes on). */
#define REQUIRE(condition) CU_ASSERT_FATAL(condition)

/* A stream of random numbers (splitmix64) that is the same for the same seed. */
uint64_t test_random(void);
/* A number from 0 to limit - 1. */
uint64_t test_random_below(uint64_t limit);
void test_random_seed(uint64_t seed);

/* `large`, or `small` in a sanitizer build: for the sizes of stress tests. */
size_t test_size(size_t large, size_t small);

/* A fresh directory, removed with its contents when the test has ended, however it ended. */
const char *test_directory(void);
/* Writes a file in it and returns its path, good until the test has ended. */
const char *test_file(const char *name, const void *data, size_t size);

/* How many threads the process has now, as the kernel says. */
int test_threads(void);

#endif

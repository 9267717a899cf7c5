/* SPDX-License-Identifier: Apache-2.0
 *
 * The test harness. A file tests/test_NAME.c becomes the suite and the program NAME:
 *
 *     #include "tests/harness.h"
 *     TEST(adds_numbers) { CU_ASSERT_EQUAL(1 + 1, 2); }
 *     TEST_WITH_LIMIT(long_one, 60) { ... }
 *
 * Every test runs in its own process with a time limit, and registers itself. The program prints
 * one line a test and ends with "N passed, N failed"; its exit status is 1 when one failed.
 * Arguments: names of tests to run, none for all. YOKE_TEST_SEED sets the seed of random tests,
 * which is printed.
 */
#ifndef YOKE_TESTS_HARNESS_H
#define YOKE_TESTS_HARNESS_H

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>

typedef struct test_case {
    const char *name;
    void (*run)(void);
    int limit; /* seconds, also under sanitizers */
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

/* Stops the test when the condition is false (CU_ASSERT goes on). */
#define REQUIRE(condition) CU_ASSERT_FATAL(condition)

/* A stream of random numbers (splitmix64) that is the same for the same seed. */
uint64_t test_random(void);
/* A number from 0 to limit - 1. */
uint64_t test_random_below(uint64_t limit);
void test_random_seed(uint64_t seed);

/* `large`, or `small` in a sanitizer build: for the sizes of stress tests. */
size_t test_size(size_t large, size_t small);

/* A fresh directory, removed with its contents when the test's process ends. */
const char *test_directory(void);
/* Writes a file in it and returns its path, good until the process ends. */
const char *test_file(const char *name, const void *data, size_t size);

#endif

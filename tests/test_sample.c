/* SPDX-License-Identifier: Apache-2.0 */
#include "yoke/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/each_run.h"
#include "tests/harness.h"
#include "yoke/random.h"

static yoke_sample *make(size_t k, uint64_t seed) {
    yoke_sample *s = NULL;
    yoke_sample_options options = {k, sizeof(uint64_t), seed};
    REQUIRE(yoke_sample_create(&options, &s) == YOKE_OK);
    return s;
}

/* Whether it holds the k items with the least priorities; item i is 3 i. */
static void check_sample(const yoke_sample *s, size_t k, uint64_t seed, size_t n) {
    uint64_t *items = malloc((k + 1) * 8), *indices = malloc((k + 1) * 8), most = 0;
    size_t count = n < k ? n : k, wrong = 0, below = 0;
    CU_ASSERT_EQUAL(yoke_sample_count(s), count);
    CU_ASSERT_EQUAL_FATAL(yoke_sample_items(s, items, indices), count);
    for (size_t i = 0; i < count; i++) {
        uint64_t priority = yoke_random_u64((yoke_random){seed, 0}, indices[i]);
        most = priority > most ? priority : most;
        wrong += items[i] != 3 * indices[i] || (i > 0 && indices[i] <= indices[i - 1]);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    for (size_t i = 0; i < n; i++) below += yoke_random_u64((yoke_random){seed, 0}, i) <= most;
    CU_ASSERT_EQUAL(below, count);
    free(items), free(indices);
}

TEST(keeps_the_least_priorities) {
    static const size_t counts[] = {0, 1, 9, 10, 11, 5000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        yoke_sample *s = make(10, c);
        for (uint64_t i = counts[c]; i-- > 0;) yoke_sample_add(s, i, &(uint64_t){3 * i});
        check_sample(s, 10, c, counts[c]);
        yoke_sample_destroy(s);
    }
}

TEST(each_item_is_as_likely) {
    enum { N = 50, K = 10, TRIES = 4000 };
    size_t counts[N] = {0};
    for (uint64_t seed = 0; seed < TRIES; seed++) {
        uint64_t indices[K];
        yoke_sample *s = make(K, seed);
        for (uint64_t i = 0; i < N; i++) yoke_sample_add(s, i, &i);
        REQUIRE(yoke_sample_items(s, NULL, indices) == K);
        for (int i = 0; i < K; i++) counts[indices[i]]++;
        yoke_sample_destroy(s);
    }
    for (int i = 0; i < N; i++) /* deviation sqrt(4000 / 5 * 4 / 5) */
        CU_ASSERT(fabs((double)counts[i] - TRIES * K / (double)N) < 6 * 25.3);
}

static void check_array(const yoke_run *run, void *ctx) {
    yoke_sample *s = make(1000, 9);
    CU_ASSERT_EQUAL(yoke_sample_add_array(s, 0, ctx, 100000, run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_sample_add_array(s, 100000, (uint64_t *)ctx + 100000, 50000, run),
                    YOKE_OK);
    check_sample(s, 1000, 9, 150000);
    yoke_sample_destroy(s);
}

TEST(arrays_give_the_same_sample_with_any_threads) {
    uint64_t *items = malloc(150000 * sizeof *items);
    for (uint64_t i = 0; i < 150000; i++) items[i] = 3 * i;
    each_run_threads(check_array, items);
    each_run_region(check_array, items);
    free(items);
}

TEST(merged_samples_are_those_of_all_items) {
    yoke_sample *parts[2] = {make(100, 4), make(100, 4)};
    for (uint64_t i = 0; i < 1000; i++) yoke_sample_add(parts[i % 10 == 0], i, &(uint64_t){3 * i});
    CU_ASSERT_EQUAL(yoke_sample_merge(parts[0], parts[1]), YOKE_OK);
    check_sample(parts[0], 100, 4, 1000);
    yoke_sample *other = make(100, 5);
    CU_ASSERT_EQUAL(yoke_sample_merge(parts[0], other), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sample_merge(parts[0], parts[0]), YOKE_EINVAL);
    yoke_sample_destroy(other), yoke_sample_destroy(parts[0]), yoke_sample_destroy(parts[1]);
}

TEST(bytes_come_back) {
    static const size_t counts[] = {0, 1, 30};
    for (size_t c = 0; c < 3; c++) {
        yoke_sample *s = make(20, c), *back = NULL;
        for (uint64_t i = 0; i < counts[c]; i++) yoke_sample_add(s, i, &(uint64_t){3 * i});
        size_t size = yoke_sample_size(s);
        unsigned char *bytes = malloc(size);
        yoke_sample_write(s, bytes);
        CU_ASSERT_EQUAL_FATAL(yoke_sample_read(bytes, size, &back), YOKE_OK);
        check_sample(back, 20, c, counts[c]);
        yoke_sample_destroy(back);
        for (size_t i = 0; i < size; i++) {
            bytes[i] ^= 1;
            CU_ASSERT_EQUAL(yoke_sample_read(bytes, size, &back), YOKE_EDATA);
            bytes[i] ^= 1;
            CU_ASSERT_EQUAL(yoke_sample_read(bytes, i, &back), YOKE_EDATA);
        }
        free(bytes);
        yoke_sample_destroy(s);
    }
}

TEST(refuses_bad_arguments) {
    yoke_sample *s = NULL;
    CU_ASSERT_EQUAL(yoke_sample_create(NULL, &s), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sample_create(&(yoke_sample_options){0, 8, 0}, &s), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sample_create(&(yoke_sample_options){1, 0, 0}, &s), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sample_create(&(yoke_sample_options){1, 65537, 0}, &s), YOKE_EINVAL);
    s = make(1, 0);
    CU_ASSERT_EQUAL(yoke_sample_add_array(s, 0, NULL, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sample_add_array(s, UINT64_MAX, "12345678", 2, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sample_add_array(s, 0, "12345678", 1, &(yoke_run){.deadline = 1}),
                    YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_sample_read(NULL, 0, &s), YOKE_EDATA);
    yoke_sample_destroy(s);
    yoke_sample_destroy(NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorted strings against the serial reference, place by place: equal strings have different
 * addresses, so stability shows.
 */
#include "tests/harness.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/sort_strings.h"

enum { LARGE = 140000 }; /* more than one thread sorts alone */

typedef struct text {
    yoke_string *strings;
    size_t n;
    char *bytes;
} text;

/* How strings are made: `alphabet` bytes from `first` on, behind `common` bytes that all share. */
typedef struct form {
    size_t longest, common;
    unsigned first, alphabet;
} form;

static text make_text(size_t n, form f) {
    text t = {malloc((n + 1) * sizeof *t.strings), n, malloc(n * (f.common + f.longest) + 1)};
    char *at = t.bytes;
    for (size_t i = 0; i < n; i++) {
        size_t size = test_random_below(f.longest + 1);
        memset(at, 'c', f.common);
        for (size_t b = 0; b < size; b++)
            at[f.common + b] = (char)(f.first + test_random_below(f.alphabet));
        t.strings[i] = (yoke_string){at, f.common + size};
        at += f.common + size;
    }
    return t;
}

static void free_text(text *t) {
    free(t->strings);
    free(t->bytes);
}

static bool same(const yoke_string *a, const yoke_string *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (a[i].data != b[i].data || a[i].size != b[i].size) return false;
    return true;
}

static yoke_string *copy_strings(const text *t) {
    yoke_string *copy = malloc((t->n + 1) * sizeof *copy);
    if (t->n) memcpy(copy, t->strings, t->n * sizeof *copy);
    return copy;
}

static void check_text(const text *t) {
    static const int threads[] = {1, 2, 3, 8};
    yoke_string *expected = copy_strings(t);
    size_t bytes = t->n * sizeof(uint64_t);
    uint64_t *order = malloc(bytes + 1), *expected_order = malloc(bytes + 1);
    yoke_scratch scratch = {0};
    CU_ASSERT_EQUAL(yoke_sort_strings_ref(expected, t->n), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_argsort_strings_ref(t->strings, t->n, expected_order), YOKE_OK);
    size_t step = t->n < LARGE ? 1 : 2; /* large ones cost time */
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i += step) {
        yoke_run run = {.threads = threads[i], .scratch = i ? &scratch : NULL};
        yoke_string *found = copy_strings(t);
        CU_ASSERT_EQUAL(yoke_sort_strings(found, t->n, &run), YOKE_OK);
        CU_ASSERT(same(found, expected, t->n));
        CU_ASSERT_EQUAL(yoke_argsort_strings(t->strings, t->n, order, &run), YOKE_OK);
        CU_ASSERT(!memcmp(order, expected_order, bytes));
        free(found);
    }
    yoke_scratch_fini(&scratch);
    free(expected);
    free(order), free(expected_order);
}

static void check_form(size_t n, form f) {
    text t = make_text(n, f);
    check_text(&t);
    free_text(&t);
}

TEST(the_reference_orders_as_memcmp_does) {
    yoke_string s[] = {{"b", 1}, {"a\0", 2}, {"\xFF", 1}, {"a", 1}, {NULL, 0}, {"ab", 2}};
    static const char *const sorted[] = {"", "a", "a", "ab", "b", "\xFF"};
    uint64_t order[6];
    CU_ASSERT_EQUAL(yoke_argsort_strings_ref(s, 6, order), YOKE_OK);
    CU_ASSERT(!memcmp(order, (uint64_t[]){4, 3, 1, 5, 0, 2}, sizeof order));
    CU_ASSERT_EQUAL(yoke_sort_strings_ref(s, 6), YOKE_OK);
    for (int i = 1; i < 6; i++) CU_ASSERT_EQUAL(s[i].data[0], sorted[i][0]);
    CU_ASSERT_EQUAL(s[0].size, 0);
    CU_ASSERT_EQUAL(s[1].size, 1);
    CU_ASSERT_EQUAL(s[2].size, 2);
    CU_ASSERT_EQUAL(s[2].data[1], 0);
}

TEST(sizes_around_every_bound) {
    static const size_t sizes[] = {0, 1, 2, 3, 23, 24, 25, 26, 255, 256, 257, 1000, 16384, 16385};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_form(sizes[i], (form){12, 0, 'a', 26});
        check_form(sizes[i], (form){3, 0, 0, 256});
    }
}

TEST(lengths_around_every_word) {
    for (size_t longest = 0; longest < 24; longest++) check_form(300, (form){longest, 0, 0, 2});
    for (size_t common = 0; common < 24; common++) check_form(200, (form){2, common, 'a', 2});
}

/* Beyond 24 words the rest is compared. */
TEST(long_common_beginnings) {
    for (size_t common = 150; common < 200; common += 3)
        check_form(500, (form){20, common, 'a', 3});
    check_form(3000, (form){4, 1000, 'x', 2});
}

TEST_WITH_LIMIT(large_random, 60) {
    check_form(test_size(3 * LARGE, LARGE + 1000), (form){12, 0, 0, 256});
}

TEST_WITH_LIMIT(large_with_a_common_beginning, 60) {
    check_form(LARGE + 1000, (form){9, 9, 'a', 4});
}

/* Groups that stay large: the same string, and two of them, again and again. */
TEST_WITH_LIMIT(large_groups_of_equal_strings, 60) {
    static const form forms[] = {
        {1, 15, 'b', 1}, {0, 30, 'a', 1}, {0, 0, 'a', 1}, {0, 300, 'a', 1}};
    for (size_t i = 0; i < test_size(4, 1); i++) check_form(LARGE + 5001, forms[i]);
}

/* Words that lie close together on the sampled scale, with a few far away. */
TEST_WITH_LIMIT(skewed, 60) {
    text t = make_text(LARGE + 777, (form){8, 0, 0, 256});
    for (size_t i = 0; i < t.n; i++)
        if (i % 100) t.strings[i].size = t.strings[i].size > 2 ? 2 : t.strings[i].size;
    check_text(&t);
    free_text(&t);
}

TEST(sorted_and_reversed) {
    text t = make_text(40000, (form){10, 0, 'a', 26});
    yoke_sort_strings_ref(t.strings, t.n);
    check_text(&t);
    for (size_t i = 0; i < t.n / 2; i++) {
        yoke_string moved = t.strings[i];
        t.strings[i] = t.strings[t.n - 1 - i];
        t.strings[t.n - 1 - i] = moved;
    }
    check_text(&t);
    free_text(&t);
}

TEST(inside_a_parallel_region) {
    text t = make_text(20000, (form){10, 0, 'a', 3});
    yoke_string *expected = copy_strings(&t);
    yoke_sort_strings_ref(expected, t.n);
#pragma omp parallel num_threads(3)
#pragma omp single
    CU_ASSERT_EQUAL(yoke_sort_strings(t.strings, t.n, NULL), YOKE_OK);
    CU_ASSERT(same(t.strings, expected, t.n));
    free(expected);
    free_text(&t);
}

TEST(a_call_that_ends_early_leaves_the_array) {
    text t = make_text(1000, (form){10, 0, 'a', 26});
    yoke_string *before = copy_strings(&t);
    yoke_cancel *cancel;
    REQUIRE(yoke_cancel_create(&cancel) == YOKE_OK);
    yoke_cancel_request(cancel);
    CU_ASSERT_EQUAL(yoke_sort_strings(t.strings, t.n, &(yoke_run){.cancel = cancel}),
                    YOKE_ECANCELED);
    CU_ASSERT_EQUAL(yoke_sort_strings(t.strings, t.n, &(yoke_run){.deadline = 1}), YOKE_ETIMEDOUT);
    CU_ASSERT(same(t.strings, before, t.n));
    yoke_cancel_release(cancel);
    free(before);
    free_text(&t);
}

TEST(arguments_are_checked) {
    yoke_string s = {"a", 1};
    CU_ASSERT_EQUAL(yoke_sort_strings(NULL, 0, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_sort_strings(NULL, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_strings_ref(NULL, 1), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_argsort_strings_ref(&s, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_argsort_strings(&s, 1, NULL, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_argsort_strings(NULL, 0, NULL, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_sort_strings(&s, 1, &(yoke_run){.threads = -1}), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_strings(&s, SIZE_MAX, NULL), YOKE_ENOMEM);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting lines through the library: inputs of each kind, the same bytes at any number of threads
 * and in any memory, and calls that end early. The program's golden cases compare with GNU sort.
 */
#include "tests/lines_use.h"

#include <fcntl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "yoke/sort_lines.h"
#include "yoke/sort_strings.h"

/* Lines "KEY TEXT NUMBER": keys repeat, texts share beginnings. */
static content make_lines(size_t count) {
    content text = {malloc(count * 64 + 1), 0};
    for (size_t i = 0; i < count; i++)
        text.size += (size_t)sprintf(text.data + text.size, "%d %.*s%u %zu\n",
                                     (int)test_random_below(100) - 50, (int)test_random_below(20),
                                     "abcabcabcabcabcabcabc", (unsigned)test_random_below(50), i);
    return text;
}

static content sort_bytes(const yoke_line_sort *sort, content text, const yoke_run *run) {
    yoke_input input = {.kind = YOKE_INPUT_MEMORY, .data = text.data, .size = text.size};
    int output = make_output();
    CU_ASSERT_EQUAL(yoke_sort_lines(sort, &input, 1, output, run), YOKE_OK);
    return read_back(output);
}

static bool same(content a, content b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* The whole lines in order, by the sort of strings. */
static content sort_plainly(content text, size_t count) {
    yoke_string *lines = malloc((count + 1) * sizeof *lines);
    content sorted = {malloc(text.size + 1), 0};
    const char *at = text.data;
    for (size_t i = 0; i < count; i++) {
        const char *end = strchr(at, '\n');
        lines[i] = (yoke_string){at, (size_t)(end - at)};
        at = end + 1;
    }
    CU_ASSERT_EQUAL(yoke_sort_strings_ref(lines, count), YOKE_OK);
    for (size_t i = 0; i < count; i++) {
        memcpy(sorted.data + sorted.size, lines[i].data, lines[i].size + 1);
        sorted.size += lines[i].size + 1;
    }
    free(lines);
    return sorted;
}

TEST(whole_lines_as_strings) {
    static const size_t counts[] = {0, 1, 2, 30, 5000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        content text = make_lines(counts[i]);
        text.data[text.size] = '\0';
        content expected = sort_plainly(text, counts[i]);
        content found = sort_bytes(&(yoke_line_sort){0}, text, NULL);
        CU_ASSERT(same(found, expected));
        free(found.data);
        free(expected.data);
        free(text.data);
    }
}

static const yoke_line_key keys[] = {
    {.begin_field = 1, .end_field = 1, .order = YOKE_LINE_NUMERIC, .reverse = true},
    {.begin_field = 2, .end_field = 2, .fold_case = true},
};

static void check_everywhere(const yoke_line_sort *sort, content text) {
    static const int threads[] = {2, 3, 8};
    content expected = sort_bytes(sort, text, &(yoke_run){.threads = 1});
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        for (int small = 0; small < 2; small++) {
            yoke_line_sort how = *sort;
            if (small && threads[i] > 3) continue;
            how.memory = small ? 1 : 0;
            how.packing = i % 2 ? YOKE_LINE_PACK_ALWAYS : YOKE_LINE_PACK_NEVER;
            content found = sort_bytes(&how, text, &(yoke_run){.threads = threads[i]});
            CU_ASSERT(same(found, expected));
            free(found.data);
        }
    }
    free(expected.data);
}

TEST_WITH_LIMIT(the_same_bytes_with_any_threads_and_memory, 60) {
    content text = make_lines(test_size(60000, 40000));
    check_everywhere(&(yoke_line_sort){0}, text);
    check_everywhere(&(yoke_line_sort){.keys = keys, .key_count = 2}, text);
    check_everywhere(&(yoke_line_sort){.keys = keys, .key_count = 1, .stable = true}, text);
    check_everywhere(&(yoke_line_sort){.keys = keys, .key_count = 2, .unique = true}, text);
    free(text.data);
}

TEST(inputs_of_each_kind) {
    int pipe_ends[2];
    REQUIRE(pipe(pipe_ends) == 0);
    REQUIRE(write(pipe_ends[1], "c\nb", 3) == 3);
    close(pipe_ends[1]);
    yoke_input inputs[] = {
        {.kind = YOKE_INPUT_PATH, .name = test_file("a", "e\nd\n", 4)},
        {.kind = YOKE_INPUT_DESCRIPTOR, .descriptor = pipe_ends[0]},
        {.kind = YOKE_INPUT_MEMORY, .data = "a", .size = 1},
        {.kind = YOKE_INPUT_MEMORY},
    };
    int output = make_output();
    CU_ASSERT_EQUAL(yoke_sort_lines(&(yoke_line_sort){0}, inputs, 4, output, NULL), YOKE_OK);
    content found = read_back(output);
    CU_ASSERT(same(found, (content){(char[]){"a\nb\nc\nd\ne\n"}, 10}));
    free(found.data);
    close(pipe_ends[0]);
}

TEST(merge_keeps_the_order_of_inputs) {
    yoke_input inputs[] = {
        {.kind = YOKE_INPUT_MEMORY, .data = "a 1\nb 1\n", .size = 8},
        {.kind = YOKE_INPUT_MEMORY, .data = "a 2\nb 2", .size = 7},
        {.kind = YOKE_INPUT_MEMORY, .data = "0\nb 3\n", .size = 6},
    };
    yoke_line_key first = {.begin_field = 1, .end_field = 1};
    yoke_line_sort sort = {.keys = &first, .key_count = 1, .stable = true};
    int output = make_output();
    CU_ASSERT_EQUAL(yoke_merge_lines(&sort, inputs, 3, output, NULL), YOKE_OK);
    content found = read_back(output);
    CU_ASSERT(same(found, (content){(char[]){"0\na 1\na 2\nb 1\nb 2\nb 3\n"}, 22}));
    free(found.data);
}

TEST(check_tells_the_first_line_out_of_order) {
    yoke_disorder found = {0};
    yoke_input input = {.kind = YOKE_INPUT_MEMORY, .data = "a\nb\nb\naa\n", .size = 9};
    CU_ASSERT_EQUAL(yoke_check_lines(&(yoke_line_sort){0}, &input, &found, NULL), 0);
    CU_ASSERT_EQUAL(found.number, 4);
    CU_ASSERT_EQUAL(found.size, 2);
    CU_ASSERT(memcmp(found.line, "aa", 2) == 0);
    free(found.line);
    CU_ASSERT_EQUAL(yoke_check_lines(&(yoke_line_sort){.unique = true}, &input, &found, NULL), 0);
    CU_ASSERT_EQUAL(found.number, 3);
    free(found.line);
    input.size = 6;
    CU_ASSERT_EQUAL(yoke_check_lines(&(yoke_line_sort){0}, &input, &found, NULL), 1);
}

TEST(inside_a_parallel_region) {
    content text = make_lines(20000);
    content expected = sort_bytes(&(yoke_line_sort){0}, text, NULL), found = {0};
#pragma omp parallel num_threads(3)
#pragma omp single
    found = sort_bytes(&(yoke_line_sort){.memory = 1}, text, NULL);
    CU_ASSERT(same(found, expected));
    free(found.data);
    free(expected.data);
    free(text.data);
}

TEST(calls_that_end_early) {
    yoke_cancel *cancel;
    yoke_input input = {.kind = YOKE_INPUT_MEMORY, .data = "b\na\n", .size = 4};
    yoke_disorder found;
    REQUIRE(yoke_cancel_create(&cancel) == YOKE_OK);
    yoke_cancel_request(cancel);
    yoke_run stopped = {.cancel = cancel}, late = {.deadline = 1};
    yoke_line_sort sort = {0};
    CU_ASSERT_EQUAL(yoke_sort_lines(&sort, &input, 1, -1, &stopped), YOKE_ECANCELED);
    CU_ASSERT_EQUAL(yoke_merge_lines(&sort, &input, 1, -1, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_check_lines(&sort, &input, &found, &stopped), YOKE_ECANCELED);
    yoke_cancel_release(cancel);
}

TEST(arguments_are_checked) {
    yoke_line_sort sort = {.key_count = YOKE_LINE_KEYS + 1, .keys = keys};
    yoke_input input = {.kind = YOKE_INPUT_PATH, .name = "/missing"};
    yoke_line_key wrong = {.order = YOKE_LINE_NUMERIC, .dictionary = true};
    yoke_disorder found;
    CU_ASSERT_EQUAL(yoke_sort_lines(NULL, NULL, 0, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_lines(&sort, NULL, 0, 1, NULL), YOKE_EINVAL);
    sort = (yoke_line_sort){.key_count = 1};
    CU_ASSERT_EQUAL(yoke_sort_lines(&sort, NULL, 0, 1, NULL), YOKE_EINVAL);
    sort.keys = &wrong;
    CU_ASSERT_EQUAL(yoke_sort_lines(&sort, NULL, 0, 1, NULL), YOKE_EINVAL);
    wrong = (yoke_line_key){.order = (yoke_line_order)99};
    CU_ASSERT_EQUAL(yoke_sort_lines(&sort, NULL, 0, 1, NULL), YOKE_EINVAL);
    sort = (yoke_line_sort){0};
    CU_ASSERT_EQUAL(yoke_sort_lines(&sort, NULL, 1, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_lines(&sort, &input, 1, 1, NULL), YOKE_ENOENT);
    input.name = NULL;
    CU_ASSERT_EQUAL(yoke_merge_lines(&sort, &input, 1, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_check_lines(&sort, NULL, &found, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_lines(&sort, NULL, 0, 1, NULL), YOKE_OK);
}

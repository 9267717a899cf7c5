/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines dealt out to ranges: the same bytes as by runs and merges, for all keys, inputs and numbers
 * of threads, however lines begin; and what is not to be dealt is left alone.
 */
#include "tests/lines_use.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mapreduce/lines_deal.h"

enum { LONG = 1500 }; /* below what is dealt in pages of the least size */

/* Lines "NUMBER TEXT" of many lengths, up to `longest` bytes and some more; some occur twice. */
static content make_lines(size_t size, size_t longest, char end) {
    content text = {malloc(size + 4096), 0};
    size_t last = 0, begin = 0;
    while (text.size < size) {
        begin = text.size;
        char *at = text.data + begin;
        if (begin && !test_random_below(8)) {
            memcpy(at, text.data + last, begin - last);
            text.size += begin - last;
        } else {
            size_t filling = test_random_below(test_random_below(64) ? 60 : longest);
            int head = sprintf(at, "%u %c", (unsigned)test_random_below(100000),
                               'a' + (int)test_random_below(26));
            memset(at + head, 'A' + (int)test_random_below(50), filling);
            text.size += (size_t)head + filling;
            text.data[text.size++] = end;
        }
        last = begin;
    }
    return text;
}

static yoke_input in_memory(content text) {
    return (yoke_input){.kind = YOKE_INPUT_MEMORY, .data = text.data, .size = text.size};
}

/* What dealing returns; the output is `found` where it is wanted, else it must be empty. */
static int deal(const yoke_line_sort *sort, const yoke_input *inputs, size_t count, size_t memory,
                const yoke_run *run, content *found) {
    yoke__line_plan plan;
    yoke__line_sink sink = {.descriptor = make_output()};
    REQUIRE(yoke__line_plan_make(sort, &plan) == YOKE_OK);
    yoke__line_deal d = {.plan = &plan, .run = run, .memory = memory};
    int status = yoke__line_deal_sort(&d, inputs, count, &sink);
    content output = read_back(sink.descriptor);
    yoke__line_plan_free(&plan);
    if (found)
        *found = output;
    else
        free(output.data);
    if (!found) CU_ASSERT_EQUAL(output.size, 0);
    return status;
}

/* More than the memory holds is not dealt. */
static content sort_otherwise(const yoke_line_sort *sort, const yoke_input *inputs, size_t count) {
    yoke_line_sort how = *sort;
    int output = make_output();
    how.memory = 1;
    CU_ASSERT_EQUAL(yoke_sort_lines(&how, inputs, count, output, NULL), YOKE_OK);
    return read_back(output);
}

static void check_dealt(const yoke_line_sort *sort, const yoke_input *inputs, size_t count,
                        int threads, content expected) {
    content found;
    yoke_run run = {.threads = threads};
    CU_ASSERT_EQUAL(deal(sort, inputs, count, SIZE_MAX, &run, &found), 1);
    CU_ASSERT_EQUAL(found.size, expected.size);
    CU_ASSERT(found.size == expected.size && !memcmp(found.data, expected.data, found.size));
    free(found.data);
}

static void check_threads(const yoke_line_sort *sort, const yoke_input *inputs, size_t count,
                          int threads) {
    content expected = sort_otherwise(sort, inputs, count);
    check_dealt(sort, inputs, count, threads, expected);
    free(expected.data);
}

static void check_all_threads(const yoke_line_sort *sort, const yoke_input *inputs, size_t count) {
    static const int threads[] = {1, 2, 3, 8};
    content expected = sort_otherwise(sort, inputs, count);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        check_dealt(sort, inputs, count, threads[i], expected);
    free(expected.data);
}

static const yoke_line_key keys[] = {
    {.begin_field = 1, .end_field = 1, .order = YOKE_LINE_NUMERIC, .reverse = true},
    {.begin_field = 2, .end_field = 2, .fold_case = true},
    {.begin_field = 1, .end_field = 1},
    {.begin_field = 2, .order = YOKE_LINE_NUMERIC, .reverse = true},
    {.begin_field = 1, .begin_byte = 3, .dictionary = true, .reverse = true},
};

TEST_WITH_LIMIT(the_bytes_of_runs_and_merges, 240) {
    content text = make_lines(test_size(3000000, 700000), LONG, '\n');
    yoke_input input = in_memory(text);
    check_all_threads(&(yoke_line_sort){0}, &input, 1);
    check_all_threads(&(yoke_line_sort){.reverse = true, .unique = true}, &input, 1);
    check_all_threads(&(yoke_line_sort){.keys = keys, .key_count = 2}, &input, 1);
    check_all_threads(&(yoke_line_sort){.keys = keys, .key_count = 1, .stable = true}, &input, 1);
    check_all_threads(&(yoke_line_sort){.keys = keys + 1, .key_count = 1, .unique = true}, &input,
                      1);
    free(text.data);
    text = make_lines(test_size(1300000, 700000), LONG, '\0');
    input = in_memory(text);
    check_all_threads(&(yoke_line_sort){.zero_terminated = true}, &input, 1);
    free(text.data);
}

/* ---- lines that begin alike ---- */

/* Appends a line's text to one; `shape` says how lines begin, and how many begin so. */
static int append_alike(char *to, int shape) {
    static const char long_one[] =
        "/a/path/that/all/lines/have/in/common/and/is/long/and/longer/yet";
    unsigned r = (unsigned)test_random_below(100000), few = (unsigned)test_random_below(5);
    switch (shape) {
    case 0: return sprintf(to, "2026-11-28T%02u:%05u node%u", r % 24, r, few);
    case 1: return sprintf(to, "%s%u", long_one, r);
    case 2: return sprintf(to, "%.*s%u", 7 * (int)few, long_one, r % 1000);
    case 3: return sprintf(to, "chr%u %u", few, r);
    case 4: return sprintf(to, "level %u", few);
    case 5: return sprintf(to, "one");
    case 6: return sprintf((char *)memset(to, '.', 300) + 300, "%u", r) + 300;
    case 7: return sprintf(to, "%.*s", (int)(r % sizeof long_one), long_one);
    default: return sprintf(to, few ? "beginning" : "%u", r);
    }
}

enum { SHAPES = 9 };

/* With `others` a line of 200 is another: random bytes, among them zeros, or nothing, or the
 * beginning of a common one. */
static content make_alike(size_t size, int shape, bool others) {
    content text = {malloc(size + 4096), 0};
    while (text.size < size) {
        char *to = text.data + text.size;
        int length = append_alike(to, shape);
        if (others && !test_random_below(200)) {
            length = (int)test_random_below((uint64_t)length + 2);
            for (int i = (int)test_random_below(2) * length; i < length; i++)
                to[i] = (char)test_random_below(256);
            for (int i = 0; i < length; i++) to[i] = to[i] == '\n' ? '\0' : to[i];
        }
        text.size += (size_t)length;
        text.data[text.size++] = '\n';
    }
    return text;
}

/* Keys, and of each line that begins alike a different rest. */
static const yoke_line_sort ways[] = {
    {0},
    {.reverse = true},
    {.unique = true},
    {.keys = keys + 1, .key_count = 1, .unique = true},
    {.keys = keys + 2, .key_count = 2, .stable = true},
    {.keys = keys + 3, .key_count = 2},
    {.keys = keys + 4, .key_count = 1},
};

/* Some of the ways each, and all of them in all. */
TEST_WITH_LIMIT(lines_that_begin_alike, 240) {
    enum { WAYS = sizeof ways / sizeof *ways };
    for (size_t i = 0, way = 0; i < 2 * SHAPES; i++) {
        content text = make_alike(600000, (int)(i / 2), i % 2);
        yoke_input input = in_memory(text);
        for (int k = 0; k < 3; k++)
            check_threads(&ways[way++ % WAYS], &input, 1, 1 + (int)test_random_below(4));
        free(text.data);
    }
}

/* What the sample looks at is spread evenly, and all else is not. */
static content make_misleading(size_t size) {
    content text = {malloc(size + 64), 0};
    for (size_t next = 0; text.size < size;) {
        bool seen = text.size < next + 100;
        if (text.size >= next + 8192) next += 8192;
        text.size += (size_t)sprintf(text.data + text.size, seen ? "%05u\n" : "5%04u\n",
                                     (unsigned)test_random_below(seen ? 100000 : 300));
    }
    return text;
}

TEST_WITH_LIMIT(samples_that_mislead, 240) {
    content text = make_misleading(8 << 20), found;
    yoke_input input = in_memory(text);
    yoke_run run = {.threads = 2};
    CU_ASSERT_EQUAL(deal(&(yoke_line_sort){0}, &input, 1, 3 * text.size, &run, NULL), 0);
    CU_ASSERT_EQUAL(deal(&(yoke_line_sort){0}, &input, 1, 12 * text.size, &run, &found), 1);
    content expected = sort_otherwise(&(yoke_line_sort){0}, &input, 1);
    CU_ASSERT(found.size == expected.size && !memcmp(found.data, expected.data, found.size));
    free(found.data);
    free(expected.data);
    free(text.data);
}

/* ---- inputs ---- */

/* A beginning of a text at a place around the bound of a block. */
static content beginning_of(content text, size_t near, size_t offset) {
    return (content){text.data, near + offset < text.size ? near + offset : text.size};
}

TEST_WITH_LIMIT(inputs_that_end_anywhere, 240) {
    content text = make_lines(2 * YOKE__DEAL_BLOCK, LONG, '\n');
    for (size_t offset = 0; offset < 6; offset++) {
        content a = beginning_of(text, YOKE__DEAL_BLOCK - 3, offset);
        content b = beginning_of(text, YOKE__DEAL_BLOCK + 700, 11 * offset);
        const char *name = test_file("a", a.data, a.size);
        int descriptor = open(name, O_RDONLY);
        REQUIRE(lseek(descriptor, 5, SEEK_SET) == 5);
        yoke_input inputs[] = {
            in_memory(b),
            {.kind = YOKE_INPUT_PATH, .name = name},
            {.kind = YOKE_INPUT_MEMORY},
            in_memory((content){text.data, 1}),
            in_memory(text),
            {.kind = YOKE_INPUT_DESCRIPTOR, .descriptor = descriptor},
        };
        content found, expected = sort_otherwise(&(yoke_line_sort){0}, inputs, 6);
        CU_ASSERT_EQUAL(lseek(descriptor, 5, SEEK_SET), 5);
        yoke_run run = {.threads = 3};
        CU_ASSERT_EQUAL(deal(&(yoke_line_sort){0}, inputs, 6, SIZE_MAX, &run, &found), 1);
        CU_ASSERT(found.size == expected.size && !memcmp(found.data, expected.data, found.size));
        CU_ASSERT_EQUAL(lseek(descriptor, 0, SEEK_CUR), (off_t)a.size); /* as after reading */
        close(descriptor);
        free(found.data);
        free(expected.data);
    }
    free(text.data);
}

TEST_WITH_LIMIT(lines_that_span_blocks, 240) {
    content text = make_lines(1 << 20, 200, '\n');
    for (size_t at = YOKE__DEAL_BLOCK - 600; at + 1200 < text.size; at += YOKE__DEAL_BLOCK)
        for (size_t i = 0; i < 1200; i++)
            if (text.data[at + i] == '\n') text.data[at + i] = ' ';
    yoke_input input = in_memory(text);
    check_all_threads(&(yoke_line_sort){0}, &input, 1);
    free(text.data);
}

TEST_WITH_LIMIT(what_is_not_dealt, 240) {
    yoke_line_sort sort = {0};
    content text = make_lines(1 << 20, LONG, '\n');
    yoke_input input = in_memory(text), two[2] = {input, {.kind = YOKE_INPUT_DESCRIPTOR}};
    CU_ASSERT_EQUAL(deal(&sort, &input, 0, SIZE_MAX, NULL, NULL), 0);
    CU_ASSERT_EQUAL(deal(&sort, &input, 1, text.size, NULL, NULL), 0); /* there must be room */
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    two[1].descriptor = ends[0];
    CU_ASSERT_EQUAL(deal(&sort, two, 2, SIZE_MAX, NULL, NULL), 0);
    /* Two descriptors may share their position. */
    int file = open(test_file("text", text.data, text.size), O_RDONLY);
    two[0] = two[1] = (yoke_input){.kind = YOKE_INPUT_DESCRIPTOR, .descriptor = file};
    CU_ASSERT_EQUAL(deal(&sort, two, 2, SIZE_MAX, NULL, NULL), 0);
    CU_ASSERT_EQUAL(lseek(file, 0, SEEK_CUR), 0);
    /* A line of 100,000 bytes, and one of nearly all. */
    for (size_t size = 100000; size < 1 << 20; size += 900000) {
        for (size_t i = 0; i < size; i++)
            if (text.data[i] == '\n') text.data[i] = ' ';
        CU_ASSERT_EQUAL(deal(&sort, &input, 1, SIZE_MAX, NULL, NULL), 0);
    }
    /* Half of the lines have more in common than words tell. */
    free(text.data);
    text = (content){malloc(1 << 20), 0};
    for (unsigned i = 0; text.size < 1000000; i++)
        text.size += (size_t)sprintf(text.data + text.size, "%0*u\n", i % 2 ? 1200 : 1,
                                     i % 2 ? i : i * 2654435761U);
    input = in_memory(text);
    CU_ASSERT_EQUAL(deal(&sort, &input, 1, SIZE_MAX, NULL, NULL), 0);
    free(text.data);
    close(file);
    close(ends[0]);
    close(ends[1]);
}

typedef struct changing {
    const char *path;
    off_t size;
    atomic_bool enough;
} changing;

static void *change(void *ctx) {
    changing *c = ctx;
    while (!atomic_load(&c->enough)) {
        CU_ASSERT_EQUAL(truncate(c->path, c->size / 2), 0);
        CU_ASSERT_EQUAL(truncate(c->path, c->size), 0);
    }
    return NULL;
}

/* A file that becomes shorter and longer all the time is dealt or left alone, and left alone some
 * time. */
TEST_WITH_LIMIT(files_that_change, 240) {
    content text = make_lines(3 << 20, LONG, '\n');
    changing c = {.path = test_file("changing", text.data, text.size), .size = (off_t)text.size};
    yoke_input input = {.kind = YOKE_INPUT_PATH, .name = c.path};
    pthread_t changer;
    int status;
    REQUIRE(pthread_create(&changer, NULL, change, &c) == 0);
    do {
        content found;
        REQUIRE(truncate(c.path, 0) == 0);
        int file = open(c.path, O_WRONLY);
        REQUIRE(pwrite(file, text.data, text.size, 0) == (ssize_t)text.size);
        close(file);
        status = deal(&(yoke_line_sort){0}, &input, 1, SIZE_MAX, NULL, &found);
        CU_ASSERT(status == 0 || status == 1);
        if (!status) CU_ASSERT_EQUAL(found.size, 0);
        free(found.data);
    } while (status == 1);
    atomic_store(&c.enough, true);
    pthread_join(changer, NULL);
    free(text.data);
}

TEST_WITH_LIMIT(calls_that_end_early, 240) {
    content text = make_lines(1 << 20, LONG, '\n');
    yoke_input input = in_memory(text);
    yoke_cancel *cancel;
    REQUIRE(yoke_cancel_create(&cancel) == YOKE_OK);
    yoke_cancel_request(cancel);
    yoke_run stopped = {.cancel = cancel}, late = {.deadline = 1};
    CU_ASSERT_EQUAL(deal(&(yoke_line_sort){0}, &input, 1, SIZE_MAX, &stopped, NULL),
                    YOKE_ECANCELED);
    CU_ASSERT_EQUAL(deal(&(yoke_line_sort){0}, &input, 1, SIZE_MAX, &late, NULL), YOKE_ETIMEDOUT);
    yoke_cancel_release(cancel);
    free(text.data);
}

TEST_WITH_LIMIT(inside_a_parallel_region, 240) {
    content text = make_lines(1 << 20, LONG, '\n');
    yoke_input input = in_memory(text);
#pragma omp parallel num_threads(3)
#pragma omp single
    check_all_threads(&(yoke_line_sort){0}, &input, 1);
    free(text.data);
}

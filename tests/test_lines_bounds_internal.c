/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounds of ranges of lines: a line's range depends on its place in the order only, equal lines go
 * on in the order of the input, and lines of a range have in common what its level says.
 */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "mapreduce/lines_bounds.h"

enum { LINES = 300, LONGEST = 40 };

typedef struct text {
    char bytes[LINES * (LONGEST + 1) + YOKE__LINE_SLACK];
    uint32_t ends[LINES];
    yoke_string lines[LINES], sorted[LINES];
    uint8_t ranges[YOKE__LINES_TOGETHER];
} text;

static void add_line(text *t, size_t i, const char *bytes, size_t size) {
    size_t begin = i ? t->ends[i - 1] + 1 : 0;
    memcpy(t->bytes + begin, bytes, size);
    t->bytes[begin + size] = '\n';
    t->ends[i] = (uint32_t)(begin + size);
    t->lines[i] = t->sorted[i] = (yoke_string){t->bytes + begin, size};
}

/* Of `letters` letters, so that few of them make long common beginnings and equal lines. */
static void make_lines(text *t, size_t letters, size_t shared) {
    char line[LONGEST];
    for (size_t i = 0; i < LINES; i++) {
        size_t from = test_random_below(20) ? shared : 0, size = test_random_below(LONGEST + 1);
        memset(line, 'm', sizeof line);
        for (size_t k = from; k < size; k++) line[k] = (char)('m' + test_random_below(letters));
        add_line(t, i, line, size);
    }
}

static int compare_lines(const void *a, const void *b, void *plan) {
    return yoke__line_compare(plan, *(const yoke_string *)a, *(const yoke_string *)b, 0);
}

/* Bounds of any lines, more often than not of neighbours. */
static bool make_bounds(text *t, yoke__line_plan *plan, yoke__line_bounds *bounds) {
    yoke_string chosen[YOKE__BOUNDS];
    size_t step = 1 + test_random_below(LINES / YOKE__BOUNDS);
    size_t from = test_random_below(LINES - step * YOKE__BOUNDS);
    qsort_r(t->sorted, LINES, sizeof *t->sorted, compare_lines, plan);
    for (size_t i = 0; i < YOKE__BOUNDS; i++) chosen[i] = t->sorted[from + i * step];
    return yoke__line_bounds_make(bounds, plan, chosen);
}

static bool have_in_common(const yoke__line_plan *plan, yoke_string a, yoke_string b,
                           uint32_t level) {
    uint32_t at = 0;
    while (at < level) {
        uint64_t word = yoke__line_word(plan, a, at);
        if (yoke__line_word(plan, b, at) != word) return false;
        at = yoke__line_next(plan, at, word);
    }
    return at == level;
}

static bool is_right(const text *t, const yoke__line_plan *plan, const yoke__line_bounds *b,
                     size_t i, size_t j) {
    int order = yoke__line_compare(plan, t->lines[i], t->lines[j], 0);
    int found = t->ranges[i] - t->ranges[j];
    if (found) return order && (order < 0) == (found < 0);
    uint32_t level = b->levels[t->ranges[i]];
    return have_in_common(plan, t->lines[i], t->lines[j], level);
}

/* The more of the input is behind a line, the higher may its range be, up to the bound above. */
static void check_shares(text *t, const yoke__line_plan *plan, const yoke__line_bounds *b) {
    uint8_t last[YOKE__LINES_TOGETHER];
    size_t wrong = 0;
    memcpy(last, t->ranges, sizeof last);
    for (uint32_t share = 0; share < YOKE__SHARES; share += YOKE__SHARES / 4) {
        yoke__line_bounds_find(b, plan, t->bytes, 0, t->ends, LINES, share, t->ranges);
        for (size_t i = 0; i < LINES; i++) {
            wrong += t->ranges[i] >= YOKE__RANGES || t->ranges[i] < last[i];
            for (size_t j = 0; j < i; j++) wrong += !is_right(t, plan, b, i, j);
        }
        memcpy(last, t->ranges, sizeof last);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static size_t check(text *t, yoke__line_plan *plan) {
    yoke__line_bounds bounds;
    if (!make_bounds(t, plan, &bounds)) return 0;
    yoke__line_bounds_find(&bounds, plan, t->bytes, 0, t->ends, LINES, 0, t->ranges);
    check_shares(t, plan, &bounds);
    return bounds.node_count;
}

static const yoke_line_key keys[] = {
    {.begin_field = 1, .begin_byte = 2, .end_field = 1, .end_byte = 4, .fold_case = true},
    {.begin_field = 1, .begin_byte = 20, .reverse = true},
};

TEST_WITH_LIMIT(ranges_keep_the_order, 240) {
    static const yoke_line_sort ways[] = {
        {0},
        {.reverse = true},
        {.keys = keys, .key_count = 2, .stable = true},
        {.keys = keys, .key_count = 1},
    };
    text *t = malloc(sizeof *t);
    size_t deepest = 0;
    for (size_t i = 0; i < 4 * sizeof ways / sizeof *ways; i++) {
        yoke__line_plan plan;
        REQUIRE(yoke__line_plan_make(&ways[i / 4], &plan) == YOKE_OK);
        for (size_t letters = 1; letters < 5; letters++) {
            make_lines(t, letters, test_random_below(30));
            size_t nodes = check(t, &plan);
            if (nodes > deepest) deepest = nodes;
        }
        yoke__line_plan_free(&plan);
    }
    CU_ASSERT(deepest > 1 && deepest <= YOKE__BOUND_NODES);
    free(t);
}

/* All bounds are one line: the lines equal to it are divided evenly. */
TEST_WITH_LIMIT(equal_lines_are_divided, 60) {
    text *t = malloc(sizeof *t);
    yoke__line_plan plan;
    yoke__line_bounds bounds;
    size_t seen[YOKE__RANGES] = {0};
    REQUIRE(yoke__line_plan_make(&(yoke_line_sort){0}, &plan) == YOKE_OK);
    for (size_t i = 0; i < LINES; i++) add_line(t, i, "the same line", 13);
    REQUIRE(make_bounds(t, &plan, &bounds));
    for (uint32_t i = 0; i < 31 * 4; i++) {
        yoke__line_bounds_find(&bounds, &plan, t->bytes, 0, t->ends, LINES,
                               (i * YOKE__SHARES + 31 * 4 - 1) / (31 * 4), t->ranges);
        seen[t->ranges[i]]++;
    }
    CU_ASSERT_EQUAL(seen[0], 0);
    for (size_t range = 1; range < YOKE__RANGES; range++) CU_ASSERT_EQUAL(seen[range], 4);
    add_line(t, 0, "the same", 8);
    add_line(t, 1, "the same line ", 14);
    yoke__line_bounds_find(&bounds, &plan, t->bytes, 0, t->ends, 2, YOKE__SHARES / 2, t->ranges);
    CU_ASSERT_EQUAL(t->ranges[0], 0);
    CU_ASSERT_EQUAL(t->ranges[1], YOKE__RANGES - 1);
    yoke__line_plan_free(&plan);
    free(t);
}

/* Lines that have more in common than words tell: no range begins there. */
TEST_WITH_LIMIT(what_words_do_not_tell, 60) {
    static char bytes[2][7 * YOKE__BOUND_WORDS + 100], last[] = "y and what is read behind it";
    yoke_string lines[YOKE__BOUNDS];
    yoke__line_plan plan;
    yoke__line_bounds *bounds = malloc(sizeof *bounds);
    REQUIRE(yoke__line_plan_make(&(yoke_line_sort){0}, &plan) == YOKE_OK);
    memset(bytes, 'x', sizeof bytes);
    memset(bytes[0], 'a', 8);
    for (size_t i = 0; i < YOKE__BOUNDS; i++)
        lines[i] = (yoke_string){bytes[i > 1], sizeof bytes[0] - 50 + i};
    CU_ASSERT_FALSE(yoke__line_bounds_make(bounds, &plan, lines));
    for (size_t i = 3; i < YOKE__BOUNDS; i++) lines[i] = (yoke_string){last, 1};
    lines[2] = lines[1];
    CU_ASSERT_FALSE(yoke__line_bounds_make(bounds, &plan, lines));
    lines[2] = lines[3];
    CU_ASSERT_TRUE(yoke__line_bounds_make(bounds, &plan, lines));
    yoke__line_plan_free(&plan);
    free(bounds);
}

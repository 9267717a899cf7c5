/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of keys: their order is that of the keys, and equal ones go on until the keys differ.
 */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapreduce/lines_key.h"

enum { LONGEST = 240 };

typedef struct line {
    char text[LONGEST + YOKE__LINE_SLACK];
    size_t size;
} line;

static yoke_string string_of(const line *l) { return (yoke_string){l->text, l->size}; }

static void fill(line *l, const char *alphabet) {
    size_t letters = strlen(alphabet), most = test_random_below(4) ? 12 : LONGEST;
    l->size = test_random_below(most);
    for (size_t i = 0; i < l->size; i++) l->text[i] = alphabet[test_random_below(letters)];
}

static int sign(int x) { return (x > 0) - (x < 0); }

/* As yoke__sort_words does it for a group of two. */
static int compare_by_words(const yoke__line_plan *plan, const line *a, const line *b) {
    for (uint32_t level = 0; level != YOKE__LEVEL_END;) {
        if (level & YOKE__LEVEL_COMPARE)
            return yoke__line_compare(plan, string_of(a), string_of(b),
                                      level & ~YOKE__LEVEL_COMPARE);
        uint64_t x = yoke__line_word(plan, string_of(a), level);
        uint64_t y = yoke__line_word(plan, string_of(b), level);
        if (x != y) return x < y ? -1 : 1;
        level = yoke__line_next(plan, level, x);
    }
    return 0;
}

static void check_keys(const yoke_line_sort *sort, const char *alphabet) {
    yoke__line_plan plan;
    REQUIRE(yoke__line_plan_make(sort, &plan) == YOKE_OK);
    for (size_t i = test_size(20000, 2000); i; i--) {
        line a = {0}, b = {0};
        fill(&a, alphabet);
        if (test_random_below(3)) {
            fill(&b, alphabet);
        } else {
            b = a; /* but for one byte */
            if (b.size) b.text[test_random_below(b.size)] = alphabet[0];
        }
        int expected = sign(yoke__line_compare(&plan, string_of(&a), string_of(&b), 0));
        CU_ASSERT_EQUAL(sign(compare_by_words(&plan, &a, &b)), expected);
        CU_ASSERT_EQUAL(sign(compare_by_words(&plan, &b, &a)), -expected);
    }
    yoke__line_plan_free(&plan);
}

TEST(words_order_as_comparison_does) {
    static const char *const alphabets[] = {"ab",       "0123456789.-",  "01 ",      "aB1 \t-_",
                                            "05.K-M e", "\x01\xff\x80z", "janfebmr "};
    for (int order = YOKE_LINE_TEXT; order <= YOKE_LINE_MONTH; order++) {
        for (size_t i = 0; i < sizeof alphabets / sizeof *alphabets; i++) {
            yoke_line_key keys[2] = {
                {.begin_field = 2, .end_field = 2, .order = (yoke_line_order)order},
                {.order = (yoke_line_order)order, .reverse = i % 2, .fold_case = i % 3 == 1},
            };
            keys[0].dictionary = order == YOKE_LINE_TEXT && i % 2;
            check_keys(&(yoke_line_sort){.keys = keys, .key_count = 2}, alphabets[i]);
            check_keys(&(yoke_line_sort){.keys = keys + 1, .key_count = 1, .stable = true},
                       alphabets[i]);
        }
    }
}

static uint64_t decimal(const char *text) {
    return yoke__line_decimal_word((yoke_string){text, strlen(text)});
}

TEST(decimals_in_their_order) {
    static const char *const rising[] = {
        "-99999999999999999999999999999999999999999999999999999999999999999999",
        "-100",
        "-99.5",
        "-1",
        "-0.1",
        "-0.01",
        "0",
        "0.001",
        ".01",
        "0.1",
        "0.11",
        "1",
        "1.5",
        "2",
        "9",
        "10",
        "99.999",
        "100",
        "1234567890123",
        "12345678901234.5",
        "99999999999999"};
    for (size_t i = 0; i + 1 < sizeof rising / sizeof *rising; i++)
        CU_ASSERT(decimal(rising[i]) < decimal(rising[i + 1]));
    CU_ASSERT_EQUAL(decimal("-0"), decimal(""));
    CU_ASSERT_EQUAL(decimal("  007.50"), decimal("7.5"));
    CU_ASSERT_EQUAL(decimal("+1"), decimal("x"));
    CU_ASSERT(yoke__line_decimal_goes_on(decimal("12345678901234")));
    CU_ASSERT(!yoke__line_decimal_goes_on(decimal("1234567890123")));
    CU_ASSERT(!yoke__line_decimal_goes_on(decimal("10000000000000000000")));
}

static yoke_string part(const yoke_line_sort *sort, const char *text) {
    static char kept[LONGEST];
    yoke__line_plan plan;
    REQUIRE(yoke__line_plan_make(sort, &plan) == YOKE_OK);
    snprintf(kept, sizeof kept, "%s", text);
    yoke_string found = yoke__line_part(&plan, &plan.keys[0], (yoke_string){kept, strlen(kept)});
    yoke__line_plan_free(&plan);
    return found;
}

static void check_part(yoke_line_key key, int separator, const char *text, const char *expected) {
    yoke_line_sort sort = {.keys = &key, .key_count = 1};
    sort.has_separator = separator > 0;
    sort.separator = (unsigned char)(separator > 0 ? separator : 0);
    yoke_string found = part(&sort, text);
    char copy[LONGEST] = "";
    memcpy(copy, found.data, found.size);
    CU_ASSERT_STRING_EQUAL(copy, expected);
}

TEST(parts_of_lines) {
    check_part((yoke_line_key){.begin_field = 2}, 0, "a  b c", "  b c");
    check_part((yoke_line_key){.begin_field = 2, .end_field = 2}, 0, "a  b c", "  b");
    check_part((yoke_line_key){.begin_field = 2, .begin_after_blanks = true}, 0, "a  b c", "b c");
    check_part((yoke_line_key){.begin_field = 1, .begin_byte = 2, .end_field = 2, .end_byte = 1}, 0,
               "abc def", "bc ");
    check_part(
        (yoke_line_key){.begin_field = 1, .end_field = 2, .end_byte = 1, .end_after_blanks = true},
        0, "abc def", "abc d");
    check_part((yoke_line_key){.begin_field = 2, .end_field = 2}, ',', "a,,b", "");
    check_part((yoke_line_key){.begin_field = 2, .end_field = 3}, ',', "a,x,b,c", "x,b");
    check_part((yoke_line_key){.begin_field = 9}, ',', "a,b", "");
    check_part((yoke_line_key){.begin_field = 2, .end_field = 1}, ',', "a,b", "");
    check_part((yoke_line_key){.begin_field = 1, .end_field = 1, .end_byte = 9}, ',', "a,b", "a,b");
}

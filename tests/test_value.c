/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "yoke/exact.h"

enum { ALL = YOKE_EXACT_SUM | YOKE_EXACT_RANGE | YOKE_EXACT_SQUARES };

/* ---- infinities, nan, nothing ---- */

static bool is_number(yoke_value value, double expected) {
    return value.kind != YOKE_VALUE_NULL &&
           (value.number == expected || (isnan(value.number) && isnan(expected)));
}

/* Half of the texts are added to one accumulator, half to another that it is combined with. */
static void check_special(size_t n, const char *const *list, double sum, double low, double high) {
    for (size_t split = 0; split <= n; split++) {
        yoke_arena arena;
        yoke_arena_init(&arena);
        uint64_t storage[2][9] = {{0}};
        yoke_exact *exact = (yoke_exact *)storage[0];
        for (size_t i = 0; i < n; i++) {
            yoke_exact_add_text((yoke_exact *)storage[i < split], ALL, list[i], strlen(list[i]),
                                &arena);
        }
        CU_ASSERT_EQUAL(yoke_exact_combine(exact, (yoke_exact *)storage[1], ALL, &arena), 0);
        CU_ASSERT_EQUAL(yoke_exact_count(exact), n);
        CU_ASSERT(is_number(yoke_exact_sum(exact, ALL), sum));
        CU_ASSERT(is_number(yoke_exact_mean(exact, ALL), sum));
        CU_ASSERT(is_number(yoke_exact_min(exact, ALL), low));
        CU_ASSERT(is_number(yoke_exact_max(exact, ALL), high));
        CU_ASSERT(is_number(yoke_exact_variance(exact, ALL), NAN));
        CU_ASSERT(is_number(yoke_exact_stddev(exact, ALL), NAN));
        yoke_arena_fini(&arena);
    }
}

TEST(infinities_and_nan_decide) {
    const char *const infinity[] = {"1", "-inf", "1e-30", "5"};
    const char *const both[] = {"inf", "-inf", "3"};
    const char *const alone[] = {"1e400", "Infinity"};
    const char *const nan[] = {"1", "nan", "-inf"};
    check_special(4, infinity, -INFINITY, -INFINITY, 5);
    check_special(3, both, NAN, -INFINITY, INFINITY);
    check_special(2, alone, INFINITY, INFINITY, INFINITY);
    check_special(3, nan, NAN, NAN, NAN);
}

TEST(nothing_gives_null_and_bad_text_adds_nothing) {
    yoke_arena arena;
    yoke_arena_init(&arena);
    uint64_t storage[9] = {0};
    yoke_exact *exact = (yoke_exact *)storage;
    CU_ASSERT_EQUAL(yoke_exact_add_text(exact, ALL, "1x", 2, &arena), YOKE_EDATA);
    CU_ASSERT_EQUAL(yoke_exact_add_text(exact, ALL, "", 0, &arena), YOKE_EDATA);
    for (size_t i = 0; i < sizeof storage / sizeof *storage; i++) CU_ASSERT_EQUAL(storage[i], 0);
    CU_ASSERT_EQUAL(yoke_exact_sum(exact, ALL).kind, YOKE_VALUE_NULL);
    CU_ASSERT_EQUAL(yoke_exact_mean(exact, ALL).kind, YOKE_VALUE_NULL);
    CU_ASSERT_EQUAL(yoke_exact_min(exact, ALL).kind, YOKE_VALUE_NULL);
    CU_ASSERT_EQUAL(yoke_exact_max(exact, ALL).kind, YOKE_VALUE_NULL);
    CU_ASSERT_EQUAL(yoke_exact_variance(exact, ALL).kind, YOKE_VALUE_NULL);
    yoke_exact_add_text(exact, ALL, "1", 1, &arena);
    CU_ASSERT_EQUAL(yoke_exact_variance(exact, ALL).kind, YOKE_VALUE_NULL);
    CU_ASSERT_EQUAL(yoke_exact_stddev(exact, ALL).kind, YOKE_VALUE_NULL);
    CU_ASSERT_EQUAL((int64_t)yoke_exact_sum(exact, ALL).integer, 1);
    yoke_arena_fini(&arena);
}

/* ---- values ---- */

TEST(values_print_in_full) {
    const yoke_i128 large = (yoke_i128)10000000000000000000u * 10000000000000000000u - 1;
    const struct {
        yoke_value value;
        const char *text;
    } cases[] = {
        {{YOKE_VALUE_NULL, 0, 0, 0}, ""},
        {{YOKE_VALUE_DECIMAL, 0, 0, 0}, "0"},
        {{YOKE_VALUE_DECIMAL, 1, -125, -12.5}, "-12.5"},
        {{YOKE_VALUE_DECIMAL, 18, 1, 1e-18}, "0.000000000000000001"},
        {{YOKE_VALUE_DECIMAL, 2, -5, -0.05}, "-0.05"},
        {{YOKE_VALUE_DECIMAL, 0, large, 1e38}, "99999999999999999999999999999999999999"},
        {{YOKE_VALUE_DECIMAL, 18, -large, -1e20}, "-99999999999999999999.999999999999999999"},
        {{YOKE_VALUE_DECIMAL, 0, 18446744073709551615u, 1e19}, "18446744073709551615"},
        {{YOKE_VALUE_DECIMAL, 0, (yoke_i128)10000000000000000000u, 1e19}, "10000000000000000000"},
        {{YOKE_VALUE_DOUBLE, 0, 0, 1e300}, "1e+300"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[YOKE_VALUE_TEXT];
        CU_ASSERT_EQUAL(yoke_value_format(&cases[i].value, text), strlen(cases[i].text));
        CU_ASSERT_STRING_EQUAL(text, cases[i].text);
    }
}

TEST(values_have_an_order) {
    static const char *const ascending[] = {"-inf",
                                            "-1e300",
                                            "-99999999999999999999999999999999999999",
                                            "-9007199254740993",
                                            "-9007199254740992.5",
                                            "-0.3",
                                            "0",
                                            "0.1",
                                            "0.100000000000000001",
                                            "1",
                                            "9007199254740992",
                                            "9007199254740992.1",
                                            "9007199254740993",
                                            "99999999999999999999.999999999999999998",
                                            "99999999999999999999.999999999999999999",
                                            "1e+300",
                                            "inf",
                                            "nan"};
    enum { N = sizeof ascending / sizeof *ascending + 1 };
    yoke_arena arena;
    yoke_arena_init(&arena);
    yoke_value value[N];
    for (size_t i = 0; i < N; i++) {
        uint64_t storage[9] = {0};
        yoke_exact *exact = (yoke_exact *)storage;
        if (i) {
            const char *text = ascending[i - 1];
            yoke_exact_add_text(exact, YOKE_EXACT_RANGE, text, strlen(text), &arena);
        }
        value[i] = yoke_exact_min(exact, YOKE_EXACT_RANGE);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            int order = yoke_value_compare(&value[i], &value[j]);
            CU_ASSERT_EQUAL((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
    yoke_arena_fini(&arena);
    const yoke_value exact = {YOKE_VALUE_DECIMAL, 1, 1, 0.1},
                     rounded = {YOKE_VALUE_DOUBLE, 0, 0, 0.1};
    CU_ASSERT(yoke_value_compare(&exact, &rounded) < 0);
    CU_ASSERT(yoke_value_compare(&rounded, &exact) > 0);
    CU_ASSERT_EQUAL(yoke_value_compare(&rounded, &rounded), 0);
}

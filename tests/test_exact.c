/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact accumulators against rationals of GMP, rounded by MPFR. Every list of numbers is added in
 * a random order, dealt to a random number of accumulators, and combined in a random tree.
 */
#include "tests/harness.h"

#include <gmp.h>
#include <math.h>
#include <mpfr.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/exact.h"

enum { MOST = 64, TEXT = 1600, ALL = YOKE_EXACT_SUM | YOKE_EXACT_RANGE | YOKE_EXACT_SQUARES };

static char texts[MOST][TEXT];
static size_t text_count;

/* ---- the oracle: values ---- */

static mpz_t ten_1134, ten_567;

/* integer = trunc(10^1134 x) for a decimal or hexadecimal text with exponent below 10000. */
static void read_oracle(const char *text, mpz_t integer) {
    bool negative = *text == '-', hex = strstr(text, "0x") != NULL, point = false;
    int base = hex ? 16 : 10;
    long fraction = 0;
    mpz_set_ui(integer, 0);
    text += negative;
    if (hex) text += 2;
    for (; *text && *text != (hex ? 'p' : 'e'); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        char digit[2] = {*text, 0};
        mpz_mul_ui(integer, integer, (unsigned long)base);
        mpz_add_ui(integer, integer, strtoul(digit, NULL, base));
        fraction += point;
    }
    long exponent = (*text ? atol(text + 1) : 0) - (hex ? 4 : 1) * fraction;
    mpz_t power;
    mpz_init(power);
    mpz_mul(integer, integer, ten_1134);
    mpz_ui_pow_ui(power, hex ? 2 : 10, (unsigned long)labs(exponent));
    if (exponent < 0) mpz_tdiv_q(integer, integer, power);
    if (exponent > 0) mpz_mul(integer, integer, power);
    if (negative) mpz_neg(integer, integer);
    mpz_clear(power);
}

/* integer / 10^1134 as it counts for variances: 18 leading digits, half to even, cut at 10^-567 */
static void shorten_oracle(mpz_t integer) {
    mpz_t magnitude, power, rest, half;
    mpz_inits(magnitude, power, rest, half, NULL);
    mpz_abs(magnitude, integer);
    char *digits = mpz_get_str(NULL, 10, magnitude);
    size_t n = strlen(digits);
    free(digits);
    if (n > 18) {
        mpz_ui_pow_ui(power, 10, n - 18);
        mpz_tdiv_qr(magnitude, rest, magnitude, power);
        mpz_mul_ui(half, rest, 2);
        int order = mpz_cmp(half, power);
        if (order > 0 || (order == 0 && mpz_odd_p(magnitude))) {
            mpz_add_ui(magnitude, magnitude, 1);
        }
        mpz_mul(magnitude, magnitude, power);
    }
    mpz_tdiv_q(magnitude, magnitude, ten_567);
    mpz_mul(magnitude, magnitude, ten_567);
    if (mpz_sgn(integer) < 0) mpz_neg(magnitude, magnitude);
    mpz_set(integer, magnitude);
    mpz_clears(magnitude, power, rest, half, NULL);
}

/* The nearest double, also where it is subnormal. */
static double round_oracle(const mpq_t value) {
    mpfr_set_emin(-1073);
    mpfr_set_emax(1024);
    mpfr_t rounded;
    mpfr_init2(rounded, 53);
    int direction = mpfr_set_q(rounded, value, MPFR_RNDN);
    mpfr_subnormalize(rounded, direction, MPFR_RNDN);
    double result = mpfr_get_d(rounded, MPFR_RNDN);
    mpfr_clear(rounded);
    return result;
}

/* ---- the oracle: results ---- */

typedef struct oracle {
    mpz_t sum, minimum, maximum; /* times 10^1134 */
    mpz_t short_sum, squares;    /* of the shortened numbers; squares times 10^2268 */
    size_t count;
} oracle;

static void oracle_init(oracle *o) {
    mpz_inits(o->sum, o->minimum, o->maximum, o->short_sum, o->squares, NULL);
    o->count = 0;
}

static void oracle_clear(oracle *o) {
    mpz_clears(o->sum, o->minimum, o->maximum, o->short_sum, o->squares, NULL);
}

static void oracle_add(oracle *o, const char *text) {
    mpz_t value;
    mpz_init(value);
    read_oracle(text, value);
    mpz_add(o->sum, o->sum, value);
    if (!o->count || mpz_cmp(value, o->minimum) < 0) mpz_set(o->minimum, value);
    if (!o->count || mpz_cmp(value, o->maximum) > 0) mpz_set(o->maximum, value);
    shorten_oracle(value);
    mpz_add(o->short_sum, o->short_sum, value);
    mpz_addmul(o->squares, value, value);
    o->count++;
    mpz_clear(value);
}

static void set_fraction(mpq_t value, const mpz_t integer, const mpz_t denominator) {
    mpq_set_num(value, integer);
    mpq_set_den(value, denominator);
    mpq_canonicalize(value);
}

static void oracle_variance(const oracle *o, mpq_t value) {
    mpz_t numerator, denominator;
    mpz_inits(numerator, denominator, NULL);
    mpz_mul_ui(numerator, o->squares, o->count);
    mpz_submul(numerator, o->short_sum, o->short_sum);
    mpz_mul(denominator, ten_1134, ten_1134);
    mpz_mul_ui(denominator, denominator, o->count);
    mpz_mul_ui(denominator, denominator, o->count - 1);
    set_fraction(value, numerator, denominator);
    mpz_clears(numerator, denominator, NULL);
}

/* ---- comparisons ---- */

static bool same_bits(double a, double b) {
    return (isnan(a) && isnan(b)) || (a == 0 && b == 0) || memcmp(&a, &b, sizeof a) == 0;
}

static bool is_double(yoke_value value, double expected) {
    return value.kind == YOKE_VALUE_DOUBLE && same_bits(value.number, expected);
}

static void set_i128(mpz_t integer, __int128 value) {
    unsigned __int128 magnitude = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    mpz_set_ui(integer, (unsigned long)(magnitude >> 64));
    mpz_mul_2exp(integer, integer, 64);
    mpz_add_ui(integer, integer, (unsigned long)magnitude);
    if (value < 0) mpz_neg(integer, integer);
}

/* The one legal value for integer / 10^1134. */
static bool is_value(yoke_value value, const mpz_t integer) {
    mpz_t scaled, rest, power;
    mpz_inits(scaled, rest, power, NULL);
    mpq_t exact;
    mpq_init(exact);
    set_fraction(exact, integer, ten_1134);
    double nearest = round_oracle(exact);
    int scale = 0;
    bool decimal = false;
    for (; scale <= 18 && !decimal; scale += !decimal) {
        mpz_ui_pow_ui(power, 10, 1134 - (unsigned long)scale);
        mpz_tdiv_qr(scaled, rest, integer, power);
        decimal = mpz_sgn(rest) == 0;
    }
    mpz_ui_pow_ui(power, 10, 38);
    decimal = decimal && mpz_cmpabs(scaled, power) < 0;
    bool good = is_double(value, nearest);
    if (decimal) {
        set_i128(rest, value.integer);
        good = value.kind == YOKE_VALUE_DECIMAL && value.scale == scale &&
               same_bits(value.number, nearest) && mpz_cmp(rest, scaled) == 0;
    }
    mpz_clears(scaled, rest, power, NULL);
    mpq_clear(exact);
    return good;
}

/* Rounding takes infinity for 2^1024. */
static void set_double(mpq_t value, double number) {
    mpq_set_d(value, isinf(number) ? 0x1p1023 : number);
    if (isinf(number)) mpq_mul_2exp(value, value, 1);
}

/* How the square of the middle of a and b compares with value: -1, 0, 1. */
static int compare_middle(double a, double b, const mpq_t value) {
    mpq_t x, y;
    mpq_inits(x, y, NULL);
    set_double(x, a);
    set_double(y, b);
    mpq_add(x, x, y);
    mpq_mul(x, x, x);
    mpq_div_2exp(x, x, 2);
    int order = mpq_cmp(x, value);
    mpq_clears(x, y, NULL);
    return (order > 0) - (order < 0);
}

/* Whether root is the double nearest to sqrt(value). */
static bool is_root(double root, const mpq_t value) {
    if (mpq_sgn(value) == 0) return root == 0;
    if (!(root >= 0)) return false;
    if (root > 0 && compare_middle(root, nextafter(root, 0), value) > 0) return false;
    return isinf(root) || compare_middle(root, nextafter(root, INFINITY), value) >= 0;
}

/* ---- accumulators of random shape ---- */

static void shuffle(void) {
    for (size_t i = text_count; i > 1; i--) {
        size_t j = test_random_below(i);
        char swap[TEXT];
        memcpy(swap, texts[i - 1], TEXT);
        memcpy(texts[i - 1], texts[j], TEXT);
        memcpy(texts[j], swap, TEXT);
    }
}

/* All texts in one accumulator, by a random partition and tree, in a random order. */
static yoke_exact *accumulate(int parts, yoke_arena arenas[2]) {
    size_t size = yoke_exact_size(parts), groups = 1 + test_random_below(5);
    yoke_exact *group[5];
    for (size_t g = 0; g < groups; g++) {
        group[g] = yoke_arena_alloc(&arenas[g % 2], size);
        memset(group[g], 0, size);
    }
    shuffle();
    for (size_t i = 0; i < text_count; i++) {
        size_t g = test_random_below(groups);
        CU_ASSERT_EQUAL(
            yoke_exact_add_text(group[g], parts, texts[i], strlen(texts[i]), &arenas[g % 2]), 0);
    }
    for (size_t g = groups - 1; g > 0; g--) {
        size_t into = test_random_below(g);
        CU_ASSERT_EQUAL(yoke_exact_combine(group[into], group[g], parts, &arenas[into % 2]), 0);
    }
    return group[0];
}

static void report(const char *what, yoke_value value) {
    char text[YOKE_VALUE_TEXT];
    yoke_value_format(&value, text);
    fprintf(stderr, "  %s is %s (%a) for", what, text, value.number);
    for (size_t i = 0; i < text_count; i++) fprintf(stderr, " %s", texts[i]);
    fprintf(stderr, "\n");
}

static void check(bool good, const char *what, yoke_value value) {
    if (!good) report(what, value);
    CU_ASSERT(good);
}

static void check_results(const yoke_exact *exact, int parts, const oracle *o) {
    CU_ASSERT_EQUAL(yoke_exact_count(exact), o->count);
    mpq_t expected;
    mpq_init(expected);
    if (parts & YOKE_EXACT_SUM) {
        yoke_value sum = yoke_exact_sum(exact, parts), mean = yoke_exact_mean(exact, parts);
        check(is_value(sum, o->sum), "sum", sum);
        set_fraction(expected, o->sum, ten_1134);
        mpz_mul_ui(mpq_denref(expected), mpq_denref(expected), o->count);
        mpq_canonicalize(expected);
        check(is_double(mean, round_oracle(expected)), "mean", mean);
    }
    if (parts & YOKE_EXACT_RANGE) {
        yoke_value low = yoke_exact_min(exact, parts), high = yoke_exact_max(exact, parts);
        check(is_value(low, o->minimum), "minimum", low);
        check(is_value(high, o->maximum), "maximum", high);
    }
    if (parts & YOKE_EXACT_SQUARES && o->count > 1) {
        yoke_value variance = yoke_exact_variance(exact, parts);
        yoke_value deviation = yoke_exact_stddev(exact, parts);
        oracle_variance(o, expected);
        check(is_double(variance, round_oracle(expected)), "variance", variance);
        check(deviation.kind == YOKE_VALUE_DOUBLE && is_root(deviation.number, expected), "stddev",
              deviation);
    }
    mpq_clear(expected);
}

static void check_texts(void) {
    static const int kept[] = {YOKE_EXACT_SUM, YOKE_EXACT_RANGE, YOKE_EXACT_SUM | YOKE_EXACT_RANGE,
                               YOKE_EXACT_SUM | YOKE_EXACT_SQUARES, ALL};
    oracle o;
    oracle_init(&o);
    for (size_t i = 0; i < text_count; i++) oracle_add(&o, texts[i]);
    for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) {
        yoke_arena arenas[2];
        yoke_arena_init(&arenas[0]);
        yoke_arena_init(&arenas[1]);
        check_results(accumulate(kept[k], arenas), kept[k], &o);
        yoke_arena_fini(&arenas[0]);
        yoke_arena_fini(&arenas[1]);
    }
    oracle_clear(&o);
}

/* ---- random numbers of many kinds ---- */

static double random_finite(void) {
    uint64_t bits = test_random();
    if (test_random_below(8) == 0) bits &= 0x800fffffffffffffu;
    double value;
    memcpy(&value, &bits, sizeof value);
    return isfinite(value) ? value : 0x1.fffffffffffffp1023;
}

static char *write_digits(char *p, size_t n, size_t point) {
    for (size_t i = 0; i < n; i++) {
        if (i == point) *p++ = '.';
        *p++ = (char)('0' + test_random_below(10));
    }
    *p = 0;
    return p;
}

static void write_one(char *text, int kind) {
    char *p = text;
    if (test_random_below(2)) *p++ = '-';
    switch (kind) {
    case 0: sprintf(p, "%d.%d", (int)test_random_below(100), (int)test_random_below(10)); break;
    case 1: write_digits(p, 1 + test_random_below(18), test_random_below(20)); break;
    case 2: sprintf(p, "%.17g", fabs(random_finite())); break;
    case 3: write_digits(p, 1 + test_random_below(60), test_random_below(70)); break;
    case 4: sprintf(p, "%.17g", (double)test_random() / 0x1p57); break;
    case 5:
        p = write_digits(p, 1 + test_random_below(25), test_random_below(30));
        sprintf(p, "e%d", (int)test_random_below(1500) - 1220);
        break;
    case 6: sprintf(p, "%.*a", (int)test_random_below(14), fabs(random_finite() / 2)); break;
    case 7: sprintf(p, "%d", (int)test_random_below(1000)); break;
    case 8: sprintf(p, "0.%0*d", 1 + (int)test_random_below(20), 1); break;
    case 9: sprintf(p, "%.17fe-5", (double)test_random() / 0x1p64); break;
    case 10: sprintf(p, "1.7976931348623157e308"); break;
    case 11: write_digits(p, 1000 + test_random_below(400), test_random_below(300)); break;
    case 12: sprintf(p, "999999999999999999"); break;
    case 13: sprintf(p, "0.999999999999999999"); break;
    default: sprintf(p, "4.9406564584124654e-324"); break;
    }
}

/* Sometimes takes an earlier number back, so that much cancels. */
static void add_text(int kind) {
    char *text = texts[text_count];
    write_one(text, kind);
    if (text_count && test_random_below(4) == 0) {
        const char *earlier = texts[test_random_below(text_count)];
        bool negative = *earlier == '-';
        *text = '-';
        memcpy(text + !negative, earlier + negative, TEXT - 1);
    }
    text_count++;
}

static void write_list(void) {
    int kinds[3];
    for (int k = 0; k < 3; k++) kinds[k] = (int)test_random_below(15);
    size_t kind_count = 1 + test_random_below(3);
    size_t n = 1 + test_random_below(test_random_below(4) ? 8 : MOST);
    text_count = 0;
    while (text_count < n) add_text(kinds[test_random_below(kind_count)]);
}

static void prepare(void) {
    mpz_inits(ten_1134, ten_567, NULL);
    mpz_ui_pow_ui(ten_1134, 10, 1134);
    mpz_ui_pow_ui(ten_567, 10, 567);
}

TEST_WITH_LIMIT(random_lists_agree_with_rationals_in_every_bit, 100) {
    prepare();
    size_t rounds = test_size(6000, 300);
    for (size_t i = 0; i < rounds; i++) {
        write_list();
        check_texts();
    }
}

static void set_texts(size_t n, const char *const *list) {
    text_count = n;
    for (size_t i = 0; i < n; i++) strcpy(texts[i], list[i]);
}

TEST(corner_cases_agree_with_rationals) {
    static const char *const lists[][5] = {
        {"0.1", "0.2"},
        {"-0", "0"},
        {"1e308", "1e308", "-1e308"},
        {"1.7976931348623157e308", "9.9e291"},
        {"1e-1134", "-1e-1134", "1e-1134"},
        {"1e-1135", "1"},
        {"1e-567", "2e-567"},
        {"1e-568", "9e-568", "1e-567"},
        {"123456789012345678.5", "123456789012345679.5", "123456789012345678.51"},
        {"9999999999999999995", "1"},
        {"99999999999999999999999999999999999999", "1"},
        {"99999999999999999999999999999999999999.1"},
        {"9007199254740992", "1e-1000"},
        {"9007199254740993", "1e-1000", "-1e-999"},
        {"4.9406564584124654e-324", "0"},
        {"2.4703282292062328e-324"},
        {"1e20", "0.000000000000000001"},
        {"1e20", "1e-19"},
        {"0x1p-1074", "0x1p1023"},
        {"9007199254740992", "9007199254740994"},
        {"9007199254740994", "9007199254740996"},
        {"9007199254740992", "9007199254740993.999", "9007199254740993"},
        {"1", "3", "5"},
        /* the root of the variance is just above the middle of two doubles */
        {"9007199254740994", "9007199254740992", "-9007199254740993", "-9007199254740993", "0"},
        {"1e-400", "3e-400", "5e-400"},
        {"0.1", "0.1", "0.1"},
        {"170141183460469231731687303715884105727", "-170141183460469231731687303715884105728"},
        {"100000000000000000", "0.1", "0.01", "1e-18"},
    };
    prepare();
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        size_t n = 0;
        while (n < 5 && lists[i][n]) n++;
        set_texts(n, lists[i]);
        for (int again = 0; again < 20; again++) check_texts();
    }
}

/* ---- sums that outgrow 128 bits ---- */

static void add_times(yoke_exact *exact, int parts, oracle *o, const char *text, int times,
                      yoke_arena *arena) {
    for (int i = 0; i < times; i++) {
        CU_ASSERT_EQUAL(yoke_exact_add_text(exact, parts, text, strlen(text), arena), YOKE_OK);
        oracle_add(o, text);
    }
    check_results(exact, parts, o);
}

/* Reaches the largest 128-bit integer, then goes beyond; and the same for the squares. */
TEST(adding_overflows_into_the_wide_part) {
    static const int kept[] = {YOKE_EXACT_SUM, YOKE_EXACT_SUM | YOKE_EXACT_SQUARES, ALL};
    prepare();
    text_count = 0;
    for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) {
        yoke_arena arena;
        yoke_arena_init(&arena);
        uint64_t storage[9] = {0};
        yoke_exact *exact = (yoke_exact *)storage;
        oracle o;
        oracle_init(&o);
        add_times(exact, kept[k], &o, "999999999999999999", 170, &arena);
        add_times(exact, kept[k], &o, "141183460469231901", 1, &arena);
        add_times(exact, kept[k], &o, "0.687303715884105727", 1, &arena);
        add_times(exact, kept[k], &o, "0.000000000000000001", 1, &arena);
        add_times(exact, kept[k], &o, "999999999999999999", 10, &arena);
        add_times(exact, kept[k], &o, "-999999999999999999", 400, &arena);
        oracle_clear(&o);
        yoke_arena_fini(&arena);
    }
}

TEST(doubling_sums_overflow_into_the_wide_part) {
    static const char *const numbers[] = {"999999999999999999", "-0.999999999999999999",
                                          "-999999999999999999", "1e300"};
    prepare();
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        set_texts(1, numbers + k);
        yoke_arena arena;
        yoke_arena_init(&arena);
        yoke_exact *exact = yoke_arena_alloc(&arena, yoke_exact_size(ALL));
        yoke_exact *copy = yoke_arena_alloc(&arena, yoke_exact_size(ALL));
        memset(exact, 0, yoke_exact_size(ALL));
        yoke_exact_add_text(exact, ALL, texts[0], strlen(texts[0]), &arena);
        oracle o;
        oracle_init(&o);
        oracle_add(&o, texts[0]);
        for (int i = 0; i < 57; i++) { /* up to the largest count, 2^58 - 1 */
            memset(copy, 0, yoke_exact_size(ALL));
            CU_ASSERT_EQUAL(yoke_exact_combine(copy, exact, ALL, &arena), 0);
            CU_ASSERT_EQUAL(yoke_exact_combine(exact, copy, ALL, &arena), 0);
            mpz_mul_2exp(o.sum, o.sum, 1);
            mpz_mul_2exp(o.short_sum, o.short_sum, 1);
            mpz_mul_2exp(o.squares, o.squares, 1);
            o.count *= 2;
            check_results(exact, ALL, &o);
        }
        oracle_clear(&o);
        yoke_arena_fini(&arena);
    }
}

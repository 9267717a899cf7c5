/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness.h"

#include <float.h>
#include <math.h>
#include <mpfr.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/number.h"

/* ---- random text ---- */

static char text[8192];

static double random_double(void) {
    uint64_t bits = test_random();
    if (test_random_below(4) == 0) bits &= 0x800fffffffffffffu; /* subnormal */
    double value;
    memcpy(&value, &bits, sizeof value);
    return isfinite(value) ? value : 1.0;
}

static void write_noise(void) {
    static const char alphabet[] = "0123456789.eE+-xXpPaAbBfFinfinitynan() \t_";
    size_t n = test_random_below(12);
    for (size_t i = 0; i < n; i++) text[i] = alphabet[test_random_below(sizeof alphabet - 1)];
    text[n] = 0;
}

static void write_printed(void) {
    sprintf(text, "%.*g", (int)test_random_below(25), random_double());
}

/* The exact middle between two neighbouring doubles, or just beside it. */
static void write_midpoint(void) {
    double value = random_double(), next = nextafter(value, INFINITY);
    if (!isfinite(next)) next = value;
    int n = sprintf(text, "%.1200Lf", ((long double)value + next) / 2);
    int last = n - 1;
    while (last > 0 && text[last] == '0') last--;
    uint64_t change = test_random_below(3);
    if (change == 0 && text[last] != '.') text[last]--;
    if (change == 1) strcpy(text + n, "0000001");
}

static char *write_digits(char *p, const char *digits, size_t n, size_t point) {
    for (size_t i = 0; i < n; i++) {
        if (i == point) *p++ = '.';
        *p++ = test_random_below(3) ? digits[test_random_below(strlen(digits))] : '0';
    }
    return p;
}

static void write_number(const char *prefix, const char *digits, char mark, int range) {
    size_t n = 1 + test_random_below(40);
    char *p = text + sprintf(text, "%s%s", test_random_below(2) ? "-" : "", prefix);
    p = write_digits(p, digits, n, test_random_below(n + 3));
    *p = 0;
    if (test_random_below(2)) {
        sprintf(p, "%c%d", mark, (int)test_random_below(2 * (uint64_t)range) - range);
    }
}

static void write_random(void) {
    switch (test_random_below(40)) {
    case 0: write_midpoint(); break;
    case 1 ... 9: write_noise(); break;
    case 10 ... 19: write_printed(); break;
    case 20 ... 29: write_number("", "0123456789", 'e', 350); break;
    default: write_number("0x", "0123456789abcdefABCDEF", 'p', 1200); break;
    }
}

/* ---- parsing ---- */

static bool same_double(double a, double b) {
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

/* glibc's strtod (2.36 at least) rounds some hexadecimal numbers wrongly where they are subnormal:
 * 0x1.01898343c08318p-1023 goes down, though three quarters are cut off. */
static double read_with_mpfr(const char *string) {
    mpfr_set_emin(-1073);
    mpfr_set_emax(1024);
    mpfr_t rounded;
    mpfr_init2(rounded, 53);
    int direction = mpfr_strtofr(rounded, string, NULL, 0, MPFR_RNDN);
    mpfr_subnormalize(rounded, direction, MPFR_RNDN);
    double value = mpfr_get_d(rounded, MPFR_RNDN);
    mpfr_clear(rounded);
    return value;
}

static bool oracle(const char *string, double *value) {
    char *end;
    *value = strtod(string, &end);
    if (end == string) return false;
    bool hex = strpbrk(string, "xX") != NULL;
    if (hex && fabs(*value) <= DBL_MIN) *value = read_with_mpfr(string);
    while (*end == ' ' || *end == '\t') end++;
    return !*end;
}

/* Compares everything about one text with strtod, from a block that ends where the text ends. */
static bool agrees(const char *string) {
    size_t n = strlen(string);
    char *exact = malloc(n + 1);
    memcpy(exact, string, n);
    double expected, value = -1;
    bool legal = oracle(string, &expected);
    yoke_number number = {-1, -1};
    yoke_number_kind kind = yoke_number_parse(exact, n, &number);
    int status = yoke_number_double(exact, n, &value);
    free(exact);
    if (!legal) return kind == YOKE_NUMBER_BAD && status == YOKE_EDATA && value == -1;
    if (status != YOKE_OK || kind == YOKE_NUMBER_BAD || !same_double(value, expected)) return false;
    if (kind == YOKE_NUMBER_WIDE) return number.scale == -1;
    char again[64];
    sprintf(again, "%lde-%d", (long)number.mantissa, number.scale);
    return labs(number.mantissa) < 1000000000000000000 && number.scale >= 0 && number.scale <= 18 &&
           strtod(again, NULL) == expected;
}

#define AGREES(string)                                                                             \
    do {                                                                                           \
        const char *agrees_ = (string);                                                            \
        if (!agrees(agrees_)) fprintf(stderr, "  differs from strtod: '%s'\n", agrees_);           \
        CU_ASSERT(agrees(agrees_));                                                                \
    } while (0)

TEST_WITH_LIMIT(random_text_reads_as_strtod_reads_it, 60) {
    size_t n = test_size(1000000, 20000);
    for (size_t i = 0; i < n; i++) {
        write_random();
        if (!agrees(text)) AGREES(text);
    }
}

/* Texts that are read as strtod reads them, or are no numbers for both. A list ends with NULL. */
static const char *const signs_and_points[] = {"",    "-",  "+",   ".",   "-.",    "5.",  ".5",
                                               "-.5", "+5", "+-5", "--5", "1.2.3", "..1", NULL};
static const char *const exponents[] = {"1e", "1e+", "1e-", "e5", ".e5", "1e5.", "1e 5", NULL};
static const char *const hexadecimal[] = {"0x",
                                          "0x.",
                                          "0x.p1",
                                          "0xp1",
                                          "0x1p",
                                          "0x1",
                                          "-0X1.8P1",
                                          "0x1p-1074",
                                          "-0x0040626.0d0F020c6p-1041",
                                          "0x1.01898343c08318p-1023",
                                          "0x1p-1075",
                                          "0x1.8p-1075",
                                          "0x1p1023",
                                          "0x1p1024",
                                          "0x0p99999",
                                          "0xg",
                                          "0x1.fffffffffffff8p1023",
                                          "0x1.fffffffffffff7p1023",
                                          "0x.00001p1040",
                                          NULL};
static const char *const words[] = {"inf",    "-inf", "INF",  "infinity", "Infinity",  "infinit",
                                    "nan",    "NaN",  "-nan", "nan()",    "nan(12_x)", "nan(",
                                    "nan(-)", ".inf", ".nan", "1inf",     NULL};
static const char *const blanks[] = {" 1", "1 ", "\t-1.5\t ", " ", "- 1", "1 2", NULL};
static const char *const zeros[] = {"0",
                                    "-0",
                                    "-0.0",
                                    "0e9",
                                    "0e-99999999999999999999999",
                                    "00000000000000000000000000001.5",
                                    "0.000000000000000001",
                                    "0.0000000000000000001",
                                    NULL};
static const char *const scales[] = {"999999999999999999",
                                     "1000000000000000000",
                                     "-999999999999999999",
                                     "99999999999999999.9",
                                     "1.50000000000000000000000000000",
                                     "1500000000000000000000e-20",
                                     "100e18",
                                     "1e17",
                                     "1e18",
                                     "10e16",
                                     "1e-18",
                                     "1e-19",
                                     NULL};
static const char *const extremes[] = {"1e400",
                                       "-1e400",
                                       "1e-400",
                                       "-1e-400",
                                       "1e99999999999999999999999",
                                       "1e-99999999999999999999999",
                                       "1.7976931348623157e308",
                                       "1.7976931348623158e308",
                                       "1.7976931348623159e308",
                                       "4.9406564584124654e-324",
                                       "2.4703282292062327e-324",
                                       "2.4703282292062328e-324",
                                       NULL};
static const char *const strange[] = {
    "1,5", "1_000", "1f", "0b1", "1d5", "9007199254740993", "9007199254740992.99999999999999999",
    "٣",   NULL};

TEST(corner_cases_read_as_strtod_reads_them) {
    static const char *const *const lists[] = {
        signs_and_points, exponents, hexadecimal, words, blanks, zeros, scales, extremes, strange};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (const char *const *at = lists[i]; *at; at++) AGREES(*at);
    }
    CU_ASSERT_EQUAL(yoke_number_parse("1\0", 2, NULL), YOKE_NUMBER_BAD);
    CU_ASSERT_EQUAL(yoke_number_parse("\n1", 2, NULL), YOKE_NUMBER_BAD);
}

TEST(long_texts_are_read_to_the_last_digit) {
    size_t n = 200000;
    char *string = malloc(n + 64);
    memset(string, '0', n);
    strcpy(string + n, "1e-190000");
    AGREES(string); /* many leading zeros */
    string[0] = '1';
    AGREES(string);
    sprintf(string + n, "e-%zu", n);
    AGREES(string);
    string[1] = '.';
    strcpy(string + n, "1");
    AGREES(string);
    memcpy(string, "9007199254740993.", 17); /* a midpoint, and a one far behind it */
    AGREES(string);
    strcpy(string + n, "0");
    AGREES(string);
    memcpy(string, "0x1.00000000000008", 18);
    AGREES(string);
    strcpy(string + n, "1");
    AGREES(string);
    string[1000] = '1'; /* behind the last bit that counts as an exact value */
    string[1001] = 0;
    AGREES(string);
    free(string);
}

TEST(decimals_are_exact_where_they_fit) {
    static const struct {
        const char *string;
        int64_t mantissa;
        int scale;
    } cases[] = {{"12.50", 1250, 2},
                 {"-7", -7, 0},
                 {"1e3", 1000, 0},
                 {"1.5e-3", 15, 4},
                 {"1.25e1", 125, 1},
                 {"000.5", 5, 1},
                 {"-0.00", 0, 2},
                 {"0e7", 0, 0},
                 {"0e99", 0, 0},
                 {"-0e-99", 0, 0},
                 {"1.00000000000000000000", 1, 0},
                 {"5e-18", 5, 18},
                 {"5.", 5, 0},
                 {"999999999999999999", 999999999999999999, 0},
                 {"120e-1", 120, 1},
                 {" +1 ", 1, 0},
                 {"0.999999999999999999", 999999999999999999, 18}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        yoke_number number = {-1, -1};
        yoke_number_kind kind =
            yoke_number_parse(cases[i].string, strlen(cases[i].string), &number);
        CU_ASSERT_EQUAL(kind, YOKE_NUMBER_DECIMAL);
        CU_ASSERT_EQUAL(number.mantissa, cases[i].mantissa);
        CU_ASSERT_EQUAL(number.scale, cases[i].scale);
    }
}

/* ---- formatting ---- */

/* The significant digits of a printed number, without zeros at either end. */
static size_t take_digits(const char *string, char digits[64]) {
    size_t n = 0;
    for (; *string && *string != 'e'; string++) {
        if (*string >= '0' && *string <= '9' && (n || *string != '0')) digits[n++] = *string;
    }
    while (n && digits[n - 1] == '0') n--;
    digits[n] = 0;
    return n;
}

/* The nearest decimal with the fewest digits that reads back, from printf. At a power of two a
 * decimal farther away on the wide side may be shorter still, so the answer may be an upper bound.
 */
static void write_fewest_digits(double value, char nearest[64]) {
    for (int digits = 1; digits == 1 || strtod(nearest, NULL) != value; digits++) {
        sprintf(nearest, "%.*e", digits - 1, value);
    }
}

static bool formats_well(double value) {
    char string[YOKE_NUMBER_TEXT], nearest[64], own[64], expected[64];
    size_t n = yoke_number_format(value, string);
    if (n != strlen(string) || n > 31 || !same_double(strtod(string, NULL), value)) return false;
    if (value == 0) return true;
    write_fewest_digits(value, nearest);
    size_t digits = take_digits(string, own), fewest = take_digits(nearest, expected);
    int exponent;
    if (fabs(frexp(value, &exponent)) == 0.5 && digits < fewest) return true;
    return strcmp(own, expected) == 0;
}

/* Large integers whose midpoints with their neighbours are round numbers. */
static double beside_round_number(void) {
    double power = pow(10, (double)test_random_below(17));
    double round = power * (double)test_random_below((uint64_t)(1e17 / power));
    return nextafter(round, test_random_below(2) ? INFINITY : -INFINITY);
}

TEST(texts_read_back_and_are_shortest) {
    size_t n = test_size(300000, 10000);
    for (size_t i = 0; i < n; i++) {
        double value = random_double();
        if (i % 4 == 1) value = (double)(int64_t)test_random_below(20000000) / 1000 - 10000;
        if (i % 4 == 2) value = (double)(test_random() >> test_random_below(64)) / pow(10, i % 25);
        if (i % 4 == 3) value = ldexp(1, (int)test_random_below(2098) - 1074);
        if (i % 8 == 3) value = beside_round_number();
        bool good = formats_well(value);
        if (!good) fprintf(stderr, "  formats badly: %a\n", value);
        CU_ASSERT(good);
    }
}

TEST(texts_have_the_promised_form) {
    static const struct {
        double value;
        const char *string;
    } cases[] = {{0, "0"},
                 {-0.0, "-0"},
                 {0.1, "0.1"},
                 {-12.5, "-12.5"},
                 {123456, "123456"},
                 {1e16, "10000000000000000"},
                 {99999999999999984, "99999999999999980"},
                 {1e17, "1e+17"},
                 {1e23, "1e+23"},
                 {-1.5e-7, "-1.5e-07"},
                 {1e-5, "0.00001"},
                 {9.99e-6, "9.99e-06"},
                 {0x1p-44, "5.684341886080802e-14"},
                 {5e-324, "5e-324"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"},
                 {-2.2250738585072014e-308, "-2.2250738585072014e-308"},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"},
                 {NAN, "nan"},
                 {-NAN, "nan"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char string[YOKE_NUMBER_TEXT];
        size_t n = yoke_number_format(cases[i].value, string);
        CU_ASSERT_STRING_EQUAL(string, cases[i].string);
        CU_ASSERT_EQUAL(n, strlen(cases[i].string));
    }
}

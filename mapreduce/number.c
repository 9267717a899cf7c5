/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers from text. One scan splits the text into sign, digits and exponent after the grammar of
 * strtod in the C locale (C11, 7.22.1.3); what the value is, is decided from these parts alone:
 * a decimal of at most 18 digits directly, anything longer through its decimal digits. Rounding
 * goes through exact fractions of integers, so that neither the locale nor the C library's strtod
 * has a say.
 */
#include "mapreduce/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the grammar ---- */

static bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

static int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    unsigned letter = (unsigned char)(c | 0x20) - 'a';
    return letter < 6 ? (int)letter + 10 : -1;
}

/* Whether `word` (lower case) stands at p in any case; moves p behind it. */
static bool accept_word(const char **p, const char *end, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(end - *p) < length) return false;
    for (size_t i = 0; i < length; i++) {
        if (((*p)[i] | 0x20) != word[i]) return false;
    }
    *p += length;
    return true;
}

static bool is_nan_char(char c) {
    return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 26 || c == '_';
}

static yoke__text_kind split_word(const char *p, const char *end) {
    if (accept_word(&p, end, "inf")) {
        accept_word(&p, end, "inity");
        return p == end ? YOKE__TEXT_INFINITY : YOKE__TEXT_BAD;
    }
    if (!accept_word(&p, end, "nan")) return YOKE__TEXT_BAD;
    if (p == end) return YOKE__TEXT_NAN;
    if (*p != '(' || end[-1] != ')' || end - p < 2) return YOKE__TEXT_BAD;
    for (p++; p < end - 1; p++) {
        if (!is_nan_char(*p)) return YOKE__TEXT_BAD;
    }
    return YOKE__TEXT_NAN;
}

static const char *skip_digits(const char *p, const char *end, bool hex) {
    if (hex) {
        while (p < end && hex_value(*p) >= 0) p++;
    } else {
        while (p < end && is_digit(*p)) p++;
    }
    return p;
}

/* Digits with at most one point; false: not a single digit. */
static bool split_digits(const char **at, const char *end, bool hex, yoke__parts *parts) {
    const char *first = *at, *point = skip_digits(first, end, hex), *p = point;
    if (p < end && *p == '.') p = skip_digits(p + 1, end, hex);
    *at = p;
    if (p - first <= (point < p)) return false;
    while (first < p && (*first == '0' || *first == '.')) first++;
    parts->begin = first;
    parts->end = p;
    parts->fraction = point < p ? p - point - 1 : 0;
    parts->digits = p - first - (first < point && point < p);
    return true;
}

/* Signed decimal digits up to the end; values beyond all sense saturate. */
static bool split_exponent(const char *p, const char *end, int64_t *exponent) {
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    if (p == end) return false;
    int64_t value = 0;
    for (; p < end; p++) {
        if (!is_digit(*p)) return false;
        if (value < INT64_MAX / 100) value = value * 10 + (*p - '0');
    }
    *exponent = negative ? -value : value;
    return true;
}

static yoke__text_kind split_number(const char *p, const char *end, yoke__parts *parts) {
    bool hex = end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x';
    const char *start = p;
    if (hex) p += 2;
    if (!split_digits(&p, end, hex, parts)) return hex ? YOKE__TEXT_BAD : split_word(start, end);
    if (p < end) {
        if ((*p | 0x20) != (hex ? 'p' : 'e')) return YOKE__TEXT_BAD;
        if (!split_exponent(p + 1, end, &parts->exponent)) return YOKE__TEXT_BAD;
    }
    return hex ? YOKE__TEXT_HEXADECIMAL : YOKE__TEXT_DECIMAL;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

yoke__parts yoke__number_split(const char *text, size_t size) {
    const char *p = text, *end = text + size;
    while (p < end && is_blank(*p)) p++;
    while (p < end && is_blank(end[-1])) end--;
    yoke__parts parts = {.negative = p < end && *p == '-'};
    if (p < end && (*p == '-' || *p == '+')) p++;
    parts.kind = split_number(p, end, &parts);
    return parts;
}

/* ---- short decimals ---- */

/* Leaves out the zeros that the digits end in. */
static void drop_trailing_zeros(yoke__parts *parts) {
    while (parts->digits && (parts->end[-1] == '0' || parts->end[-1] == '.')) {
        bool point = *--parts->end == '.';
        parts->digits -= !point;
        parts->exponent += !point;
    }
}

static uint64_t read_digits(const char *p, const char *end) {
    uint64_t value = 0;
    for (; p < end; p++) {
        if (*p != '.') value = value * 10 + (uint64_t)(*p - '0');
    }
    return value;
}

bool yoke__number_short(yoke__parts parts, yoke_number *number) {
    if (parts.digits > 18 || parts.exponent - parts.fraction < -18) drop_trailing_zeros(&parts);
    int64_t exponent = parts.exponent - parts.fraction;
    if (!parts.digits) exponent = exponent > 0 || exponent < -18 ? 0 : exponent;
    if (exponent < -18 || parts.digits > 18 || (exponent > 0 && parts.digits + exponent > 18)) {
        return false;
    }
    int64_t mantissa = (int64_t)read_digits(parts.begin, parts.end);
    if (exponent > 0) mantissa *= (int64_t)yoke__power10[exponent];
    number->mantissa = parts.negative ? -mantissa : mantissa;
    number->scale = exponent < 0 ? (int)-exponent : 0;
    return true;
}

yoke_number_kind yoke_number_parse(const char *text, size_t size, yoke_number *number) {
    yoke__parts parts = yoke__number_split(text, size);
    if (parts.kind == YOKE__TEXT_BAD) return YOKE_NUMBER_BAD;
    if (parts.kind != YOKE__TEXT_DECIMAL) return YOKE_NUMBER_WIDE;
    return yoke__number_short(parts, number) ? YOKE_NUMBER_DECIMAL : YOKE_NUMBER_WIDE;
}

int yoke_number_double(const char *text, size_t size, double *value) {
    yoke__parts parts = yoke__number_split(text, size);
    if (parts.kind == YOKE__TEXT_BAD) return YOKE_EDATA;
    yoke_number number;
    if (parts.kind == YOKE__TEXT_DECIMAL && yoke__number_short(parts, &number) && number.mantissa &&
        llabs(number.mantissa) <= (int64_t)1 << 53) {
        *value = (double)number.mantissa / (double)yoke__power10[number.scale];
        return YOKE_OK;
    }
    yoke__decimal decimal;
    switch (yoke__decimal_read(&parts, &decimal)) {
    case YOKE__TEXT_INFINITY: *value = parts.negative ? -INFINITY : INFINITY; break;
    case YOKE__TEXT_NAN: *value = NAN; break;
    default: *value = yoke__decimal_double(&decimal); break;
    }
    return YOKE_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as decimal digits: at most 309 before the point (beyond is what strtod calls infinity)
 * and 1134 behind it. Hexadecimal numbers are finite decimals too: h / 2^k = h 5^k / 10^k. Their
 * bits below 2^-4224 are dropped first, which is far below the last decimal digit kept.
 */
#include <math.h>
#include <stdlib.h>

#include "mapreduce/number.h"

enum { HEX_FRACTION_DIGITS = 4224 / 4, HEX_INTEGER_DIGITS = 1024 / 4 };

uint64_t yoke__digits_value(const uint8_t *digit, int n) {
    uint64_t value = 0;
    for (int i = 0; i < n; i++) value = value * 10 + digit[i];
    return value;
}

double yoke__decimal_double(const yoke__decimal *decimal) {
    yoke__natural n, d;
    yoke__natural_set(&n, 0);
    yoke__natural_set(&d, 1);
    for (int i = 0; i < decimal->count; i += 18) {
        int size = decimal->count - i < 18 ? decimal->count - i : 18;
        yoke__natural_multiply_add(&n, yoke__power10[size],
                                   yoke__digits_value(decimal->digit + i, size));
    }
    yoke__natural_scale(decimal->exponent < 0 ? &d : &n, abs(decimal->exponent));
    double value = yoke__natural_ratio(&n, &d, decimal->cut);
    return decimal->negative ? -value : value;
}

static void trim(yoke__decimal *decimal) {
    while (decimal->count && !decimal->digit[decimal->count - 1]) {
        decimal->count--;
        decimal->exponent++;
    }
}

/* Writes value, highest digit first, behind those that are there. */
static void append(yoke__decimal *decimal, uint64_t value, int size) {
    for (int i = size; i-- > 0; value /= 10) {
        decimal->digit[decimal->count + i] = (uint8_t)(value % 10);
    }
    decimal->count += size;
}

void yoke__decimal_set(yoke__decimal *decimal, int64_t value, int scale) {
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    int size = 0;
    while (size < 19 && yoke__power10[size] <= magnitude) size++;
    *decimal = (yoke__decimal){.negative = value < 0, .exponent = -scale};
    append(decimal, magnitude, size);
    trim(decimal);
}

/* Says infinity for what rounds to one. */
static yoke__text_kind classify(const yoke__decimal *decimal) {
    bool large = decimal->count + decimal->exponent >= YOKE__INTEGER_DIGITS;
    return large && isinf(yoke__decimal_double(decimal)) ? YOKE__TEXT_INFINITY : YOKE__TEXT_DECIMAL;
}

/* How many of the digits lie at or above 10^-1134; 1443 at most, since none is above 10^309. */
static int64_t digits_kept(const yoke__parts *parts) {
    int64_t below = -YOKE__FRACTION_DIGITS - (parts->exponent - parts->fraction);
    if (below <= 0) return parts->digits;
    return below < parts->digits ? parts->digits - below : 0;
}

static yoke__text_kind read_decimal(const yoke__parts *parts, yoke__decimal *decimal) {
    int64_t exponent = parts->exponent - parts->fraction;
    if (parts->digits && parts->digits + exponent > YOKE__INTEGER_DIGITS) {
        return YOKE__TEXT_INFINITY;
    }
    const char *p = parts->begin;
    int64_t kept = digits_kept(parts), last = 0;
    int count = 0;
    for (int64_t i = 0; i < kept; p++) {
        if (*p == '.') continue;
        i++;
        decimal->digit[count++] = (uint8_t)(*p - '0');
        if (*p != '0') last = i;
    }
    for (; p < parts->end && !decimal->cut; p++) decimal->cut = *p != '.' && *p != '0';
    decimal->count = (int)last;
    decimal->exponent = last ? (int)(exponent + parts->digits - last) : 0;
    return classify(decimal);
}

/* ---- hexadecimal ---- */

static int hex_digit(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

/* Leading digits into n, `digits` of them; true when a digit left out is not zero. */
static bool read_hex_digits(const yoke__parts *parts, int64_t digits, yoke__natural *n) {
    const char *p = parts->begin;
    for (int64_t i = 0; i < digits; p++) {
        if (*p == '.') continue;
        i++;
        yoke__natural_multiply_add(n, 16, (uint64_t)hex_digit(*p));
    }
    for (; p < parts->end; p++) {
        if (*p != '.' && *p != '0') return true;
    }
    return false;
}

static void multiply_by_fives(yoke__natural *n, int fives) {
    const uint64_t five_13 = 1220703125;
    for (; fives >= 13; fives -= 13) yoke__natural_multiply_add(n, five_13, 0);
    for (; fives > 0; fives--) yoke__natural_multiply_add(n, 5, 0);
}

/* n in base 10^18, then in digits. */
static void write_digits(yoke__natural *n, yoke__decimal *decimal) {
    uint64_t part[100];
    int parts = 0;
    while (n->count) part[parts++] = yoke__natural_divide_small(n, yoke__power10[18]);
    if (!parts) decimal->exponent = 0;
    if (!parts) return;
    int size = 0;
    while (yoke__power10[size] <= part[parts - 1]) size++;
    append(decimal, part[--parts], size);
    while (parts) append(decimal, part[--parts], 18);
    trim(decimal);
}

static yoke__text_kind read_hexadecimal(const yoke__parts *parts, yoke__decimal *decimal) {
    if (!parts->digits) return YOKE__TEXT_DECIMAL;
    /* The value is below 2^top, and its digits reach down to 2^bottom. */
    int64_t bottom = parts->exponent - 4 * parts->fraction;
    int64_t top = bottom + 4 * parts->digits;
    if (top > 4 * HEX_INTEGER_DIGITS + 3) return YOKE__TEXT_INFINITY;
    int64_t limit = -4 * HEX_FRACTION_DIGITS;
    int64_t below = bottom < limit ? (limit - bottom + 3) / 4 : 0;
    if (below > parts->digits) below = parts->digits;
    yoke__natural n;
    yoke__natural_set(&n, 0);
    decimal->cut = read_hex_digits(parts, parts->digits - below, &n);
    int shift = below == parts->digits ? 0 : (int)(bottom + 4 * below);
    if (shift >= 0) {
        yoke__natural_shift_left(&n, shift);
    } else {
        int fives = -shift < YOKE__FRACTION_DIGITS ? -shift : YOKE__FRACTION_DIGITS;
        multiply_by_fives(&n, fives);
        decimal->cut |= yoke__natural_shift_right(&n, -shift - fives);
        decimal->exponent = -fives;
    }
    write_digits(&n, decimal);
    return classify(decimal);
}

yoke__text_kind yoke__decimal_read(const yoke__parts *parts, yoke__decimal *decimal) {
    decimal->negative = parts->negative;
    decimal->cut = false;
    decimal->count = 0;
    decimal->exponent = 0;
    switch (parts->kind) {
    case YOKE__TEXT_DECIMAL: return read_decimal(parts, decimal);
    case YOKE__TEXT_HEXADECIMAL: return read_hexadecimal(parts, decimal);
    default: return parts->kind;
    }
}

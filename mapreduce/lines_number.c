/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as words whose order is that of the numbers.
 *
 * A decimal is its sign, how many digits it has before the point, and its digits, the zeros at
 * either end left out: 1 bit, 6 bits, 13 digits of 4 bits, and 4 bits for how many digits there
 * are, 14 for more than the word holds. A negative number has the complement. 0 is alone in the
 * middle.
 *
 * A long double is its class (no number, NaN, number) and its bits, those of negative numbers
 * complemented; they need a second word.
 */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "mapreduce/lines_key.h"

enum {
    PACKED = 13,     /* digits in a word */
    MOST_WHOLE = 63, /* digits before the point that a word can count, and beyond */
    LONGEST = 4096,  /* bytes of a text that strtold sees, its end mark included */
    PIECE_BITS = 46, /* of the mantissa in the first word */
};

#define SIGN ((uint64_t)1 << 63)

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* ---- decimals ---- */

/* The text of a number: digits before the point without leading zeros, digits behind it. */
typedef struct decimal {
    bool negative;
    const char *whole, *fraction;
    size_t whole_size, fraction_size;
} decimal;

static decimal read_decimal(yoke_string text) {
    decimal d = {0};
    const char *at = text.data, *end = at + text.size;
    while (at < end && yoke__is_blank((unsigned char)*at)) at++;
    if (at < end && *at == '-') d.negative = true, at++;
    while (at < end && *at == '0') at++;
    d.whole = at;
    while (at < end && is_digit(*at)) at++;
    d.whole_size = (size_t)(at - d.whole);
    if (at < end && *at == '.')
        at++;
    else
        end = at;
    d.fraction = at;
    while (at < end && is_digit(*at)) at++;
    while (at > d.fraction && at[-1] == '0') at--;
    d.fraction_size = (size_t)(at - d.fraction);
    return d;
}

/* Adds digits to those packed; returns where the last digit but 0 stands, `significant` if none. */
static size_t pack(uint64_t *packed, const char *digits, size_t size, size_t at,
                   size_t significant) {
    for (size_t i = 0; i < size; i++, at++) {
        if (digits[i] == '0') continue;
        if (at < PACKED) *packed |= (uint64_t)(digits[i] - '0') << (4 * (PACKED - 1 - at));
        significant = at + 1;
    }
    return significant;
}

uint64_t yoke__line_decimal_word(yoke_string text) {
    decimal d = read_decimal(text);
    uint64_t packed = 0;
    size_t count = pack(&packed, d.whole, d.whole_size, 0, 0);
    count = pack(&packed, d.fraction, d.fraction_size, d.whole_size, count);
    if (!count) return SIGN;
    uint64_t whole = d.whole_size < MOST_WHOLE ? d.whole_size : MOST_WHOLE;
    if (count > PACKED || whole == MOST_WHOLE) count = PACKED + 1;
    uint64_t word = SIGN | whole << 57 | packed << 5 | count << 1;
    return d.negative ? ~word : word;
}

bool yoke__line_decimal_goes_on(uint64_t word) {
    if (!(word & SIGN)) word = ~word;
    return (word >> 1 & 15) > PACKED;
}

static int compare_sizes(const decimal *a, const decimal *b) {
    if (a->whole_size != b->whole_size) return a->whole_size < b->whole_size ? -1 : 1;
    int found = a->whole_size ? memcmp(a->whole, b->whole, a->whole_size) : 0;
    if (found) return found;
    return yoke_string_compare((yoke_string){a->fraction, a->fraction_size},
                               (yoke_string){b->fraction, b->fraction_size});
}

static int sign_of(const decimal *d) {
    if (!d->whole_size && !d->fraction_size) return 0;
    return d->negative ? -1 : 1;
}

int yoke__line_decimal_compare(yoke_string a, yoke_string b) {
    decimal x = read_decimal(a), y = read_decimal(b);
    int of_x = sign_of(&x), of_y = sign_of(&y);
    if (of_x != of_y) return of_x - of_y;
    return of_x < 0 ? compare_sizes(&y, &x) : compare_sizes(&x, &y);
}

/* ---- units ---- */

static uint64_t unit_rank(unsigned char unit) {
    static const char units[] = "KMGTPEZY";
    if (unit == 'k') unit = 'K';
    const char *found = unit ? strchr(units, unit) : NULL;
    return found ? (uint64_t)(found - units) + 1 : 0;
}

uint64_t yoke__line_unit_word(yoke_string text, const unsigned char *fold) {
    const char *at = text.data, *end = at + text.size;
    while (at < end && yoke__is_blank((unsigned char)*at)) at++;
    bool negative = at < end && *at == '-';
    if (negative) at++;
    bool any = false; /* digit but 0 */
    for (; at < end && is_digit(*at); at++) any |= *at != '0';
    if (at < end && *at == '.')
        for (at++; at < end && is_digit(*at); at++) any |= *at != '0';
    if (!any || at == end) return 16;
    unsigned char unit = (unsigned char)*at;
    uint64_t rank = unit_rank(fold ? fold[unit] : unit);
    return negative ? 16 - rank : 16 + rank;
}

/* ---- long double ---- */

#define CLASS(n) ((uint64_t)(n) << 62)
enum { NO_NUMBER, NOT_A_NUMBER, NUMBER };

/* Sign and exponent, 16 bits, and 64 bits of mantissa. */
static void get_bits(long double number, uint64_t *high, uint64_t *low) {
#if LDBL_MANT_DIG == 64
    unsigned char bytes[sizeof number];
    uint16_t exponent;
    memcpy(bytes, &number, sizeof bytes);
    memcpy(low, bytes, 8);
    memcpy(&exponent, bytes + 8, 2);
    *high = exponent;
#else
    double rounded = (double)number; /* other formats are compared as doubles */
    memcpy(low, &rounded, 8);
    *high = *low >> 63 << 15;
    *low &= ~SIGN;
#endif
}

static void order_number(uint64_t *high, uint64_t *low) {
    bool negative = *high >> 15;
    *high = negative ? 0x7FFF - (*high & 0x7FFF) : *high | 0x8000;
    if (negative) *low = ~*low;
}

/* By the bytes of the mantissa, the lowest first, then the sign: as the bytes lie in memory. */
static void order_nan(uint64_t *high, uint64_t *low) {
    uint64_t mantissa = __builtin_bswap64(*low), sign = *high >> 15;
    *high = mantissa >> 48;
    *low = mantissa << 16 | sign;
}

uint64_t yoke__line_general_word(yoke_string text, locale_t c_locale, int piece) {
    char copy[LONGEST], *end;
    size_t size = text.size < LONGEST - 1 ? text.size : LONGEST - 1;
    if (size) memcpy(copy, text.data, size);
    copy[size] = '\0';
    long double number = strtold_l(copy, &end, c_locale);
    if (end == copy) return CLASS(NO_NUMBER);
    uint64_t high, low, class = __builtin_isnan(number) ? NOT_A_NUMBER : NUMBER;
    if (number == 0) number = 0; /* -0 is 0 */
    get_bits(number, &high, &low);
    if (class == NUMBER)
        order_number(&high, &low);
    else
        order_nan(&high, &low);
    if (piece) return low << PIECE_BITS;
    return CLASS(class) | high << PIECE_BITS | low >> (64 - PIECE_BITS);
}

bool yoke__line_general_goes_on(uint64_t word) { return word >> 62 != NO_NUMBER; }

/* ---- months ---- */

uint64_t yoke__line_month_word(yoke_string text) {
    static const char months[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    const char *at = text.data, *end = at + text.size;
    while (at < end && yoke__is_blank((unsigned char)*at)) at++;
    if (end - at < 3) return 0;
    for (uint64_t month = 0; month < 12; month++) {
        const char *name = months + 3 * month;
        bool same = true;
        for (int i = 0; i < 3; i++) same &= (at[i] & ~0x20) == name[i] && (at[i] & 0x40);
        if (same) return month + 1;
    }
    return 0;
}

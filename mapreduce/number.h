/* SPDX-License-Identifier: Apache-2.0
 *
 * What the text of a number says, before anything is rounded: its parts, and its decimal digits.
 */
#ifndef YOKE_MAPREDUCE_NUMBER_H
#define YOKE_MAPREDUCE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mapreduce/natural.h"
#include "yoke/number.h"

/* Exact values reach down to 10^-YOKE__FRACTION_DIGITS; what lies below is cut off. Every double,
 * and every midpoint of two doubles, has at most 1075 digits behind the point. */
enum { YOKE__FRACTION_DIGITS = 1134, YOKE__INTEGER_DIGITS = 309 };

typedef enum yoke__text_kind {
    YOKE__TEXT_BAD,
    YOKE__TEXT_DECIMAL,
    YOKE__TEXT_HEXADECIMAL,
    YOKE__TEXT_INFINITY,
    YOKE__TEXT_NAN,
} yoke__text_kind;

/* The parts of a number's text. Its value is the digits of [begin, end), read as one integer
 * without the point that may be among them, times base^-fraction, times 10^exponent (decimal) or
 * 2^exponent (hexadecimal). */
typedef struct yoke__parts {
    yoke__text_kind kind;
    bool negative;
    const char *begin; /* the first digit that is not zero; end: there is none */
    const char *end;
    int64_t digits;   /* how many there are in [begin, end) */
    int64_t fraction; /* digits behind the point, also before begin */
    int64_t exponent;
} yoke__parts;

yoke__parts yoke__number_split(const char *text, size_t size);

/* Whether a decimal is a mantissa below 10^18 at a scale from 0 to 18. */
bool yoke__number_short(yoke__parts parts, yoke_number *number);

/* A number as decimal digits: an integer times 10^exponent, the first and the last digit not zero;
 * no digits: the number is zero. */
typedef struct yoke__decimal {
    bool negative;
    bool cut; /* something below 10^-1134 was cut off */
    int count;
    int exponent;                                                    /* -1134 or above */
    uint8_t digit[YOKE__INTEGER_DIGITS + YOKE__FRACTION_DIGITS + 1]; /* 0 to 9, highest first */
} yoke__decimal;

/* Kind of the number, of which YOKE__TEXT_DECIMAL means that *decimal was written. What strtod
 * rounds to infinity is an infinity. */
yoke__text_kind yoke__decimal_read(const yoke__parts *parts, yoke__decimal *decimal);
/* value / 10^scale as decimal digits */
void yoke__decimal_set(yoke__decimal *decimal, int64_t value, int scale);
/* Digits [first, first + n) as an integer, n at most 18. */
uint64_t yoke__digits_value(const uint8_t *digit, int n);
/* The nearest double, ties to even. */
double yoke__decimal_double(const yoke__decimal *decimal);

/* Writes value in decimal digits without a zero at the end; returns how many, at most 20. */
size_t yoke__digits_write(char *to, uint64_t value);

#endif

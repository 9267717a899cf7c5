/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as text: exact parsing into decimals, correctly rounded doubles, and the shortest text
 * that reads back as the same double.
 */
#ifndef YOKE_NUMBER_H
#define YOKE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_number_kind {
    YOKE_NUMBER_BAD,     /* not a number as a whole */
    YOKE_NUMBER_DECIMAL, /* mantissa / 10^scale exactly, |mantissa| < 10^18, scale 0 to 18 */
    YOKE_NUMBER_WIDE,    /* a number, but not of that form: more digits, an exponent beyond, hex,
                            inf, nan; use yoke_number_double or yoke_exact_add_text */
} yoke_number_kind;

typedef struct yoke_number {
    int64_t mantissa;
    int scale;
} yoke_number;

/* Reads all `size` bytes of `text` as one number of strtod's language in the C locale (sign, digits
 * with or without a point, exponent, hexadecimal, inf, infinity, nan, nan(...)), blanks around it
 * allowed. *number is written for YOKE_NUMBER_DECIMAL only. Needs no terminating zero. Any thread.
 */
YOKE_API yoke_number_kind yoke_number_parse(const char *text, size_t size, yoke_number *number);

/* The same text as the nearest double (ties to even), overflow to infinity as strtod does.
 * YOKE_EDATA without a detail when it is no number. Allocates nothing. */
YOKE_API int yoke_number_double(const char *text, size_t size, double *value);

/* Writes the shortest decimal that strtod reads back as exactly `value` ("0.1", "-1.5e-07", "inf",
 * "nan"), plain from 1e-5 to below 1e17 and with an exponent beyond; returns its length, at most
 * 31; a zero ends it. */
#define YOKE_NUMBER_TEXT 32
YOKE_API size_t yoke_number_format(double value, char text[YOKE_NUMBER_TEXT]);

#ifdef __cplusplus
}
#endif
#endif

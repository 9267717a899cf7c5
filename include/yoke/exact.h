/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact accumulators: sums, means, variances, minima and maxima of decimal text, free of rounding
 * until the end and therefore the same bits in any order and partition of the input.
 *
 * A sum is kept as a 128-bit integer at a decimal scale. What does not fit there (a number with
 * more than 18 digits, with an exponent, an overflow) goes to a decimal superaccumulator, after the
 * idea of Kulisch's long accumulator: one fixed-point number wide enough for all that strtod can
 * read, in limbs of 10^18. Every field counts as its exact decimal value; results are rounded once,
 * at the end, to the nearest double, ties to even. Digits below 10^-1134 are cut off. For variances
 * a number counts with its 18 leading significant digits, rounded half to even, and without digits
 * below 10^-567. Minimum and maximum are the exact ones too.
 */
#ifndef YOKE_EXACT_H
#define YOKE_EXACT_H

#include "yoke/memory.h"
#include "yoke/number.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef __int128 yoke_i128 __attribute__((aligned(8)));

/* What an accumulator keeps, besides the count. */
enum { YOKE_EXACT_SUM = 1, YOKE_EXACT_RANGE = 2, YOKE_EXACT_SQUARES = 4 };

/* Which parts exist is the caller's constant: yoke_exact_size(parts) bytes, all zero at the start;
 * sum, range and squares follow in this order, as far as they are kept. SQUARES implies SUM. */
typedef struct yoke_exact {
    uint64_t head;                /* 64 count + scale */
    struct yoke_exact_wide *wide; /* what did not fit; NULL: nothing */
    uint64_t parts[];
} yoke_exact;

/* Numbers added; up to 2^58 - 1 are supported. */
static inline uint64_t yoke_exact_count(const yoke_exact *exact) { return exact->head >> 6; }
/* Scale of all parts: value = integer / 10^scale. */
static inline int yoke_exact_scale(const yoke_exact *exact) { return (int)(exact->head & 63); }

YOKE_API size_t yoke_exact_size(int parts);

/* Adds one number given as text (see yoke_number_parse). YOKE_EDATA without a detail: not a number,
 * nothing was added. YOKE_ENOMEM. */
YOKE_API int yoke_exact_add_text(yoke_exact *into, int parts, const char *text, size_t size,
                                 yoke_arena *arena);
/* Adds mantissa / 10^scale; |mantissa| < 10^18, scale 0 to 18. YOKE_ENOMEM. */
YOKE_API int yoke_exact_add(yoke_exact *into, int parts, yoke_number number, yoke_arena *arena);
/* Adds all that `from` holds. Associative and commutative in every bit of the results below. */
YOKE_API int yoke_exact_combine(yoke_exact *into, const yoke_exact *from, int parts,
                                yoke_arena *arena);

/* A result: exact where it is short, else rounded. */
typedef struct yoke_value {
    enum { YOKE_VALUE_NULL, YOKE_VALUE_DECIMAL, YOKE_VALUE_DOUBLE } kind;
    int scale; /* DECIMAL: value = integer / 10^scale, no trailing zero when scale > 0 */
    yoke_i128 integer;
    double number; /* the nearest double, for both kinds */
} yoke_value;

/* NULL for no numbers (also the variance of fewer than two). A sum, minimum or maximum that fits in
 * 38 digits with a scale of at most 18 is a DECIMAL, everything else a DOUBLE. inf and nan are
 * numbers: a nan makes the result nan, inf - inf too; minimum and maximum with a nan are nan.
 * Variance is that of a sample (divided by n - 1) and its root's rounding is correct too. None of
 * these allocates or fails. */
YOKE_API yoke_value yoke_exact_sum(const yoke_exact *from, int parts);
YOKE_API yoke_value yoke_exact_mean(const yoke_exact *from, int parts);
YOKE_API yoke_value yoke_exact_min(const yoke_exact *from, int parts);
YOKE_API yoke_value yoke_exact_max(const yoke_exact *from, int parts);
YOKE_API yoke_value yoke_exact_variance(const yoke_exact *from, int parts);
YOKE_API yoke_value yoke_exact_stddev(const yoke_exact *from, int parts);

/* Writes a value as text: decimals in full ("-12.5", never an exponent), doubles as
 * yoke_number_format; NULL as "". Returns the length; a zero ends it. */
#define YOKE_VALUE_TEXT 64
YOKE_API size_t yoke_value_format(const yoke_value *value, char text[YOKE_VALUE_TEXT]);

/* Orders values: NULL first, then numbers by size, nan last. Returns below, at or above 0. */
YOKE_API int yoke_value_compare(const yoke_value *a, const yoke_value *b);

#ifdef __cplusplus
}
#endif
#endif

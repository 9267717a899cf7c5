/* SPDX-License-Identifier: Apache-2.0
 *
 * The first step of parsing a column: fields of the common forms, each at its own scale. There is a
 * portable reader and one for AVX-512; both may refuse a field, which is then left to the general
 * parser, but what they read is the same.
 */
#ifndef YOKE_MAPREDUCE_COLUMN_READ_H
#define YOKE_MAPREDUCE_COLUMN_READ_H

#include "mapreduce/column.h"

/* While a block is read, a cell holds the scale of its number, or the kind of what is no number
 * above YOKE__NO_NUMBER, or that the reader refused it. */
enum { YOKE__NO_NUMBER = 32, YOKE__CODES = 40, YOKE__REFUSED = 255 };

/* Reads fields that are an optional minus sign and digits with at most one point, for each the
 * mantissa (below 10^18 in magnitude) and the scale (0 to 18); an empty field is a null with
 * mantissa 0. Returns whether it refused any. Each field must be readable YOKE_RECORDS_SLACK bytes
 * beyond either end. */
typedef bool yoke__column_reader(const yoke_text *fields, size_t n, int64_t *mantissa,
                                 uint8_t *cell);

yoke__column_reader yoke__column_read_portable;
#ifdef __x86_64__
yoke__column_reader yoke__column_read_avx512;
bool yoke__has_avx512(void);
#endif

/* Parses with the given reader; see yoke__column_parse. */
void yoke__column_parse_with(yoke__column_reader *read, yoke_column *column,
                             const yoke_text *fields, size_t n, yoke_text null);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * One column of a block at a time: fields to numbers, numbers into the accumulators of their
 * groups. Working by column keeps each loop small, typed and free of the plan's branches.
 */
#ifndef YOKE_MAPREDUCE_COLUMN_H
#define YOKE_MAPREDUCE_COLUMN_H

#include "yoke/dataset.h"
#include "yoke/exact.h"

/* How a field was understood. */
enum {
    YOKE_CELL_NUMBER, /* mantissa[i] / 10^scale */
    YOKE_CELL_NULL,   /* empty, or the null text */
    YOKE_CELL_WIDE,   /* a number that does not fit: take the text */
    YOKE_CELL_BAD,    /* not a number */
};

/* n fields as numbers at one scale. The arrays belong to the caller and hold `n` places each. */
typedef struct yoke_column {
    int64_t *mantissa;
    uint8_t *cell; /* says something only when `plain` is below n */
    int scale;     /* of every YOKE_CELL_NUMBER of this block */
    size_t plain;  /* fields that are YOKE_CELL_NUMBER; equal to n: look at no `cell` */
} yoke_column;

/* Parses n fields (each readable YOKE_RECORDS_SLACK beyond either end). null: text that counts as
 * missing besides the empty one; size 0: none. A field whose number does not fit the block's common
 * scale is YOKE_CELL_WIDE. Cannot fail. */
void yoke__column_parse(yoke_column *column, const yoke_text *fields, size_t n, yoke_text null);

/* Adds field i to the accumulator at (char *)slots[i] + offset, for every field that is a number
 * (plain or wide). Slots may repeat. YOKE_ENOMEM. */
int yoke__column_accumulate(const yoke_column *column, const yoke_text *fields, size_t n,
                            void **slots, size_t offset, int parts, yoke_arena *arena);

#endif

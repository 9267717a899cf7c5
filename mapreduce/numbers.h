/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a sort of numbers: what is known of their type, reading, writing, merging. Inputs,
 * temporary files and their frames are those of the sort of lines.
 */
#ifndef YOKE_MAPREDUCE_NUMBERS_H
#define YOKE_MAPREDUCE_NUMBERS_H

#include "mapreduce/lines_spill.h"
#include "yoke/sort_numbers.h"

/* ---- types (numbers_type.c) ---- */

typedef struct yoke__numbers {
    size_t size; /* bytes of a number */
    int (*sort)(void *items, size_t n, yoke_sort_order order, const yoke_run *run);
    int (*is_sorted)(const void *items, size_t n, yoke_sort_order order, bool *sorted,
                     const yoke_run *run);
    yoke_numbers_type type;
    yoke_sort_order order;
    bool unique;
} yoke__numbers;

/* YOKE_EINVAL. */
int yoke__numbers_make(const yoke_numbers_sort *sort, yoke__numbers *numbers);
/* A number whose order as uint64_t is that of the sort. */
uint64_t yoke__numbers_rank(const yoke__numbers *numbers, const char *item);
/* Of n sorted numbers, leaves out those that are equal to the one before, the first one if it is
 * equal to `last` (NULL: there is none). Returns how many are left. */
size_t yoke__numbers_drop(const yoke__numbers *numbers, char *items, size_t n, const char *last);

/* How many of n numbers at the beginning are in order (numbers_check.c). */
int yoke__numbers_count_sorted(const yoke__numbers *numbers, const char *items, size_t n,
                               size_t *count, const yoke_run *run);

/* ---- reading (numbers_read.c) ---- */

typedef struct yoke__numbers_reader {
    const yoke__numbers *numbers;
    const yoke_input *inputs;
    size_t count, opened; /* of them, the last may still be open */
    yoke__line_input input;
    bool is_open;
    uint64_t began; /* where reading the open one began */
} yoke__numbers_reader;

/* Reads until `to` has `capacity` bytes, a multiple of 8; *size of them are there. Returns 1 at the
 * end of all inputs, else 0. YOKE_ENOENT, YOKE_EIO, YOKE_EDATA, or what yoke/run.h says. */
int yoke__numbers_read(yoke__numbers_reader *reader, char *to, size_t *size, size_t capacity,
                       const yoke_run *run);
void yoke__numbers_reader_close(yoke__numbers_reader *reader); /* legal on a zeroed one */

/* ---- writing (numbers_write.c) and merging (numbers_merge.c) ---- */

/* Writes bytes of numbers; to a temporary file in frames of `frame` bytes, which members pack. */
int yoke__numbers_write(yoke__line_sink *sink, char *items, size_t size, size_t frame,
                        const yoke_run *run);
/* Merges runs in frames of up to `frame` bytes, in 4 * count * frame bytes of memory and some. */
int yoke__numbers_merge(const yoke__numbers *numbers, const yoke__line_run *runs, size_t count,
                        size_t frame, yoke__line_sink *sink, const yoke_run *run);
/* The same for `count` inputs from the first-th on. YOKE_EDATA: one is not sorted, or what
 * yoke__numbers_read says. */
int yoke__numbers_merge_inputs(const yoke__numbers *numbers, const yoke_input *inputs, size_t first,
                               size_t count, size_t frame, yoke__line_sink *sink,
                               const yoke_run *run);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting files that are arrays of numbers, as they lie in memory: any size of input, in parallel,
 * in bounded memory.
 *
 * Numbers have the order of yoke/sort.h, floating-point ones that of IEEE 754's totalOrder, so that
 * numbers that are equal have the same bits, and the result depends neither on the number of
 * threads nor on the memory. What fits into the memory is sorted there by yoke_sort. More is sorted
 * piece by piece; the pieces are written to an unnamed temporary file, and merged in rounds: what
 * is not behind the least of the last numbers that have been read of each piece is sorted anew,
 * which all threads do together.
 */
#ifndef YOKE_SORT_NUMBERS_H
#define YOKE_SORT_NUMBERS_H

#include "yoke/sort.h"
#include "yoke/sort_lines.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_numbers_type {
    YOKE_NUMBERS_I32,
    YOKE_NUMBERS_I64,
    YOKE_NUMBERS_U32,
    YOKE_NUMBERS_U64,
    YOKE_NUMBERS_F32,
    YOKE_NUMBERS_F64,
} yoke_numbers_type;

typedef struct yoke_numbers_sort {
    yoke_numbers_type type;
    yoke_sort_order order;
    bool unique;                  /* of numbers with the same bits only one */
    size_t memory;                /* bytes to sort in; 0: half of what the system has to give. At
                                     least 1 MiB is used, and some for each thread */
    const char *const *temporary; /* directories for temporary files, in turn */
    size_t temporary_count;       /* 0: /tmp */
    yoke_line_packing packing;    /* of temporary files */
} yoke_numbers_sort;

/* Sorts the numbers of all inputs into a file, from its current position on. Inputs are read in
 * their order, each to the end that it has when it is reached.
 *   inputs  paths, descriptors (read from their position, not closed) or memory; each holds whole
 *           numbers
 *   output  a descriptor open for writing; it may not be an input
 * Any thread may call; blocks until done. Returns YOKE_EINVAL, YOKE_ENOENT (an input, before
 * anything is read), YOKE_EDATA (an input that is no whole number of numbers), YOKE_EIO (the detail
 * names the file), YOKE_ECLOSED (the reader of a pipe went away), YOKE_ENOMEM, or what yoke/run.h
 * says. After a failure the output holds a beginning of the result or nothing. */
YOKE_API int yoke_sort_numbers(const yoke_numbers_sort *sort, const yoke_input *inputs,
                               size_t count, int output, const yoke_run *run);

/* The same for inputs each of which is sorted already: they are read once, all at the same time, in
 * bounded memory; more than a few hundred of them, or than the memory has room for, by way of
 * temporary files. An input that is not sorted is YOKE_EDATA, too, and the detail says where;
 * with `unique`, an input may have equal numbers. */
YOKE_API int yoke_merge_numbers(const yoke_numbers_sort *sort, const yoke_input *inputs,
                                size_t count, int output, const yoke_run *run);

/* Looks whether an input is sorted; with `unique`, also whether no two numbers are equal. Returns 1
 * when it is, and 0 with the number, from 1, of the first that stands before the one ahead of it,
 * or is equal to it. The failures are those above. Works in a few MiB. */
YOKE_API int yoke_check_numbers(const yoke_numbers_sort *sort, const yoke_input *input,
                                uint64_t *number, const yoke_run *run);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding separators: 64 bytes at a time become bit masks (one bit a byte), and set bits become
 * offsets. After Langdale and Lemire, "Parsing gigabytes of JSON per second" (VLDB Journal 2019),
 * applied to delimiters, line ends and quotes. There is one algorithm, instantiated from scan.inc.h
 * for plain C, AVX2 and AVX-512; all give the same answers, and the best one for the processor is
 * chosen once.
 *
 * Every function may read YOKE_RECORDS_SLACK bytes beyond `end`.
 */
#ifndef YOKE_MAPREDUCE_SCAN_H
#define YOKE_MAPREDUCE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YOKE_SCAN_NONE ((size_t)-1)
/* Places that `ends` must have beyond the wanted number: whole masks are written at a time. */
#define YOKE_SCAN_ROOM 64

/* What to look for and how far the search has come. Start from {.delimiter, .quote, .position}. */
typedef struct yoke_scan {
    unsigned char delimiter; /* '\n' when there is none */
    unsigned char quote;     /* used by the functions named quoted */
    size_t position;         /* next byte to look at */
    size_t newlines;         /* line ends among the separators found */
    size_t bad_quote;        /* offset of a quote that stands where none may; YOKE_SCAN_NONE */
} yoke_scan;

typedef struct yoke_scan_kernels {
    const char *name;
    /* Offsets of delimiters and line ends from scan->position on, until `end` or until `wanted`
     * were found (a few more may be written: up to YOKE_SCAN_ROOM). Returns their number. */
    size_t (*separators)(yoke_scan *scan, const char *data, size_t end, uint32_t *ends,
                         size_t wanted);
    /* The same, but separators between quotes do not count, and the place of every quote is
     * checked: an opening one must begin a field, a closing one must end it (or begin a doubled
     * quote); a CR before a line end or the end is part of that. The position must be the beginning
     * of a record. */
    size_t (*separators_quoted)(yoke_scan *scan, const char *data, size_t end, uint32_t *ends,
                                size_t wanted);
    /* How often `byte` occurs. */
    size_t (*count)(const char *data, size_t begin, size_t end, unsigned char byte);
    /* Offset of the first or last line end that is not between quotes, or YOKE_SCAN_NONE; `inside`
     * says whether begin is between quotes. */
    size_t (*first_line_end)(const char *data, size_t begin, size_t end, unsigned char quote,
                             bool inside);
    size_t (*last_line_end)(const char *data, size_t begin, size_t end, unsigned char quote,
                            bool inside);
} yoke_scan_kernels;

extern const yoke_scan_kernels yoke__scan_portable;
/* The best for this processor; `limit` names one to use instead ("portable", "avx2", "avx512"):
 * NULL when the processor lacks it. */
const yoke_scan_kernels *yoke__scan_select(const char *limit);

#endif

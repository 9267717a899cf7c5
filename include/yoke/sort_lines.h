/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting lines of text by keys, as POSIX sort does in the C locale: any size of input, in
 * parallel, in bounded memory.
 *
 * A line ends with a line feed (or a NUL byte), may hold any other byte, and may be of any length
 * that memory holds; the last one may lack its end and gets one. Lines are ordered by the keys, one
 * after the other; lines that are equal in all of them by their bytes, unless `stable` or `unique`
 * is set, and then by their order in the input. The result does not depend on the number of threads
 * or on the memory.
 *
 * What fits into the memory is sorted there (yoke/sort_strings.h says how). Files are dealt out to
 * ranges of keys first, which bounds from a sample separate, as in samplesort (Frazer and McKellar,
 * JACM 17, 1970), and are sorted and written range by range. More is sorted piece by piece; the
 * pieces are written to an unnamed temporary file, and merged by a tree of losers (Knuth, The Art
 * of Computer Programming, volume 3, 5.4.1).
 */
#ifndef YOKE_SORT_LINES_H
#define YOKE_SORT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/dataset.h"
#include "yoke/progress.h"
#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How the texts of a key are compared. */
typedef enum yoke_line_order {
    YOKE_LINE_TEXT,    /* as bytes */
    YOKE_LINE_NUMERIC, /* as decimal numbers of any length: blanks, '-', digits, '.', digits; what
                          is none counts as 0 */
    YOKE_LINE_GENERAL, /* as long double after strtold: no number, then NaN, then -inf to inf */
    YOKE_LINE_HUMAN, /* by sign, by the unit behind the number (none, k or K, M, G, T, P, E, Z, Y),
                        then as YOKE_LINE_NUMERIC */
    YOKE_LINE_MONTH, /* blanks, then JAN to DEC in any case; anything else before them */
} yoke_line_order;

/* A part of the line. Fields and bytes count from 1. */
typedef struct yoke_line_key {
    size_t begin_field;      /* 0: the line from its first byte */
    size_t begin_byte;       /* of that field; 0 means 1 */
    size_t end_field;        /* 0: up to the end of the line */
    size_t end_byte;         /* the last byte of the key in that field; 0: all of the field */
    bool begin_after_blanks; /* blanks are skipped before begin_byte is counted */
    bool end_after_blanks;   /* the same for end_byte */
    yoke_line_order order;
    bool reverse;
    bool fold_case;  /* lower-case letters count as upper-case ones */
    bool dictionary; /* only blanks, letters and digits count; YOKE_LINE_TEXT only */
    bool printable;  /* only printable bytes (0x20 to 0x7E) count; YOKE_LINE_TEXT only, and not
                        looked at with dictionary */
} yoke_line_key;

/* Whether temporary files are compressed. */
typedef enum yoke_line_packing {
    YOKE_LINE_PACK_LARGE,  /* those that the system cannot keep in its memory */
    YOKE_LINE_PACK_ALWAYS, /* needs a fourth to a half of the room, and more time */
    YOKE_LINE_PACK_NEVER,
} yoke_line_packing;

typedef struct yoke_line_sort {   /* all zero: by the bytes of the whole line */
    const yoke_line_key *keys;    /* none: the whole line */
    size_t key_count;             /* at most YOKE_LINE_KEYS */
    bool reverse;                 /* of whole lines: the only key, or the last */
    bool stable;                  /* lines equal in all keys keep their order */
    bool unique;                  /* of lines equal in all keys only the first */
    bool has_separator;           /* fields are what lies between separators; else a field begins */
    unsigned char separator;      /* with the blanks (space, tab) before it */
    bool zero_terminated;         /* lines end with a NUL byte */
    size_t memory;                /* bytes to sort in; 0: half of what the system has to give. At
                                     least 1 MiB is used, and always room for the longest line */
    const char *const *temporary; /* directories for temporary files, in turn */
    size_t temporary_count;       /* 0: /tmp */
    yoke_line_packing packing;    /* of temporary files */
    yoke_progress *progress;      /* counts bytes read; NULL: none */
} yoke_line_sort;

#define YOKE_LINE_KEYS 1000

/* Sorts all lines of the inputs into a file, from its current position on. Inputs are read in their
 * order, regular files by several threads, each to the end that it has when it is reached.
 *   inputs  paths, descriptors (read from their position, not closed) or memory
 *   output  a descriptor open for writing; it may not be an input
 * Any thread may call; blocks until done. Returns YOKE_EINVAL, YOKE_ENOENT (an input, before
 * anything is read), YOKE_EIO (the detail names the file), YOKE_ECLOSED (the reader of a pipe went
 * away), YOKE_ENOMEM, YOKE_EUNSUPPORTED (lines of more than 512 GiB together in memory), or what
 * yoke/run.h says. After a failure the output holds a beginning of the result or nothing. */
YOKE_API int yoke_sort_lines(const yoke_line_sort *sort, const yoke_input *inputs, size_t count,
                             int output, const yoke_run *run);

/* The same for inputs each of which is sorted already, which are only merged. */
YOKE_API int yoke_merge_lines(const yoke_line_sort *sort, const yoke_input *inputs, size_t count,
                              int output, const yoke_run *run);

typedef struct yoke_disorder {
    uint64_t number; /* of the line, from 1 */
    char *line;      /* without its end; release with free */
    size_t size;     /* bytes */
} yoke_disorder;

/* Looks whether an input is sorted; with `unique`, also whether no two lines are equal. Returns 1
 * when it is, and 0 with the first line that stands before the one above it, or is equal to it. The
 * failures are those above. Reads on the calling thread. */
YOKE_API int yoke_check_lines(const yoke_line_sort *sort, const yoke_input *input,
                              yoke_disorder *found, const yoke_run *run);

#ifdef __cplusplus
}
#endif
#endif

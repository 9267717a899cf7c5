/* SPDX-License-Identifier: Apache-2.0
 *
 * As many lines as the memory holds, sorted. One block of memory has the text at its front and,
 * once the lines are known, two arrays of records at its end.
 */
#ifndef YOKE_MAPREDUCE_LINES_CHUNK_H
#define YOKE_MAPREDUCE_LINES_CHUNK_H

#include <string.h>

#include "mapreduce/lines_input.h"
#include "mapreduce/lines_key.h"

/* Address space; pages are taken when they are used. */
#define YOKE__HUGE_PAGE ((size_t)2 << 20)

typedef struct yoke__line_map {
    void *map; /* NULL: none */
    size_t map_size;
    char *base; /* aligned to a huge page */
} yoke__line_map;

/* YOKE_ENOMEM. */
int yoke__line_map_open(yoke__line_map *map, size_t size);
void yoke__line_map_close(yoke__line_map *map); /* legal on a zeroed one */

typedef struct yoke__line_chunk {
    const yoke__line_plan *plan;
    const yoke_run *run;
    yoke_progress *progress;
    /* what is read from */
    const yoke_input *inputs;
    size_t input_count, opened; /* of them, the last may still be open */
    yoke__line_input input;
    bool is_open;
    /* the memory */
    yoke__line_map map;
    char *base;      /* that of the map */
    size_t capacity; /* bytes */
    size_t size;     /* of text */
    size_t block;    /* bytes in which lines are counted, a multiple of 64 */
    size_t *counts;  /* ends of lines in each block */
    size_t *first;   /* the number of the first of them */
    size_t ends;     /* in all blocks */
    /* the lines of this chunk */
    size_t used; /* bytes of text */
    size_t lines;
    yoke__record *records, *spare;
} yoke__line_chunk;

/* Bytes to sort in when nobody says. */
size_t yoke__line_memory(void);

/* Takes the memory: `memory` bytes, fewer where the inputs need less. With `guessed`, fewer also
 * where the system does not give so many. YOKE_ENOMEM. */
int yoke__line_chunk_open(yoke__line_chunk *chunk, size_t memory, bool guessed);
void yoke__line_chunk_close(yoke__line_chunk *chunk); /* legal on a zeroed one */

/* Drops the lines of the chunk, reads on until the memory is full, and sorts. Returns 1 when these
 * are the last lines, 0 when there are more; YOKE_ENOENT, YOKE_EIO, YOKE_ENOMEM, YOKE_EUNSUPPORTED,
 * or what yoke/run.h says. */
int yoke__line_chunk_next(yoke__line_chunk *chunk);
/* The second half of it: makes records of `lines` lines in `used` bytes, and sorts them. */
int yoke__line_chunk_sort(yoke__line_chunk *chunk);

/* What sorts records whose places are those of lines behind `base`. */
typedef struct yoke__line_words {
    yoke__words words; /* first: its functions are handed this */
    const yoke__line_plan *plan;
    const char *base;
} yoke__line_words;

yoke__line_words yoke__line_words_of(const yoke__line_plan *plan, const char *base);

/* The run of a step over so many bytes of lines: with one thread where a team would cost more. */
static inline yoke_run yoke__line_run_for(const yoke_run *run, size_t bytes) {
    yoke_run found = run ? *run : (yoke_run){0};
    if (bytes < (size_t)1 << 18) found.threads = 1;
    return found;
}

/* ---- places: where a line begins, and how long it is ---- */

#define YOKE__LENGTH_BITS  24
#define YOKE__LENGTH_LIMIT (((uint64_t)1 << YOKE__LENGTH_BITS) - 1) /* or more: its end tells */

static inline uint64_t yoke__line_place(size_t offset, size_t size) {
    return (uint64_t)offset << YOKE__LENGTH_BITS |
           (size < YOKE__LENGTH_LIMIT ? size : YOKE__LENGTH_LIMIT);
}

static inline const char *yoke__line_data(const char *base, uint64_t place) {
    return base + ((place & ~YOKE__PLACE_EQUAL) >> YOKE__LENGTH_BITS);
}

/* The line of a record, without its end. */
static inline yoke_string yoke__line_at(const char *base, uint64_t place, unsigned char end) {
    const char *data = yoke__line_data(base, place);
    size_t size = place & YOKE__LENGTH_LIMIT;
    if (size == YOKE__LENGTH_LIMIT)
        size = (size_t)((const char *)rawmemchr(data + size, end) - data);
    return (yoke_string){data, size};
}

#endif

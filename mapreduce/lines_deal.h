/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting what fits the memory, by dealing. Bounds from a sample cut the keys into ranges; members
 * read blocks of the inputs, deal the lines out to the ranges, and then sort and write one range at
 * a time (a samplesort whose buckets hold the lines themselves). So memory is touched once and in
 * order where possible: text goes from a block that is in the cache to the end of its range, a
 * range is small enough to be sorted near the caches, and its pages are given back as soon as it is
 * written, when they become those of the output. Records are made of one range at a time, too.
 *
 * Of equal lines a later one never is in an earlier range, and each range has its lines in the
 * order of the input. So the result is that of any other stable sort.
 */
#ifndef YOKE_MAPREDUCE_LINES_DEAL_H
#define YOKE_MAPREDUCE_LINES_DEAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "mapreduce/lines_bounds.h"
#include "mapreduce/lines_sink.h"

enum {
    YOKE__DEALT = 256, /* lines that are looked at together */
    YOKE__DEAL_BLOCK = 1 << 18,
};

/* Lines of one block that lie side by side. */
typedef struct yoke__line_segment {
    size_t block;
    size_t begin, size; /* in the memory */
} yoke__line_segment;

/* What one member has dealt to one range. */
typedef struct yoke__line_lot {
    yoke__line_segment *segments; /* in the order of blocks */
    size_t count, capacity;
    size_t lines, bytes;
    size_t begin, at, end; /* of the segment that grows, and of its page */
} yoke__line_lot;

/* Of one member. */
typedef struct yoke__line_hand {
    yoke__line_lot lots[YOKE__RANGES];
    char *text;    /* a block, the line that it ends in, and YOKE__LINE_ENDS_SLACK */
    uint64_t read; /* bytes */
} yoke__line_hand;

/* Zeroed, but for the first fields. */
typedef struct yoke__line_deal {
    const yoke__line_plan *plan;
    const yoke_run *run;
    yoke_progress *progress;
    size_t memory;            /* bytes that may be used */
    uint64_t least;           /* bytes of inputs that are worth it */
    yoke__line_input *inputs; /* all open */
    size_t input_count;
    uint64_t total; /* bytes in all of them */
    size_t blocks;  /* in all of them */
    yoke__line_bounds *bounds;
    size_t line_size; /* usual bytes of a line */
    size_t page;      /* bytes that a lot takes at a time */
    size_t longest;   /* bytes of a line that can be dealt, its end included */
    yoke__line_map map;
    size_t pages; /* in the map */
    int members;
    yoke__line_hand *hands;
    atomic_bool given_up; /* something is not as it seemed */
    pthread_mutex_t lock; /* of what follows */
    size_t input, block;  /* the next one */
    uint64_t at;          /* in the input */
    size_t taken;         /* pages */
    size_t lines;         /* in the largest range, when all are dealt */
} yoke__line_deal;

/* Sorts all lines of the inputs into the sink. Returns 1 when done; 0 without having written
 * anything where the inputs are not to be dealt: they are no regular files, do not fit the memory,
 * have long lines or lines that words do not tell apart, or change meanwhile. The failures are
 * those of yoke_sort_lines. */
int yoke__line_deal_sort(yoke__line_deal *deal, const yoke_input *inputs, size_t count,
                         yoke__line_sink *sink);

/* Bytes that members take for the records of ranges of so many lines. */
static inline uint64_t yoke__line_deal_records(const yoke__line_deal *deal, uint64_t lines) {
    return (uint64_t)deal->members * 2 * sizeof(yoke__record) * lines;
}

/* ---- the steps of it ---- */

/* Chooses the bounds and the usual size of lines. Returns 0 when lines are too long, or words do
 * not tell too many of them apart; else 1, YOKE_EIO or YOKE_ENOMEM. */
int yoke__line_deal_sample(yoke__line_deal *deal);
/* Reads and deals. Returns 1, or 0 when it has given up. */
int yoke__line_deal_read(yoke__line_deal *deal);
/* Sorts the ranges and writes them. */
int yoke__line_deal_write(yoke__line_deal *deal, yoke__line_sink *sink);

/* Offsets of ends of lines in text from *at on, up to YOKE__DEALT and up to `end`; *at moves on to
 * where the next search begins. `ends` has room for YOKE__LINE_ENDS_ROOM. May read
 * YOKE__LINE_ENDS_SLACK bytes behind the end. */
#define YOKE__LINE_ENDS_ROOM  (YOKE__DEALT + 2 * 64)
#define YOKE__LINE_ENDS_SLACK 128
size_t yoke__line_ends(const char *text, size_t *at, size_t end, unsigned char byte,
                       uint32_t *ends);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Where sorted lines go: to a descriptor as they are, or to a temporary file in frames. A frame is
 * a head with two sizes and two sums, and then whole lines, compressed (zstd) or not. The sums are
 * so good that what reads a frame may rely on it: disks and file systems that lose or change bytes
 * are noticed, and lines in a frame are in order.
 */
#ifndef YOKE_MAPREDUCE_LINES_SINK_H
#define YOKE_MAPREDUCE_LINES_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mapreduce/lines_chunk.h"
#include "yoke/memory.h"

/* Lines on their way, of one member. Zeroed at the start. */
typedef struct yoke__line_buffer {
    char *text;
    size_t size, capacity;
    bool lent;    /* the text belongs to somebody else */
    char *packed; /* a frame */
    size_t packed_size, packed_capacity;
    void *compressor;
} yoke__line_buffer;

/* The first line of a frame, where the frame is known by it: it is of moderate length. */
typedef struct yoke__line_mark {
    uint64_t offset; /* of the frame */
    uint64_t word;   /* of the line */
    yoke_string line;
} yoke__line_mark;

typedef struct yoke__line_marks {
    const yoke__line_plan *plan; /* NULL: they are no lines, and have no marks */
    yoke_arena lines;
    yoke__line_mark *items;
    size_t count, capacity;
} yoke__line_marks;

/* Below, equal to or above 0 as the marked line stands before, with or after another. */
static inline int yoke__line_mark_compare(const yoke__line_plan *plan, const yoke__line_mark *mark,
                                          uint64_t word, yoke_string line) {
    if (mark->word != word) return mark->word < word ? -1 : 1;
    return yoke__line_compare_rest(plan, mark->line, line, word);
}

typedef struct yoke__line_sink {
    int descriptor;
    bool frames, compressed;
    uint64_t at;             /* frames: where the next one goes */
    yoke__line_marks *marks; /* frames */
} yoke__line_sink;

typedef struct yoke__line_frame {
    uint32_t size, stored; /* bytes of lines, and in the file; equal: not compressed */
    uint64_t sum;          /* of what is stored */
    uint64_t head_sum;     /* of what is before it here */
} yoke__line_frame;

uint64_t yoke__line_sum(const void *bytes, size_t size);
uint64_t yoke__line_head_sum(const yoke__line_frame *head);

/* Room for `size` bytes in all. YOKE_ENOMEM. */
int yoke__line_buffer_reserve(yoke__line_buffer *buffer, size_t size);
void yoke__line_buffer_free(yoke__line_buffer *buffer);
/* Keeps a copy of one line, without an end and with YOKE__LINE_SLACK. YOKE_ENOMEM. */
int yoke__line_keep(yoke__line_buffer *buffer, yoke_string line);

/* Readies what the buffer holds; by any member at any time. */
int yoke__line_sink_pack(const yoke__line_sink *sink, yoke__line_buffer *buffer);
/* Writes it, and empties the buffer; by one member at a time. YOKE_EIO, YOKE_ECLOSED. */
int yoke__line_sink_put(yoke__line_sink *sink, yoke__line_buffer *buffer);

/* Adds the lines of records from the at-th on until the buffer is full, one at least, and leaves
 * out those that are equal to the one before; `at` moves on, up to `end`. YOKE_ENOMEM when a line
 * is longer than the buffer. */
int yoke__line_gather(const yoke__line_words *of, const yoke__record *records, size_t *at,
                      size_t end, yoke__line_buffer *buffer);

/* Puts something of a piece into an empty buffer. `at` is 0 at first, and then what fill leaves
 * there. Returns 1 when there is more of the piece, 0 when this was the last, or a failure. */
typedef int yoke__line_fill_fn(void *ctx, size_t piece, size_t *at, yoke__line_buffer *buffer);
/* Writes pieces in their order. Members fill buffers of their own at the same time. */
int yoke__line_pieces_write(yoke__line_sink *sink, size_t pieces, int members,
                            yoke__line_fill_fn *fill, void *ctx);

/* Writes the lines of a chunk, all members together, in their order. */
int yoke__line_chunk_write(const yoke__line_chunk *chunk, yoke__line_sink *sink);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines one after the other: of an input, or of a run in a temporary file (lines_sink.h has its
 * frames).
 */
#ifndef YOKE_MAPREDUCE_LINES_STREAM_H
#define YOKE_MAPREDUCE_LINES_STREAM_H

#include "mapreduce/lines_input.h"
#include "mapreduce/lines_key.h"

/* Sorted lines in a temporary file. */
typedef struct yoke__line_run {
    int descriptor;
    uint64_t begin, end; /* bytes of the file */
    size_t first_mark, mark_count;
} yoke__line_run;

typedef struct yoke__line_stream {
    yoke_string line; /* the present one, without its end; good until the next */
    uint64_t word;    /* its word of level 0 */
    bool ended;       /* there is none */
    char *text;
    size_t begin, end, capacity; /* of the text that is there */
    bool framed;
    yoke__line_input input; /* either this */
    yoke__line_run run;     /* or what is left of this */
    char *packed;
    size_t packed_capacity;
    void *decompressor;
} yoke__line_stream;

/* Opens a zeroed stream at its first line; one of a run may be opened again for another run.
 * YOKE_ENOENT, YOKE_EIO, YOKE_ENOMEM. Close it also after a failure. */
int yoke__line_stream_open_input(yoke__line_stream *stream, const yoke__line_plan *plan,
                                 const yoke_input *input, size_t index);
int yoke__line_stream_open_run(yoke__line_stream *stream, const yoke__line_plan *plan,
                               const yoke__line_run *run);
void yoke__line_stream_close(yoke__line_stream *stream); /* legal on a zeroed one */

/* The next frame of a run takes the place of the last, in text from `begin` to `end`; 1, or 0 at
 * the end. YOKE_EIO, YOKE_ENOMEM. */
int yoke__line_stream_frame(yoke__line_stream *stream);
/* Goes on to the next line; without one it has `ended`. YOKE_EIO, YOKE_ENOMEM. */
int yoke__line_stream_next(yoke__line_stream *stream, const yoke__line_plan *plan);

#endif

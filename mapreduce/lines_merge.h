/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging streams of sorted lines.
 */
#ifndef YOKE_MAPREDUCE_LINES_MERGE_H
#define YOKE_MAPREDUCE_LINES_MERGE_H

#include "mapreduce/lines_sink.h"
#include "mapreduce/lines_spill.h"
#include "mapreduce/lines_stream.h"

typedef struct yoke__line_merge yoke__line_merge;

/* What a merge works with; zeroed, but for the first fields. */
struct yoke__line_merge {
    const yoke__line_plan *plan;
    const yoke_run *run;
    yoke__line_stream *streams; /* open; their order decides between equal lines */
    size_t count;
    const yoke__line_mark *stop; /* the first line that is not wanted; NULL: all are */
    size_t limit;                /* bytes that are gathered */
    /* Takes the gathered lines out of the buffer. */
    int (*flush)(yoke__line_merge *merge);
    void *ctx; /* of flush */
    yoke__line_buffer buffer;
    size_t *losers;         /* losers[0] is the winner of all */
    yoke__line_buffer last; /* unique: the last line that was taken */
    uint64_t last_word;
    bool any;
};

/* Merges up to the stop; some lines may be left in the buffer. May be called again, with other
 * streams. YOKE_EIO, YOKE_ENOMEM, what flush returns or what yoke__run_check says. */
int yoke__line_merge_all(yoke__line_merge *merge);
void yoke__line_merge_free(yoke__line_merge *merge); /* its buffers; not the streams */

/* Merges runs into plain lines, in parallel: by ranges of lines between marks. `memory` bounds how
 * much is gathered. Returns 0 without doing anything when there are too few marks for that, 1 when
 * it is done, or a failure. */
int yoke__line_ranges_merge(const yoke__line_plan *plan, const yoke__line_marks *marks,
                            const yoke__line_run *runs, size_t count, yoke__line_sink *sink,
                            size_t memory, const yoke_run *run);

#endif

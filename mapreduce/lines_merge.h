/* SPDX-License-Identifier: Apache-2.0
 *
 * Temporary files and the merging of what lies in them.
 */
#ifndef YOKE_MAPREDUCE_LINES_MERGE_H
#define YOKE_MAPREDUCE_LINES_MERGE_H

#include "mapreduce/lines_sink.h"
#include "mapreduce/lines_stream.h"

/* Runs in the order of the input, in one unnamed file for each directory. */
typedef struct yoke__line_spill {
    const char *const *directories;
    size_t directory_count;
    bool compressed;
    yoke__line_sink *sinks; /* of the directories; descriptor -1: not made yet */
    size_t next;            /* directory */
    yoke__line_run *runs;
    size_t count, capacity;
} yoke__line_spill;

/* Makes no file yet. YOKE_ENOMEM. Close it also after a failure. */
int yoke__line_spill_open(yoke__line_spill *spill, const yoke_line_sort *sort);
void yoke__line_spill_close(yoke__line_spill *spill); /* legal on a zeroed one */
/* Begins a run at the end of a file; what is put into the sink belongs to it until it ends.
 * YOKE_EIO, YOKE_ENOENT. */
int yoke__line_spill_begin(yoke__line_spill *spill, yoke__line_sink **sink, yoke__line_run *run);
/* Adds the run to the list. YOKE_ENOMEM. */
int yoke__line_spill_end(yoke__line_spill *spill, const yoke__line_sink *sink, yoke__line_run *run);

/* Merges streams that are open, the first of equal lines first. */
int yoke__line_streams_merge(const yoke__line_plan *plan, yoke__line_stream *streams, size_t count,
                             yoke__line_sink *sink, const yoke_run *run);

#endif

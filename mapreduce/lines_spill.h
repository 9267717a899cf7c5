/* SPDX-License-Identifier: Apache-2.0
 *
 * Temporary files, and the runs in them.
 */
#ifndef YOKE_MAPREDUCE_LINES_SPILL_H
#define YOKE_MAPREDUCE_LINES_SPILL_H

#include "mapreduce/lines_sink.h"
#include "mapreduce/lines_stream.h"

/* Runs in the order of the input, in one unnamed file for each directory. */
typedef struct yoke__line_spill {
    const char *const *directories;
    size_t directory_count;
    yoke__line_sink *sinks; /* of the directories; descriptor -1: not made yet */
    size_t next;            /* directory */
    uint64_t plain;         /* bytes of a file that are not compressed */
    yoke__line_run *runs;
    size_t count, capacity;
    yoke__line_marks marks;
} yoke__line_spill;

/* Makes no file yet; plan NULL: for frames that have no lines. YOKE_ENOMEM. Close it also after a
 * failure. */
int yoke__line_spill_open(yoke__line_spill *spill, const yoke_line_sort *sort,
                          const yoke__line_plan *plan);
void yoke__line_spill_close(yoke__line_spill *spill); /* legal on a zeroed one */
/* Begins a run at the end of a file; what is put into the sink belongs to it until it ends.
 * YOKE_EIO, YOKE_ENOENT. */
int yoke__line_spill_begin(yoke__line_spill *spill, yoke__line_sink **sink, yoke__line_run *run);
/* Adds the run to the list. YOKE_ENOMEM. */
int yoke__line_spill_end(yoke__line_spill *spill, const yoke__line_sink *sink, yoke__line_run *run);

/* Merges runs into a sink. */
typedef int yoke__line_runs_fn(const yoke__line_run *runs, size_t count, yoke__line_sink *sink,
                               void *ctx);
/* The same for inputs from the first-th on. */
typedef int yoke__line_inputs_fn(size_t first, size_t count, yoke__line_sink *sink, void *ctx);
/* Merges inputs, `together` at a time, to runs. */
int yoke__line_spill_inputs(yoke__line_spill *spill, size_t count, size_t together,
                            yoke__line_inputs_fn *merge, void *ctx);
/* Merges neighbours, `together` at a time, until there are no more runs than that. */
int yoke__line_spill_shorten(yoke__line_spill *spill, size_t together, yoke__line_runs_fn *merge,
                             void *ctx);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Temporary files have no name, so that nothing is left of them however the process ends. Where the
 * file system cannot make one without, it is made with a name that is removed at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mapreduce/lines_spill.h"
#include "runtime/file.h"

static const char *const usual[] = {"/tmp"};

int yoke__line_spill_open(yoke__line_spill *spill, const yoke_line_sort *sort,
                          const yoke__line_plan *plan) {
    *spill = (yoke__line_spill){
        .directories = sort->temporary_count ? sort->temporary : usual,
        .directory_count = sort->temporary_count ? sort->temporary_count : 1,
        .marks = {.plan = plan},
        .plain = sort->packing == YOKE_LINE_PACK_NEVER    ? UINT64_MAX
                 : sort->packing == YOKE_LINE_PACK_ALWAYS ? 0
                                                          : yoke__line_memory(),
    };
    yoke_arena_init(&spill->marks.lines);
    spill->sinks = calloc(spill->directory_count, sizeof *spill->sinks);
    if (!spill->sinks) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < spill->directory_count; i++)
        spill->sinks[i] =
            (yoke__line_sink){.descriptor = -1, .frames = true, .marks = &spill->marks};
    return YOKE_OK;
}

void yoke__line_spill_close(yoke__line_spill *spill) {
    for (size_t i = 0; spill->sinks && i < spill->directory_count; i++)
        if (spill->sinks[i].descriptor >= 0) close(spill->sinks[i].descriptor);
    free(spill->sinks);
    free(spill->runs);
    free(spill->marks.items);
    yoke_arena_fini(&spill->marks.lines);
    *spill = (yoke__line_spill){0};
}

static int open_file(const char *directory, yoke__line_sink *sink) {
    sink->descriptor = yoke__open_unnamed(directory);
    if (sink->descriptor >= 0) return YOKE_OK;
    return yoke_fail(errno == ENOENT ? YOKE_ENOENT : YOKE_EIO,
                     "cannot make a temporary file in %s: %m", directory);
}

int yoke__line_spill_begin(yoke__line_spill *spill, yoke__line_sink **sink, yoke__line_run *run) {
    size_t i = spill->next++ % spill->directory_count;
    yoke__line_sink *to = &spill->sinks[i];
    if (to->descriptor < 0) YOKE_TRY(open_file(spill->directories[i], to));
    to->compressed = to->at >= spill->plain;
    *run = (yoke__line_run){
        .descriptor = to->descriptor, .begin = to->at, .first_mark = spill->marks.count};
    *sink = to;
    return YOKE_OK;
}

int yoke__line_spill_end(yoke__line_spill *spill, const yoke__line_sink *sink,
                         yoke__line_run *run) {
    if (spill->count == spill->capacity) {
        size_t capacity = spill->capacity ? 2 * spill->capacity : 64;
        yoke__line_run *runs = realloc(spill->runs, capacity * sizeof *runs);
        if (!runs) return yoke_fail(YOKE_ENOMEM, NULL);
        spill->runs = runs;
        spill->capacity = capacity;
    }
    run->end = sink->at;
    run->mark_count = spill->marks.count - run->first_mark;
    spill->runs[spill->count++] = *run;
    return YOKE_OK;
}

/* ---- fewer runs ---- */

int yoke__line_spill_inputs(yoke__line_spill *spill, size_t count, size_t together,
                            yoke__line_inputs_fn *merge, void *ctx) {
    yoke__line_sink *sink;
    yoke__line_run run;
    for (size_t at = 0; at < count; at += together) {
        YOKE_TRY(yoke__line_spill_begin(spill, &sink, &run));
        YOKE_TRY(merge(at, count - at < together ? count - at : together, sink, ctx));
        YOKE_TRY(yoke__line_spill_end(spill, sink, &run));
    }
    return YOKE_OK;
}

static int merge_to_run(yoke__line_spill *spill, const yoke__line_run *runs, size_t count,
                        yoke__line_runs_fn *merge, void *ctx) {
    yoke__line_sink *sink;
    yoke__line_run run;
    YOKE_TRY(yoke__line_spill_begin(spill, &sink, &run));
    YOKE_TRY(merge(runs, count, sink, ctx));
    return yoke__line_spill_end(spill, sink, &run);
}

/* All runs once. */
static int merge_neighbours(yoke__line_spill *spill, size_t together, yoke__line_runs_fn *merge,
                            void *ctx) {
    size_t count = spill->count;
    yoke__line_run *runs = malloc(count * sizeof *runs);
    if (!runs) return yoke_fail(YOKE_ENOMEM, NULL);
    memcpy(runs, spill->runs, count * sizeof *runs);
    spill->count = 0;
    int status = YOKE_OK;
    for (size_t at = 0; at < count && status >= 0; at += together) {
        size_t some = count - at < together ? count - at : together;
        status = merge_to_run(spill, runs + at, some, merge, ctx);
    }
    free(runs);
    return status;
}

int yoke__line_spill_shorten(yoke__line_spill *spill, size_t together, yoke__line_runs_fn *merge,
                             void *ctx) {
    while (spill->count > together) YOKE_TRY(merge_neighbours(spill, together, merge, ctx));
    return YOKE_OK;
}

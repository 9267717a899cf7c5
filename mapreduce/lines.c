/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting, merging and checking as the caller sees them.
 *
 * What fits the memory is sorted and written. Otherwise each chunk becomes a run. As long as there
 * are more runs than can be merged at a time, neighbours are merged into longer ones, so that equal
 * lines keep their order.
 */
#include <stdlib.h>
#include <string.h>

#include "mapreduce/lines_deal.h"
#include "mapreduce/lines_merge.h"
#include "runtime/region.h"

enum {
    BUFFER = 1 << 18,      /* bytes that are written at a time */
    STREAM = 1 << 19,      /* bytes that a stream takes */
    MOST_STREAMS = 512,    /* merged at a time, and open */
    LEAST_DEALT = 1 << 20, /* bytes of inputs that are dealt out */
};

typedef struct job {
    const yoke_line_sort *sort;
    const yoke_input *inputs;
    size_t input_count;
    const yoke_run *run;
    yoke__line_plan plan;
    yoke__line_chunk chunk;
    yoke__line_spill spill;
    yoke__line_sink output;
    size_t memory, fan_in;
} job;

/* ---- merging ---- */

/* Where the streams of a merge come from: runs, or inputs. */
typedef struct sources {
    const yoke__line_run *runs;
    const yoke_input *inputs;
    size_t first; /* number of the first input, for messages */
    size_t count;
} sources;

static int open_streams(const job *j, const sources *from, yoke__line_stream *streams) {
    for (size_t i = 0; i < from->count; i++) {
        if (from->runs)
            YOKE_TRY(yoke__line_stream_open_run(&streams[i], &j->plan, &from->runs[i]));
        else
            YOKE_TRY(yoke__line_stream_open_input(&streams[i], &j->plan, &from->inputs[i],
                                                  from->first + i));
    }
    return YOKE_OK;
}

static int flush(yoke__line_merge *merge) {
    YOKE_TRY(yoke__line_sink_pack(merge->ctx, &merge->buffer));
    return yoke__line_sink_put(merge->ctx, &merge->buffer);
}

/* One thread merges. */
static int merge(const job *j, const sources *from, yoke__line_sink *sink) {
    yoke__line_merge m = {
        .plan = &j->plan,
        .run = j->run,
        .streams = calloc(from->count + 1, sizeof *m.streams),
        .count = from->count,
        .limit = BUFFER,
        .flush = flush,
        .ctx = sink,
    };
    if (!m.streams) return yoke_fail(YOKE_ENOMEM, NULL);
    int status = open_streams(j, from, m.streams);
    if (status >= 0) status = yoke__line_merge_all(&m);
    if (status >= 0) status = flush(&m);
    for (size_t i = 0; i < from->count; i++) yoke__line_stream_close(&m.streams[i]);
    free(m.streams);
    yoke__line_merge_free(&m);
    return status;
}

static int merge_some(const yoke__line_run *runs, size_t count, yoke__line_sink *sink, void *ctx) {
    return merge(ctx, &(sources){.runs = runs, .count = count}, sink);
}

static int merge_runs(job *j) {
    YOKE_TRY(yoke__line_spill_shorten(&j->spill, j->fan_in, merge_some, j));
    sources all = {.runs = j->spill.runs, .count = j->spill.count};
    int done = yoke__line_ranges_merge(&j->plan, &j->spill.marks, all.runs, all.count, &j->output,
                                       j->memory, j->run);
    return done ? done : merge(j, &all, &j->output);
}

static int merge_some_inputs(size_t first, size_t count, yoke__line_sink *sink, void *ctx) {
    const job *j = ctx;
    return merge(j, &(sources){.inputs = j->inputs + first, .first = first, .count = count}, sink);
}

static int merge_inputs(job *j) {
    size_t count = j->input_count;
    if (count <= j->fan_in) return merge_some_inputs(0, count, &j->output, j);
    YOKE_TRY(yoke__line_spill_inputs(&j->spill, count, j->fan_in, merge_some_inputs, j));
    return merge_runs(j);
}

/* ---- sorting ---- */

static int spill_chunk(job *j) {
    yoke__line_sink *sink;
    yoke__line_run run;
    YOKE_TRY(yoke__line_spill_begin(&j->spill, &sink, &run));
    YOKE_TRY(yoke__line_chunk_write(&j->chunk, sink));
    return yoke__line_spill_end(&j->spill, sink, &run);
}

static int sort_inputs(job *j) {
    yoke__line_deal deal = {.plan = &j->plan,
                            .run = j->run,
                            .progress = j->sort->progress,
                            .memory = j->memory,
                            .least = LEAST_DEALT};
    int done = yoke__line_deal_sort(&deal, j->inputs, j->input_count, &j->output);
    if (done) return done;
    YOKE_TRY(yoke__line_chunk_open(&j->chunk, j->memory, !j->sort->memory));
    for (;;) {
        int last = yoke__line_chunk_next(&j->chunk);
        if (last < 0) return last;
        if (last && !j->spill.count) return yoke__line_chunk_write(&j->chunk, &j->output);
        YOKE_TRY(spill_chunk(j));
        if (last) break;
    }
    yoke__line_chunk_close(&j->chunk);
    return merge_runs(j);
}

/* ---- the calls ---- */

static int open_job(job *j, const yoke_line_sort *sort, const yoke_input *inputs, size_t count,
                    const yoke_run *run) {
    *j = (job){.sort = sort, .inputs = inputs, .input_count = count, .run = run};
    if (!sort || (count && !inputs)) return yoke_fail(YOKE_EINVAL, "sort: no options or no inputs");
    YOKE_TRY(yoke__run_check(run));
    YOKE_TRY(yoke__line_plan_make(sort, &j->plan));
    YOKE_TRY(yoke__line_spill_open(&j->spill, sort, &j->plan));
    j->memory = sort->memory ? sort->memory : yoke__line_memory();
    j->fan_in = j->memory / STREAM < 2 ? 2 : j->memory / STREAM;
    if (j->fan_in > MOST_STREAMS) j->fan_in = MOST_STREAMS;
    j->chunk = (yoke__line_chunk){
        .plan = &j->plan,
        .run = run,
        .progress = sort->progress,
        .inputs = inputs,
        .input_count = count,
    };
    return yoke__line_inputs_check(inputs, count);
}

static int close_job(job *j, int status) {
    yoke__line_chunk_close(&j->chunk);
    yoke__line_spill_close(&j->spill);
    yoke__line_plan_free(&j->plan);
    return status < 0 ? status : YOKE_OK;
}

int yoke_sort_lines(const yoke_line_sort *sort, const yoke_input *inputs, size_t count, int output,
                    const yoke_run *run) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    job j;
    int status = open_job(&j, sort, inputs, count, run);
    j.output.descriptor = output;
    if (status >= 0) status = sort_inputs(&j);
    return close_job(&j, status);
}

int yoke_merge_lines(const yoke_line_sort *sort, const yoke_input *inputs, size_t count, int output,
                     const yoke_run *run) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    job j;
    int status = open_job(&j, sort, inputs, count, run);
    j.output.descriptor = output;
    if (status >= 0) status = merge_inputs(&j);
    return close_job(&j, status);
}

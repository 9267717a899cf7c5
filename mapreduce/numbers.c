/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting numbers as the caller sees it: what fits the memory is sorted and written; otherwise each
 * piece becomes a run, and runs are merged.
 */
#include <string.h>

#include "kernels/run.h"
#include "mapreduce/lines_chunk.h"
#include "mapreduce/numbers.h"

#define LEAST_MEMORY ((size_t)1 << 20)
#define LEAST_FRAME  ((size_t)1 << 16)
#define MOST_FRAME   ((size_t)1 << 20)
#define MOST_SOURCES ((size_t)512) /* merged at a time, and open */

typedef struct job {
    yoke__numbers numbers;
    const yoke_input *inputs;
    size_t count;
    yoke_run run; /* with scratch memory */
    yoke__numbers_reader reader;
    yoke__line_map map;    /* where numbers are sorted */
    size_t size, capacity; /* bytes of it */
    yoke__line_spill spill;
    yoke__line_sink output;
    yoke_scratch scratch;
    size_t memory, frame, fan_in;
} job;

static uint64_t size_of(const yoke_input *inputs, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t size = yoke__line_input_size(&inputs[i]);
        if (size > UINT64_MAX / 2 - sum) return UINT64_MAX / 2;
        sum += size;
    }
    return sum;
}

/* Room for all inputs and the look behind their end, or what is left of the memory for numbers: the
 * sort takes as much again, and an eighth. */
static int take_memory(job *j) {
    uint64_t all = size_of(j->inputs, j->count) + 16;
    size_t most = j->memory / 9 * 4, capacity = all < most ? (size_t)all : most;
    j->capacity = capacity & ~(size_t)7;
    return yoke__line_map_open(&j->map, j->capacity);
}

static int sort_piece(job *j) {
    const yoke__numbers *of = &j->numbers;
    size_t n = j->size / of->size;
    YOKE_TRY(of->sort(j->map.base, n, of->order, &j->run));
    if (of->unique) j->size = of->size * yoke__numbers_drop(of, j->map.base, n, NULL);
    return YOKE_OK;
}

static int spill_piece(job *j) {
    yoke__line_sink *sink;
    yoke__line_run run;
    if (!j->size) return YOKE_OK;
    YOKE_TRY(yoke__line_spill_begin(&j->spill, &sink, &run));
    YOKE_TRY(yoke__numbers_write(sink, j->map.base, j->size, j->frame, &j->run));
    j->size = 0;
    return yoke__line_spill_end(&j->spill, sink, &run);
}

static int merge_some(const yoke__line_run *runs, size_t count, yoke__line_sink *sink, void *ctx) {
    const job *j = ctx;
    return yoke__numbers_merge(&j->numbers, runs, count, j->frame, sink, &j->run);
}

static int merge_runs(job *j) {
    yoke__line_map_close(&j->map);
    yoke_scratch_fini(&j->scratch);
    YOKE_TRY(yoke__line_spill_shorten(&j->spill, j->fan_in, merge_some, j));
    return merge_some(j->spill.runs, j->spill.count, &j->output, j);
}

static int merge_some_inputs(size_t first, size_t count, yoke__line_sink *sink, void *ctx) {
    const job *j = ctx;
    return yoke__numbers_merge_inputs(&j->numbers, j->inputs, first, count, j->frame, sink,
                                      &j->run);
}

static int merge_inputs(job *j) {
    if (j->count <= j->fan_in) return merge_some_inputs(0, j->count, &j->output, j);
    YOKE_TRY(yoke__line_spill_inputs(&j->spill, j->count, j->fan_in, merge_some_inputs, j));
    return merge_runs(j);
}

static int sort_inputs(job *j) {
    YOKE_TRY(take_memory(j));
    j->reader =
        (yoke__numbers_reader){.numbers = &j->numbers, .inputs = j->inputs, .count = j->count};
    for (;;) {
        int last = yoke__numbers_read(&j->reader, j->map.base, &j->size, j->capacity, &j->run);
        if (last < 0) return last;
        YOKE_TRY(sort_piece(j));
        if (last && !j->spill.count)
            return yoke__numbers_write(&j->output, j->map.base, j->size, j->frame, &j->run);
        YOKE_TRY(spill_piece(j));
        if (last) return merge_runs(j);
    }
}

static int open_job(job *j, const yoke_numbers_sort *sort, const yoke_input *inputs, size_t count,
                    const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    YOKE_TRY(yoke__numbers_make(sort, &j->numbers));
    if (count && !inputs) return yoke_fail(YOKE_EINVAL, "sort: no inputs");
    YOKE_TRY(yoke__line_inputs_check(inputs, count));
    const yoke_line_sort files = {.temporary = sort->temporary,
                                  .temporary_count = sort->temporary_count,
                                  .packing = sort->packing};
    YOKE_TRY(yoke__line_spill_open(&j->spill, &files, NULL));
    size_t memory = sort->memory ? sort->memory : yoke__line_memory();
    if (memory < LEAST_MEMORY) memory = LEAST_MEMORY;
    size_t frame = (memory >> 8) & ~(size_t)7;
    j->memory = memory;
    j->frame = frame < LEAST_FRAME ? LEAST_FRAME : frame > MOST_FRAME ? MOST_FRAME : frame;
    j->fan_in = memory / (4 * j->frame); /* 4 at least */
    if (j->fan_in > MOST_SOURCES) j->fan_in = MOST_SOURCES;
    j->inputs = inputs;
    j->count = count;
    j->run = run ? *run : (yoke_run){0};
    if (!j->run.scratch) j->run.scratch = &j->scratch;
    return YOKE_OK;
}

static int close_job(job *j, int status) {
    yoke__numbers_reader_close(&j->reader);
    yoke__line_map_close(&j->map);
    yoke__line_spill_close(&j->spill);
    yoke_scratch_fini(&j->scratch);
    return status < 0 ? status : YOKE_OK;
}

int yoke_sort_numbers(const yoke_numbers_sort *sort, const yoke_input *inputs, size_t count,
                      int output, const yoke_run *run) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    job j = {.output.descriptor = output};
    int status = open_job(&j, sort, inputs, count, run);
    return close_job(&j, status < 0 ? status : sort_inputs(&j));
}

int yoke_merge_numbers(const yoke_numbers_sort *sort, const yoke_input *inputs, size_t count,
                       int output, const yoke_run *run) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    job j = {.output.descriptor = output};
    int status = open_job(&j, sort, inputs, count, run);
    return close_job(&j, status < 0 ? status : merge_inputs(&j));
}

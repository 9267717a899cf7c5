/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting, merging and checking as the caller sees them.
 */
#include "mapreduce/lines_sink.h"

static int sort_inputs(const yoke_line_sort *sort, yoke__line_chunk *chunk, int output) {
    yoke__line_sink sink = {.descriptor = output};
    YOKE_TRY(yoke__line_inputs_check(chunk->inputs, chunk->input_count));
    YOKE_TRY(
        yoke__line_chunk_open(chunk, sort->memory ? sort->memory : (size_t)4 << 30, !sort->memory));
    int last = yoke__line_chunk_next(chunk);
    if (last < 0) return last;
    return yoke__line_chunk_write(chunk, &sink);
}

int yoke_sort_lines(const yoke_line_sort *sort, const yoke_input *inputs, size_t count, int output,
                    const yoke_run *run) {
    yoke__line_plan plan;
    YOKE_TRY(yoke__run_check(run));
    int status = yoke__line_plan_make(sort, &plan);
    yoke__line_chunk chunk = {
        .plan = &plan,
        .run = run,
        .progress = sort->progress,
        .inputs = inputs,
        .input_count = count,
    };
    if (status >= 0) status = sort_inputs(sort, &chunk, output);
    yoke__line_chunk_close(&chunk);
    yoke__line_plan_free(&plan);
    return status < 0 ? status : YOKE_OK;
}

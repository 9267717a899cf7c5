/* SPDX-License-Identifier: Apache-2.0
 *
 * Is it sorted? Each line is compared with the one before it, of which a copy is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "mapreduce/lines_sink.h"
#include "mapreduce/lines_stream.h"
#include "runtime/region.h"

enum { CHECKED = 1 << 12 /* lines between looks at the deadline */ };

typedef struct checking {
    yoke__line_plan plan;
    yoke__line_stream stream;
    yoke__line_buffer last;
    uint64_t last_word;
} checking;

static bool is_in_order(const checking *c) {
    yoke_string last = {c->last.text, c->last.size};
    if (c->last_word != c->stream.word) return c->last_word < c->stream.word;
    return yoke__line_compare(&c->plan, last, c->stream.line, 0) < (c->plan.unique ? 0 : 1);
}

static int tell(const checking *c, uint64_t number, yoke_disorder *found) {
    yoke_disorder disorder = {number, malloc(c->stream.line.size + 1), c->stream.line.size};
    if (!disorder.line) return yoke_fail(YOKE_ENOMEM, NULL);
    memcpy(disorder.line, c->stream.line.data, disorder.size);
    *found = disorder;
    return 0;
}

static int check(checking *c, yoke_disorder *found, const yoke_run *run) {
    for (uint64_t number = 1; !c->stream.ended; number++) {
        if (number % CHECKED == 0) YOKE_TRY(yoke__run_check(run));
        if (number > 1 && !is_in_order(c)) return tell(c, number, found);
        YOKE_TRY(yoke__line_keep(&c->last, c->stream.line));
        c->last_word = c->stream.word;
        YOKE_TRY(yoke__line_stream_next(&c->stream, &c->plan));
    }
    return 1;
}

static int open_and_check(checking *c, const yoke_line_sort *sort, const yoke_input *input,
                          yoke_disorder *found, const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    YOKE_TRY(yoke__line_plan_make(sort, &c->plan));
    YOKE_TRY(yoke__line_inputs_check(input, 1));
    YOKE_TRY(yoke__line_stream_open_input(&c->stream, &c->plan, input, 0));
    return check(c, found, run);
}

int yoke_check_lines(const yoke_line_sort *sort, const yoke_input *input, yoke_disorder *found,
                     const yoke_run *run) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    checking c = {0};
    if (!sort || !input || !found) return yoke_fail(YOKE_EINVAL, "check: no options or no input");
    int status = open_and_check(&c, sort, input, found, run);
    yoke__line_stream_close(&c.stream);
    yoke__line_buffer_free(&c.last);
    yoke__line_plan_free(&c.plan);
    return status;
}

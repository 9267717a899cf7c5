/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows to text, by all cores. The rows are cut into ranges. A member of the team takes the next
 * range and formats it into a slot; whoever finishes a range while nobody writes becomes the
 * writer, and writes all finished slots that are next. So the text comes in order, writing and
 * formatting go on at the same time, and memory is bounded: a range is taken only when its slot has
 * been written.
 *
 * A member waits only while the slots are full. The range that is to be written next is then with
 * another member that has begun, so the wait ends, however many threads there are.
 */
#include <pthread.h>
#include <stdlib.h>

#include "cli/output.h"

enum {
    RANGE_ROWS = 4096,    /* rows formatted at a time */
    SLOTS_PER_MEMBER = 4, /* so that a slow member does not hold the others */
    SERIAL_ROWS = 8192,   /* up to here a team costs more than it gives */
};

static const output_style *const styles[] = {
    [OUTPUT_TABLE] = &output_table, [OUTPUT_CSV] = &output_csv,     [OUTPUT_TSV] = &output_tsv,
    [OUTPUT_JSON] = &output_json,   [OUTPUT_JSONL] = &output_jsonl,
};

typedef struct slot {
    buffer text;
    bool finished; /* and not written yet */
} slot;

typedef struct conveyor {
    const output *out;
    const output_style *style;
    sink *to;
    size_t ranges;
    size_t slot_count;
    slot *slots;           /* range i is in slot i % slot_count */
    pthread_mutex_t lock;  /* guards all that follows, and `finished` */
    pthread_cond_t moved;  /* a slot was written, or writing failed */
    size_t taken, written; /* ranges */
    bool writing, failed;
} conveyor;

static int write_buffer(const buffer *text, sink *to) {
    if (text->failed) return yoke_fail(YOKE_ENOMEM, NULL);
    return sink_write(to, text->data, text->size);
}

static void format_range(conveyor *c, size_t range) {
    buffer *to = &c->slots[range % c->slot_count].text;
    size_t row = range * RANGE_ROWS;
    size_t end = c->out->rows - row < RANGE_ROWS ? c->out->rows : row + RANGE_ROWS;
    buffer_clear(to);
    for (; row < end; row++) c->style->row(c->out, to, row);
}

/* With the lock held: gives the next range, once its slot is free. False: there is nothing to do.
 */
static bool take_range(conveyor *c, size_t *range) {
    while (!c->failed && c->taken < c->ranges && c->taken - c->written == c->slot_count) {
        pthread_cond_wait(&c->moved, &c->lock);
    }
    if (c->failed || c->taken == c->ranges) return false;
    *range = c->taken++;
    return true;
}

/* With the lock held: writes what is finished and next, unless another member does so. */
static int write_finished(conveyor *c) {
    int status = 0;
    if (c->writing) return 0;
    c->writing = true;
    for (slot *next; !c->failed && (next = &c->slots[c->written % c->slot_count])->finished;) {
        pthread_mutex_unlock(&c->lock);
        status = write_buffer(&next->text, c->to);
        pthread_mutex_lock(&c->lock);
        next->finished = false;
        c->written++;
        c->failed = status < 0;
        pthread_cond_broadcast(&c->moved);
    }
    c->writing = false;
    return status;
}

static int run_member(yoke_team *team, int member, void *ctx) {
    conveyor *c = ctx;
    int status = 0;
    (void)team;
    (void)member;
    pthread_mutex_lock(&c->lock);
    for (size_t range; !status && take_range(c, &range);) {
        pthread_mutex_unlock(&c->lock);
        format_range(c, range);
        pthread_mutex_lock(&c->lock);
        c->slots[range % c->slot_count].finished = true;
        status = write_finished(c);
    }
    pthread_mutex_unlock(&c->lock);
    return status;
}

int output_threads(const output *out) {
    if (out->rows <= SERIAL_ROWS) return 1;
    return out->threads ? out->threads : yoke_team_default_size();
}

static int write_rows(const output *out, const output_style *style, sink *to) {
    int threads = output_threads(out);
    conveyor c = {
        .out = out,
        .style = style,
        .to = to,
        .ranges = (out->rows + RANGE_ROWS - 1) / RANGE_ROWS,
        .slot_count = threads == 1 ? 1 : (size_t)threads * SLOTS_PER_MEMBER,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .moved = PTHREAD_COND_INITIALIZER,
    };
    c.slots = calloc(c.slot_count, sizeof *c.slots);
    if (!c.slots) return yoke_fail(YOKE_ENOMEM, NULL);
    int status = yoke_team_run(threads, run_member, &c);
    for (size_t i = 0; i < c.slot_count; i++) buffer_free(&c.slots[i].text);
    free(c.slots);
    pthread_cond_destroy(&c.moved);
    pthread_mutex_destroy(&c.lock);
    return status;
}

static int write_frame(const output *out, void (*part)(const output *, buffer *), sink *to) {
    buffer text = {0};
    part(out, &text);
    int status = write_buffer(&text, to);
    buffer_free(&text);
    return status;
}

static void release(output *out) {
    for (size_t i = 0; out->json_names && i < out->column_count; i++) {
        buffer_free(&out->json_names[i]);
    }
    free(out->json_names);
    free(out->widths);
    free(out->right);
    out->json_names = NULL;
    out->widths = NULL;
    out->right = NULL;
}

int output_write(output *out, output_kind kind, sink *to) {
    const output_style *style = styles[kind];
    int status = style->prepare ? style->prepare(out) : 0;
    if (!status) status = write_frame(out, style->header, to);
    if (!status) status = write_rows(out, style, to);
    if (!status && style->footer) status = write_frame(out, style->footer, to);
    release(out);
    return status;
}

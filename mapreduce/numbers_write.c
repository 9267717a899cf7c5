/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing numbers.
 */
#include "kernels/run.h"
#include "mapreduce/numbers.h"

enum { AT_ONCE = 1 << 24 /* bytes between looks at the deadline */ };

static int write_plainly(yoke__line_sink *sink, char *items, size_t size, const yoke_run *run) {
    for (size_t at = 0; at < size;) {
        size_t left = size - at;
        yoke__line_buffer piece = {.text = items + at, .size = left < AT_ONCE ? left : AT_ONCE};
        at += piece.size;
        YOKE_TRY(yoke__run_check(run));
        YOKE_TRY(yoke__line_sink_put(sink, &piece));
    }
    return YOKE_OK;
}

typedef struct writing {
    char *items;
    size_t size, frame;
    const yoke_run *run;
} writing;

static int fill(void *ctx, size_t number, size_t *at, yoke__line_buffer *buffer) {
    const writing *w = ctx;
    size_t begin = number * w->frame, left = w->size - begin;
    buffer->text = w->items + begin;
    buffer->size = left < w->frame ? left : w->frame;
    buffer->lent = true;
    *at = buffer->size;
    return yoke__run_check(w->run);
}

int yoke__numbers_write(yoke__line_sink *sink, char *items, size_t size, size_t frame,
                        const yoke_run *run) {
    if (!size) return YOKE_OK;
    if (!sink->frames) return write_plainly(sink, items, size, run);
    writing w = {.items = items, .size = size, .frame = frame, .run = run};
    size_t frames = yoke__block_count(size, frame);
    return yoke__line_pieces_write(sink, frames, yoke__run_members(run, frames), fill, &w);
}

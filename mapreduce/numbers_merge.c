/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing numbers, and merging runs of them.
 *
 * A stream has one frame of its run at a time. In a round the least of the last numbers of all
 * frames that others follow is the bound: whatever is still to be read stands behind it or is equal
 * to it, so all numbers up to it are collected, sorted, and written, and one frame at least is then
 * used up. Numbers that are equal are the same bytes, so it does not matter which comes first. The
 * sort costs less than a tree of losers on one thread, and uses all of them.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels/run.h"
#include "mapreduce/lines_turns.h"
#include "mapreduce/numbers.h"

/* ---- writing ---- */

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
    yoke__line_sink *sink;
    char *items;
    size_t size, frame;
    const yoke_run *run;
    yoke__line_turns turns;
} writing;

static int write_frame(writing *w, size_t number, yoke__line_buffer *buffer) {
    size_t at = number * w->frame, left = w->size - at;
    buffer->text = w->items + at;
    buffer->size = left < w->frame ? left : w->frame;
    int status = yoke__run_check(w->run);
    if (status >= 0) status = yoke__line_sink_pack(w->sink, buffer);
    if (status >= 0 && !yoke__line_turns_wait(&w->turns, number)) return YOKE_OK;
    if (status >= 0) status = yoke__line_sink_put(w->sink, buffer);
    yoke__line_turns_end(&w->turns, status);
    return status;
}

static int run_member(yoke_team *team, int member, void *ctx) {
    writing *w = ctx;
    yoke__line_buffer buffer = {0};
    int status = YOKE_OK;
    (void)team, (void)member;
    for (size_t number; status >= 0 && yoke__line_turns_take(&w->turns, &number);)
        status = write_frame(w, number, &buffer);
    buffer.text = NULL; /* the caller's */
    yoke__line_buffer_free(&buffer);
    return status;
}

int yoke__numbers_write(yoke__line_sink *sink, char *items, size_t size, size_t frame,
                        const yoke_run *run) {
    if (!size) return YOKE_OK;
    if (!sink->frames) return write_plainly(sink, items, size, run);
    writing w = {.sink = sink, .items = items, .size = size, .frame = frame, .run = run};
    size_t frames = yoke__block_count(size, frame);
    yoke__line_turns_init(&w.turns, frames);
    int status = yoke_team_run(yoke__run_members(run, frames), run_member, &w);
    yoke__line_turns_fini(&w.turns);
    return status;
}

/* ---- merging ---- */

typedef struct merging {
    const yoke__numbers *numbers;
    const yoke_run *run;
    yoke__line_stream *streams;
    size_t count, frame;
    yoke__line_sink *sink;
    char *batch; /* room for a frame of each stream */
    size_t size; /* bytes */
    char last[8];
    bool has_last; /* a number has been written */
} merging;

/* Sees to it that each stream has numbers, unless it has ended. Returns 0 when all have. */
static int fill_streams(merging *m) {
    int more = 0;
    for (size_t i = 0; i < m->count; i++) {
        yoke__line_stream *s = &m->streams[i];
        if (!s->ended && s->begin == s->end) {
            int found = yoke__line_stream_frame(s);
            if (found < 0) return found;
            s->ended = !found;
        }
        more |= !s->ended;
    }
    return more;
}

/* UINT64_MAX when no frame follows. */
static uint64_t find_bound(const merging *m) {
    uint64_t bound = UINT64_MAX;
    for (size_t i = 0; i < m->count; i++) {
        const yoke__line_stream *s = &m->streams[i];
        if (s->ended || s->run.begin == s->run.end) continue;
        uint64_t rank = yoke__numbers_rank(m->numbers, s->text + s->end - m->numbers->size);
        if (rank < bound) bound = rank;
    }
    return bound;
}

/* Moves a stream's numbers up to the bound to the batch. */
static void take(merging *m, yoke__line_stream *s, uint64_t bound) {
    size_t size = m->numbers->size, low = 0, high = (s->end - s->begin) / size;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (yoke__numbers_rank(m->numbers, s->text + s->begin + middle * size) <= bound)
            low = middle + 1;
        else
            high = middle;
    }
    memcpy(m->batch + m->size, s->text + s->begin, low * size);
    s->begin += low * size;
    m->size += low * size;
}

static int write_batch(merging *m) {
    const yoke__numbers *of = m->numbers;
    size_t n = m->size / of->size;
    YOKE_TRY(of->sort(m->batch, n, of->order, m->run));
    if (of->unique) n = yoke__numbers_drop(of, m->batch, n, m->has_last ? m->last : NULL);
    m->size = n * of->size;
    if (n) memcpy(m->last, m->batch + m->size - of->size, of->size);
    m->has_last |= n != 0;
    return yoke__numbers_write(m->sink, m->batch, m->size, m->frame, m->run);
}

static int merge_all(merging *m) {
    for (;;) {
        int more = fill_streams(m);
        if (more <= 0) return more;
        uint64_t bound = find_bound(m);
        m->size = 0;
        for (size_t i = 0; i < m->count; i++)
            if (!m->streams[i].ended) take(m, &m->streams[i], bound);
        YOKE_TRY(write_batch(m));
    }
}

int yoke__numbers_merge(const yoke__numbers *numbers, const yoke__line_run *runs, size_t count,
                        size_t frame, yoke__line_sink *sink, const yoke_run *run) {
    YOKE__REGION("merge numbers", YOKE_ACTIVITY_WORK);
    merging m = {
        .numbers = numbers,
        .run = run,
        .count = count,
        .frame = frame,
        .sink = sink,
        .streams = calloc(count + 1, sizeof *m.streams),
        .batch = yoke_aligned_alloc(count * frame + 1),
    };
    int status = m.streams && m.batch ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; m.streams && i < count; i++)
        m.streams[i] = (yoke__line_stream){.framed = true, .run = runs[i]};
    if (status >= 0) status = merge_all(&m);
    for (size_t i = 0; m.streams && i < count; i++) yoke__line_stream_close(&m.streams[i]);
    free(m.streams);
    yoke_aligned_free(m.batch);
    return status;
}

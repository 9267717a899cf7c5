/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing a sorted chunk. Members take ranges of records in order, gather their lines in buffers of
 * their own, compress them where that is asked for, and write when those before them have written.
 * Whom a member waits for has taken its range before, so it has begun and does not wait for this
 * one; members that run one after the other never wait.
 */
#include <pthread.h>
#include <string.h>

#include "mapreduce/lines_sink.h"

enum {
    BUFFER = 1 << 18, /* bytes that members gather, if no line is longer */
    AHEAD = 16,       /* lines fetched early */
    LONGEST_RANGE = 1 << 13,
};

typedef struct writing {
    const yoke__line_chunk *chunk;
    yoke__line_sink *sink;
    size_t range; /* records in a range */
    size_t ranges;
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t moved;
    size_t taken, written;
    bool failed;
} writing;

/* ---- turns ---- */

static bool take(writing *w, size_t *range) {
    pthread_mutex_lock(&w->lock);
    bool more = !w->failed && w->taken < w->ranges;
    if (more) *range = w->taken++;
    pthread_mutex_unlock(&w->lock);
    return more;
}

/* False when somebody has failed. */
static bool wait_for_turn(writing *w, size_t range) {
    pthread_mutex_lock(&w->lock);
    while (!w->failed && w->written != range) pthread_cond_wait(&w->moved, &w->lock);
    bool mine = !w->failed;
    pthread_mutex_unlock(&w->lock);
    return mine;
}

static void end_turn(writing *w, int status) {
    pthread_mutex_lock(&w->lock);
    if (status < 0)
        w->failed = true;
    else
        w->written++;
    pthread_cond_broadcast(&w->moved);
    pthread_mutex_unlock(&w->lock);
}

/* ---- gathering ---- */

/* Adds lines until the buffer is full: one at least. `at` moves on. */
static int gather(const yoke__line_chunk *c, yoke__line_buffer *buffer, size_t *at, size_t end) {
    const yoke__record *records = c->records;
    for (; *at < end; ++*at) {
        if (*at + AHEAD < end)
            __builtin_prefetch(yoke__line_data(c->base, records[*at + AHEAD].place));
        if (records[*at].place & YOKE__PLACE_EQUAL) continue;
        yoke_string line = yoke__line_at(c->base, records[*at].place, c->plan->end);
        size_t size = line.size + 1; /* with its end */
        if (size > buffer->capacity - buffer->size) {
            if (buffer->size) return YOKE_OK;
            YOKE_TRY(yoke__line_buffer_reserve(buffer, size));
        }
        memcpy(buffer->text + buffer->size, line.data, size);
        buffer->size += size;
    }
    return YOKE_OK;
}

static int fill(const writing *w, yoke__line_buffer *buffer, size_t *at, size_t end) {
    YOKE_TRY(yoke__run_check(w->chunk->run));
    YOKE_TRY(gather(w->chunk, buffer, at, end));
    return yoke__line_sink_pack(w->sink, buffer);
}

static int write_range(writing *w, yoke__line_buffer *buffer, size_t range) {
    size_t at = range * w->range, lines = w->chunk->lines;
    size_t end = lines - at < w->range ? lines : at + w->range;
    int status = fill(w, buffer, &at, end);
    if (status >= 0 && !wait_for_turn(w, range)) return YOKE_OK;
    if (status >= 0) status = yoke__line_sink_put(w->sink, buffer);
    while (status >= 0 && at < end) {
        status = fill(w, buffer, &at, end);
        if (status >= 0) status = yoke__line_sink_put(w->sink, buffer);
    }
    end_turn(w, status);
    return status;
}

static int run_member(yoke_team *team, int member, void *ctx) {
    writing *w = ctx;
    yoke__line_buffer buffer = {0};
    (void)team, (void)member;
    int status = yoke__line_buffer_reserve(&buffer, BUFFER);
    if (status < 0) end_turn(w, status);
    for (size_t range; status >= 0 && take(w, &range);) status = write_range(w, &buffer, range);
    yoke__line_buffer_free(&buffer);
    return status;
}

int yoke__line_chunk_write(const yoke__line_chunk *c, yoke__line_sink *sink) {
    if (!c->lines) return YOKE_OK;
    size_t fitting = BUFFER / (c->used / c->lines + 1) * 7 / 8; /* so that few need two buffers */
    writing w = {
        .chunk = c,
        .sink = sink,
        .range = fitting < 1               ? 1
                 : fitting < LONGEST_RANGE ? fitting
                                           : LONGEST_RANGE,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .moved = PTHREAD_COND_INITIALIZER,
    };
    w.ranges = yoke__block_count(c->lines, w.range);
    int members = yoke__run_members(c->run, w.ranges);
    int status = yoke_team_run(members, run_member, &w);
    pthread_cond_destroy(&w.moved);
    pthread_mutex_destroy(&w.lock);
    return status;
}

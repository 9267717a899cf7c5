/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing a sorted chunk. Members take ranges of records in order, gather their lines in buffers of
 * their own, compress them where that is asked for, and write when those before them have written.
 */
#include <string.h>

#include "mapreduce/lines_sink.h"
#include "mapreduce/lines_turns.h"
#include "runtime/region.h"

enum {
    BUFFER = 1 << 18, /* bytes that members gather, if no line is longer */
    AHEAD = 16,       /* lines fetched early */
    LONGEST_RANGE = 1 << 13,
};

typedef struct writing {
    const yoke__line_chunk *chunk;
    yoke__line_words words;
    yoke__line_sink *sink;
    size_t range; /* records in a range */
    yoke__line_turns turns;
} writing;

/* ---- gathering ---- */

int yoke__line_gather(const yoke__line_words *of, const yoke__record *records, size_t *at,
                      size_t end, yoke__line_buffer *buffer) {
    for (; *at < end; ++*at) {
        if (*at + AHEAD < end)
            __builtin_prefetch(yoke__line_data(of->base, records[*at + AHEAD].place));
        if (records[*at].place & YOKE__PLACE_EQUAL) continue;
        yoke_string line = yoke__line_at(of->base, records[*at].place, of->plan->end);
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
    YOKE_TRY(yoke__line_gather(&w->words, w->chunk->records, at, end, buffer));
    return yoke__line_sink_pack(w->sink, buffer);
}

static int write_range(writing *w, yoke__line_buffer *buffer, size_t range) {
    size_t at = range * w->range, lines = w->chunk->lines;
    size_t end = lines - at < w->range ? lines : at + w->range;
    int status = fill(w, buffer, &at, end);
    if (status >= 0 && !yoke__line_turns_wait(&w->turns, range)) return YOKE_OK;
    if (status >= 0) status = yoke__line_sink_put(w->sink, buffer);
    while (status >= 0 && at < end) {
        status = fill(w, buffer, &at, end);
        if (status >= 0) status = yoke__line_sink_put(w->sink, buffer);
    }
    yoke__line_turns_end(&w->turns, status);
    return status;
}

static int run_member(yoke_team *team, int member, void *ctx) {
    writing *w = ctx;
    yoke__line_buffer buffer = {0};
    (void)team, (void)member;
    int status = yoke__line_buffer_reserve(&buffer, BUFFER);
    if (status < 0) yoke__line_turns_end(&w->turns, status);
    for (size_t range; status >= 0 && yoke__line_turns_take(&w->turns, &range);)
        status = write_range(w, &buffer, range);
    yoke__line_buffer_free(&buffer);
    return status;
}

int yoke__line_chunk_write(const yoke__line_chunk *c, yoke__line_sink *sink) {
    YOKE__REGION("write lines", YOKE_ACTIVITY_WORK);
    if (!c->lines) return YOKE_OK;
    size_t fitting = BUFFER / (c->used / c->lines + 1) * 7 / 8; /* so that few need two buffers */
    writing w = {
        .chunk = c,
        .words = yoke__line_words_of(c->plan, c->base),
        .sink = sink,
        .range = fitting < 1               ? 1
                 : fitting < LONGEST_RANGE ? fitting
                                           : LONGEST_RANGE,
    };
    size_t ranges = yoke__block_count(c->lines, w.range);
    yoke__line_turns_init(&w.turns, ranges);
    yoke_run how = yoke__line_run_for(c->run, c->used);
    int members = yoke__run_members(&how, ranges);
    int status = yoke_team_run(members, run_member, &w);
    yoke__line_turns_fini(&w.turns);
    return status;
}

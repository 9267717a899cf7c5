/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing a sorted chunk. Members take ranges of records in order, gather their lines in buffers of
 * their own, compress them where that is asked for, and write when those before them have written.
 */
#include <string.h>

#include "mapreduce/lines_sink.h"
#include "runtime/region.h"

enum {
    BUFFER = 1 << 18, /* bytes that members gather, if no line is longer */
    AHEAD = 16,       /* lines fetched early */
    LONGEST_RANGE = 1 << 13,
};

typedef struct writing {
    const yoke__line_chunk *chunk;
    yoke__line_words words;
    size_t range; /* records in a range */
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

static int fill(void *ctx, size_t range, size_t *at, yoke__line_buffer *buffer) {
    const writing *w = ctx;
    size_t begin = range * w->range, lines = w->chunk->lines, place = begin + *at;
    size_t end = lines - begin < w->range ? lines : begin + w->range;
    YOKE_TRY(yoke__run_check(w->chunk->run));
    YOKE_TRY(yoke__line_buffer_reserve(buffer, BUFFER));
    YOKE_TRY(yoke__line_gather(&w->words, w->chunk->records, &place, end, buffer));
    *at = place - begin;
    return place < end;
}

int yoke__line_chunk_write(const yoke__line_chunk *c, yoke__line_sink *sink) {
    YOKE__REGION("write lines", YOKE_ACTIVITY_WORK);
    if (!c->lines) return YOKE_OK;
    size_t fitting = BUFFER / (c->used / c->lines + 1) * 7 / 8; /* so that few need two buffers */
    writing w = {
        .chunk = c,
        .words = yoke__line_words_of(c->plan, c->base),
        .range = fitting < 1               ? 1
                 : fitting < LONGEST_RANGE ? fitting
                                           : LONGEST_RANGE,
    };
    size_t ranges = yoke__block_count(c->lines, w.range);
    yoke_run how = yoke__line_run_for(c->run, c->used);
    return yoke__line_pieces_write(sink, ranges, yoke__run_members(&how, ranges), fill, &w);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting and writing ranges. A member sorts a range alone, gathers a first part of it where the
 * records were moved to and fro, and when its turn has come writes that, the rest, and gives the
 * pages back.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mapreduce/lines_deal.h"
#include "mapreduce/lines_turns.h"
#include "runtime/region.h"

enum { BUFFER = 1 << 18 /* bytes that are gathered at a time, one line at least */ };

typedef struct writing {
    const yoke__line_deal *deal;
    yoke__line_words words;
    yoke__line_sink *sink;
    size_t segments; /* in the largest range */
    yoke__line_turns turns;
} writing;

/* What a member works with. */
typedef struct place {
    yoke__line_segment *segments; /* of the range */
    yoke__line_map map;
    yoke__record *records, *spare;
    yoke__line_buffer buffer; /* in the place of the spare ones */
} place;

/* ---- sizes ---- */

static void measure(writing *w) {
    const yoke__line_deal *d = w->deal;
    for (size_t range = 0; range < YOKE__RANGES; range++) {
        size_t segments = 0;
        for (int i = 0; i < d->members; i++) segments += d->hands[i].lots[range].count;
        if (segments > w->segments) w->segments = segments;
    }
}

static int open_place(const writing *w, place *p) {
    size_t bytes = w->deal->lines * sizeof *p->records;
    size_t buffer = bytes > BUFFER + w->deal->longest ? bytes : BUFFER + w->deal->longest;
    *p = (place){.segments = malloc((w->segments + 1) * sizeof *p->segments)};
    if (!p->segments) return yoke_fail(YOKE_ENOMEM, NULL);
    YOKE_TRY(yoke__line_map_open(&p->map, bytes + buffer));
    p->records = (yoke__record *)p->map.base;
    p->spare = p->records + w->deal->lines;
    p->buffer = (yoke__line_buffer){.text = (char *)p->spare, .capacity = buffer};
    return YOKE_OK;
}

static void close_place(place *p) {
    free(p->segments);
    yoke__line_map_close(&p->map);
}

/* ---- a range ---- */

static int compare_segments(const void *a, const void *b) {
    const yoke__line_segment *x = a, *y = b;
    if (x->block != y->block) return x->block < y->block ? -1 : 1;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* Puts the segments of all members into the order of the input. Pages are taken in order, so
 * within a block that is the order of places. */
static size_t collect(const yoke__line_deal *d, yoke__line_segment *segments, size_t range) {
    size_t count = 0;
    for (int i = 0; i < d->members; i++) {
        const yoke__line_lot *lot = &d->hands[i].lots[range];
        if (lot->count) memcpy(segments + count, lot->segments, lot->count * sizeof *segments);
        count += lot->count;
    }
    qsort(segments, count, sizeof *segments, compare_segments);
    return count;
}

static yoke__record *make_records(const yoke__line_deal *d, const yoke__line_segment *segment,
                                  uint32_t level, yoke__record *record) {
    const char *text = d->map.base + segment->begin;
    uint32_t ends[YOKE__LINE_ENDS_ROOM];
    for (size_t at = 0, begin = 0; begin < segment->size;) {
        size_t count = yoke__line_ends(text, &at, segment->size, d->plan->end, ends);
        for (size_t i = 0; i < count; begin = ends[i++] + 1, record++) {
            yoke_string line = {text + begin, ends[i] - begin};
            uint64_t word = level < YOKE__LEVEL_COMPARE ? yoke__line_word(d->plan, line, level) : 0;
            *record = (yoke__record){word, yoke__line_place(segment->begin + begin, line.size)};
        }
    }
    return record;
}

/* The range's records in order, from the first words that they may not have in common. */
static size_t sort_range(const writing *w, place *p, size_t range, size_t count) {
    uint32_t level = w->deal->bounds->levels[range];
    yoke__record *end = p->records;
    for (size_t i = 0; i < count; i++) end = make_records(w->deal, &p->segments[i], level, end);
    size_t lines = (size_t)(end - p->records);
    if (level != YOKE__LEVEL_END)
        yoke__sort_words_serial(&w->words.words, p->records, p->spare, lines, level, 0);
    else if (w->deal->plan->unique && lines)
        lines = 1;
    return lines;
}

/* The range's text is written: its huge pages are free for the output of the next ones. Pages of
 * other sizes are parts of huge ones, which would not be freed. */
static void release(const yoke__line_deal *d, const yoke__line_segment *segments, size_t count) {
    if (d->page != YOKE__HUGE_PAGE) return;
    for (size_t i = 0, last = SIZE_MAX; i < count; i++) {
        size_t page = segments[i].begin / d->page;
        if (page != last) madvise(d->map.base + page * d->page, d->page, MADV_DONTNEED);
        last = page;
    }
}

static int fill(const writing *w, place *p, size_t *at, size_t lines) {
    YOKE_TRY(yoke__run_check(w->deal->run));
    return yoke__line_gather(&w->words, p->records, at, lines, &p->buffer);
}

static int write_range(writing *w, place *p, size_t range) {
    size_t count = collect(w->deal, p->segments, range), at = 0;
    size_t lines = sort_range(w, p, range, count);
    int status = fill(w, p, &at, lines);
    if (status >= 0 && !yoke__line_turns_wait(&w->turns, range)) return YOKE_OK;
    if (status >= 0) status = yoke__line_sink_put(w->sink, &p->buffer);
    while (status >= 0 && at < lines) {
        status = fill(w, p, &at, lines);
        if (status >= 0) status = yoke__line_sink_put(w->sink, &p->buffer);
    }
    yoke__line_turns_end(&w->turns, status);
    release(w->deal, p->segments, count);
    return status;
}

static int run_member(yoke_team *team, int member, void *ctx) {
    writing *w = ctx;
    place p;
    (void)team, (void)member;
    int status = open_place(w, &p);
    if (status < 0) yoke__line_turns_end(&w->turns, status);
    for (size_t range; status >= 0 && yoke__line_turns_take(&w->turns, &range);)
        status = write_range(w, &p, range);
    close_place(&p);
    return status;
}

int yoke__line_deal_write(yoke__line_deal *d, yoke__line_sink *sink) {
    YOKE__REGION("sort and write lines", YOKE_ACTIVITY_WORK);
    writing w = {.deal = d, .words = yoke__line_words_of(d->plan, d->map.base), .sink = sink};
    measure(&w);
    yoke__line_turns_init(&w.turns, YOKE__RANGES);
    int members = d->members < YOKE__RANGES ? d->members : YOKE__RANGES;
    int status = yoke_team_run(members, run_member, &w);
    yoke__line_turns_fini(&w.turns);
    return status;
}

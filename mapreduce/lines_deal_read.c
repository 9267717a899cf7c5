/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and dealing. A block has the lines that begin in it; the one at its end is read to its
 * end. Blocks are taken in order, so the segments of a lot are in order, too. Whatever is not as it
 * seemed when the inputs were looked at makes all members give up.
 */
#include <stdlib.h>
#include <string.h>

#include "mapreduce/lines_deal.h"
#include "mapreduce/scan.h"
#include "runtime/region.h"

enum {
    TAIL = 1 << 10, /* bytes read at a time behind a block */
};

_Static_assert(YOKE__LINE_ENDS_ROOM <= YOKE__LINES_TOGETHER, "ends are looked for together");

typedef struct block {
    const yoke__line_input *input;
    uint64_t begin, end; /* in the input */
    size_t number;
} block;

/* ---- ends of lines ---- */

size_t yoke__line_ends(const char *text, size_t *at, size_t end, unsigned char byte,
                       uint32_t *ends) {
    size_t count = 0;
    if (byte == '\n') {
        yoke_scan scan = {.delimiter = '\n', .position = *at};
        count = yoke__scan_select(NULL)->separators(&scan, text, end, ends, YOKE__DEALT);
        *at = scan.position;
        return count;
    }
    for (const char *found; count < YOKE__DEALT; *at = ends[count++] + 1) {
        found = *at < end ? memchr(text + *at, byte, end - *at) : NULL;
        if (!found) {
            *at = end;
            break;
        }
        ends[count] = (uint32_t)(found - text);
    }
    return count;
}

/* ---- lots ---- */

static int close_segment(yoke__line_lot *lot, size_t number) {
    if (lot->at == lot->begin) return YOKE_OK;
    if (lot->count == lot->capacity) {
        size_t capacity = lot->capacity ? 2 * lot->capacity : 64;
        yoke__line_segment *segments = realloc(lot->segments, capacity * sizeof *segments);
        if (!segments) return yoke_fail(YOKE_ENOMEM, NULL);
        lot->segments = segments;
        lot->capacity = capacity;
    }
    lot->segments[lot->count++] = (yoke__line_segment){number, lot->begin, lot->at - lot->begin};
    lot->bytes += lot->at - lot->begin;
    lot->begin = lot->at;
    return YOKE_OK;
}

static void give_up(yoke__line_deal *d) { atomic_store(&d->given_up, true); }

/* 1, or 0 when there is none left. */
static int take_page(yoke__line_deal *d, yoke__line_lot *lot, size_t number) {
    YOKE_TRY(close_segment(lot, number));
    pthread_mutex_lock(&d->lock);
    size_t page = d->taken < d->pages ? d->taken++ : d->pages;
    pthread_mutex_unlock(&d->lock);
    if (page == d->pages) return 0;
    lot->begin = lot->at = page * d->page;
    lot->end = lot->at + d->page;
    return 1;
}

/* Puts a line with its end into a lot. */
static inline int put(yoke__line_deal *d, yoke__line_lot *lot, const char *line, size_t size,
                      size_t number) {
    if (size > lot->end - lot->at) {
        int more = size <= d->longest ? take_page(d, lot, number) : 0;
        if (more <= 0) return more;
    }
    memcpy(d->map.base + lot->at, line, size);
    lot->at += size;
    lot->lines++;
    return 1;
}

/* ---- dealing ---- */

/* Of lines that are equal in all keys, and of which one is wanted, a lot needs the first. */
static inline bool is_needed(const yoke__line_deal *d, const yoke__line_hand *hand, size_t range) {
    return !d->plan->unique || d->bounds->levels[range] != YOKE__LEVEL_END ||
           !hand->lots[range].lines;
}

/* How far on a block is, for equal lines; unique ones all go to the first of their ranges. */
static uint32_t share_of(const yoke__line_deal *d, size_t number) {
    return d->plan->unique ? 0 : (uint32_t)(number * YOKE__SHARES / d->blocks);
}

/* Lines from *begin on with these ends. */
static int deal_lines(yoke__line_deal *d, yoke__line_hand *hand, size_t *begin,
                      const uint32_t *ends, size_t count, size_t number) {
    uint8_t ranges[YOKE__LINES_TOGETHER];
    yoke__line_bounds_find(d->bounds, d->plan, hand->text, *begin, ends, count, share_of(d, number),
                           ranges);
    for (size_t i = 0; i < count; *begin = ends[i++] + 1) {
        if (!is_needed(d, hand, ranges[i])) continue;
        int done =
            put(d, &hand->lots[ranges[i]], hand->text + *begin, ends[i] + 1 - *begin, number);
        if (done <= 0) return done;
    }
    return 1;
}

/* Deals whole lines: text[begin] up to text[end]. */
static int deal_text(yoke__line_deal *d, yoke__line_hand *hand, size_t begin, size_t end,
                     size_t number) {
    uint32_t ends[YOKE__LINE_ENDS_ROOM];
    for (size_t at = begin; begin < end;) {
        size_t count = yoke__line_ends(hand->text, &at, end, d->plan->end, ends);
        int done = deal_lines(d, hand, &begin, ends, count, number);
        if (done <= 0) return done;
    }
    for (size_t range = 0; range < YOKE__RANGES; range++)
        YOKE_TRY(close_segment(&hand->lots[range], number));
    return 1;
}

/* ---- blocks ---- */

static bool take_block(yoke__line_deal *d, block *b) {
    pthread_mutex_lock(&d->lock);
    while (d->input < d->input_count && d->at >= d->inputs[d->input].size)
        if (++d->input < d->input_count) d->at = d->inputs[d->input].at;
    bool more = d->input < d->input_count;
    if (more) {
        const yoke__line_input *input = &d->inputs[d->input];
        uint64_t left = input->size - d->at;
        uint64_t size = left < YOKE__DEAL_BLOCK ? left : YOKE__DEAL_BLOCK;
        *b = (block){input, d->at, d->at + size, d->block++};
        d->at += size;
    }
    pthread_mutex_unlock(&d->lock);
    return more;
}

/* All of `size` bytes: 1, or 0 when they are not there. */
static int read_whole(const block *b, char *to, size_t size, uint64_t offset) {
    ssize_t got = yoke__line_input_read_at(b->input, to, size, offset);
    return got < 0 ? (int)got : (size_t)got == size;
}

/* Reads the line at the end of the text up to its end; that of the input is one. */
static int read_tail(const yoke__line_deal *d, const block *b, char *text, size_t *size) {
    uint64_t offset = b->end;
    for (size_t done = 0; text[*size - 1] != (char)d->plan->end;) {
        if (offset == b->input->size) {
            text[(*size)++] = (char)d->plan->end;
            break;
        }
        uint64_t left = b->input->size - offset;
        size_t more = left < TAIL ? (size_t)left : TAIL;
        if (done == d->longest) return 0;
        if (more > d->longest - done) more = d->longest - done;
        int status = read_whole(b, text + *size, more, offset);
        if (status <= 0) return status;
        const char *end = memchr(text + *size, d->plan->end, more);
        *size += end ? (size_t)(end - (text + *size)) + 1 : more;
        offset += more, done += more;
    }
    return 1;
}

static int deal_block(yoke__line_deal *d, yoke__line_hand *hand, const block *b) {
    size_t before = b->begin > b->input->at, size = (size_t)(b->end - b->begin) + before;
    char *text = hand->text;
    int status = read_whole(b, text, size, b->begin - before);
    if (status <= 0) return status;
    const char *last = before ? memchr(text, d->plan->end, size) : text - 1;
    if (!last || last + 1 == text + size) return 1; /* no line begins here */
    status = read_tail(d, b, text, &size);
    if (status <= 0) return status;
    return deal_text(d, hand, (size_t)(last + 1 - text), size, b->number);
}

static int run_member(yoke_team *team, int member, void *ctx) {
    yoke__line_deal *d = ctx;
    block b;
    while (!yoke_team_stopping(team) && !atomic_load(&d->given_up) && take_block(d, &b)) {
        YOKE_TRY(yoke__run_check(d->run));
        int status = deal_block(d, &d->hands[member], &b);
        if (status < 0) return status;
        if (!status) give_up(d);
        d->hands[member].read += b.end - b.begin;
        yoke_progress_add(d->progress, b.end - b.begin);
    }
    return YOKE_OK;
}

/* Whether an input has become longer meanwhile: as it may have done within a line. */
static int has_grown(const yoke__line_input *input) {
    char byte;
    if (input->descriptor < 0) return 0;
    return (int)yoke__line_input_read_at(input, &byte, 1, input->size);
}

/* Whether the memory is enough for the largest range, too: the sample may have been a bad one. */
static bool has_room(yoke__line_deal *d) {
    for (size_t range = 0; range < YOKE__RANGES; range++) {
        size_t lines = 0;
        for (int i = 0; i < d->members; i++) lines += d->hands[i].lots[range].lines;
        if (lines > d->lines) d->lines = lines;
    }
    return (uint64_t)d->taken * d->page + yoke__line_deal_records(d, d->lines) <= d->memory;
}

int yoke__line_deal_read(yoke__line_deal *d) {
    YOKE__REGION("read and deal lines", YOKE_ACTIVITY_WORK);
    YOKE_TRY(yoke_team_run(d->members, run_member, d));
    for (size_t i = 0; i < d->input_count && !atomic_load(&d->given_up); i++) {
        int grown = has_grown(&d->inputs[i]);
        if (grown < 0) return grown;
        if (grown) give_up(d);
    }
    if (!atomic_load(&d->given_up) && has_room(d)) return 1;
    for (int i = 0; i < d->members; i++) yoke_progress_add(d->progress, -d->hands[i].read);
    return 0;
}

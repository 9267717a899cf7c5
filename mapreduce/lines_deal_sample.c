/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounds of ranges: some lines at each of many places, evenly spaced, so that inputs in any
 * order give about the same bounds. They are kept and sorted as lines are.
 */
#include <stdlib.h>
#include <string.h>

#include "mapreduce/lines_deal.h"

enum {
    PLACES = 1024,
    PLACE = 4096, /* bytes read at one */
    A_PLACE = 4,  /* lines looked at */
    LEAST = 512,  /* lines that are enough of a sample */
};

typedef struct sample {
    yoke__record records[PLACES * A_PLACE], spare[PLACES * A_PLACE];
    size_t count;
    char text[PLACES * PLACE + YOKE__LINE_ENDS_SLACK]; /* pages are taken when they are used */
    size_t size;                                       /* of whole lines in it */
} sample;

/* Keeps the first whole lines of the text behind what is kept; where it does not begin an input,
 * behind a line. */
static void look(sample *s, const yoke__line_plan *plan, size_t size, bool begins) {
    char *text = s->text + s->size;
    size_t begin = 0, taken = 0, first = 0;
    for (const char *found; taken < A_PLACE && begin < size; taken += begins, begins = true) {
        found = memchr(text + begin, plan->end, size - begin);
        if (!found) break;
        size_t end = (size_t)(found - text);
        if (begins)
            s->records[s->count++].place = yoke__line_place(s->size + begin - first, end - begin);
        else
            first = end + 1;
        begin = end + 1;
    }
    if (first > begin) first = begin;
    memmove(text, text + first, begin - first);
    s->size += begin - first;
}

/* Reads at `offset` in all inputs taken together. */
static int visit(sample *s, const yoke__line_deal *d, uint64_t offset) {
    const yoke__line_input *input = d->inputs;
    for (; offset >= yoke__line_input_left(input); input++) offset -= yoke__line_input_left(input);
    uint64_t left = yoke__line_input_left(input) - offset;
    ssize_t got = yoke__line_input_read_at(input, s->text + s->size,
                                           left < PLACE ? (size_t)left : PLACE, input->at + offset);
    if (got < 0) return (int)got;
    look(s, d->plan, (size_t)got, !offset);
    return YOKE_OK;
}

static void sort_lines(sample *s, const yoke__line_plan *plan) {
    yoke__line_words words = yoke__line_words_of(plan, s->text);
    words.words.mark = false;
    words.words.load(&words.words, s->records, s->count, 0);
    yoke__sort_words_serial(&words.words, s->records, s->spare, s->count, 0, 0);
}

static int choose_bounds(yoke__line_deal *d, const sample *s) {
    yoke_string lines[YOKE__BOUNDS];
    for (size_t i = 0; i < YOKE__BOUNDS; i++) {
        uint64_t place = s->records[(i + 1) * s->count / YOKE__RANGES].place;
        lines[i] = yoke__line_at(s->text, place, d->plan->end);
    }
    d->bounds = malloc(sizeof *d->bounds);
    if (!d->bounds) return yoke_fail(YOKE_ENOMEM, NULL);
    return yoke__line_bounds_make(d->bounds, d->plan, lines);
}

static int draw(yoke__line_deal *d, sample *s) {
    uint64_t places = d->total / PLACE < PLACES ? d->total / PLACE + 1 : PLACES;
    uint64_t step = d->total / places;
    for (uint64_t i = 0; i < places; i++) YOKE_TRY(visit(s, d, step * i));
    if (s->count < LEAST) return 0;
    d->line_size = s->size / s->count;
    sort_lines(s, d->plan);
    return choose_bounds(d, s);
}

int yoke__line_deal_sample(yoke__line_deal *d) {
    sample *s = malloc(sizeof *s);
    if (!s) return yoke_fail(YOKE_ENOMEM, NULL);
    s->count = s->size = 0;
    int status = draw(d, s);
    free(s);
    return status;
}

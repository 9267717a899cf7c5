/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounds of ranges: some lines at each of many places, evenly spaced, so that inputs in any
 * order give about the same bounds.
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
    uint64_t words[PLACES * A_PLACE];
    size_t count, bytes;
    char text[PLACE + YOKE__LINE_ENDS_SLACK];
} sample;

static int compare_words(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The first whole lines in the text; where it does not begin an input, behind a line. */
static void look(sample *s, const yoke__line_plan *plan, size_t size, bool begins) {
    size_t begin = 0, taken = 0;
    for (const char *found; taken < A_PLACE && begin < size; taken += begins, begins = true) {
        found = memchr(s->text + begin, plan->end, size - begin);
        if (!found) return;
        size_t end = (size_t)(found - s->text);
        if (begins) {
            yoke_string line = {s->text + begin, end - begin};
            s->words[s->count++] = yoke__line_word(plan, line, 0);
            s->bytes += line.size + 1;
        }
        begin = end + 1;
    }
}

/* Reads at `offset` in all inputs taken together. */
static int visit(sample *s, const yoke__line_deal *d, uint64_t offset) {
    const yoke__line_input *input = d->inputs;
    for (; offset >= yoke__line_input_left(input); input++) offset -= yoke__line_input_left(input);
    uint64_t left = yoke__line_input_left(input) - offset;
    ssize_t got = yoke__line_input_read_at(input, s->text, left < PLACE ? (size_t)left : PLACE,
                                           input->at + offset);
    if (got < 0) return (int)got;
    look(s, d->plan, (size_t)got, !offset);
    return YOKE_OK;
}

/* False when a word fills more than a range: where a bound would be it three times. */
static bool choose_bounds(yoke__line_deal *d, sample *s) {
    enum { BOUNDS = YOKE__RANGES - 1 };
    qsort(s->words, s->count, sizeof *s->words, compare_words);
    for (size_t i = 0; i < BOUNDS; i++) {
        d->bounds[i] = s->words[(i + 1) * s->count / YOKE__RANGES];
        if (i >= 2 && d->bounds[i] == d->bounds[i - 2]) return false;
    }
    d->bounds[BOUNDS] = UINT64_MAX;
    return true;
}

static int draw(yoke__line_deal *d, sample *s) {
    s->count = s->bytes = 0;
    uint64_t places = d->total / PLACE < PLACES ? d->total / PLACE + 1 : PLACES;
    uint64_t step = d->total / places;
    for (uint64_t i = 0; i < places; i++) YOKE_TRY(visit(s, d, step * i));
    if (s->count < LEAST) return 0;
    d->line_size = s->bytes / s->count;
    return choose_bounds(d, s);
}

int yoke__line_deal_sample(yoke__line_deal *d) {
    sample *s = malloc(sizeof *s);
    if (!s) return yoke_fail(YOKE_ENOMEM, NULL);
    memset(s->text, 0, sizeof s->text);
    int status = draw(d, s);
    free(s);
    return status;
}

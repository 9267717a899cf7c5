/* SPDX-License-Identifier: Apache-2.0
 *
 * Dealing from begin to end: whether it pays, the memory for it, and the order of the steps.
 *
 * The memory is cut into pages; a lot takes one after the other, so that all lots together waste
 * about half a page each and lines never span two. Hence long lines are not for dealing.
 */
#include "mapreduce/lines_deal.h"

#include <stdlib.h>

#include "runtime/region.h"
#include "yoke/memory.h"

#define LEAST_PAGE   ((size_t)64 << 10)
#define LARGEST_DEAL ((uint64_t)1 << 38) /* what a place can hold, and more */

enum {
    MOST_INPUTS = 64,  /* all are open at the same time */
    LINES_A_PAGE = 32, /* of the longest */
};

/* ---- what can be dealt ---- */

/* Whether all inputs have known sizes and can be read from any place; and one descriptor at most,
 * since two of them may share a position. */
static bool is_known(const yoke_input *inputs, size_t count, uint64_t *total) {
    size_t descriptors = 0;
    *total = 0;
    if (!count || count > MOST_INPUTS) return false;
    for (size_t i = 0; i < count; i++) {
        uint64_t size = yoke__line_input_size(&inputs[i]);
        if (size > LARGEST_DEAL || (!size && inputs[i].kind != YOKE_INPUT_MEMORY)) return false;
        *total += size;
        descriptors += inputs[i].kind != YOKE_INPUT_MEMORY && !inputs[i].name;
    }
    return *total && *total < LARGEST_DEAL && descriptors < 2;
}

static size_t page_size(uint64_t total, size_t lots) {
    size_t page = YOKE__HUGE_PAGE;
    while (page > LEAST_PAGE && page * lots > total / 4) page /= 2;
    return page;
}

/* Text, what lots waste, and records of two ranges (one, if it is twice the usual) a member. */
static bool fits(const yoke__line_deal *d) {
    uint64_t lots = (uint64_t)d->members * YOKE__RANGES, lines = d->total / d->line_size + 1;
    uint64_t records = yoke__line_deal_records(d, (lines / YOKE__RANGES + 1) * 2);
    uint64_t need = d->total + d->total / LINES_A_PAGE + lots * d->page + records +
                    (uint64_t)d->members * (YOKE__DEAL_BLOCK + d->longest);
    return need <= d->memory;
}

/* ---- memory ---- */

static int open_hands(yoke__line_deal *d) {
    size_t lots = (size_t)d->members * YOKE__RANGES, text = d->page - d->longest;
    d->pages = (size_t)(d->total / text) + 1 + lots;
    YOKE_TRY(yoke__line_map_open(&d->map, d->pages * d->page + YOKE__LINE_ENDS_SLACK));
    d->hands = calloc((size_t)d->members, sizeof *d->hands);
    if (!d->hands) return yoke_fail(YOKE_ENOMEM, NULL);
    size_t size = 1 + YOKE__DEAL_BLOCK + d->longest + YOKE__LINE_ENDS_SLACK;
    for (int i = 0; i < d->members; i++) {
        d->hands[i].text = yoke_aligned_alloc(size);
        if (!d->hands[i].text) return yoke_fail(YOKE_ENOMEM, NULL);
    }
    return YOKE_OK;
}

static void close_hands(yoke__line_deal *d) {
    for (int i = 0; d->hands && i < d->members; i++) {
        for (size_t range = 0; range < YOKE__RANGES; range++)
            free(d->hands[i].lots[range].segments);
        yoke_aligned_free(d->hands[i].text);
    }
    free(d->hands);
    free(d->bounds);
    yoke__line_map_close(&d->map);
}

/* ---- inputs ---- */

static int open_inputs(yoke__line_deal *d, const yoke_input *inputs, size_t count) {
    d->inputs = calloc(count, sizeof *d->inputs);
    if (!d->inputs) return yoke_fail(YOKE_ENOMEM, NULL);
    d->total = 0;
    for (size_t i = 0; i < count; i++) {
        YOKE_TRY(yoke__line_input_open(&d->inputs[i], &inputs[i], i));
        d->input_count++;
        uint64_t left = yoke__line_input_left(&d->inputs[i]);
        d->total += left;
        d->blocks += yoke__block_count(left, YOKE__DEAL_BLOCK);
    }
    d->at = d->inputs[0].at;
    return YOKE_OK;
}

/* Without having read them where it has given up. */
static void close_inputs(yoke__line_deal *d, bool done) {
    for (size_t i = 0; i < d->input_count; i++) {
        yoke__line_input *input = &d->inputs[i];
        if (done && input->at < input->size) input->at = input->size;
        yoke__line_input_close(input);
    }
    free(d->inputs);
}

/* ---- all ---- */

static int deal(yoke__line_deal *d, yoke__line_sink *sink) {
    int status = yoke__line_deal_sample(d);
    if (status <= 0) return status;
    d->members = yoke__run_members(d->run, yoke__block_count(d->total, YOKE__DEAL_BLOCK));
    d->page = page_size(d->total, (size_t)d->members * YOKE__RANGES);
    d->longest = d->page / LINES_A_PAGE;
    if (!fits(d)) return 0;
    YOKE_TRY(open_hands(d));
    status = yoke__line_deal_read(d);
    if (status <= 0) return status;
    YOKE_TRY(yoke__line_deal_write(d, sink));
    return 1;
}

int yoke__line_deal_sort(yoke__line_deal *d, const yoke_input *inputs, size_t count,
                         yoke__line_sink *sink) {
    uint64_t total;
    if (!is_known(inputs, count, &total) || total < d->least || total > d->memory) return 0;
    YOKE__REGION("deal lines", YOKE_ACTIVITY_WORK);
    pthread_mutex_init(&d->lock, NULL);
    int status = open_inputs(d, inputs, count);
    if (status >= 0) status = d->total ? deal(d, sink) : 0;
    close_hands(d);
    close_inputs(d, status > 0);
    pthread_mutex_destroy(&d->lock);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the suites of the pipeline share: a source of numbers, stages that count, and a sink that
 * notes what comes. Items carry a number in `data`.
 */
#ifndef YOKE_TESTS_PIPELINE_USE_H
#define YOKE_TESTS_PIPELINE_USE_H

#include <stdatomic.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "yoke/pipeline.h"

static const int worker_counts[] = {1, 2, 3, 8};
static const size_t batches[] = {0, 1, 3, 64, 1000};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static inline uintptr_t number_in(const yoke_item *item) { return (uintptr_t)item->data; }
static inline void set_number(yoke_item *item, uintptr_t number) { item->data = (void *)number; }

/* A source of 0, 1, ..., n - 1. */
typedef struct numbers {
    size_t next, n;
} numbers;

static inline int give_number(yoke_flow *flow, yoke_item *item) {
    numbers *of = flow->state;
    if (of->next == of->n) return YOKE_STAGE_END;
    set_number(item, of->next++);
    return YOKE_STAGE_PASS;
}

/* A sink that notes all in the order in which it comes; serial or in order. */
typedef struct notes {
    uintptr_t *number;
    uint64_t *index;
    size_t count, room;
} notes;

static inline void note_in(notes *n, const yoke_item *item) {
    if (n->count == n->room) {
        n->room = n->room ? 2 * n->room : 64;
        n->number = reallocarray(n->number, n->room, sizeof *n->number);
        n->index = reallocarray(n->index, n->room, sizeof *n->index);
        if (!n->number || !n->index) abort();
    }
    n->number[n->count] = number_in(item);
    n->index[n->count++] = item->index;
}

static inline int note(yoke_flow *flow, yoke_item *item) {
    note_in(flow->state, item);
    return YOKE_STAGE_PASS;
}

static inline void notes_fini(notes *n) {
    free(n->number);
    free(n->index);
    *n = (notes){0};
}

static inline int twice(yoke_flow *flow, yoke_item *item) {
    (void)flow;
    set_number(item, 2 * number_in(item));
    return YOKE_STAGE_PASS;
}

/* Runs fn for several numbers of workers and batches. */
static inline void each_way(void (*fn)(const yoke_pipeline_options *options)) {
    for (size_t w = 0; w < COUNT(worker_counts); w++)
        for (size_t b = 0; b < COUNT(batches); b++)
            fn(&(yoke_pipeline_options){.workers = worker_counts[w], .batch = batches[b]});
}

#endif

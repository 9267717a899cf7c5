/* SPDX-License-Identifier: Apache-2.0
 *
 * The ground of sharded counters, extremes and histograms: slots with one owner, and the way to
 * send all owners elsewhere for a while.
 */
#ifndef YOKE_SHARDING_COUNTER_H
#define YOKE_SHARDING_COUNTER_H

#include <stdint.h>

#include "yoke/counter.h"

enum { YOKE__BANKS = 4 };

/* Written by adds to shared cells. */
typedef struct yoke__gate {
    _Alignas(
        YOKE_CACHE_PAD) uint64_t word; /* top bits: the bank in use; below: adds that entered */
    uint64_t done[YOKE__BANKS];        /* adds to each bank that have ended */
} yoke__gate;

/* Written by snapshots, under the lock. */
typedef struct yoke__snapshots {
    _Alignas(YOKE_CACHE_PAD) uint64_t lock; /* see counter.c */
    uint64_t entered[YOKE__BANKS]; /* adds to each bank that entered before the last flip */
    /* Constant. */
    int64_t *bank[YOKE__BANKS]; /* shared cells: `count` each */
    void *block;                /* what to free */
    unsigned threads;           /* what shape.threads is when no snapshot runs */
} yoke__snapshots;

typedef struct yoke__counter {
    yoke_counter shape; /* first: what the inline functions see */
    yoke__snapshots own;
    yoke__gate gate;
} yoke__counter;

/* Takes the lock and sends all adds to the shared cells. When it returns, an owner finishes at most
 * the one write to its slot that was under way. YOKE_EUNSUPPORTED. */
int yoke__counter_divert(yoke__counter *counter);
/* Lets owners write their slots again. */
void yoke__counter_restore(yoke__counter *counter);

/* Before anything is written to shared cells: in the child of a fork it ends what threads of the
 * parent were in the middle of. */
void yoke__counter_settle(yoke__counter *counter);

/* Slots that can have been written by writes that happened before this call. */
unsigned yoke__counter_used(const yoke__counter *counter);

/* Cell `which` in slot `index`. */
static inline int64_t *yoke__counter_cell(const yoke__counter *counter, unsigned index,
                                          unsigned which) {
    return (int64_t *)(counter->shape.slots + index * counter->shape.stride) + which;
}

#endif

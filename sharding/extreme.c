/* SPDX-License-Identifier: Apache-2.0
 *
 * Extremes on the slots of counters.
 *
 * A snapshot diverts the writers as a counter's does (sharding/counter.c), loads the shared cell,
 * which is its moment t, and then the slots. That the result is the extreme at t needs a word of
 * its own, since a note may change nothing. Let r be the result. A note beyond r is not in a slot
 * when it is read, nor in the shared cell at t, so it takes effect later and may be ordered after
 * t. The note that made r took effect in the shared cell before t, or in a slot and began before t,
 * and may be ordered before t. All others may stand anywhere, for they do not change the extreme
 * after it. A note beyond r that ended before that one began would have been seen, by the argument
 * there.
 */
#include "yoke/extreme.h"

#include <stdlib.h>

#include "sharding/counter.h"

int yoke_extreme_create(const yoke_extreme_options *options, yoke_extreme **extreme) {
    yoke_extreme_kind kind = options ? options->kind : YOKE_EXTREME_MAX;
    yoke_counter_options slots = {1, options ? options->threads : 0};
    if (kind != YOKE_EXTREME_MAX && kind != YOKE_EXTREME_MIN) {
        return yoke_fail(YOKE_EINVAL, "extreme: kind %d is neither MAX nor MIN", (int)kind);
    }
    yoke_extreme *e = malloc(sizeof *e);
    if (!e) return yoke_fail(YOKE_ENOMEM, "extreme: no memory");
    int status = yoke_counter_create(&slots, &e->cells);
    if (status < 0) {
        free(e);
        return status;
    }
    e->flip = kind == YOKE_EXTREME_MAX ? (uint64_t)INT64_MIN : (uint64_t)INT64_MAX;
    *extreme = e;
    return YOKE_OK;
}

void yoke_extreme_destroy(yoke_extreme *extreme) {
    if (!extreme) return;
    yoke_counter_destroy(extreme->cells);
    free(extreme);
}

static uint64_t *shared_cell(const yoke_extreme *e) {
    return (uint64_t *)((const yoke__counter *)e->cells)->own.bank[0];
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is stored to */
static void raise_shared(uint64_t *cell, uint64_t value) {
    uint64_t old = __atomic_load_n(cell, __ATOMIC_SEQ_CST);
    while (value > old &&
           !__atomic_compare_exchange_n(cell, &old, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    }
}

void yoke_extreme_note_shared(yoke_extreme *extreme, int64_t number) {
    yoke__counter *c = (yoke__counter *)extreme->cells;
    uint64_t value = (uint64_t)number ^ extreme->flip;
    int index = yoke_thread_index(); /* negative: the registry is full */
    yoke__counter_settle(c);
    /* relaxed: as in yoke_counter_add_at. */
    if (index >= 0 && (unsigned)index < __atomic_load_n((volatile unsigned *)&c->shape.threads,
                                                        __ATOMIC_RELAXED)) {
        yoke_extreme_raise_((uint64_t *)yoke__counter_cell(c, (unsigned)index, 0), value);
    } else {
        raise_shared(shared_cell(extreme), value);
    }
}

/* The greatest of the slots and of what was found in the shared cell before. */
static int64_t greatest(const yoke_extreme *e, uint64_t most) {
    const yoke__counter *c = (const yoke__counter *)e->cells;
    unsigned used = yoke__counter_used(c);
    for (unsigned i = 0; i < used; i++) {
        /* relaxed: pairs with the store of yoke_extreme_raise_; see gather() in counter.c. */
        uint64_t value = __atomic_load_n((uint64_t *)yoke__counter_cell(c, i, 0), __ATOMIC_RELAXED);
        if (value > most) most = value;
    }
    return (int64_t)(most ^ e->flip);
}

int64_t yoke_extreme_read_relaxed(const yoke_extreme *extreme) {
    return greatest(extreme, __atomic_load_n(shared_cell(extreme), __ATOMIC_SEQ_CST));
}

int64_t yoke_extreme_read_at_quiescence(const yoke_extreme *extreme) {
    return yoke_extreme_read_relaxed(extreme);
}

int yoke_extreme_snapshot(yoke_extreme *extreme, int64_t *number) {
    yoke__counter *c = (yoke__counter *)extreme->cells;
    YOKE_TRY(yoke__counter_divert(c));
    *number = greatest(extreme, __atomic_load_n(shared_cell(extreme), __ATOMIC_SEQ_CST));
    yoke__counter_restore(c);
    return YOKE_OK;
}

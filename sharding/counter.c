/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters in slots, and how a snapshot of them can be exact while the adds stay plain.
 *
 * An add loads the bound `threads`, and below it loads and stores a cell of its own. A snapshot
 *
 *   1. sets the bound to 0 and runs a barrier on all threads. It falls between two instructions of
 *      every thread: what stands before it is visible afterwards, and what stands after it sees the
 *      bound 0. So from now on all adds *divert* to the shared cells, but for at most one a thread,
 *      that had loaded the old bound and has not stored yet: a *straggler*;
 *   2. determines what the shared cells held at one moment t;
 *   3. and then reads all slots, in any order, once.
 *
 * The value is the sum of what 2 and 3 found. Claim: t is a moment at which the counters of the
 * set, all of them together, had these values. Adds return nothing, so it is enough that each add
 * in the sum may be ordered before t, each that is not after t, and that an add that returned
 * before another began is never missed where the other is in the sum.
 *   - In the sum by a shared cell: entered (see below) before t.
 *   - In the sum by a slot: loaded the old bound, thus began before the barrier ended, before t.
 *   - Not in the sum, going to a shared cell: entered after t, or adds after step 2 read the cell
 *     and thus ends after t.
 *   - Not in the sum, going to a slot: stores after step 3 read the cell, and so ends after t.
 *   - Let U end before C begins, and C be in the sum. If C went to a shared cell it entered before
 *     t, so that U had stored before t, where it is read later. If C went to a slot, it loaded the
 *     old bound before its thread's barrier; U lies before that, so what it stored, in a slot or a
 *     shared cell, is visible before step 2 begins.
 *
 * No add is counted twice, for each changes one cell once. A straggler that sleeps through several
 * snapshots is still running, and counted or not as above, by each. Nothing here depends on the
 * signs of the adds, since no conclusion is drawn from reading the same value twice.
 *
 * Step 2 for a set of one counter: t is the moment of the one load of its shared cell, and an add
 * enters when it changes the cell. Several shared cells cannot be loaded together, so there are a
 * few *banks* of them and a *gate*. An add enters the gate by a fetch_add that tells it the bank in
 * use, adds to the bank, and reports that it is done. Step 2 looks for another bank that is at rest
 * (as many done as entered), reads it, puts it in use by an exchange, which is t, and then reads
 * the others. The cells that it reads before t have all adds that entered before, and those that it
 * reads after t get only adds that had entered before t and not ended: stragglers again.
 *
 * Wait-freedom of adds: at most three fetch_adds. A snapshot waits, yielding, while no bank is at
 * rest. A thread that was preempted between gate and report keeps one from it, which is why there
 * are more than two.
 *
 * tests/models/counter.pml is a model of all this, with store buffers.
 */
#include "sharding/counter.h"

#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/fork.h"
#include "runtime/park.h"
#include "runtime/thread.h"
#include "yoke/event.h"

enum { LEAST_THREADS = 64, MOST_THREADS = 1 << 20, MOST_COUNTERS = 1 << 24, SPINS = 200 };

/* The gate: the bank in use above, the number of adds that entered below. */
enum { BANK_SHIFT = 62 };
#define ENTERED ((UINT64_C(1) << BANK_SHIFT) - 1)

/* ---- the lock of snapshots ----
 *
 * A word: how often the process had forked when it was written, and below that, whether the lock is
 * taken, and whether for mending. In the child of a fork a word of the parent says that the set may
 * be in the middle of a snapshot, or of adds to shared cells, whose threads are not there. Who
 * comes first takes the lock and ends them, and nobody adds to shared cells before that is done. */

enum { TAKEN = 1, MENDING = 2 };

static uint64_t lock_word(unsigned state) { return (uint64_t)yoke__forks << 2 | state; }

static bool is_whole(uint64_t word) { return (word | TAKEN) == lock_word(TAKEN); }

/* What was added stays, where it had come to; the bound is as without a snapshot. */
static void mend(yoke__counter *c) {
    for (int i = 0; i < YOKE__BANKS; i++) c->own.entered[i] = c->gate.done[i];
    c->gate.word &= ~ENTERED;
    __atomic_store_n(&c->shape.threads, c->own.threads, __ATOMIC_SEQ_CST);
    __atomic_store_n(&c->own.lock, lock_word(TAKEN), __ATOMIC_SEQ_CST);
}

static void take_lock(yoke__counter *c) {
    for (;;) {
        uint64_t seen = __atomic_load_n(&c->own.lock, __ATOMIC_SEQ_CST);
        bool inherited = seen >> 2 != yoke__forks;
        uint64_t mine = lock_word(inherited ? TAKEN | MENDING : TAKEN);
        if (!inherited && seen != lock_word(0))
            sched_yield(); /* it takes some microseconds */
        else if (__atomic_compare_exchange_n(&c->own.lock, &seen, mine, false, __ATOMIC_SEQ_CST,
                                             __ATOMIC_SEQ_CST))
            break;
    }
    if (__atomic_load_n(&c->own.lock, __ATOMIC_SEQ_CST) & MENDING) mend(c);
}

static void give_lock(yoke__counter *c) {
    __atomic_store_n(&c->own.lock, lock_word(0), __ATOMIC_SEQ_CST);
}

void yoke__counter_settle(yoke__counter *c) {
    while (!is_whole(__atomic_load_n(&c->own.lock, __ATOMIC_SEQ_CST))) {
        take_lock(c);
        give_lock(c);
    }
}

/* ---- making ---- */

static unsigned default_threads(void) {
    long processors = sysconf(_SC_NPROCESSORS_CONF);
    if (processors * 2 < LEAST_THREADS) return LEAST_THREADS;
    return processors * 2 > MOST_THREADS ? MOST_THREADS : (unsigned)processors * 2;
}

static size_t padded(size_t size) {
    return (size + YOKE_CACHE_PAD - 1) / YOKE_CACHE_PAD * YOKE_CACHE_PAD;
}

/* One block of zeros: the structure, the banks, the slots. From calloc, since large blocks of
 * zeros come from the system page by page, when they are touched first. */
static yoke__counter *allocate(unsigned count, unsigned threads) {
    size_t stride = padded(count * sizeof(int64_t)), head = padded(sizeof(yoke__counter));
    void *block = calloc(1, head + stride * (YOKE__BANKS + (size_t)threads) + YOKE_CACHE_PAD);
    if (!block) return NULL;
    char *start = (char *)block + (YOKE_CACHE_PAD - (uintptr_t)block % YOKE_CACHE_PAD);
    yoke__counter *c = (yoke__counter *)start;
    start += head;
    c->own.block = block;
    for (int i = 0; i < YOKE__BANKS; i++, start += stride) c->own.bank[i] = (int64_t *)start;
    c->own.threads = threads;
    c->shape = (yoke_counter){start, stride, threads, count};
    return c;
}

int yoke_counter_create(const yoke_counter_options *options, yoke_counter **counter) {
    unsigned count = options && options->count ? options->count : 1;
    unsigned threads = options && options->threads ? options->threads : default_threads();
    if (count > MOST_COUNTERS || threads > MOST_THREADS) {
        return yoke_fail(YOKE_EINVAL, "counter: %u counters for %u threads; at most %d for %d",
                         count, threads, MOST_COUNTERS, MOST_THREADS);
    }
    YOKE_TRY(yoke__fork_watch());
    yoke__counter *c = allocate(count, threads);
    if (!c)
        return yoke_fail(YOKE_ENOMEM, "counter: no memory for %u counters of %u threads", count,
                         threads);
    c->own.lock = lock_word(0);
    *counter = &c->shape;
    return YOKE_OK;
}

void yoke_counter_destroy(yoke_counter *counter) {
    if (!counter) return;
    free(((yoke__counter *)counter)->own.block);
}

/* ---- adding ---- */

static void add_through_gate(yoke__counter *c, unsigned which, int64_t n) {
    unsigned bank =
        (unsigned)(__atomic_fetch_add(&c->gate.word, 1, __ATOMIC_SEQ_CST) >> BANK_SHIFT);
    __atomic_fetch_add(&c->own.bank[bank][which], n, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&c->gate.done[bank], 1, __ATOMIC_SEQ_CST);
}

void yoke_counter_add_shared(yoke_counter *counter, unsigned which, int64_t n) {
    yoke__counter *c = (yoke__counter *)counter;
    int index = yoke_thread_index(); /* negative: the registry is full */
    yoke__counter_settle(c);
    /* relaxed: as in yoke_counter_add_at, whose promise of one add under way holds here too. */
    if (index >= 0 && (unsigned)index < __atomic_load_n((volatile unsigned *)&counter->threads,
                                                        __ATOMIC_RELAXED)) {
        yoke_counter_bump_(yoke__counter_cell(c, (unsigned)index, which), n);
    } else if (counter->count == 1) {
        __atomic_fetch_add(c->own.bank[0], n, __ATOMIC_SEQ_CST);
    } else {
        add_through_gate(c, which, n);
    }
}

yoke_counter_local yoke_counter_here(yoke_counter *counter) {
    yoke__counter *c = (yoke__counter *)counter;
    int index = yoke_thread_index();
    int owner = index >= 0 && (unsigned)index < c->own.threads;
    return (yoke_counter_local){counter, owner ? yoke__counter_cell(c, (unsigned)index, 0) : NULL};
}

/* ---- reading ---- */

unsigned yoke__counter_used(const yoke__counter *c) {
    unsigned limit = (unsigned)yoke__thread_limit();
    return limit < c->own.threads ? limit : c->own.threads;
}

/* Adds count cells to values. Each is a value that its cell had at some moment. */
static void gather(const int64_t *cells, unsigned count, int64_t *values) {
    for (unsigned i = 0; i < count; i++) {
        /* relaxed: pairs with the store of yoke_counter_bump_. Which values may be missed is
         * decided by what happened before the read, and in snapshots by the barrier before it. */
        uint64_t cell = (uint64_t)__atomic_load_n(&cells[i], __ATOMIC_RELAXED);
        values[i] = (int64_t)((uint64_t)values[i] + cell);
    }
}

static void gather_slots(const yoke__counter *c, unsigned first, unsigned count, int64_t *values) {
    unsigned used = yoke__counter_used(c);
    for (unsigned i = 0; i < used; i++) gather(yoke__counter_cell(c, i, first), count, values);
}

static void gather_all(const yoke_counter *counter, unsigned first, unsigned count,
                       int64_t *values) {
    const yoke__counter *c = (const yoke__counter *)counter;
    memset(values, 0, count * sizeof *values);
    for (int i = 0; i < YOKE__BANKS; i++) gather(c->own.bank[i] + first, count, values);
    gather_slots(c, first, count, values);
}

int64_t yoke_counter_read_relaxed(const yoke_counter *counter, unsigned which) {
    int64_t value;
    gather_all(counter, which, 1, &value);
    return value;
}

int64_t yoke_counter_read_at_quiescence(const yoke_counter *counter, unsigned which) {
    return yoke_counter_read_relaxed(counter, which);
}

void yoke_counter_read_all_relaxed(const yoke_counter *counter, int64_t *values) {
    gather_all(counter, 0, counter->count, values);
}

void yoke_counter_read_all_at_quiescence(const yoke_counter *counter, int64_t *values) {
    yoke_counter_read_all_relaxed(counter, values);
}

/* ---- snapshots: the steps of the banner ---- */

int yoke__counter_divert(yoke__counter *c) {
    if (!yoke_barrier_asymmetric_) {
        return yoke_fail(YOKE_EUNSUPPORTED,
                         "an exact snapshot needs membarrier(2), which the kernel refuses here");
    }
    take_lock(c);
    __atomic_store_n(&c->shape.threads, 0, __ATOMIC_SEQ_CST);
    yoke__barrier_all();
    return YOKE_OK;
}

void yoke__counter_restore(yoke__counter *c) {
    __atomic_store_n(&c->shape.threads, c->own.threads, __ATOMIC_SEQ_CST);
    give_lock(c);
}

/* A bank at rest, other than the one in use. */
static unsigned find_rest(const yoke__counter *c, unsigned in_use) {
    for (unsigned i = 0;; i++) {
        unsigned bank = i % YOKE__BANKS;
        if (bank != in_use &&
            __atomic_load_n(&c->gate.done[bank], __ATOMIC_SEQ_CST) == c->own.entered[bank])
            return bank;
        if (i < SPINS)
            yoke__relax();
        else if (bank == 0)
            sched_yield();
    }
}

/* Step 2 for several counters. */
static void gather_shared(yoke__counter *c, unsigned first, unsigned count, int64_t *values) {
    unsigned used = (unsigned)(__atomic_load_n(&c->gate.word, __ATOMIC_SEQ_CST) >> BANK_SHIFT);
    unsigned next = find_rest(c, used);
    gather(c->own.bank[next] + first, count, values);
    uint64_t word = (uint64_t)next << BANK_SHIFT;
    word = __atomic_exchange_n(&c->gate.word, word, __ATOMIC_SEQ_CST);
    c->own.entered[used] += word & ENTERED;
    for (unsigned i = 0; i < YOKE__BANKS; i++) {
        if (i != next) gather(c->own.bank[i] + first, count, values);
    }
}

static int snapshot(yoke_counter *counter, unsigned first, unsigned count, int64_t *values) {
    yoke__counter *c = (yoke__counter *)counter;
    YOKE_TRY(yoke__counter_divert(c));
    memset(values, 0, count * sizeof *values);
    if (counter->count == 1)
        values[0] = __atomic_load_n(c->own.bank[0], __ATOMIC_SEQ_CST);
    else
        gather_shared(c, first, count, values);
    gather_slots(c, first, count, values);
    yoke__counter_restore(c);
    return YOKE_OK;
}

int yoke_counter_snapshot(yoke_counter *counter, unsigned which, int64_t *value) {
    return snapshot(counter, which, 1, value);
}

int yoke_counter_snapshot_all(yoke_counter *counter, int64_t *values) {
    return snapshot(counter, 0, counter->count, values);
}

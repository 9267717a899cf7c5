/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads on queues and the deque. Threads with even numbers push, the others pop; a single thread
 * does both in turn. Items are numbers; what went in and what came out is counted and added up, and
 * at the end what is left is taken out by the check.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "cli/sharding.h"

enum { CAPACITY = 1024 };
#define PATIENCE 0.001 /* seconds that a call waits, since the other side may have ended */

YOKE_DEFINE_QUEUE_SPSC(spsc_queue, uint64_t)
YOKE_DEFINE_QUEUE_MPMC(mpmc_queue, uint64_t)

/* count and sum: in less out, modulo 2^64. */
static void note(sharding_thread *t, uint64_t item, bool in) {
    t->count += in ? 1 : UINT64_MAX;
    t->sum += in ? item : -item;
}

static uint64_t next_item(sharding_thread *t) { return ++t->at; }

/* The two sides of a queue; a full or empty one gives YOKE_ETIMEDOUT. */
typedef long put_item(sharding_thread *t, uint64_t item);
typedef long get_item(sharding_thread *t, uint64_t *item);

static inline __attribute__((always_inline)) long move_items(sharding_thread *t, unsigned n,
                                                             put_item *put, get_item *get) {
    bool alone = t->run->threads == 1, in = t->index % 2 == 0;
    uint64_t item;
    long done = 0;
    t->until = alone ? YOKE_NOW : yoke_deadline_in(PATIENCE);
    for (unsigned i = 0; i < n; i++, in ^= alone) {
        item = in ? next_item(t) : 0;
        long moved = in ? put(t, item) : get(t, &item);
        if (moved == YOKE_ETIMEDOUT && alone) continue; /* to the other side */
        if (moved == YOKE_ETIMEDOUT) break;
        if (moved < 0) return moved;
        note(t, item, in);
        done++;
    }
    return done;
}

/* What was put less what was taken is what `left` finds; NULL: it is. */
static const char *balance(const sharding_run *run, const sharding_thread *threads,
                           sharding_thread *left, get_item *get) {
    uint64_t count = 0, sum = 0, item = 0;
    for (int i = 0; i < run->threads; i++) count += threads[i].count, sum += threads[i].sum;
    left->run = run;
    left->until = YOKE_NOW;
    while (get(left, &item) > 0) count--, sum -= item;
    if (count) return "items were lost or came twice";
    return sum ? "items came out changed" : NULL;
}

/* ---- spsc and mpmc ---- */

static int spsc_create(sharding_run *run) {
    return spsc_queue_create(CAPACITY, (spsc_queue **)&run->state);
}
static void spsc_destroy(sharding_run *run) { spsc_queue_destroy(run->state); }
static long spsc_put(sharding_thread *t, uint64_t item) {
    return spsc_queue_push(t->run->state, item, t->until);
}
static long spsc_get(sharding_thread *t, uint64_t *item) {
    return spsc_queue_pop(t->run->state, item, t->until);
}
static long spsc_work(sharding_thread *t, unsigned n) {
    return move_items(t, n, spsc_put, spsc_get);
}
static const char *spsc_check(sharding_run *run, sharding_thread *threads) {
    return balance(run, threads, &(sharding_thread){.index = 1}, spsc_get);
}

static int mpmc_create(sharding_run *run) {
    return mpmc_queue_create(CAPACITY, (mpmc_queue **)&run->state);
}
static void mpmc_destroy(sharding_run *run) { mpmc_queue_destroy(run->state); }
static long mpmc_put(sharding_thread *t, uint64_t item) {
    return mpmc_queue_push(t->run->state, item, t->until);
}
static long mpmc_get(sharding_thread *t, uint64_t *item) {
    return mpmc_queue_pop(t->run->state, item, t->until);
}
static long mpmc_work(sharding_thread *t, unsigned n) {
    return move_items(t, n, mpmc_put, mpmc_get);
}
static const char *mpmc_check(sharding_run *run, sharding_thread *threads) {
    return balance(run, threads, &(sharding_thread){.index = 1}, mpmc_get);
}

/* ---- mpsc: the last thread is the consumer; nodes go round ---- */

typedef struct letter {
    yoke_mpsc_node node; /* first: a node is its letter */
    atomic_bool away;    /* in the queue */
    uint64_t item;
} letter;

static int mpsc_create(sharding_run *run) {
    run->state = yoke_aligned_alloc(sizeof(yoke_queue_mpsc));
    if (!run->state) return yoke_fail(YOKE_ENOMEM, NULL);
    yoke_queue_mpsc_init(run->state);
    return 0;
}

static void mpsc_destroy(sharding_run *run) {
    if (run->state) yoke_queue_mpsc_fini(run->state);
    yoke_aligned_free(run->state);
}

static long mpsc_put(sharding_thread *t, uint64_t item) {
    if (!t->own) t->own = calloc(CAPACITY, sizeof(letter));
    if (!t->own) return yoke_fail(YOKE_ENOMEM, NULL);
    letter *l = (letter *)t->own + item % CAPACITY;
    if (atomic_load(&l->away)) return YOKE_ETIMEDOUT; /* as many as the capacity are on the way */
    l->item = item;
    atomic_store(&l->away, true);
    YOKE_TRY(yoke_queue_mpsc_push(t->run->state, &l->node));
    return 1;
}

static long mpsc_get(sharding_thread *t, uint64_t *item) {
    yoke_mpsc_node *node;
    int status = yoke_queue_mpsc_pop(t->run->state, &node, t->until);
    if (status < 0) return status;
    letter *l = (letter *)node;
    *item = l->item;
    atomic_store(&l->away, false);
    return 1;
}

/* An item that found no free letter is tried again, so that letters go round in order. */
static long mpsc_work(sharding_thread *t, unsigned n) {
    int index = t->index;
    t->index = index == t->run->threads - 1 ? 1 : 0; /* for move_items: who pops */
    if (t->run->threads == 1) t->index = 0;
    long done = move_items(t, n, mpsc_put, mpsc_get);
    if (done >= 0 && done < n && !t->index) {
        t->at--;
        sched_yield();
    }
    t->index = index;
    return done;
}

static const char *mpsc_check(sharding_run *run, sharding_thread *threads) {
    return balance(run, threads, &(sharding_thread){.index = 1}, mpsc_get);
}

/* ---- deque: the first thread owns, the others steal ---- */

static int deque_create(sharding_run *run) {
    return yoke_deque_create(CAPACITY, (yoke_deque **)&run->state);
}
static void deque_destroy(sharding_run *run) { yoke_deque_destroy(run->state); }

static long own_deque(sharding_thread *t, yoke_deque *deque, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        bool in = i % 2 == 0 && yoke_deque_size(deque) < CAPACITY;
        void *item = in ? (void *)(uintptr_t)next_item(t) : yoke_deque_take(deque);
        if (in) YOKE_TRY(yoke_deque_push(deque, item));
        if (item) note(t, (uintptr_t)item, in);
    }
    return n;
}

static long steal_items(sharding_thread *t, yoke_deque *deque, unsigned n) {
    long done = 0;
    for (unsigned i = 0; i < n; i++) {
        void *item;
        if (yoke_deque_steal(deque, &item) <= 0) continue;
        note(t, (uintptr_t)item, false);
        done++;
    }
    if (!done) sched_yield();
    return done;
}

static long deque_work(sharding_thread *t, unsigned n) {
    yoke_deque *deque = t->run->state;
    return t->index == 0 ? own_deque(t, deque, n) : steal_items(t, deque, n);
}

static long deque_get(sharding_thread *t, uint64_t *item) {
    void *taken = yoke_deque_take(t->run->state);
    *item = (uintptr_t)taken;
    return taken != NULL;
}

static const char *deque_check(sharding_run *run, sharding_thread *threads) {
    return balance(run, threads, &(sharding_thread){.index = 0}, deque_get);
}

const sharding_load sharding_spsc = {"spsc", 2, spsc_create, spsc_work, spsc_check, spsc_destroy};
const sharding_load sharding_mpmc = {"mpmc", 0, mpmc_create, mpmc_work, mpmc_check, mpmc_destroy};
const sharding_load sharding_mpsc = {"mpsc", 0, mpsc_create, mpsc_work, mpsc_check, mpsc_destroy};
const sharding_load sharding_deque = {"deque",    0,           deque_create,
                                      deque_work, deque_check, deque_destroy};

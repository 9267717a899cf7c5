/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounded MPMC queue: making, batches, waiting, closing, and the end of an ownership. The
 * algorithm and why it is right stand in the header.
 *
 * Batches. A call looks how many slots from its place on have the turn it needs, takes them all by
 * moving the place once, and then copies. So a batch is one step in the order of the queue.
 *
 * Waiting. First by pausing, in growing steps: when one side has caught up with the other they
 * would fight for a line at every item, and while one pauses the other gets several lines ahead.
 * Then by yielding, as the thread waited for may need this very processor; then asleep.
 *
 * Waking. A move wakes one sleeper of the other side, and while that one has not looked yet (the
 * flag `waking`) no other is woken: so a crowd of sleepers costs a move an atomic exchange, not a
 * system call. No item is forgotten over this:
 *   - who is woken, or leaves for another reason, clears the flag before it looks at the queue. The
 *     flag is written by read-modify-writes only, so a move that found it set comes before the
 *     clearing, and its item is seen by the look that follows;
 *   - who leaves with an item and finds that there is more passes the wake on;
 *   - the flag is set by those only who then change the epoch of the event, and it is cleared by
 *     each waiter after it took its ticket. So it cannot stay set with all waiters asleep.
 * After close each that leaves wakes the next, since all have something to hear.
 *
 * The end of an ownership (see the header): a second thread marks the side as ending, runs a
 * barrier on all threads, and waits until the owner is not busy. From then on the owner sees the
 * mark, and all threads, also the former owner, use compare-and-swap. This is never undone.
 *
 * tests/models/queue_mpmc_wake.pml and queue_mpmc_side.pml try every interleaving of both.
 */
#include "yoke/queue_mpmc.h"

#include <sched.h>

#include "runtime/park.h"
#include "runtime/region.h"

int yoke_queue_mpmc_create(size_t capacity, size_t item_size, yoke_queue_mpmc **queue) {
    if (capacity == 0 || item_size == 0)
        return yoke_fail(YOKE_EINVAL, "a queue of %zu items of %zu bytes: both must be 1 or more",
                         capacity, item_size);
    size_t size = 0;
    yoke_mpmc_shape_ shape = yoke_mpmc_shape_of_(item_size);
    size_t lines = (capacity - 1) / shape.items + 1;
    yoke_queue_mpmc *q = yoke_aligned_alloc(sizeof *q);
    unsigned char *memory = NULL;
    if (shape.line > item_size && !__builtin_mul_overflow(lines, shape.line, &size))
        memory = yoke_aligned_alloc(size);
    if (!q || !memory) {
        yoke_aligned_free(q);
        yoke_aligned_free(memory);
        return yoke_fail(YOKE_ENOMEM, "no memory for a queue of %zu items of %zu bytes", capacity,
                         item_size);
    }
    memset(memory, 0, size); /* turn 0: free for lap 0 */
    memset(q, 0, sizeof *q);
    q->lines = memory;
    q->item_size = item_size;
    q->last = ((uint64_t)(lines - 1) << shape.shift) + (capacity - 1) % shape.items;
    q->lap = 64 - (unsigned)__builtin_clzll(q->last | 1);
    q->mask = ((uint64_t)1 << q->lap) - 1;
    q->producers.owner = q->consumers.owner =
        yoke_barrier_asymmetric_ ? YOKE_MPMC_NOBODY_ : YOKE_MPMC_SHARED_;
    *queue = q;
    return YOKE_OK;
}

void yoke_queue_mpmc_destroy(yoke_queue_mpmc *queue) {
    if (!queue) return;
    yoke_aligned_free(queue->lines);
    yoke_aligned_free(queue);
}

/* ---- ownership ---- */

/* Waits until the owner's call is over; it is short, but the owner may have lost its processor. */
static void await_idle(yoke_mpmc_side_ *side) {
    /* acquire: pairs with the release in yoke_mpmc_leave_; what the owner did is seen. */
    for (int tries = 0; __atomic_load_n(&side->busy, __ATOMIC_ACQUIRE); tries++) {
        if (tries < 100)
            yoke__relax();
        else if (tries < 200)
            sched_yield();
        else /* nobody wakes: it is only a sleep, for threads of unlike priority */
            yoke__park(&side->busy, 1, yoke_deadline_in(50e-6));
    }
}

/* Afterwards all threads use compare-and-swap. */
static void share(yoke_mpmc_side_ *side) {
    uint32_t owner = YOKE_MPMC_NOBODY_;
    if (__atomic_compare_exchange_n(&side->owner, &owner, YOKE_MPMC_SHARED_, 0, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST))
        return;
    if (owner == YOKE_MPMC_SHARED_) return;
    if (owner != YOKE_MPMC_ENDING_) /* fails only where another thread has done it */
        __atomic_compare_exchange_n(&side->owner, &owner, YOKE_MPMC_ENDING_, 0, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST);
    /* Where the kernel refuses the barrier after all, time must do: a processor does not keep a
     * store to itself for milliseconds, and a thread that is off its processor has passed a
     * barrier. */
    for (int tries = 0; yoke__barrier_all() != YOKE_OK && tries < 10; tries++) {
        uint32_t never = 0;
        yoke__park(&never, 0, yoke_deadline_in(1e-3));
    }
    await_idle(side);
    __atomic_store_n(&side->owner, YOKE_MPMC_SHARED_, __ATOMIC_SEQ_CST);
}

/* The caller is not the owner, or was until now. */
int yoke_mpmc_enter_slowly_(yoke_mpmc_side_ *side) {
    uint32_t nobody = YOKE_MPMC_NOBODY_;
    if (__atomic_load_n(&side->owner, __ATOMIC_SEQ_CST) == nobody && yoke_thread_index() >= 0 &&
        __atomic_compare_exchange_n(&side->owner, &nobody, yoke_thread_number_, 0, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST))
        return yoke_mpmc_enter_(side);
    share(side);
    return 0;
}

/* ---- moving ---- */

/* What to do when the slot of `place` is not ready: 1 look again, the place has moved; 0 nothing to
 * be had; YOKE_ECLOSED. */
int yoke_mpmc_stopped_(yoke_queue_mpmc *queue, uint64_t place, int pop) {
    if (place & YOKE_MPMC_CLOSED_) return yoke_fail(YOKE_ECLOSED, "push: the queue is closed");
    /* `closed` is set before the place is marked: a pop that comes after a push failed sees both.
     */
    if (pop && __atomic_load_n(&queue->closed, __ATOMIC_SEQ_CST) &&
        __atomic_load_n(&queue->producers.place, __ATOMIC_SEQ_CST) == (place | YOKE_MPMC_CLOSED_))
        return yoke_fail(YOKE_ECLOSED, "pop: the queue is closed and empty");
    yoke_mpmc_side_ *side = pop ? &queue->consumers : &queue->producers;
    return __atomic_load_n(&side->place, __ATOMIC_SEQ_CST) != place;
}

/* Slots one after another in one line. */
typedef struct run {
    unsigned char *cell, *turn; /* of the first */
    size_t count;
    unsigned char mine; /* the turn that makes them the caller's */
    uint64_t next;      /* the place behind them */
} run;

/* The slots from `place` on, at most `most`, that lie in its line. */
static inline run run_at(const yoke_queue_mpmc *queue, yoke_mpmc_shape_ shape, uint64_t place,
                         size_t most, int pop) {
    uint64_t slot = place & queue->mask;
    unsigned index = (unsigned)slot & ((1u << shape.shift) - 1);
    unsigned char *line = yoke_mpmc_line_(queue, shape, slot);
    size_t left = slot >> shape.shift == queue->last >> shape.shift ? queue->last - slot + 1
                                                                    : shape.items - index;
    run r = {.cell = line + index * shape.item,
             .turn = line + shape.line - shape.items + index,
             .count = most < left ? most : left,
             .mine = (unsigned char)((place >> queue->lap << 1) | (unsigned)pop)};
    r.next = yoke_mpmc_next_(queue, shape, place + r.count - 1);
    return r;
}

/* The turns of a line of up to 8 items are the last bytes of its last word, which holds nothing
 * else: then those of a whole run are read and written at once. Each byte is still written by one
 * thread only, that whose turn it is. */
static inline int turns_in_word(yoke_mpmc_shape_ shape) {
    return shape.items > 1 && shape.items <= 8 && shape.items * shape.item <= shape.line - 8;
}

/* That word, when all turns are `turn`. */
static inline uint64_t turns_of(yoke_mpmc_shape_ shape, unsigned char turn) {
    unsigned char bytes[8] = {0};
    uint64_t word;
    memset(bytes + 8 - shape.items, turn, shape.items);
    memcpy(&word, bytes, 8);
    return word;
}

/* How many of the run are ready, from its begin on. */
static inline size_t ready_in(run r, yoke_mpmc_shape_ shape) {
    size_t ready = 0;
    /* acquire, twice: as in yoke_mpmc_move_ */
    if (turns_in_word(shape) && r.count == shape.items &&
        __atomic_load_n((uint64_t *)(r.turn + shape.items - 8), __ATOMIC_ACQUIRE) ==
            turns_of(shape, r.mine))
        return r.count;
    while (ready < r.count && __atomic_load_n(r.turn + ready, __ATOMIC_ACQUIRE) == r.mine) ready++;
    return ready;
}

/* How many slots from `place` on are ready, at most `most`, and the place behind them. */
static inline size_t count_ready(const yoke_queue_mpmc *queue, yoke_mpmc_shape_ shape,
                                 uint64_t place, size_t most, int pop, uint64_t *next) {
    size_t ready = 0;
    *next = place;
    while (ready < most) {
        run r = run_at(queue, shape, *next, most - ready, pop);
        size_t now = ready_in(r, shape);
        ready += now;
        if (now < r.count) {
            *next += now;
            break;
        }
        *next = r.next;
    }
    return ready;
}

static inline void copy_run(run r, yoke_mpmc_shape_ shape, char *items, int pop) {
    unsigned char next = (unsigned char)(r.mine + 1);
    if (turns_in_word(shape) && r.count == shape.items) {
        memcpy(pop ? (void *)items : r.cell, pop ? r.cell : (void *)items,
               shape.items * shape.item);
        /* release, twice: as in yoke_mpmc_move_ */
        __atomic_store_n((uint64_t *)(r.turn + shape.items - 8), turns_of(shape, next),
                         __ATOMIC_RELEASE);
        return;
    }
    for (size_t i = 0; i < r.count; i++, items += shape.item, r.cell += shape.item) {
        memcpy(pop ? (void *)items : r.cell, pop ? r.cell : (void *)items, shape.item);
        __atomic_store_n(r.turn + i, next, __ATOMIC_RELEASE);
    }
}

static inline void copy(const yoke_queue_mpmc *queue, yoke_mpmc_shape_ shape, uint64_t place,
                        char *items, size_t count, int pop) {
    while (count > 0) {
        run r = run_at(queue, shape, place, count, pop);
        copy_run(r, shape, items, pop);
        items += r.count * shape.item;
        count -= r.count;
        place = r.next;
    }
}

static inline __attribute__((always_inline)) long
move_shaped(yoke_queue_mpmc *queue, char *items, size_t count, yoke_mpmc_shape_ shape, int pop) {
    yoke_mpmc_side_ *side = pop ? &queue->consumers : &queue->producers;
    int own = yoke_mpmc_enter_(side);
    for (;;) {
        /* The orders of all accesses are those of yoke_mpmc_move_, for the same reasons. */
        uint64_t place = __atomic_load_n(&side->place, __ATOMIC_ACQUIRE), next = place;
        size_t ready = 0;
        if (pop || !(place & YOKE_MPMC_CLOSED_))
            ready = count_ready(queue, shape, place, count, pop, &next);
        if (ready == 0) {
            if (own) yoke_mpmc_leave_(side);
            int status = yoke_mpmc_stopped_(queue, place, pop);
            if (status <= 0 || own) return status < 0 ? status : 0;
            continue;
        }
        if (own)
            __atomic_store_n(&side->place, next, __ATOMIC_RELEASE);
        else if (!__atomic_compare_exchange_n(&side->place, &place, next, 0, __ATOMIC_RELEASE,
                                              __ATOMIC_RELAXED))
            continue;
        copy(queue, shape, place, items, ready, pop);
        if (own) yoke_mpmc_leave_(side);
        return (long)ready;
    }
}

/* Moves up to `count` items, and wakes who waits for that. */
static long move(yoke_queue_mpmc *queue, void *items, size_t count, int pop) {
    long moved;
    switch (queue->item_size) { /* constant sizes: no calls of memcpy */
    case 4: moved = move_shaped(queue, items, count, yoke_mpmc_shape_of_(4), pop); break;
    case 8: moved = move_shaped(queue, items, count, yoke_mpmc_shape_of_(8), pop); break;
    case 16: moved = move_shaped(queue, items, count, yoke_mpmc_shape_of_(16), pop); break;
    default: moved = move_shaped(queue, items, count, yoke_mpmc_shape_of_(queue->item_size), pop);
    }
    if (moved > 0) yoke_mpmc_signal_(pop ? &queue->not_full : &queue->not_empty);
    return moved;
}

long yoke_queue_mpmc_try_push(yoke_queue_mpmc *queue, const void *items, size_t count) {
    return count > 0 ? move(queue, (void *)items, count, 0) : 0;
}

long yoke_queue_mpmc_try_pop(yoke_queue_mpmc *queue, void *items, size_t most) {
    return most > 0 ? move(queue, items, most, 1) : 0;
}

/* ---- waiting ---- */

enum { PAUSE_MIN = 16, PAUSE_MAX = 128, YIELDS = 32 };

void yoke_mpmc_wake_(yoke_mpmc_wait_ *wait) {
    if (__atomic_exchange_n(&wait->waking, 1, __ATOMIC_SEQ_CST) == 0)
        yoke_event_wake_one(&wait->event);
}

static void clear_waking(yoke_mpmc_wait_ *wait) {
    __atomic_exchange_n(&wait->waking, 0, __ATOMIC_SEQ_CST);
}

/* Whether somebody of this side could go on now. Places and turns are two words: when the place has
 * moved meanwhile the turn says nothing of the next slot, and who moved it does not pass wakes on
 * unless it had slept as well. */
static int is_ready(const yoke_queue_mpmc *queue, int pop) {
    const yoke_mpmc_side_ *side = pop ? &queue->consumers : &queue->producers;
    yoke_mpmc_shape_ shape = yoke_mpmc_shape_of_(queue->item_size);
    for (uint64_t place = __atomic_load_n(&side->place, __ATOMIC_SEQ_CST), after;; place = after) {
        run r = run_at(queue, shape, place & ~YOKE_MPMC_CLOSED_, 1, pop);
        if (__atomic_load_n(r.turn, __ATOMIC_SEQ_CST) == r.mine ||
            __atomic_load_n(&queue->closed, __ATOMIC_SEQ_CST))
            return 1;
        after = __atomic_load_n(&side->place, __ATOMIC_SEQ_CST);
        if (after == place) return 0;
    }
}

uint64_t yoke_mpmc_full_since_(const yoke_queue_mpmc *queue) {
    uint64_t place = __atomic_load_n(&queue->producers.place, __ATOMIC_SEQ_CST);
    return is_ready(queue, 0) ? 0 : place + 1;
}

/* Ends the wait of a thread that had announced itself: what it may have been woken for, and did not
 * take, is for another. */
static long leave(yoke_queue_mpmc *queue, yoke_mpmc_wait_ *wait, int pop, long result) {
    clear_waking(wait);
    if (is_ready(queue, pop)) yoke_mpmc_signal_(wait);
    return result;
}

static long sleep_until_moved(yoke_queue_mpmc *queue, void *items, size_t count, int pop,
                              yoke_deadline deadline) {
    yoke_mpmc_wait_ *wait = pop ? &queue->not_empty : &queue->not_full;
    YOKE__WAIT_REGION(pop ? "for an item of a queue" : "for room in a queue");
    for (;;) {
        uint32_t ticket = yoke_event_prepare(&wait->event);
        clear_waking(wait);
        long moved = move(queue, items, count, pop);
        if (moved != 0) {
            yoke_event_cancel(&wait->event);
            return leave(queue, wait, pop, moved);
        }
        int status = yoke_event_wait(&wait->event, ticket, deadline);
        clear_waking(wait);
        moved = move(queue, items, count, pop);
        if (moved != 0) return leave(queue, wait, pop, moved);
        if (status < 0) return leave(queue, wait, pop, status);
    }
}

static int timed_out(yoke_deadline deadline, int pop) {
    if (!yoke_deadline_passed(deadline)) return 0;
    return yoke_fail(YOKE_ETIMEDOUT, pop ? "pop: nothing came into the queue in time"
                                         : "push: no room came in the queue in time");
}

long yoke_mpmc_wait_for_(yoke_queue_mpmc *queue, void *items, size_t count, int pop,
                         yoke_deadline deadline) {
    int pauses = PAUSE_MIN;
    for (int yields = 0; yields < YIELDS;) {
        YOKE_TRY(timed_out(deadline, pop));
        if (pauses <= PAUSE_MAX) {
            for (int i = 0; i < pauses; i++) yoke__relax();
            pauses *= 2;
        } else {
            sched_yield();
            yields++;
        }
        long moved = move(queue, items, count, pop);
        if (moved != 0) return moved;
    }
    return sleep_until_moved(queue, items, count, pop, deadline);
}

long yoke_queue_mpmc_push(yoke_queue_mpmc *queue, const void *items, size_t count,
                          yoke_deadline deadline) {
    if (count == 0) return 0;
    long moved = move(queue, (void *)items, count, 0);
    return moved != 0 ? moved : yoke_mpmc_wait_for_(queue, (void *)items, count, 0, deadline);
}

long yoke_queue_mpmc_pop(yoke_queue_mpmc *queue, void *items, size_t most, yoke_deadline deadline) {
    if (most == 0) return 0;
    long moved = move(queue, items, most, 1);
    return moved != 0 ? moved : yoke_mpmc_wait_for_(queue, items, most, 1, deadline);
}

void yoke_queue_mpmc_close(yoke_queue_mpmc *queue) {
    share(&queue->producers); /* an owner's plain store would wipe the mark out */
    __atomic_store_n(&queue->closed, 1, __ATOMIC_SEQ_CST); /* before: see yoke_mpmc_stopped_ */
    __atomic_fetch_or(&queue->producers.place, YOKE_MPMC_CLOSED_, __ATOMIC_SEQ_CST);
    yoke_event_wake(&queue->not_empty.event);
    yoke_event_wake(&queue->not_full.event);
}

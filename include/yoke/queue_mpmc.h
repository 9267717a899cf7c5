/* SPDX-License-Identifier: Apache-2.0
 *
 * A bounded queue, many producers to many consumers, of items of a fixed size.
 *
 * The idea is Vyukov's (bounded MPMC queue, 2010): a ring of slots, each with a turn that says
 * whose it is, so that producers and consumers meet only in the slots. Two things are different.
 * A line of memory holds as many items as fit with their turns of one byte (7 of 8 bytes), since
 * what costs is moving lines between processors. And a side that only one thread has ever used is
 * that thread's own: it moves on by a plain store, until a second thread comes, which takes this
 * right away by a barrier on all threads (biased locking, after Kawachiya, Koseki and Onodera 2002;
 * the barrier after Dice, Huang and Yang, "Asymmetric Dekker synchronization", 2001).
 *
 * What holds
 *   Order      First in, first out, and linearizable: every call that moves items takes effect at
 *              one moment between its begin and its end, also a batch, whose items are neighbours
 *              in the queue. Consumers see the items of one producer in the order it pushed them.
 *   Capacity   Exactly `capacity` items.
 *   Close      A push that returned a number of items has put them into the queue for good: they
 *              are popped although it is closed afterwards. After close has returned no push moves
 *              anything, and pops return YOKE_ECLOSED once the queue is empty, not before.
 *   Memory     items of up to 31 bytes: 64 bytes for each 64 / (item_size + 1) items, rounded down
 *              (9.1 bytes for an item of 8); larger: item_size + 1 rounded up to 64. And 1 KiB.
 *
 * Progress
 *   The calls named try_ do not wait for room or for items. They are lock-free but for two things.
 *   A thread that is stopped between taking its place and filling (emptying) the slot does not stop
 *   others from taking the next places, but its item is not popped, nor those behind it, until it
 *   goes on: try_pop then returns 0 although the queue is not empty, and try_push although it is
 *   not full. That is the only case in which 0 says less than "empty" or "full" at a moment
 *   during the call. And the first call by a second thread of a side waits until the call that the
 *   first one may be in the middle of is over; this happens once on each side.
 *   The others wait: they pause, then yield, then sleep; a deadline ends this at any time.
 *   One item wakes one sleeper.
 *
 * All functions may be called by any thread, but for create and destroy; not by signal handlers.
 */
#ifndef YOKE_QUEUE_MPMC_H
#define YOKE_QUEUE_MPMC_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "yoke/deadline.h"
#include "yoke/event.h"
#include "yoke/memory.h"
#include "yoke/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_queue_mpmc yoke_queue_mpmc;

/* An empty queue of `capacity` items (1 or more) of `item_size` bytes (1 or more). Owned by the
 * caller. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_queue_mpmc_create(size_t capacity, size_t item_size, yoke_queue_mpmc **queue);
/* Items still inside are forgotten. No thread may be in a call or begin one. NULL is legal. */
YOKE_API void yoke_queue_mpmc_destroy(yoke_queue_mpmc *queue);

/* Copies up to `count` items, one after another in memory, in (out). Does not wait. Returns how
 * many: as many as there was room for (there were); 0 when there was none, or count is 0; see
 * above. YOKE_ECLOSED: no push any more; no pop any more, since the queue is empty as well. */
YOKE_API long yoke_queue_mpmc_try_push(yoke_queue_mpmc *queue, const void *items, size_t count);
YOKE_API long yoke_queue_mpmc_try_pop(yoke_queue_mpmc *queue, void *items, size_t most);
/* The same, but wait until at least one item was moved. What is there at once is moved whatever the
 * deadline. YOKE_ETIMEDOUT at the deadline, YOKE_ECLOSED as above; nothing was moved then. A count
 * of 0 returns 0 at once. Several waiting threads are served in no promised order. */
YOKE_API long yoke_queue_mpmc_push(yoke_queue_mpmc *queue, const void *items, size_t count,
                                   yoke_deadline deadline);
YOKE_API long yoke_queue_mpmc_pop(yoke_queue_mpmc *queue, void *items, size_t most,
                                  yoke_deadline deadline);
/* No item goes in any more; all waiting threads are woken. May be called again. Does not wait but
 * for the call that a lone producer may be in the middle of. */
YOKE_API void yoke_queue_mpmc_close(yoke_queue_mpmc *queue);

/* A typed and inlined queue: YOKE_DEFINE_QUEUE_MPMC at the end. */

/* ---- what follows is inlined into callers and may change ----
 *
 * A place is a number that only grows: the lap above, the slot in the lower bits, and in the top
 * bit of the producers' place YOKE_MPMC_CLOSED_. A slot is the number of a line times a power of
 * two plus the index in the line; indices that no item has are skipped. The turn of a slot is 2 *
 * lap while it is free for the producer of that lap and 2 * lap + 1 when its item is there.
 *
 * A call reads the place of its side, then the turn of that slot. If it is its turn, it moves the
 * place on, by compare-and-swap or by a store where the side is its own: this is the moment at
 * which it takes effect. Then it copies the item and writes the next turn.
 *
 * Why a turn of one byte is enough: the swap succeeds only if the place has not moved since it was
 * read, for it never returns to an old value. While the producers' place stands at lap n of a slot,
 * its turn is one of 2n - 2 (the producer of the last lap is on its way), 2n - 1 and 2n; while the
 * consumers' does, one of 2n - 1, 2n and 2n + 1. An older one cannot be seen, since who moved the
 * place here in the lap before had seen a later one, and released that with the place.
 *
 * Why close is exact: it sets a bit of the producers' place, so that a push comes either before (it
 * has its place, and will fill its slot) or fails. A pop says YOKE_ECLOSED only when it sees the
 * bit together with the consumers' own place, so all that was pushed has been popped. (`closed`
 * says that it is worth looking, so that consumers of an empty queue leave the producers' line
 * alone.) */

/* Written by the threads of one side only, but for `owner`. */
typedef struct __attribute__((aligned(YOKE_CACHE_PAD))) yoke_mpmc_side_ {
    uint64_t place;
    uint32_t owner; /* number (index + 1) of the only thread so far, or one of those below */
    uint32_t busy;  /* 1: the owner is in a call */
} yoke_mpmc_side_;

#define YOKE_MPMC_CLOSED_ ((uint64_t)1 << 63)
/* For `owner`. A thread without a number has 0, which is nobody's. */
#define YOKE_MPMC_SHARED_ 0xFFFFFFFFu /* all use compare-and-swap */
#define YOKE_MPMC_ENDING_ 0xFFFFFFFEu /* somebody waits until the owner has left */
#define YOKE_MPMC_NOBODY_ 0xFFFFFFFDu /* nobody came yet */

/* Where a side sleeps. */
typedef struct __attribute__((aligned(YOKE_CACHE_PAD))) yoke_mpmc_wait_ {
    yoke_event event;
    uint32_t waking; /* 1: a sleeper was woken and has not looked yet */
} yoke_mpmc_wait_;

struct yoke_queue_mpmc {
    unsigned char *lines;
    uint64_t mask; /* of the slot in a place */
    uint64_t last; /* the last slot */
    unsigned lap;  /* where in a place the lap begins */
    int closed;
    size_t item_size;
    yoke_mpmc_side_ producers, consumers;
    yoke_mpmc_wait_ not_empty, not_full;
};

/* How items lie in lines: items from the beginning, turns at the end. */
typedef struct yoke_mpmc_shape_ {
    size_t item; /* bytes */
    size_t line; /* bytes */
    unsigned items;
    unsigned shift; /* a line counts as 1 << shift slots */
} yoke_mpmc_shape_;

static inline yoke_mpmc_shape_ yoke_mpmc_shape_of_(size_t item_size) {
    yoke_mpmc_shape_ shape;
    shape.item = item_size;
    shape.items = item_size < 32 ? (unsigned)(64 / (item_size + 1)) : 1;
    shape.line = item_size < 32 ? 64 : (item_size | 63) + 1;
    shape.shift = shape.items > 1 ? 32 - (unsigned)__builtin_clz(shape.items - 1) : 0;
    return shape;
}

static inline unsigned char *yoke_mpmc_line_(const yoke_queue_mpmc *queue, yoke_mpmc_shape_ shape,
                                             uint64_t slot) {
    return queue->lines + (slot >> shape.shift) * shape.line;
}

static inline uint64_t yoke_mpmc_next_(const yoke_queue_mpmc *queue, yoke_mpmc_shape_ shape,
                                       uint64_t place) {
    uint64_t slot = place & queue->mask;
    if (__builtin_expect(slot == queue->last, 0)) return ((place >> queue->lap) + 1) << queue->lap;
    unsigned index = (unsigned)slot & ((1u << shape.shift) - 1);
    return place + (index == shape.items - 1 ? (1u << shape.shift) - index : 1);
}

/* The slow ways. */
YOKE_API int yoke_mpmc_enter_slowly_(yoke_mpmc_side_ *side);
YOKE_API int yoke_mpmc_stopped_(yoke_queue_mpmc *queue, uint64_t place, int pop);
YOKE_API void yoke_mpmc_wake_(yoke_mpmc_wait_ *wait);
/* 0: a push would go in now, or fail because of the close; else a number that changes with each
 * push. Any thread. */
YOKE_API uint64_t yoke_mpmc_full_since_(const yoke_queue_mpmc *queue);
YOKE_API long yoke_mpmc_wait_for_(yoke_queue_mpmc *queue, void *items, size_t count, int pop,
                                  yoke_deadline deadline);

static inline void yoke_mpmc_leave_(yoke_mpmc_side_ *side) {
    /* release: pairs with the acquire of who waits for the owner in yoke_mpmc_enter_slowly_. */
    __atomic_store_n(&side->busy, 0, __ATOMIC_RELEASE);
}

/* Whether the side is the caller's own until yoke_mpmc_leave_. */
static inline int yoke_mpmc_enter_(yoke_mpmc_side_ *side) {
    /* acquire: pairs with the store in yoke_mpmc_enter_slowly_, after the owner's last call. */
    uint32_t owner = __atomic_load_n(&side->owner, __ATOMIC_ACQUIRE);
    if (owner == YOKE_MPMC_SHARED_) return 0;
    if (__builtin_expect(owner == yoke_thread_number_, 1)) {
        /* relaxed, twice: who ends the ownership writes `owner`, runs a barrier on all threads, and
         * reads `busy`, so that either it sees this store or this thread sees its own. */
        __atomic_store_n(&side->busy, 1, __ATOMIC_RELAXED);
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        if (__builtin_expect(__atomic_load_n(&side->owner, __ATOMIC_RELAXED) == owner, 1)) return 1;
        yoke_mpmc_leave_(side);
    }
    return yoke_mpmc_enter_slowly_(side);
}

/* Moves one item. 1, 0, YOKE_ECLOSED. */
static inline int yoke_mpmc_move_(yoke_queue_mpmc *queue, void *item, yoke_mpmc_shape_ shape,
                                  int pop) {
    yoke_mpmc_side_ *side = pop ? &queue->consumers : &queue->producers;
    int own = yoke_mpmc_enter_(side);
    /* acquire: whoever moved the place here, in this lap or in the one before, saw the slot's turn
     * first and released the place after; so no older turn can be seen here. */
    uint64_t place = __atomic_load_n(&side->place, __ATOMIC_ACQUIRE);
    for (;;) {
        uint64_t slot = place & queue->mask;
        unsigned index = (unsigned)slot & ((1u << shape.shift) - 1);
        unsigned char *line = yoke_mpmc_line_(queue, shape, slot);
        unsigned char *turn = line + shape.line - shape.items + index;
        unsigned char mine = (unsigned char)((place >> queue->lap << 1) | (unsigned)pop);
        /* acquire: the other side is done with the slot; pairs with the release below. */
        if (__atomic_load_n(turn, __ATOMIC_ACQUIRE) != mine ||
            __builtin_expect(!pop && (place & YOKE_MPMC_CLOSED_), 0)) {
            if (own) yoke_mpmc_leave_(side);
            int status = yoke_mpmc_stopped_(queue, place, pop);
            if (status <= 0 || own) return status < 0 ? status : 0;
            place = __atomic_load_n(&side->place, __ATOMIC_ACQUIRE); /* as above */
            continue;
        }
        uint64_t next = yoke_mpmc_next_(queue, shape, place);
        /* release: pairs with the acquires of the place. */
        if (own)
            __atomic_store_n(&side->place, next, __ATOMIC_RELEASE);
        else if (!__atomic_compare_exchange_n(&side->place, &place, next, 1, __ATOMIC_RELEASE,
                                              __ATOMIC_ACQUIRE))
            continue;
        unsigned char *cell = line + index * shape.item;
        memcpy(pop ? item : cell, pop ? cell : item, shape.item);
        /* release: the item (that it was copied); pairs with the acquire above. */
        __atomic_store_n(turn, (unsigned char)(mine + 1), __ATOMIC_RELEASE);
        if (own) yoke_mpmc_leave_(side);
        return 1;
    }
}

/* To call after a move, with where the other side sleeps. */
static inline void yoke_mpmc_signal_(yoke_mpmc_wait_ *wait) {
    if (__builtin_expect(yoke_event_awaited(&wait->event), 0)) yoke_mpmc_wake_(wait);
}

static inline long yoke_mpmc_move_one_(yoke_queue_mpmc *queue, void *item, size_t size, int pop) {
    int moved = yoke_mpmc_move_(queue, item, yoke_mpmc_shape_of_(size), pop);
    if (__builtin_expect(moved > 0, 1))
        yoke_mpmc_signal_(pop ? &queue->not_full : &queue->not_empty);
    return moved;
}

static inline long yoke_mpmc_move_one_by_(yoke_queue_mpmc *queue, void *item, size_t size, int pop,
                                          yoke_deadline deadline) {
    long moved = yoke_mpmc_move_one_(queue, item, size, pop);
    if (__builtin_expect(moved != 0, 1)) return moved;
    return yoke_mpmc_wait_for_(queue, item, 1, pop, deadline);
}

static inline int yoke_mpmc_create_(size_t capacity, size_t size, void *queue) {
    yoke_queue_mpmc *made;
    YOKE_TRY(yoke_queue_mpmc_create(capacity, size, &made));
    memcpy(queue, &made, sizeof(void *)); /* *queue is a pointer of another type */
    return YOKE_OK;
}

/* Defines the type `name`, a queue of T, and these functions, which do as those above do; those of
 * one item return 1 when it was moved. &queue->core is the untyped queue, for everything else.
 *
 *     int name_create(size_t capacity, name **queue);
 *     void name_destroy(name *queue);
 *     long name_try_push(name *queue, T item);
 *     long name_try_pop(name *queue, T *item);
 *     long name_push(name *queue, T item, yoke_deadline deadline);
 *     long name_pop(name *queue, T *item, yoke_deadline deadline);
 *     long name_push_many(name *queue, const T *items, size_t count, yoke_deadline deadline);
 *     long name_pop_many(name *queue, T *items, size_t most, yoke_deadline deadline);
 */
#define YOKE_MQ_ static inline __attribute__((unused))
/* clang-format off */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define YOKE_DEFINE_QUEUE_MPMC(name, T)                                                            \
    typedef struct name { yoke_queue_mpmc core; } name;                                            \
    YOKE_MQ_ int name##_create(size_t n, name **q) { return yoke_mpmc_create_(n, sizeof(T), q); }  \
    YOKE_MQ_ void name##_destroy(name *q) { yoke_queue_mpmc_destroy((yoke_queue_mpmc *)q); }       \
    YOKE_MQ_ long name##_try_push(name *q, T x) {                                                  \
        return yoke_mpmc_move_one_(&q->core, &x, sizeof x, 0); }                                   \
    YOKE_MQ_ long name##_try_pop(name *q, T *x) {                                                  \
        return yoke_mpmc_move_one_(&q->core, x, sizeof(T), 1); }                                   \
    YOKE_MQ_ long name##_push(name *q, T x, yoke_deadline until) {                                 \
        return yoke_mpmc_move_one_by_(&q->core, &x, sizeof x, 0, until); }                         \
    YOKE_MQ_ long name##_pop(name *q, T *x, yoke_deadline until) {                                 \
        return yoke_mpmc_move_one_by_(&q->core, x, sizeof(T), 1, until); }                         \
    YOKE_DEFINE_QUEUE_MPMC_MANY_(name, T)
#define YOKE_DEFINE_QUEUE_MPMC_MANY_(name, T)                                                      \
    YOKE_MQ_ long name##_push_many(name *q, const T *x, size_t n, yoke_deadline until) {           \
        return yoke_queue_mpmc_push(&q->core, x, n, until); }                                      \
    YOKE_MQ_ long name##_pop_many(name *q, T *x, size_t n, yoke_deadline until) {                  \
        return yoke_queue_mpmc_pop(&q->core, x, n, until); }
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format on */

#ifdef __cplusplus
}
#endif
#endif

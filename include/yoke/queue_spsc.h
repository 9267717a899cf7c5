/* SPDX-License-Identifier: Apache-2.0
 *
 * A bounded queue of items of a fixed size between one producer and one consumer.
 *
 * The items lie in a ring. Each side keeps its own index, and a copy of the other side's that it
 * renews only when the copy says that there is nothing left to do. So while the queue is neither
 * full nor empty the two threads share no line but those of the items. The index of a side is
 * visible with the operation that moved it: what was pushed can be popped without a further call.
 * After Lamport, "Specifying concurrent program modules" (1983), and the cached indices of Lee et
 * al., "A lock-free, cache-efficient shared ring buffer" (MCRingBuffer, 2009).
 *
 * Who may call   One thread at a time pushes (push, reserve, commit, await_room), one at a time
 *                pops (pop, peek, release, await_items); they may be the same. A role may be handed
 *                on with anything that orders the two threads. Any thread may close.
 * Progress       try_..., reserve, commit, peek, release and close are wait-free. push, pop and
 *                await_... look for some microseconds and then sleep in the kernel.
 * Order          FIFO, linearizable. A batch moves at one moment. The queue holds exactly
 *                `capacity` items: full and empty are answered only when they are true.
 * Close          After the close push fails with YOKE_ECLOSED, and pop hands out what is left and
 *                then fails with YOKE_ECLOSED for ever. Every item whose push succeeded can be
 *                popped, also when that push ran at the same time as the close. Sleepers wake.
 * Memory         (capacity rounded up to a power of two) * item_size + 384 bytes, all at create.
 */
#ifndef YOKE_QUEUE_SPSC_H
#define YOKE_QUEUE_SPSC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "yoke/deadline.h"
#include "yoke/event.h"
#include "yoke/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The fields are the queue's own. */
typedef struct yoke_queue_spsc {
    /* Read by both sides at every call; written by close and by who falls asleep. */
    uint64_t limit; /* capacity; 0 once closed, so that the check for room is the one for close */
    uint64_t mask;  /* places of the ring - 1 */
    char *ring;
    size_t item_size;
    size_t capacity;
    uint32_t verdict; /* on a push that met the close: 0 none yet, or who was first */
    yoke_event not_empty;
    yoke_event not_full;
    /* The producer's. */
    struct {
        uint64_t tail;          /* counts all items pushed */
        uint64_t head_seen;     /* not above head */
        uint32_t push_patience; /* pauses before it looks again when full */
    } __attribute__((aligned(YOKE_CACHE_PAD)));
    /* The consumer's. */
    struct {
        uint64_t head;         /* counts all items popped */
        uint64_t tail_seen;    /* not above tail */
        uint32_t pop_patience; /* pauses before it looks again when empty */
        bool ended;            /* YOKE_ECLOSED was answered: nothing that comes later counts */
    } __attribute__((aligned(YOKE_CACHE_PAD)));
} yoke_queue_spsc;

/* An empty queue. capacity: items, 1 or more. item_size: bytes, 1 or more. Items are copied as
 * bytes; in the ring they are aligned as item_size allows, at most to YOKE_CACHE_PAD. YOKE_EINVAL,
 * YOKE_ERANGE (beyond PTRDIFF_MAX bytes), YOKE_ENOMEM. */
YOKE_API int yoke_queue_spsc_create(size_t capacity, size_t item_size, yoke_queue_spsc **queue);
/* Items left are dropped. No thread may be inside a call. NULL is legal. */
YOKE_API void yoke_queue_spsc_destroy(yoke_queue_spsc *queue);

/* Move as many of `count` items as there is room for, or up to `most` of those there. The number
 * moved, 0 when full or empty (or nothing was asked for), YOKE_ECLOSED. Never wait. */
YOKE_API long yoke_queue_spsc_try_push(yoke_queue_spsc *queue, const void *items, size_t count);
YOKE_API long yoke_queue_spsc_try_pop(yoke_queue_spsc *queue, void *items, size_t most);

/* The same, but wait until at least one item can be moved; not until all are. Also YOKE_ETIMEDOUT:
 * nothing was moved. With a deadline that is past they try once. */
YOKE_API long yoke_queue_spsc_push(yoke_queue_spsc *queue, const void *items, size_t count,
                                   yoke_deadline deadline);
YOKE_API long yoke_queue_spsc_pop(yoke_queue_spsc *queue, void *items, size_t most,
                                  yoke_deadline deadline);

/* Without copying. Give the place of the next free slots (to write into) or of the next items (to
 * read) and how many lie there in one piece, at most `most`; at the end of the ring fewer than
 * there are. 0 when full or empty, YOKE_ECLOSED; *items is then not written. The slots are the
 * caller's until commit, the items until release; asked again, both give the same place. */
YOKE_API long yoke_queue_spsc_reserve(yoke_queue_spsc *queue, size_t most, void **items);
YOKE_API long yoke_queue_spsc_peek(yoke_queue_spsc *queue, size_t most, const void **items);
/* Push the first `count` slots of the last reserve: count, or YOKE_ECLOSED and none is pushed.
 * YOKE_EINVAL when there are not so many free slots. */
YOKE_API long yoke_queue_spsc_commit(yoke_queue_spsc *queue, size_t count);
/* Pops the first `count` items of the last peek. YOKE_EINVAL when there are not so many. */
YOKE_API int yoke_queue_spsc_release(yoke_queue_spsc *queue, size_t count);

/* Wait until there is room for an item, or an item. YOKE_OK, YOKE_ETIMEDOUT, YOKE_ECLOSED. */
YOKE_API int yoke_queue_spsc_await_room(yoke_queue_spsc *queue, yoke_deadline deadline);
YOKE_API int yoke_queue_spsc_await_items(yoke_queue_spsc *queue, yoke_deadline deadline);

/* Any thread, any number of times; does not wait. */
YOKE_API void yoke_queue_spsc_close(yoke_queue_spsc *queue);

/* The number of items, for reports: true at some moment of the call for the two sides, an estimate
 * from 0 to capacity for others. Any thread. */
YOKE_API size_t yoke_queue_spsc_size(const yoke_queue_spsc *queue);

/* ---- the inlined core: one item of a size that the compiler knows ---- */

#define YOKE_SPSC_INLINE_ static inline __attribute__((always_inline, unused))

YOKE_API long yoke_spsc_full_(yoke_queue_spsc *queue);
YOKE_API long yoke_spsc_empty_(yoke_queue_spsc *queue);
YOKE_API long yoke_spsc_settle_(yoke_queue_spsc *queue, uint64_t tail, uint64_t count);

/* The free slots, where the copy of head is good enough when it shows `wanted`. 0 once closed. */
YOKE_SPSC_INLINE_ uint64_t yoke_spsc_room_(yoke_queue_spsc *queue, uint64_t tail, uint64_t wanted) {
    /* relaxed: a close that the caller knows of is seen, for it happened before; one that it does
     * not know of is found after the push, in yoke_spsc_publish_. */
    uint64_t limit = __atomic_load_n(&queue->limit, __ATOMIC_RELAXED);
    if (__builtin_expect(tail - queue->head_seen + wanted > limit, 0)) {
        /* acquire: the consumer has read the slots; pairs with yoke_spsc_advance_. */
        queue->head_seen = __atomic_load_n(&queue->head, __ATOMIC_ACQUIRE);
    }
    uint64_t used = tail - queue->head_seen;
    return used < limit ? limit - used : 0;
}

/* The items there, where the copy of tail is good enough when it shows `wanted`. */
YOKE_SPSC_INLINE_ uint64_t yoke_spsc_there_(yoke_queue_spsc *queue, uint64_t head,
                                            uint64_t wanted) {
    if (__builtin_expect(queue->tail_seen - head < wanted, 0) && !queue->ended) {
        /* acquire: the items were written; pairs with yoke_spsc_publish_. */
        queue->tail_seen = __atomic_load_n(&queue->tail, __ATOMIC_ACQUIRE);
    }
    return queue->tail_seen - head;
}

/* Makes the slots from tail on items. */
YOKE_SPSC_INLINE_ long yoke_spsc_publish_(yoke_queue_spsc *queue, uint64_t tail, uint64_t count) {
    /* release: the items were written; pairs with yoke_spsc_there_. */
    __atomic_store_n(&queue->tail, tail + count, __ATOMIC_RELEASE);
    yoke_event_signal(&queue->not_empty);
    /* relaxed, but not before the store: the compiler is told in yoke_event_signal, the processor
     * by the consumer's barrier in yoke_spsc_empty_, which says why. */
    uint64_t limit = __atomic_load_n(&queue->limit, __ATOMIC_RELAXED);
    if (__builtin_expect(limit == 0, 0)) return yoke_spsc_settle_(queue, tail, count);
    return (long)count;
}

/* Makes the items from head on free slots. */
YOKE_SPSC_INLINE_ void yoke_spsc_advance_(yoke_queue_spsc *queue, uint64_t head, uint64_t count) {
    /* release: the items were read; pairs with yoke_spsc_room_. */
    __atomic_store_n(&queue->head, head + count, __ATOMIC_RELEASE);
    yoke_event_signal(&queue->not_full);
}

YOKE_SPSC_INLINE_ long yoke_spsc_put_(yoke_queue_spsc *queue, const void *item, size_t size) {
    uint64_t tail = __atomic_load_n(&queue->tail, __ATOMIC_RELAXED); /* relaxed: its own */
    /* relaxed: as in yoke_spsc_room_. */
    uint64_t limit = __atomic_load_n(&queue->limit, __ATOMIC_RELAXED);
    if (__builtin_expect(tail - queue->head_seen >= limit, 0) && !yoke_spsc_room_(queue, tail, 1)) {
        return yoke_spsc_full_(queue);
    }
    memcpy(queue->ring + (tail & queue->mask) * size, item, size);
    return yoke_spsc_publish_(queue, tail, 1);
}

YOKE_SPSC_INLINE_ long yoke_spsc_get_(yoke_queue_spsc *queue, void *item, size_t size) {
    uint64_t head = __atomic_load_n(&queue->head, __ATOMIC_RELAXED); /* relaxed: its own */
    if (__builtin_expect(!yoke_spsc_there_(queue, head, 1), 0)) return yoke_spsc_empty_(queue);
    memcpy(item, queue->ring + (head & queue->mask) * size, size);
    yoke_spsc_advance_(queue, head, 1);
    return 1;
}

YOKE_SPSC_INLINE_ long yoke_spsc_put_by_(yoke_queue_spsc *queue, const void *item, size_t size,
                                         yoke_deadline deadline) {
    for (;;) {
        long moved = yoke_spsc_put_(queue, item, size);
        if (__builtin_expect(moved != 0, 1)) return moved;
        YOKE_TRY(yoke_queue_spsc_await_room(queue, deadline));
    }
}

YOKE_SPSC_INLINE_ long yoke_spsc_get_by_(yoke_queue_spsc *queue, void *item, size_t size,
                                         yoke_deadline deadline) {
    for (;;) {
        long moved = yoke_spsc_get_(queue, item, size);
        if (__builtin_expect(moved != 0, 1)) return moved;
        YOKE_TRY(yoke_queue_spsc_await_items(queue, deadline));
    }
}

YOKE_SPSC_INLINE_ int yoke_spsc_create_(size_t capacity, size_t size, void *queue) {
    yoke_queue_spsc *made;
    YOKE_TRY(yoke_queue_spsc_create(capacity, size, &made));
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
#define YOKE_SQ_ static inline __attribute__((unused))
/* clang-format off */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define YOKE_DEFINE_QUEUE_SPSC(name, T)                                                            \
    typedef struct name { yoke_queue_spsc core; } name;                                            \
    YOKE_SQ_ int name##_create(size_t n, name **q) { return yoke_spsc_create_(n, sizeof(T), q); }  \
    YOKE_SQ_ void name##_destroy(name *q) { yoke_queue_spsc_destroy((yoke_queue_spsc *)q); }       \
    YOKE_SQ_ long name##_try_push(name *q, T x) { return yoke_spsc_put_(&q->core, &x, sizeof x); } \
    YOKE_SQ_ long name##_try_pop(name *q, T *x) { return yoke_spsc_get_(&q->core, x, sizeof(T)); } \
    YOKE_SQ_ long name##_push(name *q, T x, yoke_deadline until) {                                 \
        return yoke_spsc_put_by_(&q->core, &x, sizeof x, until); }                                 \
    YOKE_SQ_ long name##_pop(name *q, T *x, yoke_deadline until) {                                 \
        return yoke_spsc_get_by_(&q->core, x, sizeof(T), until); }                                 \
    YOKE_SQ_ long name##_push_many(name *q, const T *x, size_t n, yoke_deadline until) {           \
        return yoke_queue_spsc_push(&q->core, x, n, until); }                                      \
    YOKE_SQ_ long name##_pop_many(name *q, T *x, size_t n, yoke_deadline until) {                  \
        return yoke_queue_spsc_pop(&q->core, x, n, until); }
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format on */

#ifdef __cplusplus
}
#endif
#endif

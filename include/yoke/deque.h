/* SPDX-License-Identifier: Apache-2.0
 *
 * A work-stealing deque of pointers: one owner pushes and takes at one end, last in first out; any
 * thread steals at the other, first in first out.
 *
 * It is the deque of Chase and Lev, "Dynamic Circular Work-Stealing Deque" (SPAA 2005), *split*
 * after Dinan et al., "Scalable Work Stealing" (SC 2009) and van Dijk and van de Pol, "Lace"
 * (2014):
 *
 *      top            split            bottom
 *       | public items  | private items  |            positions, 64 bits
 *       thieves take ->                <- the owner pushes and takes
 *
 * The owner works on its private items with plain instructions. A thief that finds no public item
 * asks, and one that takes the last asks ahead for the next; the owner sees that at its next push,
 * take or poll, and makes half of its private items public, the oldest. When the owner has no
 * private items left it takes back half of the public ones, and with the last of them it asks
 * itself. sharding/deque.c has the protocol and its proof, tests/models/deque.pml a model of it.
 *
 * Progress. push (but for growth, which allocates) and take are wait-free: without a loop while
 * there are private items; else a take runs once more for each steal it collides with, and at most
 * 4 * YOKE_DEQUE_BATCH + 2.5 * log2(items) times. A steal is wait-free and may lose a race; then
 * another thread won. Nothing waits for a thread that is not running.
 *
 * Concurrency. One owner, any number of thieves. push, take and a steal that won are linearizable,
 * a steal of several at once as one step. A take that says "empty" is exact: everything pushed has
 * been taken or stolen. A steal that says "nothing" means that nothing was *public* at a moment
 * during the call.
 *
 * Reading. yoke_deque_size is a guess while others work, exact at quiescence.
 *
 * Memory. 512 bytes, and 8 for each place of the ring, which doubles when it is full and never
 * shrinks. The old rings, together smaller than the present one, are kept until fini, since a slow
 * thief may still read them. Nothing but a push that grows the ring allocates.
 */
#ifndef YOKE_DEQUE_H
#define YOKE_DEQUE_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/event.h"
#include "yoke/memory.h"
#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The most items that one steal moves. */
#define YOKE_DEQUE_BATCH 8

/* What a steal returns when another thread won the race for the same items: there may be more. It
 * is no failure and leaves no detail. */
#define YOKE_DEQUE_LOST (-100)

struct yoke_deque_ring_;

enum yoke_deque_asked_ {
    YOKE_DEQUE_AHEAD_ = 1, /* by who took the last public item, or by the owner itself */
    YOKE_DEQUE_VAIN_ = 2   /* by who found none */
};

/* Only the functions below touch the fields. May be part of the caller's own structure, whose
 * memory must then be aligned as this is (yoke_aligned_alloc). */
typedef struct yoke_deque {
    /* the owner's; others read `bottom` for the size */
    uint64_t bottom __attribute__((aligned(YOKE_CACHE_PAD))); /* position of the next push */
    uint64_t split; /* of the oldest private item; what the owner last gave as `shared` */
    uint64_t limit; /* the ring is known to have room below it */
    void **items;   /* of the present ring */
    uint64_t mask;  /* its size - 1 */
    yoke_event *event;
    /* written by the owner now and then, read by thieves */
    uint64_t shared __attribute__((aligned(YOKE_CACHE_PAD))); /* items below it are public */
    struct yoke_deque_ring_ *ring;                            /* the present ring */
    /* written by thieves, and by an owner that takes public items */
    uint64_t top __attribute__((aligned(YOKE_CACHE_PAD))); /* position of the oldest item */
    /* yoke_deque_asked_: set by thieves, cleared by the owner */
    uint32_t asked __attribute__((aligned(YOKE_CACHE_PAD)));
} yoke_deque;

/* ---- making: one thread, before and after all others ---- */

/* Starts an empty deque in memory of the caller, with room for `capacity` items (rounded up to a
 * power of two; 0: 64) before it grows. YOKE_EINVAL: the memory is not aligned to YOKE_CACHE_PAD;
 * YOKE_ERANGE: more than 2^40 items; YOKE_ENOMEM. Does not block. */
YOKE_API int yoke_deque_init(yoke_deque *deque, size_t capacity);
/* Releases the rings, not the items that are still inside. After a failed init, and on a zeroed
 * deque, it does nothing. */
YOKE_API void yoke_deque_fini(yoke_deque *deque);

/* The same with memory of its own. *deque is the caller's, to be destroyed. */
YOKE_API int yoke_deque_create(size_t capacity, yoke_deque **deque);
YOKE_API void yoke_deque_destroy(yoke_deque *deque); /* NULL is legal */

/* From now on one waiter of the event is woken whenever items become public (NULL: none), so that
 * thieves may sleep on it: a thief announces itself (yoke_event_prepare), tries to steal from every
 * deque once more, and waits; one that was woken and found something wakes the next, as there may
 * be more. Then no item that becomes public is missed, and as the thief has asked, the next push,
 * take or poll of an owner with private items makes some public. The event must live as long as the
 * deque. The owner calls it, best before there are thieves. */
YOKE_API void yoke_deque_set_event(yoke_deque *deque, yoke_event *event);

/* ---- the owner: one thread at a time; a new owner must synchronise with the old one ---- */

/* The slow paths of the functions below. */
YOKE_API int yoke_deque_push_full_(yoke_deque *deque, void *item);
YOKE_API void *yoke_deque_take_public_(yoke_deque *deque);
YOKE_API void yoke_deque_answer_(yoke_deque *deque);

/* Makes half of the private items public, when there are some and a thief has asked since the last
 * time. To be called now and then by an owner that works for long without a push or take. */
static inline void yoke_deque_poll(yoke_deque *deque) {
    /* relaxed: a hint and no more; pairs with the store in ask(). Nothing is read on its account.
     */
    if (__builtin_expect(__atomic_load_n(&deque->asked, __ATOMIC_RELAXED) != 0, 0) &&
        deque->bottom != deque->split) {
        yoke_deque_answer_(deque);
    }
}

/* yoke_deque_push, for who has read `bottom`. */
static inline int yoke_deque_push_at_(yoke_deque *deque, void *item, uint64_t bottom) {
    if (__builtin_expect(bottom == deque->limit, 0)) return yoke_deque_push_full_(deque, item);
    /* relaxed: a thief reads the item only after it has read a `shared` above this position, which
     * the owner stores with release later on. Nobody else looks here before. */
    __atomic_store_n(&deque->items[bottom & deque->mask], item, __ATOMIC_RELAXED);
    /* relaxed: only yoke_deque_size reads it from outside, and trusts it with nothing. */
    __atomic_store_n(&deque->bottom, bottom + 1, __ATOMIC_RELAXED);
    yoke_deque_poll(deque);
    return YOKE_OK;
}

/* Adds an item, a pointer other than NULL that the deque does not follow, as the newest. What was
 * written before the push is visible to whoever gets the item. YOKE_ENOMEM: the ring was full and
 * could not grow; the deque is as before. */
static inline int yoke_deque_push(yoke_deque *deque, void *item) {
    return yoke_deque_push_at_(deque, item, deque->bottom);
}

/* Removes the newest item and returns it; NULL when the deque is empty. */
static inline void *yoke_deque_take(yoke_deque *deque) {
    uint64_t bottom = deque->bottom;
    if (__builtin_expect(bottom == deque->split, 0)) return yoke_deque_take_public_(deque);
    /* relaxed, both: the item is private, so no other thread has to do with its place; `bottom` as
     * in yoke_deque_push. */
    void *item = __atomic_load_n(&deque->items[(bottom - 1) & deque->mask], __ATOMIC_RELAXED);
    __atomic_store_n(&deque->bottom, bottom - 1, __ATOMIC_RELAXED);
    yoke_deque_poll(deque);
    return item;
}

/* The mark of a position: even and no multiple of 4, so that a word can hold either a mark or a
 * pointer. */
static inline uint64_t yoke_deque_mark(uint64_t position) { return position * 4 + 2; }

/* Removes the newest item if it is private and lies at the position marked (`bottom` before its
 * push): 1; else 0 and nothing is done. For an owner that remembers where it put an item: the mark
 * alone determines where the next push goes, so a processor need not wait for what the last one
 * stored. */
static inline int yoke_deque_take_marked(yoke_deque *deque, uint64_t mark) {
    uint64_t bottom = deque->bottom;
    if (__builtin_expect(mark != yoke_deque_mark(bottom - 1) || bottom == deque->split, 0))
        return 0;
    /* relaxed: a hint, as in yoke_deque_poll; the item itself is not given away. */
    if (__builtin_expect(__atomic_load_n(&deque->asked, __ATOMIC_RELAXED) != 0, 0) &&
        bottom - deque->split > 1)
        yoke_deque_answer_(deque);
    /* relaxed: as in yoke_deque_push. */
    __atomic_store_n(&deque->bottom, mark / 4, __ATOMIC_RELAXED);
    return 1;
}

/* Whether a thief has found nothing and there was nothing private to give: for an owner that could
 * make work by splitting what it does. */
static inline int yoke_deque_is_asked(const yoke_deque *deque) {
    /* relaxed: as in yoke_deque_poll. */
    return __atomic_load_n(&deque->asked, __ATOMIC_RELAXED) == YOKE_DEQUE_VAIN_;
}

/* Asks on behalf of thieves to come: the next push makes an item public. For an owner that is about
 * to push large pieces of work, with long intervals in which it answers nobody. */
static inline void yoke_deque_offer(yoke_deque *deque) {
    /* relaxed, both: a hint, as in yoke_deque_poll; that of a thief who finds nothing at this very
     * moment must stay. */
    uint32_t none = 0;
    if (!__atomic_load_n(&deque->asked, __ATOMIC_RELAXED))
        __atomic_compare_exchange_n(&deque->asked, &none, YOKE_DEQUE_AHEAD_, 0, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED);
}

/* Makes all items public: before the owner blocks, or works for long without a look at its deque.
 */
YOKE_API void yoke_deque_share(yoke_deque *deque);

/* ---- any thread ---- */

/* Removes the oldest item: 1 and *item; 0: nothing is public (the owner has now been asked); or
 * YOKE_DEQUE_LOST. The owner may call it, too. */
YOKE_API int yoke_deque_steal(yoke_deque *deque, void **item);

/* As yoke_deque_steal, and 0 as well unless *word, which others write atomically, is `value` at a
 * moment when the item was public and in its place, which it kept until it was stolen. */
YOKE_API int yoke_deque_steal_while(yoke_deque *deque, void **item, const uintptr_t *word,
                                    uintptr_t value);

/* Removes up to `most` items at once, the oldest first, but not more than YOKE_DEQUE_BATCH and half
 * (rounded up) of the public ones: their number and items[]; 0; or YOKE_DEQUE_LOST. */
YOKE_API int yoke_deque_steal_batch(yoke_deque *deque, void **items, size_t most);

/* The number of items, public and private, about as of now. It reads what the owner is writing and
 * so disturbs it: for reports, not for every look at a victim. */
YOKE_API size_t yoke_deque_size(const yoke_deque *deque);

#ifdef __cplusplus
}
#endif
#endif

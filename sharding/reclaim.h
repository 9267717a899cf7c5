/* SPDX-License-Identifier: Apache-2.0
 *
 * The readers' side of reclamation, inline: for structures of this module that read often. The
 * orders are argued in sharding/reclaim.c.
 */
#ifndef YOKE_SHARDING_RECLAIM_H
#define YOKE_SHARDING_RECLAIM_H

#include "runtime/thread.h"
#include "yoke/event.h"
#include "yoke/reclaim.h"

/* The era, alone in its lines: read by all, written rarely. */
typedef struct yoke__reclaim_clock {
    _Alignas(YOKE_CACHE_PAD) _Atomic uint64_t now;
} yoke__reclaim_clock;
extern yoke__reclaim_clock yoke__era __attribute__((visibility("hidden")));

/* A pointer that stands for pointers to anything. */
typedef void *yoke__any_pointer __attribute__((__may_alias__));

/* Sets the end of the reservation such that all later loads of the thread come after it. */
static inline void yoke__reclaim_reserve(yoke__thread *self, uint64_t era) {
    if (__builtin_expect(yoke_barrier_asymmetric_, 1)) {
        /* relaxed: ordered before the loads that follow by the compiler here, and by the barrier
         * that a reclaimer runs on this processor before it reads `upper`. */
        atomic_store_explicit(&self->upper, era, memory_order_relaxed);
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
    } else {
        atomic_exchange(&self->upper, era);
    }
}

static inline void yoke__reclaim_enter(yoke__thread *self) {
    if (self->depth++ > 0) return;
    /* acquire: what was tagged with an earlier era was unlinked before; pairs with the increment of
     * the era that gave the tag. */
    uint64_t era = atomic_load_explicit(&yoke__era.now, memory_order_acquire);
    /* release: reads of earlier sections come before; pairs with the acquire in gather(). */
    atomic_store_explicit(&self->lower, era, memory_order_release);
    yoke__reclaim_reserve(self, era);
}

static inline void yoke__reclaim_leave(yoke__thread *self) {
    if (--self->depth > 0) return;
    /* release: this section's reads come before; pairs with the acquire in gather(). */
    atomic_store_explicit(&self->lower, YOKE__IDLE, memory_order_release);
}

/* The same for a section of a thread that is in none and enters none inside, where the barrier is
 * asymmetric: without counting, and with as few instructions as there can be. Returns the era; a
 * pointer that is loaded then may be used if yoke__reclaim_is_covered says so afterwards. */
static inline uint64_t yoke__reclaim_enter_leaf(yoke__thread *self) {
    /* acquire, release, relaxed: as in yoke__reclaim_enter and yoke__reclaim_reserve. */
    uint64_t era = atomic_load_explicit(&yoke__era.now, memory_order_acquire);
    atomic_store_explicit(&self->lower, era, memory_order_release);
    atomic_store_explicit(&self->upper, era, memory_order_relaxed);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return era;
}

static inline int yoke__reclaim_is_covered(uint64_t era) {
    return atomic_load(&yoke__era.now) == era;
}

static inline void yoke__reclaim_leave_leaf(yoke__thread *self) {
    /* release: as in yoke__reclaim_leave. */
    atomic_store_explicit(&self->lower, YOKE__IDLE, memory_order_release);
}

static inline void *yoke__reclaim_load(yoke__thread *self, void *const *where) {
    for (;;) {
        void *found = __atomic_load_n((yoke__any_pointer const *)where, __ATOMIC_SEQ_CST);
        uint64_t era = atomic_load(&yoke__era.now);
        /* relaxed: only this thread writes it. */
        uint64_t upper = atomic_load_explicit(&self->upper, memory_order_relaxed);
        if (__builtin_expect(era == upper, 1)) return found;
        yoke__reclaim_reserve(self, era);
    }
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * The order in which locks are taken: ranks, and for those without, what was seen in waits.
 */
#ifndef YOKE_RUNTIME_LOCK_ORDER_H
#define YOKE_RUNTIME_LOCK_ORDER_H

#include "runtime/thread.h"

/* Whether the rank is above all that the thread holds, or none. */
static inline bool yoke__order_allows(const yoke__thread *self, int32_t rank) {
    return __builtin_expect(rank == 0, 1) || rank > yoke__held_top(&self->holds);
}

/* Reports that the thread, which is the caller, takes a lock of a rank that is not allowed. */
void yoke__order_report(yoke__thread *self, const void *lock, const char *name, int32_t rank,
                        const char *site);

/* Notes that the caller is about to sleep for this lock, after all that it holds, and reports each
 * pair whose other order was noted before. Not compared are the lock itself and `part`, what it
 * holds only as a part of this lock (or NULL). May call the user, so that the list of held locks
 * may have moved after it; places that were reserved are still there. */
void yoke__order_wait(yoke__thread *self, const void *lock, const void *part, const char *name,
                      int32_t rank, const char *site);

/* Forgets what is known by the lock's address. */
void yoke__order_forget(const void *lock);

/* For fork(): nobody notes or reads meanwhile. */
void yoke__order_lock(void);
void yoke__order_unlock(void);

#endif

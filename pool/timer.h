/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers of a pool, without a thread of their own: its workers look at the earliest moment between
 * jobs, and one of those that sleep, the watch, sleeps no longer than until then.
 *
 * A binary heap under a mutex; `alarm` is the moment of its top, which workers read without it.
 * `watched` is the moment until which some worker sleeps at most. A worker about to sleep that sees
 * an earlier alarm becomes the watch. Setting an earlier alarm wakes one worker, which becomes the
 * watch when it finds nothing else to do; and a watch that is woken for work wakes another (that is
 * what all do who rested, see pool.h), so a timer is late only when all workers are busy.
 */
#ifndef YOKE_POOL_TIMER_H
#define YOKE_POOL_TIMER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "yoke/deadline.h"

typedef struct yoke__timer {
    void (*fire)(struct yoke__timer *timer); /* on a worker, outside of locks */
    yoke_deadline at;
    size_t place; /* in the heap, from 1; 0: not in it */
    bool dead;    /* never set again */
    struct yoke__timer *next;
} yoke__timer;

typedef struct yoke__timers {
    _Atomic yoke_deadline alarm, watched; /* YOKE_FOREVER: none */
    pthread_mutex_t lock;
    yoke__timer **heap; /* from 1 */
    size_t count, room, reserved;
} yoke__timers;

void yoke__timers_init(yoke__timers *timers);
void yoke__timers_fini(yoke__timers *timers);
/* Makes room for one more, so that setting cannot fail. YOKE_ENOMEM. */
int yoke__timers_reserve(yoke__timers *timers);
void yoke__timers_unreserve(yoke__timers *timers);
/* Puts it in, to fire once at that moment. False: it is dead. *earliest: a worker must be woken. */
bool yoke__timer_set(yoke__timers *timers, yoke__timer *timer, yoke_deadline at, bool *earliest);
/* Makes it dead. True: it was in, and does not fire; else it has fired, or does so just now. */
bool yoke__timer_kill(yoke__timers *timers, yoke__timer *timer);

/* ---- for workers ---- */

/* Fires what is due. */
void yoke__timers_fire(yoke__timers *timers);
/* Whether to call it. */
static inline bool yoke__timers_armed(yoke__timers *timers) {
    /* relaxed: who sets an alarm wakes a worker after it. */
    return atomic_load_explicit(&timers->alarm, memory_order_relaxed) != YOKE_FOREVER;
}
/* Until when to sleep; to be followed by _unwatch with the same. */
yoke_deadline yoke__timers_watch(yoke__timers *timers);
void yoke__timers_unwatch(yoke__timers *timers, yoke_deadline until);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * An event count: lets a thread sleep until a condition of a lock-free structure may have changed.
 *
 * The structure's own words hold the condition; the event only says "look again". Who makes the
 * condition true calls yoke_event_signal, which is a load and a branch while nobody sleeps. Who
 * waits announces itself, looks once more, and sleeps:
 *
 *     for (;;) {
 *         if (condition()) return YOKE_OK;
 *         uint32_t ticket = yoke_event_prepare(event);
 *         if (condition()) return yoke_event_cancel(event), YOKE_OK;
 *         YOKE_TRY(yoke_event_wait(event, ticket, deadline));
 *     }
 *
 * No wake-up is lost: between announcing and looking the waiter runs a barrier on all threads of
 * the process (membarrier(2)), so that a signaller either sees the waiter or had made the condition
 * true before the waiter looked. Where the kernel has no such barrier, signalling costs an atomic
 * operation instead, and where the kernel refuses it later, waiters do not sleep.
 *
 * Progress: signalling is wait-free while nobody waits. Waking wakes all; each looks again, and a
 * waiter that was woken for nothing waits again with a new ticket. The event must outlive the calls
 * of those who signal: a waiter that sees the condition may be ahead of the signaller's look at the
 * event, so who frees the event must know by other means that the signaller is through.
 *
 * After the event counts of Vyukov and of folly; the barrier after Dice, Huang and Yang,
 * "Asymmetric Dekker synchronization" (2001).
 */
#ifndef YOKE_EVENT_H
#define YOKE_EVENT_H

#include <stdint.h>

#include "yoke/deadline.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_event { /* all zero: nobody waits */
    uint32_t epoch;         /* changes with each wake-up; the futex */
    uint32_t waiters;
} yoke_event;

/* 1: membarrier(2) works, so that the frequent side of a Dekker pattern needs no barrier. */
extern YOKE_API int yoke_barrier_asymmetric_;

/* Wakes all waiters: the slow path of yoke_event_signal. Any thread; does not block. */
YOKE_API void yoke_event_wake(yoke_event *event);
/* Wakes one that sleeps; those who have announced themselves and do not sleep yet will not. Who is
 * woken must see to the others: when it leaves and the condition still holds, it wakes the next. */
YOKE_API void yoke_event_wake_one(yoke_event *event);

/* Whether somebody waits, asked after the condition was made true (with a release store or
 * stronger): if not, nobody needs to be woken. */
static inline int yoke_event_awaited(yoke_event *event) {
    /* The load must not be done before the caller's store: the compiler is told here, and the
     * processor by the waiter's barrier in yoke_event_prepare. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    uint32_t waiters = __builtin_expect(yoke_barrier_asymmetric_, 1)
                           ? __atomic_load_n(&event->waiters, __ATOMIC_RELAXED)
                           : __atomic_fetch_add(&event->waiters, 0, __ATOMIC_SEQ_CST);
    return waiters != 0;
}

/* To call after the condition was made true, as above. Any thread; does not block; a system call
 * only when somebody waits. */
static inline void yoke_event_signal(yoke_event *event) {
    if (__builtin_expect(yoke_event_awaited(event), 0)) yoke_event_wake(event);
}

/* Announces a waiter. Each call is followed by a look at the condition and then by exactly one of
 * yoke_event_wait and yoke_event_cancel. Returns the ticket for the wait. Any thread; does not
 * sleep, but runs a barrier on all threads: some microseconds. */
YOKE_API uint32_t yoke_event_prepare(yoke_event *event);
YOKE_API void yoke_event_cancel(yoke_event *event);

/* Sleeps until the event was signalled after the prepare that gave the ticket, or returns YOKE_OK
 * for no reason. YOKE_ETIMEDOUT at the deadline, at once when it is past. Whoever is overtaken by
 * exactly 2^32 wake-ups before it sleeps may miss them all. */
YOKE_API int yoke_event_wait(yoke_event *event, uint32_t ticket, yoke_deadline deadline);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * futex(2), membarrier(2), and the event count on top of both.
 */
#include "runtime/park.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "runtime/region.h"
#include "yoke/event.h"

int yoke_barrier_asymmetric_;

/* Before main, so that every thread sees the answer. */
__attribute__((constructor)) static void find_barrier(void) {
    long known = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    yoke_barrier_asymmetric_ =
        known > 0 && (known & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

int yoke__barrier_all(void) {
    if (!yoke_barrier_asymmetric_) return YOKE_OK;
    long status = syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    return status == 0 ? YOKE_OK : YOKE_ENOMEM;
}

int yoke__park(uint32_t *word, uint32_t seen, yoke_deadline deadline) {
    if (yoke_deadline_passed(deadline)) return YOKE_ETIMEDOUT;
    YOKE__WAIT_REGION("asleep");
    yoke__region_note(YOKE__EVENT_SLEEPS, 1);
    struct timespec at = {deadline / 1000000000, deadline % 1000000000};
    /* FUTEX_WAIT_BITSET takes a moment, FUTEX_WAIT a span. */
    long slept = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, seen,
                         deadline == YOKE_FOREVER ? NULL : &at, NULL, FUTEX_BITSET_MATCH_ANY);
    return slept < 0 && errno == ETIMEDOUT ? YOKE_ETIMEDOUT : YOKE_OK;
}

void yoke__unpark(uint32_t *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* ---- event counts ---- */

uint32_t yoke_event_prepare(yoke_event *event) {
    __atomic_fetch_add(&event->waiters, 1, __ATOMIC_SEQ_CST);
    uint32_t ticket = __atomic_load_n(&event->epoch, __ATOMIC_SEQ_CST);
    /* Without the barrier a signaller may have missed this waiter, so it must not sleep: it gets a
     * ticket that is over, and looks again and again. */
    return yoke__barrier_all() == YOKE_OK ? ticket : ticket - 1;
}

void yoke_event_cancel(yoke_event *event) {
    __atomic_fetch_sub(&event->waiters, 1, __ATOMIC_SEQ_CST);
}

int yoke_event_wait(yoke_event *event, uint32_t ticket, yoke_deadline deadline) {
    YOKE__WAIT_REGION("for an event");
    int status = yoke__park(&event->epoch, ticket, deadline);
    yoke_event_cancel(event);
    return status == YOKE_OK ? YOKE_OK : yoke_fail(status, NULL);
}

void yoke_event_wake(yoke_event *event) {
    __atomic_fetch_add(&event->epoch, 1, __ATOMIC_SEQ_CST);
    yoke__unpark(&event->epoch, INT_MAX);
}

void yoke_event_wake_one(yoke_event *event) {
    __atomic_fetch_add(&event->epoch, 1, __ATOMIC_SEQ_CST);
    yoke__unpark(&event->epoch, 1);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Lock granularity: of the time that threads run or sleep for locks, a large share is sleep for one
 * lock while others of the process run, in many of the samples: threads that once all wake for one
 * mutex are no illness. A mutex that is free again before its waiter sleeps leaves no trace here,
 * and costs little.
 */
#include <stdlib.h>

#include "perf/watch.h"

static int by_seconds(const void *a, const void *b) {
    const yoke__contended *x = a, *y = b;
    return (x->seconds < y->seconds) - (x->seconds > y->seconds);
}

static void accuse(yoke__process *p, const yoke__contended *lock, double share, yoke__verdict *v) {
    char what[128], where[192] = "a place that is not known";
    if (lock->site) yoke__describe_code(&p->space, lock->site, where, sizeof where);
    yoke__describe_data(&p->space, lock->lock, what, sizeof what);
    int most = sizeof lock->waiters / sizeof *lock->waiters;
    const yoke__image *image = yoke__space_image(&p->space, lock->site);
    if (image && image->library == YOKE__LIB_BLAS) {
        if (yoke__found(v, YOKE_FINDING_NESTED_TEAMS, p)) return;
        yoke__find(v, YOKE_FINDING_NESTED_TEAMS, p, yoke__advice_nested,
                   "%d threads call %s at the same time, which has threads of its own, and spend "
                   "%.0f %% of their time asleep for its lock",
                   lock->waiter_count, yoke__base_name(image->path), 100 * share);
        return;
    }
    yoke__find(
        v, YOKE_FINDING_LOCK, p,
        "hold it for less, or split what it guards: yoke/map.h is a table without one lock, "
        "yoke/counter.h counts, yoke_lock_what_if tells what a split gains",
        "%.0f %% of its threads' time is sleep for %s%s, taken at %s, while others run; %d%s "
        "threads were seen to wait",
        100 * share, lock->call ? "a lock of yoke" : "the lock ", lock->call ? "" : what, where,
        lock->waiter_count, lock->waiter_count == most ? " or more" : "");
}

void yoke__judge_locks(yoke__process *p, yoke__verdict *v) {
    const double much = 0.2, often = 0.25, enough = 0.1;
    double all = p->running_area + p->lock_area;
    qsort(p->locks, YOKE__LOCKS, sizeof *p->locks, by_seconds);
    for (int i = 0; i < YOKE__LOCKS; i++) {
        const yoke__contended *lock = &p->locks[i];
        double share = all > 0 ? lock->seconds / all : 0;
        bool lasting = lock->span >= often * p->active_s && lock->samples >= YOKE__ENOUGH_SAMPLES;
        if (share >= much && lasting && lock->seconds >= enough && lock->waiter_count >= 2)
            accuse(p, lock, share, v);
    }
}

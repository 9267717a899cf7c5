/* SPDX-License-Identifier: Apache-2.0
 *
 * Lock granularity: of the time that threads run or sleep for locks, a good share is sleep for one
 * lock while others of the process run, in many of the samples: threads that once all wake for one
 * mutex are no illness. A mutex that is free again before its waiter sleeps leaves no trace here,
 * and costs little.
 */
#include <stdio.h>
#include <stdlib.h>

#include "perf/watch.h"

static int by_seconds(const void *a, const void *b) {
    const yoke__contended *x = a, *y = b;
    return (x->seconds < y->seconds) - (x->seconds > y->seconds);
}

static void accuse_library(const yoke__process *p, const yoke__contended *lock,
                           const yoke__image *image, double share, yoke__verdict *v) {
    if (yoke__found(v, YOKE_FINDING_NESTED_TEAMS, p)) return;
    yoke__find(
        v, YOKE_FINDING_NESTED_TEAMS, p, yoke__advice_nested,
        "%d threads call %s at the same time, which has threads of its own, and spend %.0f %% "
        "of their time asleep for its lock",
        lock->waiter_count, yoke__base_name(image->path), 100 * share);
}

/* The lock, and where it is taken. */
static void describe(yoke__process *p, const yoke__contended *lock, char *text, size_t size) {
    char what[128], where[192] = "a place that is not known";
    if (lock->site) yoke__describe_code(&p->space, lock->site, where, sizeof where);
    if (lock->place[0]) snprintf(where, sizeof where, "%s", lock->place);
    yoke__describe_data(&p->space, lock->lock, what, sizeof what);
    if (lock->name[0]) snprintf(what, sizeof what, "'%s'", lock->name);
    snprintf(text, size, "the lock %s%s, taken at %s", what, lock->of_yoke ? " of yoke" : "",
             where);
}

static void accuse(yoke__process *p, const yoke__contended *lock, double share, yoke__verdict *v) {
    const yoke__image *image = yoke__space_image(&p->space, lock->site);
    if (image && image->library == YOKE__LIB_BLAS) {
        accuse_library(p, lock, image, share, v);
        return;
    }
    char what[400];
    describe(p, lock, what, sizeof what);
    int most = sizeof lock->waiters / sizeof *lock->waiters;
    yoke__find(
        v, YOKE_FINDING_LOCK, p,
        "hold it for less, or split what it guards: yoke/map.h is a table without one lock, "
        "yoke/counter.h counts, yoke_lock_what_if tells what a split gains",
        "%.0f %% of its threads' time is sleep for %s, while others run; %d%s threads were seen "
        "to wait",
        100 * share, what, lock->waiter_count, lock->waiter_count == most ? " or more" : "");
}

void yoke__judge_locks(yoke__process *p, yoke__verdict *v) {
    const double much = 0.15, often = 0.25, enough = 0.1;
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

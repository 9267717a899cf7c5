/* SPDX-License-Identifier: Apache-2.0
 *
 * Lock granularity: of the time that threads run or sleep for locks, a good share is sleep for one
 * lock while others of the process run, in many of the samples: threads that once all wake for one
 * mutex are no illness. Nor are threads that wait for one that a busy machine leaves without a
 * processor: the process must have had CPU time meanwhile. A mutex that is free again before its
 * waiter sleeps leaves no trace here, and costs little.
 *
 * Locks of yoke have a profile where they were asked for one. It tells more of a lock that was seen
 * to be slept for, and that it was waited for many times, which samples in a short phase cannot;
 * but it accuses nobody alone, since its waits do not say whether anybody ran meanwhile.
 */
#include <stdio.h>
#include <stdlib.h>

#include "perf/figure.h"
#include "perf/watch.h"
#include "runtime/text.h"

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

/* What locks instead of the one would gain, if threads used them alike. */
static void add_what_if(const yoke__process *p, const yoke_lock_profile *f, yoke__text *text) {
    enum { WAYS = 4 };
    yoke_lock_prediction split;
    unsigned cpus = p->cpus >= 1 ? (unsigned)p->cpus : 1;
    if (yoke_lock_what_if(f, WAYS, cpus, &split) < 0) return;
    yoke__text_add(text, "; %d locks instead of it would be taken %.1f times as often", WAYS,
                   split.gain);
}

static void add_profile(const yoke__process *p, const yoke_lock_profile *f, yoke__text *text) {
    char taken[YOKE__NUMBER], wait[YOKE__NUMBER], longest[YOKE__NUMBER], hold[YOKE__NUMBER];
    double waits = (double)f->contended;
    if (!f->contended) return;
    yoke__text_add(text,
                   "; its profile: taken %s times, found held in %.0f %% of them, %s a wait "
                   "(at most %s)",
                   yoke__count_text(f->acquisitions, taken), 100 * waits / (double)f->acquisitions,
                   yoke__figure_text(f->wait_total / waits, "s", wait),
                   yoke__figure_text(f->wait_max, "s", longest));
    if (!f->holds) return;
    yoke__text_add(text, ", held for %s",
                   yoke__figure_text(f->hold_total / (double)f->holds, "s", hold));
    add_what_if(p, f, text);
}

static void accuse(yoke__process *p, const yoke__contended *lock, double share, yoke__verdict *v) {
    const yoke__image *image = yoke__space_image(&p->space, lock->site);
    if (image && image->library == YOKE__LIB_BLAS) {
        accuse_library(p, lock, image, share, v);
        return;
    }
    char what[400], profile[400] = "";
    yoke__text more = {profile, sizeof profile, 0};
    describe(p, lock, what, sizeof what);
    if (lock->profile) add_profile(p, lock->profile, &more);
    int most = sizeof lock->waiters / sizeof *lock->waiters;
    yoke__find(
        v, YOKE_FINDING_LOCK, p,
        "hold it for less, or split what it guards: yoke/map.h is a table without one lock, "
        "yoke/counter.h counts, yoke_lock_what_if tells what a split gains",
        "%.0f %% of its threads' time is sleep for %s, while others run; %d%s threads were seen "
        "to wait%s",
        100 * share, what, lock->waiter_count, lock->waiter_count == most ? " or more" : "",
        profile);
}

/* Whether each of its threads waited for a lock again and again, by its profile, and slept for it
 * in most of that time, by the samples. */
static bool is_convoy(const yoke__contended *lock) {
    enum { MANY = 16, EACH = 3 };
    const double mostly = 0.5;
    const yoke_lock_profile *f = lock->profile;
    return f && f->contended >= MANY && f->contended >= EACH * (uint64_t)f->threads &&
           lock->seconds >= mostly * f->wait_total;
}

void yoke__judge_locks(yoke__process *p, yoke__verdict *v) {
    const double much = 0.15, often = 0.25, enough = 0.1, worked = 0.1;
    double all = p->running_area + p->lock_area;
    qsort(p->locks, YOKE__LOCKS, sizeof *p->locks, by_seconds);
    for (int i = 0; i < YOKE__LOCKS; i++) {
        const yoke__contended *lock = &p->locks[i];
        double share = all > 0 ? lock->seconds / all : 0;
        bool lasting = lock->span >= often * p->active_s && lock->samples >= YOKE__ENOUGH_SAMPLES;
        if (share >= much && (lasting || is_convoy(lock)) && lock->cpu >= worked &&
            lock->seconds >= enough && lock->waiter_count >= 2)
            accuse(p, lock, share, v);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The limiter inside. Everything is under the wait-for graph's mutex but the constants.
 *
 * Whoever waits has a guest in its frame, in one line. Going through it from the front, a request
 * is granted when it fits and shares no budget with one that was passed over. That is done whenever
 * something comes back or somebody leaves the line; those who are first for their budgets and still
 * do not fit look for a deadlock again, since what came back may have been the last that they could
 * hope for.
 */
#ifndef YOKE_PIPELINE_LIMITER_H
#define YOKE_PIPELINE_LIMITER_H

#include "runtime/probe.h"
#include "runtime/waitfor.h"
#include "yoke/limiter.h"

enum { YOKE__LEAST_WINDOW = 512 };

typedef struct yoke__budget {
    char name[64];
    uint64_t least, most; /* constant; equal: it is not adaptive */
    uint64_t limit, taken;
    unsigned holders, peak, waiting;
    uint64_t acquired, waited, timed_out, deadlocks, leaked, raised, lowered;
    double wait_seconds;
    /* The round. */
    uint64_t changed;        /* number of the lease from which on leases count */
    unsigned releases, full; /* in this round; holders when the limit was met, 0: it was not */
    double sum;              /* of latencies */
    bool failed;
    uint64_t saved; /* the limit, while a round measures the least latency again; 0: none does */
    /* The least latency: of the window that fills, and of the one before. */
    unsigned in_window;
    double window_least, before_least;
    yoke_limiter_row rows[YOKE_LIMITER_ROWS]; /* mean: the sum */
} yoke__budget;

enum { YOKE__LEASE_FREE = -2, YOKE__LEASE_NOBODY = -1 };

struct yoke_limiter_lease {
    yoke_limiter *limiter;
    yoke_limiter_lease *next, **link; /* in the list of those that are held; next: also if free */
    yoke_limiter_need needs[YOKE_LIMITER_NEEDS];
    unsigned holders[YOKE_LIMITER_NEEDS]; /* of each budget when it began */
    size_t count;
    int owner; /* index of a thread, or as above */
    uint64_t number;
    int64_t since;
};

typedef struct yoke__limiter_guest {
    yoke__wait wait; /* must be first */
    yoke_limiter_lease *lease;
    uint64_t mask; /* of its budgets */
} yoke__limiter_guest;

struct yoke_limiter {
    yoke_limiter_options options;
    int count;
    yoke__budget *budgets;
    yoke_limiter_lease *held, *free;
    uint64_t leases; /* number of the last */
    void *line;
    yoke__probe probe;
};

int64_t yoke__limiter_now(const yoke_limiter *l);
/* Notes the end of a lease of one budget, and adapts the limit. `need`: which of the lease's. */
void yoke__limiter_note(yoke_limiter *l, const yoke_limiter_lease *lease, size_t need,
                        double seconds, bool failed);

#endif

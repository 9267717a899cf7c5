/* SPDX-License-Identifier: Apache-2.0
 *
 * Limiter: several named budgets that threads take from together.
 *
 *     yoke_limiter *limiter;
 *     yoke_limiter_lease *lease;
 *     YOKE_TRY(yoke_limiter_create("host=db:4, fd:512, bytes:2GiB", NULL, &limiter));
 *     yoke_limiter_need needs[] = {{0, 1}, {1, 2}, {2, 64 << 20}};
 *     YOKE_TRY(yoke_limiter_acquire(limiter, needs, 3, yoke_deadline_in(10), &lease));
 *     ... work ...
 *     yoke_limiter_release(lease);
 *
 * A lease is granted whole or not at all: nobody holds a part of what it asks for while it waits
 * for the rest. First come, first served, by budget: a request waits while one that came before it
 * waits for any of the same budgets; requests that share none do not hold each other up. So none
 * starves.
 *
 * A thread that waits is in the wait-for graph (yoke/lock.h), behind the request before it or else
 * with the holders of a budget that is short: a thread that asks for more while it holds what it
 * would need gets YOKE_EDEADLK. It is looked for when a request begins to wait and whenever a
 * release was not enough for it. A thread that ends with a lease has leaked it: it is taken back by
 * the next request that would have to wait.
 *
 * Adaptive budgets (":1..64") find their limit between two bounds by additive increase and
 * multiplicative decrease (Chiu and Jain, "Analysis of the increase and decrease algorithms for
 * congestion avoidance in computer networks", 1989), on the latency of leases, from acquire to
 * release. The limit begins at the lower bound. A round is as many releases as there were
 * holders when the limit was met, of leases that were acquired after the last change. When it is
 * over, the limit is multiplied by 3/4 if one failed, or if their mean latency was above
 * `tolerance` times the least of the last 512 or more, or above `target_seconds`; else it grows by
 * a 64th of the span, at least 1, provided that the limit was met in this round.
 * Now and then a round runs at the limit divided by `tolerance`, to see what the least is now.
 *
 * Progress: blocking; each call takes the mutex of the wait-for graph for short, so a limiter is
 * for work of some microseconds and more. What a thread did before a release is visible to those
 * who acquire the budget later.
 */
#ifndef YOKE_LIMITER_H
#define YOKE_LIMITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/deadline.h"
#include "yoke/lock.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { YOKE_LIMITER_BUDGETS = 64, YOKE_LIMITER_NEEDS = 8, YOKE_LIMITER_ROWS = 17 };

typedef struct yoke_limiter yoke_limiter;
typedef struct yoke_limiter_lease yoke_limiter_lease;

typedef struct yoke_limiter_options {
    const char *name;      /* for reports; must last. NULL: its address */
    double tolerance;      /* 1 or more; 0: 2 */
    double target_seconds; /* 0: none */
    /* Nanoseconds from any beginning, for latencies. NULL: CLOCK_MONOTONIC. */
    int64_t (*clock)(void *ctx);
    void *ctx;
} yoke_limiter_options;

/* Makes a limiter. `budgets`: one to YOKE_LIMITER_BUDGETS of NAME:AMOUNT or NAME:LEAST..MOST,
 * separated by commas. A name is all before the last colon, without commas and blanks, at most 63
 * bytes. An amount is a whole number from 1 to 2^53, with KiB, MiB, GiB or TiB if need be. Budgets
 * are numbered from 0 in this order. YOKE_EINVAL, YOKE_ESYNTAX with the place, YOKE_ENOMEM. */
YOKE_API int yoke_limiter_create(const char *budgets, const yoke_limiter_options *options,
                                 yoke_limiter **limiter);

/* NULL is legal. YOKE_EINVAL while leases are held, or threads wait: nothing is done. */
YOKE_API int yoke_limiter_destroy(yoke_limiter *limiter);

/* The number of a budget; YOKE_ENOENT. Any thread. */
YOKE_API int yoke_limiter_find(const yoke_limiter *limiter, const char *name);

typedef struct yoke_limiter_need {
    int budget;
    uint64_t amount; /* 1 or more */
} yoke_limiter_need;

/* Takes `count` amounts (1 to YOKE_LIMITER_NEEDS) of different budgets, waiting until the deadline.
 * What is beyond the present limit of an adaptive budget, but not its upper bound, is granted when
 * nothing else is taken of it. YOKE_OK; YOKE_ETIMEDOUT; YOKE_EDEADLK; YOKE_ERANGE for an amount
 * that the budget never has; YOKE_EINVAL; YOKE_ENOMEM. `site` must be a text that lasts. */
YOKE_API int yoke_limiter_acquire_at(yoke_limiter *limiter, const yoke_limiter_need *needs,
                                     size_t count, yoke_deadline deadline, const char *site,
                                     yoke_limiter_lease **lease);
#define yoke_limiter_acquire(limiter, needs, count, deadline, lease)                               \
    yoke_limiter_acquire_at((limiter), (needs), (count), (deadline), YOKE_HERE, (lease))

/* Gives back all of a lease, which ends. The thread that acquired it, or any when it was disowned;
 * YOKE_EINVAL for others. */
YOKE_API int yoke_limiter_release(yoke_limiter_lease *lease);

/* The same with a latency that was measured elsewhere (seconds; negative: as release), and whether
 * the work failed for want of capacity, which counts as congestion. */
YOKE_API int yoke_limiter_release_as(yoke_limiter_lease *lease, double seconds, bool failed);

/* The caller acquired it and another thread will release it. From now on the limiter takes it that
 * this thread, whichever it is, can go on. YOKE_EINVAL when it is not the caller's. */
YOKE_API int yoke_limiter_disown(yoke_limiter_lease *lease);

/* ---- figures ---- */

/* Leases that began while so many held the budget, themselves included. */
typedef struct yoke_limiter_row {
    uint32_t from, to; /* holders; the last row has no upper bound */
    uint64_t count;
    double least, mean, most; /* latency in seconds; 0 when count is 0 */
} yoke_limiter_row;

typedef struct yoke_limiter_stats {
    char name[64];
    uint64_t least, most, limit; /* bounds, and the limit now */
    uint64_t taken;              /* now */
    unsigned holders, peak;      /* leases now, and at most */
    unsigned waiting;            /* threads now */
    uint64_t acquired, waited, timed_out, deadlocks, leaked;
    double wait_seconds;
    uint64_t raised, lowered; /* changes of the limit */
    yoke_limiter_row rows[YOKE_LIMITER_ROWS];
} yoke_limiter_stats;

/* A snapshot of one budget. YOKE_EINVAL. Any thread. */
YOKE_API int yoke_limiter_stats_read(yoke_limiter *limiter, int budget, yoke_limiter_stats *stats);

/* All budgets as text: limits, waits, and a table of concurrency against latency, with the rate of
 * work that both amount to (Little, "A proof for the queuing formula", 1961). Returns the length of
 * the whole text; at most `size` - 1 bytes of it and a NUL are written (size 0: nothing). */
YOKE_API size_t yoke_limiter_report(yoke_limiter *limiter, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * How one team of a standing pool follows another.
 *
 * A resize puts workers for the next team aside and asks all to leave. A worker that is between
 * jobs then begins no new one. But it does not end alone: what a job of another worker waits for
 * may be a job in the queue, at the end of a chain of locks and futures. So the team ends when all
 * its workers are between jobs; and while some worker is asleep in the middle of a job, the others
 * go on working.
 */
#ifndef YOKE_POOL_TEAM_H
#define YOKE_POOL_TEAM_H

#include "pool/pool.h"
#include "runtime/waitfor.h"

int yoke__team_make(yoke_pool *pool, int count, worker ***made);
void yoke__team_free(worker **workers, int count);

/* Between teams, under the pool's lock: the workers that were put aside take their places. */
void yoke__team_exchange(yoke_pool *pool);
/* In a new team, before anybody works: how many workers there are after all. */
void yoke__team_announce(yoke_pool *pool, int size);
/* Works until the team ends. */
void yoke__team_work(yoke_pool *pool, worker *w);
/* Makes the workers leave. Under the pool's lock. */
void yoke__team_dismiss(yoke_pool *pool);

/* A wait for the end of all jobs that the workers run now, to be registered in the wait-for graph:
 * a worker that waits for the calling thread keeps it from coming. `pool` is its object. */
yoke__wait yoke__team_wait(const yoke_pool *pool, const char *what, const char *site);

/* For waits that nobody can make begin again when another wait closes a cycle, as they sleep on
 * something else than their permit or have two kinds of owners: they do so themselves, after a
 * while. */
static inline yoke_deadline yoke__look_again(yoke_deadline deadline) {
    yoke_deadline soon = yoke_deadline_in(0.25);
    return soon < deadline ? soon : deadline;
}

#endif

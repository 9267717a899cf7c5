/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread pool: jobs handed to a standing pool (yoke/pool.h) from anywhere, and futures that
 * tell how they ended.
 *
 *     yoke_future *sum;
 *     YOKE_TRY(yoke_pool_submit(pool, add_up, &numbers, NULL, YOKE_FOREVER, &sum));
 *     YOKE_TRY(yoke_future_wait(sum, YOKE_FOREVER));
 *     int status = yoke_future_result(sum);
 *     yoke_future_release(sum);
 *
 * Order. Three lanes, first in, first out in each: a free worker takes from the high lane before
 * anything else, and from the low one when there is nothing else; but now and then the other way
 * round, so that no lane starves.
 *
 * Bound. Each lane has room for a fixed number of jobs of threads outside of the pool; with a full
 * lane yoke_pool_submit waits until its deadline, or refuses (YOKE_NOW). A worker of the pool never
 * waits for room, since room is made by workers.
 *
 * Waiting. A worker that waits for a job that has not begun, or for what depends on such jobs, runs
 * them itself (without a deadline only, for they may take long). They stand above its own job then:
 * one that waits for this is told YOKE_EDEADLK, also where `any` would have ended without it. A
 * wait for one that runs is in the wait-for graph: jobs that wait for each other, also through
 * locks, are told YOKE_EDEADLK with the cycle. So is a wait for a queued job while all workers of
 * the pool wait for what the waiting thread holds.
 */
#ifndef YOKE_FUTURE_H
#define YOKE_FUTURE_H

#include "yoke/cancel.h"
#include "yoke/pool.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_future yoke_future;

/* A job. Returns 0 or more, or a negative status with its detail (yoke_fail). */
typedef int yoke_job_fn(yoke_worker *worker, void *arg);

/* ---- submitting ---- */

typedef enum yoke_priority {
    YOKE_PRIORITY_NORMAL,
    YOKE_PRIORITY_HIGH,
    YOKE_PRIORITY_LOW,
} yoke_priority;

typedef struct yoke_submit_options { /* all zero: normal, any worker, no token */
    yoke_priority priority;
    int worker; /* 1 + the index of the worker that should run it; others take it when that one is
                   busy. Such a job has no priority and needs no room. 0: any */
    yoke_cancel *cancel; /* the job takes a reference of its own */
    bool always;         /* of yoke_future_then: run also after a failure */
} yoke_submit_options;

/* Hands fn(worker, arg) to the pool. With `future` not NULL the caller gets a reference to its
 * future, to be released. `options` may be NULL. YOKE_ETIMEDOUT: no room in the lane before the
 * deadline; YOKE_ECLOSED: after yoke_pool_close; YOKE_EINVAL: a joined pool, no such worker or
 * priority, or after fork(); YOKE_EDEADLK: no worker can make room, as all wait for what this
 * thread holds; YOKE_ENOMEM. On failure the job does not run. Any thread. */
YOKE_API int yoke_pool_submit(yoke_pool *pool, yoke_job_fn *fn, void *arg,
                              const yoke_submit_options *options, yoke_deadline deadline,
                              yoke_future **future);

/* From now on submissions by threads outside fail. Any thread; does not block. */
YOKE_API void yoke_pool_close(yoke_pool *pool);

/* Waits until every job that was submitted has ended, and every root. YOKE_ETIMEDOUT;
 * YOKE_EDEADLK: one of them waits for what this thread holds, or they wait for each other and none
 * has been told yet; YOKE_EINVAL: a worker of this pool, or after fork(); YOKE_ENOMEM. Any other
 * thread. */
YOKE_API int yoke_pool_drain(yoke_pool *pool, yoke_deadline deadline);

/* ---- futures ---- */

YOKE_API void
yoke_future_release(yoke_future *future); /* NULL is legal; the job runs all the same */
YOKE_API bool yoke_future_done(const yoke_future *future);

/* Waits for the end; see above. YOKE_ETIMEDOUT, YOKE_EDEADLK, YOKE_ENOMEM, and YOKE_EINVAL for one
 * from before fork(): it has not ended. */
#define yoke_future_wait(future, deadline) yoke_future_wait_at(future, deadline, YOKE_HERE)
YOKE_API int yoke_future_wait_at(yoke_future *future, yoke_deadline deadline, const char *site);

/* What the job returned, with its detail; YOKE_ECANCELED when it did not begin; of `all` the first
 * failure in the order of the inputs, or 0; of `any` the index of the input that ended first.
 * YOKE_EINVAL: it has not ended. */
YOKE_API int yoke_future_result(const yoke_future *future);

/* Ends a job that has not begun with YOKE_ECANCELED: 1; 0 when it runs or has ended. YOKE_EINVAL:
 * it is from before fork(). */
YOKE_API int yoke_future_cancel(yoke_future *future);

/* A job that is submitted, without regard to room, when `before` has ended. If that one failed it
 * does not run but ends with the same status (unless options->always). *then is the caller's; NULL
 * is legal. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_future_then(yoke_future *before, yoke_job_fn *fn, void *arg,
                              const yoke_submit_options *options, yoke_future **then);

/* A future that ends when all, or any, of `count` futures have ended. Of no futures: ended at once
 * (`any`: YOKE_EINVAL). The result is the caller's; it keeps references to the inputs. YOKE_EINVAL
 * also for more than 2^31 - 1, or one from before fork() that has not ended; YOKE_ENOMEM. */
YOKE_API int yoke_future_all(yoke_future *const *futures, size_t count, yoke_future **all);
YOKE_API int yoke_future_any(yoke_future *const *futures, size_t count, yoke_future **any);

#ifdef __cplusplus
}
#endif
#endif

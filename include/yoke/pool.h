/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool: workers for tasks (yoke/task.h), whose threads are an OpenMP team.
 *
 * A *standing* pool has a host thread that opens one `omp parallel`; its threads are the workers
 * until the pool is destroyed, so OMP_PLACES, OMP_PROC_BIND and OMP_THREAD_LIMIT hold for them. An
 * idle worker looks for work for some microseconds and then sleeps; it is woken, one at a time,
 * when there is something to do.
 *
 *     yoke_pool *pool;
 *     YOKE_TRY(yoke_pool_create(NULL, &pool));
 *     int status = yoke_pool_run(pool, root, &ctx);        // int root(yoke_worker *, void *ctx)
 *     yoke_pool_destroy(pool);
 *
 * A *joined* pool has no thread of its own: every thread of the user's team calls yoke_pool_join,
 * and they are the workers as long as that call lasts.
 *
 *     #pragma omp parallel
 *     yoke_pool_join(pool, root, &ctx);
 *
 * An OpenMP region inside a task is a nested region: with OpenMP's usual setting (one active level)
 * it has one thread, so nothing is oversubscribed. Signals sent to the process are not delivered to
 * the workers of a standing pool. After fork() a pool can only be destroyed in the child; calls
 * there that return a status fail with YOKE_EINVAL.
 */
#ifndef YOKE_POOL_H
#define YOKE_POOL_H

#include <stdbool.h>

#include "yoke/lock.h"
#include "yoke/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_pool yoke_pool;

typedef struct yoke_pool_options {
    int workers;      /* 0: yoke_team_default_size() */
    bool joined;      /* no threads of its own */
    const char *name; /* in reports, not copied; NULL: none */
    size_t room;      /* jobs in each lane of yoke/future.h; 0: 16384 */
} yoke_pool_options;

/* Makes a pool (NULL options: all zero). It is the caller's, to be destroyed. YOKE_EINVAL: a
 * negative number of workers; YOKE_ENOMEM; YOKE_EIO: the system starts no thread. OpenMP may give
 * fewer threads than workers were asked for. Any thread; does not block. */
YOKE_API int yoke_pool_create(const yoke_pool_options *options, yoke_pool **pool);

/* Finishes all work that was handed to the pool, ends its threads, and frees it. No other thread
 * may use the pool any more; not to be called by one of its workers. NULL is legal. Blocks, and is
 * in the wait-for graph meanwhile: a job that waits for what this thread holds is told. */
YOKE_API void yoke_pool_destroy(yoke_pool *pool);

typedef int yoke_root_fn(yoke_worker *worker, void *ctx);

/* Runs root(worker, ctx) on a worker of a standing pool and returns what it returned, with its
 * detail, when it has ended. Any thread: a worker of this pool runs it itself, others wait, and are
 * in the wait-for graph (yoke/lock.h) meanwhile, so that a root that waits for what this thread
 * holds is told YOKE_EDEADLK. A worker of another pool is told so itself when all workers here wait
 * for it; then the root does not run. YOKE_EINVAL: a joined pool, or after fork(); YOKE_ENOMEM. */
#define yoke_pool_run(pool, root, ctx) yoke_pool_run_at(pool, root, ctx, YOKE_HERE)
YOKE_API int yoke_pool_run_at(yoke_pool *pool, yoke_root_fn *root, void *ctx, const char *site);

/* To be called by as many threads as a joined pool has workers, in the same parallel region: one
 * runs root(worker, ctx), the others its tasks; all return when it has ended, with its status (and
 * detail). Threads that come late find it done. May be repeated. Blocks. YOKE_EINVAL: a standing
 * pool, a thread that is a worker already, or after fork(). */
YOKE_API int yoke_pool_join(yoke_pool *pool, yoke_root_fn *root, void *ctx);

/* Changes the number of workers of a standing pool: they end what they are running, and a team of
 * the new size goes on with what is queued. (While a job sleeps in a wait, the others go on with
 * jobs, which may be what it waits for.) Returns when it has begun; is in the wait-for graph as
 * yoke_pool_destroy. YOKE_EINVAL: below 1, a joined pool, a worker of this pool, or after fork();
 * YOKE_ENOMEM: the pool is as before. */
YOKE_API int yoke_pool_resize(yoke_pool *pool, int workers);

/* Workers that the pool has now. Any thread; does not block. */
YOKE_API int yoke_pool_size(const yoke_pool *pool);

/* The worker that the calling thread is now; NULL when it is none. */
YOKE_API yoke_worker *yoke_worker_here(void);
/* Its pool, and its number in it, from 0. */
YOKE_API yoke_pool *yoke_worker_pool(const yoke_worker *worker);
YOKE_API int yoke_worker_index(const yoke_worker *worker);

/* What a worker has done since the pool was made. */
typedef struct yoke_pool_worker_stats {
    uint64_t spawned; /* tasks */
    uint64_t stolen;  /* tasks taken from others, at rest or while it helped */
    uint64_t helped;  /* of these, while it waited for a task of its own */
    uint64_t jobs;    /* roots, and whatever else was handed to the pool from outside of a task */
    uint64_t parked;  /* times it went to sleep */
} yoke_pool_worker_stats;

/* The figures of worker `index`, about as of now. YOKE_EINVAL: there is no such worker, or
 * after fork(). Any thread; blocks no longer than a resize takes to exchange the workers. */
YOKE_API int yoke_pool_stats(yoke_pool *pool, int index, yoke_pool_worker_stats *stats);
/* How many tasks worker `thief` took from worker `victim`; 0 where there is no such worker. */
YOKE_API uint64_t yoke_pool_stolen_from(yoke_pool *pool, int thief, int victim);

#ifdef __cplusplus
}
#endif
#endif

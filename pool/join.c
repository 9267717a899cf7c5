/* SPDX-License-Identifier: Apache-2.0
 *
 * Joined pools, whose workers are the threads of the user's own team.
 *
 * Threads are counted as they come; `size` of them are a session, whose first runs the root.
 * Threads of the next session wait until all of this one have left.
 */
#include <sched.h>
#include <stdio.h>

#include "pool/pool.h"
#include "runtime/thread.h"

static bool session_is_over(const yoke_pool *pool, uint64_t session, bool idle) {
    (void)idle;
    return atomic_load(&pool->sessions.finished) > session;
}

static void run_session(worker *w, uint64_t session, bool first, yoke_root_fn *fn, void *ctx) {
    sessions *of = &w->pool->sessions;
    if (!first) {
        yoke__worker_run(w, session_is_over, session);
        return;
    }
    yoke__worker_tell_begin(w);
    of->status = fn(&w->base, ctx);
    yoke__worker_tell_end(w);
    if (of->status < 0) snprintf(of->detail, sizeof of->detail, "%s", yoke_error_detail());
    atomic_store(&of->finished, session + 1);
    yoke_event_wake(&w->pool->work);
}

/* All threads of the sessions before must have left: their workers and status are used again. */
static void await_session(const yoke_pool *pool, uint64_t session, uint64_t size) {
    while (atomic_load(&pool->sessions.left) < session * size) sched_yield();
}

int yoke_pool_join(yoke_pool *pool, yoke_root_fn *fn, void *ctx) {
    YOKE_TRY(yoke__pool_check(pool, "yoke_pool_join"));
    if (!pool->joined) return yoke_fail(YOKE_EINVAL, "yoke_pool_join: the pool has own threads");
    if (yoke_worker_here())
        return yoke_fail(YOKE_EINVAL, "yoke_pool_join: the thread is a worker already");
    if (!yoke__thread_self()) return YOKE_ENOMEM;
    uint64_t size = (uint64_t)pool->size, ticket = atomic_fetch_add(&pool->sessions.arrived, 1);
    worker *w = pool->workers[ticket % size];
    await_session(pool, ticket / size, size);
    yoke__worker_enter(w); /* cannot fail, as the thread has a record */
    run_session(w, ticket / size, ticket % size == 0, fn, ctx);
    int status = pool->sessions.status;
    if (status < 0) yoke_fail(status, "%s", pool->sessions.detail);
    yoke__worker_exit(w);
    atomic_fetch_add(&pool->sessions.left, 1);
    return status;
}

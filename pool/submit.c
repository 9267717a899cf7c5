/* SPDX-License-Identifier: Apache-2.0
 *
 * How jobs come into the pool: lanes, hints, continuations, and futures of several futures.
 */
#include <limits.h>

#include "pool/future.h"
#include "pool/team.h"
#include "runtime/region.h"

static int check(const yoke_pool *pool, const yoke_submit_options *options) {
    YOKE_TRY(yoke__pool_check(pool, "yoke_pool_submit"));
    if (pool->joined) return yoke_fail(YOKE_EINVAL, "yoke_pool_submit: the pool has no threads");
    if (!options) return YOKE_OK;
    if ((unsigned)options->priority >= LANES)
        return yoke_fail(YOKE_EINVAL, "yoke_pool_submit: there is no priority %d",
                         (int)options->priority);
    if (options->worker < 0 || options->worker > yoke_pool_size(pool))
        return yoke_fail(YOKE_EINVAL, "yoke_pool_submit: worker %d of %d", options->worker,
                         yoke_pool_size(pool));
    return YOKE_OK;
}

/* The queue holds a reference from now on. */
static int enqueue(yoke_pool *pool, yoke_future *future, const yoke_submit_options *options,
                   yoke_deadline deadline) {
    yoke_priority lane = options ? options->priority : YOKE_PRIORITY_NORMAL;
    if (options && options->worker) {
        yoke__pool_post_to(pool, &future->job, options->worker - 1);
        return YOKE_OK;
    }
    bool own = yoke__worker_of(pool) != NULL;
    int status = yoke__pool_queue(pool, &future->job, lane, own ? YOKE_NOW : deadline);
    if (status != YOKE_ETIMEDOUT || !own) return status;
    yoke__pool_post(pool, &future->job);
    return YOKE_OK;
}

int yoke_pool_submit(yoke_pool *pool, yoke_job_fn *fn, void *arg,
                     const yoke_submit_options *options, yoke_deadline deadline,
                     yoke_future **future) {
    YOKE_TRY(check(pool, options));
    if (atomic_load(&pool->closed) && !yoke__worker_of(pool))
        return yoke_fail(YOKE_ECLOSED, "yoke_pool_submit: the pool is closed");
    yoke_future *made;
    YOKE_TRY(yoke__future_create(pool, fn, arg, options, 0, &made));
    if (future) atomic_fetch_add(&made->references, 1);
    int status = enqueue(pool, made, options, deadline);
    if (status < 0) {
        if (future) yoke_future_release(made);
        yoke_future_release(made);
        return status;
    }
    if (future) *future = made;
    return YOKE_OK;
}

/* ---- futures that depend on futures ---- */

static void submit_next(dependent *link) {
    yoke_future *next = link->of;
    if (next->hint)
        yoke__pool_post_to(next->pool, &next->job, next->hint - 1);
    else
        yoke__pool_post(next->pool, &next->job);
}

int yoke_future_then(yoke_future *before, yoke_job_fn *fn, void *arg,
                     const yoke_submit_options *options, yoke_future **then) {
    yoke_future *next;
    YOKE_TRY(yoke__future_check(before, "yoke_future_then"));
    yoke_pool *pool = yoke__future_pool(before);
    if (!pool) return yoke_fail(YOKE_EINVAL, "yoke_future_then: of no futures there is no pool");
    YOKE_TRY(check(pool, options));
    YOKE_TRY(yoke__future_create(pool, fn, arg, options, 0, &next));
    next->always = options && options->always;
    next->hint = options ? options->worker : 0;
    next->before = before;
    next->end.after = &before->end;
    next->link = (dependent){.of = next, .notify = submit_next};
    atomic_fetch_add(&before->references, 1);
    if (then) atomic_fetch_add(&next->references, 1);
    yoke__future_depend(before, &next->link);
    if (then) *then = next;
    return YOKE_OK;
}

/* Of `all`: 0, or the failure of the first input in their order that failed. */
static int first_failure(const yoke_future *all) {
    for (size_t i = 0; i < all->count; i++) {
        int status = yoke_future_result(all->inputs[i].future);
        if (status < 0) return status;
    }
    return YOKE_OK;
}

/* Each input that ends gives a reference back, since its link lies in the dependent. */
static void note_end(dependent *link) {
    yoke_future *of = link->of;
    size_t left = atomic_fetch_sub(&of->left, 1) - 1;
    if (of->any && !atomic_exchange(&of->claimed, true))
        yoke__future_end(of, (int)((input *)link - of->inputs));
    if (!of->any && left == 0) yoke__future_end(of, first_failure(of));
    if (!of->any && left > 0) yoke__completion_look_again();
    yoke_future_release(of);
}

static const yoke__completion *end_of(const yoke_future *of, size_t which) {
    return &of->inputs[which].future->end;
}

/* All must end: the first that has not. */
static int next_of_all(const yoke__completion *end, int after) {
    const yoke_future *of = yoke__future_of(end);
    for (size_t i = 0; i < of->count; i++) {
        if (!yoke__completion_done(end_of(of, i)))
            return yoke__completion_next_ender(end_of(of, i), after);
    }
    return YOKE__NOT_KNOWN; /* who ended the last is about to end this */
}

/* One of them will do. */
static int next_of_any(const yoke__completion *end, int after) {
    const yoke_future *of = yoke__future_of(end);
    int least = -1;
    for (size_t i = 0; i < of->count; i++) {
        if (yoke__completion_done(end_of(of, i))) return YOKE__NOT_KNOWN; /* as above */
        int next = yoke__completion_next_ender(end_of(of, i), after);
        if (next == YOKE__NOT_KNOWN) return next;
        if (least < 0 || (next >= 0 && next < least)) least = next;
    }
    return least;
}

static int combine(yoke_future *const *futures, size_t count, bool any, yoke_future **made) {
    yoke_future *of;
    if (count > INT_MAX) return yoke_fail(YOKE_EINVAL, "a future of %zu futures", count);
    for (size_t i = 0; i < count; i++) {
        if (!yoke_future_done(futures[i]))
            YOKE_TRY(yoke__future_check(futures[i], any ? "yoke_future_any" : "yoke_future_all"));
    }
    YOKE_TRY(yoke__future_create(NULL, NULL, NULL, NULL, count, &of));
    of->any = any;
    of->end.next_ender = any ? next_of_any : next_of_all;
    of->end.of_several = true;
    atomic_init(&of->left, count);
    atomic_init(&of->references, 1 + (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        atomic_fetch_add(&futures[i]->references, 1);
        of->inputs[i] = (input){{NULL, of, note_end}, futures[i]};
    }
    for (size_t i = 0; i < count; i++) yoke__future_depend(futures[i], &of->inputs[i].link);
    if (count == 0) yoke__future_end(of, YOKE_OK);
    *made = of;
    return YOKE_OK;
}

int yoke_future_all(yoke_future *const *futures, size_t count, yoke_future **all) {
    return combine(futures, count, false, all);
}

int yoke_future_any(yoke_future *const *futures, size_t count, yoke_future **any) {
    if (count == 0) return yoke_fail(YOKE_EINVAL, "yoke_future_any of no futures");
    return combine(futures, count, true, any);
}

/* ---- the end of submitting ---- */

void yoke_pool_close(yoke_pool *pool) { atomic_store(&pool->closed, true); }

/* 1: nothing is left; 0: look again; or a failure. */
static int sleep_until_drained(yoke_pool *pool, yoke_deadline deadline) {
    yoke__wait wait = yoke__team_wait(pool, "for the end of all jobs of pool", "yoke_pool_drain");
    wait.deadline = deadline;
    uint32_t ticket = yoke_event_prepare(&pool->drained);
    yoke__graph_lock();
    int status = yoke__pool_is_empty(pool) ? 1 : yoke__wait_begin(&wait);
    yoke__graph_unlock();
    if (status != YOKE_OK) {
        yoke_event_cancel(&pool->drained);
        return status;
    }
    YOKE__WAIT_REGION(wait.what);
    yoke_event_wait(&pool->drained, ticket, yoke__look_again(deadline));
    yoke__graph_lock();
    yoke__wait_end(&wait);
    yoke__graph_unlock();
    return YOKE_OK;
}

int yoke_pool_drain(yoke_pool *pool, yoke_deadline deadline) {
    YOKE_TRY(yoke__pool_check(pool, "yoke_pool_drain"));
    if (yoke__worker_of(pool))
        return yoke_fail(YOKE_EINVAL, "yoke_pool_drain: called by a job of the pool itself");
    if (!yoke__thread_self()) return YOKE_ENOMEM;
    int status = yoke__pool_is_empty(pool);
    while (status == 0) {
        if (yoke_deadline_passed(deadline))
            return yoke_fail(YOKE_ETIMEDOUT, "yoke_pool_drain: jobs have not ended in time");
        status = sleep_until_drained(pool, deadline);
    }
    return status < 0 ? status : YOKE_OK;
}

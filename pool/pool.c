/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a pool: its host thread and teams, jobs from outside.
 *
 * The host opens a team, whose threads work until `leave`. Then it either ends or opens a team of
 * another size: what is queued stays, and a worker that leaves hands its own jobs to the inbox.
 */
#include "pool/pool.h"
#include "pool/delay.h"
#include "pool/future.h"
#include "pool/team.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/thread_start.h"
#include "yoke/team.h"

int yoke_pool_size(const yoke_pool *pool) { return atomic_load(&pool->size); }

int yoke__pool_refuse(const char *what) {
    return yoke_fail(YOKE_EINVAL, "%s: the pool belongs to the parent of this process", what);
}

enum { USUAL_ROOM = 16384 };

/* ---- jobs ---- */

/* A searcher leaves the count, runs a barrier on all threads (yoke_event_prepare), and looks once
 * more. So a poster that sees it searching had its job in the queue before that barrier, and the
 * searcher sees the job; without such barriers the read-modify-write does the same. */
static bool is_searched(yoke_pool *pool) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (!yoke_barrier_asymmetric_) return atomic_fetch_add(&pool->searching, 0) > 0;
    return atomic_load(&pool->searching) > 0;
}

static void wake_one(yoke_pool *pool) {
    yoke__delay(); /* queued, and nobody told */
    if (!is_searched(pool) && yoke_event_awaited(&pool->work)) yoke_event_wake_one(&pool->work);
}

void yoke__pool_post(yoke_pool *pool, yoke__job *job) {
    worker *w = yoke__worker_of(pool);
    atomic_fetch_add(&pool->posted, 1);
    if (w && yoke_deque_push(&w->jobs, job) == YOKE_OK) {
        yoke_deque_share(&w->jobs);
        return;
    }
    yoke_queue_mpsc_push(&pool->inbox.queue, &job->node); /* it is never closed */
    wake_one(pool);
}

/* One that rests must be woken itself; the event knows no names, so all are. */
void yoke__pool_post_to(yoke_pool *pool, yoke__job *job, int index) {
    atomic_fetch_add(&pool->posted, 1);
    pthread_mutex_lock(&pool->lock); /* keeps the workers in place */
    bool there = index < pool->made && index < yoke_pool_size(pool);
    inbox *to = there ? &pool->workers[index]->hinted : &pool->inbox;
    yoke_queue_mpsc_push(&to->queue, &job->node);
    bool resting = there && atomic_load(&pool->workers[index]->resting);
    pthread_mutex_unlock(&pool->lock);
    if (resting)
        yoke_event_signal(&pool->work);
    else
        wake_one(pool);
}

/* Waiting for room; any worker can make it. When something was pushed since it began, it may have
 * been by the waiting thread, which then goes on. */
typedef struct room_wait {
    yoke__wait wait; /* first */
    const yoke_pool *pool;
    const yoke__lane *lane;
    uint64_t full; /* see yoke_mpmc_full_since_ */
} room_wait;

static int next_taker(const yoke__wait *wait, int after) {
    const room_wait *of = (const room_wait *)wait;
    bool still = of->full && yoke_mpmc_full_since_(&of->lane->core) == of->full;
    return still ? yoke__pool_next_worker(of->pool, after) : -1;
}

/* Waits for a while, registered. */
static long push_for_a_while(yoke_pool *pool, yoke__job *job, yoke__lane *lane,
                             yoke_deadline deadline) {
    room_wait of = {.wait = {.what = "for room in pool",
                             .name = pool->name,
                             .object = pool,
                             .site = "yoke_pool_submit",
                             .deadline = deadline,
                             .any = true,
                             .next_owner = next_taker},
                    .pool = pool,
                    .lane = lane};
    if (!yoke__thread_self()) return YOKE_ENOMEM;
    yoke__graph_lock();
    of.full = yoke_mpmc_full_since_(&lane->core);
    int status = yoke__wait_begin(&of.wait);
    yoke__graph_unlock();
    if (status < 0) return status;
    long pushed = yoke__lane_push(lane, job, yoke__look_again(deadline));
    yoke__graph_lock();
    yoke__wait_end(&of.wait);
    yoke__graph_unlock();
    return pushed;
}

/* Most waits are short, and not worth an entry in the graph. */
static long push(yoke_pool *pool, yoke__job *job, yoke__lane *lane, yoke_deadline deadline) {
    long pushed = yoke__lane_try_push(lane, job);
    if (pushed != 0) return pushed;
    yoke_deadline soon = yoke_deadline_in(1e-3);
    pushed = yoke__lane_push(lane, job, soon < deadline ? soon : deadline);
    while (pushed == YOKE_ETIMEDOUT && !yoke_deadline_passed(deadline))
        pushed = push_for_a_while(pool, job, lane, deadline);
    return pushed;
}

int yoke__pool_queue(yoke_pool *pool, yoke__job *job, yoke_priority lane, yoke_deadline deadline) {
    atomic_fetch_add(&pool->posted, 1);
    long pushed = push(pool, job, pool->lanes[lane], deadline);
    if (pushed == 1) {
        wake_one(pool);
        return YOKE_OK;
    }
    yoke__pool_ended(pool);
    return (int)pushed;
}

int yoke__pool_next_worker(const yoke_pool *pool, int after) {
    int next = -1;
    for (int i = 0; i < pool->made; i++) {
        int thread = atomic_load(&pool->workers[i]->thread) - 1;
        if (thread > after && (next < 0 || thread < next)) next = thread;
    }
    return next;
}

/* `ended` first: it never exceeds `posted`, so when they are equal they were so at that moment. */
bool yoke__pool_is_empty(const yoke_pool *pool) {
    uint64_t ended = atomic_load(&pool->ended);
    return ended == atomic_load(&pool->posted);
}

void yoke__pool_ended(yoke_pool *pool) {
    atomic_fetch_add(&pool->ended, 1);
    yoke__delay();
    bool leave = atomic_load(&pool->leave);
    if (!leave && !yoke_event_awaited(&pool->drained)) return;
    if (!yoke__pool_is_empty(pool)) return;
    yoke_event_wake(&pool->drained);
    if (leave) yoke_event_wake(&pool->work); /* those who wait for the end */
}

typedef struct root {
    yoke__job job; /* first */
    yoke_root_fn *fn;
    void *ctx;
    int status;
    char detail[1024];
    yoke__completion end;
} root;

static void run_root(worker *w, yoke__job *job) {
    root *r = (root *)job;
    atomic_store(&r->end.runner, atomic_load(&w->thread));
    r->status = r->fn(&w->base, r->ctx);
    if (r->status < 0) snprintf(r->detail, sizeof r->detail, "%s", yoke_error_detail());
    yoke__completion_end(&r->end);
}

/* For a worker of another pool: two that wait for roots of each other's pools can be told only as
 * long as one of these has not begun, so it is a job that can be taken back. */
static int run_refusably(yoke_pool *pool, yoke_root_fn *fn, void *ctx, const char *site) {
    static const char what[] = "for a root of pool";
    yoke_future *made;
    YOKE_TRY(yoke__future_create(pool, fn, ctx, NULL, 0, &made));
    atomic_store(&made->references, 2); /* the queue's, and this one */
    yoke__pool_post(pool, &made->job);
    int status = yoke__completion_wait(&made->end, YOKE_FOREVER, true, what, pool->name, site);
    if (status < 0 && yoke__future_claim(made)) {
        yoke__future_end(made, status);
    } else if (status < 0) {
        yoke__completion_wait(&made->end, YOKE_FOREVER, false, what, pool->name, site);
    }
    status = yoke_future_result(made);
    yoke_future_release(made);
    return status;
}

int yoke_pool_run_at(yoke_pool *pool, yoke_root_fn *fn, void *ctx, const char *site) {
    YOKE_TRY(yoke__pool_check(pool, "yoke_pool_run"));
    if (pool->joined) return yoke_fail(YOKE_EINVAL, "yoke_pool_run: the pool has no threads");
    worker *w = yoke__worker_of(pool);
    if (w) return fn(&w->base, ctx);
    if (!yoke__thread_self()) return YOKE_ENOMEM;
    if (yoke_worker_here()) return run_refusably(pool, fn, ctx, site);
    root r = {.job = {.run = run_root}, .fn = fn, .ctx = ctx, .end.pool = pool};
    yoke__pool_post(pool, &r.job);
    yoke__completion_wait(&r.end, YOKE_FOREVER, false, "for a root of pool", pool->name, site);
    return r.status < 0 ? yoke_fail(r.status, "%s", r.detail) : r.status;
}

/* ---- the standing team ---- */

static void hand_over_jobs(worker *w) {
    yoke__job *job;
    while ((job = yoke_deque_take(&w->jobs)))
        yoke_queue_mpsc_push(&w->pool->inbox.queue, &job->node);
}

static void work(yoke_pool *pool, int index) {
    worker *w = pool->workers[index];
    bool entered = yoke__worker_enter(w) == YOKE_OK; /* if not, the others do its part */
    if (entered) atomic_fetch_add(&pool->entered, 1);
#pragma omp barrier /* all know where they run */
    if (!entered) return;
    yoke__near_order(pool->workers, yoke_pool_size(pool), index, &w->others);
    yoke__team_work(pool, w);
    hand_over_jobs(w);
    yoke__worker_exit(w);
}

static void open_team(yoke_pool *pool, int size) {
#pragma omp parallel num_threads(size) default(none) firstprivate(pool)
    {
#pragma omp single
        yoke__team_announce(pool, omp_get_num_threads());
        work(pool, omp_get_thread_num());
    }
}

/* At least one team, which finishes what is queued when the end has come already. */
static void *host(void *arg) {
    yoke_pool *pool = arg;
    do {
        pthread_mutex_lock(&pool->lock);
        yoke__team_exchange(pool);
        int size = pool->made;
        pool->between_jobs = 0;
        atomic_store(&pool->entered, 0);
        atomic_store(&pool->leave, atomic_load(&pool->ending));
        pthread_mutex_unlock(&pool->lock);
        open_team(pool, size);
    } while (!atomic_load(&pool->ending));
    return NULL;
}

static int start_host(yoke_pool *pool) {
    int failed = yoke__thread_start(&pool->host, host, pool);
    if (!failed) return YOKE_OK;
    return yoke_fail(YOKE_EIO, "the system starts no thread for a pool (error %d)", failed);
}

/* ---- making ---- */

static void free_pool(yoke_pool *pool) {
    yoke__team_free(pool->workers, pool->made);
    yoke__timers_fini(&pool->timers);
    for (int i = 0; i < LANES; i++) yoke__lane_destroy(pool->lanes[i]);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    yoke_aligned_free(pool);
}

static int make_parts(yoke_pool *pool, const yoke_pool_options *options, int workers) {
    size_t room = options->room ? options->room : USUAL_ROOM;
    for (int i = 0; i < LANES; i++) YOKE_TRY(yoke__lane_create(room, &pool->lanes[i]));
    YOKE_TRY(yoke__team_make(pool, workers, &pool->workers));
    pool->made = workers;
    return YOKE_OK;
}

static int make_pool(const yoke_pool_options *options, int workers, yoke_pool **made) {
    yoke_pool *pool = yoke_aligned_alloc(sizeof *pool);
    if (!pool) return yoke_fail(YOKE_ENOMEM, "no memory for a pool");
    memset(pool, 0, sizeof *pool);
    pool->name = options->name;
    pool->joined = options->joined;
    pool->forks = yoke__forks;
    pool->size = workers;
    yoke_queue_mpsc_init(&pool->inbox.queue);
    atomic_flag_clear(&pool->inbox.reading);
    yoke__timers_init(&pool->timers);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    int status = make_parts(pool, options, workers);
    if (status < 0) {
        free_pool(pool);
        return status;
    }
    *made = pool;
    return YOKE_OK;
}

int yoke_pool_create(const yoke_pool_options *options, yoke_pool **pool) {
    static const yoke_pool_options usual;
    yoke_pool *made = NULL;
    if (!options) options = &usual;
    if (options->workers < 0)
        return yoke_fail(YOKE_EINVAL, "a pool of %d workers", options->workers);
    YOKE_TRY(yoke__fork_watch());
    int workers = options->workers ? options->workers : yoke_team_default_size();
    YOKE_TRY(make_pool(options, workers, &made));
    int status = made->joined ? YOKE_OK : start_host(made);
    if (status < 0) {
        free_pool(made);
        return status;
    }
    made->probe = (yoke__probe){.kind = "pool", .name = made->name, .report = yoke__pool_report};
    yoke__probe_add(&made->probe);
    *pool = made;
    return YOKE_OK;
}

/* The wait is in the graph, so that a job that waits for this thread is told. */
static void await_host(yoke_pool *pool) {
    yoke__wait wait = yoke__team_wait(pool, "for the end of pool", "yoke_pool_destroy");
    bool known = yoke__thread_self() != NULL;
    yoke__graph_lock();
    if (known) yoke__wait_begin_firmly(&wait);
    yoke__graph_unlock();
    pthread_join(pool->host, NULL);
    yoke__graph_lock();
    if (known) yoke__wait_end(&wait);
    yoke__graph_unlock();
}

void yoke_pool_destroy(yoke_pool *pool) {
    if (!pool) return;
    yoke__probe_remove(&pool->probe);
    if (!pool->joined && pool->forks == yoke__forks) {
        pthread_mutex_lock(&pool->lock);
        atomic_store(&pool->ending, true);
        yoke__team_dismiss(pool);
        pthread_mutex_unlock(&pool->lock);
        await_host(pool);
    }
    free_pool(pool);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a pool: its host thread and teams, jobs from outside, joining.
 *
 * The host opens a team, whose threads work until `leave`. Then it either ends or opens a team of
 * another size: what is queued stays, and a worker that leaves hands its own jobs to the inbox.
 *
 * Joining. Threads are counted as they come; `size` of them are a session, whose first runs the
 * root. Threads of the next session wait until all of this one have left.
 */
#include "pool/pool.h"
#include "pool/delay.h"

#include <omp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/fork.h"
#include "runtime/waitfor.h"
#include "yoke/team.h"

int yoke_pool_size(const yoke_pool *pool) { return atomic_load(&pool->size); }

int yoke__pool_check(const yoke_pool *pool, const char *what) {
    if (pool->forks == yoke__forks) return YOKE_OK;
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
    /* relaxed: see above; pairs with the decrement in stop_searching(). */
    return atomic_load_explicit(&pool->searching, memory_order_relaxed) > 0;
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
    inbox *to = index < pool->made ? &pool->workers[index]->hinted : &pool->inbox;
    yoke_queue_mpsc_push(&to->queue, &job->node);
    bool resting = index < pool->made && atomic_load(&pool->workers[index]->resting);
    pthread_mutex_unlock(&pool->lock);
    if (resting)
        yoke_event_signal(&pool->work);
    else
        wake_one(pool);
}

int yoke__pool_queue(yoke_pool *pool, yoke__job *job, yoke_priority lane, yoke_deadline deadline) {
    atomic_fetch_add(&pool->posted, 1);
    long pushed = yoke__lane_push(pool->lanes[lane], job, deadline);
    if (pushed == 1) {
        wake_one(pool);
        return YOKE_OK;
    }
    yoke__pool_ended(pool);
    return (int)pushed;
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

int yoke_pool_run_at(yoke_pool *pool, yoke_root_fn *fn, void *ctx, const char *site) {
    YOKE_TRY(yoke__pool_check(pool, "yoke_pool_run"));
    if (pool->joined) return yoke_fail(YOKE_EINVAL, "yoke_pool_run: the pool has no threads");
    worker *w = yoke__worker_of(pool);
    if (w) return fn(&w->base, ctx);
    if (!yoke__thread_self()) return YOKE_ENOMEM;
    root r = {.job = {.run = run_root}, .fn = fn, .ctx = ctx, .end.pool = pool};
    yoke__pool_post(pool, &r.job);
    yoke__completion_wait(&r.end, YOKE_FOREVER, false, "for a root of pool", pool->name, site);
    return r.status < 0 ? yoke_fail(r.status, "%s", r.detail) : r.status;
}

/* ---- the standing team ---- */

/* The end: also of all jobs. Another team: at once. */
static bool is_over(const yoke_pool *pool, uint64_t arg, bool idle) {
    (void)arg;
    if (!atomic_load(&pool->leave)) return false;
    return !atomic_load(&pool->ending) || (idle && yoke__pool_is_empty(pool));
}

static void hand_over_jobs(worker *w) {
    yoke__job *job;
    while ((job = yoke_deque_take(&w->jobs)))
        yoke_queue_mpsc_push(&w->pool->inbox.queue, &job->node);
}

static void work(yoke_pool *pool, int index) {
    worker *w = pool->workers[index];
    bool entered = yoke__worker_enter(w) == YOKE_OK; /* if not, the others do its part */
#pragma omp barrier                                  /* all know where they run */
    if (!entered) return;
    yoke__near_order(pool->workers, yoke_pool_size(pool), index, &w->others);
    yoke__worker_run(w, is_over, 0);
    hand_over_jobs(w);
    yoke__worker_exit(w);
}

static void announce(yoke_pool *pool, int size) {
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->size, size);
    pool->announced = pool->exchanged;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

static void open_team(yoke_pool *pool, int size) {
#pragma omp parallel num_threads(size) default(none) firstprivate(pool)
    {
#pragma omp single
        announce(pool, omp_get_num_threads());
        work(pool, omp_get_thread_num());
    }
}

/* Counts go on in the workers that take the places. */
static void keep_counts(worker *w, worker *old, int olds) {
    w->base.spawned_ = old->base.spawned_;
    atomic_store(&w->helped, atomic_load(&old->helped));
    atomic_store(&w->run_jobs, atomic_load(&old->run_jobs));
    atomic_store(&w->parked, atomic_load(&old->parked));
    for (int i = 0; i < olds; i++)
        atomic_store(&w->stolen_from[i], atomic_load(&old->stolen_from[i]));
}

static void free_workers(worker **workers, int count) {
    for (int i = 0; workers && i < count; i++) yoke__worker_destroy(workers[i]);
    free(workers);
}

/* Jobs that were meant for a worker go to all. */
static void forward(yoke_pool *pool, inbox *from) {
    yoke_mpsc_node *node;
    while ((node = yoke_queue_mpsc_try_pop(&from->queue)))
        yoke_queue_mpsc_push(&pool->inbox.queue, node);
}

/* Between teams, under the lock. */
static void exchange_workers(yoke_pool *pool) {
    int size = pool->next_size, kept = size < pool->made ? size : pool->made;
    if (!pool->next) return;
    pool->exchanged++;
    for (int i = 0; i < kept; i++) keep_counts(pool->next[i], pool->workers[i], kept);
    for (int i = 0; i < pool->made; i++) forward(pool, &pool->workers[i]->hinted);
    yoke__graph_lock(); /* searches look at the workers */
    free_workers(pool->workers, pool->made);
    pool->workers = pool->next;
    pool->made = size;
    yoke__graph_unlock();
    pool->next = NULL;
}

/* At least one team, which finishes what is queued when the end has come already. */
static void *host(void *arg) {
    yoke_pool *pool = arg;
    do {
        pthread_mutex_lock(&pool->lock);
        exchange_workers(pool);
        int size = pool->made;
        atomic_store(&pool->leave, atomic_load(&pool->ending));
        pthread_mutex_unlock(&pool->lock);
        open_team(pool, size);
    } while (!atomic_load(&pool->ending));
    return NULL;
}

/* Signals for the process go to other threads; those that tell of a fault, and the profiler's, stay
 * with the thread that they concern. */
static int start_host(yoke_pool *pool) {
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
    sigset_t most, before;
    sigfillset(&most);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&most, own[i]);
    pthread_sigmask(SIG_SETMASK, &most, &before);
    int failed = pthread_create(&pool->host, NULL, host, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed) return YOKE_OK;
    return yoke_fail(YOKE_EIO, "the system starts no thread for a pool (error %d)", failed);
}

/* Makes the workers leave. Under the lock. */
static void dismiss(yoke_pool *pool) {
    atomic_store(&pool->leave, true);
    yoke_event_wake(&pool->work);
}

/* ---- making ---- */

static void free_pool(yoke_pool *pool) {
    free_workers(pool->workers, pool->made);
    yoke__timers_fini(&pool->timers);
    for (int i = 0; i < LANES; i++) yoke__lane_destroy(pool->lanes[i]);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    yoke_aligned_free(pool);
}

static int make_workers(yoke_pool *pool, int count, worker ***made) {
    worker **workers = calloc((size_t)count, sizeof *workers);
    if (!workers) return yoke_fail(YOKE_ENOMEM, "no memory for %d workers", count);
    for (int i = 0; i < count; i++) {
        int status = yoke__worker_create(pool, i, count, &workers[i]);
        if (status < 0) {
            free_workers(workers, count);
            return status;
        }
    }
    for (int i = 0; i < count; i++) yoke__near_order(workers, count, i, &workers[i]->others);
    *made = workers;
    return YOKE_OK;
}

static int make_parts(yoke_pool *pool, const yoke_pool_options *options, int workers) {
    size_t room = options->room ? options->room : USUAL_ROOM;
    for (int i = 0; i < LANES; i++) YOKE_TRY(yoke__lane_create(room, &pool->lanes[i]));
    YOKE_TRY(make_workers(pool, workers, &pool->workers));
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
    made->probe = (yoke__probe){"pool", made->name, yoke__pool_report, NULL, NULL};
    yoke__probe_add(&made->probe);
    *pool = made;
    return YOKE_OK;
}

void yoke_pool_destroy(yoke_pool *pool) {
    if (!pool) return;
    yoke__probe_remove(&pool->probe);
    if (!pool->joined && pool->forks == yoke__forks) {
        pthread_mutex_lock(&pool->lock);
        atomic_store(&pool->ending, true);
        dismiss(pool);
        pthread_mutex_unlock(&pool->lock);
        pthread_join(pool->host, NULL);
    }
    free_pool(pool);
}

int yoke_pool_resize(yoke_pool *pool, int workers) {
    YOKE_TRY(yoke__pool_check(pool, "yoke_pool_resize"));
    if (pool->joined || workers < 1 || yoke__worker_of(pool))
        return yoke_fail(YOKE_EINVAL,
                         "yoke_pool_resize to %d: from outside of a standing pool, "
                         "and 1 or more, are expected",
                         workers);
    worker **next;
    YOKE_TRY(make_workers(pool, workers, &next));
    pthread_mutex_lock(&pool->lock);
    while (pool->next) pthread_cond_wait(&pool->changed, &pool->lock); /* another resize */
    unsigned exchange = pool->exchanged + 1;
    pool->next = next;
    pool->next_size = workers;
    dismiss(pool);
    while (pool->announced < exchange) pthread_cond_wait(&pool->changed, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return YOKE_OK;
}

/* ---- joining ---- */

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
    of->status = fn(&w->base, ctx);
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

/* SPDX-License-Identifier: Apache-2.0
 *
 * Teams of a standing pool: their making, their end, and resizing. The idea stands in pool/team.h.
 */
#include "pool/team.h"

#include <stdlib.h>

#include "runtime/park.h"

/* How long a worker that would leave waits for the others before it looks whether one is asleep,
 * and how long it then works. */
#define TURN 1e-3

/* ---- workers ---- */

void yoke__team_free(worker **workers, int count) {
    for (int i = 0; workers && i < count; i++) yoke__worker_destroy(workers[i]);
    free(workers);
}

int yoke__team_make(yoke_pool *pool, int count, worker ***made) {
    worker **workers = calloc((size_t)count, sizeof *workers);
    if (!workers) return yoke_fail(YOKE_ENOMEM, "no memory for %d workers", count);
    for (int i = 0; i < count; i++) {
        int status = yoke__worker_create(pool, i, count, &workers[i]);
        if (status < 0) {
            yoke__team_free(workers, count);
            return status;
        }
    }
    for (int i = 0; i < count; i++) yoke__near_order(workers, count, i, &workers[i]->others);
    *made = workers;
    return YOKE_OK;
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

/* Jobs that were meant for a worker go to all. */
static void forward(yoke_pool *pool, inbox *from) {
    yoke_mpsc_node *node;
    while ((node = yoke_queue_mpsc_try_pop(&from->queue)))
        yoke_queue_mpsc_push(&pool->inbox.queue, node);
}

void yoke__team_exchange(yoke_pool *pool) {
    int size = pool->next_size, kept = size < pool->made ? size : pool->made;
    if (!pool->next) return;
    pool->exchanged++;
    for (int i = 0; i < kept; i++) keep_counts(pool->next[i], pool->workers[i], kept);
    for (int i = 0; i < pool->made; i++) forward(pool, &pool->workers[i]->hinted);
    yoke__graph_lock(); /* searches look at the workers */
    yoke__team_free(pool->workers, pool->made);
    pool->workers = pool->next;
    pool->made = size;
    yoke__graph_unlock();
    pool->next = NULL;
}

/* OpenMP may have given fewer threads: what was meant for the others goes to all. */
void yoke__team_announce(yoke_pool *pool, int size) {
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->size, size);
    for (int i = size; i < pool->made; i++) forward(pool, &pool->workers[i]->hinted);
    pool->announced = pool->exchanged;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

/* ---- the end of a team ---- */

void yoke__team_dismiss(yoke_pool *pool) {
    atomic_store(&pool->leave, true);
    yoke_event_wake(&pool->work);
}

/* The end of the pool: also of all jobs. Another team: between jobs. */
static bool is_over(const yoke_pool *pool, uint64_t arg, bool idle) {
    (void)arg;
    if (!atomic_load(&pool->leave)) return false;
    return !atomic_load(&pool->ending) || (idle && yoke__pool_is_empty(pool));
}

static bool turn_is_over(const yoke_pool *pool, uint64_t until, bool idle) {
    (void)pool;
    return idle || yoke_deadline_passed((yoke_deadline)until);
}

static bool somebody_sleeps(const yoke_pool *pool) {
    bool found = false;
    yoke__graph_lock();
    for (int i = 0; i < pool->made && !found; i++) {
        int thread = atomic_load(&pool->workers[i]->thread) - 1;
        found = thread >= 0 && yoke__thread_at(thread)->waiting.wait;
    }
    yoke__graph_unlock();
    return found;
}

/* True: all are between jobs, so the team ends. False: a worker sleeps in the middle of a job, and
 * this one should go on. */
static bool leave_together(yoke_pool *pool) {
    uint32_t all = (uint32_t)atomic_load(&pool->entered);
    uint32_t seen = __atomic_add_fetch(&pool->between_jobs, 1, __ATOMIC_SEQ_CST);
    if (seen == all) yoke__unpark(&pool->between_jobs, pool->made);
    yoke_deadline look = yoke_deadline_in(TURN);
    while (seen != all) {
        yoke__park(&pool->between_jobs, seen, look);
        seen = __atomic_load_n(&pool->between_jobs, __ATOMIC_SEQ_CST);
        if (seen == all || !yoke_deadline_passed(look)) continue;
        look = yoke_deadline_in(TURN);
        if (somebody_sleeps(pool) &&
            __atomic_compare_exchange_n(&pool->between_jobs, &seen, seen - 1, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return false;
    }
    return true;
}

void yoke__team_work(yoke_pool *pool, worker *w) {
    yoke__worker_run(w, is_over, 0);
    while (!atomic_load(&pool->ending) && !leave_together(pool))
        yoke__worker_run(w, turn_is_over, (uint64_t)yoke_deadline_in(TURN));
}

/* ---- waiting for the team ---- */

/* Each worker that runs a job must come to its end. */
static int next_worker(const yoke__wait *wait, int after) {
    const yoke_pool *pool = wait->object;
    return yoke__pool_is_empty(pool) ? -1 : yoke__pool_next_worker(pool, after);
}

yoke__wait yoke__team_wait(const yoke_pool *pool, const char *what, const char *site) {
    return (yoke__wait){.what = what,
                        .name = pool->name,
                        .object = pool,
                        .site = site,
                        .deadline = YOKE_FOREVER,
                        .next_owner = next_worker};
}

/* ---- resizing ---- */

/* Under the lock. */
static void await_team(yoke_pool *pool, unsigned exchange) {
    yoke__wait wait = yoke__team_wait(pool, "to resize pool", "yoke_pool_resize");
    yoke__graph_lock();
    yoke__wait_begin_firmly(&wait);
    yoke__graph_unlock();
    while (pool->announced < exchange) pthread_cond_wait(&pool->changed, &pool->lock);
    yoke__graph_lock();
    yoke__wait_end(&wait);
    yoke__graph_unlock();
}

int yoke_pool_resize(yoke_pool *pool, int workers) {
    YOKE_TRY(yoke__pool_check(pool, "yoke_pool_resize"));
    if (pool->joined || workers < 1 || yoke__worker_of(pool))
        return yoke_fail(YOKE_EINVAL,
                         "yoke_pool_resize to %d: from outside of a standing pool, "
                         "and 1 or more, are expected",
                         workers);
    worker **next;
    if (!yoke__thread_self()) return YOKE_ENOMEM;
    YOKE_TRY(yoke__team_make(pool, workers, &next));
    pthread_mutex_lock(&pool->lock);
    while (pool->next) pthread_cond_wait(&pool->changed, &pool->lock); /* another resize */
    unsigned exchange = pool->exchanged + 1;
    pool->next = next;
    pool->next_size = workers;
    yoke__team_dismiss(pool);
    await_team(pool, exchange);
    pthread_mutex_unlock(&pool->lock);
    return YOKE_OK;
}

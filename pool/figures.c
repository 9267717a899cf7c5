/* SPDX-License-Identifier: Apache-2.0
 *
 * What the workers of a pool have done, worker by worker, and who took tasks from whom.
 */
#include <stddef.h>

#include "pool/pool.h"

static void read_stats(const worker *w, int workers, yoke_pool_worker_stats *stats) {
    /* relaxed, as all here: figures as of now. */
    stats->spawned = __atomic_load_n(&w->base.spawned_, __ATOMIC_RELAXED);
    stats->helped = atomic_load_explicit(&w->helped, memory_order_relaxed);
    stats->jobs = atomic_load_explicit(&w->run_jobs, memory_order_relaxed);
    stats->parked = atomic_load_explicit(&w->parked, memory_order_relaxed);
    stats->stolen = 0;
    for (int i = 0; i < workers; i++)
        stats->stolen += atomic_load_explicit(&w->stolen_from[i], memory_order_relaxed);
}

int yoke_pool_stats(yoke_pool *pool, int index, yoke_pool_worker_stats *stats) {
    YOKE_TRY(yoke__pool_check(pool, "yoke_pool_stats"));
    pthread_mutex_lock(&pool->lock);
    bool there = index >= 0 && index < pool->made;
    if (there) read_stats(pool->workers[index], pool->made, stats);
    pthread_mutex_unlock(&pool->lock);
    return there ? YOKE_OK : yoke_fail(YOKE_EINVAL, "a pool has no worker %d", index);
}

uint64_t yoke_pool_stolen_from(yoke_pool *pool, int thief, int victim) {
    uint64_t stolen = 0;
    if (pool->forks != yoke__forks) return 0;
    pthread_mutex_lock(&pool->lock);
    if (thief >= 0 && victim >= 0 && thief < pool->made && victim < pool->made)
        stolen = atomic_load(&pool->workers[thief]->stolen_from[victim]);
    pthread_mutex_unlock(&pool->lock);
    return stolen;
}

static void report_worker(const yoke_pool *pool, int index, yoke__reader *reader) {
    const worker *w = pool->workers[index];
    yoke_pool_worker_stats stats;
    read_stats(w, pool->made, &stats);
    yoke__probe_figure(reader, "spawned", index, -1, stats.spawned);
    yoke__probe_figure(reader, "stolen", index, -1, stats.stolen);
    yoke__probe_figure(reader, "helped", index, -1, stats.helped);
    yoke__probe_figure(reader, "jobs", index, -1, stats.jobs);
    yoke__probe_figure(reader, "parked", index, -1, stats.parked);
    for (int i = 0; i < pool->made; i++) {
        if (i != index)
            yoke__probe_figure(reader, "stolen from", index, i, atomic_load(&w->stolen_from[i]));
    }
}

void yoke__pool_report(yoke__probe *probe, yoke__reader *reader) {
    yoke_pool *pool = (yoke_pool *)((char *)probe - offsetof(yoke_pool, probe));
    if (pool->forks != yoke__forks) return;
    pthread_mutex_lock(&pool->lock);
    for (int i = 0; i < pool->made; i++) report_worker(pool, i, reader);
    pthread_mutex_unlock(&pool->lock);
}

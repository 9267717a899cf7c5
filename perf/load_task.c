/* SPDX-License-Identifier: Apache-2.0
 *
 * Independent tasks of a chosen length, in several ways: how short can they be before the way of
 * running them takes half of the time (METG, Slaughter et al., "Task Bench", SC 2020)? Perfect
 * efficiency is items times grain over the threads; the work of a task is a loop of so many steps
 * as take that long on one thread alone.
 */
#include "perf/busy.h"
#include "perf/load.h"
#include "yoke/future.h"
#include "yoke/pool.h"

#define GRAIN 10e-6 /* seconds */

typedef struct spawned {
    yoke_task task;
    struct tasks *of;
    size_t number;
} spawned;

typedef struct tasks {
    yoke__load_data data;
    yoke_pool *pool;
    spawned *spawned;
    uint64_t steps;
    uint32_t *done; /* how often each ran */
} tasks;

enum { DONE, SPAWNED };

static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(tasks)));
    tasks *t = run->state;
    t->steps = yoke__busy_steps(run->grain > 0 ? run->grain : GRAIN);
    YOKE_TRY(yoke__load_array(run, DONE, run->size, sizeof(uint32_t)));
    t->done = t->data.array[DONE];
    for (size_t i = 0; i < run->size; i++) t->done[i] = 0;
    return yoke__load_answer(run, t->done, run->size * sizeof *t->done);
}

static int prepare_pool(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    tasks *t = run->state;
    YOKE_TRY(yoke__load_array(run, SPAWNED, run->size, sizeof *t->spawned));
    t->spawned = t->data.array[SPAWNED];
    return yoke_pool_create(&(yoke_pool_options){.workers = yoke__load_threads(run)}, &t->pool);
}

static void finish(yoke_load_run *run) {
    tasks *t = run->state;
    if (t) yoke_pool_destroy(t->pool);
    yoke__load_close(run);
}

static void work(tasks *t, size_t i) {
    yoke__busy(t->steps);
    t->done[i]++;
}

static int check(yoke_load_run *run) {
    const tasks *t = run->state;
    for (size_t i = 0; i < run->size; i++)
        if (t->done[i] != t->data.count) return yoke__load_wrong(i);
    return YOKE_OK;
}

/* ---- on the pool ---- */

static void run_spawned(yoke_worker *worker, yoke_task *task) {
    (void)worker;
    spawned *s = (spawned *)task;
    work(s->of, s->number);
}

static int spawn_root(yoke_worker *worker, void *ctx) {
    const yoke_load_run *run = ctx;
    tasks *t = run->state;
    for (size_t i = 0; i < run->size; i++) {
        t->spawned[i].of = t, t->spawned[i].number = i;
        yoke_spawn(worker, &t->spawned[i].task, run_spawned);
    }
    for (size_t i = run->size; i--;) yoke_sync(worker, &t->spawned[i].task);
    return YOKE_OK;
}

static int spawn(yoke_load_run *run) {
    tasks *t = run->state;
    t->data.count++;
    return yoke_pool_run(t->pool, spawn_root, run);
}

static int loop_part(yoke_worker *worker, size_t begin, size_t end, void *ctx) {
    (void)worker;
    for (size_t i = begin; i < end; i++) work(ctx, i);
    return YOKE_OK;
}

static int loop_root(yoke_worker *worker, void *ctx) {
    const yoke_load_run *run = ctx;
    return yoke_parallel_for(worker, 0, run->size, 1, loop_part, run->state);
}

static int loop(yoke_load_run *run) {
    tasks *t = run->state;
    t->data.count++;
    return yoke_pool_run(t->pool, loop_root, run);
}

static int run_job(yoke_worker *worker, void *arg) {
    (void)worker;
    spawned *s = arg;
    work(s->of, s->number);
    return YOKE_OK;
}

static int submit(yoke_load_run *run) {
    tasks *t = run->state;
    t->data.count++;
    for (size_t i = 0; i < run->size; i++) {
        t->spawned[i].of = t, t->spawned[i].number = i;
        YOKE_TRY(yoke_pool_submit(t->pool, run_job, &t->spawned[i], NULL, YOKE_FOREVER, NULL));
    }
    return yoke_pool_drain(t->pool, YOKE_FOREVER);
}

/* ---- with OpenMP ---- */

static int make_tasks(yoke_load_run *run) {
    tasks *t = run->state;
    size_t n = run->size;
    t->data.count++;
#pragma omp parallel num_threads(yoke__load_threads(run)) default(none) firstprivate(t, n)
#pragma omp single
    for (size_t i = 0; i < n; i++) {
#pragma omp task default(none) firstprivate(t, i)
        work(t, i);
    }
    return YOKE_OK;
}

static int omp_dynamic(yoke_load_run *run) {
    tasks *t = run->state;
    size_t n = run->size;
    t->data.count++;
#pragma omp parallel for schedule(dynamic, 1) num_threads(yoke__load_threads(run)) default(none)   \
    firstprivate(t, n)
    for (size_t i = 0; i < n; i++) work(t, i);
    return YOKE_OK;
}

#define TASK                                                                                       \
    .group = "task", .item = "task", .grain = GRAIN, .size = 10000, .check = check, .finish = finish
const yoke_load yoke__loads_task[] = {
    {TASK, .name = "task_spawn", .about = "yoke_spawn and yoke_sync", .prepare = prepare_pool,
     .repeat = spawn},
    {TASK, .name = "task_for", .about = "yoke_parallel_for, an iteration each",
     .prepare = prepare_pool, .repeat = loop},
    {TASK, .name = "task_submit", .about = "yoke_pool_submit, by one thread",
     .prepare = prepare_pool, .repeat = submit},
    {TASK, .name = "task_omp", .about = "omp task, by one thread", .prepare = prepare,
     .repeat = make_tasks},
    {TASK, .name = "task_omp_for", .about = "omp for schedule(dynamic, 1)", .prepare = prepare,
     .repeat = omp_dynamic},
    {.name = NULL}};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Overheads of yoke's own constructs, by the same definition as those of OpenMP.
 */
#include <stdio.h>

#include "perf/load_overhead.h"
#include "yoke/counter.h"
#include "yoke/event.h"
#include "yoke/limiter.h"
#include "yoke/lock.h"
#include "yoke/pool.h"
#include "yoke/region.h"
#include "yoke/team.h"

/* ---- teams ---- */

static int delay(yoke_team *team, int member, void *ctx) {
    (void)team;
    yoke__overhead_work(ctx, member);
    return YOKE_OK;
}

static int teams(yoke__overhead *o) {
    for (uint64_t j = 0; j < o->n; j++) YOKE_TRY(yoke_team_run(o->threads, delay, o));
    return YOKE_OK;
}

/* ---- the pool ---- */

static int prepare_pool(yoke_load_run *run) {
    YOKE_TRY(yoke__overhead_prepare(run));
    yoke__overhead *o = run->state;
    return yoke_pool_create(&(yoke_pool_options){.workers = o->threads}, (yoke_pool **)&o->own);
}

static void finish_pool(yoke_load_run *run) {
    yoke__overhead *o = run->state;
    if (o) yoke_pool_destroy(o->own);
    yoke__load_close(run);
}

static void delay_here(yoke_worker *worker, yoke__overhead *o) {
    yoke__overhead_work(o, yoke_worker_index(worker));
}

/* A task that knows its overhead. */
typedef struct delay_task {
    yoke_task task;
    yoke__overhead *o;
} delay_task;

static void run_task(yoke_worker *worker, yoke_task *task) {
    delay_here(worker, ((delay_task *)task)->o);
}

/* A task for each but one, which the worker does itself: so all have a delay at the same time. */
static int spawn_root(yoke_worker *worker, void *ctx) {
    enum { MOST = 64 };
    yoke__overhead *o = ctx;
    delay_task tasks[MOST];
    for (uint64_t j = 0; j < o->n; j++) {
        int left = o->threads - 1;
        do {
            int count = left < MOST ? left : MOST;
            left -= count;
            for (int i = 0; i < count; i++) {
                tasks[i].o = o;
                yoke_spawn(worker, &tasks[i].task, run_task);
            }
            if (!left) delay_here(worker, o);
            while (count--) yoke_sync(worker, &tasks[count].task);
        } while (left);
    }
    return YOKE_OK;
}

static int spawns(yoke__overhead *o) { return yoke_pool_run(o->own, spawn_root, o); }

static int run_part(yoke_worker *worker, size_t begin, size_t end, void *ctx) {
    for (; begin < end; begin++) delay_here(worker, ctx);
    return YOKE_OK;
}

static int loop_root(yoke_worker *worker, void *ctx) {
    yoke__overhead *o = ctx;
    for (uint64_t j = 0; j < o->n; j++)
        YOKE_TRY(yoke_parallel_for(worker, 0, (size_t)o->threads, 1, run_part, o));
    return YOKE_OK;
}

static int loops(yoke__overhead *o) { return yoke_pool_run(o->own, loop_root, o); }

static int delay_root(yoke_worker *worker, void *ctx) {
    delay_here(worker, ctx);
    return YOKE_OK;
}

/* From outside, one after the other. */
static int roots(yoke__overhead *o) {
    for (uint64_t j = 0; j < o->n; j++) YOKE_TRY(yoke_pool_run(o->own, delay_root, o));
    return YOKE_OK;
}

/* ---- locks, events, counters: shared by the members of a team ---- */

typedef struct shared {
    yoke__overhead *o;
    yoke_mutex mutex;
    yoke_event event;
    yoke_counter *counter;
    yoke_limiter *limiter;
} shared;

static int lock_often(yoke_team *team, int member, void *ctx) {
    shared *s = ctx;
    for (uint64_t j = yoke__overhead_share(s->o, member, s->o->threads);
         j && !yoke_team_stopping(team); j--) {
        YOKE_TRY(yoke_mutex_lock(&s->mutex, YOKE_FOREVER));
        yoke__overhead_work(s->o, 0);
        YOKE_TRY(yoke_mutex_unlock(&s->mutex));
    }
    return YOKE_OK;
}

static int mutexes(yoke__overhead *o) {
    shared s = {.o = o};
    YOKE_TRY(yoke_mutex_init(&s.mutex, "overhead", 0));
    int status = yoke_team_run(o->threads, lock_often, &s);
    yoke_mutex_fini(&s.mutex);
    return status;
}

/* There is room for all members. */
static int limit_often(yoke_team *team, int member, void *ctx) {
    shared *s = ctx;
    const yoke_limiter_need need = {.budget = 0, .amount = 1};
    for (uint64_t j = s->o->n; j && !yoke_team_stopping(team); j--) {
        yoke_limiter_lease *lease;
        YOKE_TRY(yoke_limiter_acquire(s->limiter, &need, 1, YOKE_FOREVER, &lease));
        yoke__overhead_work(s->o, member);
        YOKE_TRY(yoke_limiter_release(lease));
    }
    return YOKE_OK;
}

static int limits(yoke__overhead *o) {
    shared s = {.o = o};
    char budget[32];
    snprintf(budget, sizeof budget, "members:%d", o->threads);
    YOKE_TRY(yoke_limiter_create(budget, NULL, &s.limiter));
    int status = yoke_team_run(o->threads, limit_often, &s);
    yoke_limiter_destroy(s.limiter);
    return status;
}

/* Nobody waits. */
static int signal_often(yoke_team *team, int member, void *ctx) {
    shared *s = ctx;
    (void)team;
    for (uint64_t j = s->o->n; j; j--) {
        yoke__overhead_work(s->o, member);
        yoke_event_signal(&s->event);
    }
    return YOKE_OK;
}

static int signals(yoke__overhead *o) {
    return yoke_team_run(o->threads, signal_often, &(shared){.o = o});
}

/* Costs as much as the program's own, whether a measurement runs or not. */
static int mark_often(yoke_team *team, int member, void *ctx) {
    shared *s = ctx;
    (void)team;
    for (uint64_t j = s->o->n; j; j--) {
        yoke_region_begin("overhead");
        yoke__overhead_work(s->o, member);
        yoke_region_end("overhead");
    }
    return YOKE_OK;
}

static int regions(yoke__overhead *o) {
    return yoke_team_run(o->threads, mark_often, &(shared){.o = o});
}

static int add_often(yoke_team *team, int member, void *ctx) {
    shared *s = ctx;
    (void)team;
    for (uint64_t j = yoke__overhead_share(s->o, member, s->o->threads); j; j--)
        yoke_counter_add(s->counter, 1);
    return YOKE_OK;
}

static int counters(yoke__overhead *o) {
    shared s = {.o = o};
    YOKE_TRY(yoke_counter_create(NULL, &s.counter));
    int status = yoke_team_run(o->threads, add_often, &s);
    o->slots[0].delays = (uint64_t)yoke_counter_read_at_quiescence(s.counter, 0);
    yoke_counter_destroy(s.counter);
    return status;
}

/* ---- the loads ---- */

static int measure_all(yoke_load_run *run, yoke__overhead_fn *test) {
    const yoke__overhead *o = run->state;
    return yoke__overhead_measure(run, test, yoke__overhead_delays, o->n * (uint64_t)o->threads);
}

static int run_teams(yoke_load_run *run) { return measure_all(run, teams); }
static int run_spawns(yoke_load_run *run) { return measure_all(run, spawns); }
static int run_loops(yoke_load_run *run) { return measure_all(run, loops); }
static int run_signals(yoke_load_run *run) { return measure_all(run, signals); }
static int run_limits(yoke_load_run *run) { return measure_all(run, limits); }
static int run_regions(yoke_load_run *run) { return measure_all(run, regions); }
static int run_roots(yoke_load_run *run) {
    return yoke__overhead_measure(run, roots, yoke__overhead_delays, run->size);
}
static int run_mutexes(yoke_load_run *run) {
    return yoke__overhead_measure(run, mutexes, yoke__overhead_delays, run->size);
}
static int run_counters(yoke_load_run *run) {
    return yoke__overhead_measure(run, counters, yoke__overhead_additions, run->size);
}

#define OVERHEAD                                                                                   \
    .group = "overhead", .item = "construct", .grain = YOKE__OVERHEAD_DELAY,                       \
    .check = yoke__overhead_check
#define ALONE .prepare = yoke__overhead_prepare, .finish = yoke__load_close
#define POOL  .prepare = prepare_pool, .finish = finish_pool, .size = 1000
const yoke_load yoke__loads_overhead_own[] = {
    {OVERHEAD, ALONE, .name = "team_run", .about = "yoke_team_run: fork and join", .size = 1000,
     .repeat = run_teams},
    {OVERHEAD, POOL, .name = "spawn_sync",
     .about = "yoke_spawn and yoke_sync, by one worker for all", .repeat = run_spawns},
    {OVERHEAD, POOL, .name = "pool_for", .about = "yoke_parallel_for, an iteration a worker",
     .repeat = run_loops},
    {OVERHEAD, POOL, .name = "pool_run", .about = "yoke_pool_run, from outside of the pool",
     .repeat = run_roots},
    {OVERHEAD, ALONE, .name = "mutex", .about = "yoke_mutex_lock and yoke_mutex_unlock",
     .size = 1000, .repeat = run_mutexes},
    {OVERHEAD, ALONE, .name = "limiter",
     .about = "yoke_limiter_acquire and yoke_limiter_release, nobody waits", .size = 1000,
     .repeat = run_limits},
    {OVERHEAD, ALONE, .name = "event_signal", .about = "yoke_event_signal, nobody waits",
     .size = 100000, .repeat = run_signals},
    {OVERHEAD, ALONE, .name = "region", .about = "yoke_region_begin and yoke_region_end",
     .size = 100000, .repeat = run_regions},
    {OVERHEAD, ALONE, .name = "counter_add", .about = "yoke_counter_add", .size = 100000,
     .repeat = run_counters},
    {.name = NULL}};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Overheads of the constructs of the OpenMP runtime that the program is linked with. Each test is
 * the definition written down (load_overhead.h). Where the runtime gives fewer threads than were
 * asked for, the check fails.
 */
#include <omp.h>

#include "perf/load_overhead.h"

#define TEAM(...)                                                                                  \
    PRAGMA(omp parallel num_threads(o->threads) default(none) firstprivate(o) __VA_ARGS__)
#define PRAGMA(text)  PRAGMA_(text)
#define PRAGMA_(text) _Pragma(#text)

static uint64_t for_each_thread(const yoke__overhead *o) { return o->n * (uint64_t)o->threads; }

/* ---- all threads at the same time: a delay each for each construct ---- */

static int parallel(yoke__overhead *o) {
    for (uint64_t j = 0; j < o->n; j++) {
        TEAM()
        yoke__overhead_work(o, omp_get_thread_num());
    }
    return YOKE_OK;
}

static int loop(yoke__overhead *o) {
    TEAM()
    for (uint64_t j = 0; j < o->n; j++) {
#pragma omp for
        for (int i = 0; i < o->threads; i++) yoke__overhead_work(o, omp_get_thread_num());
    }
    return YOKE_OK;
}

static int parallel_loop(yoke__overhead *o) {
    for (uint64_t j = 0; j < o->n; j++) {
#pragma omp parallel for num_threads(o->threads) default(none) firstprivate(o)
        for (int i = 0; i < o->threads; i++) yoke__overhead_work(o, omp_get_thread_num());
    }
    return YOKE_OK;
}

static int barrier(yoke__overhead *o) {
    TEAM()
    for (uint64_t j = 0; j < o->n; j++) {
        yoke__overhead_work(o, omp_get_thread_num());
#pragma omp barrier
    }
    return YOKE_OK;
}

/* One of the threads makes the delay, and all wait for it. */
static int single(yoke__overhead *o) {
    TEAM()
    for (uint64_t j = 0; j < o->n; j++) {
#pragma omp single
        yoke__overhead_work(o, omp_get_thread_num());
    }
    return YOKE_OK;
}

static int reduction(yoke__overhead *o) {
    uint64_t total = 0;
    for (uint64_t j = 0; j < o->n; j++) {
        TEAM(reduction(+ : total)) {
            yoke__overhead_work(o, omp_get_thread_num());
            total++;
        }
    }
    o->slots[0].delays -= total != for_each_thread(o); /* seen by the check */
    return YOKE_OK;
}

/* ---- one thread at a time: the threads share the delays ---- */

static uint64_t share(const yoke__overhead *o) {
    return yoke__overhead_share(o, omp_get_thread_num(), omp_get_num_threads());
}

static int critical(yoke__overhead *o) {
    TEAM()
    for (uint64_t j = share(o); j; j--) {
#pragma omp critical
        yoke__overhead_work(o, 0);
    }
    return YOKE_OK;
}

static int lock(yoke__overhead *o) {
    omp_lock_t lock;
    omp_init_lock(&lock);
    TEAM(shared(lock))
    for (uint64_t j = share(o); j; j--) {
        omp_set_lock(&lock);
        yoke__overhead_work(o, 0);
        omp_unset_lock(&lock);
    }
    omp_destroy_lock(&lock);
    return YOKE_OK;
}

static int ordered(yoke__overhead *o) {
#pragma omp parallel for ordered schedule(static, 1) num_threads(o->threads) default(none)         \
    firstprivate(o)
    for (uint64_t j = 0; j < o->n; j++) {
#pragma omp ordered
        yoke__overhead_work(o, 0);
    }
    return YOKE_OK;
}

/* No delays: an addition each. */
static int atomic(yoke__overhead *o) {
    TEAM()
    for (uint64_t j = share(o); j; j--) {
#pragma omp atomic
        o->slots[0].delays++;
    }
    return YOKE_OK;
}

/* ---- tasks ---- */

/* Each thread makes n tasks; a delay of a task counts for the thread that runs it. */
static int make_tasks_of_each(yoke__overhead *o) {
    TEAM()
    for (uint64_t j = 0; j < o->n; j++) {
#pragma omp task default(none) firstprivate(o)
        yoke__overhead_work(o, omp_get_thread_num());
    }
    return YOKE_OK;
}

/* One thread makes the tasks of all. */
static int make_tasks_of_one(yoke__overhead *o) {
    uint64_t n = for_each_thread(o);
    TEAM(firstprivate(n))
#pragma omp master
    for (uint64_t j = 0; j < n; j++) {
#pragma omp task default(none) firstprivate(o)
        yoke__overhead_work(o, omp_get_thread_num());
    }
    return YOKE_OK;
}

static int make_tasks_and_wait(yoke__overhead *o) {
    TEAM()
    for (uint64_t j = 0; j < o->n; j++) {
#pragma omp task default(none) firstprivate(o)
        yoke__overhead_work(o, omp_get_thread_num());
#pragma omp taskwait
    }
    return YOKE_OK;
}

/* ---- the loads ---- */

static int measure_all(yoke_load_run *run, yoke__overhead_fn *test) {
    return yoke__overhead_measure(run, test, yoke__overhead_delays, for_each_thread(run->state));
}

static int measure_one(yoke_load_run *run, yoke__overhead_fn *test) {
    return yoke__overhead_measure(run, test, yoke__overhead_delays, run->size);
}

static int run_parallel(yoke_load_run *run) { return measure_all(run, parallel); }
static int run_for(yoke_load_run *run) { return measure_all(run, loop); }
static int run_parallel_for(yoke_load_run *run) { return measure_all(run, parallel_loop); }
static int run_barrier(yoke_load_run *run) { return measure_all(run, barrier); }
static int run_reduction(yoke_load_run *run) { return measure_all(run, reduction); }
static int run_tasks(yoke_load_run *run) { return measure_all(run, make_tasks_of_each); }
static int run_master(yoke_load_run *run) { return measure_all(run, make_tasks_of_one); }
static int run_taskwait(yoke_load_run *run) { return measure_all(run, make_tasks_and_wait); }
static int run_single(yoke_load_run *run) { return measure_one(run, single); }
static int run_critical(yoke_load_run *run) { return measure_one(run, critical); }
static int run_lock(yoke_load_run *run) { return measure_one(run, lock); }
static int run_ordered(yoke_load_run *run) { return measure_one(run, ordered); }
static int run_atomic(yoke_load_run *run) {
    return yoke__overhead_measure(run, atomic, yoke__overhead_additions, run->size);
}

#define OVERHEAD                                                                                   \
    .group = "overhead", .item = "construct", .grain = YOKE__OVERHEAD_DELAY, .size = 1000,         \
    .prepare = yoke__overhead_prepare, .check = yoke__overhead_check, .finish = yoke__load_close
const yoke_load yoke__loads_overhead_omp[] = {
    {OVERHEAD, .name = "omp_parallel", .about = "omp parallel: fork and join",
     .repeat = run_parallel},
    {OVERHEAD, .name = "omp_for", .about = "omp for, an iteration a thread", .repeat = run_for},
    {OVERHEAD, .name = "omp_parallel_for", .about = "omp parallel for, an iteration a thread",
     .repeat = run_parallel_for},
    {OVERHEAD, .name = "omp_barrier", .about = "omp barrier", .repeat = run_barrier},
    {OVERHEAD, .name = "omp_single", .about = "omp single", .repeat = run_single},
    {OVERHEAD, .name = "omp_reduction", .about = "omp parallel reduction(+)",
     .repeat = run_reduction},
    {OVERHEAD, .name = "omp_critical", .about = "omp critical", .repeat = run_critical},
    {OVERHEAD, .name = "omp_lock", .about = "omp_set_lock and omp_unset_lock", .repeat = run_lock},
    {OVERHEAD, .name = "omp_ordered", .about = "omp ordered", .repeat = run_ordered},
    {OVERHEAD, .name = "omp_atomic", .about = "omp atomic, an addition", .repeat = run_atomic},
    {OVERHEAD, .name = "omp_task", .about = "omp task, each thread makes its own",
     .repeat = run_tasks},
    {OVERHEAD, .name = "omp_task_master", .about = "omp task, one thread makes those of all",
     .repeat = run_master},
    {OVERHEAD, .name = "omp_taskwait", .about = "omp task and omp taskwait",
     .repeat = run_taskwait},
    {.name = NULL}};

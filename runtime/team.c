/* SPDX-License-Identifier: Apache-2.0
 *
 * Teams over OpenMP: one parallel region from serial code, one taskgroup inside a region.
 *
 * "Inside" means inside any region, also one that was serialised to a single thread: its one
 * thread is then all that the user gave us. Every member runs, also after another has failed; it
 * is the member's part to look at yoke_team_stopping().
 *
 * The first failure wins a compare-exchange on `status` and alone writes `detail`; both are read
 * after the region's barrier or the end of the taskgroup, which order them.
 */
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "runtime/region.h"
#include "runtime/shuffle.h"
#include "runtime/verify.h"
#include "yoke/machine.h"
#include "yoke/team.h"

/* The caller's region from the end of its own part to that of the last member. */
static const char rest[] = "for members";

/* Threads that a team may open where the CPU limit is lower. */
#define OVERSUBSCRIBED 256

struct yoke_team {
    int size;
    yoke_team_fn *fn;
    void *ctx;
    uint64_t draw;   /* that shuffles the members; 0: none */
    yoke__path path; /* of the caller */
    atomic_bool stop;
    atomic_int status; /* of the first member that failed */
    char detail[1024]; /* its detail */
};

static void run_function(yoke_team *team, int place) {
    int member = (int)yoke__shuffle_place(team->draw, (size_t)place, (size_t)team->size);
    if (team->draw) yoke__shuffle_delay();
    int status = team->fn(team, member, team->ctx);
    if (status >= 0) return;
    int none = YOKE_OK;
    if (atomic_compare_exchange_strong(&team->status, &none, status)) {
        snprintf(team->detail, sizeof team->detail, "%s", yoke_error_detail());
    }
    yoke_team_stop(team);
}

static void run_member(yoke_team *team, int place) {
    yoke__open_region region = yoke__path_enter(&team->path, "member", YOKE_ACTIVITY_WORK);
    run_function(team, place);
    yoke__region_close(&region);
}

/* Inside a region: a task a member, on the threads that are there. */
static void run_as_tasks(yoke_team *team) {
    yoke__open_region waiting = {0};
#pragma omp taskgroup
    {
        for (int member = 0; member < team->size; member++) {
#pragma omp task default(none) firstprivate(team, member)
            run_member(team, member);
        }
        waiting = yoke__region_open(rest, YOKE_ACTIVITY_WAIT);
    }
    yoke__region_close(&waiting);
}

/* OpenMP ends the process when it cannot start a thread, so a very large team shares fewer. */
static int threads_for(int size) {
    if (size <= OVERSUBSCRIBED) return size;
    int limit = yoke_team_default_size();
    int most = limit > OVERSUBSCRIBED ? limit : OVERSUBSCRIBED;
    return size < most ? size : most;
}

/* From serial code: worksharing over the members, since there may be fewer threads. */
static void run_as_region(yoke_team *team) {
    yoke__open_region waiting = {0};
#pragma omp parallel num_threads(threads_for(team->size)) default(none) firstprivate(team)         \
    shared(rest, waiting)
    {
#pragma omp for schedule(static, 1) nowait
        for (int member = 0; member < team->size; member++) run_member(team, member);
        if (omp_get_thread_num() == 0) waiting = yoke__region_open(rest, YOKE_ACTIVITY_WAIT);
    }
    yoke__region_close(&waiting);
}

int yoke_team_run(int size, yoke_team_fn *fn, void *ctx) {
    if (size < 0 || !fn) return yoke_fail(YOKE_EINVAL, "team: negative size or no function");
    yoke_team team = {.size = size ? size : yoke_team_default_size(), .fn = fn, .ctx = ctx};
    team.draw = yoke__shuffle_draw();
    YOKE__REGION("yoke_team_run", YOKE_ACTIVITY_RUNTIME);
    yoke__path_take(&team.path);
    if (omp_get_level() > 0)
        run_as_tasks(&team);
    else
        run_as_region(&team);
    int status = atomic_load(&team.status);
    return status < 0 ? yoke_fail(status, "%s", team.detail) : YOKE_OK;
}

int yoke_team_size(const yoke_team *team) { return team->size; }

bool yoke_team_stopping(const yoke_team *team) {
    /* relaxed: pairs with the store in yoke_team_stop. A hint to end early; no data is published
     * by it, and the status and results are ordered by the end of the region. */
    return atomic_load_explicit(&team->stop, memory_order_relaxed);
}

void yoke_team_stop(yoke_team *team) {
    /* relaxed: see yoke_team_stopping. */
    atomic_store_explicit(&team->stop, true, memory_order_relaxed);
}

static int process_size = 1;

/* A verification asks for more threads than there are processors, too. */
static void read_process_size(void) {
    yoke_cpu_limit limit;
    if (yoke_cpu_limit_read(NULL, &limit) != YOKE_OK) return;
    process_size = limit.threads;
    for (int i = 0; i < limit.count && yoke__verify_on(); i++)
        if (limit.bounds[i].kind == YOKE_BOUND_YOKE_THREADS)
            process_size = (int)limit.bounds[i].cpus;
}

int yoke_team_default_size(void) {
    if (omp_get_level() > 0) return omp_get_num_threads();
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_process_size);
    return process_size;
}

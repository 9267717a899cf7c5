/* SPDX-License-Identifier: Apache-2.0
 *
 * Imbalance: the members of a team have used very different CPU time, and those with less waited
 * meanwhile, asleep in a barrier or spinning in the OpenMP runtime's code. Equal shares of CPU time
 * are balance, however long a busy machine made each of them take.
 */
#include <math.h>

#include "perf/watch.h"

typedef struct team {
    int members;
    double work, most; /* CPU seconds outside of the runtime: sum, and of the busiest */
    double asleep, spinning;
    const yoke__task *busiest;
} team;

static bool is_openmp(const yoke__task *task) {
    return task->family == YOKE__LIB_GOMP || task->family == YOKE__LIB_LLVM;
}

/* Whether the team is OpenMP's; otherwise it is made of the threads that meet at barriers. */
static bool has_openmp(const yoke__process *p) {
    for (size_t i = 0; i < p->task_count; i++) {
        if (is_openmp(&p->tasks[i])) return true;
    }
    return false;
}

/* A thread that others wait for may never have waited itself: so who works much counts too. */
static bool is_member(const yoke__process *p, const yoke__task *task, bool openmp) {
    const double much = 0.1;
    if (openmp) return is_openmp(task) || task->tid == p->pid;
    return task->team_s > 0 || yoke__task_cpu(task) > much * yoke__process_cpu(p);
}

static team add_up(const yoke__process *p) {
    team t = {0};
    bool openmp = has_openmp(p);
    for (size_t i = 0; i < p->task_count; i++) {
        const yoke__task *task = &p->tasks[i];
        if (!is_member(p, task, openmp)) continue;
        double cpu = yoke__task_cpu(task);
        double spinning = task->places ? cpu * task->runtime_places / task->places : 0;
        t.members++;
        t.work += cpu - spinning;
        t.spinning += spinning;
        t.asleep += task->team_s;
        if (t.busiest && cpu - spinning <= t.most) continue;
        t.most = cpu - spinning;
        t.busiest = task;
    }
    return t;
}

void yoke__judge_balance(yoke__process *p, yoke__verdict *v) {
    const double uneven = 0.8, much = 0.2;
    team t = add_up(p);
    if (t.members < 2 || t.most < YOKE__ENOUGH) return;
    double balance = t.work / t.members / t.most;
    double waiting = (t.asleep + t.spinning) / (t.asleep + t.spinning + t.work);
    if (balance > uneven || waiting < much) return;
    char who[128];
    yoke__task_describe(p, t.busiest, who, sizeof who);
    yoke__find(v, YOKE_FINDING_IMBALANCE, p,
               "spread the work more evenly, as with schedule(dynamic) or yoke_parallel_for, which "
               "splits when others are idle; what one thread does alone bounds them all",
               "%s worked for %.2f s of CPU time, the %d others of its team for %.2f s on average "
               "(load balance %.2f), and waited for %.0f %% of the team's time (%.0f %% of that "
               "spinning)",
               who, t.most, t.members - 1, (t.work - t.most) / (t.members - 1), balance,
               100 * waiting, 100 * t.spinning / fmax(t.asleep + t.spinning, 1e-9));
}

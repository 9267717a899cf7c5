/* SPDX-License-Identifier: Apache-2.0
 *
 * Too many threads: more of a process's own threads want to run than it has CPUs, most of the time
 * in which any does. How long they wait is not asked, as others may have the processors; only when
 * they are not many more than the CPUs, and the machine gave the process much less than its limit,
 * is it left open: threads that would have finished and slept by now look as if they were too many.
 * A quota that stops more threads than it has CPUs for is proof enough: had they worked in turn, it
 * would not have been used up.
 */
#include "perf/watch.h"
#include "runtime/text.h"

const char yoke__advice_nested[] =
    "let one of the two work alone: OPENBLAS_NUM_THREADS=1 (MKL_NUM_THREADS, BLIS_NUM_THREADS) "
    "when regions call the library, or no region around the calls";

typedef struct load {
    double limit, running, used, excess; /* CPUs, threads, CPUs, share of the time */
    double queued;                       /* seconds in the run queue for each second of work */
    double switches;                     /* involuntary, a second */
    double throttled;                    /* share of the quota's periods */
    uint64_t stops, periods;
    int workers; /* threads that did a tenth of the work each */
    bool openmp; /* most threads that worked were a team's */
} load;

static load measure(const yoke__process *p) {
    load l = {.limit = p->cpus > 1 ? p->cpus : 1};
    double cpu = yoke__process_cpu(p), queued = 0, switches = 0, team = 0;
    for (size_t i = 0; i < p->task_count; i++) {
        const yoke__task *task = &p->tasks[i];
        queued += (double)(task->queued - task->first_queued) * 1e-9;
        switches += (double)(task->involuntary - task->first_involuntary);
        bool member = task->family == YOKE__LIB_GOMP || task->family == YOKE__LIB_LLVM;
        if (member) team += yoke__task_cpu(task);
        l.workers += yoke__task_cpu(task) >= cpu / 10;
    }
    l.running = p->running_area / p->active_s;
    l.used = cpu / p->active_s;
    l.excess = p->excess_s / p->active_s;
    l.queued = cpu > 0 ? queued / cpu : 0;
    l.switches = switches / p->active_s;
    l.openmp = team > cpu / 3;
    l.periods = p->periods - p->first_periods;
    l.stops = p->throttled - p->first_throttled;
    if (l.periods >= 3) l.throttled = (double)l.stops / (double)l.periods;
    return l;
}

static const char *advice(const yoke__process *p, const load *l) {
    if (p->family_excess_s / p->active_s >= 0.25) return yoke__advice_nested;
    if (l->openmp)
        return "set OMP_NUM_THREADS to the CPU limit, which no OpenMP runtime reads from a quota; "
               "yoke's teams do (yoke_cpu_limit_read)";
    return "start as many threads as there are CPUs, or hand the work to a pool (yoke/pool.h), "
           "which reads the limit";
}

/* Whose threads they are when teams are nested. */
static void describe_teams(const yoke__process *p, char *text, size_t size) {
    const yoke__image *library = yoke__space_library(&p->space, YOKE__LIB_BLAS);
    if (!library) library = yoke__space_library(&p->space, YOKE__LIB_TBB);
    snprintf(text, size, " of an OpenMP team and of %.64s",
             library ? yoke__base_name(library->path) : "another library");
}

static void accuse(const yoke__process *p, const load *l, yoke__verdict *v) {
    char text[512], teams[128] = "";
    yoke__text more = {text, sizeof text, 0};
    text[0] = 0;
    if (l->stops)
        yoke__text_add(&more, "; the quota stopped it in %llu of %llu periods",
                       (unsigned long long)l->stops, (unsigned long long)l->periods);
    if (l->switches >= 1)
        yoke__text_add(&more, "; %.0f involuntary switches a second", l->switches);
    bool nested = p->family_excess_s / p->active_s >= 0.25;
    if (nested) describe_teams(p, teams, sizeof teams);
    yoke__find(v, nested ? YOKE_FINDING_NESTED_TEAMS : YOKE_FINDING_THREADS, p, advice(p, l),
               "%.1f threads%s want to run at a time, on %g CPUs (%s); %.1f CPUs were used, and "
               "each second of work cost %.1f s in the run queue%s",
               l->running, teams, p->cpus, p->cpus_source, l->used, l->queued, text);
}

void yoke__judge_threads(yoke__process *p, yoke__verdict *v) {
    const double most = 0.5, enough = 0.6, obvious = 3, often = 0.2;
    load l = measure(p);
    bool too_many = l.excess >= most;
    bool certain =
        l.running >= obvious * l.limit || l.used >= enough * l.limit || l.throttled >= often;
    bool stopped = l.throttled >= often && l.used >= p->cpus / 2;
    if ((too_many && certain) || (stopped && l.workers > l.limit)) {
        accuse(p, &l, v);
    } else if (stopped) {
        yoke__find(v, YOKE_FINDING_THROTTLED, p,
                   "raise the quota to a whole number of CPUs, or start fewer threads",
                   "the quota of %g CPUs (%s) stopped it in %llu of %llu periods", p->cpus,
                   p->cpus_source, (unsigned long long)l.stops, (unsigned long long)l.periods);
    }
}

void yoke__judge_evidence(yoke__process *p, yoke__verdict *v) {
    const double little = 0.5, mostly = 0.3;
    if (p->active_s < mostly * (p->seen - p->began)) return;
    load l = measure(p);
    double wanted = l.running < l.limit ? l.running : l.limit;
    if (l.used >= little * wanted || l.throttled > 0.2) return;
    yoke__note(v,
               "%s: its threads wanted %.1f CPUs and got %.2f: the machine was too busy, and what "
               "was not found may still be there",
               p->program, wanted, l.used);
}

void yoke__judge_runtimes(yoke__process *p, yoke__verdict *v) {
    if (!p->runtimes[0][0] || !p->runtimes[1][0]) return;
    yoke__find(
        v, YOKE_FINDING_TWO_RUNTIMES, p,
        "build and link everything with one compiler's OpenMP; libraries of both kinds exist "
        "(libopenblas-pthread has none)",
        "%s and %s are both loaded: each makes its own team of threads", p->runtimes[0],
        p->runtimes[1]);
}

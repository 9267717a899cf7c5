/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdict: asks each judge about each process, and collects what they find.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf/watch.h"

const char *yoke_finding_name(yoke_finding_kind kind) {
    static const char *const names[] = {
        [YOKE_FINDING_THREADS] = "too many threads",
        [YOKE_FINDING_THROTTLED] = "throttled",
        [YOKE_FINDING_TWO_RUNTIMES] = "two OpenMP runtimes",
        [YOKE_FINDING_NESTED_TEAMS] = "nested teams",
        [YOKE_FINDING_LOCK] = "lock granularity",
        [YOKE_FINDING_DEADLOCK] = "deadlock",
        [YOKE_FINDING_IMBALANCE] = "imbalance",
        [YOKE_FINDING_FALSE_SHARING] = "false sharing",
        [YOKE_FINDING_SHARED_WORD] = "shared word",
        [YOKE_FINDING_RACE] = "data race",
        [YOKE_FINDING_NODE] = "node",
    };
    bool known = (unsigned)kind < YOKE_FINDING_KINDS;
    return known ? names[kind] : "?";
}

void yoke__find(yoke__verdict *v, yoke_finding_kind kind, const yoke__process *p,
                const char *advice, const char *format, ...) {
    yoke_diagnosis *d = v->diagnosis;
    yoke_finding *grown = realloc(d->findings, (d->finding_count + 1) * sizeof *grown);
    if (!grown) {
        v->status = yoke_fail(YOKE_ENOMEM, NULL);
        return;
    }
    d->findings = grown;
    yoke_finding *finding = &grown[d->finding_count++];
    *finding = (yoke_finding){.kind = kind, .pid = p->pid, .advice = advice};
    memcpy(finding->program, p->program, sizeof finding->program);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->evidence, sizeof finding->evidence, format, arguments);
    va_end(arguments);
}

bool yoke__found(const yoke__verdict *v, yoke_finding_kind kind, const yoke__process *p) {
    for (size_t i = 0; i < v->diagnosis->finding_count; i++) {
        const yoke_finding *finding = &v->diagnosis->findings[i];
        if (finding->kind == kind && finding->pid == p->pid) return true;
    }
    return false;
}

void yoke__note(yoke__verdict *v, const char *format, ...) {
    yoke_diagnosis *d = v->diagnosis;
    char **grown = realloc(d->notes, (d->note_count + 1) * sizeof *grown);
    if (grown) d->notes = grown;
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    bool made = grown && vasprintf(&text, format, arguments) >= 0;
    va_end(arguments);
    if (made)
        d->notes[d->note_count++] = text;
    else
        v->status = yoke_fail(YOKE_ENOMEM, NULL);
}

static void judge_deadlock(yoke__process *p, yoke__verdict *v) {
    if (!p->deadlock[0]) return;
    yoke__find(v, YOKE_FINDING_DEADLOCK, p,
               "take locks in one order everywhere; yoke/lock.h returns YOKE_EDEADLK instead of "
               "hanging, and names the places",
               "%s", p->deadlock);
}

static int by_kind(const void *a, const void *b) {
    const yoke_finding *x = a, *y = b;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

static void judge_process(yoke_watch *watch, yoke__process *p, yoke__verdict *v) {
    judge_deadlock(p, v);
    yoke__judge_runtimes(p, v);
    if (p->active_s < YOKE__ENOUGH || p->active < YOKE__ENOUGH_SAMPLES) {
        if (p == watch->processes[0] && !p->deadlock[0])
            yoke__note(v,
                       "%s was seen at work for %.2f s only, in %u sample%s: how its threads work "
                       "together is not judged",
                       p->program, p->active_s, p->active, p->active == 1 ? "" : "s");
        return;
    }
    yoke__judge_threads(p, v);
    yoke__judge_locks(p, v);
    yoke__judge_balance(p, v);
    yoke__judge_lines(p, v);
    yoke__judge_evidence(p, v);
    if (!p->readable)
        yoke__note(v,
                   "%s: what its threads sleep for may not be read (another user's process, or "
                   "kernel.yama.ptrace_scope): locks and deadlocks are not judged",
                   p->program);
}

static void add_up(const yoke_watch *watch, yoke_diagnosis *d) {
    d->seconds = watch->last - watch->began;
    d->cpu_limit = watch->processes[0]->cpus;
    d->processes = watch->processes_seen;
    d->threads = watch->most_threads;
    d->samples = watch->samples;
    double cpu = watch->forgotten_cpu;
    for (size_t i = 0; i < watch->process_count; i++) cpu += yoke__process_cpu(watch->processes[i]);
    if (d->seconds > 0) d->cpus = cpu / d->seconds;
}

int yoke_watch_judge(yoke_watch *watch, yoke_diagnosis **diagnosis) {
    yoke_diagnosis *d = calloc(1, sizeof *d);
    if (!d) return yoke_fail(YOKE_ENOMEM, NULL);
    yoke__verdict v = {.diagnosis = d};
    add_up(watch, d);
    for (size_t i = 0; i < watch->process_count; i++) judge_process(watch, watch->processes[i], &v);
    if (watch->no_places[0])
        yoke__note(&v,
                   "where threads run and which addresses they use is not measured: %s (false "
                   "sharing and waiting by spinning are not judged)",
                   watch->no_places);
    if (watch->left_out) yoke__note(&v, "more processes ran than are watched: some are not judged");
    if (v.status < 0) return yoke_diagnosis_destroy(d), v.status;
    if (d->finding_count) qsort(d->findings, d->finding_count, sizeof *d->findings, by_kind);
    *diagnosis = d;
    return YOKE_OK;
}

void yoke_diagnosis_destroy(yoke_diagnosis *d) {
    if (!d) return;
    for (size_t i = 0; i < d->note_count; i++) free(d->notes[i]);
    free(d->notes);
    free(d->findings);
    free(d);
}

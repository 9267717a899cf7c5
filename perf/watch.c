/* SPDX-License-Identifier: Apache-2.0
 *
 * A watch: the tree of processes, and when to look.
 *
 * Children are found through /proc/PID/task/TID/children. A process that becomes another program is
 * a new one. Processes that ended without having run long enough to be judged are forgotten, so a
 * build with thousands of compilers costs no memory.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf/watch.h"
#include "runtime/bound.h"
#include "runtime/clock.h"

enum { MOST_PROCESSES = 256 };

static double now_s(void) { return yoke__seconds(CLOCK_MONOTONIC); }

/* ---- the list ---- */

static yoke__process *find(const yoke_watch *watch, pid_t pid) {
    for (size_t i = 0; i < watch->process_count; i++) {
        yoke__process *p = watch->processes[i];
        if (p->pid == pid && !p->ended) return p;
    }
    return NULL;
}

static int add(yoke_watch *watch, pid_t pid, double now) {
    yoke__process **grown =
        realloc(watch->processes, (watch->process_count + 1) * sizeof(yoke__process *));
    if (!grown) return yoke_fail(YOKE_ENOMEM, NULL);
    watch->processes = grown;
    yoke__process *p = yoke__process_create(pid, now);
    if (!p) return yoke_fail(YOKE_ENOMEM, NULL);
    grown[watch->process_count++] = p;
    watch->processes_seen++;
    p->ended = yoke__process_refresh(p, now) == YOKE_ECLOSED;
    return YOKE_OK;
}

static bool is_worth_keeping(const yoke__process *p) {
    return p->active_s >= YOKE__ENOUGH || p->deadlock[0];
}

/* Forgets those that ended and have nothing to be judged; the first one stays. */
static void forget(yoke_watch *watch) {
    size_t kept = 1;
    for (size_t i = 1; i < watch->process_count; i++) {
        yoke__process *p = watch->processes[i];
        if (p->ended && !is_worth_keeping(p)) {
            watch->forgotten_cpu += yoke__process_cpu(p);
            yoke__process_destroy(p);
        } else {
            watch->processes[kept++] = p;
        }
    }
    watch->process_count = kept;
}

/* ---- children ---- */

/* A child that has ended stays in the list until it is waited for. */
static bool has_ended(pid_t pid) {
    char text[512];
    const char *fields;
    return !yoke__task_stat(pid, pid, text, sizeof text, &fields) || *fields == 'Z';
}

/* Each number has a blank behind it; one without was cut. */
static int take_children(yoke_watch *watch, const char *list, double now) {
    char *end;
    for (long pid = strtol(list, &end, 10); *end == ' '; pid = strtol(list, &end, 10)) {
        bool known = find(watch, (pid_t)pid) != NULL, room = watch->process_count < MOST_PROCESSES;
        bool lives = !known && !has_ended((pid_t)pid);
        if (lives && room) YOKE_TRY(add(watch, (pid_t)pid, now));
        watch->left_out |= lives && !room;
        list = end + 1;
    }
    return YOKE_OK;
}

/* Of those of a thread. Hundreds of them, many not waited for, take more than a page. */
static int take_children_of(yoke_watch *watch, pid_t pid, pid_t tid, double now) {
    char text[4096], path[64];
    int length = yoke__proc_read(pid, tid, "children", text, sizeof text);
    if (length <= 0) return YOKE_OK;
    bool all = (size_t)length < sizeof text / 2; /* the kernel gives a page or less at a time */
    if (all) return take_children(watch, text, now);
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)tid);
    char *whole = yoke__file_text(path);
    if (!whole) watch->left_out = true;
    int status = take_children(watch, whole ? whole : text, now);
    free(whole);
    return status;
}

static int find_children(yoke_watch *watch, double now) {
    const double every = 0.03;
    if (now - watch->children_read < every) return YOKE_OK;
    watch->children_read = now;
    for (size_t i = 0; i < watch->process_count; i++) {
        const yoke__process *p = watch->processes[i];
        for (size_t t = 0; t < p->task_count && !p->ended; t++) {
            if (p->tasks[t].doing == YOKE__ENDED) continue;
            YOKE_TRY(take_children_of(watch, p->pid, p->tasks[t].tid, now));
            p = watch->processes[i];
        }
    }
    forget(watch);
    return YOKE_OK;
}

/* ---- sampling ---- */

static void take_place(const yoke__place *place, void *ctx) {
    yoke__process *p = find(ctx, place->pid);
    if (p) yoke__process_place(p, place);
}

static int look_at(yoke_watch *watch, size_t i, double now, double dt) {
    yoke__process *p = watch->processes[i];
    if (p->ended) return YOKE_OK;
    int seen = yoke__process_refresh(p, now);
    p->ended = seen != YOKE_OK;
    if (seen == YOKE_ECLOSED) return YOKE_OK;
    if (p->ended) {
        YOKE_TRY(add(watch, p->pid, now));
        if (i) return YOKE_OK;
        watch->processes[i] = watch->processes[watch->process_count - 1];
        watch->processes[watch->process_count - 1] = p;
        p = watch->processes[i];
    }
    int status = yoke__process_look(p, watch->round, now, dt);
    if (status == YOKE_ECLOSED) p->ended = true;
    return status == YOKE_ECLOSED ? YOKE_OK : status;
}

int yoke_watch_sample(yoke_watch *watch, double *pause) {
    const double longest = 0.25, cost_factor = 16;
    double now = now_s(), dt = now - watch->last;
    double used = yoke__seconds(CLOCK_THREAD_CPUTIME_ID);
    watch->round++;
    watch->samples++;
    watch->last = now;
    if (dt > 2 * longest) dt = 2 * longest; /* the watch itself did not get a processor */
    for (size_t i = 0; i < watch->process_count; i++) YOKE_TRY(look_at(watch, i, now, dt));
    YOKE_TRY(find_children(watch, now));
    if (watch->places) yoke__places_drain(watch->places, take_place, watch);
    int threads = 0;
    for (size_t i = 0; i < watch->process_count; i++) {
        const yoke__process *p = watch->processes[i];
        for (size_t t = 0; t < p->task_count && !p->ended; t++)
            threads += p->tasks[t].doing != YOKE__ENDED;
    }
    if (threads > watch->most_threads) watch->most_threads = threads;
    double least = watch->options.interval > 0 ? watch->options.interval : 0.01;
    double wish = cost_factor * (yoke__seconds(CLOCK_THREAD_CPUTIME_ID) - used);
    if (wish > longest) wish = longest;
    *pause = wish > least ? wish : least;
    if (!watch->processes[0]->ended) return YOKE_OK;
    return yoke_fail(YOKE_ECLOSED, "process %ld has ended", (long)watch->processes[0]->pid);
}

bool yoke_watch_stuck(const yoke_watch *watch) { return watch->processes[0]->stuck; }

/* ---- a watch ---- */

static int begin(yoke_watch *watch, long pid, const yoke_watch_options *options) {
    char text[64];
    if (pid > INT_MAX || yoke__proc_read((pid_t)pid, 0, "comm", text, sizeof text) < 0)
        return yoke_fail(YOKE_ENOENT, "no process %ld", pid);
    if (options) watch->options = *options;
    watch->began = watch->last = now_s();
    YOKE_TRY(add(watch, (pid_t)pid, watch->began));
    if (watch->options.no_addresses) return YOKE_OK;
    int status = yoke__places_open((pid_t)pid, &watch->places);
    if (status == YOKE_ENOMEM) return status;
    if (status == YOKE_EUNSUPPORTED)
        snprintf(watch->no_places, sizeof watch->no_places, "%s", yoke_error_detail());
    return YOKE_OK;
}

int yoke_watch_create(long pid, const yoke_watch_options *options, yoke_watch **watch) {
    bool right = pid > 0 && watch && (!options || options->interval >= 0);
    if (!right) return yoke_fail(YOKE_EINVAL, "watch: process %ld", pid);
    yoke_watch *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, NULL);
    int status = begin(made, pid, options);
    if (status < 0) return yoke_watch_destroy(made), status;
    *watch = made;
    return YOKE_OK;
}

void yoke_watch_destroy(yoke_watch *watch) {
    if (!watch) return;
    yoke__places_close(watch->places);
    for (size_t i = 0; i < watch->process_count; i++) yoke__process_destroy(watch->processes[i]);
    free(watch->processes);
    free(watch);
}

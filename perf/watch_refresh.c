/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a process changes rarely: its program, its mappings, how many CPUs it may use and why.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "perf/watch.h"
#include "runtime/bound.h"
#include "yoke/machine.h"

/* ---- the limit ---- */

/* The processors that any of the threads may use: OpenMP may have bound each to its own. */
static int count_permitted(const yoke__process *p) {
    enum { MOST = 8192 };
    cpu_set_t *set = CPU_ALLOC(MOST), *all = CPU_ALLOC(MOST);
    size_t bytes = CPU_ALLOC_SIZE(MOST);
    int count = 0;
    if (set && all) {
        CPU_ZERO_S(bytes, all);
        for (size_t i = 0; i < p->task_count || i == 0; i++) {
            pid_t tid = i < p->task_count ? p->tasks[i].tid : p->pid;
            CPU_ZERO_S(bytes, set);
            if (sched_getaffinity(tid, bytes, set) == 0) CPU_OR_S(bytes, all, all, set);
        }
        count = CPU_COUNT_S(bytes, all);
    }
    CPU_FREE(set);
    CPU_FREE(all);
    return count;
}

/* "FOLDER/cpu.max: TEXT" has its figures in FOLDER/cpu.stat. Another group's count from other
 * beginnings. */
static void find_stat(yoke__process *p, const char *source) {
    char path[sizeof p->cpu_stat];
    size_t length = strcspn(source, ":");
    while (length && source[length - 1] != '/') length--;
    snprintf(path, sizeof path, "%.*scpu.stat", (int)length, source);
    if (strcmp(path, p->cpu_stat) == 0) return;
    memcpy(p->cpu_stat, path, sizeof path);
    p->stat_read = false;
}

static void read_limit(yoke__process *p) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    int permitted = count_permitted(p);
    p->cpus = (double)online;
    snprintf(p->cpus_source, sizeof p->cpus_source, "processors online");
    if (permitted && permitted < online) {
        p->cpus = permitted;
        snprintf(p->cpus_source, sizeof p->cpus_source, "affinity mask");
    }
    yoke_cpu_limit quotas = {0};
    char number[24];
    snprintf(number, sizeof number, "%ld", (long)p->pid);
    yoke__cgroup_bounds("", number, &quotas);
    if (!quotas.count) return;
    find_stat(p, quotas.bounds[0].source);
    if (quotas.bounds[0].cpus >= p->cpus) return;
    p->cpus = quotas.bounds[0].cpus;
    snprintf(p->cpus_source, sizeof p->cpus_source, "%s", quotas.bounds[0].source);
}

static uint64_t figure(const char *text, const char *name) {
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

void yoke__process_read_quota(yoke__process *p) {
    char *text = p->cpu_stat[0] ? yoke__file_text(p->cpu_stat) : NULL;
    if (!text) return;
    p->periods = figure(text, "nr_periods ");
    p->throttled = figure(text, "nr_throttled ");
    if (!p->stat_read) {
        p->first_periods = p->periods;
        p->first_throttled = p->throttled;
    }
    p->stat_read = true;
    free(text);
}

/* ---- the program ---- */

/* The kernel says so of a program whose file has gone, as when it is built again. */
static void cut_deleted(char *path, size_t length) {
    static const char mark[] = " (deleted)";
    size_t marked = sizeof mark - 1;
    if (length > marked && strcmp(path + length - marked, mark) == 0) path[length - marked] = 0;
}

/* True when it is another program than before. */
static bool read_program(yoke__process *p) {
    char link[64], exe[sizeof p->exe] = "";
    snprintf(link, sizeof link, "/proc/%ld/exe", (long)p->space.pid);
    ssize_t length = readlink(link, exe, sizeof exe - 1);
    if (length <= 0) return false; /* it is ending, or may not be read */
    cut_deleted(exe, (size_t)length);
    bool changed = p->exe[0] && strcmp(p->exe, exe) != 0;
    if (changed) return true;
    memcpy(p->exe, exe, sizeof exe);
    snprintf(p->program, sizeof p->program, "%s", yoke__base_name(exe));
    return false;
}

/* True when another process has its id. The 22nd field of `stat` is when it began. */
static bool is_another(yoke__process *p) {
    enum { STATE = 3, BEGAN = 22 };
    char text[1024];
    const char *at;
    if (!yoke__task_stat(p->pid, p->pid, text, sizeof text, &at)) return false; /* it is ending */
    for (int field = STATE; field < BEGAN && at; field++) {
        at = strchr(at, ' ');
        if (at) at++;
    }
    uint64_t born = at ? strtoull(at, NULL, 10) : 0;
    if (!p->born) p->born = born;
    return p->born != born;
}

static void name_otherwise(yoke__process *p) {
    if (p->program[0]) return;
    int length = yoke__proc_read(p->pid, 0, "comm", p->program, sizeof p->program);
    if (length < 0) p->program[0] = 0;
    p->program[strcspn(p->program, "\n")] = 0;
}

/* Signals that the process has handlers for, without the two that glibc keeps for itself. */
static void read_signals(yoke__process *p) {
    char text[4096];
    if (yoke__proc_read(p->pid, 0, "status", text, sizeof text) <= 0) return;
    const char *caught = strstr(text, "SigCgt:");
    uint64_t signals = caught ? strtoull(caught + 7, NULL, 16) : 0;
    p->caught_signals = !caught || (signals & ~(3ULL << 31)) != 0;
}

static void note_libraries(yoke__process *p) {
    for (size_t i = 0; i < p->space.image_count; i++) {
        const yoke__image *image = &p->space.images[i];
        p->libraries |= 1U << image->library;
        int runtime = image->library == YOKE__LIB_GOMP   ? 0
                      : image->library == YOKE__LIB_LLVM ? 1
                                                         : -1;
        if (runtime < 0) continue;
        snprintf(p->runtimes[runtime], sizeof p->runtimes[0], "%s", yoke__base_name(image->path));
    }
}

int yoke__process_refresh(yoke__process *p, double now) {
    const double soon = 0.05, late = 1;
    double age = now - p->space_read;
    bool due = age > late || (age > soon && p->space_tasks != p->task_count) ||
               (age > soon && now - p->began < 4 * soon);
    if (!due) return YOKE_OK;
    if (is_another(p)) return YOKE_ECLOSED;
    if (read_program(p)) return 1;
    name_otherwise(p);
    p->space_read = now;
    p->space_tasks = p->task_count;
    if (yoke__space_read(&p->space) == YOKE_OK) note_libraries(p);
    read_signals(p);
    read_limit(p);
    return YOKE_OK;
}

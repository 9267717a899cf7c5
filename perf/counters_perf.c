/* SPDX-License-Identifier: Apache-2.0
 *
 * perf_event: a group of software events and one of hardware events for each thread, each read by
 * one system call. Events that do not exist (a virtual machine), and those that the kernel would
 * count only in part, are left out and told.
 *
 * A group that had to share the counters with others has counted for a part of the time only. The
 * two times are columns of the group that no profile shows, so that what a call counted is scaled
 * by the times of that call: numbers scaled at each end by the times up to there would not grow
 * evenly, and their difference can be below nought.
 *
 * Migrations happen inside the kernel, so an event that leaves out the kernel never sees one: where
 * only such events are allowed there is no count of them.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "perf/counters.h"

enum { EVENTS_MOST = 8 };

typedef struct event {
    uint64_t config;
    const char *name, *unit;
    double scale;
} event;

static const event software_events[] = {
    {PERF_COUNT_SW_TASK_CLOCK, YOKE_METRIC_CPU_TIME, "s", 1e-9},
    {PERF_COUNT_SW_CPU_MIGRATIONS, YOKE_METRIC_MIGRATIONS, "", 1},
};
static const event hardware_events[] = {
    {PERF_COUNT_HW_CPU_CYCLES, "cycles", "", 1},
    {PERF_COUNT_HW_INSTRUCTIONS, "instructions", "", 1},
    {PERF_COUNT_HW_CACHE_REFERENCES, "cache references", "", 1},
    {PERF_COUNT_HW_CACHE_MISSES, "cache misses", "", 1},
    {PERF_COUNT_HW_BRANCH_MISSES, "branch misses", "", 1},
};
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* A group that is open in one thread. */
typedef struct group {
    int count;
    int events[EVENTS_MOST]; /* descriptors, the leader first */
} group;

static int open_event(uint32_t type, uint64_t config, int leader, bool user_only) {
    struct perf_event_attr attr = {.type = type, .size = sizeof attr, .config = config};
    attr.read_format =
        PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    attr.exclude_kernel = attr.exclude_hv = user_only;
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
}

static void group_close(void *handle) {
    group *of = handle;
    for (int i = 0; i < of->count; i++) close(of->events[i]);
    free(of);
}

/* All of them, or NULL and errno. */
static group *group_open(uint32_t type, const event *events, int count, bool user_only) {
    group *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    for (int i = 0; i < count; i++) {
        int leader = i ? made->events[0] : -1;
        int opened = open_event(type, events[i].config, leader, user_only);
        if (opened < 0) {
            int cause = errno;
            group_close(made);
            errno = cause;
            return NULL;
        }
        made->events[made->count++] = opened;
    }
    return made;
}

/* What was counted, and the two times. */
static void group_read(void *handle, pid_t tid, bool own, double *values) {
    (void)tid, (void)own; /* a descriptor may be read by any thread */
    const group *of = handle;
    struct {
        uint64_t count, enabled, running, value[EVENTS_MOST];
    } got;
    ssize_t size = read(of->events[0], &got, sizeof got);
    if (size < (ssize_t)(3 * sizeof(uint64_t)) || got.count != (uint64_t)of->count) return;
    for (int i = 0; i < of->count; i++) values[i] = (double)got.value[i];
    values[of->count] = (double)got.enabled;
    values[of->count + 1] = (double)got.running;
}

/* As if the group had been there all the time; where it never was nothing is known. */
static void group_settle(double *change, int count) {
    double enabled = change[count - 2], running = change[count - 1];
    double scale = enabled == running ? 1 : running > 0 ? enabled / running : YOKE_NOT_MEASURED;
    for (int i = 0; i < count - 2; i++) change[i] *= scale;
}

static void add_columns(yoke__counters *counters, const event *events, int count,
                        yoke_source source) {
    for (int i = 0; i < count; i++) {
        yoke_metric metric = {events[i].name, events[i].unit, source, true};
        yoke__counters_add(counters, metric, events[i].scale);
    }
    yoke__counters_add_hidden(counters); /* the time it was to count */
    yoke__counters_add_hidden(counters); /* the time it did */
}

/* ---- software ---- */

static void *open_software(const yoke__counters *counters) {
    (void)counters;
    return group_open(PERF_TYPE_SOFTWARE, software_events, COUNT(software_events), false);
}

static void choose_software(yoke__counters *counters, yoke__text *notes) {
    group *tried = open_software(counters);
    if (!tried) {
        yoke__text_add(
            notes, "migrations: perf_event_open: %s%s\n", strerrordesc_np(errno),
            errno == EACCES || errno == EPERM ? " (see /proc/sys/kernel/perf_event_paranoid)" : "");
        return;
    }
    group_close(tried);
    counters->kernel_clock = false;
    add_columns(counters, software_events, COUNT(software_events), YOKE_SOURCE_PERF_SOFTWARE);
}

/* ---- hardware ---- */

static group *open_hardware_as(bool user_only) {
    return group_open(PERF_TYPE_HARDWARE, hardware_events, COUNT(hardware_events), user_only);
}

static void *open_hardware(const yoke__counters *counters) {
    return open_hardware_as(counters->user_only);
}

static void choose_hardware(yoke__counters *counters, yoke__text *notes) {
    group *tried = open_hardware_as(false);
    if (!tried && (errno == EACCES || errno == EPERM)) {
        counters->user_only = true;
        tried = open_hardware_as(true);
        if (tried) yoke__text_add(notes, "hardware events: without those of the kernel\n");
    }
    if (!tried) {
        yoke__text_add(notes, "hardware events: perf_event_open: %s%s\n", strerrordesc_np(errno),
                       errno == ENOENT ? " (the processor, or the virtual machine, has none)" : "");
        return;
    }
    group_close(tried);
    add_columns(counters, hardware_events, COUNT(hardware_events), YOKE_SOURCE_PERF_HARDWARE);
}

const yoke__layer yoke__layer_software = {.source = YOKE_SOURCE_PERF_SOFTWARE,
                                          .choose = choose_software,
                                          .open = open_software,
                                          .read = group_read,
                                          .settle = group_settle,
                                          .close = group_close};
const yoke__layer yoke__layer_hardware = {.source = YOKE_SOURCE_PERF_HARDWARE,
                                          .choose = choose_hardware,
                                          .open = open_hardware,
                                          .read = group_read,
                                          .settle = group_settle,
                                          .close = group_close};

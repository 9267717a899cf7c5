/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's own clocks and counts of a thread: getrusage, its CPU clock, and the wait for a
 * processor in /proc/.../schedstat, which is kept open. Of another thread they are in /proc.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "perf/counters.h"

enum { VOLUNTARY, INVOLUNTARY, MINOR, MAJOR, QUEUE_WAIT, CPU_TIME };

typedef struct kernel_handle {
    int schedstat; /* -1: it cannot be read */
    bool clock;
} kernel_handle;

static void choose(yoke__counters *counters, yoke__text *notes) {
    static const yoke_source source = YOKE_SOURCE_KERNEL;
    yoke__counters_add(counters, (yoke_metric){YOKE_METRIC_VOLUNTARY_SWITCHES, "", source, true},
                       1);
    yoke__counters_add(counters, (yoke_metric){YOKE_METRIC_INVOLUNTARY_SWITCHES, "", source, true},
                       1);
    yoke__counters_add(counters, (yoke_metric){YOKE_METRIC_MINOR_FAULTS, "", source, true}, 1);
    yoke__counters_add(counters, (yoke_metric){YOKE_METRIC_MAJOR_FAULTS, "", source, true}, 1);
    yoke__counters_add(counters, (yoke_metric){YOKE_METRIC_QUEUE_WAIT, "s", source, true}, 1e-9);
    if (counters->kernel_clock)
        yoke__counters_add(counters, (yoke_metric){YOKE_METRIC_CPU_TIME, "s", source, true}, 1e-9);
    if (access("/proc/thread-self/schedstat", R_OK) != 0)
        yoke__text_add(notes, "run-queue wait: /proc/thread-self/schedstat cannot be read\n");
}

static void *open_handle(const yoke__counters *counters) {
    kernel_handle *made = malloc(sizeof *made);
    if (!made) return NULL;
    made->schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    made->clock = counters->kernel_clock;
    return made;
}

static void read_own(double *values) {
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) != 0) return;
    values[VOLUNTARY] = (double)usage.ru_nvcsw;
    values[INVOLUNTARY] = (double)usage.ru_nivcsw;
    values[MINOR] = (double)usage.ru_minflt;
    values[MAJOR] = (double)usage.ru_majflt;
}

/* A file of a thread, as a text; "" when it cannot be read. */
static void read_file(pid_t tid, const char *name, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/%s", (int)tid, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, text, size - 1);
    if (file >= 0) close(file);
    text[length > 0 ? length : 0] = '\0';
}

/* The number that `count` blanks precede. */
static double number_field(const char *text, int count) {
    while (text && count-- > 0) {
        text = strchr(text, ' ');
        if (text) text++;
    }
    return text ? strtod(text, NULL) : YOKE_NOT_MEASURED;
}

static double number_after(const char *text, const char *label) {
    const char *found = strstr(text, label);
    return found ? strtod(found + strlen(label), NULL) : YOKE_NOT_MEASURED;
}

static void read_other(pid_t tid, double *values) {
    char text[4096];
    read_file(tid, "status", text, sizeof text);
    values[VOLUNTARY] = number_after(text, "\nvoluntary_ctxt_switches:");
    values[INVOLUNTARY] = number_after(text, "\nnonvoluntary_ctxt_switches:");
    read_file(tid, "stat", text, sizeof text);
    const char *name_end = strrchr(text, ')');
    if (!name_end) return;
    values[MINOR] = number_field(name_end, 8);
    values[MAJOR] = number_field(name_end, 10);
}

static double cpu_time(pid_t tid, bool own) {
    /* The clock of another thread of the process, as the kernel numbers them. */
    clockid_t clock = own ? CLOCK_THREAD_CPUTIME_ID : (clockid_t)(~(unsigned)tid << 3 | 6);
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return YOKE_NOT_MEASURED;
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* "0 0 0" where the kernel does not keep it: a thread that runs had a processor once at least. */
static double queue_wait(int schedstat) {
    char text[96];
    ssize_t length = schedstat < 0 ? 0 : pread(schedstat, text, sizeof text - 1, 0);
    if (length <= 0) return YOKE_NOT_MEASURED;
    text[length] = '\0';
    return number_field(text, 2) > 0 ? number_field(text, 1) : YOKE_NOT_MEASURED;
}

static void read_handle(void *handle, pid_t tid, bool own, double *values) {
    const kernel_handle *of = handle;
    if (own)
        read_own(values);
    else
        read_other(tid, values);
    values[QUEUE_WAIT] = queue_wait(of->schedstat);
    if (of->clock) values[CPU_TIME] = cpu_time(tid, own);
}

static void close_handle(void *handle) {
    kernel_handle *of = handle;
    if (of->schedstat >= 0) close(of->schedstat);
    free(of);
}

const yoke__layer yoke__layer_kernel = {.source = YOKE_SOURCE_KERNEL,
                                        .choose = choose,
                                        .open = open_handle,
                                        .read = read_handle,
                                        .close = close_handle};

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel says about processes and memory.
 */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "perf/experiment.h"
#include "yoke/machine.h"

static double seconds_of(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec * 1e-6; }

yoke_usage yoke__usage_of(const struct rusage *u) {
    return (yoke_usage){.user_s = seconds_of(u->ru_utime),
                        .system_s = seconds_of(u->ru_stime),
                        .queue_s = YOKE_NOT_MEASURED,
                        .voluntary_switches = (double)u->ru_nvcsw,
                        .involuntary_switches = (double)u->ru_nivcsw,
                        .minor_faults = (double)u->ru_minflt,
                        .major_faults = (double)u->ru_majflt,
                        .max_rss = (double)u->ru_maxrss * 1024};
}

/* The second number of a schedstat file: nanoseconds of waiting for a processor. */
static double read_wait(const char *path) {
    FILE *file = fopen(path, "re");
    if (!file) return YOKE_NOT_MEASURED;
    char line[128];
    double wait = YOKE_NOT_MEASURED;
    if (fgets(line, sizeof line, file)) {
        char *end;
        strtoull(line, &end, 10);
        wait = (double)strtoull(end, NULL, 10) * 1e-9;
    }
    fclose(file);
    return wait;
}

/* Of all threads that there are. */
static double queue_wait(void) {
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks) return YOKE_NOT_MEASURED;
    double sum = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours */
    for (struct dirent *entry; (entry = readdir(tasks));) {
        char path[320];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", entry->d_name);
        double wait = read_wait(path);
        if (yoke_is_measured(wait)) sum += wait;
    }
    closedir(tasks);
    return sum;
}

yoke_usage yoke__usage_now(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    yoke_usage now = yoke__usage_of(&u);
    bool counted = access("/proc/self/schedstat", R_OK) == 0;
    if (counted) now.queue_s = queue_wait();
    return now;
}

/* Threads that ended take their waits along: less than nothing is nothing. */
static double gain(double sum, double after, double before) {
    return sum + fmax(after - before, 0);
}

void yoke__usage_add(yoke_usage *sum, const yoke_usage *after, const yoke_usage *before) {
    static const yoke_usage nothing;
    if (!before) before = &nothing;
    sum->user_s = gain(sum->user_s, after->user_s, before->user_s);
    sum->system_s = gain(sum->system_s, after->system_s, before->system_s);
    sum->queue_s = yoke_is_measured(after->queue_s)
                       ? gain(sum->queue_s, after->queue_s, before->queue_s)
                       : YOKE_NOT_MEASURED;
    sum->voluntary_switches =
        gain(sum->voluntary_switches, after->voluntary_switches, before->voluntary_switches);
    sum->involuntary_switches =
        gain(sum->involuntary_switches, after->involuntary_switches, before->involuntary_switches);
    sum->minor_faults = gain(sum->minor_faults, after->minor_faults, before->minor_faults);
    sum->major_faults = gain(sum->major_faults, after->major_faults, before->major_faults);
    sum->max_rss = fmax(sum->max_rss, after->max_rss);
}

/* ---- memory ---- */

size_t yoke__resident(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) return 0;
    char line[128];
    size_t pages = 0;
    if (fgets(line, sizeof line, file)) {
        char *end;
        strtoull(line, &end, 10);
        pages = strtoull(end, NULL, 10);
    }
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

size_t yoke__available(void) {
    yoke_memory_limit limit;
    bool known = yoke_memory_limit_read(NULL, &limit) == YOKE_OK && limit.bytes != SIZE_MAX;
    return known ? limit.bytes : 0;
}

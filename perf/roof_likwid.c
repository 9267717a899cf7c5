/* SPDX-License-Identifier: Apache-2.0
 *
 * likwid-bench as a program beside this one. It finds the topology before it begins, which takes
 * 0.1 to 0.2 s, and times itself.
 */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "perf/roof.h"
#include "yoke/isa.h"

/* The name goes into a command line: letters, digits and underscores only. */
static bool is_name(const char *kernel) {
    size_t length = kernel ? strlen(kernel) : 0;
    return length > 0 && length < 64 &&
           strspn(kernel, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

/* Its line "MByte/s: NUMBER"; 0: there is none. */
static double read_bandwidth(FILE *output) {
    static const char name[] = "MByte/s:";
    char line[256];
    double found = 0;
    while (fgets(line, sizeof line, output))
        if (!strncmp(line, name, sizeof name - 1)) found = strtod(line + sizeof name - 1, NULL);
    return found * 1e6;
}

/* A program inherits the processors of the thread that starts it, and likwid-bench stays on them. A
 * thread that is bound to fewer than are needed is set free meanwhile. */
static bool unbind(cpu_set_t *before, int threads) {
    if (sched_getaffinity(0, sizeof *before, before) < 0 || CPU_COUNT(before) >= threads)
        return false;
    cpu_set_t all;
    memset(&all, 0xFF, sizeof all);
    return sched_setaffinity(0, sizeof all, &all) == 0;
}

static FILE *start(const char *command, int threads) {
    cpu_set_t before;
    bool unbound = unbind(&before, threads);
    FILE *output = popen(command, "r");
    if (unbound) sched_setaffinity(0, sizeof before, &before);
    return output;
}

int yoke_roof_likwid(const char *kernel, size_t bytes, int threads, int iterations,
                     double *bandwidth) {
    if (!is_name(kernel) || threads < 1 || bytes / 1000 < (size_t)threads || iterations < 0)
        return yoke_fail(YOKE_EINVAL, "likwid-bench: no such kernel, size or number of threads");
    char command[256], times[32] = "";
    if (iterations) snprintf(times, sizeof times, "-i %d", iterations);
    snprintf(command, sizeof command, "exec likwid-bench -t %s %s -w N:%zukB:%d 2>/dev/null",
             kernel, times, bytes / 1000, threads);
    FILE *output = start(command, threads);
    if (!output) return yoke_fail(YOKE_EIO, "likwid-bench does not start: %m");
    double found = read_bandwidth(output);
    int status = pclose(output);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return yoke_fail(YOKE_ENOENT, "likwid-bench is not installed (package likwid)");
    if (!(found > 0)) return yoke_fail(YOKE_EIO, "likwid-bench -t %s failed", kernel);
    *bandwidth = found;
    return YOKE_OK;
}

int yoke__roof_likwid(const char *loop, size_t bytes, int threads, double *bandwidth) {
    static const char *const sets[] = {"sse", "avx", "avx512"};
    enum { ITERATIONS = 20 };
    char kernel[64];
    snprintf(kernel, sizeof kernel, "%s_%s", loop, sets[yoke_isa_in_use()]);
    return yoke_roof_likwid(kernel, bytes, threads, ITERATIONS, bandwidth);
}

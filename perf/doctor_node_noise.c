/* SPDX-License-Identifier: Apache-2.0
 *
 * The noise of each processor: a thread bound to it reads the clock over and over, and every gap
 * that is much longer than the reading itself was somebody else's (the selfish detour of Beckman et
 * al., "Benchmarking the effects of operating system interference on extreme-scale parallel
 * machines", Cluster Computing 11, 2008). Interrupts, other programs and the hypervisor look alike;
 * what the hypervisor took is also in /proc/stat, as the kernel sees it.
 */
#include <math.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "perf/doctor_node.h"

static const char group[] = "noise";

typedef struct noise {
    double seconds, lost, longest;
    uint64_t gaps;
    double least; /* between two readings */
} noise;

static int64_t clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static noise listen(double seconds) {
    const int64_t shortest_gap = 1000;
    noise found = {.least = INFINITY};
    int64_t begin = clock_ns(), before = begin, end = begin + (int64_t)(seconds * 1e9);
    while (before < end) {
        int64_t now = clock_ns(), step = now - before;
        before = now;
        if ((double)step < found.least) found.least = (double)step;
        if (step < shortest_gap || (double)step < 10 * found.least) continue;
        found.gaps++;
        found.lost += (double)step * 1e-9;
        found.longest = fmax(found.longest, (double)step * 1e-9);
    }
    found.seconds = (double)(before - begin) * 1e-9;
    found.least *= 1e-9;
    return found;
}

/* Of all processors, in ticks: what the hypervisor gave to other machines, and all. */
static void read_steal(const yoke__reading *r, double *steal, double *all) {
    char line[512], *at = line + 4;
    *steal = *all = 0;
    if (!yoke__node_line(r, "/proc/stat", line, sizeof line) || strncmp(line, "cpu ", 4) != 0)
        return;
    for (int i = 0; i < 8; i++) {
        double ticks = strtod(at, &at);
        *all += ticks;
        if (i == 7) *steal = ticks;
    }
}

static noise listen_on(yoke__reading *r, int cpu) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) return (noise){0};
    noise found = listen(r->seconds);
    char name[64];
    if (found.seconds <= 0) return found; /* shorter than the clock can tell */
    snprintf(name, sizeof name, "processor %d", cpu);
    yoke__fact(r, group, name, "gaps between readings of the clock",
               "%.2f %% lost, %.0f gaps a second, longest %.3f ms; a reading takes %.0f ns",
               100 * found.lost / found.seconds, (double)found.gaps / found.seconds,
               1e3 * found.longest, 1e9 * found.least);
    return found;
}

static void judge(yoke__reading *r, double worst, int cpu, double stolen) {
    const double much = 0.05, some = 0.02;
    if (worst > much)
        yoke__advise(r, "measure when the node is quiet, or on another one: figures will spread",
                     "others took %.0f %% of processor %d while it was listened to", 100 * worst,
                     cpu);
    if (stolen > some)
        yoke__advise(r, "ask for a machine with processors of its own",
                     "the hypervisor gave %.0f %% of the time to other machines", 100 * stolen);
}

void yoke__node_noise(yoke__reading *r) {
    cpu_set_t permitted;
    double steal[2], all[2], worst = 0;
    int worst_cpu = 0;
    if (sched_getaffinity(0, sizeof permitted, &permitted) != 0) return;
    read_steal(r, &steal[0], &all[0]);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &permitted)) continue;
        noise found = listen_on(r, cpu);
        double share = found.seconds > 0 ? found.lost / found.seconds : 0;
        if (share <= worst) continue;
        worst = share;
        worst_cpu = cpu;
    }
    sched_setaffinity(0, sizeof permitted, &permitted);
    read_steal(r, &steal[1], &all[1]);
    double stolen = all[1] > all[0] ? (steal[1] - steal[0]) / (all[1] - all[0]) : 0;
    yoke__fact(r, group, "stolen by the hypervisor", "/proc/stat", "%.1f %%", 100 * stolen);
    char line[128];
    yoke__fact_line(r, group, "load average", "/proc/loadavg", line, sizeof line);
    judge(r, worst, worst_cpu, stolen);
}

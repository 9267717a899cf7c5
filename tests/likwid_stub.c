/* SPDX-License-Identifier: Apache-2.0
 *
 * A library that answers like likwid on a machine with counters, as far as yoke asks. Counters tick
 * with the clock: FIXC0 once a nanosecond, FIXC1 twice, and MBOX0C0, of the socket, three times and
 * for its first processor only. What is told to the markers goes to the file $LIKWID_FILEPATH, and
 * so does the end of what was counted.
 */
#include <errno.h>
#include <likwid.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024, EVENTS = 3 };

static CpuInfo cpu = {.name = "stub", .short_name = "stub", .clock = 2000000000};
static CpuTopology topology;
static HWThread threads[MOST];
static char group_path[] = "/nowhere";
static Likwid_Configuration configuration = {.groupPath = group_path};
static int processors[MOST], count;
static double counted[MOST]; /* nanoseconds, when it was read */

static char *events[EVENTS] = {"INSTR_RETIRED_ANY", "CPU_CLK_UNHALTED_CORE", "CAS_COUNT_RD"};
static char *counters[EVENTS] = {"FIXC0", "FIXC1", "MBOX0C0"};
static char *names[] = {"CPI", "Runtime unhalted [s]", "Memory bandwidth [MBytes/s]", "Nonsense"};
static char *formulas[] = {"FIXC1/FIXC0", "FIXC1*inverseClock",
                           "1.0E-06*(MBOX0C0+MBOX0C0)*64.0/time", "FIXC0/(PMC9"};

static void tell(const char *what, const char *name) {
    const char *path = getenv("LIKWID_FILEPATH");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file) return;
    fprintf(file, "%s%s%s\n", what, *name ? " " : "", name);
    fclose(file);
}

int topology_init(void) {
    int online = (int)sysconf(_SC_NPROCESSORS_ONLN);
    topology.numHWThreads = (uint32_t)(online < MOST ? online : MOST);
    topology.threadPool = threads;
    for (uint32_t i = 0; i < topology.numHWThreads; i++) threads[i].apicId = i;
    return 0;
}
CpuInfo_t get_cpuInfo(void) { return &cpu; }
CpuTopology_t get_cpuTopology(void) { return &topology; }
int init_configuration(void) { return 0; }
Configuration_t get_configuration(void) { return &configuration; }
void HPMmode(int mode) { (void)mode; }
void perfmon_setVerbosity(int verbose) { (void)verbose; }

int perfmon_init(int n, const int *list) {
    count = n;
    memcpy(processors, list, (size_t)n * sizeof *list);
    return 0;
}
int perfmon_addEventSet(const char *set) { return strcmp(set, "MEM") == 0 ? 0 : -EINVAL; }
int perfmon_setupCounters(int group) { return group; }
int perfmon_startCounters(void) { return 0; }
int perfmon_stopCounters(void) { return tell("stopped", ""), 0; }
void perfmon_finalize(void) {
    if (!count) tell("finalize", ""); /* what was not begun */
    count = 0;
}

int perfmon_readCountersCpu(int processor) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    for (int i = 0; i < count; i++) {
        if (processors[i] == processor) counted[i] = (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
    }
    return 0;
}
double perfmon_getResult(int group, int event, int thread) {
    (void)group;
    return event == 2 && thread != 0 ? 0 : counted[thread] * (event + 1);
}
int perfmon_getNumberOfEvents(int group) { return group == 0 ? EVENTS : 0; }
char *perfmon_getEventName(int group, int event) { return group == 0 ? events[event] : NULL; }
char *perfmon_getCounterName(int group, int event) { return group == 0 ? counters[event] : NULL; }

int perfgroup_readGroup(const char *path, const char *architecture, const char *name,
                        GroupInfo *info) {
    if (strcmp(path, group_path) != 0 || strcmp(architecture, "stub") != 0) return -EINVAL;
    *info = (GroupInfo){.groupname = (char *)name,
                        .nmetrics = sizeof names / sizeof *names,
                        .metricnames = names,
                        .metricformulas = formulas};
    return 0;
}
void perfgroup_returnGroup(GroupInfo *info) { *info = (GroupInfo){0}; }

/* ---- markers ---- */

void likwid_markerInit(void) { tell("init", ""); }
void likwid_markerThreadInit(void) { tell("thread", ""); }
int likwid_markerStartRegion(const char *name) { return tell("start", name), 0; }
int likwid_markerStopRegion(const char *name) { return tell("stop", name), 0; }
void likwid_markerClose(void) { tell("close", ""); }

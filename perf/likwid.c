/* SPDX-License-Identifier: Apache-2.0
 *
 * likwid's groups as a layer of counters, and its markers.
 *
 * A group's events are counted on every core; who reads takes those of the core that it is on, and
 * a call that ended on another core than it began has none. Counters of a socket are attributed to
 * the threads on the core that likwid reads them through, the socket's first. A group's metrics are
 * computed from the events of each cell by the group's own formulas.
 *
 * Under `likwid-perfctr -m` the counters are that program's, and regions are passed on to likwid's
 * markers instead.
 */
#include "perf/counters.h"
#include "perf/likwid_library.h"

#ifndef YOKE_HAVE_LIKWID

static void choose(yoke__counters *counters, yoke__text *notes) {
    if (counters->likwid) yoke__text_add(notes, "likwid: this build is without it\n");
}

const yoke__layer yoke__layer_likwid = {.source = YOKE_SOURCE_LIKWID_CORE, .choose = choose};

bool yoke__likwid_count(yoke__counters *counters, yoke__text *notes) {
    choose(counters, notes);
    return false;
}

void yoke__likwid_read(const cpu_set_t *cores, double *columns) { (void)cores, (void)columns; }

void yoke__likwid_end(const yoke__counters *counters) { (void)counters; }

#else

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/ticks.h"

enum { CPUS = 1024, EVENTS_MOST = 32, METRICS_MOST = 32 };

/* What is counted; nothing changes while a measurement runs, but for what the lock guards. The lock
 * is not held across a fork: the child of one that has likwid gets none (yoke__likwid_load), and
 * never takes it. */
static struct {
    _Atomic(const yoke__counters *) owner; /* who has likwid; NULL: nobody */
    pthread_mutex_t lock;                  /* likwid's reading */
    const yoke__likwid_calls *calls;
    bool marking, marked; /* now; ever: markers can be used once */
    int group, events;
    int place[CPUS];  /* of a processor among those that likwid counts on; -1: none */
    bool first[CPUS]; /* of its socket */
    bool uncore[EVENTS_MOST];
    GroupInfo info;
} here = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- columns ---- */

static bool is_uncore(const char *counter, size_t length) {
    static const char *const core[] = {"FIXC", "PMC", "UPMC", "TMP"};
    static const char *const other[] = {"time", "inverseClock", "num_numadomains"};
    for (size_t i = 0; i < sizeof core / sizeof *core; i++) {
        if (length > strlen(core[i]) && strncmp(counter, core[i], strlen(core[i])) == 0)
            return false;
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        if (length == strlen(other[i]) && strncmp(counter, other[i], length) == 0) return false;
    }
    return true;
}

static yoke_source source_of(bool uncore) {
    return uncore ? YOKE_SOURCE_LIKWID_UNCORE : YOKE_SOURCE_LIKWID_CORE;
}

static void add_events(yoke__counters *counters) {
    yoke_metric time = {"likwid: time", "s", YOKE_SOURCE_LIKWID_CORE, true};
    yoke__counters_add_variable(counters, time, "time");
    for (int i = 0; i < here.events; i++) {
        const char *counter = here.calls->perfmon_getCounterName(here.group, i);
        here.uncore[i] = is_uncore(counter, strlen(counter));
        yoke_metric metric = {here.calls->perfmon_getEventName(here.group, i), "",
                              source_of(here.uncore[i]), true};
        yoke__counters_add_variable(counters, metric, counter);
    }
    yoke__counters_add_hidden(counters); /* the processor */
}

static void add_metrics(yoke__counters *counters) {
    counters->clock = (double)here.calls->get_cpuInfo()->clock;
    for (int i = 0; i < here.info.nmetrics; i++) {
        const char *formula = here.info.metricformulas[i];
        yoke_source source = source_of(yoke__formula_uses(formula, is_uncore));
        yoke_metric metric = {here.info.metricnames[i], "", source, false};
        yoke__counters_derive(counters, metric, formula);
    }
}

/* ---- choosing ---- */

/* Loads it for whoever has it then alone. */
static bool take(const yoke__counters *counters, yoke__text *notes) {
    const yoke__counters *nobody = NULL;
    if (!atomic_compare_exchange_strong(&here.owner, &nobody, counters)) {
        yoke__text_add(notes, "likwid: %s\n",
                       yoke__likwid_is_parents() ? YOKE__LIKWID_PARENTS
                                                 : "an experiment or a measurement has it already");
        return false;
    }
    here.calls = yoke__likwid_load(notes);
    if (!here.calls) atomic_store(&here.owner, NULL);
    return here.calls != NULL;
}

static void give_back(void) {
    here.info = (GroupInfo){0};
    here.calls = NULL;
    atomic_store(&here.owner, NULL);
}

/* All processors that this process may use. */
static int list_processors(int *list) {
    cpu_set_t may;
    const CpuTopology *topology = here.calls->get_cpuTopology();
    bool seen[CPUS] = {false};
    int count = 0;
    for (int i = 0; i < CPUS; i++) here.place[i] = -1, here.first[i] = false;
    if (sched_getaffinity(0, sizeof may, &may) != 0) return 0;
    for (uint32_t i = 0; i < topology->numHWThreads; i++) {
        const HWThread *thread = &topology->threadPool[i];
        if (thread->apicId >= CPUS || !CPU_ISSET(thread->apicId, &may)) continue;
        here.place[thread->apicId] = count;
        here.first[thread->apicId] = thread->packageId < CPUS && !seen[thread->packageId];
        if (thread->packageId < CPUS) seen[thread->packageId] = true;
        list[count++] = (int)thread->apicId;
    }
    return count;
}

static const char *start_group(const char *name) {
    int list[CPUS], count = list_processors(list);
    if (count == 0 || here.calls->perfmon_init(count, list) != 0)
        return "the counters cannot be opened";
    here.group = here.calls->perfmon_addEventSet(name);
    here.events = here.group < 0 ? 0 : here.calls->perfmon_getNumberOfEvents(here.group);
    if (here.events > 0 && here.events <= EVENTS_MOST &&
        here.calls->perfmon_setupCounters(here.group) == 0 &&
        here.calls->perfmon_startCounters() == 0)
        return NULL;
    here.calls->perfmon_finalize();
    return "there is no such group, or it cannot be counted";
}

/* The formulas of a group; a list of events has none. */
static void read_formulas(const char *name) {
    here.info = (GroupInfo){0};
    here.calls->init_configuration();
    const Likwid_Configuration *configuration = here.calls->get_configuration();
    if (!configuration || strchr(name, ':')) return;
    int status = here.calls->perfgroup_readGroup(
        configuration->groupPath, here.calls->get_cpuInfo()->short_name, name, &here.info);
    if (status < 0) here.info = (GroupInfo){0};
}

/* A name as likwid's files can hold it. */
typedef struct tag {
    char text[96];
} tag;

static tag make_tag(const char *name) {
    tag made;
    snprintf(made.text, sizeof made.text, "%s", name);
    for (char *at = made.text; *at; at++) {
        if (*at == ' ' || *at == ':' || *at == ',') *at = '_';
    }
    return made;
}

static void enter(const char *name) {
    static _Thread_local bool told; /* that there is this thread */
    if (!told) here.calls->likwid_markerThreadInit();
    told = true;
    here.calls->likwid_markerStartRegion(make_tag(name).text);
}

static void leave(const char *name) { here.calls->likwid_markerStopRegion(make_tag(name).text); }

static bool alike(const char *one, const char *other) {
    return one == other || strcmp(make_tag(one).text, make_tag(other).text) == 0;
}

#define NOT_THE_GROUP "likwid: likwid-perfctr counts, and not the group %s\n"

static void start_markers(yoke__counters *counters, yoke__text *notes) {
    if (counters->likwid) yoke__text_add(notes, NOT_THE_GROUP, counters->likwid);
    if (here.marked) {
        yoke__text_add(notes, "likwid: an earlier measurement has used the markers\n");
        give_back();
        return;
    }
    here.calls->likwid_markerInit();
    here.marking = here.marked = true;
    counters->sampler.enter = enter;
    counters->sampler.leave = leave;
    counters->sampler.alike = alike;
}

static bool count_group(yoke__counters *counters, yoke__text *notes) {
    const char *why = start_group(counters->likwid);
    if (why) {
        yoke__text_add(notes, "likwid: group %s: %s\n", counters->likwid, why);
        give_back();
        return false;
    }
    read_formulas(counters->likwid);
    add_events(counters);
    add_metrics(counters);
    return true;
}

static void choose(yoke__counters *counters, yoke__text *notes) {
    bool marks = yoke__likwid_marks();
    if ((!marks && !counters->likwid) || !take(counters, notes)) return;
    if (marks) {
        start_markers(counters, notes);
    } else {
        count_group(counters, notes);
    }
}

bool yoke__likwid_count(yoke__counters *counters, yoke__text *notes) {
    if (yoke__likwid_marks()) {
        yoke__text_add(notes, NOT_THE_GROUP, counters->likwid);
        return false;
    }
    return take(counters, notes) && count_group(counters, notes);
}

void yoke__likwid_end(const yoke__counters *counters) {
    if (atomic_load(&here.owner) != counters || yoke__likwid_is_parents()) return;
    if (here.marking) {
        here.calls->likwid_markerClose();
        here.marking = false;
    } else {
        here.calls->perfmon_stopCounters();
        here.calls->perfmon_finalize();
        if (here.info.nmetrics) here.calls->perfgroup_returnGroup(&here.info);
    }
    give_back();
}

/* ---- reading ---- */

static void *open_handle(const yoke__counters *counters) {
    (void)counters;
    return &here;
}

/* Under the lock. */
static void read_processor(int cpu, double *values) {
    if (here.calls->perfmon_readCountersCpu(cpu) != 0) return;
    for (int i = 0; i < here.events; i++) {
        if (here.uncore[i] && !here.first[cpu]) continue;
        values[1 + i] = here.calls->perfmon_getResult(here.group, i, here.place[cpu]);
    }
}

static void read_handle(void *handle, pid_t tid, bool own, double *values) {
    (void)handle, (void)tid;
    int cpu = own ? sched_getcpu() : -1; /* where another thread is may change meanwhile */
    if (cpu < 0 || cpu >= CPUS || here.place[cpu] < 0) return;
    pthread_mutex_lock(&here.lock);
    read_processor(cpu, values);
    pthread_mutex_unlock(&here.lock);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    values[0] = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    values[1 + here.events] = sched_getcpu() == cpu ? cpu : YOKE_NOT_MEASURED;
}

static void settle(double *change, int count) {
    if (change[count - 1] == 0) return;
    for (int i = 0; i < count; i++) change[i] = YOKE_NOT_MEASURED;
}

/* Under the lock. What cannot be read makes its sum not measured. */
static void add_processor(int cpu, bool core, double *columns) {
    double own[1 + EVENTS_MOST];
    for (int i = 0; i <= EVENTS_MOST; i++) own[i] = YOKE_NOT_MEASURED;
    read_processor(cpu, own);
    for (int i = 1; i <= here.events; i++) {
        if (here.uncore[i - 1] ? here.first[cpu] : core) columns[i] += own[i];
    }
}

void yoke__likwid_read(const cpu_set_t *cores, double *columns) {
    for (int i = 1; i <= here.events + 1; i++) columns[i] = 0;
    pthread_mutex_lock(&here.lock);
    for (int cpu = 0; cpu < CPUS; cpu++) {
        bool core = CPU_ISSET(cpu, cores);
        if (here.place[cpu] >= 0 && (core || here.first[cpu])) add_processor(cpu, core, columns);
    }
    pthread_mutex_unlock(&here.lock);
}

static void close_handle(void *handle) { (void)handle; }

const yoke__layer yoke__layer_likwid = {.source = YOKE_SOURCE_LIKWID_CORE,
                                        .choose = choose,
                                        .open = open_handle,
                                        .read = read_handle,
                                        .settle = settle,
                                        .close = close_handle};

#endif

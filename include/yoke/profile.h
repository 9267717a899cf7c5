/* SPDX-License-Identifier: Apache-2.0
 *
 * A profile: what each thread, core and region of a run did, with the source of every figure.
 *
 * yoke/measure.h makes profiles, yoke/report.h writes them. A profile is plain data, so that
 * programs can read it, and make one by hand: arrays with their lengths, texts that live as long as
 * the profile. What was not measured is YOKE_NOT_MEASURED (a NaN), never 0; test it with
 * yoke_is_measured.
 */
#ifndef YOKE_PROFILE_H
#define YOKE_PROFILE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/lock_profile.h"
#include "yoke/region.h"
#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define YOKE_NOT_MEASURED ((double)NAN)
static inline bool yoke_is_measured(double value) { return !isnan(value); }

/* Where a figure comes from. */
typedef enum yoke_source {
    YOKE_SOURCE_OWN,           /* an event that yoke itself counts, or its own clock */
    YOKE_SOURCE_KERNEL,        /* the kernel's clocks and counts of a thread */
    YOKE_SOURCE_PERF_SOFTWARE, /* perf_event, software events */
    YOKE_SOURCE_PERF_HARDWARE, /* perf_event, hardware events */
    YOKE_SOURCE_LIKWID_CORE,   /* likwid, counters of a core */
    YOKE_SOURCE_LIKWID_UNCORE, /* likwid, counters of a socket or memory controller */
} yoke_source;
enum { YOKE_SOURCES = YOKE_SOURCE_LIKWID_UNCORE + 1 };

/* A column of figures. */
typedef struct yoke_metric {
    const char
        *name; /* "CPU time", "run-queue wait", "tasks stolen", "Memory bandwidth [MBytes/s]" */
    const char *unit; /* "s", "bytes/s"; "": a count */
    yoke_source source;
    bool adds_up; /* over threads and calls; false: a rate or a ratio */
} yoke_metric;

/* A node of the tree of regions, which all threads share. regions[0] is the whole run; parents come
 * before their children. */
typedef struct yoke_region_node {
    const char *name;
    int parent; /* -1 for the root */
    yoke_activity activity;
} yoke_region_node;

typedef struct yoke_profile_thread {
    int thread; /* from 0, in the order of their first region; 0 called yoke_measure_start */
    long tid;   /* the kernel's */
    double begin_s, end_s; /* first and last seen, since the start */
} yoke_profile_thread;

/* A region's figures on one thread and one core; the core is where its calls ended. */
typedef struct yoke_cell {
    int region, thread, cpu;
    uint64_t calls; /* ended, and those still open at the end */
    uint64_t read;  /* calls for which the metrics of the kernel were read; see yoke/measure.h */
    double wall_s;  /* from begin to end, with the regions inside */
    double self_s;  /* without them */
    double *values; /* one for each metric, with the regions inside; YOKE_NOT_MEASURED */
} yoke_cell;

/* One call of a region, for timelines. */
typedef struct yoke_span {
    int region, thread, cpu;
    uint64_t begin_ns, end_ns; /* since the start */
} yoke_span;

/* A figure of an object (yoke/probe.h): its change during the run. */
typedef struct yoke_profile_figure {
    const char *kind, *object, *name;
    int part, peer;
    uint64_t value;
} yoke_profile_figure;

/* What a lock was used for, when its profile was on (yoke/lock_profile.h). */
typedef struct yoke_profile_lock {
    const char *kind; /* "mutex", "rwlock" */
    const char *name; /* "" when it has none */
    yoke_lock_profile figures;
} yoke_profile_lock;

typedef struct yoke_profile {
    const char *program;          /* argv[0] of the measured program, or what the maker says */
    const char *command;          /* its words on a line, quoted as for a shell; "": not known */
    const char *machine;          /* the processor's name */
    const char *cpu_limit_source; /* why no more than cpu_limit */
    int cpu_limit;
    double seconds;                /* wall time of the run */
    double roof_flops, roof_bytes; /* of all cores, per second, for rooflines; or not measured */
    const char *notes;             /* lines on what was not measured and why; "" when all was */

    yoke_metric *metrics;
    yoke_region_node *regions;
    yoke_profile_thread *threads;
    yoke_cell *cells; /* by region, thread, cpu; only those with calls */
    yoke_span *spans; /* by thread and begin */
    yoke_profile_figure *figures;
    yoke_profile_lock *locks; /* the contended ones first */
    size_t metric_count, region_count, thread_count, cell_count, span_count, figure_count;
    size_t lock_count;
    uint64_t spans_lost; /* for lack of room: the longest stay */
} yoke_profile;

/* The column of that name, -1 when there is none. Names of the columns that yoke itself fills are
 * in yoke/measure.h. Any thread; does not block. */
YOKE_API int yoke_profile_metric(const yoke_profile *profile, const char *name);

/* Frees a profile that yoke made, and all that it points to. Any thread, when no other uses it.
 * NULL is legal. */
YOKE_API void yoke_profile_destroy(yoke_profile *profile);

#ifdef __cplusplus
}
#endif
#endif

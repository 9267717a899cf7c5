/* SPDX-License-Identifier: Apache-2.0
 *
 * Profiles made by hand, for tests of what reads profiles: regions and cells are added one by one,
 * into room of a fixed size.
 */
#ifndef YOKE_TESTS_PROFILE_MADE_H
#define YOKE_TESTS_PROFILE_MADE_H

#include <string.h>

#include "tests/harness.h"
#include "yoke/profile.h"

enum {
    MADE_SPANS = 4096,
    MADE_REGIONS = 64,
    MADE_CELLS = 4096,
    MADE_METRICS = 8,
    MADE_THREADS = 1024
};

typedef struct made_profile {
    yoke_profile profile;
    yoke_metric metrics[MADE_METRICS];
    yoke_region_node regions[MADE_REGIONS];
    yoke_profile_thread threads[MADE_THREADS];
    yoke_cell cells[MADE_CELLS];
    double values[MADE_CELLS][MADE_METRICS];
    yoke_span spans[MADE_SPANS];
} made_profile;

enum { MADE_CPU_TIME, MADE_QUEUE_WAIT, MADE_SWITCHES };

/* A run of `seconds` with one region, the whole run, three metrics, and no cells. The place is the
 * caller's, static for its size. */
static inline yoke_profile *made_begin(made_profile *made, int threads, double seconds) {
    static const yoke_metric metrics[] = {
        [MADE_CPU_TIME] = {"CPU time", "s", YOKE_SOURCE_KERNEL, true},
        [MADE_QUEUE_WAIT] = {"run-queue wait", "s", YOKE_SOURCE_KERNEL, true},
        [MADE_SWITCHES] = {"voluntary switches", "", YOKE_SOURCE_KERNEL, true},
    };
    memset(made, 0, sizeof *made);
    memcpy(made->metrics, metrics, sizeof metrics);
    made->regions[0] = (yoke_region_node){"run", -1, YOKE_ACTIVITY_WORK};
    for (int i = 0; i < threads; i++)
        made->threads[i] = (yoke_profile_thread){i, 1000 + i, 0, seconds};
    made->profile = (yoke_profile){
        .program = "made",
        .machine = "a machine",
        .cpu_limit_source = "by hand",
        .cpu_limit = threads,
        .seconds = seconds,
        .roof_flops = YOKE_NOT_MEASURED,
        .roof_bytes = YOKE_NOT_MEASURED,
        .notes = "",
        .metrics = made->metrics,
        .metric_count = sizeof metrics / sizeof *metrics,
        .regions = made->regions,
        .region_count = 1,
        .threads = made->threads,
        .thread_count = (size_t)threads,
        .cells = made->cells,
        .spans = made->spans,
    };
    return &made->profile;
}

static inline int made_region(made_profile *made, const char *name, int parent,
                              yoke_activity activity) {
    REQUIRE(made->profile.region_count < MADE_REGIONS);
    made->regions[made->profile.region_count] = (yoke_region_node){name, parent, activity};
    return (int)made->profile.region_count++;
}

/* One call on core `thread`; cells come by region and thread. The metrics are not measured. */
static inline yoke_cell *made_cell(made_profile *made, int region, int thread, double wall,
                                   double self) {
    size_t at = made->profile.cell_count++;
    REQUIRE(at < MADE_CELLS);
    for (int m = 0; m < MADE_METRICS; m++) made->values[at][m] = YOKE_NOT_MEASURED;
    made->cells[at] = (yoke_cell){region, thread, thread, 1, 0, wall, self, made->values[at]};
    return &made->cells[at];
}

/* The same with the kernel's clocks, read. */
static inline yoke_cell *made_clocked(made_profile *made, int region, int thread, double wall,
                                      double self, double cpu, double queue) {
    yoke_cell *cell = made_cell(made, region, thread, wall, self);
    cell->read = 1;
    cell->values[MADE_CPU_TIME] = cpu;
    cell->values[MADE_QUEUE_WAIT] = queue;
    return cell;
}

/* On core `thread`. */
static inline void made_span(made_profile *made, int region, int thread, uint64_t begin_ns,
                             uint64_t end_ns) {
    REQUIRE(made->profile.span_count < MADE_SPANS);
    made->spans[made->profile.span_count++] = (yoke_span){region, thread, thread, begin_ns, end_ns};
}

/* A small run with something of everything: two threads, of which the second is done early. */
static inline yoke_profile *made_example(made_profile *made) {
    static yoke_profile_figure figures[] = {{"pool", "workers", "steals", 0, -1, 3},
                                            {"pool", "workers", "steals", 1, -1, 5},
                                            {"cache", "", "hits", -1, -1, 1234567}};
    static yoke_profile_lock locks[] = {{"mutex",
                                         "table",
                                         {.seconds = 2,
                                          .acquisitions = 1000,
                                          .contended = 250,
                                          .wait_total = 0.125,
                                          .wait_max = 0.0625,
                                          .holds = 100,
                                          .hold_total = 0.03125,
                                          .hold_max = 0.015625,
                                          .threads = 2}}};
    yoke_profile *p = made_begin(made, 2, 2);
    int setup = made_region(made, "setup", 0, YOKE_ACTIVITY_WORK);
    int loop = made_region(made, "loop", 0, YOKE_ACTIVITY_WORK);
    int mutex = made_region(made, "mutex", loop, YOKE_ACTIVITY_WAIT);
    int start = made_region(made, "team start", 0, YOKE_ACTIVITY_RUNTIME);
    made_clocked(made, 0, 0, 2, 0.125, 1.75, 0.125)->values[MADE_SWITCHES] = 7;
    made_clocked(made, 0, 1, 1.5, 0.75, 0.75, 0)->values[MADE_SWITCHES] = 3;
    made_clocked(made, setup, 0, 0.5, 0.5, 0.5, 0);
    yoke_cell *twice = made_clocked(made, loop, 0, 1.25, 1.125, 1, 0.125);
    twice->calls = twice->read = 2;
    made_clocked(made, loop, 1, 0.75, 0.75, 0.75, 0);
    made_cell(made, mutex, 0, 0.125, 0.125);
    made_cell(made, start, 0, 0.125, 0.125);
    made_span(made, setup, 0, 0, 500000000);
    made_span(made, start, 0, 500000000, 625000000);
    made_span(made, loop, 0, 625000000, 1250000000);
    made_span(made, mutex, 0, 1000000000, 1125000000);
    made_span(made, loop, 0, 1250000000, 1875000000);
    made_span(made, loop, 1, 625000000, 1375000000);
    p->figures = figures;
    p->figure_count = sizeof figures / sizeof *figures;
    p->locks = locks;
    p->lock_count = sizeof locks / sizeof *locks;
    p->notes = "hardware counters: not permitted\n";
    p->spans_lost = 1;
    return p;
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * What processors count while a load runs. Nothing is recorded by threads, so a run takes as long
 * as without: the counters are read before it and after it, for all processors by the caller.
 */
#include "perf/counting.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/clock.h"

static int add_metric(yoke__counting *c, yoke_metric metric) {
    metric.name = strdup(metric.name);
    if (!metric.name) return yoke_fail(YOKE_ENOMEM, NULL);
    c->metrics[c->count++] = metric;
    return 0;
}

/* All but the clock, which is the first. */
static int add_metrics(yoke__counting *c) {
    const yoke__counters *counters = &c->counters;
    for (int i = 1; i < counters->sampler.columns; i++) {
        if (counters->column[i].metric.name) YOKE_TRY(add_metric(c, counters->column[i].metric));
    }
    for (int i = 0; i < counters->derived_count; i++)
        YOKE_TRY(add_metric(c, counters->derived[i].metric));
    return 0;
}

int yoke__counting_start(yoke__counting *c, const char *group) {
    *c = (yoke__counting){.counters = {.likwid = group}};
    if (!group || !*group) return 0;
    yoke__text notes = {c->notes, sizeof c->notes, 0};
    c->on = yoke__likwid_count(&c->counters, &notes);
    if (sched_getaffinity(0, sizeof c->all, &c->all)) CPU_ZERO(&c->all);
    return c->on ? add_metrics(c)
                 : add_metric(c, (yoke_metric){group, "", YOKE_SOURCE_LIKWID_CORE, false});
}

void yoke__counting_end(yoke__counting *c) {
    if (c->on) yoke__likwid_end(&c->counters);
    c->on = false;
}

void yoke__counting_free(yoke__counting *c) {
    for (size_t i = 0; i < c->count; i++) free((char *)c->metrics[i].name);
    c->count = 0;
}

void yoke__counting_begin(yoke__counting *c, const cpu_set_t *cores) {
    if (!c->on) return;
    c->cores = cores ? cores : &c->all;
    yoke__likwid_read(c->cores, c->before);
    c->before[0] = yoke__seconds(CLOCK_MONOTONIC);
}

void yoke__counting_add(yoke__counting *c, double *columns) {
    double after[YOKE__COLUMNS], end = yoke__seconds(CLOCK_MONOTONIC);
    if (!c->on) return;
    yoke__likwid_read(c->cores, after);
    columns[0] += end - c->before[0];
    for (int i = 1; i < c->counters.sampler.columns; i++) columns[i] += after[i] - c->before[i];
}

void yoke__counting_values(const yoke__counting *c, const double *columns, double *values) {
    double all[YOKE__COLUMNS + YOKE__DERIVED];
    all[1] = YOKE_NOT_MEASURED;
    if (c->on) yoke__counters_values(&c->counters, columns, all);
    memcpy(values, all + 1, c->count * sizeof *values);
}

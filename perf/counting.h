/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting on processors, for experiments: a group of likwid, and its figures for a run.
 */
#ifndef YOKE_PERF_COUNTING_H
#define YOKE_PERF_COUNTING_H

#include <sched.h>

#include "perf/counters.h"

/* Of one thread. What counts lies in it: it stays where it is. */
typedef struct yoke__counting {
    yoke__counters counters;
    yoke_metric metrics[YOKE__COLUMNS + YOKE__DERIVED]; /* the figures; their names are its own */
    size_t count;                                       /* 0: no group was asked for */
    bool on;                                            /* false: they are not measured */
    cpu_set_t all;                                      /* processors that the process may use */
    const cpu_set_t *cores;
    double before[YOKE__COLUMNS];
    char notes[1024];
} yoke__counting;

/* Begins to count the group, if one is given; that nothing can be counted is told in the notes.
 * YOKE_ENOMEM; it is to be ended and freed then, too. */
int yoke__counting_start(yoke__counting *counting, const char *group);
/* Leaves the counters; metrics and notes stay until they are freed. */
void yoke__counting_end(yoke__counting *counting);
void yoke__counting_free(yoke__counting *counting);

/* At both ends of what is counted on `cores` (NULL: on all): its change is added to the columns,
 * YOKE__COLUMNS numbers, of which the first is seconds. */
void yoke__counting_begin(yoke__counting *counting, const cpu_set_t *cores);
void yoke__counting_add(yoke__counting *counting, double *columns);
/* The `count` figures of such columns. */
void yoke__counting_values(const yoke__counting *counting, const double *columns, double *values);

#endif

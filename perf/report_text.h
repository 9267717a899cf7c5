/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a report as text.
 */
#ifndef YOKE_PERF_REPORT_TEXT_H
#define YOKE_PERF_REPORT_TEXT_H

#include "perf/efficiency.h"
#include "perf/table.h"

enum {
    YOKE__NAME = 48,    /* bytes of a region's name in a table */
    YOKE__METRICS = 48, /* most in a table */
};

typedef struct yoke__text_report {
    const yoke_profile *profile;
    yoke__sums sums;
    yoke__scope scope;
    yoke__emit emit;
    size_t width, regions;
    bool ascii, by_core;
    size_t metrics[YOKE__METRICS]; /* that have a column: indices */
    size_t metric_count;
} yoke__text_report;

/* Each writes its part with an empty line before it, or nothing where there is nothing to say.
 * YOKE_ENOMEM. */
int yoke__text_timeline(yoke__text_report *report);
int yoke__text_cores(yoke__text_report *report);
int yoke__text_regions(yoke__text_report *report); /* times, efficiencies, waits by cause */
int yoke__text_locks(yoke__text_report *report);
int yoke__text_figures(yoke__text_report *report);

/* ---- metrics ---- */

/* What the cells say of a metric. */
typedef enum yoke__said { YOKE__SAID_NOTHING, YOKE__SAID_ZERO, YOKE__SAID_FIGURES } yoke__said;

/* Finds those with figures other than 0, which get columns. */
void yoke__find_metrics(yoke__text_report *report);
/* Writes the names of those of which that is said, ""; what does not fit is cut. */
void yoke__list_metrics(const yoke__text_report *report, yoke__said said, char *line, size_t size);
/* Their columns; `sums`: only of what adds up. */
void yoke__add_metric_columns(const yoke__text_report *report, yoke__table *table, bool sums);
/* Their figures, of one for each metric of the profile. */
void yoke__add_metric_figures(const yoke__text_report *report, yoke__table *table,
                              const double *values, bool sums);

#endif

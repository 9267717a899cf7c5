/* SPDX-License-Identifier: Apache-2.0
 *
 * What yoke agg tells of its job in a report, beside the profile: for people and as JSON.
 *
 * Busy is the thread's CPU clock, idle the rest of its wall-clock time. The efficiencies are those
 * of the POP project: parallel efficiency = mean busy / wall = load balance (mean busy / the most
 * busy) x the rest (the most busy / wall: waiting for input, memory and each other).
 */
#ifndef YOKE_CLI_AGG_REPORT_H
#define YOKE_CLI_AGG_REPORT_H

#include "cli/buffer.h"
#include "yoke/yoke.h"

typedef struct agg_report {
    const yoke_job_stats *stats;
    size_t groups;
    int asked_threads; /* by --threads; 0: not */
    double seconds;    /* of the whole run, to the last byte written */
    double open_seconds, sort_seconds, write_seconds;
} agg_report;

typedef struct agg_report_figures {
    double wall; /* of the longest worker */
    double mean_busy, most_busy;
    double balance;   /* mean busy / most busy */
    double parallel;  /* mean busy / wall */
    double remainder; /* most busy / wall */
} agg_report_figures;

agg_report_figures agg_report_compute(const yoke_job_stats *stats);
/* Wall time of a worker that was not busy. */
double agg_report_idle(const yoke_worker_stats *worker);

void agg_report_text(const agg_report *r, buffer *to);
/* One object on a line. */
void agg_report_json(const agg_report *r, buffer *to);

#endif

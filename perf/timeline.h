/* SPDX-License-Identifier: Apache-2.0
 *
 * What threads or cores did when: the spans of a profile, counted into columns of equal time. Where
 * spans lie inside each other, the innermost counts.
 */
#ifndef YOKE_PERF_TIMELINE_H
#define YOKE_PERF_TIMELINE_H

#include "yoke/profile.h"

enum { YOKE__ACTIVITIES = YOKE_ACTIVITY_WAIT + 1 };

typedef enum yoke__timeline_rows {
    YOKE__ROWS_THREADS, /* row i is thread i */
    YOKE__ROWS_CORES,   /* row i is core labels[i]; a span is on the core where it ended */
    YOKE__ROWS_ALL,     /* one row, all threads together */
} yoke__timeline_rows;

typedef struct yoke__timeline {
    size_t rows, columns;
    double column_s;
    int *labels;   /* of rows of cores; else NULL */
    float *shares; /* rows x columns x activities: seconds over column_s */
} yoke__timeline;

/* The profile is valid. YOKE_ENOMEM. */
int yoke__timeline_make(const yoke_profile *profile, yoke__timeline_rows rows, size_t columns,
                        yoke__timeline *timeline);
void yoke__timeline_free(yoke__timeline *timeline);

/* Of a column, one for each activity. */
static inline const float *yoke__timeline_at(const yoke__timeline *timeline, size_t row,
                                             size_t column) {
    return timeline->shares + (row * timeline->columns + column) * YOKE__ACTIVITIES;
}

#endif

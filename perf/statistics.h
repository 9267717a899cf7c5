/* SPDX-License-Identifier: Apache-2.0
 *
 * What the statistics share.
 */
#ifndef YOKE_PERF_STATISTICS_H
#define YOKE_PERF_STATISTICS_H

#include "yoke/random.h"
#include "yoke/statistics.h"

/* YOKE_EINVAL when there are fewer than `least` samples or one is not finite. */
int yoke__stat_check(yoke_samples samples, size_t least);

void yoke__stat_sort(double *values, size_t count);

/* A sorted copy, to free; NULL when memory ran out. */
double *yoke__stat_sorted(yoke_samples samples);

/* The quantile of sorted values. */
double yoke__stat_at(const double *sorted, size_t count, double share);

/* A bootstrap's random numbers: *next is the index of the next of the stream. */
typedef struct yoke__draws {
    yoke_random random;
    uint64_t next;
} yoke__draws;

/* The median of as many samples, drawn with replacement. `room` holds as many values. */
double yoke__stat_draw_median(yoke_samples samples, yoke__draws *draws, double *room);

/* The middle of sorted values, as wide as `confidence` says. */
yoke_estimate yoke__stat_middle(double value, const double *sorted, size_t count,
                                double confidence);

#endif

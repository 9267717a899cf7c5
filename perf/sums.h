/* SPDX-License-Identifier: Apache-2.0
 *
 * A profile's cells added up over the cores: one sum for each region and thread, with what belongs
 * to the region itself taken apart from the regions inside.
 */
#ifndef YOKE_PERF_SUMS_H
#define YOKE_PERF_SUMS_H

#include "yoke/profile.h"

typedef struct yoke__sum {
    int region, thread;
    size_t first_cell, end_cell; /* of the profile's */
    uint64_t calls, read;
    double wall_s, self_s;
    double *total; /* one for each metric, with the regions inside */
    double *own;   /* without those inside that were measured, never below 0; rates as in `total` */
    double useful_s, transfer_s; /* states of self_s, see yoke/report.h */
} yoke__sum;

typedef struct yoke__sums {
    const yoke_profile *profile;
    yoke__sum *sums; /* by region and thread */
    size_t count;
    size_t *first; /* of each region; first[region_count] is `count` */
    double *values;
} yoke__sums;

/* YOKE_EINVAL for a profile that is not valid (yoke/report.h). */
int yoke__profile_check(const yoke_profile *profile);

/* YOKE_EINVAL for a profile that is not valid, YOKE_ENOMEM. The profile must
 * outlive the sums. */
int yoke__sums_make(const yoke_profile *profile, yoke__sums *sums);
/* Legal for sums that were all zero or could not be made. */
void yoke__sums_free(yoke__sums *sums);

/* The sum of a region and thread, NULL when it has none. */
yoke__sum *yoke__sums_find(const yoke__sums *sums, int region, int thread);

/* That of the nearest region around in which the thread has one; NULL: none. Members of a team are
 * in a region that its caller began. */
yoke__sum *yoke__sums_around(const yoke__sums *sums, const yoke__sum *sum);

/* Splits the self time of every sum into its states; called by yoke__sums_make. YOKE_ENOMEM. */
int yoke__states_set(const yoke__sums *sums);

/* Adds a figure that may not have been measured to one that may not. */
static inline double yoke__add_measured(double sum, double value) {
    if (!yoke_is_measured(value)) return sum;
    return yoke_is_measured(sum) ? sum + value : value;
}

#endif

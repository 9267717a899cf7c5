/* SPDX-License-Identifier: Apache-2.0
 *
 * What objects counted during a measurement (yoke/probe.h): the difference of two readings, also of
 * objects that were made or destroyed meanwhile.
 */
#ifndef YOKE_PERF_FIGURES_H
#define YOKE_PERF_FIGURES_H

#include <stdbool.h>

#include "yoke/profile.h"

typedef struct yoke__reading {
    struct yoke__reading_entry *at;
    size_t count, room;
} yoke__reading;

typedef struct yoke__figures {
    yoke__reading before, after; /* after: of living objects, and the last of those that ended */
    bool lost;                   /* for want of memory */
} yoke__figures;

/* The figures must stay until yoke__figures_end. False: those of another measurement are not ended.
 */
bool yoke__figures_begin(yoke__figures *figures);
/* The second reading, after which nothing is added. */
void yoke__figures_read(yoke__figures *figures);
/* From now on others may begin. */
void yoke__figures_end(yoke__figures *figures);
/* YOKE_ENOMEM without a detail. */
int yoke__figures_fill(yoke_profile *profile, const yoke__figures *figures);
void yoke__figures_free(yoke__figures *figures);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Efficiencies from sums: what yoke/report.h defines, for one region and all inside it.
 */
#ifndef YOKE_PERF_EFFICIENCY_H
#define YOKE_PERF_EFFICIENCY_H

#include "perf/sums.h"
#include "yoke/report.h"

/* A thread inside the region. Times in seconds. */
typedef struct yoke__share {
    bool seen;
    double total, useful, transfer;
    double queued, waiting; /* transfer outside of the runtime; in waits, of the rest */
    double serial;          /* of the useful time, alone; Q is the sum of these */
} yoke__share;

/* What efficiencies are computed in, used again from region to region. */
typedef struct yoke__scope {
    const yoke__sums *sums;
    int region;
    int *order;          /* regions, each with all inside it behind it */
    size_t *place;       /* of each region there */
    size_t *size;        /* how many these are, itself among them */
    bool *alone;         /* one thread did (nearly) all the useful work of the region */
    yoke__share *shares; /* for each thread of the profile */
    int threads;         /* seen */
    double elapsed, without_serial, without_transfer; /* T, B, F */
    double serial;                                    /* Q */
    double serial_kept;     /* of the alone regions' useful time, what can be serial: 0 to 1 */
    int busiest, steadiest; /* with the greatest max U of B; that idled least */
    int delayer;            /* of the others, the one that queued longest */
    double delay;           /* D: time that the steadiest waited for it */
} yoke__scope;

/* `region` and all inside it, from the first up to before the second. */
static inline const int *yoke__scope_first(const yoke__scope *scope) {
    return scope->order + scope->place[scope->region];
}
static inline const int *yoke__scope_end(const yoke__scope *scope) {
    return yoke__scope_first(scope) + scope->size[scope->region];
}

int yoke__scope_make(const yoke__sums *sums, yoke__scope *scope);
void yoke__scope_free(yoke__scope *scope);
/* Fills in the efficiency of a region of the profile. */
void yoke__scope_read(yoke__scope *scope, int region, yoke_efficiency *efficiency);

/* Fills in limit, limit_region, limit_share and sentence; the rest is there. */
void yoke__limit_read(const yoke__scope *scope, yoke_efficiency *efficiency);

#endif

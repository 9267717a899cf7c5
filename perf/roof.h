/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the roof: see yoke/roof.h. */
#ifndef YOKE_PERF_ROOF_H
#define YOKE_PERF_ROOF_H

#include "yoke/roof.h"

/* One loop of flops. */
typedef struct yoke__peak {
    const char *name;
    double flops; /* of a step */
    /* Runs so many steps; returns a number that depends on all of them. */
    double (*run)(size_t steps);
} yoke__peak;

/* That for the instructions in use. */
const yoke__peak *yoke__peak_in_use(void);

/* The bandwidth of likwid-bench's loop of that name ("stream_mem") with the instructions in use, of
 * arrays of `bytes` together. As yoke_roof_likwid. */
int yoke__roof_likwid(const char *loop, size_t bytes, int threads, double *bandwidth);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a sketch of quantiles is made of.
 */
#ifndef YOKE_KERNELS_QUANTILES_H
#define YOKE_KERNELS_QUANTILES_H

#include "yoke/quantiles.h"

enum { YOKE__QUANTILES_LEVELS = 60, YOKE__QUANTILES_LEAST = 8 };

typedef struct yoke__quantiles_level {
    double *items; /* with room for k + 1 */
    size_t n;
} yoke__quantiles_level;

struct yoke_quantiles {
    unsigned k;
    int levels; /* in use */
    uint64_t seed, coins, count;
    double least, most;
    yoke__quantiles_level level[YOKE__QUANTILES_LEVELS];
};

/* Begins to use one level more. */
int yoke__quantiles_grow(yoke_quantiles *q);

#endif

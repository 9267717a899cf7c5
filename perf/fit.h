/* SPDX-License-Identifier: Apache-2.0
 *
 * Least squares with factors that are not negative.
 */
#ifndef YOKE_PERF_FIT_H
#define YOKE_PERF_FIT_H

#include <stdbool.h>
#include <stddef.h>

enum { YOKE__TERMS = 3 };

/* One equation: the sum of factor[i] * term[i] should be 1. */
typedef struct yoke__equation {
    double terms[YOKE__TERMS];
} yoke__equation;

/* Factors, none below 0, for which the sum of squared errors of all equations is least. False when
 * there are none that are finite. */
bool yoke__least_squares(const yoke__equation *equations, size_t count, int terms,
                         double factors[YOKE__TERMS]);

#endif

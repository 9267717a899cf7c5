/* SPDX-License-Identifier: Apache-2.0 */
/* A loop that takes a known time and touches no memory: the work in tasks and overheads. */
#ifndef YOKE_PERF_BUSY_H
#define YOKE_PERF_BUSY_H

#include <stdint.h>

/* So many steps, each of which waits for the one before. */
void yoke__busy(uint64_t steps);

/* How many steps take so many seconds on the calling processor now, 1 at least: the quickest of
 * some tries, which take about a millisecond. */
uint64_t yoke__busy_steps(double seconds);

#endif

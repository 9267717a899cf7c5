/* SPDX-License-Identifier: Apache-2.0
 *
 * The cheapest clock that all cores share: the time-stamp counter where the kernel itself keeps
 * time by it (that it is constant, never stops, and is the same on all cores is the kernel's to
 * check), else CLOCK_MONOTONIC in nanoseconds. How long a tick is follows from two readings of both
 * clocks, one at each end of a span.
 */
#ifndef YOKE_RUNTIME_TICKS_H
#define YOKE_RUNTIME_TICKS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

extern bool yoke__ticks_from_tsc;

/* Chooses the clock. To be called before the first yoke__ticks; any thread, any number of times. */
void yoke__ticks_choose(void);

static inline uint64_t yoke__ticks(void) {
#ifdef __x86_64__
    if (yoke__ticks_from_tsc) return __rdtsc();
#endif
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Both clocks at one moment. */
typedef struct yoke__moment {
    uint64_t ticks, ns;
} yoke__moment;

yoke__moment yoke__ticks_moment(void);

/* Nanoseconds of a tick between two moments. */
double yoke__ticks_length(yoke__moment begin, yoke__moment end);

#endif

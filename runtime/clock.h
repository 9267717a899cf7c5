/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's clocks, in seconds. */
#ifndef YOKE_RUNTIME_CLOCK_H
#define YOKE_RUNTIME_CLOCK_H

#include <time.h>

/* CLOCK_MONOTONIC for wall-clock spans, CLOCK_THREAD_CPUTIME_ID for the calling thread's CPU time.
 */
static inline double yoke__seconds(clockid_t clock) {
    struct timespec time = {0};
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

#endif

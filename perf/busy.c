/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop is a chain of multiplications and additions, which the compiler cannot shorten.
 */
#include "perf/busy.h"

#include <math.h>

#include "runtime/clock.h"

__attribute__((noinline)) void yoke__busy(uint64_t steps) {
    uint64_t x = steps;
    while (steps--) {
        x = x * 6364136223846793005u + 1;
        __asm__ volatile("" : "+r"(x));
    }
}

uint64_t yoke__busy_steps(double seconds) {
    enum { STEPS = 20000, TRIES = 20 };
    double least = INFINITY;
    for (int i = 0; i < TRIES; i++) {
        double begin = yoke__seconds(CLOCK_MONOTONIC);
        yoke__busy(STEPS);
        least = fmin(least, yoke__seconds(CLOCK_MONOTONIC) - begin);
    }
    double steps = seconds / least * STEPS;
    return steps > 1 ? (uint64_t)(steps + 0.5) : 1;
}

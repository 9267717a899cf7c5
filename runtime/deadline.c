/* SPDX-License-Identifier: Apache-2.0
 *
 * Deadlines are plain nanoseconds. The clock is added as an integer: a double would round its
 * nanoseconds once the machine has run for some weeks. The span alone is a double, whose error is
 * a nanosecond in 100 days.
 */
#include "yoke/deadline.h"

#include <math.h>
#include <time.h>

static int64_t now(void) {
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

yoke_deadline yoke_deadline_in(double seconds) {
    int64_t begin = now();
    if (!(seconds > 0)) return begin;
    double span = ceil(seconds * 1e9); /* never earlier than asked for */
    /* As a double, FOREVER - begin may be rounded up, so what equals it is too long, too. */
    return span < (double)(YOKE_FOREVER - begin) ? begin + (int64_t)span : YOKE_FOREVER;
}

bool yoke_deadline_passed(yoke_deadline deadline) {
    if (deadline == YOKE_FOREVER) return false;
    return deadline <= YOKE_NOW || deadline <= now();
}

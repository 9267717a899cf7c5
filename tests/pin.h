/* SPDX-License-Identifier: Apache-2.0
 *
 * Pinning, for tests of what threads do at the same time: left alone, a kernel may run short
 * threads one after another on one processor.
 */
#ifndef YOKE_TESTS_PIN_H
#define YOKE_TESTS_PIN_H

#include <pthread.h>
#include <sched.h>

/* Pins the calling thread to the n-th processor, counted round, of those it may use, and returns
 * where it might run before. Without effect where it is not allowed. */
static inline cpu_set_t pin(int n) {
    cpu_set_t before, one;
    CPU_ZERO(&before);
    if (pthread_getaffinity_np(pthread_self(), sizeof before, &before)) return before;
    n %= CPU_COUNT(&before);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &before) || n-- > 0) continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        pthread_setaffinity_np(pthread_self(), sizeof one, &one);
        break;
    }
    return before;
}

static inline void unpin(cpu_set_t before) {
    if (CPU_COUNT(&before)) pthread_setaffinity_np(pthread_self(), sizeof before, &before);
}

#endif

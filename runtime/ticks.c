/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/ticks.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

bool yoke__ticks_from_tsc;

static void choose(void) {
#ifdef __x86_64__
    char source[16] = "";
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (!file) return;
    if (!fgets(source, sizeof source, file)) *source = '\0';
    fclose(file);
    yoke__ticks_from_tsc = strcmp(source, "tsc\n") == 0;
#endif
}

void yoke__ticks_choose(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
}

/* Of several tries the one in which least passed between the readings: nobody came between. */
yoke__moment yoke__ticks_moment(void) {
    yoke__moment best = {0, 0};
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 8; i++) {
        struct timespec now;
        uint64_t before = yoke__ticks();
        clock_gettime(CLOCK_MONOTONIC, &now);
        uint64_t passed = yoke__ticks() - before;
        if (passed >= least) continue;
        least = passed;
        best.ticks = before + passed / 2;
        best.ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    }
    return best;
}

double yoke__ticks_length(yoke__moment begin, yoke__moment end) {
    if (!yoke__ticks_from_tsc || end.ticks <= begin.ticks) return 1.0;
    return (double)(end.ns - begin.ns) / (double)(end.ticks - begin.ticks);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: as many threads as processors, with equal work between barriers.
 */
#include <sched.h>

#include "tests/doctor/patient.h"

static pthread_barrier_t barrier;
static int rounds;

static void *step(void *arg) {
    for (int i = 0; i < rounds; i++) {
        work(500000);
        pthread_barrier_wait(&barrier);
    }
    return arg;
}

int main(int argc, char **argv) {
    cpu_set_t permitted;
    sched_getaffinity(0, sizeof permitted, &permitted);
    int count = CPU_COUNT(&permitted) < 64 ? CPU_COUNT(&permitted) : 64;
    double begin = seconds();
    work(500000);
    double span = argc > 1 ? strtod(argv[1], NULL) : 1;
    rounds = 1 + (int)(span / (seconds() - begin));
    pthread_barrier_init(&barrier, NULL, (unsigned)count);
    run_threads(count, step);
    return 0;
}

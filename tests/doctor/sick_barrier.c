/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: one of two threads has nearly all the work between barriers.
 */
#include "tests/doctor/patient.h"

static pthread_barrier_t barrier;
static int rounds;

static void *step(void *arg) {
    for (int i = 0; i < rounds; i++) {
        work(arg ? 500 : 1000000);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

int main(int argc, char **argv) {
    double begin = own_seconds();
    work(1000000);
    double span = argc > 1 ? strtod(argv[1], NULL) : 1.5;
    rounds = 1 + (int)(span / (own_seconds() - begin));
    pthread_barrier_init(&barrier, NULL, 2);
    run_threads(2, step);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: a cycle of three threads, while the first goes on sleeping and looking.
 */
#include "tests/doctor/patient.h"

static pthread_mutex_t forks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                   PTHREAD_MUTEX_INITIALIZER};

static void *dine(void *arg) {
    long i = (long)arg;
    pthread_mutex_lock(&forks[i]);
    nap(0.1);
    pthread_mutex_lock(&forks[(i + 1) % 3]);
    return NULL;
}

int main(int argc, char **argv) {
    double end = until(argc, argv, 2.5);
    pthread_t thread;
    for (long i = 0; i < 3; i++) pthread_create(&thread, NULL, dine, (void *)i);
    while (seconds() < end) nap(0.01);
    return 0;
}

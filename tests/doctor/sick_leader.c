/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: the main thread and another count side by side; the main thread ends long before the
 * process.
 */
#include "tests/doctor/patient.h"

static _Alignas(64) volatile unsigned long counts[2];
static double end;

static void count(volatile unsigned long *mine) {
    while (own_seconds() < end) {
        for (int i = 0; i < 100000; i++) ++*mine;
    }
}

static void *follow(void *arg) {
    count(&counts[1]);
    nap(0.3);
    exit(0);
    return arg;
}

int main(int argc, char **argv) {
    pthread_t thread;
    end = until_own(argc, argv, 1.5);
    if (pthread_create(&thread, NULL, follow, NULL) != 0) return 9;
    count(&counts[0]);
    pthread_exit(NULL);
}

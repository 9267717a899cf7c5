/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: many threads that once all wait for a mutex of yoke, and then go on without it.
 */
#include "tests/doctor/patient.h"
#include "yoke/lock.h"

static yoke_mutex mutex = YOKE_MUTEX_INIT("gate", 0);
static double end;

/* The first holds it for some time; the second works on when it has had it. */
static void *pass(void *arg) {
    long number = (long)arg;
    if (yoke_mutex_lock(&mutex, YOKE_FOREVER) < 0) exit(8);
    if (number == 0) work(10000000);
    yoke_mutex_unlock(&mutex);
    while (number == 1 && seconds() < end) work(10000);
    return arg;
}

int main(int argc, char **argv) {
    end = until(argc, argv, 1.5);
    run_threads(40, pass);
    return 0;
}

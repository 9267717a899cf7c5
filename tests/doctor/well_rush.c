/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: many threads that once all wait for a mutex of yoke, and then go on without it.
 */
#include "tests/doctor/patient.h"
#include "yoke/lock.h"

static yoke_mutex mutex = YOKE_MUTEX_INIT("gate", 0);
static double end;

static void *pass(void *arg) {
    if (yoke_mutex_lock(&mutex, YOKE_FOREVER) < 0) exit(8);
    yoke_mutex_unlock(&mutex);
    while (arg && seconds() < end) work(10000);
    return arg;
}

static void *hold(void *arg) {
    (void)arg;
    if (yoke_mutex_lock(&mutex, YOKE_FOREVER) < 0) exit(8);
    work(10000000);
    yoke_mutex_unlock(&mutex);
    return NULL;
}

static void *start(void *arg) {
    return arg == (void *)0 ? hold(arg) : pass((long)arg <= 1 ? arg : NULL);
}

int main(int argc, char **argv) {
    end = until(argc, argv, 1.5);
    run_threads(16, start);
    return 0;
}

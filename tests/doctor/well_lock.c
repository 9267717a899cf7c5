/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: a mutex that two threads take rarely and hold shortly.
 */
#include "tests/doctor/patient.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static double end;
static long total;

static void *compute(void *arg) {
    while (seconds() < end) {
        work(100000);
        pthread_mutex_lock(&mutex);
        total++;
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

int main(int argc, char **argv) {
    end = until(argc, argv, 1.5);
    run_threads(2, compute);
    return 0;
}

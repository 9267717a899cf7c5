/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: 64 threads that wait for a condition while the first computes.
 */
#include "tests/doctor/patient.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stop = PTHREAD_COND_INITIALIZER;
static int stopped;

static void *idle(void *arg) {
    pthread_mutex_lock(&mutex);
    while (!stopped) pthread_cond_wait(&stop, &mutex);
    pthread_mutex_unlock(&mutex);
    return arg;
}

int main(int argc, char **argv) {
    double end = until(argc, argv, 1);
    pthread_t threads[64];
    for (int i = 0; i < 64; i++) {
        if (pthread_create(&threads[i], NULL, idle, NULL) != 0) return 9;
    }
    while (seconds() < end) work(100000);
    pthread_mutex_lock(&mutex);
    stopped = 1;
    pthread_cond_broadcast(&stop);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 64; i++) pthread_join(threads[i], NULL);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: a condition is signalled before anybody waits for it, and never again.
 */
#include "tests/doctor/patient.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;

static void *consume(void *arg) {
    nap(0.1);
    pthread_mutex_lock(&mutex);
    pthread_cond_wait(&ready, &mutex);
    pthread_mutex_unlock(&mutex);
    return arg;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, consume, NULL);
    pthread_cond_signal(&ready);
    pthread_join(thread, NULL);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: two threads take two mutexes in different orders.
 */
#include "tests/doctor/patient.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static void *take(void *arg) {
    pthread_mutex_t *a = arg ? &first : &second, *b = arg ? &second : &first;
    pthread_mutex_lock(a);
    nap(0.1);
    pthread_mutex_lock(b);
    pthread_mutex_unlock(b);
    pthread_mutex_unlock(a);
    return NULL;
}

int main(void) {
    run_threads(2, take);
    return 0;
}

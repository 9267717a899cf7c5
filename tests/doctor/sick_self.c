/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: a thread takes a mutex that it holds.
 */
#include "tests/doctor/patient.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int main(void) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
    return 0;
}

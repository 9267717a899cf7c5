/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that queue for a mutex of yoke which each holds for long. The patient defines the mutex.
 */
#ifndef YOKE_TESTS_DOCTOR_QUEUE_H
#define YOKE_TESTS_DOCTOR_QUEUE_H

#include "tests/doctor/patient.h"
#include "yoke/lock.h"

static yoke_mutex mutex;
static double end;

static void *use(void *arg) {
    while (own_seconds() < end) {
        if (yoke_mutex_lock(&mutex, YOKE_FOREVER) < 0) exit(8);
        work(30000);
        yoke_mutex_unlock(&mutex);
        work(3000);
    }
    return arg;
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: threads queue for a mutex of yoke that each holds for long.
 */
#include "tests/doctor/patient.h"
#include "yoke/lock.h"

static yoke_mutex mutex = YOKE_MUTEX_INIT("ledger", 0);
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

int main(int argc, char **argv) {
    end = until_own(argc, argv, 1.5);
    run_threads(4, use);
    return 0;
}

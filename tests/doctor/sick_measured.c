/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: threads queue for a mutex of yoke that each holds for long, in a program that measures
 * itself, and must not be kept from that: it fails when its own profile does not show the lock.
 */
#include <string.h>

#include "tests/doctor/queue.h"
#include "yoke/measure.h"

static yoke_mutex mutex = YOKE_MUTEX_INIT("ledger", 0);

static int find_lock(const yoke_profile *profile) {
    for (size_t i = 0; i < profile->lock_count; i++) {
        const yoke_profile_lock *lock = &profile->locks[i];
        if (!strcmp(lock->name, "ledger") && lock->figures.contended) return 0;
    }
    return 7;
}

int main(int argc, char **argv) {
    yoke_profile *profile;
    end = until_own(argc, argv, 1.5);
    run_threads(4, use); /* before it is measured */
    end = until_own(argc, argv, 1.5);
    if (yoke_measure_start(NULL) < 0) return 6;
    run_threads(4, use);
    if (yoke_measure_stop(&profile) < 0) return 6;
    int status = find_lock(profile);
    yoke_profile_destroy(profile);
    return status;
}

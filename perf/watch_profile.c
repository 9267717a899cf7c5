/* SPDX-License-Identifier: Apache-2.0
 *
 * The profile of a lock of yoke in another process, read while the process goes on.
 *
 * Profiles are freed only after the pointer in their lock was cleared. So a copy is good when the
 * pointer is the same before and behind it: had the profile been freed and another one been made at
 * its place meanwhile, that would be the lock's as well, and a mixture of both is what a copy of a
 * profile in use is anyway. What is no profile of this version has another mark.
 */
#include <stdlib.h>

#include "perf/watch.h"
#include "runtime/lock_profile.h"

/* A profile begins anew when a measurement of the program begins or ends: the fuller one counts. */
static void keep(yoke__contended *lock, const yoke_lock_profile *figures) {
    if (!lock->profile) lock->profile = calloc(1, sizeof *lock->profile);
    if (lock->profile && figures->acquisitions >= lock->profile->acquisitions)
        *lock->profile = *figures;
}

void yoke__lock_profile_look(yoke__contended *lock, pid_t pid, const yoke__task *task) {
    uint64_t at = 0, again = 0;
    if (!task->lock_profile || !yoke__peek(pid, task->lock_profile, &at, sizeof at) || !at) return;
    size_t size = yoke__profile_size();
    void *copy = malloc(size);
    yoke_lock_profile figures;
    bool good = copy && yoke__peek(pid, at, copy, size) &&
                yoke__peek(pid, task->lock_profile, &again, sizeof again) && again == at &&
                yoke__profile_decode(copy, &figures);
    free(copy);
    if (good && figures.acquisitions) keep(lock, &figures);
}

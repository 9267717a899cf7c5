/* SPDX-License-Identifier: Apache-2.0
 *
 * The profiles of locks (yoke/lock_profile.h): those that the program asked for, and those of locks
 * that were found taken while the process was measured.
 */
#ifndef YOKE_PERF_LOCKS_H
#define YOKE_PERF_LOCKS_H

#include <stdbool.h>

#include "yoke/profile.h"

typedef struct yoke__locks {
    yoke_profile_lock *at;
    size_t count, room;
    bool lost; /* for want of memory */
} yoke__locks;

/* Reads them when the measurement of that number has ended. */
void yoke__locks_read(yoke__locks *locks, unsigned measurement);
/* YOKE_ENOMEM without a detail. */
int yoke__locks_fill(yoke_profile *profile, const yoke__locks *locks);
void yoke__locks_free(yoke__locks *locks);

#endif

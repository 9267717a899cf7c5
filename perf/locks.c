/* SPDX-License-Identifier: Apache-2.0 */
#include "perf/locks.h"

#include <stdlib.h>
#include <string.h>

#include "perf/profile.h"
#include "runtime/lock_profile.h"

static bool make_room(yoke__locks *locks) {
    if (locks->count < locks->room) return true;
    size_t room = locks->room ? 2 * locks->room : 16;
    yoke_profile_lock *at = realloc(locks->at, room * sizeof *at);
    if (!at) return false;
    locks->at = at;
    locks->room = room;
    return true;
}

/* Kinds and names last for ever. */
static void add(const char *kind, const char *name, const yoke_lock_profile *figures, void *ctx) {
    yoke__locks *locks = ctx;
    if (!figures->acquisitions && !figures->timeouts) return;
    if (make_room(locks))
        locks->at[locks->count++] = (yoke_profile_lock){kind, name, *figures};
    else
        locks->lost = true;
}

static int by_wait(const void *a, const void *b) {
    double x = ((const yoke_profile_lock *)a)->figures.wait_total;
    double y = ((const yoke_profile_lock *)b)->figures.wait_total;
    return (x < y) - (x > y);
}

void yoke__locks_read(yoke__locks *locks, unsigned measurement) {
    yoke__profiles_collect(measurement, add, locks);
    if (locks->count) qsort(locks->at, locks->count, sizeof *locks->at, by_wait);
}

int yoke__locks_fill(yoke_profile *profile, const yoke__locks *locks) {
    size_t bytes = locks->count * sizeof *locks->at;
    profile->locks = yoke__perf_profile_array(profile, locks->count, sizeof *profile->locks);
    if (!profile->locks) return YOKE_ENOMEM;
    if (bytes) memcpy(profile->locks, locks->at, bytes);
    profile->lock_count = locks->count;
    return YOKE_OK;
}

void yoke__locks_free(yoke__locks *locks) { free(locks->at); }

/* SPDX-License-Identifier: Apache-2.0
 *
 * The counters behind a lock's profile, and where the locks call them.
 *
 * The pointer in the lock is set and cleared under the wait-for graph's mutex, and cleared only by
 * who holds the lock (for writing). So it may be used while one holds the lock, or under the
 * graph's mutex; at other times it says only whether there is a profile.
 */
#ifndef YOKE_RUNTIME_LOCK_PROFILE_H
#define YOKE_RUNTIME_LOCK_PROFILE_H

#include <stdbool.h>

#include "runtime/held.h"
#include "yoke/deadline.h"

typedef struct yoke__profile yoke__profile;

static inline yoke__profile *yoke__profile_of(void *const *profile) {
    /* acquire: its contents were written before the release in yoke__profile_start. */
    return (yoke__profile *)__atomic_load_n(profile, __ATOMIC_ACQUIRE);
}

/* The moment at which a wait begins, 0 without a profile. */
static inline yoke_deadline yoke__profile_begin(void *const *profile) {
    return yoke__profile_of(profile) ? yoke_deadline_in(0) : 0;
}

/* By who has just pushed the hold; `began`: when it had to wait, else 0. */
void yoke__profile_acquired(yoke__profile *profile, unsigned thread, yoke__held *hold,
                            yoke_deadline began);
/* By who is about to release. */
void yoke__profile_release(yoke__profile *profile, const yoke__held *hold);
void yoke__profile_key(yoke__profile *profile, uint64_t key);
/* A wait that failed; takes the graph's mutex. */
void yoke__profile_failed(void *const *profile, int status);

struct yoke_lock_profile;
/* The name may be NULL, and end with the lock. */
int yoke__profile_start(void **profile, const char *kind, const char *name, unsigned every);
/* By who finds the lock taken: while the process is measured, or when the environment asks for it
 * (YOKE_LOCK_PROFILE), it gets a profile, if it has none, which its owner does not see. */
void yoke__profile_watch(void **profile, const char *kind, const char *name);
/* Whether a measurement that is over left it. */
bool yoke__profile_is_stale(const yoke__profile *profile);
int yoke__profile_read(void *const *profile, struct yoke_lock_profile *figures);
/* By who holds the lock (for writing), or when the lock ends. Legal without a profile. */
void yoke__profile_drop(void **profile);

/* The figures of all locks that have a profile, and of those that have ended during the measurement
 * of that number. Under the graph's mutex: fn uses no lock. */
typedef void yoke__profile_fn(const char *kind, const char *name,
                              const struct yoke_lock_profile *figures, void *ctx);
void yoke__profiles_collect(unsigned measurement, yoke__profile_fn *fn, void *ctx);

/* ---- from outside ---- */

/* The bytes of a profile, to be copied from another process by who has read the pointer in the
 * lock, and reads it again behind the copy: a pointer that is the same was good meanwhile. */
size_t yoke__profile_size(void);
/* Reads the figures of such a copy, which is aligned as by malloc. False when it is none of a
 * profile, or one of another version of yoke. */
bool yoke__profile_decode(const void *copy, struct yoke_lock_profile *figures);

#endif

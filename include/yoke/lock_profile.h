/* SPDX-License-Identifier: Apache-2.0
 *
 * Figures of a lock's use, and what splitting it would gain.
 *
 * A profile is switched on for one lock at a time. While it is off a lock pays one load and one
 * branch for it; while it is on, some atomic additions for each acquisition and two readings of the
 * clock for each timed hold (some 100 nanoseconds in all).
 *
 * In a process that is started with YOKE_LOCK_PROFILE=1 each lock that a thread finds taken gets a
 * profile from that moment on, with every 16th hold timed, which the functions below do not show:
 * to them the lock has none. `yoke doctor -- PROGRAM` asks for it, and reads such profiles, and
 * those that the program or a measurement (yoke/measure.h) has started, from outside.
 *
 * The prediction for a split treats the locks and threads as a closed network of queues: N threads
 * go around between thinking (Z seconds outside the lock) and one of k locks, each a queue whose
 * service is a hold of S seconds; for k = 1 this is the machine-repairman model. S is measured, and
 * Z follows from the measured rate X by Little's law, Z = N / X - wait - S. A thread's next lock is
 * drawn from the measured distribution of keys. The network is solved by mean value analysis
 * (Reiser and Lavenberg, "Mean-value analysis of closed multichain queueing networks", JACM 27,
 * 1980), with Reiser's correction for holds that are more or less variable than exponential ones
 * ("A queueing network analysis of computer communication networks with window flow control",
 * IEEE Trans. Comm. 27, 1979): an arriving thread finds the hold in progress with
 * S (1 + c^2) / 2 to go, c the coefficient of variation.
 *
 * Not in the model: the time to wake a thread (it is in the waits measured, not in the holds, so a
 * lock on which threads sleep much is predicted too well for k = 1), caches, and threads that
 * need several locks. Rates are for as many processors as threads unless `processors` says less.
 */
#ifndef YOKE_LOCK_PROFILE_H
#define YOKE_LOCK_PROFILE_H

#include <stdint.h>

#include "yoke/lock.h"
#include "yoke/rwlock.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { YOKE_LOCK_CELLS = 256 };

/* Figures from the start of the profile on. Times are in seconds. */
typedef struct yoke_lock_profile {
    double seconds;        /* since the start */
    uint64_t acquisitions; /* of all modes */
    uint64_t contended;    /* of these, not taken at the first look */
    uint64_t timeouts;     /* waits that ended with YOKE_ETIMEDOUT; failed tries are not counted */
    uint64_t deadlocks;    /* waits refused with YOKE_EDEADLK */
    double wait_total;     /* of the contended acquisitions */
    double wait_max;
    uint64_t holds; /* that were timed: every n-th, and ended */
    double hold_total;
    double hold_max;
    double hold_squares; /* sum of the squares, for the variance */
    unsigned threads;    /* different threads that acquired it, by a bitmap of their indices */
    uint64_t keyed;      /* acquisitions whose key was told */
    uint64_t cells[YOKE_LOCK_CELLS]; /* their keys, by the high bits of a hash */
} yoke_lock_profile;

/* Switches the profile of a lock on, with all figures zero.
 *   every  of every how many acquisitions one hold is timed; 0: 16, 1: all
 * YOKE_EINVAL when it is on already; YOKE_ENOMEM. Any thread; the lock may be in use. */
YOKE_API int yoke_mutex_profile_start(yoke_mutex *mutex, unsigned every);
YOKE_API int yoke_rwlock_profile_start(yoke_rwlock *lock, unsigned every);

/* Switches it off. Takes the lock (for writing) to do so, and waits for it; so what
 * yoke_mutex_lock_at may return, or YOKE_EINVAL when the profile is not on. */
YOKE_API int yoke_mutex_profile_stop(yoke_mutex *mutex);
YOKE_API int yoke_rwlock_profile_stop(yoke_rwlock *lock);

/* Reads the figures. They are exact when nobody uses the lock meanwhile; otherwise each is right
 * for some moment during the call. YOKE_EINVAL when the profile is not on. Any thread. */
YOKE_API int yoke_mutex_profile(const yoke_mutex *mutex, yoke_lock_profile *profile);
YOKE_API int yoke_rwlock_profile(const yoke_rwlock *lock, yoke_lock_profile *profile);

/* yoke_mutex_lock_at, and tells the profile which key is to be used under the lock. */
YOKE_API int yoke_mutex_lock_key_at(yoke_mutex *mutex, uint64_t key, yoke_deadline deadline,
                                    const char *site);
#define yoke_mutex_lock_key(mutex, key, deadline)                                                  \
    yoke_mutex_lock_key_at((mutex), (key), (deadline), YOKE_HERE)

/* What the model says about a lock that is split. */
typedef struct yoke_lock_prediction {
    double rate;        /* acquisitions a second, all parts together */
    double gain;        /* this rate over the model's for the undivided lock */
    double contended;   /* share of the acquisitions that find their lock held */
    double wait;        /* mean seconds for each acquisition, also those that do not wait */
    double busiest;     /* share of the acquisitions that go to the most used part */
    double utilisation; /* share of the time during which that part is held */
} yoke_lock_prediction;

/* Predicts a split into `ways` parts by the high bits of the key's hash, for the use in the
 * profile.
 *   ways        1 to YOKE_LOCK_CELLS. Where no keys were told the parts are used alike.
 *   processors  on which the threads run; 0: as many as threads. With fewer, the rate is at most
 *               that of so many threads that never wait.
 * YOKE_EINVAL for ways out of range, YOKE_EDATA when the profile has no timed hold. Any thread;
 * does not block. */
YOKE_API int yoke_lock_what_if(const yoke_lock_profile *profile, unsigned ways, unsigned processors,
                               yoke_lock_prediction *prediction);

#ifdef __cplusplus
}
#endif
#endif

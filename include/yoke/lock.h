/* SPDX-License-Identifier: Apache-2.0
 *
 * Mutexes that park, know their owner, and return an error instead of hanging.
 *
 * Every lock call takes a deadline and records its place in the source. A thread that has to wait
 * first looks whether its wait would close a cycle of waits; if so the call returns YOKE_EDEADLK,
 * and yoke_error_detail() names the threads, locks and places of the cycle. Read-write locks are in
 * yoke/rwlock.h, figures of a lock's use in yoke/lock_profile.h.
 *
 * What is detected, and what not:
 *   - A cycle of waits in yoke's own calls (mutex, read-write locks, and whatever else registers in
 *     the same graph) is always found, by the thread that closes it and before that thread sleeps.
 *     There are no false alarms: when YOKE_EDEADLK comes back, at that moment none of the threads
 *     in the detail could go on before another of them gives up. Waits with a finite deadline count
 *     as well (such a cycle would end by a timeout; it is reported at once instead) until their
 *     deadline has passed. A try (YOKE_NOW or any past moment) never waits, is never part of a
 *     cycle, and returns YOKE_ETIMEDOUT, also for a lock that the caller owns itself.
 *   - The others in the cycle go on waiting; the one that got YOKE_EDEADLK resolves it by releasing
 *     what it holds. Taking the same locks again in the same order may well meet the same cycle
 *     again and again: begin with the lock that could not be had (examples/05_deadlock.c).
 *   - A lock whose owner has ended: YOKE_EDEADLK, now and for ever; also those that were asleep get
 *     it. Only _fini makes the lock usable again (after it, _init).
 *   - Ranks: whoever takes (not: tries) a lock whose rank is not above the ranks of all that it
 *     holds is reported once for each pair of locks (name and rank), whether or not anybody waits;
 *     of more than 512 pairs the first.
 *   - Order without ranks is recorded only when a thread must sleep for one lock while it holds
 *     others. A pair that is taken in both orders is reported once each order was seen *in such a
 *     wait*: uncontended acquisitions leave no trace. Locks of different names are compared by
 *     name, locks without a name and locks of the same name by address. 512 locks and 2048 pairs
 *     are remembered; what is beyond is not compared.
 *   - Not seen: waits outside yoke (pthread, files, OpenMP barriers), and a lock that is never
 *     released by a thread that goes on running.
 *
 * Progress: blocking; a free mutex is taken by one compare-and-swap. Fairness is not promised: a
 * running thread may take a lock before one that is just being woken; but none that waits is
 * forgotten. What a thread wrote before it unlocked is visible to the next owner. A process that
 * forks must not use locks in the child that other threads of the parent held or waited for.
 * After the futex mutex of Drepper ("Futexes are tricky", 2005), with one woken thread at a time as
 * in Go's sync.Mutex.
 */
#ifndef YOKE_LOCK_H
#define YOKE_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/deadline.h"
#include "yoke/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The place of a call: "file.c:12". */
#define YOKE_HERE           __FILE__ ":" YOKE_HERE_TEXT_(__LINE__)
#define YOKE_HERE_TEXT_(x)  YOKE_HERE_TEXT__(x)
#define YOKE_HERE_TEXT__(x) #x

/* A mutex, in memory of the caller: made by yoke_mutex_init or YOKE_MUTEX_INIT; all zero is a mutex
 * without a name. It must stay where it is. All fields are yoke's own. */
typedef struct yoke_mutex {
    uint32_t word;    /* the owner's index + 1, and flags */
    int32_t rank;     /* 0: none */
    const char *name; /* NULL: none */
    void *queue;      /* who waits; under the wait-for graph's mutex */
    const char *site; /* where it was taken last */
    void *profile;    /* NULL: off */
} yoke_mutex;

#define YOKE_MUTEX_INIT(name, rank)                                                                \
    { 0, (rank), (name), 0, 0, 0 }

/* Makes a free mutex.
 *   name  for reports; not copied, must last as long as the mutex. NULL: its address is shown.
 *   rank  1 or more, or 0 for none. While a lock of some rank is held, only locks of higher ranks
 *         (or of none) should be taken.
 * YOKE_EINVAL for a negative rank. */
YOKE_API int yoke_mutex_init(yoke_mutex *mutex, const char *name, int rank);

/* Ends a mutex that nobody holds or waits for; NULL is legal. A mutex whose owner has ended is
 * taken from it. YOKE_EINVAL while a living thread owns it or waits for it. To be called before
 * the memory of a mutex is used for something else. */
YOKE_API int yoke_mutex_fini(yoke_mutex *mutex);

/* Takes the mutex, waiting until the deadline. `site`, the place for reports, must be a text that
 * lasts (YOKE_HERE is). YOKE_OK; YOKE_ETIMEDOUT; YOKE_EDEADLK as described above, also when the
 * caller owns the mutex already; YOKE_ENOMEM when there is no memory for the thread's record or for
 * its list of held locks (the first locks held at a time need none). On failure the mutex is not
 * taken. Any thread. */
YOKE_API int yoke_mutex_lock_at(yoke_mutex *mutex, yoke_deadline deadline, const char *site);
#define yoke_mutex_lock(mutex, deadline) yoke_mutex_lock_at((mutex), (deadline), YOKE_HERE)

/* Releases the mutex. YOKE_EINVAL when the caller does not own it. Does not block, but a waiter is
 * woken by a system call. */
YOKE_API int yoke_mutex_unlock(yoke_mutex *mutex);

/* The index of the thread that owns the mutex, -1 when it is free. Unless it is the caller's own
 * the answer may be old when it arrives. Any thread; does not block. */
YOKE_API int yoke_mutex_owner(const yoke_mutex *mutex);

/* ---- who waits for whom ---- */

/* Writes one line for each thread that now waits in yoke: its index, for what, where, how long, and
 * the threads that must act first. Returns the length of the whole text; at most `size` - 1 bytes
 * of it and a NUL are written (size 0: nothing). A snapshot under the graph's mutex: blocks new
 * waits meanwhile, not locks that are free. Any thread. */
YOKE_API size_t yoke_waits_write(char *text, size_t size);

/* ---- inversions of the lock order ---- */

/* Called in the thread that inverts an order, before it waits or takes the lock, with one line of
 * text that is good during the call. It may use locks, and releases those that it takes before it
 * returns; what it inverts itself is counted but not told. */
typedef void yoke_lock_inversion_fn(const char *report, void *ctx);

/* Sets who is told of inversions; NULL: nobody, the initial state. A call that has begun may still
 * run when this returns. Any thread. */
YOKE_API void yoke_lock_on_inversion(yoke_lock_inversion_fn *fn, void *ctx);

/* The number of inversions found so far, each pair counted once; and the last report, "" before the
 * first, as yoke_waits_write. Any thread. */
YOKE_API uint64_t yoke_lock_inversions(void);
YOKE_API size_t yoke_lock_last_inversion(char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Read-write locks: many readers, or one writer. What yoke/lock.h says of mutexes about deadlines,
 * places, ranks, deadlocks, owners that end, visibility and fork holds here as well.
 *
 * yoke_rwlock is one word. Writers go first: while one waits, new readers wait, too, so that
 * readers do not starve it; a stream of writers starves readers. A thread that reads may read again
 * at any time, also past a waiting writer; each read is released once. It must not write: a reader
 * that asks to write waits for itself, and so gets YOKE_EDEADLK, as does one that asks for what it
 * writes already. A reader that waits behind a waiting writer waits for what the writer waits for;
 * cycles through that are found.
 *
 * yoke_rwlock_sharded is for data that are nearly always read: each thread counts its reads in a
 * slot of its own, with a plain store, so readers do not disturb each other at all; a writer runs a
 * barrier on all processors (some microseconds), closes the lock and waits until every slot is
 * empty. Readers with an index beyond the slots share one more, which costs them atomic operations.
 * The asymmetric barrier is that of Dice, Huang and Yang, "Asymmetric Dekker synchronization"
 * (2001), the slots are those of the "big reader lock" of Linux 2.4.
 *
 * Progress: blocking; reading a free yoke_rwlock is a compare-and-swap (lock-free among readers),
 * reading a free yoke_rwlock_sharded is wait-free. Fairness is not promised beyond the above.
 * Memory: 56 bytes, and YOKE_CACHE_PAD bytes for each slot.
 */
#ifndef YOKE_RWLOCK_H
#define YOKE_RWLOCK_H

#include "yoke/lock.h"
#include "yoke/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In memory of the caller; made by yoke_rwlock_init or YOKE_RWLOCK_INIT; all zero is a lock without
 * a name. It must stay where it is. All fields are yoke's own. */
typedef struct yoke_rwlock {
    uint32_t word;    /* readers, or the writer's index + 1; and flags */
    int32_t rank;     /* 0: none */
    const char *name; /* NULL: none */
    void *queue;      /* who waits; under the wait-for graph's mutex, as the next */
    uint32_t writers; /* that wait, or have been woken */
    const char *site; /* where it was taken for writing last */
    void *profile;    /* NULL: off */
} yoke_rwlock;

#define YOKE_RWLOCK_INIT(name, rank)                                                               \
    { 0, (rank), (name), 0, 0, 0, 0 }

/* As yoke_mutex_init and yoke_mutex_fini; readers that have ended count as owners that have. What
 * they held is taken also when the end is refused because others read. */
YOKE_API int yoke_rwlock_init(yoke_rwlock *lock, const char *name, int rank);
YOKE_API int yoke_rwlock_fini(yoke_rwlock *lock);

/* Take the lock for reading or writing: arguments and statuses of yoke_mutex_lock_at. */
YOKE_API int yoke_rwlock_read_at(yoke_rwlock *lock, yoke_deadline deadline, const char *site);
YOKE_API int yoke_rwlock_write_at(yoke_rwlock *lock, yoke_deadline deadline, const char *site);
#define yoke_rwlock_read(lock, deadline)  yoke_rwlock_read_at((lock), (deadline), YOKE_HERE)
#define yoke_rwlock_write(lock, deadline) yoke_rwlock_write_at((lock), (deadline), YOKE_HERE)

/* Release it. YOKE_EINVAL when the caller does not read, or write. Do not block. */
YOKE_API int yoke_rwlock_read_unlock(yoke_rwlock *lock);
YOKE_API int yoke_rwlock_write_unlock(yoke_rwlock *lock);

/* The index of the thread that writes, -1 when none does; the number of reads. Any thread; do not
 * block; the answer may be old. */
YOKE_API int yoke_rwlock_writer(const yoke_rwlock *lock);
YOKE_API unsigned yoke_rwlock_readers(const yoke_rwlock *lock);

/* ---- sharded ---- */

typedef struct yoke_rwlock_sharded yoke_rwlock_sharded;

typedef struct yoke_rwlock_sharded_options {
    const char *name; /* not copied; NULL: none */
    int rank;         /* 0: none */
    unsigned threads; /* slots; 0: twice the CPU limit, at least 16 */
} yoke_rwlock_sharded_options;

/* `options` may be NULL. YOKE_EINVAL for a negative rank; YOKE_ENOMEM. */
YOKE_API int yoke_rwlock_sharded_create(const yoke_rwlock_sharded_options *options,
                                        yoke_rwlock_sharded **lock);
/* Ends a lock that nobody holds or waits for; NULL is legal. A lock that is held by threads that
 * have ended is taken from them. YOKE_EINVAL, and the lock stays, when it is held otherwise. No
 * call on it may be in progress, also no unlock. */
YOKE_API int yoke_rwlock_sharded_destroy(yoke_rwlock_sharded *lock);

/* As the functions of yoke_rwlock. Also a try to write (YOKE_NOW) closes the lock for a moment, in
 * which a try to read fails. YOKE_ENOMEM also when the kernel has no memory for a writer's barrier.
 * There is no profile. */
YOKE_API int yoke_rwlock_sharded_read_at(yoke_rwlock_sharded *lock, yoke_deadline deadline,
                                         const char *site);
YOKE_API int yoke_rwlock_sharded_write_at(yoke_rwlock_sharded *lock, yoke_deadline deadline,
                                          const char *site);
#define yoke_rwlock_sharded_read(lock, deadline)                                                   \
    yoke_rwlock_sharded_read_at((lock), (deadline), YOKE_HERE)
#define yoke_rwlock_sharded_write(lock, deadline)                                                  \
    yoke_rwlock_sharded_write_at((lock), (deadline), YOKE_HERE)
YOKE_API int yoke_rwlock_sharded_read_unlock(yoke_rwlock_sharded *lock);
YOKE_API int yoke_rwlock_sharded_write_unlock(yoke_rwlock_sharded *lock);

#ifdef __cplusplus
}
#endif
#endif

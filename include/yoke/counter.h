/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters for many writers: each thread adds to its own slot with plain loads and stores.
 *
 * A set of counters has one slot for each of the first `threads` thread indices (yoke/thread.h); a
 * slot holds one cell for each counter of the set. Only its owner writes a slot, so that an add is
 * a load and a store of a line that no other processor wants. A thread without a slot of its own
 * (more threads than slots, or no index) adds to shared cells with atomic operations.
 *
 * Progress: adding is wait-free. Relaxed reads are wait-free and linear in the number of threads. A
 * snapshot blocks: it takes the set's lock, runs a barrier on all threads of the process (some
 * microseconds), and may wait for threads that were preempted while they added to shared cells.
 *
 * Read contracts, one by name:
 *   relaxed        while others add. Each add that happened before the read is in the value, none
 * is in it twice, and each that runs beside it may be or not: the value may be one that the counter
 * never had. Reads that happen one after the other do not go back while all adds are positive.
 *   at_quiescence  no add runs: all have happened before the read (their threads were joined, or a
 *                  lock or a barrier lies between). Exact.
 *   snapshot       exact while others add, linearizable: the values that all counters of the set
 *                  had together at one moment during the call. While it runs, adds go to the shared
 *                  cells and cost several times more.
 *
 * Values are integers modulo 2^64: what goes beyond INT64_MAX or INT64_MIN wraps round. The counts
 * of a thread that ended stay.
 *
 * Memory: `threads` + 4 slots (each 8 bytes a counter, rounded up to YOKE_CACHE_PAD) and about half
 * a KiB. Slots that were never used need no physical memory when they are whole pages.
 *
 * After fork() the child goes on with a copy: what other threads of the parent were just adding is
 * in it or not.
 *
 * Not promised: adds from a signal handler may be lost, or undo one that they interrupt.
 *
 * After the statistical counters of McKenney, "Is Parallel Programming Hard, And, If So, What Can
 * You Do About It?" (chapter on counting); the diversion of adds during a snapshot is our own and
 * is described in sharding/counter.c.
 */
#ifndef YOKE_COUNTER_H
#define YOKE_COUNTER_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/memory.h"
#include "yoke/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read by every add and written by snapshots only. The inline functions alone use the members. */
typedef struct yoke_counter {
    char *slots;      /* slot of thread i at i * stride */
    size_t stride;    /* bytes, a multiple of YOKE_CACHE_PAD */
    unsigned threads; /* slots with one owner; 0 while a snapshot diverts all adds */
    unsigned count;   /* counters in the set */
} yoke_counter;

typedef struct yoke_counter_options {
    unsigned count;   /* counters in the set, up to 2^24; 0: 1 */
    unsigned threads; /* slots, up to 2^20; 0: twice the processors, at least 64 */
} yoke_counter_options;

/* A set of counters, all 0. options may be NULL. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_counter_create(const yoke_counter_options *options, yoke_counter **counter);
/* NULL is legal. No thread may use the counters any more. */
YOKE_API void yoke_counter_destroy(yoke_counter *counter);

/* The slow path of yoke_counter_add_at. */
YOKE_API void yoke_counter_add_shared(yoke_counter *counter, unsigned which, int64_t n);

/* One add to a cell that no other thread writes. Volatile makes the compiler keep the order of this
 * and of the load of `threads` before it: of a thread's adds one at most lies between the two. */
/* NOLINTNEXTLINE(readability-non-const-parameter): it is stored to */
static inline void yoke_counter_bump_(volatile int64_t *cell, int64_t n) {
    /* relaxed: only this thread writes the cell, and readers take any of its values; what orders
     * them with a snapshot is the barrier in sharding/counter.c. */
    uint64_t old = (uint64_t)__atomic_load_n(cell, __ATOMIC_RELAXED);
    __atomic_store_n(cell, (int64_t)(old + (uint64_t)n), __ATOMIC_RELAXED);
}

/* Adds n, which may be negative, to counter `which` of the set, 0 to count - 1. Any thread; cannot
 * fail; wait-free, but for a thread's first call ever, which may take a lock (yoke_thread_index).
 */
static inline void yoke_counter_add_at(yoke_counter *counter, unsigned which, int64_t n) {
    unsigned index = yoke_thread_number_ - 1; /* none: the greatest number */
    /* relaxed: a stale value is what a snapshot's barrier reckons with. */
    if (__builtin_expect(
            index < __atomic_load_n((volatile unsigned *)&counter->threads, __ATOMIC_RELAXED), 1)) {
        yoke_counter_bump_((int64_t *)(counter->slots + index * counter->stride) + which, n);
    } else {
        yoke_counter_add_shared(counter, which, n);
    }
}

/* Adds n to the only, or first, counter of the set. */
static inline void yoke_counter_add(yoke_counter *counter, int64_t n) {
    yoke_counter_add_at(counter, 0, n);
}

/* The calling thread's own way to a set, for hot loops: it saves finding the slot at each add.
 * Good on this thread only, until the thread ends or the set is destroyed. */
typedef struct yoke_counter_local {
    yoke_counter *counter;
    int64_t *cells; /* NULL: the thread has no slot */
} yoke_counter_local;

/* Any thread; cannot fail. */
YOKE_API yoke_counter_local yoke_counter_here(yoke_counter *counter);

/* The same as yoke_counter_add_at on the thread that asked for `local`. */
static inline void yoke_counter_local_add(yoke_counter_local local, unsigned which, int64_t n) {
    /* relaxed: as in yoke_counter_add_at. */
    if (__builtin_expect(local.cells &&
                             __atomic_load_n((volatile unsigned *)&local.counter->threads,
                                             __ATOMIC_RELAXED) != 0,
                         1)) {
        yoke_counter_bump_(local.cells + which, n);
    } else {
        yoke_counter_add_shared(local.counter, which, n);
    }
}

/* The value of one counter, by the contract in the name. Any thread. */
YOKE_API int64_t yoke_counter_read_relaxed(const yoke_counter *counter, unsigned which);
YOKE_API int64_t yoke_counter_read_at_quiescence(const yoke_counter *counter, unsigned which);
/* The values of all counters of the set, `count` numbers. Relaxed: each for itself. */
YOKE_API void yoke_counter_read_all_relaxed(const yoke_counter *counter, int64_t *values);
YOKE_API void yoke_counter_read_all_at_quiescence(const yoke_counter *counter, int64_t *values);

/* The exact value of one counter, or of all together. Any thread; blocks while another snapshot of
 * the set runs. YOKE_EUNSUPPORTED where the kernel has no membarrier(2) (before Linux 4.14, or
 * forbidden): the price of an exact value would then be a full barrier in every add. */
YOKE_API int yoke_counter_snapshot(yoke_counter *counter, unsigned which, int64_t *value);
YOKE_API int yoke_counter_snapshot_all(yoke_counter *counter, int64_t *values);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * The record of a thread: what other threads need to see of it.
 *
 * Records are made in chunks that double, never move and are never released, so that others may
 * walk over them at any time without a lock; the record of a thread that has ended is used again.
 * The registry frees an index when the thread ends (a destructor of thread-specific data), also in
 * the middle of a critical section: the record's reservation is cleared then.
 */
#ifndef YOKE_RUNTIME_THREAD_H
#define YOKE_RUNTIME_THREAD_H

#include <stdatomic.h>
#include <stdint.h>

#include "runtime/held.h"
#include "yoke/memory.h"
#include "yoke/thread.h"

/* A thread's place in the wait-for graph (runtime/waitfor.h): under the graph's mutex, but for the
 * permit, on which the thread sleeps. */
typedef struct yoke__waiting {
    uint32_t permit;
    bool ended; /* while it held something; its index stays unused until that is gone */
    struct yoke__wait *wait; /* NULL: it runs */
    /* One search. */
    bool stuck;
    uint64_t round;
    struct yoke__waiting *later, *earlier, *toward;
} yoke__waiting;

/* Its recorder of regions (runtime/region.h). */
typedef struct yoke__recording {
    uint32_t busy; /* at work on it: written by the owner, read by who stops the measurement */
    unsigned measurement;            /* that it belongs to; 0: none */
    struct yoke__recorder *recorder; /* NULL: the thread is not recorded */
} yoke__recording;

/* No era is reserved. */
#define YOKE__IDLE UINT64_MAX

typedef struct yoke__thread {
    /* Written by the owner, read by those who reclaim (sharding/reclaim.c): here, and not in a
     * table of that module, so that entering a critical section finds it at once. */
    _Alignas(YOKE_CACHE_PAD) _Atomic uint64_t lower, upper; /* eras reserved; YOKE__IDLE: none */
    unsigned depth;                                         /* of nested sections, owner's own */
    unsigned births; /* objects made for reclamation, owner's own: the era moves with them */
    /* Written by the owner: what it holds, and how often its end was put off for that. */
    yoke__holds holds;
    unsigned leaving;
    /* Constant once published. */
    int index;
    /* Under the registry's lock. */
    int used;
    /* Written by those who wake the owner, and by searches. */
    _Alignas(YOKE_CACHE_PAD) yoke__waiting waiting;
    /* Here since there is room, and waiting is seldom. */
    yoke__recording recording;
} yoke__thread;

extern _Thread_local yoke__thread *yoke__thread_record __attribute__((tls_model("initial-exec")));

/* The same; of a thread without a record the one of nobody, which is always in a section. */
extern _Thread_local yoke__thread *yoke__thread_or_nobody
    __attribute__((tls_model("initial-exec")));

/* The calling thread's record; NULL when the registry cannot grow. */
static inline yoke__thread *yoke__thread_self(void) {
    yoke__thread *self = yoke__thread_record;
    return self || yoke_thread_register() < 0 ? self : yoke__thread_record;
}

/* Gives the index of a thread that has ended back to the registry. Any thread. */
void yoke__thread_free(yoke__thread *ended);

/* For fork(): no index is given or freed meanwhile. */
void yoke__threads_lock(void);
void yoke__threads_unlock(void);

/* Indices ever given are below this number. */
int yoke__thread_limit(void);
/* The record of an index below that. */
yoke__thread *yoke__thread_at(int index);

#endif

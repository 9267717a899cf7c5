/* SPDX-License-Identifier: Apache-2.0
 *
 * Safe memory reclamation: an object that was unlinked from a lock-free structure is released when
 * no thread can still be reading it.
 *
 * Interval-based: a global era counts up, each object knows the era it was born in and the era it
 * was retired in, and a reader reserves the span of eras that its section has seen. An object is
 * released when its life and no reservation overlap (Wen, Izraelevitz, Cai, Beadle and Scott,
 * "Interval-based memory reclamation", PPoPP 2018; sharding/reclaim.c has the argument).
 *
 * - Progress: enter and leave are wait-free; load is lock-free (it repeats only when the era moved,
 *   which it does once in hundreds of retired or made objects). Neither waits for a reclaimer, nor
 *   has a barrier or an atomic read-modify-write, where membarrier(2) works. Retiring takes a spin
 *   lock for a few instructions that only threads whose indices differ by a multiple of 32 share,
 *   and once in `objects` calls reclaims, which asks the kernel for a barrier on all threads.
 * - Garbage: a reader that stalls in a section holds back no more than the objects that were there
 *   at its last load, plus 256 a thread that made some since; what is made later is released all
 *   the same. Besides what readers hold back, at most `objects` objects and `bytes` bytes wait in
 *   each of 32 bags, not counting what the release functions themselves retire. A thread's bag
 *   outlives it and is emptied by the other threads that retire.
 * - Threads come and go as they like; one that ends in the middle of a section leaves it.
 */
#ifndef YOKE_RECLAIM_H
#define YOKE_RECLAIM_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/memory.h"
#include "yoke/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_reclaim yoke_reclaim; /* a domain: what is retired together */

/* The head of an object that can be retired; part of the object, so that retiring allocates
 * nothing and cannot fail. */
typedef struct yoke_reclaim_node {
    struct yoke_reclaim_node *next; /* the domain's, from retire on */
    uint64_t born, retired;         /* eras, set by yoke_reclaim_born and by the domain */
    size_t bytes;                   /* of the object, for the bound and for reports */
    void (*release)(struct yoke_reclaim_node *node, void *ctx);
    void *ctx;
} yoke_reclaim_node;

typedef struct yoke_reclaim_options {
    size_t objects; /* a thread reclaims when it has retired so many since; 0: 256 */
    size_t bytes;   /* or so many bytes; 0: 4 MiB */
} yoke_reclaim_options;

/* Makes a domain. NULL options: all defaults. YOKE_ENOMEM. */
YOKE_API int yoke_reclaim_create(const yoke_reclaim_options *options, yoke_reclaim **domain);
/* Releases all that is retired, and what that retires. No other thread may use the domain any more,
 * nor be in a section that read objects of it. NULL is legal. */
YOKE_API void yoke_reclaim_destroy(yoke_reclaim *domain);

/* Begins a read section of the calling thread, for all domains; sections nest, and the outermost
 * counts. Does not block, but for the registry's lock at a thread's first call. YOKE_ENOMEM when
 * the thread cannot be registered: then there is no section. */
YOKE_API int yoke_reclaim_enter(void);
/* Ends it: pointers read in it are not good any more. */
YOKE_API void yoke_reclaim_leave(void);
/* Inside a section: reads a pointer (with acquire or stronger) whose object then stays until the
 * outermost section ends, if it is one that is retired. `where` itself must stay that long, too.
 * What a plain pointer of such an object leads to stays as well if it was born before that object
 * and is retired after that object was unlinked. Does not block. */
YOKE_API void *yoke_reclaim_load(void *const *where);

/* To call when an object was made, before it is published. Any thread; does not block. */
YOKE_API void yoke_reclaim_born(yoke_reclaim_node *node);
/* Hands an object to the domain after it was unlinked: no later load may find it. Its `release` is
 * called once, by whichever thread finds that nobody reads it: in a later retire, collect or
 * destroy, and outside of all locks. `release` may retire other objects, and may be in a section.
 * Legal inside a section. Cannot fail; the object must have been through yoke_reclaim_born. Any
 * thread. */
YOKE_API void yoke_reclaim_retire(yoke_reclaim *domain, yoke_reclaim_node *node);
/* Releases all that no reader holds back now, whoever retired it; returns the number of objects
 * that are left, with those that were retired meanwhile. While other threads retire or collect in
 * the domain both are less exact: what one of them has in hands is looked at, and released, by that
 * one, and what it moves from bag to bag may be missing in the number. Inside a section of the
 * caller it is legal but keeps what that section holds back. Any thread; runs a barrier on all
 * threads. */
YOKE_API size_t yoke_reclaim_collect(yoke_reclaim *domain);

typedef struct yoke_reclaim_stats {
    uint64_t era;          /* of all domains */
    uint64_t released;     /* objects, since the domain was made */
    size_t objects, bytes; /* retired and not released */
    int holder;            /* index of the thread that holds back most of them; -1: none does */
    size_t holder_objects; /* so many */
    uint64_t holder_eras;  /* the age of its section: how far the era has moved since */
} yoke_reclaim_stats;

/* What waits, and for whom. Each number was true at some moment of the call. Looks at every object
 * that waits: for reports. Any thread; shares the locks of yoke_reclaim_retire. */
YOKE_API void yoke_reclaim_get_stats(yoke_reclaim *domain, yoke_reclaim_stats *stats);

#ifdef __cplusplus
}
#endif
#endif

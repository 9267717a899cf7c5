/* SPDX-License-Identifier: Apache-2.0
 *
 * Safe memory reclamation: an object that was unlinked from a lock-free structure is released when
 * no thread can still be reading it.
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
 * nothing. */
typedef struct yoke_reclaim_node {
    struct yoke_reclaim_node *next;
    uint64_t born, retired; /* eras */
    size_t bytes;           /* of the object, for the bound and for reports */
    void (*release)(struct yoke_reclaim_node *node, void *ctx);
    void *ctx;
} yoke_reclaim_node;

YOKE_API int yoke_reclaim_create(yoke_reclaim **domain);
/* Releases all that is retired. Nobody may be inside a section that read from the domain. */
YOKE_API void yoke_reclaim_destroy(yoke_reclaim *domain);

/* A read section of the calling thread, for all domains; sections nest. YOKE_ENOMEM when the thread
 * cannot be registered. */
YOKE_API int yoke_reclaim_enter(void);
YOKE_API void yoke_reclaim_leave(void);
/* Inside a section: reads a pointer whose object then stays until the section ends. */
YOKE_API void *yoke_reclaim_load(void *const *where);

/* To call when an object is made, before it is published. */
YOKE_API void yoke_reclaim_born(yoke_reclaim_node *node);
/* To call after the object was unlinked. */
YOKE_API void yoke_reclaim_retire(yoke_reclaim *domain, yoke_reclaim_node *node);
/* Releases what can be released now; the number of objects left. */
YOKE_API size_t yoke_reclaim_collect(yoke_reclaim *domain);

#ifdef __cplusplus
}
#endif
#endif

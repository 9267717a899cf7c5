/* SPDX-License-Identifier: Apache-2.0
 *
 * An unbounded queue from many producers to one consumer, for mailboxes.
 *
 * Intrusive: what is queued is a node inside the caller's object, so nothing is allocated or copied
 * and no push fails for want of memory. A push exchanges the last node and then links the one
 * before to its own. After Vyukov, "Intrusive MPSC node-based queue" (2010); here the last node is
 * taken by a compare and exchange, so that the stub is not queued again.
 *
 *     struct message { yoke_mpsc_node node; int what; };
 *     yoke_queue_mpsc_push(&box, &message->node);
 *     yoke_mpsc_node *node = yoke_queue_mpsc_try_pop(&box);
 *     struct message *message = (struct message *)node;        // node is the first member
 *
 * - Who may call: any thread pushes, closes, asks yoke_queue_mpsc_empty. One thread at a time pops;
 *   the role may be handed on with anything that orders the two threads.
 * - Progress: push is wait-free: one exchange; a system call only when the consumer sleeps. try_pop
 *   is wait-free. pop looks for some microseconds and then sleeps in the kernel.
 * - The gap: between its exchange and its link a push hides all nodes behind its own place, also
 *   those of other pushes that have returned. Until it goes on, try_pop says NULL.
 * - Order: nodes come in the order of the exchanges: FIFO per producer, and across producers when
 *   one push returned before the other began. Pushes and pops of nodes are linearizable as a FIFO
 *   queue; the NULL of try_pop is not, because of the gap: it means that no node could be had.
 *   yoke_queue_mpsc_empty does not have the gap.
 * - Close: a push that begins after the close fails. One that runs at the same time fails or
 *   succeeds; when it succeeds, its node comes out of pop, or, when pop has answered YOKE_ECLOSED
 *   meanwhile, out of a later pop, try_pop or yoke_queue_mpsc_fini.
 * - Ownership: a node is the queue's from push, when that succeeded, until it is popped; its object
 *   must live so long, and may be freed or pushed again right after. The queue must live until all
 *   pushes have returned, for one may have handed over its node and still be about to wake the
 *   consumer.
 * - Memory: the queue 256 bytes, a node 8. Nothing is allocated.
 */
#ifndef YOKE_QUEUE_MPSC_H
#define YOKE_QUEUE_MPSC_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/deadline.h"
#include "yoke/event.h"
#include "yoke/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_mpsc_node {
    struct yoke_mpsc_node *next; /* towards the newer */
} yoke_mpsc_node;

/* In memory of the caller, aligned to YOKE_CACHE_PAD. The fields are the queue's own. */
typedef struct yoke_queue_mpsc {
    /* The producers'. */
    struct {
        yoke_mpsc_node *last; /* the newest node; &stub when the queue is empty */
        uint32_t closed;
        yoke_event not_empty;
    } __attribute__((aligned(YOKE_CACHE_PAD)));
    /* The consumer's; a push to an empty queue links to the stub. */
    struct {
        yoke_mpsc_node *first; /* the oldest node, or &stub: look there for it */
        yoke_mpsc_node stub;
    } __attribute__((aligned(YOKE_CACHE_PAD)));
} yoke_queue_mpsc;

/* Makes the memory an empty queue, to be used by other threads after something that orders them.
 * Cannot fail. */
YOKE_API void yoke_queue_mpsc_init(yoke_queue_mpsc *queue);
/* Ends the queue and gives back the nodes that are left: the oldest, linked by `next` up to NULL;
 * NULL when there is none. No thread may be inside a call. */
YOKE_API yoke_mpsc_node *yoke_queue_mpsc_fini(yoke_queue_mpsc *queue);

YOKE_API int yoke_mpsc_closed_(void);

/* Appends a node, which is in no queue. YOKE_OK, or YOKE_ECLOSED: the node stays the caller's. Any
 * thread; does not wait. */
static inline int yoke_queue_mpsc_push(yoke_queue_mpsc *queue, yoke_mpsc_node *node) {
    /* relaxed: who has been told of the close sees it, and others may be late. */
    if (__atomic_load_n(&queue->closed, __ATOMIC_RELAXED)) return yoke_mpsc_closed_();
    /* relaxed: the exchange publishes it. */
    __atomic_store_n(&node->next, (yoke_mpsc_node *)0, __ATOMIC_RELAXED);
    /* acquire: the one before must have its NULL before we link to it; release: ours is there.
     * Pairs with the exchange of the next push, and with the compare and exchange in try_pop. */
    yoke_mpsc_node *before = __atomic_exchange_n(&queue->last, node, __ATOMIC_ACQ_REL);
    /* release: publishes the object; pairs with the acquires in try_pop. */
    __atomic_store_n(&before->next, node, __ATOMIC_RELEASE);
    yoke_event_signal(&queue->not_empty);
    return YOKE_OK;
}

/* The oldest node, or NULL: empty, or in the gap, or closed and empty. The consumer; does not wait.
 */
YOKE_API yoke_mpsc_node *yoke_queue_mpsc_try_pop(yoke_queue_mpsc *queue);

/* Waits for the oldest node. YOKE_OK; YOKE_ETIMEDOUT, with a deadline that is past after one try;
 * YOKE_ECLOSED: closed, and no push has got as far as its exchange without having been popped. The
 * consumer. */
YOKE_API int yoke_queue_mpsc_pop(yoke_queue_mpsc *queue, yoke_mpsc_node **node,
                                 yoke_deadline deadline);

/* Any thread, any number of times; does not wait. Wakes the consumer. */
YOKE_API void yoke_queue_mpsc_close(yoke_queue_mpsc *queue);

/* Whether every node that was pushed has been popped, at a moment of the call. Any thread. */
YOKE_API bool yoke_queue_mpsc_empty(const yoke_queue_mpsc *queue);

#ifdef __cplusplus
}
#endif
#endif

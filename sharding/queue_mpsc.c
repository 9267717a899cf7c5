/* SPDX-License-Identifier: Apache-2.0
 *
 * The consumer of the intrusive queue.
 *
 * The nodes form a chain from `first` to `last`. Behind first a link may be missing for a while: a
 * push has exchanged `last` and not linked yet. So first->next is NULL in two cases, which `last`
 * tells apart: first is the newest, or a push is in its gap. A node whose link is pending cannot be
 * handed out, for the push still writes to it. The newest node is taken by replacing it as `last`
 * by the stub; when that fails, a push has come in between and its link is what to look for.
 *
 * Sleeping needs no care for the gap: a push signals after its link, and that link is what the
 * consumer misses, so whoever waits in a gap is woken at its end. The close needs care: pop answers
 * YOKE_ECLOSED only when `last` is the stub, that is, not in a gap.
 */
#include "yoke/queue_mpsc.h"

#include <stddef.h>

#include "runtime/park.h"
#include "runtime/region.h"

/* Before sleeping the consumer looks so many times, some hundred nanoseconds apart: together about
 * as long as it takes to sleep and to be woken. */
enum { LOOKS = 32, PAUSES = 8 };

void yoke_queue_mpsc_init(yoke_queue_mpsc *queue) {
    *queue = (yoke_queue_mpsc){.last = NULL};
    queue->last = queue->first = &queue->stub;
}

yoke_mpsc_node *yoke_queue_mpsc_fini(yoke_queue_mpsc *queue) {
    return queue->first == &queue->stub ? queue->stub.next : queue->first;
}

int yoke_mpsc_closed_(void) { return yoke_fail(YOKE_ECLOSED, "the queue is closed"); }

/* acquire: the object is there; pairs with the release in push. */
static yoke_mpsc_node *after(const yoke_mpsc_node *node) {
    return __atomic_load_n(&node->next, __ATOMIC_ACQUIRE);
}

/* Takes the only node out of the queue; false when a push came first. */
static bool take_last(yoke_queue_mpsc *queue, yoke_mpsc_node *node) {
    /* relaxed: only a push that has seen the stub as `last` links to it. */
    __atomic_store_n(&queue->stub.next, NULL, __ATOMIC_RELAXED);
    /* release: the stub's NULL is there before a push can link to it. acquire: what pushes whose
     * exchange came earlier did to the node is over. Pairs with the exchange in push. */
    return __atomic_compare_exchange_n(&queue->last, &node, &queue->stub, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

yoke_mpsc_node *yoke_queue_mpsc_try_pop(yoke_queue_mpsc *queue) {
    yoke_mpsc_node *node = queue->first;
    if (node == &queue->stub) {
        node = after(node);
        if (!node) return NULL;
        queue->first = node;
    }
    yoke_mpsc_node *next = after(node);
    if (!next && take_last(queue, node)) {
        queue->first = &queue->stub;
        return node;
    }
    if (!next) next = after(node);
    if (!next) return NULL;
    queue->first = next;
    return node;
}

void yoke_queue_mpsc_close(yoke_queue_mpsc *queue) {
    __atomic_store_n(&queue->closed, 1, __ATOMIC_SEQ_CST);
    yoke_event_signal(&queue->not_empty);
}

bool yoke_queue_mpsc_empty(const yoke_queue_mpsc *queue) {
    return __atomic_load_n(&queue->last, __ATOMIC_SEQ_CST) == &queue->stub;
}

/* 1 with a node, 0, or YOKE_ECLOSED. */
static int look(yoke_queue_mpsc *queue, yoke_mpsc_node **node) {
    /* before the look: pushes that returned before the close are seen by it */
    uint32_t closed = __atomic_load_n(&queue->closed, __ATOMIC_SEQ_CST);
    yoke_mpsc_node *found = yoke_queue_mpsc_try_pop(queue);
    if (found) *node = found;
    if (found) return 1;
    return closed && yoke_queue_mpsc_empty(queue) ? yoke_mpsc_closed_() : 0;
}

/* Looks, for a short while. */
static int watch(yoke_queue_mpsc *queue, yoke_mpsc_node **node) {
    int found = 0;
    for (int i = 0; i < LOOKS && found == 0; i++) {
        for (int j = 0; j < PAUSES; j++) yoke__relax();
        found = look(queue, node);
    }
    return found;
}

int yoke_queue_mpsc_pop(yoke_queue_mpsc *queue, yoke_mpsc_node **node, yoke_deadline deadline) {
    int found = look(queue, node);
    while (found == 0) {
        if (yoke_deadline_passed(deadline)) return yoke_fail(YOKE_ETIMEDOUT, NULL);
        found = watch(queue, node);
        if (found != 0) break;
        uint32_t ticket = yoke_event_prepare(&queue->not_empty);
        found = look(queue, node);
        if (found == 0) {
            YOKE__WAIT_REGION("for an item of a queue");
            YOKE_TRY(yoke_event_wait(&queue->not_empty, ticket, deadline));
            found = look(queue, node);
        } else {
            yoke_event_cancel(&queue->not_empty);
        }
    }
    return found < 0 ? found : YOKE_OK;
}

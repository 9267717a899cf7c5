/* SPDX-License-Identifier: Apache-2.0
 *
 * An unbounded intrusive queue for many producers and one consumer, for mailboxes.
 */
#ifndef YOKE_QUEUE_MPSC_H
#define YOKE_QUEUE_MPSC_H

#include "yoke/deadline.h"
#include "yoke/event.h"
#include "yoke/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_mpsc_node {
    struct yoke_mpsc_node *next;
} yoke_mpsc_node;

typedef struct yoke_queue_mpsc yoke_queue_mpsc;

YOKE_API void yoke_queue_mpsc_init(yoke_queue_mpsc *queue);
YOKE_API int yoke_queue_mpsc_push(yoke_queue_mpsc *queue, yoke_mpsc_node *node);
YOKE_API yoke_mpsc_node *yoke_queue_mpsc_try_pop(yoke_queue_mpsc *queue);
YOKE_API int yoke_queue_mpsc_pop(yoke_queue_mpsc *queue, yoke_mpsc_node **node,
                                 yoke_deadline deadline);
YOKE_API void yoke_queue_mpsc_close(yoke_queue_mpsc *queue);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * A bounded MPMC queue of items of a fixed size.
 */
#ifndef YOKE_QUEUE_MPMC_H
#define YOKE_QUEUE_MPMC_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/deadline.h"
#include "yoke/event.h"
#include "yoke/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_queue_mpmc yoke_queue_mpmc;

/* capacity: items, 1 or more; item_size: bytes, 1 or more */
YOKE_API int yoke_queue_mpmc_create(size_t capacity, size_t item_size, yoke_queue_mpmc **queue);
YOKE_API void yoke_queue_mpmc_destroy(yoke_queue_mpmc *queue);

/* The number of items moved, 0 when full or empty, YOKE_ECLOSED. Never waits. */
YOKE_API long yoke_queue_mpmc_try_push(yoke_queue_mpmc *queue, const void *items, size_t count);
YOKE_API long yoke_queue_mpmc_try_pop(yoke_queue_mpmc *queue, void *items, size_t most);
/* Waits until at least one item was moved; the number of items moved, YOKE_ETIMEDOUT, YOKE_ECLOSED
 * (pop: when it is closed and empty). */
YOKE_API long yoke_queue_mpmc_push(yoke_queue_mpmc *queue, const void *items, size_t count,
                                   yoke_deadline deadline);
YOKE_API long yoke_queue_mpmc_pop(yoke_queue_mpmc *queue, void *items, size_t most,
                                  yoke_deadline deadline);
YOKE_API void yoke_queue_mpmc_close(yoke_queue_mpmc *queue);

/* Typed, inlined: YOKE_DEFINE_QUEUE_MPMC(name, T) defines name_try_push(queue, T item) -> 1, 0, or
 * YOKE_ECLOSED; name_try_pop(queue, T *item); name_push(queue, T item, deadline); name_pop. */

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * A work-stealing deque of pointers: one owner pushes and takes at one end, any thread steals at
 * the other.
 */
#ifndef YOKE_DEQUE_H
#define YOKE_DEQUE_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/memory.h"
#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_deque yoke_deque;

YOKE_API int yoke_deque_create(size_t capacity, yoke_deque **deque);
YOKE_API void yoke_deque_destroy(yoke_deque *deque);
YOKE_API int yoke_deque_push(yoke_deque *deque, void *item);   /* owner; YOKE_ENOMEM */
YOKE_API void *yoke_deque_take(yoke_deque *deque);             /* owner; NULL: empty */
YOKE_API int yoke_deque_steal(yoke_deque *deque, void **item); /* 1, 0 */

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks that park, know their owner, and return an error instead of hanging.
 */
#ifndef YOKE_LOCK_H
#define YOKE_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/deadline.h"
#include "yoke/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The place of a call: "file.c:12". */
#define YOKE_HERE           __FILE__ ":" YOKE_HERE_TEXT_(__LINE__)
#define YOKE_HERE_TEXT_(x)  YOKE_HERE_TEXT__(x)
#define YOKE_HERE_TEXT__(x) #x

typedef struct yoke_mutex yoke_mutex;
typedef struct yoke_rwlock yoke_rwlock;

/* int yoke_mutex_init(yoke_mutex *, const char *name, int rank); void yoke_mutex_fini(...)
 * yoke_mutex_lock(mutex, deadline) -> YOKE_OK, YOKE_ETIMEDOUT, YOKE_EDEADLK; a macro around
 * yoke_mutex_lock_at(mutex, deadline, YOKE_HERE). yoke_mutex_unlock(mutex). */

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Cancellation: a token that one thread sets and the work of others looks at.
 */
#ifndef YOKE_CANCEL_H
#define YOKE_CANCEL_H

#include <stdbool.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A token for jobs (yoke/future.h) and kernels (yoke/run.h). Counted: create gives a reference. */
typedef struct yoke_cancel yoke_cancel;
YOKE_API int yoke_cancel_create(yoke_cancel **token);         /* YOKE_ENOMEM */
YOKE_API yoke_cancel *yoke_cancel_retain(yoke_cancel *token); /* one reference more */
YOKE_API void yoke_cancel_release(yoke_cancel *token);        /* NULL is legal */
/* From now on work with this token does not begin any more: it ends with YOKE_ECANCELED. Kernels
 * that run end at their next block; jobs should look at yoke_cancel_requested now and then. Any
 * thread; async-signal-safe. */
YOKE_API void yoke_cancel_request(yoke_cancel *token);
YOKE_API bool yoke_cancel_requested(const yoke_cancel *token); /* NULL: false */

#ifdef __cplusplus
}
#endif
#endif

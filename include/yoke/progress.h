/* SPDX-License-Identifier: Apache-2.0
 *
 * Progress of a long run: rate, percent and time left, written to a descriptor that the caller
 * names. Without one it only counts, and serves as the way to cancel a run.
 */
#ifndef YOKE_PROGRESS_H
#define YOKE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_progress_when {
    YOKE_PROGRESS_AUTO, /* when the descriptor is a terminal and the run is longer than a second */
    YOKE_PROGRESS_ALWAYS, /* from the start, terminal or not */
    YOKE_PROGRESS_NEVER,
} yoke_progress_when;

typedef struct yoke_progress_options {
    int descriptor; /* usually STDERR_FILENO; -1: nothing is written */
    yoke_progress_when when;
    const char *label; /* in front of the line; NULL: none. Copied, at most 31 bytes */
    uint64_t total;    /* units of the whole work; 0: unknown, so no percent and no time left */
    const char *unit; /* "B" (shown with binary prefixes, the default) or another, such as "rows" */
} yoke_progress_options;

typedef struct yoke_progress yoke_progress;

/* options NULL: counts only. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_progress_create(const yoke_progress_options *options, yoke_progress **progress);
/* Ends the line if one was begun (so that the cursor is at the start of a fresh line) and releases
 * the object. NULL is legal. */
YOKE_API void yoke_progress_destroy(yoke_progress *progress);

/* Adds finished units and, at most ten times a second and from one thread at a time, redraws. Any
 * thread; a NULL progress is legal. Never blocks on other threads; a failing write is ignored. */
YOKE_API void yoke_progress_add(yoke_progress *progress, uint64_t units);
YOKE_API uint64_t yoke_progress_done(const yoke_progress *progress);

/* Asks the run to stop; it returns YOKE_ECANCELED. Any thread; async-signal-safe. */
YOKE_API void yoke_progress_cancel(yoke_progress *progress);
YOKE_API bool yoke_progress_cancelled(const yoke_progress *progress); /* NULL: false */

#ifdef __cplusplus
}
#endif
#endif

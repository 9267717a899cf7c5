/* SPDX-License-Identifier: Apache-2.0
 *
 * A team runs one function on several OpenMP threads.
 *
 * Called from serial code it opens one parallel region. Called inside the user's own region (from
 * a `single`, a `master` or a task) it adds tasks to that region's team and never opens a second
 * one, so that yoke and user code share one set of threads. Members may therefore run one after
 * another on the same thread: a member must not wait for a member that has not begun.
 */
#ifndef YOKE_TEAM_H
#define YOKE_TEAM_H

#include <stdbool.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_team yoke_team;

/* What a member runs. `member` counts from 0 to size - 1. Returns 0 or a negative status, whose
 * detail (yoke_fail) is kept. */
typedef int yoke_team_fn(yoke_team *team, int member, void *ctx);

/* Runs fn once for each member and returns when all have ended.
 *   size  number of members, 1 or more; 0 means yoke_team_default_size(). OpenMP may give fewer
 *         threads than members; each member still runs exactly once.
 *   ctx   passed on as it is; shared by all members.
 * The first member that fails makes yoke_team_stopping() true for the others; its status is
 * returned and its detail becomes the caller's. Any thread may call; blocks until done.
 * Returns YOKE_EINVAL for a negative size or a NULL fn, else what the members returned. */
YOKE_API int yoke_team_run(int size, yoke_team_fn *fn, void *ctx);

/* The number of members of this run. */
YOKE_API int yoke_team_size(const yoke_team *team);

/* True once a member has failed or yoke_team_stop() was called: members look at it between blocks
 * of work and return 0. Does not block. */
YOKE_API bool yoke_team_stopping(const yoke_team *team);

/* Asks all members to stop at their next look. Any member may call. */
YOKE_API void yoke_team_stop(yoke_team *team);

/* The size used when none is asked for: inside a parallel region its number of threads, else the
 * CPU limit of yoke/machine.h, read once per process. Never below 1. */
YOKE_API int yoke_team_default_size(void);

#ifdef __cplusplus
}
#endif
#endif

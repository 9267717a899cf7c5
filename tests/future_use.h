/* SPDX-License-Identifier: Apache-2.0
 *
 * What the suites of futures share: submitting, and a job that keeps a worker busy.
 */
#ifndef YOKE_TESTS_FUTURE_USE_H
#define YOKE_TESTS_FUTURE_USE_H

#include <sched.h>
#include <stdatomic.h>

#include "tests/harness.h"
#include "yoke/future.h"

static inline yoke_future *submit(yoke_pool *pool, yoke_job_fn *fn, void *arg) {
    yoke_future *future = NULL;
    REQUIRE(yoke_pool_submit(pool, fn, arg, NULL, YOKE_FOREVER, &future) == YOKE_OK);
    return future;
}

/* A job that waits until it is let go. */
typedef struct gate {
    atomic_bool began, open;
} gate;

static inline int stand(yoke_worker *worker, void *arg) {
    (void)worker;
    gate *g = arg;
    g->began = true;
    while (!g->open) sched_yield();
    return 0;
}

/* Occupies a worker. */
static inline yoke_future *occupy(yoke_pool *pool, gate *g) {
    yoke_future *future = submit(pool, stand, g);
    while (!g->began) sched_yield();
    return future;
}

#endif

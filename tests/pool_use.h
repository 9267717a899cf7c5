/* SPDX-License-Identifier: Apache-2.0
 *
 * What the suites of the pool share: pools of several sizes, and Fibonacci numbers as tasks.
 */
#ifndef YOKE_TESTS_POOL_USE_H
#define YOKE_TESTS_POOL_USE_H

#include "tests/harness.h"
#include "yoke/pool.h"

static const int sizes[] = {1, 2, 3, 7, 16};
enum { SIZES = sizeof sizes / sizeof *sizes };

static inline yoke_pool *make_pool(int workers, bool joined) {
    yoke_pool *pool = NULL;
    yoke_pool_options options = {.workers = workers, .joined = joined};
    REQUIRE(yoke_pool_create(&options, &pool) == YOKE_OK);
    return pool;
}

typedef struct fib {
    yoke_task task;
    int n;
    long result;
} fib;

static inline long serial_fib(int n) { return n < 2 ? n : serial_fib(n - 1) + serial_fib(n - 2); }

static inline void run_fib(yoke_worker *worker, yoke_task *task) {
    fib *f = (fib *)task;
    if (f->n < 2) {
        f->result = f->n;
        return;
    }
    fib a = {.n = f->n - 1}, b = {.n = f->n - 2};
    yoke_spawn(worker, &a.task, run_fib);
    run_fib(worker, &b.task);
    yoke_sync(worker, &a.task);
    f->result = a.result + b.result;
}

static inline int root_fib(yoke_worker *worker, void *ctx) {
    run_fib(worker, ctx);
    return ((fib *)ctx)->n;
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool when memory is short: what cannot be made says so and leaves all as it was; tasks run
 * all the same.
 */
#include <sched.h>
#include <stdatomic.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/future.h"

enum { MANY = 5000 };

typedef struct flat {
    yoke_task tasks[MANY];
    int status;
} flat;

static atomic_int ran;

static void count_one(yoke_worker *worker, yoke_task *task) {
    (void)worker, (void)task;
    atomic_fetch_add(&ran, 1);
}

/* More tasks than the deque has room for at first, synced in the order of spawning. */
static int spawn_many(yoke_worker *worker, void *ctx) {
    flat *f = ctx;
    for (int i = 0; i < MANY; i++) yoke_spawn(worker, &f->tasks[i], count_one);
    for (int i = 0; i < MANY; i++) yoke_sync(worker, &f->tasks[i]);
    return YOKE_OK;
}

static int make_and_run(void *ctx) {
    (void)ctx;
    static flat f;
    yoke_pool *pool;
    YOKE_TRY(yoke_pool_create(&(yoke_pool_options){.workers = 2, .room = 8}, &pool));
    atomic_store(&ran, 0);
    int status = yoke_pool_run(pool, spawn_many, &f);
    yoke_pool_destroy(pool);
    if (status == YOKE_OK) CU_ASSERT_EQUAL(ran, MANY);
    return status;
}

TEST(making_and_running) { CU_ASSERT(inject_each_allocation(make_and_run, NULL, YOKE_ENOMEM) > 8); }

typedef struct gate {
    atomic_bool began, open;
} gate;

static int stand(yoke_worker *worker, void *arg) {
    (void)worker;
    gate *g = arg;
    g->began = true;
    while (!g->open) sched_yield();
    return YOKE_OK;
}

static int open_gate(yoke_worker *worker, void *arg) {
    (void)worker;
    ((gate *)arg)->open = true;
    return YOKE_OK;
}

/* What is meant for one worker is done by the other while it is busy, both ways round. */
static int help_each_other(void *ctx) {
    (void)ctx;
    yoke_pool *pool;
    YOKE_TRY(yoke_pool_create(&(yoke_pool_options){.workers = 2, .room = 8}, &pool));
    int status = YOKE_OK;
    for (int i = 1; i <= 2 && status == YOKE_OK; i++) {
        gate g[2] = {0};
        yoke_submit_options options = {.worker = i};
        status = yoke_pool_submit(pool, stand, &g[0], &options, YOKE_NOW, NULL);
        if (status < 0) break;
        while (!g[0].began) sched_yield();
        for (options.worker = 1; options.worker <= 2 && status == YOKE_OK; options.worker++)
            status = yoke_pool_submit(pool, open_gate, &g[1], &options, YOKE_NOW, NULL);
        while (status == YOKE_OK && !g[1].open) sched_yield();
        g[0].open = true;
        yoke_pool_drain(pool, YOKE_FOREVER);
    }
    yoke_pool_destroy(pool);
    return status;
}

TEST(workers_help_each_other) {
    CU_ASSERT(inject_each_allocation(help_each_other, NULL, YOKE_ENOMEM) > 8);
}

typedef struct apart {
    yoke_task task;
    atomic_bool began;
} apart;

static void begin(yoke_worker *worker, yoke_task *task) {
    (void)worker;
    ((apart *)task)->began = true;
}

/* Ends when another worker has stolen the task. */
static int need_thief(yoke_worker *worker, void *ctx) {
    (void)ctx;
    apart a = {.began = false};
    yoke_spawn(worker, &a.task, begin);
    while (!a.began) yoke_deque_poll(&worker->tasks_), sched_yield();
    yoke_sync(worker, &a.task);
    return YOKE_OK;
}

static int join_pool(void *ctx) {
    (void)ctx;
    yoke_pool *pool;
    YOKE_TRY(yoke_pool_create(&(yoke_pool_options){.workers = 2, .joined = true}, &pool));
    atomic_int status = YOKE_OK;
#pragma omp parallel num_threads(2)
    {
        int own = yoke_pool_join(pool, need_thief, NULL);
        if (own < 0) status = own;
    }
    yoke_pool_destroy(pool);
    return status;
}

TEST(thieves_find_their_victims) {
    CU_ASSERT(inject_each_allocation(join_pool, NULL, YOKE_ENOMEM) > 8);
}

static int resize(void *ctx) {
    yoke_pool *pool = ctx;
    int before = yoke_pool_size(pool), status = yoke_pool_resize(pool, 5 - before);
    CU_ASSERT_EQUAL(yoke_pool_size(pool), status == YOKE_OK ? 5 - before : before);
    return status;
}

TEST(resizing) {
    yoke_pool *pool;
    REQUIRE(yoke_pool_create(&(yoke_pool_options){.workers = 2}, &pool) == YOKE_OK);
    CU_ASSERT(inject_each_allocation(resize, pool, YOKE_ENOMEM) > 4);
    yoke_pool_destroy(pool);
}

static int add_one(yoke_worker *worker, void *arg) {
    (void)worker;
    atomic_fetch_add((atomic_int *)arg, 1);
    return YOKE_OK;
}

/* Everything that makes futures; what was accepted runs, and nothing else. */
static int submit_some(void *ctx) {
    yoke_pool *pool = ctx;
    atomic_int count = 0;
    int accepted = 0;
    yoke_cancel *token = NULL;
    yoke_future *first = NULL, *then = NULL, *both[2], *all = NULL, *any = NULL;
    int status = yoke_cancel_create(&token);
    yoke_submit_options options = {.cancel = token};
    if (status == YOKE_OK)
        status = yoke_pool_submit(pool, add_one, &count, &options, YOKE_FOREVER, &first);
    if (status == YOKE_OK)
        accepted++, status = yoke_future_then(first, add_one, &count, NULL, &then);
    both[0] = first, both[1] = then;
    if (status == YOKE_OK) accepted++, status = yoke_future_all(both, 2, &all);
    if (status == YOKE_OK) status = yoke_future_any(both, 2, &any);
    CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(count, accepted);
    yoke_future *made[] = {first, then, all, any};
    for (int i = 0; i < 4; i++) yoke_future_release(made[i]);
    yoke_cancel_release(token);
    return status;
}

TEST(submitting) {
    yoke_pool *pool;
    REQUIRE(yoke_pool_create(&(yoke_pool_options){.workers = 2}, &pool) == YOKE_OK);
    /* blocks of futures are used again, so not each needs memory */
    CU_ASSERT(inject_each_allocation(submit_some, pool, YOKE_ENOMEM) >= 3);
    yoke_pool_destroy(pool);
}

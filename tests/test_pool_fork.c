/* SPDX-License-Identifier: Apache-2.0
 *
 * In the child of a fork the parent's pool and futures say so, and nothing hangs, whatever the
 * parent's threads were doing; a pool of the child's own works.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/pool_use.h"
#include "yoke/future.h"
#include "yoke/probe.h"

/* Runs it in a child, which must end well, and soon. */
static void in_child(int (*fn)(void *ctx), void *ctx) {
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        alarm(20);
        _exit(fn(ctx));
    }
    int status = -1;
    waitpid(child, &status, 0);
    CU_ASSERT_EQUAL(status, 0);
}

typedef struct parent {
    yoke_pool *pool, *joined;
    yoke_future *ended, *running, *later;
    atomic_bool open;
} parent;

static int stand(yoke_worker *worker, void *arg) {
    (void)worker;
    while (!((parent *)arg)->open) sched_yield();
    return 7;
}

static int five(yoke_worker *worker, void *arg) {
    (void)worker, (void)arg;
    return 5;
}

static int told(int status) { return status == YOKE_EINVAL && *yoke_error_detail(); }

static int use_pool(void *ctx) {
    parent *p = ctx;
    fib f = {.n = 1};
    yoke_pool_worker_stats stats;
    yoke_future *future = NULL;
    int well = told(yoke_pool_run(p->pool, root_fib, &f)) && told(yoke_pool_resize(p->pool, 3)) &&
               told(yoke_pool_join(p->joined, root_fib, &f)) &&
               told(yoke_pool_stats(p->pool, 0, &stats)) &&
               told(yoke_pool_submit(p->pool, five, NULL, NULL, YOKE_FOREVER, &future)) &&
               told(yoke_pool_drain(p->pool, YOKE_FOREVER)) && !future;
    well = well && yoke_pool_stolen_from(p->pool, 0, 1) == 0 && yoke_pool_size(p->pool) == 2;
    yoke_pool_close(p->pool);
    yoke_pool_destroy(p->pool);
    yoke_pool_destroy(p->joined);
    return !well;
}

static int use_futures(void *ctx) {
    parent *p = ctx;
    yoke_future *made = NULL, *both[] = {p->ended, p->running};
    int well =
        yoke_future_wait(p->ended, YOKE_FOREVER) == YOKE_OK && yoke_future_result(p->ended) == 5 &&
        told(yoke_future_wait(p->running, YOKE_FOREVER)) &&
        told(yoke_future_wait(p->later, yoke_deadline_in(600))) &&
        told(yoke_future_cancel(p->later)) && told(yoke_future_result(p->running)) &&
        told(yoke_future_then(p->ended, five, NULL, NULL, &made)) &&
        told(yoke_future_all(both, 2, &made)) && told(yoke_future_any(both, 2, &made)) && !made;
    yoke_future *all[] = {p->ended, p->running, p->later};
    for (int i = 0; i < 3; i++) yoke_future_release(all[i]);
    return !well;
}

TEST(a_pool_and_its_futures_belong_to_the_parent) {
    parent p = {.pool = make_pool(2, false), .joined = make_pool(1, true)};
    REQUIRE(yoke_pool_submit(p.pool, five, NULL, NULL, YOKE_NOW, &p.ended) == YOKE_OK);
    REQUIRE(yoke_future_wait(p.ended, YOKE_FOREVER) == YOKE_OK);
    REQUIRE(yoke_pool_submit(p.pool, stand, &p, NULL, YOKE_NOW, &p.running) == YOKE_OK);
    REQUIRE(yoke_future_then(p.running, five, NULL, NULL, &p.later) == YOKE_OK);
    in_child(use_pool, &p);
    in_child(use_futures, &p);
    p.open = true;
    CU_ASSERT_EQUAL(yoke_future_wait(p.later, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_result(p.later), 5);
    yoke_future *all[] = {p.ended, p.running, p.later};
    for (int i = 0; i < 3; i++) yoke_future_release(all[i]);
    yoke_pool_destroy(p.pool);
    yoke_pool_destroy(p.joined);
}

/* ---- a pool of the child's own, while the parent's threads do all sorts of things ---- */

static void ignore(const yoke_figure *figure, void *ctx) { (void)figure, (void)ctx; }

static int start_again(void *ctx) {
    yoke_pool_destroy(ctx);
    yoke_pool *pool = make_pool(2, false);
    yoke_future *future = NULL;
    fib f = {.n = 10};
    int well = yoke_pool_run(pool, root_fib, &f) == 10 && f.result == 55 &&
               yoke_pool_submit(pool, five, NULL, NULL, YOKE_FOREVER, &future) == YOKE_OK &&
               yoke_future_wait(future, YOKE_FOREVER) == YOKE_OK && yoke_future_result(future) == 5;
    yoke_future_release(future);
    yoke_probe_read(ignore, NULL);
    char text[4096];
    well = well && yoke_waits_write(text, sizeof text) == 0;
    yoke_pool_destroy(pool);
    return !well;
}

typedef struct busy {
    yoke_pool *pool;
    atomic_bool over;
} busy;

/* Locks of the graph, the probes and the registry, and blocks of futures. */
static void *be_busy(void *ctx) {
    busy *b = ctx;
    while (!b->over) {
        yoke_future *future;
        yoke_pool *other = make_pool(1, true);
        if (yoke_pool_submit(b->pool, five, NULL, NULL, YOKE_FOREVER, &future) == YOKE_OK) {
            yoke_future_wait(future, YOKE_FOREVER);
            yoke_future_release(future);
        }
        yoke_probe_read(ignore, NULL);
        yoke_pool_destroy(other);
    }
    return NULL;
}

static void *register_only(void *ctx) {
    (void)ctx;
    yoke_thread_index();
    return NULL;
}

static void *come_and_go(void *ctx) {
    busy *b = ctx;
    while (!b->over) {
        pthread_t thread;
        if (!pthread_create(&thread, NULL, register_only, NULL)) pthread_join(thread, NULL);
    }
    return NULL;
}

TEST_WITH_LIMIT(a_child_makes_its_own_pool, 60) {
    busy b = {.pool = make_pool(2, false)};
    pthread_t threads[3];
    REQUIRE(!pthread_create(&threads[0], NULL, be_busy, &b));
    REQUIRE(!pthread_create(&threads[1], NULL, be_busy, &b));
    REQUIRE(!pthread_create(&threads[2], NULL, come_and_go, &b));
    /* The sanitizers themselves do not bear it: their allocator's locks are not held across a fork,
     * and ThreadSanitizer starts no threads in the child of a process that has several. */
    for (size_t i = 0; i < test_size(200, 0); i++) in_child(start_again, b.pool);
    b.over = true;
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    yoke_pool_destroy(b.pool);
}

static int end_well(void *ctx) {
    (void)ctx;
    return 0;
}

static void fork_once(const yoke_figure *figure, void *ctx) {
    (void)figure;
    if ((*(int *)ctx)++ == 0) in_child(end_well, NULL);
}

TEST(one_may_fork_while_one_is_told_of_figures) {
    yoke_pool *pool = make_pool(1, false);
    int told_of = 0;
    yoke_probe_read(fork_once, &told_of);
    CU_ASSERT(told_of > 1);
    yoke_probe_read(fork_once, &told_of);
    yoke_pool_destroy(pool);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Waits for ends that depend on several others: all and any of futures, what comes after them, and
 * mixtures. What cannot end is told, what can is not, and the only worker runs what it waits for.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/future_use.h"
#include "tests/waiting.h"

static yoke_pool *make_pool(int workers) {
    yoke_pool *pool = NULL;
    yoke_pool_options options = {.workers = workers};
    REQUIRE(yoke_pool_create(&options, &pool) == YOKE_OK);
    return pool;
}

static int add_one(yoke_worker *worker, void *arg) {
    (void)worker;
    atomic_fetch_add((atomic_int *)arg, 1);
    return 0;
}

static int nothing(yoke_worker *worker, void *arg) {
    (void)worker, (void)arg;
    return 0;
}

/* ---- ways in which an end depends on others ---- */

typedef enum way { ALL, ANY, AFTER_ALL, AFTER_ANY, ANY_OF_ALL, ALL_OF_ANY, WAYS } way;

static yoke_future *combine(yoke_future *const *of, size_t count, bool any) {
    yoke_future *made = NULL;
    int status = any ? yoke_future_any(of, count, &made) : yoke_future_all(of, count, &made);
    CU_ASSERT_EQUAL(status, YOKE_OK);
    return made;
}

/* A future that depends on `count` others in that way. */
static yoke_future *depend(way how, yoke_future *const *on, size_t count) {
    bool any = how == ANY || how == AFTER_ANY || how == ALL_OF_ANY;
    yoke_future *first = combine(on, count, any), *second = NULL;
    if (how == ALL || how == ANY) return first;
    if (how == AFTER_ALL || how == AFTER_ANY)
        CU_ASSERT_EQUAL(yoke_future_then(first, nothing, NULL, NULL, &second), YOKE_OK);
    else
        second = combine(&first, 1, !any);
    yoke_future_release(first);
    return second;
}

/* ---- what cannot end ---- */

typedef struct waiter {
    yoke_future *_Atomic on;
    atomic_bool began;
    int status;
    char detail[512];
} waiter;

static int wait_for_it(yoke_worker *worker, void *arg) {
    (void)worker;
    waiter *w = arg;
    w->began = true;
    while (!w->on) usleep(50);
    w->status = yoke_future_wait(w->on, YOKE_FOREVER);
    if (w->status < 0) snprintf(w->detail, sizeof w->detail, "%s", yoke_error_detail());
    return 0;
}

/* Also who drains can be told of a cycle, when he looks before those that are in it. */
static int drain(yoke_pool *pool) {
    int status;
    do {
        status = yoke_pool_drain(pool, YOKE_FOREVER);
    } while (status == YOKE_EDEADLK);
    return status;
}

/* One job waits for what depends on the other, which waits for it. */
static void wait_for_each_other(way how) {
    yoke_pool *pool = make_pool(2);
    waiter a = {0}, b = {0};
    yoke_future *first = submit(pool, wait_for_it, &a), *second = submit(pool, wait_for_it, &b);
    yoke_future *both[] = {second, second}, *depending = depend(how, both, 2);
    while (!a.began || !b.began) usleep(50);
    a.on = depending;
    b.on = first;
    CU_ASSERT_EQUAL(drain(pool), YOKE_OK);
    CU_ASSERT((a.status == YOKE_EDEADLK) != (b.status == YOKE_EDEADLK));
    const char *detail = a.status < 0 ? a.detail : b.detail;
    CU_ASSERT(strstr(detail, "deadlock of 2 threads") && strstr(detail, "test_future_deadlock.c:"));
    CU_ASSERT(yoke_future_done(depending));
    yoke_future *made[] = {first, second, depending};
    for (int i = 0; i < 3; i++) yoke_future_release(made[i]);
    yoke_pool_destroy(pool);
}

TEST(jobs_that_wait_for_each_other_through_others_are_told) {
    for (size_t round = 0; round < test_size(6, 2); round++)
        for (way how = ALL; how < WAYS; how++) wait_for_each_other(how);
}

TEST(a_job_that_waits_for_what_depends_on_it_is_told) {
    for (way how = ALL; how < WAYS; how++) {
        yoke_pool *pool = make_pool(1);
        waiter w = {0};
        yoke_future *own = submit(pool, wait_for_it, &w), *depending = depend(how, &own, 1);
        w.on = depending;
        CU_ASSERT_EQUAL(yoke_future_wait(depending, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(w.status, YOKE_EDEADLK);
        yoke_future_release(own);
        yoke_future_release(depending);
        yoke_pool_destroy(pool);
    }
}

/* The first can go on at first; when it has ended, the second is waited for, which waits for us. */
TEST(a_cycle_that_an_end_closes_is_told) {
    static const way ways[] = {ALL, AFTER_ALL, ANY_OF_ALL};
    for (size_t i = 0; i < 3 * test_size(10, 3); i++) {
        yoke_pool *pool = make_pool(3);
        gate g = {0};
        waiter a = {0}, b = {0};
        yoke_future *first = submit(pool, wait_for_it, &a), *second = submit(pool, wait_for_it, &b);
        yoke_future *both[] = {occupy(pool, &g), second};
        yoke_future *depending = depend(ways[i % 3], both, 2);
        while (!a.began || !b.began) usleep(50);
        a.on = depending;
        b.on = first;
        await_waits(2);
        g.open = true;
        CU_ASSERT_EQUAL(drain(pool), YOKE_OK);
        CU_ASSERT((a.status == YOKE_EDEADLK) != (b.status == YOKE_EDEADLK));
        yoke_future *made[] = {first, both[0], second, depending};
        for (int k = 0; k < 4; k++) yoke_future_release(made[k]);
        yoke_pool_destroy(pool);
    }
}

/* ---- what can ---- */

/* One of the two that run waits for us, but the other does not. */
TEST(one_that_can_go_on_is_enough_for_any) {
    for (way how = ANY; how <= AFTER_ANY; how += AFTER_ANY - ANY) {
        yoke_pool *pool = make_pool(3);
        gate g = {0};
        waiter a = {0}, b = {0};
        yoke_future *first = submit(pool, wait_for_it, &a), *second = submit(pool, wait_for_it, &b);
        yoke_future *both[] = {second, occupy(pool, &g)}, *depending = depend(how, both, 2);
        while (!a.began || !b.began) usleep(50); /* else the first may run the second itself */
        a.on = depending;
        b.on = first;
        CU_ASSERT_EQUAL(yoke_future_wait(first, yoke_deadline_in(0.01)), YOKE_ETIMEDOUT);
        g.open = true;
        CU_ASSERT_EQUAL(drain(pool), YOKE_OK);
        CU_ASSERT_EQUAL(a.status, YOKE_OK);
        CU_ASSERT_EQUAL(b.status, YOKE_OK);
        yoke_future *made[] = {first, second, both[1], depending};
        for (int i = 0; i < 4; i++) yoke_future_release(made[i]);
        yoke_pool_destroy(pool);
    }
}

typedef struct inner {
    yoke_pool *pool;
    way how;
    int count, expected;
    atomic_int ran;
    int status;
} inner;

static int wait_for_own(yoke_worker *worker, void *arg) {
    (void)worker;
    inner *in = arg;
    yoke_future *own[5];
    for (int i = 0; i < in->count; i++) own[i] = submit(in->pool, add_one, &in->ran);
    yoke_future *depending = depend(in->how, own, (size_t)in->count);
    in->status = yoke_future_wait(depending, YOKE_FOREVER);
    CU_ASSERT_EQUAL(in->ran, in->expected);
    for (int i = 0; i < in->count; i++) yoke_future_release(own[i]);
    yoke_future_release(depending);
    return 0;
}

TEST(the_only_worker_runs_what_others_depend_on) {
    for (way how = ALL; how < WAYS; how++) {
        bool any = how == ANY || how == AFTER_ANY || how == ALL_OF_ANY;
        inner in = {.pool = make_pool(1), .how = how, .count = 5, .expected = any ? 1 : 5};
        yoke_future *outer = submit(in.pool, wait_for_own, &in);
        CU_ASSERT_EQUAL(drain(in.pool), YOKE_OK);
        CU_ASSERT_EQUAL(in.status, YOKE_OK);
        CU_ASSERT_EQUAL(in.ran, 5);
        yoke_future_release(outer);
        yoke_pool_destroy(in.pool);
    }
}

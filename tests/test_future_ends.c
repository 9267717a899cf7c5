/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs at the corners: those that nobody sees, those whose waiter runs them, those of another pool,
 * those that were posted by a worker, and what a change of the team does to them.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/future_use.h"
#include "tests/waiting.h"

static yoke_pool *make_pool(int workers, size_t room) {
    yoke_pool *pool = NULL;
    yoke_pool_options options = {.workers = workers, .room = room};
    REQUIRE(yoke_pool_create(&options, &pool) == YOKE_OK);
    return pool;
}

static yoke_future *submit_with(yoke_pool *pool, yoke_job_fn *fn, void *arg,
                                yoke_submit_options options) {
    yoke_future *future = NULL;
    REQUIRE(yoke_pool_submit(pool, fn, arg, &options, YOKE_FOREVER, &future) == YOKE_OK);
    return future;
}

static int add_one(yoke_worker *worker, void *arg) {
    (void)worker;
    atomic_fetch_add((atomic_int *)arg, 1);
    return 0;
}

static int fail(yoke_worker *worker, void *arg) {
    (void)worker, (void)arg;
    return yoke_fail(YOKE_EDATA, "it is bad");
}

/* ---- jobs that nobody sees ---- */

TEST(unseen_jobs_are_left_out_like_others) {
    yoke_pool *pool = make_pool(1, 0);
    atomic_int count = 0, always_count = 0;
    yoke_cancel *token;
    REQUIRE(yoke_cancel_create(&token) == YOKE_OK);
    yoke_submit_options cancelled = {.cancel = token}, always = {.always = true};
    for (int i = 0; i < 10; i++) {
        gate g = {0};
        yoke_future *running = occupy(pool, &g), *bad = submit(pool, fail, NULL);
        CU_ASSERT_EQUAL(yoke_future_then(bad, add_one, &count, NULL, NULL), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_then(bad, add_one, &always_count, &always, NULL), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_pool_submit(pool, add_one, &count, &cancelled, YOKE_NOW, NULL),
                        YOKE_OK);
        yoke_future_release(submit(pool, add_one, &always_count));
        yoke_cancel_request(token);
        g.open = true;
        CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
        yoke_future_release(running);
        yoke_future_release(bad);
    }
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(always_count, 20);
    yoke_cancel_release(token);
    yoke_pool_destroy(pool);
}

/* ---- jobs whose waiter runs them ---- */

typedef struct inner {
    yoke_pool *pool;
    atomic_int count;
    int wrong;
} inner;

/* On the only worker: the end of a chain, and one of two. */
static int wait_for_own(yoke_worker *worker, void *arg) {
    (void)worker;
    inner *in = arg;
    yoke_future *at[4], *both[2], *any;
    at[0] = submit(in->pool, add_one, &in->count);
    for (int i = 1; i < 4; i++) {
        if (yoke_future_then(at[i - 1], add_one, &in->count, NULL, &at[i]) < 0) return YOKE_EINVAL;
    }
    in->wrong += yoke_future_wait(at[3], YOKE_FOREVER) != YOKE_OK || in->count != 4;
    for (int i = 0; i < 2; i++) both[i] = submit(in->pool, add_one, &in->count);
    if (yoke_future_any(both, 2, &any) < 0) return YOKE_EINVAL;
    in->wrong += yoke_future_wait(any, YOKE_FOREVER) != YOKE_OK || in->count != 5;
    in->wrong += yoke_future_result(any) != 0 || yoke_future_done(both[1]);
    for (int i = 0; i < 4; i++) yoke_future_release(at[i]);
    for (int i = 0; i < 2; i++) yoke_future_release(both[i]);
    yoke_future_release(any);
    return 0;
}

TEST(the_only_worker_runs_what_it_waits_for) {
    inner in = {make_pool(1, 0), 0, 0};
    yoke_future *outer = submit(in.pool, wait_for_own, &in);
    CU_ASSERT_EQUAL(yoke_future_wait(outer, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_result(outer), 0);
    CU_ASSERT_EQUAL(yoke_pool_drain(in.pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(in.wrong, 0);
    CU_ASSERT_EQUAL(in.count, 6);
    yoke_future_release(outer);
    yoke_pool_destroy(in.pool);
}

typedef struct loop {
    yoke_future *_Atomic last;
    atomic_int status;
} loop;

static int wait_for_last(yoke_worker *worker, void *arg) {
    (void)worker;
    loop *l = arg;
    while (!l->last) sched_yield();
    l->status = yoke_future_wait(l->last, YOKE_FOREVER);
    return 0;
}

/* The other worker is free, and would run the end of the chain, but for its beginning. */
TEST(a_job_that_waits_for_what_comes_after_it_is_told) {
    yoke_pool *pool = make_pool(2, 0);
    loop l = {NULL, 1};
    atomic_int count = 0;
    yoke_future *first = submit(pool, wait_for_last, &l), *second, *third;
    REQUIRE(yoke_future_then(first, add_one, &count, NULL, &second) == YOKE_OK);
    REQUIRE(yoke_future_then(second, add_one, &count, NULL, &third) == YOKE_OK);
    l.last = third;
    CU_ASSERT_EQUAL(yoke_future_wait(third, yoke_deadline_in(600)), YOKE_OK);
    CU_ASSERT_EQUAL(l.status, YOKE_EDEADLK);
    CU_ASSERT_EQUAL(count, 2);
    yoke_future *all[] = {first, second, third};
    for (int i = 0; i < 3; i++) yoke_future_release(all[i]);
    yoke_pool_destroy(pool);
}

typedef struct where {
    yoke_pool *of;
    atomic_bool elsewhere;
    yoke_future *job;
} where;

static int note_pool(yoke_worker *worker, void *arg) {
    where *w = arg;
    if (yoke_worker_pool(worker) != w->of || yoke_worker_here() != worker) w->elsewhere = true;
    return 3;
}

static int wait_for_it(yoke_worker *worker, void *arg) {
    (void)worker;
    where *w = arg;
    return yoke_future_wait(w->job, YOKE_FOREVER) == YOKE_OK ? yoke_future_result(w->job) : -1;
}

TEST(a_job_runs_in_its_own_pool) {
    yoke_pool *a = make_pool(1, 0), *b = make_pool(1, 0);
    for (int i = 0; i < 50; i++) {
        gate g = {0};
        where w = {.of = b};
        yoke_future *running = occupy(b, &g);
        w.job = submit(b, note_pool, &w);
        yoke_future *waiting = submit(a, wait_for_it, &w);
        for (int k = 0; k < i; k++) sched_yield();
        g.open = true;
        CU_ASSERT_EQUAL(yoke_future_wait(waiting, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_result(waiting), 3);
        CU_ASSERT(!w.elsewhere);
        yoke_future *all[] = {running, w.job, waiting};
        for (int k = 0; k < 3; k++) yoke_future_release(all[k]);
    }
    yoke_pool_destroy(a);
    yoke_pool_destroy(b);
}

TEST(any_keeps_the_first_that_ended) {
    yoke_pool *pool = make_pool(1, 0);
    for (int first = 0; first < 2; first++) {
        gate g = {0};
        atomic_int count = 0;
        yoke_future *running = occupy(pool, &g), *both[2], *any;
        both[1 - first] = running;
        both[first] = submit(pool, add_one, &count);
        CU_ASSERT_EQUAL(yoke_future_any(both, 2, &any), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_cancel(both[first]), 1);
        CU_ASSERT_EQUAL(yoke_future_wait(any, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_result(any), first);
        g.open = true;
        CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_result(any), first);
        for (int i = 0; i < 2; i++) yoke_future_release(both[i]);
        yoke_future_release(any);
    }
    yoke_pool_destroy(pool);
}

/* ---- jobs that a worker posts ---- */

typedef struct poster {
    yoke_pool *pool;
    yoke_future *ended;
    atomic_int count, wrong;
    gate *for_resize;
} poster;

/* Stays until another worker has run what it posted. */
static int post_and_stand(yoke_worker *worker, void *arg) {
    (void)worker;
    poster *p = arg;
    int before = p->count;
    if (yoke_future_then(p->ended, add_one, &p->count, NULL, NULL) < 0) p->wrong++;
    while (p->count == before && !p->wrong) sched_yield();
    return 0;
}

TEST(what_a_busy_worker_posts_is_done_by_others) {
    poster p = {.pool = make_pool(2, 0)};
    p.ended = submit(p.pool, add_one, &p.count);
    CU_ASSERT_EQUAL(yoke_future_wait(p.ended, YOKE_FOREVER), YOKE_OK);
    for (int i = 0; i < 200; i++) {
        yoke_future *future = submit(p.pool, post_and_stand, &p);
        CU_ASSERT_EQUAL(yoke_future_wait(future, YOKE_FOREVER), YOKE_OK);
        yoke_future_release(future);
    }
    CU_ASSERT_EQUAL(p.wrong, 0);
    CU_ASSERT_EQUAL(p.count, 201);
    yoke_future_release(p.ended);
    yoke_pool_destroy(p.pool);
}

/* After a close. */
static int post_more(yoke_worker *worker, void *arg) {
    (void)worker;
    poster *p = arg;
    while (!p->for_resize->open) sched_yield();
    for (int i = 0; i < 20; i++) {
        if (yoke_pool_submit(p->pool, add_one, &p->count, NULL, YOKE_NOW, NULL) < 0) p->wrong++;
        if (yoke_future_then(p->ended, add_one, &p->count, NULL, NULL) < 0) p->wrong++;
    }
    return 0;
}

TEST(jobs_go_on_submitting_after_a_close) {
    gate g = {0};
    poster p = {.pool = make_pool(1, 4), .for_resize = &g};
    p.ended = submit(p.pool, add_one, &p.count);
    yoke_future *more = submit(p.pool, post_more, &p);
    yoke_pool_close(p.pool);
    g.open = true;
    CU_ASSERT_EQUAL(yoke_future_wait(more, YOKE_FOREVER), YOKE_OK);
    yoke_pool_destroy(p.pool);
    CU_ASSERT_EQUAL(p.wrong, 0);
    CU_ASSERT_EQUAL(p.count, 41);
    yoke_future_release(p.ended);
    yoke_future_release(more);
}

typedef struct turn {
    atomic_int *turns;
    int number; /* in which it ran */
} turn;

static int note_turn(yoke_worker *worker, void *arg) {
    (void)worker;
    turn *t = arg;
    t->number = atomic_fetch_add(t->turns, 1);
    return 0;
}

/* What is meant for a worker comes before what is for all; now and then the other way round. */
TEST(continuations_heed_hints) {
    yoke_pool *pool = make_pool(1, 0);
    int first = 0;
    for (int i = 0; i < 40; i++) {
        gate g = {0};
        atomic_int turns = 0, count = 0;
        turn for_all = {&turns, -1}, hinted = {&turns, -1};
        yoke_submit_options options = {.worker = 1};
        yoke_future *before = submit(pool, add_one, &count);
        CU_ASSERT_EQUAL(yoke_future_wait(before, YOKE_FOREVER), YOKE_OK);
        yoke_future *running = occupy(pool, &g);
        CU_ASSERT_EQUAL(yoke_future_then(before, note_turn, &for_all, NULL, NULL), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_then(before, note_turn, &hinted, &options, NULL), YOKE_OK);
        g.open = true;
        CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(turns, 2);
        first += hinted.number == 0;
        yoke_future_release(before);
        yoke_future_release(running);
    }
    CU_ASSERT(first > 20);
    yoke_pool_destroy(pool);
}

/* ---- another team ---- */

static void *resize_to_two(void *ctx) {
    poster *p = ctx;
    if (yoke_pool_resize(p->pool, 2) != YOKE_OK) p->wrong++;
    p->for_resize->open = true;
    return NULL;
}

static int stand_and_post(yoke_worker *worker, void *arg) {
    (void)worker;
    poster *p = arg;
    p->for_resize->began = true;
    await_shown("waits to resize pool");
    for (int i = 0; i < 30; i++) {
        if (yoke_future_then(p->ended, add_one, &p->count, NULL, NULL) < 0) p->wrong++;
    }
    return 0;
}

/* Jobs in the worker's own queue, and those that were meant for it; and its figures. */
TEST(another_team_goes_on_with_what_is_queued) {
    for (int round = 0; round < 10; round++) {
        gate g = {0};
        pthread_t thread;
        poster p = {.pool = make_pool(1, 0), .for_resize = &g};
        p.ended = submit(p.pool, add_one, &p.count);
        CU_ASSERT_EQUAL(yoke_future_wait(p.ended, YOKE_FOREVER), YOKE_OK);
        yoke_future *standing = submit(p.pool, stand_and_post, &p);
        while (!g.began) sched_yield();
        for (int i = 0; i < 20; i++)
            yoke_future_release(
                submit_with(p.pool, add_one, &p.count, (yoke_submit_options){.worker = 1}));
        REQUIRE(!pthread_create(&thread, NULL, resize_to_two, &p));
        CU_ASSERT_EQUAL(yoke_future_wait(standing, yoke_deadline_in(600)), YOKE_OK);
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(yoke_pool_drain(p.pool, yoke_deadline_in(600)), YOKE_OK);
        CU_ASSERT_EQUAL(p.count, 51);
        CU_ASSERT_EQUAL(p.wrong, 0);
        uint64_t jobs = 0;
        for (int i = 0; i < 2; i++) {
            yoke_pool_worker_stats stats = {0};
            CU_ASSERT_EQUAL(yoke_pool_stats(p.pool, i, &stats), YOKE_OK);
            jobs += stats.jobs;
        }
        CU_ASSERT_EQUAL(jobs, 52);
        yoke_future_release(p.ended);
        yoke_future_release(standing);
        yoke_pool_destroy(p.pool);
    }
}

static void *destroy(void *pool) {
    yoke_pool_destroy(pool);
    return NULL;
}

/* The last job ends while the others sleep already. */
TEST(workers_that_sleep_see_the_end) {
    for (size_t round = 0; round < test_size(20, 4); round++) {
        gate g = {0};
        pthread_t thread;
        yoke_pool *pool = make_pool(3, 0);
        yoke_future *standing = occupy(pool, &g);
        REQUIRE(!pthread_create(&thread, NULL, destroy, pool));
        await_shown("waits for the end of pool");
        for (int i = 0; i < 20; i++) sched_yield();
        g.open = true;
        pthread_join(thread, NULL);
        CU_ASSERT(yoke_future_done(standing));
        yoke_future_release(standing);
    }
}

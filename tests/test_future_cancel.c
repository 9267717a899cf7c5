/* SPDX-License-Identifier: Apache-2.0
 *
 * Cancellation at every point of a small program of jobs that submit, continue, combine and wait:
 * the token is requested at its first step, its second, and so on, until it has ended before. Each
 * job has run once or was cancelled, every future has ended and says which, and nothing is left
 * (the sanitizers look for memory).
 */
#include "tests/future_use.h"

enum { OUTER = 5 };

typedef struct program {
    yoke_pool *pool;
    yoke_cancel *token;
    atomic_int steps;
    int stop_at;
} program;

typedef struct job {
    program *of;
    atomic_int ran;
    bool nested; /* submits one more, and waits for it */
    bool late;   /* submitted after the request */
} job;

static void step(program *p) {
    if (atomic_fetch_add(&p->steps, 1) == p->stop_at) yoke_cancel_request(p->token);
}

static int work(yoke_worker *worker, void *arg);

static yoke_future *start(program *p, job *j, yoke_submit_options options) {
    yoke_future *future = NULL;
    options.cancel = p->token;
    step(p);
    j->late = yoke_cancel_requested(p->token);
    REQUIRE(yoke_pool_submit(p->pool, work, j, &options, YOKE_FOREVER, &future) == YOKE_OK);
    step(p);
    return future;
}

/* A job has run and says so, or has not and was cancelled, as it must when that came before. */
static void check(const yoke_future *future, const job *j) {
    int result = yoke_future_result(future);
    CU_ASSERT(result == (j->ran ? 5 : YOKE_ECANCELED));
    CU_ASSERT(j->ran <= !j->late);
}

static int work(yoke_worker *worker, void *arg) {
    (void)worker;
    job *j = arg, inner = {.of = j->of};
    step(j->of);
    j->ran++;
    if (!j->nested) return 5;
    yoke_future *future = start(j->of, &inner, (yoke_submit_options){0});
    CU_ASSERT_EQUAL(yoke_future_wait(future, YOKE_FOREVER), YOKE_OK);
    step(j->of);
    check(future, &inner);
    yoke_future_release(future);
    return 5;
}

/* Jobs of all lanes and with hints, one after each, all of them, any of them. */
static void run_program(program *p) {
    job jobs[OUTER], later[OUTER];
    yoke_future *futures[OUTER], *next[OUTER], *all, *any;
    for (int i = 0; i < OUTER; i++) {
        jobs[i] = (job){.of = p, .nested = i % 2};
        later[i] = (job){.of = p, .nested = i % 2 == 0};
        yoke_submit_options options = {.priority = (yoke_priority)(i % 3), .worker = i / 3};
        futures[i] = start(p, &jobs[i], options);
        options = (yoke_submit_options){.cancel = p->token};
        later[i].late = yoke_cancel_requested(p->token);
        REQUIRE(yoke_future_then(futures[i], work, &later[i], &options, &next[i]) == YOKE_OK);
        step(p);
    }
    REQUIRE(yoke_future_all(next, OUTER, &all) == YOKE_OK);
    REQUIRE(yoke_future_any(next, OUTER, &any) == YOKE_OK);
    step(p);
    CU_ASSERT_EQUAL(yoke_future_wait(any, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT(yoke_future_result(any) >= 0);
    CU_ASSERT_EQUAL(yoke_future_wait(all, YOKE_FOREVER), YOKE_OK);
    int ran = 0;
    for (int i = 0; i < OUTER; i++) {
        check(futures[i], &jobs[i]);
        check(next[i], &later[i]);
        CU_ASSERT(later[i].ran <= jobs[i].ran);
        ran += later[i].ran;
    }
    CU_ASSERT_EQUAL(yoke_future_result(all), ran == OUTER ? YOKE_OK : YOKE_ECANCELED);
    for (int i = 0; i < OUTER; i++) {
        yoke_future_release(futures[i]);
        yoke_future_release(next[i]);
    }
    yoke_future_release(all);
    yoke_future_release(any);
}

/* Whether it ended before it was to be cancelled. */
static bool cancel_at(int workers, int stop_at) {
    yoke_pool_options options = {.workers = workers};
    program p = {.stop_at = stop_at};
    REQUIRE(yoke_pool_create(&options, &p.pool) == YOKE_OK);
    REQUIRE(yoke_cancel_create(&p.token) == YOKE_OK);
    run_program(&p);
    CU_ASSERT_EQUAL(yoke_pool_drain(p.pool, YOKE_FOREVER), YOKE_OK);
    bool ended = !yoke_cancel_requested(p.token);
    if (ended) CU_ASSERT(p.steps <= stop_at);
    yoke_cancel_release(p.token);
    yoke_pool_destroy(p.pool);
    return ended;
}

TEST_WITH_LIMIT(cancelling_at_every_point_leaves_nothing_behind, 60) {
    for (int workers = 1; workers <= 3; workers++) {
        int stop_at = 0;
        while (!cancel_at(workers, stop_at)) stop_at++;
        CU_ASSERT_EQUAL(stop_at, 9 * OUTER + 1); /* as many steps as it has undisturbed */
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs and futures: nothing lost or run twice from many threads, lanes and hints, room, ends that
 * depend on ends, cancellation, and waits that would never end.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/future_use.h"

static yoke_pool *make_pool(int workers, size_t room) {
    yoke_pool *pool = NULL;
    yoke_pool_options options = {.workers = workers, .room = room, .name = "of the test"};
    REQUIRE(yoke_pool_create(&options, &pool) == YOKE_OK);
    return pool;
}

static int add_one(yoke_worker *worker, void *arg) {
    (void)worker;
    atomic_fetch_add((atomic_int *)arg, 1);
    return 5;
}

static int fail(yoke_worker *worker, void *arg) {
    (void)worker;
    return yoke_fail(YOKE_EDATA, "%s is bad", (const char *)arg);
}

TEST(a_future_tells_how_the_job_ended) {
    yoke_pool *pool = make_pool(2, 0);
    atomic_int count = 0;
    yoke_future *good = submit(pool, add_one, &count), *bad = submit(pool, fail, "it");
    CU_ASSERT_EQUAL(yoke_future_wait(good, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_result(good), 5);
    CU_ASSERT_EQUAL(yoke_future_wait(bad, yoke_deadline_in(600)), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_result(bad), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "it is bad");
    CU_ASSERT_EQUAL(count, 1);
    yoke_future_release(good);
    yoke_future_release(bad);
    yoke_pool_destroy(pool);
}

/* ---- many producers ---- */

typedef struct producer {
    yoke_pool *pool;
    atomic_int *counts;
    int jobs, refused;
    pthread_t thread;
} producer;

static void *produce(void *ctx) {
    producer *p = ctx;
    for (int i = 0; i < p->jobs; i++) {
        yoke_submit_options options = {.priority = (yoke_priority)(i % 3), .worker = i % 7 == 0};
        if (yoke_pool_submit(p->pool, add_one, &p->counts[i], &options, YOKE_FOREVER, NULL) < 0)
            p->refused++;
    }
    return NULL;
}

static void produce_all(int workers, size_t room, int producers, int jobs) {
    yoke_pool *pool = make_pool(workers, room);
    atomic_int *counts = calloc((size_t)jobs, sizeof *counts);
    producer all[8];
    REQUIRE(counts != NULL);
    for (int i = 0; i < producers; i++) {
        all[i] = (producer){.pool = pool, .counts = counts, .jobs = jobs};
        REQUIRE(!pthread_create(&all[i].thread, NULL, produce, &all[i]));
    }
    for (int i = 0; i < producers; i++) {
        pthread_join(all[i].thread, NULL);
        CU_ASSERT_EQUAL(all[i].refused, 0);
    }
    if (room % 2)
        CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
    else
        yoke_pool_destroy(pool);
    int wrong = 0;
    for (int i = 0; i < jobs; i++) wrong += counts[i] != producers;
    CU_ASSERT_EQUAL(wrong, 0);
    if (room % 2) yoke_pool_destroy(pool);
    free(counts);
}

TEST_WITH_LIMIT(no_job_is_lost_or_run_twice, 60) {
    int jobs = (int)test_size(20000, 1500);
    for (int workers = 1; workers <= 7; workers += 2) {
        produce_all(workers, 1, 3, jobs / 40);
        produce_all(workers, 2, 8, jobs / 80);
        produce_all(workers, 1000, 8, jobs);
        produce_all(workers, 1001, 1, jobs);
    }
}

/* ---- lanes, hints, room ---- */

typedef struct trace {
    atomic_int next;
    int order[40];
} trace;

typedef struct step {
    trace *in;
    int name;
} step;

static int note(yoke_worker *worker, void *arg) {
    (void)worker;
    step *s = arg;
    s->in->order[atomic_fetch_add(&s->in->next, 1)] = s->name;
    return 0;
}

TEST(lanes_are_taken_by_priority_and_in_order) {
    yoke_pool *pool = make_pool(1, 0);
    gate g = {0};
    trace t = {0};
    step steps[9];
    yoke_future_release(occupy(pool, &g));
    for (int i = 0; i < 9; i++) {
        static const yoke_priority lanes[] = {YOKE_PRIORITY_LOW, YOKE_PRIORITY_NORMAL,
                                              YOKE_PRIORITY_HIGH};
        steps[i] = (step){&t, i};
        yoke_submit_options options = {.priority = lanes[i % 3]};
        CU_ASSERT_EQUAL(yoke_pool_submit(pool, note, &steps[i], &options, YOKE_NOW, NULL), YOKE_OK);
    }
    g.open = true;
    CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
    static const int expected[] = {2, 5, 8, 1, 4, 7, 0, 3, 6};
    for (int i = 0; i < 9; i++) CU_ASSERT_EQUAL(t.order[i], expected[i]);
    yoke_pool_destroy(pool);
}

/* A high job that submits the next for ever, until the low one has run. */
typedef struct endless {
    yoke_pool *pool;
    atomic_bool over;
} endless;

static int go_on(yoke_worker *worker, void *arg) {
    (void)worker;
    endless *e = arg;
    yoke_submit_options options = {.priority = YOKE_PRIORITY_HIGH};
    return e->over ? 0 : yoke_pool_submit(e->pool, go_on, e, &options, YOKE_NOW, NULL);
}

static int end_it(yoke_worker *worker, void *arg) {
    (void)worker;
    ((endless *)arg)->over = true;
    return 0;
}

TEST(the_low_lane_does_not_starve) {
    endless e = {make_pool(1, 0), false};
    yoke_submit_options low = {.priority = YOKE_PRIORITY_LOW};
    CU_ASSERT_EQUAL(yoke_pool_submit(e.pool, go_on, &e, NULL, YOKE_NOW, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_pool_submit(e.pool, end_it, &e, &low, YOKE_NOW, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_pool_drain(e.pool, YOKE_FOREVER), YOKE_OK);
    yoke_pool_destroy(e.pool);
}

static int tell_worker(yoke_worker *worker, void *arg) {
    atomic_store((atomic_int *)arg, yoke_worker_index(worker));
    return 0;
}

/* A hint is a hint: whoever is awake may be faster. */
TEST(hinted_jobs_run_and_some_where_they_should) {
    yoke_pool *pool = make_pool(3, 0);
    int kept = 0;
    for (int i = 0; i < 300; i++) {
        atomic_int ran = -1;
        yoke_submit_options options = {.worker = 1 + i % 3};
        yoke_future *future;
        REQUIRE(yoke_pool_submit(pool, tell_worker, &ran, &options, YOKE_NOW, &future) == YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_wait(future, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT(ran >= 0 && ran < 3);
        kept += ran == i % 3;
        yoke_future_release(future);
    }
    CU_ASSERT(kept > 0);
    yoke_submit_options wrong = {.worker = 4};
    CU_ASSERT_EQUAL(yoke_pool_submit(pool, tell_worker, NULL, &wrong, YOKE_NOW, NULL), YOKE_EINVAL);
    yoke_pool_destroy(pool);
}

TEST(a_hint_does_not_wait_for_a_busy_worker) {
    yoke_pool *pool = make_pool(2, 0);
    gate g = {0};
    yoke_future *standing = occupy(pool, &g);
    for (int i = 0; i < 2; i++) { /* one of the two is the busy one */
        atomic_int ran = -1;
        yoke_submit_options options = {.worker = 1 + i};
        yoke_future *future;
        REQUIRE(yoke_pool_submit(pool, tell_worker, &ran, &options, YOKE_NOW, &future) == YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_wait(future, YOKE_FOREVER), YOKE_OK);
        yoke_future_release(future);
    }
    g.open = true;
    yoke_future_release(standing);
    yoke_pool_destroy(pool);
}

TEST(a_full_lane_refuses_or_waits) {
    yoke_pool *pool = make_pool(1, 1);
    gate g = {0};
    atomic_int count = 0;
    int accepted = 0, status;
    yoke_future_release(occupy(pool, &g));
    while ((status = yoke_pool_submit(pool, add_one, &count, NULL, YOKE_NOW, NULL)) == YOKE_OK)
        accepted++;
    CU_ASSERT_EQUAL(status, YOKE_ETIMEDOUT);
    CU_ASSERT(accepted >= 1 && accepted < 100);
    CU_ASSERT_EQUAL(yoke_pool_submit(pool, add_one, &count, NULL, yoke_deadline_in(1e-3), NULL),
                    YOKE_ETIMEDOUT);
    g.open = true;
    CU_ASSERT_EQUAL(yoke_pool_submit(pool, add_one, &count, NULL, YOKE_FOREVER, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(count, accepted + 1);
    yoke_pool_close(pool);
    CU_ASSERT_EQUAL(yoke_pool_submit(pool, add_one, &count, NULL, YOKE_NOW, NULL), YOKE_ECLOSED);
    yoke_pool_destroy(pool);
}

/* ---- ends that depend on ends ---- */

TEST(continuations_come_after) {
    for (int workers = 1; workers <= 3; workers++) {
        yoke_pool *pool = make_pool(workers, 0);
        trace t = {0};
        step steps[40];
        yoke_future *at = NULL, *next;
        for (int i = 0; i < 40; i++) {
            steps[i] = (step){&t, i};
            if (!at) {
                at = submit(pool, note, &steps[i]);
                continue;
            }
            CU_ASSERT_EQUAL(yoke_future_then(at, note, &steps[i], NULL, &next), YOKE_OK);
            yoke_future_release(at);
            at = next;
        }
        CU_ASSERT_EQUAL(yoke_future_wait(at, YOKE_FOREVER), YOKE_OK);
        for (int i = 0; i < 40; i++) CU_ASSERT_EQUAL(t.order[i], i);
        yoke_future_release(at);
        yoke_pool_destroy(pool);
    }
}

TEST(a_failure_is_passed_on) {
    yoke_pool *pool = make_pool(2, 0);
    atomic_int count = 0;
    yoke_future *bad = submit(pool, fail, "all"), *skipped, *run;
    yoke_submit_options always = {.always = true};
    CU_ASSERT_EQUAL(yoke_future_then(bad, add_one, &count, NULL, &skipped), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_then(skipped, add_one, &count, &always, &run), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_wait(run, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_result(run), 5);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(yoke_future_result(skipped), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "all is bad");
    yoke_future_release(bad);
    yoke_future_release(skipped);
    yoke_future_release(run);
    yoke_pool_destroy(pool);
}

TEST(all_and_any) {
    for (int workers = 1; workers <= 3; workers++) {
        yoke_pool *pool = make_pool(workers, 0);
        gate g = {0};
        atomic_int count = 0;
        yoke_future *f[4] = {submit(pool, add_one, &count), submit(pool, fail, "second"),
                             submit(pool, fail, "third"), submit(pool, stand, &g)};
        yoke_future *all, *any, *nothing;
        CU_ASSERT_EQUAL(yoke_future_all(f, 4, &all), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_any(f, 4, &any), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_all(NULL, 0, &nothing), YOKE_OK);
        CU_ASSERT(yoke_future_done(nothing));
        yoke_future_release(nothing);
        CU_ASSERT_EQUAL(yoke_future_any(NULL, 0, &nothing), YOKE_EINVAL);
        CU_ASSERT_EQUAL(yoke_future_wait(any, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT(yoke_future_result(any) >= 0 && yoke_future_result(any) < 3);
        yoke_future_release(any); /* before its last input has ended */
        CU_ASSERT(!yoke_future_done(all));
        CU_ASSERT_EQUAL(yoke_future_result(all), YOKE_EINVAL);
        CU_ASSERT_EQUAL(yoke_future_wait(all, yoke_deadline_in(1e-3)), YOKE_ETIMEDOUT);
        g.open = true;
        CU_ASSERT_EQUAL(yoke_future_wait(all, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_result(all), YOKE_EDATA);
        CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "second is bad");
        yoke_future_release(all);
        for (int i = 0; i < 4; i++) yoke_future_release(f[i]);
        yoke_pool_destroy(pool);
    }
}

/* ---- cancellation ---- */

TEST(cancelled_jobs_do_not_begin) {
    yoke_pool *pool = make_pool(1, 0);
    gate g = {0};
    atomic_int count = 0;
    yoke_cancel *token;
    REQUIRE(yoke_cancel_create(&token) == YOKE_OK);
    yoke_future *running = occupy(pool, &g), *alone = submit(pool, add_one, &count), *marked,
                *after;
    yoke_submit_options options = {.cancel = token};
    REQUIRE(yoke_pool_submit(pool, add_one, &count, &options, YOKE_NOW, &marked) == YOKE_OK);
    REQUIRE(yoke_future_then(marked, add_one, &count, NULL, &after) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_cancel(running), 0);
    CU_ASSERT_EQUAL(yoke_future_cancel(alone), 1);
    CU_ASSERT_EQUAL(yoke_future_cancel(alone), 0);
    CU_ASSERT_EQUAL(yoke_future_result(alone), YOKE_ECANCELED);
    CU_ASSERT(!yoke_cancel_requested(token) && !yoke_cancel_requested(NULL));
    yoke_cancel_request(token);
    CU_ASSERT(yoke_cancel_requested(token));
    yoke_cancel_release(token);
    g.open = true;
    CU_ASSERT_EQUAL(yoke_future_wait(after, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_result(after), YOKE_ECANCELED);
    CU_ASSERT_EQUAL(count, 0);
    yoke_future *all[] = {running, alone, marked, after};
    for (int i = 0; i < 4; i++) yoke_future_release(all[i]);
    yoke_pool_destroy(pool);
}

/* ---- waiting inside of jobs ---- */

typedef struct nest {
    yoke_pool *pool;
    int depth;
    atomic_int wrong;
} nest;

static int go_deeper(yoke_worker *worker, void *arg) {
    (void)worker;
    nest *n = arg, lower[3];
    if (n->depth == 0) return 1;
    yoke_future *futures[3], *all;
    int sum = 1;
    for (int i = 0; i < 3; i++) {
        lower[i] = (nest){n->pool, n->depth - 1, 0};
        if (yoke_pool_submit(n->pool, go_deeper, &lower[i], NULL, YOKE_NOW, &futures[i]) < 0)
            return YOKE_EINVAL;
    }
    if (yoke_future_all(futures, 3, &all) < 0) return YOKE_EINVAL;
    if (n->depth % 2 && yoke_future_wait(all, YOKE_FOREVER) != YOKE_OK) n->wrong++;
    for (int i = 0; i < 3; i++) {
        if (yoke_future_wait(futures[i], YOKE_FOREVER) != YOKE_OK) n->wrong++;
        sum += yoke_future_result(futures[i]);
        n->wrong += lower[i].wrong;
        yoke_future_release(futures[i]);
    }
    yoke_future_release(all);
    return sum;
}

TEST(jobs_wait_for_jobs_that_wait) {
    for (int workers = 1; workers <= 3; workers++) {
        nest n = {make_pool(workers, 2), (int)test_size(6, 4), 0};
        yoke_future *future = submit(n.pool, go_deeper, &n);
        CU_ASSERT_EQUAL(yoke_future_wait(future, YOKE_FOREVER), YOKE_OK);
        int expected = 1;
        for (int i = 0; i < n.depth; i++) expected = 3 * expected + 1;
        CU_ASSERT_EQUAL(yoke_future_result(future), expected);
        CU_ASSERT_EQUAL(n.wrong, 0);
        yoke_future_release(future);
        yoke_pool_destroy(n.pool);
    }
}

typedef struct pair {
    yoke_future *_Atomic other;
    int status;
    char detail[256];
} pair;

static int wait_for_other(yoke_worker *worker, void *arg) {
    (void)worker;
    pair *p = arg;
    while (!p->other) sched_yield();
    p->status = yoke_future_wait(p->other, YOKE_FOREVER);
    if (p->status < 0) snprintf(p->detail, sizeof p->detail, "%s", yoke_error_detail());
    return 0;
}

TEST(jobs_that_wait_for_each_other_are_told) {
    for (int i = 0; i < 20; i++) {
        yoke_pool *pool = make_pool(2, 0);
        pair a = {0}, b = {0};
        yoke_future *first = submit(pool, wait_for_other, &a);
        yoke_future *second = submit(pool, wait_for_other, &b);
        a.other = second;
        b.other = first;
        CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT((a.status == YOKE_EDEADLK) != (b.status == YOKE_EDEADLK));
        const char *detail = a.status < 0 ? a.detail : b.detail;
        CU_ASSERT(strstr(detail, "deadlock of") && strstr(detail, "test_future.c:"));
        yoke_future_release(first);
        yoke_future_release(second);
        yoke_pool_destroy(pool);
    }
}

TEST(a_job_that_waits_for_itself_is_told) {
    yoke_pool *pool = make_pool(1, 0);
    pair p = {0};
    yoke_future *own = submit(pool, wait_for_other, &p), *after;
    p.other = own;
    CU_ASSERT_EQUAL(yoke_future_wait(own, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(p.status, YOKE_EDEADLK);
    yoke_future_release(own);
    p = (pair){0};
    own = submit(pool, wait_for_other, &p); /* for what comes after it */
    REQUIRE(yoke_future_then(own, wait_for_other, &p, NULL, &after) == YOKE_OK);
    p.other = after;
    CU_ASSERT_EQUAL(yoke_future_wait(own, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(p.status, YOKE_EDEADLK);
    CU_ASSERT_EQUAL(yoke_future_wait(after, YOKE_FOREVER), YOKE_OK);
    yoke_future_release(own);
    yoke_future_release(after);
    yoke_pool_destroy(pool);
}

static yoke_mutex mutex = YOKE_MUTEX_INIT("wanted by the job", 0);

static int lock_it(yoke_worker *worker, void *arg) {
    (void)worker, (void)arg;
    int status = yoke_mutex_lock(&mutex, YOKE_FOREVER);
    if (status == YOKE_OK) yoke_mutex_unlock(&mutex);
    return status;
}

/* The only worker waits for the mutex of a thread that waits for a job in the queue. */
TEST(a_wait_for_a_queued_job_counts_all_workers) {
    yoke_pool *pool = make_pool(1, 0);
    atomic_int count = 0;
    REQUIRE(yoke_mutex_lock(&mutex, YOKE_FOREVER) == YOKE_OK);
    yoke_future *first = submit(pool, lock_it, NULL), *second = submit(pool, add_one, &count);
    int status = yoke_future_wait(second, YOKE_FOREVER);
    bool refused = yoke_future_done(first) && yoke_future_result(first) == YOKE_EDEADLK;
    CU_ASSERT(status == YOKE_EDEADLK || (status == YOKE_OK && refused));
    yoke_mutex_unlock(&mutex);
    CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(count, 1);
    yoke_future_release(first);
    yoke_future_release(second);
    yoke_pool_destroy(pool);
}

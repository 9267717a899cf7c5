/* SPDX-License-Identifier: Apache-2.0
 *
 * What is in a queue of the pool is run: while workers are free, while others post without end,
 * while the pool is resized, when OpenMP gives fewer threads; who waits for the pool while its jobs
 * wait for him is told; and who sees an end sees the result.
 */
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/waiting.h"
#include "yoke/future.h"

static yoke_pool *make_pool(int workers, size_t room) {
    yoke_pool *pool = NULL;
    yoke_pool_options options = {.workers = workers, .room = room, .name = "of the test"};
    REQUIRE(yoke_pool_create(&options, &pool) == YOKE_OK);
    return pool;
}

/* ---- free workers ---- */

/* Ends when all of its kind run at the same time. */
typedef struct meeting {
    atomic_int there;
    int expected;
} meeting;

static int meet(yoke_worker *worker, void *arg) {
    (void)worker;
    meeting *m = arg;
    m->there++;
    while (m->there < m->expected) sched_yield();
    return 0;
}

/* As many jobs as workers, by lanes, by hints to all, by hints to one. */
static void meet_often(int workers, int rounds) {
    yoke_pool *pool = make_pool(workers, 0);
    for (int i = 0; i < rounds; i++) {
        meeting m = {0, workers};
        for (int k = 0; k < workers; k++) {
            static const yoke_priority lanes[] = {YOKE_PRIORITY_LOW, YOKE_PRIORITY_HIGH};
            int hints[] = {0, 1 + k, 1 + i % workers};
            yoke_submit_options options = {.priority = lanes[k % 2], .worker = hints[i % 3]};
            REQUIRE(yoke_pool_submit(pool, meet, &m, &options, YOKE_NOW, NULL) == YOKE_OK);
        }
        CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
    }
    yoke_pool_destroy(pool);
}

TEST(a_queued_job_does_not_lie_beside_a_free_worker) {
    for (int workers = 1; workers <= 4; workers++) meet_often(workers, (int)test_size(2000, 150));
}

static int run_nothing(yoke_worker *worker, void *ctx) {
    (void)worker, (void)ctx;
    return 0;
}

/* The name of the test runs again in a process that is allowed fewer threads. */
static bool in_narrow_process(const char *test) {
    if (getenv("OMP_THREAD_LIMIT")) return true;
    pid_t child = fork();
    if (child == 0) {
        setenv("OMP_THREAD_LIMIT", "2", 1);
        execl("/proc/self/exe", "test_pool_progress", test, (char *)NULL);
        _exit(127);
    }
    int status = 1;
    waitpid(child, &status, 0);
    CU_ASSERT_EQUAL(status, 0);
    return false;
}

static int add_one(yoke_worker *worker, void *arg) {
    (void)worker;
    atomic_fetch_add((atomic_int *)arg, 1);
    return 0;
}

TEST(hints_to_workers_that_are_not_given_go_to_others) {
    if (!in_narrow_process("hints_to_workers_that_are_not_given_go_to_others")) return;
    for (int round = 0; round < 20; round++) {
        yoke_pool *pool = make_pool(6, 0);
        atomic_int count = 0;
        for (int i = 0; i < 60; i++) {
            yoke_submit_options options = {.worker = 1 + i % 6};
            int status = yoke_pool_submit(pool, add_one, &count, &options, YOKE_NOW, NULL);
            CU_ASSERT(status == YOKE_OK || (status == YOKE_EINVAL && yoke_pool_size(pool) < 6));
            if (status != YOKE_OK) atomic_fetch_add(&count, 1);
            if (i == 30) CU_ASSERT_EQUAL(yoke_pool_run(pool, run_nothing, NULL), 0);
        }
        CU_ASSERT_EQUAL(yoke_pool_drain(pool, yoke_deadline_in(600)), YOKE_OK);
        CU_ASSERT_EQUAL(count, 60);
        CU_ASSERT(yoke_pool_size(pool) < 6);
        yoke_pool_destroy(pool);
    }
}

/* ---- others without end ---- */

typedef struct endless {
    yoke_pool *pool;
    yoke_priority lane;
    atomic_bool *over;
} endless;

static int go_on(yoke_worker *worker, void *arg) {
    (void)worker;
    endless *e = arg;
    yoke_submit_options options = {.priority = e->lane};
    return *e->over ? 0 : yoke_pool_submit(e->pool, go_on, e, &options, YOKE_NOW, NULL);
}

static int nothing(yoke_worker *worker, void *arg) {
    (void)worker, (void)arg;
    return 0;
}

static void submit(yoke_pool *pool, yoke_job_fn *fn, void *arg, yoke_submit_options options,
                   yoke_future **future) {
    REQUIRE(yoke_pool_submit(pool, fn, arg, &options, YOKE_NOW, future) == YOKE_OK);
}

TEST(no_way_into_the_pool_is_shut_by_others) {
    yoke_pool *pool = make_pool(1, 0);
    atomic_bool over = false;
    endless high = {pool, YOKE_PRIORITY_HIGH, &over}, low = {pool, YOKE_PRIORITY_LOW, &over};
    yoke_future *by_lane, *by_hint, *after;
    submit(pool, go_on, &high, (yoke_submit_options){.priority = YOKE_PRIORITY_HIGH}, NULL);
    submit(pool, go_on, &low, (yoke_submit_options){.priority = YOKE_PRIORITY_LOW}, NULL);
    submit(pool, nothing, NULL, (yoke_submit_options){0}, &by_lane);
    submit(pool, nothing, NULL, (yoke_submit_options){.worker = 1}, &by_hint);
    REQUIRE(yoke_future_then(by_hint, nothing, NULL, NULL, &after) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_wait(by_lane, yoke_deadline_in(600)), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_wait(by_hint, yoke_deadline_in(600)), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_wait(after, yoke_deadline_in(600)), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_pool_run(pool, run_nothing, NULL), 0);
    over = true;
    CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
    yoke_future *all[] = {by_lane, by_hint, after};
    for (int i = 0; i < 3; i++) yoke_future_release(all[i]);
    yoke_pool_destroy(pool);
}

/* ---- jobs that wait ---- */

static yoke_mutex mutex = YOKE_MUTEX_INIT("held outside", 0);

static int lock_it(yoke_worker *worker, void *arg) {
    (void)worker, (void)arg;
    int status = yoke_mutex_lock(&mutex, YOKE_FOREVER);
    if (status == YOKE_OK) yoke_mutex_unlock(&mutex);
    return status;
}

/* A job that sleeps until this thread releases the mutex. */
static yoke_future *block_a_worker(yoke_pool *pool) {
    yoke_future *future;
    REQUIRE(yoke_mutex_lock(&mutex, YOKE_FOREVER) == YOKE_OK);
    submit(pool, lock_it, NULL, (yoke_submit_options){0}, &future);
    await_shown("'held outside' at");
    return future;
}

typedef struct resizing {
    yoke_pool *pool;
    int size, status;
} resizing;

static void *resize(void *ctx) {
    resizing *r = ctx;
    r->status = yoke_pool_resize(r->pool, r->size);
    return NULL;
}

/* One worker waits for this thread, which waits for a job in the queue, while the other one would
 * leave. */
TEST(who_leaves_for_another_team_does_what_others_wait_for) {
    for (int i = 0; i < 5; i++) {
        resizing r = {make_pool(2, 0), 3, 1};
        pthread_t thread;
        atomic_int count = 0;
        yoke_future *blocked = block_a_worker(r.pool), *queued;
        REQUIRE(!pthread_create(&thread, NULL, resize, &r));
        await_shown("waits to resize pool");
        usleep(3000);
        for (int k = 0; k < 3; k++) {
            submit(r.pool, add_one, &count, (yoke_submit_options){.worker = k}, &queued);
            CU_ASSERT_EQUAL(yoke_future_wait(queued, YOKE_FOREVER), YOKE_OK);
            yoke_future_release(queued);
        }
        CU_ASSERT_EQUAL(count, 3);
        CU_ASSERT_EQUAL(yoke_pool_size(r.pool), 2);
        yoke_mutex_unlock(&mutex);
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(r.status, YOKE_OK);
        CU_ASSERT_EQUAL(yoke_pool_size(r.pool), 3);
        CU_ASSERT_EQUAL(yoke_future_wait(blocked, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_result(blocked), YOKE_OK);
        yoke_future_release(blocked);
        yoke_pool_destroy(r.pool);
    }
}

TEST(a_job_that_waits_for_who_drains_resizes_or_destroys_is_told) {
    yoke_pool *pool = make_pool(2, 0);
    yoke_future *job = block_a_worker(pool);
    CU_ASSERT_EQUAL(yoke_pool_drain(pool, yoke_deadline_in(600)), YOKE_EDEADLK);
    CU_ASSERT(strstr(yoke_error_detail(), "for the end of all jobs of pool 'of the test'") != NULL);
    CU_ASSERT(!yoke_future_done(job));
    CU_ASSERT_EQUAL(yoke_pool_resize(pool, 1), YOKE_OK); /* cannot be refused, so the job is */
    CU_ASSERT_EQUAL(yoke_future_result(job), YOKE_EDEADLK);
    yoke_mutex_unlock(&mutex);
    yoke_future_release(job);
    job = block_a_worker(pool);
    yoke_pool_destroy(pool);
    CU_ASSERT_EQUAL(yoke_future_result(job), YOKE_EDEADLK);
    CU_ASSERT(strstr(yoke_error_detail(), "for the end of pool 'of the test'") != NULL);
    yoke_mutex_unlock(&mutex);
    yoke_future_release(job);
}

typedef struct crossed {
    yoke_pool *own, *other;
    meeting *start;
    int status;
} crossed;

/* Fills the other pool's lane, and drains it. */
static int drain_other(yoke_worker *worker, void *arg) {
    crossed *c = arg;
    meet(worker, c->start);
    c->status = yoke_pool_drain(c->other, YOKE_FOREVER);
    return 0;
}

TEST(pools_that_drain_each_other_are_told) {
    for (int i = 0; i < 20; i++) {
        yoke_pool *a = make_pool(1, 0), *b = make_pool(1, 0);
        meeting start = {0, 2};
        crossed ab = {a, b, &start, 1}, ba = {b, a, &start, 1};
        submit(a, drain_other, &ab, (yoke_submit_options){0}, NULL);
        submit(b, drain_other, &ba, (yoke_submit_options){0}, NULL);
        CU_ASSERT_EQUAL(yoke_pool_drain(a, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_pool_drain(b, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT((ab.status == YOKE_EDEADLK) != (ba.status == YOKE_EDEADLK));
        yoke_pool_destroy(a);
        yoke_pool_destroy(b);
    }
}

TEST(who_waits_for_room_that_cannot_come_is_told) {
    yoke_pool *pool = make_pool(1, 1);
    atomic_int count = 0;
    int accepted = 0, status;
    yoke_future *job = block_a_worker(pool);
    while ((status = yoke_pool_submit(pool, add_one, &count, NULL, YOKE_NOW, NULL)) == YOKE_OK)
        accepted++;
    CU_ASSERT_EQUAL(status, YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_pool_submit(pool, add_one, &count, NULL, YOKE_FOREVER, NULL),
                    YOKE_EDEADLK);
    CU_ASSERT(strstr(yoke_error_detail(), "for room in pool 'of the test'") != NULL);
    yoke_mutex_unlock(&mutex);
    CU_ASSERT_EQUAL(yoke_pool_submit(pool, add_one, &count, NULL, YOKE_FOREVER, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(count, accepted + 1);
    CU_ASSERT_EQUAL(yoke_future_result(job), YOKE_OK);
    yoke_future_release(job);
    yoke_pool_destroy(pool);
}

/* Counts who is refused. */
static int lock_late(yoke_worker *worker, void *arg) {
    if (lock_it(worker, NULL) < 0) atomic_fetch_add((atomic_int *)arg, 1);
    return 0;
}

/* The worker makes room for this thread, and then waits for it before it has run again. */
TEST(room_that_has_come_is_no_deadlock) {
    yoke_pool *pool = make_pool(1, 1);
    atomic_int refused = 0;
    for (size_t i = 0; i < test_size(3000, 300); i++) {
        REQUIRE(yoke_mutex_lock(&mutex, YOKE_FOREVER) == YOKE_OK);
        for (int k = 0; k < 3; k++)
            CU_ASSERT_EQUAL(
                yoke_pool_submit(pool, k ? lock_late : nothing, &refused, NULL, YOKE_FOREVER, NULL),
                YOKE_OK);
        yoke_mutex_unlock(&mutex);
        CU_ASSERT_EQUAL(yoke_pool_drain(pool, YOKE_FOREVER), YOKE_OK);
    }
    CU_ASSERT_EQUAL(refused, 0);
    yoke_pool_destroy(pool);
}

/* ---- ends that are seen at once ---- */

static int five(yoke_worker *worker, void *arg) {
    (void)worker, (void)arg;
    return 5;
}

/* The inputs end while they are combined. */
TEST(all_and_any_of_futures_that_are_just_ending) {
    yoke_pool *pool = make_pool(2, 0);
    for (size_t i = 0; i < test_size(30000, 1500); i++) {
        yoke_future *f, *all, *any;
        submit(pool, five, NULL, (yoke_submit_options){0}, &f);
        CU_ASSERT_EQUAL(yoke_future_all(&f, 1, &all), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_any(&f, 1, &any), YOKE_OK);
        while (!yoke_future_done(all) || !yoke_future_done(any)) sched_yield();
        CU_ASSERT_EQUAL(yoke_future_result(all), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_result(any), 0);
        CU_ASSERT_EQUAL(yoke_future_result(f), 5);
        yoke_future *made[] = {f, all, any};
        for (int k = 0; k < 3; k++) yoke_future_release(made[k]);
    }
    yoke_pool_destroy(pool);
}

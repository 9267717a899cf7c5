/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools in pools, in regions of OpenMP and around them: right answers, cycles that are told, and no
 * more threads than were asked for, counted by the kernel. And how few workers a job wakes, and
 * signals that arrive in workers.
 */
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "tests/pool_use.h"
#include "yoke/future.h"

/* ---- pools in pools ---- */

typedef struct stack {
    yoke_pool *pools[3];
    int depth;
    atomic_long sum;
} stack;

/* A root of each pool runs one of the next. */
static int go_down(yoke_worker *worker, void *ctx) {
    stack *s = ctx;
    yoke_pool *own = s->pools[s->depth++];
    CU_ASSERT_PTR_EQUAL(yoke_worker_pool(worker), own);
    fib f = {.n = 12};
    run_fib(worker, &f.task);
    s->sum += f.result;
    if (s->depth < 3) CU_ASSERT_EQUAL(yoke_pool_run(s->pools[s->depth], go_down, s), 7);
    CU_ASSERT_PTR_EQUAL(yoke_worker_here(), worker);
    return 7;
}

/* The pools are made by the job, and end in it. */
static int own_pools(yoke_worker *worker, void *ctx) {
    yoke_pool *pool = make_pool(1 + yoke_worker_index(worker) % 2, false);
    fib f = {.n = 10};
    CU_ASSERT_EQUAL(yoke_pool_run(pool, root_fib, &f), 10);
    CU_ASSERT_EQUAL(yoke_pool_join(pool, root_fib, &f), YOKE_EINVAL);
    yoke_pool_destroy(pool);
    atomic_fetch_add((atomic_long *)ctx, f.result);
    return 0;
}

TEST(pools_run_roots_of_pools) {
    for (int i = 0; i < SIZES; i++) {
        stack s = {.pools = {make_pool(sizes[i], false), make_pool(1, false), make_pool(2, false)}};
        atomic_long sum = 0;
        CU_ASSERT_EQUAL(yoke_pool_run(s.pools[0], go_down, &s), 7);
        CU_ASSERT_EQUAL(s.sum, 3 * 144);
        for (int k = 0; k < 10; k++)
            CU_ASSERT_EQUAL(yoke_pool_submit(s.pools[0], own_pools, &sum, NULL, YOKE_FOREVER, NULL),
                            YOKE_OK);
        CU_ASSERT_EQUAL(yoke_pool_drain(s.pools[0], YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(sum, 10 * 55);
        for (int k = 0; k < 3; k++) yoke_pool_destroy(s.pools[k]);
    }
}

typedef struct crossed {
    yoke_pool *other;
    atomic_int *there;
    int status;
} crossed;

static int do_nothing(yoke_worker *worker, void *ctx) {
    (void)worker, (void)ctx;
    return 0;
}

static int submit_and_wait(yoke_worker *worker, void *arg) {
    (void)worker;
    crossed *c = arg;
    yoke_future *future;
    atomic_fetch_add(c->there, 1);
    while (*c->there < 2) sched_yield();
    REQUIRE(yoke_pool_submit(c->other, do_nothing, NULL, NULL, YOKE_FOREVER, &future) == YOKE_OK);
    c->status = yoke_future_wait(future, YOKE_FOREVER);
    yoke_future_release(future);
    return 0;
}

/* The root runs unless this is told that it never would. */
static int run_other(yoke_worker *worker, void *arg) {
    (void)worker;
    crossed *c = arg;
    fib f = {.n = 10};
    atomic_fetch_add(c->there, 1);
    while (*c->there < 2) sched_yield();
    c->status = yoke_pool_run(c->other, root_fib, &f);
    CU_ASSERT_EQUAL(f.result, c->status == YOKE_EDEADLK ? 0 : 55);
    if (c->status > 0) c->status = YOKE_OK;
    if (c->status < 0) CU_ASSERT(strstr(yoke_error_detail(), "for a root of pool") != NULL);
    return 0;
}

/* The only worker of each waits for a job, or a root, of the other. */
TEST(pools_that_wait_for_each_other_are_told) {
    for (int i = 0; i < 40; i++) {
        yoke_pool *a = make_pool(1, false), *b = make_pool(1, false);
        atomic_int there = 0;
        crossed ab = {b, &there, 1}, ba = {a, &there, 1};
        yoke_pool_submit(a, i % 3 ? run_other : submit_and_wait, &ab, NULL, YOKE_FOREVER, NULL);
        yoke_pool_submit(b, i % 2 ? run_other : submit_and_wait, &ba, NULL, YOKE_FOREVER, NULL);
        CU_ASSERT_EQUAL(yoke_pool_drain(a, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_pool_drain(b, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT((ab.status == YOKE_EDEADLK) != (ba.status == YOKE_EDEADLK));
        yoke_pool_destroy(a);
        yoke_pool_destroy(b);
    }
}

/* Back to the first pool: all its workers wait for this root, or one is free. */
static int come_back(yoke_worker *worker, void *ctx) {
    (void)worker;
    fib f = {.n = 10};
    stack *s = ctx;
    int status = yoke_pool_run(s->pools[0], root_fib, &f);
    CU_ASSERT_EQUAL(f.result, status == 10 ? 55 : 0);
    return status;
}

static int go_there(yoke_worker *worker, void *ctx) {
    (void)worker;
    return yoke_pool_run(((stack *)ctx)->pools[1], come_back, ctx);
}

TEST(a_root_of_a_root_of_another_pool_needs_a_free_worker) {
    for (int workers = 1; workers <= 2; workers++) {
        stack s = {.pools = {make_pool(workers, false), make_pool(1, false)}};
        for (int i = 0; i < 20; i++)
            CU_ASSERT_EQUAL(yoke_pool_run(s.pools[0], go_there, &s),
                            workers == 1 ? YOKE_EDEADLK : 10);
        for (int k = 0; k < 2; k++) yoke_pool_destroy(s.pools[k]);
    }
}

/* ---- threads ---- */

static atomic_int most;

static int open_region(yoke_worker *worker, size_t begin, size_t end, void *ctx) {
    (void)worker;
    atomic_long *sum = ctx;
    long part = 0;
#pragma omp parallel for reduction(+ : part) num_threads(4)
    for (size_t i = begin; i < end; i++) part += (long)i;
    atomic_fetch_add(sum, part);
    int now = test_threads(), before = most;
    while (now > before && !atomic_compare_exchange_weak(&most, &before, now)) continue;
    return YOKE_OK;
}

static int regions_in_tasks(yoke_worker *worker, void *ctx) {
    return yoke_parallel_for(worker, 0, 200, 1, open_region, ctx);
}

/* A host, and its workers, of which it is one; LLVM's runtime may start one of its own. */
TEST(regions_in_tasks_start_no_threads) {
    int before = test_threads();
    yoke_pool *pool = make_pool(3, false);
    atomic_long sum = 0;
    CU_ASSERT_EQUAL(yoke_pool_run(pool, regions_in_tasks, &sum), YOKE_OK);
    CU_ASSERT_EQUAL(sum, 199 * 100);
    CU_ASSERT(most >= before + 3 && most <= before + 4);
    yoke_pool_destroy(pool);
}

TEST(a_joined_pool_starts_no_threads) {
    yoke_pool *pool = make_pool(3, true);
    atomic_long sum = 0;
    int before = 0;
#pragma omp parallel num_threads(3)
    {
#pragma omp single
        before = test_threads();
        CU_ASSERT_EQUAL(yoke_pool_join(pool, regions_in_tasks, &sum), YOKE_OK);
    }
    CU_ASSERT_EQUAL(sum, 199 * 100);
    CU_ASSERT_EQUAL(most, before);
    yoke_pool_destroy(pool);
}

/* ---- waking ---- */

enum { SLEEPERS = 12 };

static uint64_t count_parked(yoke_pool *pool) {
    uint64_t parked = 0;
    for (int i = 0; i < SLEEPERS; i++) {
        yoke_pool_worker_stats stats;
        REQUIRE(yoke_pool_stats(pool, i, &stats) == YOKE_OK);
        parked += stats.parked;
    }
    return parked;
}

/* Each sleeps, as far as can be seen from outside: nobody went to sleep for a while. */
static uint64_t await_sleep(yoke_pool *pool) {
    uint64_t before = 0, now = count_parked(pool);
    for (int quiet = 0; quiet < 3 || now < SLEEPERS; quiet = now == before ? quiet + 1 : 0) {
        usleep(3000);
        before = now;
        now = count_parked(pool);
    }
    return now;
}

/* A worker that was woken sleeps again. Who finds the job wakes one more, who finds nothing. */
TEST(one_job_wakes_few_workers) {
    enum { JOBS = 60 };
    yoke_pool *pool = make_pool(SLEEPERS, false);
    uint64_t before = await_sleep(pool);
    for (int i = 0; i < JOBS; i++) {
        CU_ASSERT_EQUAL(yoke_pool_run(pool, do_nothing, NULL), 0);
        await_sleep(pool);
    }
    uint64_t woken = count_parked(pool) - before;

    CU_ASSERT(woken > 0);
    CU_ASSERT(woken <= 4 * JOBS); /* a herd would be 12 for each */
    yoke_pool_destroy(pool);
}

/* ---- signals ---- */

static atomic_int in_workers;

static void on_signal(int number) {
    (void)number;
    if (yoke_worker_here()) in_workers++;
}

static atomic_bool over;
static pthread_t team[3];

static void *shoot(void *ctx) {
    (void)ctx;
    for (int i = 0; !over; i++) {
        pthread_kill(team[i % 3], SIGUSR1);
        usleep(20);
    }
    return NULL;
}

/* In the middle of steals, joins and sleeps, with and without SA_RESTART. */
static void be_shot_at(int flags) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    yoke_pool *pool = make_pool(3, true);
    pthread_t shooter;
    atomic_int wrong = 0;
    over = false;
    in_workers = 0;
    REQUIRE(sigaction(SIGUSR1, &action, NULL) == 0);
#pragma omp parallel num_threads(3)
    {
        team[omp_get_thread_num()] = pthread_self();
#pragma omp barrier
#pragma omp single
        REQUIRE(!pthread_create(&shooter, NULL, shoot, NULL));
        for (size_t i = 1; !over; i++) {
            fib f = {.n = 14};
            if (yoke_pool_join(pool, root_fib, &f) != 14) wrong++;
            if (f.result != 377 && f.result != 0) wrong++;
#pragma omp barrier
#pragma omp single
            over = i >= test_size(300, 30) && in_workers >= 50;
        }
    }
    pthread_join(shooter, NULL);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(in_workers >= 50);
    yoke_pool_destroy(pool);
}

TEST_WITH_LIMIT(signals_that_arrive_in_workers_change_nothing, 60) {
    be_shot_at(0);
    be_shot_at(SA_RESTART);
}

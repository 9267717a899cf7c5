/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool as a whole: roots from many threads, joined teams, other numbers of workers, forks,
 * signals, figures, and what must not hang.
 */
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/pool_use.h"
#include "yoke/probe.h"

/* ---- roots ---- */

typedef struct client {
    yoke_pool *pool;
    int rounds, wrong;
    pthread_t thread;
    atomic_int done;
} client;

static void *run_roots(void *ctx) {
    client *c = ctx;
    for (int i = 0; i < c->rounds; i++) {
        fib f = {.n = 12};
        if (yoke_pool_run(c->pool, root_fib, &f) != 12 || f.result != 144) c->wrong++;
        c->done++;
    }
    return NULL;
}

TEST(roots_come_from_many_threads) {
    for (int i = 0; i < SIZES; i++) {
        yoke_pool *pool = make_pool(sizes[i], false);
        client clients[8];
        for (int c = 0; c < 8; c++) {
            clients[c] = (client){.pool = pool, .rounds = (int)test_size(300, 30)};
            REQUIRE(!pthread_create(&clients[c].thread, NULL, run_roots, &clients[c]));
        }
        for (int c = 0; c < 8; c++) {
            pthread_join(clients[c].thread, NULL);
            CU_ASSERT_EQUAL(clients[c].wrong, 0);
        }
        yoke_pool_destroy(pool);
    }
}

static int root_again(yoke_worker *worker, void *ctx) {
    CU_ASSERT_PTR_EQUAL(yoke_worker_here(), worker);
    fib f = {.n = 10};
    int status = yoke_pool_run(yoke_worker_pool(worker), root_fib, &f);
    *(long *)ctx = f.result;
    return status == 10 ? yoke_fail(YOKE_EDATA, "as it was told") : status;
}

TEST(a_root_runs_a_root_and_its_failure_comes_back) {
    yoke_pool *pool = make_pool(2, false);
    long result = 0;
    CU_ASSERT_EQUAL(yoke_pool_run(pool, root_again, &result), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "as it was told");
    CU_ASSERT_EQUAL(result, 55);
    CU_ASSERT_PTR_NULL(yoke_worker_here());
    yoke_pool_destroy(pool);
}

static void join_often(int threads, int rounds, int n) {
    yoke_pool *pool = make_pool(threads, true);
    atomic_int wrong = 0;
    fib f = {.n = n};
#pragma omp parallel num_threads(threads)
    for (int i = 0; i < rounds; i++) {
        if (yoke_pool_join(pool, root_fib, &f) != n) wrong++;
#pragma omp barrier
        if (f.result != serial_fib(n)) wrong++;
#pragma omp barrier
        if (omp_get_thread_num() == 0) f.result = 0;
#pragma omp barrier
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(yoke_pool_run(pool, root_fib, &f), YOKE_EINVAL);
    yoke_pool_destroy(pool);
}

TEST(a_team_joins_a_pool) {
    for (int i = 0; i < SIZES; i++) join_often(sizes[i], (int)test_size(100, 10), 15);
}

/* Without barriers between, so that fast threads are in the next session already. */
TEST(sessions_do_not_mix) {
    yoke_pool *pool = make_pool(3, true);
    atomic_int roots = 0, wrong = 0;
    int rounds = (int)test_size(2000, 200);
#pragma omp parallel num_threads(3)
    for (int i = 0; i < rounds; i++) {
        fib f = {.n = 6};
        if (yoke_pool_join(pool, root_fib, &f) != 6) wrong++;
        if (f.result == 8) roots++;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(roots, rounds);
    yoke_pool_destroy(pool);
}

/* ---- sizes, processes, signals ---- */

typedef struct resizer {
    client load;
    int wrong;
} resizer;

/* Once every few roots. */
static void *resize_often(void *ctx) {
    resizer *r = ctx;
    yoke_pool *pool = r->load.pool;
    for (int i = 0, next = 0; next < r->load.rounds; i++, next += 10) {
        int size = 1 + i % 5;
        while (r->load.done < next) sched_yield();
        if (yoke_pool_resize(pool, size) != YOKE_OK || yoke_pool_size(pool) != size) r->wrong++;
    }
    return NULL;
}

TEST(a_pool_is_resized_under_load) {
    resizer r = {.load = {.pool = make_pool(2, false), .rounds = (int)test_size(1000, 100)}};
    pthread_t thread;
    REQUIRE(!pthread_create(&thread, NULL, resize_often, &r));
    run_roots(&r.load);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(r.load.wrong + r.wrong, 0);
    CU_ASSERT_EQUAL(yoke_pool_resize(r.load.pool, 0), YOKE_EINVAL);
    yoke_pool_destroy(r.load.pool);
}

TEST(bad_options_are_refused) {
    yoke_pool *pool = NULL;
    CU_ASSERT_EQUAL(yoke_pool_create(&(yoke_pool_options){.workers = -1}, &pool), YOKE_EINVAL);
    CU_ASSERT_PTR_NULL(pool);
    yoke_pool_destroy(NULL);
    pool = make_pool(2, false);
    yoke_pool_worker_stats stats;
    fib f = {.n = 1};
    CU_ASSERT_EQUAL(yoke_pool_stats(pool, 2, &stats), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_pool_stolen_from(pool, 0, 2), 0);
    CU_ASSERT_EQUAL(yoke_pool_join(pool, root_fib, &f), YOKE_EINVAL);
    yoke_pool_destroy(pool);
}

static atomic_int signals, in_workers;

static void on_signal(int number) {
    (void)number;
    atomic_fetch_add(&signals, 1);
    if (yoke_worker_here()) atomic_fetch_add(&in_workers, 1);
}

TEST(signals_do_not_reach_workers) {
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    yoke_pool *pool = make_pool(3, false);
    for (int i = 0; i < 200; i++) {
        fib f = {.n = 12};
        kill(getpid(), SIGUSR1);
        CU_ASSERT_EQUAL(yoke_pool_run(pool, root_fib, &f), 12);
        CU_ASSERT_EQUAL(f.result, 144);
    }
    CU_ASSERT_EQUAL(signals, 200);
    CU_ASSERT_EQUAL(in_workers, 0);
    yoke_pool_destroy(pool);
}

static int count_threads(yoke_worker *worker, void *ctx) {
    (void)worker;
    int threads = 0;
#pragma omp parallel
#pragma omp single
    threads = omp_get_num_threads();
    *(int *)ctx = threads;
    return 0;
}

TEST(a_region_in_a_task_opens_no_threads) {
    yoke_pool *pool = make_pool(3, false);
    int threads = 0;
    CU_ASSERT_EQUAL(yoke_pool_run(pool, count_threads, &threads), 0);
    CU_ASSERT_EQUAL(threads, 1);
    yoke_pool_destroy(pool);
}

/* ---- figures ---- */

typedef struct sums {
    uint64_t spawned, stolen, stolen_from;
    int pools, others;
} sums;

static void sum_up(const yoke_figure *figure, void *ctx) {
    sums *s = ctx;
    if (strcmp(figure->kind, "pool") != 0 || strcmp(figure->object, "seen") != 0) {
        s->others++;
        return;
    }
    if (!strcmp(figure->name, "spawned")) s->spawned += figure->value, s->pools++;
    if (!strcmp(figure->name, "stolen")) s->stolen += figure->value;
    if (!strcmp(figure->name, "stolen from")) s->stolen_from += figure->value;
}

TEST(a_pool_is_seen_by_probes) {
    yoke_pool *pool = NULL, *other = make_pool(1, true);
    REQUIRE(yoke_pool_create(&(yoke_pool_options){.workers = 3, .name = "seen"}, &pool) == YOKE_OK);
    fib f = {.n = 18};
    CU_ASSERT_EQUAL(yoke_pool_run(pool, root_fib, &f), 18);
    sums s = {0};
    yoke_probe_read(sum_up, &s);
    CU_ASSERT_EQUAL(s.pools, 3);
    CU_ASSERT_EQUAL(s.others, 5);
    CU_ASSERT_EQUAL(s.spawned, (uint64_t)serial_fib(19) - 1);
    CU_ASSERT_EQUAL(s.stolen, s.stolen_from);
    yoke_pool_destroy(pool);
    yoke_pool_destroy(other);
    s = (sums){0};
    yoke_probe_read(sum_up, &s);
    CU_ASSERT_EQUAL(s.pools + s.others, 0);
}

/* ---- no silent hang ---- */

static yoke_mutex mutex = YOKE_MUTEX_INIT("held outside", 0);

static int lock_it(yoke_worker *worker, void *ctx) {
    (void)worker, (void)ctx;
    int status = yoke_mutex_lock(&mutex, YOKE_FOREVER);
    if (status == YOKE_OK) yoke_mutex_unlock(&mutex);
    return status;
}

TEST(a_root_that_waits_for_its_caller_is_told) {
    yoke_pool *pool = make_pool(2, false);
    REQUIRE(yoke_mutex_lock(&mutex, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_pool_run(pool, lock_it, NULL), YOKE_EDEADLK);
    CU_ASSERT(strstr(yoke_error_detail(), "held outside") != NULL);
    yoke_mutex_unlock(&mutex);
    CU_ASSERT_EQUAL(yoke_pool_run(pool, lock_it, NULL), YOKE_OK);
    yoke_pool_destroy(pool);
}

typedef struct needy {
    yoke_task task;
    atomic_bool began;
    int status;
} needy;

static void lock_in_task(yoke_worker *worker, yoke_task *task) {
    needy *n = (needy *)task;
    n->began = true;
    n->status = lock_it(worker, NULL);
}

/* The parent holds the mutex and waits for the child, which runs on another worker and waits for
 * the mutex. */
static int hold_and_sync(yoke_worker *worker, void *ctx) {
    needy *n = ctx;
    REQUIRE(yoke_mutex_lock(&mutex, YOKE_FOREVER) == YOKE_OK);
    yoke_spawn(worker, &n->task, lock_in_task);
    while (!n->began) yoke_deque_poll(&worker->tasks_), sched_yield();
    yoke_sync(worker, &n->task);
    yoke_mutex_unlock(&mutex);
    return 0;
}

TEST(a_task_that_waits_for_its_parent_is_told) {
    for (int i = 0; i < 20; i++) {
        yoke_pool *pool = make_pool(2, false);
        needy n = {.status = 1};
        CU_ASSERT_EQUAL(yoke_pool_run(pool, hold_and_sync, &n), 0);
        CU_ASSERT_EQUAL(n.status, YOKE_EDEADLK);
        yoke_pool_destroy(pool);
    }
}

/* ---- helping from afar ---- */

enum { AFAR = 400 };

typedef struct chain {
    yoke_task task, next;
    atomic_bool began, second_began;
    const yoke_worker *first;
    bool locked;
    int helped; /* tasks of the last worker that ran on the first */
} chain;

typedef struct small {
    yoke_task task;
    atomic_bool began;
    const yoke_worker *on;
} small;

static void note_worker(yoke_worker *worker, yoke_task *task) {
    small *s = (small *)task;
    s->on = worker;
    s->began = true;
}

/* On the last worker: tasks that others take, one after the other. */
static void offer_tasks(yoke_worker *worker, yoke_task *task) {
    chain *c = (chain *)((char *)task - offsetof(chain, next));
    c->second_began = true;
    for (int i = 0; i < AFAR; i++) {
        small s = {.began = false};
        yoke_spawn(worker, &s.task, note_worker);
        while (!s.began) yoke_deque_poll(&worker->tasks_), sched_yield();
        yoke_sync(worker, &s.task);
        c->helped += s.on == c->first;
    }
}

/* On the worker between: waits for the last one. */
static void wait_for_last(yoke_worker *worker, yoke_task *task) {
    chain *c = (chain *)task;
    c->began = true;
    yoke_spawn(worker, &c->next, offer_tasks);
    while (!c->second_began) yoke_deque_poll(&worker->tasks_), sched_yield();
    yoke_sync(worker, &c->next);
}

static int wait_for_chain(yoke_worker *worker, void *ctx) {
    chain *c = ctx;
    c->first = worker;
    if (c->locked) REQUIRE(yoke_mutex_lock(&mutex, YOKE_FOREVER) == YOKE_OK);
    yoke_spawn(worker, &c->task, wait_for_last);
    while (!c->began) yoke_deque_poll(&worker->tasks_), sched_yield();
    while (!c->second_began) sched_yield();
    yoke_sync(worker, &c->task);
    if (c->locked) yoke_mutex_unlock(&mutex);
    return 0;
}

/* Who waits for a worker that itself waits helps the third, unless it holds a lock: what it takes
 * there may be no part of what it waits for. */
TEST(who_holds_a_lock_does_not_help_from_afar) {
    int free = 0;
    for (int i = 0; i < 50; i++) {
        yoke_pool *pool = make_pool(3, false);
        chain c = {.locked = i % 2 == 0};
        CU_ASSERT_EQUAL(yoke_pool_run(pool, wait_for_chain, &c), 0);
        if (c.locked) CU_ASSERT_EQUAL(c.helped, 0);
        if (!c.locked) free += c.helped;
        yoke_pool_destroy(pool);
        if (free && i > 6) break;
    }
    CU_ASSERT(free > 0);
}

/* One thread of the first session is held up in it by a signal, the other joins the next. */
static pthread_t joined[2];
static atomic_bool held_up, let_go;

static void hold_up(int number) {
    (void)number;
    held_up = true;
    while (!let_go) continue;
}

static void *let_go_later(void *ctx) {
    (void)ctx;
    while (!held_up) sched_yield();
    usleep(20000); /* the other can be in the next session by now, if it may */
    let_go = true;
    return NULL;
}

static int hold_up_other(yoke_worker *worker, void *ctx) {
    (void)ctx;
    small s = {.began = false};
    yoke_spawn(worker, &s.task, note_worker);
    while (!s.began) yoke_deque_poll(&worker->tasks_), sched_yield();
    yoke_sync(worker, &s.task);
    pthread_kill(joined[pthread_equal(joined[0], pthread_self()) != 0], SIGUSR1);
    while (!held_up) sched_yield();
    return 0;
}

static int see_whether_it_left(yoke_worker *worker, void *ctx) {
    (void)worker, (void)ctx;
    return let_go ? 1 : 0;
}

TEST(nobody_overtakes_a_session) {
    struct sigaction action = {.sa_handler = hold_up};
    yoke_pool *pool = make_pool(2, true);
    pthread_t opener;
    atomic_int wrong = 0;
    REQUIRE(sigaction(SIGUSR1, &action, NULL) == 0);
    REQUIRE(pthread_create(&opener, NULL, let_go_later, NULL) == 0);
#pragma omp parallel num_threads(2)
    {
        joined[omp_get_thread_num()] = pthread_self();
#pragma omp barrier
        if (yoke_pool_join(pool, hold_up_other, NULL) != 0) wrong++;
        if (yoke_pool_join(pool, see_whether_it_left, NULL) != 1) wrong++;
    }
    pthread_join(opener, NULL);
    CU_ASSERT_EQUAL(wrong, 0);
    yoke_pool_destroy(pool);
}

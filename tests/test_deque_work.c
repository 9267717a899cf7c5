/* SPDX-License-Identifier: Apache-2.0
 *
 * The deque at work: a small fork-join scheduler, thieves that sleep, and owners that take turns.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "tests/harness.h"
#include "tests/pin.h"
#include "yoke/deque.h"

#define MOST_WORKERS 64

/* ---- fork and join ---- */

typedef struct task {
    int n;
    long result;
    atomic_bool done;
} task;

typedef struct workshop {
    int workers;
    atomic_int present;
    atomic_bool over;
    atomic_long stolen;
    yoke_deque deques[MOST_WORKERS];
} workshop;

typedef struct worker {
    workshop *shop;
    int number;
    unsigned victim;
} worker;

static void work(worker *me, task *job);

/* Steals up to a batch from the next victim and keeps what is more than one for itself. */
static task *steal_some(worker *me) {
    void *items[YOKE_DEQUE_BATCH];
    int victim = (int)(me->victim++ % (unsigned)me->shop->workers);
    int got = yoke_deque_steal_batch(&me->shop->deques[victim], items, YOKE_DEQUE_BATCH);
    if (got <= 0) return NULL;
    atomic_fetch_add_explicit(&me->shop->stolen, got, memory_order_relaxed);
    for (int i = 1; i < got; i++) {
        if (yoke_deque_push(&me->shop->deques[me->number], items[i]) < 0) work(me, items[i]);
    }
    return items[0];
}

static void work_or_yield(worker *me) {
    task *job = yoke_deque_take(&me->shop->deques[me->number]);
    if (!job) job = steal_some(me);
    if (job)
        work(me, job);
    else
        sched_yield();
}

static long fib(worker *me, int n) {
    if (n < 2) return n;
    task child = {.n = n - 1};
    if (yoke_deque_push(&me->shop->deques[me->number], &child) < 0) work(me, &child);
    long right = fib(me, n - 2);
    while (!atomic_load(&child.done)) work_or_yield(me);
    return child.result + right;
}

static void work(worker *me, task *job) {
    job->result = fib(me, job->n);
    atomic_store(&job->done, true);
}

static void *run_worker(void *ctx) {
    worker *me = ctx;
    pin(me->number);
    atomic_fetch_add(&me->shop->present, 1);
    while (!atomic_load(&me->shop->over)) work_or_yield(me);
    return NULL;
}

static long fib_in_parallel(int workers, int n, size_t capacity) {
    static workshop shop;
    worker all[MOST_WORKERS];
    pthread_t threads[MOST_WORKERS];
    shop.workers = workers;
    atomic_store(&shop.present, 0);
    atomic_store(&shop.over, false);
    for (int i = 0; i < workers; i++) {
        all[i] = (worker){&shop, i, (unsigned)i + 1};
        REQUIRE(yoke_deque_init(&shop.deques[i], capacity) == YOKE_OK);
    }
    for (int i = 1; i < workers; i++) {
        REQUIRE(!pthread_create(&threads[i], NULL, run_worker, &all[i]));
    }
    while (atomic_load(&shop.present) < workers - 1) sched_yield();
    cpu_set_t before = pin(0);
    long result = fib(&all[0], n);
    unpin(before);
    atomic_store(&shop.over, true);
    for (int i = 1; i < workers; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < workers; i++) {
        CU_ASSERT_EQUAL(yoke_deque_size(&shop.deques[i]), 0);
        yoke_deque_fini(&shop.deques[i]);
    }
    return result;
}

TEST(forks_and_joins) {
    const int workers[] = {1, 2, 3, 7, 64};
    int n = (int)test_size(27, 18);
    long expected = test_size(196418, 2584);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(fib_in_parallel(workers[i], n, 1), expected);
        CU_ASSERT_EQUAL(fib_in_parallel(workers[i], n, 0), expected);
    }
}

/* ---- thieves that sleep ---- */

typedef struct inn {
    yoke_deque deque;
    yoke_event event;
    atomic_long had;
    atomic_bool over;
} inn;

static bool had_one(inn *place) {
    void *stolen;
    int got;
    while ((got = yoke_deque_steal(&place->deque, &stolen)) == YOKE_DEQUE_LOST) continue;
    if (got) atomic_fetch_add(&place->had, 1);
    return got || atomic_load(&place->over);
}

static void *sleeper(void *ctx) {
    inn *place = ctx;
    pin(1);
    while (!atomic_load(&place->over)) {
        if (had_one(place)) continue;
        uint32_t ticket = yoke_event_prepare(&place->event);
        if (had_one(place))
            yoke_event_cancel(&place->event);
        else
            yoke_event_wait(&place->event, ticket, YOKE_FOREVER);
    }
    return NULL;
}

/* The owner pushes some items and then only polls until the thieves have had all. A wake-up that is
 * lost would leave them asleep. */
static void keep_inn(int thieves, long rounds) {
    static inn place;
    static int item;
    pthread_t threads[MOST_WORKERS];
    long pushed = 0;
    place.over = false;
    place.had = 0;
    REQUIRE(yoke_deque_init(&place.deque, 2) == YOKE_OK);
    yoke_deque_set_event(&place.deque, &place.event);
    for (int i = 0; i < thieves; i++) {
        REQUIRE(!pthread_create(&threads[i], NULL, sleeper, &place));
    }
    cpu_set_t before = pin(0);
    for (long round = 0; round < rounds; round++) {
        for (uint64_t i = test_random_below(5); i > 0; i--, pushed++) {
            CU_ASSERT_EQUAL(yoke_deque_push(&place.deque, &item), YOKE_OK);
        }
        if (test_random_below(4) == 0) yoke_deque_share(&place.deque);
        if (yoke_deque_take(&place.deque)) pushed--;
        while (atomic_load(&place.had) != pushed) {
            yoke_deque_poll(&place.deque);
            sched_yield();
        }
    }
    unpin(before);
    atomic_store(&place.over, true);
    yoke_event_signal(&place.event);
    for (int i = 0; i < thieves; i++) pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(place.event.waiters, 0);
    yoke_deque_fini(&place.deque);
}

TEST(sleeping_thieves_are_woken) {
    keep_inn(1, (long)test_size(1000, 300));
    keep_inn(3, (long)test_size(500, 100));
    keep_inn(16, (long)test_size(100, 30));
}

/* ---- owners that take turns ---- */

typedef struct relay {
    yoke_deque deque;
    pthread_mutex_t turn;
    long items[4][1000];
    atomic_long sum;
    atomic_int number;
} relay;

static void *runner(void *ctx) {
    relay *r = ctx;
    int number = atomic_fetch_add(&r->number, 1);
    pin(number);
    long *mine = r->items[number];
    long sum = 0;
    for (long i = 0; i < 1000; i++) {
        pthread_mutex_lock(&r->turn);
        mine[i] = i;
        if (yoke_deque_push(&r->deque, &mine[i]) < 0) sum -= 1000000;
        long *got = i % 2 ? yoke_deque_take(&r->deque) : NULL;
        pthread_mutex_unlock(&r->turn);
        if (got) sum += *got;
        void *stolen;
        if (yoke_deque_steal(&r->deque, &stolen) > 0) sum += *(long *)stolen;
    }
    atomic_fetch_add(&r->sum, sum);
    return NULL;
}

TEST(ownership_can_be_handed_over) {
    static relay r = {.turn = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[4];
    REQUIRE(yoke_deque_init(&r.deque, 0) == YOKE_OK);
    for (int i = 0; i < 4; i++) REQUIRE(!pthread_create(&threads[i], NULL, runner, &r));
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    long sum = atomic_load(&r.sum);
    for (long *left; (left = yoke_deque_take(&r.deque));) sum += *left;
    CU_ASSERT_EQUAL(sum, 4 * 999 * 500);
    yoke_deque_fini(&r.deque);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Gates: no wake is lost, what was written before a gate was set is seen after, and a waiter does
 * not burn a processor.
 */
#include "runtime/wait.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness.h"

enum { THREADS = 5 };

typedef struct relay {
    yoke_gate gate;
    uint64_t rounds, sum; /* not atomic: the gate passes it on */
    int naps;             /* sleep before setting, so that the others park */
} relay;

typedef struct runner {
    relay *relay;
    uint32_t number;
} runner;

/* Takes every THREADS-th turn, in order. */
static void *run_turns(void *argument) {
    const runner *self = argument;
    relay *race = self->relay;
    for (uint64_t turn = self->number; turn < race->rounds; turn += THREADS) {
        uint32_t now = yoke__gate_read(&race->gate);
        while (now != turn) now = yoke__gate_wait(&race->gate, now);
        race->sum += turn;
        if (race->naps) usleep((useconds_t)test_random_below(300));
        yoke__gate_set(&race->gate, (uint32_t)turn + 1);
    }
    return NULL;
}

static void race(relay *race) {
    pthread_t threads[THREADS];
    runner runners[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        runners[i] = (runner){race, i};
        REQUIRE(pthread_create(&threads[i], NULL, run_turns, &runners[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(race->sum, race->rounds * (race->rounds - 1) / 2);
    CU_ASSERT_EQUAL(yoke__gate_read(&race->gate), race->rounds);
    CU_ASSERT_EQUAL(race->gate.sleepers, 0);
}

TEST(turns_are_taken_in_order_and_none_is_lost) {
    relay quick = {.rounds = test_size(20000, 2000)};
    race(&quick);
}

TEST(sleepers_are_woken) {
    relay slow = {.rounds = 1000, .naps = 1};
    race(&slow);
}

TEST(a_gate_that_differs_already_does_not_wait) {
    yoke_gate gate = {0};
    yoke__gate_set(&gate, 7);
    CU_ASSERT_EQUAL(yoke__gate_wait(&gate, 3), 7);
    CU_ASSERT_EQUAL(yoke__gate_read(&gate), 7);
}

typedef struct nap {
    yoke_gate gate;
    double busy;
} nap;

static void *wait_once(void *argument) {
    nap *n = argument;
    yoke__gate_wait(&n->gate, 0);
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    n->busy = (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
    return NULL;
}

TEST(a_long_wait_sleeps) {
    nap n = {0};
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, wait_once, &n) == 0);
    while (!atomic_load(&n.gate.sleepers)) sched_yield();
    usleep(300000);
    yoke__gate_set(&n.gate, 1);
    pthread_join(thread, NULL);
    CU_ASSERT(n.busy < 0.15);
}

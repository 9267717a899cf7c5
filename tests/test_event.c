/* SPDX-License-Identifier: Apache-2.0
 *
 * Event counts. A lost wake-up is a hang, which the time limit reports: nobody here waits with a
 * deadline unless deadlines are the subject. Each stress runs with the barrier of the kernel,
 * without, and with a kernel that refuses the barrier it had promised.
 */
#include "yoke/event.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "tests/harness.h"
#include "tests/no_barrier.h"
#include "yoke/memory.h"

static atomic_long failures;

static void expect(bool condition) { atomic_fetch_add(&failures, !condition); }

/* ---- one thread ---- */

TEST(nobody_waits) {
    yoke_event event = {0};
    yoke_event_signal(&event);
    CU_ASSERT_EQUAL(event.epoch, 0);
    yoke_event_wake(&event);
    CU_ASSERT_EQUAL(event.waiters, 0);
}

TEST(cancel_takes_the_waiter_back) {
    yoke_event event = {0};
    yoke_event_prepare(&event);
    yoke_event_prepare(&event);
    CU_ASSERT_EQUAL(event.waiters, 2);
    yoke_event_cancel(&event);
    uint32_t epoch = event.epoch;
    yoke_event_signal(&event); /* one is left */
    CU_ASSERT(event.epoch != epoch);
    yoke_event_cancel(&event);
    CU_ASSERT_EQUAL(event.waiters, 0);
    epoch = event.epoch;
    yoke_event_signal(&event);
    CU_ASSERT_EQUAL(event.epoch, epoch);
}

TEST(a_signal_after_prepare_ends_the_wait) {
    yoke_event event = {0};
    for (int mode = 0; mode < 2; mode++) {
        uint32_t ticket = yoke_event_prepare(&event);
        yoke_event_signal(&event);
        CU_ASSERT_EQUAL(yoke_event_wait(&event, ticket, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(event.waiters, 0);
        yoke_barrier_asymmetric_ = 0;
    }
}

TEST(deadlines) {
    yoke_event event = {0};
    const yoke_deadline past[] = {YOKE_NOW, -5, INT64_MIN, 1, yoke_deadline_in(0)};
    for (size_t i = 0; i < sizeof past / sizeof *past; i++) {
        uint32_t ticket = yoke_event_prepare(&event);
        CU_ASSERT_EQUAL(yoke_event_wait(&event, ticket, past[i]), YOKE_ETIMEDOUT);
        CU_ASSERT_EQUAL(event.waiters, 0);
    }
    yoke_deadline soon = yoke_deadline_in(0.02);
    int status = YOKE_OK;
    while (status == YOKE_OK) { /* spurious wake-ups are legal */
        status = yoke_event_wait(&event, yoke_event_prepare(&event), soon);
    }
    CU_ASSERT_EQUAL(status, YOKE_ETIMEDOUT);
    CU_ASSERT(yoke_deadline_passed(soon));
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), yoke_status_message(YOKE_ETIMEDOUT));
}

/* ---- stress ---- */

/* A number of things, at most `room`: who adds waits for room, who takes waits for things. */
typedef struct store {
    _Alignas(YOKE_CACHE_PAD) atomic_long things;
    _Alignas(YOKE_CACHE_PAD) yoke_event added;
    _Alignas(YOKE_CACHE_PAD) yoke_event taken;
    bool one; /* wakes one at a time */
    long room, rounds;
    atomic_long adders, moved;
} store;

static bool try_add(store *s) {
    long seen = atomic_load_explicit(&s->things, memory_order_relaxed);
    while (seen < s->room) {
        if (atomic_compare_exchange_weak_explicit(&s->things, &seen, seen + 1, memory_order_acq_rel,
                                                  memory_order_relaxed))
            return true;
    }
    return false;
}

static bool try_take(store *s) {
    long seen = atomic_load_explicit(&s->things, memory_order_relaxed);
    while (seen > 0) {
        if (atomic_compare_exchange_weak_explicit(&s->things, &seen, seen - 1, memory_order_acq_rel,
                                                  memory_order_relaxed))
            return true;
    }
    return false;
}

static void await(store *s, bool (*attempt)(store *), yoke_event *event) {
    while (!attempt(s)) {
        uint32_t ticket = yoke_event_prepare(event);
        if (attempt(s)) {
            yoke_event_cancel(event);
            return;
        }
        expect(yoke_event_wait(event, ticket, YOKE_FOREVER) == YOKE_OK);
    }
}

/* Says that there is something for who waits for the event: to all, or to one, who then says to the
 * next what is left, if anything. */
static void tell(store *s, yoke_event *event) {
    if (!s->one) {
        yoke_event_signal(event);
    } else if (yoke_event_awaited(event)) {
        yoke_event_wake_one(event);
    }
}

static void *add(store *s) {
    for (long i = 0; i < s->rounds; i++) {
        await(s, try_add, &s->taken);
        tell(s, &s->added);
        if (s->one && atomic_load(&s->things) < s->room) tell(s, &s->taken);
    }
    return NULL;
}

static void *take(store *s) {
    for (long i = 0; i < s->rounds; i++) {
        await(s, try_take, &s->added);
        tell(s, &s->taken);
        if (s->one && atomic_load(&s->things) > 0) tell(s, &s->added);
        atomic_fetch_add(&s->moved, 1);
    }
    return NULL;
}

static void *add_or_take(void *ctx) {
    store *s = ctx;
    return atomic_fetch_sub(&s->adders, 1) > 0 ? add(s) : take(s);
}

static void move_things(bool one, int pairs, long room, long rounds) {
    store s = {.one = one, .room = room, .rounds = rounds, .adders = pairs};
    pthread_t threads[64];
    for (int i = 0; i < 2 * pairs; i++) {
        REQUIRE(!pthread_create(&threads[i], NULL, add_or_take, &s));
    }
    for (int i = 0; i < 2 * pairs; i++) pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&s.moved), pairs * rounds);
    CU_ASSERT_EQUAL(atomic_load(&s.things), 0);
    CU_ASSERT_EQUAL(s.added.waiters, 0);
    CU_ASSERT_EQUAL(s.taken.waiters, 0);
    CU_ASSERT_EQUAL(atomic_load(&failures), 0);
}

/* Two threads that hand a turn back and forth, each with plain release stores as the header says,
 * not with atomic operations that would be barriers themselves. The signaller goes on to look at
 * what the other writes, so both sides of the Dekker pattern race all the time. */
typedef struct turns {
    _Alignas(YOKE_CACHE_PAD) atomic_long turn[2];
    _Alignas(YOKE_CACHE_PAD) yoke_event event[2];
    long rounds;
    atomic_int next;
} turns;

static void *take_turns(void *ctx) {
    turns *t = ctx;
    int me = atomic_fetch_add(&t->next, 1);
    for (long i = 1; i <= t->rounds; i++) {
        atomic_store_explicit(&t->turn[me], i, memory_order_release);
        yoke_event_signal(&t->event[me]);
        while (atomic_load_explicit(&t->turn[!me], memory_order_acquire) < i) {
            uint32_t ticket = yoke_event_prepare(&t->event[!me]);
            if (atomic_load_explicit(&t->turn[!me], memory_order_acquire) >= i) {
                yoke_event_cancel(&t->event[!me]);
                break;
            }
            expect(yoke_event_wait(&t->event[!me], ticket, YOKE_FOREVER) == YOKE_OK);
        }
    }
    return NULL;
}

static void take_turns_all(long rounds) {
    turns t = {.rounds = rounds};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) REQUIRE(!pthread_create(&threads[i], NULL, take_turns, &t));
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&t.turn[0]), rounds);
    CU_ASSERT_EQUAL(atomic_load(&failures), 0);
}

static void stress(long scale) {
    for (int one = 0; one < 2; one++) {
        move_things(one, 1, 1, 1000 * scale);
        move_things(one, 1, 8, 5000 * scale);
        move_things(one, 3, 2, 1000 * scale);
        move_things(one, 32, 1, 20 * scale);
    }
    take_turns_all(3000 * scale);
}

TEST_WITH_LIMIT(no_wake_up_is_lost, 120) { stress(test_size(5, 1)); }

TEST_WITH_LIMIT(no_wake_up_is_lost_without_barrier, 120) {
    yoke_barrier_asymmetric_ = 0;
    stress(test_size(5, 1));
}

TEST_WITH_LIMIT(no_wake_up_is_lost_when_the_kernel_refuses, 120) {
    if (!yoke_barrier_asymmetric_ || !forbid_barrier()) return;
    yoke_event event = {0};
    uint32_t ticket = yoke_event_prepare(&event);
    CU_ASSERT_EQUAL(yoke_event_wait(&event, ticket, YOKE_FOREVER), YOKE_OK); /* does not sleep */
    move_things(false, 1, 1, test_size(1000, 100));
    take_turns_all(test_size(1000, 100));
}

/* ---- deadlines under signals ---- */

static void *signal_often(void *ctx) {
    store *s = ctx;
    while (atomic_load(&s->moved) == 0) {
        yoke_event_signal(&s->added);
        sched_yield();
    }
    return NULL;
}

/* A waiter that is woken all the time, for nothing, still ends at its deadline. */
TEST(signals_do_not_put_off_a_deadline) {
    store s = {0};
    pthread_t thread;
    REQUIRE(!pthread_create(&thread, NULL, signal_often, &s));
    yoke_deadline soon = yoke_deadline_in(0.05);
    int status = YOKE_OK;
    while (status == YOKE_OK) {
        status = yoke_event_wait(&s.added, yoke_event_prepare(&s.added), soon);
    }
    CU_ASSERT_EQUAL(status, YOKE_ETIMEDOUT);
    atomic_store(&s.moved, 1);
    pthread_join(thread, NULL);
}

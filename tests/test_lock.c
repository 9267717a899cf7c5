/* SPDX-License-Identifier: Apache-2.0
 *
 * Mutexes: exclusion under stress, deadlines, misuse, and locks whose owner ends.
 */
#include "tests/harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/waiting.h"
#include "yoke/lock.h"

enum { SIZES = 5 };
static const int sizes[SIZES] = {1, 2, 3, 7, 64};

/* ---- exclusion ---- */

typedef struct bank {
    yoke_mutex mutex;
    long rounds;
    long total; /* guarded by the mutex, as the next */
    int inside;
    atomic_int failures, timeouts;
    int mixed; /* deadlines of all kinds, instead of none */
    pthread_barrier_t begin;
} bank;

/* Between two looks at the counter others get a chance to be inside as well. */
static void visit(bank *b, long round) {
    if (b->inside++ != 0) atomic_fetch_add(&b->failures, 1);
    if (round % 256 == 0) sched_yield();
    b->total++;
    if (--b->inside != 0) atomic_fetch_add(&b->failures, 1);
}

static yoke_deadline some_deadline(long round) {
    switch (round % 5) {
    case 0: return YOKE_NOW;
    case 1: return yoke_deadline_in(1e-6);
    case 2: return yoke_deadline_in(20e-6);
    case 3: return yoke_deadline_in(200e-6);
    default: return YOKE_FOREVER;
    }
}

static void *visit_often(void *ctx) {
    bank *b = ctx;
    pthread_barrier_wait(&b->begin);
    for (long round = 0; round < b->rounds;) {
        yoke_deadline deadline = b->mixed ? some_deadline(round) : YOKE_FOREVER;
        int status = yoke_mutex_lock(&b->mutex, deadline);
        if (status == YOKE_ETIMEDOUT && deadline != YOKE_FOREVER) {
            atomic_fetch_add(&b->timeouts, 1);
            round++;
            continue;
        }
        if (status != YOKE_OK) return atomic_fetch_add(&b->failures, 1), NULL;
        visit(b, round++);
        if (yoke_mutex_unlock(&b->mutex) != YOKE_OK) atomic_fetch_add(&b->failures, 1);
    }
    return NULL;
}

static void check_exclusion(int threads, int mixed) {
    bank b = {.mutex = YOKE_MUTEX_INIT("bank", 0), .mixed = mixed};
    b.rounds = (long)test_size(100000, 5000) / threads;
    pthread_t id[64];
    REQUIRE(!pthread_barrier_init(&b.begin, NULL, (unsigned)threads));
    for (int i = 0; i < threads; i++) REQUIRE(!pthread_create(&id[i], NULL, visit_often, &b));
    for (int i = 0; i < threads; i++) pthread_join(id[i], NULL);
    CU_ASSERT_EQUAL(b.total, b.rounds * threads - atomic_load(&b.timeouts));
    CU_ASSERT_EQUAL(atomic_load(&b.failures), 0);
    CU_ASSERT_EQUAL(yoke_mutex_owner(&b.mutex), -1);
    CU_ASSERT_EQUAL(b.mutex.word, 0);
    CU_ASSERT_PTR_NULL(b.mutex.queue);
    CU_ASSERT_EQUAL(yoke_mutex_fini(&b.mutex), YOKE_OK);
}

TEST(one_thread_at_a_time) {
    for (int i = 0; i < SIZES; i++) check_exclusion(sizes[i], 0);
}

TEST(one_thread_at_a_time_with_deadlines_of_all_kinds) {
    for (int i = 0; i < SIZES; i++) check_exclusion(sizes[i], 1);
}

/* ---- deadlines ---- */

TEST(a_try_and_a_past_deadline_do_not_wait) {
    yoke_mutex mutex = YOKE_MUTEX_INIT("m", 0);
    helper h = {.first = &mutex};
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_NOW), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_NOW), YOKE_ETIMEDOUT); /* its own */
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, 1), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, 1), YOKE_OK); /* free: the deadline does not matter */
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_OK);
    helper_hold(&h);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_NOW), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, -5), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, 1), YOKE_ETIMEDOUT);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(yoke_error_detail(), "mutex 'm' was not free at tests/test_lock"));
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "held by thread 1 since helper:1"));
    helper_end(&h);
    CU_ASSERT_EQUAL(yoke_mutex_fini(&mutex), YOKE_OK);
}

TEST(a_wait_ends_at_its_deadline) {
    yoke_mutex mutex = YOKE_MUTEX_INIT("m", 0);
    helper h = {.first = &mutex};
    helper_hold(&h);
    yoke_deadline deadline = yoke_deadline_in(0.02);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, deadline), YOKE_ETIMEDOUT);
    CU_ASSERT(yoke_deadline_passed(deadline));
    CU_ASSERT_EQUAL(yoke_waits_write(NULL, 0), 0);
    helper_end(&h);
    CU_ASSERT_EQUAL(mutex.word, 0);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_NOW), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_OK);
}

/* ---- misuse ---- */

TEST(misuse_is_refused) {
    yoke_mutex mutex;
    CU_ASSERT_EQUAL(yoke_mutex_init(&mutex, "m", -1), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_mutex_init(&mutex, "m", 0), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_EINVAL); /* by a thread without a record */
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_NOW), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_fini(&mutex), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_EINVAL);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(),
                           "mutex 'm': unlocked by a thread that does not own "
                           "it, and nobody owns it");
    helper h = {.first = &mutex};
    helper_hold(&h);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "thread 1 owns it since helper:1"));
    CU_ASSERT_EQUAL(yoke_mutex_fini(&mutex), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_mutex_owner(&mutex), 1);
    helper_end(&h);
    CU_ASSERT_EQUAL(yoke_mutex_fini(&mutex), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_fini(NULL), YOKE_OK);
}

TEST(many_locks_are_held_and_released_in_any_order) {
    enum { COUNT = 1000 };
    yoke_mutex *all = calloc(COUNT, sizeof *all); /* zero is a mutex */
    int order[COUNT];
    REQUIRE(all != NULL);
    for (int i = 0; i < COUNT; i++) order[i] = i;
    for (int i = COUNT - 1; i > 0; i--) {
        int j = (int)test_random_below((uint64_t)i + 1), was = order[i];
        order[i] = order[j];
        order[j] = was;
    }
    for (int i = 0; i < COUNT; i++) CU_ASSERT_EQUAL(yoke_mutex_lock(&all[i], YOKE_NOW), YOKE_OK);
    for (int i = 0; i < COUNT; i++) {
        CU_ASSERT_EQUAL(yoke_mutex_unlock(&all[order[i]]), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_mutex_unlock(&all[order[i]]), YOKE_EINVAL);
    }
    for (int i = 0; i < COUNT; i++) CU_ASSERT_EQUAL(yoke_mutex_fini(&all[i]), YOKE_OK);
    free(all);
}

/* ---- owners that end ---- */

static void *end_while_holding(void *ctx) {
    yoke_mutex **locks = ctx;
    while (*locks) {
        if (yoke_mutex_lock(*locks++, YOKE_FOREVER) != YOKE_OK) return NULL;
    }
    return ctx;
}

static void leave_locked(yoke_mutex **locks) {
    pthread_t id;
    void *done;
    REQUIRE(!pthread_create(&id, NULL, end_while_holding, locks));
    REQUIRE(!pthread_join(id, &done));
    REQUIRE(done != NULL);
}

TEST(a_lock_whose_owner_has_ended_is_told) {
    yoke_mutex a = YOKE_MUTEX_INIT("a", 0), b = YOKE_MUTEX_INIT("b", 0);
    CU_ASSERT_EQUAL(yoke_thread_index(), 0);
    leave_locked((yoke_mutex *[]){&a, &b, NULL});
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(yoke_mutex_lock(&a, YOKE_FOREVER), YOKE_EDEADLK);
        CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "thread 0 waits for mutex 'a' at"));
        CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "held by thread 1 since tests/"));
        CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), ", which has ended"));
    }
    CU_ASSERT_EQUAL(yoke_mutex_lock(&a, YOKE_NOW), YOKE_ETIMEDOUT);
    helper h = {0};
    helper_hold(&h); /* a new thread is not mistaken for the owner */
    CU_ASSERT_EQUAL(h.index, 2);
    CU_ASSERT_EQUAL(yoke_mutex_fini(&a), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&b, YOKE_FOREVER), YOKE_EDEADLK);
    CU_ASSERT_EQUAL(yoke_mutex_fini(&b), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&a, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&a), YOKE_OK);
    helper again = {0};
    helper_hold(&again); /* the index is free again */
    CU_ASSERT_EQUAL(again.index, 1);
    helper_end(&again);
    helper_end(&h);
}

static void *end_when_awaited(void *ctx) {
    yoke_mutex *mutex = ctx;
    if (yoke_mutex_lock(mutex, YOKE_FOREVER) != YOKE_OK) return NULL;
    await_waits(3);
    return ctx;
}

static void *expect_deadlock(void *ctx) {
    while (yoke_mutex_owner(ctx) < 0) sched_yield();
    int status = yoke_mutex_lock(ctx, YOKE_FOREVER);
    return status == YOKE_EDEADLK && strstr(yoke_error_detail(), "which has ended") ? ctx : NULL;
}

TEST(those_who_sleep_are_told_when_the_owner_ends) {
    for (size_t round = 0; round < test_size(200, 20); round++) {
        yoke_mutex mutex = YOKE_MUTEX_INIT("m", 0);
        pthread_t owner, waiting[3];
        void *done;
        REQUIRE(!pthread_create(&owner, NULL, end_when_awaited, &mutex));
        for (int i = 0; i < 3; i++)
            REQUIRE(!pthread_create(&waiting[i], NULL, expect_deadlock, &mutex));
        for (int i = 0; i < 3; i++) {
            pthread_join(waiting[i], &done);
            CU_ASSERT_PTR_NOT_NULL(done);
        }
        pthread_join(owner, &done);
        CU_ASSERT_PTR_NOT_NULL(done);
        CU_ASSERT_EQUAL(yoke_mutex_fini(&mutex), YOKE_OK);
    }
}

/* A destructor of thread-specific data that releases a lock, whichever runs first. */
static pthread_key_t early, late;

static void release(void *mutex) { yoke_mutex_unlock(mutex); }

static void *lock_and_leave_it_to_the_keys(void *ctx) {
    yoke_mutex *both = ctx;
    pthread_setspecific(early, &both[0]);
    pthread_setspecific(late, &both[1]);
    if (yoke_mutex_lock(&both[0], YOKE_NOW) != YOKE_OK) return NULL;
    return yoke_mutex_lock(&both[1], YOKE_NOW) == YOKE_OK ? ctx : NULL;
}

TEST(destructors_may_still_release) {
    yoke_mutex both[2] = {YOKE_MUTEX_INIT("a", 0), YOKE_MUTEX_INIT("b", 0)};
    REQUIRE(!pthread_key_create(&early, release));
    REQUIRE(yoke_thread_index() == 0);
    REQUIRE(!pthread_key_create(&late, release));
    for (int i = 0; i < 3; i++) {
        pthread_t id;
        void *done;
        REQUIRE(!pthread_create(&id, NULL, lock_and_leave_it_to_the_keys, both));
        pthread_join(id, &done);
        CU_ASSERT_PTR_NOT_NULL(done);
        CU_ASSERT_EQUAL(yoke_mutex_lock(&both[0], YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_mutex_lock(&both[1], YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_mutex_unlock(&both[0]), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_mutex_unlock(&both[1]), YOKE_OK);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks at moments that are too short to be met by chance. The test does by hand, step by step,
 * what a thread that releases does at once.
 */
#include "tests/harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/lock_profile.h"
#include "runtime/waitfor.h"
#include "tests/waiting.h"
#include "yoke/lock_profile.h"
#include "yoke/rwlock.h"

enum { MUTEX, READ, WRITE };
static const uint32_t waiters = 0x80000000u, woken[] = {0x40000000u, 0, 0x20000000u};

typedef struct sleeper {
    int kind;
    yoke_mutex mutex;
    yoke_rwlock lock;
    yoke_deadline deadline;
    int status;
    atomic_int done;
} sleeper;

static int take(sleeper *s, int kind, yoke_deadline deadline) {
    if (kind == MUTEX) return yoke_mutex_lock(&s->mutex, deadline);
    return kind == READ ? yoke_rwlock_read(&s->lock, deadline)
                        : yoke_rwlock_write(&s->lock, deadline);
}

static void *sleep_until(void *ctx) {
    sleeper *s = ctx;
    s->status = take(s, s->kind, s->deadline);
    atomic_store(&s->done, 1);
    return NULL;
}

/* The first half of a release that wakes: the wait is granted, its thread not told yet. NULL when
 * nobody waits any more. */
static yoke__wait *grant(sleeper *s) {
    uint32_t *word = s->kind == MUTEX ? &s->mutex.word : &s->lock.word;
    void **queue = s->kind == MUTEX ? &s->mutex.queue : &s->lock.queue;
    yoke__graph_lock();
    yoke__wait *wait = *queue ? yoke__wait_grant(queue, *queue, NULL) : NULL;
    __atomic_fetch_and(word, ~waiters, __ATOMIC_SEQ_CST);
    if (wait) __atomic_fetch_or(word, woken[s->kind], __ATOMIC_SEQ_CST);
    yoke__graph_unlock();
    return wait;
}

/* The deadline passes between the two halves: the call must not return before the second, which
 * reads the wait in the call's frame. */
static void check_second_half(sleeper *s, yoke__wait *wait) {
    while (!yoke_deadline_passed(s->deadline)) sched_yield();
    yoke_deadline later = yoke_deadline_in(0.05); /* a call that returns too early has time to */
    while (!yoke_deadline_passed(later)) sched_yield();
    CU_ASSERT_EQUAL(atomic_load(&s->done), 0);
    yoke__wait_wake(wait);
}

/* False when the deadline passed before the wait could be granted. */
static int check_grant_before(double span, int kind) {
    sleeper s = {.kind = kind, .deadline = yoke_deadline_in(span)};
    pthread_t id;
    REQUIRE(take(&s, kind == MUTEX ? MUTEX : WRITE, YOKE_FOREVER) == YOKE_OK);
    REQUIRE(!pthread_create(&id, NULL, sleep_until, &s));
    while (count_waits() == 0 && !atomic_load(&s.done)) sched_yield();
    yoke__wait *wait = grant(&s);
    if (wait) check_second_half(&s, wait);
    pthread_join(id, NULL);
    CU_ASSERT_EQUAL(s.status, YOKE_ETIMEDOUT);
    int status = kind == MUTEX ? yoke_mutex_unlock(&s.mutex) : yoke_rwlock_write_unlock(&s.lock);
    CU_ASSERT_EQUAL(status, YOKE_OK);
    CU_ASSERT_EQUAL(s.mutex.word, 0);
    CU_ASSERT_EQUAL(s.lock.word, 0);
    return wait != NULL;
}

static void check_grant_at_the_deadline(int kind) {
    double span = 0.1;
    while (!check_grant_before(span, kind)) span *= 2;
}

/* Taken for the first time, and the place is not noted yet. */
TEST(an_owner_without_a_place) {
    yoke_mutex mutex = {.word = 5};
    yoke_rwlock lock = {.word = 0x10000005u};
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "thread 4 owns it since a moment ago"));
    CU_ASSERT_EQUAL(yoke_rwlock_write_unlock(&lock), YOKE_EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "thread 4 writes since a moment ago"));
}

TEST(a_grant_at_the_deadline_of_a_mutex) { check_grant_at_the_deadline(MUTEX); }
TEST(a_grant_at_the_deadline_of_a_reader) { check_grant_at_the_deadline(READ); }
TEST(a_grant_at_the_deadline_of_a_writer) { check_grant_at_the_deadline(WRITE); }

/* ---- a profile, read as another process does ---- */

TEST(a_profile_from_outside) {
    yoke_mutex mutex = YOKE_MUTEX_INIT("looked at", 0);
    yoke_lock_profile own, seen;
    CU_ASSERT_EQUAL(yoke_mutex_profile_start(&mutex, 1), YOKE_OK);
    for (int i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_NOW), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_OK);
    }
    CU_ASSERT_EQUAL(yoke_mutex_profile(&mutex, &own), YOKE_OK);
    unsigned char *copy = malloc(yoke__profile_size());
    REQUIRE(copy != NULL);
    memcpy(copy, mutex.profile, yoke__profile_size());
    CU_ASSERT(yoke__profile_decode(copy, &seen));
    CU_ASSERT_EQUAL(seen.acquisitions, 5);
    CU_ASSERT_EQUAL(seen.holds, 5);
    CU_ASSERT_EQUAL(seen.threads, 1);
    CU_ASSERT_EQUAL(seen.hold_total, own.hold_total);
    copy[0] ^= 1; /* another version's */
    CU_ASSERT(!yoke__profile_decode(copy, &seen));
    CU_ASSERT_EQUAL(seen.acquisitions, 5);
    free(copy);
    CU_ASSERT_EQUAL(yoke_mutex_fini(&mutex), YOKE_OK);
}

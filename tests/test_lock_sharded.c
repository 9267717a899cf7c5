/* SPDX-License-Identifier: Apache-2.0
 *
 * What only the sharded read-write lock has: the barrier between a reader's slot and its look at
 * the gate, and the slot that several threads share.
 */
#include "tests/harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/no_barrier.h"
#include "yoke/event.h"
#include "yoke/rwlock.h"

enum { READERS = 3 };

static yoke_rwlock_sharded *make(unsigned slots) {
    yoke_rwlock_sharded_options options = {.name = "table", .threads = slots};
    yoke_rwlock_sharded *lock;
    REQUIRE(yoke_thread_index() == 0);
    REQUIRE(yoke_rwlock_sharded_create(&options, &lock) == YOKE_OK);
    return lock;
}

/* Readers have no barrier of their own, so a writer without one must not go on. */
TEST(a_writer_without_a_barrier_is_refused) {
    yoke_rwlock_sharded *lock = make(2);
    if (yoke_barrier_asymmetric_ && forbid_barrier()) {
        for (int i = 0; i < 2; i++) {
            CU_ASSERT_EQUAL(yoke_rwlock_sharded_write(lock, YOKE_FOREVER), YOKE_ENOMEM);
            CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "no memory for a barrier"));
            CU_ASSERT_EQUAL(yoke_rwlock_sharded_write_unlock(lock), YOKE_EINVAL);
            CU_ASSERT_EQUAL(yoke_rwlock_sharded_read(lock, YOKE_NOW), YOKE_OK);
            CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(lock), YOKE_EINVAL); /* it is open again */
            CU_ASSERT_EQUAL(yoke_rwlock_sharded_read_unlock(lock), YOKE_OK);
        }
    }
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(lock), YOKE_OK);
}

typedef struct table {
    yoke_rwlock_sharded *lock;
    long rounds;
    atomic_int begun, failures;
} table;

static void *read_often(void *ctx) {
    table *t = ctx;
    atomic_fetch_add(&t->begun, 1);
    while (atomic_load(&t->begun) < READERS) sched_yield(); /* all at the same time */
    for (long i = 0; i < t->rounds; i++) {
        int failed = yoke_rwlock_sharded_read(t->lock, YOKE_FOREVER) < 0;
        failed += yoke_rwlock_sharded_read_unlock(t->lock) < 0;
        if (failed) atomic_fetch_add(&t->failures, failed);
    }
    return NULL;
}

/* A tight loop, for a count is lost only within some nanoseconds. */
TEST(no_read_is_lost_in_a_shared_slot) {
    table t = {.lock = make(1), .rounds = (long)test_size(3000000, 20000)};
    pthread_t id[READERS]; /* slot 0 is the caller's; these share the other */
    for (int i = 0; i < READERS; i++) REQUIRE(!pthread_create(&id[i], NULL, read_often, &t));
    for (int i = 0; i < READERS; i++) pthread_join(id[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&t.failures), 0);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_write(t.lock, YOKE_NOW), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_write_unlock(t.lock), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(t.lock), YOKE_OK);
}

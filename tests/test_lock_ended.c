/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks of which some holders have ended while others go on using them.
 */
#include "tests/harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "yoke/rwlock.h"

enum { ENDED_READS = 50 };

static void *read_and_end(void *ctx) {
    for (int i = 0; i < ENDED_READS; i++) {
        if (yoke_rwlock_read_at(ctx, YOKE_FOREVER, "leaver") != YOKE_OK) return NULL;
    }
    return ctx;
}

typedef struct reader {
    yoke_rwlock *lock;
    atomic_int begun, finish, failures;
} reader;

static void *read_often(void *ctx) {
    reader *r = ctx;
    for (int i = 0; !atomic_load(&r->finish) || i < 1000; i++) {
        int failed = yoke_rwlock_read(r->lock, YOKE_FOREVER) < 0;
        failed += yoke_rwlock_read(r->lock, YOKE_FOREVER) < 0;
        failed += yoke_rwlock_read_unlock(r->lock) < 0;
        failed += yoke_rwlock_read_unlock(r->lock) < 0;
        if (failed) atomic_fetch_add(&r->failures, failed);
        atomic_store(&r->begun, 1);
    }
    return NULL;
}

/* What those that have ended held is taken while others read on; none of their reads is lost. */
TEST(an_end_that_is_refused_disturbs_no_reader) {
    for (size_t round = 0; round < test_size(100, 10); round++) {
        yoke_rwlock lock = YOKE_RWLOCK_INIT("table", 0);
        reader r = {.lock = &lock};
        pthread_t ended, living;
        void *done;
        CU_ASSERT_EQUAL(yoke_rwlock_read(&lock, YOKE_FOREVER), YOKE_OK);
        REQUIRE(!pthread_create(&ended, NULL, read_and_end, &lock));
        pthread_join(ended, &done);
        CU_ASSERT_PTR_NOT_NULL(done);
        REQUIRE(!pthread_create(&living, NULL, read_often, &r));
        while (!atomic_load(&r.begun)) continue;
        CU_ASSERT_EQUAL(yoke_rwlock_fini(&lock), YOKE_EINVAL);
        atomic_store(&r.finish, 1);
        pthread_join(living, NULL);
        CU_ASSERT_EQUAL(atomic_load(&r.failures), 0);
        CU_ASSERT_EQUAL(yoke_rwlock_readers(&lock), 1);
        CU_ASSERT_EQUAL(yoke_rwlock_read_unlock(&lock), YOKE_OK);
        CU_ASSERT_EQUAL(lock.word, 0);
        CU_ASSERT_EQUAL(yoke_rwlock_fini(&lock), YOKE_OK);
    }
}

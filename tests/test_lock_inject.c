/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks when memory is short: nothing is taken by a call that fails.
 */
#include <pthread.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/lock_profile.h"
#include "yoke/rwlock.h"

enum { MANY = 100 };

static void release(yoke_mutex *locks, int count) {
    while (count-- > 0) CU_ASSERT_EQUAL(yoke_mutex_unlock(&locks[count]), YOKE_OK);
}

static int hold_many(void *ctx) {
    yoke_mutex *locks = ctx;
    int count = 0, status = YOKE_OK;
    while (count < MANY && status == YOKE_OK) {
        status = yoke_mutex_lock(&locks[count], YOKE_FOREVER);
        if (status == YOKE_OK) count++;
    }
    if (status < 0) CU_ASSERT_EQUAL(yoke_mutex_owner(&locks[count]), -1);
    release(locks, count);
    return status;
}

/* The next operation, each run in a thread of its own; but the record keeps what it has grown. */
static int (*in_thread)(void *ctx);

static void *run_in_thread(void *ctx) {
    static int status;
    status = in_thread(ctx);
    return &status;
}

static int run_elsewhere(void *ctx) {
    pthread_t id;
    void *status;
    if (pthread_create(&id, NULL, run_in_thread, ctx) != 0) abort();
    pthread_join(id, &status);
    return *(int *)status;
}

TEST(many_held_locks_without_memory) {
    static yoke_mutex locks[MANY];
    CU_ASSERT_EQUAL(hold_many((yoke_mutex[MANY]){{0}}), YOKE_OK); /* for this thread: grown */
    CU_ASSERT_EQUAL(inject_each_allocation(hold_many, locks, YOKE_ENOMEM), 0);
    in_thread = hold_many;
    CU_ASSERT(inject_each_allocation(run_elsewhere, locks, YOKE_ENOMEM) >= 1);
}

static int profile(void *ctx) {
    yoke_mutex *mutex = ctx;
    yoke_lock_profile figures;
    YOKE_TRY(yoke_mutex_profile_start(mutex, 1));
    CU_ASSERT_EQUAL(yoke_mutex_lock(mutex, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(mutex), YOKE_OK);
    YOKE_TRY(yoke_mutex_profile(mutex, &figures));
    return yoke_mutex_profile_stop(mutex);
}

TEST(profiles_without_memory) {
    yoke_mutex mutex = {0};
    CU_ASSERT_EQUAL(inject_each_allocation(profile, &mutex, YOKE_ENOMEM), 1);
}

static int use_sharded(void *ctx) {
    (void)ctx;
    yoke_rwlock_sharded_options options = {.threads = 3};
    yoke_rwlock_sharded *lock;
    YOKE_TRY(yoke_rwlock_sharded_create(&options, &lock));
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_read(lock, YOKE_NOW), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_read_unlock(lock), YOKE_OK);
    return yoke_rwlock_sharded_destroy(lock);
}

TEST(sharded_locks_without_memory) {
    CU_ASSERT_EQUAL(inject_each_allocation(use_sharded, NULL, YOKE_ENOMEM), 2);
}

/* Reads within reads, and a write whose second place in the list of held locks is not to be had. */
static int read_deeply(void *ctx) {
    yoke_rwlock_sharded *lock = ctx;
    int depth = 0, status = YOKE_OK;
    while (depth < 40 && status == YOKE_OK) {
        status = yoke_rwlock_sharded_read(lock, YOKE_FOREVER);
        if (status == YOKE_OK) depth++;
    }
    while (depth-- > 0) CU_ASSERT_EQUAL(yoke_rwlock_sharded_read_unlock(lock), YOKE_OK);
    return status;
}

static int write_with_others(void *ctx) {
    yoke_rwlock_sharded *lock = ctx;
    yoke_mutex others[14] = {{0}};
    int count = 0, status = YOKE_OK;
    while (count < 14 && status == YOKE_OK) {
        status = yoke_mutex_lock(&others[count], YOKE_FOREVER);
        if (status == YOKE_OK) count++;
        if (status == YOKE_OK) status = yoke_rwlock_sharded_write(lock, YOKE_FOREVER);
        if (status == YOKE_OK) CU_ASSERT_EQUAL(yoke_rwlock_sharded_write_unlock(lock), YOKE_OK);
    }
    release(others, count);
    return status;
}

static void check_sharded(int (*operation)(void *ctx)) {
    yoke_rwlock_sharded *lock;
    REQUIRE(yoke_thread_index() == 0);
    REQUIRE(yoke_rwlock_sharded_create(NULL, &lock) == YOKE_OK);
    in_thread = operation;
    CU_ASSERT(inject_each_allocation(run_elsewhere, lock, YOKE_ENOMEM) >= 1);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_write(lock, YOKE_NOW), YOKE_OK); /* nothing was left */
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_write_unlock(lock), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(lock), YOKE_OK);
}

TEST(deep_reads_without_memory) { check_sharded(read_deeply); }
TEST(a_write_without_memory) { check_sharded(write_with_others); }

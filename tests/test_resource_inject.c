/* SPDX-License-Identifier: Apache-2.0
 *
 * The resource pool when memory is short: a call that fails leaves nothing behind.
 */
#include <pthread.h>
#include <string.h>

#include "tests/inject.h"
#include "tests/resource_fake.h"

static int make(void *ctx) {
    fake *f = ctx;
    yoke_resource_options options = fake_options(f, 100);
    YOKE_TRY(yoke_resource_create(&options, &f->pool));
    return yoke_resource_destroy(f->pool);
}

TEST(pools_without_memory) {
    fake f = {0};
    CU_ASSERT_EQUAL(inject_each_allocation(make, &f, YOKE_ENOMEM), 3);
    CU_ASSERT_EQUAL(atomic_load(&f.fini), 1);
}

/* So many that the list of what the thread holds has to grow. */
enum { MANY = 40 };

static int hold_many(void *ctx) {
    fake *f = ctx;
    yoke_resource_options options = fake_options(f, MANY);
    void *handles[MANY];
    int count = 0, status = yoke_resource_create(&options, &f->pool);
    if (status < 0) return status;
    while (count < MANY && status == YOKE_OK) {
        status = yoke_resource_acquire(f->pool, &handles[count], YOKE_FOREVER);
        count += status == YOKE_OK;
    }
    yoke_resource_stats stats = fake_stats(f);
    fake_check(f, stats.acquired == (uint64_t)count && stats.in_use == (unsigned)count);
    while (count-- > 0) fake_check(f, yoke_resource_release(f->pool, handles[count]) == YOKE_OK);
    fake_check(f, yoke_resource_destroy(f->pool) == YOKE_OK);
    fake_check(f, atomic_load(&f->now_alive) == 0);
    return status;
}

static void *run_in_thread(void *ctx) {
    static int status;
    status = hold_many(ctx);
    return &status;
}

/* A thread's record keeps what it has grown, so the first runs matter; later ones meet create. */
static int hold_elsewhere(void *ctx) {
    pthread_t id;
    void *status = NULL;
    if (pthread_create(&id, NULL, run_in_thread, ctx) != 0) abort();
    pthread_join(id, &status);
    return *(int *)status;
}

TEST(handles_without_memory) {
    fake f = {0};
    REQUIRE(yoke_thread_index() == 0);
    CU_ASSERT(inject_each_allocation(hold_elsewhere, &f, YOKE_ENOMEM) >= MANY);
    CU_ASSERT_EQUAL(atomic_load(&f.faults), 0);
    CU_ASSERT_EQUAL(atomic_load(&f.created), atomic_load(&f.destroyed));
}

/* The list of what the thread holds cannot grow when the handle is there already. */
static int validate_holds(void *ctx, void *handle, double idle, yoke_deadline deadline) {
    (void)handle, (void)idle, (void)deadline;
    static yoke_mutex locks[7];
    static int next;
    (void)ctx;
    while (next < 7) {
        if (yoke_mutex_lock(&locks[next], YOKE_FOREVER) < 0) break;
        next++;
    }
    return YOKE_OK;
}

static void *fill_list(void *ctx) {
    fake *f = ctx;
    yoke_resource_options options = fake_options(f, 2);
    options.calls.validate = validate_holds;
    void *handle = NULL, *again = NULL;
    if (yoke_resource_create(&options, &f->pool) < 0) abort();
    fake_check(f, yoke_resource_acquire(f->pool, &handle, YOKE_FOREVER) == YOKE_OK);
    fake_check(f, yoke_resource_release(f->pool, handle) == YOKE_OK);
    inject_fail_allocation(1);
    fake_check(f, yoke_resource_acquire(f->pool, &again, YOKE_FOREVER) == YOKE_ENOMEM);
    inject_reset();
    yoke_resource_stats stats = fake_stats(f);
    fake_check(f, again == NULL && stats.idle == 1 && stats.in_use == 0 && stats.acquired == 1);
    return NULL;
}

TEST(a_handle_that_cannot_be_noted_is_given_back) {
    fake f = {0};
    pthread_t id;
    REQUIRE(yoke_thread_index() == 0);
    REQUIRE(!pthread_create(&id, NULL, fill_list, &f));
    pthread_join(id, NULL);
    fake_end(&f);
}

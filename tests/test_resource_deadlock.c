/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that ask a resource pool for what they hold themselves.
 */
#include <string.h>

#include "tests/resource_fake.h"

static int contains(const char *part) { return strstr(yoke_error_detail(), part) != NULL; }

TEST(asking_for_one_more_than_there_are_is_a_deadlock) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 2);
    fake_open(&f, &options);
    void *handles[2], *more = NULL;
    for (int i = 0; i < 2; i++)
        REQUIRE(yoke_resource_acquire_at(f.pool, &handles[i], YOKE_FOREVER, "mine:1") == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &more, YOKE_FOREVER), YOKE_EDEADLK);
    CU_ASSERT(contains("deadlock of 1 thread: thread 0 waits for a handle of 'fake' at "));
    CU_ASSERT(contains("held by itself since mine:1"));
    CU_ASSERT_EQUAL(yoke_resource_close(f.pool, YOKE_FOREVER), YOKE_EDEADLK);
    CU_ASSERT_EQUAL(fake_stats(&f).deadlocks, 1);
    for (int i = 0; i < 2; i++) CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handles[i]), YOKE_OK);
    fake_end(&f);
}

TEST(a_disowned_handle_is_no_deadlock) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 2);
    fake_open(&f, &options);
    void *handle = NULL, *kept = NULL, *more = NULL;
    REQUIRE(yoke_resource_acquire(f.pool, &kept, YOKE_FOREVER) == YOKE_OK);
    REQUIRE(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_disown(f.pool, handle), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &more, yoke_deadline_in(0.01)), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, kept), YOKE_OK);
    fake_end(&f);
}

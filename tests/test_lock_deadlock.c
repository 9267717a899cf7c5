/* SPDX-License-Identifier: Apache-2.0
 *
 * Deadlocks of mutexes: every shape is reported with names and places, and nothing else is.
 */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/waiting.h"
#include "yoke/lock.h"

static void check_part(const char *text, const char *part) {
    if (strstr(text, part)) return;
    printf("    missing \"%s\" in \"%s\"\n", part, text);
    CU_FAIL("a part of the detail is missing");
}

TEST(a_mutex_that_one_owns_already) {
    yoke_mutex mutex = YOKE_MUTEX_INIT("m", 0);
    char detail[200];
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(&mutex, YOKE_FOREVER, "here:1"), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(&mutex, YOKE_FOREVER, "here:2"), YOKE_EDEADLK);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(),
                           "deadlock of 1 thread: thread 0 waits for mutex 'm' at here:2, held by "
                           "itself since here:1");
    CU_ASSERT_EQUAL(mutex.word, 1); /* the owner's number, and no flag of the wait that is gone */
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(&mutex, yoke_deadline_in(100), "here:3"), YOKE_EDEADLK);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_OK);
    CU_ASSERT_EQUAL(mutex.word, 0);
    yoke_mutex nameless = {0};
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(&nameless, YOKE_FOREVER, "here:1"), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(&nameless, YOKE_FOREVER, "here:2"), YOKE_EDEADLK);
    snprintf(detail, sizeof detail, "waits for mutex %p at here:2", (void *)&nameless);
    check_part(yoke_error_detail(), detail);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&nameless), YOKE_OK);
}

TEST(two_locks_taken_in_both_orders) {
    for (size_t round = 0; round < test_size(300, 30); round++) {
        yoke_mutex a = YOKE_MUTEX_INIT("a", 0), b = YOKE_MUTEX_INIT("b", 0);
        helper h = {.first = &b, .then = &a};
        CU_ASSERT_EQUAL(yoke_mutex_lock_at(&a, YOKE_FOREVER, "here:1"), YOKE_OK);
        helper_hold(&h);
        helper_go(&h);
        await_waits(1);
        CU_ASSERT_EQUAL(yoke_mutex_lock_at(&b, YOKE_FOREVER, "here:2"), YOKE_EDEADLK);
        CU_ASSERT_STRING_EQUAL(yoke_error_detail(),
                               "deadlock of 2 threads: thread 0 waits for mutex 'b' at here:2, "
                               "held by thread 1 since helper:1; thread 1 waits for mutex 'a' at "
                               "helper:2, held by thread 0 since here:1");
        CU_ASSERT_EQUAL(yoke_mutex_unlock(&a), YOKE_OK);
        helper_join(&h);
        CU_ASSERT_EQUAL(h.status, YOKE_OK);
    }
}

/* The caller and n - 1 helpers in a ring; the caller closes it. */
static void check_ring(int n) {
    yoke_mutex *locks = calloc((size_t)n, sizeof *locks);
    helper *helpers = calloc((size_t)n, sizeof *helpers);
    char name[64][16], part[64];
    for (int i = 0; i < n; i++) {
        snprintf(name[i], sizeof name[i], "l%d", i);
        CU_ASSERT_EQUAL(yoke_mutex_init(&locks[i], name[i], 0), YOKE_OK);
    }
    CU_ASSERT_EQUAL(yoke_mutex_lock(&locks[0], YOKE_FOREVER), YOKE_OK);
    for (int i = 1; i < n; i++) {
        helpers[i].first = &locks[i];
        helpers[i].then = &locks[(i + 1) % n];
        helper_hold(&helpers[i]);
    }
    for (int i = 1; i < n; i++) helper_go(&helpers[i]);
    await_waits(n - 1);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&locks[1], YOKE_FOREVER), YOKE_EDEADLK);
    snprintf(part, sizeof part, "deadlock of %d threads: thread 0 waits for mutex 'l1'", n);
    check_part(yoke_error_detail(), part);
    if (n == 3) check_part(yoke_error_detail(), "thread 1 waits for mutex 'l2'");
    if (n == 3) check_part(yoke_error_detail(), "thread 2 waits for mutex 'l0'");
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&locks[0]), YOKE_OK);
    for (int i = 1; i < n; i++) {
        helper_join(&helpers[i]);
        CU_ASSERT_EQUAL(helpers[i].status, YOKE_OK);
        CU_ASSERT_EQUAL(yoke_mutex_fini(&locks[i]), YOKE_OK);
    }
    free(helpers);
    free(locks);
}

TEST(rings_of_three_and_more) {
    for (size_t round = 0; round < test_size(50, 5); round++) check_ring(3);
    check_ring(7);
    check_ring(64);
}

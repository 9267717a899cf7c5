/* SPDX-License-Identifier: Apache-2.0
 *
 * The resource pool from one thread, and by its parts: options, life of handles, times, failures,
 * leases, figures. Threads are in test_resource_threads.c and test_resource_load.c.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/resource_fake.h"
#include "yoke/thread.h"

static int contains(const char *part) { return strstr(yoke_error_detail(), part) != NULL; }

TEST(options_are_checked) {
    fake f = {0};
    yoke_resource_pool *pool = NULL;
    yoke_resource_options good = fake_options(&f, 4), bad[7];
    for (int i = 0; i < 7; i++) bad[i] = good;
    bad[0].calls.create = NULL;
    bad[1].calls.destroy = NULL;
    bad[2].maximum = 4096;
    bad[3].minimum = 5;
    bad[4].idle_seconds = -1;
    bad[5].connect_seconds = NAN;
    bad[6].maximum = 0, bad[6].minimum = 9;
    for (int i = 0; i < 7; i++) CU_ASSERT_EQUAL(yoke_resource_create(&bad[i], &pool), YOKE_EINVAL);
    CU_ASSERT_PTR_NULL(pool);
    CU_ASSERT_EQUAL(atomic_load(&f.fini), 0);
    CU_ASSERT_EQUAL(yoke_resource_destroy(NULL), YOKE_OK);
    good.maximum = 4095;
    fake_open(&f, &good);
    CU_ASSERT_EQUAL(atomic_load(&f.created), 0);
    fake_end(&f);
}

TEST(handles_are_made_once_and_used_again) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 3);
    fake_open(&f, &options);
    void *first = NULL, *second = NULL, *again = NULL;
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &first, YOKE_NOW), YOKE_ETIMEDOUT);
    CU_ASSERT_PTR_NULL(first);
    CU_ASSERT(contains("resource pool 'fake': no handle was free at tests/test_resource.c:"));
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &first, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &second, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT(first != second);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, first), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, second), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &again, YOKE_NOW), YOKE_OK);
    CU_ASSERT(again == second); /* the one that was used last */
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, again), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, again), YOKE_EINVAL); /* idle by now */
    yoke_resource_stats stats = fake_stats(&f);
    CU_ASSERT_EQUAL(stats.acquired, 3);
    CU_ASSERT_EQUAL(stats.created, 2);
    CU_ASSERT_EQUAL(stats.peak, 2);
    CU_ASSERT_EQUAL(stats.idle, 2);
    CU_ASSERT_EQUAL(stats.in_use, 0);
    CU_ASSERT_EQUAL(stats.timed_out, 1);
    CU_ASSERT_EQUAL(stats.waited, 0);
    fake_end(&f);
}

TEST(misuse_is_refused) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 2);
    fake_open(&f, &options);
    void *handle = NULL;
    int other = 0;
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, &other), YOKE_EINVAL);
    REQUIRE(yoke_resource_acquire_at(f.pool, &handle, YOKE_FOREVER, "here:1") == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, &other), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_resource_destroy(f.pool), YOKE_EINVAL);
    CU_ASSERT(contains("1 handle is in use; "));
    CU_ASSERT(contains(" held by thread 0 since here:1 for "));
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK); /* and so destroyed: closed */
    CU_ASSERT_EQUAL(atomic_load(&f.now_alive), 0);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_EINVAL);
    CU_ASSERT(contains("is not in use"));
    CU_ASSERT_EQUAL(yoke_resource_disown(f.pool, handle), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_NOW), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_ECLOSED);
    fake_end(&f);
}

TEST(handles_are_found_by_their_address) { /* many come and go, so index entries are used again */
    enum { MOST = 100 };
    fake f = {0};
    yoke_resource_options options = fake_options(&f, MOST);
    fake_open(&f, &options);
    void *held[MOST] = {NULL};
    for (size_t i = 0; i < test_size(100000, 10000); i++) {
        void **slot = &held[test_random_below(MOST)];
        int status = YOKE_OK;
        if (!*slot)
            status = yoke_resource_acquire(f.pool, slot, YOKE_FOREVER);
        else if (test_random_below(2))
            status = yoke_resource_release(f.pool, *slot), *slot = NULL;
        else
            status = yoke_resource_discard(f.pool, *slot), *slot = NULL;
        if (status != YOKE_OK) CU_ASSERT_EQUAL(status, YOKE_OK);
    }
    for (int i = 0; i < MOST; i++)
        if (held[i]) CU_ASSERT_EQUAL(yoke_resource_release(f.pool, held[i]), YOKE_OK);
    CU_ASSERT(atomic_load(&f.most_alive) <= MOST);
    fake_end(&f);
}

static int create_same(void *ctx, yoke_deadline deadline, void **handle) {
    (void)deadline;
    *handle = ctx;
    return YOKE_OK;
}

static int create_null(void *ctx, yoke_deadline deadline, void **handle) {
    (void)ctx;
    (void)deadline;
    *handle = NULL;
    return YOKE_OK;
}

TEST(handles_that_are_none_are_refused) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 2);
    void *handle = NULL, *second = NULL;
    options.calls.create = create_null;
    fake_open(&f, &options);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER), YOKE_EINVAL);
    CU_ASSERT(contains("NULL"));
    CU_ASSERT_PTR_NULL(handle);
    fake_end(&f);
    options.calls.create = create_same;
    options.calls.destroy = fake_interrupt; /* counts */
    f = (fake){0};
    fake_handle one = {0};
    options.calls.ctx = &one;
    options.calls.fini = NULL;
    fake_open(&f, &options);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &second, YOKE_FOREVER), YOKE_EINVAL);
    CU_ASSERT(contains("has already"));
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_destroy(f.pool), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&one.interrupts), 1);
}

/* ---- validate, reset ---- */

TEST(broken_handles_are_replaced) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 4);
    options.calls.validate = fake_validate;
    options.calls.reset = fake_reset;
    fake_open(&f, &options);
    void *handles[3];
    for (int i = 0; i < 3; i++)
        REQUIRE(yoke_resource_acquire(f.pool, &handles[i], YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&f.validated), 0); /* new ones need it not */
    for (int i = 0; i < 3; i++) {
        fake_enter(&f, handles[i]);
        fake_leave(&f, handles[i]);
        atomic_store(&((fake_handle *)handles[i])->broken, i > 0);
        CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handles[i]), YOKE_OK);
    }
    void *handle = NULL;
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_NOW), YOKE_OK);
    CU_ASSERT(handle == handles[0]);
    CU_ASSERT_EQUAL(atomic_load(&f.now_alive), 1);
    atomic_store(&f.reset_fails, 1);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    yoke_resource_stats stats = fake_stats(&f);
    CU_ASSERT_EQUAL(stats.invalid, 3);
    CU_ASSERT_EQUAL(stats.acquired, 4);
    CU_ASSERT_EQUAL(stats.in_use + stats.idle, 0);
    fake_end(&f);
}

/* ---- times, by a clock of our own ---- */

static yoke_resource_options timed(fake *f, unsigned maximum) {
    yoke_resource_options options = fake_options(f, maximum);
    options.calls.clock = fake_clock;
    return options;
}

static void use_together(fake *f, int count) {
    void *handles[8];
    for (int i = 0; i < count; i++)
        REQUIRE(yoke_resource_acquire(f->pool, &handles[i], YOKE_FOREVER) == YOKE_OK);
    while (count-- > 0) CU_ASSERT_EQUAL(yoke_resource_release(f->pool, handles[count]), YOKE_OK);
}

TEST(idle_handles_are_closed_down_to_the_minimum) {
    fake f = {0};
    yoke_resource_options options = timed(&f, 8);
    options.idle_seconds = 60;
    options.minimum = 2;
    fake_open(&f, &options);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).idle, 2);
    use_together(&f, 8);
    fake_tick(&f, 59.9);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).idle, 8);
    use_together(&f, 3); /* younger again */
    fake_tick(&f, 0.2);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).idle, 3);
    fake_tick(&f, 1000);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).idle, 2);
    CU_ASSERT_EQUAL(fake_stats(&f).expired, 6);
    CU_ASSERT_EQUAL(atomic_load(&f.created), 8);
    fake_end(&f);
}

TEST(the_order_of_idle_handles_outlives_a_look) {
    fake f = {0};
    yoke_resource_options options = timed(&f, 8);
    options.idle_seconds = 60;
    fake_open(&f, &options);
    void *handles[8], *handle = NULL;
    for (int i = 0; i < 8; i++)
        REQUIRE(yoke_resource_acquire(f.pool, &handles[i], YOKE_FOREVER) == YOKE_OK);
    for (int i = 0; i < 8; i++) CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handles[i]), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_OK);
    for (int i = 8; i-- > 0;) {
        CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_NOW), YOKE_OK);
        CU_ASSERT(handle == handles[i]);
    }
    for (int i = 0; i < 8; i++) CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handles[i]), YOKE_OK);
    fake_end(&f);
}

TEST(acquire_hands_out_none_that_is_too_old) {
    fake f = {0};
    yoke_resource_options options = timed(&f, 2);
    options.idle_seconds = 60;
    fake_open(&f, &options);
    use_together(&f, 1);
    fake_tick(&f, 61);
    void *handle = NULL;
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(((fake_handle *)handle)->number, 1);
    CU_ASSERT_EQUAL(fake_stats(&f).acquired, 2);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    fake_end(&f);
}

TEST(a_release_looks_through_the_pool_now_and_then) {
    fake f = {0};
    yoke_resource_options options = timed(&f, 4);
    options.idle_seconds = 60;
    fake_open(&f, &options);
    use_together(&f, 4);
    void *handle = NULL;
    REQUIRE(yoke_resource_acquire(f.pool, &handle, YOKE_NOW) == YOKE_OK);
    fake_tick(&f, 61);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).idle, 1);
    CU_ASSERT_EQUAL(fake_stats(&f).expired, 3);
    fake_end(&f);
}

TEST(lifetimes_end_with_jitter) {
    enum { COUNT = 8 };
    fake f = {0};
    yoke_resource_options options = timed(&f, COUNT);
    options.lifetime_seconds = 1000;
    options.minimum = COUNT; /* a lifetime ends below the minimum, too */
    fake_open(&f, &options);
    use_together(&f, COUNT);
    fake_tick(&f, 899);
    use_together(&f, COUNT);
    CU_ASSERT_EQUAL(fake_stats(&f).expired, 0);
    int moments = 0;
    uint64_t before = 0;
    for (int i = 0; i < 102; i++) {
        fake_tick(&f, 1);
        void *handles[COUNT];
        int held = 0; /* what is released is looked at, too */
        while (held < COUNT && yoke_resource_acquire(f.pool, &handles[held], YOKE_NOW) == YOKE_OK)
            held++;
        while (held-- > 0) CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handles[held]), YOKE_OK);
        moments += fake_stats(&f).expired != before;
        before = fake_stats(&f).expired;
    }
    CU_ASSERT_EQUAL(before, COUNT);
    CU_ASSERT(moments > 1); /* all in one second of 100: less than once in 10^12 runs */
    fake_end(&f);
}

TEST(overdue_work_is_told_once_and_interrupted) {
    fake f = {0};
    yoke_resource_options options = timed(&f, 2);
    options.work_seconds = 5;
    options.calls.overdue = fake_overdue;
    options.calls.interrupt = fake_interrupt;
    fake_open(&f, &options);
    void *handle = NULL, *quick = NULL;
    REQUIRE(yoke_resource_acquire_at(f.pool, &handle, YOKE_FOREVER, "slow:1") == YOKE_OK);
    fake_tick(&f, 4.9);
    REQUIRE(yoke_resource_acquire(f.pool, &quick, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&f.overdue), 0);
    fake_tick(&f, 0.2);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&f.overdue), 1);
    CU_ASSERT(f.last_overdue.handle == handle);
    CU_ASSERT_EQUAL(f.last_overdue.owner, 0);
    CU_ASSERT_STRING_EQUAL(f.last_overdue.site, "slow:1");
    CU_ASSERT(f.last_overdue.age >= 5);
    CU_ASSERT_EQUAL(atomic_load(&((fake_handle *)handle)->interrupts), 1);
    CU_ASSERT_EQUAL(atomic_load(&((fake_handle *)quick)->interrupts), 0);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&f.destroyed), 1); /* it was interrupted */
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, quick), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&f.destroyed), 1);
    CU_ASSERT_EQUAL(fake_stats(&f).overdue, 1);
    use_together(&f, 1); /* a new lease may be overdue again */
    REQUIRE(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER) == YOKE_OK);
    fake_tick(&f, 6);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK); /* a release looks first */
    CU_ASSERT_EQUAL(atomic_load(&f.overdue), 2);
    fake_end(&f);
}

TEST(overdue_work_without_interrupt_only_is_told) {
    fake f = {0};
    yoke_resource_options options = timed(&f, 1);
    options.work_seconds = 5;
    options.calls.overdue = fake_overdue;
    fake_open(&f, &options);
    void *handle = NULL;
    REQUIRE(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_disown(f.pool, handle), YOKE_OK);
    fake_tick(&f, 6);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(f.last_overdue.owner, -1);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&f.destroyed), 0);
    fake_end(&f);
}

/* ---- a server that is down ---- */

TEST(failures_back_off) {
    fake f = {0};
    yoke_resource_options options = timed(&f, 4);
    options.backoff_seconds = 1;
    options.backoff_most = 10;
    fake_open(&f, &options);
    atomic_store(&f.down, 1);
    void *handle = NULL;
    double most = 1;
    for (int i = 1; i <= 8; i++, most = most * 2 > 10 ? 10 : most * 2) {
        CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER), YOKE_EIO);
        char text[64];
        snprintf(text, sizeof text, "create failed, %d time%s in a row, next try in ", i,
                 i == 1 ? "" : "s");
        CU_ASSERT(contains(text));
        CU_ASSERT(contains("the fake server is down"));
        yoke_resource_stats stats = fake_stats(&f);
        CU_ASSERT_EQUAL(stats.failures, i);
        CU_ASSERT(stats.next_try > most * 0.49 && stats.next_try <= most);
        CU_ASSERT_EQUAL(stats.failed, i);
        /* Not before its time. */
        CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER), YOKE_EIO);
        CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_NOW), YOKE_ETIMEDOUT);
        CU_ASSERT_EQUAL(fake_stats(&f).failed, i);
        fake_tick(&f, stats.next_try);
    }
    atomic_store(&f.down, 0);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).failures, 0);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    fake_end(&f);
}

TEST(maintain_tells_that_the_minimum_cannot_be_had) {
    fake f = {0};
    yoke_resource_options options = timed(&f, 4);
    options.minimum = 3;
    fake_open(&f, &options);
    atomic_store(&f.down, 1);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_EIO);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_EIO);
    CU_ASSERT_EQUAL(fake_stats(&f).failed, 1);
    atomic_store(&f.down, 0);
    fake_tick(&f, 1);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_NOW), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(fake_stats(&f).failures, 1);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).idle, 3);
    fake_end(&f);
}

TEST(a_server_that_never_answers_costs_the_callers_time_only) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 2);
    fake_open(&f, &options);
    atomic_store(&f.stuck, 1);
    void *handle = NULL;
    yoke_deadline deadline = yoke_deadline_in(0.02);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, deadline), YOKE_ETIMEDOUT);
    CU_ASSERT(yoke_deadline_passed(deadline));
    CU_ASSERT_EQUAL(fake_stats(&f).failures, 0); /* it was the caller who was in a hurry */
    CU_ASSERT_EQUAL(fake_stats(&f).failed, 1);
    CU_ASSERT_EQUAL(fake_stats(&f).timed_out, 1);
    fake_end(&f);
    f = (fake){0};
    options.connect_seconds = 0.01;
    fake_open(&f, &options);
    atomic_store(&f.stuck, 1);
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER), YOKE_ETIMEDOUT);
    CU_ASSERT(contains("did not answer"));
    CU_ASSERT_EQUAL(fake_stats(&f).failures, 1);
    fake_end(&f);
}

/* ---- leases ---- */

TEST(leases_are_listed) {
    fake f = {0};
    yoke_resource_options options = timed(&f, 4);
    fake_open(&f, &options);
    void *old = NULL, *young = NULL;
    yoke_resource_lease leases[4];
    char text[256], expected[256];
    CU_ASSERT_EQUAL(yoke_resource_leases(f.pool, 0, leases, 4), 0);
    CU_ASSERT_EQUAL(yoke_resource_leases_write(f.pool, 0, text, sizeof text), 0);
    CU_ASSERT_STRING_EQUAL(text, "");
    REQUIRE(yoke_resource_acquire_at(f.pool, &old, YOKE_FOREVER, "old:1") == YOKE_OK);
    fake_tick(&f, 2.5);
    REQUIRE(yoke_resource_acquire_at(f.pool, &young, YOKE_FOREVER, "young:2") == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_leases(f.pool, 0, leases, 1), 2);
    CU_ASSERT_EQUAL(yoke_resource_leases(f.pool, 2.5, leases, 4), 1);
    CU_ASSERT(leases[0].handle == old);
    CU_ASSERT_EQUAL(leases[0].owner, yoke_thread_index());
    CU_ASSERT_STRING_EQUAL(leases[0].site, "old:1");
    CU_ASSERT(fabs(leases[0].age - 2.5) < 1e-6);
    snprintf(expected, sizeof expected, "%p held by thread 0 since old:1 for 2.500 s\n", old);
    CU_ASSERT_EQUAL(yoke_resource_leases_write(f.pool, 1, text, sizeof text), strlen(expected));
    CU_ASSERT_STRING_EQUAL(text, expected);
    CU_ASSERT_EQUAL(yoke_resource_disown(f.pool, old), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_leases(f.pool, 2.5, leases, 4), 1);
    CU_ASSERT_EQUAL(leases[0].owner, -1);
    CU_ASSERT_EQUAL(yoke_resource_close(f.pool, YOKE_NOW), YOKE_ETIMEDOUT);
    CU_ASSERT(contains("2 handles are in use; "));
    CU_ASSERT(contains(" disowned, acquired since old:1 for 2.500 s"));
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, old), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_discard(f.pool, young), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_close(f.pool, YOKE_NOW), YOKE_OK);
    fake_end(&f);
}

TEST(who_holds_all_there_are_of_a_server_that_is_down_is_told_so) {
    fake f = {0};
    yoke_resource_options options = timed(&f, 2);
    fake_open(&f, &options);
    void *handle = NULL, *more = NULL;
    REQUIRE(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER) == YOKE_OK);
    atomic_store(&f.down, 1);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &more, YOKE_FOREVER), YOKE_EIO);
    CU_ASSERT_EQUAL(fake_stats(&f).failed, 1);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    fake_end(&f);
}

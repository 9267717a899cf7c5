/* SPDX-License-Identifier: Apache-2.0
 *
 * The resource pool under many threads: the order of the line, servers that fail or hang
 * while others wait, closing, deadlocks, owners that end.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/resource_fake.h"
#include "tests/waiting.h"

/* ---- one thread that acquires once ---- */

typedef struct user {
    fake *f;
    yoke_deadline deadline;
    pthread_t id;
    int status;
    void *handle;
    char detail[1024];
    atomic_int has, go; /* it has an answer; it may release */
    atomic_int *turn;   /* counts answers */
    int turn_taken;
    int keep; /* ends without a release */
} user;

static void *user_run(void *ctx) {
    user *u = ctx;
    u->status = yoke_resource_acquire_at(u->f->pool, &u->handle, u->deadline, "user:1");
    if (u->status < 0) snprintf(u->detail, sizeof u->detail, "%s", yoke_error_detail());
    if (u->turn) u->turn_taken = atomic_fetch_add(u->turn, 1);
    atomic_store(&u->has, 1);
    while (!atomic_load(&u->go)) sched_yield();
    if (u->status == YOKE_OK && !u->keep && yoke_resource_release(u->f->pool, u->handle) < 0)
        atomic_fetch_add(&u->f->faults, 1);
    return NULL;
}

static void user_start(user *u) { REQUIRE(!pthread_create(&u->id, NULL, user_run, u)); }
static void user_await(user *u) {
    while (!atomic_load(&u->has)) sched_yield();
}
static void user_end(user *u) {
    atomic_store(&u->go, 1);
    pthread_join(u->id, NULL);
}

/* ---- the line ---- */

static void check_order(unsigned handles, int waiters, int discard) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, handles);
    fake_open(&f, &options);
    void *held[8];
    user *users = calloc((size_t)waiters, sizeof *users);
    atomic_int turn = 0;
    REQUIRE(users != NULL);
    for (unsigned i = 0; i < handles; i++)
        REQUIRE(yoke_resource_acquire(f.pool, &held[i], YOKE_FOREVER) == YOKE_OK);
    for (int i = 0; i < waiters; i++) {
        users[i] = (user){.f = &f, .deadline = YOKE_FOREVER, .turn = &turn};
        user_start(&users[i]);
        fake_await_waiting(&f, (unsigned)i + 1);
    }
    /* One at a time: each release serves one, the first. */
    if (discard)
        CU_ASSERT_EQUAL(yoke_resource_discard(f.pool, held[0]), YOKE_OK);
    else
        CU_ASSERT_EQUAL(yoke_resource_release(f.pool, held[0]), YOKE_OK);
    for (int i = 0; i < waiters; i++) {
        user_await(&users[i]);
        CU_ASSERT_EQUAL(users[i].status, YOKE_OK);
        CU_ASSERT_EQUAL(users[i].turn_taken, i);
        CU_ASSERT_EQUAL(atomic_load(&turn), i + 1);
        void *stolen = NULL; /* nobody overtakes those in line, nor takes what was handed over */
        CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &stolen, YOKE_NOW), YOKE_ETIMEDOUT);
        user_end(&users[i]);
    }
    for (unsigned i = 1; i < handles; i++)
        CU_ASSERT_EQUAL(yoke_resource_release(f.pool, held[i]), YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).waited, waiters);
    CU_ASSERT_EQUAL(fake_stats(&f).peak, handles);
    CU_ASSERT(fake_stats(&f).wait_seconds > 0);
    CU_ASSERT_EQUAL(atomic_load(&f.created), (int)handles + discard);
    fake_end(&f);
    free(users);
}

TEST(first_come_first_served) { check_order(1, 20, 0); }
TEST(first_come_first_served_of_many) { check_order(8, 20, 0); }
TEST(permission_to_create_goes_to_the_first) { check_order(3, 10, 1); }

TEST(who_gives_up_leaves_the_line) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 1);
    fake_open(&f, &options);
    void *held = NULL;
    REQUIRE(yoke_resource_acquire(f.pool, &held, YOKE_FOREVER) == YOKE_OK);
    user users[3];
    for (int i = 0; i < 3; i++) {
        users[i] = (user){.f = &f, .deadline = i == 1 ? yoke_deadline_in(0.02) : YOKE_FOREVER};
        if (i == 1) users[i].deadline = yoke_deadline_in(0.05);
        user_start(&users[i]);
        if (i != 1) fake_await_waiting(&f, i == 0 ? 1 : 2);
        if (i == 1) user_await(&users[1]);
    }
    CU_ASSERT_EQUAL(users[1].status, YOKE_ETIMEDOUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(users[1].detail, "no handle was free at user:1"));
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, held), YOKE_OK);
    for (int i = 0; i < 3; i++) user_end(&users[i]);
    CU_ASSERT_EQUAL(users[0].status, YOKE_OK);
    CU_ASSERT_EQUAL(users[2].status, YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).timed_out, 1);
    CU_ASSERT_EQUAL(fake_stats(&f).waiting, 0);
    fake_end(&f);
}

/* ---- servers ---- */

TEST(others_go_on_while_one_creates) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 2);
    fake_open(&f, &options);
    void *held = NULL;
    REQUIRE(yoke_resource_acquire(f.pool, &held, YOKE_FOREVER) == YOKE_OK);
    atomic_store(&f.stuck, 1);
    user slow = {.f = &f, .deadline = YOKE_FOREVER}, next = {.f = &f, .deadline = YOKE_FOREVER};
    user_start(&slow);
    while (atomic_load(&f.creating) == 0) sched_yield();
    user_start(&next);
    fake_await_waiting(&f, 1);
    void *more = NULL; /* who holds all that are there may wait for the one that is being created */
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &more, yoke_deadline_in(0.01)), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, held), YOKE_OK);
    user_await(&next); /* served although create of the other never ends */
    CU_ASSERT(next.handle == held);
    user_end(&next);
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &held, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_resource_release(f.pool, held), YOKE_OK);
    }
    CU_ASSERT_EQUAL(atomic_load(&slow.has), 0);
    atomic_store(&f.stuck, 0);
    user_end(&slow);
    CU_ASSERT_EQUAL(slow.status, YOKE_OK);
    fake_end(&f);
}

TEST(a_failure_frees_those_who_could_wait_for_ever) {
    enum { WAITERS = 6 };
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 1);
    options.backoff_seconds = 1000;
    options.backoff_most = 1000;
    fake_open(&f, &options);
    atomic_store(&f.stuck, 1);
    atomic_store(&f.down, 1);
    user users[WAITERS];
    for (int i = 0; i < WAITERS; i++) {
        users[i] = (user){.f = &f, .deadline = YOKE_FOREVER};
        user_start(&users[i]);
        if (i == 0)
            while (atomic_load(&f.creating) == 0) sched_yield();
        else
            fake_await_waiting(&f, (unsigned)i);
    }
    atomic_store(&f.stuck, 0);
    for (int i = 0; i < WAITERS; i++) {
        user_end(&users[i]);
        CU_ASSERT_EQUAL(users[i].status, YOKE_EIO);
        CU_ASSERT_PTR_NOT_NULL(strstr(users[i].detail, "create failed, 1 time in a row, next try"));
        CU_ASSERT_PTR_NOT_NULL(strstr(users[i].detail, "the fake server is down"));
    }
    CU_ASSERT_EQUAL(fake_stats(&f).failed, 1); /* no storm */
    fake_end(&f);
}

TEST(who_waits_tries_again_after_the_back_off) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 2);
    options.backoff_seconds = 0.02;
    fake_open(&f, &options);
    void *held = NULL;
    REQUIRE(yoke_resource_acquire(f.pool, &held, YOKE_FOREVER) == YOKE_OK);
    atomic_store(&f.down, 1);
    user first = {.f = &f, .deadline = YOKE_FOREVER}, second = {.f = &f, .deadline = YOKE_FOREVER};
    user_start(&first);
    user_await(&first);
    CU_ASSERT_EQUAL(first.status, YOKE_EIO);
    user_start(&second); /* waits for the one that is held, or fails in its own try */
    while (fake_stats(&f).failed < 2 && fake_stats(&f).waiting == 0) sched_yield();
    if (!atomic_load(&second.has)) atomic_store(&f.down, 0);
    user_end(&second); /* nothing is released meanwhile: it created one itself */
    CU_ASSERT(second.status == YOKE_OK || second.status == YOKE_EIO);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, held), YOKE_OK);
    user_end(&first);
    fake_end(&f);
}

TEST(those_in_line_set_their_alarm_when_a_try_fails) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 2);
    options.backoff_seconds = 0.01;
    fake_open(&f, &options);
    void *held = NULL;
    REQUIRE(yoke_resource_acquire(f.pool, &held, YOKE_FOREVER) == YOKE_OK);
    atomic_store(&f.stuck, 1);
    atomic_store(&f.down, 1);
    user users[3];
    for (int i = 0; i < 3; i++) {
        users[i] = (user){.f = &f, .deadline = YOKE_FOREVER};
        user_start(&users[i]);
        if (i == 0)
            while (atomic_load(&f.creating) == 0) sched_yield();
        else
            fake_await_waiting(&f, (unsigned)i);
    }
    atomic_store(&f.stuck, 0); /* the first fails; the others try after the back-off, one by one */
    user_await(&users[0]);
    CU_ASSERT_EQUAL(users[0].status, YOKE_EIO);
    user_await(&users[1]);
    CU_ASSERT_EQUAL(users[1].status, YOKE_EIO);
    atomic_store(&f.down, 0);
    user_await(&users[2]);
    CU_ASSERT_EQUAL(atomic_load(&f.most_creating), 1);
    for (int i = 0; i < 3; i++) user_end(&users[i]);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, held), YOKE_OK);
    fake_end(&f);
}

TEST(one_at_a_time_tries_after_a_failure) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 2);
    options.calls.clock = fake_clock;
    fake_open(&f, &options);
    atomic_store(&f.down, 1);
    void *handle = NULL;
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER), YOKE_EIO);
    atomic_store(&f.down, 0);
    atomic_store(&f.stuck, 1);
    fake_tick(&f, 1);
    user first = {.f = &f, .deadline = YOKE_FOREVER}, second = {.f = &f, .deadline = YOKE_FOREVER};
    user_start(&first);
    while (atomic_load(&f.creating) == 0) sched_yield();
    user_start(&second);
    fake_await_waiting(&f, 1); /* though a place is empty */
    atomic_store(&f.stuck, 0);
    user_await(&first);
    user_await(&second); /* permitted by the success of the first, which keeps its handle */
    user_end(&first);
    user_end(&second);
    CU_ASSERT_EQUAL(atomic_load(&f.created), 2);
    fake_end(&f);
}

/* ---- closing ---- */

static void *close_for_good(void *ctx) {
    fake *f = ctx;
    static int status;
    status = yoke_resource_close(f->pool, YOKE_FOREVER);
    return &status;
}

TEST(closing_wakes_all_who_wait_and_waits_for_the_rest) {
    enum { WAITERS = 8 };
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 3);
    fake_open(&f, &options);
    void *held[3], *status = NULL;
    for (int i = 0; i < 3; i++)
        REQUIRE(yoke_resource_acquire(f.pool, &held[i], YOKE_FOREVER) == YOKE_OK);
    user users[WAITERS];
    for (int i = 0; i < WAITERS; i++) {
        users[i] = (user){.f = &f, .deadline = i % 2 ? YOKE_FOREVER : yoke_deadline_in(1000)};
        user_start(&users[i]);
        fake_await_waiting(&f, (unsigned)i + 1);
    }
    pthread_t id;
    REQUIRE(!pthread_create(&id, NULL, close_for_good, &f));
    for (int i = 0; i < WAITERS; i++) {
        user_end(&users[i]);
        CU_ASSERT_EQUAL(users[i].status, YOKE_ECLOSED);
        CU_ASSERT_STRING_EQUAL(users[i].detail, "resource pool 'fake': it was closed");
    }
    await_waits(1);
    char text[1024];
    yoke_waits_write(text, sizeof text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "to close 'fake'"));
    CU_ASSERT_EQUAL(yoke_resource_close(f.pool, YOKE_FOREVER), YOKE_EDEADLK); /* it holds some */
    for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(yoke_resource_release(f.pool, held[i]), YOKE_OK);
    pthread_join(id, &status);
    CU_ASSERT_EQUAL(*(int *)status, YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&f.now_alive), 0);
    fake_end(&f);
}

TEST(a_handle_that_is_created_while_the_pool_closes_is_ended) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 3);
    fake_open(&f, &options);
    atomic_store(&f.stuck, 1);
    user slow = {.f = &f, .deadline = YOKE_FOREVER};
    user_start(&slow);
    while (atomic_load(&f.creating) == 0) sched_yield();
    CU_ASSERT_EQUAL(yoke_resource_close(f.pool, yoke_deadline_in(0.01)), YOKE_ETIMEDOUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "being created"));
    CU_ASSERT_EQUAL(yoke_resource_destroy(f.pool), YOKE_EINVAL);
    atomic_store(&f.stuck, 0);
    CU_ASSERT_EQUAL(yoke_resource_close(f.pool, YOKE_FOREVER), YOKE_OK);
    user_end(&slow);
    CU_ASSERT_EQUAL(slow.status, YOKE_ECLOSED);
    fake_end(&f);
}

/* The pool is destroyed at once when close returns, while others return from release. */
TEST(a_closed_pool_may_be_destroyed_at_once) {
    for (size_t round = 0; round < test_size(500, 50); round++) {
        fake f = {0};
        yoke_resource_options options = fake_options(&f, 4);
        options.idle_seconds = 1;
        fake_open(&f, &options);
        user users[4];
        for (int i = 0; i < 4; i++) {
            users[i] = (user){.f = &f, .deadline = YOKE_FOREVER};
            user_start(&users[i]);
        }
        for (int i = 0; i < 4; i++) user_await(&users[i]);
        for (int i = 0; i < 4; i++) atomic_store(&users[i].go, 1);
        CU_ASSERT_EQUAL(yoke_resource_close(f.pool, YOKE_FOREVER), YOKE_OK);
        fake_end(&f);
        for (int i = 0; i < 4; i++) pthread_join(users[i].id, NULL);
        CU_ASSERT_EQUAL(atomic_load(&f.faults), 0);
    }
}

/* ---- deadlocks, and owners that end ---- */

static void *lock_and_ask(void *ctx) {
    user *u = ctx;
    static yoke_mutex *mutex;
    mutex = u->handle;
    if (yoke_mutex_lock_at(mutex, YOKE_FOREVER, "user:2") < 0) return NULL;
    atomic_store(&u->has, 1);
    u->status = yoke_resource_acquire_at(u->f->pool, &u->handle, YOKE_FOREVER, "user:3");
    yoke_mutex_unlock(mutex);
    if (u->status == YOKE_OK) yoke_resource_release(u->f->pool, u->handle);
    return NULL;
}

TEST(a_cycle_through_a_pool_and_a_lock_is_found) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 1);
    fake_open(&f, &options);
    yoke_mutex mutex = YOKE_MUTEX_INIT("m", 0);
    void *held = NULL;
    REQUIRE(yoke_resource_acquire_at(f.pool, &held, YOKE_FOREVER, "main:1") == YOKE_OK);
    user other = {.f = &f, .handle = &mutex};
    REQUIRE(!pthread_create(&other.id, NULL, lock_and_ask, &other));
    fake_await_waiting(&f, 1);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_FOREVER), YOKE_EDEADLK);
    const char *detail = yoke_error_detail();
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, "deadlock of 2 threads"));
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, "thread 1 waits for a handle of 'fake' at user:3"));
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, "held by thread 0 since main:1"));
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, held), YOKE_OK);
    pthread_join(other.id, NULL);
    CU_ASSERT_EQUAL(other.status, YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_fini(&mutex), YOKE_OK);
    fake_end(&f);
}

static void *hold_and_want_more(void *ctx) {
    user *u = ctx;
    void *more = NULL;
    u->status = yoke_resource_acquire_at(u->f->pool, &u->handle, YOKE_FOREVER, "user:1");
    atomic_store(&u->has, 1);
    while (!atomic_load(&u->go)) sched_yield();
    u->status = yoke_resource_acquire_at(u->f->pool, &more, YOKE_FOREVER, "user:4");
    if (u->status == YOKE_OK) yoke_resource_release(u->f->pool, more);
    if (yoke_resource_release(u->f->pool, u->handle) < 0) atomic_fetch_add(&u->f->faults, 1);
    return NULL;
}

/* All hold one of a pool's handles, and want one more: exactly one of them is refused, since with
 * what it releases the others can go on. */
TEST(all_want_one_more) {
    enum { USERS = 6 };
    for (size_t round = 0; round < test_size(100, 10); round++) {
        fake f = {0};
        yoke_resource_options options = fake_options(&f, USERS);
        fake_open(&f, &options);
        user users[USERS];
        int refused = 0;
        for (int i = 0; i < USERS; i++) {
            users[i] = (user){.f = &f};
            REQUIRE(!pthread_create(&users[i].id, NULL, hold_and_want_more, &users[i]));
        }
        for (int i = 0; i < USERS; i++) user_await(&users[i]);
        for (int i = 0; i < USERS; i++) atomic_store(&users[i].go, 1);
        for (int i = 0; i < USERS; i++) {
            pthread_join(users[i].id, NULL);
            refused += users[i].status == YOKE_EDEADLK;
            CU_ASSERT(users[i].status == YOKE_OK || users[i].status == YOKE_EDEADLK);
        }
        CU_ASSERT_EQUAL(refused, 1);
        fake_end(&f);
    }
}

TEST(handles_of_threads_that_end_are_taken_back) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 2);
    fake_open(&f, &options);
    user leaky[2], waiting = {.f = &f, .deadline = YOKE_FOREVER};
    for (int i = 0; i < 2; i++) {
        leaky[i] = (user){.f = &f, .deadline = YOKE_FOREVER, .keep = 1};
        user_start(&leaky[i]);
        user_await(&leaky[i]);
    }
    user_start(&waiting);
    fake_await_waiting(&f, 1);
    user_end(&leaky[0]); /* wakes who waits already */
    user_await(&waiting);
    CU_ASSERT_EQUAL(waiting.status, YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).leaked, 1);
    user_end(&leaky[1]);
    void *handle = NULL; /* and who comes later finds it */
    CU_ASSERT_EQUAL(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).leaked, 2);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    user_end(&waiting);
    leaky[0] = (user){.f = &f, .deadline = YOKE_FOREVER, .keep = 1};
    user_start(&leaky[0]);
    user_end(&leaky[0]);
    CU_ASSERT_EQUAL(yoke_resource_maintain(f.pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(fake_stats(&f).leaked, 3);
    leaky[0] = (user){.f = &f, .deadline = YOKE_FOREVER, .keep = 1};
    user_start(&leaky[0]);
    user_end(&leaky[0]);
    CU_ASSERT_EQUAL(yoke_resource_close(f.pool, YOKE_FOREVER), YOKE_OK); /* so does close */
    fake_end(&f);
}

TEST(another_thread_may_release_what_was_disowned) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, 1);
    fake_open(&f, &options);
    user owner = {.f = &f, .deadline = YOKE_FOREVER, .keep = 1};
    user_start(&owner);
    user_await(&owner);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, owner.handle), YOKE_EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "at user:1, not by this thread"));
    user_end(&owner);
    void *handle = NULL;
    REQUIRE(yoke_resource_acquire(f.pool, &handle, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_disown(f.pool, handle), YOKE_OK);
    user next = {.f = &f, .deadline = YOKE_FOREVER};
    user_start(&next);
    fake_await_waiting(&f, 1);
    CU_ASSERT_EQUAL(yoke_resource_release(f.pool, handle), YOKE_OK);
    user_end(&next);
    CU_ASSERT_EQUAL(next.status, YOKE_OK);
    fake_end(&f);
}

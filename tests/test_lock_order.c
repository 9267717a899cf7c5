/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of locks: ranks that do not rise, and orders seen in waits, each reported once, whether
 * or not anything hangs.
 */
#include "tests/harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/waiting.h"
#include "yoke/lock.h"
#include "yoke/rwlock.h"

static atomic_int told;
static char last_told[1024];

static void note(const char *report, void *ctx) {
    atomic_fetch_add((atomic_int *)ctx, 1);
    snprintf(last_told, sizeof last_told, "%s", report);
}

static void check_last(const char *expected) {
    char text[1024];
    CU_ASSERT_STRING_EQUAL(last_told, expected);
    CU_ASSERT_EQUAL(yoke_lock_last_inversion(text, sizeof text), strlen(expected));
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void lock(yoke_mutex *mutex, const char *site) {
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(mutex, YOKE_FOREVER, site), YOKE_OK);
}

static void unlock(yoke_mutex *mutex) { CU_ASSERT_EQUAL(yoke_mutex_unlock(mutex), YOKE_OK); }

/* ---- ranks ---- */

TEST(ranks_that_do_not_rise_are_told_once_for_each_pair) {
    yoke_mutex low = YOKE_MUTEX_INIT("low", 1), high = YOKE_MUTEX_INIT("high", 5);
    yoke_mutex same = YOKE_MUTEX_INIT("same", 5), none = YOKE_MUTEX_INIT("none", 0);
    char text[4] = "xxx";
    CU_ASSERT_EQUAL(yoke_lock_last_inversion(text, sizeof text), 0);
    CU_ASSERT_STRING_EQUAL(text, "");
    yoke_lock_on_inversion(note, &told);
    for (int i = 0; i < 3; i++) {
        lock(&low, "a:1");
        lock(&none, "a:2");
        lock(&high, "a:3"); /* rises */
        unlock(&high);
        unlock(&none);
        unlock(&low);
    }
    CU_ASSERT_EQUAL(told, 0);
    for (int i = 0; i < 3; i++) {
        lock(&high, "b:1");
        lock(&none, "b:2");
        lock(&low, "b:3");
        CU_ASSERT_EQUAL(told, 1);
        unlock(&high);
        unlock(&low);
        unlock(&none);
    }
    check_last(
        "lock order: thread 0 takes 'low' at b:3 while it holds 'high' since b:1; rank 1 is "
        "not above rank 5");
    lock(&high, "c:1");
    lock(&same, "c:2");
    CU_ASSERT_EQUAL(told, 2);
    check_last(
        "lock order: thread 0 takes 'same' at c:2 while it holds 'high' since c:1; rank 5 is "
        "not above rank 5");
    unlock(&high);
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(&low, YOKE_NOW, "d:1"), YOKE_OK); /* a try: not told */
    CU_ASSERT_EQUAL(told, 2);
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(&low, 1, "d:1"), YOKE_ETIMEDOUT); /* its own, not told */
    unlock(&low);
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(&low, 1, "d:1"), YOKE_OK); /* a past moment: a try, too */
    CU_ASSERT_EQUAL(told, 2);
    unlock(&low);
    lock(&low, "d:2");
    CU_ASSERT_EQUAL(told, 3);
    unlock(&low);
    unlock(&same);
    CU_ASSERT_EQUAL(yoke_lock_inversions(), 3);
    yoke_lock_on_inversion(NULL, NULL);
    yoke_mutex deep[20]; /* more than the first places, taken downwards */
    char names[20][24];
    for (int i = 0; i < 20; i++) {
        snprintf(names[i], sizeof names[i], "deep %d", i);
        CU_ASSERT_EQUAL(yoke_mutex_init(&deep[i], names[i], 20 - i), YOKE_OK);
        lock(&deep[i], "e:1");
    }
    CU_ASSERT_EQUAL(yoke_lock_inversions(), 3 + 19); /* each with the highest below it */
    CU_ASSERT_EQUAL(told, 3);
    for (int i = 0; i < 20; i++) unlock(&deep[i]);
}

TEST(ranks_of_read_write_locks) {
    yoke_rwlock low = YOKE_RWLOCK_INIT("low", 1), high = YOKE_RWLOCK_INIT("high", 2);
    yoke_rwlock_sharded_options options = {.name = "slots", .rank = 2};
    yoke_rwlock_sharded *slots;
    REQUIRE(yoke_rwlock_sharded_create(&options, &slots) == YOKE_OK);
    yoke_lock_on_inversion(note, &told);
    CU_ASSERT_EQUAL(yoke_rwlock_read_at(&high, YOKE_FOREVER, "a:1"), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_read_at(&high, YOKE_FOREVER, "a:2"), YOKE_OK); /* again */
    CU_ASSERT_EQUAL(yoke_rwlock_read_at(&low, 1, "a:3"), YOKE_OK);             /* tries */
    CU_ASSERT_EQUAL(yoke_rwlock_read_unlock(&low), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_write_at(slots, 1, "a:3"), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_write_unlock(slots), YOKE_OK);
    CU_ASSERT_EQUAL(told, 0);
    CU_ASSERT_EQUAL(yoke_rwlock_read_at(&low, YOKE_FOREVER, "a:3"), YOKE_OK);
    CU_ASSERT_EQUAL(told, 1);
    CU_ASSERT_EQUAL(yoke_rwlock_read_unlock(&low), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_read_at(slots, YOKE_FOREVER, "a:4"), YOKE_OK);
    CU_ASSERT_EQUAL(told, 2);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_read_at(slots, YOKE_FOREVER, "a:5"), YOKE_OK);
    CU_ASSERT_EQUAL(told, 2);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_read_unlock(slots), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_read_unlock(&high), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_read_unlock(&high), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_write_at(&low, YOKE_FOREVER, "b:1"), YOKE_OK);
    CU_ASSERT_EQUAL(told, 3);
    CU_ASSERT_EQUAL(yoke_rwlock_write_unlock(&low), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_read_unlock(slots), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(slots), YOKE_OK);
}

/* ---- orders seen in waits ---- */

/* Holds `first` and waits for `second`, which a helper has, and gets it. */
static void wait_in_order(yoke_mutex *first, yoke_mutex *second, const char *since,
                          const char *wanted) {
    helper h = {.first = second};
    helper_hold(&h);
    lock(first, since);
    h.go_when_awaited = 1;
    helper_go(&h);
    lock(second, wanted);
    unlock(second);
    unlock(first);
    helper_join(&h);
}

TEST(both_orders_seen_in_waits_are_told_without_a_deadlock) {
    yoke_mutex a = YOKE_MUTEX_INIT("a", 0), b = YOKE_MUTEX_INIT("b", 0);
    yoke_lock_on_inversion(note, &told);
    for (int i = 0; i < 2; i++) wait_in_order(&a, &b, "x:1", "x:2");
    CU_ASSERT_EQUAL(told, 0);
    for (int i = 0; i < 2; i++) {
        wait_in_order(&b, &a, "y:1", "y:2");
        CU_ASSERT_EQUAL(told, 1);
    }
    check_last(
        "lock order: thread 0 waits for 'a' at y:2 while it holds 'b' since y:1; before, "
        "'a' was held since x:1 while a thread waited for 'b' at x:2");
    for (int i = 0; i < 2; i++) wait_in_order(&a, &b, "x:1", "x:2");
    CU_ASSERT_EQUAL(told, 1);
}

TEST(a_ring_of_orders) {
    enum { COUNT = 5 };
    static const char *const names[COUNT] = {"p", "q", "r", "s", "t"};
    yoke_mutex ring[COUNT];
    yoke_lock_on_inversion(note, &told);
    for (int i = 0; i < COUNT; i++) CU_ASSERT_EQUAL(yoke_mutex_init(&ring[i], names[i], 0), 0);
    for (int i = 0; i + 1 < COUNT; i++)
        wait_in_order(&ring[i], &ring[i + 1], names[i], names[i + 1]);
    wait_in_order(&ring[0], &ring[3], "skip", "skip");
    CU_ASSERT_EQUAL(told, 0);
    wait_in_order(&ring[4], &ring[1], "end", "begin");
    CU_ASSERT_EQUAL(told, 1);
    check_last(
        "lock order: thread 0 waits for 'q' at begin while it holds 't' since end; before, "
        "'q' was held since q while a thread waited for 'r' at r; before, 'r' was held "
        "since r while a thread waited for 's' at s; before, 's' was held since s while a "
        "thread waited for 't' at t");
}

/* Locks of one name are one class for others, and told apart among themselves. */
TEST(locks_are_known_by_name_or_by_address) {
    yoke_mutex log = YOKE_MUTEX_INIT("log", 0), bare[2] = {{0}};
    yoke_mutex account[3] = {YOKE_MUTEX_INIT("account", 0), YOKE_MUTEX_INIT("account", 0),
                             YOKE_MUTEX_INIT("account", 0)};
    yoke_lock_on_inversion(note, &told);
    wait_in_order(&account[0], &log, "1", "2");
    CU_ASSERT_EQUAL(told, 0);
    wait_in_order(&log, &account[1], "3", "4"); /* another account, the same order inverted */
    CU_ASSERT_EQUAL(told, 1);
    wait_in_order(&account[0], &account[1], "5", "6");
    wait_in_order(&account[1], &account[2], "5", "6");
    wait_in_order(&account[0], &account[2], "5", "6");
    CU_ASSERT_EQUAL(told, 1);
    wait_in_order(&account[2], &account[0], "7", "8");
    CU_ASSERT_EQUAL(told, 2);
    wait_in_order(&bare[0], &bare[1], "9", "10");
    CU_ASSERT_EQUAL(told, 2);
    wait_in_order(&bare[1], &bare[0], "9", "10");
    CU_ASSERT_EQUAL(told, 3);
    wait_in_order(&bare[0], &log, "11", "12"); /* with and without a name */
    CU_ASSERT_EQUAL(told, 3);
    wait_in_order(&log, &bare[0], "11", "12");
    CU_ASSERT_EQUAL(told, 4);
}

TEST(an_address_is_forgotten_with_its_lock) {
    yoke_mutex bare[2] = {{0}};
    yoke_lock_on_inversion(note, &told);
    for (size_t i = 0; i < test_size(3000, 100); i++) { /* also more than the tables hold */
        wait_in_order(&bare[i % 2], &bare[1 - i % 2], "1", "2");
        CU_ASSERT_EQUAL(yoke_mutex_fini(&bare[i % 2]), YOKE_OK);
    }
    CU_ASSERT_EQUAL(told, 0);
    wait_in_order(&bare[0], &bare[1], "1", "2");
    CU_ASSERT_EQUAL(yoke_mutex_init(&bare[0], NULL, 0), YOKE_OK); /* its memory used again */
    wait_in_order(&bare[1], &bare[0], "1", "2");
    CU_ASSERT_EQUAL(told, 0);
    wait_in_order(&bare[0], &bare[1], "1", "2");
    CU_ASSERT_EQUAL(told, 1);
}

typedef struct keeper {
    yoke_rwlock_sharded *lock;
    int write;
    atomic_int ready;
} keeper;

static void *keep_until_awaited(void *ctx) {
    keeper *k = ctx;
    int status = k->write ? yoke_rwlock_sharded_write_at(k->lock, YOKE_FOREVER, "k")
                          : yoke_rwlock_sharded_read_at(k->lock, YOKE_FOREVER, "k");
    if (status != YOKE_OK) abort();
    atomic_store(&k->ready, 1);
    await_waits(1);
    status = k->write ? yoke_rwlock_sharded_write_unlock(k->lock)
                      : yoke_rwlock_sharded_read_unlock(k->lock);
    return status == YOKE_OK ? NULL : ctx;
}

/* Holds `first` and waits for the lock, which another thread reads or writes. */
static void wait_for_slots(yoke_mutex *first, yoke_rwlock_sharded *slots, int write, int other) {
    keeper k = {.lock = slots, .write = other};
    pthread_t id;
    yoke_thread_index();
    REQUIRE(!pthread_create(&id, NULL, keep_until_awaited, &k));
    while (!atomic_load(&k.ready)) sched_yield();
    lock(first, "1");
    int status = write ? yoke_rwlock_sharded_write_at(slots, YOKE_FOREVER, "2")
                       : yoke_rwlock_sharded_read_at(slots, YOKE_FOREVER, "2");
    CU_ASSERT_EQUAL(status, YOKE_OK);
    status =
        write ? yoke_rwlock_sharded_write_unlock(slots) : yoke_rwlock_sharded_read_unlock(slots);
    CU_ASSERT_EQUAL(status, YOKE_OK);
    unlock(first);
    pthread_join(id, NULL);
}

/* A writer that waits for readers, a reader and a writer that wait for a writer; with a name and
 * without. */
TEST(orders_of_sharded_locks) {
    static const int modes[3][2] = {{1, 0}, {0, 1}, {1, 1}};
    yoke_lock_on_inversion(note, &told);
    for (int i = 0; i < 6; i++) {
        yoke_rwlock_sharded_options options = {.name = i < 3 ? NULL : "slots", .threads = 4};
        yoke_rwlock_sharded *slots;
        char name[24];
        snprintf(name, sizeof name, "m%d", i);
        yoke_mutex mutex = YOKE_MUTEX_INIT(name, 0);
        REQUIRE(yoke_rwlock_sharded_create(&options, &slots) == YOKE_OK);
        wait_for_slots(&mutex, slots, modes[i % 3][0], modes[i % 3][1]);
        CU_ASSERT_EQUAL(told, i);
        helper h = {.first = &mutex, .go_when_awaited = 1};
        helper_hold(&h);
        CU_ASSERT_EQUAL(yoke_rwlock_sharded_read_at(slots, YOKE_FOREVER, "3"), YOKE_OK);
        helper_go(&h);
        lock(&mutex, "4");
        CU_ASSERT_EQUAL(told, i + 1);
        unlock(&mutex);
        CU_ASSERT_EQUAL(yoke_rwlock_sharded_read_unlock(slots), YOKE_OK);
        helper_join(&h);
        CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(slots), YOKE_OK);
    }
}

/* An edge into a forgotten lock does not lead to the next that gets its number. */
TEST(a_number_is_used_again_without_its_edges) {
    yoke_mutex x = {0}, y = {0}, z = {0};
    yoke_lock_on_inversion(note, &told);
    wait_in_order(&x, &y, "1", "2");
    CU_ASSERT_EQUAL(yoke_mutex_fini(&y), YOKE_OK);
    wait_in_order(&z, &x, "3", "4");
    CU_ASSERT_EQUAL(told, 0);
    wait_in_order(&x, &z, "5", "6");
    CU_ASSERT_EQUAL(told, 1);
}

/* More pairs than are remembered: what is beyond is not told, least of all again and again. */
TEST(more_pairs_than_are_remembered) {
    enum { COUNT = 66 };
    static yoke_mutex many[COUNT];
    yoke_lock_on_inversion(note, &told);
    for (int last = 1; last < COUNT; last++) {
        helper h = {.first = &many[last], .go_when_awaited = 1};
        helper_hold(&h);
        for (int i = 0; i < last; i++) lock(&many[i], "1");
        helper_go(&h);
        lock(&many[last], "2");
        for (int i = 0; i <= last; i++) unlock(&many[i]);
        helper_join(&h);
    }
    CU_ASSERT_EQUAL(told, 0);
    for (int i = 0; i < 2; i++) wait_in_order(&many[1], &many[0], "3", "4");
    CU_ASSERT_EQUAL(told, 0);
    CU_ASSERT_EQUAL(yoke_lock_inversions(), 0);
}

/* What does not fit in the tables is not compared, and nothing else breaks. */
TEST(more_names_than_are_remembered) {
    enum { COUNT = 700 };
    static yoke_mutex many[COUNT];
    static char names[COUNT][24];
    yoke_lock_on_inversion(note, &told);
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "lock %d", i);
        CU_ASSERT_EQUAL(yoke_mutex_init(&many[i], names[i], 0), YOKE_OK);
    }
    for (int i = 0; i + 1 < COUNT; i++) wait_in_order(&many[i], &many[i + 1], "1", "2");
    CU_ASSERT_EQUAL(told, 0);
    wait_in_order(&many[100], &many[0], "3", "4");
    CU_ASSERT_EQUAL(told, 1);
    wait_in_order(&many[COUNT - 1], &many[COUNT - 2], "5", "6");
    CU_ASSERT_EQUAL(told, 1);
}

/* ---- fork ---- */

static atomic_bool forked;

static void *ask_again_and_again(void *ctx) {
    while (!atomic_load(&forked)) yoke_lock_inversions();
    return ctx;
}

/* Whatever another thread is at: the child can ask, too. */
TEST(the_child_of_a_fork_can_ask) {
    pthread_t thread;
    REQUIRE(!pthread_create(&thread, NULL, ask_again_and_again, NULL));
    for (int i = 0; i < 100; i++) {
        pid_t pid = fork();
        if (pid == 0) _exit((int)yoke_lock_inversions());
        int status = -1;
        waitpid(pid, &status, 0);
        CU_ASSERT_EQUAL(status, 0);
    }
    atomic_store(&forked, true);
    pthread_join(thread, NULL);
}

/* ---- the callback ---- */

static void lock_something(const char *report, void *ctx) {
    static yoke_mutex low = YOKE_MUTEX_INIT("low too", 1);
    note(report, &told);
    CU_ASSERT_EQUAL(yoke_mutex_lock(ctx, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&low, YOKE_FOREVER), YOKE_OK); /* an inversion of its own */
    unlock(&low);
    unlock(ctx);
}

TEST(a_callback_may_use_locks) {
    yoke_mutex low = YOKE_MUTEX_INIT("low", 1), high = YOKE_MUTEX_INIT("high", 5);
    yoke_mutex output = YOKE_MUTEX_INIT("output", 0);
    yoke_mutex a = YOKE_MUTEX_INIT("a", 0), b = YOKE_MUTEX_INIT("b", 0);
    yoke_lock_on_inversion(lock_something, &output);
    lock(&high, "1");
    lock(&low, "2");
    unlock(&low);
    unlock(&high);
    CU_ASSERT_EQUAL(told, 1);
    CU_ASSERT_EQUAL(yoke_lock_inversions(), 2);
    wait_in_order(&a, &b, "3", "4");
    wait_in_order(&b, &a, "5", "6");
    CU_ASSERT_EQUAL(told, 2);
    CU_ASSERT_EQUAL(yoke_lock_inversions(), 3);
}

static void lock_several(const char *report, void *ctx) {
    yoke_mutex *several = ctx;
    note(report, &told);
    for (int i = 0; i < 4; i++) lock(&several[i], "several");
    for (int i = 0; i < 4; i++) unlock(&several[i]);
}

/* The list of held locks moves while it is compared, whatever its length is. */
TEST(a_callback_may_hold_more_than_there_is_room_for) {
    enum { MOST = 16 };
    yoke_mutex several[4] = {{0}}, held[MOST];
    char names[MOST][24];
    for (int count = 5; count <= MOST; count++) {
        yoke_mutex wanted = YOKE_MUTEX_INIT("wanted", 0);
        for (int i = 0; i < count; i++) {
            snprintf(names[i], sizeof names[i], "held %d of %d", i, count);
            CU_ASSERT_EQUAL(yoke_mutex_init(&held[i], names[i], 0), YOKE_OK);
            wait_in_order(&wanted, &held[i], "1", "2");
        }
        told = 0;
        yoke_lock_on_inversion(lock_several, several);
        helper h = {.first = &wanted, .go_when_awaited = 1};
        helper_hold(&h);
        for (int i = 0; i < count; i++) lock(&held[i], "3");
        helper_go(&h);
        lock(&wanted, "4");
        CU_ASSERT_EQUAL(told, count);
        unlock(&wanted);
        for (int i = 0; i < count; i++) unlock(&held[i]);
        helper_join(&h);
        yoke_lock_on_inversion(NULL, NULL);
    }
}

static atomic_int leave, left;

static void *read_until_told(void *ctx) {
    keeper *k = ctx;
    if (yoke_rwlock_sharded_read(k->lock, YOKE_FOREVER) != YOKE_OK) abort();
    atomic_store(&k->ready, 1);
    while (!atomic_load(&leave)) sched_yield();
    if (yoke_rwlock_sharded_read_unlock(k->lock) != YOKE_OK) abort();
    atomic_store(&left, 1);
    return NULL;
}

static void let_reader_leave(const char *report, void *ctx) {
    note(report, ctx);
    atomic_store(&leave, 1);
    while (!atomic_load(&left)) sched_yield();
}

/* The callback stands between a writer's looks at the slots and its sleep: the last reader leaves
 * just then, and finds nobody to wake. */
TEST(a_reader_that_leaves_before_the_writer_sleeps) {
    yoke_mutex mutex = YOKE_MUTEX_INIT("m", 0);
    helper h = {.first = &mutex, .go_when_awaited = 1};
    keeper k = {0};
    pthread_t id;
    REQUIRE(yoke_rwlock_sharded_create(NULL, &k.lock) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_read(k.lock, YOKE_FOREVER), YOKE_OK);
    helper_hold(&h);
    helper_go(&h);
    lock(&mutex, "1");
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_read_unlock(k.lock), YOKE_OK);
    helper_join(&h);
    REQUIRE(!pthread_create(&id, NULL, read_until_told, &k));
    while (!atomic_load(&k.ready)) sched_yield();
    yoke_lock_on_inversion(let_reader_leave, &told);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_write(k.lock, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(told, 1);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_write_unlock(k.lock), YOKE_OK);
    unlock(&mutex);
    pthread_join(id, NULL);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(k.lock), YOKE_OK);
}

/* A deadlock that does happen is an inversion, too, and the texts are independent. */
TEST(a_real_deadlock_is_also_an_inversion) {
    yoke_mutex a = YOKE_MUTEX_INIT("a", 0), b = YOKE_MUTEX_INIT("b", 0);
    helper h = {.first = &b, .then = &a};
    yoke_lock_on_inversion(note, &told);
    lock(&a, "here:1");
    helper_hold(&h);
    helper_go(&h);
    await_waits(1);
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(&b, YOKE_FOREVER, "here:2"), YOKE_EDEADLK);
    CU_ASSERT_EQUAL(told, 1);
    CU_ASSERT_EQUAL(strncmp(yoke_error_detail(), "deadlock of 2 threads", 21), 0);
    unlock(&a);
    helper_join(&h);
}

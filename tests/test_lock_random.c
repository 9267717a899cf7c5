/* SPDX-License-Identifier: Apache-2.0
 *
 * Random lock graphs: several threads take several locks of all kinds in random orders and modes,
 * and roll back when they are told of a deadlock. They must always come to an end. When all take
 * the locks in one global order there is no deadlock, and none may be told.
 */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/waiting.h"
#include "yoke/rwlock.h"

enum { LOCKS = 6, MOST = 4 };

typedef struct market {
    yoke_mutex mutexes[LOCKS];
    yoke_rwlock rwlocks[LOCKS];
    yoke_rwlock_sharded *sharded[LOCKS];
    long guarded[3 * LOCKS]; /* each by one lock: written by its only writer */
    int ordered, deadlines, rounds;
    pthread_barrier_t begin;
    atomic_long deadlocks, timeouts, failures, changes;
} market;

typedef struct trader {
    market *m;
    unsigned seed;
    int held[MOST], modes[MOST]; /* what it holds: lock, and whether it reads */
    int count;
} trader;

static int is_mutex(int lock) { return lock < LOCKS; }

static int take(trader *t, int lock, int read, yoke_deadline deadline) {
    market *m = t->m;
    if (is_mutex(lock)) return yoke_mutex_lock(&m->mutexes[lock], deadline);
    if (lock < 2 * LOCKS) {
        yoke_rwlock *l = &m->rwlocks[lock - LOCKS];
        return read ? yoke_rwlock_read(l, deadline) : yoke_rwlock_write(l, deadline);
    }
    yoke_rwlock_sharded *l = m->sharded[lock - 2 * LOCKS];
    return read ? yoke_rwlock_sharded_read(l, deadline) : yoke_rwlock_sharded_write(l, deadline);
}

static int give_back(trader *t, int i) {
    int lock = t->held[i], read = t->modes[i];
    market *m = t->m;
    if (is_mutex(lock)) return yoke_mutex_unlock(&m->mutexes[lock]);
    if (lock < 2 * LOCKS) {
        yoke_rwlock *l = &m->rwlocks[lock - LOCKS];
        return read ? yoke_rwlock_read_unlock(l) : yoke_rwlock_write_unlock(l);
    }
    yoke_rwlock_sharded *l = m->sharded[lock - 2 * LOCKS];
    return read ? yoke_rwlock_sharded_read_unlock(l) : yoke_rwlock_sharded_write_unlock(l);
}

static void release_all(trader *t) {
    while (t->count > 0) {
        int i = (int)((unsigned)rand_r(&t->seed) % (unsigned)t->count);
        if (give_back(t, i) < 0) atomic_fetch_add(&t->m->failures, 1);
        t->count--;
        t->held[i] = t->held[t->count];
        t->modes[i] = t->modes[t->count];
    }
}

static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

/* Different locks, rising when there is an order. */
static int choose(trader *t, int *locks) {
    int count = 1 + rand_r(&t->seed) % MOST;
    for (int i = 0; i < count; i++) {
    again:
        locks[i] = rand_r(&t->seed) % (3 * LOCKS);
        for (int j = 0; j < i; j++) {
            if (locks[j] == locks[i]) goto again;
        }
    }
    if (t->m->ordered) qsort(locks, (size_t)count, sizeof *locks, compare);
    return count;
}

static yoke_deadline some_deadline(trader *t) {
    static const double spans[] = {0, 2e-6, 50e-6, 1000};
    return t->m->deadlines ? yoke_deadline_in(spans[rand_r(&t->seed) % 4]) : YOKE_FOREVER;
}

static int take_all(trader *t, const int *locks, int count) {
    for (int i = 0; i < count; i++) {
        int read = !is_mutex(locks[i]) && rand_r(&t->seed) % 2;
        YOKE_TRY(take(t, locks[i], read, some_deadline(t)));
        t->held[t->count] = locks[i];
        t->modes[t->count++] = read;
        if (!read) t->m->guarded[locks[i]]++;
        if (rand_r(&t->seed) % 64 == 0) sched_yield();
    }
    return YOKE_OK;
}

static void *trade(void *ctx) {
    trader *t = ctx;
    pthread_barrier_wait(&t->m->begin);
    for (int round = 0; round < t->m->rounds; round++) {
        int locks[MOST], count = choose(t, locks);
        int status = take_all(t, locks, count);
        for (int i = 0; i < t->count; i++) {
            if (!t->modes[i]) atomic_fetch_add(&t->m->changes, 1);
        }
        release_all(t);
        if (status == YOKE_EDEADLK) {
            atomic_fetch_add(&t->m->deadlocks, 1);
            if (rand_r(&t->seed) % 16 == 0) sched_yield();
        } else if (status == YOKE_ETIMEDOUT) {
            atomic_fetch_add(&t->m->timeouts, 1);
        } else if (status != YOKE_OK) {
            atomic_fetch_add(&t->m->failures, 1);
        }
    }
    return NULL;
}

static void make(market *m) {
    yoke_rwlock_sharded_options options = {.name = "sharded", .threads = 4};
    for (int i = 0; i < LOCKS; i++) {
        CU_ASSERT_EQUAL(yoke_mutex_init(&m->mutexes[i], "mutex", 0), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_rwlock_init(&m->rwlocks[i], "rwlock", 0), YOKE_OK);
        REQUIRE(yoke_rwlock_sharded_create(&options, &m->sharded[i]) == YOKE_OK);
    }
}

static void check_idle(market *m) {
    for (int i = 0; i < LOCKS; i++) {
        CU_ASSERT_EQUAL(m->mutexes[i].word, 0);
        CU_ASSERT_EQUAL(m->rwlocks[i].word, 0);
        CU_ASSERT_EQUAL(yoke_mutex_fini(&m->mutexes[i]), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_rwlock_fini(&m->rwlocks[i]), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(m->sharded[i]), YOKE_OK);
    }
    CU_ASSERT_EQUAL(yoke_waits_write(NULL, 0), 0);
}

/* The number of deadlocks told. */
static long check_market(int threads, int ordered, int deadlines) {
    static market m;
    memset(&m, 0, sizeof m);
    m.ordered = ordered;
    m.deadlines = deadlines;
    m.rounds = (int)test_size(15000, 3000) / threads;
    make(&m);
    REQUIRE(!pthread_barrier_init(&m.begin, NULL, (unsigned)threads));
    trader t[64] = {{0}};
    pthread_t id[64];
    for (int i = 0; i < threads; i++) {
        t[i].m = &m;
        t[i].seed = (unsigned)test_random();
        REQUIRE(!pthread_create(&id[i], NULL, trade, &t[i]));
    }
    for (int i = 0; i < threads; i++) pthread_join(id[i], NULL);
    long changes = 0;
    for (int i = 0; i < 3 * LOCKS; i++) changes += m.guarded[i];
    CU_ASSERT_EQUAL(changes, atomic_load(&m.changes));
    CU_ASSERT_EQUAL(atomic_load(&m.failures), 0);
    if (!deadlines) CU_ASSERT_EQUAL(atomic_load(&m.timeouts), 0);
    if (ordered) CU_ASSERT_EQUAL(atomic_load(&m.deadlocks), 0);
    check_idle(&m);
    return atomic_load(&m.deadlocks);
}

static long check_markets(int ordered, int deadlines) {
    static const int sizes[] = {1, 2, 3, 7, 64};
    long deadlocks = 0;
    for (int i = 0; i < 5; i++) deadlocks += check_market(sizes[i], ordered, deadlines);
    return deadlocks;
}

TEST_WITH_LIMIT(random_orders_come_to_an_end, 60) { CU_ASSERT(check_markets(0, 0) > 0); }
TEST_WITH_LIMIT(random_orders_and_deadlines_come_to_an_end, 60) { check_markets(0, 1); }
TEST_WITH_LIMIT(one_order_is_never_told_to_deadlock, 60) { check_markets(1, 0); }
TEST_WITH_LIMIT(one_order_with_deadlines_is_never_told_to_deadlock, 60) { check_markets(1, 1); }

/* ---- who waits for whom ---- */

TEST(waits_are_written_as_text) {
    yoke_mutex a = YOKE_MUTEX_INIT("a", 0), b = YOKE_MUTEX_INIT("b", 0);
    yoke_rwlock table = YOKE_RWLOCK_INIT("table", 0);
    helper first = {.first = &a, .then = &b}, second = {.then = &a};
    char text[1024], cut[8];
    CU_ASSERT_EQUAL(yoke_waits_write(text, sizeof text), 0);
    CU_ASSERT_STRING_EQUAL(text, "");
    CU_ASSERT_EQUAL(yoke_mutex_lock_at(&b, YOKE_FOREVER, "here:1"), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_read_at(&table, YOKE_FOREVER, "here:2"), YOKE_OK);
    helper_hold(&first);
    helper_hold(&second);
    helper_go(&first);
    await_waits(1);
    helper_go(&second);
    await_waits(2);
    size_t length = yoke_waits_write(text, sizeof text);
    CU_ASSERT_EQUAL(length, strlen(text));
    int seconds, more, end = 0;
    int got =
        sscanf(text,
               "thread 1 waits for mutex 'b' at helper:2 for %d.%*d s, held by thread 0 since "
               "here:1\nthread 2 waits for mutex 'a' at helper:2 for %d.%*d s, held by thread "
               "1 since helper:1\n%n",
               &seconds, &more, &end);
    CU_ASSERT_EQUAL(got, 2);
    CU_ASSERT_EQUAL(end, (int)length);
    CU_ASSERT_EQUAL(yoke_waits_write(cut, sizeof cut), length);
    CU_ASSERT_STRING_EQUAL(cut, "thread ");
    CU_ASSERT_EQUAL(yoke_rwlock_read_unlock(&table), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&b), YOKE_OK);
    helper_join(&first);
    helper_join(&second);
    CU_ASSERT_EQUAL(yoke_waits_write(text, sizeof text), 0);
}

/* A long chain of waits that ends with a running thread is no deadlock. */
TEST(a_chain_is_not_a_cycle) {
    enum { COUNT = 60 };
    static yoke_mutex locks[COUNT + 1];
    static helper chain[COUNT];
    CU_ASSERT_EQUAL(yoke_mutex_lock(&locks[0], YOKE_FOREVER), YOKE_OK);
    for (int i = 0; i < COUNT; i++) {
        chain[i].first = &locks[i + 1];
        chain[i].then = &locks[i];
        helper_hold(&chain[i]);
        helper_go(&chain[i]);
        await_waits(i + 1);
    }
    yoke_deadline deadline = yoke_deadline_in(0.001);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&locks[COUNT], deadline), YOKE_EDEADLK); /* now it is one */
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&locks[0]), YOKE_OK);
    for (int i = 0; i < COUNT; i++) {
        helper_join(&chain[i]);
        CU_ASSERT_EQUAL(chain[i].status, YOKE_OK);
    }
    CU_ASSERT_EQUAL(yoke_mutex_lock(&locks[COUNT], YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&locks[COUNT]), YOKE_OK);
}

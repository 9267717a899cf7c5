/* SPDX-License-Identifier: Apache-2.0
 *
 * Indices of threads: dense, unique among the living, used again, and with the memory of whoever
 * had them before (written without atomics here, so that ThreadSanitizer is the judge).
 */
#include "yoke/thread.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "tests/harness.h"
#include "yoke/team.h"

enum { MOST = 400 };

static atomic_long failures;

static void expect(bool condition) { atomic_fetch_add(&failures, !condition); }

typedef struct crowd {
    pthread_barrier_t all; /* alive at the same time */
    atomic_int users[MOST];
    int written[MOST]; /* by whoever has the index */
} crowd;

static void *live(void *ctx) {
    crowd *c = ctx;
    int index = yoke_thread_index();
    expect(index >= 0 && index < MOST);
    expect(atomic_fetch_add(&c->users[index], 1) == 0);
    c->written[index]++;
    pthread_barrier_wait(&c->all);
    expect(yoke_thread_index() == index);
    atomic_fetch_sub(&c->users[index], 1);
    return NULL;
}

static void let_live(crowd *c, int count) {
    pthread_t threads[MOST];
    REQUIRE(count <= MOST);
    pthread_barrier_init(&c->all, NULL, (unsigned)count);
    for (int i = 0; i < count; i++) REQUIRE(!pthread_create(&threads[i], NULL, live, c));
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&c->all);
}

TEST(dense_and_used_again) {
    static crowd c;
    CU_ASSERT_EQUAL(yoke_thread_index(), 0);
    CU_ASSERT_EQUAL(yoke_thread_index(), 0);
    c.users[0] = 1;
    /* With this thread 2, 65 (one more than the first chunk holds), 3, 301 (the third chunk), 10.
     */
    static const int counts[] = {1, 64, 2, 300, 9};
    int most = 0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        let_live(&c, counts[i]);
        if (counts[i] > most) most = counts[i];
        int total = 0;
        for (int index = 0; index < MOST; index++) {
            total += c.written[index];
            CU_ASSERT_EQUAL(c.written[index] > 0, index > 0 && index <= most);
        }
        int expected = 0;
        for (size_t j = 0; j <= i; j++) expected += counts[j];
        CU_ASSERT_EQUAL(total, expected);
    }
    CU_ASSERT_EQUAL(atomic_load(&failures), 0);
}

/* Threads that overlap in all ways, a few at a time; each leaves a note for the next. */
static struct note {
    long visits;
    pthread_t last;
} notes[MOST];
static atomic_int alive[MOST], most_used;

static void *come_and_go(void *ctx) {
    (void)ctx;
    int index = yoke_thread_index();
    expect(index >= 0 && index < MOST && atomic_fetch_add(&alive[index], 1) == 0);
    notes[index].visits++;
    notes[index].last = pthread_self();
    for (int seen = atomic_load(&most_used); seen < index;) {
        if (atomic_compare_exchange_weak(&most_used, &seen, index)) break;
    }
    if (index % 3 == 0) sched_yield();
    expect(pthread_equal(notes[index].last, pthread_self()));
    atomic_fetch_sub(&alive[index], 1);
    return NULL;
}

TEST_WITH_LIMIT(threads_come_and_go, 60) {
    enum { TOGETHER = 20 };
    size_t rounds = test_size(3000, 500);
    pthread_t threads[TOGETHER];
    for (size_t i = 0; i < rounds; i++) {
        if (i >= TOGETHER) pthread_join(threads[i % TOGETHER], NULL);
        REQUIRE(!pthread_create(&threads[i % TOGETHER], NULL, come_and_go, NULL));
    }
    for (int i = 0; i < TOGETHER; i++) pthread_join(threads[i], NULL);
    long visits = 0;
    for (int i = 0; i < MOST; i++) visits += notes[i].visits;
    CU_ASSERT_EQUAL(visits, rounds);
    CU_ASSERT(atomic_load(&most_used) < TOGETHER);
    CU_ASSERT_EQUAL(atomic_load(&failures), 0);
}

/* ---- at the end of a thread ---- */

static pthread_key_t late_key;
static int rounds_left;
static atomic_int late_index, other_index;

static void *ask(void *ctx) {
    (void)ctx;
    atomic_store(&other_index, yoke_thread_index());
    return NULL;
}

/* Other destructors may run after the registry's, and use yoke again. */
static void late(void *value) {
    atomic_store(&late_index, yoke_thread_index());
    pthread_t other; /* while this one has an index, no other gets it */
    expect(!pthread_create(&other, NULL, ask, NULL) && !pthread_join(other, NULL));
    if (--rounds_left > 0) pthread_setspecific(late_key, value);
}

static void *end_late(void *ctx) {
    expect(yoke_thread_index() >= 0);
    pthread_setspecific(late_key, ctx);
    return NULL;
}

TEST(destructors_may_use_yoke) {
    CU_ASSERT_EQUAL(yoke_thread_index(), 0);
    REQUIRE(!pthread_key_create(&late_key, late));
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        rounds_left = 2;
        REQUIRE(!pthread_create(&thread, NULL, end_late, &late_key));
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(atomic_load(&late_index), 1); /* given back each time */
        CU_ASSERT_EQUAL(atomic_load(&other_index), 2);
    }
    CU_ASSERT_EQUAL(atomic_load(&failures), 0);
}

static atomic_int members_of[MOST];

static int note_member(yoke_team *team, int member, void *ctx) {
    (void)team, (void)member, (void)ctx;
    int index = yoke_thread_index();
    if (index < 0 || index >= MOST) return YOKE_ERANGE;
    atomic_fetch_add(&members_of[index], 1);
    return YOKE_OK;
}

TEST(teams_have_indices) {
    for (int size = 1; size <= 64; size = size * 2 + 1) {
        CU_ASSERT_EQUAL(yoke_team_run(size, note_member, NULL), YOKE_OK);
    }
    int members = 0;
    for (int i = 0; i < MOST; i++) members += atomic_load(&members_of[i]);
    CU_ASSERT_EQUAL(members, 1 + 3 + 7 + 15 + 31 + 63);
}

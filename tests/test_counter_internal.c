/* SPDX-License-Identifier: Apache-2.0
 *
 * Adds that are preempted in the middle: the steps of an add are done by hand, with snapshots
 * between them. And the shape of the memory that snapshots rely on.
 */
#include "sharding/counter.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"

static yoke__counter *make(unsigned count, unsigned threads) {
    yoke_counter_options options = {count, threads};
    yoke_counter *counter = NULL;
    REQUIRE(yoke_counter_create(&options, &counter) == YOKE_OK);
    return (yoke__counter *)counter;
}

static void expect(yoke__counter *c, int64_t first, int64_t second) {
    int64_t values[2] = {-1, -1};
    CU_ASSERT_EQUAL(yoke_counter_snapshot_all(&c->shape, values), YOKE_OK);
    CU_ASSERT_EQUAL(values[0], first);
    CU_ASSERT_EQUAL(values[1], second);
}

static unsigned bank_in_use(const yoke__counter *c) { return (unsigned)(c->gate.word >> 62); }

TEST(parts_that_different_threads_write_lie_apart) {
    yoke__counter *c = make(1, 1);
    char *parts[] = {(char *)&c->shape,      (char *)&c->own,        (char *)&c->gate,
                     (char *)c->own.bank[0], (char *)c->own.bank[1], (char *)c->own.bank[2],
                     (char *)c->own.bank[3], c->shape.slots};
    for (int i = 0; i < 8; i++) {
        CU_ASSERT_EQUAL((uintptr_t)parts[i] % YOKE_CACHE_PAD, 0);
        CU_ASSERT(i == 0 || parts[i] >= parts[i - 1] + YOKE_CACHE_PAD);
    }
    yoke_counter_destroy(&c->shape);
}

/* An owner sleeps between its load and its store, through several snapshots. */
TEST(a_sleeping_owner_is_counted_when_it_has_stored) {
    yoke__counter *c = make(2, 0);
    yoke_counter_add(&c->shape, 10);
    int64_t *cell = yoke__counter_cell(c, (unsigned)yoke_thread_index(), 0), old = *cell;
    for (int i = 0; i < 5; i++) expect(c, 10, 0);
    *cell = old + 5;
    yoke_counter_add_at(&c->shape, 1, 1);
    for (int i = 0; i < 5; i++) expect(c, 15, 1);
    yoke_counter_destroy(&c->shape);
}

/* Adds sleep behind the gate, one in each bank but one: their banks are not put in use, and each is
 * counted from its add on, wherever it sleeps. */
TEST(banks_with_an_add_under_way_are_not_put_in_use) {
    yoke__counter *c = make(2, 0);
    unsigned taken[2];
    for (int sleeping = 0; sleeping < 2; sleeping++) {
        taken[sleeping] = bank_in_use(c);
        c->gate.word++;
        for (int i = 0; i < 10; i++) {
            expect(c, 0, 0);
            for (int k = 0; k <= sleeping; k++) CU_ASSERT_NOT_EQUAL(bank_in_use(c), taken[k]);
        }
    }
    c->own.bank[taken[0]][1] += 7;
    expect(c, 0, 7);
    c->own.bank[taken[1]][0] += 9;
    expect(c, 9, 7);
    for (int i = 0; i < 2; i++) c->gate.done[taken[i]]++;
    unsigned used = 0;
    for (int i = 0; i < 10; i++) {
        expect(c, 9, 7);
        used |= 1u << bank_in_use(c);
    }
    CU_ASSERT(used & 1u << taken[0] || used & 1u << taken[1]);
    yoke_counter_destroy(&c->shape);
}

/* While a snapshot runs, adds of owners go to the shared cells. */
TEST(diverted_adds_do_not_touch_slots) {
    for (unsigned count = 1; count <= 2; count++) {
        yoke__counter *c = make(count, 0);
        yoke_counter_local local = yoke_counter_here(&c->shape);
        yoke_counter_add(&c->shape, 1);
        REQUIRE(yoke__counter_divert(c) == YOKE_OK);
        yoke_counter_add(&c->shape, 2);
        yoke_counter_local_add(local, 0, 4);
        CU_ASSERT_EQUAL(*yoke__counter_cell(c, (unsigned)yoke_thread_index(), 0), 1);
        CU_ASSERT_EQUAL(yoke_counter_read_relaxed(&c->shape, 0), 7);
        yoke__counter_restore(c);
        yoke_counter_add(&c->shape, 8);
        CU_ASSERT_EQUAL(*yoke__counter_cell(c, (unsigned)yoke_thread_index(), 0), 9);
        CU_ASSERT_EQUAL(yoke_counter_read_relaxed(&c->shape, 0), 15);
        yoke_counter_destroy(&c->shape);
    }
}

/* ---- fork() in the middle of a snapshot ---- */

enum { ADDS = 1000 };

static void *add_many(void *ctx) {
    for (int i = 0; i < ADDS; i++) yoke_counter_add_at(ctx, 1, 1);
    return NULL;
}

/* The first thing that is done with the set in the child: an add, or a snapshot. */
static int go_on_in_child(yoke__counter *c, int add_first) {
    int64_t values[2];
    pthread_t threads[3];
    if (add_first) {
        yoke_counter_add(&c->shape, 5);
        if (c->shape.threads != c->own.threads) return 1; /* still diverted */
    }
    for (int i = 0; i < 3; i++) {
        if (pthread_create(&threads[i], NULL, add_many, &c->shape)) return 2;
    }
    for (int i = 0; i < 20; i++) {
        if (yoke_counter_snapshot_all(&c->shape, values) != YOKE_OK) return 3;
        if (values[0] != 10 + 5 * add_first || values[1] < 7) return 4;
    }
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    if (yoke_counter_snapshot_all(&c->shape, values) != YOKE_OK) return 5;
    return values[1] == 7 + 3 * ADDS && c->shape.threads == c->own.threads ? 0 : 6;
}

/* One thread (here, this one) has diverted the adds of others, some of which are behind the gate,
 * in three banks; in the child there are no such threads. */
TEST(a_child_of_a_fork_is_not_in_the_middle_of_a_snapshot) {
    yoke__counter *c = make(2, 0);
    yoke_counter_add(&c->shape, 10);
    yoke_counter_add_at(&c->shape, 1, 7);
    for (int add_first = 0; add_first <= 1; add_first++) {
        REQUIRE(yoke__counter_divert(c) == YOKE_OK);
        for (int i = 0; i < 3; i++) c->own.entered[i]++;
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            _exit(go_on_in_child(c, add_first));
        }
        int status = -1;
        waitpid(child, &status, 0);
        CU_ASSERT_EQUAL(status, 0);
        for (int i = 0; i < 3; i++) c->own.entered[i]--;
        yoke__counter_restore(c);
        expect(c, 10, 7);
    }
    yoke_counter_destroy(&c->shape);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks, loops and calls on the pool against serial answers.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/pool_use.h"

/* ---- tasks ---- */

static uint64_t count_spawned(yoke_pool *pool) {
    uint64_t spawned = 0;
    for (int i = 0; i < yoke_pool_size(pool); i++) {
        yoke_pool_worker_stats stats;
        CU_ASSERT_EQUAL(yoke_pool_stats(pool, i, &stats), YOKE_OK);
        spawned += stats.spawned;
        uint64_t stolen = 0;
        for (int v = 0; v < yoke_pool_size(pool); v++) stolen += yoke_pool_stolen_from(pool, i, v);
        CU_ASSERT_EQUAL(stolen, stats.stolen);
        CU_ASSERT_EQUAL(yoke_pool_stolen_from(pool, i, i), 0);
    }
    return spawned;
}

TEST(fib_is_right_at_every_size) {
    int n = (int)test_size(27, 18);
    for (int i = 0; i < SIZES; i++) {
        yoke_pool *pool = make_pool(sizes[i], false);
        fib f = {.n = n};
        CU_ASSERT_EQUAL(yoke_pool_run(pool, root_fib, &f), n);
        CU_ASSERT_EQUAL(f.result, serial_fib(n));
        /* a call of fib(n) spawns fib(n + 1) - 1 tasks */
        CU_ASSERT_EQUAL(count_spawned(pool), (uint64_t)serial_fib(n + 1) - 1);
        yoke_pool_destroy(pool);
    }
}

/* A tree whose shape is drawn from a hash of the path, so that its size is known serially. */
typedef struct tree {
    yoke_task task;
    uint64_t key;
    int depth;
    uint64_t nodes;
} tree;

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

enum { MOST_CHILDREN = 9, DEPTH = 60 };

static int children_of(const tree *t) {
    uint64_t draw = mix(t->key) % 100;
    if (t->depth == 0) return MOST_CHILDREN;
    return t->depth < DEPTH && draw < 12 ? (int)(draw % MOST_CHILDREN) : 0;
}

static uint64_t count_serially(const tree *t) {
    uint64_t nodes = 1;
    for (int i = 0; i < children_of(t); i++) {
        tree child = {.key = mix(t->key * 31 + (uint64_t)i + 1), .depth = t->depth + 1};
        nodes += count_serially(&child);
    }
    return nodes;
}

/* Syncs in the order of spawning, or the newest first. */
static void walk(yoke_worker *worker, yoke_task *task) {
    tree *t = (tree *)task, children[MOST_CHILDREN];
    int count = children_of(t);
    for (int i = 0; i < count; i++) {
        children[i].key = mix(t->key * 31 + (uint64_t)i + 1);
        children[i].depth = t->depth + 1;
        yoke_spawn(worker, &children[i].task, walk);
        if (mix(t->key) % 64 == 0) sched_yield();
    }
    t->nodes = 1;
    for (int i = 0; i < count; i++) {
        int which = t->key % 2 ? i : count - 1 - i;
        yoke_sync(worker, &children[which].task);
        t->nodes += children[which].nodes;
    }
}

static int root_walk(yoke_worker *worker, void *ctx) {
    walk(worker, ctx);
    return 0;
}

TEST(trees_of_any_shape_are_counted_exactly) {
    for (int i = 0; i < SIZES; i++) {
        yoke_pool *pool = make_pool(sizes[i], false);
        for (size_t round = 0; round < test_size(300, 30); round++) {
            tree t = {.key = test_random()};
            CU_ASSERT_EQUAL(yoke_pool_run(pool, root_walk, &t), 0);
            CU_ASSERT_EQUAL(t.nodes, count_serially(&t));
        }
        yoke_pool_destroy(pool);
    }
}

typedef struct many {
    yoke_task *tasks;
    size_t count;
    atomic_size_t ran;
} many;

static many *counted; /* a task without a field of its own */

static void count_one(yoke_worker *worker, yoke_task *task) {
    (void)worker, (void)task;
    atomic_fetch_add(&counted->ran, 1);
}

static int spawn_many(yoke_worker *worker, void *ctx) {
    many *m = ctx;
    for (size_t i = 0; i < m->count; i++) yoke_spawn(worker, &m->tasks[i], count_one);
    for (size_t i = m->count; i-- > 0;) yoke_sync(worker, &m->tasks[i]);
    return 0;
}

TEST_WITH_LIMIT(millions_of_tasks_may_be_pending, 120) {
    for (int size = 1; size <= 2; size++) {
        yoke_pool *pool = make_pool(size, false);
        many m = {.count = test_size(10000000, 100000)};
        m.tasks = malloc(m.count * sizeof *m.tasks);
        REQUIRE(m.tasks != NULL);
        counted = &m;
        CU_ASSERT_EQUAL(yoke_pool_run(pool, spawn_many, &m), 0);
        CU_ASSERT_EQUAL(m.ran, m.count);
        free(m.tasks);
        yoke_pool_destroy(pool);
    }
}

/* ---- loops and calls ---- */

typedef struct loop {
    _Atomic unsigned char *visits;
    size_t begin, end, grain, fail_at;
    atomic_size_t largest;
    int nested;
} loop;

static int visit(yoke_worker *worker, size_t begin, size_t end, void *ctx) {
    loop *l = ctx;
    if (end - begin > l->largest) l->largest = end - begin;
    for (size_t i = begin; i < end; i++) {
        atomic_fetch_add(&l->visits[i], 1);
        if (i == l->fail_at) return yoke_fail(YOKE_EDATA, "iteration %zu", i);
    }
    if (l->nested && begin % 64 == 0) {
        loop inner = {l->visits + l->end, 0, 100, 1, SIZE_MAX, 0, 0};
        return yoke_parallel_for(worker, 0, 100, 1, visit, &inner);
    }
    return YOKE_OK;
}

static int root_loop(yoke_worker *worker, void *ctx) {
    loop *l = ctx;
    return yoke_parallel_for(worker, l->begin, l->end, l->grain, visit, l);
}

static void check_loop(yoke_pool *pool, size_t begin, size_t end, size_t grain) {
    loop l = {calloc(end + 100, 1), begin, end, grain, SIZE_MAX, 0, 0};
    REQUIRE(l.visits != NULL);
    CU_ASSERT_EQUAL(yoke_pool_run(pool, root_loop, &l), YOKE_OK);
    size_t wrong = 0;
    for (size_t i = 0; i < end; i++) wrong += l.visits[i] != (i >= begin);
    CU_ASSERT_EQUAL(wrong, 0);
    if (grain) CU_ASSERT(l.largest <= grain);
    free((void *)l.visits);
}

TEST(loops_visit_each_index_once) {
    for (int i = 0; i < SIZES; i++) {
        yoke_pool *pool = make_pool(sizes[i], false);
        check_loop(pool, 0, 0, 0);
        check_loop(pool, 5, 5, 1);
        check_loop(pool, 7, 8, 0);
        check_loop(pool, 0, test_size(1000000, 30000), 0);
        check_loop(pool, 3, test_size(100000, 10000), 1);
        check_loop(pool, 0, 1000, 3000);
        yoke_pool_destroy(pool);
    }
}

TEST(a_loop_in_a_loop_ends) {
    yoke_pool *pool = make_pool(3, false);
    loop l = {calloc(5100, 1), 0, 5000, 1, SIZE_MAX, 0, 1};
    REQUIRE(l.visits != NULL);
    CU_ASSERT_EQUAL(yoke_pool_run(pool, root_loop, &l), YOKE_OK);
    for (size_t i = 0; i < 100; i++) CU_ASSERT_EQUAL(l.visits[5000 + i], (5000 + 63) / 64);
    free((void *)l.visits);
    yoke_pool_destroy(pool);
}

TEST(a_loop_ends_at_its_first_failure) {
    yoke_pool *pool = make_pool(2, false);
    loop l = {calloc(100100, 1), 0, 100000, 10, 777, 0, 0};
    REQUIRE(l.visits != NULL);
    CU_ASSERT_EQUAL(yoke_pool_run(pool, root_loop, &l), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "iteration 777");
    for (size_t i = 778; i < 780; i++) CU_ASSERT_EQUAL(l.visits[i], 0);
    free((void *)l.visits);
    yoke_pool_destroy(pool);
}

static void bump(yoke_worker *worker, void *ctx) {
    (void)worker;
    atomic_fetch_add((atomic_int *)ctx, 1);
}

static int root_invoke(yoke_worker *worker, void *ctx) {
    atomic_int *counts = ctx;
    yoke_call calls[9];
    for (int count = 0; count <= 9; count++) {
        for (int i = 0; i < count; i++) calls[i] = (yoke_call){bump, &counts[i]};
        yoke_parallel_invoke(worker, calls, (size_t)count);
    }
    return 0;
}

TEST(calls_run_once_each) {
    yoke_pool *pool = make_pool(3, false);
    atomic_int counts[9] = {0};
    CU_ASSERT_EQUAL(yoke_pool_run(pool, root_invoke, counts), 0);
    for (int i = 0; i < 9; i++) CU_ASSERT_EQUAL(counts[i], 9 - i);
    yoke_pool_destroy(pool);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Helping a thief, as if others had done something between two steps of the helper: what that
 * helper saw is handed in, and what is true by then is set. No thread runs.
 */
#include "pool/pool.h"
#include "tests/harness.h"

typedef struct mark {
    yoke_task task;
    bool ran;
} mark;

static void run_mark(yoke_worker *by, yoke_task *task) {
    (void)by;
    ((mark *)task)->ran = true;
}

/* Workers of a pool without threads; the first is this thread. */
static yoke_pool *enter_pool(int workers) {
    yoke_pool *pool = NULL;
    yoke_pool_options options = {.workers = workers, .joined = true};
    REQUIRE(yoke_pool_create(&options, &pool) == YOKE_OK);
    REQUIRE(yoke__worker_enter(pool->workers[0]) == YOKE_OK);
    return pool;
}

static void leave_pool(yoke_pool *pool) {
    yoke__worker_exit(pool->workers[0]);
    yoke_pool_destroy(pool);
}

/* The first task that a worker spawns is public. */
static void spawn(worker *by, mark *m) { yoke_spawn(&by->base, &m->task, run_mark); }

TEST(a_task_of_the_thief_is_taken_only_while_it_runs_ours) {
    yoke_pool *pool = enter_pool(3);
    worker *self = pool->workers[0], *thief = pool->workers[1], *other = pool->workers[2];
    mark child = {.ran = false};
    spawn(thief, &child);
    uintptr_t others[] = {1 /* done */, (uintptr_t)other};
    for (int i = 0; i < 2; i++) {
        yoke_task awaited = {.state_ = others[i]};
        CU_ASSERT(!yoke__worker_leapfrog(self, &awaited, thief));
        CU_ASSERT(!child.ran);
    }
    yoke_task awaited = {.state_ = (uintptr_t)thief};
    CU_ASSERT(yoke__worker_leapfrog(self, &awaited, thief));
    CU_ASSERT(child.ran);
    leave_pool(pool);
}

TEST(who_holds_a_lock_does_not_go_on_to_the_thiefs_thief) {
    yoke_pool *pool = enter_pool(3);
    worker *self = pool->workers[0], *thief = pool->workers[1], *next = pool->workers[2];
    yoke_task awaited = {.state_ = (uintptr_t)thief};
    yoke_mutex lock = YOKE_MUTEX_INIT(NULL, 0);
    mark child = {.ran = false};
    spawn(next, &child);
    atomic_store(&thief->waits_for, next);
    REQUIRE(yoke_mutex_lock(&lock, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT(!yoke__worker_leapfrog(self, &awaited, thief));
    CU_ASSERT(!child.ran);
    yoke_mutex_unlock(&lock);
    CU_ASSERT(yoke__worker_leapfrog(self, &awaited, thief));
    CU_ASSERT(child.ran);
    atomic_store(&thief->waits_for, NULL);
    leave_pool(pool);
}

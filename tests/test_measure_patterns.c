/* SPDX-License-Identifier: Apache-2.0
 *
 * The library's own regions, events and figures: what patterns report without being told.
 */
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/pipeline_use.h"
#include "tests/pool_use.h"
#include "tests/profile_use.h"
#include "tests/waiting.h"
#include "yoke/actor.h"
#include "yoke/lock.h"
#include "yoke/pipeline.h"
#include "yoke/pool.h"
#include "yoke/queue_mpmc.h"
#include "yoke/sort.h"
#include "yoke/task.h"
#include "yoke/team.h"

static void start(void) { REQUIRE(yoke_measure_start(NULL) == YOKE_OK); }

/* Of all regions of that name, wherever they are. */
static uint64_t calls_of(const yoke_profile *p, const char *name, yoke_activity activity) {
    uint64_t calls = 0;
    for (size_t i = 0; i < p->cell_count; i++) {
        const yoke_region_node *node = &p->regions[p->cells[i].region];
        if (strcmp(node->name, name) == 0 && node->activity == activity) calls += p->cells[i].calls;
    }
    return calls;
}

static int threads_in(const yoke_profile *p, const char *path) {
    int region = find_region(p, path), last = -1, count = 0;
    for (size_t i = 0; i < p->cell_count; i++) {
        if (p->cells[i].region != region || p->cells[i].thread == last) continue;
        last = p->cells[i].thread;
        count++;
    }
    return count;
}

TEST(members_of_a_kernel_are_in_its_region) {
    enum { N = 1 << 20 };
    uint64_t *keys = malloc(N * sizeof *keys);
    REQUIRE(keys != NULL);
    for (size_t i = 0; i < N; i++) keys[i] = test_random();
    start();
    yoke_region_begin("mine");
    CU_ASSERT_EQUAL(yoke_sort_u64(keys, N, YOKE_ASCENDING, &(yoke_run){.threads = 2}), YOKE_OK);
    yoke_region_end("mine");
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(sum_cells(p, "mine/yoke_sort_u64").calls, 1);
    CU_ASSERT(sum_cells(p, "mine/yoke_sort_u64/yoke_team_run").calls > 0);
    CU_ASSERT_EQUAL(threads_in(p, "mine/yoke_sort_u64/yoke_team_run/member"), 2);
    CU_ASSERT(sum_metric(p, "mine/yoke_sort_u64", YOKE_METRIC_BLOCKS) > 0);
    yoke_profile_destroy(p);
    free(keys);
}

static int count_member(yoke_team *team, int member, void *ctx) {
    (void)team, (void)member, (void)ctx;
    return YOKE_OK;
}

TEST(every_member_of_a_team_is_one_call) {
    start();
    REQUIRE(yoke_team_run(5, count_member, NULL) == YOKE_OK);
#pragma omp parallel num_threads(2)
#pragma omp single
    yoke_team_run(3, count_member, NULL);
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(calls_of(p, "member", YOKE_ACTIVITY_WORK), 8);
    CU_ASSERT_EQUAL(calls_of(p, "yoke_team_run", YOKE_ACTIVITY_RUNTIME), 2);
    CU_ASSERT_EQUAL(calls_of(p, "for members", YOKE_ACTIVITY_WAIT), 2);
    yoke_profile_destroy(p);
}

/* ---- pool ---- */

/* fib(20) spawns as many tasks as it has calls with n > 1. */
enum { FIB = 20, FIB_RESULT = 6765, FIB_SPAWNS = 10945 };

static int run_root(yoke_worker *worker, void *ctx) {
    fib root = {.n = FIB};
    (void)ctx;
    run_fib(worker, &root.task);
    return root.result == FIB_RESULT ? YOKE_OK : YOKE_EDATA;
}

static void await_sleep(yoke_pool *pool) {
    yoke_pool_worker_stats stats = {0};
    while (!stats.parked) REQUIRE(yoke_pool_stats(pool, 0, &stats) == YOKE_OK);
}

/* A pool that was there before, and one that is made and destroyed meanwhile. */
TEST(tasks_of_a_pool_are_counted_exactly) {
    yoke_pool *before, *meanwhile;
    yoke_pool_options options = {.workers = 3, .name = "before"};
    REQUIRE(yoke_pool_create(&options, &before) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_pool_run(before, run_root, NULL), YOKE_OK);
    start();
    CU_ASSERT_EQUAL(yoke_pool_run(before, run_root, NULL), YOKE_OK);
    options.name = "meanwhile";
    REQUIRE(yoke_pool_create(&options, &meanwhile) == YOKE_OK);
    await_sleep(meanwhile);
    CU_ASSERT_EQUAL(yoke_pool_run(meanwhile, run_root, NULL), YOKE_OK);
    yoke_pool_destroy(meanwhile);
    yoke_profile *p = stop_measuring();
    yoke_pool_destroy(before);
    CU_ASSERT_EQUAL(figure_of(p, "pool", "spawned"), 2 * FIB_SPAWNS);
    CU_ASSERT_EQUAL(figure_of(p, "pool", "jobs"), 2);
    double tasks = sum_metric(p, "pool worker/pool work", YOKE_METRIC_TASKS);
    double steals = sum_metric(p, "pool worker/pool work", YOKE_METRIC_STEALS);
    /* a stolen task is counted by who spawned and by who stole it */
    CU_ASSERT_EQUAL(tasks - steals, 2.0 * FIB_SPAWNS + 2);
    CU_ASSERT(calls_of(p, "pool worker", YOKE_ACTIVITY_RUNTIME) >= 4);
    CU_ASSERT(calls_of(p, "for work of pool", YOKE_ACTIVITY_WAIT) > 0);
    yoke_profile_destroy(p);
}

static int answer(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    usleep(3000);
    return yoke_actor_reply(message, message->data, message->size);
}

TEST(actors_and_those_who_ask_them) {
    yoke_pool *pool;
    yoke_actors *set;
    yoke_actor *actor;
    REQUIRE(yoke_pool_create(&(yoke_pool_options){.workers = 2}, &pool) == YOKE_OK);
    REQUIRE(yoke_actors_create(pool, NULL, &set) == YOKE_OK);
    yoke_actor_options options = {.name = "answering"};
    REQUIRE(yoke_actor_spawn(set, answer, &options, &actor) == YOKE_OK);
    start();
    for (int question = 0; question < 3; question++) {
        int reply = -1;
        size_t size = sizeof reply;
        CU_ASSERT_EQUAL(
            yoke_actor_ask(actor, &question, sizeof question, &reply, &size, YOKE_FOREVER),
            YOKE_OK);
        CU_ASSERT_EQUAL(reply, question);
    }
    yoke_profile *p = stop_measuring();
    CU_ASSERT(calls_of(p, "actor", YOKE_ACTIVITY_WORK) >= 1);
    CU_ASSERT(calls_of(p, "for an answer of actor", YOKE_ACTIVITY_WAIT) >= 1);
    yoke_profile_destroy(p);
    yoke_actor_release(actor);
    yoke_actors_destroy(set);
    yoke_pool_destroy(pool);
}

/* ---- pipeline ---- */

TEST(stages_have_their_names) {
    char name[] = "a stage whose name goes";
    numbers source = {.n = 5000};
    notes taken = {0};
    yoke_stage stages[] = {
        {.name = "source", .run = give_number, .state = &source},
        {.name = name, .kind = YOKE_STAGE_IN_ORDER, .run = note, .state = &taken}};
    start();
    yoke_pipeline_options options = {.name = "flow", .workers = 2};
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 2, &options), YOKE_OK);
    memset(name, 'x', sizeof name - 1);
    yoke_profile *p = stop_measuring();
    CU_ASSERT(calls_of(p, "source", YOKE_ACTIVITY_WORK) > 0);
    CU_ASSERT(calls_of(p, "a stage whose name goes", YOKE_ACTIVITY_WORK) > 0);
    CU_ASSERT_EQUAL(calls_of(p, "pipeline worker", YOKE_ACTIVITY_RUNTIME), 2);
    CU_ASSERT_EQUAL(figure_of(p, "pipeline", "in"), 5000);
    yoke_profile_destroy(p);
    notes_fini(&taken);
}

/* ---- waits ---- */

static atomic_bool held;

static void hold_for_a_while(yoke_mutex *mutex) {
    yoke_mutex_lock(mutex, YOKE_FOREVER);
    usleep(20000);
    yoke_mutex_unlock(mutex);
}

static void *hold_until_awaited(void *mutex) {
    yoke_mutex_lock(mutex, YOKE_FOREVER);
    atomic_store(&held, true);
    await_waits(1);
    usleep(20000); /* from the note that it waits into the sleep */
    yoke_mutex_unlock(mutex);
    return NULL;
}

/* Takes the mutex while another thread holds it. */
static void contend(yoke_mutex *mutex) {
    pthread_t thread;
    atomic_store(&held, false);
    REQUIRE(!pthread_create(&thread, NULL, hold_until_awaited, mutex));
    while (!atomic_load(&held)) usleep(100);
    hold_for_a_while(mutex);
    pthread_join(thread, NULL);
}

TEST(waits_have_their_cause) {
    yoke_mutex mutex;
    yoke_mutex_init(&mutex, "contended", 0);
    start();
    contend(&mutex);
    yoke_profile *p = stop_measuring();
    CU_ASSERT(calls_of(p, "for mutex", YOKE_ACTIVITY_WAIT) >= 1);
    CU_ASSERT_EQUAL(calls_of(p, "asleep", YOKE_ACTIVITY_WAIT), 0); /* it is part of the cause */
    CU_ASSERT(sum_metric(p, "", YOKE_METRIC_SLEEPS) >= 1);
    REQUIRE(p->lock_count == 1);
    CU_ASSERT_STRING_EQUAL(p->locks[0].kind, "mutex");
    CU_ASSERT_STRING_EQUAL(p->locks[0].name, "contended");
    CU_ASSERT(p->locks[0].figures.contended >= 1 && p->locks[0].figures.wait_total > 0.001);
    yoke_profile_destroy(p);
    yoke_mutex_fini(&mutex);
}

/* The profile that a measurement gives is not the user's, and does not outlive it. */
TEST(own_profiles_of_locks_are_apart) {
    yoke_lock_profile figures;
    yoke_mutex mutex;
    yoke_mutex_init(&mutex, "seen", 0);
    for (int round = 0; round < 2; round++) {
        start();
        contend(&mutex);
        CU_ASSERT_EQUAL(yoke_mutex_profile(&mutex, &figures), YOKE_EINVAL);
        yoke_profile *p = stop_measuring();
        CU_ASSERT_EQUAL(p->lock_count, 1);
        yoke_profile_destroy(p);
    }
    hold_for_a_while(&mutex);
    CU_ASSERT_PTR_NULL(mutex.profile);
    CU_ASSERT_EQUAL(yoke_mutex_profile_start(&mutex, 1), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_profile_start(&mutex, 1), YOKE_EINVAL);
    start();
    hold_for_a_while(&mutex);
    REQUIRE(yoke_mutex_profile(&mutex, &figures) == YOKE_OK);
    CU_ASSERT_EQUAL(figures.acquisitions, 1);
    yoke_mutex_fini(&mutex);
    yoke_profile *p = stop_measuring(); /* also of a lock that has ended */
    REQUIRE(p->lock_count == 1);
    CU_ASSERT_EQUAL(p->locks[0].figures.acquisitions, 1);
    yoke_profile_destroy(p);
}

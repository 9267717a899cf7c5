/* SPDX-License-Identifier: Apache-2.0
 *
 * Workers that wait are in the graph of waits: cycles through them are found, and a stage that
 * stalls is told of.
 */
#include <omp.h>

#include "tests/pipeline_use.h"
#include "tests/waiting.h"

/* ---- stalls */

typedef struct stall {
    helper *holder;
    yoke_mutex *mutex;
    char text[4096];
    atomic_int told;
} stall;

static int lock_it(yoke_flow *flow, yoke_item *item) {
    stall *s = flow->state;
    (void)item;
    YOKE_TRY(yoke_mutex_lock_at(s->mutex, YOKE_FOREVER, "stage:1"));
    yoke_mutex_unlock(s->mutex);
    return YOKE_STAGE_PASS;
}

/* Whoever holds the mutex gives it back when the stall was told. */
static void on_stall(const char *text, void *ctx) {
    stall *s = ctx;
    if (atomic_fetch_add(&s->told, 1) == 0) {
        await_waits(1);
        snprintf(s->text, sizeof s->text, "%s", text);
    }
    if (strstr(text, "mutex")) helper_go(s->holder);
}

/* So many workers, and items of which each stalls. */
static void stalls_are_told(int workers, size_t items) {
    yoke_mutex mutex;
    yoke_mutex_init(&mutex, "the door", 0);
    helper h = {.first = &mutex};
    helper_hold(&h);
    stall s = {.holder = &h, .mutex = &mutex};
    numbers source = {0, items};
    yoke_stage stages[] = {{.name = "numbers", .run = give_number, .state = &source},
                           {.name = "door", .run = lock_it, .state = &s}};
    yoke_pipeline_options options = {.workers = workers,
                                     .batch = 1,
                                     .name = "house",
                                     .stall = 0.05,
                                     .stalled = on_stall,
                                     .stalled_ctx = &s};
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 2, &options), YOKE_OK);
    helper_join(&h);
    int told = atomic_load(&s.told);
    CU_ASSERT(told >= 1 && told <= (int)items);
    CU_ASSERT(strstr(s.text, "pipeline 'house': stage 'door' has worked on batch ") == s.text);
    CU_ASSERT(strstr(s.text, "mutex 'the door'") != NULL);
}

TEST(a_stage_that_stalls_is_told_of) { stalls_are_told(2, 1); }

/* No worker has time to look. */
TEST(a_stall_of_all_workers_is_told_of) {
    stalls_are_told(1, 1);
    stalls_are_told(2, 2);
}

/* The look-out leaves nothing to wait for, and says nothing, when nothing stalls. */
TEST(a_look_out_ends_with_the_run) {
    stall s = {.holder = NULL};
    for (size_t i = 0; i < test_size(100, 20); i++) {
        numbers source = {0, i % 3};
        yoke_stage stages[] = {{.name = "numbers", .run = give_number, .state = &source},
                               {.name = "twice", .run = twice}};
        yoke_pipeline_options options = {
            .workers = 2, .stall = i % 2 ? 1e300 : 1000, .stalled = on_stall, .stalled_ctx = &s};
        CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 2, &options), YOKE_OK);
    }
    CU_ASSERT_EQUAL(atomic_load(&s.told), 0);
}

/* ---- cycles */

typedef struct meeting {
    yoke_mutex *mutex;
    pthread_t caller;
    atomic_int there;
} meeting;

/* One item for each worker. The one that is not the caller wants what the caller holds, and the
 * caller will wait for it. */
static int want(yoke_flow *flow, yoke_item *item) {
    meeting *m = flow->state;
    (void)item;
    atomic_fetch_add(&m->there, 1);
    while (atomic_load(&m->there) < 2) sched_yield();
    if (pthread_equal(pthread_self(), m->caller)) return YOKE_STAGE_PASS;
    YOKE_TRY(yoke_mutex_lock_at(m->mutex, YOKE_FOREVER, "want:1"));
    yoke_mutex_unlock(m->mutex);
    return YOKE_STAGE_PASS;
}

TEST(a_stage_that_waits_for_the_caller_is_refused) {
    yoke_mutex mutex;
    yoke_mutex_init(&mutex, "mine", 0);
    meeting m = {.mutex = &mutex, .caller = pthread_self()};
    numbers source = {0, 2};
    yoke_stage stages[] = {{.name = "numbers", .run = give_number, .state = &source},
                           {.name = "want", .run = want, .state = &m}};
    yoke_pipeline_options options = {.workers = 2, .batch = 1, .name = "house"};
    REQUIRE(yoke_mutex_lock(&mutex, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 2, &options), YOKE_EDEADLK);
    CU_ASSERT(strstr(yoke_error_detail(), "for work of pipeline 'house'") != NULL);
    CU_ASSERT(strstr(yoke_error_detail(), "mutex 'mine'") != NULL);
    yoke_mutex_unlock(&mutex);
}

/* Each worker that has nothing to do is seen by the others. */
static int see_waits(yoke_flow *flow, yoke_item *item) {
    (void)flow, (void)item;
    await_waits(2);
    return YOKE_STAGE_PASS;
}

TEST(workers_that_rest_are_in_the_graph) {
    numbers source = {0, 1};
    yoke_stage stages[] = {{.name = "numbers", .run = give_number, .state = &source},
                           {.name = "see", .run = see_waits}};
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 2, &(yoke_pipeline_options){.workers = 3}), YOKE_OK);
    CU_ASSERT_EQUAL(count_waits(), 0);
}

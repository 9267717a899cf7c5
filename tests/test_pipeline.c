/* SPDX-License-Identifier: Apache-2.0 */
#include <omp.h>
#include <string.h>

#include "tests/pipeline_use.h"

/* ---- order */

static void check_doubles(const notes *n, size_t count) {
    CU_ASSERT_EQUAL(n->count, count);
    size_t wrong = 0;
    for (size_t i = 0; i < n->count; i++) wrong += n->number[i] != 2 * i || n->index[i] != i;
    CU_ASSERT_EQUAL(wrong, 0);
}

static void run_doubles(size_t count, const yoke_pipeline_options *options) {
    numbers source = {0, count};
    notes sink = {0};
    yoke_stage stages[] = {
        {.name = "numbers", .run = give_number, .state = &source},
        {.name = "twice", .run = twice},
        {.name = "note", .kind = YOKE_STAGE_IN_ORDER, .run = note, .state = &sink},
    };
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 3, options), YOKE_OK);
    check_doubles(&sink, count);
    notes_fini(&sink);
}

static void order_is_kept(const yoke_pipeline_options *options) {
    static const size_t counts[] = {0, 1, 2, 63, 64, 65, 1000};
    for (size_t i = 0; i < COUNT(counts); i++) run_doubles(counts[i], options);
    run_doubles(test_size(100000, 5000), options);
}

TEST_WITH_LIMIT(a_stage_in_order_sees_the_order_of_the_source, 60) { each_way(order_is_kept); }

TEST(no_options_are_the_defaults) { run_doubles(1000, NULL); }

/* Workers that lie down while others end: none sleeps on. */
TEST_WITH_LIMIT(short_runs_wake_all, 60) {
    for (size_t i = 0; i < test_size(20000, 2000); i++)
        run_doubles(i % 4, &(yoke_pipeline_options){.workers = 3, .batch = 1});
}

/* More than one stage in order, and each sees the order. */
static void several_in_order(const yoke_pipeline_options *options) {
    enum { N = 5000 };
    numbers source = {0, N};
    notes first = {0}, second = {0};
    yoke_stage stages[] = {
        {.name = "numbers", .run = give_number, .state = &source},
        {.name = "first", .kind = YOKE_STAGE_IN_ORDER, .run = note, .state = &first},
        {.name = "once", .run = twice},
        {.name = "twice", .kind = YOKE_STAGE_SERIAL, .run = twice},
        {.name = "second", .kind = YOKE_STAGE_IN_ORDER, .run = note, .state = &second},
    };
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 5, options), YOKE_OK);
    CU_ASSERT_EQUAL(first.count, N);
    CU_ASSERT_EQUAL(second.count, N);
    size_t wrong = 0;
    for (size_t i = 0; i < N; i++) wrong += first.number[i] != i || second.number[i] != 4 * i;
    CU_ASSERT_EQUAL(wrong, 0);
    notes_fini(&first);
    notes_fini(&second);
}

TEST(several_stages_in_order) { each_way(several_in_order); }

/* ---- one at a time */

typedef struct visitors {
    atomic_int now, most;
    atomic_long all;
} visitors;

static int visit(yoke_flow *flow, yoke_item *item) {
    (void)item;
    visitors *v = flow->state;
    int now = atomic_fetch_add(&v->now, 1) + 1;
    if (now > atomic_load(&v->most)) atomic_store(&v->most, now);
    atomic_fetch_add(&v->all, 1);
    atomic_fetch_sub(&v->now, 1);
    return YOKE_STAGE_PASS;
}

static void one_at_a_time(const yoke_pipeline_options *options) {
    numbers source = {0, 3000};
    visitors serial = {0}, ordered = {0}, any = {0};
    yoke_stage stages[] = {
        {.name = "numbers", .run = give_number, .state = &source},
        {.name = "any", .run = visit, .state = &any},
        {.name = "serial", .kind = YOKE_STAGE_SERIAL, .run = visit, .state = &serial},
        {.name = "ordered", .kind = YOKE_STAGE_IN_ORDER, .run = visit, .state = &ordered},
    };
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 4, options), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&any.all), 3000);
    CU_ASSERT_EQUAL(atomic_load(&serial.all), 3000);
    CU_ASSERT_EQUAL(atomic_load(&ordered.all), 3000);
    CU_ASSERT_EQUAL(atomic_load(&serial.most), 1);
    CU_ASSERT_EQUAL(atomic_load(&ordered.most), 1);
}

TEST(serial_stages_run_one_at_a_time) { each_way(one_at_a_time); }

/* Two members of a parallel stage meet: each waits until the other is there. */
static int meet(yoke_flow *flow, yoke_item *item) {
    (void)item;
    visitors *v = flow->state;
    atomic_fetch_add(&v->now, 1);
    while (atomic_load(&v->now) < 2) continue;
    return YOKE_STAGE_PASS;
}

TEST(a_parallel_stage_runs_at_the_same_time) {
    numbers source = {0, 2};
    visitors v = {0};
    yoke_stage stages[] = {
        {.name = "numbers", .run = give_number, .state = &source},
        {.name = "meet", .run = meet, .state = &v},
    };
    CU_ASSERT_EQUAL(
        yoke_pipeline_run(stages, 2, &(yoke_pipeline_options){.workers = 2, .batch = 1}), YOKE_OK);
}

/* ---- state of workers */

typedef struct total {
    atomic_int started, finished;
    long sum;
    int last;
} total;

typedef struct part {
    long sum;
    int started;
} part;

static int start_part(void *local, void *state) {
    part *p = local;
    CU_ASSERT_EQUAL(p->sum, 0);
    p->started = 1;
    atomic_fetch_add(&((total *)state)->started, 1);
    return YOKE_OK;
}

static int add_part(yoke_flow *flow, yoke_item *item) {
    part *p = flow->local;
    CU_ASSERT_EQUAL(p->started, 1);
    p->sum += (long)number_in(item);
    return YOKE_STAGE_PASS;
}

static void finish_part(void *local, void *state) {
    total *t = state;
    t->sum += ((part *)local)->sum;
    atomic_fetch_add(&t->finished, 1);
}

static void sums_of_workers(const yoke_pipeline_options *options) {
    enum { N = 2000 };
    numbers source = {0, N};
    total t = {0};
    yoke_stage stages[] = {
        {.name = "numbers", .run = give_number, .state = &source},
        {.name = "add",
         .run = add_part,
         .state = &t,
         .local_size = sizeof(part),
         .start = start_part,
         .finish = finish_part},
    };
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 2, options), YOKE_OK);
    CU_ASSERT_EQUAL(t.sum, (long)N * (N - 1) / 2);
    CU_ASSERT_EQUAL(atomic_load(&t.started), atomic_load(&t.finished));
    CU_ASSERT(atomic_load(&t.started) >= 1 && atomic_load(&t.started) <= options->workers);
}

TEST(each_worker_has_its_own_state) { each_way(sums_of_workers); }

static int refuse_start(void *local, void *state) {
    (void)local, (void)state;
    return yoke_fail(YOKE_EIO, "no worker today");
}

TEST(a_state_that_does_not_start_ends_the_run) {
    numbers source = {0, 100};
    notes sink = {0};
    yoke_stage stages[] = {
        {.name = "numbers", .run = give_number, .state = &source},
        {.name = "add", .run = add_part, .local_size = sizeof(part), .start = refuse_start},
        {.name = "note", .kind = YOKE_STAGE_IN_ORDER, .run = note, .state = &sink},
    };
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 3, NULL), YOKE_EIO);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "no worker today");
    CU_ASSERT_EQUAL(sink.count, 0);
}

/* ---- teams */

TEST(inside_a_region_it_shares_the_team) {
    omp_set_max_active_levels(4);
#pragma omp parallel num_threads(3)
    {
#pragma omp single
        run_doubles(2000, NULL);
#pragma omp barrier
        run_doubles(500, &(yoke_pipeline_options){.batch = 8}); /* three at once */
    }
#pragma omp parallel num_threads(1)
    run_doubles(1000, &(yoke_pipeline_options){.workers = 4, .batch = 2});
}

/* A stage that runs a pipeline of its own. */
static int run_inner(yoke_flow *flow, yoke_item *item) {
    (void)flow, (void)item;
    run_doubles(100, &(yoke_pipeline_options){.batch = 4});
    return YOKE_STAGE_PASS;
}

TEST(pipelines_nest) {
    numbers source = {0, 20};
    yoke_stage stages[] = {
        {.name = "numbers", .run = give_number, .state = &source},
        {.name = "inner", .run = run_inner},
    };
    CU_ASSERT_EQUAL(
        yoke_pipeline_run(stages, 2, &(yoke_pipeline_options){.workers = 3, .batch = 1}), YOKE_OK);
}

/* ---- what is not valid */

static int refused(const yoke_stage *stages, size_t n, const yoke_pipeline_options *options) {
    return yoke_pipeline_run(stages, n, options) == YOKE_EINVAL;
}

TEST(what_is_not_valid_is_refused) {
    numbers source = {0, 3};
    const yoke_stage good[] = {{.name = "a", .run = give_number, .state = &source},
                               {.name = "b", .run = twice}};
    CU_ASSERT(refused(NULL, 2, NULL));
    CU_ASSERT(refused(good, 1, NULL));
    CU_ASSERT(refused(good, 2, &(yoke_pipeline_options){.workers = -1}));
    CU_ASSERT(refused(good, 2, &(yoke_pipeline_options){.stall = 1}));
    CU_ASSERT(refused(good, 2, &(yoke_pipeline_options){.stall = -1}));
    static const size_t back[] = {0}, out[] = {2}, right[] = {1};
    const yoke_stage wrong[] = {
        {.name = NULL, .run = twice},
        {.name = "b", .run = NULL},
        {.name = "b", .run = twice, .kind = (yoke_stage_kind)7},
        {.name = "b", .run = twice, .on_error = (yoke_stage_error)7},
        {.name = "b", .run = twice, .on_error = YOKE_STAGE_QUARANTINE},
        {.name = "b", .run = twice, .next = back, .fan = 1},
        {.name = "b", .run = twice, .next = out, .fan = 1},
        {.name = "b", .run = twice, .next = right},
        {.name = "b", .run = twice, .fan = 1},
        {.name = "b", .run = twice, .start = refuse_start},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        yoke_stage stages[] = {good[0], wrong[i]};
        CU_ASSERT(refused(stages, 2, NULL));
    }
    yoke_stage stages[] = {good[0], good[1]};
    stages[0].on_error = YOKE_STAGE_SKIP;
    CU_ASSERT(refused(stages, 2, NULL));
    CU_ASSERT_EQUAL(source.next, 0);
}

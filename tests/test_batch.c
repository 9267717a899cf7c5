/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/batch_use.h"
#include "tests/pipeline_use.h"

#include <sched.h>
#include <unistd.h>

/* ---- without a ledger */

static void each_item_once(const yoke_pipeline_options *options) {
    static const uint64_t counts[] = {0, 1, 10, 1000};
    for (size_t i = 0; i < COUNT(counts) * 4; i++) {
        world w = {.in_order = i & 1, .fails = i & 2};
        yoke_batch batch = batch_of(&w, counts[i / 4], options->workers, options->batch);
        yoke_batch_report report;
        CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
        check_each_once(&w, batch.items);
        CU_ASSERT_EQUAL(report.run, batch.items);
        CU_ASSERT_EQUAL(report.before, 0);
        CU_ASSERT_EQUAL(report.failed, w.fails ? (batch.items + 2) / 10 : 0);
    }
}

TEST(each_item_runs_and_is_told_once) { each_way(each_item_once); }

static void first_failure(const yoke_pipeline_options *options) {
    world w = {.in_order = true, .fails = true};
    yoke_batch batch = batch_of(&w, 1000, options->workers, options->batch);
    batch.on_error = YOKE_BATCH_FAIL;
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "item 7 is bad");
    CU_ASSERT_EQUAL(w.last, 7);
    CU_ASSERT_EQUAL(w.wrong, 0);
}

TEST(the_first_failure_ends_a_batch) { each_way(first_failure); }

static int fail_twice(yoke_batch_work *work) {
    atomic_int *calls = work->ctx;
    CU_ASSERT_EQUAL(work->attempt, atomic_fetch_add(&calls[work->index], 1));
    return work->attempt < 2 ? yoke_fail(YOKE_EIO, "not yet") : YOKE_OK;
}

TEST(items_that_fail_are_tried_again) {
    atomic_int calls[100] = {0};
    yoke_batch batch = {.items = 100, .run = fail_twice, .ctx = calls, .tries = 3, .workers = 3};
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_OK);
    for (size_t i = 0; i < 100; i++) CU_ASSERT_EQUAL(atomic_load(&calls[i]), 3);
    batch.tries = 2;
    memset(calls, 0, sizeof calls);
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_EIO);
}

static int refuse(const yoke_batch_done *done, void *ctx) {
    (void)ctx;
    return done->index == 50 ? yoke_fail(YOKE_EDATA, "50 is too much") : YOKE_OK;
}

TEST(who_is_told_may_end_the_batch) {
    world w = {0};
    yoke_batch batch = batch_of(&w, 1000, 2, 4);
    batch.done = refuse;
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "50 is too much");
}

/* ---- how many at a time, how many at once, and when it stops */

enum { TOGETHER = 3 };

typedef struct gathering {
    atomic_int came, now, most;
} gathering;

/* The first wait for each other. */
static int gather(yoke_batch_work *work) {
    gathering *g = work->ctx;
    int now = atomic_fetch_add(&g->now, 1) + 1;
    if (now > atomic_load(&g->most)) atomic_store(&g->most, now);
    CU_ASSERT(work->worker >= 0 && work->worker < TOGETHER);
    atomic_fetch_add(&g->came, 1);
    while (atomic_load(&g->came) < TOGETHER) sched_yield();
    atomic_fetch_sub(&g->now, 1);
    return YOKE_OK;
}

TEST(so_many_items_run_at_a_time) {
    gathering g = {0};
    yoke_batch batch = {.items = 300, .run = gather, .ctx = &g, .workers = TOGETHER, .batch = 1};
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&g.most), TOGETHER);
}

TEST(a_batch_is_measured_given_or_planned) {
    static world w;
    yoke_batch_report report;
    yoke_batch batch = batch_of(&w, MOST, 2, 0);
    char path[512], plan[64], text[64] = "";
    snprintf(path, sizeof path, "%s/plan", test_directory());
    batch.plan = path;
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
    CU_ASSERT(report.batch >= 1 && strstr(report.batch_why, "an item takes ") != NULL);
    snprintf(plan, sizeof plan, "yoke plan 1: pipeline of 4 parts, batch %zu\n", report.batch);
    FILE *file = fopen(path, "re");
    bool settled = strncmp(report.batch_why, "not settled", 11) != 0;
    CU_ASSERT_EQUAL(file != NULL, settled);
    if (file) {
        CU_ASSERT_STRING_EQUAL(fgets(text, sizeof text, file), plan);
        fclose(file);
    }
    w = (world){0};
    batch.plan = test_file("mine", "yoke plan 1: pipeline of 4 parts, batch 12\n", 43);
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
    CU_ASSERT_EQUAL(report.batch, 12);
    CU_ASSERT_STRING_EQUAL(report.batch_why, "from the plan");
    w = (world){0};
    batch.batch = 7; /* goes before the plan */
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
    CU_ASSERT_EQUAL(report.batch, 7);
    CU_ASSERT_STRING_EQUAL(report.batch_why, "given");
}

typedef struct stopping {
    yoke_cancel *cancel; /* requested at item 100 */
    atomic_int ran;
} stopping;

static int stop_at_a_hundred(yoke_batch_work *work) {
    stopping *s = work->ctx;
    atomic_fetch_add(&s->ran, 1);
    if (work->index == 100 && s->cancel) yoke_cancel_request(s->cancel);
    return YOKE_OK;
}

static void a_batch_stops(const yoke_pipeline_options *options) {
    enum { ENDLESS = 1 << 30 };
    stopping s = {0};
    REQUIRE(yoke_cancel_create(&s.cancel) == YOKE_OK);
    yoke_batch batch = {.items = ENDLESS,
                        .run = stop_at_a_hundred,
                        .ctx = &s,
                        .workers = options->workers,
                        .batch = options->batch,
                        .cancel = s.cancel};
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_ECANCELED);
    CU_ASSERT(atomic_load(&s.ran) > 0 && atomic_load(&s.ran) < ENDLESS);
    yoke_cancel_release(s.cancel);
    s = (stopping){0};
    batch.cancel = NULL;
    batch.deadline = yoke_deadline_in(0.002);
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_ETIMEDOUT);
    s = (stopping){0};
    batch.deadline = 1; /* long past */
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(atomic_load(&s.ran), 0);
}

TEST(a_token_or_a_deadline_ends_a_batch) { each_way(a_batch_stops); }

/* What was done before goes into the ledger. */
TEST(a_batch_that_was_cancelled_goes_on) {
    stopping s = {0};
    yoke_batch_report report;
    REQUIRE(yoke_cancel_create(&s.cancel) == YOKE_OK);
    yoke_batch batch = {.items = 1000,
                        .run = stop_at_a_hundred,
                        .ctx = &s,
                        .workers = 1,
                        .batch = 10,
                        .ledger = ledger_path(),
                        .cancel = s.cancel};
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_ECANCELED);
    yoke_cancel_release(s.cancel);
    s = (stopping){0};
    batch.cancel = NULL;
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
    CU_ASSERT(report.before > 0 && report.before + report.run == 1000);
    CU_ASSERT_EQUAL(report.run, (uint64_t)atomic_load(&s.ran));
}

TEST(what_is_no_batch_is_refused) {
    CU_ASSERT_EQUAL(yoke_batch_run(NULL, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_batch_run(&(yoke_batch){.items = 1}, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_batch_run(&(yoke_batch){.run = run, .workers = -1}, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_batch_run(&(yoke_batch){.run = run, .tries = -1}, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_batch_run(&(yoke_batch){.run = run, .items = UINT64_MAX}, NULL),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(
        yoke_batch_run(&(yoke_batch){.run = run, .on_error = (yoke_batch_error)9}, NULL),
        YOKE_EINVAL);
}

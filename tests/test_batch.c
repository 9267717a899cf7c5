/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/batch_use.h"
#include "tests/pipeline_use.h"

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

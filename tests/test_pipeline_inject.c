/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation and every call on a file fails once. */
#include <string.h>
#include <unistd.h>

#include "tests/batch_use.h"
#include "tests/inject.h"
#include "tests/pipeline_use.h"

/* ---- pipelines */

static atomic_long alive;

static int give_thing(yoke_flow *flow, yoke_item *item) {
    numbers *of = flow->state;
    if (of->next == of->n) return YOKE_STAGE_END;
    set_number(item, of->next++);
    atomic_fetch_add(&alive, 1);
    return YOKE_STAGE_PASS;
}

static void end_thing(yoke_item *item, void *state) {
    (void)item, (void)state;
    atomic_fetch_sub(&alive, 1);
}

static int split(yoke_flow *flow, yoke_item *item) {
    for (int i = 0; i < 5; i++) {
        YOKE_TRY(yoke_stage_emit(flow, item));
        atomic_fetch_add(&alive, 1);
    }
    return YOKE_STAGE_PASS;
}

static int some_fail(yoke_flow *flow, yoke_item *item) {
    (void)flow;
    return number_in(item) % 7 ? YOKE_STAGE_PASS : yoke_fail(YOKE_EDATA, "seven");
}

static int copy_thing(const yoke_item *from, yoke_item *to, void *state) {
    (void)from, (void)to, (void)state;
    atomic_fetch_add(&alive, 1);
    return YOKE_OK;
}

static int end_here(yoke_flow *flow, yoke_item *item) {
    end_thing(item, flow->state);
    return YOKE_STAGE_PASS;
}

static int run_things(void *ctx) {
    (void)ctx;
    numbers source = {0, 9};
    static const size_t both[] = {2, 3};
    yoke_pipeline_report report;
    char path[512];
    snprintf(path, sizeof path, "%s/bad", test_directory());
    yoke_stage stages[] = {
        {.name = "give", .run = give_thing, .state = &source},
        {.name = "split",
         .run = split,
         .next = both,
         .fan = 2,
         .copy = copy_thing,
         .discard = end_thing},
        {.name = "fail", .on_error = YOKE_STAGE_QUARANTINE, .run = some_fail, .discard = end_thing},
        {.name = "end",
         .kind = YOKE_STAGE_IN_ORDER,
         .run = end_here,
         .local_size = 8,
         .discard = end_thing},
    };
    yoke_pipeline_options options = {
        .workers = 2, .batch = 4, .quarantine = path, .report = &report};
    int status = yoke_pipeline_run(stages, 4, &options);
    if (status >= 0) yoke_pipeline_report_fini(&report);
    CU_ASSERT_EQUAL(atomic_load(&alive), 0);
    atomic_store(&alive, 0);
    return status;
}

static int warm_up(void) {
    return run_things(NULL); /* threads are registered, and their records made */
}

TEST(a_pipeline_survives_any_failing_allocation) {
    CU_ASSERT_EQUAL(warm_up(), YOKE_OK);
    CU_ASSERT(inject_each_allocation(run_things, NULL, YOKE_ENOMEM) > 10);
}

TEST(a_pipeline_survives_any_failing_call) {
    CU_ASSERT_EQUAL(warm_up(), YOKE_OK);
    CU_ASSERT(inject_each_io(run_things, NULL, EIO, YOKE_EIO) > 10);
}

/* ---- batches */

static world seen;

/* With a ledger of half the items, so that it is read and written. */
static int run_batch(void *ctx) {
    seen = (world){.in_order = true, .stop_at = ctx ? 10 : 0};
    yoke_batch batch = batch_of(&seen, 20, 1, 4);
    batch.ledger = ledger_path();
    batch.sync = YOKE_BATCH_SYNC_BATCH;
    int status = yoke_batch_run(&batch, NULL);
    CU_ASSERT_EQUAL(seen.wrong, 0);
    return status;
}

static int run_both(void *ctx) {
    (void)ctx;
    unlink(ledger_path());
    int first = run_batch(&seen);
    if (first != YOKE_EIO || strcmp(yoke_error_detail(), "item 10 stops") != 0) return first;
    return run_batch(NULL);
}

TEST(a_batch_survives_any_failing_allocation) {
    CU_ASSERT_EQUAL(run_both(NULL), YOKE_OK);
    CU_ASSERT(inject_each_allocation(run_both, NULL, YOKE_ENOMEM) > 10);
}

TEST(a_batch_survives_any_failing_call) {
    CU_ASSERT_EQUAL(run_both(NULL), YOKE_OK);
    CU_ASSERT(inject_each_io(run_both, NULL, EIO, YOKE_EIO) > 10);
}

TEST(short_reads_and_writes_and_interruptions_do_no_harm) {
    inject_short_io(3);
    inject_interrupt_io(2);
    CU_ASSERT_EQUAL(run_both(NULL), YOKE_OK);
    CU_ASSERT_EQUAL(run_things(NULL), YOKE_OK);
    inject_reset();
}

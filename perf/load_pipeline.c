/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of pipelines and batches whose items need no work: what an item costs.
 */
#include "perf/load.h"
#include "yoke/batch.h"
#include "yoke/pipeline.h"

typedef struct flow {
    yoke__load_data data;
    uint64_t given, size;
    uint64_t taken;     /* in order */
    uint64_t misplaced; /* that came at another place than their own */
} flow;

static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(flow)));
    flow *f = run->state;
    f->size = run->size;
    return yoke__load_answer(run, &f->taken, sizeof f->taken);
}

static int give(yoke_flow *at, yoke_item *item) {
    flow *f = at->state;
    (void)item;
    return f->given++ < f->size ? YOKE_STAGE_PASS : YOKE_STAGE_END;
}

static int pass(yoke_flow *at, yoke_item *item) {
    (void)at, (void)item;
    return YOKE_STAGE_PASS;
}

static int take(yoke_flow *at, yoke_item *item) {
    flow *f = at->state;
    f->misplaced += item->index != f->taken++;
    return YOKE_STAGE_PASS;
}

static int run_pipeline(yoke_load_run *run) {
    flow *f = run->state;
    f->given = f->taken = f->misplaced = 0;
    yoke_stage stages[] = {
        {.name = "give", .run = give, .state = f},
        {.name = "first", .run = pass},
        {.name = "second", .run = pass},
        {.name = "take", .kind = YOKE_STAGE_IN_ORDER, .run = take, .state = f},
    };
    return yoke_pipeline_run(stages, 4,
                             &(yoke_pipeline_options){.workers = yoke__load_threads(run)});
}

static int check(yoke_load_run *run) {
    const flow *f = run->state;
    YOKE_TRY(yoke__load_equal(f->misplaced, 0));
    return yoke__load_equal(f->taken, f->size);
}

static int work(yoke_batch_work *item) {
    (void)item;
    return YOKE_OK;
}

static int done(const yoke_batch_done *item, void *ctx) {
    flow *f = ctx;
    f->misplaced += item->index != f->taken++;
    return YOKE_OK;
}

static int run_batch(yoke_load_run *run) {
    flow *f = run->state;
    f->taken = f->misplaced = 0;
    yoke_batch batch = {.items = f->size,
                        .run = work,
                        .done = done,
                        .ctx = f,
                        .ordered = true,
                        .workers = yoke__load_threads(run)};
    return yoke_batch_run(&batch, NULL);
}

#define FLOW .group = "pipeline", .item = "item", .prepare = prepare, .finish = yoke__load_close
const yoke_load yoke__loads_pipeline[] = {
    {FLOW, .name = "pipeline_empty", .about = "empty items through 4 stages, the last in order",
     .size = 1000000, .repeat = run_pipeline, .check = check},
    {FLOW, .name = "batch_empty", .about = "empty items of a batch, without a ledger",
     .size = 1000000, .repeat = run_batch, .check = check},
    {.name = NULL}};

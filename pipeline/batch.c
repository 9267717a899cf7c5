/* SPDX-License-Identifier: Apache-2.0
 *
 * A batch is a pipeline over the numbers of its items: they are given out, run, written into the
 * ledger, by one write for all of a token, and told to `done`. Items that the ledger has are not
 * run; if somebody is to be told of them, they go the same way with the result that is recorded.
 */
#include "yoke/batch.h"
#include "runtime/region.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/ledger.h"
#include "yoke/pipeline.h"

typedef struct batch_run {
    const yoke_batch *batch;
    yoke__ledger ledger; /* of nothing, when the batch has none */
    uint64_t next;       /* to be given out */
    uint64_t run, failed;
} batch_run;

/* The items that flow have their number as data, and from `work` on a record. */
static int give(yoke_flow *flow, yoke_item *item) {
    batch_run *r = flow->state;
    const yoke_batch *b = r->batch;
    if (!b->done)
        while (r->next < b->items && yoke__ledger_has(&r->ledger, r->next)) r->next++;
    if (r->next == b->items) return YOKE_STAGE_END;
    item->data = (void *)(uintptr_t)r->next++;
    return YOKE_STAGE_PASS;
}

/* ---- running */

static int make_record(uint64_t index, int status, const void *bytes, size_t size,
                       yoke__record **record) {
    if (size > UINT32_MAX)
        return yoke_fail(YOKE_ERANGE, "item %llu: a result of %zu bytes is too large",
                         (unsigned long long)index, size);
    yoke__record *r = malloc(sizeof *r + size + 1);
    if (!r) return yoke_fail(YOKE_ENOMEM, "no memory for a result of %zu bytes", size);
    *r = (yoke__record){.index = index, .status = status, .size = size};
    if (size) memcpy(r->bytes, bytes, size);
    r->bytes[size] = 0;
    *record = r;
    return YOKE_OK;
}

static int run_item(const yoke_batch *b, yoke_flow *flow, uint64_t index, yoke__record **record) {
    int tries = b->tries > 1 ? b->tries : 1, status = YOKE_OK;
    yoke_batch_work work;
    for (int i = 0; i < tries; i++) {
        work = (yoke_batch_work){.index = index,
                                 .attempt = i,
                                 .worker = flow->worker,
                                 .ctx = b->ctx,
                                 .local = flow->local};
        status = b->run(&work);
        if (status >= 0) return make_record(index, YOKE_OK, work.result, work.size, record);
        if (yoke_cancel_requested(b->cancel)) break;
    }
    if (b->on_error == YOKE_BATCH_FAIL) return status;
    const char *detail = yoke_error_detail();
    return make_record(index, status, detail, strlen(detail), record);
}

static int work(yoke_flow *flow, yoke_item *item) {
    batch_run *r = flow->state;
    uint64_t index = (uintptr_t)item->data;
    yoke__record *record = NULL;
    if (yoke__ledger_has(&r->ledger, index))
        YOKE_TRY(yoke__ledger_read(&r->ledger, index, &record));
    else
        YOKE_TRY(run_item(r->batch, flow, index, &record));
    item->data = record;
    return YOKE_STAGE_PASS;
}

/* ---- recording and telling */

static int record(yoke_flow *flow, yoke_item *item) {
    batch_run *r = flow->state;
    const yoke__record *of = item->data;
    if (!of->before) YOKE_TRY(yoke__ledger_add(&r->ledger, of));
    return YOKE_STAGE_PASS;
}

static int write_records(yoke_flow *flow) {
    batch_run *r = flow->state;
    return r->ledger.used ? yoke__ledger_flush(&r->ledger) : YOKE_OK;
}

static int tell(yoke_flow *flow, yoke_item *item) {
    batch_run *r = flow->state;
    yoke__record *of = item->data;
    bool failed = of->status < 0;
    yoke_batch_done done = {.index = of->index,
                            .status = of->status,
                            .detail = failed ? of->bytes : NULL,
                            .result = failed ? NULL : of->bytes,
                            .size = failed ? 0 : of->size,
                            .before = of->before};
    if (r->batch->done) YOKE_TRY(r->batch->done(&done, r->batch->ctx));
    r->run += !of->before;
    r->failed += !of->before && failed;
    free(of);
    return YOKE_STAGE_PASS;
}

static void discard(yoke_item *item, void *state) {
    (void)state;
    free(item->data);
}

/* ---- the run */

enum { GIVE, WORK, RECORD, TELL, STAGES };

static int run_stages(batch_run *r, yoke_pipeline_report *report) {
    const yoke_batch *b = r->batch;
    static const size_t past_record[] = {TELL};
    yoke_stage stages[STAGES] = {
        [GIVE] = {.name = "give", .run = give, .state = r},
        [WORK] = {.name = "work", .run = work, .state = r, .local_size = b->local_size},
        [RECORD] = {.name = "record",
                    .kind = YOKE_STAGE_SERIAL,
                    .run = record,
                    .state = r,
                    .flush = write_records,
                    .discard = discard},
        [TELL] = {.name = "tell",
                  .kind = b->ordered ? YOKE_STAGE_IN_ORDER : YOKE_STAGE_SERIAL,
                  .run = tell,
                  .state = r,
                  .discard = discard},
    };
    if (!b->ledger) {
        stages[WORK].next = past_record;
        stages[WORK].fan = 1;
    }
    yoke_pipeline_options options = {.name = "batch",
                                     .workers = b->workers,
                                     .batch = b->batch,
                                     .plan = b->plan,
                                     .deadline = b->deadline,
                                     .cancel = b->cancel,
                                     .report = report};
    return yoke_pipeline_run(stages, STAGES, &options);
}

static int check(const yoke_batch *b) {
    if (!b || !b->run) return yoke_fail(YOKE_EINVAL, "batch: there is nothing to run");
    if (b->workers < 0 || b->tries < 0)
        return yoke_fail(YOKE_EINVAL, "batch: %d workers, %d tries", b->workers, b->tries);
    if ((unsigned)b->on_error > YOKE_BATCH_SKIP || (unsigned)b->sync > YOKE_BATCH_SYNC_BATCH)
        return yoke_fail(YOKE_EINVAL, "batch: no such answer to errors, or no such sync");
    if (b->items > SIZE_MAX / sizeof(uint64_t))
        return yoke_fail(YOKE_EINVAL, "batch: too many items");
    if (b->job && strlen(b->job) > 4095)
        return yoke_fail(YOKE_EINVAL, "batch: the name of the job has more than 4095 bytes");
    return YOKE_OK;
}

static void fill(const batch_run *r, const yoke_pipeline_report *from, yoke_batch_report *report) {
    *report = (yoke_batch_report){.before = r->ledger.done,
                                  .run = r->run,
                                  .failed = r->ledger.failed + r->failed,
                                  .torn = r->ledger.torn,
                                  .elapsed = from->elapsed,
                                  .service = from->stages[WORK].service,
                                  .batch = from->batch};
    memcpy(report->batch_why, from->batch_why, sizeof report->batch_why);
}

int yoke_batch_run(const yoke_batch *b, yoke_batch_report *report) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    YOKE_TRY(check(b));
    batch_run r = {.batch = b, .ledger = {.descriptor = -1}};
    yoke_pipeline_report flow = {0};
    const char *job = b->job ? b->job : "";
    if (b->ledger)
        YOKE_TRY(yoke__ledger_open(&r.ledger, b->ledger, job, b->items,
                                   b->sync == YOKE_BATCH_SYNC_BATCH, b->retry_failed));
    int status = run_stages(&r, &flow);
    if (status >= 0 && report) fill(&r, &flow, report);
    yoke_pipeline_report_fini(&flow);
    yoke__ledger_close(&r.ledger);
    return status;
}

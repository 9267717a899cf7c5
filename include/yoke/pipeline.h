/* SPDX-License-Identifier: Apache-2.0
 *
 * Pipelines: a source, stages, and a bounded number of items on their way between them.
 *
 *     static int compress(yoke_flow *flow, yoke_item *item);   // item->data: what it works on
 *     yoke_stage stages[] = {
 *         {.name = "read", .run = read_block, .state = &input},
 *         {.name = "compress", .run = compress, .local_size = sizeof(compressor)},
 *         {.name = "write", .kind = YOKE_STAGE_IN_ORDER, .run = write_block, .state = &output},
 *     };
 *     YOKE_TRY(yoke_pipeline_run(stages, 3, &(yoke_pipeline_options){.bytes = 64 << 20}));
 *
 * The first stage is the source. A token takes a batch of its items and carries them through all
 * stages; a worker takes a token as far as it gets. Where a stage is taken, or it is not the
 * token's turn, the token is left there, and the worker takes another. So there is a task for each
 * worker and none for an item, items stay in the cache of one processor, and what is in flight is
 * bounded by the number of tokens: a stage in order holds back tokens, not a growing heap of
 * results. Tokens after the pipeline of Reed, Chen and Johnson ("Portable parallel programming with
 * the Pipeline library", 1993) and of Threading Building Blocks.
 *
 * Graphs. Items go to the next stage of the array unless a stage names others, all of which stand
 * behind it: a choice of one of them (`route`), or a copy to each. Stages named by several merge
 * what comes. Items reach a stage in the order of the source within their token, also after a
 * merge; a stage in order sees all items in that order. Of one item of the source, what came by
 * different ways comes in an order that is the same for any number of threads and any batch.
 *
 * Errors. An item that fails ends the run (the default), or is skipped, or written to a side file.
 * If several fail the run, the status of the first in the order of the source is returned. Items
 * before it still go all their way, so stages in order behind the failing stage see exactly the
 * items before it.
 *
 * Memory. Bytes are what items say in `bytes`. The source rests while the sum of what is in flight
 * is at the bound or above; items that a stage makes larger may exceed it by what the tokens in
 * flight hold. An item that is larger than the bound passes alone.
 */
#ifndef YOKE_PIPELINE_H
#define YOKE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/cancel.h"
#include "yoke/deadline.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What flows. Copied from stage to stage; `data` belongs to whoever has the item. */
typedef struct yoke_item {
    void *data;
    size_t bytes;   /* counted against the bound */
    uint64_t index; /* of the source's item that it came from: 0, 1, ...; set by the pipeline */
} yoke_item;

/* What a stage knows of the place it runs at. */
typedef struct yoke_flow {
    void *state; /* the stage's */
    void *local; /* the stage's for this worker; NULL when its local_size is 0 */
    int worker;  /* 0 to workers - 1 */
} yoke_flow;

/* What a stage answers; a negative status, set with yoke_fail, is a failure. */
enum {
    YOKE_STAGE_PASS, /* *item, changed or not, goes on; the source has made one. The same as 0 */
    YOKE_STAGE_DROP, /* it ends here, and is the stage's; the source has none now, so what it gave
                        goes on its way at once, and it is called again */
    YOKE_STAGE_MORE, /* to be called again with *item as it is now, once all that was emitted has
                        been through the stages behind; not the source */
    YOKE_STAGE_END,  /* of the source: no more items */
};

/* Works on an item. On failure *item must be such that `discard` and `save` can take it. The source
 * gets an item of zeros. */
typedef int yoke_stage_fn(yoke_flow *flow, yoke_item *item);

typedef enum yoke_stage_kind {
    YOKE_STAGE_PARALLEL, /* any number at the same time (the source: one, like the other kinds) */
    YOKE_STAGE_SERIAL,   /* one token at a time. While the stage asks for MORE others come between
                          */
    YOKE_STAGE_IN_ORDER, /* one at a time, in the order of the source */
} yoke_stage_kind;

typedef enum yoke_stage_error {
    YOKE_STAGE_FAIL,       /* ends the run */
    YOKE_STAGE_SKIP,       /* the item is discarded and counted */
    YOKE_STAGE_QUARANTINE, /* and written to the file of the options */
} yoke_stage_error;

typedef struct yoke_stage {
    const char *name; /* for reports; not NULL; copied nowhere: must outlive the run */
    yoke_stage_kind kind;
    yoke_stage_error on_error; /* the source's must be FAIL */
    yoke_stage_fn *run;        /* not NULL */
    void *state;               /* shared by all workers */

    /* State of each worker: local_size bytes, zeroed, then `start` (may be NULL) when the worker
     * comes to the stage for the first time, on its thread; a failure of start ends the run. After
     * the run `finish` (may be NULL) for each that was started, in the order of the workers, on the
     * calling thread: it may add up what the workers have. */
    size_t local_size;
    int (*start)(void *local, void *state);
    void (*finish)(void *local, void *state);

    /* Called once when all items have passed, if the run has not failed; emits what is left.
     * Returns 0, YOKE_STAGE_MORE to be called again, or a failure. NULL: nothing. Not of the
     * source. */
    int (*end)(yoke_flow *flow);

    /* Called when the stage has worked on the items of a token, or on those that it can take now:
     * for what is done for many at once, such as one write. They go on after it. Returns 0, or a
     * failure, which ends the run at the first of them. Emits nothing. NULL: nothing. Not of the
     * source. */
    int (*flush)(yoke_flow *flow);

    /* Where items go: `fan` numbers of stages above this one's own. fan 0: to the next, of the last
     * stage nowhere. `sink`: nowhere. */
    const size_t *next;
    size_t fan;
    bool sink;
    /* Which of next[]: 0 to fan - 1 (another number fails the item). NULL: to each of them, of
     * which all but the first get what `copy` makes; without `copy` they share `data`. Called in
     * the worker that ran the stage, at the same time as others. */
    size_t (*route)(const yoke_item *item, void *state);
    int (*copy)(const yoke_item *from, yoke_item *to, void *state);

    /* Releases an item that was on its way to this stage, or failed in it. NULL: nothing to do.
     * Any worker, or the caller. */
    void (*discard)(yoke_item *item, void *state);
    /* The bytes of an item for the quarantine: sets *bytes and *size, good until discard. Workers
     * call it at the same time. NULL: none are written. */
    void (*save)(const yoke_item *item, const void **bytes, size_t *size, void *state);
} yoke_stage;

/* Sends an item to where the stage's items go, before the one that it works on. index is set.
 * From run (not the source's) and end only. YOKE_ENOMEM, or what route or copy failed with: then
 * the item is still the caller's. All that one call emits is kept at the same time: a stage that
 * makes much of one item answers YOKE_STAGE_MORE now and then. */
YOKE_API int yoke_stage_emit(yoke_flow *flow, const yoke_item *item);

/* ---- what came of it */

typedef struct yoke_stage_report {
    const char *name; /* the stage's own */
    yoke_stage_kind kind;
    uint64_t in, out;              /* items */
    uint64_t skipped, quarantined; /* of those that came in */
    double service;                /* seconds in the stage, of all workers together */
    double wait;                   /* seconds that tokens stood before it, all together */
    double gain; /* predicted: how many times as fast the run would be if the stage
                    took half the time */
} yoke_stage_report;

/* Predictions are those of a bound: a run takes at least the time of its busiest serial stage, and
 * all service time divided by the workers. They hold where there are as many processors as workers
 * and tokens enough; `reached` says how near the run came to the bound. */
typedef struct yoke_pipeline_report {
    yoke_stage_report *stages; /* as many as the pipeline has */
    size_t count;
    int workers;
    double elapsed;     /* seconds */
    size_t limiting;    /* the stage that limits: serial, or that with most work where more workers
                           would help */
    double gain_worker; /* predicted: times as fast with one more worker */
    double reached;     /* bound / elapsed, 1 at best */
    size_t batch;       /* items a token */
    char batch_why[128];
    size_t peak_items, peak_bytes; /* in flight: items of the source; bytes */
} yoke_pipeline_report;

YOKE_API void yoke_pipeline_report_fini(yoke_pipeline_report *report); /* of a zeroed one: legal */

/* Writes the report as lines of text. Returns its length; at most size - 1 bytes and a NUL are
 * written (size 0: nothing). */
YOKE_API size_t yoke_pipeline_report_write(const yoke_pipeline_report *report, char *text,
                                           size_t size);

/* ---- running */

/* Told of a stage that has worked on one token for `stall` seconds: a line about it, and the lines
 * of yoke_waits_write. On a thread of its own, which the run starts and ends, also while all
 * workers are inside of stages; one call at a time, one for each visit. */
typedef void yoke_stall_fn(const char *text, void *ctx);

typedef struct yoke_pipeline_options {
    const char *name; /* NULL: "pipeline" */
    int workers;      /* 0: yoke_team_default_size() */
    size_t items;     /* most items of the source in flight; 0: four batches a worker */
    size_t bytes;     /* in flight; 0: no bound */
    size_t batch;     /* items that a token takes; 0: as the plan says, or measured: so many that a
                         token takes about 200 microseconds, with both bounds obeyed */
    const char *plan; /* file that freezes the batch: read when it exists, else written when the run
                         has succeeded and measured enough; NULL: none */
    yoke_deadline deadline;    /* looked at before each item of a stage. 0, YOKE_FOREVER: none */
    const yoke_cancel *cancel; /* the same. NULL: none */
    const char *quarantine;    /* file that items are appended to; needed where a stage has it. An
                                  item is a line "INDEX<tab>STAGE<tab>STATUS<tab>SIZE<tab>DETAIL",
                                  then SIZE bytes and a line feed */
    double stall;              /* seconds; looked at every millisecond at most. 0: no look-out */
    yoke_stall_fn *stalled;
    void *stalled_ctx;
    yoke_pipeline_report *report; /* filled on success; NULL: none */
} yoke_pipeline_options;

/* Runs the pipeline and returns when all items have gone their way and nothing of it runs any more.
 * `options` may be NULL. From serial code it opens a team; inside a parallel region it adds one
 * task for each worker to the team that is there. A worker without work sleeps; its wait, for those
 * that have some, is in the graph of waits (yoke_waits_write). Returns the failure of the first
 * item that failed, of `start` or `end`; YOKE_ECANCELED and YOKE_ETIMEDOUT: items in flight were
 * discarded; YOKE_EINVAL for stages or options that are not valid, YOKE_ENOMEM, YOKE_EIO for the
 * files, and where no thread can be started for `stalled`, YOKE_EDATA for a plan that is damaged or
 * of another pipeline. */
YOKE_API int yoke_pipeline_run(const yoke_stage *stages, size_t n,
                               const yoke_pipeline_options *options);

#ifdef __cplusplus
}
#endif
#endif

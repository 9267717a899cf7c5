/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches: one function for each of many numbered items, with a ledger from which a run that was
 * interrupted goes on.
 *
 *     static int resize(yoke_batch_work *work);         // photos[work->index]
 *     yoke_batch batch = {.items = count, .run = resize, .ctx = photos,
 *                         .ledger = "resize.ledger", .job = "thumbnails of 2024",
 *                         .on_error = YOKE_BATCH_SKIP};
 *     yoke_batch_report report;
 *     YOKE_TRY(yoke_batch_run(&batch, &report));
 *
 * The ledger is a file that grows by a record for each item that is done, with its status and
 * result, under checksums. Recording is what makes an item done: one that is in the ledger is never
 * run again, and its result comes from there, so each run of a batch, however often it is resumed,
 * hands each result to `done` exactly once. An item that was running when the process was killed,
 * or had ended and was not yet recorded, is run again: what run() does beside its result has to
 * bear that (write to a temporary name and rename, for instance).
 *
 * Records of a batch are appended by one write(2). If the process is killed, a torn record can only
 * be the last one; it is cut off. How much survives the end of the machine is up to `sync`. Damage
 * elsewhere is found by the checksums and refused.
 */
#ifndef YOKE_BATCH_H
#define YOKE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/cancel.h"
#include "yoke/deadline.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_batch_work {
    uint64_t index; /* of the item */
    int attempt;    /* 0: the first */
    int worker;     /* 0 to workers - 1 */
    void *ctx;
    void *local; /* state of the worker: local_size bytes, zeroed at first; NULL when that is 0 */
    /* The item's result, to be set; it is copied when run returns, and may be overwritten by the
     * worker's next call. At most 2^32 - 1 bytes. */
    const void *result;
    size_t size;
} yoke_batch_work;

/* Works on one item; several at the same time. Returns 0 or more, or a failure, set with yoke_fail.
 */
typedef int yoke_batch_fn(yoke_batch_work *work);

/* An item that is done. The pointers hold for the call only. */
typedef struct yoke_batch_done {
    uint64_t index;
    int status;         /* 0, or that of its failure */
    const char *detail; /* of the failure; NULL */
    const void *result;
    size_t size;
    bool before; /* it was done in an earlier run */
} yoke_batch_done;

/* Called for one item at a time, on any worker. A failure ends the run. */
typedef int yoke_batch_done_fn(const yoke_batch_done *done, void *ctx);

typedef enum yoke_batch_error {
    YOKE_BATCH_FAIL, /* ends the run; the item is not recorded */
    YOKE_BATCH_SKIP, /* the item is done, with its status */
} yoke_batch_error;

typedef enum yoke_batch_sync {
    YOKE_BATCH_SYNC_NONE,  /* records survive the end of the process, not that of the machine */
    YOKE_BATCH_SYNC_BATCH, /* fdatasync(2) after each write, before `done` sees the items */
} yoke_batch_sync;

typedef struct yoke_batch {
    uint64_t items;
    yoke_batch_fn *run;       /* not NULL */
    yoke_batch_done_fn *done; /* NULL: nobody is told */
    void *ctx;                /* of both */
    size_t local_size;
    bool ordered; /* done sees items in the order of their indices; else as they come */
    int workers;  /* at most so many at a time; 0: yoke_team_default_size() */
    size_t batch; /* items that a worker takes at a time; 0: as the plan says, or measured: so many
                     that they take about 200 microseconds */
    const char *plan; /* file that freezes a measured batch; see yoke/pipeline.h */
    int tries;        /* how often an item that fails is run; 0: once */
    yoke_batch_error on_error;
    bool retry_failed; /* items that failed in earlier runs are run again */

    const char
        *ledger;     /* file; made when it does not exist. NULL: none. 8 bytes of memory an item */
    const char *job; /* what the batch is, at most 4095 bytes; NULL: "". A ledger of another job or
                        number of items is refused */
    yoke_batch_sync sync;

    yoke_deadline deadline;    /* 0 and YOKE_FOREVER: none */
    const yoke_cancel *cancel; /* NULL: none */
} yoke_batch;

typedef struct yoke_batch_report {
    uint64_t before; /* items that were done in earlier runs */
    uint64_t run;    /* in this one */
    uint64_t failed; /* of all that are done, those with a failure */
    uint64_t torn;   /* bytes cut off the end of the ledger */
    double elapsed;  /* seconds */
    double service;  /* seconds in run(), of all workers together */
    size_t batch;
    char batch_why[128];
} yoke_batch_report;

/* Runs all items that are not done, and returns when nothing runs any more. From serial code it
 * opens a team, inside a region it adds tasks to it. `report` (may be NULL) is written on success.
 * Returns the failure of the first item in the order of indices (with YOKE_BATCH_FAIL), or that of
 * `done`; YOKE_ECANCELED or YOKE_ETIMEDOUT; YOKE_EINVAL for a batch that is not valid or a ledger
 * of another one; YOKE_EDATA for a ledger that is damaged; YOKE_EIO, also when another process has
 * the ledger open; YOKE_ENOMEM, YOKE_ERANGE. After a failure the same call goes on where it
 * stopped, if there is a ledger. */
YOKE_API int yoke_batch_run(const yoke_batch *batch, yoke_batch_report *report);

#ifdef __cplusplus
}
#endif
#endif

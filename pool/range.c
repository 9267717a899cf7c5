/* SPDX-License-Identifier: Apache-2.0
 *
 * Loops and calls in parallel, on tasks.
 *
 * A worker goes through its range piece by piece. Before each it looks whether a thief has asked
 * its deque in vain; then it spawns the upper half as a task, which the thief gets, and goes on
 * with the lower. So a loop that nobody wants a part of costs one load a piece, and the number of
 * tasks is of the order of the number of steals.
 *
 * The size of a piece, if it is not given, is measured: it doubles while a piece takes less than
 * SHORT nanoseconds, and becomes what takes about SHORT when one takes more than LONG. A size that
 * was right is measured again after BATCH pieces, since reading the clock after each would take
 * half a percent of the time.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "runtime/shuffle.h"
#include "yoke/deadline.h"
#include "yoke/pool.h"

#define SHORT 4000
#define LONG  16000
enum { BATCH = 8 };

typedef struct loop {
    yoke_range_fn *body;
    void *ctx;
    size_t grain; /* 0: measured */
    atomic_int status;
    char detail[1024];
} loop;

typedef struct range {
    yoke_task task; /* first */
    loop *of;
    size_t begin, end, piece;
    /* where pieces are measured: */
    yoke_deadline start; /* of the first that is not yet */
    int done, batch;     /* pieces since then, and how many are measured together */
} range;

static void note_failure(loop *of, int status) {
    int none = YOKE_OK;
    if (atomic_compare_exchange_strong(&of->status, &none, status))
        snprintf(of->detail, sizeof of->detail, "%s", yoke_error_detail());
}

/* The end of a batch is the start of the next. */
static void measure(range *r) {
    if (++r->done < r->batch) return;
    yoke_deadline now = yoke_deadline_in(0), took = (now - r->start) / r->done;
    r->batch = took < SHORT || took > LONG ? 1 : BATCH;
    if (took < SHORT) r->piece *= 2;
    if (took > LONG) r->piece = (size_t)((double)r->piece * SHORT / (double)took) + 1;
    r->start = now;
    r->done = 0;
}

static void run_piece(yoke_worker *worker, range *r) {
    size_t left = r->end - r->begin, size = r->piece < left ? r->piece : left;
    int status = r->of->body(worker, r->begin, r->begin + size, r->of->ctx);
    if (status < 0) note_failure(r->of, status);
    r->begin += size;
    if (!r->of->grain) measure(r);
}

static void run_range(yoke_worker *worker, yoke_task *task);

/* Gives the upper half away and does the rest; both are done in the end. */
static void split(yoke_worker *worker, range *r) {
    range upper = *r;
    upper.begin = r->end = r->begin + (r->end - r->begin) / 2;
    yoke_spawn(worker, &upper.task, run_range);
    run_range(worker, &r->task);
    yoke_sync(worker, &upper.task);
}

static void run_range(yoke_worker *worker, yoke_task *task) {
    range *r = (range *)task;
    if (!r->of->grain) r->start = yoke_deadline_in(0);
    r->done = 0;
    r->batch = 1;
    while (r->begin < r->end) {
        /* relaxed: a hint; the status is read after all has been synced. */
        if (atomic_load_explicit(&r->of->status, memory_order_relaxed) < 0) return;
        if (r->end - r->begin > r->piece && yoke_deque_is_asked(&worker->tasks_))
            split(worker, r);
        else
            run_piece(worker, r);
    }
}

int yoke_parallel_for(yoke_worker *worker, size_t begin, size_t end, size_t grain,
                      yoke_range_fn *body, void *ctx) {
    loop of = {.body = body, .ctx = ctx, .grain = grain};
    range all = {.of = &of, .begin = begin, .end = end, .piece = 1};
    if (grain) all.piece = yoke__shuffle_size(grain);
    run_range(worker, &all.task);
    int status = atomic_load(&of.status);
    return status < 0 ? yoke_fail(status, "%s", of.detail) : YOKE_OK;
}

typedef struct calls {
    yoke_task task; /* first */
    const yoke_call *first;
    size_t count;
} calls;

static void run_calls(yoke_worker *worker, yoke_task *task) {
    calls *c = (calls *)task;
    if (c->count == 0) return;
    if (c->count == 1) {
        c->first->run(worker, c->first->ctx);
        return;
    }
    calls lower = {.first = c->first, .count = c->count / 2},
          upper = {.first = c->first + lower.count, .count = c->count - lower.count};
    yoke_spawn(worker, &upper.task, run_calls);
    run_calls(worker, &lower.task);
    yoke_sync(worker, &upper.task);
}

void yoke_parallel_invoke(yoke_worker *worker, const yoke_call *list, size_t count) {
    calls all = {.first = list, .count = count};
    run_calls(worker, &all.task);
}

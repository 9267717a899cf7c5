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
 * SHORT nanoseconds and is halved when one takes more than LONG.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "runtime/shuffle.h"
#include "yoke/deadline.h"
#include "yoke/pool.h"

#define SHORT 4000
#define LONG  16000

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
} range;

/* The time, where pieces are measured. The end of one is the start of the next. */
static yoke_deadline read_clock(const range *r) { return r->of->grain ? 0 : yoke_deadline_in(0); }

static void note_failure(loop *of, int status) {
    int none = YOKE_OK;
    if (atomic_compare_exchange_strong(&of->status, &none, status))
        snprintf(of->detail, sizeof of->detail, "%s", yoke_error_detail());
}

/* Returns when it ended. */
static yoke_deadline run_piece(yoke_worker *worker, range *r, yoke_deadline start) {
    size_t left = r->end - r->begin, size = r->piece < left ? r->piece : left;
    int status = r->of->body(worker, r->begin, r->begin + size, r->of->ctx);
    if (status < 0) note_failure(r->of, status);
    r->begin += size;
    if (r->of->grain) return 0;
    yoke_deadline now = read_clock(r), took = now - start;
    if (took < SHORT) r->piece *= 2;
    if (took > LONG && r->piece > 1) r->piece /= 2;
    return now;
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
    yoke_deadline now = read_clock(r);
    while (r->begin < r->end) {
        /* relaxed: a hint; the status is read after all has been synced. */
        if (atomic_load_explicit(&r->of->status, memory_order_relaxed) < 0) return;
        if (r->end - r->begin > r->piece && yoke_deque_is_asked(&worker->tasks_))
            split(worker, r);
        else
            now = run_piece(worker, r, now);
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

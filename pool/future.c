/* SPDX-License-Identifier: Apache-2.0
 *
 * Futures: claiming, running, ending, waiting, cancelling. The idea stands in pool/future.h.
 */
#include "pool/future.h"
#include "pool/actor.h"
#include "pool/delay.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/fork.h"
#include "runtime/thread.h"

/* ---- blocks ---- */

/* Blocks of futures without inputs go round: they are made by one thread and released by another,
 * which is what malloc is slow at. Those in it belong to the process and are never given back. The
 * child of a fork does without, as a thread that it has not may be in the middle of a call. */
/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are what is queued */
YOKE_DEFINE_QUEUE_MPMC(spare_blocks, yoke_future *)
enum { SPARE = 1024 };
static spare_blocks *spare; /* NULL: there was no memory for it */
static unsigned spare_forks;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_spare(void) {
    spare_blocks *made;
    if (spare_blocks_create(SPARE, &made) == YOKE_OK) spare = made;
    spare_forks = yoke__forks;
}

static bool has_spare(void) { return spare && spare_forks == yoke__forks; }

static yoke_future *get_block(size_t inputs) {
    yoke_future *block;
    pthread_once(&once, make_spare);
    if (inputs || !has_spare() || spare_blocks_try_pop(spare, &block) != 1)
        return calloc(1, sizeof *block + inputs * sizeof *block->inputs);
    memset(block, 0, sizeof *block);
    return block;
}

static void give_block(yoke_future *block) {
    if (block->count || !has_spare() || spare_blocks_try_push(spare, block) != 1) free(block);
}

/* ---- references ---- */

static dependent closed; /* marks the list of a future that has ended */

/* A job whose end nobody can see or wait for: the queue's is the only reference. */
static void run_unseen(yoke_future *future, worker *w) {
    if (yoke_cancel_requested(future->cancel)) return;
    if (future->before && future->before->status < 0 && !future->always) return;
    future->fn(&w->base, future->arg);
}

static void run_queued(worker *w, yoke__job *job) {
    yoke_future *future = (yoke_future *)job;
    if (atomic_load(&future->references) > 1) {
        if (yoke__future_claim(future)) yoke__future_run(future, &w->base);
    } else if (!atomic_load(&future->claimed)) {
        run_unseen(future, w);
    }
    yoke_future_release(future);
}

int yoke__future_create(yoke_pool *pool, yoke_job_fn *fn, void *arg,
                        const yoke_submit_options *options, size_t inputs, yoke_future **made) {
    yoke_future *future = get_block(inputs);
    if (!future) return yoke_fail(YOKE_ENOMEM, "no memory for a future");
    future->job.run = run_queued;
    future->end.pool = pool;
    atomic_init(&future->references, 1);
    future->pool = pool;
    future->forks = yoke__forks;
    future->fn = fn;
    future->arg = arg;
    future->count = inputs;
    if (options && options->cancel) {
        future->cancel = yoke_cancel_retain(options->cancel);
    }
    *made = future;
    return YOKE_OK;
}

static void destroy(yoke_future *future) {
    if (future->source) future->source->drop(future);
    for (size_t i = 0; i < future->count; i++) yoke_future_release(future->inputs[i].future);
    yoke_cancel_release(future->cancel);
    free(future->detail);
    give_block(future);
}

/* A chain of continuations is released without recursion. */
void yoke_future_release(yoke_future *future) {
    while (future && atomic_fetch_sub(&future->references, 1) == 1) {
        yoke_future *before = future->before;
        destroy(future);
        future = before;
    }
}

/* ---- the end ---- */

bool yoke_future_done(const yoke_future *future) { return yoke__completion_done(&future->end); }

void yoke__future_end(yoke_future *future, int status) {
    future->status = status;
    if (status < 0) future->detail = strdup(yoke_error_detail());
    yoke__delay();
    yoke__completion_end(&future->end); /* first: who finds the list closed reads the result */
    yoke__delay();                      /* ended, and no dependent knows */
    dependent *link = atomic_exchange(&future->dependents, &closed);
    while (link) {
        dependent *next = link->next;
        link->notify(link);
        link = next;
    }
}

void yoke__future_depend(yoke_future *future, dependent *link) {
    dependent *first = atomic_load(&future->dependents);
    do {
        if (first == &closed) {
            link->notify(link);
            return;
        }
        link->next = first;
    } while (!atomic_compare_exchange_weak(&future->dependents, &first, link));
}

bool yoke__future_claim(yoke_future *future) {
    return future->pool && !atomic_exchange(&future->claimed, true);
}

static int pass_on(const yoke_future *failed) {
    return yoke_fail(failed->status, failed->detail ? "%s" : NULL, failed->detail);
}

void yoke__future_run(yoke_future *future, yoke_worker *by) {
    yoke__delay(); /* claimed, and the runner not yet known */
    atomic_store(&future->end.runner, yoke__thread_record->index + 1);
    int status;
    if (yoke_cancel_requested(future->cancel))
        status = yoke_fail(YOKE_ECANCELED, "the job was cancelled before it began");
    else if (future->before && future->before->status < 0 && !future->always)
        status = pass_on(future->before);
    else
        status = future->fn(by, future->arg);
    yoke__future_end(future, status);
}

int yoke_future_result(const yoke_future *future) {
    if (!yoke_future_done(future)) return yoke_fail(YOKE_EINVAL, "the future has not ended");
    return future->status < 0 ? pass_on(future) : future->status;
}

int yoke__future_check(const yoke_future *future, const char *what) {
    if (future->forks == yoke__forks) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "%s: the future belongs to the parent of this process", what);
}

int yoke_future_cancel(yoke_future *future) {
    YOKE_TRY(yoke__future_check(future, "yoke_future_cancel"));
    if (!yoke__future_claim(future)) return 0;
    yoke__future_end(future, yoke_fail(YOKE_ECANCELED, "the job was cancelled before it began"));
    return 1;
}

/* ---- waiting ---- */

yoke_pool *yoke__future_pool(const yoke_future *future) {
    while (!future->pool && future->count) future = future->inputs[0].future;
    return future->pool;
}

static bool run_here(yoke_future *future, worker *w);

/* Of `any` no more than has to be. */
static bool run_inputs_here(yoke_future *of, worker *w) {
    bool ran = false;
    for (size_t i = 0; i < of->count && !yoke_future_done(of); i++) {
        yoke_future *one = of->inputs[i].future;
        while (!yoke_future_done(one) && run_here(one, w)) ran = true;
    }
    return ran;
}

/* Runs a job that has not begun, or what it depends on. False: there was none. */
static bool run_here(yoke_future *future, worker *w) {
    while (future->before && !yoke_future_done(future->before)) future = future->before;
    if (future->count) return run_inputs_here(future, w);
    if (future->source) return future->source->help(future);
    if (future->pool != w->pool || !yoke__future_claim(future)) return false;
    yoke__future_run(future, &w->base);
    return true;
}

/* The inputs of `all`, also where what is waited for comes after it, are waited for one by one, so
 * that each wait is seen in the graph. */
static int wait_for_inputs(const yoke_future *of, yoke_deadline deadline, const char *site) {
    while (of->before && !yoke_future_done(of->before)) of = of->before;
    for (size_t i = 0; i < of->count && !of->any; i++)
        YOKE_TRY(yoke_future_wait_at(of->inputs[i].future, deadline, site));
    return YOKE_OK;
}

int yoke_future_wait_at(yoke_future *future, yoke_deadline deadline, const char *site) {
    worker *w = (worker *)yoke_worker_here();
    if (yoke_future_done(future)) return YOKE_OK;
    YOKE_TRY(yoke__future_check(future, "yoke_future_wait"));
    yoke__turn_settle_here();
    if (w && deadline == YOKE_FOREVER)
        while (!yoke_future_done(future) && run_here(future, w)) continue;
    YOKE_TRY(wait_for_inputs(future, deadline, site));
    return yoke__completion_wait(&future->end, deadline, true, "for future", NULL, site);
}

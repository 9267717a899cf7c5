/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of the pool, whose tasks do next to nothing: what a task costs. The pool has as many
 * workers as the run has threads, and is there before the clock starts.
 */
#include <stdatomic.h>

#include "perf/load.h"
#include "yoke/future.h"
#include "yoke/pool.h"

enum { OUT };

typedef struct pooled {
    yoke__load_data data;
    yoke_pool *pool;
    atomic_ulong jobs; /* that ran */
} pooled;

static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(pooled)));
    pooled *p = run->state;
    YOKE_TRY(yoke__load_answer(run, &p->data.word, sizeof(uint64_t)));
    return yoke_pool_create(&(yoke_pool_options){.workers = yoke__load_threads(run)}, &p->pool);
}

static void finish(yoke_load_run *run) {
    pooled *p = run->state;
    if (p) yoke_pool_destroy(p->pool);
    yoke__load_close(run);
}

/* ---- Fibonacci numbers by their definition, a task for each call ---- */

typedef struct fib_task {
    yoke_task task;
    int n;
    uint64_t result;
} fib_task;

static void fib(yoke_worker *worker, yoke_task *task) {
    fib_task *f = (fib_task *)task;
    if (f->n < 2) {
        f->result = (uint64_t)f->n;
        return;
    }
    fib_task a = {.n = f->n - 1}, b = {.n = f->n - 2};
    yoke_spawn(worker, &a.task, fib);
    fib(worker, &b.task);
    yoke_sync(worker, &a.task);
    f->result = a.result + b.result;
}

/* Number n, and how many calls it takes. */
static uint64_t fib_by_hand(size_t n, size_t *calls) {
    uint64_t a = 0, b = 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t c = a + b;
        a = b, b = c;
    }
    *calls = 2 * b - 1;
    return a;
}

/* The largest n that takes no more calls than the size. */
static int prepare_fib(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    size_t calls, n = 0;
    while (n < 80 && (fib_by_hand(n + 1, &calls), calls <= run->size)) n++;
    fib_by_hand(n, &run->items);
    yoke__load_of(run)->count = n;
    return YOKE_OK;
}

static int fib_root(yoke_worker *worker, void *ctx) {
    fib(worker, ctx);
    return YOKE_OK;
}

static int run_fib(yoke_load_run *run) {
    pooled *p = run->state;
    fib_task root = {.n = (int)p->data.count};
    YOKE_TRY(yoke_pool_run(p->pool, fib_root, &root));
    p->data.word = root.result;
    return YOKE_OK;
}

static int check_fib(yoke_load_run *run) {
    size_t calls;
    return yoke__load_equal(yoke__load_of(run)->word,
                            fib_by_hand(yoke__load_of(run)->count, &calls));
}

/* ---- a loop of short iterations ---- */

static uint64_t mix(uint64_t i) {
    uint64_t z = (i + 1) * 0x9E3779B97F4A7C15u;
    return z ^ z >> 29;
}

static int prepare_loop(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    YOKE_TRY(yoke__load_array(run, OUT, run->size, sizeof(uint64_t)));
    return yoke__load_answer(run, yoke__load_words(run, OUT), run->size * sizeof(uint64_t));
}

static int loop_part(yoke_worker *worker, size_t begin, size_t end, void *ctx) {
    (void)worker;
    for (size_t i = begin; i < end; i++) ((uint64_t *)ctx)[i] = mix(i);
    return YOKE_OK;
}

static int loop_root(yoke_worker *worker, void *ctx) {
    const yoke_load_run *run = ctx;
    return yoke_parallel_for(worker, 0, run->size, 0, loop_part, yoke__load_words(run, OUT));
}

static int run_loop(yoke_load_run *run) {
    return yoke_pool_run(((pooled *)run->state)->pool, loop_root, run);
}

static int check_loop(yoke_load_run *run) {
    for (size_t i = 0; i < run->size; i++)
        if (yoke__load_words(run, OUT)[i] != mix(i)) return yoke__load_wrong(i);
    return YOKE_OK;
}

/* ---- jobs from outside ---- */

static int job(yoke_worker *worker, void *arg) {
    (void)worker;
    /* relaxed: a count, read after the drain, which orders it. */
    atomic_fetch_add_explicit((atomic_ulong *)arg, 1, memory_order_relaxed);
    return YOKE_OK;
}

static int submit(yoke_load_run *run) {
    pooled *p = run->state;
    atomic_store(&p->jobs, 0);
    for (size_t i = 0; i < run->size; i++)
        YOKE_TRY(yoke_pool_submit(p->pool, job, &p->jobs, NULL, YOKE_FOREVER, NULL));
    YOKE_TRY(yoke_pool_drain(p->pool, YOKE_FOREVER));
    p->data.word = atomic_load(&p->jobs);
    return YOKE_OK;
}

static int check_submit(yoke_load_run *run) {
    return yoke__load_equal(yoke__load_of(run)->word, run->size);
}

/* ---- futures of such jobs, and one of all of them ---- */

static int prepare_futures(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    return yoke__load_array(run, OUT, run->size, sizeof(yoke_future *));
}

static int submit_all(pooled *p, yoke_future **futures, size_t size, size_t *count) {
    yoke_future *all = NULL;
    for (*count = 0; *count < size; ++*count)
        YOKE_TRY(yoke_pool_submit(p->pool, job, &p->jobs, NULL, YOKE_FOREVER, &futures[*count]));
    YOKE_TRY(yoke_future_all(futures, size, &all));
    int status = yoke_future_wait(all, YOKE_FOREVER);
    if (status >= 0) status = yoke_future_result(all);
    yoke_future_release(all);
    return status;
}

static int run_futures(yoke_load_run *run) {
    pooled *p = run->state;
    yoke_future **futures = p->data.array[OUT];
    size_t count = 0;
    atomic_store(&p->jobs, 0);
    int status = submit_all(p, futures, run->size, &count);
    for (size_t i = 0; i < count; i++) yoke_future_release(futures[i]);
    YOKE_TRY(yoke_pool_drain(p->pool, YOKE_FOREVER)); /* the jobs of a failure, too */
    p->data.word = atomic_load(&p->jobs);
    return status;
}

#define POOL .group = "pool", .finish = finish
const yoke_load yoke__loads_pool[] = {
    {POOL, .name = "fib", .about = "Fibonacci numbers, a spawn and a join for each call",
     .item = "task", .size = 30000000, .prepare = prepare_fib, .repeat = run_fib,
     .check = check_fib},
    {POOL, .name = "parallel_for", .about = "a loop of short iterations", .item = "iteration",
     .bytes = 8, .size = 1 << 24, .prepare = prepare_loop, .repeat = run_loop, .check = check_loop},
    {POOL, .name = "futures", .about = "jobs with a future each, and one that ends with all",
     .item = "job", .size = 100000, .prepare = prepare_futures, .repeat = run_futures,
     .check = check_submit},
    {POOL, .name = "submit", .about = "jobs handed over by one thread", .item = "job",
     .size = 100000, .prepare = prepare, .repeat = submit, .check = check_submit},
    {.name = NULL}};

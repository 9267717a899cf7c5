/* SPDX-License-Identifier: Apache-2.0
 *
 * Fork-join tasks on a work-stealing pool.
 *
 * A task lies in the frame of the function that spawns it, so spawning allocates nothing:
 *
 *     struct fib { yoke_task task; int n; long result; };
 *     static void fib(yoke_worker *worker, yoke_task *task) {
 *         struct fib *f = (struct fib *)task;              // task is the first member
 *         if (f->n < 2) { f->result = f->n; return; }
 *         struct fib a = {.n = f->n - 1}, b = {.n = f->n - 2};
 *         yoke_spawn(worker, &a.task, fib);
 *         fib(worker, &b.task);
 *         yoke_sync(worker, &a.task);
 *         f->result = a.result + b.result;
 *     }
 *
 * A spawned task waits in its worker's deque. Usually the worker takes it out again itself, in
 * yoke_sync, and runs it by a plain call: some loads and stores, and no atomic operation.
 * An idle worker steals the oldest task of another, which stands for the most work.
 *
 * Rules. A function syncs each task that it spawned before it returns, or the frame would go while
 * the task lives. The newest first is the cheap order; any order is right. A task runs on the
 * worker that it is given, and passes that one on; what follows a yoke_sync runs on the same
 * thread as what came before.
 *
 * What a spawner wrote before yoke_spawn is visible to the task, and what the task wrote is visible
 * after yoke_sync.
 *
 * When a task was stolen, its yoke_sync helps: it runs tasks of the thief, which are parts of what
 * it waits for (leapfrogging), and sleeps when there are none. If it helps while its thread holds a
 * yoke lock, it runs descendants of the awaited task only.
 *
 * The split deque is that of yoke/deque.h; frames on the stack and leapfrogging after Wagner and
 * Calder, "Leapfrogging" (PPoPP 1993), and Faxen, "Wool" (2008); random stealing after Blumofe and
 * Leiserson, "Scheduling multithreaded computations by work stealing" (JACM 1999).
 */
#ifndef YOKE_TASK_H
#define YOKE_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/deque.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_task yoke_task;

/* A thread while it works for a pool. Handed to tasks; only its own thread may use it. */
typedef struct yoke_worker {
    yoke_deque tasks_;
    uint64_t spawned_;
} yoke_worker;

typedef void yoke_task_fn(yoke_worker *worker, yoke_task *task);

/* In memory of the caller; nothing has to be set. */
struct yoke_task {
    yoke_task_fn *run_;
    uintptr_t state_; /* yoke_deque_mark of its position; the thief; 1: done */
};

/* The slow ways. */
YOKE_API void yoke_task_run_now_(yoke_worker *worker, yoke_task *task);
YOKE_API void yoke_sync_slowly_(yoke_worker *worker, yoke_task *task);

/* Makes `task`, which will run as run(worker, task), available to others. It must stay where it is
 * until it was synced. Where the deque cannot grow for want of memory the task runs at once. Does
 * not block. */
static inline void yoke_spawn(yoke_worker *worker, yoke_task *task, yoke_task_fn *run) {
    uint64_t position = worker->tasks_.bottom;
    task->run_ = run;
    /* relaxed: published with the task by the deque, to its thief. */
    __atomic_store_n(&task->state_, yoke_deque_mark(position), __ATOMIC_RELAXED);
    /* relaxed, both: a count that only this thread writes. */
    __atomic_store_n(&worker->spawned_, __atomic_load_n(&worker->spawned_, __ATOMIC_RELAXED) + 1,
                     __ATOMIC_RELAXED);
    if (__builtin_expect(yoke_deque_push_at_(&worker->tasks_, task, position) < 0, 0))
        yoke_task_run_now_(worker, task);
}

/* Returns when the task is done: runs it here, or waits for its thief and helps meanwhile. */
static inline void yoke_sync(yoke_worker *worker, yoke_task *task) {
    /* relaxed: if it was written by a thief, it is no mark. */
    uintptr_t state = __atomic_load_n(&task->state_, __ATOMIC_RELAXED);
    if (__builtin_expect(yoke_deque_take_marked(&worker->tasks_, state), 1))
        task->run_(worker, task);
    else
        yoke_sync_slowly_(worker, task);
}

/* ---- loops and calls in parallel ---- */

/* Part of a loop: iterations [begin, end). A negative status, set with yoke_fail, ends the loop. */
typedef int yoke_range_fn(yoke_worker *worker, size_t begin, size_t end, void *ctx);

/* Runs body over [begin, end) in pieces of about `grain` iterations (0: measured, so that a piece
 * takes some microseconds). A range is split only when another worker looks for work, and then in
 * half (lazy splitting, after Tzannes, Caragea, Vishkin and Barua, TOPLAS 2014). Pieces that do
 * not run in parallel come in ascending order. Returns when all are done; after the first failure
 * no new piece begins, and its status and detail are returned. */
YOKE_API int yoke_parallel_for(yoke_worker *worker, size_t begin, size_t end, size_t grain,
                               yoke_range_fn *body, void *ctx);

typedef struct yoke_call {
    void (*run)(yoke_worker *worker, void *ctx);
    void *ctx;
} yoke_call;

/* Runs `count` calls, in parallel where others look for work; returns when all are done. */
YOKE_API void yoke_parallel_invoke(yoke_worker *worker, const yoke_call *calls, size_t count);

#ifdef __cplusplus
}
#endif
#endif

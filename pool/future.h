/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a future.
 *
 * A future is the job and its end in one block. References are held by the user, by the queue that
 * the job is in, and by futures that depend on it. Who wants to run the job claims it first: a
 * worker that takes it from a queue, a worker that waits for it, or who cancels it.
 *
 * Dependents hang in a list that is closed when the future ends: who finds it closed knows that it
 * has ended.
 */
#ifndef YOKE_POOL_FUTURE_H
#define YOKE_POOL_FUTURE_H

#include <stddef.h>

#include "pool/pool.h"
#include "yoke/future.h"

typedef struct dependent {
    struct dependent *next;
    yoke_future *of; /* the one that depends */
    void (*notify)(struct dependent *dependent);
} dependent;

/* What ends a future without a job. */
typedef struct yoke__source {
    bool (*help)(yoke_future *future); /* on a worker that waits. False: nothing can be done here */
    void (*drop)(yoke_future *future); /* with its memory */
} yoke__source;

/* Of `all` and `any`. */
typedef struct input {
    dependent link; /* first */
    yoke_future *future;
} input;

struct yoke_future {
    yoke__job job; /* first */
    yoke__completion end;
    atomic_uint references;
    atomic_bool claimed;
    _Atomic(dependent *) dependents;
    yoke_pool *pool; /* NULL: no job, but `all` or `any` */
    unsigned forks;  /* before it was made */
    yoke_job_fn *fn;
    void *arg;
    const yoke__source *source; /* NULL: a job, or `all` or `any` */
    yoke_cancel *cancel;
    int status;
    char *detail; /* of a failure; NULL: none, or memory was short */
    /* of a continuation */
    bool always;
    int hint; /* 1 + a worker; 0: any */
    yoke_future *before;
    dependent link;
    /* of `all` and `any` */
    bool any;
    size_t count;
    atomic_size_t left; /* inputs that have not ended */
    input inputs[];
};

/* That whose end it is. */
static inline const yoke_future *yoke__future_of(const yoke__completion *end) {
    return (const yoke_future *)((const char *)end - offsetof(yoke_future, end));
}

int yoke__future_create(yoke_pool *pool, yoke_job_fn *fn, void *arg,
                        const yoke_submit_options *options, size_t inputs, yoke_future **made);
/* Ends it with the status and, when that is negative, the calling thread's detail. */
void yoke__future_end(yoke_future *future, int status);
/* Whether this process can bring its end about: YOKE_EINVAL after fork(). */
int yoke__future_check(const yoke_future *future, const char *what);
/* Takes the right to run the job, or to end it without. */
bool yoke__future_claim(yoke_future *future);
/* Runs a job that was claimed. */
void yoke__future_run(yoke_future *future, yoke_worker *by);
/* The pool of a job, or of the first job among its inputs; NULL: none. */
yoke_pool *yoke__future_pool(const yoke_future *future);
/* Calls notify when the future has ended, now if it has. */
void yoke__future_depend(yoke_future *future, dependent *link);

#endif

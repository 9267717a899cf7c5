/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a pool.
 *
 * A worker has two deques. `tasks` holds what its running function has spawned: last in, first out,
 * and empty whenever no task is running. `jobs` holds what was posted by it to be run by anybody,
 * in the order of posting: it takes them from the far end, like a thief. Jobs posted by other
 * threads go to the pool's inbox.
 *
 * A worker looks, in this order: high lane, jobs meant for it, own jobs, inbox, normal lane, tasks
 * and jobs of others, low lane; and now and then in the low and normal lanes and the inbox first,
 * so that none is shut out by jobs that post jobs for ever. Who finds nothing has asked every deque
 * by then (yoke/deque.h), announces itself at the event `work`, looks again, and sleeps. A post or
 * a task that becomes public wakes one sleeper, and a sleeper that has found something wakes the
 * next: so as many wake up as find work, and one more.
 */
#ifndef YOKE_POOL_POOL_H
#define YOKE_POOL_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "pool/completion.h"
#include "pool/timer.h"
#include "runtime/fork.h"
#include "runtime/probe.h"
#include "yoke/event.h"
#include "yoke/future.h"
#include "yoke/pool.h"
#include "yoke/queue_mpmc.h"
#include "yoke/queue_mpsc.h"

typedef struct worker worker;

/* What the pool runs outside of any task. Its memory is the poster's until run() is called. */
typedef struct yoke__job {
    yoke_mpsc_node node; /* first */
    void (*run)(worker *self, struct yoke__job *job);
} yoke__job;

/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are what is queued */
YOKE_DEFINE_QUEUE_MPMC(yoke__lane, yoke__job *)
enum { LANES = 3 }; /* indexed by yoke_priority */

/* Jobs from other threads; whoever gets the flag reads. */
typedef struct inbox {
    yoke_queue_mpsc queue;
    atomic_flag reading;
} inbox;

/* The other workers, in the order in which they are robbed. */
typedef struct victims {
    int count;
    int *order;   /* the other workers, near ones first */
    int *classes; /* the ends of runs of equal distance in it */
} victims;

struct worker {
    yoke_worker base; /* first */
    yoke_deque jobs;
    inbox hinted; /* jobs that are for this worker rather than others */
    /* signalled when a stolen task of this worker is done */
    _Alignas(YOKE_CACHE_PAD) yoke_event joined;
    /* written by the owner now and then, read by others */
    atomic_int thread;           /* its index + 1; 0: none */
    atomic_int processor;        /* that it is bound to; -1: none */
    atomic_bool resting;         /* asleep, or about to be */
    _Atomic(worker *) waits_for; /* the thief of the task that it waits for */
    /* the owner's, and counts that statistics read */
    yoke_pool *pool;
    uint64_t random;
    int index;
    unsigned tick;
    victims others;
    /* Measurements in which it has told that it is there, and that it works; 0: it has not. */
    unsigned present, working;
    uint64_t told; /* of the tasks that it spawned */
    _Atomic uint64_t helped, run_jobs, parked;
    _Atomic uint64_t *stolen_from; /* one for each worker */
};

/* How a joined pool counts the threads that come: `size` of them make a session. */
typedef struct sessions {
    _Atomic uint64_t arrived, left; /* threads */
    _Atomic uint64_t finished;      /* sessions */
    int status;                     /* of the last root */
    char detail[1024];
} sessions;

struct yoke_pool {
    /* written by posters and workers that rest */
    inbox inbox;
    _Alignas(YOKE_CACHE_PAD) yoke_event work;
    yoke_event drained;
    yoke__timers timers;
    _Atomic uint64_t ended;                           /* jobs; written by workers */
    _Alignas(YOKE_CACHE_PAD) _Atomic uint64_t posted; /* jobs; written by posters */
    _Alignas(YOKE_CACHE_PAD) atomic_int searching; /* workers that look for work again and again */
    /* read by all while they work */
    _Alignas(YOKE_CACHE_PAD) atomic_bool leave; /* workers end: for good, or for another team */
    atomic_bool ending, closed;
    atomic_int entered; /* workers of the present team */
    bool joined;
    unsigned forks;
    atomic_int size;  /* workers that run */
    int made;         /* workers in the array */
    worker **workers; /* change between teams, under the mutex */
    const char *name;
    yoke__lane *lanes[LANES];
    pthread_t host;
    /* resizing, under the mutex */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    worker **next; /* workers for the next team; NULL: those that there are */
    int next_size;
    unsigned exchanged, announced; /* how often workers were exchanged, and a team of them opened */
    uint32_t between_jobs;         /* workers that would leave, and sleep on it; atomic */
    sessions sessions;
    yoke__probe probe;
};

/* ---- worker.c ---- */

int yoke__worker_create(yoke_pool *pool, int index, int workers, worker **made);
void yoke__worker_destroy(worker *w);
/* Binds the calling thread to the worker, and back. YOKE_ENOMEM. */
int yoke__worker_enter(worker *w);
void yoke__worker_exit(worker *w);
/* Whether a worker leaves; `idle`: it has found no work. */
typedef bool yoke__until_fn(const yoke_pool *pool, uint64_t arg, bool idle);
void yoke__worker_run(worker *w, yoke__until_fn *until, uint64_t arg);
/* For a function that the worker runs without having found it: it works, and does no more. */
void yoke__worker_tell_begin(worker *w);
void yoke__worker_tell_end(worker *w);
/* Runs a task of `thief`, which had stolen `task`, or of those that the thief waits for; but while
 * the thread holds a lock only what descends from `task`. Whether it may be worth to call again. */
bool yoke__worker_leapfrog(worker *w, yoke_task *task, worker *thief);
/* The worker of this pool that the calling thread is; NULL. */
worker *yoke__worker_of(const yoke_pool *pool);

/* ---- pool.c ---- */

/* Hands a job to the pool. Any thread; cannot fail; does not block. */
void yoke__pool_post(yoke_pool *pool, yoke__job *job);
/* The same, rather to this worker. */
void yoke__pool_post_to(yoke_pool *pool, yoke__job *job, int index);
/* Puts it into a lane, when there is room: YOKE_ETIMEDOUT. */
int yoke__pool_queue(yoke_pool *pool, yoke__job *job, yoke_priority lane, yoke_deadline deadline);
/* A job that was counted has ended, or was not queued after all. */
void yoke__pool_ended(yoke_pool *pool);
/* Whether all jobs that were posted have ended. */
bool yoke__pool_is_empty(const yoke_pool *pool);
/* Under the graph's mutex, which keeps the workers in place: the least thread above `after` among
 * them, -1 for none. */
int yoke__pool_next_worker(const yoke_pool *pool, int after);
/* Whether the calls of this process may use the pool: YOKE_EINVAL after fork(). */
int yoke__pool_refuse(const char *what);
static inline int yoke__pool_check(const yoke_pool *pool, const char *what) {
    return __builtin_expect(pool->forks == yoke__forks, 1) ? YOKE_OK : yoke__pool_refuse(what);
}

/* ---- figures.c ---- */

void yoke__pool_report(yoke__probe *probe, yoke__reader *reader);

/* ---- near.c ---- */

/* Orders the workers other than `self` by the distance of the processors that they run on; all
 * alike where threads are not bound. Arrays for `workers` numbers. */
void yoke__near_order(worker *const *workers, int count, int self, victims *others);

/* More than one job that has not ended: perhaps for others. A poster that saw a worker searching,
 * and so woke nobody, had counted its job before it looked. */
static inline bool yoke__pool_has_more(const yoke_pool *pool) {
    uint64_t ended = atomic_load(&pool->ended);
    return atomic_load(&pool->posted) - ended > 1;
}

#endif

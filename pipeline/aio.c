/* SPDX-License-Identifier: Apache-2.0
 *
 * Asynchronous I/O: what both engines have in common. A request takes one of a fixed number of ops,
 * which bounds what is in flight; its end gives the op back.
 *
 * While a completion runs, its op is kept aside for a request that the completion submits itself:
 * otherwise a chain of requests could starve for room that its own thread would have to make.
 */
#include "pipeline/aio.h"

#include <errno.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "runtime/fork.h"
#include "runtime/region.h"

enum { MOST_DEPTH = 4096, USUAL_DEPTH = 64, MOST_THREADS = 256, USUAL_THREADS = 8 };

/* What the calling thread is for some object: one of its own, in a completion. */
static _Thread_local struct {
    const yoke_aio *aio; /* NULL: it is not */
    yoke__aio_op *spare;
} here;

/* ---- making and ending ---- */

static int check(yoke_aio_options *options) {
    if (options->depth > MOST_DEPTH || options->threads > MOST_THREADS ||
        (unsigned)options->engine > YOKE_AIO_THREADS)
        return yoke_fail(YOKE_EINVAL, "aio: no such engine, depth beyond %d or threads beyond %d",
                         MOST_DEPTH, MOST_THREADS);
    if (options->depth == 0) options->depth = USUAL_DEPTH;
    if (options->threads == 0) options->threads = USUAL_THREADS;
    if (options->threads > options->depth) options->threads = options->depth;
    return YOKE_OK;
}

int yoke__aio_choose(yoke_aio_engine wish, const yoke__aio_calls **calls) {
    const char *variable = wish == YOKE_AIO_AUTO ? secure_getenv("YOKE_AIO") : NULL;
    if (variable && strcmp(variable, "threads") == 0)
        wish = YOKE_AIO_THREADS;
    else if (variable && strcmp(variable, "uring") == 0)
        wish = YOKE_AIO_URING;
    else if (variable && *variable)
        return yoke_fail(YOKE_EINVAL, "YOKE_AIO is '%s' and not uring or threads", variable);
    int status = wish == YOKE_AIO_THREADS ? YOKE_EUNSUPPORTED : yoke_aio_probe_uring();
    if (wish == YOKE_AIO_URING && status < 0) return status;
    *calls = status < 0 ? &yoke__aio_threads : &yoke__aio_uring;
    return YOKE_OK;
}

static void fini_locks(yoke_aio *aio) {
    pthread_mutex_destroy(&aio->lock);
    pthread_mutex_destroy(&aio->stream);
    pthread_cond_destroy(&aio->room);
    pthread_cond_destroy(&aio->idle);
    pthread_cond_destroy(&aio->work);
}

static void release(yoke_aio *aio) {
    if (aio->wake >= 0) close(aio->wake);
    /* In the child of a fork the threads seem to wait on these still. */
    if (aio->forks == yoke__forks) fini_locks(aio);
    free(aio->threads);
    free(aio->ops);
    free(aio);
}

static void init_locks(yoke_aio *aio) {
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&aio->lock, NULL);
    pthread_mutex_init(&aio->stream, NULL);
    pthread_cond_init(&aio->room, &clock);
    pthread_cond_init(&aio->idle, &clock);
    pthread_cond_init(&aio->work, NULL);
    pthread_condattr_destroy(&clock);
}

static int allocate(const yoke_aio_options *options, const yoke__aio_calls *calls, yoke_aio **aio) {
    yoke_aio *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, "no memory for asynchronous I/O");
    init_locks(made);
    made->calls = calls;
    made->depth = options->depth;
    made->thread_count = calls == &yoke__aio_uring ? 1 : options->threads;
    made->forks = yoke__forks;
    made->ops = calloc(made->depth, sizeof *made->ops);
    made->threads = calloc(made->thread_count, sizeof *made->threads);
    made->wake = eventfd(0, EFD_CLOEXEC);
    int status = YOKE_OK;
    if (!made->ops || !made->threads)
        status = yoke_fail(YOKE_ENOMEM, "no memory for %u requests", made->depth);
    else if (made->wake < 0)
        status = yoke_fail(YOKE_EIO, "no eventfd: %m");
    for (unsigned i = 0; status == YOKE_OK && i < made->depth; i++) {
        made->ops[i].next = made->free;
        made->free = &made->ops[i];
    }
    if (status < 0)
        release(made);
    else
        *aio = made;
    return status;
}

static void report(yoke__probe *probe, yoke__reader *reader) {
    yoke_aio *aio = (yoke_aio *)((char *)probe - offsetof(yoke_aio, probe));
    if (aio->forks != yoke__forks) return;
    pthread_mutex_lock(&aio->lock);
    uint64_t submitted = aio->submitted, failed = aio->failed, waited = aio->waited;
    uint64_t wait = aio->wait_ns, read = aio->read, written = aio->written;
    pthread_mutex_unlock(&aio->lock);
    yoke__probe_figure(reader, "requests", -1, -1, submitted);
    yoke__probe_figure(reader, "failed", -1, -1, failed);
    yoke__probe_figure(reader, "bytes read", -1, -1, read);
    yoke__probe_figure(reader, "bytes written", -1, -1, written);
    yoke__probe_figure(reader, "waited for room", -1, -1, waited);
    yoke__probe_figure(reader, "wait, ns", -1, -1, wait);
}

int yoke_aio_create(const yoke_aio_options *options, yoke_aio **aio) {
    yoke_aio_options mine = options ? *options : (yoke_aio_options){0};
    const yoke__aio_calls *calls = NULL;
    yoke_aio *made = NULL;
    YOKE_TRY(check(&mine));
    YOKE_TRY(yoke__fork_watch());
    YOKE_TRY(yoke__aio_choose(mine.engine, &calls));
    YOKE_TRY(allocate(&mine, calls, &made));
    int status = calls->start(made);
    if (status < 0) {
        release(made);
        return status;
    }
    made->probe = (yoke__probe){.kind = "aio", .report = report};
    yoke__probe_add(&made->probe);
    *aio = made;
    return status;
}

int yoke_aio_destroy(yoke_aio *aio) {
    if (!aio) return YOKE_OK;
    if (here.aio == aio) return yoke_fail(YOKE_EDEADLK, "a completion would wait for its own end");
    if (aio->forks == yoke__forks) {
        pthread_mutex_lock(&aio->lock);
        aio->stopping = true;
        pthread_mutex_unlock(&aio->lock);
        aio->calls->stop(aio);
    }
    yoke__probe_remove(&aio->probe);
    release(aio);
    return YOKE_OK;
}

yoke_aio_engine yoke_aio_engine_of(const yoke_aio *aio) {
    return aio->calls == &yoke__aio_uring ? YOKE_AIO_URING : YOKE_AIO_THREADS;
}

/* ---- waiting ---- */

/* Under the lock; false at the deadline. */
static bool wait_until(yoke_aio *aio, pthread_cond_t *condition, yoke_deadline deadline) {
    YOKE__WAIT_REGION(condition == &aio->room ? "for room in aio" : "for the end of aio");
    if (deadline == YOKE_FOREVER) return pthread_cond_wait(condition, &aio->lock), true;
    struct timespec time = {deadline / 1000000000, deadline % 1000000000};
    if (yoke_deadline_passed(deadline)) return false;
    pthread_cond_timedwait(condition, &aio->lock, &time);
    return true;
}

static int check_fork(const yoke_aio *aio) {
    if (aio->forks == yoke__forks) return YOKE_OK;
    return yoke_fail(YOKE_ECLOSED, "asynchronous I/O does not go on in the child of a fork");
}

int yoke_aio_drain(yoke_aio *aio, yoke_deadline deadline) {
    YOKE_TRY(check_fork(aio));
    if (here.aio == aio) return yoke_fail(YOKE_EDEADLK, "a completion would wait for its own end");
    pthread_mutex_lock(&aio->lock);
    while (aio->unfinished && wait_until(aio, &aio->idle, deadline)) continue;
    unsigned left = aio->unfinished;
    pthread_mutex_unlock(&aio->lock);
    if (left == 0) return YOKE_OK;
    return yoke_fail(YOKE_ETIMEDOUT, "%u requests were in flight at the deadline", left);
}

/* ---- submitting ---- */

static int check_request(const yoke_aio *aio, const yoke_aio_request *r) {
    YOKE_TRY(check_fork(aio));
    if (r->file < 0 || r->offset < -1 || (!r->data && r->size) || r->size > INT64_MAX ||
        (r->offset >= 0 && (uint64_t)r->offset + r->size > INT64_MAX))
        return yoke_fail(YOKE_EINVAL, "a request without file or data, or with a bad offset");
    return YOKE_OK;
}

/* Under the lock; false at the deadline. */
static bool await_room(yoke_aio *aio, yoke_deadline deadline) {
    yoke_deadline begin = yoke_deadline_in(0);
    while (!aio->free && wait_until(aio, &aio->room, deadline)) continue;
    aio->waited++;
    aio->wait_ns += (uint64_t)(yoke_deadline_in(0) - begin);
    return aio->free != NULL;
}

/* Under the lock. */
static int take_op(yoke_aio *aio, yoke_deadline deadline, yoke__aio_op **op) {
    bool mine = here.aio == aio;
    if (mine && here.spare) {
        *op = here.spare;
        here.spare = NULL;
        return YOKE_OK;
    }
    if (!aio->free && mine) return YOKE_EDEADLK;
    if (!aio->free && !await_room(aio, deadline)) return YOKE_ETIMEDOUT;
    *op = aio->free;
    aio->free = (*op)->next;
    return YOKE_OK;
}

static void enqueue(yoke_aio *aio, yoke__aio_op *op) {
    op->next = NULL;
    if (aio->first)
        aio->last->next = op;
    else
        aio->first = op;
    aio->last = op;
    aio->unfinished++;
    aio->submitted++;
}

int yoke_aio_submit(yoke_aio *aio, const yoke_aio_request *request, yoke_deadline deadline) {
    YOKE_TRY(check_request(aio, request));
    yoke__aio_op *op = NULL;
    pthread_mutex_lock(&aio->lock);
    int status = take_op(aio, deadline, &op);
    if (status == YOKE_OK) {
        *op = (yoke__aio_op){.request = *request};
        enqueue(aio, op);
    }
    pthread_mutex_unlock(&aio->lock);
    if (status == YOKE_EDEADLK)
        return yoke_fail(status, "a completion would wait for room that it has to make");
    if (status < 0)
        return yoke_fail(status, "%u requests were in flight until the deadline", aio->depth);
    aio->calls->wake(aio);
    return YOKE_OK;
}

/* ---- for the engines ---- */

yoke__aio_op *yoke__aio_take(yoke_aio *aio) {
    yoke__aio_op *op = aio->first;
    if (op) aio->first = op->next;
    return op;
}

int yoke__aio_should_end(const yoke__aio_op *op, bool stopping) {
    const yoke_aio_request *r = &op->request;
    if (stopping || yoke_cancel_requested(r->cancel)) return YOKE_ECANCELED;
    return r->deadline != 0 && yoke_deadline_passed(r->deadline) ? YOKE_ETIMEDOUT : 0;
}

bool yoke__aio_advance(yoke__aio_op *op, size_t moved) {
    op->moved += moved;
    return moved == 0 || op->moved == op->request.size;
}

static int64_t describe_end(const yoke__aio_op *op, int why) {
    const yoke_aio_request *r = &op->request;
    const char *what = r->write ? "write" : "read";
    if (why == YOKE_ECANCELED) return yoke_fail(why, "the %s was cancelled", what);
    if (why == YOKE_ETIMEDOUT) return yoke_fail(why, "the %s did not end by its deadline", what);
    errno = why;
    if (why > 0) return yoke_fail(YOKE_EIO, "cannot %s: %m", what);
    if (r->write && op->moved < r->size)
        return yoke_fail(YOKE_EIO, "cannot write: the descriptor takes no more");
    return (int64_t)op->moved;
}

/* Keeps the op for what the completion submits. */
static void tell(const yoke_aio *aio, yoke__aio_op *op, const yoke_aio_request *r, int64_t moved) {
    here.aio = aio;
    here.spare = op;
    /* release: publishes the buffer; pairs with an acquire of whoever looks at the result. */
    if (r->result) __atomic_store_n(r->result, moved, __ATOMIC_RELEASE);
    if (r->done) r->done(r->ctx, moved);
    if (r->event) omp_fulfill_event((omp_event_handle_t)r->event);
    here.aio = NULL;
}

/* Under the lock. */
static void count_end(yoke_aio *aio, bool write, int64_t moved) {
    if (moved < 0)
        aio->failed++;
    else
        *(write ? &aio->written : &aio->read) += (uint64_t)moved;
}

void yoke__aio_finish(yoke_aio *aio, yoke__aio_op *op, int why) {
    yoke_aio_request request = op->request;
    int64_t moved = describe_end(op, why);
    tell(aio, op, &request, moved);
    pthread_mutex_lock(&aio->lock);
    if (here.spare) {
        here.spare->next = aio->free;
        aio->free = here.spare;
        here.spare = NULL;
        pthread_cond_signal(&aio->room);
    }
    count_end(aio, request.write, moved);
    if (--aio->unfinished == 0) pthread_cond_broadcast(&aio->idle);
    pthread_mutex_unlock(&aio->lock);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Asynchronous I/O through io_uring (Axboe, "Efficient IO with io_uring", 2019).
 *
 * One thread has the ring: it takes what was queued, submits, collects and completes. So the ring
 * needs no lock, may be of the kind for a single issuer, and requests do not end with the threads
 * that asked for them. It sleeps in the kernel; who queues something while it does wakes it through
 * an eventfd, of which a read is always in the ring.
 *
 * An op has at most one operation in the ring, and one that asks it to end. The latter finds the
 * former by its address: it is submitted before the op can come back, so it meets no other request.
 */
#include "pipeline/aio.h"

#ifdef YOKE_HAVE_LIBURING
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/uring.h"
#include "runtime/region.h"
#include "runtime/thread_start.h"

typedef struct engine {
    struct io_uring ring;
    uint64_t woken;   /* where the eventfd is read to */
    bool *begun;      /* of each op: it is here */
    unsigned watched; /* ops with a deadline or a token */
    int status;       /* of the start */
    bool ready;       /* status counts */
    char detail[256];
} engine;

/* The address of an op, or: */
static char waking, asking;

/* ---- rings ---- */

int yoke__uring_open(unsigned entries, struct io_uring *ring) {
    static const unsigned kinds[] = {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, 0};
    int error = -EINVAL;
    for (size_t i = 0; i < 2 && error == -EINVAL; i++) {
        struct io_uring_params params = {.flags = kinds[i]};
        error = io_uring_queue_init_params(entries, ring, &params);
    }
    errno = -error;
    if (error < 0) return yoke_fail(YOKE_EUNSUPPORTED, "no io_uring: %m");
    if (ring->features & IORING_FEAT_EXT_ARG) return YOKE_OK;
    io_uring_queue_exit(ring); /* before Linux 5.11 */
    return yoke_fail(YOKE_EUNSUPPORTED, "the io_uring of this kernel is too old");
}

struct io_uring_sqe *yoke__uring_entry(struct io_uring *ring) {
    struct io_uring_sqe *entry = io_uring_get_sqe(ring);
    while (!entry) {
        int submitted = io_uring_submit(ring);
        if (submitted < 0 && submitted != -EINTR) return NULL;
        entry = io_uring_get_sqe(ring);
    }
    return entry;
}

int yoke_aio_probe_uring(void) {
    struct io_uring ring;
    YOKE_TRY(yoke__uring_open(2, &ring));
    io_uring_queue_exit(&ring);
    return YOKE_OK;
}

/* ---- operations ---- */

static bool is_watched(const yoke__aio_op *op) {
    const yoke_aio_request *r = &op->request;
    return r->cancel || (r->deadline != 0 && r->deadline != YOKE_FOREVER);
}

static void finish(yoke_aio *aio, yoke__aio_op *op, int why) {
    engine *e = aio->engine;
    e->begun[op - aio->ops] = false;
    e->watched -= is_watched(op);
    yoke__aio_finish(aio, op, why);
}

static void issue(yoke_aio *aio, yoke__aio_op *op) {
    const yoke_aio_request *r = &op->request;
    engine *e = aio->engine;
    struct io_uring_sqe *entry = yoke__uring_entry(&e->ring);
    if (!entry) {
        finish(aio, op, EAGAIN);
        return;
    }
    char *data = (char *)r->data + op->moved;
    size_t left = r->size - op->moved;
    uint64_t offset = r->offset < 0 ? UINT64_MAX : (uint64_t)r->offset + op->moved;
    unsigned size = left < YOKE__AIO_MOST ? (unsigned)left : YOKE__AIO_MOST;
    if (op->polling)
        io_uring_prep_poll_add(entry, r->file, r->write ? POLLOUT : POLLIN);
    else if (r->write)
        io_uring_prep_write(entry, r->file, data, size, offset);
    else
        io_uring_prep_read(entry, r->file, data, size, offset);
    io_uring_sqe_set_data(entry, op);
}

static void begin(yoke_aio *aio, yoke__aio_op *op) {
    engine *e = aio->engine;
    e->begun[op - aio->ops] = true;
    e->watched += is_watched(op);
    issue(aio, op);
}

static void ask_to_end(engine *e, yoke__aio_op *op, int why) {
    struct io_uring_sqe *entry = yoke__uring_entry(&e->ring);
    if (!entry) return; /* at the next look */
    io_uring_prep_cancel(entry, op, 0);
    io_uring_sqe_set_data(entry, &asking);
    op->asked = why;
}

/* An operation of the op has ended with `result`. */
static void proceed(yoke_aio *aio, yoke__aio_op *op, int result) {
    bool polled = op->polling, moved = result >= 0 && !polled;
    op->polling = result == -EAGAIN && !polled;
    if (result < 0 && !op->polling && result != -ECANCELED && result != -EINTR) {
        finish(aio, op, -result);
        return;
    }
    if (moved && yoke__aio_advance(op, (size_t)result))
        finish(aio, op, 0);
    else if (op->asked)
        finish(aio, op, op->asked);
    else
        issue(aio, op);
}

/* ---- the thread ---- */

static void listen_for_wake(yoke_aio *aio) {
    engine *e = aio->engine;
    struct io_uring_sqe *entry = yoke__uring_entry(&e->ring);
    if (!entry) return;
    io_uring_prep_read(entry, aio->wake, &e->woken, sizeof e->woken, UINT64_MAX);
    io_uring_sqe_set_data(entry, &waking);
}

/* Begins what was queued. Whether the thread should end; *stopping as it is. */
static bool begin_queued(yoke_aio *aio, bool *stopping) {
    pthread_mutex_lock(&aio->lock);
    aio->asleep = false;
    for (yoke__aio_op *op; (op = yoke__aio_take(aio));) {
        pthread_mutex_unlock(&aio->lock);
        begin(aio, op);
        pthread_mutex_lock(&aio->lock);
    }
    aio->asleep = true;
    *stopping = aio->stopping;
    bool end = aio->stopping && aio->unfinished == 0;
    pthread_mutex_unlock(&aio->lock);
    return end;
}

static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

/* Asks all that should end to do so; when to look again. */
static yoke_deadline look_around(yoke_aio *aio, bool stopping) {
    engine *e = aio->engine;
    yoke_deadline next = YOKE_FOREVER;
    for (unsigned i = 0; i < aio->depth && (e->watched || stopping); i++) {
        yoke__aio_op *op = &aio->ops[i];
        if (!e->begun[i] || op->asked) continue;
        int why = yoke__aio_should_end(op, stopping);
        if (why) ask_to_end(e, op, why);
        if (op->request.cancel || (why && !op->asked))
            next = earlier(next, yoke_deadline_in(YOKE__AIO_TICK_MS * 1e-3));
        if (op->request.deadline && !op->asked) next = earlier(next, op->request.deadline);
    }
    return next;
}

static void collect(yoke_aio *aio) {
    YOKE__REGION("aio", YOKE_ACTIVITY_WORK);
    engine *e = aio->engine;
    struct io_uring_cqe *entry;
    while (io_uring_peek_cqe(&e->ring, &entry) == 0) {
        void *data = io_uring_cqe_get_data(entry);
        int result = entry->res;
        io_uring_cqe_seen(&e->ring, entry);
        if (data == &waking)
            listen_for_wake(aio);
        else if (data != &asking)
            proceed(aio, data, result);
    }
}

static void sleep_until(engine *e, yoke_deadline until) {
    int64_t left = until == YOKE_FOREVER ? 0 : until - yoke_deadline_in(0);
    if (left < 0) left = 0;
    struct __kernel_timespec time = {left / 1000000000, left % 1000000000};
    struct io_uring_cqe *entry;
    YOKE__WAIT_REGION("for completions of aio");
    io_uring_submit_and_wait_timeout(&e->ring, &entry, 1, until == YOKE_FOREVER ? NULL : &time,
                                     NULL);
}

static bool tell_start(yoke_aio *aio, int status) {
    engine *e = aio->engine;
    pthread_mutex_lock(&aio->lock);
    e->status = status;
    e->ready = true;
    if (status < 0) strncpy(e->detail, yoke_error_detail(), sizeof e->detail - 1);
    pthread_cond_broadcast(&aio->idle);
    pthread_mutex_unlock(&aio->lock);
    return status >= 0;
}

static void *serve(void *arg) {
    yoke_aio *aio = arg;
    engine *e = aio->engine;
    bool stopping = false;
    if (!tell_start(aio, yoke__uring_open(aio->depth + 1, &e->ring))) return NULL;
    listen_for_wake(aio);
    while (!begin_queued(aio, &stopping)) {
        sleep_until(e, look_around(aio, stopping));
        collect(aio);
    }
    io_uring_queue_exit(&e->ring);
    return NULL;
}

/* A completion need not: its thread looks at the queue next. */
static void wake(yoke_aio *aio) {
    if (pthread_equal(pthread_self(), aio->threads[0])) return;
    pthread_mutex_lock(&aio->lock);
    bool asleep = aio->asleep;
    aio->asleep = false;
    pthread_mutex_unlock(&aio->lock);
    ssize_t written = 0;
    if (asleep) do
            written = write(aio->wake, &(uint64_t){1}, sizeof(uint64_t));
        while (written < 0 && errno == EINTR);
}

static void release(engine *e) {
    if (e) free(e->begun);
    free(e);
}

static void join(yoke_aio *aio) {
    pthread_join(aio->threads[0], NULL);
    release(aio->engine);
}

static void stop(yoke_aio *aio) {
    wake(aio);
    join(aio);
}

static int start(yoke_aio *aio) {
    engine *e = aio->engine = calloc(1, sizeof *e);
    if (e) e->begun = calloc(aio->depth, sizeof *e->begun);
    if (!e || !e->begun) {
        release(e);
        return yoke_fail(YOKE_ENOMEM, "no memory for a ring");
    }
    int error = yoke__thread_start(&aio->threads[0], serve, aio);
    if (error) {
        release(e);
        errno = error;
        return yoke_fail(YOKE_EIO, "no thread can be started: %m");
    }
    pthread_mutex_lock(&aio->lock);
    while (!e->ready) pthread_cond_wait(&aio->idle, &aio->lock);
    pthread_mutex_unlock(&aio->lock);
    int status = e->status;
    if (status < 0) {
        yoke_fail(status, "%s", e->detail);
        join(aio);
    }
    return status;
}

const yoke__aio_calls yoke__aio_uring = {start, wake, stop};

#else

int yoke_aio_probe_uring(void) {
    return yoke_fail(YOKE_EUNSUPPORTED, "no io_uring: this build has no liburing");
}

/* Never chosen. */
const yoke__aio_calls yoke__aio_uring = {NULL, NULL, NULL};

#endif

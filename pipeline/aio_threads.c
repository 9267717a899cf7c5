/* SPDX-License-Identifier: Apache-2.0
 *
 * Asynchronous I/O where there is no io_uring: some threads that make blocking calls.
 *
 * What may block for ever, a stream, is asked by poll first, together with a descriptor that
 * becomes readable when the object ends. Of several threads that find it ready, one takes what is
 * there and the others ask again: none is left in a call that nobody could end. A stream is written
 * in pieces of PIPE_BUF bytes, for which a pipe that is ready has room. Positions in files never
 * block for ever.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "pipeline/aio.h"
#include "runtime/region.h"
#include "runtime/thread_start.h"

enum { PIECE = 4 << 20 }; /* of a file, so that cancellation is seen between */

/* Milliseconds that a poll may last. */
static int patience(const yoke_aio_request *r) {
    int64_t most = r->cancel ? YOKE__AIO_TICK_MS : INT_MAX;
    if (r->deadline != 0 && r->deadline != YOKE_FOREVER) {
        int64_t left = (r->deadline - yoke_deadline_in(0)) / 1000000 + 1;
        if (left < most) most = left;
    } else if (!r->cancel) {
        return -1;
    }
    return most > 0 ? (int)most : 0;
}

static bool is_stopping(yoke_aio *aio) {
    pthread_mutex_lock(&aio->lock);
    bool stopping = aio->stopping;
    pthread_mutex_unlock(&aio->lock);
    return stopping;
}

/* 0 when it is ready, a status, or an errno. */
static int await(yoke_aio *aio, const yoke__aio_op *op) {
    const yoke_aio_request *r = &op->request;
    for (;;) {
        int why = yoke__aio_should_end(op, is_stopping(aio));
        if (why < 0) return why;
        struct pollfd polled[2] = {{r->file, r->write ? POLLOUT : POLLIN, 0},
                                   {aio->wake, POLLIN, 0}};
        int ready = poll(polled, 2, patience(r));
        if (ready < 0 && errno != EINTR && errno != EAGAIN) return errno;
        if (ready > 0 && polled[0].revents) return 0;
    }
}

static ssize_t move(const yoke__aio_op *op) {
    const yoke_aio_request *r = &op->request;
    char *data = (char *)r->data + op->moved;
    size_t left = r->size - op->moved, most = r->offset < 0 && r->write ? PIPE_BUF : PIECE;
    off_t offset = r->offset + (off_t)op->moved;
    if (left > most) left = most;
    /* NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): the stream is ready */
    if (r->offset < 0) return r->write ? write(r->file, data, left) : read(r->file, data, left);
    return r->write ? pwrite(r->file, data, left, offset) : pread(r->file, data, left, offset);
}

/* As `move`, but EAGAIN when the stream is not ready any more. */
static ssize_t move_stream(yoke_aio *aio, const yoke__aio_op *op) {
    const yoke_aio_request *r = &op->request;
    struct pollfd polled = {r->file, r->write ? POLLOUT : POLLIN, 0};
    pthread_mutex_lock(&aio->stream);
    ssize_t moved = poll(&polled, 1, 0) > 0 ? move(op) : -1;
    int error = polled.revents ? errno : EAGAIN;
    pthread_mutex_unlock(&aio->stream);
    errno = error;
    return moved;
}

static int perform(yoke_aio *aio, yoke__aio_op *op) {
    YOKE__REGION("aio", YOKE_ACTIVITY_WORK);
    bool wait = op->request.offset < 0;
    if (op->request.size == 0) return 0;
    for (;;) {
        int why = wait ? await(aio, op) : yoke__aio_should_end(op, is_stopping(aio));
        if (why != 0) return why;
        ssize_t moved = wait ? move_stream(aio, op) : move(op);
        if (moved < 0 && errno == EAGAIN)
            wait = true;
        else if (moved < 0 && errno != EINTR)
            return errno;
        else if (moved >= 0 && yoke__aio_advance(op, (size_t)moved))
            return 0;
    }
}

/* Under the lock. */
static yoke__aio_op *await_request(yoke_aio *aio) {
    YOKE__WAIT_REGION("for requests of aio");
    while (!aio->first && !aio->stopping) pthread_cond_wait(&aio->work, &aio->lock);
    return yoke__aio_take(aio);
}

static void *serve(void *arg) {
    yoke_aio *aio = arg;
    for (;;) {
        pthread_mutex_lock(&aio->lock);
        yoke__aio_op *op = await_request(aio);
        pthread_mutex_unlock(&aio->lock);
        if (!op) return NULL;
        yoke__aio_finish(aio, op, perform(aio, op));
    }
}

static void wake(yoke_aio *aio) { pthread_cond_signal(&aio->work); }

static void stop(yoke_aio *aio) {
    ssize_t written;
    do written = write(aio->wake, &(uint64_t){1}, sizeof(uint64_t));
    while (written < 0 && errno == EINTR);
    pthread_cond_broadcast(&aio->work);
    for (unsigned i = 0; i < aio->started; i++) pthread_join(aio->threads[i], NULL);
}

static int start(yoke_aio *aio) {
    for (; aio->started < aio->thread_count; aio->started++) {
        int error = yoke__thread_start(&aio->threads[aio->started], serve, aio);
        if (!error) continue;
        if (aio->started) break; /* fewer will do */
        errno = error;
        return yoke_fail(YOKE_EIO, "no thread can be started: %m");
    }
    return YOKE_OK;
}

const yoke__aio_calls yoke__aio_threads = {start, wake, stop};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Asynchronous reading and writing, with a bounded number of operations in flight.
 *
 *     yoke_aio *aio;
 *     YOKE_TRY(yoke_aio_create(NULL, &aio));
 *     yoke_aio_request r = {.file = fd, .data = block, .size = size, .offset = 0, .done = next};
 *     YOKE_TRY(yoke_aio_submit(aio, &r, YOKE_FOREVER));
 *     ...
 *     yoke_aio_destroy(aio);
 *
 * In OpenMP a request may end a detached task, so that other tasks depend on its buffer. The task
 * that submits ends at once; the dependence is fulfilled by the completion:
 *
 *     #pragma omp task depend(out : *block) detach(event)
 *     {
 *         yoke_aio_request r = {.file = fd, .data = block, .size = size, .result = &got,
 *                               .event = (uintptr_t)event};
 *         if (yoke_aio_submit(aio, &r, YOKE_FOREVER) < 0) got = -1, omp_fulfill_event(event);
 *     }
 *     #pragma omp task depend(in : *block)
 *     use(block, got);
 *
 * Two engines do the work: io_uring, with one thread that alone submits and collects, so that no
 * request is lost when the thread that asked for it ends; and, where io_uring is not built in or
 * not allowed, some threads with blocking calls. What they promise is the same.
 *
 * A request moves all of its bytes, however many calls that takes: short reads and writes go on,
 * EINTR is repeated, and a descriptor that is not ready is waited for (also one with O_NONBLOCK).
 * A read ends early at the end of the file. The order of requests in flight is not promised, also
 * not of several on one pipe. Bytes written are with the kernel, not on the disk.
 *
 * Deadlines and cancellation ask an operation to end; it has ended when it completes, and until
 * then its buffer is in use. What has begun on a regular file is not interrupted and may complete
 * with success. Tokens are looked at every 10 ms while a request with one is in flight. With
 * threads, a request that waits for a free thread learns of both when it gets one.
 *
 * A child of a fork must not use the object, but destroy it.
 */
#ifndef YOKE_AIO_H
#define YOKE_AIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/cancel.h"
#include "yoke/deadline.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_aio_engine {
    YOKE_AIO_AUTO,    /* io_uring where it can be had, unless the variable YOKE_AIO says "threads";
                         "uring" there is like YOKE_AIO_URING */
    YOKE_AIO_URING,   /* YOKE_EUNSUPPORTED where it cannot be had */
    YOKE_AIO_THREADS, /* blocking calls */
} yoke_aio_engine;

typedef struct yoke_aio_options {
    yoke_aio_engine engine;
    unsigned depth;   /* requests in flight at most, 1 to 4096; 0: 64 */
    unsigned threads; /* of the engine THREADS, 1 to 256; 0: 8, or depth if that is less */
} yoke_aio_options;

typedef struct yoke_aio yoke_aio;

/* Makes an object with its threads. options NULL: the defaults. YOKE_EINVAL, YOKE_ENOMEM, YOKE_EIO
 * when no thread can be started, YOKE_EUNSUPPORTED as above. */
YOKE_API int yoke_aio_create(const yoke_aio_options *options, yoke_aio **aio);

/* Asks all that is in flight to end, with YOKE_ECANCELED, waits for its completion, and ends the
 * threads. Nobody may submit any more. NULL is legal. YOKE_EDEADLK, and nothing is done, when
 * called by a completion. Blocks for as long as an operation that cannot be interrupted takes. */
YOKE_API int yoke_aio_destroy(yoke_aio *aio);

/* YOKE_AIO_URING or YOKE_AIO_THREADS. */
YOKE_API yoke_aio_engine yoke_aio_engine_of(const yoke_aio *aio);

/* Whether this build and this process can have io_uring: YOKE_OK, or YOKE_EUNSUPPORTED and the
 * detail says why not. Any thread; makes a small ring and ends it. */
YOKE_API int yoke_aio_probe_uring(void);

/* The end of a request. `moved` is the number of bytes, or a negative status with
 * yoke_error_detail: YOKE_EIO, YOKE_ETIMEDOUT, YOKE_ECANCELED. Called by a thread of the object, so
 * it must not block for long. It may submit; for the first request that it submits there is always
 * room. */
typedef void yoke_aio_done_fn(void *ctx, int64_t moved);

typedef struct yoke_aio_request {
    int file; /* must stay open until the end */
    bool write;
    void *data;                /* the caller's, in use until the end; a write only reads it */
    size_t size;               /* bytes */
    int64_t offset;            /* in the file; -1: its position (pipes, sockets) */
    yoke_deadline deadline;    /* for the operation; 0 and YOKE_FOREVER: none */
    const yoke_cancel *cancel; /* must last until the end. NULL: none */
    /* At the end, in this order; each may be 0. */
    int64_t *result; /* becomes what `done` gets, by a release store */
    yoke_aio_done_fn *done;
    void *ctx;
    uintptr_t event; /* an omp_event_handle_t to fulfil */
} yoke_aio_request;

/* Starts a request, which is copied. Waits while `depth` of them are in flight, until the deadline
 * (of the waiting; the request has its own). Then it will end exactly once. On failure it does not
 * begin: YOKE_EINVAL, YOKE_ETIMEDOUT, YOKE_EDEADLK when a completion would have to wait for room,
 * YOKE_ECLOSED in the child of a fork. Any thread. */
YOKE_API int yoke_aio_submit(yoke_aio *aio, const yoke_aio_request *request,
                             yoke_deadline deadline);

/* Waits until no request is in flight and all completions have returned. YOKE_ETIMEDOUT;
 * YOKE_EDEADLK when called by a completion; YOKE_ECLOSED as above. */
YOKE_API int yoke_aio_drain(yoke_aio *aio, yoke_deadline deadline);

/* ---- many files ---- */

/* One file, whole: `size` bytes at `data`, good until this returns; or a negative size, the status,
 * with yoke_error_detail. Members call it at the same time, in no order, for different files. A
 * negative return stops the run. */
typedef int yoke_aio_file_fn(void *ctx, size_t index, const char *data, int64_t size);

typedef struct yoke_aio_files_options {
    yoke_aio_engine engine;
    unsigned depth;         /* files in flight, of each member, with io_uring, 1 to 1024; 0: 64 */
    int threads;            /* members of the team (yoke/team.h); 0: 1 with io_uring, else 16 */
    size_t usual;           /* bytes of most files at most, for the first read; 0: 64 KiB */
    size_t most;            /* a file beyond it is YOKE_ERANGE; 0: 1 GiB */
    yoke_deadline deadline; /* 0 and YOKE_FOREVER: none */
    const yoke_cancel *cancel; /* NULL: none */
} yoke_aio_files_options;

/* Opens, reads and closes many regular files, in the caller's thread or team; no other thread is
 * made. A file ends where a read gives less than it was asked for, as it is with files on a disk
 * (not with those in /proc). YOKE_OK when fn took them all; what fn returned first, counted in the
 * order of the paths: files before it are read to the end, files in flight are delivered, others
 * not begun; YOKE_ETIMEDOUT, YOKE_ECANCELED, YOKE_EINVAL, YOKE_ENOMEM, YOKE_EUNSUPPORTED. */
YOKE_API int yoke_aio_read_files(const char *const *paths, size_t count,
                                 const yoke_aio_files_options *options, yoke_aio_file_fn *fn,
                                 void *ctx);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Asynchronous I/O inside: what the two engines share.
 *
 * A request lives in an op, one of `depth`. Ops go from the free list to the queue, from there to
 * an engine's thread, which alone has it until it has ended, and back. The lock guards the lists
 * and the flags; nothing is called and nothing waits for a device under it.
 */
#ifndef YOKE_PIPELINE_AIO_H
#define YOKE_PIPELINE_AIO_H

#include <pthread.h>

#include "runtime/probe.h"
#include "yoke/aio.h"

typedef struct yoke__aio_op {
    struct yoke__aio_op *next; /* in the free list or the queue */
    yoke_aio_request request;
    size_t moved;
    /* For io_uring: */
    bool polling; /* waits for the descriptor to be ready */
    int asked;    /* the status with which it was asked to end; 0: it was not */
} yoke__aio_op;

typedef struct yoke__aio_calls {
    int (*start)(yoke_aio *aio);
    void (*wake)(yoke_aio *aio); /* after something was queued, or `stopping` was set */
    void (*stop)(yoke_aio *aio); /* `stopping` is set: ends the threads when all is done */
} yoke__aio_calls;

extern const yoke__aio_calls yoke__aio_uring, yoke__aio_threads;

struct yoke_aio {
    const yoke__aio_calls *calls;
    unsigned depth, thread_count;
    unsigned forks; /* yoke__forks when it was made */
    yoke__aio_op *ops;
    int wake; /* an eventfd. io_uring: read by the engine; threads: readable once stopping */
    void *engine;
    pthread_t *threads;
    unsigned started;

    pthread_mutex_t stream; /* threads: held from seeing that a stream is ready to using it */
    pthread_mutex_t lock;
    pthread_cond_t room, idle, work;
    yoke__aio_op *free, *first, *last;
    unsigned unfinished; /* requests whose completion has not returned */
    /* Figures, since it was made: requests, and of these those that failed; submissions that had to
     * wait for room, and how long; bytes. */
    uint64_t submitted, failed, waited, wait_ns, read, written;
    bool stopping;
    bool asleep; /* the engine's thread of io_uring must be woken */

    yoke__probe probe;
};

enum { YOKE__AIO_TICK_MS = 10 };   /* how often tokens are looked at */
enum { YOKE__AIO_MOST = 1 << 30 }; /* bytes a call */

/* Under the lock: takes the first of the queue; NULL when it is empty. */
yoke__aio_op *yoke__aio_take(yoke_aio *aio);

/* Whether an op should end: its status, 0 when not. Reads no field that changes under the lock. */
int yoke__aio_should_end(const yoke__aio_op *op, bool stopping);

/* After a call moved `moved` bytes. Whether the request has all it can get. */
bool yoke__aio_advance(yoke__aio_op *op, size_t moved);

/* Ends an op, by the thread that has it: with its bytes (0), a status, or an errno (above 0). */
void yoke__aio_finish(yoke_aio *aio, yoke__aio_op *op, int why);

/* The engine for a wish, with the variable YOKE_AIO: *calls. */
int yoke__aio_choose(yoke_aio_engine wish, const yoke__aio_calls **calls);

/* ---- many files ---- */

typedef struct yoke__files {
    const char *const *paths;
    size_t count;
    yoke_aio_files_options options; /* with the defaults */
    yoke_aio_file_fn *fn;
    void *ctx;
    _Atomic size_t next; /* the first that is not begun */
    _Atomic bool stop;
    pthread_mutex_t lock;
    /* Under the lock: the failure that counts. */
    size_t failed; /* its index; SIZE_MAX: none */
    int status;
    char detail[1024];
} yoke__files;

/* The next file to begin; false when there is none or the run stops. */
bool yoke__files_next(yoke__files *files, size_t *index);
/* Hands a file, or its failure (negative size), to the user. */
void yoke__files_deliver(yoke__files *files, size_t index, const char *data, int64_t size);
/* The run cannot go on; the detail is the caller's. */
void yoke__files_fail(yoke__files *files, size_t index, int status);
/* "PATH: reason", for an errno. */
int yoke__files_error(const yoke__files *files, size_t index, int error);
int yoke__files_too_large(const yoke__files *files, size_t index);
/* What one member does. */
int yoke__files_read_uring(yoke__files *files);
int yoke__files_read_plain(yoke__files *files);

#endif

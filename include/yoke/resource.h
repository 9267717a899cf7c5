/* SPDX-License-Identifier: Apache-2.0
 *
 * Resource pool: a bounded set of dear things (connections, sessions, devices) that many threads
 * use in turn.
 *
 * The pool knows a resource only as a handle, a pointer of the user's, and makes, checks, cleans
 * and ends it through callbacks. Ready-made ones are in yoke/resource_postgres.h and
 * yoke/resource_http.h.
 *
 *     yoke_resource_options options = {.name = "db", .maximum = 8, .calls = {.create = ...}};
 *     yoke_resource_pool *pool;
 *     YOKE_TRY(yoke_resource_create(&options, &pool));
 *     void *handle;
 *     YOKE_TRY(yoke_resource_acquire(pool, &handle, yoke_deadline_in(2)));
 *     int status = use(handle);
 *     status < 0 ? yoke_resource_discard(pool, handle) : yoke_resource_release(pool, handle);
 *
 * First come, first served: who has to wait stands in one line, and a handle that is released, or
 * the permission to create one, is given to the first in it. Nobody overtakes a thread that stands
 * in line, unless this one is just taking a handle from a thread that has ended. Before a thread
 * joins the line it looks a few times whether it need not (some microseconds, yielding the
 * processor), so threads that come within this time of each other may join in any order. Of idle
 * handles a thread takes the one that it, or one of those it shares a stack with, released last,
 * else of the others; so what is not needed grows old and is closed.
 *
 * Three times are bounded, each by its own limit: waiting, by the deadline of the call; connecting,
 * by `connect_seconds` and that deadline, whichever is earlier, handed to the callbacks, which must
 * keep it; working, by `work_seconds` from acquire to release. No callback runs under a lock of
 * the pool: while one thread creates, all others go on.
 *
 * When create fails the pool backs off: no further try before a moment that moves away with each
 * failure in a row, with jitter, and then one try at a time until one succeeds. Meanwhile whoever
 * needs a new handle gets the error of the last try, with the time of the next in the detail, at
 * once when no handle is left whose release could be waited for; otherwise it waits for one. A try
 * that ran out of time because of a caller's own deadline is no failure of the server.
 *
 * A thread that waits for a handle is in the wait-for graph (yoke/lock.h) with all holders: when
 * none of them could go on, as when a thread asks for one more while it holds all, the call returns
 * YOKE_EDEADLK with the cycle in the detail.
 *
 * The pool has no thread of its own. Handles beyond their idle time or lifetime are closed by
 * whoever meets them: by acquire, which never hands one out, by release, which looks through the
 * pool now and then, and by yoke_resource_maintain, for a timer of the user's. Only that also
 * fills the pool up to its minimum.
 *
 * A handle that is held by a thread that has ended (and did not disown it) is lost: it is counted
 * in `leaked`, destroyed, and its place used again.
 *
 * Progress: an idle handle is acquired by one compare-and-swap and released by one (lock-free);
 * what waits, creates or destroys takes the mutex of the wait-for graph for short. What a thread
 * did before it released a handle is visible to the next that acquires it. Memory: a cache line
 * pair for each place. The idle stacks, at most 8, are those of Treiber ("Systems programming:
 * coping with parallelism", 1986) with a tag of 38 bits against reuse; the back-off is that of
 * Brooker ("Exponential backoff and jitter", 2015).
 */
#ifndef YOKE_RESOURCE_H
#define YOKE_RESOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/deadline.h"
#include "yoke/lock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_resource_pool yoke_resource_pool;

/* A handle that is in use. */
typedef struct yoke_resource_lease {
    void *handle;
    int owner;        /* index of the thread that acquired it; -1: disowned */
    const char *site; /* where: "file.c:12" */
    double age;       /* seconds since then */
} yoke_resource_lease;

/* The callbacks, of which only create and destroy are needed. They run in threads that call the
 * pool, several at the same time for different handles, and may use locks and other pools. A
 * failure is returned with yoke_fail, whose detail the pool passes on. */
typedef struct yoke_resource_calls {
    /* Makes a resource; its handle must not be NULL and not be that of another in the pool. The
     * deadline is when the pool wants to have an answer. */
    int (*create)(void *ctx, yoke_deadline deadline, void **handle);
    /* Whether an idle handle that is about to be handed out still works; negative: no, and it is
     * destroyed. idle: seconds since it was released. */
    int (*validate)(void *ctx, void *handle, double idle, yoke_deadline deadline);
    /* Makes a released handle ready for the next user, within connect_seconds; negative: it cannot,
     * and the handle is destroyed. */
    int (*reset)(void *ctx, void *handle, yoke_deadline deadline);
    void (*destroy)(void *ctx, void *handle);
    /* A handle is held for longer than work_seconds; called once for each such lease. The handle is
     * not released before this returns. */
    void (*overdue)(void *ctx, const yoke_resource_lease *lease);
    /* Then: makes the work of the owner end soon, as PQcancel does. Called while the owner uses
     * the handle. A handle that was interrupted is destroyed when it is released. */
    void (*interrupt)(void *ctx, void *handle);
    /* Once, when the pool is destroyed, after the last destroy. */
    void (*fini)(void *ctx);
    /* What time it is, in nanoseconds from any beginning, for idle times, lifetimes, work and
     * back-off, but not for deadlines. NULL: the system's monotonic clock, to a tick (1 to 10 ms).
     */
    int64_t (*clock)(void *ctx);
    void *ctx;
} yoke_resource_calls;

typedef struct yoke_resource_options {
    yoke_resource_calls calls;
    const char *name;        /* for reports; must last as long as the pool. NULL: its address */
    unsigned minimum;        /* handles that idle time leaves alone and maintain creates */
    unsigned maximum;        /* handles at the same time, 1 to 4095. 0: 8 */
    double connect_seconds;  /* 0: 10 */
    double work_seconds;     /* 0: no limit */
    double idle_seconds;     /* 0: no limit */
    double lifetime_seconds; /* of each handle; a random tenth shorter. 0: no limit */
    double backoff_seconds;  /* after the first failure, then doubled each time; a random part, at
                                most half, is taken off. 0: 0.1 */
    double backoff_most;     /* 0: 30 */
} yoke_resource_options;

/* Makes a pool without handles; no callback is called. The options are copied. YOKE_EINVAL,
 * YOKE_ENOMEM; then fini is not called. */
YOKE_API int yoke_resource_create(const yoke_resource_options *options, yoke_resource_pool **pool);

/* Closes the pool: those who wait and all later calls of acquire get YOKE_ECLOSED, idle handles are
 * destroyed, and the others when they are released. Then waits until none is left: YOKE_OK,
 * YOKE_ETIMEDOUT with the oldest lease in the detail, YOKE_EDEADLK when one could never be released
 * since its owner waits for the caller or is the caller; the pool is closed in any case. Any
 * thread, any number of times. YOKE_ENOMEM for the thread's record. */
YOKE_API int yoke_resource_close(yoke_resource_pool *pool, yoke_deadline deadline);

/* Closes and ends a pool that no thread uses any more; NULL is legal. YOKE_EINVAL while handles are
 * held, with the oldest lease in the detail; then the pool is closed and goes on. */
YOKE_API int yoke_resource_destroy(yoke_resource_pool *pool);

/* Acquires a handle, waiting until the deadline: an idle one, a new one, or one that is released.
 * With YOKE_NOW or a moment that is past only an idle one: it creates none. YOKE_OK;
 * YOKE_ETIMEDOUT; YOKE_ECLOSED; YOKE_EDEADLK as above; YOKE_ENOMEM; or what create returned, now or
 * in the last try. `site` must be a text that lasts (YOKE_HERE is). Any thread. */
YOKE_API int yoke_resource_acquire_at(yoke_resource_pool *pool, void **handle,
                                      yoke_deadline deadline, const char *site);
#define yoke_resource_acquire(pool, handle, deadline)                                              \
    yoke_resource_acquire_at((pool), (handle), (deadline), YOKE_HERE)

/* Gives a handle back, after reset. The thread that acquired it, or any when it was disowned;
 * YOKE_EINVAL for others, and when it is not in use. Waits only for callbacks. */
YOKE_API int yoke_resource_release(yoke_resource_pool *pool, void *handle);

/* The same for a handle that is broken: it is destroyed, and its place is free. */
YOKE_API int yoke_resource_discard(yoke_resource_pool *pool, void *handle);

/* The caller acquired the handle, and another thread will release it. From now on the pool takes it
 * that this thread, whichever it is, can go on. YOKE_EINVAL as above. */
YOKE_API int yoke_resource_disown(yoke_resource_pool *pool, void *handle);

/* Closes what is too old, tells of overdue work and interrupts it, takes handles from threads that
 * have ended, and creates up to the minimum. YOKE_OK, or why creating failed (YOKE_ETIMEDOUT: the
 * deadline passed; YOKE_ECLOSED). Any thread. */
YOKE_API int yoke_resource_maintain(yoke_resource_pool *pool, yoke_deadline deadline);

/* ---- figures ---- */

typedef struct yoke_resource_stats {
    uint64_t acquired;   /* successful calls of acquire */
    uint64_t waited;     /* calls that stood in line */
    double wait_seconds; /* all together */
    uint64_t timed_out;  /* calls that returned YOKE_ETIMEDOUT */
    uint64_t deadlocks;  /* YOKE_EDEADLK */
    uint64_t created;
    uint64_t failed; /* calls of create that failed */
    uint64_t destroyed;
    uint64_t invalid;      /* handles that validate or reset refused */
    uint64_t expired;      /* closed for their idle time or lifetime */
    uint64_t overdue;      /* leases beyond work_seconds */
    uint64_t leaked;       /* handles whose owner ended */
    unsigned in_use, idle; /* handles now */
    unsigned waiting;      /* threads in line now */
    unsigned peak;     /* most handles in use at a time, as seen whenever one is created and now and
                          then when one is acquired */
    unsigned failures; /* calls of create that failed in a row */
    double next_try;   /* seconds until create is tried again; 0: no back-off */
} yoke_resource_stats;

/* A snapshot; what threads change on the fast path may be some operations apart. Any thread. */
YOKE_API void yoke_resource_stats_read(yoke_resource_pool *pool, yoke_resource_stats *stats);

/* The handles that are in use for at least `age` seconds, at most `room` of them, in no order;
 * returns how many there are. Each entry is of one moment. Any thread. */
YOKE_API size_t yoke_resource_leases(yoke_resource_pool *pool, double age,
                                     yoke_resource_lease *leases, size_t room);

/* The same as text, a line for each: "0x55d0 held by thread 3 since f.c:12 for 4.210 s". Returns
 * the length of the whole text; at most `size` - 1 bytes of it and a NUL are written (size 0:
 * nothing).
 */
YOKE_API size_t yoke_resource_leases_write(yoke_resource_pool *pool, double age, char *text,
                                           size_t size);

#ifdef __cplusplus
}
#endif
#endif

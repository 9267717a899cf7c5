/* SPDX-License-Identifier: Apache-2.0
 *
 * A server of fake handles for tests of the resource pool. It counts, and checks, that each handle
 * lives once, has one owner, and is ended once; it can be told to fail, to wait, and what time it
 * is.
 */
#ifndef YOKE_TESTS_RESOURCE_FAKE_H
#define YOKE_TESTS_RESOURCE_FAKE_H

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "yoke/resource.h"

typedef struct fake_handle {
    atomic_int alive, owners, broken, dirty, interrupts;
    int number;
} fake_handle;

typedef struct fake {
    atomic_int now_alive, most_alive, created, destroyed, validated, resets, fini;
    atomic_int creating, most_creating; /* in create at the same time */
    atomic_int overdue;
    yoke_resource_lease last_overdue; /* of one thread */
    atomic_int faults;                /* invariants that were broken */
    /* Orders. */
    atomic_int down;        /* create fails */
    atomic_int stuck;       /* create waits until its deadline, or this is 0 again */
    atomic_int reset_fails; /* so many times */
    atomic_llong time;      /* of the clock, when it is used */
    yoke_resource_pool *pool;
} fake;

static inline void fake_check(fake *f, int condition) {
    if (!condition) atomic_fetch_add(&f->faults, 1);
}

static inline void fake_raise(atomic_int *most, int value) {
    int seen = atomic_load(most);
    while (value > seen && !atomic_compare_exchange_weak(most, &seen, value)) continue;
}

static inline int fake_create_now(fake *f, yoke_deadline deadline, void **handle) {
    while (atomic_load(&f->stuck)) {
        if (yoke_deadline_passed(deadline))
            return yoke_fail(YOKE_ETIMEDOUT, "the fake server did not answer");
        sched_yield();
    }
    if (atomic_load(&f->down)) return yoke_fail(YOKE_EIO, "the fake server is down");
    fake_handle *h = calloc(1, sizeof *h);
    if (!h) return yoke_fail(YOKE_ENOMEM, "no fake handle");
    h->number = atomic_fetch_add(&f->created, 1);
    atomic_store(&h->alive, 1);
    fake_raise(&f->most_alive, atomic_fetch_add(&f->now_alive, 1) + 1);
    *handle = h;
    return YOKE_OK;
}

static inline int fake_create(void *ctx, yoke_deadline deadline, void **handle) {
    fake *f = ctx;
    fake_raise(&f->most_creating, atomic_fetch_add(&f->creating, 1) + 1);
    int status = fake_create_now(f, deadline, handle);
    atomic_fetch_sub(&f->creating, 1);
    return status;
}

static inline void fake_destroy(void *ctx, void *handle) {
    fake *f = ctx;
    fake_handle *h = handle;
    fake_check(f, atomic_exchange(&h->alive, 0) == 1);
    fake_check(f, atomic_load(&h->owners) == 0);
    atomic_fetch_sub(&f->now_alive, 1);
    atomic_fetch_add(&f->destroyed, 1);
    free(h);
}

static inline int fake_validate(void *ctx, void *handle, double idle, yoke_deadline deadline) {
    fake *f = ctx;
    const fake_handle *h = handle;
    (void)deadline;
    fake_check(f, idle >= 0 && atomic_load(&h->owners) == 0);
    fake_check(f, atomic_load(&h->dirty) == 0);
    atomic_fetch_add(&f->validated, 1);
    return atomic_load(&h->broken) ? yoke_fail(YOKE_EIO, "broken") : YOKE_OK;
}

static inline int fake_reset(void *ctx, void *handle, yoke_deadline deadline) {
    fake *f = ctx;
    fake_handle *h = handle;
    fake_check(f, !yoke_deadline_passed(deadline));
    atomic_store(&h->dirty, 0);
    atomic_fetch_add(&f->resets, 1);
    if (atomic_load(&f->reset_fails) > 0 && atomic_fetch_sub(&f->reset_fails, 1) > 0)
        return yoke_fail(YOKE_EIO, "cannot be reset");
    return YOKE_OK;
}

static inline void fake_overdue(void *ctx, const yoke_resource_lease *lease) {
    fake *f = ctx;
    f->last_overdue = *lease;
    atomic_fetch_add(&f->overdue, 1);
}

static inline void fake_interrupt(void *ctx, void *handle) {
    (void)ctx;
    atomic_fetch_add(&((fake_handle *)handle)->interrupts, 1);
}

static inline void fake_fini(void *ctx) { atomic_fetch_add(&((fake *)ctx)->fini, 1); }

static inline int64_t fake_clock(void *ctx) { return atomic_load(&((fake *)ctx)->time); }

static inline yoke_resource_options fake_options(fake *f, unsigned maximum) {
    return (yoke_resource_options){
        .name = "fake",
        .maximum = maximum,
        .calls = {.create = fake_create, .destroy = fake_destroy, .fini = fake_fini, .ctx = f}};
}

static inline void fake_open(fake *f, const yoke_resource_options *options) {
    REQUIRE(yoke_resource_create(options, &f->pool) == YOKE_OK);
}

static inline void fake_tick(fake *f, double seconds) {
    atomic_fetch_add(&f->time, (long long)(seconds * 1e9));
}

/* The handle is the caller's until fake_leave. */
static inline void fake_enter(fake *f, fake_handle *h) {
    fake_check(f, atomic_load(&h->alive) == 1);
    fake_check(f, atomic_fetch_add(&h->owners, 1) == 0);
    atomic_store(&h->dirty, 1);
}

static inline void fake_leave(fake *f, fake_handle *h) {
    fake_check(f, atomic_fetch_sub(&h->owners, 1) == 1);
}

static inline yoke_resource_stats fake_stats(fake *f) {
    yoke_resource_stats stats;
    yoke_resource_stats_read(f->pool, &stats);
    return stats;
}

static inline void fake_await_waiting(fake *f, unsigned count) {
    while (fake_stats(f).waiting != count) sched_yield();
}

/* Ends the pool, of which nothing may be in use, and checks that nothing was lost. */
static inline void fake_end(fake *f) {
    CU_ASSERT_EQUAL(yoke_resource_destroy(f->pool), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&f->now_alive), 0);
    CU_ASSERT_EQUAL(atomic_load(&f->created), atomic_load(&f->destroyed));
    CU_ASSERT_EQUAL(atomic_load(&f->fini), 1);
    CU_ASSERT_EQUAL(atomic_load(&f->faults), 0);
}

#endif

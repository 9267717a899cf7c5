/* SPDX-License-Identifier: Apache-2.0
 *
 * Making, closing and ending a resource pool.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pool/resource.h"
#include "runtime/fork.h"

enum { MOST = 4095, DEFAULT_MAXIMUM = 8 };

/* ---- create ---- */

static int check(const yoke_resource_options *o) {
    unsigned maximum = o->maximum ? o->maximum : DEFAULT_MAXIMUM;
    const double spans[] = {o->connect_seconds,  o->work_seconds,    o->idle_seconds,
                            o->lifetime_seconds, o->backoff_seconds, o->backoff_most};
    if (!o->calls.create || !o->calls.destroy)
        return yoke_fail(YOKE_EINVAL, "a resource pool needs the callbacks create and destroy");
    if (maximum > MOST || o->minimum > maximum)
        return yoke_fail(YOKE_EINVAL, "a resource pool of %u to %u handles; at most %d", o->minimum,
                         maximum, MOST);
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        if (!(spans[i] >= 0)) return yoke_fail(YOKE_EINVAL, "%g is no span of time", spans[i]);
    }
    return YOKE_OK;
}

/* At most 100 years. */
static int64_t nanoseconds(double seconds, double otherwise) {
    double span = seconds > 0 ? seconds : otherwise;
    return (int64_t)((span < 3e9 ? span : 3e9) * 1e9);
}

static int64_t least(int64_t a, int64_t b) { return b > 0 && b < a ? b : a; }

static void set_limits(yoke_resource_pool *p, const yoke_resource_options *o) {
    p->minimum = o->minimum;
    p->maximum = o->maximum ? o->maximum : DEFAULT_MAXIMUM;
    p->connect = o->connect_seconds > 0 ? o->connect_seconds : 10;
    p->work = nanoseconds(o->work_seconds, 0);
    p->idle = nanoseconds(o->idle_seconds, 0);
    p->lifetime = nanoseconds(o->lifetime_seconds, 0);
    p->backoff = nanoseconds(o->backoff_seconds, 0.1);
    p->backoff_most = nanoseconds(o->backoff_most, 30);
    int64_t shortest = least(least(least(INT64_MAX, p->work), p->idle), p->lifetime);
    p->interval = shortest == INT64_MAX ? shortest : shortest / 4 + 1;
}

static void release_memory(yoke_resource_pool *p) {
    if (!p) return;
    yoke_aligned_free(p->places);
    free(p->index);
    yoke_aligned_free(p);
}

static int allocate(yoke_resource_pool *p) {
    unsigned bits = 3;
    while (1u << bits < 4 * p->maximum) bits++;
    p->shift = 64 - bits;
    unsigned stacks = 1;
    while (stacks < YOKE__STACKS && stacks < p->maximum) stacks *= 2;
    p->stack_mask = stacks - 1;
    p->places = yoke_aligned_alloc(p->maximum * sizeof *p->places);
    p->index = calloc((size_t)1 << bits, sizeof *p->index);
    if (!p->places || !p->index)
        return yoke_fail(YOKE_ENOMEM, "no memory for a resource pool of %u handles", p->maximum);
    memset(p->places, 0, p->maximum * sizeof *p->places);
    for (unsigned i = p->maximum; i > 0; i--) yoke__resource_empty_place(p, &p->places[i - 1]);
    return YOKE_OK;
}

int yoke_resource_create(const yoke_resource_options *options, yoke_resource_pool **pool) {
    YOKE_TRY(check(options));
    YOKE_TRY(yoke__fork_watch());
    yoke_resource_pool *p = yoke_aligned_alloc(sizeof *p);
    if (!p) return yoke_fail(YOKE_ENOMEM, "no memory for a resource pool");
    memset(p, 0, sizeof *p);
    p->calls = options->calls;
    p->name = options->name;
    set_limits(p, options);
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC, &time);
    p->random = ((uint64_t)time.tv_nsec << 20 ^ (uintptr_t)p) | 1;
    int status = allocate(p);
    if (status < 0) {
        release_memory(p);
        return status;
    }
    p->probe =
        (yoke__probe){.kind = "resource pool", .name = p->name, .report = yoke__resource_report};
    yoke__probe_add(&p->probe);
    *pool = p;
    return YOKE_OK;
}

/* ---- close ---- */

/* yoke__wait_owner_fn: all who hold a handle must act. */
static int next_holder(const yoke__wait *wait, int after) {
    const yoke_resource_pool *p = wait->object;
    uint32_t first = UINT32_MAX;
    for (unsigned i = 0; i < p->maximum; i++) {
        uint32_t owner = yoke__get(p->places[i].owner);
        if (p->places[i].state != YOKE__LIVE || owner == 0) continue;
        if ((int64_t)owner - 1 > after && owner < first) first = owner;
    }
    return first == UINT32_MAX ? -1 : (int)(first - 1);
}

static void stop(yoke_resource_pool *p) {
    yoke__graph_lock();
    yoke__idle_close(p);
    uint32_t list = 0;
    for (unsigned stack = 0; stack <= p->stack_mask; stack++) {
        for (uint32_t i = yoke__idle_take_all(p, stack), next; i; i = next) {
            next = yoke__get(p->places[i - 1].next);
            list = yoke__resource_begin_close(p, &p->places[i - 1], list);
        }
    }
    yoke__wait *chain = yoke__resource_serve(p);
    yoke__graph_unlock();
    yoke__wait_wake(chain);
    yoke__resource_close_list(p, list);
}

/* Under the mutex: 0 nothing is left, 1 the caller has to wait, or a failure. */
static int wait_for_rest(yoke_resource_pool *p, yoke__wait *wait) {
    if (p->live + p->opening + p->closing == 0) return 0;
    if (yoke_deadline_passed(wait->deadline)) return YOKE_ETIMEDOUT;
    YOKE_TRY(yoke__wait_begin(wait));
    yoke__wait_push(&p->closers, wait, false);
    return 1;
}

/* After a sleep without a grant. Whether it is granted by now: then the pool may be gone. */
static bool leave(yoke_resource_pool *p, yoke__wait *wait) {
    yoke__graph_lock();
    bool granted = !yoke__wait_queued(wait);
    if (!granted) {
        yoke__wait_remove(&p->closers, wait);
        yoke__wait_end(wait);
    }
    yoke__graph_unlock();
    if (granted) yoke__wait_let_go(wait);
    return granted;
}

int yoke_resource_close(yoke_resource_pool *p, yoke_deadline deadline) {
    yoke__wait wait = {.what = "to close",
                       .name = p->name,
                       .object = p,
                       .site = "yoke_resource_close",
                       .deadline = deadline,
                       .next_owner = next_holder};
    if (!yoke__thread_self()) return YOKE_ENOMEM;
    stop(p);
    for (;;) {
        yoke__graph_lock();
        uint32_t orphans = yoke__resource_orphans(p, 0);
        int status = orphans ? 2 : wait_for_rest(p, &wait);
        yoke__graph_unlock();
        yoke__resource_close_list(p, orphans);
        if (status == YOKE_ETIMEDOUT) return yoke__resource_fail_held(p, YOKE_ETIMEDOUT);
        if (status <= 0) return status;
        if (status == 1 && yoke__wait_sleep(&wait) == YOKE__WAKE_GRANTED) return YOKE_OK;
        if (status == 1 && leave(p, &wait)) return YOKE_OK;
    }
}

int yoke_resource_destroy(yoke_resource_pool *p) {
    if (!p) return YOKE_OK;
    int status = yoke_resource_close(p, YOKE_NOW);
    if (status == YOKE_ETIMEDOUT) return yoke__resource_fail_held(p, YOKE_EINVAL);
    if (status < 0) return status;
    yoke__probe_remove(&p->probe);
    if (p->calls.fini) p->calls.fini(p->calls.ctx);
    release_memory(p);
    return YOKE_OK;
}

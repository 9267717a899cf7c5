/* SPDX-License-Identifier: Apache-2.0
 *
 * The resource pool: acquire and release. What they are made of is described in pool/resource.h.
 *
 * On the fast path a thread takes the top of an idle stack, writes down that it has it (in the
 * place, and in its own list of what it holds), and puts it back later; nothing is counted there
 * but in the place itself.
 */
#include "yoke/resource.h"

#include <stdlib.h>

#include "pool/resource.h"

/* ---- acquire ---- */

/* `idle`: at least so many are; often that is enough to know that this is no peak. Counting those
 * of other stacks would take their lines from others, so each place does it once in 64 leases. */
static inline void note_peak(yoke_resource_pool *p, const yoke__place *place, unsigned idle) {
    unsigned live = yoke__get(p->live), peak = yoke__get(p->peak);
    if (live <= idle + peak || yoke__get(place->version) % 128 != 0) return;
    idle = yoke__idle_count(p);
    /* relaxed: a figure. */
    while (live > idle && live - idle > peak &&
           !__atomic_compare_exchange_n(&p->peak, &peak, live - idle, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        continue;
}

static void take_back(yoke_resource_pool *p) {
    yoke__graph_lock();
    p->unused++;
    yoke__graph_unlock();
}

static bool is_valid(yoke_resource_pool *p, yoke__place *place, int64_t idle,
                     yoke_deadline deadline) {
    yoke_deadline limit = yoke_deadline_in(p->connect);
    int status = p->calls.validate(p->calls.ctx, place->handle, (double)idle * 1e-9,
                                   deadline < limit ? deadline : limit);
    if (status >= 0) return true;
    take_back(p);
    yoke__lease_end(p, place);
    yoke__resource_retire(p, place, &p->stats.invalid);
    return false;
}

/* Notes that the calling thread holds the place, which is leased to it. */
static int hold(yoke_resource_pool *p, yoke__thread *self, yoke__place *place, const char *site,
                void **handle) {
    if (yoke__held_reserve(&self->holds) < 0) {
        take_back(p);
        yoke__lease_end(p, place);
        yoke__resource_pass_on(p, place);
        return YOKE_ENOMEM;
    }
    *handle = place->handle;
    yoke__held_push(&self->holds, p, p->name, 0, site);
    return YOKE_OK;
}

/* A place that was idle. 1: its handle is not to be used. */
static inline int use_idle(yoke_resource_pool *p, yoke__thread *self, yoke__place *place,
                           yoke_deadline deadline, const char *site, void **handle) {
    int64_t since = yoke__get(place->since);
    yoke__lease_begin(p, place, (uint32_t)self->index + 1, site);
    int64_t now = yoke__get(place->since), idle = now - since;
    if (now >= yoke__get(place->expires) ||
        (p->idle && idle >= p->idle && yoke__get(p->live) > p->minimum)) {
        take_back(p);
        yoke__lease_end(p, place);
        yoke__resource_retire(p, place, &p->stats.expired);
        return 1;
    }
    if (p->calls.validate && !is_valid(p, place, idle, deadline)) return 1;
    return hold(p, self, place, site, handle);
}

static int acquire_slow(yoke_resource_pool *p, void **handle, yoke_deadline deadline,
                        const char *site) {
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    YOKE_TRY(yoke__held_reserve(&self->holds));
    for (;;) {
        yoke__guest guest;
        unsigned idle = 0;
        yoke__place *place = yoke__idle_pop(p, &idle);
        int status = 1;
        if (place) {
            note_peak(p, place, idle);
            status = use_idle(p, self, place, deadline, site, handle);
            if (status != 1) return status;
            continue;
        }
        status = yoke__resource_ask(p, &guest, deadline, site);
        if (status < 0) return status;
        if (status == 1) continue;
        if (guest.place->state == YOKE__OPENING) {
            YOKE_TRY(yoke__resource_open(p, guest.place, deadline));
            yoke__lease_begin(p, guest.place, (uint32_t)self->index + 1, site);
        }
        return hold(p, self, guest.place, site, handle);
    }
}

int yoke_resource_acquire_at(yoke_resource_pool *p, void **handle, yoke_deadline deadline,
                             const char *site) {
    yoke__thread *self = yoke__thread_record;
    unsigned idle = 0;
    if (self && yoke__held_has_room(&self->holds)) {
        yoke__place *place = yoke__idle_pop(p, &idle);
        if (place) {
            note_peak(p, place, idle);
            int status = use_idle(p, self, place, deadline, site, handle);
            if (__builtin_expect(status <= 0, 1)) return status;
        }
    }
    return acquire_slow(p, handle, deadline, site);
}

/* ---- release ---- */

static int refuse(const yoke_resource_pool *p, const yoke__place *place, const void *handle) {
    uint32_t owner = place ? yoke__get(place->owner) : 0;
    if (owner == 0 || owner == YOKE__NOBODY)
        return yoke__resource_fail(p, YOKE_EINVAL, "handle %p is not in use", handle);
    return yoke__resource_fail(p, YOKE_EINVAL,
                               "handle %p was acquired by thread %d at %s, not by this thread",
                               handle, (int)owner - 1, yoke__get(place->site));
}

/* Takes the lease from the owner, who must be the caller or nobody; the place is still leased. */
static int take_lease(yoke_resource_pool *p, void *handle, bool from_nobody, yoke__place **taken) {
    yoke__place *place = yoke__handle_find(p, handle);
    yoke__thread *self = yoke__thread_record;
    uint32_t owner = place ? yoke__get(place->owner) : 0;
    if (place && self && owner == (uint32_t)self->index + 1) {
        yoke__held_pop(&self->holds, p);
        *taken = place;
        return YOKE_OK;
    }
    /* acquire: what the thread that disowned the handle did lies before; pairs with the release
     * there. */
    if (place && from_nobody && owner == YOKE__NOBODY &&
        __atomic_compare_exchange_n(&place->owner, &owner, 0, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
        *taken = place;
        return YOKE_OK;
    }
    return refuse(p, place, handle);
}

static void look_around(yoke_resource_pool *p) {
    if (p->interval == INT64_MAX) return;
    int64_t now = yoke__resource_now(p), next = yoke__get(p->next_look);
    if (now < next) return;
    /* relaxed: who wins does it; what it looks at is under the mutex. */
    if (__atomic_compare_exchange_n(&p->next_look, &next, now + p->interval, false,
                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        yoke__resource_sweep(p);
}

int yoke_resource_release(yoke_resource_pool *p, void *handle) {
    yoke__place *place = NULL;
    YOKE_TRY(take_lease(p, handle, true, &place));
    look_around(p);
    if (!yoke__lease_end(p, place))
        yoke__resource_retire(p, place, NULL);
    else if (p->calls.reset &&
             p->calls.reset(p->calls.ctx, handle, yoke_deadline_in(p->connect)) < 0)
        yoke__resource_retire(p, place, &p->stats.invalid);
    else
        yoke__resource_pass_on(p, place);
    return YOKE_OK;
}

int yoke_resource_discard(yoke_resource_pool *p, void *handle) {
    yoke__place *place = NULL;
    YOKE_TRY(take_lease(p, handle, true, &place));
    yoke__lease_end(p, place);
    yoke__resource_retire(p, place, NULL);
    return YOKE_OK;
}

int yoke_resource_disown(yoke_resource_pool *p, void *handle) {
    yoke__place *place = NULL;
    YOKE_TRY(take_lease(p, handle, false, &place));
    /* release: pairs with the acquire in take_lease(). */
    __atomic_store_n(&place->owner, YOKE__NOBODY, __ATOMIC_RELEASE);
    return YOKE_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a pool needs now and then: handles that are too old are closed, work that takes too long is
 * told of, and the minimum is kept.
 *
 * To look at all idle handles each stack is taken as a whole, under the mutex, and put back without
 * those that are too old. Who finds it empty meanwhile comes to the mutex, and looks again there.
 */
#include <limits.h>

#include "pool/resource.h"
#include "runtime/park.h"

/* ---- too old ---- */

static bool is_old(const yoke_resource_pool *p, const yoke__place *place, int64_t now) {
    if (now >= yoke__get(place->expires)) return true;
    return p->idle && p->live > p->minimum && now - yoke__get(place->since) >= p->idle;
}

/* Under the mutex: idle handles of a stack that are too old, CLOSING, in front of the list. */
static uint32_t sort_out(yoke_resource_pool *p, unsigned stack, uint32_t list) {
    int64_t now = yoke__resource_now(p);
    uint32_t kept = 0, *end = &kept;
    for (uint32_t i = yoke__idle_take_all(p, stack), next; i; i = next) {
        yoke__place *place = &p->places[i - 1];
        next = yoke__get(place->next);
        if (is_old(p, place, now)) {
            p->stats.expired++;
            list = yoke__resource_begin_close(p, place, list);
        } else {
            yoke__set(*end, i);
            end = &place->next;
        }
    }
    yoke__set(*end, 0);
    yoke__idle_put_back(p, stack, kept);
    return list;
}

/* ---- overdue ---- */

static bool is_overdue(const yoke_resource_pool *p, const yoke__place *place) {
    return yoke__get(place->owner) != 0 &&
           yoke__resource_now(p) - yoke__get(place->since) >= p->work;
}

/* The lease does not end meanwhile. */
static void tell(yoke_resource_pool *p, yoke__place *place) {
    uint32_t owner = yoke__get(place->owner);
    yoke_resource_lease lease = {.handle = place->handle,
                                 .owner = owner == YOKE__NOBODY ? -1 : (int)owner - 1,
                                 .site = yoke__get(place->site),
                                 .age = (double)(yoke__resource_now(p) - yoke__get(place->since)) *
                                        1e-9};
    yoke__graph_lock();
    p->stats.overdue++;
    yoke__graph_unlock();
    if (p->calls.overdue) p->calls.overdue(p->calls.ctx, &lease);
    if (p->calls.interrupt) p->calls.interrupt(p->calls.ctx, place->handle);
}

static void tell_of_overdue(yoke_resource_pool *p) {
    for (unsigned i = 0; i < p->maximum; i++) {
        yoke__place *place = &p->places[i];
        uint32_t watch = YOKE__LEASE_RUNS;
        if (!is_overdue(p, place) ||
            !__atomic_compare_exchange_n(&place->watch, &watch, YOKE__LEASE_TELLING, false,
                                         __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            continue;
        watch = YOKE__LEASE_RUNS; /* perhaps another lease by now */
        if (is_overdue(p, place)) {
            tell(p, place);
            watch = YOKE__LEASE_TOLD;
        }
        __atomic_store_n(&place->watch, watch, __ATOMIC_SEQ_CST);
        yoke__unpark(&place->watch, INT_MAX);
    }
}

void yoke__resource_sweep(yoke_resource_pool *p) {
    yoke__graph_lock();
    uint32_t list = yoke__resource_orphans(p, 0);
    for (unsigned i = 0; i <= p->stack_mask && !yoke__resource_closed(p); i++)
        list = sort_out(p, i, list);
    yoke__graph_unlock();
    yoke__resource_close_list(p, list);
    if (p->work) tell_of_overdue(p);
}

/* ---- the minimum ---- */

/* 1: the place was opened; 0: there are enough. */
static int open_if_few(yoke_resource_pool *p, yoke__place **place) {
    yoke__graph_lock();
    bool few = p->live + p->opening < p->minimum && p->empty;
    bool may = yoke__resource_may_create(p), closed = yoke__resource_closed(p);
    yoke__try last = yoke__resource_last_try(p);
    if (few && may && !closed) *place = yoke__resource_open_place(p);
    yoke__graph_unlock();
    if (closed) return yoke__resource_fail(p, YOKE_ECLOSED, "it was closed");
    if (few && !may) return yoke__resource_fail_try(p, &last);
    return few;
}

int yoke_resource_maintain(yoke_resource_pool *p, yoke_deadline deadline) {
    yoke__place *place = NULL;
    int status = YOKE_OK;
    yoke__resource_sweep(p);
    while ((status = open_if_few(p, &place)) == 1) {
        YOKE_TRY(yoke__resource_open(p, place, deadline));
        yoke__resource_pass_on(p, place);
    }
    return status;
}

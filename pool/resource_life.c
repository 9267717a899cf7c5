/* SPDX-License-Identifier: Apache-2.0
 *
 * How handles come and go: create, destroy, and from one owner to the next. The callbacks run
 * between two critical sections; meanwhile the place is OPENING or CLOSING, and belongs to the
 * thread that called.
 */
#include <limits.h>

#include "pool/resource.h"
#include "runtime/park.h"
#include "runtime/region.h"

/* ---- create ---- */

static int64_t expiry(yoke_resource_pool *p) {
    if (!p->lifetime) return INT64_MAX;
    double part = yoke__resource_random(p) / 10;
    return yoke__resource_now(p) + (int64_t)((double)p->lifetime * (1 - part));
}

static void note_peak(yoke_resource_pool *p) {
    unsigned in_use = p->live - yoke__idle_count(p);
    if (in_use > yoke__get(p->peak)) yoke__set(p->peak, in_use);
}

/* Under the mutex. */
static void make_live(yoke_resource_pool *p, yoke__place *place, void *handle) {
    yoke__set(place->handle, handle);
    yoke__set(place->expires, expiry(p));
    yoke__set(place->since, yoke__resource_now(p));
    yoke__set(place->state, YOKE__LIVE);
    yoke__set(p->live, p->live + 1);
    p->stats.created++;
    p->failures = 0;
    note_peak(p);
}

static int call_create(yoke_resource_pool *p, yoke_deadline deadline, void **handle, bool *own) {
    yoke_deadline limit = yoke_deadline_in(p->connect), until = deadline < limit ? deadline : limit;
    *own = deadline < limit;
    if (yoke_deadline_passed(until)) return yoke_fail(YOKE_ETIMEDOUT, NULL);
    YOKE__REGION("create resource", YOKE_ACTIVITY_WORK);
    int status = p->calls.create(p->calls.ctx, until, handle);
    if (status < 0) return status;
    if (!*handle) return yoke_fail(YOKE_EINVAL, "create returned NULL as a handle");
    return YOKE_OK;
}

int yoke__resource_open(yoke_resource_pool *p, yoke__place *place, yoke_deadline deadline) {
    void *handle = NULL;
    bool own = false;
    int status = call_create(p, deadline, &handle, &own);
    bool counts = !(own && status == YOKE_ETIMEDOUT);
    yoke__try last = {0};
    yoke__graph_lock();
    p->opening--;
    if (status >= 0 && !yoke__handle_add(p, place, handle))
        status = yoke_fail(YOKE_EINVAL, "create returned a handle that the pool has already");
    if (status >= 0) make_live(p, place, handle);
    if (status < 0) {
        yoke__resource_empty_place(p, place);
        p->stats.failed++;
        p->stats.timed_out += !counts;
        if (counts) yoke__resource_note_failure(p, status, yoke_error_detail());
        last = yoke__resource_last_try(p);
    }
    bool closed = yoke__resource_closed(p);
    yoke__wait *chain = yoke__resource_serve(p);
    yoke__graph_unlock();
    yoke__wait_wake(chain);
    if (status < 0 && counts) return yoke__resource_fail_try(p, &last);
    if (status < 0)
        return yoke__resource_fail(p, status, "create did not end before the caller's deadline");
    if (closed) {
        status = yoke__resource_fail(p, YOKE_ECLOSED, "it was closed");
        yoke__resource_retire(p, place, NULL);
    }
    return status < 0 ? status : YOKE_OK;
}

/* ---- destroy ---- */

uint32_t yoke__resource_begin_close(yoke_resource_pool *p, yoke__place *place, uint32_t list) {
    yoke__set(place->state, YOKE__CLOSING);
    yoke__set(place->owner, 0);
    yoke__set(place->next, list);
    yoke__set(p->live, p->live - 1);
    p->closing++;
    yoke__handle_remove(p, place);
    return yoke__place_number(p, place);
}

void yoke__resource_close_list(yoke_resource_pool *p, uint32_t list) {
    if (!list) return;
    for (uint32_t i = list; i; i = p->places[i - 1].next)
        p->calls.destroy(p->calls.ctx, p->places[i - 1].handle);
    yoke__graph_lock();
    for (uint32_t i = list, next; i; i = next) {
        next = p->places[i - 1].next;
        p->closing--;
        p->stats.destroyed++;
        yoke__resource_empty_place(p, &p->places[i - 1]);
    }
    yoke__wait *chain = yoke__resource_serve(p);
    yoke__graph_unlock();
    yoke__wait_wake(chain);
}

void yoke__resource_retire(yoke_resource_pool *p, yoke__place *place, uint64_t *why) {
    yoke__graph_lock();
    if (why) ++*why;
    uint32_t list = yoke__resource_begin_close(p, place, 0);
    yoke__graph_unlock();
    yoke__resource_close_list(p, list);
}

uint32_t yoke__resource_orphans(yoke_resource_pool *p, uint32_t list) {
    for (unsigned i = 0; i < p->maximum; i++) {
        yoke__place *place = &p->places[i];
        uint32_t owner = yoke__get(place->owner), runs = YOKE__LEASE_RUNS;
        if (place->state != YOKE__LIVE || owner == 0 || owner == YOKE__NOBODY) continue;
        yoke__thread *thread = yoke__thread_at((int)owner - 1);
        if (!thread->waiting.ended || !yoke__held_find(&thread->holds, p)) continue;
        /* Somebody may be telling of it just now: then it is taken later. */
        if (p->work &&
            !__atomic_compare_exchange_n(&place->watch, &runs, YOKE__LEASE_OVER, false,
                                         __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
            runs == YOKE__LEASE_TELLING)
            continue;
        yoke__wait_take_from_ended(thread, p);
        p->stats.leaked++;
        list = yoke__resource_begin_close(p, place, list);
    }
    return list;
}

/* ---- from hand to hand ---- */

void yoke__resource_pass_on(yoke_resource_pool *p, yoke__place *place) {
    int64_t now = yoke__resource_now(p);
    if (now >= yoke__get(place->expires)) {
        yoke__resource_retire(p, place, &p->stats.expired);
        return;
    }
    yoke__set(place->since, now);
    yoke__set(place->owner, 0);
    if (yoke__idle_push(p, place)) return;
    yoke__wait *chain = NULL;
    yoke__graph_lock();
    bool given = yoke__resource_give(p, place, &chain);
    yoke__graph_unlock();
    yoke__wait_wake(chain);
    if (!given) yoke__resource_retire(p, place, NULL);
}

void yoke__lease_begin(yoke_resource_pool *p, yoke__place *place, uint32_t owner,
                       const char *site) {
    uint64_t version = yoke__get(place->version);
    yoke__set(place->version, version + 1);
    /* release, each: who reads one of these with acquire sees the odd version, too; the last
     * publishes them to who sees the even one (resource_report.c). */
    __atomic_store_n(&place->site, site, __ATOMIC_RELEASE);
    __atomic_store_n(&place->since, yoke__resource_now(p), __ATOMIC_RELEASE);
    __atomic_store_n(&place->owner, owner, __ATOMIC_RELEASE);
    __atomic_store_n(&place->version, version + 2, __ATOMIC_RELEASE);
    if (p->work) __atomic_store_n(&place->watch, YOKE__LEASE_RUNS, __ATOMIC_SEQ_CST);
}

bool yoke__lease_end(yoke_resource_pool *p, yoke__place *place) {
    uint32_t watch = YOKE__LEASE_RUNS;
    if (!p->work || __atomic_compare_exchange_n(&place->watch, &watch, YOKE__LEASE_OVER, false,
                                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return true;
    while (__atomic_load_n(&place->watch, __ATOMIC_SEQ_CST) == YOKE__LEASE_TELLING)
        yoke__park(&place->watch, YOKE__LEASE_TELLING, YOKE_FOREVER);
    return !p->calls.interrupt;
}

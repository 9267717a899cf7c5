/* SPDX-License-Identifier: Apache-2.0
 *
 * Those who wait for a handle: the line, who is granted what, and the back-off of create.
 *
 * A guest in line sleeps until somebody grants it a place. It also wakes without a grant: at the
 * end of the back-off, so that somebody tries again although no thread comes by; when an owner has
 * ended, whose handle it then takes from it; and after a failure of create, to set its alarm. It
 * keeps its turn each time: it registers again without leaving the queue.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "pool/resource.h"
#include "runtime/park.h"

/* How often a thread that does not find a handle yields before it stands in line. A line that forms
 * because holders lost their processor would otherwise never end again: each handle that is
 * released would go to a thread that has to be woken first. */
enum { YIELDS = 8 };

/* ---- back-off ---- */

bool yoke__resource_may_create(const yoke_resource_pool *p) {
    return p->failures == 0 || (p->opening == 0 && yoke__resource_now(p) >= p->next_try);
}

double yoke__resource_random(yoke_resource_pool *p) {
    p->random ^= p->random << 13; /* Marsaglia, "Xorshift RNGs" (2003) */
    p->random ^= p->random >> 7;
    p->random ^= p->random << 17;
    return (double)(p->random >> 11) * 0x1p-53;
}

static void wake_line(const yoke_resource_pool *p) {
    yoke__wait *first = p->line, *wait = first;
    if (!first) return;
    do {
        yoke__wait_rouse(wait);
        wait = wait->behind;
    } while (wait != first);
}

void yoke__resource_note_failure(yoke_resource_pool *p, int status, const char *detail) {
    int64_t delay = p->backoff;
    for (unsigned i = 0; i < p->failures && delay < p->backoff_most; i++) delay *= 2;
    if (delay > p->backoff_most) delay = p->backoff_most;
    delay -= (int64_t)((double)delay / 2 * yoke__resource_random(p));
    p->failures++;
    p->next_try = yoke__resource_now(p) + delay;
    p->failure = status;
    snprintf(p->failure_text, sizeof p->failure_text, "%s", detail);
    wake_line(p);
}

yoke__try yoke__resource_last_try(const yoke_resource_pool *p) {
    double next = (double)(p->next_try - yoke__resource_now(p)) * 1e-9;
    yoke__try last = {p->failure, p->failures, next > 0 ? next : 0, {0}};
    memcpy(last.text, p->failure_text, sizeof last.text);
    return last;
}

int yoke__resource_fail_try(const yoke_resource_pool *p, const yoke__try *last) {
    return yoke__resource_fail(
        p, last->status, "create failed, %u time%s in a row, next try in %.3f s: %s",
        last->failures, last->failures == 1 ? "" : "s", last->next, last->text);
}

static int fail_down(yoke_resource_pool *p) {
    yoke__graph_lock();
    yoke__try last = yoke__resource_last_try(p);
    yoke__graph_unlock();
    return yoke__resource_fail_try(p, &last);
}

/* ---- places; under the mutex ---- */

yoke__place *yoke__resource_open_place(yoke_resource_pool *p) {
    yoke__place *place = &p->places[p->empty - 1];
    yoke__set(p->empty, yoke__get(place->next));
    yoke__set(place->state, YOKE__OPENING);
    p->opening++;
    return place;
}

void yoke__resource_empty_place(yoke_resource_pool *p, yoke__place *place) {
    yoke__set(place->state, YOKE__EMPTY);
    yoke__set(place->next, p->empty);
    yoke__set(p->empty, yoke__place_number(p, place));
}

static bool has_nothing(const yoke_resource_pool *p) {
    return p->live == 0 && p->opening == 0 && p->closing == 0;
}

/* ---- granting; under the mutex ---- */

static void note_line(yoke_resource_pool *p) {
    if (!p->line) yoke__idle_go_on(p);
}

static void note_end(yoke_resource_pool *p, const yoke__guest *guest) {
    p->waiting--;
    p->stats.wait_seconds += (double)(yoke_deadline_in(0) - guest->began) * 1e-9;
}

static yoke__wait *grant_first(yoke_resource_pool *p, yoke__place *place, int status,
                               yoke__wait *chain) {
    yoke__guest *guest = p->line;
    guest->place = place;
    guest->status = status;
    note_end(p, guest);
    chain = yoke__wait_grant(&p->line, &guest->wait, chain);
    note_line(p);
    return chain;
}

yoke__wait *yoke__resource_serve(yoke_resource_pool *p) {
    yoke__wait *chain = NULL;
    bool closed = yoke__resource_closed(p);
    while (p->line) {
        if (closed)
            chain = grant_first(p, NULL, YOKE_ECLOSED, chain);
        else if (p->empty && yoke__resource_may_create(p))
            chain = grant_first(p, yoke__resource_open_place(p), YOKE_OK, chain);
        else if (p->empty && has_nothing(p))
            chain = grant_first(p, NULL, p->failure, chain);
        else
            break;
    }
    while (closed && p->closers && has_nothing(p))
        chain = yoke__wait_grant(&p->closers, p->closers, chain);
    return chain;
}

bool yoke__resource_give(yoke_resource_pool *p, yoke__place *place, yoke__wait **chain) {
    if (yoke__resource_closed(p)) return false;
    if (!p->line) return yoke__idle_push(p, place);
    const yoke__wait *first = p->line;
    yoke__lease_begin(p, place, (uint32_t)first->thread->index + 1, first->site);
    *chain = grant_first(p, place, YOKE_OK, *chain);
    return true;
}

/* ---- standing in line ---- */

/* yoke__wait_owner_fn. A place that nobody is known to have is one that somebody gives or empties
 * soon: then anything may happen, and the wait has no owners at all. */
static int next_holder(const yoke__wait *wait, int after) {
    const yoke_resource_pool *p = wait->object;
    uint32_t least = UINT32_MAX;
    for (unsigned i = 0; i < p->maximum; i++) {
        uint32_t owner = yoke__get(p->places[i].owner);
        if (p->places[i].state == YOKE__EMPTY) continue;
        if (owner == 0 || owner == YOKE__NOBODY) return -1;
        if ((int64_t)owner - 1 > after && owner < least) least = owner;
    }
    return least == UINT32_MAX ? -1 : (int)(least - 1);
}

/* In the back-off somebody has to wake at its end. */
static yoke_deadline alarm_at(const yoke_resource_pool *p, yoke_deadline deadline) {
    if (!p->empty || p->failures == 0) return deadline;
    double span = (double)(p->next_try - yoke__resource_now(p)) * 1e-9;
    yoke_deadline at = yoke_deadline_in(span > 0.001 ? span : 0.001);
    return at < deadline ? at : deadline;
}

/* What a wait that could never end gets: in the back-off the reason is another. */
static int note_deadlock(yoke_resource_pool *p, int status, yoke__guest *guest) {
    note_line(p);
    p->stats.deadlocks += status == YOKE_EDEADLK && !p->empty;
    guest->status = status == YOKE_EDEADLK && p->empty ? p->failure : 0;
    return status;
}

static void leave_line(yoke_resource_pool *p, yoke__guest *guest) {
    yoke__wait_remove(&p->line, &guest->wait);
    yoke__wait_end(&guest->wait);
    note_end(p, guest);
    note_line(p);
}

/* Registers again at the same place in the line. */
static int stay(yoke_resource_pool *p, yoke__guest *guest, yoke_deadline deadline) {
    yoke__wait *before = guest->wait.before, *behind = guest->wait.behind;
    guest->wait.deadline = alarm_at(p, deadline);
    int status = yoke__wait_begin(&guest->wait);
    guest->wait.before = before;
    guest->wait.behind = behind;
    if (status < 0) {
        leave_line(p, guest);
        note_deadlock(p, status, guest);
    }
    return status;
}

/* Under the mutex: 0 granted, 1 look again, 2 in line, or a failure; of guest->status when it is
 * set. */
static int stand_in_line(yoke_resource_pool *p, yoke__guest *guest, yoke_deadline deadline) {
    guest->status = 0;
    if (yoke__resource_closed(p)) return guest->status = YOKE_ECLOSED;
    if (!p->line && p->empty && yoke__resource_may_create(p) && !yoke__idle_any(p)) {
        guest->place = yoke__resource_open_place(p);
        return 0;
    }
    if (!p->line && p->empty && has_nothing(p)) return guest->status = p->failure;
    if (!yoke__idle_stop(p)) return 1;
    guest->wait.deadline = alarm_at(p, deadline);
    int status = yoke__wait_begin(&guest->wait);
    if (status < 0) return note_deadlock(p, status, guest);
    yoke__wait_push(&p->line, &guest->wait, false);
    guest->began = guest->wait.since;
    p->waiting++;
    p->stats.waited++;
    return 2;
}

static int fail_status(yoke_resource_pool *p, const yoke__guest *guest) {
    if (guest->status == YOKE_ECLOSED) return yoke__resource_fail(p, YOKE_ECLOSED, "it was closed");
    return fail_down(p);
}

static int time_out(yoke_resource_pool *p, const char *site) {
    yoke__graph_lock();
    p->stats.timed_out++;
    yoke__graph_unlock();
    return yoke__resource_fail(p, YOKE_ETIMEDOUT, "no handle was free at %s before the deadline",
                               site);
}

/* A sleep ended without a grant. 0: still in line, or granted meanwhile; 1: begin again; or a
 * failure. */
static int wake_in_line(yoke_resource_pool *p, yoke__guest *guest, yoke_deadline deadline) {
    yoke__wait *chain = NULL;
    uint32_t orphans = 0;
    int status = 0;
    yoke__graph_lock();
    bool granted = !yoke__wait_queued(&guest->wait), over = yoke_deadline_passed(deadline);
    if (!granted) orphans = yoke__resource_orphans(p, 0);
    if (!granted && (over || orphans)) {
        leave_line(p, guest);
        status = over ? YOKE_ETIMEDOUT : 1;
    } else if (!granted) {
        chain = yoke__resource_serve(p);
        if (yoke__wait_queued(&guest->wait)) status = stay(p, guest, deadline);
    }
    yoke__graph_unlock();
    if (granted) yoke__wait_let_go(&guest->wait);
    yoke__wait_wake(chain);
    yoke__resource_close_list(p, orphans);
    return status;
}

static int sleep_in_line(yoke_resource_pool *p, yoke__guest *guest, yoke_deadline deadline,
                         const char *site) {
    while (yoke__wait_sleep(&guest->wait) != YOKE__WAKE_GRANTED) {
        int status = wake_in_line(p, guest, deadline);
        if (status == YOKE_ETIMEDOUT) return time_out(p, site);
        if (status < 0 && guest->status) return fail_status(p, guest);
        if (status != 0) return status;
    }
    return guest->place ? 0 : fail_status(p, guest);
}

/* Before the line. Whether it is worth to look again. */
static bool yield_to_holders(const yoke_resource_pool *p, yoke_deadline deadline) {
    for (int i = 0; i < YIELDS; i++) {
        if (yoke__idle_any(p)) return true;
        if (yoke__get(p->empty) != 0 || yoke__resource_closed(p)) return false;
        if (i > 0 && yoke_deadline_passed(deadline)) return false;
        sched_yield();
    }
    return false;
}

int yoke__resource_ask(yoke_resource_pool *p, yoke__guest *guest, yoke_deadline deadline,
                       const char *site) {
    yoke__wait *chain = NULL;
    int status = 1;
    bool late = yoke_deadline_passed(deadline);
    guest->wait = (yoke__wait){.what = "for a handle of",
                               .name = p->name,
                               .object = p,
                               .site = site,
                               .any = true,
                               .next_owner = next_holder};
    guest->place = NULL;
    if (!late && yield_to_holders(p, deadline)) return 1;
    yoke__graph_lock();
    uint32_t orphans = yoke__resource_orphans(p, 0);
    bool closed = yoke__resource_closed(p);
    if (!orphans) {
        chain = yoke__resource_serve(p);
        if (!late || closed) status = stand_in_line(p, guest, deadline);
        if (late && !closed && !yoke__idle_any(p)) status = YOKE_ETIMEDOUT;
    }
    yoke__graph_unlock();
    yoke__wait_wake(chain);
    yoke__resource_close_list(p, orphans);
    if (status == YOKE_ETIMEDOUT && late) return time_out(p, site);
    if (status < 0 && guest->status) return fail_status(p, guest);
    return status == 2 ? sleep_in_line(p, guest, deadline, site) : status;
}

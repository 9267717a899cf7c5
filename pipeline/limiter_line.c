/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking from budgets and giving back: who fits, who stands in line, who is granted what. The rules
 * are in the header.
 */
#include <stdlib.h>
#include <time.h>

#include "pipeline/limiter.h"

int64_t yoke__limiter_now(const yoke_limiter *l) {
    if (l->options.clock) return l->options.clock(l->options.ctx);
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* ---- budgets ---- */

static bool has_room(const yoke__budget *b, uint64_t amount) {
    return b->taken + amount <= b->limit || b->taken == 0;
}

/* The first need that is not met, `count` when all are. */
static size_t first_short(const yoke_limiter *l, const yoke_limiter_lease *lease) {
    size_t i = 0;
    while (i < lease->count &&
           has_room(&l->budgets[lease->needs[i].budget], lease->needs[i].amount))
        i++;
    return i;
}

static bool fits(const yoke_limiter *l, const yoke_limiter_lease *lease) {
    return first_short(l, lease) == lease->count;
}

static void take(yoke_limiter *l, yoke_limiter_lease *lease, int owner) {
    for (size_t i = 0; i < lease->count; i++) {
        yoke__budget *b = &l->budgets[lease->needs[i].budget];
        b->taken += lease->needs[i].amount;
        lease->holders[i] = ++b->holders;
        if (b->holders > b->peak) b->peak = b->holders;
        if (b->taken + lease->needs[i].amount > b->limit) b->full = b->holders;
        b->acquired++;
    }
    lease->owner = owner;
    lease->number = ++l->leases;
    lease->since = yoke__limiter_now(l);
    lease->next = l->held;
    lease->link = &l->held;
    if (l->held) l->held->link = &lease->next;
    l->held = lease;
}

static void put_back(yoke_limiter *l, yoke_limiter_lease *lease) {
    for (size_t i = 0; i < lease->count; i++) {
        yoke__budget *b = &l->budgets[lease->needs[i].budget];
        b->taken -= lease->needs[i].amount;
        b->holders--;
    }
    *lease->link = lease->next;
    if (lease->next) lease->next->link = lease->link;
    lease->owner = YOKE__LEASE_FREE;
    lease->next = l->free;
    l->free = lease;
}

/* ---- leases ---- */

static int check(const yoke_limiter *l, const yoke_limiter_need *needs, size_t count) {
    uint64_t mask = 0;
    bool bad = count < 1 || count > YOKE_LIMITER_NEEDS;
    for (size_t i = 0; i < count && !bad; i++) {
        int budget = needs[i].budget;
        bad = budget < 0 || budget >= l->count || needs[i].amount == 0 || mask >> budget & 1;
        if (!bad) mask |= (uint64_t)1 << budget;
        if (!bad && needs[i].amount > l->budgets[budget].most)
            return yoke_fail(YOKE_ERANGE, "budget '%s' never has %llu, at most %llu",
                             l->budgets[budget].name, (unsigned long long)needs[i].amount,
                             (unsigned long long)l->budgets[budget].most);
    }
    if (bad) return yoke_fail(YOKE_EINVAL, "1 to 8 amounts above 0 of different budgets");
    return YOKE_OK;
}

static uint64_t mask_of(const yoke_limiter_lease *lease) {
    uint64_t mask = 0;
    for (size_t i = 0; i < lease->count; i++) mask |= (uint64_t)1 << lease->needs[i].budget;
    return mask;
}

/* A free lease with these needs. */
static int make_lease(yoke_limiter *l, const yoke_limiter_need *needs, size_t count,
                      yoke_limiter_lease **lease) {
    yoke__graph_lock();
    yoke_limiter_lease *made = l->free;
    if (made) l->free = made->next;
    yoke__graph_unlock();
    if (!made) made = malloc(sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, "no memory for a lease");
    *made = (yoke_limiter_lease){.limiter = l, .count = count, .owner = YOKE__LEASE_FREE};
    for (size_t i = 0; i < count; i++) made->needs[i] = needs[i];
    *lease = made;
    return YOKE_OK;
}

static void drop_lease(yoke_limiter *l, yoke_limiter_lease *lease) {
    yoke__graph_lock();
    lease->next = l->free;
    l->free = lease;
    yoke__graph_unlock();
}

/* ---- the line; under the mutex ---- */

static yoke__limiter_guest *behind(const yoke_limiter *l, const yoke__limiter_guest *guest) {
    void *next = guest->wait.behind;
    return next == l->line ? NULL : next;
}

static void count_waiting(yoke_limiter *l, const yoke__limiter_guest *guest, int change) {
    for (size_t i = 0; i < guest->lease->count; i++) {
        yoke__budget *b = &l->budgets[guest->lease->needs[i].budget];
        b->waiting += (unsigned)change;
        if (change > 0)
            b->waited++;
        else
            b->wait_seconds += (double)(yoke_deadline_in(0) - guest->wait.since) * 1e-9;
    }
}

/* Grants what can be granted, in front of a chain for yoke__wait_wake. */
static yoke__wait *serve(yoke_limiter *l, yoke__wait *chain) {
    uint64_t passed = 0;
    for (yoke__limiter_guest *guest = l->line, *next; guest; guest = next) {
        next = behind(l, guest);
        bool first = (guest->mask & passed) == 0;
        if (first && fits(l, guest->lease)) {
            count_waiting(l, guest, -1);
            take(l, guest->lease, guest->wait.thread->index);
            chain = yoke__wait_grant(&l->line, &guest->wait, chain);
            continue;
        }
        if (first) yoke__wait_rouse_if_stuck(&guest->wait);
        passed |= guest->mask;
    }
    return chain;
}

/* The nearest before the guest (the last, if it is not in the line) that it must wait behind. */
static const yoke__limiter_guest *ahead_of(const yoke_limiter *l,
                                           const yoke__limiter_guest *guest) {
    const yoke__limiter_guest *found = NULL, *other = l->line;
    for (; other && other != guest; other = behind(l, other)) {
        if (other->mask & guest->mask) found = other;
    }
    return found;
}

/* yoke__wait_owner_fn: the thread ahead; or those who hold what is short, unless somebody has it
 * who is not known. */
static int next_owner(const yoke__wait *wait, int after) {
    const yoke__limiter_guest *guest = (const yoke__limiter_guest *)wait;
    const yoke_limiter *l = wait->object;
    const yoke__limiter_guest *ahead = ahead_of(l, guest);
    if (ahead) return ahead->wait.thread->index > after ? ahead->wait.thread->index : -1;
    size_t need = first_short(l, guest->lease);
    if (need == guest->lease->count) return -1;
    int budget = guest->lease->needs[need].budget, least = -1;
    for (const yoke_limiter_lease *held = l->held; held; held = held->next) {
        if ((mask_of(held) >> budget & 1) == 0) continue;
        if (held->owner < 0) return -1;
        if (held->owner > after && (least < 0 || held->owner < least)) least = held->owner;
    }
    return least;
}

/* Takes back the leases of threads that have ended. */
static yoke__wait *take_leaked(yoke_limiter *l) {
    bool any = false;
    for (yoke_limiter_lease *lease = l->held, *next; lease; lease = next) {
        next = lease->next;
        if (lease->owner < 0) continue;
        if (!yoke__wait_take_from_ended(yoke__thread_at(lease->owner), l)) continue;
        for (size_t i = 0; i < lease->count; i++) l->budgets[lease->needs[i].budget].leaked++;
        put_back(l, lease);
        any = true;
    }
    return any ? serve(l, NULL) : NULL;
}

static void leave(yoke_limiter *l, yoke__limiter_guest *guest) {
    yoke__wait_remove(&l->line, &guest->wait);
    yoke__wait_end(&guest->wait);
    count_waiting(l, guest, -1);
}

static void count_failure(yoke_limiter *l, const yoke__limiter_guest *guest, int status) {
    for (size_t i = 0; i < guest->lease->count; i++) {
        yoke__budget *b = &l->budgets[guest->lease->needs[i].budget];
        b->timed_out += status == YOKE_ETIMEDOUT;
        b->deadlocks += status == YOKE_EDEADLK;
    }
}

/* 0: taken; 1: in line; or a failure. */
static int ask(yoke_limiter *l, yoke__limiter_guest *guest, bool late, yoke__wait **chain) {
    if (ahead_of(l, guest) || !fits(l, guest->lease)) *chain = take_leaked(l);
    if (!ahead_of(l, guest) && fits(l, guest->lease)) {
        take(l, guest->lease, yoke__thread_record->index);
        return 0;
    }
    if (late) return YOKE_ETIMEDOUT;
    YOKE_TRY(yoke__wait_begin(&guest->wait));
    yoke__wait_push(&l->line, &guest->wait, false);
    count_waiting(l, guest, 1);
    return 1;
}

/* A sleep ended without a grant: 1: still in line; 0: granted meanwhile; or a failure. */
static int look_again(yoke_limiter *l, yoke__limiter_guest *guest, yoke__wait **chain) {
    *chain = take_leaked(l);
    if (!yoke__wait_queued(&guest->wait)) return 0;
    int status = yoke_deadline_passed(guest->wait.deadline) ? YOKE_ETIMEDOUT
                                                            : yoke__wait_begin_again(&guest->wait);
    if (status == YOKE_OK) return 1;
    leave(l, guest);
    *chain = serve(l, *chain);
    return status;
}

/* ---- acquire and release ---- */

static int sleep_in_line(yoke_limiter *l, yoke__limiter_guest *guest) {
    while (yoke__wait_sleep(&guest->wait) != YOKE__WAKE_GRANTED) {
        yoke__wait *chain = NULL;
        yoke__graph_lock();
        int status = look_again(l, guest, &chain);
        if (status < 0) count_failure(l, guest, status);
        yoke__graph_unlock();
        yoke__wait_wake(chain);
        if (status < 0) return status;
        if (status == 0) yoke__wait_let_go(&guest->wait);
        if (status == 0) break;
    }
    return YOKE_OK;
}

static int fail_late(const yoke_limiter *l, const yoke_limiter_lease *lease, const char *site) {
    const yoke__budget *b = &l->budgets[lease->needs[0].budget];
    return yoke_fail(YOKE_ETIMEDOUT,
                     "%llu of budget '%s'%s could not be had at %s before the "
                     "deadline",
                     (unsigned long long)lease->needs[0].amount, b->name,
                     lease->count > 1 ? " and the others" : "", site);
}

static int acquire(yoke_limiter *l, yoke_limiter_lease *lease, yoke_deadline deadline,
                   const char *site) {
    yoke__wait *chain = NULL;
    yoke__limiter_guest guest = {.wait = {.what = "for budgets of",
                                          .name = l->options.name,
                                          .object = l,
                                          .site = site,
                                          .deadline = deadline,
                                          .any = true,
                                          .next_owner = next_owner},
                                 .lease = lease,
                                 .mask = mask_of(lease)};
    bool late = yoke_deadline_passed(deadline);
    yoke__graph_lock();
    int status = ask(l, &guest, late, &chain);
    if (status < 0) count_failure(l, &guest, status);
    yoke__graph_unlock();
    yoke__wait_wake(chain);
    if (status == 1) status = sleep_in_line(l, &guest);
    return status == YOKE_ETIMEDOUT ? fail_late(l, lease, site) : status;
}

int yoke_limiter_acquire_at(yoke_limiter *limiter, const yoke_limiter_need *needs, size_t count,
                            yoke_deadline deadline, const char *site, yoke_limiter_lease **lease) {
    yoke_limiter_lease *made = NULL;
    YOKE_TRY(check(limiter, needs, count));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    YOKE_TRY(yoke__held_reserve(&self->holds));
    YOKE_TRY(make_lease(limiter, needs, count, &made));
    int status = acquire(limiter, made, deadline, site);
    if (status < 0) {
        drop_lease(limiter, made);
        return status;
    }
    yoke__held_push(&self->holds, limiter, limiter->options.name, 0, site);
    *lease = made;
    return YOKE_OK;
}

static int fail_owner(void) {
    return yoke_fail(YOKE_EINVAL, "a lease that is another thread's, or has ended");
}

int yoke_limiter_release_as(yoke_limiter_lease *lease, double seconds, bool failed) {
    yoke_limiter *l = lease->limiter;
    yoke__wait *chain = NULL;
    const yoke__thread *self = yoke__thread_self();
    yoke__graph_lock();
    bool own = self && lease->owner == self->index;
    bool allowed = own || lease->owner == YOKE__LEASE_NOBODY;
    if (own) yoke__held_pop(&yoke__thread_record->holds, l);
    if (allowed) {
        if (seconds < 0) seconds = (double)(yoke__limiter_now(l) - lease->since) * 1e-9;
        for (size_t i = 0; i < lease->count; i++) yoke__limiter_note(l, lease, i, seconds, failed);
        put_back(l, lease);
        chain = serve(l, NULL);
    }
    yoke__graph_unlock();
    yoke__wait_wake(chain);
    return allowed ? YOKE_OK : fail_owner();
}

int yoke_limiter_release(yoke_limiter_lease *lease) {
    return yoke_limiter_release_as(lease, -1, false);
}

int yoke_limiter_disown(yoke_limiter_lease *lease) {
    const yoke__thread *self = yoke__thread_self();
    yoke__graph_lock();
    bool own = self && lease->owner == self->index;
    if (own) yoke__held_pop(&yoke__thread_record->holds, lease->limiter);
    if (own) lease->owner = YOKE__LEASE_NOBODY;
    yoke__graph_unlock();
    return own ? YOKE_OK : fail_owner();
}

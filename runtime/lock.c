/* SPDX-License-Identifier: Apache-2.0
 *
 * The mutex. Its word holds the owner's number (index + 1; 0: free) and two flags:
 *
 *   WAITERS  the queue is not empty: the owner must not release it by a plain compare-and-swap.
 *            Changed only under the wait-for graph's mutex.
 *   WOKEN    a waiter was taken out of the queue and has not tried yet: nobody else need be woken.
 *            Set by an owner that releases, under the graph's mutex; cleared by the woken thread,
 *            in the same step in which it takes the word or goes back to the queue.
 *
 * So at most one woken thread at a time runs for the lock against those that are running anyway,
 * and with more threads than processors the lock goes around among those that run. No waiter is
 * forgotten: while the queue is not empty, WAITERS is set, and either WOKEN is set (a thread is on
 * its way and will take the lock or come back under the mutex) or the lock has an owner, whose
 * release finds WAITERS and wakes the first.
 *
 * Whoever waits queues under the graph's mutex, and only while the word, in a compare-and-swap
 * there, has an owner. A release that has to wake takes the mutex, too, so the two cannot miss each
 * other. After the store that frees the word a release touches the lock's memory no more, except
 * for a queue that is not empty, whose threads are still in their calls.
 */
#include "yoke/lock.h"

#include <stdio.h>

#include "runtime/lock_order.h"
#include "runtime/lock_profile.h"
#include "runtime/park.h"
#include "runtime/text.h"
#include "runtime/waitfor.h"
#include "yoke/lock_profile.h"

#define WAITERS 0x80000000u
#define WOKEN   0x40000000u
#define OWNER   0x3fffffffu

/* The longest pause between two looks at a mutex that is held; they double, so that the looks of
 * those who wait do not take the word's cache line from the owner all the time. All together take
 * about as long as putting a thread to sleep and waking it. */
enum { SPINS = 64 };

static uint32_t number_of(const yoke__thread *self) { return (uint32_t)self->index + 1; }

/* ---- the word ---- */

static inline uint32_t look(const yoke_mutex *m) {
    /* relaxed: a guess, that a compare-and-swap confirms. */
    return __atomic_load_n(&m->word, __ATOMIC_RELAXED);
}

static inline bool change(yoke_mutex *m, uint32_t *seen, uint32_t next) {
    uint32_t word = *seen;
    /* acquire: when this takes the mutex, it pairs with the release of the owner before. release:
     * when it frees it, it pairs with the acquire of the next. */
    bool done = __atomic_compare_exchange_n(&m->word, &word, next, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_RELAXED);
    *seen = word;
    return done;
}

/* Takes a free mutex; `woken` is WOKEN when the caller has to clear the flag. */
static bool take(yoke_mutex *m, uint32_t number, uint32_t woken) {
    uint32_t word = look(m);
    while (!(word & OWNER)) { /* a change of flags alone must not make a try fail */
        if (change(m, &word, (word & ~woken) | number)) return true;
    }
    return false;
}

static bool take_soon(yoke_mutex *m, uint32_t number, uint32_t woken) {
    for (int pause = 1; pause <= SPINS; pause *= 2) {
        if (take(m, number, woken)) return true;
        for (int i = 0; i < pause; i++) yoke__relax();
    }
    return false;
}

/* Under the graph's mutex. */
static void note_queue(yoke_mutex *m) {
    if (m->queue) return;
    /* relaxed: the flag says only to take the mutex. */
    __atomic_fetch_and(&m->word, ~WAITERS, __ATOMIC_RELAXED);
}

static inline void hold(yoke_mutex *m, yoke__thread *self, const char *site) {
    /* relaxed: for reports only, which read it at any time. */
    __atomic_store_n(&m->site, site, __ATOMIC_RELAXED);
    yoke__held_push(&self->holds, m, m->name, m->rank, site);
}

/* ---- waiting ---- */

static int next_owner(const yoke__wait *wait, int after) {
    int owner = yoke_mutex_owner(wait->object);
    return owner > after ? owner : -1;
}

/* Under the graph's mutex: 1 when the mutex was taken, 0 when the caller is in the queue. */
static int take_or_queue(yoke_mutex *m, yoke__wait *wait, uint32_t number, uint32_t woken) {
    uint32_t word = look(m), next;
    do {
        next = (word & ~woken) | (word & OWNER ? WAITERS : number);
    } while (!change(m, &word, next));
    if (!(word & OWNER)) return 1;
    int status = yoke__wait_begin(wait);
    if (status < 0)
        note_queue(m);
    else
        yoke__wait_push(&m->queue, wait, woken != 0);
    return status;
}

/* After a sleep that the deadline or an owner's end cut short: leaves the queue or, when the lock
 * was granted meanwhile, takes it or clears WOKEN. Whether the mutex was taken. */
static bool leave_queue(yoke_mutex *m, yoke__wait *wait, uint32_t number) {
    yoke__graph_lock();
    bool granted = !yoke__wait_queued(wait);
    uint32_t word = OWNER;
    if (granted) {
        word = look(m);
        while (!change(m, &word, (word & ~WOKEN) | (word & OWNER ? 0 : number))) continue;
    } else {
        yoke__wait_remove(&m->queue, wait);
        yoke__wait_end(wait);
        note_queue(m);
    }
    yoke__graph_unlock();
    if (granted) yoke__wait_let_go(wait);
    return !(word & OWNER);
}

static int time_out(const yoke_mutex *m, const char *site) {
    char detail[512];
    yoke__text text = {detail, sizeof detail, 0};
    yoke__text_add(&text, "mutex ");
    yoke__text_name(&text, m->name, m);
    yoke__text_add(&text, " was not free at %s before the deadline", site);
    int owner = yoke_mutex_owner(m);
    /* relaxed: pairs with the store in hold(); perhaps of another owner than the one read. */
    const char *since = __atomic_load_n(&m->site, __ATOMIC_RELAXED);
    if (owner >= 0 && since) yoke__text_add(&text, ", held by thread %d since %s", owner, since);
    return yoke_fail(YOKE_ETIMEDOUT, "%s", detail);
}

static int wait_for(yoke_mutex *m, yoke__thread *self, yoke_deadline deadline, const char *site) {
    yoke__wait wait = {.what = "for mutex",
                       .name = m->name,
                       .object = m,
                       .site = site,
                       .deadline = deadline,
                       .next_owner = next_owner,
                       .owner_site = &m->site};
    uint32_t number = number_of(self), woken = 0;
    yoke__order_wait(self, m, NULL, m->name, m->rank, site);
    for (;;) {
        yoke__graph_lock();
        int status = take_or_queue(m, &wait, number, woken);
        yoke__graph_unlock();
        if (status != 0) return status;
        yoke__wake wake = yoke__wait_sleep(&wait);
        woken = wake == YOKE__WAKE_GRANTED ? WOKEN : 0;
        if (woken && take_soon(m, number, WOKEN)) return YOKE_OK;
        if (woken && !yoke_deadline_passed(deadline)) continue;
        if (leave_queue(m, &wait, number)) return YOKE_OK;
        if (wake != YOKE__WAKE_CHECK) return time_out(m, site);
    }
}

/* The mutex was not free at the first look. */
static int lock_busy(yoke_mutex *m, yoke__thread *self, yoke_deadline deadline, const char *site) {
    if (deadline <= YOKE_NOW) return yoke_fail(YOKE_ETIMEDOUT, NULL);
    if (yoke_deadline_passed(deadline)) return time_out(m, site);
    bool own = yoke_mutex_owner(m) == self->index;
    if (!own && take_soon(m, number_of(self), 0)) return YOKE_OK;
    int status = wait_for(m, self, deadline, site);
    if (status < 0) yoke__profile_failed(&m->profile, status);
    return status;
}

static int lock_slow(yoke_mutex *m, yoke_deadline deadline, const char *site) {
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    YOKE_TRY(yoke__held_reserve(&self->holds));
    if (!yoke__order_allows(self, m->rank) && !yoke_deadline_passed(deadline))
        yoke__order_report(self, m, m->name, m->rank, site);
    yoke_deadline began = 0;
    if (!take(m, number_of(self), 0)) {
        yoke__profile_watch(&m->profile, "mutex", m->name);
        began = yoke__profile_begin(&m->profile);
        YOKE_TRY(lock_busy(m, self, deadline, site));
    }
    hold(m, self, site);
    yoke__profile *profile = yoke__profile_of(&m->profile);
    if (profile) yoke__profile_acquired(profile, (unsigned)self->index, self->holds.last, began);
    if (profile && yoke__profile_is_stale(profile)) yoke__profile_drop(&m->profile);
    return YOKE_OK;
}

int yoke_mutex_lock_at(yoke_mutex *m, yoke_deadline deadline, const char *site) {
    yoke__thread *self = yoke__thread_record;
    if (self && yoke__held_has_room(&self->holds) && yoke__order_allows(self, m->rank) &&
        !yoke__profile_of(&m->profile)) {
        uint32_t word = look(m);
        if (__builtin_expect(!(word & OWNER) && change(m, &word, word | number_of(self)), 1)) {
            hold(m, self, site);
            return YOKE_OK;
        }
    }
    return lock_slow(m, deadline, site);
}

int yoke_mutex_lock_key_at(yoke_mutex *m, uint64_t key, yoke_deadline deadline, const char *site) {
    YOKE_TRY(yoke_mutex_lock_at(m, deadline, site));
    yoke__profile *profile = yoke__profile_of(&m->profile);
    if (profile) yoke__profile_key(profile, key);
    return YOKE_OK;
}

/* ---- releasing ---- */

static int not_owner(const yoke_mutex *m, const char *what) {
    char name[256];
    yoke__text text = {name, sizeof name, 0};
    yoke__text_name(&text, m->name, m);
    int owner = yoke_mutex_owner(m);
    if (owner < 0) return yoke_fail(YOKE_EINVAL, "mutex %s: %s, and nobody owns it", name, what);
    const char *since = __atomic_load_n(&m->site, __ATOMIC_RELAXED); /* relaxed: as in time_out() */
    return yoke_fail(YOKE_EINVAL, "mutex %s: %s, and thread %d owns it since %s", name, what, owner,
                     since ? since : "a moment ago"); /* the first owner has not noted it yet */
}

/* Frees the word and wakes the first in the queue, for whom WOKEN is set. Only the owner's release
 * sets WOKEN and only holders of the graph's mutex change WAITERS, so a store is enough. */
static void wake_next(yoke_mutex *m) {
    yoke__graph_lock();
    yoke__wait *first = m->queue ? yoke__wait_grant(&m->queue, m->queue, NULL) : NULL;
    uint32_t word = (first ? WOKEN : 0) | (m->queue ? WAITERS : 0);
    /* release: pairs with the acquire of the next owner. */
    __atomic_store_n(&m->word, word, __ATOMIC_RELEASE);
    yoke__graph_unlock();
    yoke__wait_wake(first);
}

static int unlock_foreign(const yoke_mutex *m) {
    return not_owner(m, "unlocked by a thread that does not own it");
}

static inline int release(yoke_mutex *m, const yoke__thread *self) {
    uint32_t word = look(m);
    for (;;) {
        if ((word & OWNER) != number_of(self)) return unlock_foreign(m);
        if ((word & (WAITERS | WOKEN)) == WAITERS) break;
        if (change(m, &word, word & ~OWNER)) return YOKE_OK;
    }
    wake_next(m);
    return YOKE_OK;
}

static void time_hold(yoke_mutex *m, const yoke__thread *self) {
    const yoke__held *held = yoke__held_find(&self->holds, m);
    if (held) yoke__profile_release(yoke__profile_of(&m->profile), held);
}

int yoke_mutex_unlock(yoke_mutex *m) {
    yoke__thread *self = yoke__thread_record;
    if (!self) return unlock_foreign(m);
    if (yoke__profile_of(&m->profile) && yoke_mutex_owner(m) == self->index) time_hold(m, self);
    YOKE_TRY(release(m, self));
    yoke__held_pop(&self->holds, m);
    return YOKE_OK;
}

/* ---- init, fini, owner ---- */

int yoke_mutex_init(yoke_mutex *m, const char *name, int rank) {
    if (rank < 0) return yoke_fail(YOKE_EINVAL, "mutex: rank %d is below 0", rank);
    *m = (yoke_mutex)YOKE_MUTEX_INIT(name, rank);
    yoke__order_forget(m);
    return YOKE_OK;
}

int yoke_mutex_fini(yoke_mutex *m) {
    if (!m) return YOKE_OK;
    yoke__graph_lock();
    bool waited = m->queue != NULL || (look(m) & WOKEN);
    int owner = yoke_mutex_owner(m);
    bool idle = !waited && (owner < 0 || yoke__wait_take_from_ended(yoke__thread_at(owner), m));
    if (idle) m->word = 0;
    yoke__graph_unlock();
    if (!idle) return not_owner(m, waited ? "ended while others wait" : "ended while it is held");
    yoke__profile_drop(&m->profile);
    yoke__order_forget(m);
    return YOKE_OK;
}

int yoke_mutex_owner(const yoke_mutex *m) { return (int)(look(m) & OWNER) - 1; }

/* ---- profile ---- */

int yoke_mutex_profile_start(yoke_mutex *m, unsigned every) {
    return yoke__profile_start(&m->profile, "mutex", m->name, every);
}

int yoke_mutex_profile(const yoke_mutex *m, yoke_lock_profile *profile) {
    return yoke__profile_read(&m->profile, profile);
}

int yoke_mutex_profile_stop(yoke_mutex *m) {
    YOKE_TRY(yoke_mutex_lock(m, YOKE_FOREVER));
    yoke_lock_profile last;
    bool on = yoke__profile_read(&m->profile, &last) == YOKE_OK;
    yoke__profile_drop(&m->profile);
    yoke_mutex_unlock(m);
    return on ? YOKE_OK : yoke_fail(YOKE_EINVAL, "the mutex has no profile");
}

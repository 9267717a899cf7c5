/* SPDX-License-Identifier: Apache-2.0
 *
 * The read-write lock. Its word holds the number of reads, or the writer's number with WRITER, and
 * three more flags, which only change under the wait-for graph's mutex (but for WOKEN, which the
 * woken writer clears as it takes the word):
 *
 *   WAITERS  the queue is not empty: the last reader and a writer must release under the mutex.
 *   CLOSED   `writers` is not 0: some thread waits to write, asleep or woken; readers keep out.
 *   WOKEN    one of them was woken and has not tried yet: no other writer need be woken.
 *
 * A release that may make the lock free takes the mutex when WAITERS is set, and then chooses whom
 * to wake: one writer if any waits, else all readers. Nobody is forgotten. A writer in the queue:
 * WAITERS is set, so the last release looks at the queue, unless WOKEN is set and the woken one
 * will take the lock or come back. A reader in the queue: it waits because of a writer or of
 * CLOSED; when the last waiting writer gives up, and when a writer releases, and `writers` is 0,
 * all readers are woken.
 */
#include "yoke/rwlock.h"

#include <stdio.h>

#include "runtime/lock_order.h"
#include "runtime/lock_profile.h"
#include "runtime/park.h"
#include "runtime/text.h"
#include "runtime/waitfor.h"
#include "yoke/lock_profile.h"

#define WAITERS 0x80000000u
#define CLOSED  0x40000000u
#define WOKEN   0x20000000u
#define WRITER  0x10000000u
#define COUNT   0x0fffffffu

enum { SPINS = 64 }; /* as in lock.c */

static uint32_t number_of(const yoke__thread *self) { return (uint32_t)self->index + 1; }

/* ---- the word ---- */

static inline uint32_t look(const yoke_rwlock *l) {
    /* relaxed: a guess, that a compare-and-swap confirms. */
    return __atomic_load_n(&l->word, __ATOMIC_RELAXED);
}

static inline bool change(yoke_rwlock *l, uint32_t *seen, uint32_t next) {
    uint32_t word = *seen;
    /* acquire: when this takes the lock, it pairs with the releases before. release: when it
     * releases, it pairs with the acquire of the next writer, or of readers after a writer. */
    bool done = __atomic_compare_exchange_n(&l->word, &word, next, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_RELAXED);
    *seen = word;
    return done;
}

/* Under the graph's mutex; relaxed: flags only say where to look, and the mutex orders them. */
static void set(yoke_rwlock *l, uint32_t flag) {
    __atomic_fetch_or(&l->word, flag, __ATOMIC_RELAXED);
}
static void clear(yoke_rwlock *l, uint32_t flag) {
    __atomic_fetch_and(&l->word, ~flag, __ATOMIC_RELAXED);
}

static bool may_read(uint32_t word, bool again) {
    return !(word & WRITER) && (again || !(word & CLOSED));
}

static bool may_write(uint32_t word) { return !(word & (WRITER | COUNT)); }

/* `again`: the caller reads already. */
static bool take_read(yoke_rwlock *l, bool again) {
    uint32_t word = look(l);
    while (may_read(word, again)) {
        if (change(l, &word, word + 1)) return true;
    }
    return false;
}

static bool take_write(yoke_rwlock *l, uint32_t number, uint32_t woken) {
    uint32_t word = look(l);
    while (may_write(word)) {
        if (change(l, &word, (word & ~woken) | WRITER | number)) return true;
    }
    return false;
}

static bool read_soon(yoke_rwlock *l, bool again) {
    for (int pause = 1; pause <= SPINS; pause *= 2) {
        if (take_read(l, again)) return true;
        for (int i = 0; i < pause; i++) yoke__relax();
    }
    return false;
}

static bool write_soon(yoke_rwlock *l, uint32_t number, uint32_t woken) {
    for (int pause = 1; pause <= SPINS; pause *= 2) {
        if (take_write(l, number, woken)) return true;
        for (int i = 0; i < pause; i++) yoke__relax();
    }
    return false;
}

/* ---- whom to wake; under the graph's mutex ---- */

static yoke__wait_owner_fn next_of_reader, next_of_writer;

static yoke__wait *first_writer(const yoke_rwlock *l) {
    yoke__wait *first = l->queue, *wait = first;
    if (!first) return NULL;
    do {
        if (wait->next_owner == next_of_writer) return wait;
        wait = wait->behind;
    } while (wait != first);
    return NULL;
}

static void note_queue(yoke_rwlock *l) {
    if (!l->queue) clear(l, WAITERS);
}

/* Takes those out of the queue that should try, now that the lock may be free. */
static yoke__wait *choose(yoke_rwlock *l) {
    uint32_t word = look(l);
    yoke__wait *chain = NULL;
    if (word & WRITER) return NULL;
    if (l->writers == 0) {
        while (l->queue) chain = yoke__wait_grant(&l->queue, l->queue, chain);
    } else if (may_write(word) && !(word & WOKEN)) {
        yoke__wait *writer = first_writer(l);
        if (writer) {
            set(l, WOKEN);
            chain = yoke__wait_grant(&l->queue, writer, NULL);
        }
    }
    note_queue(l);
    return chain;
}

static yoke__wait *one_writer_less(yoke_rwlock *l) {
    if (--l->writers == 0) clear(l, CLOSED);
    return choose(l);
}

/* ---- who must act first ---- */

static int next_of_writer(const yoke__wait *wait, int after) {
    int writer = yoke_rwlock_writer(wait->object);
    if (writer < 0) return yoke__wait_next_holder(wait, after);
    return writer > after ? writer : -1;
}

/* The writer, and all who wait to write, since readers wait for them. */
static int next_of_reader(const yoke__wait *wait, int after) {
    int writer = yoke_rwlock_writer(wait->object), limit = yoke__thread_limit();
    for (int i = after + 1; i < limit; i++) {
        const yoke__wait *other = yoke__thread_at(i)->waiting.wait;
        if (i == writer) return i;
        if (other && other->object == wait->object && other->next_owner == next_of_writer) return i;
    }
    return -1;
}

/* ---- failures ---- */

static int fail(const yoke_rwlock *l, int status, const char *site, const char *what) {
    char detail[768];
    yoke__text text = {detail, sizeof detail, 0};
    yoke__text_add(&text, "read-write lock ");
    yoke__text_name(&text, l->name, l);
    yoke__text_add(&text, ": %s", what);
    if (site) yoke__text_add(&text, " at %s", site);
    uint32_t word = look(l);
    /* relaxed: pairs with the store in write_at(); perhaps of another writer than the one read. */
    const char *since = __atomic_load_n(&l->site, __ATOMIC_RELAXED);
    if (word & WRITER)
        yoke__text_add(&text, "; thread %d writes since %s", (int)(word & COUNT) - 1,
                       since ? since : "a moment ago");
    else
        yoke__text_add(&text, "; %u reads are in progress", word & COUNT);
    return yoke_fail(status, "%s", detail);
}

static int time_out(const yoke_rwlock *l, const char *site) {
    return fail(l, YOKE_ETIMEDOUT, site, "was not free before the deadline");
}

static yoke__wait describe(yoke_rwlock *l, yoke_deadline deadline, const char *site) {
    return (yoke__wait){
        .name = l->name, .object = l, .site = site, .deadline = deadline, .owner_site = &l->site};
}

/* ---- waiting to read ---- */

/* Under the graph's mutex: 1 when the lock was taken, 0 when the caller is in the queue. */
static int read_or_queue(yoke_rwlock *l, yoke__wait *wait, bool again) {
    uint32_t word = look(l);
    while (!change(l, &word, may_read(word, again) ? word + 1 : word | WAITERS)) continue;
    if (may_read(word, again)) return 1;
    int status = yoke__wait_begin(wait);
    if (status < 0)
        note_queue(l);
    else
        yoke__wait_push(&l->queue, wait, false);
    return status;
}

static void leave_as_reader(yoke_rwlock *l, yoke__wait *wait) {
    yoke__graph_lock();
    bool granted = !yoke__wait_queued(wait);
    if (!granted) {
        yoke__wait_remove(&l->queue, wait);
        yoke__wait_end(wait);
        note_queue(l);
    }
    yoke__graph_unlock();
    if (granted) yoke__wait_let_go(wait);
}

static int wait_to_read(yoke_rwlock *l, bool again, yoke_deadline deadline, const char *site) {
    yoke__wait wait = describe(l, deadline, site);
    wait.what = "to read";
    wait.next_owner = next_of_reader;
    for (;;) {
        yoke__graph_lock();
        int status = read_or_queue(l, &wait, again);
        yoke__graph_unlock();
        if (status != 0) return status;
        yoke__wake wake = yoke__wait_sleep(&wait);
        if (wake != YOKE__WAKE_GRANTED) leave_as_reader(l, &wait);
        if (wake == YOKE__WAKE_GRANTED && read_soon(l, again)) return YOKE_OK;
        if (take_read(l, again)) return YOKE_OK;
        if (wake == YOKE__WAKE_TIMEOUT || yoke_deadline_passed(deadline)) return time_out(l, site);
    }
}

/* ---- waiting to write ---- */

static int write_or_queue(yoke_rwlock *l, yoke__wait *wait, uint32_t number, uint32_t woken) {
    uint32_t word = look(l), next;
    do {
        next = (word & ~woken) | (may_write(word) ? WRITER | number : WAITERS);
    } while (!change(l, &word, next));
    if (may_write(word)) return 1;
    int status = yoke__wait_begin(wait);
    if (status < 0)
        note_queue(l);
    else
        yoke__wait_push(&l->queue, wait, woken != 0);
    return status;
}

/* After a sleep that the deadline or an owner's end cut short: leaves the queue or, when the lock
 * was granted meanwhile, takes it or clears WOKEN. Whether the lock was taken. */
static bool leave_as_writer(yoke_rwlock *l, yoke__wait *wait, uint32_t number) {
    yoke__graph_lock();
    bool granted = !yoke__wait_queued(wait);
    uint32_t word = WRITER, next;
    if (granted) {
        word = look(l);
        do {
            next = (word & ~WOKEN) | (may_write(word) ? WRITER | number : 0);
        } while (!change(l, &word, next));
    } else {
        yoke__wait_remove(&l->queue, wait);
        yoke__wait_end(wait);
        note_queue(l);
    }
    yoke__graph_unlock();
    if (granted) yoke__wait_let_go(wait);
    return may_write(word);
}

/* The part of a wait to write during which readers keep out. */
static int wait_closed(yoke_rwlock *l, yoke__thread *self, yoke_deadline deadline,
                       const char *site) {
    yoke__wait wait = describe(l, deadline, site);
    uint32_t number = number_of(self), woken = 0;
    wait.what = "to write";
    wait.next_owner = next_of_writer;
    for (;;) {
        yoke__graph_lock();
        int status = write_or_queue(l, &wait, number, woken);
        yoke__graph_unlock();
        if (status != 0) return status;
        yoke__wake wake = yoke__wait_sleep(&wait);
        woken = wake == YOKE__WAKE_GRANTED ? WOKEN : 0;
        if (woken && write_soon(l, number, WOKEN)) return YOKE_OK;
        if (woken && !yoke_deadline_passed(deadline)) continue;
        if (leave_as_writer(l, &wait, number)) return YOKE_OK;
        if (wake != YOKE__WAKE_CHECK) return time_out(l, site);
    }
}

static int wait_to_write(yoke_rwlock *l, yoke__thread *self, yoke_deadline deadline,
                         const char *site) {
    yoke__graph_lock();
    l->writers++;
    set(l, CLOSED);
    yoke__graph_unlock();
    int status = wait_closed(l, self, deadline, site);
    yoke__graph_lock();
    yoke__wait *chain = one_writer_less(l);
    yoke__graph_unlock();
    yoke__wait_wake(chain);
    return status;
}

/* ---- taking ---- */

static void hold(yoke_rwlock *l, yoke__thread *self, const char *site, yoke_deadline began) {
    yoke__held_push(&self->holds, l, l->name, l->rank, site);
    yoke__profile *profile = yoke__profile_of(&l->profile);
    if (profile) yoke__profile_acquired(profile, (unsigned)self->index, self->holds.last, began);
}

/* Looks and spins without a wait. 1: taken, 0: to wait for. */
static int take_soon(yoke_rwlock *l, yoke__thread *self, bool write, bool own,
                     yoke_deadline deadline, const char *site) {
    uint32_t number = number_of(self);
    if (deadline <= YOKE_NOW) return yoke_fail(YOKE_ETIMEDOUT, NULL);
    if (yoke_deadline_passed(deadline)) return time_out(l, site);
    if (write) return !own && write_soon(l, number, 0);
    return yoke_rwlock_writer(l) != self->index && read_soon(l, own);
}

static int take_busy(yoke_rwlock *l, yoke__thread *self, bool write, bool own,
                     yoke_deadline deadline, const char *site) {
    int status = take_soon(l, self, write, own, deadline, site);
    if (status != 0) return status;
    yoke__order_wait(self, l, NULL, l->name, l->rank, site);
    status = write ? wait_to_write(l, self, deadline, site) : wait_to_read(l, own, deadline, site);
    if (status < 0) yoke__profile_failed(&l->profile, status);
    return status;
}

static int take_slow(yoke_rwlock *l, bool write, yoke_deadline deadline, const char *site) {
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    YOKE_TRY(yoke__held_reserve(&self->holds));
    bool own = yoke__held_find(&self->holds, l) != NULL;
    bool again = own && yoke_rwlock_writer(l) < 0;
    if (!own && !yoke__order_allows(self, l->rank) && !yoke_deadline_passed(deadline))
        yoke__order_report(self, l, l->name, l->rank, site);
    yoke_deadline began = 0;
    if (write ? !take_write(l, number_of(self), 0) : !take_read(l, again)) {
        yoke__profile_watch(&l->profile, "rwlock", l->name);
        began = yoke__profile_begin(&l->profile);
        YOKE_TRY(take_busy(l, self, write, own, deadline, site));
    }
    /* relaxed: for reports only, which read it at any time. */
    if (write) __atomic_store_n(&l->site, site, __ATOMIC_RELAXED);
    hold(l, self, site, began);
    const yoke__profile *profile = yoke__profile_of(&l->profile);
    if (write && profile && yoke__profile_is_stale(profile)) yoke__profile_drop(&l->profile);
    return YOKE_OK;
}

static inline bool is_simple(const yoke_rwlock *l, const yoke__thread *self) {
    return self && yoke__held_has_room(&self->holds) && yoke__order_allows(self, l->rank) &&
           !yoke__profile_of(&l->profile);
}

int yoke_rwlock_read_at(yoke_rwlock *l, yoke_deadline deadline, const char *site) {
    yoke__thread *self = yoke__thread_record;
    if (is_simple(l, self)) {
        uint32_t word = look(l);
        if (may_read(word, false) && change(l, &word, word + 1)) {
            yoke__held_push(&self->holds, l, l->name, l->rank, site);
            return YOKE_OK;
        }
    }
    return take_slow(l, false, deadline, site);
}

int yoke_rwlock_write_at(yoke_rwlock *l, yoke_deadline deadline, const char *site) {
    yoke__thread *self = yoke__thread_record;
    uint32_t word = 0;
    if (is_simple(l, self) && change(l, &word, WRITER | number_of(self))) {
        /* relaxed: for reports only, which read it at any time. */
        __atomic_store_n(&l->site, site, __ATOMIC_RELAXED);
        yoke__held_push(&self->holds, l, l->name, l->rank, site);
        return YOKE_OK;
    }
    return take_slow(l, true, deadline, site);
}

/* ---- releasing ---- */

/* Gives back one read, or the write; the word without it. */
static uint32_t without_one(uint32_t word) {
    return word & WRITER ? word & ~(WRITER | COUNT) : word - 1;
}

/* The queue is not empty: whoever is woken comes out of it under the mutex, which keeps the lock's
 * memory until then, since the threads in it are still in their calls. */
static void release_slow(yoke_rwlock *l) {
    yoke__graph_lock();
    uint32_t word = look(l);
    while (!change(l, &word, without_one(word))) continue;
    yoke__wait *chain = word & WAITERS ? choose(l) : NULL;
    yoke__graph_unlock();
    yoke__wait_wake(chain);
}

static void release(yoke_rwlock *l) {
    uint32_t word = look(l);
    do {
        bool last = (word & WRITER) || (word & COUNT) == 1;
        if (last && (word & WAITERS)) {
            release_slow(l);
            return;
        }
    } while (!change(l, &word, without_one(word)));
}

static void time_hold(yoke_rwlock *l, const yoke__thread *self) {
    const yoke__held *held = yoke__held_find(&self->holds, l);
    if (held) yoke__profile_release(yoke__profile_of(&l->profile), held);
}

/* The caller is known to hold the lock if it is in its list. */
static int unlock(yoke_rwlock *l, yoke__thread *self, const char *what) {
    if (!self || !yoke__held_find(&self->holds, l)) return fail(l, YOKE_EINVAL, NULL, what);
    if (yoke__profile_of(&l->profile)) time_hold(l, self);
    release(l);
    yoke__held_pop(&self->holds, l);
    return YOKE_OK;
}

int yoke_rwlock_read_unlock(yoke_rwlock *l) {
    const char *what = "unlocked by a thread that does not read";
    if (look(l) & WRITER) return fail(l, YOKE_EINVAL, NULL, what);
    return unlock(l, yoke__thread_record, what);
}

int yoke_rwlock_write_unlock(yoke_rwlock *l) {
    const char *what = "unlocked by a thread that does not write";
    yoke__thread *self = yoke__thread_record;
    if (!self || yoke_rwlock_writer(l) != self->index) return fail(l, YOKE_EINVAL, NULL, what);
    return unlock(l, self, what);
}

/* ---- init, fini, who holds it ---- */

int yoke_rwlock_init(yoke_rwlock *l, const char *name, int rank) {
    if (rank < 0) return yoke_fail(YOKE_EINVAL, "read-write lock: rank %d is below 0", rank);
    *l = (yoke_rwlock)YOKE_RWLOCK_INIT(name, rank);
    yoke__order_forget(l);
    return YOKE_OK;
}

int yoke_rwlock_fini(yoke_rwlock *l) {
    if (!l) return YOKE_OK;
    yoke__graph_lock();
    bool waited = l->queue != NULL || l->writers != 0;
    unsigned ended = waited ? 0 : yoke__wait_take_all(l);
    uint32_t word = look(l); /* others may read at the same time: then the end is refused */
    for (; ended > 0; ended--) {
        while (!change(l, &word, without_one(word))) continue;
        word = look(l);
    }
    bool idle = !waited && look(l) == 0;
    yoke__graph_unlock();
    if (!idle)
        return fail(l, YOKE_EINVAL, NULL, waited ? "ended while others wait" : "ended while held");
    yoke__profile_drop(&l->profile);
    yoke__order_forget(l);
    return YOKE_OK;
}

int yoke_rwlock_writer(const yoke_rwlock *l) {
    uint32_t word = look(l);
    return word & WRITER ? (int)(word & COUNT) - 1 : -1;
}

unsigned yoke_rwlock_readers(const yoke_rwlock *l) {
    uint32_t word = look(l);
    return word & WRITER ? 0 : word & COUNT;
}

/* ---- profile ---- */

int yoke_rwlock_profile_start(yoke_rwlock *l, unsigned every) {
    return yoke__profile_start(&l->profile, "rwlock", l->name, every);
}

int yoke_rwlock_profile(const yoke_rwlock *l, yoke_lock_profile *profile) {
    return yoke__profile_read(&l->profile, profile);
}

int yoke_rwlock_profile_stop(yoke_rwlock *l) {
    YOKE_TRY(yoke_rwlock_write(l, YOKE_FOREVER));
    yoke_lock_profile last;
    bool on = yoke__profile_read(&l->profile, &last) == YOKE_OK;
    yoke__profile_drop(&l->profile);
    yoke_rwlock_write_unlock(l);
    return on ? YOKE_OK : yoke_fail(YOKE_EINVAL, "the lock has no profile");
}

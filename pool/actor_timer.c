/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages at a moment, once or again and again.
 *
 * A timer has one letter, which it puts into the control lane; when that is still there at the next
 * moment, this one is left out. So timers need no memory when they fire, and a slow actor is not
 * buried under ticks.
 *
 * References: one while it is in the heap or fires, one of its letter under way, one of the user.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/actor.h"

struct yoke_timer {
    yoke__timer base; /* first */
    letter letter;
    yoke_actor *to;
    yoke_timer *next, **at; /* in the list of the set; under its mutex */
    atomic_int refs;
    atomic_bool under_way; /* the letter is */
    int64_t period;        /* nanoseconds; 0: once */
    uint64_t fired;
    _Alignas(16) char data[];
};

static yoke__timers *timers_of(const yoke_timer *timer) { return &timer->to->set->pool->timers; }

static void unlink_timer(yoke_timer *timer) {
    pthread_mutex_lock(&timer->to->set->lock);
    if (timer->at) {
        *timer->at = timer->next;
        if (timer->next) timer->next->at = timer->at;
        timer->at = NULL;
    }
    pthread_mutex_unlock(&timer->to->set->lock);
}

static void release(yoke_timer *timer, int count) {
    if (atomic_fetch_sub(&timer->refs, count) > count) return;
    unlink_timer(timer);
    yoke__timers_unreserve(timers_of(timer));
    yoke_actor_release(timer->to);
    free(timer);
}

static void dispose(letter *l) {
    yoke_timer *timer = (yoke_timer *)((char *)l - offsetof(yoke_timer, letter));
    atomic_store(&timer->under_way, false);
    release(timer, 1);
}

/* Its actor has stopped when this fails. */
static bool send(yoke_timer *timer) {
    if (atomic_exchange(&timer->under_way, true)) return true;
    atomic_fetch_add(&timer->refs, 1);
    timer->letter.message.sequence = ++timer->fired;
    if (yoke__actor_send_part(timer->to, &timer->letter)) return true;
    yoke__actor_bury(timer->to, &timer->letter);
    return false;
}

/* The next moment of its period that is not past. */
static yoke_deadline next_moment(const yoke_timer *timer) {
    yoke_deadline now = yoke_deadline_in(0), at = timer->base.at;
    int64_t periods = now > at ? (now - at) / timer->period + 1 : 1;
    return periods < (YOKE_FOREVER - at) / timer->period ? at + periods * timer->period
                                                         : YOKE_FOREVER - 1;
}

static bool set(yoke_timer *timer, yoke_deadline at) {
    bool earliest;
    yoke_pool *pool = timer->to->set->pool;
    bool alive = yoke__timer_set(&pool->timers, &timer->base, at, &earliest);
    if (earliest && yoke_event_awaited(&pool->work)) yoke_event_wake_one(&pool->work);
    return alive;
}

static void fire(yoke__timer *base) {
    yoke_timer *timer = (yoke_timer *)base;
    bool again = send(timer) && timer->period;
    if (!again || !set(timer, next_moment(timer))) release(timer, 1);
}

void yoke_timer_cancel(yoke_timer *timer) {
    if (!timer || yoke__pool_check(timer->to->set->pool, "yoke_timer_cancel") < 0) return;
    release(timer, 1 + yoke__timer_kill(timers_of(timer), &timer->base));
}

/* A reference to a timer in the list, unless its last one is gone. Under the set's mutex. */
static bool retain_listed(yoke_timer *timer) {
    int refs = atomic_load(&timer->refs);
    while (refs > 0 && !atomic_compare_exchange_weak(&timer->refs, &refs, refs + 1)) {
    }
    return refs > 0;
}

void yoke__timers_cancel_all(yoke_actors *actors) {
    for (;;) {
        pthread_mutex_lock(&actors->lock);
        yoke_timer *timer = actors->timers;
        bool retained = timer && retain_listed(timer);
        if (timer) {
            actors->timers = timer->next;
            if (timer->next) timer->next->at = &actors->timers;
            timer->at = NULL;
        }
        pthread_mutex_unlock(&actors->lock);
        if (!timer) return;
        if (retained) yoke_timer_cancel(timer);
    }
}

/* At least 1. */
static int64_t to_nanoseconds(double seconds) {
    double span = seconds * 1e9;
    if (span < 1) return 1;
    return span < 9e18 ? (int64_t)span : INT64_MAX;
}

/* The reference is the heap's. */
static yoke_timer *make(yoke_actor *to, const void *data, size_t size, double period) {
    yoke_timer *timer = NULL;
    if (size <= SIZE_MAX - sizeof *timer) timer = malloc(sizeof *timer + size);
    if (!timer) return NULL;
    memset(timer, 0, sizeof *timer);
    if (size) memcpy(timer->data, data, size);
    timer->base.fire = fire;
    timer->letter.message = (yoke_message){.data = timer->data, .size = size};
    timer->letter.dispose = dispose;
    timer->letter.place = IN_PART;
    timer->letter.numbered = true;
    timer->period = period > 0 ? to_nanoseconds(period) : 0;
    timer->to = yoke_actor_retain(to);
    atomic_init(&timer->refs, 1);
    return timer;
}

/* Among the set's, which cancels them at its end. */
static int enter(yoke_timer *timer) {
    yoke_actors *actors = timer->to->set;
    timer->letter.message.sender = yoke__key_next(actors, yoke__actor_here());
    pthread_mutex_lock(&actors->lock);
    bool closing = atomic_load(&actors->closing);
    if (!closing) {
        timer->next = actors->timers;
        timer->at = &actors->timers;
        if (timer->next) timer->next->at = &timer->next;
        actors->timers = timer;
    }
    pthread_mutex_unlock(&actors->lock);
    return closing ? yoke_fail(YOKE_ECLOSED, "the actors are being destroyed") : YOKE_OK;
}

static int start(yoke_actor *to, const void *data, size_t size, double seconds, double period,
                 yoke_timer **handle) {
    if (atomic_load(&to->word) & ACTOR_CLOSED) return yoke__actor_refuse(to);
    YOKE_TRY(yoke__pool_check(to->set->pool, "yoke_actor_send_after"));
    YOKE_TRY(yoke__timers_reserve(&to->set->pool->timers));
    yoke_timer *timer = make(to, data, size, period);
    if (!timer) {
        yoke__timers_unreserve(&to->set->pool->timers);
        return yoke_fail(YOKE_ENOMEM, "no memory for a timer of %zu bytes", size);
    }
    int status = enter(timer);
    if (status < 0) {
        release(timer, 1);
        return status;
    }
    if (handle) {
        atomic_fetch_add(&timer->refs, 1);
        *handle = timer;
    }
    if (!set(timer, yoke_deadline_in(seconds))) release(timer, 1); /* the set is being destroyed */
    return YOKE_OK;
}

int yoke_actor_send_after(yoke_actor *to, const void *data, size_t size, double seconds,
                          yoke_timer **timer) {
    if (!(seconds >= 0)) return yoke_fail(YOKE_EINVAL, "a timer after %g seconds", seconds);
    return start(to, data, size, seconds, 0, timer);
}

int yoke_actor_send_every(yoke_actor *to, const void *data, size_t size, double seconds,
                          yoke_timer **timer) {
    if (!(seconds > 0)) return yoke_fail(YOKE_EINVAL, "a timer every %g seconds", seconds);
    return start(to, data, size, seconds, seconds, timer);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The wait-for graph: registering, the search for waits that never end, queues and permits. The
 * argument for the search is in the header.
 *
 * The search first collects the waits that are reachable, in order of discovery, and then removes
 * those that can go on, last found first, until nothing changes. A chain of waits is found from its
 * beginning and so dissolves in one pass. Usually the owner is not waiting and the search ends with
 * its first look.
 */
#include "runtime/waitfor.h"

#include <pthread.h>
#include <stdio.h>

#include "runtime/park.h"
#include "runtime/region.h"
#include "runtime/text.h"
#include "yoke/lock.h"

static pthread_mutex_t graph = PTHREAD_MUTEX_INITIALIZER;
static uint64_t round_now; /* number of the search, under the mutex */

void yoke__graph_lock(void) { pthread_mutex_lock(&graph); }
void yoke__graph_unlock(void) { pthread_mutex_unlock(&graph); }

/* ---- the search ---- */

typedef struct search {
    yoke__waiting *last; /* found last */
    yoke_deadline now;
} search;

static bool is_over(const yoke__wait *wait, yoke_deadline now) {
    return wait->deadline != YOKE_FOREVER && wait->deadline <= now;
}

static void find(search *s, yoke__waiting *thread) {
    if (!thread->wait || is_over(thread->wait, s->now) || thread->round == round_now) return;
    thread->round = round_now;
    thread->stuck = true;
    thread->later = NULL;
    thread->earlier = s->last;
    if (s->last) s->last->later = thread;
    s->last = thread;
}

static void collect(search *s, yoke__waiting *first) {
    round_now++;
    find(s, first);
    for (yoke__waiting *thread = s->last; thread; thread = thread->later) {
        const yoke__wait *wait = thread->wait;
        for (int i = -1; (i = wait->next_owner(wait, i)) >= 0;)
            find(s, &yoke__thread_at(i)->waiting);
    }
}

/* Whether the thread waits for some that is stuck, or for any of several that all are. Notes one of
 * them. */
static bool still_stuck(yoke__waiting *thread) {
    const yoke__wait *wait = thread->wait;
    bool stuck = false;
    for (int i = -1; (i = wait->next_owner(wait, i)) >= 0;) {
        yoke__waiting *owner = &yoke__thread_at(i)->waiting;
        stuck = owner->round == round_now && owner->stuck;
        if (stuck) thread->toward = owner;
        if (stuck != wait->any) break;
    }
    return stuck;
}

static bool never_ends(yoke__wait *wait) {
    search s = {NULL, wait->since};
    yoke__waiting *first = &wait->thread->waiting;
    first->stuck = false; /* and not even found when its own deadline is over */
    collect(&s, first);
    for (bool changed = true; changed && first->stuck;) {
        changed = false;
        for (yoke__waiting *thread = s.last; thread; thread = thread->earlier) {
            if (!thread->stuck || still_stuck(thread)) continue;
            thread->stuck = false;
            changed = true;
        }
    }
    return first->stuck;
}

/* ---- what it found, in words ---- */

void yoke__wait_describe(yoke__text *text, const yoke__wait *wait) {
    yoke__text_add(text, "thread %d waits %s ", wait->thread->index, wait->what);
    yoke__text_name(text, wait->name, wait->object);
    yoke__text_add(text, " at %s", wait->site);
    if (wait->deadline != YOKE_FOREVER) yoke__text_add(text, " (until a deadline)");
}

/* "held by thread 1 since f.c:3". The owner waits or has ended, or only owner_site is read. */
static void describe_owner(yoke__text *text, const yoke__wait *wait, yoke__thread *owner) {
    const yoke__waiting *of = &owner->waiting;
    const yoke__held *held =
        of->wait || of->ended ? yoke__held_find(&owner->holds, wait->object) : NULL;
    const char *site = held ? held->site : NULL;
    /* relaxed: pairs with the store of whoever takes the object; a text that lasts. */
    if (!of->wait && !of->ended && wait->owner_site)
        site = __atomic_load_n(wait->owner_site, __ATOMIC_RELAXED);
    if (held && owner == wait->thread)
        yoke__text_add(text, "held by itself since %s", site);
    else if (site)
        yoke__text_add(text, "held by thread %d since %s", owner->index, site);
    else if (of->wait && of->wait->object == wait->object)
        yoke__text_add(text, "behind thread %d", owner->index);
    else
        yoke__text_add(text, "for thread %d", owner->index);
    if (of->ended) yoke__text_add(text, ", which has ended");
}

static yoke__thread *thread_of(yoke__waiting *waiting) {
    return (yoke__thread *)((char *)waiting - offsetof(yoke__thread, waiting));
}

/* Follows the threads that were noted, from the first until one comes again. */
static void describe_deadlock(yoke__text *text, const yoke__wait *first) {
    yoke__waiting *begin = &first->thread->waiting, *at = begin;
    size_t count = 0;
    for (; at->stuck; at = at->toward) at->stuck = false, count++;
    yoke__text_add(text, "deadlock of %zu thread%s", count, count == 1 ? "" : "s");
    at = begin;
    for (size_t i = 0; i < count; i++, at = at->toward) {
        yoke__text_add(text, i == 0 ? ": " : "; ");
        yoke__wait_describe(text, at->wait);
        yoke__text_add(text, ", ");
        describe_owner(text, at->wait, thread_of(at->toward));
    }
}

static yoke__thread *ended_owner(const yoke__wait *wait) {
    for (int i = -1; (i = wait->next_owner(wait, i)) >= 0;) {
        if (yoke__thread_at(i)->waiting.ended) return yoke__thread_at(i);
    }
    return NULL;
}

/* ---- registering ---- */

static int refuse(yoke__wait *wait, const char *detail) {
    wait->thread->waiting.wait = NULL;
    return yoke_fail(YOKE_EDEADLK, "%s", detail);
}

static void enter(yoke__wait *wait) {
    yoke__waiting *self = &yoke__thread_record->waiting;
    wait->thread = yoke__thread_record;
    wait->since = yoke_deadline_in(0);
    wait->before = wait->behind = NULL;
    self->wait = wait;
    /* relaxed: nobody looks before this thread is found in the graph or a queue, which the mutex
     * orders. */
    __atomic_store_n(&self->permit, YOKE__WAKE_NONE, __ATOMIC_RELAXED);
}

/* Makes a thread that sleeps begin its wait again. */
static void rouse(yoke__waiting *waiting) {
    /* relaxed: the thread takes the mutex before it looks at anything. */
    __atomic_store_n(&waiting->permit, YOKE__WAKE_CHECK, __ATOMIC_RELAXED);
    yoke__unpark(&waiting->permit, 1);
}

void yoke__wait_rouse(yoke__wait *wait) { rouse(&wait->thread->waiting); }

void yoke__wait_begin_firmly(yoke__wait *wait) {
    enter(wait);
    if (!never_ends(wait)) return;
    yoke__waiting *self = &wait->thread->waiting, *at = self;
    for (; at->stuck; at = at->toward) {
        at->stuck = false;
        if (at != self) rouse(at);
    }
}

int yoke__wait_begin(yoke__wait *wait) {
    char detail[1024];
    yoke__text text = {detail, sizeof detail, 0};
    enter(wait);
    yoke__thread *ended = ended_owner(wait);
    if (ended && !wait->any) {
        yoke__wait_describe(&text, wait);
        yoke__text_add(&text, ", ");
        describe_owner(&text, wait, ended);
        return refuse(wait, detail);
    }
    if (!never_ends(wait)) return YOKE_OK;
    describe_deadlock(&text, wait);
    return refuse(wait, detail);
}

int yoke__wait_begin_again(yoke__wait *wait) {
    char detail[1024];
    yoke__text text = {detail, sizeof detail, 0};
    yoke_deadline since = wait->since;
    /* relaxed: as in enter. */
    __atomic_store_n(&wait->thread->waiting.permit, YOKE__WAKE_NONE, __ATOMIC_RELAXED);
    wait->since = yoke_deadline_in(0); /* so that deadlines are judged by now */
    bool stuck = never_ends(wait);
    wait->since = since;
    if (!stuck) return YOKE_OK;
    describe_deadlock(&text, wait);
    return refuse(wait, detail);
}

void yoke__wait_rouse_if_stuck(yoke__wait *wait) {
    if (never_ends(wait)) rouse(&wait->thread->waiting);
}

void yoke__wait_end(yoke__wait *wait) { wait->thread->waiting.wait = NULL; }

void yoke__graph_forget_others(void) {
    int limit = yoke__thread_limit();
    for (int i = 0; i < limit; i++) {
        if (yoke__thread_at(i) != yoke__thread_record) yoke__thread_at(i)->waiting.wait = NULL;
    }
}

int yoke__wait_next_holder(const yoke__wait *wait, int after) {
    int limit = yoke__thread_limit();
    for (int i = after + 1; i < limit; i++) {
        yoke__thread *thread = yoke__thread_at(i);
        if (!thread->waiting.wait && !thread->waiting.ended) continue;
        if (yoke__held_find(&thread->holds, wait->object)) return i;
    }
    return -1;
}

/* ---- queues: rings, the head points to the first ---- */

void yoke__wait_push(void **queue, yoke__wait *wait, bool in_front) {
    yoke__wait *first = *queue;
    if (!first) {
        wait->before = wait->behind = wait;
    } else {
        wait->before = first->before;
        wait->behind = first;
        wait->before->behind = first->before = wait;
    }
    if (!first || in_front) *queue = wait;
}

void yoke__wait_remove(void **queue, yoke__wait *wait) {
    if (*queue == wait) *queue = wait->behind == wait ? NULL : wait->behind;
    wait->before->behind = wait->behind;
    wait->behind->before = wait->before;
    wait->before = wait->behind = NULL;
}

yoke__wait *yoke__wait_grant(void **queue, yoke__wait *wait, yoke__wait *chain) {
    yoke__wait_remove(queue, wait);
    yoke__wait_end(wait);
    wait->behind = chain;
    return wait;
}

/* ---- sleep ---- */

void yoke__wait_wake(yoke__wait *chain) {
    while (chain) {
        yoke__wait *next = chain->behind;
        uint32_t *permit = &chain->thread->waiting.permit;
        /* release: what was done with the wait lies before; pairs with the acquire in
         * yoke__wait_sleep, after which the wait's memory is used for something else. */
        __atomic_store_n(permit, YOKE__WAKE_GRANTED, __ATOMIC_RELEASE);
        yoke__unpark(permit,
                     1); /* records stay, so at worst this wakes a later sleep for nothing */
        chain = next;
    }
}

yoke__wake yoke__wait_sleep(yoke__wait *wait) {
    YOKE__WAIT_REGION(wait->what); /* a literal; who makes it up is in a region of its own by now */
    uint32_t *permit = &wait->thread->waiting.permit;
    for (;;) {
        /* acquire: see yoke__wait_wake. */
        uint32_t wake = __atomic_load_n(permit, __ATOMIC_ACQUIRE);
        if (wake != YOKE__WAKE_NONE) return (yoke__wake)wake;
        if (yoke__park(permit, wake, wait->deadline) == YOKE_ETIMEDOUT) return YOKE__WAKE_TIMEOUT;
    }
}

void yoke__wait_let_go(yoke__wait *wait) {
    uint32_t *permit = &wait->thread->waiting.permit;
    for (;;) {
        /* acquire: see yoke__wait_wake. */
        uint32_t wake = __atomic_load_n(permit, __ATOMIC_ACQUIRE);
        if (wake == YOKE__WAKE_GRANTED) return;
        yoke__park(permit, wake, YOKE_FOREVER);
    }
}

/* ---- threads that end ---- */

static void wake_those_behind(const yoke__thread *ended) {
    int limit = yoke__thread_limit();
    for (int i = 0; i < limit; i++) {
        yoke__thread *thread = yoke__thread_at(i);
        const yoke__wait *wait = thread->waiting.wait;
        if (!wait || !yoke__held_find(&ended->holds, wait->object)) continue;
        rouse(&thread->waiting);
    }
}

void yoke__wait_ended(yoke__thread *thread) {
    yoke__graph_lock();
    thread->waiting.ended = true;
    wake_those_behind(thread);
    yoke__graph_unlock();
}

bool yoke__wait_take_from_ended(yoke__thread *thread, const void *object) {
    if (!thread->waiting.ended || !yoke__held_pop(&thread->holds, object)) return false;
    if (yoke__held_any(&thread->holds)) return true;
    thread->waiting.ended = false;
    yoke__thread_free(thread);
    return true;
}

unsigned yoke__wait_take_all(const void *object) {
    int limit = yoke__thread_limit();
    unsigned count = 0;
    for (int i = 0; i < limit; i++) {
        while (yoke__wait_take_from_ended(yoke__thread_at(i), object)) count++;
    }
    return count;
}

/* ---- who waits for whom ---- */

static void describe_wait(yoke__text *text, const yoke__wait *wait, yoke_deadline now) {
    yoke__wait_describe(text, wait);
    yoke__text_add(text, " for %.3f s", (double)(now - wait->since) * 1e-9);
    for (int i = -1; (i = wait->next_owner(wait, i)) >= 0;) {
        yoke__text_add(text, ", ");
        describe_owner(text, wait, yoke__thread_at(i));
    }
    yoke__text_add(text, "\n");
}

size_t yoke_waits_write(char *text, size_t size) {
    yoke__text out = {text, size, 0};
    yoke__graph_lock();
    yoke_deadline now = yoke_deadline_in(0);
    int limit = yoke__thread_limit();
    for (int i = 0; i < limit; i++) {
        const yoke__wait *wait = yoke__thread_at(i)->waiting.wait;
        if (wait) describe_wait(&out, wait, now);
    }
    yoke__graph_unlock();
    if (size > 0 && out.length == 0) *text = '\0';
    return out.length;
}

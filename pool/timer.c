/* SPDX-License-Identifier: Apache-2.0
 *
 * The heap of a pool's timers, and its watch.
 */
#include "pool/timer.h"

#include <stdlib.h>

void yoke__timers_init(yoke__timers *timers) {
    *timers = (yoke__timers){.alarm = YOKE_FOREVER, .watched = YOKE_FOREVER};
    pthread_mutex_init(&timers->lock, NULL);
}

void yoke__timers_fini(yoke__timers *timers) {
    free(timers->heap);
    pthread_mutex_destroy(&timers->lock);
}

static int grow(yoke__timers *timers) {
    size_t room = timers->room ? 2 * timers->room : 16;
    yoke__timer **heap = realloc(timers->heap, (room + 1) * sizeof *heap);
    if (!heap) return yoke_fail(YOKE_ENOMEM, "no memory for %zu timers", room);
    timers->heap = heap;
    timers->room = room;
    return YOKE_OK;
}

int yoke__timers_reserve(yoke__timers *timers) {
    pthread_mutex_lock(&timers->lock);
    int status = timers->reserved == timers->room ? grow(timers) : YOKE_OK;
    if (status >= 0) timers->reserved++;
    pthread_mutex_unlock(&timers->lock);
    return status;
}

void yoke__timers_unreserve(yoke__timers *timers) {
    pthread_mutex_lock(&timers->lock);
    timers->reserved--;
    pthread_mutex_unlock(&timers->lock);
}

/* ---- the heap, under the lock ---- */

static void put(yoke__timers *timers, yoke__timer *timer, size_t place) {
    timers->heap[place] = timer;
    timer->place = place;
}

/* Finds a place for the timer on the way from `hole`, which is free, to the top. */
static void rise(yoke__timers *timers, yoke__timer *timer, size_t hole) {
    for (; hole > 1 && timers->heap[hole / 2]->at > timer->at; hole /= 2)
        put(timers, timers->heap[hole / 2], hole);
    put(timers, timer, hole);
}

static void sink(yoke__timers *timers, yoke__timer *timer, size_t hole) {
    for (size_t child; (child = 2 * hole) <= timers->count; hole = child) {
        if (child < timers->count && timers->heap[child + 1]->at < timers->heap[child]->at) child++;
        if (timers->heap[child]->at >= timer->at) break;
        put(timers, timers->heap[child], hole);
    }
    put(timers, timer, hole);
}

static void take_out(yoke__timers *timers, yoke__timer *timer) {
    size_t hole = timer->place;
    yoke__timer *last = timers->heap[timers->count--];
    timer->place = 0;
    if (last == timer) return;
    if (hole > 1 && timers->heap[hole / 2]->at > last->at)
        rise(timers, last, hole);
    else
        sink(timers, last, hole);
}

/* True: the alarm is earlier than it was. */
static bool set_alarm(yoke__timers *timers) {
    yoke_deadline at = timers->count ? timers->heap[1]->at : YOKE_FOREVER;
    return atomic_exchange(&timers->alarm, at) > at;
}

bool yoke__timer_set(yoke__timers *timers, yoke__timer *timer, yoke_deadline at, bool *earliest) {
    *earliest = false;
    pthread_mutex_lock(&timers->lock);
    bool alive = !timer->dead;
    timer->at = at;
    if (alive) {
        rise(timers, timer, ++timers->count);
        *earliest = set_alarm(timers);
    }
    pthread_mutex_unlock(&timers->lock);
    return alive;
}

bool yoke__timer_kill(yoke__timers *timers, yoke__timer *timer) {
    pthread_mutex_lock(&timers->lock);
    bool in = timer->place != 0;
    timer->dead = true;
    if (in) take_out(timers, timer);
    set_alarm(timers);
    pthread_mutex_unlock(&timers->lock);
    return in;
}

/* Those that are due, in the order of their moments. */
static yoke__timer *take_due(yoke__timers *timers) {
    yoke__timer *first = NULL, **end = &first;
    pthread_mutex_lock(&timers->lock);
    while (timers->count && yoke_deadline_passed(timers->heap[1]->at)) {
        *end = timers->heap[1];
        take_out(timers, *end);
        end = &(*end)->next;
    }
    *end = NULL;
    set_alarm(timers);
    pthread_mutex_unlock(&timers->lock);
    return first;
}

void yoke__timers_fire(yoke__timers *timers) {
    if (!yoke_deadline_passed(atomic_load(&timers->alarm))) return;
    yoke__timer *due = take_due(timers);
    while (due) {
        yoke__timer *timer = due;
        due = timer->next;
        timer->fire(timer);
    }
}

/* ---- the watch ---- */

yoke_deadline yoke__timers_watch(yoke__timers *timers) {
    yoke_deadline alarm = atomic_load(&timers->alarm), watched = atomic_load(&timers->watched);
    while (alarm < watched) {
        if (atomic_compare_exchange_weak(&timers->watched, &watched, alarm)) return alarm;
    }
    return YOKE_FOREVER;
}

void yoke__timers_unwatch(yoke__timers *timers, yoke_deadline until) {
    if (until != YOKE_FOREVER)
        atomic_compare_exchange_strong(&timers->watched, &until, YOKE_FOREVER);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The look-out for stages that stall: a thread of its own, as all workers may be inside of stages.
 * It costs the workers nothing. A visit that begins while it sleeps cannot stall before the oldest
 * that was there would, nor, if there was none, before it wakes; so nobody has to wake it.
 */
#include <errno.h>
#include <time.h>

#include "pipeline/flow.h"
#include "runtime/text.h"
#include "runtime/thread_start.h"
#include "yoke/lock.h"

enum { LEAST_SLEEP = 1000000, SECOND = 1000000000 }; /* nanoseconds */

static int64_t stall_of(const yoke__pipeline *p) {
    double nanoseconds = p->options.stall * SECOND;
    return nanoseconds < 9e18 ? (int64_t)nanoseconds : INT64_MAX;
}

static int64_t later(int64_t time, int64_t span) {
    return time <= INT64_MAX - span ? time + span : INT64_MAX;
}

/* The visit that has lasted longest and was not told of. NULL: none. */
static yoke__hand *oldest_visit(const yoke__pipeline *p) {
    yoke__hand *oldest = NULL;
    for (int i = 0; i < p->workers; i++) {
        yoke__hand *h = &p->hands[i];
        if (h->token && !h->told && (!oldest || h->began < oldest->began)) oldest = h;
    }
    return oldest;
}

static void describe(const yoke__pipeline *p, const yoke__hand *h, int64_t now, yoke__text *text) {
    yoke__text_add(text,
                   "pipeline '%s': stage '%s' has worked on batch %llu for %.3g s on thread %d\n",
                   p->options.name, h->station->stage->name, (unsigned long long)h->token->number,
                   (double)(now - h->began) / SECOND, h->thread - 1);
}

/* Tells of the visit, without the lock. */
static void tell(yoke__pipeline *p, yoke__hand *h, int64_t now) {
    char words[4096];
    yoke__text text = {words, sizeof words, 0};
    describe(p, h, now, &text);
    h->told = true;
    pthread_mutex_unlock(&p->lock);
    size_t used = text.length < sizeof words ? text.length : sizeof words - 1;
    yoke_waits_write(words + used, sizeof words - used);
    p->options.stalled(words, p->options.stalled_ctx);
    pthread_mutex_lock(&p->lock);
}

static void sleep_until(yoke__pipeline *p, int64_t time) {
    struct timespec until = {.tv_sec = time / SECOND, .tv_nsec = time % SECOND};
    pthread_cond_timedwait(&p->look_again, &p->lock, &until);
}

static void *look_out(void *ctx) {
    yoke__pipeline *p = ctx;
    int64_t stall = stall_of(p);
    pthread_mutex_lock(&p->lock);
    while (!p->looked) {
        int64_t now = p->now(p->now_ctx), soon = later(now, LEAST_SLEEP);
        yoke__hand *h = oldest_visit(p);
        int64_t next = later(h ? h->began : now, stall);
        if (h && next <= now)
            tell(p, h, now);
        else
            sleep_until(p, next > soon ? next : soon);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

int yoke__look_out_start(yoke__pipeline *p) {
    if (!p->options.stalled || !(p->options.stall > 0)) return YOKE_OK;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&p->look_again, &clock);
    pthread_condattr_destroy(&clock);
    errno = yoke__thread_start(&p->look_out, look_out, p);
    p->looks_out = errno == 0;
    if (p->looks_out) return YOKE_OK;
    pthread_cond_destroy(&p->look_again);
    return yoke_fail(YOKE_EIO, "%s: no thread can be started: %m", p->options.name);
}

void yoke__look_out_end(yoke__pipeline *p) {
    if (!p->looks_out) return;
    pthread_mutex_lock(&p->lock);
    p->looked = true;
    pthread_cond_signal(&p->look_again);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->look_out, NULL);
    pthread_cond_destroy(&p->look_again);
}

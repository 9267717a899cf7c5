/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of waits: threads that hold what they are told to, and waiting until others wait.
 */
#ifndef YOKE_TESTS_WAITING_H
#define YOKE_TESTS_WAITING_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/lock.h"

/* How many threads wait in yoke now. */
static inline int count_waits(void) {
    char text[65536];
    size_t length = yoke_waits_write(text, sizeof text);
    int lines = 0;
    for (const char *at = text; length && (at = strchr(at, '\n')); at++) lines++;
    return lines;
}

static inline void await_waits(int count) {
    while (count_waits() < count) sched_yield();
}

/* Returns when the waits show this text (yoke_waits_write). */
static inline void await_shown(const char *what) {
    char text[65536] = "";
    while (!strstr(text, what)) {
        sched_yield();
        yoke_waits_write(text, sizeof text);
    }
}

/* A thread that takes `first` (NULL: nothing), and keeps it until it is told to go on: then, when
 * `then` is set, it waits for that, notes how it went, and releases both. */
typedef struct helper {
    yoke_mutex *first, *then;
    pthread_t id;
    int index;
    int status; /* of `then` */
    char detail[1024];
    int go_when_awaited; /* goes on once some thread waits */
    atomic_int ready, go;
} helper;

static inline void *helper_run(void *ctx) {
    helper *h = ctx;
    h->index = yoke_thread_index();
    if (h->first && yoke_mutex_lock_at(h->first, YOKE_FOREVER, "helper:1") != YOKE_OK) abort();
    atomic_store(&h->ready, 1);
    while (!atomic_load(&h->go)) sched_yield();
    if (h->go_when_awaited) await_waits(1);
    if (h->then) {
        h->status = yoke_mutex_lock_at(h->then, YOKE_FOREVER, "helper:2");
        if (h->status == YOKE_OK)
            yoke_mutex_unlock(h->then);
        else
            snprintf(h->detail, sizeof h->detail, "%s", yoke_error_detail());
    }
    if (h->first) yoke_mutex_unlock(h->first);
    return NULL;
}

/* Returns when the helper holds `first`. */
static inline void helper_hold(helper *h) {
    yoke_thread_index(); /* the caller's is the lower one */
    if (pthread_create(&h->id, NULL, helper_run, h) != 0) abort();
    while (!atomic_load(&h->ready)) sched_yield();
}

static inline void helper_go(helper *h) { atomic_store(&h->go, 1); }
static inline void helper_join(helper *h) { pthread_join(h->id, NULL); }
static inline void helper_end(helper *h) {
    helper_go(h);
    helper_join(h);
}

#endif

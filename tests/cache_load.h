/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of get_or_load: loaders that follow a script and stop at gates which the test opens,
 * and calls in threads of their own, so that nothing depends on time.
 */
#ifndef YOKE_TESTS_CACHE_LOAD_H
#define YOKE_TESTS_CACHE_LOAD_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cache_use.h"

/* What a loader does, and has done. */
typedef struct script {
    atomic_int calls, entered;
    atomic_int gate; /* the loader waits while it is 0 */
    int status;      /* what it returns */
    const char *text;
    double ttl;
    yoke_cache *cache; /* for loaders that use it */
} script;

static inline int load_text(const void *key, size_t key_size, yoke_cache_item *item, void *ctx) {
    script *s = ctx;
    (void)key, (void)key_size;
    int call = atomic_fetch_add(&s->calls, 1);
    atomic_fetch_add(&s->entered, 1);
    while (!atomic_load(&s->gate)) sched_yield();
    if (s->status < 0) return yoke_fail(s->status, "call %d failed", call);
    item->data = strdup(s->text);
    item->size = strlen(s->text);
    item->ttl = s->ttl;
    return item->data ? s->status : YOKE_ENOMEM;
}

static inline int get_text(yoke_cache *cache, const char *key, script *s, yoke_deadline deadline,
                           yoke_cache_value *value) {
    return yoke_cache_get_or_load(cache, key, strlen(key), load_text, s, deadline, value);
}

static inline bool is(const yoke_cache_value *value, const char *text) {
    return value->size == strlen(text) && !memcmp(value->data, text, value->size);
}

/* Asks, and compares with what is expected; the value is released. */
static inline void expect(yoke_cache *cache, const char *key, script *s, int status,
                          const char *text) {
    yoke_cache_value value = {0};
    CU_ASSERT_EQUAL(get_text(cache, key, s, YOKE_FOREVER, &value), status);
    if (status >= 0) CU_ASSERT(is(&value, text));
    yoke_cache_release(&value);
    CU_ASSERT(value.entry == NULL && value.data == NULL);
}

/* A call in a thread of its own. */
typedef struct call {
    yoke_cache *cache;
    const char *key;
    script *script;
    yoke_deadline deadline;
    pthread_t thread;
    int status;
    yoke_cache_value value;
    char detail[200];
} call;

static inline void *run_call(void *arg) {
    call *c = arg;
    c->status = get_text(c->cache, c->key, c->script, c->deadline, &c->value);
    if (c->status < 0) snprintf(c->detail, sizeof c->detail, "%s", yoke_error_detail());
    return NULL;
}

static inline void start(call *c, yoke_cache *cache, const char *key, script *s,
                         yoke_deadline deadline) {
    *c = (call){.cache = cache, .key = key, .script = s, .deadline = deadline};
    REQUIRE(pthread_create(&c->thread, NULL, run_call, c) == 0);
}

static inline void finish(call *c) {
    pthread_join(c->thread, NULL);
    yoke_cache_release(&c->value);
}

static inline void until_entered(script *s, int calls) {
    while (atomic_load(&s->entered) < calls) sched_yield();
}

static inline void until_waiting(yoke_cache *cache, uint64_t waits) {
    while (stats_of(cache).waits < waits) sched_yield();
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects that know whether they are alive, for the tests of reclamation: a released one is marked
 * dead and kept until the end, so that reading it is no crash but a failure that is counted.
 */
#ifndef YOKE_TESTS_RECLAIM_OBJECTS_H
#define YOKE_TESTS_RECLAIM_OBJECTS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "yoke/reclaim.h"

enum { ALIVE = 0x600DF00D, DEAD = 0x0BADF00D };

typedef struct object {
    yoke_reclaim_node node;
    unsigned state; /* written by release: no atomic, so that ThreadSanitizer watches */
    uint64_t value;
    struct object *below; /* in stacks and chains */
    struct object *grave;
} object;

static atomic_long made, released, failures;
static _Atomic(object *) graveyard;

static __attribute__((unused)) void expect(bool condition) {
    atomic_fetch_add(&failures, !condition);
}

/* Sanitizers watch freed memory themselves; otherwise dead objects stay readable to the end. */
static __attribute__((unused)) void bury(object *dead) {
    if (test_size(0, 1)) {
        free(dead);
        return;
    }
    dead->grave = atomic_load(&graveyard);
    while (!atomic_compare_exchange_weak(&graveyard, &dead->grave, dead)) {
    }
}

static __attribute__((unused)) void release(yoke_reclaim_node *node, void *ctx) {
    object *dead = (object *)node;
    expect(dead->state == ALIVE && ctx == &made);
    dead->state = DEAD;
    atomic_fetch_add(&released, 1);
    bury(dead);
}

static __attribute__((unused)) object *make(uint64_t value) {
    object *new = malloc(sizeof *new);
    if (!new) abort();
    *new = (object){.node = {.bytes = sizeof *new, .release = release, .ctx = &made},
                    .state = ALIVE,
                    .value = value};
    yoke_reclaim_born(&new->node);
    atomic_fetch_add(&made, 1);
    return new;
}

static __attribute__((unused)) object *load(object *const *where) {
    return yoke_reclaim_load((void *const *)where);
}

static __attribute__((unused)) yoke_reclaim *create(size_t objects) {
    yoke_reclaim_options options = {.objects = objects};
    yoke_reclaim *domain = NULL;
    REQUIRE(yoke_reclaim_create(&options, &domain) == YOKE_OK);
    return domain;
}

static __attribute__((unused)) size_t pending(yoke_reclaim *domain) {
    yoke_reclaim_stats stats;
    yoke_reclaim_get_stats(domain, &stats);
    return stats.objects;
}

/* Everything made was released, once, and nothing went wrong on the way. */
static __attribute__((unused)) void finish(yoke_reclaim *domain) {
    yoke_reclaim_destroy(domain);
    CU_ASSERT_EQUAL(atomic_load(&released), atomic_load(&made));
    CU_ASSERT_EQUAL(atomic_load(&failures), 0);
    for (object *dead = atomic_load(&graveyard), *next; dead; dead = next) {
        next = dead->grave;
        free(dead);
    }
    atomic_store(&graveyard, NULL);
}

/* ---- threads ---- */

static __attribute__((unused)) void run(int count, void *(*body)(void *), void *ctx) {
    pthread_t threads[256];
    REQUIRE(count <= 256);
    for (int i = 0; i < count; i++) REQUIRE(!pthread_create(&threads[i], NULL, body, ctx));
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

/* A thread that goes into a section, loads `where`, and stays until it is told to go on. */
typedef struct staller {
    object **where;
    object *found;
    bool quits; /* ends in the section */
    int index;
    sem_t in, out;
    pthread_t thread;
} staller;

static __attribute__((unused)) void *stall(void *ctx) {
    staller *s = ctx;
    expect(yoke_reclaim_enter() == YOKE_OK);
    s->index = yoke_thread_index();
    s->found = load(s->where);
    sem_post(&s->in);
    while (sem_wait(&s->out)) {
    }
    if (s->found) expect(s->found->state == ALIVE);
    if (!s->quits) yoke_reclaim_leave();
    return NULL;
}

static __attribute__((unused)) void start_staller(staller *s, object **where) {
    s->where = where;
    sem_init(&s->in, 0, 0);
    sem_init(&s->out, 0, 0);
    REQUIRE(!pthread_create(&s->thread, NULL, stall, s));
    while (sem_wait(&s->in)) {
    }
}

static __attribute__((unused)) void stop_staller(staller *s) {
    sem_post(&s->out);
    pthread_join(s->thread, NULL);
    sem_destroy(&s->in);
    sem_destroy(&s->out);
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the suites of actors share.
 */
#ifndef YOKE_TESTS_ACTOR_USE_H
#define YOKE_TESTS_ACTOR_USE_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness.h"
#include "yoke/actor.h"

typedef struct world {
    yoke_pool *pool;
    yoke_actors *actors;
} world;

static inline world make_world(int workers, const yoke_actors_options *options) {
    world w = {NULL, NULL};
    yoke_pool_options of = {.workers = workers};
    REQUIRE(yoke_pool_create(&of, &w.pool) == YOKE_OK);
    REQUIRE(yoke_actors_create(w.pool, options, &w.actors) == YOKE_OK);
    return w;
}

static inline void end_world(world *w) {
    yoke_actors_destroy(w->actors);
    yoke_pool_destroy(w->pool);
}

static inline yoke_actor *spawn(world *w, yoke_actor_fn *behaviour, yoke_actor_options options) {
    yoke_actor *actor = NULL;
    REQUIRE(yoke_actor_spawn(w->actors, behaviour, &options, &actor) == YOKE_OK);
    return actor;
}

static inline void await(const atomic_int *what, int value) {
    while (atomic_load(what) < value) sched_yield();
}

static inline int quiet(world *w) { return yoke_actors_wait(w->actors, YOKE_FOREVER); }

/* Where an actor sends to. */
typedef struct hop {
    yoke_actor *next;
    atomic_int *ends;
} hop;

/* A gate, which holds an actor in its behaviour. */
typedef struct gate {
    atomic_int entered, open;
} gate;
typedef struct ticket {
    gate *gate;
} ticket;

static inline int pass_gate(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    gate *g = ((const ticket *)message->data)->gate;
    if (!g) return YOKE_OK;
    atomic_fetch_add(&g->entered, 1);
    await(&g->open, 1);
    return YOKE_OK;
}

static inline void shut(yoke_actor *actor, gate *g) {
    CU_ASSERT_EQUAL(yoke_actor_send(actor, &(ticket){g}, sizeof(ticket), YOKE_FOREVER), YOKE_OK);
    await(&g->entered, 1);
}

/* ---- one credit each ---- */

static inline int send_back(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    if (message->size) *(hop *)state = *(const hop *)message->data;
    return message->size ? YOKE_OK : yoke_actor_send(((hop *)state)->next, NULL, 0, YOKE_FOREVER);
}

/* `asker` is told of a hop, and at a message of one byte waits for an answer of its actor, which
 * before sends it a message. */
static inline void check_credit_is_given_back(yoke_actor_fn *asker, int workers) {
    world w = make_world(workers, NULL);
    yoke_actor_options one = {.state_size = sizeof(hop), .credits = 1};
    yoke_actor *first = spawn(&w, asker, one), *second = spawn(&w, send_back, one);
    yoke_actor_send_control(first, &(hop){second, NULL}, sizeof(hop));
    yoke_actor_send_control(second, &(hop){first, NULL}, sizeof(hop));
    CU_ASSERT_EQUAL(yoke_actor_ask(first, "x", 1, NULL, NULL, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_figures(first).handled, 3);
    yoke_actor_release(first);
    yoke_actor_release(second);
    end_world(&w);
}

#endif

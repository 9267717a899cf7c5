/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors that fail: restarted, resumed, stopped, escalated; parents and children.
 */
#include "tests/actor_use.h"

enum { FRESH = 100 };
typedef struct diary {
    long value;
} diary;

static atomic_int starts, ends, refuse_starts;
static atomic_long last;

static int start(yoke_actor *self, void *state, void *ctx) {
    (void)self, (void)ctx;
    CU_ASSERT_EQUAL(((diary *)state)->value, 0);
    if (atomic_load(&refuse_starts) > 0 && atomic_fetch_sub(&refuse_starts, 1) > 0)
        return yoke_fail(YOKE_EIO, "not yet");
    ((diary *)state)->value = FRESH;
    atomic_fetch_add(&starts, 1);
    return YOKE_OK;
}

static void finish(yoke_actor *self, void *state, void *ctx) {
    (void)self, (void)ctx;
    atomic_store(&last, ((diary *)state)->value);
    atomic_fetch_add(&ends, 1);
}

/* Adds numbers; fails at those below zero. */
static int add(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    long n = *(const long *)message->data;
    if (n < 0) return yoke_fail((int)n, "told to fail");
    ((diary *)state)->value += n;
    return YOKE_OK;
}

static void send(yoke_actor *to, long n) {
    CU_ASSERT_EQUAL(yoke_actor_send(to, &n, sizeof n, YOKE_FOREVER), YOKE_OK);
}

static const yoke_actor_options usual = {
    .state_size = sizeof(diary), .start = start, .finish = finish};

static world begin(int workers, yoke_actor_policy policy, unsigned restarts, double within) {
    atomic_store(&starts, 0);
    atomic_store(&ends, 0);
    atomic_store(&refuse_starts, 0);
    yoke_actors_options options = {.policy = policy, .restarts = restarts, .within = within};
    return make_world(workers, &options);
}

/* 1 2 fail 3 4, all queued before the first is handled, if the mailbox can keep them. */
static yoke_actor_stats five(world *w, int failure) {
    yoke_actor *actor = spawn(w, add, usual);
    send(actor, 1);
    send(actor, 2);
    send(actor, failure);
    for (long n = 3; n <= 4; n++) yoke_actor_send(actor, &n, sizeof n, YOKE_FOREVER);
    CU_ASSERT_EQUAL(quiet(w), YOKE_OK);
    yoke_actor_stop(actor, false);
    CU_ASSERT_EQUAL(yoke_actor_wait(actor, YOKE_FOREVER), YOKE_OK);
    yoke_actor_stats figures = yoke_actor_figures(actor);
    yoke_actor_release(actor);
    return figures;
}

TEST(each_policy_does_its_own) {
    for (int workers = 1; workers <= 3; workers++) {
        world w = begin(workers, YOKE_ACTOR_RESTART, 0, 0);
        yoke_actor_stats figures = five(&w, YOKE_EDATA);
        CU_ASSERT_EQUAL(figures.restarts, 1);
        CU_ASSERT_EQUAL(figures.handled, 5);
        CU_ASSERT_EQUAL(atomic_load(&last), FRESH + 7);
        CU_ASSERT_EQUAL(atomic_load(&starts), 2);
        CU_ASSERT_EQUAL(atomic_load(&ends), 2);
        end_world(&w);

        w = begin(workers, YOKE_ACTOR_RESUME, 0, 0);
        figures = five(&w, YOKE_EDATA);
        CU_ASSERT_EQUAL(figures.restarts, 0);
        CU_ASSERT_EQUAL(figures.handled, 5);
        CU_ASSERT_EQUAL(atomic_load(&last), FRESH + 10);
        end_world(&w);

        for (int i = 0; i < 2; i++) {
            w = begin(workers, i ? YOKE_ACTOR_ESCALATE : YOKE_ACTOR_STOP, 0, 0);
            figures = five(&w, YOKE_EDATA);
            CU_ASSERT_EQUAL(figures.handled, 3);
            CU_ASSERT_EQUAL(figures.dead_letters, 2);
            CU_ASSERT_EQUAL(atomic_load(&last), FRESH + 3);
            CU_ASSERT_EQUAL(atomic_load(&ends), 1);
            end_world(&w);
        }
    }
}

TEST(restarts_have_a_limit_in_time) {
    world w = begin(2, YOKE_ACTOR_RESTART, 3, 1e6);
    yoke_actor *actor = spawn(&w, add, usual);
    for (int i = 0; i < 4; i++) send(actor, YOKE_EDATA), quiet(&w);
    CU_ASSERT_EQUAL(yoke_actor_wait(actor, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_figures(actor).restarts, 3);
    CU_ASSERT_EQUAL(atomic_load(&starts), 4);
    CU_ASSERT_EQUAL(atomic_load(&ends), 4);
    yoke_actor_release(actor);
    end_world(&w);

    w = begin(2, YOKE_ACTOR_RESTART, 3, 1e-9);
    actor = spawn(&w, add, usual);
    for (int i = 0; i < 100; i++) send(actor, YOKE_EDATA);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_figures(actor).restarts, 100);
    CU_ASSERT(!yoke_actor_figures(actor).stopped);
    yoke_actor_release(actor);
    end_world(&w);
}

TEST(a_start_that_fails_is_tried_again) {
    world w = begin(1, YOKE_ACTOR_RESTART, 5, 1e6);
    yoke_actor *actor = spawn(&w, add, usual);
    atomic_store(&refuse_starts, 3);
    send(actor, YOKE_EDATA);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_figures(actor).restarts, 4);
    CU_ASSERT_EQUAL(atomic_load(&starts), 2);
    atomic_store(&refuse_starts, 1000);
    send(actor, YOKE_EDATA);
    CU_ASSERT_EQUAL(yoke_actor_wait(actor, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&ends), 2);
    yoke_actor *none = NULL;
    CU_ASSERT_EQUAL(yoke_actor_spawn(w.actors, add, &usual, &none), YOKE_EIO);
    CU_ASSERT(none == NULL);
    atomic_store(&refuse_starts, 0);
    yoke_actor_release(actor);
    end_world(&w);
}

/* ---- families ---- */

static atomic_int child_starts, child_ends, parent_starts;
static yoke_actor *_Atomic current_child;

static int start_child(yoke_actor *self, void *state, void *ctx) {
    (void)state, (void)ctx;
    atomic_fetch_add(&child_starts, 1);
    atomic_store(&current_child, self);
    return YOKE_OK;
}
static void end_child(yoke_actor *self, void *state, void *ctx) {
    (void)self, (void)state, (void)ctx;
    atomic_fetch_add(&child_ends, 1);
}
static int start_parent(yoke_actor *self, void *state, void *ctx) {
    (void)state;
    atomic_fetch_add(&parent_starts, 1);
    yoke_actor_options child = {
        .parent = self, .state_size = sizeof(diary), .start = start_child, .finish = end_child};
    int count = *(const int *)ctx;
    for (int i = 0; i < count; i++)
        YOKE_TRY(yoke_actor_spawn(yoke_actor_set(self), add, &child, NULL));
    return YOKE_OK;
}

TEST(who_escalates_lets_its_parent_fail) {
    int one = 1;
    for (int round = 0; round < 20; round++) {
        world w = begin(1 + round % 3, YOKE_ACTOR_RESTART, 100, 1e6);
        atomic_store(&child_starts, 0);
        atomic_store(&child_ends, 0);
        atomic_store(&parent_starts, 0);
        yoke_actor_options options = {.state_size = sizeof(diary),
                                      .start = start_parent,
                                      .ctx = &one,
                                      .children = YOKE_ACTOR_ESCALATE};
        yoke_actor *parent = spawn(&w, add, options);
        for (int i = 1; i <= 5; i++) {
            yoke_actor *child = atomic_load(&current_child);
            CU_ASSERT_EQUAL(atomic_load(&child_starts), i);
            send(child, YOKE_EDATA);
            CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
            CU_ASSERT_EQUAL(atomic_load(&child_ends), i);
            CU_ASSERT_EQUAL(atomic_load(&parent_starts), i + 1);
            CU_ASSERT_EQUAL(yoke_actor_figures(parent).restarts, (uint64_t)i);
        }
        /* when the parent fails itself, its child goes as well */
        send(parent, YOKE_EDATA);
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        CU_ASSERT_EQUAL(atomic_load(&child_ends), 6);
        CU_ASSERT_EQUAL(atomic_load(&child_starts), 7);
        yoke_actor_release(parent);
        end_world(&w);
    }
}

TEST(children_stop_with_their_parents) {
    int many = 50;
    for (int round = 0; round < 12; round++) {
        world w = begin(1 + round % 7, YOKE_ACTOR_STOP, 0, 0);
        atomic_store(&child_ends, 0);
        yoke_actor *grand = spawn(&w, add, usual);
        yoke_actor_options options = {
            .parent = grand, .state_size = sizeof(diary), .start = start_parent, .ctx = &many};
        yoke_actor *parents[4];
        for (int i = 0; i < 4; i++) parents[i] = spawn(&w, add, options);
        if (round % 3 == 0) yoke_actor_stop(grand, round % 2);
        if (round % 3 == 1) send(grand, YOKE_EDATA);
        if (round % 3 == 2) {
            for (int i = 0; i < 4; i++) yoke_actor_stop(parents[i], i % 2);
            yoke_actor_stop(grand, true);
        }
        CU_ASSERT_EQUAL(yoke_actor_wait(grand, YOKE_FOREVER), YOKE_OK);
        for (int i = 0; i < 4; i++) {
            CU_ASSERT_EQUAL(yoke_actor_wait(parents[i], YOKE_FOREVER), YOKE_OK);
            yoke_actor_release(parents[i]);
        }
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        CU_ASSERT_EQUAL(atomic_load(&child_ends), 4 * many);
        yoke_actor_release(grand);
        end_world(&w);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors in the child of a fork: they are the parent's, every call says so or does nothing, and
 * none waits, whatever the parent's threads were doing.
 */
#include <sys/wait.h>

#include "tests/actor_use.h"
#include "yoke/future.h"

static void in_child(int (*fn)(void *ctx), void *ctx) {
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        alarm(20);
        _exit(fn(ctx));
    }
    int status = -1;
    waitpid(child, &status, 0);
    CU_ASSERT_EQUAL(status, 0);
}

static int told(int status) {
    return status == YOKE_EINVAL && strstr(yoke_error_detail(), "parent of this process") != NULL;
}

typedef struct parent {
    world w;
    yoke_actor *shut, *idle; /* one is in its behaviour, and its mailbox is full */
    yoke_future *asked;      /* of the first one */
    yoke_timer *timer;
} parent;

static int send_to_all(void *ctx) {
    parent *p = ctx;
    ticket none = {NULL};
    char large[300] = "", reply[8];
    size_t room = sizeof reply;
    yoke_timer *timer = NULL;
    yoke_future *answer = NULL;
    int well = told(yoke_actor_send(p->idle, &none, sizeof none, YOKE_FOREVER)) &&
               told(yoke_actor_send(p->idle, large, sizeof large, YOKE_FOREVER)) &&
               told(yoke_actor_send(p->shut, &none, sizeof none, YOKE_FOREVER)) &&
               told(yoke_actor_send(p->shut, &none, sizeof none, YOKE_NOW)) &&
               told(yoke_actor_send_control(p->shut, &none, sizeof none)) &&
               told(yoke_actor_ask(p->idle, &none, sizeof none, reply, &room, YOKE_FOREVER)) &&
               told(yoke_actor_ask_future(p->idle, reply, 1, YOKE_FOREVER, &answer)) && !answer &&
               told(yoke_actor_send_after(p->idle, &none, sizeof none, 0, &timer)) &&
               told(yoke_actor_send_every(p->idle, &none, sizeof none, 1, &timer)) && !timer;
    return !well;
}

static int wait_for_all(void *ctx) {
    parent *p = ctx;
    yoke_actors *more = NULL;
    yoke_actor *made = NULL;
    yoke_actor_event *events = NULL;
    size_t count = 0;
    int well = told(yoke_actors_wait(p->w.actors, YOKE_FOREVER)) &&
               told(yoke_actor_wait(p->idle, YOKE_FOREVER)) &&
               told(yoke_actor_spawn(p->w.actors, pass_gate, NULL, &made)) &&
               told(yoke_actor_find(p->w.actors, "idle", &made)) &&
               told(yoke_actors_create(p->w.pool, NULL, &more)) &&
               told(yoke_actors_log(p->w.actors, &events, &count)) && !made && !more && !events;
    return !well;
}

static int end_all(void *ctx) {
    parent *p = ctx;
    yoke_actor_stop(p->idle, false);
    yoke_actor_stop(p->shut, true);
    yoke_timer_cancel(p->timer);
    int well = !yoke_actor_figures(p->idle).stopped && !strcmp(yoke_actor_name(p->idle), "idle") &&
               yoke_actors_dead_letters(p->w.actors) == 0;
    yoke_actor_release(p->idle);
    yoke_actor_release(p->shut);
    if (p->asked) well = well && told(yoke_future_wait(p->asked, YOKE_FOREVER));
    yoke_future_release(p->asked);
    yoke_actors_destroy(p->w.actors);
    yoke_pool_destroy(p->w.pool);
    return !well;
}

TEST(actors_belong_to_the_parent) {
    gate g = {0};
    parent p = {.w = make_world(2, NULL)};
    p.shut = spawn(&p.w, pass_gate, (yoke_actor_options){.credits = 2, .batch = 1});
    p.idle = spawn(&p.w, pass_gate, (yoke_actor_options){.name = "idle"});
    CU_ASSERT_EQUAL(yoke_actor_send_after(p.idle, &(ticket){NULL}, sizeof(ticket), 1e6, &p.timer),
                    YOKE_OK);
    shut(p.shut, &g);
    CU_ASSERT_EQUAL(
        yoke_actor_ask_future(p.shut, &(ticket){NULL}, sizeof(ticket), YOKE_FOREVER, &p.asked),
        YOKE_OK);
    while (yoke_actor_send(p.shut, &(ticket){NULL}, sizeof(ticket), YOKE_NOW) == YOKE_OK) continue;
    in_child(send_to_all, &p);
    in_child(wait_for_all, &p);
    in_child(end_all, &p);
    yoke_timer_cancel(p.timer);
    atomic_store(&g.open, 1);
    CU_ASSERT_EQUAL(yoke_future_wait(p.asked, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(quiet(&p.w), YOKE_OK);
    yoke_future_release(p.asked);
    yoke_actor_release(p.idle);
    yoke_actor_release(p.shut);
    end_world(&p.w);
}

/* ---- while threads of the parent spawn, send, name and stop ---- */

typedef struct traffic {
    parent p;
    atomic_int over;
} traffic;

static void *spawn_and_send(void *ctx) {
    traffic *t = ctx;
    char large[300] = "";
    while (!atomic_load(&t->over)) {
        yoke_actor *actor = spawn(&t->p.w, pass_gate, (yoke_actor_options){0}), *found;
        yoke_actor_send(actor, &(ticket){NULL}, sizeof(ticket), YOKE_FOREVER);
        yoke_actor_send(actor, large, sizeof large, YOKE_FOREVER);
        if (yoke_actor_find(t->p.w.actors, "idle", &found) == YOKE_OK) yoke_actor_release(found);
        yoke_actor_stop(actor, false);
        yoke_actor_wait(actor, YOKE_FOREVER);
        yoke_actor_release(actor);
    }
    return NULL;
}

static int do_all(void *ctx) {
    traffic *t = ctx;
    return send_to_all(&t->p) || wait_for_all(&t->p);
}

TEST(nothing_hangs_in_the_middle_of_traffic) {
    traffic t = {.p.w = make_world(2, NULL)};
    gate g = {0};
    pthread_t threads[2];
    t.p.shut = spawn(&t.p.w, pass_gate, (yoke_actor_options){.credits = 1, .batch = 1});
    t.p.idle = spawn(&t.p.w, pass_gate, (yoke_actor_options){.name = "idle"});
    shut(t.p.shut, &g);
    for (int i = 0; i < 2; i++) REQUIRE(!pthread_create(&threads[i], NULL, spawn_and_send, &t));
    for (size_t i = 0; i < test_size(200, 20); i++) in_child(do_all, &t);
    atomic_store(&t.over, 1);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    atomic_store(&g.open, 1);
    yoke_actor_release(t.p.idle);
    yoke_actor_release(t.p.shut);
    end_world(&t.p.w);
}

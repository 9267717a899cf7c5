/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors when memory is short, at every allocation.
 */
#include "tests/actor_use.h"
#include "tests/inject.h"

static int answer(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    return yoke_actor_reply(message, message->data, message->size);
}

static int forward(yoke_actor *self, void *state, const yoke_message *message) {
    yoke_actor *child = NULL;
    (void)state;
    if (message->size == 1) return YOKE_OK; /* a tick */
    yoke_actor_options options = {.parent = self, .state_size = 10};
    YOKE_TRY(yoke_actor_spawn(yoke_actor_set(self), answer, &options, &child));
    char back[300];
    size_t size = sizeof back;
    int status = yoke_actor_ask(child, message->data, message->size, back, &size, YOKE_FOREVER);
    yoke_actor_release(child);
    return status < 0 ? status : yoke_actor_reply(message, back, size);
}

/* What was recorded is repeated, too. */
static int replay(yoke_pool *pool, const yoke_actor_event *events, size_t count) {
    yoke_actors *set = NULL;
    yoke_actors_options options = {.replay = events, .replay_count = count};
    YOKE_TRY(yoke_actors_create(pool, &options, &set));
    yoke_actors_destroy(set);
    return YOKE_OK;
}

static int ask_twice(yoke_actor *actor, const char *text, size_t n) {
    yoke_future *answers[2] = {NULL}, *both = NULL;
    char back[300];
    size_t size = sizeof back;
    int status = YOKE_OK;
    for (int i = 0; i < 2 && status >= 0; i++)
        status = yoke_actor_ask_future(actor, text, n, YOKE_FOREVER, &answers[i]);
    if (status >= 0) status = yoke_future_all(answers, 2, &both);
    if (status >= 0) status = yoke_future_wait(both, YOKE_FOREVER);
    if (status >= 0) status = yoke_future_result(both);
    if (status >= 0) status = yoke_actor_answer(answers[1], back, &size);
    for (int i = 0; i < 2; i++) yoke_future_release(answers[i]);
    yoke_future_release(both);
    return status;
}

static int talk(yoke_actors *set, yoke_actor *actor) {
    char text[300] = "text", back[300];
    for (size_t n = 10; n < sizeof text; n += 100) {
        size_t size = sizeof back;
        YOKE_TRY(yoke_actor_send_control(actor, text, 1));
        YOKE_TRY(yoke_actor_send(actor, text, n, YOKE_FOREVER));
        YOKE_TRY(yoke_actor_ask(actor, text, n, back, &size, YOKE_FOREVER));
        YOKE_TRY(ask_twice(actor, text, n));
    }
    yoke_timer *timer = NULL;
    YOKE_TRY(yoke_actor_send_after(actor, text, 1, 1e3, NULL));
    YOKE_TRY(yoke_actor_send_every(actor, text, 1, 1e3, &timer));
    yoke_timer_cancel(timer);
    return yoke_actors_wait(set, YOKE_FOREVER);
}

static int run(void *ctx) {
    yoke_pool *pool = ctx;
    yoke_actors *set = NULL;
    yoke_actor *actor = NULL;
    yoke_actor_event *events = NULL;
    size_t count = 0;
    yoke_actors_options options = {.record = true, .policy = YOKE_ACTOR_RESUME};
    YOKE_TRY(yoke_actors_create(pool, &options, &set));
    yoke_actor_options of = {.name = "forward", .state_size = 5, .children = YOKE_ACTOR_RESUME};
    int status = yoke_actor_spawn(set, forward, &of, &actor);
    if (status >= 0) status = talk(set, actor);
    if (status >= 0) status = yoke_actors_log(set, &events, &count);
    if (status >= 0) status = replay(pool, events, count);
    free(events);
    yoke_actor_release(actor);
    yoke_actors_destroy(set);
    return status;
}

TEST_WITH_LIMIT(actors_without_memory, 60) {
    for (int workers = 1; workers <= 3; workers += 2) {
        yoke_pool *pool = NULL;
        yoke_pool_options options = {.workers = workers};
        REQUIRE(yoke_pool_create(&options, &pool) == YOKE_OK);
        CU_ASSERT(inject_each_allocation(run, pool, YOKE_ENOMEM) > 15);
        yoke_pool_destroy(pool);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors that wait for each other: questions, chains of them, and what would never end.
 */
#include <stdio.h>

#include "tests/actor_use.h"

static const int sizes[] = {1, 2, 3, 7, 16};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* ---- asking ---- */

static int echo(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    if (message->size == 1) return yoke_fail(YOKE_EDATA, "one byte");
    if (message->size == 2) return YOKE_OK;
    int status = yoke_actor_reply(message, message->data, message->size);
    CU_ASSERT_EQUAL(yoke_actor_reply(message, "again", 5), YOKE_OK);
    return status;
}

TEST(answers_of_all_kinds) {
    yoke_actors_options options = {.policy = YOKE_ACTOR_RESUME};
    world w = make_world(2, &options);
    yoke_actor *actor = spawn(&w, echo, (yoke_actor_options){0});
    char text[200], back[200];
    memset(text, 'x', sizeof text);
    for (size_t n = 3; n < sizeof text; n += 7) {
        size_t size = sizeof back;
        text[n - 1] = (char)n;
        CU_ASSERT_EQUAL(yoke_actor_ask(actor, text, n, back, &size, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(size, n);
        CU_ASSERT_EQUAL(memcmp(text, back, n), 0);
        size = n - 1;
        CU_ASSERT_EQUAL(yoke_actor_ask(actor, text, n, back, &size, YOKE_FOREVER), YOKE_ERANGE);
        CU_ASSERT_EQUAL(size, n - 1);
    }
    size_t size = 7;
    CU_ASSERT_EQUAL(yoke_actor_ask(actor, text, 1, back, &size, YOKE_FOREVER), YOKE_EDATA);
    CU_ASSERT_EQUAL(yoke_actor_ask(actor, text, 2, back, &size, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(size, 0);
    yoke_actor_release(actor);
    end_world(&w);
}

TEST(who_stops_waiting_is_not_answered) {
    world w = make_world(1, NULL);
    gate g = {0};
    ticket at = {&g};
    yoke_actor *actor = spawn(&w, pass_gate, (yoke_actor_options){.name = "slow"});
    CU_ASSERT_EQUAL(yoke_actor_ask(actor, &at, sizeof at, NULL, NULL, yoke_deadline_in(0.02)),
                    YOKE_ETIMEDOUT);
    await(&g.entered, 1);
    CU_ASSERT_EQUAL(yoke_actor_ask(actor, &at, sizeof at, NULL, NULL, YOKE_NOW), YOKE_ETIMEDOUT);
    yoke_actor_stop(actor, true);
    atomic_store(&g.open, 1);
    CU_ASSERT_EQUAL(yoke_actor_wait(actor, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actors_dead_letters(w.actors), 1);
    yoke_actor_release(actor);
    end_world(&w);
}

/* Asks the next one for a number below, and adds one. */
static int count_down(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    if (message->size == sizeof(hop)) {
        *(hop *)state = *(const hop *)message->data;
        return YOKE_OK;
    }
    long n = *(const long *)message->data, answer = 0;
    size_t size = sizeof answer;
    n--;
    if (n > 0)
        YOKE_TRY(yoke_actor_ask(((hop *)state)->next, &n, sizeof n, &answer, &size, YOKE_FOREVER));
    answer++;
    return yoke_actor_reply(message, &answer, sizeof answer);
}

TEST(a_chain_of_questions_needs_one_worker) {
    enum { CHAIN = 25 };
    for (int i = 0; i < SIZES; i++) {
        world w = make_world(sizes[i], NULL);
        yoke_actor *chain[CHAIN];
        for (int n = CHAIN - 1; n >= 0; n--) {
            chain[n] = spawn(&w, count_down, (yoke_actor_options){.state_size = sizeof(hop)});
            hop h = {n < CHAIN - 1 ? chain[n + 1] : NULL, NULL};
            yoke_actor_send(chain[n], &h, sizeof h, YOKE_FOREVER);
        }
        for (long n = 1; n <= CHAIN; n++) {
            long answer = 0;
            size_t size = sizeof answer;
            CU_ASSERT_EQUAL(yoke_actor_ask(chain[0], &n, sizeof n, &answer, &size, YOKE_FOREVER),
                            YOKE_OK);
            CU_ASSERT_EQUAL(answer, n);
        }
        for (int n = 0; n < CHAIN; n++) yoke_actor_release(chain[n]);
        end_world(&w);
    }
}

/* ---- what would never end ---- */

static char deadlock[1024];
static atomic_int deadlocks;

static int ask_itself(yoke_actor *self, void *state, const yoke_message *message) {
    (void)state;
    int status = message->size == 1 ? yoke_actor_ask(self, NULL, 0, NULL, NULL, YOKE_FOREVER)
                                    : yoke_actor_wait(self, YOKE_FOREVER);
    if (message->size == 3) status = yoke_actors_wait(yoke_actor_set(self), YOKE_FOREVER);
    strcpy(deadlock, yoke_error_detail());
    return status;
}

TEST(who_asks_itself_is_told) {
    yoke_actors_options options = {.policy = YOKE_ACTOR_RESUME};
    world w = make_world(2, &options);
    yoke_actor *actor = spawn(&w, ask_itself, (yoke_actor_options){.name = "narcissus"});
    for (size_t n = 1; n <= 3; n++) {
        CU_ASSERT_EQUAL(yoke_actor_ask(actor, "123", n, NULL, NULL, YOKE_FOREVER), YOKE_EDEADLK);
        CU_ASSERT(strstr(deadlock, "'narcissus'") != NULL);
    }
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_figures(actor).handled, 3);
    yoke_actor_release(actor);
    end_world(&w);
}

/* Sends two to its neighbour for each that it gets, as long as it can: full mailboxes all round. */
static int flood(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    if (message->size == sizeof(hop)) {
        *(hop *)state = *(const hop *)message->data;
        return YOKE_OK;
    }
    if (atomic_load(&deadlocks)) return YOKE_OK;
    for (int i = 0; i < 2; i++) {
        int status = yoke_actor_send(((hop *)state)->next, message->data, 1, YOKE_FOREVER);
        if (status == YOKE_EDEADLK && atomic_fetch_add(&deadlocks, 1) == 0)
            strcpy(deadlock, yoke_error_detail());
        if (status < 0) return status;
    }
    return YOKE_OK;
}

TEST_WITH_LIMIT(a_cycle_of_full_mailboxes_is_told, 60) {
    enum { RING = 3 };
    static const char *const names[RING] = {"red", "green", "blue"};
    for (int i = 0; i < SIZES; i++) {
        yoke_actors_options options = {.policy = YOKE_ACTOR_RESUME};
        world w = make_world(sizes[i], &options);
        yoke_actor *ring[RING];
        atomic_store(&deadlocks, 0);
        for (int n = 0; n < RING; n++)
            ring[n] = spawn(
                &w, flood,
                (yoke_actor_options){.state_size = sizeof(hop), .credits = 2, .name = names[n]});
        for (int n = 0; n < RING; n++) {
            hop h = {ring[(n + 1) % RING], NULL};
            yoke_actor_send_control(ring[n], &h, sizeof h);
        }
        CU_ASSERT_EQUAL(yoke_actor_send(ring[0], "x", 1, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        CU_ASSERT(atomic_load(&deadlocks) > 0);
        for (int n = 0; n < RING; n++) {
            CU_ASSERT(strstr(deadlock, names[n]) != NULL);
            yoke_actor_release(ring[n]);
        }
        end_world(&w);
    }
}

/* One that waits for a lock of a thread that waits for it. */
static yoke_mutex mutex = YOKE_MUTEX_INIT("of the thread", 0);

static int lock_it(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state, (void)message;
    YOKE_TRY(yoke_mutex_lock(&mutex, YOKE_FOREVER));
    return yoke_mutex_unlock(&mutex);
}

TEST(a_cycle_through_a_lock_is_told) {
    yoke_actors_options options = {.policy = YOKE_ACTOR_RESUME};
    for (int i = 0; i < SIZES; i++) {
        world w = make_world(sizes[i], &options);
        yoke_actor *actor = spawn(&w, lock_it, (yoke_actor_options){.name = "locker"});
        yoke_mutex_lock(&mutex, YOKE_FOREVER);
        CU_ASSERT_EQUAL(yoke_actor_ask(actor, NULL, 0, NULL, NULL, YOKE_FOREVER), YOKE_EDEADLK);
        CU_ASSERT_EQUAL(yoke_actor_send(actor, NULL, 0, YOKE_FOREVER), YOKE_OK);
        int status = yoke_actors_wait(w.actors, YOKE_FOREVER);
        CU_ASSERT(status == YOKE_EDEADLK || status == YOKE_OK);
        yoke_mutex_unlock(&mutex);
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        yoke_actor_release(actor);
        end_world(&w);
    }
}

/* A thread that asks, and what it is told. */
typedef struct asker {
    pthread_t thread;
    yoke_actor *to;
    int status;
} asker;

static void *ask_in_thread(void *arg) {
    asker *a = arg;
    a->status = yoke_actor_ask(a->to, &(ticket){NULL}, sizeof(ticket), NULL, NULL, YOKE_FOREVER);
    return NULL;
}

static void await_wait(const char *text) {
    char waits[4000] = "";
    while (!strstr(waits, text)) yoke_waits_write(waits, sizeof waits);
}

TEST(who_asks_one_that_stops_is_told) {
    world w = make_world(2, NULL);
    gate g = {0};
    asker a = {.to = spawn(&w, pass_gate, (yoke_actor_options){.name = "leaving"})};
    shut(a.to, &g);
    pthread_create(&a.thread, NULL, ask_in_thread, &a);
    await_wait("for an answer of actor 'leaving'");
    yoke_actor_stop(a.to, true);
    atomic_store(&g.open, 1);
    pthread_join(a.thread, NULL);
    CU_ASSERT_EQUAL(a.status, YOKE_ECLOSED);
    yoke_actor_release(a.to);
    end_world(&w);
}

/* Nobody runs the actor that is asked, and nobody can: the only worker waits for the asker. */
TEST(all_workers_may_be_the_ones_that_wait) {
    yoke_actors_options options = {.policy = YOKE_ACTOR_RESUME};
    world w = make_world(1, &options);
    yoke_actor *locker = spawn(&w, lock_it, (yoke_actor_options){0});
    yoke_actor *other = spawn(&w, echo, (yoke_actor_options){.name = "other"});
    yoke_mutex_lock(&mutex, YOKE_FOREVER);
    yoke_actor_send(locker, NULL, 0, YOKE_FOREVER);
    await_wait("'of the thread'");
    CU_ASSERT_EQUAL(yoke_actor_ask(other, "12", 2, NULL, NULL, YOKE_FOREVER), YOKE_EDEADLK);
    CU_ASSERT(strstr(yoke_error_detail(), "'other'") != NULL);
    yoke_mutex_unlock(&mutex);
    CU_ASSERT_EQUAL(yoke_actor_ask(other, "12", 2, NULL, NULL, YOKE_FOREVER), YOKE_OK);
    yoke_actor_release(locker);
    yoke_actor_release(other);
    end_world(&w);
}

/* While an actor waits, the message that it handles takes no credit any more. */
static int ask_next(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    if (message->size == sizeof(hop)) *(hop *)state = *(const hop *)message->data;
    if (message->size != 1) return YOKE_OK;
    return yoke_actor_ask(((hop *)state)->next, NULL, 0, NULL, NULL, YOKE_FOREVER);
}

TEST(who_waits_has_given_the_credit_back) {
    for (int i = 0; i < SIZES; i++) check_credit_is_given_back(ask_next, sizes[i]);
}

/* ---- a worker that waits runs the actor, but never beside another ---- */

static atomic_int inside, overlaps;
static yoke_actor *asked;

static int be_alone(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    if (atomic_fetch_add(&inside, 1) != 0) atomic_fetch_add(&overlaps, 1);
    sched_yield();
    atomic_fetch_sub(&inside, 1);
    return yoke_actor_reply(message, NULL, 0);
}

static int ask_it(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    if (message->size) return yoke_actor_send(asked, NULL, 0, YOKE_FOREVER);
    return yoke_actor_ask(asked, NULL, 0, NULL, NULL, YOKE_FOREVER);
}

TEST_WITH_LIMIT(who_helps_runs_it_alone, 60) {
    enum { ASKERS = 12 };
    for (int i = 0; i < SIZES; i++) {
        world w = make_world(sizes[i], NULL);
        yoke_actor *askers[ASKERS];
        long each = (long)test_size(300, 60);
        asked = spawn(&w, be_alone, (yoke_actor_options){.credits = 3, .batch = 2});
        for (int n = 0; n < ASKERS; n++) askers[n] = spawn(&w, ask_it, (yoke_actor_options){0});
        for (long k = 0; k < each; k++)
            for (int n = 0; n < ASKERS; n++)
                CU_ASSERT_EQUAL(
                    yoke_actor_send(askers[n], "x", (size_t)((k + n) % 3 == 0), YOKE_FOREVER),
                    YOKE_OK);
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        CU_ASSERT_EQUAL(atomic_load(&overlaps), 0);
        CU_ASSERT_EQUAL(yoke_actor_figures(asked).handled, (uint64_t)(ASKERS * each));
        for (int n = 0; n < ASKERS; n++) yoke_actor_release(askers[n]);
        yoke_actor_release(asked);
        end_world(&w);
    }
}

static atomic_int jobs_began;

/* Before that wait, or while it lasts. */
static int lock_in_job(yoke_worker *worker, void *late) {
    (void)worker;
    atomic_fetch_add(&jobs_began, 1);
    if (late) await_wait("for quiet in the actors");
    return lock_it(NULL, NULL, NULL);
}

/* Nobody runs the actor, and nobody can: the only worker waits for us, in a job. */
TEST(who_waits_for_quiet_needs_a_free_worker) {
    int late = 1;
    for (int i = 0; i < 6; i++) {
        world w = make_world(1, NULL);
        yoke_actor *actor = spawn(&w, echo, (yoke_actor_options){0});
        yoke_mutex_lock(&mutex, YOKE_FOREVER);
        CU_ASSERT_EQUAL(yoke_pool_submit(w.pool, lock_in_job, i % 3 == 2 ? &late : NULL, NULL,
                                         YOKE_FOREVER, NULL),
                        YOKE_OK);
        await(&jobs_began, i + 1);
        if (i % 3 < 2) await_wait("'of the thread'");
        CU_ASSERT_EQUAL(yoke_actor_send(actor, "123", 3, YOKE_FOREVER), YOKE_OK);
        if (i % 3 == 1) yoke_actor_stop(actor, false);
        CU_ASSERT_EQUAL(i % 3 == 1 ? yoke_actor_wait(actor, YOKE_FOREVER) : quiet(&w),
                        YOKE_EDEADLK);
        yoke_mutex_unlock(&mutex);
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        yoke_actor_release(actor);
        end_world(&w);
    }
}

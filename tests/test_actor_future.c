/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions whose answers are futures: many under way at a time, of every ending, waited for by
 * threads, jobs and actors; what would never end; and futures that outlive who was asked.
 */
#include "tests/actor_use.h"

static const int sizes[] = {1, 2, 3, 7};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Fails at one byte, answers nothing at two, and else what was asked. */
static int echo(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    if (message->size == 1) return yoke_fail(YOKE_EDATA, "one byte");
    if (message->size == 2) return YOKE_OK;
    return yoke_actor_reply(message, message->data, message->size);
}

static yoke_future *ask(yoke_actor *to, const void *data, size_t size) {
    yoke_future *answer = NULL;
    REQUIRE(yoke_actor_ask_future(to, data, size, YOKE_FOREVER, &answer) == YOKE_OK);
    return answer;
}

static void release_all(yoke_future **answers, int count) {
    for (int i = 0; i < count; i++) yoke_future_release(answers[i]);
}

/* ---- answers ---- */

enum { MANY = 200 };

static void check_answer(const yoke_future *answer, int n) {
    char back[MANY + 8];
    size_t size = sizeof back;
    CU_ASSERT_EQUAL(yoke_future_result(answer), YOKE_OK);
    for (int twice = 0; twice < 2; twice++) {
        size = sizeof back;
        CU_ASSERT_EQUAL(yoke_actor_answer(answer, back, &size), YOKE_OK);
        CU_ASSERT_EQUAL(size, (size_t)n + 4);
        CU_ASSERT_EQUAL(memcmp(back, &n, sizeof n), 0);
        CU_ASSERT_EQUAL(back[n + 3], n ? 'x' : back[3]);
    }
    size = (size_t)n + 3;
    CU_ASSERT_EQUAL(yoke_actor_answer(answer, back, &size), YOKE_ERANGE);
    CU_ASSERT_EQUAL(size, (size_t)n + 3);
}

TEST(many_questions_are_under_way_at_a_time) {
    for (int i = 0; i < SIZES; i++) {
        world w = make_world(sizes[i], NULL);
        yoke_actor *actors[3];
        yoke_future *answers[MANY], *all;
        char text[MANY + 4];
        memset(text, 'x', sizeof text);
        for (int k = 0; k < 3; k++)
            actors[k] = spawn(&w, echo, (yoke_actor_options){.credits = k == 2 ? 3 : 0});
        for (int n = 0; n < MANY; n++) {
            memcpy(text, &n, sizeof n);
            answers[n] = ask(actors[n % 3], text, (size_t)n + 4);
        }
        CU_ASSERT_EQUAL(yoke_future_all(answers, MANY, &all), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_wait(all, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_result(all), YOKE_OK);
        for (int n = 0; n < MANY; n++) check_answer(answers[n], n);
        release_all(answers, MANY);
        yoke_future_release(all);
        for (int k = 0; k < 3; k++) yoke_actor_release(actors[k]);
        end_world(&w);
    }
}

static int nothing(yoke_worker *worker, void *arg) {
    (void)worker, (void)arg;
    return 0;
}

TEST(answers_of_all_endings) {
    yoke_actors_options options = {.policy = YOKE_ACTOR_RESUME};
    world w = make_world(2, &options);
    yoke_actor *actor = spawn(&w, echo, (yoke_actor_options){0});
    yoke_future *failed = ask(actor, "1", 1), *empty = ask(actor, "12", 2), *job;
    char back[8];
    size_t size = sizeof back;
    CU_ASSERT_EQUAL(yoke_future_wait(failed, yoke_deadline_in(600)), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_result(failed), YOKE_EDATA);
    CU_ASSERT(strstr(yoke_error_detail(), "the actor that was asked failed") != NULL);
    CU_ASSERT_EQUAL(yoke_actor_answer(failed, back, &size), YOKE_EDATA);
    CU_ASSERT_EQUAL(yoke_future_wait(empty, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_answer(empty, NULL, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_answer(empty, back, &size), YOKE_OK);
    CU_ASSERT_EQUAL(size, 0);
    CU_ASSERT_EQUAL(yoke_pool_submit(w.pool, nothing, NULL, NULL, YOKE_FOREVER, &job), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_wait(job, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_answer(job, NULL, NULL), YOKE_EINVAL);
    release_all((yoke_future *[]){failed, empty, job}, 3);
    yoke_actor_release(actor);
    end_world(&w);
}

/* One is being handled, and one is queued: the mailbox is full. */
TEST(questions_wait_for_credit_and_cannot_be_cancelled) {
    world w = make_world(2, NULL);
    gate g = {0};
    yoke_actor *actor = spawn(&w, pass_gate, (yoke_actor_options){.credits = 2, .batch = 1});
    yoke_future *first = ask(actor, &(ticket){&g}, sizeof(ticket)), *second, *none = NULL;
    await(&g.entered, 1);
    second = ask(actor, &(ticket){NULL}, sizeof(ticket));
    while (yoke_actor_send(actor, &(ticket){NULL}, sizeof(ticket), YOKE_NOW) == YOKE_OK) continue;
    CU_ASSERT_EQUAL(yoke_actor_ask_future(actor, NULL, 0, YOKE_NOW, &none), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_actor_ask_future(actor, NULL, 0, yoke_deadline_in(0.01), &none),
                    YOKE_ETIMEDOUT);
    CU_ASSERT_PTR_NULL(none);
    CU_ASSERT_EQUAL(yoke_future_cancel(second), 0);
    CU_ASSERT_EQUAL(yoke_actor_answer(second, NULL, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_future_wait(second, yoke_deadline_in(0.01)), YOKE_ETIMEDOUT);
    CU_ASSERT(!yoke_future_done(first));
    atomic_store(&g.open, 1);
    CU_ASSERT_EQUAL(yoke_future_wait(second, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_result(first), YOKE_OK);
    release_all((yoke_future *[]){first, second}, 2);
    yoke_actor_release(actor);
    end_world(&w);
}

TEST(who_stops_ends_what_it_was_asked) {
    world w = make_world(2, NULL);
    gate g = {0};
    yoke_actor *actor = spawn(&w, pass_gate, (yoke_actor_options){0});
    shut(actor, &g);
    yoke_future *answer = ask(actor, &(ticket){NULL}, sizeof(ticket)), *none = NULL;
    yoke_future_release(ask(actor, &(ticket){NULL}, sizeof(ticket))); /* for nobody */
    yoke_actor_stop(actor, true);
    atomic_store(&g.open, 1);
    CU_ASSERT_EQUAL(yoke_future_wait(answer, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_result(answer), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_actor_wait(actor, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_ask_future(actor, NULL, 0, YOKE_FOREVER, &none), YOKE_ECLOSED);
    CU_ASSERT_PTR_NULL(none);
    CU_ASSERT_EQUAL(yoke_actors_dead_letters(w.actors), 3);
    yoke_future_release(answer);
    yoke_actor_release(actor);
    end_world(&w);
}

TEST(answers_outlive_who_gave_them) {
    world w = make_world(2, NULL);
    yoke_actor *actor = spawn(&w, echo, (yoke_actor_options){0});
    char text[300] = "long", back[300];
    yoke_future *small = ask(actor, "text", 4), *large = ask(actor, text, sizeof text);
    yoke_actor_release(actor);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    end_world(&w);
    size_t size = sizeof back;
    CU_ASSERT_EQUAL(yoke_actor_answer(large, back, &size), YOKE_OK);
    CU_ASSERT_EQUAL(size, sizeof text);
    CU_ASSERT_STRING_EQUAL(back, "long");
    CU_ASSERT_EQUAL(yoke_actor_answer(small, back, &size), YOKE_OK);
    CU_ASSERT_EQUAL(size, 4);
    release_all((yoke_future *[]){small, large}, 2);
}

/* ---- what comes after ---- */

typedef struct follower {
    yoke_future *answer;
    long number;
} follower;

static int read_answer(yoke_worker *worker, void *arg) {
    (void)worker;
    follower *f = arg;
    size_t size = sizeof f->number;
    return yoke_actor_answer(f->answer, &f->number, &size);
}

TEST(a_job_comes_after_an_answer) {
    for (int i = 0; i < SIZES; i++) {
        world w = make_world(sizes[i], NULL);
        yoke_actor *actor = spawn(&w, echo, (yoke_actor_options){0});
        for (long n = 1; n <= 50; n++) {
            follower f = {.answer = ask(actor, &n, sizeof n)};
            yoke_future *after;
            REQUIRE(yoke_future_then(f.answer, read_answer, &f, NULL, &after) == YOKE_OK);
            CU_ASSERT_EQUAL(yoke_future_wait(after, YOKE_FOREVER), YOKE_OK);
            CU_ASSERT_EQUAL(yoke_future_result(after), YOKE_OK);
            CU_ASSERT_EQUAL(f.number, n);
            release_all((yoke_future *[]){f.answer, after}, 2);
        }
        yoke_actor_release(actor);
        end_world(&w);
    }
}

/* ---- actors that wait for several answers ---- */

enum { ASKED = 10 };
typedef struct group {
    yoke_actor *members[ASKED];
    bool any;
} group;

/* Asks all members for the number, and answers the sum, or one of them. */
static int ask_members(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    group *g = state;
    if (message->size == sizeof *g) return *g = *(const group *)message->data, YOKE_OK;
    yoke_future *answers[ASKED], *end;
    long sum = 0, number = 0;
    for (int i = 0; i < ASKED; i++) answers[i] = ask(g->members[i], message->data, sizeof(long));
    int status =
        g->any ? yoke_future_any(answers, ASKED, &end) : yoke_future_all(answers, ASKED, &end);
    CU_ASSERT_EQUAL(status, YOKE_OK);
    CU_ASSERT_EQUAL(yoke_future_wait(end, YOKE_FOREVER), YOKE_OK);
    int first = g->any ? yoke_future_result(end) : 0, last = g->any ? first + 1 : ASKED;
    for (int i = first; i < last; i++) {
        size_t size = sizeof number;
        CU_ASSERT_EQUAL(yoke_actor_answer(answers[i], &number, &size), YOKE_OK);
        sum += number;
    }
    release_all(answers, ASKED);
    yoke_future_release(end);
    return yoke_actor_reply(message, &sum, sizeof sum);
}

TEST(an_actor_waits_for_several_answers_on_one_worker) {
    for (int i = 0; i < 2 * SIZES; i++) {
        world w = make_world(sizes[i / 2], NULL);
        group g = {.any = i % 2};
        for (int k = 0; k < ASKED; k++) g.members[k] = spawn(&w, echo, (yoke_actor_options){0});
        yoke_actor *asker = spawn(&w, ask_members, (yoke_actor_options){.state_size = sizeof g});
        CU_ASSERT_EQUAL(yoke_actor_send(asker, &g, sizeof g, YOKE_FOREVER), YOKE_OK);
        for (long n = 1; n < 30; n++) {
            long sum = 0;
            size_t size = sizeof sum;
            CU_ASSERT_EQUAL(yoke_actor_ask(asker, &n, sizeof n, &sum, &size, YOKE_FOREVER),
                            YOKE_OK);
            CU_ASSERT_EQUAL(sum, g.any ? n : ASKED * n);
        }
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        for (int k = 0; k < ASKED; k++) yoke_actor_release(g.members[k]);
        yoke_actor_release(asker);
        end_world(&w);
    }
}

/* ---- what would never end ---- */

static atomic_int deadlocks;

/* Asks the next one, and waits; a ring of them waits for itself. */
static int ask_next(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    if (message->size == sizeof(hop)) return *(hop *)state = *(const hop *)message->data, YOKE_OK;
    if (atomic_load(&deadlocks)) return YOKE_OK; /* questions of those that were told */
    yoke_future *answer = ask(((hop *)state)->next, message->data, message->size);
    int status = yoke_future_wait(answer, YOKE_FOREVER);
    if (status == YOKE_EDEADLK) atomic_fetch_add(&deadlocks, 1);
    yoke_future_release(answer);
    return status < 0 ? yoke_actor_reply(message, "told", 4) : YOKE_OK;
}

TEST(actors_that_wait_for_each_others_answers_are_told) {
    for (int i = 0; i < 3 * SIZES; i++) {
        int members = 1 + i % 3;
        world w = make_world(sizes[i / 3], NULL);
        yoke_actor *ring[3];
        atomic_store(&deadlocks, 0);
        for (int k = 0; k < members; k++)
            ring[k] = spawn(&w, ask_next, (yoke_actor_options){.state_size = sizeof(hop)});
        for (int k = 0; k < members; k++) {
            hop h = {ring[(k + 1) % members], NULL};
            CU_ASSERT_EQUAL(yoke_actor_send(ring[k], &h, sizeof h, YOKE_FOREVER), YOKE_OK);
        }
        yoke_future *answer = ask(ring[0], "x", 1);
        CU_ASSERT_EQUAL(yoke_future_wait(answer, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_future_result(answer), YOKE_OK);
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        CU_ASSERT(atomic_load(&deadlocks) > 0);
        yoke_future_release(answer);
        for (int k = 0; k < members; k++) yoke_actor_release(ring[k]);
        end_world(&w);
    }
}

/* While an actor waits, the message that it handles takes no credit any more. */
static int ask_and_wait(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    if (message->size == sizeof(hop)) *(hop *)state = *(const hop *)message->data;
    if (message->size != 1) return YOKE_OK;
    yoke_future *answer = ask(((hop *)state)->next, NULL, 0);
    int status = yoke_future_wait(answer, YOKE_FOREVER);
    yoke_future_release(answer);
    return status;
}

TEST(who_waits_for_a_future_has_given_the_credit_back) {
    for (int i = 0; i < SIZES; i++) check_credit_is_given_back(ask_and_wait, sizes[i]);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors: sending, order, credit, names, batches, stopping.
 */
#include "tests/actor_use.h"

static const int sizes[] = {1, 2, 3, 7, 16};
enum { SIZES = sizeof sizes / sizeof *sizes };

static int add(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    *(long *)state += *(const long *)message->data;
    return YOKE_OK;
}

/* Answers with the sum; adds what it gets. */
static int sum(yoke_actor *self, void *state, const yoke_message *message) {
    if (message->size) return add(self, state, message);
    return yoke_actor_reply(message, state, sizeof(long));
}

static long ask_sum(yoke_actor *actor) {
    long answer = -1;
    size_t size = sizeof answer;
    CU_ASSERT_EQUAL(yoke_actor_ask(actor, NULL, 0, &answer, &size, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(size, sizeof answer);
    return answer;
}

TEST(messages_are_handled_and_questions_answered) {
    for (int i = 0; i < SIZES; i++) {
        world w = make_world(sizes[i], NULL);
        yoke_actor *counter =
            spawn(&w, sum, (yoke_actor_options){.state_size = sizeof(long), .name = "sum"});
        long total = 0;
        for (long n = 0; n < 5000; n++, total += n - 1)
            CU_ASSERT_EQUAL(yoke_actor_send(counter, &n, sizeof n, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(ask_sum(counter), total);
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_actor_figures(counter).handled, 5001);
        CU_ASSERT(yoke_actor_figures(counter).most_queued <= 1024);
        CU_ASSERT_EQUAL(yoke_actors_dead_letters(w.actors), 0);
        yoke_actor_release(counter);
        end_world(&w);
    }
}

/* ---- the order of each sender, from many threads ---- */

enum { SENDERS = 8 };
typedef struct seen {
    uint64_t next[SENDERS];
    uint64_t wrong, count;
    atomic_int inside;
} seen;
typedef struct item {
    unsigned sender;
    uint64_t number;
    char fill[100]; /* of which some is sent */
} item;

static int watch(yoke_actor *self, void *state, const yoke_message *message) {
    seen *s = state;
    if (atomic_fetch_add(&s->inside, 1) != 0) s->wrong++;
    for (const yoke_message *m = message; m; m = yoke_actor_next(self)) {
        const item *it = m->data;
        if (it->number != s->next[it->sender]++) s->wrong++;
        if (m->size > sizeof *it - 100 && it->fill[0] != (char)it->number) s->wrong++;
        s->count++;
        if (it->number % 3 == 0) break;
    }
    if (atomic_fetch_sub(&s->inside, 1) != 1) s->wrong++;
    return YOKE_OK;
}

typedef struct source {
    pthread_t thread;
    yoke_actor *to;
    unsigned index;
    size_t count;
    atomic_long refused;
} source;

static void *send_all(void *arg) {
    source *s = arg;
    for (size_t n = 0; n < s->count;) {
        item it = {.sender = s->index, .number = n};
        memset(it.fill, (char)n, sizeof it.fill);
        size_t size = sizeof it - (n % 5 ? 100 : n % 7 * 10);
        int status = yoke_actor_send(s->to, &it, size, n % 11 ? YOKE_FOREVER : YOKE_NOW);
        if (status == YOKE_OK)
            n++;
        else if (status == YOKE_ETIMEDOUT)
            sched_yield();
        else
            atomic_fetch_add(&s->refused, 1), n++;
    }
    return NULL;
}

static seen *watched; /* by the test below: the state lies outside */

static int watch_outside(yoke_actor *self, void *state, const yoke_message *message) {
    (void)state;
    return watch(self, watched, message);
}

TEST_WITH_LIMIT(each_senders_order_holds, 120) {
    for (int i = 0; i < SIZES; i++) {
        world w = make_world(sizes[i], NULL);
        unsigned credits = i % 2 ? 1 + (unsigned)i : 100;
        watched = calloc(1, sizeof *watched);
        REQUIRE(watched != NULL);
        yoke_actor *to =
            spawn(&w, watch_outside, (yoke_actor_options){.credits = credits, .batch = i ? 7 : 1});
        source sources[SENDERS] = {0};
        size_t count = credits < 100 ? test_size(600, 200) : test_size(20000, 1000);
        for (unsigned n = 0; n < SENDERS; n++) {
            sources[n].to = to;
            sources[n].index = n;
            sources[n].count = count;
            pthread_create(&sources[n].thread, NULL, send_all, &sources[n]);
        }
        for (unsigned n = 0; n < SENDERS; n++) pthread_join(sources[n].thread, NULL);
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        CU_ASSERT_EQUAL(watched->wrong, 0);
        CU_ASSERT_EQUAL(watched->count, SENDERS * count);
        CU_ASSERT(yoke_actor_figures(to).most_queued <= credits);
        yoke_actor_release(to);
        end_world(&w);
        free(watched);
    }
}

/* ---- pairs, rings ---- */

static int pass(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    hop *h = state;
    long left = *(const long *)message->data;
    if (message->size == sizeof(hop)) {
        *h = *(const hop *)message->data;
        return YOKE_OK;
    }
    if (left == 0) {
        atomic_fetch_add(h->ends, 1);
        return YOKE_OK;
    }
    left--;
    return yoke_actor_send(h->next, &left, sizeof left, YOKE_FOREVER);
}

TEST(tokens_go_round_in_rings) {
    enum { RING = 20, TOKENS = 30 };
    for (int i = 0; i < SIZES; i++) {
        world w = make_world(sizes[i], NULL);
        yoke_actor *ring[RING];
        atomic_int ends = 0;
        for (int n = 0; n < RING; n++)
            ring[n] = spawn(&w, pass, (yoke_actor_options){.state_size = sizeof(hop)});
        for (int n = 0; n < RING; n++) {
            hop h = {ring[(n + 1) % RING], &ends};
            CU_ASSERT_EQUAL(yoke_actor_send_control(ring[n], &h, sizeof h), YOKE_OK);
        }
        for (long n = 0; n < TOKENS; n++) {
            long left = (long)test_size(2000, 200) + n;
            CU_ASSERT_EQUAL(yoke_actor_send(ring[n % RING], &left, sizeof left, YOKE_FOREVER),
                            YOKE_OK);
        }
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        CU_ASSERT_EQUAL(atomic_load(&ends), TOKENS);
        for (int n = 0; n < RING; n++) yoke_actor_release(ring[n]);
        end_world(&w);
    }
}

TEST(credit_ends_and_control_does_not) {
    world w = make_world(2, NULL);
    gate g = {0};
    ticket none = {NULL};
    yoke_actor *actor = spawn(&w, pass_gate, (yoke_actor_options){.credits = 4, .name = "full"});
    shut(actor, &g);
    int sent = 0;
    while (yoke_actor_send(actor, &none, sizeof none, YOKE_NOW) == YOKE_OK) sent++;
    CU_ASSERT(sent == 3 || sent == 4); /* the first may count until its turn's end */
    CU_ASSERT_EQUAL(yoke_actor_send(actor, &none, sizeof none, YOKE_NOW), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_actor_send(actor, &none, sizeof none, yoke_deadline_in(0.01)),
                    YOKE_ETIMEDOUT);
    CU_ASSERT(strstr(yoke_error_detail(), "'full'") != NULL);
    for (int i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(yoke_actor_send_control(actor, &none, sizeof none), YOKE_OK);
    atomic_store(&g.open, 1);
    CU_ASSERT_EQUAL(yoke_actor_send(actor, &none, sizeof none, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_figures(actor).handled, (uint64_t)sent + 1002);
    yoke_actor_release(actor);
    end_world(&w);
}

static int note(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    if (message->size == sizeof(ticket)) return pass_gate(self, state, message);
    strcat(state, message->data);
    return YOKE_OK;
}
static char noted[100];
static void keep_note(yoke_actor *self, void *state, void *ctx) {
    (void)self, (void)ctx;
    strcpy(noted, state);
}

TEST(control_comes_before_data) {
    world w = make_world(1, NULL);
    gate g = {0};
    yoke_actor *actor =
        spawn(&w, note, (yoke_actor_options){.state_size = 100, .finish = keep_note});
    shut(actor, &g);
    yoke_actor_send(actor, "c", 2, YOKE_FOREVER);
    yoke_actor_send(actor, "d", 2, YOKE_FOREVER);
    yoke_actor_send_control(actor, "a", 2);
    yoke_actor_send_control(actor, "b", 2);
    yoke_actor_stop(actor, false);
    yoke_actor_stop(actor, false);
    atomic_store(&g.open, 1);
    CU_ASSERT_EQUAL(yoke_actor_wait(actor, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_STRING_EQUAL(noted, "abcd");
    CU_ASSERT_EQUAL(yoke_actors_dead_letters(w.actors), 0);
    CU_ASSERT_EQUAL(yoke_actor_send(actor, "e", 2, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_actor_send_control(actor, "e", 2), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_actor_ask(actor, "e", 2, NULL, NULL, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_actors_dead_letters(w.actors), 3);
    CU_ASSERT_EQUAL(yoke_actor_figures(actor).dead_letters, 3);
    yoke_actor_release(actor);
    end_world(&w);
}

/* ---- names, arguments ---- */

TEST(names_find_living_actors) {
    world w = make_world(2, NULL);
    char name[20];
    yoke_actor *found = NULL;
    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof name, "actor %d", i);
        CU_ASSERT_EQUAL(yoke_actor_spawn(w.actors, add, &(yoke_actor_options){.name = name}, NULL),
                        YOKE_OK);
    }
    for (int i = 0; i < 600; i += 2) {
        snprintf(name, sizeof name, "actor %d", i);
        REQUIRE(yoke_actor_find(w.actors, name, &found) == YOKE_OK);
        CU_ASSERT_STRING_EQUAL(yoke_actor_name(found), name);
        yoke_actor_stop(found, i % 4);
        CU_ASSERT_EQUAL(yoke_actor_wait(found, YOKE_FOREVER), YOKE_OK);
        yoke_actor_release(found);
        CU_ASSERT_EQUAL(yoke_actor_find(w.actors, name, &found), YOKE_ENOENT);
    }
    CU_ASSERT_EQUAL(yoke_actor_find(w.actors, "actor 1", &found), YOKE_OK);
    yoke_actor_release(found);
    yoke_actor_options twice = {.name = "actor 1"};
    CU_ASSERT_EQUAL(yoke_actor_spawn(w.actors, add, &twice, &found), YOKE_EINVAL);
    twice.name = "actor 0";
    CU_ASSERT_EQUAL(yoke_actor_spawn(w.actors, add, &twice, &found), YOKE_OK);
    yoke_actor_release(found);
    end_world(&w);
}

TEST(wrong_arguments_are_refused) {
    world w = make_world(1, NULL);
    yoke_actors *others = NULL;
    yoke_actor *actor = NULL;
    yoke_actors_options policy = {.policy = (yoke_actor_policy)9};
    CU_ASSERT_EQUAL(yoke_actors_create(w.pool, &policy, &others), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_actor_spawn(w.actors, NULL, NULL, &actor), YOKE_EINVAL);
    yoke_actor_options options = {.children = (yoke_actor_policy)4};
    CU_ASSERT_EQUAL(yoke_actor_spawn(w.actors, add, &options, &actor), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_actors_create(w.pool, NULL, &others), YOKE_OK);
    options = (yoke_actor_options){.parent = spawn(&w, add, (yoke_actor_options){0})};
    CU_ASSERT_EQUAL(yoke_actor_spawn(others, add, &options, &actor), YOKE_EINVAL);
    yoke_actor_stop(options.parent, true);
    CU_ASSERT_EQUAL(yoke_actor_wait(options.parent, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_spawn(w.actors, add, &options, &actor), YOKE_ECLOSED);
    CU_ASSERT(actor == NULL);
    yoke_actor_release(options.parent);
    yoke_actor_release(NULL);
    yoke_actors_destroy(others);
    yoke_actors_destroy(NULL);
    end_world(&w);
}

/* ---- stopping at any moment, with references that live on ---- */

static atomic_long finished;
static void count_finish(yoke_actor *self, void *state, void *ctx) {
    (void)self, (void)state, (void)ctx;
    atomic_fetch_add(&finished, 1);
}
static void count_dead(void *ctx, yoke_actor *to, const yoke_message *message) {
    (void)to, (void)message;
    atomic_fetch_add((atomic_long *)ctx, 1);
}

static void *stop_some(void *arg) {
    yoke_actor **actors = arg;
    for (int i = 0; i < SENDERS; i++) {
        for (int n = 0; n < i * 37 % 50; n++) sched_yield();
        yoke_actor_stop(actors[i], i % 2);
    }
    return NULL;
}

TEST_WITH_LIMIT(stopping_at_any_moment_loses_no_count, 120) {
    for (int round = 0; round < (int)test_size(60, 15); round++) {
        atomic_long dead = 0;
        yoke_actors_options options = {.dead_letter = count_dead, .ctx = &dead};
        world w = make_world(1 + round % 3, &options);
        yoke_actor *actors[SENDERS];
        source sources[SENDERS] = {0};
        pthread_t stopper;
        atomic_store(&finished, 0);
        long sent = 0, refused = 0, handled = 0;
        for (unsigned i = 0; i < SENDERS; i++) {
            actors[i] = spawn(&w, watch,
                              (yoke_actor_options){.state_size = sizeof(seen),
                                                   .finish = count_finish,
                                                   .credits = 1 + i % 3});
            sources[i] = (source){.to = actors[i], .index = i, .count = 60};
            pthread_create(&sources[i].thread, NULL, send_all, &sources[i]);
        }
        pthread_create(&stopper, NULL, stop_some, actors);
        pthread_join(stopper, NULL);
        for (unsigned i = 0; i < SENDERS; i++) pthread_join(sources[i].thread, NULL);
        if (round % 2) quiet(&w);
        yoke_actors *set = w.actors;
        yoke_actors_destroy(set); /* our references keep its memory */
        for (unsigned i = 0; i < SENDERS; i++) {
            yoke_actor_stats figures = yoke_actor_figures(actors[i]);
            CU_ASSERT(figures.stopped);
            sent += 60;
            refused += atomic_load(&sources[i].refused);
            handled += (long)figures.handled;
            CU_ASSERT_EQUAL(yoke_actor_send(actors[i], "late", 5, YOKE_NOW), YOKE_ECLOSED);
        }
        CU_ASSERT_EQUAL(handled + atomic_load(&dead) - SENDERS, sent);
        CU_ASSERT(atomic_load(&dead) >= refused + SENDERS);
        CU_ASSERT_EQUAL(yoke_actors_dead_letters(set), (uint64_t)atomic_load(&dead));
        CU_ASSERT_EQUAL(atomic_load(&finished), SENDERS);
        for (unsigned i = 0; i < SENDERS; i++) yoke_actor_release(actors[i]);
        yoke_pool_destroy(w.pool);
    }
}

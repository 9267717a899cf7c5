/* SPDX-License-Identifier: Apache-2.0
 *
 * The data lane of actors: small messages in slots and others elsewhere, rings that wrap, grow and
 * start again, messages that stay while their actor waits.
 */
#include "tests/actor_use.h"

enum { SENDERS = 3, MANY = 3000, HELD = 5 };

/* ---- order ---- */

typedef struct small {
    uint32_t sender, number;
    uint64_t check;
} small;

static uint64_t check_of(uint32_t sender, uint32_t number) {
    return (uint64_t)number * 0x9E3779B97F4A7C15u ^ sender;
}

typedef struct seen {
    uint32_t next[SENDERS];
    atomic_int wrong;
} seen;

static seen *watched;

static int watch(yoke_actor *self, void *state, const yoke_message *message) {
    (void)state;
    for (const yoke_message *m = message; m; m = yoke_actor_next(self)) {
        const small *it = m->data;
        if (m->size != sizeof *it || it->sender >= SENDERS ||
            it->number != watched->next[it->sender]++ ||
            it->check != check_of(it->sender, it->number) || (uintptr_t)m->data % 16)
            atomic_fetch_add(&watched->wrong, 1);
        if (it->number % 5 == 0) break;
    }
    return YOKE_OK;
}

typedef struct source {
    pthread_t thread;
    yoke_actor *to;
    uint32_t index, count;
} source;

static void *send_all(void *arg) {
    const source *s = arg;
    for (uint32_t n = 0; n < s->count;) {
        small it = {s->index, n, check_of(s->index, n)};
        int status = yoke_actor_send(s->to, &it, sizeof it, n % 4 ? YOKE_FOREVER : YOKE_NOW);
        n += status == YOKE_OK;
        if (status != YOKE_OK) sched_yield();
    }
    return NULL;
}

static void check_order(int workers, unsigned credits, unsigned batch) {
    world w = make_world(workers, NULL);
    seen s = {0};
    watched = &s;
    yoke_actor *to = spawn(&w, watch, (yoke_actor_options){.credits = credits, .batch = batch});
    source sources[SENDERS];
    uint32_t count = (uint32_t)(credits < 10 ? test_size(1000, 200) : test_size(30000, 1500));
    for (uint32_t i = 0; i < SENDERS; i++) {
        sources[i] = (source){.to = to, .index = i, .count = count};
        pthread_create(&sources[i].thread, NULL, send_all, &sources[i]);
    }
    for (int i = 0; i < SENDERS; i++) pthread_join(sources[i].thread, NULL);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&s.wrong), 0);
    for (int i = 0; i < SENDERS; i++) CU_ASSERT_EQUAL(s.next[i], count);
    yoke_actor_release(to);
    end_world(&w);
}

TEST_WITH_LIMIT(small_messages_keep_their_order, 60) {
    check_order(1, 1, 1);
    check_order(2, 3, 2);
    check_order(2, 100, 7);
    check_order(3, 1000, 0);
    check_order(2, 20, 1000);
}

/* ---- a full lane ---- */

typedef struct tally {
    unsigned count, wrong;
} tally;

static tally told;

static size_t size_of(unsigned number) { return number % 7 * 4 + (number % 11 == 0 ? 70 : 4); }

static void fill_in(unsigned char *bytes, unsigned number) {
    memset(bytes, (int)(number % 251), size_of(number));
    memcpy(bytes, &number, sizeof number);
}

static int count_up(yoke_actor *self, void *state, const yoke_message *message) {
    unsigned char expected[200];
    if (message->size == sizeof(ticket) && told.count == 0 && !told.wrong) {
        const ticket *t = message->data;
        if (t->gate) return pass_gate(self, state, message);
    }
    fill_in(expected, told.count);
    if (message->size != size_of(told.count) || memcmp(message->data, expected, message->size) != 0)
        told.wrong++;
    told.count++;
    return YOKE_OK;
}

static int send_number(yoke_actor *to, unsigned number) {
    unsigned char bytes[200];
    fill_in(bytes, number);
    return yoke_actor_send(to, bytes, size_of(number), YOKE_NOW);
}

static void fill_once(world *w, yoke_actor *to) {
    gate g = {0};
    told = (tally){0};
    shut(to, &g);
    unsigned sent = 0;
    while (send_number(to, sent) == YOKE_OK) sent++;
    CU_ASSERT_EQUAL(sent, MANY - 1); /* the behaviour at the gate keeps its credit */
    atomic_store(&g.open, 1);
    CU_ASSERT_EQUAL(quiet(w), YOKE_OK);
    CU_ASSERT_EQUAL(told.count, sent);
    CU_ASSERT_EQUAL(told.wrong, 0);
}

TEST(a_full_lane_takes_all_that_it_has_credits_for) {
    world w = make_world(2, NULL);
    yoke_actor *to = spawn(&w, count_up, (yoke_actor_options){.credits = MANY});
    for (int i = 0; i < 3; i++) fill_once(&w, to);
    yoke_actor_release(to);
    end_world(&w);
}

TEST(the_most_credits_are_possible_and_one_more_is_not) {
    world w = make_world(1, NULL);
    yoke_actor *to = spawn(
        &w, count_up, (yoke_actor_options){.credits = YOKE_ACTOR_CREDITS, .batch = 4000000000u});
    told = (tally){0};
    for (unsigned i = 0; i < 100; i++) CU_ASSERT_EQUAL(send_number(to, i), YOKE_OK);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    CU_ASSERT_EQUAL(told.count, 100);
    CU_ASSERT_EQUAL(told.wrong, 0);
    yoke_actor_options more = {.credits = YOKE_ACTOR_CREDITS + 1};
    CU_ASSERT_EQUAL(yoke_actor_spawn(w.actors, count_up, &more, NULL), YOKE_EINVAL);
    yoke_actor_release(to);
    end_world(&w);
}

/* ---- messages that stay ---- */

/* Holds some messages, waits while the lane is filled again, and looks whether they are as they
 * were. Its credits are given back at the begin of the wait. */
typedef struct keeper {
    yoke_actor *other; /* answers when the gate is open */
    gate *gate;
    atomic_int waiting, handled, wrong;
} keeper;

static keeper kept;

static int answer_late(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    atomic_fetch_add(&kept.waiting, 1);
    await(&kept.gate->open, 1);
    return yoke_actor_reply(message, "x", 1);
}

static int keep(yoke_actor *self, void *state, const yoke_message *message) {
    const yoke_message *held[HELD] = {message};
    uint64_t copies[HELD];
    int count = 1;
    (void)state;
    while (count < HELD && (held[count] = yoke_actor_next(self))) count++;
    for (int i = 0; i < count; i++) memcpy(&copies[i], held[i]->data, sizeof copies[i]);
    char reply;
    size_t size = 1;
    int status = yoke_actor_ask(kept.other, "?", 1, &reply, &size, YOKE_FOREVER);
    for (int i = 0; i < count; i++)
        if (memcmp(&copies[i], held[i]->data, sizeof copies[i]) != 0)
            atomic_fetch_add(&kept.wrong, 1);
    atomic_fetch_add(&kept.handled, count);
    return status;
}

static int send_until_full(yoke_actor *to, uint64_t *number) {
    int sent = 0;
    while (yoke_actor_send(to, number, sizeof *number, YOKE_NOW) == YOKE_OK) {
        ++*number;
        sent++;
    }
    return sent;
}

TEST(messages_stay_while_their_actor_waits) {
    world w = make_world(2, NULL);
    uint64_t number = 1;
    for (int round = 0; round < 20; round++) {
        gate g = {0};
        kept = (keeper){.gate = &g};
        kept.other = spawn(&w, answer_late, (yoke_actor_options){0});
        yoke_actor *to = spawn(&w, keep, (yoke_actor_options){.credits = HELD, .batch = HELD});
        int sent = send_until_full(to, &number);
        await(&kept.waiting, 1);
        sent += send_until_full(to, &number);
        CU_ASSERT(sent > HELD);
        if (round % 2) yoke_actor_stop(to, false); /* behind them all */
        atomic_store(&g.open, 1);
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        CU_ASSERT_EQUAL(atomic_load(&kept.handled), sent);
        CU_ASSERT_EQUAL(atomic_load(&kept.wrong), 0);
        yoke_actor_stop(to, false);
        CU_ASSERT_EQUAL(yoke_actor_wait(to, YOKE_FOREVER), YOKE_OK);
        yoke_actor_release(to);
        yoke_actor_release(kept.other);
    }
    end_world(&w);
}

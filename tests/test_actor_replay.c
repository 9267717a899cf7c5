/* SPDX-License-Identifier: Apache-2.0
 *
 * A random bank, whose accounts' states depend on the order of their messages: recorded with one
 * number of workers, repeated with others, bitwise the same in the end.
 */
#include "tests/actor_use.h"

enum { ACCOUNTS = 12, ORDERS = 400, HOPS = 6 };

typedef struct account {
    int64_t balance;
    uint64_t history; /* a hash of all that came, in order */
    uint64_t count, spawned;
} account;

typedef struct bank {
    yoke_actors *set;
    yoke_actor *accounts[ACCOUNTS];
    account final[ACCOUNTS];
    _Atomic uint64_t clerks; /* a sum over what the spawned ones saw */
    bool timer;
} bank;

typedef struct order {
    int64_t amount;
    uint32_t to, hops;
} order;

typedef struct owner {
    bank *bank;
    int index;
} owner;

static uint64_t mix(uint64_t a, uint64_t b) {
    a = (a ^ b) * 0x9E3779B97F4A7C15u;
    return a ^ a >> 29;
}

static int clerk(yoke_actor *self, void *state, const yoke_message *message) {
    uint64_t *sum = state;
    *sum = mix(*sum, *(const uint64_t *)message->data);
    if (message->sequence % 2) yoke_actor_stop(self, false);
    return YOKE_OK;
}
static void end_clerk(yoke_actor *self, void *state, void *ctx) {
    atomic_fetch_add(&((bank *)ctx)->clerks, mix(yoke_actor_key(self), *(uint64_t *)state));
}

static int start_account(yoke_actor *self, void *state, void *ctx) {
    (void)self;
    ((account *)state)->balance = 1000 + ((const owner *)ctx)->index;
    return YOKE_OK;
}
static void end_account(yoke_actor *self, void *state, void *ctx) {
    (void)self;
    const owner *of = ctx;
    of->bank->final[of->index] = *(const account *)state;
}

static bank *open_bank; /* behaviours know it */

/* Now and then hires a clerk, who gets two messages and stops. */
static int hire(yoke_actor *self, account *a) {
    yoke_actor *made = NULL;
    yoke_actor_options options = {
        .parent = self, .state_size = 8, .finish = end_clerk, .ctx = open_bank};
    YOKE_TRY(yoke_actor_spawn(yoke_actor_set(self), clerk, &options, &made));
    int status = yoke_actor_send(made, &a->history, 8, YOKE_FOREVER);
    if (status >= 0) status = yoke_actor_send(made, &a->balance, 8, YOKE_FOREVER);
    yoke_actor_release(made);
    return status == YOKE_ECLOSED ? YOKE_OK : status;
}

static int serve(yoke_actor *self, void *state, const yoke_message *message) {
    account *a = state;
    order o = *(const order *)message->data;
    a->count++;
    a->balance += o.amount;
    a->history = mix(mix(a->history, message->sender), message->sequence ^ (uint64_t)o.amount);
    if (a->history % 23 == 0) YOKE_TRY(hire(self, a));
    if (o.hops > 0) {
        order next = {(int64_t)(a->history % 100) - 30, (uint32_t)(a->history % ACCOUNTS),
                      o.hops - 1};
        a->balance -= next.amount;
        yoke_actor *to = open_bank->accounts[next.to];
        YOKE_TRY(yoke_actor_send(to, &next, sizeof next, YOKE_FOREVER));
        if (a->history % 5 == 0) YOKE_TRY(yoke_actor_send_control(to, &next, sizeof next));
    }
    return a->history % 61 == 0 ? yoke_fail(YOKE_EDATA, "bankrupt") : YOKE_OK;
}

/* Two threads from outside, each for accounts of its own. */
typedef struct clients {
    pthread_t thread;
    bank *bank;
    unsigned parity;
    uint64_t random;
} clients;

static void *send_orders(void *arg) {
    clients *c = arg;
    for (int i = 0; i < ORDERS; i++) {
        c->random = mix(c->random, (uint64_t)i);
        order o = {(int64_t)(c->random % 50), 0, (uint32_t)(c->random >> 8) % HOPS};
        unsigned to = (unsigned)(c->random >> 32) % (ACCOUNTS / 2) * 2 + c->parity;
        yoke_actor_send(c->bank->accounts[to], &o, sizeof o, YOKE_FOREVER);
        if (i % 16 == 0) sched_yield();
    }
    return NULL;
}

static void spawn_accounts(bank *b, owner *owners) {
    for (int i = 0; i < ACCOUNTS; i++) {
        owners[i] = (owner){b, i};
        yoke_actor_options options = {.state_size = sizeof(account),
                                      .start = start_account,
                                      .finish = end_account,
                                      .ctx = &owners[i],
                                      .credits = YOKE_ACTOR_CREDITS,
                                      .batch = 1 + (unsigned)i,
                                      .children = YOKE_ACTOR_RESUME};
        REQUIRE(yoke_actor_spawn(b->set, serve, &options, &b->accounts[i]) == YOKE_OK);
    }
}

static void run_clients(bank *b, uint64_t seed) {
    clients c[2] = {{.bank = b, .parity = 0, .random = seed}, {.bank = b, .parity = 1}};
    c[1].random = seed + 1;
    for (int i = 0; i < 2; i++) pthread_create(&c[i].thread, NULL, send_orders, &c[i]);
    for (int i = 0; i < 2; i++) pthread_join(c[i].thread, NULL);
}

typedef struct record {
    yoke_actor_event *events;
    size_t count;
} record;

/* Records into *made when it is given, and repeats *old then. */
static void run_bank(bank *b, int workers, uint64_t seed, record *made, const record *old) {
    owner owners[ACCOUNTS];
    yoke_timer *timer = NULL;
    yoke_actors_options options = {.policy = YOKE_ACTOR_RESTART,
                                   .restarts = 1u << 16,
                                   .record = made != NULL,
                                   .replay = old ? old->events : NULL,
                                   .replay_count = old ? old->count : 0};
    world w = make_world(workers, &options);
    bool timed = b->timer;
    *b = (bank){.set = w.actors, .timer = timed};
    open_bank = b;
    spawn_accounts(b, owners);
    order tick = {7, 0, 2};
    if (timed)
        CU_ASSERT_EQUAL(yoke_actor_send_every(b->accounts[0], &tick, sizeof tick, 1e-4, &timer),
                        YOKE_OK);
    run_clients(b, seed);
    if (old)
        while (yoke_actors_to_replay(w.actors) > 0) usleep(100);
    yoke_timer_cancel(timer);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    if (made) CU_ASSERT_EQUAL(yoke_actors_log(w.actors, &made->events, &made->count), YOKE_OK);
    end_world(&w);
    for (int i = 0; i < ACCOUNTS; i++) yoke_actor_release(b->accounts[i]);
}

static void check_replays(bool timed) {
    static const int sizes[] = {1, 2, 3, 7};
    for (int i = 0; i < 4; i++) {
        bank first = {.timer = timed}, again = {.timer = timed};
        uint64_t seed = test_random();
        record made = {NULL, 0}, repeated = {NULL, 0};
        run_bank(&first, sizes[i], seed, &made, NULL);
        CU_ASSERT(made.count >= (size_t)2 * ORDERS);
        for (int n = 0; n < 4; n++) {
            run_bank(&again, sizes[n], seed, &repeated, &made);
            CU_ASSERT_EQUAL(memcmp(first.final, again.final, sizeof first.final), 0);
            CU_ASSERT_EQUAL(atomic_load(&first.clerks), atomic_load(&again.clerks));
            CU_ASSERT_EQUAL(repeated.count, made.count);
            free(repeated.events);
        }
        free(made.events);
    }
}

TEST_WITH_LIMIT(a_bank_is_repeated_bitwise, 120) { check_replays(false); }

TEST_WITH_LIMIT(a_bank_with_a_timer_is_repeated_bitwise, 120) { check_replays(true); }

TEST(a_record_needs_recording) {
    world w = make_world(1, NULL);
    record made = {NULL, 0};
    CU_ASSERT_EQUAL(yoke_actors_log(w.actors, &made.events, &made.count), YOKE_EINVAL);
    end_world(&w);
}

/* Nothing was delivered: nothing is. */
TEST(what_was_not_delivered_never_is) {
    yoke_actor_event none;
    yoke_actors_options options = {.replay = &none};
    world w = make_world(2, &options);
    bank b = {0};
    open_bank = &b;
    yoke_actor *actor = spawn(&w, serve, (yoke_actor_options){.state_size = sizeof(account)});
    for (int i = 0; i < 3000; i++)
        CU_ASSERT_EQUAL(yoke_actor_send(actor, &(order){0}, sizeof(order), YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_figures(actor).handled, 0);
    yoke_actors_destroy(w.actors);
    CU_ASSERT_EQUAL(yoke_actor_figures(actor).dead_letters, 3000);
    yoke_actor_release(actor);
    yoke_pool_destroy(w.pool);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of actors and of the resource pool.
 */
#include <stdatomic.h>

#include "perf/load.h"
#include "yoke/actor.h"
#include "yoke/resource.h"
#include "yoke/team.h"

/* ---- actors ---- */

enum { ACTORS = 16 };

typedef struct cast {
    yoke__load_data data;
    yoke_pool *pool;
    yoke_actors *set;
    struct player {
        struct cast *cast;
        yoke_actor *actor;
        uint64_t handled, sum;
        int failure; /* of a send */
    } players[ACTORS];
    uint64_t answer; /* messages handled */
} cast;

static int keep_player(yoke_actor *self, void *state, void *ctx) {
    (void)self;
    *(struct player **)state = ctx;
    return YOKE_OK;
}

static int prepare(yoke_load_run *run, int players, yoke_actor_fn *behaviour) {
    YOKE_TRY(yoke__load_open(run, sizeof(cast)));
    cast *c = run->state;
    YOKE_TRY(yoke_pool_create(&(yoke_pool_options){.workers = yoke__load_threads(run)}, &c->pool));
    YOKE_TRY(yoke_actors_create(c->pool, NULL, &c->set));
    for (int i = 0; i < players; i++) {
        c->players[i].cast = c;
        yoke_actor_options options = {
            .state_size = sizeof(struct player *), .start = keep_player, .ctx = &c->players[i]};
        YOKE_TRY(yoke_actor_spawn(c->set, behaviour, &options, &c->players[i].actor));
    }
    return yoke__load_answer(run, &c->answer, sizeof c->answer);
}

static void finish(yoke_load_run *run) {
    cast *c = run->state;
    if (c) {
        for (int i = 0; i < ACTORS; i++) yoke_actor_release(c->players[i].actor);
        yoke_actors_destroy(c->set);
        yoke_pool_destroy(c->pool);
    }
    yoke__load_close(run);
}

/* Waits until all is handled, and adds up. */
static int settle(cast *c) {
    YOKE_TRY(yoke_actors_wait(c->set, YOKE_FOREVER));
    c->answer = 0;
    for (int i = 0; i < ACTORS; i++) {
        c->answer += c->players[i].handled;
        if (c->players[i].failure < 0)
            return yoke_fail(c->players[i].failure, "a message was lost");
    }
    c->data.count++;
    return YOKE_OK;
}

static int check_handled(yoke_load_run *run) {
    const cast *c = run->state;
    return yoke__load_equal(c->answer, c->data.count * run->size);
}

static int pass_on(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    struct player *p = *(struct player **)state;
    uint64_t left = *(const uint64_t *)message->data - 1;
    p->handled++;
    if (!left) return YOKE_OK;
    struct player *other = &p->cast->players[p == p->cast->players];
    return p->failure = yoke_actor_send(other->actor, &left, sizeof left, YOKE_FOREVER);
}

static int prepare_ping_pong(yoke_load_run *run) { return prepare(run, 2, pass_on); }

static int ping_pong(yoke_load_run *run) {
    cast *c = run->state;
    uint64_t left = run->size;
    YOKE_TRY(yoke_actor_send(c->players[0].actor, &left, sizeof left, YOKE_FOREVER));
    return settle(c);
}

static int add_up(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    struct player *p = *(struct player **)state;
    p->handled++;
    p->sum += *(const uint64_t *)message->data;
    return YOKE_OK;
}

static int prepare_counting(yoke_load_run *run) { return prepare(run, ACTORS, add_up); }

static int counting(yoke_load_run *run) {
    cast *c = run->state;
    for (uint64_t i = 0; i < run->size; i++)
        YOKE_TRY(yoke_actor_send(c->players[i % ACTORS].actor, &i, sizeof i, YOKE_FOREVER));
    return settle(c);
}

static int check_counting(yoke_load_run *run) {
    const cast *c = run->state;
    uint64_t sum = 0;
    for (int i = 0; i < ACTORS; i++) sum += c->players[i].sum;
    uint64_t n = run->size;
    YOKE_TRY(yoke__load_equal(sum, (n % 2 ? (n - 1) / 2 * n : n / 2 * (n - 1)) * c->data.count));
    return check_handled(run);
}

/* ---- leases of a few handles ---- */

enum { HANDLES = 4 };

typedef struct leases {
    yoke__load_data data;
    yoke_resource_pool *pool;
    struct handle {
        atomic_bool made;
        uint64_t uses; /* by who has it, one at a time */
    } handles[HANDLES];
    uint64_t answer;
    size_t each; /* leases of a member */
} leases;

static int create(void *ctx, yoke_deadline deadline, void **handle) {
    leases *l = ctx;
    (void)deadline;
    for (int i = 0; i < HANDLES; i++) {
        if (atomic_exchange(&l->handles[i].made, true)) continue;
        *handle = &l->handles[i];
        return YOKE_OK;
    }
    return yoke_fail(YOKE_EINVAL, "more than %d handles", HANDLES);
}

static void destroy(void *ctx, void *handle) {
    (void)ctx;
    atomic_store(&((struct handle *)handle)->made, false);
}

static int prepare_leases(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(leases)));
    leases *l = run->state;
    size_t threads = (size_t)yoke__load_threads(run);
    l->each = run->size / threads + 1;
    run->items = l->each * threads;
    YOKE_TRY(yoke__load_answer(run, &l->answer, sizeof l->answer));
    yoke_resource_options options = {.maximum = HANDLES,
                                     .calls = {.create = create, .destroy = destroy, .ctx = l}};
    return yoke_resource_create(&options, &l->pool);
}

static void finish_leases(yoke_load_run *run) {
    leases *l = run->state;
    if (l) yoke_resource_destroy(l->pool);
    yoke__load_close(run);
}

static int use(yoke_team *team, int member, void *ctx) {
    leases *l = ctx;
    (void)member;
    for (size_t i = 0; i < l->each && !yoke_team_stopping(team); i++) {
        void *handle;
        YOKE_TRY(yoke_resource_acquire(l->pool, &handle, YOKE_FOREVER));
        ((struct handle *)handle)->uses++;
        YOKE_TRY(yoke_resource_release(l->pool, handle));
    }
    return YOKE_OK;
}

static int lease(yoke_load_run *run) {
    leases *l = run->state;
    YOKE_TRY(yoke_team_run(yoke__load_threads(run), use, l));
    l->answer = 0;
    for (int i = 0; i < HANDLES; i++) l->answer += l->handles[i].uses;
    l->data.count++;
    return YOKE_OK;
}

static int check_leases(yoke_load_run *run) {
    const leases *l = run->state;
    return yoke__load_equal(l->answer, l->data.count * run->items);
}

const yoke_load yoke__loads_actor[] = {{.name = "ping_pong",
                                        .group = "actor",
                                        .about = "one message between two actors",
                                        .item = "message",
                                        .size = 100000,
                                        .prepare = prepare_ping_pong,
                                        .repeat = ping_pong,
                                        .check = check_handled,
                                        .finish = finish},
                                       {.name = "counting",
                                        .group = "actor",
                                        .about = "messages of one thread to 16 actors",
                                        .item = "message",
                                        .size = 1000000,
                                        .prepare = prepare_counting,
                                        .repeat = counting,
                                        .check = check_counting,
                                        .finish = finish},
                                       {.name = "lease",
                                        .group = "resource",
                                        .about = "4 handles of a pool, acquired and released",
                                        .item = "lease",
                                        .size = 1000000,
                                        .prepare = prepare_leases,
                                        .repeat = lease,
                                        .check = check_leases,
                                        .finish = finish_leases},
                                       {.name = NULL}};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools and actors: what is promised there is order, of failures and of deliveries.
 */
#include <stdlib.h>
#include <string.h>

#include "perf/verify_list.h"
#include "yoke/actor.h"
#include "yoke/future.h"
#include "yoke/hash.h"

static int open_pool(const verify_case *c, int more, yoke_pool **pool) {
    return yoke_pool_create(&(yoke_pool_options){.workers = c->run->threads + more}, pool);
}

/* ---- a loop, each iteration of which has a place of its own ---- */

typedef struct loop {
    double *to;
    size_t n;
} loop;

static int fill(yoke_worker *worker, size_t begin, size_t end, void *ctx) {
    loop *l = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++) l->to[i] = 1.0 / (double)(i + 1);
    return YOKE_OK;
}

static int fill_all(yoke_worker *worker, void *ctx) {
    loop *l = ctx;
    return yoke_parallel_for(worker, 0, l->n, 100, fill, l);
}

static int loops(verify_case *c) {
    yoke_pool *pool;
    loop l = {.n = c->n};
    YOKE_TRY(yoke__verify_room(c, &l.to, c->n * sizeof *l.to));
    YOKE_TRY(open_pool(c, 0, &pool));
    int status = yoke_pool_run(pool, fill_all, &l);
    yoke_pool_destroy(pool);
    return status < 0 ? status : yoke__verify_add(c, l.to, c->n * sizeof *l.to);
}

/* ---- of several failures the first in the order of the futures ---- */

enum { JOBS = 40, FIRST_FAILURE = 17 };

static int fail_late(yoke_worker *worker, void *arg) {
    int index = *(const int *)arg;
    (void)worker;
    if (index < FIRST_FAILURE || index % 2 == 0) return YOKE_OK;
    return yoke_fail(index == FIRST_FAILURE ? YOKE_EDATA : YOKE_ERANGE, "job %d", index);
}

static int submit_all(verify_case *c, yoke_pool *pool, int *index, yoke_future **futures) {
    yoke_future *all = NULL;
    int count = 0, status = YOKE_OK;
    for (; count < JOBS && status >= 0; count += status >= 0) {
        index[count] = count;
        status =
            yoke_pool_submit(pool, fail_late, &index[count], NULL, YOKE_FOREVER, &futures[count]);
    }
    if (status >= 0) status = yoke_future_all(futures, JOBS, &all);
    if (status >= 0) status = yoke_future_wait(all, YOKE_FOREVER);
    if (status >= 0) {
        int result = yoke_future_result(all);
        yoke__verify_add(c, &result, sizeof result);
        yoke__verify_add(c, yoke_error_detail(), strlen(yoke_error_detail()));
    }
    yoke_future_release(all);
    for (int i = 0; i < count; i++) yoke_future_release(futures[i]);
    return status;
}

static int futures(verify_case *c) {
    yoke_pool *pool;
    yoke_future *of[JOBS] = {NULL};
    int index[JOBS];
    YOKE_TRY(open_pool(c, 0, &pool));
    int status = submit_all(c, pool, index, of);
    yoke_pool_destroy(pool);
    return status;
}

/* ---- actors, recorded and repeated ---- */

enum { ACTORS = 5, HOPS = 6 };

typedef struct crowd {
    yoke_actors *actors;
    yoke_actor *of[ACTORS];
    uint64_t final[ACTORS];
} crowd;

typedef struct letter {
    crowd *to;
    uint64_t hops, number;
} letter;

typedef struct place {
    crowd *in;
    int index;
} place;

static void end_actor(yoke_actor *self, void *state, void *ctx) {
    const place *p = ctx;
    (void)self;
    p->in->final[p->index] = *(uint64_t *)state;
}

/* The state depends on the order of messages. */
static int receive(yoke_actor *self, void *state, const yoke_message *message) {
    uint64_t *history = state;
    letter got;
    (void)self;
    memcpy(&got, message->data, sizeof got);
    *history = yoke_hash_mix(*history ^ got.number, 0x9E3779B97F4A7C15u + message->sequence);
    if (!got.hops) return YOKE_OK;
    letter next = {got.to, got.hops - 1, *history};
    return yoke_actor_send(got.to->of[*history % ACTORS], &next, sizeof next, YOKE_FOREVER);
}

static int spawn_all(crowd *w, place *places) {
    for (int i = 0; i < ACTORS; i++) {
        places[i] = (place){w, i};
        yoke_actor_options options = {.state_size = sizeof(uint64_t),
                                      .finish = end_actor,
                                      .ctx = &places[i],
                                      .credits = YOKE_ACTOR_CREDITS};
        YOKE_TRY(yoke_actor_spawn(w->actors, receive, &options, &w->of[i]));
    }
    return YOKE_OK;
}

static int send_all(const verify_case *c, crowd *w) {
    for (size_t i = 0; i < c->n; i++) {
        letter first = {w, i % HOPS, i};
        YOKE_TRY(yoke_actor_send(w->of[i % ACTORS], &first, sizeof first, YOKE_FOREVER));
    }
    return yoke_actors_wait(w->actors, YOKE_FOREVER);
}

/* Runs them; records into *events, or repeats them. */
static int run_crowd(const verify_case *c, yoke_pool *pool, crowd *w, bool record,
                     yoke_actor_event **events, size_t *count) {
    place places[ACTORS];
    yoke_actors_options options = {.record = record};
    if (!record) options.replay = *events, options.replay_count = *count;
    YOKE_TRY(yoke_actors_create(pool, &options, &w->actors));
    int status = spawn_all(w, places);
    if (status >= 0) status = send_all(c, w);
    if (status >= 0 && record) status = yoke_actors_log(w->actors, events, count);
    for (int i = 0; i < ACTORS; i++)
        if (w->of[i]) yoke_actor_release(w->of[i]);
    yoke_actors_destroy(w->actors);
    return status;
}

/* Recorded with some workers, repeated with one more: the states are the same in the end. What they
 * are differs from recording to recording. */
static int replay(verify_case *c) {
    yoke_pool *pool = NULL, *other = NULL;
    yoke_actor_event *events = NULL;
    size_t count = 0;
    crowd recorded = {.actors = NULL}, repeated = {.actors = NULL};
    int status = open_pool(c, 0, &pool);
    if (status >= 0) status = open_pool(c, 1, &other);
    if (status >= 0) status = run_crowd(c, pool, &recorded, true, &events, &count);
    if (status >= 0) status = run_crowd(c, other, &repeated, false, &events, &count);
    uint64_t same = !memcmp(recorded.final, repeated.final, sizeof recorded.final);
    free(events);
    yoke_pool_destroy(other);
    yoke_pool_destroy(pool);
    if (status < 0) return status;
    yoke__verify_add(c, &same, sizeof same);
    return yoke__verify_add(c, &count, sizeof count);
}

const verify_entry yoke__verify_list_pool[] = {{.algorithm = "loop on tasks",
                                                .input = "iterations",
                                                .level = "always",
                                                .headers = "task pool",
                                                .n = 20000,
                                                .compute = loops},
                                               {.algorithm = "the first failure of many futures",
                                                .input = "jobs",
                                                .level = "always",
                                                .headers = "future",
                                                .n = JOBS,
                                                .compute = futures},
                                               {.algorithm = "actors, repeated as recorded",
                                                .input = "messages, and what they cause",
                                                .level = "always",
                                                .headers = "actor",
                                                .n = 2000,
                                                .compute = replay},
                                               {.algorithm = NULL}};

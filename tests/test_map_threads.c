/* SPDX-License-Identifier: Apache-2.0
 *
 * The map with many threads: nothing is lost, torn, or seen twice, whoever grows the map meanwhile.
 */
#include "tests/harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/history.h"
#include "tests/map_threads.h"
#include "yoke/map.h"
#include "yoke/team.h"

/* Many small numbers, few large ones. */
static uint64_t skewed(uint64_t *state, uint64_t limit) {
    return next_random(state) % (next_random(state) % limit + 1);
}

/* ---- sums ---- */

enum { SUM_KEYS = 5000, SUM_BLOCK = 100 };

typedef struct sums {
    yoke_map *map;
    size_t operations; /* of each thread */
    uint64_t seed;
    bool blocks;
    atomic_int failures;
    _Atomic uint64_t expected[SUM_KEYS];
} sums;

static int add_block(sums *s, uint64_t *state) {
    uint64_t keys[SUM_BLOCK], values[SUM_BLOCK];
    for (int i = 0; i < SUM_BLOCK; i++) {
        keys[i] = skewed(state, SUM_KEYS);
        values[i] = next_random(state) % 100;
        atomic_fetch_add(&s->expected[keys[i]], values[i]);
    }
    if (s->blocks) {
        return yoke_map_update_block_u64(s->map, keys, values, SUM_BLOCK, yoke_map_add_u64);
    }
    int status = 0;
    for (int i = 0; i < SUM_BLOCK && status >= 0; i++) {
        status = yoke_map_update_u64(s->map, keys[i], yoke_map_add_u64, &values[i]);
    }
    return status;
}

static int add_all(yoke_team *team, int member, void *ctx) {
    (void)team;
    sums *s = ctx;
    uint64_t state = s->seed + (uint64_t)member;
    for (size_t i = 0; i < s->operations / SUM_BLOCK; i++) {
        if (add_block(s, &state) < 0) atomic_fetch_add(&s->failures, 1);
    }
    return YOKE_OK;
}

static void check_sums(const sums *s) {
    size_t wrong = 0, keys = 0;
    for (uint64_t key = 0; key < SUM_KEYS; key++) {
        uint64_t value = 0, expected = atomic_load(&s->expected[key]);
        int found = yoke_map_get_u64(s->map, key, &value);
        wrong += value != expected || (expected && !found);
        keys += (size_t)found;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(yoke_map_size(s->map), keys);
    CU_ASSERT_EQUAL(s->failures, 0);
}

TEST_WITH_LIMIT(updates_add_up, 120) {
    for (int i = 0; i < 2 * COUNTS; i++) {
        int threads = thread_counts[i / 2];
        sums *s = calloc(1, sizeof *s);
        REQUIRE(s != NULL);
        s->operations = test_size(400000, 20000) / (size_t)threads;
        s->seed = test_random();
        s->blocks = i % 2;
        s->map = make_map(8, i % 3 ? 0 : 1);
        CU_ASSERT_EQUAL(yoke_team_run(threads, add_all, s), YOKE_OK);
        check_sums(s);
        yoke_map_destroy(s->map);
        free(s);
    }
}

/* ---- readers while the map grows ---- */

typedef struct growth {
    yoke_map *map;
    uint64_t last;
    _Atomic uint64_t written; /* keys below are in the map */
    atomic_size_t missing, wrong;
} growth;

static void write_growth(growth *g) {
    for (uint64_t key = 0; key < g->last; key++) {
        uint64_t value = key * 3;
        yoke_map_put_u64(g->map, key, &value);
        atomic_store(&g->written, key + 1);
    }
}

static int read_growth(yoke_team *team, int member, void *ctx) {
    (void)team;
    growth *g = ctx;
    uint64_t state = (uint64_t)member, written;
    if (member == 0) write_growth(g);
    do {
        sched_yield(); /* the writer is one of many */
        written = atomic_load(&g->written);
        if (!written) continue;
        uint64_t key = next_random(&state) % written, value = 0;
        if (yoke_map_get_u64(g->map, key, &value) != 1) atomic_fetch_add(&g->missing, 1);
        if (value != key * 3) atomic_fetch_add(&g->wrong, 1);
    } while (written < g->last);
    return YOKE_OK;
}

TEST_WITH_LIMIT(readers_miss_nothing_while_the_map_grows, 120) {
    for (int i = 0; i < COUNTS; i++) {
        growth g = {.map = make_map(8, i % 2 ? 1 : 4), .last = test_size(60000, 5000)};
        CU_ASSERT_EQUAL(yoke_team_run(thread_counts[i], read_growth, &g), YOKE_OK);
        CU_ASSERT_EQUAL(g.missing, 0);
        CU_ASSERT_EQUAL(g.wrong, 0);
        CU_ASSERT_EQUAL(yoke_map_size(g.map), g.last);
        yoke_map_destroy(g.map);
    }
}

/* ---- a thread reads what it wrote ---- */

typedef struct own {
    yoke_map *map;
    uint64_t keys; /* of each thread */
    atomic_size_t stale;
} own;

/* Keys of its own, updated and read again and again while others make the map grow: an entry is in
 * force in one table only, also in the overflow of a home that has just moved. */
static int update_own(yoke_team *team, int member, void *ctx) {
    (void)team;
    own *o = ctx;
    uint64_t state = (uint64_t)member, one = 1;
    uint64_t *values = calloc(o->keys, sizeof *values);
    if (!values) return yoke_fail(YOKE_ENOMEM, NULL);
    for (uint64_t i = 0; i < o->keys * 8; i++) {
        uint64_t k = next_random(&state) % (i / 8 + 1), found = 0, key = k << 8 | (unsigned)member;
        values[k]++;
        yoke_map_update_u64(o->map, key, yoke_map_add_u64, &one);
        k = next_random(&state) % (i / 8 + 1), key = k << 8 | (unsigned)member;
        yoke_map_get_u64(o->map, key, &found);
        if (found != values[k]) atomic_fetch_add(&o->stale, 1);
    }
    free(values);
    return YOKE_OK;
}

TEST_WITH_LIMIT(a_thread_reads_what_it_wrote, 120) {
    for (int i = 0; i < COUNTS; i++) {
        own o = {.map = make_map(8, i % 2 ? 1 : 2)};
        o.keys = test_size(100000, 5000) / (size_t)thread_counts[i];
        CU_ASSERT_EQUAL(yoke_team_run(thread_counts[i], update_own, &o), YOKE_OK);
        CU_ASSERT_EQUAL(o.stale, 0);
        yoke_map_destroy(o.map);
    }
}

/* ---- visits while others change the map ---- */

enum { STABLE = 500 };

typedef struct visits {
    yoke_map *map;
    atomic_int running;
    atomic_size_t wrong;
} visits;

typedef struct one_visit {
    unsigned char seen[STABLE];
    size_t wrong;
} one_visit;

static int note_visit(const void *key, size_t size, const void *value, void *ctx) {
    one_visit *v = ctx;
    uint64_t number, word;
    memcpy(&number, key, size);
    memcpy(&word, value, 8);
    v->wrong += word != number + 1;
    if (number < STABLE) v->seen[number]++;
    return 0;
}

static void visit_often(visits *v) {
    for (size_t round = 0; round < test_size(200, 20); round++) {
        one_visit once = {.wrong = 0};
        if (yoke_map_each(v->map, note_visit, &once) != YOKE_OK) once.wrong++;
        for (int i = 0; i < STABLE; i++) once.wrong += once.seen[i] != 1;
        atomic_fetch_add(&v->wrong, once.wrong);
    }
    atomic_store(&v->running, 0);
}

/* Fills the map far beyond the stable keys and empties it again. */
static void disturb(visits *v, uint64_t member) {
    while (atomic_load(&v->running)) {
        for (uint64_t i = 0; i < 4000; i++) {
            uint64_t key = STABLE + member * 10000 + i, value = key + 1;
            yoke_map_put_u64(v->map, key, &value);
        }
        for (uint64_t i = 0; i < 4000; i++) {
            yoke_map_remove_u64(v->map, STABLE + member * 10000 + i, NULL);
        }
    }
}

static int visit_or_disturb(yoke_team *team, int member, void *ctx) {
    (void)team;
    if (member == 0) {
        visit_often(ctx);
    } else {
        disturb(ctx, (uint64_t)member);
    }
    return YOKE_OK;
}

TEST_WITH_LIMIT(stable_entries_are_visited_once, 120) {
    for (int threads = 2; threads <= 5; threads++) {
        visits v = {.map = make_map(8, threads % 2 ? 1 : 8), .running = 1};
        for (uint64_t key = 0; key < STABLE; key++) {
            yoke_map_put_u64(v.map, key, &(uint64_t){key + 1});
        }
        CU_ASSERT_EQUAL(yoke_team_run(threads, visit_or_disturb, &v), YOKE_OK);
        CU_ASSERT_EQUAL(v.wrong, 0);
        CU_ASSERT_EQUAL(yoke_map_size(v.map), STABLE);
        yoke_map_destroy(v.map);
    }
}

/* ---- byte strings come and go ---- */

typedef struct texts {
    yoke_map *map;
    size_t operations;
    atomic_size_t wrong;
} texts;

static int work_texts(yoke_team *team, int member, void *ctx) {
    (void)team;
    texts *t = ctx;
    uint64_t state = (uint64_t)member;
    for (size_t i = 0; i < t->operations; i++) {
        char key[64];
        int number = (int)(next_random(&state) % 300), found = -1;
        size_t size = (size_t)snprintf(key, sizeof key, "%0*d", number % 40, number);
        switch (next_random(&state) % 4) {
        case 0: yoke_map_put(t->map, key, size, &number); break;
        case 1: yoke_map_remove(t->map, key, size, NULL); break;
        default:
            if (yoke_map_get(t->map, key, size, &found) == 1 && found != number) {
                atomic_fetch_add(&t->wrong, 1);
            }
        }
    }
    return YOKE_OK;
}

TEST_WITH_LIMIT(strings_come_and_go, 120) {
    for (int i = 0; i < COUNTS; i++) {
        texts t = {.operations = test_size(400000, 20000) / (size_t)thread_counts[i]};
        yoke_map_options options = {.keys = YOKE_MAP_BYTES, .value_size = 4, .shards = 1 + i % 2};
        REQUIRE(yoke_map_create(&options, &t.map) == YOKE_OK);
        CU_ASSERT_EQUAL(yoke_team_run(thread_counts[i], work_texts, &t), YOKE_OK);
        CU_ASSERT_EQUAL(t.wrong, 0);
        yoke_map_destroy(t.map);
    }
}

/* ---- threads that end, and a reader that stands still ---- */

static void *put_some(void *ctx) {
    yoke_map *map = ctx;
    static _Atomic uint64_t next;
    for (int i = 0; i < 50; i++) {
        uint64_t key = atomic_fetch_add(&next, 1);
        if (yoke_map_put_u64(map, key, &key) != 1) return map;
    }
    return NULL;
}

TEST(threads_come_and_go) {
    yoke_map *map = make_map(8, 1);
    size_t rounds = test_size(100, 20), failures = 0;
    for (size_t round = 0; round < rounds; round++) {
        pthread_t threads[5];
        for (int i = 0; i < 5; i++) REQUIRE(!pthread_create(&threads[i], NULL, put_some, map));
        for (int i = 0; i < 5; i++) {
            void *failed;
            pthread_join(threads[i], &failed);
            failures += failed != NULL;
        }
    }
    CU_ASSERT_EQUAL(failures, 0);
    CU_ASSERT_EQUAL(yoke_map_size(map), rounds * 250);
    yoke_map_destroy(map);
}

typedef struct stall {
    yoke_map *map;
    atomic_int entered, leave;
} stall;

static int stand_still(const void *key, size_t size, const void *value, void *ctx) {
    (void)key, (void)size, (void)value;
    stall *s = ctx;
    atomic_store(&s->entered, 1);
    while (!atomic_load(&s->leave)) sched_yield();
    return 1;
}

static void *visit_and_stand(void *ctx) {
    stall *s = ctx;
    yoke_map_each(s->map, stand_still, s);
    return NULL;
}

TEST(a_reader_that_stands_still_stops_nobody) {
    stall s = {.map = make_map(8, 1)};
    pthread_t reader;
    uint64_t value = 1, failures = 0, last = test_size(200000, 10000);
    yoke_map_put_u64(s.map, 0, &value);
    REQUIRE(!pthread_create(&reader, NULL, visit_and_stand, &s));
    while (!atomic_load(&s.entered)) sched_yield();
    for (uint64_t key = 1; key < last; key++) {
        failures += yoke_map_put_u64(s.map, key, &value) != 1;
        failures += key > 5000 && yoke_map_remove_u64(s.map, key - 5000, NULL) != 1;
    }
    CU_ASSERT_EQUAL(failures, 0);
    atomic_store(&s.leave, 1);
    pthread_join(reader, NULL);
    yoke_map_destroy(s.map);
}

/* ---- linearizability ---- */

enum { RECORDED_KEYS = 3 };

static void record_one(history *h, int thread, yoke_map *map, uint64_t *state) {
    int64_t key = (int64_t)(next_random(state) % RECORDED_KEYS);
    uint64_t value = next_random(state) % 50, found = 0, number = (uint64_t)key;
    int kind = (int)(next_random(state) % 5);
    history_op *op = history_begin(h, thread, kind, (int64_t)value, key);
    int done = -1;
    switch (kind) {
    case HISTORY_GET: done = yoke_map_get_u64(map, number, &found); break;
    case HISTORY_PUT: done = yoke_map_put_u64(map, number, &value); break;
    case HISTORY_INSERT: done = yoke_map_insert_u64(map, number, &value); break;
    case HISTORY_REMOVE: done = yoke_map_remove_u64(map, number, &found); break;
    default: done = yoke_map_update_u64(map, number, yoke_map_add_u64, &value);
    }
    history_end(h, op, done, (int64_t)found);
}

static void record(history *h, int thread, void *ctx) {
    static _Atomic uint64_t seeds;
    yoke_map *map = ctx;
    uint64_t state = atomic_fetch_add(&seeds, 1), other = 100 + (uint64_t)thread * 1000;
    for (int i = 0; i < 10; i++) {
        record_one(h, thread, map, &state);
        for (int j = 0; j < 9; j++) yoke_map_put_u64(map, other++, &other); /* makes it grow */
    }
}

TEST_WITH_LIMIT(histories_are_linearizable, 120) {
    history *h = history_create(4, 10);
    history_spec spec = history_map();
    for (size_t round = 0; round < test_size(1500, 150); round++) {
        yoke_map *map = make_map(8, 1);
        history_clear(h);
        history_run(h, record, map);
        HISTORY_ASSERT_KEYS(h, &spec);
        yoke_map_destroy(map);
    }
    history_destroy(h);
}

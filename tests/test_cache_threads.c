/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache used by many threads at once: values are whole whatever happens, nothing that is there
 * is missed, and calls on a key are linearizable.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cache_use.h"
#include "tests/harness.h"
#include "tests/history.h"
#include "yoke/team.h"

/* All keys in one chain. */
static uint64_t same_hash(const uint64_t seed[2], const void *key, size_t size) {
    (void)seed, (void)key, (void)size;
    return 42;
}

static atomic_int alive;
static void release_counted(void *data, size_t size) {
    (void)size;
    atomic_fetch_sub(&alive, 1);
    free(data);
}

enum { STRESS_KEYS = 400 };

typedef struct stress {
    yoke_cache *cache;
    atomic_long wrong;
    size_t steps;
} stress;

/* A value is its key's number again and again, so that any mixture shows. */
static bool is_value_of(const int *data, size_t size, int key) {
    for (size_t i = 0; i < size / sizeof *data; i++) {
        if (data[i] != key) return false;
    }
    return size > 0;
}

static int write_value(yoke_cache *cache, int key, uint64_t random) {
    int data[40];
    size_t count = 1 + random % 40;
    for (size_t i = 0; i < count; i++) data[i] = key;
    if (random & 64) return yoke_cache_put(cache, &key, sizeof key, data, count * sizeof *data);
    yoke_cache_item item = {malloc(count * sizeof *data), count * sizeof *data, 0, release_counted};
    if (!item.data) return YOKE_ENOMEM;
    memcpy(item.data, data, item.size);
    atomic_fetch_add(&alive, 1);
    int status = yoke_cache_give(cache, &key, sizeof key, &item);
    if (status < 0) release_counted(item.data, item.size);
    return status;
}

static int read_value(yoke_cache *cache, int key, yoke_cache_value *kept, int *kept_key) {
    int copy[40];
    size_t size = 0;
    int status = yoke_cache_read(cache, &key, sizeof key, copy, sizeof copy, &size);
    if (status == 1 && !is_value_of(copy, size, key)) return YOKE_EDATA;
    if (kept->entry && !is_value_of(kept->data, kept->size, *kept_key)) return YOKE_EDATA;
    yoke_cache_release(kept);
    *kept_key = key;
    return yoke_cache_get(cache, &key, sizeof key, kept);
}

static int use_all(yoke_team *team, int member, void *ctx) {
    stress *s = ctx;
    uint64_t random = (uint64_t)member * 77 + 1;
    yoke_cache_value kept = {0};
    int kept_key = 0;
    (void)team;
    for (size_t i = 0; i < s->steps; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        int key = (int)((random >> 33) % STRESS_KEYS), what = (int)(random >> 58), status;
        if (what < 40) {
            status = read_value(s->cache, key, &kept, &kept_key);
        } else if (what < 60) {
            status = write_value(s->cache, key, random >> 20);
        } else if (what < 63) {
            status = yoke_cache_remove(s->cache, &key, sizeof key);
        } else {
            status = i % 50 ? (int)yoke_cache_sweep(s->cache) : yoke_cache_clear(s->cache);
        }
        if (status < 0) atomic_fetch_add(&s->wrong, 1);
    }
    yoke_cache_release(&kept);
    return YOKE_OK;
}

TEST_WITH_LIMIT(values_are_whole_whatever_happens, 60) {
    static const int sizes[] = {1, 2, 3, 7, 64};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        stress s = {.steps = test_size(60000, 4000) / (size_t)sizes[i]};
        s.cache = make_cache(
            (yoke_cache_options){.max_entries = 200, .max_bytes = 50000, .shards = 4, .ttl = 1000});
        CU_ASSERT_EQUAL(yoke_team_run(sizes[i], use_all, &s), YOKE_OK);
        CU_ASSERT_EQUAL(atomic_load(&s.wrong), 0);
        yoke_cache_destroy(s.cache);
        CU_ASSERT_EQUAL(atomic_load(&alive), 0);
    }
}

/* One writes ever more keys, so that the index grows again and again; the others look for those
 * that are surely there. */
typedef struct growth {
    yoke_cache *cache;
    atomic_int written, missed;
    int keys;
} growth;

static int grow_or_look(yoke_team *team, int member, void *ctx) {
    growth *g = ctx;
    (void)team;
    if (member == 0) {
        for (int key = 0; key < g->keys; key++) {
            YOKE_TRY(yoke_cache_put(g->cache, &key, sizeof key, &key, sizeof key));
            atomic_store(&g->written, key + 1);
        }
        return YOKE_OK;
    }
    uint64_t random = (uint64_t)member;
    for (int round = 0; round < 2 * g->keys; round++) {
        int written = atomic_load(&g->written), got = -1;
        if (!written) continue;
        random = random * 6364136223846793005u + 1442695040888963407u;
        int key = (int)((random >> 33) % (uint64_t)written);
        size_t size;
        int found = yoke_cache_read(g->cache, &key, sizeof key, &got, sizeof got, &size);
        if (found != 1 || got != key) atomic_fetch_add(&g->missed, 1);
    }
    return YOKE_OK;
}

TEST(nothing_is_missed_while_the_index_grows) {
    for (int threads = 2; threads <= 7; threads += 5) {
        growth g = {.keys = (int)test_size(50000, 2000)};
        g.cache = make_cache((yoke_cache_options){.max_bytes = (size_t)1 << 30, .shards = 1});
        CU_ASSERT_EQUAL(yoke_team_run(threads, grow_or_look, &g), YOKE_OK);
        CU_ASSERT_EQUAL(atomic_load(&g.missed), 0);
        CU_ASSERT_EQUAL(stats_of(g.cache).entries, g.keys);
        yoke_cache_destroy(g.cache);
    }
}

/* Keys in one long chain are overwritten one after the other, which puts them first; the others
 * look for the one that is next, at the end of the chain. It is always there. */
enum { CHAIN = 200 };

static int overwrite_or_look(yoke_team *team, int member, void *ctx) {
    growth *g = ctx;
    (void)team;
    for (int i = 0; i < g->keys; i++) {
        int key = i % CHAIN, got = 0;
        size_t size;
        if (member == 0) {
            atomic_store(&g->written, i);
            YOKE_TRY(yoke_cache_put(g->cache, &key, sizeof key, &i, sizeof i));
            continue;
        }
        key = atomic_load(&g->written) % CHAIN;
        if (yoke_cache_read(g->cache, &key, sizeof key, &got, sizeof got, &size) != 1) {
            atomic_fetch_add(&g->missed, 1);
        }
    }
    return YOKE_OK;
}

TEST(a_key_that_is_overwritten_is_always_there) {
    growth g = {.keys = (int)test_size(100000, 5000)};
    g.cache = make_cache((yoke_cache_options){.max_entries = 2 * CHAIN, .hash = same_hash});
    for (int key = 0; key < CHAIN; key++) {
        CU_ASSERT_EQUAL(yoke_cache_put(g.cache, &key, sizeof key, &key, sizeof key), YOKE_OK);
    }
    CU_ASSERT_EQUAL(yoke_team_run(3, overwrite_or_look, &g), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&g.missed), 0);
    CU_ASSERT_EQUAL(stats_of(g.cache).entries, CHAIN);
    yoke_cache_destroy(g.cache);
}

/* ---- linearizability ---- */

enum { GET, PUT, REMOVE, HISTORY_KEYS = 3 };

typedef struct cell {
    int64_t there, value;
} cell;

static int apply(const history_spec *spec, void *state, const history_op *op) {
    cell *c = state;
    (void)spec;
    if (op->kind == GET) return history_fits(op, c->there, c->there ? c->value : 0);
    if (op->kind == REMOVE && !history_fits(op, c->there, 0)) return 0;
    *c = op->kind == PUT ? (cell){1, op->argument[0]} : (cell){0};
    return op->kind == REMOVE || history_fits(op, 0, 0);
}

typedef struct recorded {
    yoke_cache *cache;
    uint64_t round;
} recorded;

static void record(history *h, int thread, void *ctx) {
    yoke_cache *cache = ((recorded *)ctx)->cache;
    uint64_t random = ((recorded *)ctx)->round * 64 + (uint64_t)thread;
    for (int i = 0; i < 12; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        int64_t key = (int64_t)(random >> 40) % HISTORY_KEYS, value = 100 * thread + i;
        int kind = (int)(random >> 62);
        history_op *op = history_begin(h, thread,
                                       kind < 2    ? kind
                                       : kind == 2 ? GET
                                                   : REMOVE,
                                       kind == PUT ? value : 0, key);
        if (kind == PUT) {
            history_end(h, op, yoke_cache_put(cache, &key, sizeof key, &value, sizeof value), 0);
        } else if (kind == 3) {
            history_end(h, op, yoke_cache_remove(cache, &key, sizeof key), 0);
        } else {
            int64_t got = 0;
            size_t size;
            int found = yoke_cache_read(cache, &key, sizeof key, &got, sizeof got, &size);
            history_end(h, op, found, got);
        }
    }
}

TEST(calls_on_a_key_are_linearizable) {
    static const history_kind kinds[] = {{"get", 0, 2}, {"put", 1, 0}, {"remove", 0, 1}};
    history_spec spec = {.name = "cache", .kinds = kinds, .size = sizeof(cell), .apply = apply};
    for (int threads = 2; threads <= 4; threads++) {
        history *h = history_create(threads, 12);
        for (size_t round = 0; round < test_size(300, 60); round++) {
            recorded r = {.round = round};
            r.cache =
                make_cache((yoke_cache_options){.shards = 1, .hash = round % 2 ? same_hash : NULL});
            history_clear(h);
            history_run(h, record, &r);
            HISTORY_ASSERT_KEYS(h, &spec);
            yoke_cache_destroy(r.cache);
        }
        history_destroy(h);
    }
}

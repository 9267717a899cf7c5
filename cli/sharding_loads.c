/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads on structures with keys and on locks; those on queues are in sharding_queues.c.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/sharding.h"

static uint64_t total_count(const sharding_run *run, const sharding_thread *threads) {
    uint64_t count = 0;
    for (int i = 0; i < run->threads; i++) count += threads[i].count;
    return count;
}

/* ---- counter ---- */

static int counter_create(sharding_run *run) {
    return yoke_counter_create(NULL, (yoke_counter **)&run->state);
}

static long counter_work(sharding_thread *t, unsigned n) {
    yoke_counter *shared = t->run->state;
    for (unsigned i = 0; i < n; i++) yoke_counter_add(shared, 1);
    t->count += n;
    return n;
}

static const char *counter_check(sharding_run *run, sharding_thread *threads) {
    uint64_t sum = (uint64_t)yoke_counter_read_at_quiescence(run->state, 0);
    return sum == total_count(run, threads) ? NULL : "additions were lost";
}

static void counter_destroy(sharding_run *run) { yoke_counter_destroy(run->state); }

/* ---- map ---- */

static int map_create(sharding_run *run) {
    yoke_map_options options = {.value_size = 8, .expected = run->options->keys, .seed = 1};
    YOKE_TRY(yoke_map_create(&options, (yoke_map **)&run->state));
    for (uint64_t key = 0; key < run->options->keys; key++) {
        YOKE_TRY(yoke_map_put_u64(run->state, key, &(uint64_t){0}));
    }
    return 0;
}

/* count: additions; sum: keys that were not found. */
static long map_work(sharding_thread *t, unsigned n) {
    yoke_map *shared = t->run->state;
    uint64_t one = 1, value;
    for (unsigned i = 0; i < n; i++) {
        uint32_t key = sharding_next_key(t);
        if (key & SHARDING_READ) {
            t->sum += yoke_map_get_u64(shared, key & ~SHARDING_READ, &value) != 1;
        } else {
            YOKE_TRY(yoke_map_update_u64(shared, key, yoke_map_add_u64, &one));
            t->count++;
        }
    }
    return n;
}

static int add_value(const void *key, size_t size, const void *value, void *ctx) {
    (void)key, (void)size;
    *(uint64_t *)ctx += *(const uint64_t *)value;
    return 0;
}

static const char *map_check(sharding_run *run, sharding_thread *threads) {
    uint64_t sum = 0;
    for (int i = 0; i < run->threads; i++) {
        if (threads[i].sum) return "keys were not found";
    }
    if (yoke_map_each(run->state, add_value, &sum) < 0) return yoke_error_detail();
    return sum == total_count(run, threads) ? NULL : "additions were lost";
}

static void map_destroy(sharding_run *run) { yoke_map_destroy(run->state); }

/* ---- cache ---- */

static int cache_create(sharding_run *run) {
    yoke_cache_options options = {.max_entries = run->options->keys / 10 + 1, .seed = 1};
    return yoke_cache_create(&options, (yoke_cache **)&run->state);
}

/* A read that misses puts the value. sum: values that were those of another key. */
static long cache_work(sharding_thread *t, unsigned n) {
    yoke_cache *shared = t->run->state;
    for (unsigned i = 0; i < n; i++) {
        uint32_t drawn = sharding_next_key(t), key = drawn & ~SHARDING_READ, found = 0;
        size_t size = 0;
        int hit = drawn & SHARDING_READ
                      ? yoke_cache_read(shared, &key, sizeof key, &found, sizeof found, &size)
                      : 0;
        YOKE_TRY(hit);
        if (hit) {
            t->sum += found != key || size != sizeof key;
        } else {
            YOKE_TRY(yoke_cache_put(shared, &key, sizeof key, &key, sizeof key));
        }
    }
    return n;
}

static const char *cache_check(sharding_run *run, sharding_thread *threads) {
    for (int i = 0; i < run->threads; i++) {
        if (threads[i].sum) return "a value was that of another key";
    }
    return NULL;
}

static void cache_destroy(sharding_run *run) { yoke_cache_destroy(run->state); }

/* ---- locks: two words that change together ---- */

typedef struct guarded {
    uint64_t words[2];
    yoke_rwlock_sharded *sharded;
    yoke_mutex mutex;
    yoke_rwlock lock;
} guarded;

static int locks_create(sharding_run *run) {
    guarded *g = yoke_aligned_alloc(sizeof *g);
    if (!g) return yoke_fail(YOKE_ENOMEM, NULL);
    memset(g, 0, sizeof *g);
    run->state = g;
    YOKE_TRY(yoke_mutex_init(&g->mutex, "bench", 0));
    YOKE_TRY(yoke_rwlock_init(&g->lock, "bench", 0));
    return yoke_rwlock_sharded_create(NULL, &g->sharded);
}

static void locks_destroy(sharding_run *run) {
    guarded *g = run->state;
    if (!g) return;
    yoke_rwlock_sharded_destroy(g->sharded);
    yoke_rwlock_fini(&g->lock);
    yoke_mutex_fini(&g->mutex);
    yoke_aligned_free(g);
}

/* count: writes; sum: reads that saw two different words. */
static void write_words(sharding_thread *t, guarded *g) {
    g->words[0]++;
    g->words[1]++;
    t->count++;
}

static void read_words(sharding_thread *t, const guarded *g) {
    t->sum += g->words[0] != g->words[1];
}

static long mutex_work(sharding_thread *t, unsigned n) {
    guarded *g = t->run->state;
    for (unsigned i = 0; i < n; i++) {
        YOKE_TRY(yoke_mutex_lock(&g->mutex, YOKE_FOREVER));
        write_words(t, g);
        YOKE_TRY(yoke_mutex_unlock(&g->mutex));
    }
    return n;
}

static long rwlock_work(sharding_thread *t, unsigned n) {
    guarded *g = t->run->state;
    for (unsigned i = 0; i < n; i++) {
        if (sharding_next_key(t) & SHARDING_READ) {
            YOKE_TRY(yoke_rwlock_read(&g->lock, YOKE_FOREVER));
            read_words(t, g);
            YOKE_TRY(yoke_rwlock_read_unlock(&g->lock));
        } else {
            YOKE_TRY(yoke_rwlock_write(&g->lock, YOKE_FOREVER));
            write_words(t, g);
            YOKE_TRY(yoke_rwlock_write_unlock(&g->lock));
        }
    }
    return n;
}

static long sharded_work(sharding_thread *t, unsigned n) {
    guarded *g = t->run->state;
    for (unsigned i = 0; i < n; i++) {
        if (sharding_next_key(t) & SHARDING_READ) {
            YOKE_TRY(yoke_rwlock_sharded_read(g->sharded, YOKE_FOREVER));
            read_words(t, g);
            YOKE_TRY(yoke_rwlock_sharded_read_unlock(g->sharded));
        } else {
            YOKE_TRY(yoke_rwlock_sharded_write(g->sharded, YOKE_FOREVER));
            write_words(t, g);
            YOKE_TRY(yoke_rwlock_sharded_write_unlock(g->sharded));
        }
    }
    return n;
}

static const char *locks_check(sharding_run *run, sharding_thread *threads) {
    const guarded *g = run->state;
    for (int i = 0; i < run->threads; i++) {
        if (threads[i].sum) return "a reader saw a write that was not complete";
    }
    uint64_t count = total_count(run, threads);
    return g->words[0] == count && g->words[1] == count ? NULL : "writes were lost";
}

static const sharding_load counter = {
    "counter", 0, counter_create, counter_work, counter_check, counter_destroy};
static const sharding_load map = {"map", 0, map_create, map_work, map_check, map_destroy};
static const sharding_load cache = {"cache",    0,           cache_create,
                                    cache_work, cache_check, cache_destroy};
static const sharding_load mutex = {"mutex",    0,           locks_create,
                                    mutex_work, locks_check, locks_destroy};
static const sharding_load rwlock = {"rwlock",    0,           locks_create,
                                     rwlock_work, locks_check, locks_destroy};
static const sharding_load sharded = {"rwlock-sharded", 0,           locks_create,
                                      sharded_work,     locks_check, locks_destroy};

const sharding_load *const sharding_loads[SHARDING_LOADS] = {
    &map,           &counter,        &cache, &sharding_spsc, &sharding_mpmc,
    &sharding_mpsc, &sharding_deque, &mutex, &rwlock,        &sharded,
};

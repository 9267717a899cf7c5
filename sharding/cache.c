/* SPDX-License-Identifier: Apache-2.0
 *
 * Creation, and the calls on single keys that do not load.
 *
 * A lookup is a walk in the index inside a section of yoke/reclaim.h: no lock. Everything else is a
 * *visit* of the key's shard: it takes the lock, works, releases it, and then retires the entries
 * that left.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/fork.h"
#include "sharding/cache.h"
#include "yoke/machine.h"

enum { SHARDS_PER_CPU = 8, LEAST_GARBAGE = 16 << 10, MOST_GARBAGE = 1 << 20 };

/* ---- time ---- */

static int64_t monotonic(void *ctx) {
    (void)ctx;
    return yoke_deadline_in(0);
}

int64_t yoke__cache_now(const yoke_cache *cache) { return cache->clock(cache->clock_ctx); }

int64_t yoke__nanoseconds(double seconds) {
    return seconds < 9e9 ? (int64_t)(seconds * 1e9) : YOKE__NEVER;
}

/* ---- creation ---- */

static bool good_time(double seconds) { return seconds >= 0 && isfinite(seconds); }

static int check(const yoke_cache_options *options) {
    if (!options || !(options->max_entries || options->max_bytes || options->keep_nothing)) {
        return yoke_fail(YOKE_EINVAL, "a cache needs max_entries, max_bytes or keep_nothing");
    }
    if (!good_time(options->ttl) || !good_time(options->stale) ||
        !good_time(options->negative_ttl) || !good_time(options->load_timeout)) {
        return yoke_fail(YOKE_EINVAL, "times of a cache are finite and not negative");
    }
    if (options->stale > 0 && options->ttl == 0) {
        return yoke_fail(YOKE_EINVAL, "a cache without ttl has no stale values");
    }
    if (options->shards > YOKE__MOST_SHARDS || (options->shards & (options->shards - 1))) {
        return yoke_fail(YOKE_EINVAL, "%u shards: a power of two up to %d is needed",
                         options->shards, YOKE__MOST_SHARDS);
    }
    if (options->max_entries && options->shards > options->max_entries) {
        return yoke_fail(YOKE_EINVAL, "%u shards for %zu entries", options->shards,
                         options->max_entries);
    }
    return YOKE_OK;
}

/* Whether each of so many shards would have a share that is large enough. */
static bool shares_are_large(const yoke_cache_options *options, size_t shards) {
    return (!options->max_entries || options->max_entries / shards >= YOKE__LEAST_ENTRIES) &&
           (!options->max_bytes || options->max_bytes / shards >= YOKE__LEAST_BYTES);
}

static unsigned shards_for(const yoke_cache_options *options) {
    yoke_cpu_limit limit;
    unsigned wanted = SHARDS_PER_CPU, shards = 1;
    if (yoke_cpu_limit_read(NULL, &limit) >= 0) wanted *= (unsigned)limit.threads;
    while (shards < wanted && shards < YOKE__MOST_SHARDS &&
           shares_are_large(options, 2 * (size_t)shards)) {
        shards *= 2;
    }
    return shards;
}

/* Equal shares but for the remainder, which the first shards get. */
static size_t share(size_t all, unsigned shards, unsigned shard) {
    return all ? all / shards + (shard < all % shards) : SIZE_MAX;
}

static int open_shard(yoke_cache *cache, unsigned i, const yoke_cache_options *options) {
    yoke__shard *shard = &cache->shard[i];
    memset(shard, 0, sizeof *shard);
    shard->max_entries = share(options->max_entries, cache->shards, i);
    shard->max_bytes = share(options->max_bytes, cache->shards, i);
    size_t expected = options->max_entries ? shard->max_entries : 0;
    YOKE_TRY(yoke__index_init(&shard->index, cache->bits, expected));
    int status =
        yoke_sketch_create(&(yoke_sketch_options){.counters = YOKE__HOT_KEYS}, &shard->sketch);
    if (status < 0 || pthread_mutex_init(&shard->lock, NULL) != 0) {
        yoke_sketch_destroy(shard->sketch);
        yoke__index_fini(&shard->index);
        return YOKE_ENOMEM;
    }
    return YOKE_OK;
}

static void drop_all(yoke__queue *queue) {
    for (yoke__entry *entry = queue->newest, *next; entry; entry = next) {
        next = entry->older;
        yoke__entry_drop(entry);
    }
}

static void close_shard(yoke__shard *shard) {
    drop_all(&shard->small);
    drop_all(&shard->main);
    yoke__ghost_fini(&shard->ghost);
    yoke__index_fini(&shard->index);
    yoke_sketch_destroy(shard->sketch);
    pthread_mutex_destroy(&shard->lock);
}

/* How much of what was evicted a thread lets lie before it looks what can be released: looking
 * costs microseconds, but large values should not gather. */
static size_t garbage_for(size_t max_bytes) {
    size_t some = max_bytes ? max_bytes / 128 : MOST_GARBAGE;
    return some < LEAST_GARBAGE ? LEAST_GARBAGE : some > MOST_GARBAGE ? MOST_GARBAGE : some;
}

/* On failure what is there is released by release(). */
static int open_shards(yoke_cache *cache, unsigned shards, const yoke_cache_options *options) {
    cache->bits = (unsigned)__builtin_ctz(shards);
    yoke_counter_options counters = {.count = shards * YOKE__LOOKUPS};
    yoke_reclaim_options garbage = {.bytes = garbage_for(options->max_bytes)};
    YOKE_TRY(yoke_reclaim_create(&garbage, &cache->domain));
    YOKE_TRY(yoke_counter_create(&counters, &cache->lookups));
    cache->shard = yoke_aligned_alloc(shards * sizeof *cache->shard);
    if (!cache->shard) return YOKE_ENOMEM;
    for (cache->shards = shards; cache->opened < shards; cache->opened++) {
        YOKE_TRY(open_shard(cache, cache->opened, options));
    }
    return YOKE_OK;
}

static void set_options(yoke_cache *cache, const yoke_cache_options *options) {
    cache->hash = options->hash;
    cache->clock = options->clock ? options->clock : monotonic;
    cache->clock_ctx = options->clock_ctx;
    cache->ttl = options->ttl > 0 ? yoke__nanoseconds(options->ttl) : YOKE__NEVER;
    cache->stale = yoke__nanoseconds(options->stale);
    cache->negative_ttl = yoke__nanoseconds(options->negative_ttl);
    cache->load_timeout =
        options->load_timeout > 0 ? yoke__nanoseconds(options->load_timeout) : YOKE__NEVER;
    cache->keep_nothing = options->keep_nothing;
    cache->timed = cache->ttl != YOKE__NEVER || cache->negative_ttl != 0;
}

static void release(yoke_cache *cache) {
    for (unsigned i = 0; i < cache->opened; i++) close_shard(&cache->shard[i]);
    yoke_reclaim_destroy(cache->domain);
    yoke_counter_destroy(cache->lookups);
    yoke_aligned_free(cache->shard);
    free(cache);
}

int yoke_cache_create(const yoke_cache_options *options, yoke_cache **cache) {
    YOKE_TRY(check(options));
    YOKE_TRY(yoke__fork_watch());
    uint64_t seed[2];
    YOKE_TRY(yoke_hash_seed(options->seed, seed));
    yoke_cache *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, "no memory for a cache");
    memcpy(made->seed, seed, sizeof seed);
    set_options(made, options);
    unsigned shards = options->shards ? options->shards : shards_for(options);
    int status = open_shards(made, shards, options);
    if (status < 0) {
        release(made);
        return yoke_fail(status, "no memory for a cache of %u shards", shards);
    }
    made->forks = yoke__forks;
    made->probe = (yoke__probe){.kind = "cache", .report = yoke__cache_report};
    yoke__probe_add(&made->probe);
    *cache = made;
    return YOKE_OK;
}

void yoke_cache_destroy(yoke_cache *cache) {
    if (!cache) return;
    yoke__probe_remove(&cache->probe);
    release(cache);
}

void yoke_cache_close(yoke_cache *cache) {
    __atomic_store_n(&cache->closed, 1, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < cache->shards; i++) {
        yoke__shard_lock(&cache->shard[i]);
        yoke__flight_close_all(&cache->shard[i]);
        pthread_mutex_unlock(&cache->shard[i].lock);
    }
}

/* ---- visits ---- */

void yoke__shard_lock(yoke__shard *shard) {
    bool waited = pthread_mutex_trylock(&shard->lock) != 0;
    if (waited) pthread_mutex_lock(&shard->lock);
    shard->stats.locks++;
    shard->stats.lock_waits += waited;
}

static int fail_if_closed(const yoke_cache *cache) {
    /* relaxed: who must not miss it looks again under the lock, which close() takes after. */
    if (!__atomic_load_n(&cache->closed, __ATOMIC_RELAXED)) return YOKE_OK;
    return yoke_fail(YOKE_ECLOSED, "the cache was closed");
}

int yoke__visit_begin_shard(yoke__visit *visit, yoke_cache *cache, unsigned number) {
    yoke__shard *shard = &cache->shard[number];
    /* relaxed: a value with a time of its own that is put just now need not be expired yet. */
    bool timed = __atomic_load_n(&cache->timed, __ATOMIC_RELAXED);
    *visit = (yoke__visit){cache, shard, timed ? yoke__cache_now(cache) : INT64_MIN, NULL};
    yoke__shard_lock(shard);
    int status = fail_if_closed(cache);
    if (status < 0) pthread_mutex_unlock(&shard->lock);
    return status;
}

int yoke__visit_begin(yoke__visit *visit, yoke_cache *cache, uint64_t hash) {
    return yoke__visit_begin_shard(visit, cache, yoke__shard_of(cache, hash));
}

static void release_entry(yoke_reclaim_node *node, void *ctx) {
    (void)ctx;
    yoke__entry_drop((yoke__entry *)((char *)node - offsetof(yoke__entry, node)));
}

void yoke__visit_end(yoke__visit *visit) {
    bool waste = visit->shard->index.waste;
    visit->shard->index.waste = false;
    pthread_mutex_unlock(&visit->shard->lock);
    for (yoke__entry *entry = visit->dead, *next; entry; entry = next) {
        next = entry->older;
        entry->node.bytes = yoke__entry_bytes(entry);
        entry->node.release = release_entry;
        yoke_reclaim_retire(visit->cache->domain, &entry->node);
    }
    /* A cache that only grows retires nothing else that would have tables released. */
    if (waste) yoke_reclaim_collect(visit->cache->domain);
}

/* ---- looking up ---- */

/* Removes what has expired, unless it may still be used as a stale value. */
static void throw_out(yoke_cache *cache, uint64_t hash, const void *key, size_t key_size) {
    yoke__visit visit;
    if (yoke__visit_begin(&visit, cache, hash) < 0) return;
    yoke__entry *entry = yoke__index_find(&visit.shard->index, hash, key, key_size);
    if (entry && yoke__later(entry->expires, cache->stale) <= visit.now) {
        visit.shard->stats.expirations++;
        yoke__policy_remove(&visit, entry);
    }
    yoke__visit_end(&visit);
}

/* A fresh value; NULL: none. Inside a section. */
static yoke__entry *peek(yoke_cache *cache, yoke__thread *self, uint64_t hash, const void *key,
                         size_t key_size, bool *expired) {
    yoke__shard *shard = &cache->shard[yoke__shard_of(cache, hash)];
    yoke__entry *entry = yoke__index_find_shared(&shard->index, self, hash, key, key_size);
    *expired =
        entry && entry->expires != YOKE__NEVER && !yoke__entry_fresh(entry, yoke__cache_now(cache));
    if (!entry || *expired || entry->failure != 0) return NULL;
    yoke__policy_use(entry);
    return entry;
}

int yoke__cache_lookup(yoke_cache *cache, uint64_t hash, const void *key, size_t key_size,
                       yoke_cache_value *value) {
    bool expired;
    YOKE_TRY(fail_if_closed(cache));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM; /* with the detail of the registry */
    yoke__reclaim_enter(self);
    yoke__entry *entry = peek(cache, self, hash, key, key_size, &expired);
    if (entry) {
        yoke__entry_hold(entry);
        yoke__value_set(value, entry, false);
    }
    yoke__reclaim_leave(self);
    if (expired) throw_out(cache, hash, key, key_size);
    return entry != NULL;
}

static int count(yoke_cache *cache, uint64_t hash, const void *key, size_t key_size, bool hit) {
    yoke__count_lookup(cache, hash, hit ? YOKE__HIT : YOKE__MISS);
    yoke__cache_sample(cache, hash, key, key_size);
    return hit;
}

int yoke_cache_get(yoke_cache *cache, const void *key, size_t key_size, yoke_cache_value *value) {
    uint64_t hash = yoke__cache_hash(cache, key, key_size);
    int found = yoke__cache_lookup(cache, hash, key, key_size, value);
    return found < 0 ? found : count(cache, hash, key, key_size, found);
}

int yoke_cache_read(yoke_cache *cache, const void *key, size_t key_size, void *buffer, size_t size,
                    size_t *value_size) {
    bool expired;
    uint64_t hash = yoke__cache_hash(cache, key, key_size);
    YOKE_TRY(fail_if_closed(cache));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM; /* with the detail of the registry */
    yoke__reclaim_enter(self);
    const yoke__entry *entry = peek(cache, self, hash, key, key_size, &expired);
    if (entry) {
        size_t copied = entry->size < size ? entry->size : size;
        if (copied) memcpy(buffer, entry->data, copied);
        *value_size = entry->size;
    }
    yoke__reclaim_leave(self);
    if (expired) throw_out(cache, hash, key, key_size);
    return count(cache, hash, key, key_size, entry != NULL);
}

/* ---- writing ---- */

bool yoke__visit_store(yoke__visit *visit, yoke__entry *entry) {
    yoke__shard *shard = visit->shard;
    yoke__entry *old = yoke__index_find(&shard->index, entry->hash, entry->key, entry->key_size);
    shard->stats.expirations += old && !yoke__entry_fresh(old, visit->now);
    if (yoke__policy_insert(visit, entry, old)) return true;
    if (old) yoke__policy_remove(visit, old);
    shard->stats.rejections += !visit->cache->keep_nothing;
    return false;
}

/* A span of an item's own: 0 means that of the options, negative none. */
int64_t yoke__cache_expiry(const yoke_cache *cache, int64_t now, double ttl) {
    int64_t span = ttl > 0 ? yoke__nanoseconds(ttl) : ttl < 0 ? YOKE__NEVER : cache->ttl;
    return span == YOKE__NEVER ? YOKE__NEVER : yoke__later(now, span);
}

/* Entries may expire from now on. relaxed: see yoke__visit_begin. */
void yoke__cache_note_ttl(yoke_cache *cache, double ttl) {
    if (ttl > 0 && !__atomic_load_n(&cache->timed, __ATOMIC_RELAXED)) {
        __atomic_store_n(&cache->timed, 1, __ATOMIC_RELAXED);
    }
}

/* A new entry goes into the cache, which takes over the caller's use. */
static int store(yoke_cache *cache, yoke__entry *entry, double ttl) {
    yoke__visit visit;
    yoke__cache_note_ttl(cache, ttl);
    YOKE_TRY(yoke__visit_begin(&visit, cache, entry->hash));
    entry->expires = yoke__cache_expiry(cache, visit.now, ttl);
    yoke__flight_overtake(visit.shard, entry->hash, entry->key, entry->key_size);
    size_t most = visit.shard->max_bytes, bytes = yoke__entry_bytes(entry);
    int stored = yoke__visit_store(&visit, entry);
    yoke__visit_end(&visit);
    if (stored || cache->keep_nothing) return stored;
    return yoke_fail(YOKE_ERANGE, "an entry of %zu bytes, and %zu are the share of its shard",
                     bytes, most);
}

static int fail_without_memory(size_t key_size, size_t size) {
    return yoke_fail(YOKE_ENOMEM, "no memory for a key of %zu and a value of %zu bytes", key_size,
                     size);
}

int yoke_cache_put(yoke_cache *cache, const void *key, size_t key_size, const void *value,
                   size_t value_size) {
    uint64_t hash = yoke__cache_hash(cache, key, key_size);
    yoke__entry *entry = yoke__entry_copy(hash, key, key_size, value, value_size);
    if (!entry) return fail_without_memory(key_size, value_size);
    int stored = store(cache, entry, 0);
    if (stored != 1) yoke__entry_drop(entry);
    return stored < 0 ? stored : YOKE_OK;
}

int yoke_cache_give(yoke_cache *cache, const void *key, size_t key_size,
                    const yoke_cache_item *item) {
    uint64_t hash = yoke__cache_hash(cache, key, key_size);
    yoke__entry *entry = yoke__entry_wrap(hash, key, key_size, item);
    if (!entry) return fail_without_memory(key_size, item->size);
    int stored = store(cache, entry, item->ttl);
    if (stored < 0) {
        free(entry);
    } else if (!stored) {
        yoke__entry_drop(entry);
    }
    return stored < 0 ? stored : YOKE_OK;
}

int yoke_cache_remove(yoke_cache *cache, const void *key, size_t key_size) {
    yoke__visit visit;
    uint64_t hash = yoke__cache_hash(cache, key, key_size);
    YOKE_TRY(yoke__visit_begin(&visit, cache, hash));
    yoke__flight_overtake(visit.shard, hash, key, key_size);
    yoke__entry *entry = yoke__index_find(&visit.shard->index, hash, key, key_size);
    bool there = entry && entry->failure == 0 && yoke__entry_fresh(entry, visit.now);
    if (entry) yoke__policy_remove(&visit, entry);
    yoke__visit_end(&visit);
    return there;
}

/* ---- the whole cache ---- */

/* Removes all entries of a queue, or what has expired. */
static long empty(yoke__visit *visit, yoke__queue *queue, bool all) {
    long removed = 0;
    for (yoke__entry *entry = queue->oldest, *next; entry; entry = next) {
        next = entry->newer;
        if (!all && yoke__later(entry->expires, visit->cache->stale) > visit->now) continue;
        yoke__policy_remove(visit, entry);
        removed++;
    }
    return removed;
}

int yoke_cache_clear(yoke_cache *cache) {
    for (unsigned i = 0; i < cache->shards; i++) {
        yoke__visit visit;
        YOKE_TRY(yoke__visit_begin_shard(&visit, cache, i));
        yoke__flight_overtake_all(visit.shard);
        empty(&visit, &visit.shard->small, true);
        empty(&visit, &visit.shard->main, true);
        yoke__visit_end(&visit);
    }
    return YOKE_OK;
}

long yoke_cache_sweep(yoke_cache *cache) {
    long removed = 0;
    for (unsigned i = 0; i < cache->shards; i++) {
        yoke__visit visit;
        YOKE_TRY(yoke__visit_begin_shard(&visit, cache, i));
        long here = empty(&visit, &visit.shard->small, false);
        here += empty(&visit, &visit.shard->main, false);
        visit.shard->stats.expirations += (uint64_t)here;
        yoke__visit_end(&visit);
        removed += here;
    }
    return removed;
}

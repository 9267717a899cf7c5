/* SPDX-License-Identifier: Apache-2.0
 *
 * Statistics, hot keys, and what the skew of the shards means.
 *
 * Lookups are sampled with random gaps, so that no rhythm of a program can hide a key from the
 * sample; a thread counts its gap down in a variable of its own. A sampled key goes to the sketch
 * of its shard, under the lock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/fork.h"
#include "sharding/cache.h"

enum {
    SAMPLE = 64, /* one lookup in so many, on average */
    FEW = 1024,  /* lookups that say nothing about skew */
    HOT_MOST = YOKE__HOT_KEYS,
};
#define MUCH_WAITING 0.05 /* of lock acquisitions */

/* ---- sampling ---- */

static _Thread_local uint32_t gap __attribute__((
    tls_model("initial-exec"))); /* lookups to the next sample; 0: this thread has not begun */
static _Thread_local uint64_t state;

/* From 1 to 2 * SAMPLE - 1. */
static uint32_t random_gap(void) {
    if (!state) state = (uint64_t)(uintptr_t)&state;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return 1 + (uint32_t)((state >> 33) % (2 * SAMPLE - 1));
}

static void sample(yoke_cache *cache, uint64_t hash, const void *key, size_t key_size) {
    bool first = gap == 0;
    gap = random_gap();
    if (first) return;
    yoke__shard *shard = &cache->shard[yoke__shard_of(cache, hash)];
    yoke__shard_lock(shard);
    yoke_sketch_add(shard->sketch, key, key_size, 1);
    pthread_mutex_unlock(&shard->lock);
}

void yoke__cache_sample(yoke_cache *cache, uint64_t hash, const void *key, size_t key_size) {
    if (gap > 1) {
        gap--;
    } else {
        sample(cache, hash, key, key_size);
    }
}

/* ---- statistics ---- */

unsigned yoke_cache_shards(const yoke_cache *cache) { return cache->shards; }

static uint64_t lookups_without_lock(const yoke_cache *cache, unsigned shard, yoke__lookup how) {
    return (uint64_t)yoke_counter_read_relaxed(cache->lookups, shard * YOKE__LOOKUPS + how);
}

int yoke_cache_shard_stats(yoke_cache *cache, unsigned number, yoke_cache_stats *stats) {
    if (number >= cache->shards) {
        return yoke_fail(YOKE_EINVAL, "shard %u of %u", number, cache->shards);
    }
    yoke__shard *shard = &cache->shard[number];
    pthread_mutex_lock(&shard->lock);
    *stats = shard->stats;
    stats->entries = shard->small.count + shard->main.count;
    stats->bytes = shard->small.bytes + shard->main.bytes;
    pthread_mutex_unlock(&shard->lock);
    stats->hits += lookups_without_lock(cache, number, YOKE__HIT);
    stats->misses += lookups_without_lock(cache, number, YOKE__MISS);
    return YOKE_OK;
}

static void add(yoke_cache_stats *total, const yoke_cache_stats *more) {
    total->hits += more->hits;
    total->stale_hits += more->stale_hits;
    total->misses += more->misses;
    total->negative_hits += more->negative_hits;
    total->loads += more->loads;
    total->load_failures += more->load_failures;
    total->load_drops += more->load_drops;
    total->waits += more->waits;
    total->timeouts += more->timeouts;
    total->evictions += more->evictions;
    total->expirations += more->expirations;
    total->rejections += more->rejections;
    total->locks += more->locks;
    total->lock_waits += more->lock_waits;
    total->entries += more->entries;
    total->bytes += more->bytes;
    total->load_seconds += more->load_seconds;
}

int yoke_cache_total_stats(yoke_cache *cache, yoke_cache_stats *stats) {
    yoke_cache_stats total = {0}, one = {0};
    for (unsigned i = 0; i < cache->shards; i++) {
        YOKE_TRY(yoke_cache_shard_stats(cache, i, &one));
        add(&total, &one);
    }
    *stats = total;
    return YOKE_OK;
}

/* In the child of a fork threads that are not there may hold the locks of shards. */
void yoke__cache_report(yoke__probe *probe, yoke__reader *reader) {
    yoke_cache *cache = (yoke_cache *)((char *)probe - offsetof(yoke_cache, probe));
    yoke_cache_stats stats;
    if (cache->forks != yoke__forks || yoke_cache_total_stats(cache, &stats) < 0) return;
    yoke__probe_figure(reader, "hits", -1, -1, stats.hits);
    yoke__probe_figure(reader, "stale hits", -1, -1, stats.stale_hits);
    yoke__probe_figure(reader, "misses", -1, -1, stats.misses);
    yoke__probe_figure(reader, "loads", -1, -1, stats.loads);
    yoke__probe_figure(reader, "failed loads", -1, -1, stats.load_failures);
    yoke__probe_figure(reader, "loading, ns", -1, -1, (uint64_t)(stats.load_seconds * 1e9));
    yoke__probe_figure(reader, "waited for a load", -1, -1, stats.waits);
    yoke__probe_figure(reader, "evicted", -1, -1, stats.evictions);
    yoke__probe_figure(reader, "expired", -1, -1, stats.expirations);
    yoke__probe_figure(reader, "rejected", -1, -1, stats.rejections);
    yoke__probe_figure(reader, "locked", -1, -1, stats.locks);
    yoke__probe_figure(reader, "waited for a lock", -1, -1, stats.lock_waits);
}

static double lookups_of(const yoke_cache_stats *stats) {
    return (double)(stats->hits + stats->stale_hits + stats->misses + stats->negative_hits);
}

/* ---- hot keys ---- */

static yoke_cache_hot_key hot_key_of(const yoke_sketch_item *item, unsigned shard) {
    yoke_cache_hot_key hot = {.key_size = item->key_size,
                              .shard = shard,
                              .lookups = (double)item->count * SAMPLE,
                              .excess = (double)item->error * SAMPLE};
    if (item->key_kept) memcpy(hot.key, item->key, item->key_kept);
    return hot;
}

/* Those of one shard; at most HOT_MOST. */
static long hot_of_shard(yoke_cache *cache, unsigned number, yoke_cache_hot_key *keys) {
    yoke_sketch_item items[HOT_MOST];
    yoke__shard *shard = &cache->shard[number];
    pthread_mutex_lock(&shard->lock);
    long count = yoke_sketch_top(shard->sketch, items, HOT_MOST);
    for (long i = 0; i < count; i++) keys[i] = hot_key_of(&items[i], number);
    pthread_mutex_unlock(&shard->lock);
    return count;
}

static int compare_hot(const void *left, const void *right) {
    const yoke_cache_hot_key *a = left, *b = right;
    if (a->lookups != b->lookups) return a->lookups < b->lookups ? 1 : -1;
    int order = memcmp(a->key, b->key, sizeof a->key);
    return order ? order : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

long yoke_cache_hot_keys(yoke_cache *cache, yoke_cache_hot_key *keys, size_t most) {
    yoke_cache_hot_key *all = malloc((size_t)cache->shards * HOT_MOST * sizeof *all);
    if (!all)
        return yoke_fail(YOKE_ENOMEM, "no memory for the hot keys of %u shards", cache->shards);
    size_t count = 0;
    long status = 0;
    for (unsigned i = 0; i < cache->shards && status >= 0; i++) {
        status = hot_of_shard(cache, i, all + count);
        if (status > 0) count += (size_t)status;
    }
    if (status >= 0) {
        qsort(all, count, sizeof *all, compare_hot);
        if (count > most) count = most;
        if (count) memcpy(keys, all, count * sizeof *all);
        status = (long)count;
    }
    free(all);
    return status;
}

/* ---- skew ---- */

/* Measures; `total` is set to the sum of all. */
static int measure(yoke_cache *cache, yoke_cache_skew *skew, yoke_cache_stats *total) {
    yoke_cache_hot_key hottest;
    yoke_cache_stats one = {0};
    double most = -1;
    for (unsigned i = 0; i < cache->shards; i++) {
        YOKE_TRY(yoke_cache_shard_stats(cache, i, &one));
        add(total, &one);
        double lookups = lookups_of(&one);
        skew->shards_used += lookups > 0 || one.entries;
        if (lookups > most) most = lookups, skew->busiest = i;
    }
    double all = lookups_of(total);
    long hot = yoke_cache_hot_keys(cache, &hottest, 1);
    YOKE_TRY((int)hot);
    skew->shards = cache->shards;
    if (all > 0) skew->busiest_share = most / all;
    if (all > 0 && hot > 0) {
        double sure = hottest.lookups - hottest.excess;
        skew->hottest_key_share = sure < all ? sure / all : 1;
    }
    if (total->locks) skew->lock_wait_share = (double)total->lock_waits / (double)total->locks;
    return YOKE_OK;
}

/* The most shards whose shares are still large enough. */
static unsigned most_shards(const yoke_cache *cache) {
    const yoke__shard *shard = &cache->shard[0]; /* the largest share */
    unsigned shards = cache->shards;
    while (shards < YOKE__MOST_SHARDS &&
           shard->max_entries / (2 * shards / cache->shards) >= YOKE__LEAST_ENTRIES &&
           shard->max_bytes / (2 * shards / cache->shards) >= YOKE__LEAST_BYTES) {
        shards *= 2;
    }
    return shards;
}

/* Waiting for locks falls as the shards grow in number: as many as bring it below the bound. */
static unsigned shards_against_waits(const yoke_cache *cache, const yoke_cache_skew *skew) {
    unsigned shards = skew->shards, most = most_shards(cache);
    for (double share = skew->lock_wait_share; share > MUCH_WAITING && shards < most; share /= 2) {
        shards *= 2;
    }
    return shards;
}

static void say_one_hot_key(yoke_cache_skew *skew) {
    snprintf(skew->text, sizeof skew->text,
             "One key has %.0f %% of all lookups: no number of shards spreads these. %u shards are "
             "right for the others.",
             skew->hottest_key_share * 100, skew->suggested_shards);
}

static void say_bad_hash(yoke_cache_skew *skew) {
    snprintf(skew->text, sizeof skew->text,
             "Shard %u of %u has %.1f times its even share of the lookups, and no single key "
             "explains it: look at the hash function.",
             skew->busiest, skew->shards, skew->busiest_share * skew->shards);
}

static void say_waits(yoke_cache_skew *skew) {
    double percent = skew->lock_wait_share * 100;
    if (skew->suggested_shards > skew->shards) {
        snprintf(skew->text, sizeof skew->text,
                 "%.0f %% of the lock acquisitions wait: %u shards instead of %u would do.",
                 percent, skew->suggested_shards, skew->shards);
    } else {
        snprintf(skew->text, sizeof skew->text,
                 "The shards are used evenly, and %.1f %% of the lock acquisitions wait: %u shards "
                 "are right.",
                 percent, skew->shards);
    }
}

static void say_spread(const yoke_cache *cache, yoke_cache_skew *skew) {
    double even = 1.0 / skew->shards;
    skew->suggested_shards = shards_against_waits(cache, skew);
    if (skew->hottest_key_share > even) {
        say_one_hot_key(skew);
    } else if (skew->busiest_share - skew->hottest_key_share > 2 * even) {
        skew->suggested_shards = skew->shards;
        say_bad_hash(skew);
    } else {
        say_waits(skew);
    }
}

static void say(const yoke_cache *cache, yoke_cache_skew *skew, const yoke_cache_stats *total) {
    double lookups = lookups_of(total);
    skew->suggested_shards = skew->shards;
    if (lookups < FEW) {
        snprintf(skew->text, sizeof skew->text, "%.0f lookups are too few to tell.", lookups);
    } else if (skew->shards == 1 || skew->shards_used > 1) {
        say_spread(cache, skew);
    } else if (total->entries + total->evictions > 1 || skew->hottest_key_share < 0.5) {
        skew->one_shard = true;
        skew->suggested_shards = 1;
        snprintf(skew->text, sizeof skew->text,
                 "All keys fall into shard %u of %u, so that only its share of the capacity is "
                 "used: the hash function gives them the same high bits. Mend it, or use 1 shard.",
                 skew->busiest, skew->shards);
    } else {
        snprintf(skew->text, sizeof skew->text,
                 "One key has all lookups: no number of shards spreads them.");
    }
}

int yoke_cache_skew_report(yoke_cache *cache, yoke_cache_skew *skew) {
    yoke_cache_skew report = {0};
    yoke_cache_stats total = {0};
    YOKE_TRY(measure(cache, &report, &total));
    say(cache, &report, &total);
    *skew = report;
    return YOKE_OK;
}

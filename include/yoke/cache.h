/* SPDX-License-Identifier: Apache-2.0
 *
 * A bounded cache for many threads, which loads each missing key once.
 *
 * Keys and values are byte strings of any size. The cache is cut into shards by the high bits of a
 * seeded hash, and each shard has its share of the capacity, its own lock, index, and order of
 * eviction. That order is S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction",
 * SOSP 2023): new entries pass through a small queue of a tenth of the capacity; those used again
 * there, or coming back soon after they left it, are kept in the main queue, where use postpones
 * eviction. A hit only raises a counter of two bits. It was chosen by measurement over SIEVE and
 * LRU: docs/performance.md has miss ratios and speeds.
 *
 * Single flight. When several threads ask yoke_cache_get_or_load for a key that is not there, one
 * of them runs the loader, and the others wait for it, each until its own deadline, or get the
 * stale value when the options allow one. No lock is held while a loader runs, so it may take long
 * and may use the cache for other keys.
 *
 * Concurrency and progress. Any thread may make any call at any time, but for create and destroy.
 * Calls on one key are linearizable. Lookups that hit take no lock and write nothing that other
 * threads read, but for the use counter of two bits until it is full, and, when they return a
 * handle, the count of its users. Everything else holds the lock of one shard for a short time and
 * never while it calls a function of the user's. Nobody waits but for that lock, and for the load
 * of another thread. No thread of the library's own exists.
 *
 * Bounds. When a call has returned, the entries in the cache are never above max_entries, nor their
 * bytes above max_bytes. What was evicted or removed is out of these sums, but its memory stays as
 * long as a handle is in use, and until the lookups that were going on have ended (yoke/reclaim.h).
 * An entry counts its key, its value, and YOKE_CACHE_ENTRY_BYTES for everything else.
 *
 * Repeatability. With the same options and seed, the same operations in the same order give the
 * same hits and evictions, whichever threads make them, as long as they take turns. With operations
 * at the same time the order differs, and so may the evictions. Shards do not influence one
 * another.
 */
#ifndef YOKE_CACHE_H
#define YOKE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/deadline.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_cache yoke_cache;

/* What an entry counts besides its key and value: its head, its place in the index, the memory of
 * an evicted key, and what malloc adds. */
#define YOKE_CACHE_ENTRY_BYTES 192

/* The hash of a key: all 64 bits are used, shards are chosen by the high ones. */
typedef uint64_t yoke_cache_hash_fn(const uint64_t seed[2], const void *key, size_t size);

/* The time in nanoseconds; never goes back. It must not call the cache. Any thread. */
typedef int64_t yoke_cache_clock_fn(void *ctx);

typedef struct yoke_cache_options {
    size_t max_entries; /* 0: no bound */
    size_t max_bytes;   /* 0: no bound. One of the two is needed */
    bool keep_nothing;  /* a cache of capacity 0, whatever the bounds: loads are shared, not kept */

    double ttl;          /* seconds an entry is good after it was put or loaded; 0: for ever */
    double stale;        /* seconds beyond ttl in which get_or_load gives the old value to those who
                          * would wait for a load; 0: they wait */
    double negative_ttl; /* seconds a failed load is remembered and its failure repeated; 0: not */
    double load_timeout; /* seconds after which others give up on a load and one of them starts
                          * another; 0: they wait as long as their deadlines say */

    unsigned shards; /* a power of two up to 4096; 0: by the CPU limit and the capacity */
    uint64_t seed;   /* of the hash; 0: from the system */

    yoke_cache_hash_fn *hash;   /* NULL: yoke/hash.h */
    yoke_cache_clock_fn *clock; /* NULL: CLOCK_MONOTONIC. Deadlines and load_timeout never use it */
    void *clock_ctx;
} yoke_cache_options;

/* Makes an empty cache. Shares of the shards are equal to within one entry or byte. By default
 * there are as many shards as let threads rarely meet, but no share is below 256 entries or 4 MiB.
 * YOKE_EINVAL: no bound, a bad number of shards, more shards than entries, a time that is negative
 * or not finite, `stale` without `ttl`. YOKE_ENOMEM. YOKE_EIO: no random seed. */
YOKE_API int yoke_cache_create(const yoke_cache_options *options, yoke_cache **cache);

/* Makes every later call fail with YOKE_ECLOSED, and so those that wait for a load. Loads go on: a
 * loader that is running ends in its own time, and its result goes to the call that runs it only.
 * Any thread, more than once. Does not wait for loaders. */
YOKE_API void yoke_cache_close(yoke_cache *cache);

/* Releases the cache and its entries. No call may be running, loaders included; handles may be in
 * use and stay good. NULL is legal. */
YOKE_API void yoke_cache_destroy(yoke_cache *cache);

/* ---- values ---- */

/* A value handed out: bytes that do not change and stay until yoke_cache_release, whatever happens
 * to the entry or the cache. Aligned to 16 bytes when the cache made the copy. */
typedef struct yoke_cache_value {
    const void *data; /* not NULL, also when size is 0 ... unless a loader gave NULL */
    size_t size;
    bool stale;                     /* older than its ttl */
    struct yoke_cache_entry *entry; /* yoke's own */
} yoke_cache_value;

/* Ends the use of a value; it becomes all zero, and releasing that is legal. Any thread. May call
 * the value's release function. */
YOKE_API void yoke_cache_release(yoke_cache_value *value);

/* A value given to the cache. */
typedef struct yoke_cache_item {
    void *data;
    size_t size;
    double ttl; /* seconds; 0: as the options say; negative: for ever */
    /* Called once, when neither cache nor handles need the data any more, in the thread where that
     * comes to light; it must not call yoke. NULL: free(data). */
    void (*release)(void *data, size_t size);
} yoke_cache_item;

/* ---- single keys. `key` may be NULL when key_size is 0. All return YOKE_ECLOSED after close. ----
 */

/* 1: found, *value is a handle to be released; 0: not there, or expired. YOKE_ENOMEM when the
 * thread cannot be registered (yoke/thread.h). */
YOKE_API int yoke_cache_get(yoke_cache *cache, const void *key, size_t key_size,
                            yoke_cache_value *value);

/* Copies at most `size` bytes of the value to `buffer` and sets *value_size to its whole size. 1:
 * found; 0: not there. The cheapest way to read a short value. */
YOKE_API int yoke_cache_read(yoke_cache *cache, const void *key, size_t key_size, void *buffer,
                             size_t size, size_t *value_size);

/* Sets the value of a key to a copy. Wins over a load of the key that is going on: its result will
 * not be kept. YOKE_ERANGE: the entry is larger than the share of its shard (a cache that keeps
 * nothing says YOKE_OK); then, too, what was there before is removed. YOKE_ENOMEM: nothing changed.
 * A put is no use of the key for eviction: an entry that is replaced keeps its standing. */
YOKE_API int yoke_cache_put(yoke_cache *cache, const void *key, size_t key_size, const void *value,
                            size_t value_size);

/* The same without a copy: the item's data become the cache's. On failure they stay the caller's.
 */
YOKE_API int yoke_cache_give(yoke_cache *cache, const void *key, size_t key_size,
                             const yoke_cache_item *item);

/* Removes the key. Who asks for it after that never gets a value that was put or whose load was
 * begun before. 1: it was there; 0: not (or expired). */
YOKE_API int yoke_cache_remove(yoke_cache *cache, const void *key, size_t key_size);

/* ---- loading ---- */

/* Makes the value of a key: fills *item, whose fields are all zero, and returns 0 or more; or
 * returns a negative status, with a detail (yoke_fail), and nothing to release. The key is good
 * until it returns. */
typedef int yoke_cache_load_fn(const void *key, size_t key_size, yoke_cache_item *item, void *ctx);

/* The value of a key, loaded when it is not there. 1: from the cache (value->stale tells whether it
 * is old); 0: loaded now, by this call or by one that was already loading. In both cases *value is
 * a handle to be released.
 *   deadline  until when to wait for the load of another call. A load in the caller's own thread is
 *             not cut short.
 * Failures:
 * - what the loader returned, with its detail, to its own call and to all that wait for it; also,
 *   for negative_ttl, to later calls;
 * - YOKE_ETIMEDOUT: the deadline passed, and the load of another goes on;
 * - YOKE_EDEADLK: the load waits, perhaps through others, for the caller: for one, a loader asked
 *   for its own key;
 * - YOKE_ECLOSED, YOKE_ENOMEM.
 *
 * A value too large for its shard is returned and not kept (`rejections` counts it). A loader that
 * never returns blocks nobody but its own thread, if callers have deadlines or there is a
 * load_timeout; when a later load has begun, or the key was put or removed meanwhile, its result
 * goes to those that wait for it and is not kept. While others may have a stale value, only one
 * call at a time loads. */
YOKE_API int yoke_cache_get_or_load(yoke_cache *cache, const void *key, size_t key_size,
                                    yoke_cache_load_fn *load, void *ctx, yoke_deadline deadline,
                                    yoke_cache_value *value);

/* ---- the whole cache ---- */

/* Removes all entries; loads that are going on will not be kept. */
YOKE_API int yoke_cache_clear(yoke_cache *cache);
/* Removes what has expired, and may not be given as a stale value either, which otherwise happens
 * when it is met or evicted. Returns how many. */
YOKE_API long yoke_cache_sweep(yoke_cache *cache);

/* ---- reports. Counts are exact while nobody uses the cache. ---- */

typedef struct yoke_cache_stats {
    uint64_t hits;          /* fresh values found, by any call */
    uint64_t stale_hits;    /* get_or_load gave an old value */
    uint64_t misses;        /* not found */
    uint64_t negative_hits; /* get_or_load repeated a remembered failure */
    uint64_t loads;         /* that ended, well or not */
    uint64_t load_failures;
    uint64_t load_drops;  /* results not kept: put or removed meanwhile, timed out, or closed */
    uint64_t waits;       /* calls that waited for the load of another */
    uint64_t timeouts;    /* of these, given up at their deadline */
    uint64_t evictions;   /* to make room */
    uint64_t expirations; /* removed because of age */
    uint64_t rejections;  /* larger than the share of the shard */
    uint64_t locks;       /* acquisitions of the shard's lock ... */
    uint64_t lock_waits;  /* ... of which found it taken */
    size_t entries, bytes;
    double load_seconds; /* the time in loaders, all together */
} yoke_cache_stats;

YOKE_API unsigned yoke_cache_shards(const yoke_cache *cache);
/* Of one shard, counted from 0. YOKE_EINVAL: there is no such shard. */
YOKE_API int yoke_cache_shard_stats(yoke_cache *cache, unsigned shard, yoke_cache_stats *stats);
/* Of all shards together. */
YOKE_API int yoke_cache_total_stats(yoke_cache *cache, yoke_cache_stats *stats);

/* A frequent key, from a sample of the lookups (one in 64 or so): estimates of the number of its
 * lookups, from yoke/sketch.h. */
typedef struct yoke_cache_hot_key {
    char key[64]; /* its first bytes */
    size_t key_size;
    unsigned shard;
    double lookups; /* the estimate ... */
    double excess;  /* ... may be too high by this, besides the error of sampling */
} yoke_cache_hot_key;

/* Writes the hottest keys, at most `most`, hottest first; returns how many. YOKE_ENOMEM. */
YOKE_API long yoke_cache_hot_keys(yoke_cache *cache, yoke_cache_hot_key *keys, size_t most);

/* How evenly the shards are used, and what follows. */
typedef struct yoke_cache_skew {
    unsigned shards, shards_used; /* used: with at least one lookup or entry */
    unsigned busiest;             /* the shard with most lookups */
    double busiest_share;         /* of all lookups; 1 / shards would be even */
    double hottest_key_share;     /* of all lookups, estimated */
    double lock_wait_share;       /* of lock acquisitions, those that found the lock taken */
    unsigned suggested_shards;
    bool one_shard; /* more than one shard, and all keys are in the same one */
    char text[256]; /* the finding in one or two sentences */
} yoke_cache_skew;

YOKE_API int yoke_cache_skew_report(yoke_cache *cache, yoke_cache_skew *skew);

#ifdef __cplusplus
}
#endif
#endif

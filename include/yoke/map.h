/* SPDX-License-Identifier: Apache-2.0
 *
 * A concurrent hash map from 64-bit keys or byte strings to values of a fixed size.
 *
 * Made to aggregate: yoke_map_update folds into the value of a key in place, and the block form
 * does so for many keys at the speed of memory. Entries lie in buckets of two cache lines (with
 * 8-byte values), each with its own lock and version in its header, after the idea of cache-line
 * hash tables (David, Guerraoui and Trigonakis, "Asynchronized concurrency", ASPLOS 2015) and of
 * sequence locks; buckets are grouped into shards by the high bits of the hash, and a shard grows
 * by itself.
 *
 * Progress. Lookups take no lock and write nothing that others read. With values of up to 8 bytes a
 * lookup is lock-free: it is repeated only when an entry of its bucket was removed, or moved by
 * growth, meanwhile. With larger values it also waits while one of its bucket is being written, and
 * with byte strings while its bucket is being moved.
 * Writers of the same bucket exclude each other: they spin, then yield. Growth stops nobody: each
 * writer of a growing shard moves 16 buckets besides its own work.
 *
 * Reads are linearizable: a lookup sees the latest value written before it began, and a value is
 * never torn. Operations on several keys (blocks, visits, sizes) are not atomic as a whole.
 *
 * Memory, with 64-bit keys and 8-byte values: 20 to 32 bytes an entry when the map has grown to its
 * size (docs/performance.md has measurements). Byte strings take 16 bytes and their own size more,
 * from malloc. Memory of removed entries is used again; it is given back when a shard next grows.
 *
 * The hash is seeded. The order of the hash is the order of visits, which therefore differs between
 * maps unless the seed is given.
 */
#ifndef YOKE_MAP_H
#define YOKE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_map yoke_map;

typedef enum yoke_map_keys { YOKE_MAP_U64, YOKE_MAP_BYTES } yoke_map_keys;

/* Folds `more` into `value`, which is a copy, aligned to 8 bytes, of the value in the map. It runs
 * while its entry is locked: it must be short, must not call the map and must not wait. */
typedef void yoke_map_combine_fn(void *value, const void *more);

/* The hash of a key; all 64 bits are used. A 64-bit key is passed as its 8 bytes. Any thread. */
typedef uint64_t yoke_map_hash_fn(const uint64_t seed[2], const void *key, size_t size);

typedef struct yoke_map_options {
    yoke_map_keys keys;
    size_t value_size;      /* bytes, 0 (a set) to 4096 */
    size_t expected;        /* entries to make room for at once; 0: grow as needed */
    unsigned shards;        /* a power of two up to 65536; 0: by the CPU limit */
    uint64_t seed;          /* of the hash; 0: from the system */
    yoke_map_hash_fn *hash; /* NULL: that of yoke/hash.h */
} yoke_map_options;

/* YOKE_EINVAL, YOKE_ERANGE, YOKE_ENOMEM, YOKE_EIO (no random seed). */
YOKE_API int yoke_map_create(const yoke_map_options *options, yoke_map **map);
/* Nobody may be using the map. NULL is legal. */
YOKE_API void yoke_map_destroy(yoke_map *map);

/* ---- 64-bit keys: any thread, at any time. All values of 64 bits are legal keys.
 *
 * `value` points to value_size bytes of the caller's, with no need of alignment. Each function
 * returns 1 or 0 as said below, YOKE_EINVAL for a map of byte strings, YOKE_ENOMEM (then the map is
 * as it was), or YOKE_ERANGE when a shard would need more than 2^32 buckets. ---- */

/* Copies the value. 1: found; 0: not there, *value is as it was. `value` may be NULL. */
YOKE_API int yoke_map_get_u64(yoke_map *map, uint64_t key, void *value);
/* Sets the value. 1: the key is new; 0: it was there. */
YOKE_API int yoke_map_put_u64(yoke_map *map, uint64_t key, const void *value);
/* Adds an entry unless the key is there. 1: added; 0: it was there, and its value stays. */
YOKE_API int yoke_map_insert_u64(yoke_map *map, uint64_t key, const void *value);
/* Removes the entry. 1: its value was copied to `value` unless that is NULL; 0: not there. */
YOKE_API int yoke_map_remove_u64(yoke_map *map, uint64_t key, void *value);
/* Adds an entry with the value `more`, or folds `more` into the value that is there, as one step.
 * 1: the key is new; 0: folded. */
YOKE_API int yoke_map_update_u64(yoke_map *map, uint64_t key, yoke_map_combine_fn *combine,
                                 const void *more);

/* The same for a block of keys: `values` are count values of value_size bytes, one after the other.
 * Each key is its own step, in order. Some hundred keys or more at a time hide the way to memory.
 * YOKE_OK; after a failure the first keys have been done and the others not. */
YOKE_API int yoke_map_update_block_u64(yoke_map *map, const uint64_t *keys, const void *values,
                                       size_t count, yoke_map_combine_fn *combine);
/* Looks up a block of keys: found[i] becomes 1 or 0, and where it is 1 the i-th value is copied to
 * values. Returns how many were found. */
YOKE_API long yoke_map_get_block_u64(yoke_map *map, const uint64_t *keys, size_t count,
                                     void *values, unsigned char *found);

/* ---- byte strings of 0 bytes to 4 GiB - 1; YOKE_ERANGE beyond. The key is copied. `key` may be
 * NULL when size is 0. Otherwise the same. ---- */

YOKE_API int yoke_map_get(yoke_map *map, const void *key, size_t size, void *value);
YOKE_API int yoke_map_put(yoke_map *map, const void *key, size_t size, const void *value);
YOKE_API int yoke_map_insert(yoke_map *map, const void *key, size_t size, const void *value);
YOKE_API int yoke_map_remove(yoke_map *map, const void *key, size_t size, void *value);
YOKE_API int yoke_map_update(yoke_map *map, const void *key, size_t size,
                             yoke_map_combine_fn *combine, const void *more);

/* ---- the whole map ---- */

/* Entries: exact while nobody writes; otherwise what was added less what was removed, each counted
 * or not when it happens meanwhile. */
YOKE_API size_t yoke_map_size(const yoke_map *map);

/* Sees one entry: a 64-bit key as its 8 bytes; the value aligned to 8 bytes. Both are good until it
 * returns. It may call the map. Anything but 0 ends the visit and is returned. */
typedef int yoke_map_visit_fn(const void *key, size_t size, const void *value, void *ctx);

/* Visits the entries. An entry that is in the map from beginning to end is visited exactly once,
 * also when the map grows meanwhile; one that is added or removed meanwhile, once or not at all.
 * Each value is one that the entry had during the visit; together they are no snapshot. Returns 0,
 * what `visit` returned, YOKE_ENOMEM, or YOKE_EINVAL. */
YOKE_API int yoke_map_each(yoke_map *map, yoke_map_visit_fn *visit, void *ctx);
/* The same for one shard, 0 to yoke_map_shards() - 1, so that several threads can share a visit. */
YOKE_API int yoke_map_each_in_shard(yoke_map *map, unsigned shard, yoke_map_visit_fn *visit,
                                    void *ctx);
YOKE_API unsigned yoke_map_shards(const yoke_map *map);

typedef struct yoke_map_stats {
    size_t entries;
    size_t bytes;   /* of buckets in use and of the shards; without the bytes of keys */
    size_t buckets; /* in use */
    unsigned shards, used_shards;
    unsigned growing;     /* shards */
    size_t largest_shard; /* entries */
    size_t longest_chain; /* entries that share a home bucket */
    double skew;          /* the largest shard over the mean; 1: even, or empty */
    char verdict[160];    /* how well the hash spreads these keys, in words */
} yoke_map_stats;

/* Walks over the whole map; exact while nobody writes. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_map_stats_read(yoke_map *map, yoke_map_stats *stats);

/* A combine function: adds 64-bit integers, modulo 2^64. */
YOKE_API void yoke_map_add_u64(void *value, const void *more);

#ifdef __cplusplus
}
#endif
#endif

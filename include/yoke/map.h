/* SPDX-License-Identifier: Apache-2.0
 *
 * A concurrent hash map from 64-bit keys or byte strings to values of a fixed size.
 */
#ifndef YOKE_MAP_H
#define YOKE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_map yoke_map;

typedef enum yoke_map_keys { YOKE_MAP_U64, YOKE_MAP_BYTES } yoke_map_keys;

/* Folds `more` into `value`, in place. Called while the entry is locked: it must not call the map.
 */
typedef void yoke_map_combine_fn(void *value, const void *more);
typedef uint64_t yoke_map_hash_fn(const uint64_t seed[2], const void *key, size_t size);

typedef struct yoke_map_options {
    yoke_map_keys keys;
    size_t value_size;      /* bytes, 0 (a set) to 4096 */
    size_t expected;        /* entries to make room for; 0: grow as needed */
    unsigned shards;        /* a power of two; 0: by the CPU limit */
    uint64_t seed;          /* 0: from the system */
    yoke_map_hash_fn *hash; /* NULL: yoke/hash.h. A u64 key is passed as its 8 bytes. */
} yoke_map_options;

YOKE_API int yoke_map_create(const yoke_map_options *options, yoke_map **map);
YOKE_API void yoke_map_destroy(yoke_map *map);

/* 1: found / done, 0: not there / was there, negative: failure */
YOKE_API int yoke_map_get_u64(yoke_map *map, uint64_t key, void *value);
YOKE_API int yoke_map_put_u64(yoke_map *map, uint64_t key, const void *value);    /* 1: new key */
YOKE_API int yoke_map_insert_u64(yoke_map *map, uint64_t key, const void *value); /* 0: was there */
YOKE_API int yoke_map_remove_u64(yoke_map *map, uint64_t key, void *value);       /* 0: not there */
/* Inserts `more` as the value of a new key, or combines it into the value that is there. */
YOKE_API int yoke_map_update_u64(yoke_map *map, uint64_t key, yoke_map_combine_fn *combine,
                                 const void *more);
/* The same for a block of keys and values (count * value_size bytes). */
YOKE_API int yoke_map_update_block_u64(yoke_map *map, const uint64_t *keys, const void *values,
                                       size_t count, yoke_map_combine_fn *combine);

YOKE_API int yoke_map_get(yoke_map *map, const void *key, size_t size, void *value);
YOKE_API int yoke_map_put(yoke_map *map, const void *key, size_t size, const void *value);
YOKE_API int yoke_map_insert(yoke_map *map, const void *key, size_t size, const void *value);
YOKE_API int yoke_map_remove(yoke_map *map, const void *key, size_t size, void *value);
YOKE_API int yoke_map_update(yoke_map *map, const void *key, size_t size,
                             yoke_map_combine_fn *combine, const void *more);

YOKE_API size_t yoke_map_size(const yoke_map *map);

/* A combine function: adds 64-bit integers, modulo 2^64. */
YOKE_API void yoke_map_add_u64(void *value, const void *more);

#ifdef __cplusplus
}
#endif
#endif

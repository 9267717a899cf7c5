/* SPDX-License-Identifier: Apache-2.0
 *
 * A bounded, sharded cache.
 */
#ifndef YOKE_CACHE_H
#define YOKE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/deadline.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_cache yoke_cache;

typedef struct yoke_cache_options {
    size_t max_entries; /* 0: no bound */
    size_t max_bytes;   /* keys, values and bookkeeping; 0: no bound. One of the two is needed */
    double ttl;         /* seconds; 0: entries do not expire */
    unsigned shards;    /* a power of two; 0: by the CPU limit and the capacity */
    uint64_t seed;
} yoke_cache_options;

/* A value as it is handed out: the caller owns `data` (malloc) and frees it. */
typedef struct yoke_cache_value {
    void *data;
    size_t size;
} yoke_cache_value;

/* Makes the value of a key: sets *value (data from malloc, taken over by the cache) or fails. */
typedef int yoke_cache_load_fn(const void *key, size_t size, yoke_cache_value *value, void *ctx);

YOKE_API int yoke_cache_create(const yoke_cache_options *options, yoke_cache **cache);
YOKE_API void yoke_cache_destroy(yoke_cache *cache);
YOKE_API int yoke_cache_put(yoke_cache *cache, const void *key, size_t key_size, const void *value,
                            size_t value_size);
YOKE_API int yoke_cache_get(yoke_cache *cache, const void *key, size_t key_size,
                            yoke_cache_value *value); /* 1 hit, 0 miss */
YOKE_API int yoke_cache_remove(yoke_cache *cache, const void *key, size_t key_size);
YOKE_API int yoke_cache_get_or_load(yoke_cache *cache, const void *key, size_t key_size,
                                    yoke_cache_load_fn *load, void *ctx, yoke_deadline deadline,
                                    yoke_cache_value *value);

#ifdef __cplusplus
}
#endif
#endif

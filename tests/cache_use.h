/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of the cache: making one, its statistics, and a clock that stands until it is moved.
 */
#ifndef YOKE_TESTS_CACHE_USE_H
#define YOKE_TESTS_CACHE_USE_H

#include "tests/harness.h"
#include "yoke/cache.h"

/* With 100 entries unless the options say otherwise, and always the same hash. */
static inline yoke_cache *make_cache(yoke_cache_options options) {
    yoke_cache *cache = NULL;
    if (!options.max_entries && !options.max_bytes && !options.keep_nothing) {
        options.max_entries = 100;
    }
    options.seed = 1;
    REQUIRE(yoke_cache_create(&options, &cache) == YOKE_OK);
    return cache;
}

static inline yoke_cache_stats stats_of(yoke_cache *cache) {
    yoke_cache_stats stats = {0};
    REQUIRE(yoke_cache_total_stats(cache, &stats) == YOKE_OK);
    return stats;
}

/* A clock for yoke_cache_options, of which `ctx` is the time in nanoseconds. */
static inline int64_t fake_clock(void *ctx) {
    return __atomic_load_n((int64_t *)ctx, __ATOMIC_SEQ_CST);
}
/* NOLINTNEXTLINE(readability-non-const-parameter): it is stored to */
static inline void pass(int64_t *now, double seconds) {
    __atomic_fetch_add(now, (int64_t)(seconds * 1e9), __ATOMIC_SEQ_CST);
}

#endif

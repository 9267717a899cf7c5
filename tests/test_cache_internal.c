/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of the cache by themselves: the index keeps its chains short as it grows, and the memory of
 * evicted keys against a plain list.
 */
#include <stdlib.h>

#include "sharding/cache.h"
#include "tests/cache_use.h"
#include "tests/harness.h"

static size_t heads_of(const yoke_cache *cache) {
    return (size_t)1 << (64 - cache->shard[0].index.table->shift);
}

static int put_number(yoke_cache *cache, int key) {
    return yoke_cache_put(cache, &key, sizeof key, NULL, 0);
}

TEST(the_index_grows_with_its_entries) {
    yoke_cache *cache = make_cache((yoke_cache_options){.max_bytes = (size_t)1 << 30, .shards = 1});
    for (int key = 0; key < 100000; key++) {
        REQUIRE(put_number(cache, key) == YOKE_OK);
        CU_ASSERT(heads_of(cache) >= (size_t)key / 2);
    }
    yoke_cache_destroy(cache);
}

/* A reader that never leaves its section holds the index back: longer chains, and no harm. */
TEST(a_stalled_reader_delays_growth_only) {
    yoke_cache *cache = make_cache((yoke_cache_options){.max_bytes = (size_t)1 << 30, .shards = 1});
    char byte;
    size_t size;
    REQUIRE(put_number(cache, 0) == YOKE_OK);
    REQUIRE(yoke_reclaim_enter() == YOKE_OK);
    yoke__table *old = yoke_reclaim_load((void *const *)&cache->shard[0].index.table);
    for (int key = 1; key < 2000; key++) REQUIRE(put_number(cache, key) == YOKE_OK);
    CU_ASSERT_EQUAL(heads_of(cache), 32);
    CU_ASSERT_EQUAL(cache->shard[0].index.retiring, 1);
    for (int head = 0; head < 16; head++) CU_ASSERT(old->heads[head] == NULL);
    yoke_reclaim_leave();
    for (int key = 2000; key < 4000; key++) REQUIRE(put_number(cache, key) == YOKE_OK);
    CU_ASSERT(heads_of(cache) >= 2000);
    for (int key = 0; key < 4000; key++) {
        CU_ASSERT_EQUAL(yoke_cache_read(cache, &key, sizeof key, &byte, 1, &size), 1);
    }
    yoke_cache_destroy(cache);
}

/* ---- evicted keys ---- */

enum { HASHES = 200, STEPS = 20000 };

/* A list of the last `most` additions; a hash that was taken is 0. */
typedef struct list {
    uint64_t hashes[STEPS];
    size_t begin, end;
} list;

static void list_add(list *l, uint64_t hash, size_t most) {
    while (l->end > l->begin && l->end - l->begin >= most) l->begin++;
    if (!most) return;
    for (size_t i = l->begin; i < l->end; i++) {
        if (l->hashes[i] == hash) l->hashes[i] = 0; /* the newer one counts */
    }
    l->hashes[l->end++] = hash;
}

static bool list_take(list *l, uint64_t hash) {
    bool found = false;
    for (size_t i = l->begin; i < l->end; i++) {
        if (l->hashes[i] != hash) continue;
        l->hashes[i] = 0;
        found = true;
    }
    return found;
}

TEST(evicted_keys_are_remembered_in_order) {
    static const size_t limits[] = {0, 1, 2, 15, 16, 17, 100, 1000};
    static list l;
    for (size_t m = 0; m < sizeof limits / sizeof *limits; m++) {
        yoke__ghost ghost = {0};
        l.begin = l.end = 0;
        size_t wrong = 0, most = limits[m];
        for (size_t i = 0; i < test_size(STEPS, 3000); i++) {
            uint64_t hash = 1 + test_random_below(HASHES);
            if (i % 1000 == 999) most = test_random_below(limits[m] + 1);
            if (test_random_below(3) == 0) {
                wrong += yoke__ghost_take(&ghost, hash) != list_take(&l, hash);
            } else {
                yoke__ghost_add(&ghost, hash, most);
                list_add(&l, hash, most);
            }
            wrong += ghost.count != l.end - l.begin;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        yoke__ghost_fini(&ghost);
    }
}

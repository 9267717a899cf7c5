/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared structures that give the same for the same operations in the same order.
 */
#include "perf/verify_list.h"
#include "yoke/cache.h"
#include "yoke/sketch.h"

/* Keys of which few are frequent. */
static uint64_t draw_key(verify_case *c) {
    uint64_t draw = yoke__verify_random(c);
    return draw % 3 ? draw % 40 : draw % 5000;
}

static int use_cache(verify_case *c, yoke_cache *cache) {
    for (size_t i = 0; i < c->n; i++) {
        uint64_t key = draw_key(c), value = 0;
        size_t size = 0;
        int hit = yoke_cache_read(cache, &key, sizeof key, &value, sizeof value, &size);
        if (hit < 0) return hit;
        yoke__verify_add(c, &(uint8_t){hit != 0}, 1);
        if (!hit) YOKE_TRY(yoke_cache_put(cache, &key, sizeof key, &i, sizeof i));
    }
    return YOKE_OK;
}

static int caching(verify_case *c) {
    yoke_cache *cache;
    YOKE_TRY(yoke_cache_create(&(yoke_cache_options){.max_entries = 300, .shards = 2, .seed = 4},
                               &cache));
    int status = use_cache(c, cache);
    yoke_cache_destroy(cache);
    return status;
}

static int add_top(verify_case *c, const yoke_sketch *sketch) {
    enum { MOST = 10 };
    yoke_sketch_item items[MOST];
    long count = yoke_sketch_top(sketch, items, MOST);
    if (count < 0) return (int)count;
    for (long i = 0; i < count; i++) {
        yoke__verify_add(c, items[i].key, items[i].key_kept);
        yoke__verify_add(c, &items[i].count, sizeof items[i].count);
        yoke__verify_add(c, &items[i].error, sizeof items[i].error);
    }
    return YOKE_OK;
}

static int frequent(verify_case *c) {
    yoke_sketch *sketch;
    YOKE_TRY(yoke_sketch_create(&(yoke_sketch_options){.counters = 50}, &sketch));
    for (size_t i = 0; i < c->n; i++) {
        uint64_t key = draw_key(c);
        yoke_sketch_add(sketch, &key, sizeof key, 1);
    }
    int status = add_top(c, sketch);
    yoke_sketch_destroy(sketch);
    return status;
}

const verify_entry yoke__verify_list_shared[] = {{.algorithm = "hits of a cache",
                                                  .input = "reads and puts, in turn",
                                                  .level = "always",
                                                  .headers = "cache",
                                                  .n = 10000,
                                                  .compute = caching},
                                                 {.algorithm = "frequent keys",
                                                  .input = "keys, in turn",
                                                  .level = "always",
                                                  .headers = "sketch",
                                                  .n = 20000,
                                                  .compute = frequent},
                                                 {.algorithm = NULL}};

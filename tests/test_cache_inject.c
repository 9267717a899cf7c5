/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache and the sketch when memory runs out, at each allocation in turn: every call says so or
 * does without, and nothing is lost or left over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/cache.h"
#include "yoke/sketch.h"

static int alive; /* values of loaders and givers */

static void release_counted(void *data, size_t size) {
    (void)size;
    alive--;
    free(data);
}

static int make_item(const void *key, size_t key_size, yoke_cache_item *item, void *ctx) {
    (void)ctx;
    void *data = malloc(key_size + 1);
    if (!data) return yoke_fail(YOKE_ENOMEM, "no memory in a loader");
    memcpy(data, key, key_size);
    alive++;
    *item = (yoke_cache_item){.data = data, .size = key_size, .release = release_counted};
    return YOKE_OK;
}

static int fail_to_load(const void *key, size_t key_size, yoke_cache_item *item, void *ctx) {
    (void)key, (void)key_size, (void)item, (void)ctx;
    return yoke_fail(YOKE_EIO, "not there");
}

static int use_key(yoke_cache *cache, int key) {
    yoke_cache_value value;
    yoke_cache_item item;
    YOKE_TRY(yoke_cache_put(cache, &key, sizeof key, &key, sizeof key));
    key += 1000;
    YOKE_TRY(make_item(&key, sizeof key, &item, NULL));
    int status = yoke_cache_give(cache, &key, sizeof key, &item);
    if (status < 0) release_counted(item.data, item.size);
    YOKE_TRY(status);
    key += 1000;
    YOKE_TRY(yoke_cache_get_or_load(cache, &key, sizeof key, make_item, NULL, YOKE_NOW, &value));
    status = value.size == sizeof key && !memcmp(value.data, &key, sizeof key);
    yoke_cache_release(&value);
    if (!status) return yoke_fail(YOKE_EDATA, "another value");
    key += 1000;
    status = yoke_cache_get_or_load(cache, &key, sizeof key, fail_to_load, NULL, YOKE_NOW, &value);
    return status == YOKE_EIO ? YOKE_OK : status;
}

/* Enough to make evictions, growth of the index and of the evicted keys. */
static int use(void *ctx) {
    const yoke_cache_options *options = ctx;
    yoke_cache *cache = NULL;
    YOKE_TRY(yoke_cache_create(options, &cache));
    yoke_cache_hot_key hot;
    yoke_cache_skew skew;
    int status = YOKE_OK;
    for (int key = 0; key < 40 && status >= 0; key++) status = use_key(cache, key);
    if (status >= 0) status = (int)yoke_cache_hot_keys(cache, &hot, 1);
    if (status >= 0) status = yoke_cache_skew_report(cache, &skew);
    if (status >= 0) status = yoke_cache_clear(cache);
    yoke_cache_destroy(cache);
    return status < 0 ? status : YOKE_OK;
}

TEST(the_cache_reports_what_it_cannot_do_without) {
    yoke_cache_options options[] = {
        {.max_entries = 20, .shards = 2, .seed = 1},
        {.max_bytes = 100000, .shards = 1, .negative_ttl = 100, .seed = 1},
        {.keep_nothing = true, .seed = 1},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        CU_ASSERT(inject_each_allocation(use, &options[i], YOKE_ENOMEM) > 100);
        CU_ASSERT_EQUAL(alive, 0);
    }
}

/* A failed put leaves what was there. */
static int put_again(void *ctx) {
    yoke_cache *cache = ctx;
    char copy[4];
    size_t size;
    int status = yoke_cache_put(cache, "key", 3, "new", 3);
    if (status < 0) {
        CU_ASSERT_EQUAL(yoke_cache_read(cache, "key", 3, copy, 4, &size), 1);
        CU_ASSERT(!memcmp(copy, "old", 3));
    }
    return status;
}

TEST(a_failed_put_changes_nothing) {
    yoke_cache *cache = NULL;
    REQUIRE(yoke_cache_create(&(yoke_cache_options){.max_entries = 5}, &cache) == YOKE_OK);
    REQUIRE(yoke_cache_put(cache, "key", 3, "old", 3) == YOKE_OK);
    CU_ASSERT_EQUAL(inject_each_allocation(put_again, cache, YOKE_ENOMEM), 1);
    yoke_cache_destroy(cache);
}

static int use_sketch(void *ctx) {
    (void)ctx;
    yoke_sketch *a = NULL, *b = NULL;
    yoke_sketch_item items[3];
    int status = yoke_sketch_create(NULL, &a);
    if (status >= 0) status = yoke_sketch_create(&(yoke_sketch_options){.counters = 3}, &b);
    for (int i = 0; i < 10 && status >= 0; i++) {
        yoke_sketch_add(a, &i, sizeof i, 1);
        yoke_sketch_add(b, &i, sizeof i, 1);
    }
    if (status >= 0) status = yoke_sketch_merge(a, b);
    if (a && b) CU_ASSERT_EQUAL(yoke_sketch_total(a), status < 0 ? 10 : 20);
    if (status >= 0) status = (int)yoke_sketch_top(a, items, 3);
    yoke_sketch_destroy(a);
    yoke_sketch_destroy(b);
    return status < 0 ? status : YOKE_OK;
}

TEST(the_sketch_reports_it) {
    CU_ASSERT_EQUAL(inject_each_allocation(use_sketch, NULL, YOKE_ENOMEM), 13);
}

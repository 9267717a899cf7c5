/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache but for loading, many threads, and what it evicts: keys and values of all sizes,
 * handles, age, options, hashes that collide, and reports.
 */
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cache_use.h"
#include "tests/harness.h"

static int64_t now = -5000; /* of the fake clock */

static int put(yoke_cache *cache, const char *key, const char *value) {
    return yoke_cache_put(cache, key, strlen(key), value, strlen(value));
}

/* Whether the key has this value; NULL: none. By get and by read. */
static bool has(yoke_cache *cache, const char *key, const char *text) {
    yoke_cache_value value = {0};
    char copy[100];
    size_t size = 0;
    int got = yoke_cache_get(cache, key, strlen(key), &value);
    int read = yoke_cache_read(cache, key, strlen(key), copy, sizeof copy, &size);
    if (got != read) return false;
    if (!text) return got == 0;
    bool same = got == 1 && value.size == strlen(text) && !memcmp(value.data, text, value.size) &&
                !value.stale && size == value.size && !memcmp(copy, text, size);
    yoke_cache_release(&value);
    return same;
}

/* ---- single calls ---- */

TEST(put_get_remove) {
    yoke_cache *cache = make_cache((yoke_cache_options){0});
    CU_ASSERT(has(cache, "a", NULL));
    CU_ASSERT_EQUAL(put(cache, "a", "one"), YOKE_OK);
    CU_ASSERT(has(cache, "a", "one"));
    CU_ASSERT_EQUAL(put(cache, "a", "another"), YOKE_OK);
    CU_ASSERT(has(cache, "a", "another"));
    CU_ASSERT_EQUAL(stats_of(cache).entries, 1);
    CU_ASSERT_EQUAL(stats_of(cache).bytes, YOKE_CACHE_ENTRY_BYTES + 8);
    CU_ASSERT_EQUAL(yoke_cache_remove(cache, "a", 1), 1);
    CU_ASSERT_EQUAL(yoke_cache_remove(cache, "a", 1), 0);
    CU_ASSERT(has(cache, "a", NULL));
    CU_ASSERT_EQUAL(stats_of(cache).entries, 0);
    CU_ASSERT_EQUAL(stats_of(cache).bytes, 0);
    yoke_cache_destroy(cache);
    yoke_cache_destroy(NULL);
}

TEST(read_copies_what_fits) {
    yoke_cache *cache = make_cache((yoke_cache_options){0});
    char copy[4] = "....";
    size_t size = 77;
    CU_ASSERT_EQUAL(yoke_cache_read(cache, "a", 1, copy, 4, &size), 0);
    CU_ASSERT_EQUAL(size, 77);
    CU_ASSERT_EQUAL(put(cache, "a", "abcdef"), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_cache_read(cache, "a", 1, copy, 3, &size), 1);
    CU_ASSERT_EQUAL(size, 6);
    CU_ASSERT(!memcmp(copy, "abc.", 4));
    CU_ASSERT_EQUAL(yoke_cache_read(cache, "a", 1, NULL, 0, &size), 1);
    yoke_cache_destroy(cache);
}

TEST(keys_and_values_of_all_sizes) {
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4096, 1 << 20, (1 << 20) + 1};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    char *bytes = malloc(1 << 21);
    REQUIRE(bytes != NULL);
    for (size_t i = 0; i < 1 << 21; i++) bytes[i] = (char)test_random();
    yoke_cache *cache = make_cache((yoke_cache_options){.max_bytes = 1 << 30});
    for (size_t k = 0; k < COUNT; k++) {
        for (size_t v = 0; v < COUNT; v++) {
            const void *key = sizes[k] ? bytes : NULL, *value = sizes[v] ? bytes + v : NULL;
            CU_ASSERT_EQUAL(yoke_cache_put(cache, key, sizes[k], value, sizes[v]), YOKE_OK);
            yoke_cache_value got;
            REQUIRE(yoke_cache_get(cache, key, sizes[k], &got) == 1);
            CU_ASSERT_EQUAL(got.size, sizes[v]);
            CU_ASSERT(got.data != NULL && (uintptr_t)got.data % 16 == 0);
            CU_ASSERT(!memcmp(got.data, bytes + v, sizes[v]));
            yoke_cache_release(&got);
        }
    }
    CU_ASSERT_EQUAL(stats_of(cache).entries, COUNT);
    yoke_cache_destroy(cache);
    free(bytes);
}

TEST(a_handle_survives_everything) {
    yoke_cache *cache = make_cache((yoke_cache_options){.max_entries = 1});
    yoke_cache_value values[4];
    char text[20];
    for (int i = 0; i < 4; i++) { /* evicted by the next, replaced, removed, cleared */
        snprintf(text, sizeof text, "value %d", i);
        CU_ASSERT_EQUAL(put(cache, i % 2 ? "a" : "b", text), YOKE_OK);
        REQUIRE(yoke_cache_get(cache, i % 2 ? "a" : "b", 1, &values[i]) == 1);
    }
    CU_ASSERT_EQUAL(put(cache, "a", "new"), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_cache_remove(cache, "a", 1), 1);
    CU_ASSERT_EQUAL(yoke_cache_clear(cache), YOKE_OK);
    CU_ASSERT_EQUAL(stats_of(cache).bytes, 0);
    yoke_cache_destroy(cache);
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof text, "value %d", i);
        CU_ASSERT(values[i].size == 7 && !memcmp(values[i].data, text, 7));
        yoke_cache_release(&values[i]);
    }
}

static atomic_int alive;
static void release_counted(void *data, size_t size) {
    (void)size;
    atomic_fetch_sub(&alive, 1);
    free(data);
}

static int give(yoke_cache *cache, const void *key, size_t key_size, const char *text, double ttl) {
    yoke_cache_item item = {strdup(text), strlen(text), ttl, release_counted};
    if (!item.data) return YOKE_ENOMEM;
    atomic_fetch_add(&alive, 1);
    int status = yoke_cache_give(cache, key, key_size, &item);
    if (status < 0) release_counted(item.data, item.size);
    return status;
}

TEST(what_is_given_is_released_once) {
    yoke_cache *cache = make_cache((yoke_cache_options){.max_entries = 2, .max_bytes = 1000});
    char large[2000];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = 0;
    CU_ASSERT_EQUAL(give(cache, "a", 1, "1", 0), YOKE_OK);
    CU_ASSERT_EQUAL(give(cache, "a", 1, "2", 0), YOKE_OK);
    CU_ASSERT_EQUAL(give(cache, "b", 1, "3", 0), YOKE_OK);
    CU_ASSERT_EQUAL(give(cache, "c", 1, "4", 0), YOKE_OK);
    CU_ASSERT_EQUAL(stats_of(cache).entries, 2);
    CU_ASSERT_EQUAL(give(cache, "c", 1, large, 0), YOKE_ERANGE);
    CU_ASSERT(strstr(yoke_error_detail(), "share") != NULL);
    CU_ASSERT(has(cache, "c", NULL)); /* what was there is gone */
    yoke_cache_close(cache);
    CU_ASSERT_EQUAL(give(cache, "d", 1, "5", 0), YOKE_ECLOSED);
    yoke_cache_destroy(cache);
    CU_ASSERT_EQUAL(atomic_load(&alive), 0);
    cache = make_cache((yoke_cache_options){.keep_nothing = true});
    CU_ASSERT_EQUAL(give(cache, "d", 1, "6", 0), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&alive), 0);
    yoke_cache_destroy(cache);
}

/* ---- age ---- */

TEST(entries_expire) {
    yoke_cache *cache =
        make_cache((yoke_cache_options){.ttl = 10, .clock = fake_clock, .clock_ctx = &now});
    CU_ASSERT_EQUAL(put(cache, "a", "1"), YOKE_OK);
    CU_ASSERT_EQUAL(give(cache, "short", 5, "2", 3), YOKE_OK);
    CU_ASSERT_EQUAL(give(cache, "for ever", 8, "3", -1), YOKE_OK);
    pass(&now, 2.9);
    CU_ASSERT(has(cache, "short", "2"));
    pass(&now, 0.2);
    CU_ASSERT(has(cache, "short", NULL));
    CU_ASSERT_EQUAL(stats_of(cache).expirations, 1); /* removed when it was met */
    CU_ASSERT_EQUAL(stats_of(cache).entries, 2);
    pass(&now, 6.8);
    CU_ASSERT(has(cache, "a", "1"));
    CU_ASSERT_EQUAL(put(cache, "a", "again"), YOKE_OK); /* begins anew */
    pass(&now, 9.9);
    CU_ASSERT(has(cache, "a", "again"));
    pass(&now, 0.2);
    CU_ASSERT_EQUAL(yoke_cache_remove(cache, "a", 1), 0);
    pass(&now, 1e9);
    CU_ASSERT(has(cache, "for ever", "3"));
    yoke_cache_destroy(cache);
}

/* Good for ten seconds: in the last nanosecond, and not in the next. */
TEST(entries_expire_to_the_nanosecond) {
    yoke_cache *cache =
        make_cache((yoke_cache_options){.ttl = 10, .clock = fake_clock, .clock_ctx = &now});
    CU_ASSERT_EQUAL(put(cache, "a", "1"), YOKE_OK);
    now += 9999999999;
    CU_ASSERT(has(cache, "a", "1"));
    now += 1;
    CU_ASSERT(has(cache, "a", NULL));
    CU_ASSERT_EQUAL(stats_of(cache).entries, 0);
    yoke_cache_destroy(cache);
}

TEST(sweep_removes_what_has_expired) {
    yoke_cache *cache = make_cache(
        (yoke_cache_options){.ttl = 10, .stale = 5, .clock = fake_clock, .clock_ctx = &now});
    char key[20];
    for (int i = 0; i < 50; i++) {
        snprintf(key, sizeof key, "%d", i);
        CU_ASSERT_EQUAL(put(cache, key, "v"), YOKE_OK);
        if (i == 24) pass(&now, 6);
    }
    pass(&now, 7); /* the first half is stale */
    CU_ASSERT_EQUAL(yoke_cache_sweep(cache), 0);
    pass(&now, 3);
    CU_ASSERT_EQUAL(yoke_cache_sweep(cache), 25);
    CU_ASSERT_EQUAL(stats_of(cache).entries, 25);
    CU_ASSERT_EQUAL(stats_of(cache).expirations, 25);
    pass(&now, 6);
    CU_ASSERT_EQUAL(yoke_cache_sweep(cache), 25);
    CU_ASSERT_EQUAL(stats_of(cache).bytes, 0);
    yoke_cache_destroy(cache);
}

TEST(expired_entries_go_first_and_count_as_expired) {
    yoke_cache *cache = make_cache((yoke_cache_options){
        .max_entries = 4, .shards = 1, .ttl = 10, .clock = fake_clock, .clock_ctx = &now});
    CU_ASSERT_EQUAL(put(cache, "a", "1"), YOKE_OK);
    for (int i = 0; i < 5; i++) CU_ASSERT(has(cache, "a", "1")); /* would be kept */
    pass(&now, 11);
    for (const char *key = "bcde"; *key; key++) {
        CU_ASSERT_EQUAL(yoke_cache_put(cache, key, 1, "x", 1), YOKE_OK);
    }
    CU_ASSERT_EQUAL(stats_of(cache).expirations, 1);
    CU_ASSERT_EQUAL(stats_of(cache).evictions, 0);
    CU_ASSERT_EQUAL(stats_of(cache).entries, 4);
    yoke_cache_destroy(cache);
}

TEST(a_real_clock_works_as_well) {
    yoke_cache *cache = make_cache((yoke_cache_options){.ttl = 1000});
    CU_ASSERT_EQUAL(put(cache, "a", "1"), YOKE_OK);
    CU_ASSERT_EQUAL(give(cache, "b", 1, "2", 1e-9), YOKE_OK);
    CU_ASSERT(has(cache, "a", "1"));
    CU_ASSERT(has(cache, "b", NULL));
    yoke_cache_destroy(cache);
}

/* ---- options ---- */

static int create(yoke_cache_options options) {
    yoke_cache *cache = NULL;
    int status = yoke_cache_create(&options, &cache);
    yoke_cache_destroy(cache);
    return status;
}

TEST(options_are_checked) {
    yoke_cache *cache = NULL;
    CU_ASSERT_EQUAL(yoke_cache_create(NULL, &cache), YOKE_EINVAL);
    CU_ASSERT_EQUAL(create((yoke_cache_options){0}), YOKE_EINVAL);
    CU_ASSERT(strstr(yoke_error_detail(), "max_entries") != NULL);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_entries = 1, .ttl = -1}), YOKE_EINVAL);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_entries = 1, .ttl = NAN}), YOKE_EINVAL);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_entries = 1, .stale = 1}), YOKE_EINVAL);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_entries = 1, .negative_ttl = -1}),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_entries = 1, .load_timeout = INFINITY}),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_entries = 100, .shards = 3}), YOKE_EINVAL);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_entries = 7, .shards = 8}), YOKE_EINVAL);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_bytes = 1 << 20, .shards = 8192}),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_entries = 8, .shards = 8}), YOKE_OK);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.keep_nothing = true}), YOKE_OK);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_entries = SIZE_MAX}), YOKE_OK);
    CU_ASSERT_EQUAL(create((yoke_cache_options){.max_bytes = SIZE_MAX, .ttl = 1e300}), YOKE_OK);
    yoke_cache_stats stats;
    cache = make_cache((yoke_cache_options){.max_entries = 300});
    CU_ASSERT_EQUAL(yoke_cache_shards(cache), 1); /* no share below 256 */
    CU_ASSERT_EQUAL(yoke_cache_shard_stats(cache, 0, &stats), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_cache_shard_stats(cache, 1, &stats), YOKE_EINVAL);
    yoke_cache_destroy(cache);
}

TEST(shares_add_up) {
    yoke_cache *cache = make_cache((yoke_cache_options){.max_entries = 1003, .shards = 64});
    for (int key = 0; key < 20000; key++) {
        CU_ASSERT_EQUAL(yoke_cache_put(cache, &key, sizeof key, NULL, 0), YOKE_OK);
    }
    CU_ASSERT_EQUAL(stats_of(cache).entries, 1003);
    yoke_cache_destroy(cache);
}

/* ---- hashes on purpose ---- */

static uint64_t same_hash(const uint64_t seed[2], const void *key, size_t size) {
    (void)seed, (void)key, (void)size;
    return 42;
}

static uint64_t low_bits(const uint64_t seed[2], const void *key, size_t size) {
    uint32_t number = 0;
    (void)seed;
    memcpy(&number, key, size < 4 ? size : 4);
    return number;
}

static void use_keys(yoke_cache *cache, int keys) {
    for (int key = 0; key < keys; key++) {
        REQUIRE(yoke_cache_put(cache, &key, sizeof key, &key, sizeof key) == YOKE_OK);
    }
    for (int round = 0; round < 100; round++) {
        for (int key = 0; key < keys; key++) {
            int got = -1;
            size_t size;
            CU_ASSERT_EQUAL(yoke_cache_read(cache, &key, sizeof key, &got, sizeof got, &size), 1);
            CU_ASSERT_EQUAL(got, key);
        }
    }
}

TEST(all_keys_in_one_shard_are_reported) {
    static yoke_cache_hash_fn *const hashes[] = {same_hash, low_bits};
    for (int h = 0; h < 2; h++) {
        yoke_cache *cache =
            make_cache((yoke_cache_options){.max_entries = 4096, .shards = 8, .hash = hashes[h]});
        yoke_cache_skew skew;
        use_keys(cache, 100);
        REQUIRE(yoke_cache_skew_report(cache, &skew) == YOKE_OK);
        CU_ASSERT(skew.one_shard);
        CU_ASSERT_EQUAL(skew.shards_used, 1);
        CU_ASSERT_EQUAL(skew.suggested_shards, 1);
        CU_ASSERT(skew.busiest_share == 1);
        CU_ASSERT(strstr(skew.text, "All keys fall into shard 0 of 8") != NULL);
        CU_ASSERT_EQUAL(stats_of(cache).entries, 100);
        for (int key = 0; key < 100; key++) {
            CU_ASSERT_EQUAL(yoke_cache_remove(cache, &key, sizeof key), 1);
        }
        yoke_cache_destroy(cache);
    }
}

TEST(an_even_use_is_reported) {
    yoke_cache *cache = make_cache((yoke_cache_options){.max_entries = 4096, .shards = 8});
    yoke_cache_skew skew;
    REQUIRE(yoke_cache_skew_report(cache, &skew) == YOKE_OK);
    CU_ASSERT(strstr(skew.text, "too few") != NULL);
    use_keys(cache, 1000);
    REQUIRE(yoke_cache_skew_report(cache, &skew) == YOKE_OK);
    CU_ASSERT(!skew.one_shard);
    CU_ASSERT_EQUAL(skew.shards_used, 8);
    CU_ASSERT_EQUAL(skew.suggested_shards, 8);
    CU_ASSERT(skew.busiest_share < 0.2);
    CU_ASSERT(strstr(skew.text, "evenly") != NULL);
    yoke_cache_destroy(cache);
}

TEST(hot_keys_are_found) {
    yoke_cache *cache = make_cache((yoke_cache_options){.max_entries = 4096, .shards = 8});
    yoke_cache_hot_key hot[3];
    yoke_cache_skew skew;
    char byte;
    size_t size;
    CU_ASSERT_EQUAL(yoke_cache_hot_keys(cache, hot, 3), 0);
    for (int i = 0; i < 200000; i++) {
        int cold = (int)test_random_below(3000);
        if (i % 2) {
            yoke_cache_read(cache, &cold, sizeof cold, &byte, 1, &size);
        } else {
            const char *key = i % 6 == 0 ? "second" : "the hottest";
            yoke_cache_read(cache, key, strlen(key), &byte, 1, &size);
        }
    }
    REQUIRE(yoke_cache_hot_keys(cache, hot, 3) == 3);
    CU_ASSERT(hot[0].key_size == 11 && !memcmp(hot[0].key, "the hottest", 11));
    CU_ASSERT(hot[1].key_size == 6 && !memcmp(hot[1].key, "second", 6));
    CU_ASSERT(fabs(hot[0].lookups - 66667) < 12000);
    CU_ASSERT(fabs(hot[1].lookups - 33333) < 8000);
    CU_ASSERT(hot[0].shard < 8);
    CU_ASSERT_EQUAL(yoke_cache_hot_keys(cache, hot, 1), 1);
    REQUIRE(yoke_cache_skew_report(cache, &skew) == YOKE_OK);
    CU_ASSERT(fabs(skew.hottest_key_share - 1.0 / 3) < 0.06);
    CU_ASSERT_EQUAL(skew.busiest, hot[0].shard);
    CU_ASSERT(strstr(skew.text, "One key has") != NULL);
    yoke_cache_destroy(cache);
}

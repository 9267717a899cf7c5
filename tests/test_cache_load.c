/* SPDX-License-Identifier: Apache-2.0
 *
 * get_or_load when all goes well or the loader fails: what is loaded, kept, and how often, by one
 * thread and by many.
 */
#include "tests/cache_load.h"

static int64_t now = 1000; /* of the fake clock */

/* ---- one at a time ---- */

TEST(loads_once_then_hits) {
    yoke_cache *cache = make_cache((yoke_cache_options){0});
    script s = {.gate = 1, .text = "value"};
    expect(cache, "key", &s, 0, "value");
    expect(cache, "key", &s, 1, "value");
    CU_ASSERT_EQUAL(atomic_load(&s.calls), 1);
    yoke_cache_stats stats = stats_of(cache);
    CU_ASSERT_EQUAL(stats.hits, 1);
    CU_ASSERT_EQUAL(stats.misses, 1);
    CU_ASSERT_EQUAL(stats.loads, 1);
    CU_ASSERT(stats.load_seconds >= 0);
    yoke_cache_destroy(cache);
}

TEST(a_positive_status_of_a_loader_is_a_success) {
    yoke_cache *cache = make_cache((yoke_cache_options){0});
    script s = {.gate = 1, .text = "v", .status = 7};
    expect(cache, "key", &s, 0, "v");
    expect(cache, "key", &s, 1, "v");
    yoke_cache_destroy(cache);
}

TEST(a_failure_is_passed_on_and_not_kept) {
    yoke_cache *cache = make_cache((yoke_cache_options){0});
    script s = {.gate = 1, .status = YOKE_EIO, .text = "later"};
    expect(cache, "key", &s, YOKE_EIO, NULL);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "call 0 failed");
    CU_ASSERT_EQUAL(stats_of(cache).entries, 0);
    CU_ASSERT_EQUAL(stats_of(cache).load_failures, 1);
    s.status = 0;
    expect(cache, "key", &s, 0, "later");
    CU_ASSERT_EQUAL(atomic_load(&s.calls), 2);
    yoke_cache_destroy(cache);
}

TEST(a_failure_is_remembered_when_asked_for) {
    yoke_cache *cache =
        make_cache((yoke_cache_options){.negative_ttl = 5, .clock = fake_clock, .clock_ctx = &now});
    script s = {.gate = 1, .status = YOKE_ENOENT, .text = "there"};
    yoke_cache_value value;
    expect(cache, "key", &s, YOKE_ENOENT, NULL);
    pass(&now, 4.9);
    expect(cache, "key", &s, YOKE_ENOENT, NULL);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "call 0 failed");
    CU_ASSERT_EQUAL(yoke_cache_get(cache, "key", 3, &value), 0);
    CU_ASSERT_EQUAL(atomic_load(&s.calls), 1);
    CU_ASSERT_EQUAL(stats_of(cache).negative_hits, 1);
    CU_ASSERT_EQUAL(stats_of(cache).entries, 1);
    s.status = 0;
    pass(&now, 0.2);
    expect(cache, "key", &s, 0, "there");
    CU_ASSERT_EQUAL(stats_of(cache).expirations, 1);
    /* A put takes its place, too. */
    s.status = YOKE_EDATA;
    expect(cache, "other", &s, YOKE_EDATA, NULL);
    CU_ASSERT_EQUAL(yoke_cache_put(cache, "other", 5, "put", 3), YOKE_OK);
    expect(cache, "other", &s, 1, "put");
    yoke_cache_destroy(cache);
}

TEST(keep_nothing_loads_each_time) {
    yoke_cache *cache = make_cache((yoke_cache_options){.keep_nothing = true});
    script s = {.gate = 1, .text = "v"};
    expect(cache, "key", &s, 0, "v");
    expect(cache, "key", &s, 0, "v");
    CU_ASSERT_EQUAL(yoke_cache_put(cache, "key", 3, "p", 1), YOKE_OK);
    expect(cache, "key", &s, 0, "v");
    CU_ASSERT_EQUAL(stats_of(cache).entries, 0);
    CU_ASSERT_EQUAL(stats_of(cache).rejections, 0);
    yoke_cache_destroy(cache);
}

TEST(a_value_too_large_is_returned_and_not_kept) {
    yoke_cache *cache = make_cache((yoke_cache_options){.max_bytes = 300, .shards = 1});
    char text[200];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    script s = {.gate = 1, .text = text};
    CU_ASSERT_EQUAL(yoke_cache_put(cache, "key", 3, "old", 3), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_cache_put(cache, "key", 3, text, sizeof text), YOKE_ERANGE);
    expect(cache, "key", &s, 0, text);
    CU_ASSERT_EQUAL(stats_of(cache).rejections, 2);
    CU_ASSERT_EQUAL(stats_of(cache).bytes, 0);
    yoke_cache_destroy(cache);
}

TEST(a_loaded_value_has_its_own_ttl) {
    yoke_cache *cache = make_cache((yoke_cache_options){.clock = fake_clock, .clock_ctx = &now});
    script s = {.gate = 1, .text = "v", .ttl = 2};
    expect(cache, "key", &s, 0, "v");
    pass(&now, 1.9);
    expect(cache, "key", &s, 1, "v");
    pass(&now, 0.2);
    expect(cache, "key", &s, 0, "v");
    yoke_cache_destroy(cache);
}

static atomic_int released;
static void count_release(void *data, size_t size) {
    atomic_fetch_add(&released, 1);
    if (size != 3 || memcmp(data, "abc", 3) != 0) atomic_fetch_add(&released, 1000);
}
static int load_static(const void *key, size_t key_size, yoke_cache_item *item, void *ctx) {
    static char text[] = "abc";
    (void)key, (void)key_size, (void)ctx;
    *item = (yoke_cache_item){.data = text, .size = 3, .release = count_release};
    return 0;
}

TEST(a_value_is_released_once_and_not_while_in_use) {
    yoke_cache *cache = make_cache((yoke_cache_options){.max_entries = 1});
    yoke_cache_value value, again;
    CU_ASSERT_EQUAL(yoke_cache_get_or_load(cache, "a", 1, load_static, NULL, YOKE_NOW, &value), 0);
    CU_ASSERT_EQUAL(yoke_cache_get(cache, "a", 1, &again), 1);
    CU_ASSERT_EQUAL(yoke_cache_remove(cache, "a", 1), 1);
    yoke_cache_destroy(cache); /* handles outlive it */
    CU_ASSERT_EQUAL(atomic_load(&released), 0);
    yoke_cache_release(&value);
    CU_ASSERT(is(&again, "abc"));
    CU_ASSERT_EQUAL(atomic_load(&released), 0);
    yoke_cache_release(&again);
    CU_ASSERT_EQUAL(atomic_load(&released), 1);
    yoke_cache_release(&again); /* all zero: legal */
    CU_ASSERT_EQUAL(atomic_load(&released), 1);
}

/* ---- many at a time ---- */

TEST_WITH_LIMIT(one_load_however_many_threads, 60) {
    static const int sizes[] = {2, 7, 64};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int round = 0; round < 2; round++) {
            yoke_cache *cache = make_cache((yoke_cache_options){.keep_nothing = round == 1});
            script s = {.text = "one"};
            call calls[64];
            int loaded = 0;
            for (int t = 0; t < sizes[i]; t++) start(&calls[t], cache, "k", &s, YOKE_FOREVER);
            until_waiting(cache, (uint64_t)sizes[i] - 1);
            atomic_store(&s.gate, 1);
            for (int t = 0; t < sizes[i]; t++) {
                pthread_join(calls[t].thread, NULL);
                loaded += calls[t].status == 0 && is(&calls[t].value, "one");
            }
            for (int t = 0; t < sizes[i]; t++) yoke_cache_release(&calls[t].value);
            CU_ASSERT_EQUAL(loaded, sizes[i]);
            CU_ASSERT_EQUAL(atomic_load(&s.calls), 1);
            CU_ASSERT_EQUAL(stats_of(cache).loads, 1);
            CU_ASSERT_EQUAL(stats_of(cache).misses, sizes[i]);
            CU_ASSERT_EQUAL(stats_of(cache).entries, round == 0);
            yoke_cache_destroy(cache);
        }
    }
}

/* Without gates: threads run over few keys, and each key is loaded exactly once. */
typedef struct race {
    yoke_cache *cache;
    pthread_barrier_t *barrier;
    atomic_int loads[50], wrong;
} race;

static int load_number(const void *key, size_t key_size, yoke_cache_item *item, void *ctx) {
    race *r = ctx;
    int number;
    memcpy(&number, key, sizeof number);
    if (key_size != sizeof number || atomic_fetch_add(&r->loads[number], 1) != 0) {
        atomic_fetch_add(&r->wrong, 1);
    }
    int *made = malloc(sizeof *made);
    if (!made) return YOKE_ENOMEM;
    *made = number * number;
    *item = (yoke_cache_item){.data = made, .size = sizeof *made};
    return YOKE_OK;
}

static void *run_race(void *arg) {
    race *r = arg;
    pthread_barrier_wait(r->barrier);
    for (int i = 0; i < 50 * 20; i++) {
        int number = i % 50, got;
        yoke_cache_value value;
        if (yoke_cache_get_or_load(r->cache, &number, sizeof number, load_number, r, YOKE_FOREVER,
                                   &value) < 0) {
            atomic_fetch_add(&r->wrong, 1);
            continue;
        }
        memcpy(&got, value.data, sizeof got);
        if (got != number * number) atomic_fetch_add(&r->wrong, 1);
        yoke_cache_release(&value);
    }
    return NULL;
}

TEST_WITH_LIMIT(each_key_is_loaded_once_in_a_race, 60) {
    static const unsigned sizes[] = {2, 7, 64};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pthread_barrier_t barrier;
        pthread_t threads[64];
        race r = {.cache = make_cache((yoke_cache_options){0}), .barrier = &barrier};
        REQUIRE(pthread_barrier_init(&barrier, NULL, sizes[i]) == 0);
        for (unsigned t = 0; t < sizes[i]; t++) {
            REQUIRE(pthread_create(&threads[t], NULL, run_race, &r) == 0);
        }
        for (unsigned t = 0; t < sizes[i]; t++) pthread_join(threads[t], NULL);
        CU_ASSERT_EQUAL(atomic_load(&r.wrong), 0);
        CU_ASSERT_EQUAL(stats_of(r.cache).loads, 50);
        pthread_barrier_destroy(&barrier);
        yoke_cache_destroy(r.cache);
    }
}

TEST(a_failure_reaches_all_that_wait) {
    yoke_cache *cache = make_cache((yoke_cache_options){0});
    script s = {.status = YOKE_EIO};
    call calls[7];
    for (int t = 0; t < 7; t++) start(&calls[t], cache, "k", &s, YOKE_FOREVER);
    until_waiting(cache, 6);
    atomic_store(&s.gate, 1);
    for (int t = 0; t < 7; t++) {
        finish(&calls[t]);
        CU_ASSERT_EQUAL(calls[t].status, YOKE_EIO);
        CU_ASSERT_STRING_EQUAL(calls[t].detail, "call 0 failed");
    }
    CU_ASSERT_EQUAL(atomic_load(&s.calls), 1);
    yoke_cache_destroy(cache);
}

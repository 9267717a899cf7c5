/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads that are going on: deadlines, stale values, writes meanwhile, loaders that use the cache,
 * never return or wait for each other, and close.
 */
#include "tests/cache_load.h"

static int64_t now = 1000; /* of the fake clock */

/* ---- deadlines ---- */

TEST(waiting_ends_at_the_deadline) {
    yoke_cache *cache = make_cache((yoke_cache_options){0});
    script s = {.text = "slow"};
    call loading;
    yoke_cache_value value;
    start(&loading, cache, "k", &s, YOKE_NOW); /* its own load is not cut short */
    until_entered(&s, 1);
    CU_ASSERT_EQUAL(get_text(cache, "k", &s, YOKE_NOW, &value), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(get_text(cache, "k", &s, -5, &value), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(get_text(cache, "k", &s, yoke_deadline_in(0.02), &value), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(stats_of(cache).timeouts, 3);
    CU_ASSERT_EQUAL(stats_of(cache).waits, 3);
    script other = {.gate = 1, .text = "other"}; /* the shard is free meanwhile */
    expect(cache, "k2", &other, 0, "other");
    atomic_store(&s.gate, 1);
    pthread_join(loading.thread, NULL);
    CU_ASSERT_EQUAL(loading.status, 0);
    yoke_cache_release(&loading.value);
    expect(cache, "k", &s, 1, "slow");
    CU_ASSERT_EQUAL(atomic_load(&s.calls), 1);
    yoke_cache_destroy(cache);
}

TEST(a_load_that_takes_too_long_is_given_up) {
    yoke_cache *cache = make_cache((yoke_cache_options){.load_timeout = 0.05});
    script stuck = {.text = "late"}, good = {.gate = 1, .text = "good"};
    call loading, waiting;
    start(&loading, cache, "k", &stuck, YOKE_FOREVER);
    until_entered(&stuck, 1);
    /* One that waits becomes the next to load. */
    start(&waiting, cache, "k", &good, YOKE_FOREVER);
    pthread_join(waiting.thread, NULL);
    CU_ASSERT_EQUAL(waiting.status, 0);
    CU_ASSERT(is(&waiting.value, "good"));
    yoke_cache_release(&waiting.value);
    expect(cache, "k", &good, 1, "good");
    atomic_store(&stuck.gate, 1);
    pthread_join(loading.thread, NULL);
    CU_ASSERT_EQUAL(loading.status, 0);
    CU_ASSERT(is(&loading.value, "late")); /* for its own call, and not kept */
    yoke_cache_release(&loading.value);
    expect(cache, "k", &good, 1, "good");
    CU_ASSERT_EQUAL(stats_of(cache).load_drops, 1);
    CU_ASSERT_EQUAL(stats_of(cache).loads, 2);
    yoke_cache_destroy(cache);
}

/* ---- stale values ---- */

TEST(others_get_the_stale_value_while_one_loads) {
    yoke_cache *cache = make_cache(
        (yoke_cache_options){.ttl = 10, .stale = 5, .clock = fake_clock, .clock_ctx = &now});
    script first = {.gate = 1, .text = "old"}, second = {.text = "new"};
    call loading;
    yoke_cache_value value;
    expect(cache, "k", &first, 0, "old");
    pass(&now, 11);
    CU_ASSERT_EQUAL(yoke_cache_get(cache, "k", 1, &value), 0); /* get gives no stale value */
    start(&loading, cache, "k", &second, YOKE_FOREVER);
    until_entered(&second, 1);
    CU_ASSERT_EQUAL(get_text(cache, "k", &first, YOKE_FOREVER, &value), 1);
    CU_ASSERT(is(&value, "old") && value.stale);
    yoke_cache_release(&value);
    pass(&now, 5); /* too old now */
    CU_ASSERT_EQUAL(get_text(cache, "k", &first, YOKE_NOW, &value), YOKE_ETIMEDOUT);
    atomic_store(&second.gate, 1);
    pthread_join(loading.thread, NULL);
    CU_ASSERT(is(&loading.value, "new") && !loading.value.stale);
    yoke_cache_release(&loading.value);
    CU_ASSERT_EQUAL(get_text(cache, "k", &first, YOKE_FOREVER, &value), 1);
    CU_ASSERT(is(&value, "new") && !value.stale);
    yoke_cache_release(&value);
    CU_ASSERT_EQUAL(atomic_load(&first.calls), 1);
    CU_ASSERT_EQUAL(stats_of(cache).stale_hits, 1);
    yoke_cache_destroy(cache);
}

/* A clock that goes on by a step whenever it is read. */
typedef struct ticking {
    int64_t now, step;
} ticking;

static int64_t tick(void *ctx) {
    ticking *t = ctx;
    return __atomic_add_fetch(&t->now, __atomic_load_n(&t->step, __ATOMIC_SEQ_CST),
                              __ATOMIC_SEQ_CST);
}

/* It is looked at three times in a call: it is found expired, left for others as it is not too old,
 * and then it is. */
TEST(a_stale_value_gets_too_old_in_the_call) {
    ticking t = {0};
    yoke_cache *cache =
        make_cache((yoke_cache_options){.ttl = 10, .stale = 5, .clock = tick, .clock_ctx = &t});
    script first = {.gate = 1, .text = "old"}, second = {.text = "new"};
    call loading;
    yoke_cache_value value = {0};
    expect(cache, "k", &first, 0, "old");
    pass(&t.now, 10.5);
    start(&loading, cache, "k", &second, YOKE_FOREVER);
    until_entered(&second, 1);
    __atomic_store_n(&t.step, 2000000000, __ATOMIC_SEQ_CST);
    CU_ASSERT_EQUAL(get_text(cache, "k", &first, YOKE_NOW, &value), YOKE_ETIMEDOUT);
    __atomic_store_n(&t.step, 0, __ATOMIC_SEQ_CST);
    yoke_cache_release(&value);
    CU_ASSERT_EQUAL(stats_of(cache).stale_hits, 0);
    CU_ASSERT_EQUAL(stats_of(cache).entries, 1);
    atomic_store(&second.gate, 1);
    finish(&loading);
    yoke_cache_destroy(cache);
}

TEST(a_failed_refresh_leaves_the_stale_value) {
    yoke_cache *cache = make_cache(
        (yoke_cache_options){.ttl = 10, .stale = 50, .clock = fake_clock, .clock_ctx = &now});
    script good = {.gate = 1, .text = "old"}, bad = {.gate = 1, .status = YOKE_EIO};
    expect(cache, "k", &good, 0, "old");
    pass(&now, 11);
    expect(cache, "k", &bad, YOKE_EIO, NULL);
    script slow = {.text = "new"};
    call loading;
    yoke_cache_value value;
    start(&loading, cache, "k", &slow, YOKE_FOREVER);
    until_entered(&slow, 1);
    CU_ASSERT_EQUAL(get_text(cache, "k", &good, YOKE_FOREVER, &value), 1);
    CU_ASSERT(is(&value, "old") && value.stale);
    yoke_cache_release(&value);
    atomic_store(&slow.gate, 1);
    finish(&loading);
    yoke_cache_destroy(cache);
}

/* ---- writes during a load ---- */

typedef enum meanwhile { PUT, REMOVE, CLEAR } meanwhile;

static void write_during_load(meanwhile what) {
    yoke_cache *cache = make_cache((yoke_cache_options){0});
    script before = {.text = "before"}, after = {.gate = 1, .text = "after"};
    call loading, waiting;
    start(&loading, cache, "k", &before, YOKE_FOREVER);
    until_entered(&before, 1);
    start(&waiting, cache, "k", &after, YOKE_FOREVER);
    until_waiting(cache, 1);
    if (what == PUT) CU_ASSERT_EQUAL(yoke_cache_put(cache, "k", 1, "put", 3), YOKE_OK);
    if (what == REMOVE) CU_ASSERT_EQUAL(yoke_cache_remove(cache, "k", 1), 0);
    if (what == CLEAR) CU_ASSERT_EQUAL(yoke_cache_clear(cache), YOKE_OK);
    /* Who asks now does not get what was loading before. */
    expect(cache, "k", &after, what == PUT, what == PUT ? "put" : "after");
    atomic_store(&before.gate, 1);
    pthread_join(loading.thread, NULL);
    pthread_join(waiting.thread, NULL);
    CU_ASSERT(is(&loading.value, "before"));
    CU_ASSERT(is(&waiting.value, "before"));
    yoke_cache_release(&loading.value);
    yoke_cache_release(&waiting.value);
    expect(cache, "k", &after, 1, what == PUT ? "put" : "after");
    CU_ASSERT_EQUAL(stats_of(cache).load_drops, 1);
    yoke_cache_destroy(cache);
}

TEST(a_put_wins_over_a_load) { write_during_load(PUT); }
TEST(a_remove_wins_over_a_load) { write_during_load(REMOVE); }
TEST(clear_wins_over_a_load) { write_during_load(CLEAR); }

/* ---- loaders that use the cache ---- */

/* Loads key n from key n - 1. */
static int load_chain(const void *key, size_t key_size, yoke_cache_item *item, void *ctx) {
    script *s = ctx;
    char depth = *(const char *)key;
    yoke_cache_value below = {0};
    if (depth > 'a') {
        char next = (char)(depth - 1);
        YOKE_TRY(yoke_cache_get_or_load(s->cache, &next, 1, load_chain, s, YOKE_FOREVER, &below));
    }
    item->size = below.size + key_size;
    item->data = malloc(item->size);
    if (below.size) memcpy(item->data, below.data, below.size);
    memcpy((char *)item->data + below.size, key, key_size);
    yoke_cache_release(&below);
    return YOKE_OK;
}

TEST(a_loader_may_load_other_keys) {
    yoke_cache *cache = make_cache((yoke_cache_options){.shards = 1});
    script s = {.cache = cache};
    yoke_cache_value value;
    CU_ASSERT_EQUAL(yoke_cache_get_or_load(cache, "f", 1, load_chain, &s, YOKE_FOREVER, &value), 0);
    CU_ASSERT(is(&value, "abcdef"));
    yoke_cache_release(&value);
    CU_ASSERT_EQUAL(stats_of(cache).entries, 6);
    yoke_cache_destroy(cache);
}

static int load_itself(const void *key, size_t key_size, yoke_cache_item *item, void *ctx) {
    script *s = ctx;
    yoke_cache_value value;
    (void)item;
    atomic_fetch_add(&s->calls, 1);
    return yoke_cache_get_or_load(s->cache, key, key_size, load_itself, s, YOKE_FOREVER, &value);
}

TEST(a_loader_that_loads_itself_is_told) {
    yoke_cache *cache = make_cache((yoke_cache_options){0});
    script s = {.cache = cache};
    yoke_cache_value value;
    CU_ASSERT_EQUAL(yoke_cache_get_or_load(cache, "me\n", 3, load_itself, &s, YOKE_FOREVER, &value),
                    YOKE_EDEADLK);
    CU_ASSERT(strstr(yoke_error_detail(), "me?") != NULL);
    CU_ASSERT_EQUAL(atomic_load(&s.calls), 1);
    yoke_cache_destroy(cache);
}

/* Loaders in a ring: each waits until all have begun, and then asks for the next one's key. */
typedef struct ring {
    yoke_cache *cache;
    pthread_barrier_t barrier;
    atomic_int deadlocks;
    int size;
} ring;

static int load_in_ring(const void *key, size_t key_size, yoke_cache_item *item, void *ctx) {
    ring *r = ctx;
    int number, next;
    yoke_cache_value value;
    memcpy(&number, key, key_size);
    pthread_barrier_wait(&r->barrier);
    next = (number + 1) % r->size;
    int status =
        yoke_cache_get_or_load(r->cache, &next, sizeof next, load_in_ring, r, YOKE_FOREVER, &value);
    if (status == YOKE_EDEADLK && strstr(yoke_error_detail(), "deadlock of")) {
        atomic_fetch_add(&r->deadlocks, 1);
    }
    if (status >= 0) yoke_cache_release(&value);
    item->data = malloc(1);
    item->size = 1;
    return item->data ? YOKE_OK : YOKE_ENOMEM;
}

typedef struct ringer {
    ring *ring;
    int number, status;
} ringer;

static void *run_ring(void *arg) {
    ringer *self = arg;
    yoke_cache_value value;
    self->status = yoke_cache_get_or_load(self->ring->cache, &self->number, sizeof(int),
                                          load_in_ring, self->ring, YOKE_FOREVER, &value);
    if (self->status >= 0) yoke_cache_release(&value);
    return NULL;
}

TEST(loaders_that_wait_for_each_other_are_told) {
    static const int sizes[] = {2, 3, 7};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ring r = {.cache = make_cache((yoke_cache_options){0}), .size = sizes[i]};
        pthread_t threads[7];
        ringer ringers[7];
        REQUIRE(pthread_barrier_init(&r.barrier, NULL, (unsigned)sizes[i]) == 0);
        for (int t = 0; t < sizes[i]; t++) {
            ringers[t] = (ringer){&r, t, 0};
            REQUIRE(pthread_create(&threads[t], NULL, run_ring, &ringers[t]) == 0);
        }
        for (int t = 0; t < sizes[i]; t++) {
            pthread_join(threads[t], NULL);
            CU_ASSERT_EQUAL(ringers[t].status, 0);
        }
        CU_ASSERT_EQUAL(atomic_load(&r.deadlocks), 1);
        pthread_barrier_destroy(&r.barrier);
        yoke_cache_destroy(r.cache);
    }
}

/* ---- close ---- */

TEST(close_ends_all_waiting) {
    yoke_cache *cache = make_cache((yoke_cache_options){0});
    script s = {.text = "v"};
    call loading, waiting[3];
    yoke_cache_value value;
    CU_ASSERT_EQUAL(yoke_cache_put(cache, "there", 5, "x", 1), YOKE_OK);
    start(&loading, cache, "k", &s, YOKE_FOREVER);
    until_entered(&s, 1);
    for (int t = 0; t < 3; t++) start(&waiting[t], cache, "k", &s, YOKE_FOREVER);
    until_waiting(cache, 3);
    CU_ASSERT_EQUAL(yoke_cache_remove(cache, "k", 1), 0); /* also those of an overtaken load */
    yoke_cache_close(cache);
    yoke_cache_close(cache);
    for (int t = 0; t < 3; t++) {
        finish(&waiting[t]);
        CU_ASSERT_EQUAL(waiting[t].status, YOKE_ECLOSED);
    }
    char byte;
    size_t size;
    CU_ASSERT_EQUAL(get_text(cache, "there", &s, YOKE_FOREVER, &value), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(get_text(cache, "new", &s, YOKE_FOREVER, &value), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_cache_get(cache, "there", 5, &value), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_cache_read(cache, "there", 5, &byte, 1, &size), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_cache_put(cache, "a", 1, "b", 1), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_cache_remove(cache, "there", 5), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_cache_clear(cache), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_cache_sweep(cache), YOKE_ECLOSED);
    atomic_store(&s.gate, 1);
    pthread_join(loading.thread, NULL);
    CU_ASSERT_EQUAL(loading.status, 0); /* the call that loads gets its value */
    CU_ASSERT(is(&loading.value, "v"));
    yoke_cache_release(&loading.value);
    CU_ASSERT_EQUAL(stats_of(cache).entries, 1);
    yoke_cache_destroy(cache);
}

/* Also when the load ends before they have woken up. */
TEST(a_load_that_ends_after_close_is_for_its_own_call) {
    enum { WAITERS = 8 };
    for (int round = 0; round < 50; round++) {
        yoke_cache *cache = make_cache((yoke_cache_options){0});
        script s = {.text = "v"};
        call loading, waiting[WAITERS];
        start(&loading, cache, "k", &s, YOKE_FOREVER);
        until_entered(&s, 1);
        for (int t = 0; t < WAITERS; t++) start(&waiting[t], cache, "k", &s, YOKE_FOREVER);
        until_waiting(cache, WAITERS);
        yoke_cache_close(cache);
        atomic_store(&s.gate, 1);
        for (int t = 0; t < WAITERS; t++) {
            finish(&waiting[t]);
            CU_ASSERT_EQUAL(waiting[t].status, YOKE_ECLOSED);
        }
        finish(&loading);
        CU_ASSERT_EQUAL(loading.status, 0);
        yoke_cache_destroy(cache);
    }
}

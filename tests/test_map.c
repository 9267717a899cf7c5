/* SPDX-License-Identifier: Apache-2.0
 *
 * The map in one thread, against an array that is indexed by the key's number.
 */
#include "tests/harness.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/map.h"

enum { KEYS = 600, LONGEST = 4096 };

/* A way to have keys and values. */
typedef struct kind {
    yoke_map_options options;
    const char *name;
} kind;

static uint64_t same_hash(const uint64_t seed[2], const void *key, size_t size) {
    (void)seed, (void)key, (void)size;
    return 0x123456789ABCDEF0u;
}

/* Few different tags and places. */
static uint64_t poor_hash(const uint64_t seed[2], const void *key, size_t size) {
    (void)seed;
    const unsigned char *bytes = key;
    return (size ? bytes[0] % 3u : 0) * 0x5555555555555555u;
}

static const kind kinds[] = {
    {{.keys = YOKE_MAP_U64, .value_size = 8}, "plain"},
    {{.keys = YOKE_MAP_U64, .value_size = 8, .shards = 1}, "one shard"},
    {{.keys = YOKE_MAP_U64, .value_size = 8, .shards = 4096, .seed = 7}, "many shards"},
    {{.keys = YOKE_MAP_U64, .value_size = 8, .expected = 10000}, "expected"},
    {{.keys = YOKE_MAP_U64, .value_size = 8, .hash = same_hash}, "collisions"},
    {{.keys = YOKE_MAP_U64, .value_size = 8, .hash = poor_hash}, "poor hash"},
    {{.keys = YOKE_MAP_U64, .value_size = 0}, "set"},
    {{.keys = YOKE_MAP_U64, .value_size = 1}, "bytes as values"},
    {{.keys = YOKE_MAP_U64, .value_size = 12, .shards = 2}, "12 bytes"},
    {{.keys = YOKE_MAP_U64, .value_size = LONGEST, .shards = 1}, "long values"},
    {{.keys = YOKE_MAP_BYTES, .value_size = 8}, "strings"},
    {{.keys = YOKE_MAP_BYTES, .value_size = 0, .shards = 1}, "set of strings"},
    {{.keys = YOKE_MAP_BYTES, .value_size = 24, .hash = same_hash}, "colliding strings"},
    {{.keys = YOKE_MAP_BYTES, .value_size = 40, .hash = poor_hash}, "poor strings"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Numbers with all that is special about 64 bits among them. */
static uint64_t number_of(unsigned key) {
    static const uint64_t special[] = {0, UINT64_MAX, 1, 1ull << 63, UINT64_MAX - 1};
    return key < 5 ? special[key] : key * 0x9E3779B97F4A7C15u;
}

/* Strings of 0 to 599 bytes; some begin alike. */
static size_t text_of(unsigned key, char *text) {
    memset(text, 'a', key);
    if (key > 3) memcpy(text + key - 3, &key, 3);
    return key;
}

static void value_of(uint64_t number, size_t size, unsigned char *value) {
    for (size_t i = 0; i < size; i++) value[i] = (unsigned char)(number >> i % 8 * 8) ^ (i / 8);
}

typedef enum call { GET, PUT, INSERT, REMOVE, UPDATE, CALLS } call;

static void replace_first(void *value, const void *more) { memcpy(value, more, 1); }
static void ignore(void *value, const void *more) { (void)value, (void)more; }

static int do_number(yoke_map *map, call what, uint64_t key, void *value, size_t size) {
    switch (what) {
    case GET: return yoke_map_get_u64(map, key, value);
    case PUT: return yoke_map_put_u64(map, key, value);
    case INSERT: return yoke_map_insert_u64(map, key, value);
    case REMOVE: return yoke_map_remove_u64(map, key, value);
    default: return yoke_map_update_u64(map, key, size ? replace_first : ignore, value);
    }
}

static int do_text(yoke_map *map, call what, const char *key, size_t length, void *value,
                   size_t size) {
    switch (what) {
    case GET: return yoke_map_get(map, key, length, value);
    case PUT: return yoke_map_put(map, key, length, value);
    case INSERT: return yoke_map_insert(map, key, length, value);
    case REMOVE: return yoke_map_remove(map, key, length, value);
    default: return yoke_map_update(map, key, length, size ? replace_first : ignore, value);
    }
}

static int apply(yoke_map *map, const kind *k, call what, unsigned key, void *value) {
    char text[KEYS];
    if (k->options.keys == YOKE_MAP_U64) {
        return do_number(map, what, number_of(key), value, k->options.value_size);
    }
    size_t length = text_of(key, text);
    return do_text(map, what, length ? text : NULL, length, value, k->options.value_size);
}

typedef struct oracle {
    unsigned char present[KEYS];
    unsigned char values[KEYS][LONGEST];
    size_t count;
} oracle;

/* What the call has to return, and what `value` has to be after it. */
static int expect(oracle *o, call what, unsigned key, unsigned char *value, size_t size) {
    int was = o->present[key];
    unsigned char *mine = o->values[key];
    if ((what == GET || what == REMOVE) && was) memcpy(value, mine, size);
    if (what == PUT || (what != GET && what != REMOVE && !was)) memcpy(mine, value, size);
    if (what == UPDATE && was && size) mine[0] = value[0];
    if (what == REMOVE) o->present[key] = 0;
    if (what == PUT || what == INSERT || what == UPDATE) o->present[key] = 1;
    o->count += (size_t)(o->present[key] - was);
    return what == GET || what == REMOVE ? was : !was;
}

static void step(yoke_map *map, const kind *k, oracle *o, call what) {
    unsigned char mine[LONGEST], given[LONGEST];
    size_t size = k->options.value_size;
    unsigned key = (unsigned)test_random_below(KEYS);
    value_of(test_random(), size, mine);
    memcpy(given, mine, size);
    int expected = expect(o, what, key, mine, size);
    int returned = apply(map, k, what, key, given);
    if (returned == expected && memcmp(mine, given, size) == 0) return;
    CU_ASSERT_STRING_EQUAL(k->name, "");
    CU_ASSERT_EQUAL((int)what, -1);
    CU_ASSERT_EQUAL_FATAL(returned, expected);
    REQUIRE(memcmp(mine, given, size) == 0);
}

typedef struct seen {
    const kind *k;
    const oracle *o;
    size_t count, wrong;
    unsigned char visited[KEYS];
} seen;

static int key_index(const kind *k, const void *key, size_t size) {
    char text[KEYS];
    for (unsigned i = 0; i < KEYS; i++) {
        uint64_t number = number_of(i);
        bool same = k->options.keys == YOKE_MAP_U64
                        ? size == 8 && memcmp(key, &number, 8) == 0
                        : size == text_of(i, text) && memcmp(key, text, size) == 0;
        if (same) return (int)i;
    }
    return -1;
}

static int look(const void *key, size_t size, const void *value, void *ctx) {
    seen *s = ctx;
    int i = key_index(s->k, key, size);
    s->count++;
    s->wrong += i < 0 || !s->o->present[i] || s->visited[i]++ ||
                memcmp(value, s->o->values[i], s->k->options.value_size) != 0;
    return 0;
}

static void check_whole(yoke_map *map, const kind *k, const oracle *o) {
    seen s = {.k = k, .o = o};
    yoke_map_stats stats;
    CU_ASSERT_EQUAL(yoke_map_each(map, look, &s), YOKE_OK);
    CU_ASSERT_EQUAL(s.count, o->count);
    CU_ASSERT_EQUAL(s.wrong, 0);
    CU_ASSERT_EQUAL(yoke_map_size(map), o->count);
    CU_ASSERT_EQUAL(yoke_map_stats_read(map, &stats), YOKE_OK);
    CU_ASSERT_EQUAL(stats.entries, o->count);
}

/* Phases that mostly add, mix, and mostly remove, so that tables grow and empty. */
static void run_kind(const kind *k) {
    yoke_map *map;
    oracle *o = calloc(1, sizeof *o);
    REQUIRE(o && yoke_map_create(&k->options, &map) == YOKE_OK);
    size_t steps = test_size(6000, 1500);
    for (int phase = 0; phase < 4; phase++) {
        for (size_t i = 0; i < steps; i++) {
            call what = (call)test_random_below(CALLS);
            if (phase == 0 && what == REMOVE) what = PUT;
            if (phase == 2 && what != GET) what = REMOVE;
            step(map, k, o, what);
        }
        check_whole(map, k, o);
    }
    yoke_map_destroy(map);
    free(o);
}

TEST_WITH_LIMIT(every_kind_does_what_an_array_does, 120) {
    for (int i = 0; i < KINDS; i++) run_kind(&kinds[i]);
}

TEST(a_missing_key_leaves_the_value) {
    yoke_map *map;
    uint64_t value = 42;
    REQUIRE(yoke_map_create(&(yoke_map_options){.value_size = 8}, &map) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_map_get_u64(map, 1, &value), 0);
    CU_ASSERT_EQUAL(yoke_map_remove_u64(map, 1, &value), 0);
    CU_ASSERT_EQUAL(value, 42);
    CU_ASSERT_EQUAL(yoke_map_put_u64(map, 1, &value), 1);
    CU_ASSERT_EQUAL(yoke_map_get_u64(map, 1, NULL), 1);
    CU_ASSERT_EQUAL(yoke_map_remove_u64(map, 1, NULL), 1);
    yoke_map_destroy(map);
    yoke_map_destroy(NULL);
}

static void check_refused(yoke_map_options options, int status) {
    yoke_map *map = (yoke_map *)&options;
    CU_ASSERT_EQUAL(yoke_map_create(&options, &map), status);
    CU_ASSERT(map == (yoke_map *)&options);
}

TEST(wrong_options_are_refused) {
    yoke_map *map;
    CU_ASSERT_EQUAL(yoke_map_create(NULL, &map), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_map_create(&(yoke_map_options){0}, NULL), YOKE_EINVAL);
    check_refused((yoke_map_options){.keys = 2}, YOKE_EINVAL);
    check_refused((yoke_map_options){.value_size = 4097}, YOKE_ERANGE);
    check_refused((yoke_map_options){.shards = 3}, YOKE_EINVAL);
    check_refused((yoke_map_options){.shards = 131072}, YOKE_EINVAL);
}

TEST(keys_of_the_other_kind_are_refused) {
    yoke_map *numbers, *texts;
    uint64_t value = 0;
    REQUIRE(yoke_map_create(&(yoke_map_options){.value_size = 8}, &numbers) == YOKE_OK);
    REQUIRE(yoke_map_create(&(yoke_map_options){.keys = YOKE_MAP_BYTES}, &texts) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_map_get(numbers, "a", 1, &value), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_map_put_u64(texts, 1, &value), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_map_get_u64(texts, 1, &value), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_map_remove(numbers, "a", 1, NULL), YOKE_EINVAL);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "the keys of this map are 64-bit numbers");
    CU_ASSERT_EQUAL(yoke_map_put(texts, "a", (size_t)1 << 32, NULL), YOKE_ERANGE);
    yoke_map_destroy(numbers);
    yoke_map_destroy(texts);
}

TEST(a_key_of_a_megabyte) {
    enum { SIZE = 1 << 20 };
    yoke_map *map;
    char *key = malloc(SIZE);
    int value = 5, found = 0;
    REQUIRE(key != NULL);
    memset(key, 'k', SIZE);
    yoke_map_options options = {.keys = YOKE_MAP_BYTES, .value_size = sizeof value};
    REQUIRE(yoke_map_create(&options, &map) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_map_put(map, key, SIZE, &value), 1);
    CU_ASSERT_EQUAL(yoke_map_get(map, key, SIZE - 1, &found), 0);
    key[SIZE - 1] = 'x';
    CU_ASSERT_EQUAL(yoke_map_get(map, key, SIZE, &found), 0);
    key[SIZE - 1] = 'k';
    CU_ASSERT_EQUAL(yoke_map_get(map, key, SIZE, &found), 1);
    CU_ASSERT_EQUAL(found, 5);
    CU_ASSERT_EQUAL(yoke_map_remove(map, key, SIZE, NULL), 1);
    yoke_map_destroy(map);
    free(key);
}

/* ---- blocks ---- */

TEST(blocks_do_what_single_calls_do) {
    enum { COUNT = 1000 };
    static const size_t sizes[] = {0, 1, 15, 16, 17, 100, COUNT};
    yoke_map *map;
    uint64_t keys[COUNT], ones[COUNT], sums[50] = {0}, values[COUNT];
    unsigned char found[COUNT];
    REQUIRE(yoke_map_create(&(yoke_map_options){.value_size = 8}, &map) == YOKE_OK);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (size_t i = 0; i < sizes[s]; i++) {
            keys[i] = test_random_below(50);
            ones[i] = test_random_below(1000);
            sums[keys[i]] += ones[i];
        }
        CU_ASSERT_EQUAL(yoke_map_update_block_u64(map, keys, ones, sizes[s], yoke_map_add_u64),
                        YOKE_OK);
    }
    for (size_t i = 0; i < COUNT; i++) keys[i] = i % 100;
    memset(values, 0xFF, sizeof values);
    CU_ASSERT_EQUAL(yoke_map_get_block_u64(map, keys, COUNT, values, found), COUNT / 2);
    for (size_t i = 0; i < COUNT; i++) {
        CU_ASSERT_EQUAL(found[i], keys[i] < 50);
        CU_ASSERT_EQUAL(values[i], keys[i] < 50 ? sums[keys[i]] : UINT64_MAX);
    }
    CU_ASSERT_EQUAL(yoke_map_get_block_u64(map, keys, 60, NULL, found), 50);
    yoke_map_destroy(map);
}

/* ---- growth, visits, statistics ---- */

static int count_visit(const void *key, size_t size, const void *value, void *ctx) {
    (void)key, (void)size, (void)value;
    size_t *left = ctx;
    return --*left == 0 ? 77 : 0;
}

TEST(a_visit_ends_when_it_is_told) {
    yoke_map *map;
    size_t left = 10;
    REQUIRE(yoke_map_create(&(yoke_map_options){0}, &map) == YOKE_OK);
    for (uint64_t i = 0; i < 100; i++) CU_ASSERT_EQUAL(yoke_map_put_u64(map, i, NULL), 1);
    CU_ASSERT_EQUAL(yoke_map_each(map, count_visit, &left), 77);
    CU_ASSERT_EQUAL(left, 0);
    CU_ASSERT_EQUAL(yoke_map_each_in_shard(map, yoke_map_shards(map), count_visit, &left),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_map_each(map, NULL, &left), YOKE_EINVAL);
    yoke_map_destroy(map);
}

typedef struct adder {
    yoke_map *map;
    uint64_t next;
    unsigned char seen[64];
} adder;

/* Adds many keys at each visit, so that the map grows under the walk again and again. */
static int add_more(const void *key, size_t size, const void *value, void *ctx) {
    (void)size, (void)value;
    adder *a = ctx;
    uint64_t number;
    memcpy(&number, key, 8);
    if (number >= 64) return 0;
    a->seen[number]++;
    for (int i = 0; i < 100; i++) yoke_map_put_u64(a->map, a->next++, NULL);
    return 0;
}

TEST(a_visit_sees_each_entry_once_while_the_map_grows) {
    for (unsigned shards = 1; shards <= 64; shards *= 8) {
        adder a = {.next = 64};
        REQUIRE(yoke_map_create(&(yoke_map_options){.shards = shards}, &a.map) == YOKE_OK);
        for (uint64_t i = 0; i < 64; i++) yoke_map_put_u64(a.map, i, NULL);
        CU_ASSERT_EQUAL(yoke_map_each(a.map, add_more, &a), YOKE_OK);
        for (int i = 0; i < 64; i++) CU_ASSERT_EQUAL(a.seen[i], 1);
        CU_ASSERT_EQUAL(yoke_map_size(a.map), 64 + 6400);
        yoke_map_destroy(a.map);
    }
}

static int sum_keys(const void *key, size_t size, const void *value, void *ctx) {
    (void)size, (void)value;
    uint64_t number, *sums = ctx;
    memcpy(&number, key, 8);
    sums[0]++;
    sums[1] += number;
    return 0;
}

/* After each single write, so that every state of a table that is half moved is met. */
TEST(a_visit_is_complete_at_every_stage_of_growth) {
    for (unsigned shards = 1; shards <= 2; shards++) {
        yoke_map *map;
        REQUIRE(yoke_map_create(&(yoke_map_options){.shards = shards}, &map) == YOKE_OK);
        size_t wrong = 0, last = test_size(4000, 1000);
        for (uint64_t i = 0; i < last; i++) {
            uint64_t sums[2] = {0, 0};
            yoke_map_put_u64(map, i, NULL);
            yoke_map_each(map, sum_keys, sums);
            wrong += sums[0] != i + 1 || sums[1] != i * (i + 1) / 2;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        yoke_map_destroy(map);
    }
}

/* The bound of the header, at every size on the way. */
TEST(an_entry_takes_at_most_32_bytes) {
    yoke_map *map;
    yoke_map_stats stats;
    uint64_t value = 0;
    REQUIRE(yoke_map_create(&(yoke_map_options){.value_size = 8, .seed = 1}, &map) == YOKE_OK);
    uint64_t last = test_size(1000000, 50000), check = 20000;
    for (uint64_t i = 1; i <= last; i++) {
        yoke_map_put_u64(map, i, &value);
        if (i < check) continue;
        check += check / 7;
        REQUIRE(yoke_map_stats_read(map, &stats) == YOKE_OK);
        CU_ASSERT_EQUAL(stats.entries, i);
        CU_ASSERT(stats.bytes <= 32 * i);
    }
    yoke_map_destroy(map);
}

TEST(statistics_tell_an_even_hash_from_a_bad_one) {
    yoke_map *even, *bad, *poor;
    yoke_map_stats stats;
    REQUIRE(yoke_map_create(&(yoke_map_options){.shards = 16}, &even) == YOKE_OK);
    REQUIRE(yoke_map_create(&(yoke_map_options){.shards = 16, .hash = same_hash}, &bad) == YOKE_OK);
    REQUIRE(yoke_map_create(&(yoke_map_options){.shards = 16, .hash = poor_hash}, &poor) ==
            YOKE_OK);
    REQUIRE(yoke_map_stats_read(bad, &stats) == YOKE_OK);
    CU_ASSERT_EQUAL(stats.skew, 1);
    for (uint64_t i = 0; i < 1000; i++) {
        yoke_map_put_u64(even, i, NULL);
        yoke_map_put_u64(bad, i, NULL);
        yoke_map_put_u64(poor, i, NULL);
    }
    REQUIRE(yoke_map_stats_read(even, &stats) == YOKE_OK);
    CU_ASSERT_STRING_EQUAL(stats.verdict, "the entries are spread evenly over the shards");
    CU_ASSERT(stats.used_shards == 16 && stats.largest_shard < 120);
    REQUIRE(yoke_map_stats_read(bad, &stats) == YOKE_OK);
    CU_ASSERT_EQUAL(stats.longest_chain, 1000);
    CU_ASSERT_STRING_EQUAL(
        stats.verdict,
        "all 1000 entries are in one of 16 shards: the hash does not tell these keys apart");
    REQUIRE(yoke_map_stats_read(poor, &stats) == YOKE_OK);
    CU_ASSERT_EQUAL(stats.used_shards, 3);
    CU_ASSERT(strstr(stats.verdict, "the hash is uneven for these keys") != NULL);
    CU_ASSERT_EQUAL(yoke_map_stats_read(even, NULL), YOKE_EINVAL);
    yoke_map_destroy(even);
    yoke_map_destroy(bad);
    yoke_map_destroy(poor);
}

/* Keys that come and go do not make the map grow for ever. */
TEST(removed_entries_make_room) {
    yoke_map *map;
    yoke_map_stats stats;
    REQUIRE(yoke_map_create(&(yoke_map_options){.shards = 1}, &map) == YOKE_OK);
    uint64_t rounds = test_size(400000, 40000);
    for (uint64_t i = 0; i < rounds; i++) {
        CU_ASSERT_EQUAL(yoke_map_put_u64(map, i, NULL), 1);
        if (i >= 100) CU_ASSERT_EQUAL(yoke_map_remove_u64(map, i - 100, NULL), 1);
    }
    REQUIRE(yoke_map_stats_read(map, &stats) == YOKE_OK);
    CU_ASSERT_EQUAL(stats.entries, 100);
    CU_ASSERT(stats.buckets < 400);
    yoke_map_destroy(map);
}

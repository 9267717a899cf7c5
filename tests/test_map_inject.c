/* SPDX-License-Identifier: Apache-2.0
 *
 * The map when memory is short: each allocation fails once. An operation that fails leaves the map
 * as it was; one that could do without the memory does.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/map.h"

enum { KEYS = 400 };

static size_t text_of(unsigned i, char *text) { return (size_t)sprintf(text, "key %u", i); }

static int put(yoke_map *map, bool text, unsigned i) {
    char key[32];
    uint64_t value = i;
    return text ? yoke_map_put(map, key, text_of(i, key), &value)
                : yoke_map_put_u64(map, i, &value);
}

static int get(yoke_map *map, bool text, unsigned i, uint64_t *value) {
    char key[32];
    return text ? yoke_map_get(map, key, text_of(i, key), value) : yoke_map_get_u64(map, i, value);
}

static int take(yoke_map *map, bool text, unsigned i) {
    char key[32];
    return text ? yoke_map_remove(map, key, text_of(i, key), NULL)
                : yoke_map_remove_u64(map, i, NULL);
}

static int count(const void *key, size_t size, const void *value, void *ctx) {
    (void)key, (void)size, (void)value;
    ++*(size_t *)ctx;
    return 0;
}

/* Whether exactly the keys from begin to end - 1 are there. */
static bool holds(yoke_map *map, bool text, unsigned begin, unsigned end) {
    for (unsigned i = 0; i < KEYS; i++) {
        uint64_t value = 0;
        int found = get(map, text, i, &value);
        if (found != (i >= begin && i < end) || (found && value != i)) return false;
    }
    return yoke_map_size(map) == end - begin;
}

/* Fills and empties a map; at a failure looks whether it is as it was, and goes on. */
static int fill_and_empty(yoke_map *map, bool text) {
    int status = YOKE_OK, failed = YOKE_OK;
    for (unsigned i = 0; i < KEYS; i++) {
        status = put(map, text, i);
        if (status >= 0) continue;
        failed = status;
        if (!holds(map, text, 0, i) || put(map, text, i) != 1) return YOKE_EDATA;
    }
    size_t seen = 0;
    status = yoke_map_each(map, count, &seen);
    if (status < 0) failed = status;
    for (unsigned i = 0; i < KEYS; i++) {
        status = take(map, text, i);
        if (status >= 0) continue;
        failed = status;
        if (!holds(map, text, i, KEYS) || take(map, text, i) != 1) return YOKE_EDATA;
    }
    if (failed < 0) return failed;
    return seen == KEYS && holds(map, text, 0, 0) ? YOKE_OK : YOKE_EDATA;
}

static int use(void *ctx) {
    yoke_map *map;
    yoke_map_options *options = ctx;
    YOKE_TRY(yoke_map_create(options, &map));
    int status = fill_and_empty(map, options->keys == YOKE_MAP_BYTES);
    yoke_map_destroy(map);
    return status;
}

TEST(each_allocation_of_a_map_of_numbers) {
    yoke_map_options options = {.value_size = 8, .shards = 1};
    CU_ASSERT(inject_each_allocation(use, &options, YOKE_ENOMEM) > 3);
    options.expected = 200000; /* so much that its pages are mapped */
    CU_ASSERT(inject_each_allocation(use, &options, YOKE_ENOMEM) > 3);
}

TEST(each_allocation_of_a_map_of_strings) {
    yoke_map_options options = {.keys = YOKE_MAP_BYTES, .value_size = 8, .shards = 2};
    /* One for each key, and some for tables: how many depends on the seed of the map's hashes, so
     * the runs do not end at the same number, and one may meet a table, which it does without. */
    CU_ASSERT(inject_each_allocation(use, &options, YOKE_ENOMEM) > KEYS - KEYS / 10);
}

/* A map whose table cannot grow lives on its reserve, and grows when there is memory again. */
TEST(growth_that_fails_is_made_up_for) {
    yoke_map *map;
    REQUIRE(yoke_map_create(&(yoke_map_options){.value_size = 8, .shards = 1}, &map) == YOKE_OK);
    for (unsigned i = 0; i < KEYS; i++) {
        inject_fail_allocation(1);
        int status = put(map, false, i);
        inject_reset();
        if (status != 1) CU_ASSERT_EQUAL(status, YOKE_ENOMEM);
        if (status < 0) CU_ASSERT_EQUAL(put(map, false, i), 1);
    }
    CU_ASSERT(holds(map, false, 0, KEYS));
    yoke_map_destroy(map);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the map may leave behind for a reader that stands still: pointers only to what its section
 * holds.
 */
#include <pthread.h>
#include <stdio.h>

#include "sharding/map.h"
#include "tests/harness.h"

enum { FIRST = 20, LAST = 3000 };

static int put_text(yoke_map *map, unsigned i) {
    char key[32];
    size_t size = (size_t)snprintf(key, sizeof key, "key %u", i);
    return yoke_map_put(map, key, size, NULL);
}

static int remove_text(yoke_map *map, unsigned i) {
    char key[32];
    size_t size = (size_t)snprintf(key, sizeof key, "key %u", i);
    return yoke_map_remove(map, key, size, NULL);
}

static void *grow(void *ctx) {
    yoke_map *map = ctx;
    for (unsigned i = FIRST; i < LAST; i++) {
        if ((map->bytes ? put_text(map, i) : yoke_map_put_u64(map, i, NULL)) != 1) return map;
    }
    for (unsigned i = 0; map->bytes && i < LAST; i++) remove_text(map, i);
    yoke_reclaim_collect(map->domain);
    return NULL;
}

/* A map whose table was loaded in a section of this thread before others made it grow often. */
static yoke_map *outgrow(yoke_map_keys keys, yoke__thread **self, table **old) {
    yoke_map *map = NULL;
    pthread_t other;
    void *failed = NULL;
    REQUIRE(yoke_map_create(&(yoke_map_options){.keys = keys, .shards = 1}, &map) == YOKE_OK);
    for (unsigned i = 0; i < FIRST; i++) {
        CU_ASSERT_EQUAL(keys == YOKE_MAP_BYTES ? put_text(map, i) : yoke_map_put_u64(map, i, NULL),
                        1);
    }
    *self = yoke__thread_self();
    yoke__reclaim_enter(*self);
    *old = load_table(*self, &map->shards->table);
    REQUIRE(!pthread_create(&other, NULL, grow, map) && !pthread_join(other, &failed));
    CU_ASSERT(failed == NULL);
    return map;
}

TEST(an_old_table_leads_to_the_present_one) {
    yoke__thread *self;
    table *old;
    yoke_map *map = outgrow(YOKE_MAP_U64, &self, &old);
    table *now = atomic_load(&map->shards->table);
    CU_ASSERT(old != now && old->next != now); /* its next has been released */
    CU_ASSERT_PTR_EQUAL(growing_to(self, map->shards, old), NULL);
    CU_ASSERT_PTR_EQUAL(next_table(self, map->shards, old), now);
    CU_ASSERT(yoke__map_help(map, map->shards, old, 0, self));
    yoke__reclaim_leave(self);
    yoke_map_destroy(map);
}

static size_t count_words(const table *t, shape s) {
    size_t count = 0;
    for (uint64_t i = 0; i < t->buckets; i++) {
        for (bucket *b = bucket_at(t, i, s); b; b = next_bucket(t, b, s)) {
            for (unsigned slot = 0; slot < SLOTS; slot++)
                count += load_word(slot_at(b, slot, s)) != 0;
        }
    }
    return count;
}

TEST(no_table_leads_to_a_string_that_was_retired) {
    yoke__thread *self;
    table *old;
    yoke_map *map = outgrow(YOKE_MAP_BYTES, &self, &old);
    CU_ASSERT_EQUAL(count_words(old, shape_of(map)), 0);
    CU_ASSERT_EQUAL(yoke_map_size(map), 0);
    CU_ASSERT_EQUAL(count_words(atomic_load(&map->shards->table), shape_of(map)), 0);
    yoke__reclaim_leave(self);
    yoke_map_destroy(map);
}

static unsigned slots_of(uint64_t matching) {
    unsigned slots = 0;
    for (; matching; matching &= matching - 1) slots |= 1u << first_slot(matching);
    return slots;
}

/* Both kinds of sets have the slots with the tag; the portable one perhaps also one above such a
 * slot, but never a free one. */
TEST(tags_are_found) {
    for (int round = 0; round < 100000; round++) {
        uint64_t tags = 0, tag = 0x80 | test_random_below(8);
        unsigned exact = 0, used = 0, found = 0;
        for (unsigned i = 0; i < SLOTS; i++) {
            uint64_t in = test_random_below(3) ? 0x80 | test_random_below(8) : 0;
            tags |= in << 8 * i;
            exact |= (in == tag) << i;
            used |= (in != 0) << i;
        }
        for (uint64_t set = tagged_slots(tags, tag); set; set &= set - 1)
            found |= 1u << first_tagged((unsigned)set);
        unsigned portable = slots_of(matching_slots(tags, tag));
        CU_ASSERT_EQUAL(found & exact, exact);
        CU_ASSERT_EQUAL(portable & exact, exact);
        CU_ASSERT_EQUAL(portable & -portable, exact & -exact);
        CU_ASSERT_EQUAL((found | portable) & ~used, 0);
    }
}

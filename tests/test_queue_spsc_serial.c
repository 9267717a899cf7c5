/* SPDX-License-Identifier: Apache-2.0
 *
 * The SPSC queue in one thread does what a list does: every way in and every way out, also where
 * the indices wrap.
 */
#include <stdlib.h>

#include "tests/harness.h"
#include "tests/queue_items.h"
#include "yoke/queue_spsc.h"

typedef struct serial {
    yoke_queue_spsc *queue;
    size_t capacity, size;
    uint64_t pushed, popped; /* the items are numbers; this many of them */
    char *items;             /* room for 2 * capacity + 2 */
} serial;

static void check_popped(serial *s, const char *items, long moved) {
    for (long i = 0; i < moved; i++) {
        CU_ASSERT(item_is(items + i * s->size, s->size, s->popped + i));
    }
    s->popped += moved;
}

static void push_serially(serial *s, size_t count) {
    size_t room = s->capacity - (s->pushed - s->popped);
    for (size_t i = 0; i < count; i++) write_item(s->items + i * s->size, s->size, s->pushed + i);
    long moved = test_random_below(2) ? yoke_queue_spsc_try_push(s->queue, s->items, count)
                                      : yoke_queue_spsc_push(s->queue, s->items, count, YOKE_NOW);
    if (moved == YOKE_ETIMEDOUT) moved = room == 0 ? 0 : -99;
    CU_ASSERT_EQUAL(moved, (long)least(room, count));
    s->pushed += least(room, count);
}

static void pop_serially(serial *s, size_t most) {
    size_t there = s->pushed - s->popped;
    long moved = test_random_below(2) ? yoke_queue_spsc_try_pop(s->queue, s->items, most)
                                      : yoke_queue_spsc_pop(s->queue, s->items, most, YOKE_NOW);
    if (moved == YOKE_ETIMEDOUT) moved = there == 0 ? 0 : -99;
    REQUIRE(moved == (long)least(there, most));
    check_popped(s, s->items, moved);
}

static void reserve_serially(serial *s, size_t most) {
    size_t room = s->capacity - (s->pushed - s->popped);
    void *slots = NULL;
    long given = yoke_queue_spsc_reserve(s->queue, most, &slots);
    REQUIRE(given >= 0 && (size_t)given <= least(room, most));
    CU_ASSERT((given == 0) == (least(room, most) == 0));
    CU_ASSERT((given == 0) == (slots == NULL));
    size_t used = test_random_below(given + 1);
    for (size_t i = 0; i < used; i++) {
        write_item((char *)slots + i * s->size, s->size, s->pushed + i);
    }
    CU_ASSERT_EQUAL(yoke_queue_spsc_commit(s->queue, room + 1), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_queue_spsc_commit(s->queue, used), (long)used);
    s->pushed += used;
}

static void peek_serially(serial *s, size_t most) {
    size_t there = s->pushed - s->popped;
    const void *items = NULL;
    long given = yoke_queue_spsc_peek(s->queue, most, &items);
    REQUIRE(given >= 0 && (size_t)given <= least(there, most));
    CU_ASSERT((given == 0) == (least(there, most) == 0));
    CU_ASSERT((given == 0) == (items == NULL));
    size_t used = test_random_below(given + 1);
    check_popped(s, items, (long)used);
    CU_ASSERT_EQUAL(yoke_queue_spsc_release(s->queue, there + 1), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_queue_spsc_release(s->queue, used), YOKE_OK);
}

/* `start`: what the indices begin with. */
static void run_serially(size_t capacity, size_t size, uint64_t start, int steps) {
    static void (*const STEPS[])(serial *, size_t) = {push_serially, pop_serially, reserve_serially,
                                                      peek_serially};
    serial s = {.capacity = capacity, .size = size};
    REQUIRE(yoke_queue_spsc_create(capacity, size, &s.queue) == YOKE_OK);
    s.queue->tail = s.queue->head = s.queue->tail_seen = s.queue->head_seen = start;
    s.items = malloc((2 * capacity + 2) * size);
    REQUIRE(s.items != NULL);
    for (int i = 0; i < steps; i++) {
        /* Phases that fill and that empty it, so that both ends are reached. */
        uint64_t kind =
            test_random_below(8) ? 2 * test_random_below(2) + i / 16 % 2 : test_random_below(4);
        STEPS[kind](&s, test_random_below(4) ? test_random_below(capacity + 2) : 1);
        CU_ASSERT_EQUAL(yoke_queue_spsc_size(s.queue), s.pushed - s.popped);
    }
    free(s.items);
    yoke_queue_spsc_destroy(s.queue);
}

TEST(is_a_list) {
    static const size_t CAPACITIES[] = {1, 2, 3, 7, 64, 100};
    for (int i = 0; i < SIZE_COUNT; i++) {
        for (int j = 0; j < 6; j++) run_serially(CAPACITIES[j], SIZES[i], 0, 400);
    }
}

TEST(is_a_list_where_the_indices_wrap) {
    for (size_t capacity = 1; capacity < 20; capacity++) {
        run_serially(capacity, 8, UINT64_MAX - test_random_below(64), 400);
    }
}

/* One slot that was freed can be used at once, and one item that was pushed popped at once. */

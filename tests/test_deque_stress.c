/* SPDX-License-Identifier: Apache-2.0
 *
 * The work-stealing deque under an owner and thieves.
 *
 * The oracle: at any time the deque holds its items in the order of their pushes, and steals take
 * the oldest. So what one thief steals comes in the order of the pushes; the owner, which keeps a
 * stack of what it pushed, must take the top of it or find everything gone; and at the end every
 * item has been had exactly once.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/deque_use.h"
#include "tests/pin.h"

#define MOST_THIEVES 64

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

typedef struct item {
    uint64_t number; /* of the push; plain, so that ThreadSanitizer sees how it travels */
    atomic_uint had; /* how many times it was taken or stolen */
} item;

typedef struct fight {
    yoke_deque *deque;
    item *items;
    size_t count; /* of items to push */
    size_t most;  /* items a steal */
    uint64_t seed;
    item **stack; /* the owner's: what it pushed and has not taken */
    size_t height;
    size_t pushed;
    atomic_size_t looks __attribute__((aligned(YOKE_CACHE_PAD))); /* of thieves at the deque */
    atomic_int present;
    atomic_bool over;
    atomic_int faults;
} fight;

typedef void owner_fn(fight *f);

static void have(fight *f, item *got, uint64_t expected_number) {
    if (got->number != expected_number) atomic_fetch_add(&f->faults, 1);
    atomic_fetch_add_explicit(&got->had, 1, memory_order_relaxed);
}

static void push(fight *f) {
    if (f->pushed == f->count) return;
    item *new = &f->items[f->pushed++];
    new->number = (uint64_t)(new - f->items);
    if (yoke_deque_push(f->deque, new) != YOKE_OK) atomic_fetch_add(&f->faults, 1);
    f->stack[f->height++] = new;
}

/* Whether there was one. */
static bool take(fight *f) {
    item *got = yoke_deque_take(f->deque);
    if (!got) {
        f->height = 0;
        return false;
    }
    if (!f->height || f->stack[--f->height] != got) atomic_fetch_add(&f->faults, 1);
    have(f, got, (uint64_t)(got - f->items));
    return true;
}

/* Steals once; adds to *last, the number of the last item that this thief had, plus 1. */
static int steal(fight *f, size_t most, uint64_t *last) {
    void *items[YOKE_DEQUE_BATCH];
    int got = most == 1 ? yoke_deque_steal(f->deque, items)
                        : yoke_deque_steal_batch(f->deque, items, most);
    for (int i = 0; i < got; i++) {
        item *stolen = items[i];
        if (stolen->number < *last) atomic_fetch_add(&f->faults, 1);
        *last = stolen->number + 1;
        have(f, stolen, (uint64_t)(stolen - f->items));
    }
    return got;
}

static void *thief(void *ctx) {
    fight *f = ctx;
    pin(1 + atomic_fetch_add(&f->present, 1));
    uint64_t last = 0;
    uint64_t random = (uint64_t)(uintptr_t)&last;
    while (!atomic_load(&f->over)) {
        size_t most = f->most ? f->most : 1 + splitmix(&random) % YOKE_DEQUE_BATCH;
        int got = steal(f, most, &last);
        size_t looks = atomic_fetch_add_explicit(&f->looks, 1, memory_order_relaxed);
        if (!got && looks % 64 == 0) sched_yield();
    }
    return NULL;
}

static size_t items_not_had_once(const fight *f) {
    size_t wrong = 0;
    for (size_t i = 0; i < f->count; i++) wrong += atomic_load(&f->items[i].had) != 1;
    return wrong;
}

/* Runs the owner against thieves that take `most` items at a time (0: any number). */
static void run_fight(owner_fn *owner, int thieves, size_t count, size_t most, yoke_deque *deque) {
    fight f = {.deque = deque, .count = count, .most = most, .seed = test_random()};
    pthread_t threads[MOST_THIEVES];
    f.items = calloc(count, sizeof *f.items);
    f.stack = calloc(count, sizeof *f.stack);
    REQUIRE(f.items && f.stack);
    for (int i = 0; i < thieves; i++) REQUIRE(!pthread_create(&threads[i], NULL, thief, &f));
    while (atomic_load(&f.present) < thieves) sched_yield();
    cpu_set_t before = pin(0);
    owner(&f);
    while (take(&f)) continue;
    atomic_store(&f.over, true);
    for (int i = 0; i < thieves; i++) pthread_join(threads[i], NULL);
    unpin(before);
    CU_ASSERT_EQUAL(f.pushed, count);
    CU_ASSERT_EQUAL(atomic_load(&f.faults), 0);
    CU_ASSERT_EQUAL(items_not_had_once(&f), 0);
    CU_ASSERT_PTR_NULL(yoke_deque_take(deque));
    CU_ASSERT_EQUAL(yoke_deque_size(deque), 0);
    free(f.items);
    free(f.stack);
}

/* Waits until some thief looks at the deque, so that thieves are about when the owner goes on; on a
 * single processor only now and then, since it takes a switch of threads. */
static void meet(fight *f) {
    size_t looks = atomic_load_explicit(&f->looks, memory_order_relaxed);
    for (int i = 0; i < 100; i++) {
        if (atomic_load_explicit(&f->looks, memory_order_relaxed) != looks) return;
    }
    if (splitmix(&f->seed) % 16 == 0) sched_yield();
}

/* Now more pushes, now more takes. */
static void walk_at_random(fight *f) {
    unsigned pushing = 50;
    for (size_t i = 0; f->pushed < f->count; i++) {
        if (i % 64 == 0) pushing = 20 + (unsigned)(splitmix(&f->seed) % 70);
        uint64_t die = splitmix(&f->seed);
        if (die % 100 < pushing)
            push(f);
        else
            take(f);
        if (die % 1021 == 0) yoke_deque_share(f->deque);
        if (die % 1031 == 0) sched_yield();
    }
}

/* A burst is pushed, made public and taken back to the last item, while the thieves are at it. */
static void push_bursts(fight *f) {
    while (f->pushed < f->count) {
        size_t burst = 1 + splitmix(&f->seed) % 60;
        meet(f);
        for (size_t i = 0; i < burst; i++) push(f);
        if (splitmix(&f->seed) % 4) yoke_deque_share(f->deque);
        while (take(f)) continue;
    }
}

/* The owner and the thieves race for one item, again and again. */
static void push_one_by_one(fight *f) {
    while (f->pushed < f->count) {
        meet(f);
        push(f);
        yoke_deque_share(f->deque);
        for (uint64_t i = splitmix(&f->seed) % 64; i > 0; i--) __asm__ volatile("");
        take(f);
    }
}

static void push_few(fight *f) {
    while (f->pushed < f->count) {
        size_t few = 2 + splitmix(&f->seed) % 3;
        meet(f);
        for (size_t i = 0; i < few; i++) push(f);
        yoke_deque_share(f->deque);
        for (uint64_t i = splitmix(&f->seed) % 64; i > 0; i--) __asm__ volatile("");
        for (size_t i = 0; i < few; i++) take(f);
    }
}

static void push_all(fight *f) {
    while (f->pushed < f->count) push(f);
    yoke_deque_share(f->deque);
    while (yoke_deque_size(f->deque)) sched_yield();
}

static void push_a_tree(fight *f, int depth) {
    if (depth > 8) meet(f);
    push(f);
    push(f);
    if (depth) {
        push_a_tree(f, depth - 1);
        if (depth > 1) push_a_tree(f, depth - 2);
    }
    take(f);
    take(f);
}

/* Spawns and syncs as a naive fib does. */
static void push_trees(fight *f) {
    while (f->pushed < f->count) push_a_tree(f, 12);
}

static const int crowds[] = {1, 2, 3, 7, 63};

static void fight_all(owner_fn *owner, size_t count, size_t capacity, uint64_t position) {
    for (size_t i = 0; i < sizeof crowds / sizeof crowds[0]; i++) {
        for (size_t most = 0; most < 2; most++) {
            yoke_deque *deque = new_deque(capacity, position);
            run_fight(owner, crowds[i], count, most, deque);
            yoke_deque_destroy(deque);
        }
    }
}

TEST(every_item_once_in_a_random_walk) {
    fight_all(walk_at_random, test_size(40000, 3000), 0, UINT64_MAX - 1000);
}
TEST(every_item_once_in_bursts) {
    fight_all(push_bursts, test_size(40000, 3000), 0, INT64_MAX - 1000ull);
}
TEST(every_item_once_in_a_tiny_ring) { fight_all(push_bursts, test_size(10000, 2000), 1, 0); }
TEST(every_item_once_in_trees) { fight_all(push_trees, test_size(60000, 3000), 2, 0); }
TEST(every_item_once_while_the_ring_grows) { fight_all(push_all, test_size(100000, 5000), 1, 0); }

/* The narrow place: 2 threads on 2 cores, many times. */
TEST_WITH_LIMIT(one_item_is_had_once, 60) {
    yoke_deque *deque = new_deque(1, UINT64_MAX - 1000);
    run_fight(push_one_by_one, 1, test_size(300000, 10000), 1, deque);
    run_fight(push_one_by_one, 2, test_size(50000, 3000), 1, deque);
    yoke_deque_destroy(deque);
}
TEST_WITH_LIMIT(few_items_are_had_once, 60) {
    yoke_deque *deque = new_deque(4, UINT64_MAX - 1000);
    run_fight(push_few, 1, test_size(400000, 10000), 0, deque);
    run_fight(push_few, 2, test_size(50000, 3000), 1, deque);
    yoke_deque_destroy(deque);
}
TEST_WITH_LIMIT(reclaims_collide_with_steals, 60) {
    yoke_deque *deque = new_deque(0, 0);
    run_fight(push_bursts, 1, test_size(400000, 10000), 0, deque);
    yoke_deque_destroy(deque);
}

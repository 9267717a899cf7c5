/* SPDX-License-Identifier: Apache-2.0
 *
 * The work-stealing deque.
 *
 * The oracle of the concurrent tests: at any time the deque holds its items in the order of their
 * pushes, and steals take the oldest. So what one thief steals comes in the order of the pushes;
 * the owner, which keeps a stack of what it pushed, must take the top of it or find everything
 * gone; and at the end every item has been had exactly once.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "tests/pin.h"
#include "yoke/deque.h"

#define MOST_THIEVES 64

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* An empty deque whose positions begin somewhere else. */
static void move_to(yoke_deque *deque, uint64_t position) {
    deque->limit += position - deque->bottom;
    deque->top = deque->shared = deque->bottom = deque->split = position;
}

static yoke_deque *new_deque(size_t capacity, uint64_t position) {
    yoke_deque *deque;
    REQUIRE(yoke_deque_create(capacity, &deque) == YOKE_OK);
    move_to(deque, position);
    return deque;
}

/* ---- one thread ---- */

TEST(is_last_in_first_out_for_the_owner) {
    yoke_deque *deque = new_deque(4, 0);
    static int x[100];
    CU_ASSERT_PTR_NULL(yoke_deque_take(deque));
    for (int i = 0; i < 100; i++) CU_ASSERT_EQUAL(yoke_deque_push(deque, &x[i]), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_deque_size(deque), 100);
    for (int i = 99; i >= 0; i--) CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &x[i]);
    CU_ASSERT_PTR_NULL(yoke_deque_take(deque));
    CU_ASSERT_PTR_NULL(yoke_deque_take(deque));
    CU_ASSERT_EQUAL(yoke_deque_size(deque), 0);
    yoke_deque_destroy(deque);
}

TEST(is_first_in_first_out_for_a_thief) {
    yoke_deque *deque = new_deque(4, 0);
    static int x[100];
    void *item = x;
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 0);
    CU_ASSERT_PTR_EQUAL(item, x);
    for (int i = 0; i < 100; i++) CU_ASSERT_EQUAL(yoke_deque_push(deque, &x[i]), YOKE_OK);
    yoke_deque_share(deque);
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1);
        CU_ASSERT_PTR_EQUAL(item, &x[i]);
    }
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 0);
    CU_ASSERT_PTR_NULL(yoke_deque_take(deque));
    yoke_deque_destroy(deque);
}

TEST(a_thief_with_a_condition_gets_nothing_when_it_does_not_hold) {
    yoke_deque *deque = new_deque(4, 0);
    static int x[2];
    void *item = deque;
    uintptr_t word = 7;
    for (int i = 0; i < 2; i++) CU_ASSERT_EQUAL(yoke_deque_push(deque, &x[i]), YOKE_OK);
    yoke_deque_share(deque);
    CU_ASSERT_EQUAL(yoke_deque_steal_while(deque, &item, &word, 8), 0);
    CU_ASSERT_PTR_EQUAL(item, deque);
    CU_ASSERT_EQUAL(yoke_deque_size(deque), 2);
    CU_ASSERT_EQUAL(yoke_deque_steal_while(deque, &item, &word, 7), 1);
    CU_ASSERT_PTR_EQUAL(item, &x[0]);
    word = 8;
    CU_ASSERT_EQUAL(yoke_deque_steal_while(deque, &item, &word, 7), 0);
    CU_ASSERT_EQUAL(yoke_deque_steal_while(deque, &item, &word, 8), 1);
    CU_ASSERT_PTR_EQUAL(item, &x[1]);
    yoke_deque_destroy(deque);
}

TEST(the_first_item_is_public_and_more_are_when_a_thief_has_asked) {
    yoke_deque *deque = new_deque(0, 0);
    static int x[5];
    void *item;
    for (int i = 0; i < 4; i++) yoke_deque_push(deque, &x[i]);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1);
    CU_ASSERT_PTR_EQUAL(item, &x[0]);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 0); /* asks */
    yoke_deque_push(deque, &x[4]);                      /* 4 private ones: shares 2 */
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1);
    CU_ASSERT_PTR_EQUAL(item, &x[1]);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1);
    CU_ASSERT_PTR_EQUAL(item, &x[2]);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 0);
    CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &x[4]); /* 1 is left: shared */
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1);
    CU_ASSERT_PTR_EQUAL(item, &x[3]);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 0);
    yoke_deque_poll(deque); /* nothing to share: the question stands */
    yoke_deque_push(deque, &x[0]);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1);
    yoke_deque_destroy(deque);
}

TEST(a_poll_answers_a_thief) {
    yoke_deque *deque = new_deque(0, 0);
    static int x[5];
    void *items[YOKE_DEQUE_BATCH];
    for (int i = 0; i < 5; i++) yoke_deque_push(deque, &x[i]);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, items), 1);
    yoke_deque_poll(deque);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, items), 0);
    yoke_deque_poll(deque);
    CU_ASSERT_EQUAL(deque->shared - deque->top, 2);
    yoke_deque_share(deque);
    CU_ASSERT_EQUAL(yoke_deque_steal_batch(deque, items, 0), 0);
    CU_ASSERT_EQUAL(yoke_deque_steal_batch(deque, items, 100), 2);
    CU_ASSERT_PTR_EQUAL(items[0], &x[1]);
    CU_ASSERT_PTR_EQUAL(items[1], &x[2]);
    CU_ASSERT_EQUAL(yoke_deque_steal_batch(deque, items, 100), 1);
    CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &x[4]);
    yoke_deque_destroy(deque);
}

/* The plain twin: an array with two ends. */
typedef struct twin {
    void **items;
    size_t first, last;
} twin;

static void check_steal(yoke_deque *deque, twin *model, size_t most) {
    void *items[YOKE_DEQUE_BATCH + 2];
    uint64_t there = deque->shared - deque->top;
    size_t expected = (there + 1) / 2;
    if (expected > most) expected = most;
    if (expected > YOKE_DEQUE_BATCH) expected = YOKE_DEQUE_BATCH;
    int got =
        most == 1 ? yoke_deque_steal(deque, items) : yoke_deque_steal_batch(deque, items, most);
    CU_ASSERT_EQUAL((size_t)got, expected);
    for (int i = 0; i < got; i++) CU_ASSERT_PTR_EQUAL(items[i], model->items[model->first++]);
}

static void check_push(yoke_deque *deque, twin *model, char *item) {
    CU_ASSERT_EQUAL(yoke_deque_push(deque, item), YOKE_OK);
    model->items[model->last++] = item;
}

static void check_take(yoke_deque *deque, twin *model) {
    void *expected = model->last == model->first ? NULL : model->items[--model->last];
    CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), expected);
}

static void check_invariant(const yoke_deque *deque, const twin *model) {
    CU_ASSERT_EQUAL(yoke_deque_size(deque), model->last - model->first);
    CU_ASSERT_EQUAL(deque->split, deque->shared);
    CU_ASSERT(deque->split - deque->top <= deque->bottom - deque->top);
    CU_ASSERT(deque->bottom - deque->top <= deque->mask + 1);
    CU_ASSERT(deque->limit - deque->bottom <= deque->mask + 1);
}

/* A walk whose pushes come with a changing probability, so that it is now short, now long. */
static void walk(size_t capacity, uint64_t position) {
    enum { STEPS = 20000 };
    static char cells[STEPS + 1];
    yoke_deque *deque = new_deque(capacity, position);
    twin model = {malloc((STEPS + 1) * sizeof(void *)), 0, 0};
    unsigned pushing = 50;
    for (size_t i = 0; i < STEPS; i++) {
        if (i % 500 == 0) pushing = (unsigned)test_random_below(90);
        unsigned die = (unsigned)test_random_below(100);
        if (die < pushing)
            check_push(deque, &model, &cells[i]);
        else if (die < 92)
            check_take(deque, &model);
        else if (die < 94)
            check_steal(deque, &model, 1);
        else if (die < 97)
            check_steal(deque, &model, 1 + test_random_below(YOKE_DEQUE_BATCH + 2));
        else if (die < 98)
            yoke_deque_poll(deque);
        else
            yoke_deque_share(deque);
        check_invariant(deque, &model);
    }
    while (model.first != model.last) check_take(deque, &model);
    CU_ASSERT_PTR_NULL(yoke_deque_take(deque));
    yoke_deque_destroy(deque);
    free(model.items);
}

TEST(agrees_with_a_plain_deque) {
    const size_t capacities[] = {0, 1, 2, 3, 7, 100, 1000};
    const uint64_t positions[] = {0, 1, UINT32_MAX - 30ull, INT64_MAX - 30ull, UINT64_MAX - 30};
    for (size_t c = 0; c < 7; c++) {
        for (size_t p = 0; p < 5; p++) walk(capacities[c], positions[p]);
    }
}

TEST(takes_many_public_items_back) {
    static char cells[5000];
    yoke_deque *deque = new_deque(1, UINT64_MAX - 100);
    for (size_t n = 0; n < 300; n += n < 40 ? 1 : 37) {
        for (size_t i = 0; i < n; i++) yoke_deque_push(deque, &cells[i]);
        yoke_deque_share(deque);
        for (size_t i = n; i-- > 0;) CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &cells[i]);
        CU_ASSERT_PTR_NULL(yoke_deque_take(deque));
    }
    yoke_deque_destroy(deque);
}

/* A thief that has looked at the deque, and means to move `count` items, is held up while the owner
 * takes `taken` of `there` items. When it then succeeds, the items must still be its own. */
static void hold_a_thief_up(size_t there, size_t count, size_t taken) {
    static char cells[64];
    yoke_deque *deque = new_deque(1, UINT64_MAX - 5);
    for (size_t i = 0; i < there; i++) yoke_deque_push(deque, &cells[i]);
    yoke_deque_share(deque);
    uint64_t top = deque->top;
    for (size_t i = 0; i < taken; i++) {
        CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &cells[there - 1 - i]);
    }
    bool won = deque->top == top;
    if (won) deque->top = top + count;
    size_t gone = won ? count : 0;
    REQUIRE(taken + gone <= there);
    CU_ASSERT_EQUAL(yoke_deque_size(deque), there - taken - gone);
    for (size_t i = taken; i + gone < there; i++) {
        CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &cells[there - 1 - i]);
    }
    CU_ASSERT_PTR_NULL(yoke_deque_take(deque));
    yoke_deque_destroy(deque);
}

TEST(a_slow_thief_gets_nothing_that_was_taken) {
    for (size_t there = 1; there <= 64; there += there < 36 ? 1 : 7) {
        for (size_t count = 1; count <= YOKE_DEQUE_BATCH && 2 * count <= there + 1; count *= 2) {
            for (size_t taken = 0; taken <= there; taken++) hold_a_thief_up(there, count, taken);
        }
    }
}

TEST(refuses_what_it_cannot_do) {
    static char memory[sizeof(yoke_deque) + 2 * YOKE_CACHE_PAD]
        __attribute__((aligned(YOKE_CACHE_PAD)));
    yoke_deque *deque = (yoke_deque *)(void *)memory;
    CU_ASSERT_EQUAL(yoke_deque_init(deque, ((size_t)1 << 40) + 1), YOKE_ERANGE);
    yoke_deque_fini(deque);
    CU_ASSERT_EQUAL(yoke_deque_create(SIZE_MAX, &deque), YOKE_ERANGE);
    CU_ASSERT_EQUAL(yoke_deque_init((yoke_deque *)(uintptr_t)(memory + 64), 8), YOKE_EINVAL);
    yoke_deque_destroy(NULL);
}

TEST(lives_in_memory_of_the_caller) {
    static yoke_deque deques[3];
    static int x[3];
    CU_ASSERT_EQUAL(sizeof deques[0], 512);
    for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(yoke_deque_init(&deques[i], (size_t)i), YOKE_OK);
    for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(yoke_deque_push(&deques[i], &x[i]), YOKE_OK);
    for (int i = 0; i < 3; i++) CU_ASSERT_PTR_EQUAL(yoke_deque_take(&deques[i]), &x[i]);
    for (int i = 0; i < 3; i++) yoke_deque_fini(&deques[i]);
    for (int i = 0; i < 3; i++) yoke_deque_fini(&deques[i]);
}

/* ---- an owner and thieves ---- */

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

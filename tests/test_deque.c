/* SPDX-License-Identifier: Apache-2.0
 *
 * The work-stealing deque on one thread, beside a plain deque, and what it refuses.
 */
#include <stdlib.h>

#include "tests/deque_use.h"

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
    static int x[7];
    void *items[YOKE_DEQUE_BATCH];
    for (int i = 0; i < 7; i++) yoke_deque_push(deque, &x[i]);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, items), 1); /* the last public one: asks ahead */
    yoke_deque_poll(deque);
    CU_ASSERT_EQUAL(deque->shared - deque->top, 3);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, items), 1);
    yoke_deque_poll(deque);
    CU_ASSERT_EQUAL(deque->shared - deque->top, 2);
    yoke_deque_share(deque);
    CU_ASSERT_EQUAL(yoke_deque_steal_batch(deque, items, 0), 0);
    CU_ASSERT_EQUAL(yoke_deque_steal_batch(deque, items, 100), 3);
    CU_ASSERT_PTR_EQUAL(items[0], &x[2]);
    CU_ASSERT_PTR_EQUAL(items[2], &x[4]);
    CU_ASSERT_EQUAL(yoke_deque_steal_batch(deque, items, 100), 1);
    CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &x[6]);
    yoke_deque_destroy(deque);
}

TEST(only_who_found_nothing_is_reason_to_split) {
    yoke_deque *deque = new_deque(0, 0);
    static int x[2];
    void *item;
    yoke_deque_push(deque, &x[0]);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1); /* asks ahead */
    CU_ASSERT(!yoke_deque_is_asked(deque));
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 0);
    CU_ASSERT(yoke_deque_is_asked(deque));
    yoke_deque_offer(deque);
    CU_ASSERT(yoke_deque_is_asked(deque));
    yoke_deque_push(deque, &x[1]);
    CU_ASSERT(!yoke_deque_is_asked(deque));
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1);
    yoke_deque_destroy(deque);
}

TEST(an_offer_makes_the_next_item_public) {
    yoke_deque *deque = new_deque(0, 0);
    static int x[3];
    void *item;
    yoke_deque_push(deque, &x[0]);
    CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &x[0]);
    yoke_deque_offer(deque);
    CU_ASSERT(!yoke_deque_is_asked(deque));
    yoke_deque_push(deque, &x[1]);
    yoke_deque_push(deque, &x[2]);
    CU_ASSERT_EQUAL(deque->shared - deque->top, 1);
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1);
    CU_ASSERT_PTR_EQUAL(item, &x[1]);
    CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &x[2]);
    yoke_deque_destroy(deque);
}

TEST(who_takes_back_the_last_public_item_shares_the_next) {
    yoke_deque *deque = new_deque(0, 0);
    static int x[3];
    void *item;
    for (int i = 0; i < 2; i++) yoke_deque_push(deque, &x[i]);
    yoke_deque_share(deque);
    CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &x[1]);
    CU_ASSERT_EQUAL(deque->shared - deque->top, 1); /* the other stays public */
    CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &x[0]);
    for (int i = 1; i < 3; i++) yoke_deque_push(deque, &x[i]); /* nobody has asked */
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1);
    CU_ASSERT_PTR_EQUAL(item, &x[1]);
    CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &x[2]);
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

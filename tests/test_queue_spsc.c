/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue between two threads: against an array in one thread, and sequences between two.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/history.h"
#include "tests/queue_items.h"
#include "yoke/queue_spsc.h"

typedef struct triple {
    uint64_t a, b, c;
} triple;
YOKE_DEFINE_QUEUE_SPSC(words, uint64_t)
YOKE_DEFINE_QUEUE_SPSC(triples, triple)

TEST(checks_arguments) {
    yoke_queue_spsc *queue = (yoke_queue_spsc *)&queue;
    CU_ASSERT_EQUAL(yoke_queue_spsc_create(0, 8, &queue), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_queue_spsc_create(8, 0, &queue), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_queue_spsc_create(SIZE_MAX, 1, &queue), YOKE_ERANGE);
    CU_ASSERT_EQUAL(yoke_queue_spsc_create(PTRDIFF_MAX, 1, &queue), YOKE_ERANGE);
    CU_ASSERT_EQUAL(yoke_queue_spsc_create((size_t)1 << 40, (size_t)1 << 30, &queue), YOKE_ERANGE);
    CU_ASSERT_PTR_EQUAL(queue, &queue);
    yoke_queue_spsc_destroy(NULL);
    words_destroy(NULL);
}

TEST(is_exactly_full) {
    for (size_t capacity = 1; capacity < 70; capacity++) {
        words *queue = NULL;
        REQUIRE(words_create(capacity, &queue) == YOKE_OK);
        uint64_t next = 0, item = 0;
        for (size_t i = 0; i < capacity; i++) CU_ASSERT_EQUAL(words_try_push(queue, i), 1);
        for (size_t i = 0; i < 3 * capacity; i++) {
            CU_ASSERT_EQUAL(words_try_push(queue, 0), 0);
            CU_ASSERT_EQUAL(words_push(queue, 0, YOKE_NOW), YOKE_ETIMEDOUT);
            CU_ASSERT_EQUAL(words_try_pop(queue, &item), 1);
            CU_ASSERT_EQUAL(item, next++);
            CU_ASSERT_EQUAL(words_try_push(queue, capacity + i), 1);
        }
        for (size_t i = 0; i < capacity; i++) {
            CU_ASSERT_EQUAL(words_pop(queue, &item, YOKE_NOW), 1);
            CU_ASSERT_EQUAL(item, next++);
        }
        CU_ASSERT_EQUAL(words_try_pop(queue, &item), 0);
        CU_ASSERT_EQUAL(words_pop(queue, &item, YOKE_NOW), YOKE_ETIMEDOUT);
        CU_ASSERT_EQUAL(yoke_queue_spsc_await_items(&queue->core, YOKE_NOW), YOKE_ETIMEDOUT);
        CU_ASSERT_EQUAL(yoke_queue_spsc_await_room(&queue->core, YOKE_NOW), YOKE_OK);
        words_destroy(queue);
    }
}

TEST(waits_until_the_deadline) {
    words *queue = NULL;
    uint64_t item = 5;
    REQUIRE(words_create(1, &queue) == YOKE_OK);
    yoke_deadline deadline = yoke_deadline_in(0.02);
    CU_ASSERT_EQUAL(words_pop(queue, &item, deadline), YOKE_ETIMEDOUT);
    CU_ASSERT(yoke_deadline_passed(deadline));
    CU_ASSERT_EQUAL(words_push(queue, item, YOKE_FOREVER), 1);
    deadline = yoke_deadline_in(0.02);
    CU_ASSERT_EQUAL(words_push_many(queue, &item, 1, deadline), YOKE_ETIMEDOUT);
    CU_ASSERT(yoke_deadline_passed(deadline));
    CU_ASSERT_EQUAL(words_pop_many(queue, &item, 1, YOKE_FOREVER), 1);
    CU_ASSERT_EQUAL(words_push_many(queue, &item, 0, YOKE_FOREVER), 0);
    CU_ASSERT_EQUAL(words_pop_many(queue, &item, 0, YOKE_FOREVER), 0);
    words_destroy(queue);
}

/* ---- two threads: every item once, in order ---- */

typedef struct flow {
    yoke_queue_spsc *queue;
    triples *triples;
    uint64_t items;
    uint64_t seed[2];          /* of the two sides */
    int lazy_push, lazy_pop;   /* one call in so many gives its processor away; 0: none */
    atomic_ulong wrong, moved; /* moved: what the consumer got */
    atomic_ulong accepted;
} flow;

static uint64_t next_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void dawdle(int lazy, uint64_t random) {
    if (lazy > 0 && random % lazy == 0) sched_yield();
}

static void run_flow(flow *f, void *(*produce)(void *), void *(*consume)(void *)) {
    pthread_t producer, consumer;
    f->seed[0] = test_random();
    f->seed[1] = test_random();
    REQUIRE(pthread_create(&consumer, NULL, consume, f) == 0);
    REQUIRE(pthread_create(&producer, NULL, produce, f) == 0);
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    CU_ASSERT_EQUAL(f->wrong, 0);
    CU_ASSERT_EQUAL(f->moved, f->accepted);
}

static void *produce_triples(void *ctx) {
    flow *f = ctx;
    for (uint64_t i = 0; i < f->items; i++) {
        dawdle(f->lazy_push, next_random(&f->seed[0]));
        f->accepted += triples_push(f->triples, (triple){i, ~i, i * i}, YOKE_FOREVER) == 1;
    }
    yoke_queue_spsc_close(&f->triples->core);
    return NULL;
}

static void *consume_triples(void *ctx) {
    flow *f = ctx;
    triple t;
    while (triples_pop(f->triples, &t, YOKE_FOREVER) == 1) {
        uint64_t i = f->moved++;
        f->wrong += t.a != i || t.b != ~i || t.c != i * i;
        dawdle(f->lazy_pop, next_random(&f->seed[1]));
    }
    return NULL;
}

static void flow_one_by_one(size_t capacity, uint64_t items, int lazy_push, int lazy_pop) {
    flow f = {.items = items, .lazy_push = lazy_push, .lazy_pop = lazy_pop};
    REQUIRE(triples_create(capacity, &f.triples) == YOKE_OK);
    run_flow(&f, produce_triples, consume_triples);
    CU_ASSERT_EQUAL(f.moved, items);
    triples_destroy(f.triples);
}

TEST(moves_one_by_one) {
    static const size_t CAPACITIES[] = {1, 2, 3, 64, 1000};
    for (int i = 0; i < 5; i++) flow_one_by_one(CAPACITIES[i], test_size(5000, 1000), 0, 0);
}

TEST(moves_when_one_side_is_slow) {
    flow_one_by_one(16, test_size(5000, 1000), 1, 0);
    flow_one_by_one(16, test_size(5000, 1000), 0, 1);
    flow_one_by_one(16, test_size(5000, 1000), 7, 7);
}

/* Batches of random size, copied or in place, waiting or not. */
enum { BATCH = 80 };

static long push_batch(flow *f, uint64_t from, size_t count, uint64_t random) {
    size_t size = f->queue->item_size;
    char items[BATCH * 8];
    void *slots = items;
    if (random % 3 == 0) {
        if (yoke_queue_spsc_await_room(f->queue, YOKE_FOREVER) != YOKE_OK) return YOKE_ECLOSED;
        long given = yoke_queue_spsc_reserve(f->queue, count, &slots);
        if (given <= 0) return given < 0 ? given : -99; /* there was room */
        count = given;
    }
    for (size_t i = 0; i < count; i++) write_item((char *)slots + i * size, size, from + i);
    if (slots != items) return yoke_queue_spsc_commit(f->queue, count);
    if (random % 3 == 1) return yoke_queue_spsc_try_push(f->queue, items, count);
    return yoke_queue_spsc_push(f->queue, items, count, YOKE_FOREVER);
}

static void *produce_batches(void *ctx) {
    flow *f = ctx;
    uint64_t next = 0;
    while (next < f->items) {
        uint64_t random = next_random(&f->seed[0]);
        dawdle(f->lazy_push, random / 7);
        long moved = push_batch(f, next, least(1 + random % BATCH, f->items - next), random / 1000);
        if (moved == YOKE_ECLOSED) break;
        f->wrong += moved < 0;
        next += moved;
        if (moved == 0) sched_yield();
    }
    f->accepted = next;
    if (next == f->items) yoke_queue_spsc_close(f->queue);
    return NULL;
}

static long pop_batch(flow *f, char *items, size_t most, uint64_t random) {
    if (random % 3 == 0) {
        const void *there = NULL;
        int status = yoke_queue_spsc_await_items(f->queue, YOKE_FOREVER);
        if (status != YOKE_OK) return status;
        long given = yoke_queue_spsc_peek(f->queue, most, &there);
        if (given <= 0) return -99; /* there were items, also after the close */
        memcpy(items, there, given * f->queue->item_size);
        f->wrong += yoke_queue_spsc_release(f->queue, given) != YOKE_OK;
        return given;
    }
    if (random % 3 == 1) return yoke_queue_spsc_try_pop(f->queue, items, most);
    return yoke_queue_spsc_pop(f->queue, items, most, YOKE_FOREVER);
}

static void *consume_batches(void *ctx) {
    flow *f = ctx;
    size_t size = f->queue->item_size;
    char items[BATCH * 8];
    for (;;) {
        uint64_t random = next_random(&f->seed[1]);
        dawdle(f->lazy_pop, random / 7);
        long moved = pop_batch(f, items, 1 + random % BATCH, random / 1000);
        if (moved == YOKE_ECLOSED) return NULL;
        f->wrong += moved < 0;
        for (long i = 0; i < moved; i++) f->wrong += !item_is(items + i * size, size, f->moved++);
        if (moved == 0) sched_yield();
    }
}

static void flow_in_batches(size_t capacity, size_t size, int lazy_push, int lazy_pop) {
    flow f = {.items = test_size(8000, 2000), .lazy_push = lazy_push, .lazy_pop = lazy_pop};
    REQUIRE(yoke_queue_spsc_create(capacity, size, &f.queue) == YOKE_OK);
    run_flow(&f, produce_batches, consume_batches);
    CU_ASSERT_EQUAL(f.moved, f.items);
    yoke_queue_spsc_destroy(f.queue);
}

TEST(moves_batches) {
    static const size_t CAPACITIES[] = {1, 3, 50, 128, 1000};
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 3; j++) flow_in_batches(CAPACITIES[i], SIZES[j], 0, 0);
        flow_in_batches(CAPACITIES[i], 8, 3, 0);
        flow_in_batches(CAPACITIES[i], 8, 0, 3);
    }
}

/* ---- waking: a lost wake-up would stop the ball ---- */

typedef struct pair {
    words *there, *back;
    uint64_t rounds;
} pair;

static void *play_back(void *ctx) {
    pair *p = ctx;
    uint64_t ball = 0;
    while (words_pop(p->there, &ball, YOKE_FOREVER) == 1) words_push(p->back, ball, YOKE_FOREVER);
    words_push(p->back, UINT64_MAX, YOKE_FOREVER);
    return NULL;
}

TEST(wakes_the_other_side) {
    pair p = {.rounds = test_size(6000, 2000)};
    pthread_t other;
    uint64_t ball = 0, lost = 0;
    REQUIRE(words_create(1, &p.there) == YOKE_OK && words_create(1, &p.back) == YOKE_OK);
    REQUIRE(pthread_create(&other, NULL, play_back, &p) == 0);
    for (uint64_t i = 0; i < p.rounds; i++) {
        words_push(p.there, i, YOKE_FOREVER);
        lost += words_pop(p.back, &ball, YOKE_FOREVER) != 1 || ball != i;
    }
    CU_ASSERT_EQUAL(lost, 0);
    yoke_queue_spsc_close(&p.there->core); /* wakes it for the last time */
    CU_ASSERT_EQUAL(words_pop(p.back, &ball, YOKE_FOREVER), 1);
    CU_ASSERT_EQUAL(ball, UINT64_MAX);
    pthread_join(other, NULL);
    words_destroy(p.there);
    words_destroy(p.back);
}

/* ---- close ---- */

TEST(is_closed_for_pushes_and_then_for_pops) {
    words *queue = NULL;
    uint64_t item = 1;
    void *slots;
    const void *items;
    REQUIRE(words_create(4, &queue) == YOKE_OK);
    for (uint64_t i = 0; i < 3; i++) words_try_push(queue, i);
    REQUIRE(yoke_queue_spsc_reserve(&queue->core, 1, &slots) == 1);
    yoke_queue_spsc_close(&queue->core);
    yoke_queue_spsc_close(&queue->core);
    CU_ASSERT_EQUAL(words_try_push(queue, 9), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(words_push(queue, 9, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(words_push_many(queue, &item, 1, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_queue_spsc_commit(&queue->core, 1), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_queue_spsc_reserve(&queue->core, 1, &slots), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_queue_spsc_await_room(&queue->core, YOKE_FOREVER), YOKE_ECLOSED);
    for (uint64_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(yoke_queue_spsc_await_items(&queue->core, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(words_pop(queue, &item, YOKE_FOREVER), 1);
        CU_ASSERT_EQUAL(item, i);
    }
    CU_ASSERT_EQUAL(words_try_pop(queue, &item), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(words_pop(queue, &item, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(words_pop_many(queue, &item, 1, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_queue_spsc_peek(&queue->core, 1, &items), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_queue_spsc_await_items(&queue->core, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(words_try_push(queue, 9), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_queue_spsc_size(&queue->core), 0);
    words_destroy(queue);
}

/* A push that saw the queue open, which is closed now: it publishes before the consumer looks for
 * the last time, or after that, or before but learns of the close after the consumer has ended.
 * Done by hand, for a race comes upon them seldom. */
enum { BEFORE, AFTER, TAKEN };

static void push_under_way(int when) {
    words *queue = NULL;
    uint64_t item = 0;
    REQUIRE(words_create(4, &queue) == YOKE_OK);
    REQUIRE(yoke_spsc_room_(&queue->core, 0, 1) == 4);
    memset(queue->core.ring, 7, 8);
    yoke_queue_spsc_close(&queue->core);
    if (when == TAKEN) {
        __atomic_store_n(&queue->core.tail, 1, __ATOMIC_SEQ_CST);
        CU_ASSERT_EQUAL(words_try_pop(queue, &item), 1);
    }
    if (when != BEFORE) CU_ASSERT_EQUAL(words_try_pop(queue, &item), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_spsc_publish_(&queue->core, 0, 1), when == AFTER ? YOKE_ECLOSED : 1);
    if (when == BEFORE) CU_ASSERT_EQUAL(words_try_pop(queue, &item), 1);
    CU_ASSERT_EQUAL(words_try_pop(queue, &item), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(words_try_pop(queue, &item), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_queue_spsc_size(&queue->core), 0);
    words_destroy(queue);
}

TEST(agrees_on_a_push_under_way) {
    push_under_way(BEFORE);
    push_under_way(AFTER);
    push_under_way(TAKEN);
}

static void *close_later(void *ctx) {
    flow *f = ctx;
    uint64_t wait = f->items % 5000;
    while (atomic_load(&f->moved) < wait && f->lazy_pop != -1) sched_yield();
    yoke_queue_spsc_close(f->queue);
    return NULL;
}

static void *consume_to_the_end(void *ctx) {
    flow *f = ctx;
    consume_batches(f);
    char item[8];
    for (int i = 0; i < 100; i++) {
        f->wrong += yoke_queue_spsc_try_pop(f->queue, item, 1) != YOKE_ECLOSED;
        if (i % 10 == 0) sched_yield();
    }
    return NULL;
}

/* A third thread closes at any moment: what was accepted is what came out. */
TEST(loses_nothing_in_a_close) {
    int rounds = (int)test_size(200, 60);
    for (int i = 0; i < rounds; i++) {
        flow f = {.items = UINT64_MAX - test_random_below(3000)};
        pthread_t closer;
        REQUIRE(yoke_queue_spsc_create(1 + test_random_below(40), 8, &f.queue) == YOKE_OK);
        if (i % 4 == 0) f.lazy_pop = -1; /* at once */
        REQUIRE(pthread_create(&closer, NULL, close_later, &f) == 0);
        run_flow(&f, produce_batches, consume_to_the_end);
        pthread_join(closer, NULL);
        yoke_queue_spsc_destroy(f.queue);
    }
}

static void *pop_closed(void *ctx) {
    uint64_t item;
    return (void *)(intptr_t)words_pop(ctx, &item, YOKE_FOREVER);
}

static void *push_closed(void *ctx) { return (void *)(intptr_t)words_push(ctx, 2, YOKE_FOREVER); }

/* Closes when the other sleeps, or when it is about to. */
static void close_a_sleeper(void *(*sleeper)(void *), yoke_event *(*event)(words *), int full,
                            int wait) {
    words *queue = NULL;
    pthread_t thread;
    void *status;
    REQUIRE(words_create(1, &queue) == YOKE_OK);
    if (full) words_push(queue, 1, YOKE_NOW);
    REQUIRE(pthread_create(&thread, NULL, sleeper, queue) == 0);
    while (wait && __atomic_load_n(&event(queue)->waiters, __ATOMIC_SEQ_CST) == 0) sched_yield();
    yoke_queue_spsc_close(&queue->core);
    pthread_join(thread, &status);
    CU_ASSERT_EQUAL((intptr_t)status, YOKE_ECLOSED);
    words_destroy(queue);
}

static yoke_event *not_empty(words *queue) { return &queue->core.not_empty; }
static yoke_event *not_full(words *queue) { return &queue->core.not_full; }

TEST(wakes_who_sleeps_when_it_closes) {
    for (int i = 0; i < (int)test_size(200, 40); i++) {
        close_a_sleeper(pop_closed, not_empty, 0, i % 2);
        close_a_sleeper(push_closed, not_full, 1, i % 2);
    }
}

/* ---- a kernel that has no barrier on all threads ---- */

TEST(works_without_the_barrier) {
    yoke_barrier_asymmetric_ = 0;
    flow_one_by_one(1, test_size(2000, 1000), 0, 0);
    flow_one_by_one(64, test_size(5000, 1000), 0, 0);
    flow_in_batches(7, 8, 0, 0);
    for (int i = 0; i < 20; i++) {
        close_a_sleeper(pop_closed, not_empty, 0, i % 2);
        close_a_sleeper(push_closed, not_full, 1, i % 2);
    }
    for (int i = 0; i < 3; i++) push_under_way(i);
}

/* ---- linearizability ---- */

static void record(history *h, int thread, void *ctx) {
    words *queue = ctx;
    uint64_t random = 77 * (uint64_t)thread + (uintptr_t)ctx / 128;
    for (int64_t i = 1; i <= 10; i++) {
        int alone = next_random(&random) % 2;
        uint64_t items[2] = {i, i};
        if (thread == 0) {
            history_op *op = history_begin(h, thread, HISTORY_PUSH, i, 0);
            history_end(h, op,
                        alone ? words_try_push(queue, i)
                              : yoke_queue_spsc_try_push(&queue->core, items, 1),
                        0);
        } else {
            history_op *op = history_begin(h, thread, HISTORY_POP, 0, 0);
            long found = alone ? words_try_pop(queue, items)
                               : yoke_queue_spsc_try_pop(&queue->core, items, 1);
            history_end(h, op, found, found == 1 ? (int64_t)items[0] : 0);
        }
    }
}

TEST(is_linearizable) {
    history *h = history_create(2, 10);
    for (int round = 0; round < (int)test_size(600, 100); round++) {
        size_t capacity = 1 + round % 4;
        history_spec fifo = history_fifo(capacity);
        words *queue = NULL;
        REQUIRE(words_create(capacity, &queue) == YOKE_OK);
        history_clear(h);
        history_run(h, record, queue);
        HISTORY_ASSERT(h, &fifo);
        words_destroy(queue);
    }
    history_destroy(h);
}

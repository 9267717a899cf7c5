/* SPDX-License-Identifier: Apache-2.0
 *
 * The MPMC queue by one thread, and its waits: deadlines, sleepers, close. The oracle of the serial
 * tests is a plain array. Crowds are in test_queue_mpmc_stress.c.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "yoke/queue_mpmc.h"

YOKE_DEFINE_QUEUE_MPMC(numbers, uint64_t)

typedef struct three {
    unsigned char bytes[3];
} three;
YOKE_DEFINE_QUEUE_MPMC(threes, three)

static yoke_queue_mpmc *new_queue(size_t capacity, size_t item_size) {
    yoke_queue_mpmc *queue = NULL;
    REQUIRE(yoke_queue_mpmc_create(capacity, item_size, &queue) == YOKE_OK);
    return queue;
}

/* ---- one thread ---- */

TEST(a_typed_queue_makes_itself) {
    numbers *queue = NULL;
    uint64_t items[3] = {1, 2, 3}, back[3] = {0};
    REQUIRE(numbers_create(2, &queue) == YOKE_OK);
    CU_ASSERT_EQUAL(queue->core.item_size, 8);
    CU_ASSERT_EQUAL(numbers_push_many(queue, items, 3, YOKE_NOW), 2);
    CU_ASSERT_EQUAL(numbers_pop_many(queue, back, 3, YOKE_NOW), 2);
    CU_ASSERT(back[0] == 1 && back[1] == 2 && back[2] == 0);
    numbers_destroy(queue);
    numbers_destroy(NULL);
    CU_ASSERT_EQUAL(numbers_create(0, &queue), YOKE_EINVAL);
}

TEST(refuses_nothing_and_impossible_sizes) {
    yoke_queue_mpmc *queue = NULL;
    CU_ASSERT_EQUAL(yoke_queue_mpmc_create(0, 8, &queue), YOKE_EINVAL);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(),
                           "a queue of 0 items of 8 bytes: both must be 1 or more");
    CU_ASSERT_EQUAL(yoke_queue_mpmc_create(8, 0, &queue), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_create(SIZE_MAX, 8, &queue), YOKE_ENOMEM);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_create(SIZE_MAX / 64, 4096, &queue), YOKE_ENOMEM);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_create(1, SIZE_MAX, &queue), YOKE_ENOMEM);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_create(2, SIZE_MAX - 63, &queue), YOKE_ENOMEM);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_create(1, SIZE_MAX - 64, &queue), YOKE_ENOMEM);
    CU_ASSERT_PTR_NULL(queue);
    yoke_queue_mpmc_destroy(NULL);
}

TEST(holds_exactly_its_capacity) {
    for (size_t capacity = 1; capacity < 70; capacity++) {
        yoke_queue_mpmc *queue = new_queue(capacity, sizeof(uint64_t));
        for (int round = 0; round < 3; round++) {
            uint64_t item = 77;
            CU_ASSERT_EQUAL(numbers_try_pop((numbers *)queue, &item), 0);
            CU_ASSERT_EQUAL(item, 77);
            for (uint64_t i = 0; i < capacity; i++)
                CU_ASSERT_EQUAL(numbers_try_push((numbers *)queue, i * i), 1);
            CU_ASSERT_EQUAL(numbers_try_push((numbers *)queue, 1), 0);
            for (uint64_t i = 0; i < capacity; i++) {
                CU_ASSERT_EQUAL(numbers_try_pop((numbers *)queue, &item), 1);
                CU_ASSERT_EQUAL(item, i * i);
            }
        }
        yoke_queue_mpmc_destroy(queue);
    }
}

TEST(moves_items_by_any_typed_call) {
    yoke_queue_mpmc *queue = new_queue(2, 3);
    three item = {{0}};
    CU_ASSERT_EQUAL(threes_push((threes *)queue, (three){{1, 2, 3}}, YOKE_NOW), 1);
    CU_ASSERT_EQUAL(threes_try_push((threes *)queue, (three){{4, 5, 6}}), 1);
    CU_ASSERT_EQUAL(threes_push((threes *)queue, (three){{7, 8, 9}}, YOKE_NOW), YOKE_ETIMEDOUT);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "push: no room came in the queue in time");
    CU_ASSERT_EQUAL(threes_pop((threes *)queue, &item, YOKE_NOW), 1);
    CU_ASSERT(memcmp(&item, &(three){{1, 2, 3}}, 3) == 0);
    CU_ASSERT_EQUAL(threes_try_pop((threes *)queue, &item), 1);
    CU_ASSERT(memcmp(&item, &(three){{4, 5, 6}}, 3) == 0);
    CU_ASSERT_EQUAL(threes_pop((threes *)queue, &item, YOKE_NOW), YOKE_ETIMEDOUT);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "pop: nothing came into the queue in time");
    CU_ASSERT(memcmp(&item, &(three){{4, 5, 6}}, 3) == 0);
    yoke_queue_mpmc_destroy(queue);
}

TEST(a_count_of_nothing_moves_nothing) {
    yoke_queue_mpmc *queue = new_queue(3, 8);
    uint64_t items[3] = {1, 2, 3};
    CU_ASSERT_EQUAL(yoke_queue_mpmc_try_push(queue, items, 0), 0);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_try_pop(queue, items, 0), 0);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_push(queue, items, 0, YOKE_FOREVER), 0);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_pop(queue, items, 0, YOKE_FOREVER), 0);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_try_push(queue, items, 3), 3);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_push(queue, items, 0, YOKE_FOREVER), 0);
    yoke_queue_mpmc_destroy(queue);
}

/* The i-th byte of all items that were ever pushed. */
static unsigned char byte_at(size_t i) { return (unsigned char)((i * 2654435761u) >> 13); }

/* Random batches in and out, beside a count of what is inside. */
static void compare_batches(yoke_queue_mpmc *queue, size_t capacity, size_t size, size_t steps) {
    size_t most = capacity + 3, in = 0, out = 0;
    unsigned char *items = malloc(most * size);
    REQUIRE(items != NULL);
    for (size_t step = 0; step < steps; step++) {
        size_t count = 1 + test_random_below(test_random_below(4) ? most : 2), room;
        if (test_random_below(2)) {
            for (size_t i = 0; i < count * size; i++) items[i] = byte_at(in * size + i);
            room = capacity - (in - out);
            size_t want = count < room ? count : room;
            CU_ASSERT_EQUAL(yoke_queue_mpmc_try_push(queue, items, count), (long)want);
            in += want;
        } else {
            size_t want = count < in - out ? count : in - out, wrong = 0;
            memset(items, 0xAA, most * size);
            CU_ASSERT_EQUAL(yoke_queue_mpmc_try_pop(queue, items, count), (long)want);
            for (size_t i = 0; i < want * size; i++) wrong += items[i] != byte_at(out * size + i);
            for (size_t i = want * size; i < most * size; i++) wrong += items[i] != 0xAA;
            CU_ASSERT_EQUAL(wrong, 0);
            out += want;
        }
    }
    free(items);
}

TEST(batches_are_those_of_an_array) {
    static const size_t capacities[] = {1, 2, 3, 7, 8, 64, 1000};
    static const size_t sizes[] = {1, 2, 3, 4, 8, 16, 24, 31, 32, 63, 64, 100, 4096};
    for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            if (capacities[c] * sizes[s] > 1000000) continue;
            yoke_queue_mpmc *queue = new_queue(capacities[c], sizes[s]);
            compare_batches(queue, capacities[c], sizes[s],
                            sizes[s] > 64 ? 60 : test_size(400, 40));
            yoke_queue_mpmc_destroy(queue);
        }
    }
}

/* Every size whose turns may share a word with others or with items, and lines that are not full;
 * by one thread that owns both sides, and by the way of many. */
TEST(batches_of_all_sizes) {
    static const size_t capacities[] = {1, 5, 13, 27, 61};
    for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
        for (size_t size = 1; size <= 40; size++) {
            for (int shared = 0; shared < 2; shared++) {
                yoke_queue_mpmc *queue = new_queue(capacities[c], size);
                if (shared) queue->producers.owner = queue->consumers.owner = YOKE_MPMC_SHARED_;
                compare_batches(queue, capacities[c], size, test_size(300, 40));
                yoke_queue_mpmc_destroy(queue);
            }
        }
    }
}

/* An empty queue that has gone round `laps` times. */
static void go_to_lap(yoke_queue_mpmc *queue, uint64_t laps) {
    yoke_mpmc_shape_ shape = yoke_mpmc_shape_of_(queue->item_size);
    size_t lines = (queue->last >> shape.shift) + 1;
    for (size_t i = 0; i < lines; i++)
        memset(queue->lines + i * shape.line + shape.line - shape.items, (int)(laps * 2 & 255),
               shape.items);
    queue->producers.place = queue->consumers.place = laps << queue->lap;
}

TEST(goes_round_as_often_as_it_likes) {
    static const size_t capacities[] = {1, 2, 3, 100};
    for (size_t c = 0; c < 4; c++) {
        size_t capacity = capacities[c];
        yoke_queue_mpmc *queue = new_queue(capacity, 8);
        compare_batches(queue, capacity, 8, 3000); /* turns of one byte */
        yoke_queue_mpmc_destroy(queue);
        queue = new_queue(capacity, 8);
        go_to_lap(queue, 127);
        compare_batches(queue, capacity, 8, 100);
        yoke_queue_mpmc_destroy(queue);
        queue = new_queue(capacity, 8);
        go_to_lap(queue, (1ull << 32) - 2);
        compare_batches(queue, capacity, 8, 100);
        yoke_queue_mpmc_destroy(queue);
        queue = new_queue(capacity, 8);
        go_to_lap(queue, (YOKE_MPMC_CLOSED_ >> queue->lap) - 200); /* the last laps of all */
        compare_batches(queue, capacity, 8, 100);
        yoke_queue_mpmc_destroy(queue);
    }
}

TEST(a_closed_queue_gives_what_it_has) {
    yoke_queue_mpmc *queue = new_queue(3, 8);
    uint64_t items[3] = {1, 2, 3}, item;
    CU_ASSERT_EQUAL(yoke_queue_mpmc_try_push(queue, items, 3), 3);
    yoke_queue_mpmc_close(queue);
    yoke_queue_mpmc_close(queue);
    CU_ASSERT_EQUAL(numbers_try_push((numbers *)queue, 4), YOKE_ECLOSED);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "push: the queue is closed");
    CU_ASSERT_EQUAL(numbers_try_pop((numbers *)queue, &item), 1);
    CU_ASSERT_EQUAL(item, 1);
    CU_ASSERT_EQUAL(numbers_try_push((numbers *)queue, 4), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_push(queue, items, 2, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_pop(queue, items, 3, YOKE_FOREVER), 2);
    CU_ASSERT_EQUAL(items[0], 2);
    CU_ASSERT_EQUAL(items[1], 3);
    CU_ASSERT_EQUAL(numbers_pop((numbers *)queue, &item, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "pop: the queue is closed and empty");
    CU_ASSERT_EQUAL(numbers_try_pop((numbers *)queue, &item), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_queue_mpmc_try_pop(queue, items, 3), YOKE_ECLOSED);
    yoke_queue_mpmc_destroy(queue);
}

/* ---- waiting ---- */

TEST(a_deadline_ends_the_wait) {
    yoke_queue_mpmc *queue = new_queue(1, 8);
    uint64_t item;
    for (int asleep = 0; asleep < 2; asleep++) {
        yoke_deadline soon = yoke_deadline_in(asleep ? 0.02 : 1e-6);
        CU_ASSERT_EQUAL(numbers_pop((numbers *)queue, &item, soon), YOKE_ETIMEDOUT);
        CU_ASSERT(yoke_deadline_passed(soon));
    }
    CU_ASSERT_EQUAL(numbers_pop((numbers *)queue, &item, yoke_deadline_in(-1)), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(numbers_push((numbers *)queue, 5, YOKE_NOW), 1);
    CU_ASSERT_EQUAL(numbers_push((numbers *)queue, 6, yoke_deadline_in(0.02)), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(numbers_pop((numbers *)queue, &item, YOKE_NOW), 1); /* what is there is had */
    CU_ASSERT_EQUAL(item, 5);
    CU_ASSERT_EQUAL(queue->not_empty.event.waiters, 0);
    CU_ASSERT_EQUAL(queue->not_full.event.waiters, 0);
    yoke_queue_mpmc_destroy(queue);
}

typedef struct crowd {
    yoke_queue_mpmc *queue;
    int pop;
    atomic_int returned, moved, closed;
    atomic_ullong sum;
} crowd;

static void *wait_once(void *ctx) {
    crowd *c = ctx;
    uint64_t item = 1000;
    int status = c->pop ? numbers_pop((numbers *)c->queue, &item, YOKE_FOREVER)
                        : numbers_push((numbers *)c->queue, item, YOKE_FOREVER);
    if (status == 1) atomic_fetch_add(&c->moved, 1), atomic_fetch_add(&c->sum, item);
    if (status == YOKE_ECLOSED) atomic_fetch_add(&c->closed, 1);
    atomic_fetch_add(&c->returned, 1);
    return NULL;
}

static void start(crowd *c, pthread_t *threads, int count) {
    for (int i = 0; i < count; i++) REQUIRE(pthread_create(&threads[i], NULL, wait_once, c) == 0);
    yoke_event *event = c->pop ? &c->queue->not_empty.event : &c->queue->not_full.event;
    while (__atomic_load_n(&event->waiters, __ATOMIC_SEQ_CST) != (uint32_t)count) sched_yield();
}

static void join(pthread_t *threads, int count) {
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

TEST(one_item_is_for_one_sleeper) {
    for (int round = 0; round < 20; round++) {
        crowd c = {.queue = new_queue(100, 8), .pop = 1};
        pthread_t threads[8];
        start(&c, threads, 8);
        CU_ASSERT_EQUAL(numbers_try_push((numbers *)c.queue, 1), 1);
        while (atomic_load(&c.returned) < 1) sched_yield();
        CU_ASSERT_EQUAL(atomic_load(&c.returned), 1);
        CU_ASSERT_EQUAL(atomic_load(&c.moved), 1);
        uint64_t items[7] = {2, 3, 4, 5, 6, 7, 8};
        CU_ASSERT_EQUAL(yoke_queue_mpmc_try_push(c.queue, items, 7), 7); /* all get their own */
        join(threads, 8);
        CU_ASSERT_EQUAL(atomic_load(&c.moved), 8);
        CU_ASSERT_EQUAL(atomic_load(&c.sum), 36);
        CU_ASSERT_EQUAL(c.queue->not_empty.event.waiters, 0);
        yoke_queue_mpmc_destroy(c.queue);
    }
}

/* Two sleep, and one of them is woken. While it leaves with an item and looks whether there is
 * more, a passer-by takes one after another, but for the last: that is for the other sleeper. */
TEST_WITH_LIMIT(a_wake_is_passed_on_beside_a_passer_by, 60) {
    enum { ITEMS = 60 };
    uint64_t items[ITEMS] = {0}, item;
    for (size_t round = 0; round < test_size(2000, 100); round++) {
        crowd c = {.queue = new_queue(ITEMS, 8), .pop = 1};
        pthread_t threads[2];
        size_t count = 3 + test_random_below(ITEMS - 2), passed = 2;
        start(&c, threads, 2);
        CU_ASSERT_EQUAL(yoke_queue_mpmc_try_push(c.queue, items, count), (long)count);
        while (__atomic_load_n(&c.queue->not_empty.event.waiters, __ATOMIC_RELAXED) == 2) {
        }
        while (passed < count) passed += (size_t)numbers_try_pop((numbers *)c.queue, &item);
        yoke_deadline late = yoke_deadline_in(600);
        while (atomic_load(&c.returned) < 2 && !yoke_deadline_passed(late)) sched_yield();
        int returned = atomic_load(&c.returned);
        yoke_queue_mpmc_close(c.queue);
        join(threads, 2);
        REQUIRE(returned == 2);
        CU_ASSERT_EQUAL(atomic_load(&c.moved), 2);
        yoke_queue_mpmc_destroy(c.queue);
    }
}

TEST(room_is_for_those_who_sleep_for_it) {
    for (int round = 0; round < 20; round++) {
        crowd c = {.queue = new_queue(3, 8)};
        uint64_t items[3] = {1, 2, 3};
        pthread_t threads[6];
        CU_ASSERT_EQUAL(yoke_queue_mpmc_try_push(c.queue, items, 3), 3);
        start(&c, threads, 6);
        CU_ASSERT_EQUAL(yoke_queue_mpmc_try_pop(c.queue, items, 3), 3);
        while (atomic_load(&c.returned) < 3) sched_yield();
        CU_ASSERT_EQUAL(atomic_load(&c.returned), 3);
        CU_ASSERT_EQUAL(yoke_queue_mpmc_pop(c.queue, items, 3, YOKE_FOREVER), 3);
        join(threads, 6);
        CU_ASSERT_EQUAL(atomic_load(&c.moved), 6);
        CU_ASSERT_EQUAL(yoke_queue_mpmc_try_pop(c.queue, items, 3), 3);
        CU_ASSERT_EQUAL(items[2], 1000);
        yoke_queue_mpmc_destroy(c.queue);
    }
}

TEST(close_wakes_all_who_wait) {
    for (int pop = 0; pop < 2; pop++) {
        for (int round = 0; round < 5; round++) {
            crowd c = {.queue = new_queue(1, 8), .pop = pop};
            pthread_t threads[32];
            uint64_t item;
            if (!pop) CU_ASSERT_EQUAL(numbers_try_push((numbers *)c.queue, 5), 1);
            start(&c, threads, 32);
            yoke_queue_mpmc_close(c.queue);
            join(threads, 32);
            CU_ASSERT_EQUAL(atomic_load(&c.closed), 32);
            if (!pop) CU_ASSERT_EQUAL(numbers_try_pop((numbers *)c.queue, &item), 1);
            CU_ASSERT_EQUAL(numbers_try_pop((numbers *)c.queue, &item), YOKE_ECLOSED);
            yoke_queue_mpmc_destroy(c.queue);
        }
    }
}

/* A signaller that was held up sets the flag when those it saw have gone; it is no one's wake. */
TEST(a_late_wake_is_not_taken_for_another) {
    crowd c = {.queue = new_queue(7, 8), .pop = 1};
    pthread_t thread;
    yoke_mpmc_wake_(&c.queue->not_empty);
    CU_ASSERT_EQUAL(c.queue->not_empty.waking, 1);
    start(&c, &thread, 1);
    for (int i = 0; i < 1000; i++) sched_yield(); /* it should be asleep by then */
    CU_ASSERT_EQUAL(numbers_try_push((numbers *)c.queue, 1), 1);
    join(&thread, 1);
    CU_ASSERT_EQUAL(atomic_load(&c.moved), 1);
    yoke_queue_mpmc_destroy(c.queue);
}

/* A push that has its place and has not filled it yet, when the queue is closed: the sleepers have
 * to stay, one of them gets the item, and only then the others hear that it is over. */
TEST(a_push_on_its_way_is_waited_for) {
    for (int round = 0; round < 10; round++) {
        crowd c = {.queue = new_queue(7, 8), .pop = 1};
        yoke_queue_mpmc *q = c.queue;
        pthread_t threads[8];
        uint64_t item = 0;
        q->producers.place = 1; /* as such a push leaves it */
        CU_ASSERT_EQUAL(numbers_try_push((numbers *)q, 1001), 1);
        CU_ASSERT_EQUAL(numbers_try_pop((numbers *)q, &item), 0);
        start(&c, threads, 8);
        yoke_queue_mpmc_close(q);
        CU_ASSERT_EQUAL(numbers_try_pop((numbers *)q, &item), 0);
        CU_ASSERT_EQUAL(numbers_pop((numbers *)q, &item, yoke_deadline_in(0.001)), YOKE_ETIMEDOUT);
        CU_ASSERT_EQUAL(atomic_load(&c.returned), 0);
        memcpy(q->lines, &(uint64_t){1000}, 8);
        __atomic_store_n(q->lines + 57, 1, __ATOMIC_SEQ_CST);
        yoke_mpmc_signal_(&q->not_empty);
        join(threads, 8);
        CU_ASSERT_EQUAL(atomic_load(&c.moved), 2);
        CU_ASSERT_EQUAL(atomic_load(&c.closed), 6);
        CU_ASSERT_EQUAL(atomic_load(&c.sum), 2001);
        yoke_queue_mpmc_destroy(q);
    }
}

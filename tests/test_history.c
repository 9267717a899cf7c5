/* SPDX-License-Identifier: Apache-2.0
 *
 * The linearizability checker: histories written by hand, a second checker that tries all orders,
 * and broken structures whose faults it has to find in what real threads recorded.
 */
#include "tests/history.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static int check(const history_op *ops, size_t count, const history_spec *spec) {
    char report[HISTORY_REPORT_SIZE] = "";
    int verdict = history_check_operations(ops, count, spec, report);
    CU_ASSERT_EQUAL(verdict == 1, !*report);
    return verdict;
}

/* kind, thread, arguments, results, begin, end */
#define HISTORY(...) ((const history_op[]){__VA_ARGS__})
#define EXPECT(verdict, spec, ...)                                                                 \
    CU_ASSERT_EQUAL(                                                                               \
        check(HISTORY(__VA_ARGS__), sizeof HISTORY(__VA_ARGS__) / sizeof(history_op), (spec)),     \
        verdict)

/* ---- by hand ---- */

TEST(nothing_is_linearizable) {
    history_spec spec = history_register(0);
    CU_ASSERT_EQUAL(check(NULL, 0, &spec), 1);
}

TEST(real_time_order_of_a_register) {
    history_spec spec = history_register(7);
    EXPECT(1, &spec, {HISTORY_READ, 0, {0}, {7}, 1, 2});
    EXPECT(0, &spec, {HISTORY_READ, 0, {0}, {0}, 1, 2});
    /* a stale read after the write has returned */
    EXPECT(0, &spec, {HISTORY_WRITE, 0, {8}, {0}, 1, 2}, {HISTORY_READ, 1, {0}, {7}, 3, 4});
    /* the same while both run */
    EXPECT(1, &spec, {HISTORY_WRITE, 0, {8}, {0}, 1, 3}, {HISTORY_READ, 1, {0}, {7}, 2, 4});
    EXPECT(1, &spec, {HISTORY_WRITE, 0, {8}, {0}, 1, 3}, {HISTORY_READ, 1, {0}, {8}, 2, 4});
    /* new, then old again: the write has happened and cannot be undone */
    EXPECT(0, &spec, {HISTORY_WRITE, 0, {8}, {0}, 1, 6}, {HISTORY_READ, 1, {0}, {8}, 2, 3},
           {HISTORY_READ, 1, {0}, {7}, 4, 5});
}

TEST(updates_are_not_lost) {
    history_spec spec = history_register(0);
    EXPECT(0, &spec, {HISTORY_FETCH_ADD, 0, {1}, {0}, 1, 3},
           {HISTORY_FETCH_ADD, 1, {1}, {0}, 2, 4});
    EXPECT(1, &spec, {HISTORY_FETCH_ADD, 0, {1}, {1}, 1, 3},
           {HISTORY_FETCH_ADD, 1, {1}, {0}, 2, 4});
    EXPECT(0, &spec, {HISTORY_ADD, 0, {1}, {0}, 1, 3}, {HISTORY_ADD, 1, {1}, {0}, 2, 4},
           {HISTORY_READ, 1, {0}, {1}, 5, 6});
    EXPECT(0, &spec, {HISTORY_CAS, 0, {0, 1}, {1}, 1, 3}, {HISTORY_CAS, 1, {0, 2}, {1}, 2, 4});
    EXPECT(1, &spec, {HISTORY_CAS, 0, {0, 1}, {1}, 1, 3}, {HISTORY_CAS, 1, {0, 2}, {0}, 2, 4});
}

TEST(queues_keep_their_order) {
    history_spec fifo = history_fifo(0), deque = history_deque(0);
    const history_op push_two[] = {{HISTORY_PUSH, 0, {5}, {1}, 1, 2},
                                   {HISTORY_PUSH, 0, {6}, {1}, 3, 4}};
#define POPS(kind, a, b)                                                                           \
    push_two[0], push_two[1], {kind, 1, {0}, {1, a}, 5, 6}, {kind, 1, {0}, {1, b}, 7, 8}
    EXPECT(1, &fifo, POPS(HISTORY_POP, 5, 6));
    EXPECT(0, &fifo, POPS(HISTORY_POP, 6, 5));
    EXPECT(0, &fifo, POPS(HISTORY_POP, 5, 5));
    EXPECT(0, &fifo, POPS(HISTORY_POP, 5, 9));
    EXPECT(0, &deque, POPS(HISTORY_POP, 5, 6));
    EXPECT(1, &deque, POPS(HISTORY_POP, 6, 5));
    EXPECT(1, &deque, POPS(HISTORY_STEAL, 5, 6));
    EXPECT(0, &deque, POPS(HISTORY_STEAL, 6, 5));
#undef POPS
    /* two that ran together may stand in either order, but the pops decide it */
    EXPECT(1, &fifo, {HISTORY_PUSH, 0, {5}, {1}, 1, 3}, {HISTORY_PUSH, 1, {6}, {1}, 2, 4},
           {HISTORY_POP, 0, {0}, {1, 6}, 5, 6}, {HISTORY_POP, 1, {0}, {1, 5}, 7, 8});
}

TEST(queues_are_full_and_empty_when_they_say_so) {
    history_spec one = history_fifo(1), stack = history_deque(1), endless = history_fifo(0);
    EXPECT(1, &one, {HISTORY_PUSH, 0, {5}, {1}, 1, 2}, {HISTORY_PUSH, 0, {6}, {0}, 3, 4});
    EXPECT(0, &one, {HISTORY_PUSH, 0, {5}, {1}, 1, 2}, {HISTORY_PUSH, 0, {6}, {1}, 3, 4});
    EXPECT(0, &stack, {HISTORY_PUSH, 0, {5}, {1}, 1, 2}, {HISTORY_PUSH, 0, {6}, {1}, 3, 4});
    EXPECT(0, &endless, {HISTORY_PUSH, 0, {5}, {1}, 1, 2}, {HISTORY_PUSH, 0, {6}, {0}, 3, 4});
    EXPECT(1, &one, {HISTORY_POP, 0, {0}, {0}, 1, 2}, {HISTORY_PUSH, 0, {6}, {1}, 3, 4});
    EXPECT(0, &one, {HISTORY_PUSH, 0, {6}, {1}, 1, 2}, {HISTORY_POP, 0, {0}, {0}, 3, 4});
    EXPECT(1, &stack, {HISTORY_STEAL, 1, {0}, {0}, 2, 4}, {HISTORY_PUSH, 0, {6}, {1}, 1, 3});
}

TEST(maps_of_one_key) {
    history_spec map = history_map();
    EXPECT(1, &map, {HISTORY_GET, 0, {0}, {0, 0}, 1, 2}, {HISTORY_INSERT, 0, {4}, {1}, 3, 4},
           {HISTORY_INSERT, 0, {5}, {0}, 5, 6}, {HISTORY_GET, 0, {0}, {1, 4}, 7, 8},
           {HISTORY_PUT, 0, {6}, {0}, 9, 10}, {HISTORY_UPDATE, 0, {10}, {0}, 11, 12},
           {HISTORY_REMOVE, 0, {0}, {1, 16}, 13, 14}, {HISTORY_REMOVE, 0, {0}, {0, 0}, 15, 16},
           {HISTORY_UPDATE, 0, {3}, {1}, 17, 18}, {HISTORY_GET, 0, {0}, {1, 3}, 19, 20});
    EXPECT(0, &map, {HISTORY_INSERT, 0, {4}, {1}, 1, 3}, {HISTORY_INSERT, 1, {4}, {1}, 2, 4});
    EXPECT(0, &map, {HISTORY_PUT, 0, {4}, {1}, 1, 2}, {HISTORY_REMOVE, 0, {0}, {1, 4}, 3, 5},
           {HISTORY_REMOVE, 1, {0}, {1, 4}, 4, 6});
    EXPECT(0, &map, {HISTORY_UPDATE, 0, {1}, {1}, 1, 3}, {HISTORY_UPDATE, 1, {1}, {0}, 2, 4},
           {HISTORY_GET, 1, {0}, {1, 1}, 5, 6});
}

TEST(pending_operations_may_have_happened_or_not) {
    history_spec spec = history_register(0);
    EXPECT(1, &spec, {HISTORY_WRITE, 0, {1}, {0}, 1, HISTORY_PENDING},
           {HISTORY_READ, 1, {0}, {0}, 2, 3}, {HISTORY_READ, 1, {0}, {1}, 4, 5});
    EXPECT(0, &spec, {HISTORY_WRITE, 0, {1}, {0}, 1, HISTORY_PENDING},
           {HISTORY_READ, 1, {0}, {1}, 2, 3}, {HISTORY_READ, 1, {0}, {0}, 4, 5});
    EXPECT(0, &spec, {HISTORY_READ, 1, {0}, {1}, 1, 2},
           {HISTORY_WRITE, 0, {1}, {0}, 3, HISTORY_PENDING});
    EXPECT(1, &spec, {HISTORY_FETCH_ADD, 0, {1}, {99}, 1, HISTORY_PENDING},
           {HISTORY_READ, 1, {0}, {1}, 2, 3});
}

TEST(reports_show_the_shortest_part_that_fails) {
    history_spec spec = history_register(0);
    const history_op ops[] = {{HISTORY_WRITE, 0, {41}, {0}, 1, 2},
                              {HISTORY_WRITE, 1, {42}, {0}, 3, HISTORY_PENDING},
                              {HISTORY_READ, 2, {0}, {40}, 4, 5},
                              {HISTORY_READ, 2, {0}, {43}, 6, 7}};
    char report[HISTORY_REPORT_SIZE] = "";
    CU_ASSERT_EQUAL(history_check_operations(ops, 4, &spec, report), 0);
    CU_ASSERT_STRING_EQUAL(
        report,
        "register: not linearizable when #2 has returned. 3 operations had begun:\n"
        "    #0 thread 0 at 1 to 2: write(41)\n"
        "    #1 thread 1 at 3 to never: write(42)\n"
        "    #2 thread 2 at 4 to 5: read() -> 40\n"
        "    an order that goes furthest: #0 #1; nothing fits then\n");
}

/* The first order tried is stuck at the first read, another one gets past it. */
TEST(reports_blame_the_last_operation_that_blocks) {
    history_spec spec = history_register(0);
    const history_op ops[] = {{HISTORY_WRITE, 0, {1}, {0}, 1, 3},
                              {HISTORY_WRITE, 1, {2}, {0}, 2, 4},
                              {HISTORY_READ, 0, {0}, {1}, 5, 6},
                              {HISTORY_READ, 0, {0}, {2}, 7, 8}};
    char report[HISTORY_REPORT_SIZE] = "";
    CU_ASSERT_EQUAL(history_check_operations(ops, 4, &spec, report), 0);
    CU_ASSERT(strstr(report, "when #3 has returned. 4 operations") != NULL);
    CU_ASSERT(strstr(report, "furthest: #1 #0 #2;") != NULL);
}

TEST(reports_of_long_histories_fit_their_buffer) {
    enum { COUNT = 3000 };
    history_spec spec = history_register(0);
    history_op *ops = calloc(COUNT, sizeof *ops);
    REQUIRE(ops != NULL);
    for (int i = 0; i < COUNT; i++) {
        ops[i] = (history_op){HISTORY_FETCH_ADD,   i % 2,
                              {INT64_MIN},         {i % 2 ? INT64_MIN : 0},
                              (uint64_t)i * 2 + 1, (uint64_t)i * 2 + 2};
    }
    CU_ASSERT_EQUAL(check(ops, COUNT, &spec), 1);
    ops[COUNT - 1].result[0] = 1;
    char report[HISTORY_REPORT_SIZE] = "";
    CU_ASSERT_EQUAL(history_check_operations(ops, COUNT, &spec, report), 0);
    CU_ASSERT(strlen(report) < sizeof report);
    CU_ASSERT(strstr(report, "#2999 thread 1 at 5999 to 6000") != NULL);
    free(ops);
}

/* ---- against all orders ---- */

typedef struct brute {
    const history_op *ops;
    size_t count;
    const history_spec *spec;
} brute;

/* Whether the operations of `left` (a bit mask) can follow, from this state on: one of them must
 * have begun before any other of them returned, and fit. */
static int explains(const brute *b, unsigned left, const char *state) {
    char next[256];
    int returned = 0;
    for (size_t i = 0; i < b->count; i++) {
        returned |= (left >> i & 1) && b->ops[i].end != HISTORY_PENDING;
    }
    if (!returned) return 1;
    for (size_t i = 0; i < b->count; i++) {
        int first = left >> i & 1;
        for (size_t k = 0; k < b->count; k++) {
            if ((left >> k & 1) && b->ops[k].end < b->ops[i].begin) first = 0;
        }
        if (!first) continue;
        memcpy(next, state, sizeof next);
        if (b->spec->apply(b->spec, next, &b->ops[i]) && explains(b, left & ~(1u << i), next))
            return 1;
    }
    return 0;
}

static int explains_all(const history_op *ops, size_t count, const history_spec *spec) {
    brute b = {ops, count, spec};
    char state[256] = {0};
    if (spec->init) spec->init(spec, state);
    return explains(&b, (1u << count) - 1, state);
}

/* A few threads, small numbers: about as many histories that are linearizable as are not. */
static size_t random_history(history_op *ops, int kinds, size_t most) {
    size_t count = 1 + test_random_below(most);
    uint64_t stamps[16], n = 2 * count;
    for (uint64_t i = 0; i < n; i++) stamps[i] = i + 1;
    /* Mostly neighbours are exchanged, so that operations overlap a little. */
    for (uint64_t i = 0; i < n; i++) {
        uint64_t k = i + test_random_below(n - i < 4 ? n - i : 4), kept = stamps[i];
        stamps[i] = stamps[k];
        stamps[k] = kept;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t a = stamps[2 * i], b = stamps[2 * i + 1];
        ops[i] = (history_op){(int)test_random_below((uint64_t)kinds),
                              (int)i,
                              {(int64_t)test_random_below(2), (int64_t)test_random_below(2)},
                              {(int64_t)test_random_below(2), (int64_t)test_random_below(2)},
                              a < b ? a : b,
                              a < b ? b : a};
        if (!test_random_below(8)) ops[i].end = HISTORY_PENDING;
    }
    return count;
}

static int by_begin(const void *left, const void *right) {
    const history_op *a = left, *b = right;
    return (a->begin > b->begin) - (a->begin < b->begin);
}

/* A second result is only looked at where there is one. */
static void tidy_results(history_op *ops, size_t count, const history_spec *spec) {
    for (size_t i = 0; i < count; i++) {
        int results = spec->kinds[ops[i].kind].results;
        if (results < 2 || !ops[i].result[0]) ops[i].result[1] = 0;
        if (results < 1) ops[i].result[0] = 0;
    }
}

static void compare_with_all_orders(const history_spec *spec, int kinds) {
    history_op ops[8];
    size_t verdicts[2] = {0, 0}, different = 0, rounds = test_size(40000, 4000);
    for (size_t round = 0; round < rounds; round++) {
        size_t count = random_history(ops, kinds, round % 2 ? 3 : 7);
        tidy_results(ops, count, spec);
        qsort(ops, count, sizeof *ops, by_begin);
        int expected = explains_all(ops, count, spec);
        different += check(ops, count, spec) != expected;
        verdicts[expected]++;
    }
    CU_ASSERT_EQUAL(different, 0);
    CU_ASSERT(verdicts[0] > rounds / 50);
    CU_ASSERT(verdicts[1] > rounds / 50);
}

TEST(registers_agree_with_all_orders) {
    history_spec spec = history_register(0);
    compare_with_all_orders(&spec, 5);
}
TEST(maps_agree_with_all_orders) {
    history_spec spec = history_map();
    compare_with_all_orders(&spec, 5);
}
TEST(queues_agree_with_all_orders) {
    history_spec spec = history_fifo(2);
    compare_with_all_orders(&spec, 2);
}
TEST(deques_agree_with_all_orders) {
    history_spec spec = history_deque(0);
    compare_with_all_orders(&spec, 3);
}

/* Without the memory this would take 12! steps: every order of the adds leads to the same. */
TEST(configurations_are_tried_once) {
    history_spec spec = history_register(0);
    history_op ops[13];
    for (int i = 0; i < 12; i++) {
        ops[i] = (history_op){HISTORY_ADD, i, {1}, {0}, (uint64_t)i + 1, (uint64_t)i + 20};
    }
    ops[12] = (history_op){HISTORY_READ, 0, {0}, {13}, 40, 41};
    CU_ASSERT_EQUAL(check(ops, 13, &spec), 0);
    ops[12].result[0] = 12;
    CU_ASSERT_EQUAL(check(ops, 13, &spec), 1);
}

/* 2^25 configurations are too many. */
TEST_WITH_LIMIT(too_many_configurations_are_no_verdict, 120) {
    history_spec spec = history_register(0);
    history_op ops[26];
    for (int i = 0; i < 25; i++) {
        ops[i] = (history_op){HISTORY_ADD, i, {1 << i}, {0}, (uint64_t)i + 1, (uint64_t)i + 30};
    }
    ops[25] = (history_op){HISTORY_READ, 0, {0}, {-1}, 60, 61};
    CU_ASSERT_EQUAL(check(ops, 26, &spec), -1);
}

/* ---- what threads record ---- */

enum { THREADS = 3, EACH = 6 };

static int rounds_until_found(void (*work)(history *, int, void *), void *shared, size_t size,
                              const history_spec *spec, int most) {
    char report[HISTORY_REPORT_SIZE] = "";
    history *h = history_create(THREADS, EACH);
    int round = 0, verdict = 1;
    for (; round < most && verdict == 1; round++) {
        memset(shared, 0, size);
        history_clear(h);
        history_run(h, work, shared);
        verdict = history_check(h, spec, report);
    }
    history_destroy(h);
    CU_ASSERT_NOT_EQUAL(verdict, -1);
    return verdict == 0 ? round : 0;
}

/* The window of the bug is held open, so that it is met on any machine. */
static void window(int thread) {
    if (thread % 2) sched_yield();
}

typedef struct shared_state {
    atomic_llong value;
    int broken;
    pthread_mutex_t mutex;
    int64_t items[64];
    atomic_int head, tail;
} shared_state;

static void count_up(history *h, int thread, void *ctx) {
    shared_state *s = ctx;
    for (int i = 0; i < EACH / 2; i++) {
        history_op *op = history_begin(h, thread, HISTORY_FETCH_ADD, 1, 0);
        long long old = atomic_fetch_add(&s->value, 1);
        history_end(h, op, old, 0);
        op = history_begin(h, thread, HISTORY_READ, 0, 0);
        history_end(h, op, atomic_load(&s->value), 0);
    }
}

/* Planted: load and store instead of one step. */
static void count_up_and_lose(history *h, int thread, void *ctx) {
    shared_state *s = ctx;
    for (int i = 0; i < EACH; i++) {
        history_op *op = history_begin(h, thread, HISTORY_ADD, 1, 0);
        long long old = atomic_load(&s->value);
        window(thread);
        atomic_store(&s->value, old + 1);
        history_end(h, op, 0, 0);
        if (++i == EACH) break;
        op = history_begin(h, thread, HISTORY_READ, 0, 0);
        history_end(h, op, atomic_load(&s->value), 0);
    }
}

TEST(a_counter_that_works_passes) {
    static shared_state s;
    history_spec spec = history_register(0);
    CU_ASSERT_EQUAL(rounds_until_found(count_up, &s, sizeof s, &spec, 200), 0);
}

TEST(a_counter_that_loses_updates_is_found) {
    static shared_state s;
    history_spec spec = history_register(0);
    CU_ASSERT(rounds_until_found(count_up_and_lose, &s, sizeof s, &spec, 20000) > 0);
}

/* Planted: the head is read, the item taken, and the head moved on in three steps. */
static void pop_twice(history *h, int thread, void *ctx) {
    shared_state *s = ctx;
    for (int i = 0; i < EACH / 2; i++) {
        int64_t item = thread * EACH + i + 1;
        history_op *op = history_begin(h, thread, HISTORY_PUSH, item, 0);
        s->items[atomic_fetch_add(&s->tail, 1)] = item;
        history_end(h, op, 1, 0);
    }
    for (int i = 0; i < EACH / 2; i++) {
        history_op *op = history_begin(h, thread, HISTORY_POP, 0, 0);
        int head = atomic_load(&s->head);
        window(thread);
        int64_t item = s->items[head];
        atomic_store(&s->head, head + 1);
        history_end(h, op, 1, item);
    }
}

TEST(a_queue_that_gives_an_item_twice_is_found) {
    static shared_state s;
    history_spec spec = history_fifo(0);
    CU_ASSERT(rounds_until_found(pop_twice, &s, sizeof s, &spec, 20000) > 0);
}

TEST(long_histories_of_a_queue_are_checked_in_time) {
    enum { LONG = 2000 };
    history *h = history_create(2, LONG);
    history_spec spec = history_fifo(0);
    int64_t queued[LONG];
    size_t head = 0, tail = 0;
    for (int64_t i = 0; i < LONG; i++) {
        history_op *op = history_begin(h, 0, i % 3 ? HISTORY_PUSH : HISTORY_POP, i, 0);
        history_op *beside = history_begin(h, 1, HISTORY_PUSH, -i, 0);
        history_drop(beside);
        if (i % 3) queued[tail++] = i;
        int found = i % 3 || head < tail;
        history_end(h, op, found, i % 3 || !found ? 0 : queued[head++]);
    }
    HISTORY_ASSERT(h, &spec);
    history_destroy(h);
}

/* ---- keys ---- */

TEST(keys_are_checked_one_by_one) {
    history *h = history_create(1, 200);
    history_spec spec = history_map();
    for (int64_t i = 0; i < 100; i++) {
        history_op *op = history_begin(h, 0, HISTORY_PUT, i, i);
        history_end(h, op, 1, 0);
    }
    for (int64_t i = 0; i < 99; i++) {
        history_op *op = history_begin(h, 0, HISTORY_GET, 0, i);
        history_end(h, op, 1, i);
    }
    HISTORY_ASSERT_KEYS(h, &spec);
    char report[HISTORY_REPORT_SIZE] = "";
    CU_ASSERT_EQUAL(history_check(h, &spec, report), 0); /* as one key it makes no sense */
    history_op *op = history_begin(h, 0, HISTORY_GET, 0, 99);
    history_end(h, op, 0, 0);
    *report = 0;
    CU_ASSERT_EQUAL(history_check_keys(h, &spec, report), 0);
    CU_ASSERT(strstr(report, "key 99 of map: not linearizable when #1 has returned") == report);
    history_destroy(h);
}

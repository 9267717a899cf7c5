/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters: sums against a serial twin for many numbers of threads and slots, threads that come and
 * go, and what relaxed reads and snapshots may show while others add.
 */
#include "yoke/counter.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/history.h"
#include "yoke/event.h"
#include "yoke/team.h"

static yoke_counter *make(unsigned count, unsigned threads) {
    yoke_counter_options options = {count, threads};
    yoke_counter *counter = NULL;
    REQUIRE(yoke_counter_create(&options, &counter) == YOKE_OK);
    return counter;
}

/* ---- one thread ---- */

TEST(begins_at_zero_and_adds) {
    yoke_counter *counter = NULL;
    REQUIRE(yoke_counter_create(NULL, &counter) == YOKE_OK);
    CU_ASSERT_EQUAL(counter->count, 1);
    CU_ASSERT(counter->threads >= 64);
    CU_ASSERT_EQUAL(yoke_counter_read_relaxed(counter, 0), 0);
    yoke_counter_add(counter, 5);
    yoke_counter_add(counter, -7);
    CU_ASSERT_EQUAL(yoke_counter_read_relaxed(counter, 0), -2);
    CU_ASSERT_EQUAL(yoke_counter_read_at_quiescence(counter, 0), -2);
    int64_t value = 99;
    CU_ASSERT_EQUAL(yoke_counter_snapshot(counter, 0, &value), YOKE_OK);
    CU_ASSERT_EQUAL(value, -2);
    CU_ASSERT(counter->threads >= 64); /* the slots are in use again */
    yoke_counter_destroy(counter);
    yoke_counter_destroy(NULL);
}

TEST(slots_lie_apart) {
    yoke_counter *counter = make(17, 3);
    CU_ASSERT_EQUAL((uintptr_t)counter % YOKE_CACHE_PAD, 0);
    CU_ASSERT_EQUAL((uintptr_t)counter->slots % YOKE_CACHE_PAD, 0);
    CU_ASSERT_EQUAL(counter->stride, 2 * YOKE_CACHE_PAD);
    yoke_counter_destroy(counter);
}

TEST(options_out_of_range_are_refused) {
    const yoke_counter_options bad[] = {{(1 << 24) + 1, 1}, {1, (1 << 20) + 1}};
    for (int i = 0; i < 2; i++) {
        yoke_counter *counter = (yoke_counter *)&bad;
        CU_ASSERT_EQUAL(yoke_counter_create(&bad[i], &counter), YOKE_EINVAL);
        CU_ASSERT_EQUAL((const void *)counter, (const void *)&bad);
        CU_ASSERT(strstr(yoke_error_detail(), "at most 16777216 for 1048576") != NULL);
    }
}

TEST(values_wrap_round) {
    for (unsigned threads = 1; threads <= 2; threads++) { /* a slot for this thread, or none */
        yoke_counter *counter = make(1, 1);
        if (threads == 2) counter->threads = 0;
        yoke_counter_add(counter, INT64_MAX);
        yoke_counter_add(counter, 2);
        CU_ASSERT_EQUAL(yoke_counter_read_relaxed(counter, 0), INT64_MIN + 1);
        yoke_counter_add(counter, INT64_MIN);
        CU_ASSERT_EQUAL(yoke_counter_read_relaxed(counter, 0), 1);
        yoke_counter_destroy(counter);
    }
}

TEST(counters_of_a_set_do_not_disturb_each_other) {
    enum { COUNT = 40 };
    yoke_counter *counter = make(COUNT, 2);
    int64_t expected[COUNT] = {0}, values[COUNT];
    yoke_counter_local local = yoke_counter_here(counter);
    for (int i = 0; i < 10000; i++) {
        unsigned which = (unsigned)test_random_below(COUNT);
        int64_t n = (int64_t)test_random();
        expected[which] = (int64_t)((uint64_t)expected[which] + (uint64_t)n);
        if (i % 2)
            yoke_counter_add_at(counter, which, n);
        else
            yoke_counter_local_add(local, which, n);
        if (i % 100) continue;
        REQUIRE(yoke_counter_snapshot_all(counter, values) == YOKE_OK);
        CU_ASSERT_EQUAL(memcmp(values, expected, sizeof values), 0);
    }
    yoke_counter_read_all_relaxed(counter, values);
    CU_ASSERT_EQUAL(memcmp(values, expected, sizeof values), 0);
    yoke_counter_read_all_at_quiescence(counter, values);
    CU_ASSERT_EQUAL(memcmp(values, expected, sizeof values), 0);
    for (unsigned i = 0; i < COUNT; i++) {
        CU_ASSERT_EQUAL(yoke_counter_read_at_quiescence(counter, i), expected[i]);
    }
    yoke_counter_destroy(counter);
}

TEST(snapshots_say_when_there_is_no_barrier) {
    yoke_counter *counter = make(1, 0);
    int64_t value = 99;
    yoke_barrier_asymmetric_ = 0;
    yoke_counter_add(counter, 3);
    CU_ASSERT_EQUAL(yoke_counter_snapshot(counter, 0, &value), YOKE_EUNSUPPORTED);
    CU_ASSERT_EQUAL(yoke_counter_snapshot_all(counter, &value), YOKE_EUNSUPPORTED);
    CU_ASSERT_EQUAL(value, 99);
    yoke_counter_add(counter, 4);
    CU_ASSERT_EQUAL(yoke_counter_read_relaxed(counter, 0), 7);
    yoke_counter_destroy(counter);
}

/* ---- many threads, against a serial twin ---- */

typedef struct job {
    yoke_counter *counter;
    uint64_t seed;
    size_t adds;
    int threads;
    atomic_int failures, stop;
} job;

static uint64_t next_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 16;
}

/* The k-th add of a member is the same for all. */
static void add_random(const job *j, int member, void (*add)(void *, unsigned, int64_t), void *to) {
    uint64_t state = j->seed + (uint64_t)member;
    for (size_t i = 0; i < j->adds; i++) {
        unsigned which = (unsigned)(next_random(&state) % j->counter->count);
        add(to, which, (int64_t)(next_random(&state) % 2001) - 1000);
    }
}

static void add_to_counter(void *to, unsigned which, int64_t n) {
    yoke_counter_add_at(to, which, n);
}
static void add_to_local(void *to, unsigned which, int64_t n) {
    yoke_counter_local_add(*(yoke_counter_local *)to, which, n);
}
static void add_to_array(void *to, unsigned which, int64_t n) { ((int64_t *)to)[which] += n; }

static int add_member(yoke_team *team, int member, void *ctx) {
    job *j = ctx;
    (void)team;
    yoke_counter_local local = yoke_counter_here(j->counter);
    if (member % 3)
        add_random(j, member, add_to_counter, j->counter);
    else
        add_random(j, member, add_to_local, &local);
    return 0;
}

static void check_sums(unsigned count, unsigned slots, int threads) {
    int64_t expected[20] = {0}, values[20];
    job j = {make(count, slots), test_random(), test_size(3000, 300), threads, 0, 0};
    for (int i = 0; i < threads; i++) add_random(&j, i, add_to_array, expected);
    CU_ASSERT_EQUAL(yoke_team_run(threads, add_member, &j), YOKE_OK);
    yoke_counter_read_all_at_quiescence(j.counter, values);
    CU_ASSERT_EQUAL(memcmp(values, expected, count * sizeof *values), 0);
    REQUIRE(yoke_counter_snapshot_all(j.counter, values) == YOKE_OK);
    CU_ASSERT_EQUAL(memcmp(values, expected, count * sizeof *values), 0);
    yoke_counter_destroy(j.counter);
}

TEST(sums_are_those_of_the_serial_twin) {
    const int threads[] = {1, 2, 3, 7, 64, 100};
    const unsigned slots[] = {0, 1, 2, 5, 64};
    for (int t = 0; t < 6; t++) {
        for (int s = 0; s < 5; s++) {
            check_sums(1, slots[s], threads[t]);
            check_sums(20, slots[s], threads[t]);
        }
    }
}

static void *add_once(void *counter) {
    for (unsigned which = 0; which < 2; which++) yoke_counter_add_at(counter, which, 1 + which);
    return NULL;
}

static void *add_in_waves(void *counter) {
    for (size_t wave = 0; wave < test_size(100, 20); wave++) {
        pthread_t threads[10];
        for (int i = 0; i < 10; i++) {
            if (pthread_create(&threads[i], NULL, add_once, counter) != 0) return counter;
        }
        for (int i = 0; i < 10; i++) pthread_join(threads[i], NULL);
    }
    return NULL;
}

/* With and without slots for all of them, and under snapshots. */
TEST(counts_of_threads_that_ended_stay) {
    for (unsigned slots = 4; slots <= 64; slots *= 4) {
        yoke_counter *counter = make(2, slots);
        pthread_t spawner;
        int64_t last = 0, total = 10 * (int64_t)test_size(100, 20), values[2] = {0, 0};
        REQUIRE(pthread_create(&spawner, NULL, add_in_waves, counter) == 0);
        while (values[1] < 2 * total) {
            REQUIRE(yoke_counter_snapshot_all(counter, values) == YOKE_OK);
            CU_ASSERT(values[0] >= last && values[0] <= total && values[1] <= 2 * values[0]);
            last = values[0];
            sched_yield();
        }
        void *failed = NULL;
        pthread_join(spawner, &failed);
        CU_ASSERT_PTR_NULL(failed);
        CU_ASSERT_EQUAL(yoke_counter_read_at_quiescence(counter, 0), total);
        yoke_counter_destroy(counter);
    }
}

/* ---- reading while others add ---- */

static void *add_until_stopped(void *ctx) {
    job *j = ctx;
    int64_t done = 0;
    yoke_counter_local local = yoke_counter_here(j->counter);
    while (!atomic_load(&j->stop)) {
        yoke_counter_add_at(j->counter, 0, 1);
        yoke_counter_local_add(local, j->counter->count - 1, 1);
        done++;
    }
    return (void *)(intptr_t)done;
}

static void start(job *j, pthread_t *threads, void *(*fn)(void *)) {
    for (int i = 0; i < j->threads; i++) REQUIRE(pthread_create(&threads[i], NULL, fn, j) == 0);
}

/* Ends the threads; the sum of what they returned. */
static int64_t stop(job *j, const pthread_t *threads) {
    int64_t sum = 0;
    atomic_store(&j->stop, 1);
    for (int i = 0; i < j->threads; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (intptr_t)result;
    }
    return sum;
}

TEST(relaxed_reads_do_not_go_back) {
    job j = {make(1, 3), 0, 0, 5, 0, 0};
    pthread_t threads[5];
    start(&j, threads, add_until_stopped);
    int64_t last = 0, back = 0;
    for (size_t i = 0; i < test_size(200000, 20000); i++) {
        int64_t value = yoke_counter_read_relaxed(j.counter, 0);
        back += value < last;
        last = value;
    }
    int64_t total = 2 * stop(&j, threads);
    CU_ASSERT_EQUAL(back, 0);
    CU_ASSERT(last <= total);
    CU_ASSERT_EQUAL(yoke_counter_read_at_quiescence(j.counter, 0), total);
    yoke_counter_destroy(j.counter);
}

/* Each thread adds to the first counter before it adds to the second: at any moment the first is
 * ahead, by one a thread at most. */
static void check_pairs(unsigned slots, int count) {
    job j = {make((unsigned)count, slots), 0, 0, 4, 0, 0};
    pthread_t threads[4];
    int64_t values[40], before[40] = {0}, wrong = 0;
    start(&j, threads, add_until_stopped);
    for (size_t i = 0; i < test_size(6000, 600); i++) {
        if (i % 512 == 0) sched_yield();
        REQUIRE(yoke_counter_snapshot_all(j.counter, values) == YOKE_OK);
        int64_t ahead = values[0] - values[count - 1];
        wrong += ahead < 0 || ahead > j.threads || values[0] < before[0];
        memcpy(before, values, sizeof before);
    }
    int64_t total = stop(&j, threads);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(yoke_counter_read_at_quiescence(j.counter, 0), total);
    CU_ASSERT_EQUAL(yoke_counter_read_at_quiescence(j.counter, (unsigned)count - 1), total);
    yoke_counter_destroy(j.counter);
}

TEST(snapshots_of_a_set_are_of_one_moment) {
    check_pairs(0, 2);
    check_pairs(0, 40);
}
TEST(snapshots_of_shared_cells_are_of_one_moment) {
    check_pairs(1, 2);
    check_pairs(2, 40);
}

/* The first thread adds to the first counter, the second then to the second, and so on in turn. */
static atomic_llong turn;

static void *add_in_turn(void *ctx) {
    job *j = ctx;
    long long self = atomic_fetch_add(&j->failures, 1);
    for (long long i = self; !atomic_load(&j->stop); i += 2) {
        while (atomic_load(&turn) != i && !atomic_load(&j->stop)) sched_yield();
        if (atomic_load(&turn) != i) break;
        yoke_counter_add_at(j->counter, (unsigned)self, self ? -1 : 1);
        atomic_store(&turn, i + 1);
    }
    return NULL;
}

TEST(snapshots_respect_the_order_between_threads) {
    for (unsigned slots = 1; slots <= 64; slots *= 4) {
        job j = {make(2, slots), 0, 0, 2, 0, 0};
        pthread_t threads[2];
        int64_t values[2], wrong = 0;
        atomic_store(&turn, 0);
        start(&j, threads, add_in_turn);
        for (size_t i = 0; i < test_size(10000, 1000); i++) {
            REQUIRE(yoke_counter_snapshot_all(j.counter, values) == YOKE_OK);
            wrong += values[0] + values[1] < 0 || values[0] + values[1] > 1;
        }
        stop(&j, threads);
        CU_ASSERT_EQUAL(wrong, 0);
        yoke_counter_destroy(j.counter);
    }
}

static void *take_snapshots(void *ctx) {
    job *j = ctx;
    int64_t last = 0, value = 0;
    for (size_t i = 0; i < test_size(500, 100); i++) {
        if (yoke_counter_snapshot(j->counter, 1, &value) < 0 || value < last) return ctx;
        last = value;
    }
    return NULL;
}

TEST(many_threads_take_snapshots) {
    job j = {make(2, 0), 0, 0, 2, 0, 0};
    pthread_t threads[2], readers[8];
    start(&j, threads, add_until_stopped);
    for (int i = 0; i < 8; i++) {
        REQUIRE(pthread_create(&readers[i], NULL, take_snapshots, &j) == 0);
    }
    for (int i = 0; i < 8; i++) {
        void *failed;
        pthread_join(readers[i], &failed);
        CU_ASSERT_PTR_NULL(failed);
    }
    stop(&j, threads);
    yoke_counter_destroy(j.counter);
}

/* ---- recorded histories ---- */

static void add_and_read(history *h, int thread, void *counter) {
    for (int64_t i = 0; i < 6; i++) {
        int64_t n = i % 2 ? -(thread + 1) : thread * 10 + i + 1, value = 0;
        history_op *op = history_begin(h, thread, HISTORY_ADD, n, 0);
        yoke_counter_add(counter, n);
        history_end(h, op, 0, 0);
        if (i % 3 != thread % 3) continue;
        op = history_begin(h, thread, HISTORY_READ, 0, 0);
        yoke_counter_snapshot(counter, 0, &value);
        history_end(h, op, value, 0);
    }
}

TEST_WITH_LIMIT(histories_of_snapshots_are_linearizable, 60) {
    history *h = history_create(3, 12);
    history_spec spec = history_register(0);
    for (size_t round = 0; round < test_size(1000, 100); round++) {
        yoke_counter *counter = make(1, round % 2 ? 2 : 64);
        history_clear(h);
        history_run(h, add_and_read, counter);
        HISTORY_ASSERT(h, &spec);
        yoke_counter_destroy(counter);
    }
    history_destroy(h);
}

/* A set of two counters. */
enum { ADD_FIRST, ADD_SECOND, READ_BOTH };

static int pair_apply(const history_spec *spec, void *state, const history_op *op) {
    (void)spec;
    int64_t *pair = state;
    if (op->kind == READ_BOTH) return history_fits(op, pair[0], pair[1]);
    pair[op->kind] += op->argument[0];
    return 1;
}

static void add_and_read_both(history *h, int thread, void *counter) {
    for (int64_t i = 0; i < 6; i++) {
        int kind = (int)(i + thread) % 2;
        history_op *op = history_begin(h, thread, kind, thread + 1, 0);
        yoke_counter_add_at(counter, (unsigned)kind, thread + 1);
        history_end(h, op, 0, 0);
        if (i % 3 != thread % 3) continue;
        int64_t both[2] = {0, 0};
        op = history_begin(h, thread, READ_BOTH, 0, 0);
        yoke_counter_snapshot_all(counter, both);
        history_end(h, op, both[0], both[1]);
    }
}

TEST_WITH_LIMIT(histories_of_sets_are_linearizable, 60) {
    static const history_kind kinds[] = {{"first", 1, 0}, {"second", 1, 0}, {"both", 0, 2}};
    history_spec spec = {.name = "pair", .kinds = kinds, .size = 16, .apply = pair_apply};
    history *h = history_create(3, 12);
    for (size_t round = 0; round < test_size(1000, 100); round++) {
        yoke_counter *counter = make(2, round % 3 == 0 ? 64 : (unsigned)(round % 3));
        history_clear(h);
        history_run(h, add_and_read_both, counter);
        HISTORY_ASSERT(h, &spec);
        yoke_counter_destroy(counter);
    }
    history_destroy(h);
}

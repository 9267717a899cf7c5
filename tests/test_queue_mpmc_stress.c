/* SPDX-License-Identifier: Apache-2.0
 *
 * The MPMC queue in crowds. The oracle: each item carries its producer and its number; at the end
 * every one has been had exactly once, unchanged, and each consumer had those of each producer in
 * order. And short histories of all operations are checked for linearizability.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "tests/history.h"
#include "tests/pin.h"
#include "yoke/queue_mpmc.h"

YOKE_DEFINE_QUEUE_MPMC(numbers, uint64_t)

enum { MOST_THREADS = 64, MOST_BATCH = 40, MOST_SIZE = 4096 };

static void run_threads(int count, void *(*fn)(void *), void *contexts, size_t size) {
    pthread_t threads[MOST_THREADS + 2];
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, fn, (char *)contexts + i * size) != 0) abort();
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

/* ---- every item once, and in order ---- */

typedef enum way { TRY, WAIT, SHORTLY } way; /* SHORTLY: waits with deadlines that pass */

typedef struct flow {
    yoke_queue_mpmc *queue;
    int producers;
    size_t items, size, batch; /* items of each producer; of `size` bytes; at most `batch` a call */
    way way;
    int typed; /* items of 8 bytes by the inlined calls */
    atomic_int running;
    atomic_uchar *had; /* how often item i of producer p was had, at [p * items + i] */
    atomic_ullong wrong, disordered;
} flow;

typedef struct worker {
    flow *flow;
    int number; /* producers first */
    uint64_t random;
} worker;

static uint64_t random_below(worker *w, uint64_t limit) {
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (w->random >> 33) % limit;
}

/* An item of up to 8 bytes is a number; larger ones repeat bytes of it. */
static void encode(unsigned char *item, size_t size, uint64_t number) {
    for (size_t i = 0; i < size; i++)
        item[i] = (unsigned char)(number >> (i % 8 * 8)) ^ (unsigned char)(i / 8);
}

static uint64_t decode(const unsigned char *item, size_t size, int *intact) {
    uint64_t number = 0;
    for (size_t i = 0; i < size && i < 8; i++) number |= (uint64_t)item[i] << (i * 8);
    for (size_t i = 8; i < size; i++)
        *intact &= item[i] == ((unsigned char)(number >> (i % 8 * 8)) ^ (unsigned char)(i / 8));
    return number;
}

static long push_some(flow *f, const unsigned char *items, size_t count) {
    yoke_deadline until = f->way == WAIT ? YOKE_FOREVER : yoke_deadline_in(20e-6);
    long moved;
    if (f->typed) {
        uint64_t item;
        memcpy(&item, items, 8);
        moved = f->way == TRY ? numbers_try_push((numbers *)f->queue, item)
                              : numbers_push((numbers *)f->queue, item, until);
    } else {
        moved = f->way == TRY ? yoke_queue_mpmc_try_push(f->queue, items, count)
                              : yoke_queue_mpmc_push(f->queue, items, count, until);
    }
    if (moved == 0) sched_yield();
    return moved == YOKE_ETIMEDOUT ? 0 : moved;
}

static long pop_some(flow *f, unsigned char *items, size_t count) {
    yoke_deadline until = f->way == WAIT ? YOKE_FOREVER : yoke_deadline_in(20e-6);
    long moved;
    if (f->typed) {
        uint64_t item = 0;
        moved = f->way == TRY ? numbers_try_pop((numbers *)f->queue, &item)
                              : numbers_pop((numbers *)f->queue, &item, until);
        memcpy(items, &item, 8);
    } else {
        moved = f->way == TRY ? yoke_queue_mpmc_try_pop(f->queue, items, count)
                              : yoke_queue_mpmc_pop(f->queue, items, count, until);
    }
    if (moved == 0) sched_yield();
    return moved == YOKE_ETIMEDOUT ? 0 : moved;
}

static void produce(worker *w, unsigned char *items) {
    flow *f = w->flow;
    for (size_t next = 0; next < f->items;) {
        size_t count = 1 + random_below(w, f->batch), sent = 0;
        if (count > f->items - next) count = f->items - next;
        for (size_t i = 0; i < count; i++)
            encode(items + i * f->size, f->size, (uint64_t)w->number * f->items + next + i);
        while (sent < count) {
            long moved = push_some(f, items + sent * f->size, count - sent);
            if (moved < 0) atomic_fetch_add(&f->wrong, 1);
            if (moved < 0) break;
            sent += (size_t)moved;
        }
        next += count;
    }
    if (atomic_fetch_sub(&f->running, 1) == 1) yoke_queue_mpmc_close(f->queue);
}

static void check_item(flow *f, const unsigned char *item, uint64_t *last) {
    int intact = 1;
    uint64_t number = decode(item, f->size, &intact), producer = number / f->items;
    if (!intact || number >= f->items * (uint64_t)f->producers) {
        atomic_fetch_add(&f->wrong, 1);
        return;
    }
    atomic_fetch_add_explicit(&f->had[number], 1, memory_order_relaxed); /* read after join */
    if (last[producer] > number) atomic_fetch_add(&f->disordered, 1);
    last[producer] = number;
}

static void consume(worker *w, unsigned char *items) {
    flow *f = w->flow;
    uint64_t last[MOST_THREADS] = {0};
    for (;;) {
        long moved = pop_some(f, items, 1 + random_below(w, f->batch));
        if (moved == YOKE_ECLOSED) return;
        if (moved < 0) atomic_fetch_add(&f->wrong, 1);
        for (long i = 0; i < moved; i++) check_item(f, items + (size_t)i * f->size, last);
    }
}

static void *work(void *ctx) {
    worker *w = ctx;
    unsigned char *items = malloc(w->flow->batch * w->flow->size);
    if (!items) abort();
    pin(w->number);
    if (w->number < w->flow->producers)
        produce(w, items);
    else
        consume(w, items);
    free(items);
    return NULL;
}

static void run_flow(flow f, int consumers, size_t capacity) {
    worker workers[MOST_THREADS];
    size_t total = f.items * (size_t)f.producers, wrong = 0;
    f.had = calloc(total, 1);
    REQUIRE(f.had && yoke_queue_mpmc_create(capacity, f.size, &f.queue) == YOKE_OK);
    atomic_init(&f.running, f.producers);
    for (int i = 0; i < f.producers + consumers; i++) workers[i] = (worker){&f, i, test_random()};
    run_threads(f.producers + consumers, work, workers, sizeof *workers);
    for (size_t i = 0; i < total; i++) wrong += f.had[i] != 1;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(atomic_load(&f.wrong), 0);
    CU_ASSERT_EQUAL(atomic_load(&f.disordered), 0);
    unsigned char item[MOST_SIZE];
    CU_ASSERT_EQUAL(yoke_queue_mpmc_try_pop(f.queue, item, 1), YOKE_ECLOSED);
    yoke_queue_mpmc_destroy(f.queue);
    free(f.had);
}

/* All capacities and ways, for so many threads. */
static void run_crowd(int producers, int consumers, size_t items) {
    static const size_t capacities[] = {1, 2, 3, 1000};
    for (int c = 0; c < 4; c++) {
        for (int w = TRY; w <= SHORTLY; w++) {
            size_t n = c < 3 ? items / 16 + 1 : items; /* each item a yield or a sleep */
            flow f = {.producers = producers, .items = n, .size = 8, .batch = 1, .way = (way)w};
            f.typed = 1;
            run_flow(f, consumers, capacities[c]);
            f.typed = 0;
            f.batch = MOST_BATCH;
            run_flow(f, consumers, capacities[c]);
        }
    }
}

TEST_WITH_LIMIT(one_to_one, 120) { run_crowd(1, 1, test_size(20000, 2000)); }
TEST_WITH_LIMIT(one_to_three, 120) { run_crowd(1, 3, test_size(20000, 2000)); }
TEST_WITH_LIMIT(three_to_one, 120) { run_crowd(3, 1, test_size(7000, 700)); }
TEST_WITH_LIMIT(four_to_four, 120) { run_crowd(4, 4, test_size(5000, 500)); }
TEST_WITH_LIMIT(many_to_many, 120) { run_crowd(32, 32, test_size(400, 40)); }

TEST_WITH_LIMIT(items_of_any_size, 60) {
    static const size_t sizes[] = {3, 8, 24, 31, 32, 4096};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (size_t capacity = 1; capacity < 200; capacity += 66) {
            flow f = {.producers = 2,
                      .items = test_size(sizes[s] > 100 ? 1000 : 8000, 300),
                      .size = sizes[s],
                      .batch = MOST_BATCH,
                      .way = WAIT};
            run_flow(f, 2, capacity);
        }
    }
}

TEST(items_of_one_byte) {
    for (int round = 0; round < 40; round++) { /* 2 * 128 items are all that differ */
        flow f = {.producers = 2, .items = 128, .size = 1, .batch = 10, .way = WAIT};
        run_flow(f, 2, 1 + (size_t)round);
    }
}

/* Fresh queues, few items: the second thread of a side comes while the first is in the middle. */
TEST_WITH_LIMIT(a_lone_thread_loses_its_side, 60) {
    for (size_t round = 0; round < test_size(400, 100); round++) {
        flow f = {.producers = 3, .items = 1 + round % 200, .size = 8, .batch = 1, .way = TRY};
        f.typed = 1;
        run_flow(f, 2, round % 2 ? 1000 : 3);
    }
}

/* ---- what 0 means ---- */

/* While all threads pop (push), 0 says that the queue is empty (full), and so it stays. */
typedef struct drain {
    yoke_queue_mpmc *queue;
    int pop;
    atomic_int *over, *wrong, *waiting;
} drain;

static void *move_until_none(void *ctx) {
    drain *d = ctx;
    uint64_t item = 1;
    atomic_fetch_sub(d->waiting, 1);
    while (atomic_load(d->waiting) > 0) sched_yield();
    for (int over = 0; !over;) {
        over = atomic_load(d->over);
        long moved = d->pop ? numbers_try_pop((numbers *)d->queue, &item)
                            : numbers_try_push((numbers *)d->queue, item);
        if (over && moved != 0) atomic_fetch_add(d->wrong, 1);
        if (moved == 0) atomic_store(d->over, 1);
    }
    return NULL;
}

TEST(none_is_none_when_nobody_is_on_the_other_side) {
    enum { THREADS = 3, CAPACITY = 3000 };
    yoke_queue_mpmc *queue = NULL;
    REQUIRE(yoke_queue_mpmc_create(CAPACITY, 8, &queue) == YOKE_OK);
    for (size_t round = 0; round < test_size(200, 20); round++) {
        atomic_int over = 0, wrong = 0, waiting = THREADS;
        drain drains[THREADS];
        for (int i = 0; i < THREADS; i++)
            drains[i] = (drain){queue, (int)round % 2, &over, &wrong, &waiting};
        run_threads(THREADS, move_until_none, drains, sizeof *drains);
        CU_ASSERT_EQUAL(atomic_load(&wrong), 0);
    }
    yoke_queue_mpmc_destroy(queue);
}

/* ---- close against pushes ---- */

typedef struct race {
    yoke_queue_mpmc *queue;
    int number, batch, pushers;
    atomic_int *ready;
    uint64_t count, sum; /* of what the pushes say, or of what the pops got */
} race;

static void *push_until_closed(race *r) {
    uint64_t items[MOST_BATCH];
    for (uint64_t next = 1;; next += (uint64_t)r->batch) {
        for (int i = 0; i < r->batch; i++) items[i] = next + (uint64_t)i;
        long moved = yoke_queue_mpmc_push(r->queue, items, (size_t)r->batch, YOKE_FOREVER);
        if (moved < 0) return NULL;
        for (long i = 0; i < moved; i++) r->count++, r->sum += items[i];
    }
}

static void *close_or_pop(void *ctx) {
    race *r = ctx;
    atomic_fetch_sub(r->ready, 1);
    while (atomic_load(r->ready) > 0) sched_yield();
    if (r->number == 0) {
        for (int i = 0; i < r->batch % 7; i++) sched_yield();
        yoke_queue_mpmc_close(r->queue);
        return NULL;
    }
    if (r->number <= r->pushers) return push_until_closed(r);
    for (uint64_t item; numbers_pop((numbers *)r->queue, &item, YOKE_FOREVER) == 1;)
        r->count++, r->sum += item;
    return NULL;
}

static void race_to_close(int pushers, int poppers, size_t capacity, int batch) {
    race racers[12];
    atomic_int ready = 1 + pushers + poppers;
    yoke_queue_mpmc *queue = NULL;
    REQUIRE(yoke_queue_mpmc_create(capacity, 8, &queue) == YOKE_OK);
    for (int i = 0; i < 1 + pushers + poppers; i++)
        racers[i] = (race){queue, i, batch, pushers, &ready, 0, 0};
    run_threads(1 + pushers + poppers, close_or_pop, racers, sizeof *racers);
    uint64_t count = 0, sum = 0, item = 0;
    while (numbers_try_pop((numbers *)queue, &item) == 1)
        count++, sum += item; /* when there is no popper */
    for (int i = 1; i < 1 + pushers + poppers; i++) {
        count += i <= pushers ? -racers[i].count : racers[i].count;
        sum += i <= pushers ? -racers[i].sum : racers[i].sum;
    }
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(sum, 0);
    yoke_queue_mpmc_destroy(queue);
}

TEST_WITH_LIMIT(close_loses_nothing_that_was_pushed, 60) {
    static const size_t capacities[] = {1, 2, 3, 1000};
    for (size_t round = 0; round < test_size(100, 20); round++) {
        int batch = 1 + (int)test_random_below(round % 2 ? MOST_BATCH : 3);
        size_t capacity = capacities[round / 2 % 4];
        race_to_close(1, 1, capacity, batch);
        race_to_close(3, 3, capacity, batch);
        race_to_close(4, 0, 1000, batch);
        race_to_close(1, 6, capacity, batch);
    }
}

/* ---- histories ---- */

/* A bounded queue of batches that can be closed.
 * push(first, count) -> moved, 0 or ECLOSED: items first, first + 1, ...
 * pop(most) -> moved, 0 or ECLOSED; the items, 20 bits each. close() */
enum { PUSH, POP, CLOSE };

typedef struct twin {
    int64_t closed, count, item[];
} twin;

static size_t twin_used(const void *state) {
    return sizeof(twin) + sizeof(int64_t) * (size_t)((const twin *)state)->count;
}

static int twin_push(const history_spec *spec, twin *t, const history_op *op) {
    int64_t moved = op->result[0];
    if (t->closed) return moved == YOKE_ECLOSED;
    if (moved < 0 || moved > spec->option - t->count) return 0;
    for (int64_t i = 0; i < moved; i++) t->item[t->count++] = op->argument[0] + i;
    return moved > 0 || t->count == spec->option;
}

static int twin_pop(twin *t, const history_op *op) {
    int64_t moved = op->result[0];
    if (t->closed && t->count == 0) return moved == YOKE_ECLOSED;
    if (moved < 0 || moved > t->count || moved > op->argument[0]) return 0;
    for (int64_t i = 0; i < moved; i++)
        if ((op->result[1] >> (20 * i) & 0xFFFFF) != t->item[i]) return 0;
    t->count -= moved;
    memmove(t->item, t->item + moved, (size_t)t->count * sizeof *t->item);
    memset(t->item + t->count, 0, (size_t)moved * sizeof *t->item);
    return moved > 0 || t->count == 0;
}

static int twin_apply(const history_spec *spec, void *state, const history_op *op) {
    if (op->kind == PUSH) return twin_push(spec, state, op);
    if (op->kind == POP) return twin_pop(state, op);
    ((twin *)state)->closed = 1;
    return 1;
}

static history_spec twin_of(size_t capacity) {
    static const history_kind kinds[] = {{"push", 2, 1}, {"pop", 1, 2}, {"close", 0, 0}};
    return (history_spec){.name = "bounded queue",
                          .kinds = kinds,
                          .size = sizeof(twin),
                          .size_per_operation = 3 * sizeof(int64_t),
                          .apply = twin_apply,
                          .used = twin_used,
                          .option = (int64_t)capacity};
}

typedef struct plan {
    yoke_queue_mpmc *queue;
    int operations, closing;
} plan;

static void record_push(history *h, int thread, plan *p, int64_t first, size_t count) {
    uint64_t items[3] = {(uint64_t)first, (uint64_t)first + 1, (uint64_t)first + 2};
    history_op *op = history_begin(h, thread, PUSH, first, (int64_t)count);
    long moved = count == 1 ? numbers_try_push((numbers *)p->queue, items[0])
                            : yoke_queue_mpmc_push(p->queue, items, count, YOKE_NOW);
    history_end(h, op, moved == YOKE_ETIMEDOUT ? 0 : moved, 0);
}

static void record_pop(history *h, int thread, plan *p, size_t most) {
    uint64_t items[3] = {0};
    history_op *op = history_begin(h, thread, POP, (int64_t)most, 0);
    long moved = most == 1 ? numbers_try_pop((numbers *)p->queue, items)
                           : yoke_queue_mpmc_pop(p->queue, items, most, YOKE_NOW);
    uint64_t packed = 0;
    for (long i = 0; i < moved; i++) packed |= items[i] << (20 * i);
    history_end(h, op, moved == YOKE_ETIMEDOUT ? 0 : moved, (int64_t)packed);
}

static void record(history *h, int thread, void *ctx) {
    plan *p = ctx;
    uint64_t random = (uint64_t)thread * 77 + (uint64_t)(uintptr_t)h + (uint64_t)p->operations;
    pin(thread);
    for (int i = 0; i < p->operations; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u + (uint64_t)p->closing;
        size_t count = 1 + (random >> 40) % 3;
        if (p->closing && thread == 0 && i == p->operations / 2) {
            history_op *op = history_begin(h, thread, CLOSE, 0, 0);
            yoke_queue_mpmc_close(p->queue);
            history_end(h, op, 0, 0);
        } else if ((random >> 50) % 2) {
            record_push(h, thread, p, 1000 * (thread + 1) + 10 * i, count);
        } else {
            record_pop(h, thread, p, count);
        }
    }
}

/* A 0 says "empty" ("full") unless a push (pop) was on its way: those are taken out. */
static size_t keep_what_is_promised(history_op *ops, size_t count) {
    size_t kept = 0;
    char *drop = calloc(count + 1, 1);
    REQUIRE(drop != NULL);
    for (size_t i = 0; i < count; i++) {
        if (ops[i].kind == CLOSE || ops[i].result[0] != 0) continue;
        for (size_t j = 0; j < count; j++)
            drop[i] |= ops[j].kind == (ops[i].kind == PUSH ? POP : PUSH) && ops[j].result[0] > 0 &&
                       ops[j].begin < ops[i].end && ops[i].begin < ops[j].end;
    }
    for (size_t i = 0; i < count; i++)
        if (!drop[i]) ops[kept++] = ops[i];
    free(drop);
    return kept;
}

static void check_histories(int threads, int operations, size_t capacity, size_t rounds) {
    history *h = history_create(threads, (size_t)operations);
    history_spec spec = twin_of(capacity);
    for (size_t round = 0; round < rounds; round++) {
        plan p = {.operations = operations, .closing = round % 2 ? (int)round : 0};
        REQUIRE(yoke_queue_mpmc_create(capacity, 8, &p.queue) == YOKE_OK);
        history_clear(h);
        history_run(h, record, &p);
        size_t count;
        history_op *ops = history_operations(h, &count);
        char report[HISTORY_REPORT_SIZE] = "";
        count = keep_what_is_promised(ops, count);
        int fits = history_check_operations(ops, count, &spec, report);
        CU_assertImplementation(fits == 1, __LINE__, report, __FILE__, "", CU_FALSE);
        free(ops);
        yoke_queue_mpmc_destroy(p.queue);
        if (fits != 1) break;
    }
    history_destroy(h);
}

TEST_WITH_LIMIT(is_linearizable, 60) {
    size_t rounds = test_size(400, 60);
    check_histories(2, 12, 1, rounds);
    check_histories(2, 12, 3, rounds);
    check_histories(3, 10, 2, rounds);
    check_histories(4, 8, 3, rounds);
    check_histories(4, 8, 8, rounds);
}

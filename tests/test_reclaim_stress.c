/* SPDX-License-Identifier: Apache-2.0
 *
 * Reclamation under stress: many readers and writers, readers that are stopped anywhere, a stack
 * whose memory is used again at once, threads that come and go.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "tests/reclaim_objects.h"
#include "yoke/event.h"

/* ---- stress ---- */

enum { PLACES = 16 };

typedef struct stress {
    yoke_reclaim *domain;
    object *place[PLACES];
    size_t places; /* so many of them are in use */
    atomic_int writers;
    size_t rounds, readers;
    atomic_size_t started;
} stress;

static uint64_t step(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void read_some(stress *s, uint64_t *state) {
    expect(yoke_reclaim_enter() == YOKE_OK);
    object *found[4];
    int loads = 1 + (int)(step(state) % 4), pause = step(state) % 64 == 0;
    for (int i = 0; i < loads; i++) {
        found[i] = load(&s->place[step(state) % s->places]);
        expect(found[i]->state == ALIVE);
        if (pause) sched_yield();
    }
    for (int i = 0; i < loads; i++) expect(found[i]->state == ALIVE);
    yoke_reclaim_leave();
}

static void write_some(stress *s, uint64_t *state) {
    object *new = make(step(state));
    object *old = __atomic_exchange_n(&s->place[step(state) % s->places], new, __ATOMIC_ACQ_REL);
    expect(old->state == ALIVE);
    yoke_reclaim_retire(s->domain, &old->node);
}

static void *read_and_write(void *ctx) {
    stress *s = ctx;
    size_t me = atomic_fetch_add(&s->started, 1);
    uint64_t state = me * 77 + 5;
    if (me < s->readers) {
        while (atomic_load(&s->writers) > 0) read_some(s, &state);
        return NULL;
    }
    for (size_t i = 0; i < s->rounds; i++) {
        if (step(&state) % 2) read_some(s, &state);
        write_some(s, &state);
    }
    atomic_fetch_sub(&s->writers, 1);
    return NULL;
}

static void begin(stress *s, size_t threshold, size_t places) {
    s->domain = create(threshold);
    s->places = places;
    for (size_t i = 0; i < places; i++) s->place[i] = make(i);
}

static void end(stress *s) {
    for (size_t i = 0; i < s->places; i++) yoke_reclaim_retire(s->domain, &s->place[i]->node);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(s->domain), 0);
    finish(s->domain);
}

static void stress_with(int readers, int writers, size_t rounds) {
    stress s = {.rounds = rounds, .readers = readers, .writers = writers};
    begin(&s, 32, PLACES);
    run(readers + writers, read_and_write, &s);
    end(&s);
    /* One place, and a scan for each object: the tightest races. */
    s = (stress){.rounds = rounds, .readers = readers, .writers = writers};
    begin(&s, 1, 1);
    run(readers + writers, read_and_write, &s);
    end(&s);
}

static void stress_all(void) {
    stress_with(1, 1, test_size(100000, 5000));
    stress_with(0, 2, test_size(50000, 5000));
    stress_with(4, 3, test_size(20000, 2000));
    stress_with(32, 32, test_size(1000, 100));
}

TEST_WITH_LIMIT(no_early_release, 120) { stress_all(); }

TEST_WITH_LIMIT(no_early_release_without_barrier, 120) {
    yoke_barrier_asymmetric_ = 0;
    stress_all();
}

/* ---- a reader that is interrupted anywhere ---- */

static stress *interrupted;
static atomic_long written;

/* The reader stands still, wherever it was, until what it may have seen was replaced and scanned.
 */
static void stand_still(int signal) {
    (void)signal;
    long until = atomic_load(&written) + 3;
    while (atomic_load(&written) < until && atomic_load(&interrupted->writers) > 0) sched_yield();
}

static void *read_on(void *ctx) {
    stress *s = ctx;
    uint64_t state = 1;
    while (atomic_load(&s->writers) > 0) {
        expect(yoke_reclaim_enter() == YOKE_OK);
        for (int i = 0; i < 3; i++) {
            object *found = load(&s->place[0]);
            for (int j = 0; j < 3; j++) read_some(s, &state); /* sections inside */
            expect(found->state == ALIVE);
        }
        yoke_reclaim_leave();
        read_some(s, &state);
    }
    return NULL;
}

static void interrupt_reader(void) {
    stress s = {.writers = 1};
    begin(&s, 1, 1);
    interrupted = &s;
    REQUIRE(!sigaction(SIGUSR1, &(struct sigaction){.sa_handler = stand_still}, NULL));
    pthread_t reader;
    REQUIRE(!pthread_create(&reader, NULL, read_on, &s));
    uint64_t state = 2;
    for (size_t i = 0, rounds = test_size(30000, 3000); i < rounds; i++) {
        write_some(&s, &state);
        atomic_fetch_add(&written, 1);
        if (i % 4 == 0) pthread_kill(reader, SIGUSR1);
        if (i % 4 == 3) sched_yield();
    }
    atomic_store(&s.writers, 0);
    pthread_join(reader, NULL);
    end(&s);
}

TEST_WITH_LIMIT(reader_stops_anywhere, 60) { interrupt_reader(); }

TEST_WITH_LIMIT(reader_stops_anywhere_without_barrier, 60) {
    yoke_barrier_asymmetric_ = 0;
    interrupt_reader();
}

/* ---- a stack ---- */

/* A stack whose memory is used again at once: taken too early, a node comes back while a reader
 * still compares with its address, and values are lost or doubled. */
typedef struct stack {
    yoke_reclaim *domain;
    object *top;
    size_t rounds;
    atomic_ulong pushed, popped;
} stack;

static void stack_push(stack *s, object *new) {
    yoke_reclaim_enter();
    do new->below = load(&s->top);
    while (!__sync_bool_compare_and_swap(&s->top, new->below, new));
    yoke_reclaim_leave();
}

static object *stack_pop(stack *s) {
    yoke_reclaim_enter();
    object *top;
    do top = load(&s->top);
    while (top && !__sync_bool_compare_and_swap(&s->top, top, top->below));
    yoke_reclaim_leave();
    return top;
}

static void *push_and_pop(void *ctx) {
    stack *s = ctx;
    for (size_t i = 0; i < s->rounds; i++) {
        for (int j = 0; j < 3; j++) {
            atomic_fetch_add(&s->pushed, i);
            stack_push(s, make(i));
        }
        for (int j = 0; j < 3; j++) {
            object *top = stack_pop(s);
            if (!top) continue;
            atomic_fetch_add(&s->popped, top->value);
            yoke_reclaim_retire(s->domain, &top->node);
        }
    }
    return NULL;
}

static void stress_stack(void) {
    stack s = {.domain = create(16), .rounds = test_size(20000, 2000)};
    run(4, push_and_pop, &s);
    for (object *top; (top = stack_pop(&s));) {
        atomic_fetch_add(&s.popped, top->value);
        yoke_reclaim_retire(s.domain, &top->node);
    }
    CU_ASSERT_EQUAL(atomic_load(&s.popped), atomic_load(&s.pushed));
    finish(s.domain);
}

TEST_WITH_LIMIT(stack_keeps_values, 60) { stress_stack(); }

TEST_WITH_LIMIT(stack_keeps_values_without_barrier, 60) {
    yoke_barrier_asymmetric_ = 0;
    stress_stack();
}

/* ---- threads that come and go ---- */

static void *retire_few(void *ctx) {
    stress *s = ctx;
    uint64_t state = 3 * atomic_fetch_add(&s->started, 1);
    for (int i = 0; i < 5; i++) {
        read_some(s, &state);
        write_some(s, &state);
    }
    if (state % 3 == 0) yoke_reclaim_enter(); /* and never leaves */
    return NULL;
}

/* Hundreds of threads that retire too little to reclaim themselves: others empty their bags. */
TEST_WITH_LIMIT(threads_come_and_go, 120) {
    stress s = {0};
    begin(&s, 8, PLACES);
    for (size_t i = 0, n = test_size(20, 4); i < n; i++) run(100, retire_few, &s);
    /* Every bag has its turn, and what was held back is looked at again. */
    uint64_t state = 1;
    for (int i = 0; i < 32 * 8 + 10000; i++) write_some(&s, &state);
    CU_ASSERT(pending(s.domain) <= 8);
    end(&s);
}

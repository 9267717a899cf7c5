/* SPDX-License-Identifier: Apache-2.0
 *
 * Reclamation. Objects know whether they were released, and readers look at what they loaded again
 * and again until their section ends: an early release shows as a dead object, as use after free
 * under AddressSanitizer, and as a race under ThreadSanitizer. Late or forgotten releases show in
 * counts and in the stated bound. Each stress runs with the barrier of the kernel and without.
 */
#include "yoke/reclaim.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/harness.h"
#include "yoke/event.h"

enum { ALIVE = 0x600DF00D, DEAD = 0x0BADF00D };

typedef struct object {
    yoke_reclaim_node node;
    unsigned state; /* written by release: no atomic, so that ThreadSanitizer watches */
    uint64_t value;
    struct object *below; /* in stacks and chains */
    struct object *grave;
} object;

static atomic_long made, released, failures;
static _Atomic(object *) graveyard;

static void expect(bool condition) { atomic_fetch_add(&failures, !condition); }

/* Sanitizers watch freed memory themselves; otherwise dead objects stay readable to the end. */
static void bury(object *dead) {
    if (test_size(0, 1)) {
        free(dead);
        return;
    }
    dead->grave = atomic_load(&graveyard);
    while (!atomic_compare_exchange_weak(&graveyard, &dead->grave, dead)) {
    }
}

static void release(yoke_reclaim_node *node, void *ctx) {
    object *dead = (object *)node;
    expect(dead->state == ALIVE && ctx == &made);
    dead->state = DEAD;
    atomic_fetch_add(&released, 1);
    bury(dead);
}

static object *make(uint64_t value) {
    object *new = malloc(sizeof *new);
    if (!new) abort();
    *new = (object){.node = {.bytes = sizeof *new, .release = release, .ctx = &made},
                    .state = ALIVE,
                    .value = value};
    yoke_reclaim_born(&new->node);
    atomic_fetch_add(&made, 1);
    return new;
}

static object *load(object *const *where) { return yoke_reclaim_load((void *const *)where); }

static yoke_reclaim *create(size_t objects) {
    yoke_reclaim_options options = {.objects = objects};
    yoke_reclaim *domain = NULL;
    REQUIRE(yoke_reclaim_create(&options, &domain) == YOKE_OK);
    return domain;
}

static size_t pending(yoke_reclaim *domain) {
    yoke_reclaim_stats stats;
    yoke_reclaim_get_stats(domain, &stats);
    return stats.objects;
}

/* Everything made was released, once, and nothing went wrong on the way. */
static void finish(yoke_reclaim *domain) {
    yoke_reclaim_destroy(domain);
    CU_ASSERT_EQUAL(atomic_load(&released), atomic_load(&made));
    CU_ASSERT_EQUAL(atomic_load(&failures), 0);
    for (object *dead = atomic_load(&graveyard), *next; dead; dead = next) {
        next = dead->grave;
        free(dead);
    }
    atomic_store(&graveyard, NULL);
}

/* ---- threads ---- */

static void run(int count, void *(*body)(void *), void *ctx) {
    pthread_t threads[256];
    REQUIRE(count <= 256);
    for (int i = 0; i < count; i++) REQUIRE(!pthread_create(&threads[i], NULL, body, ctx));
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

/* A thread that goes into a section, loads `where`, and stays until it is told to go on. */
typedef struct staller {
    object **where;
    object *found;
    bool quits; /* ends in the section */
    int index;
    sem_t in, out;
    pthread_t thread;
} staller;

static void *stall(void *ctx) {
    staller *s = ctx;
    expect(yoke_reclaim_enter() == YOKE_OK);
    s->index = yoke_thread_index();
    s->found = load(s->where);
    sem_post(&s->in);
    while (sem_wait(&s->out)) {
    }
    if (s->found) expect(s->found->state == ALIVE);
    if (!s->quits) yoke_reclaim_leave();
    return NULL;
}

static void start_staller(staller *s, object **where) {
    s->where = where;
    sem_init(&s->in, 0, 0);
    sem_init(&s->out, 0, 0);
    REQUIRE(!pthread_create(&s->thread, NULL, stall, s));
    while (sem_wait(&s->in)) {
    }
}

static void stop_staller(staller *s) {
    sem_post(&s->out);
    pthread_join(s->thread, NULL);
    sem_destroy(&s->in);
    sem_destroy(&s->out);
}

/* ---- one thread ---- */

TEST(own_section_holds_back) {
    yoke_reclaim *domain = create(0);
    object *place = make(1), *old = place;
    REQUIRE(yoke_reclaim_enter() == YOKE_OK);
    CU_ASSERT_PTR_EQUAL(load(&place), old);
    place = NULL;
    yoke_reclaim_retire(domain, &old->node);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 1);
    CU_ASSERT_EQUAL(old->state, ALIVE);
    yoke_reclaim_leave();
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 0);
    CU_ASSERT_EQUAL(atomic_load(&released), 1);
    finish(domain);
}

TEST(sections_nest) {
    yoke_reclaim *domain = create(1);
    object *place = make(1), *old = place;
    REQUIRE(yoke_reclaim_enter() == YOKE_OK);
    REQUIRE(yoke_reclaim_enter() == YOKE_OK);
    CU_ASSERT_PTR_EQUAL(load(&place), old);
    yoke_reclaim_leave();
    yoke_reclaim_retire(domain, &old->node);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 1);
    yoke_reclaim_leave();
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 0);
    finish(domain);
}

/* An object that is born and loaded long after the section began stays, too. */
TEST(loading_extends_the_reservation) {
    yoke_reclaim *domain = create(1);
    object *place = NULL;
    REQUIRE(yoke_reclaim_enter() == YOKE_OK);
    for (int i = 0; i < 10; i++) yoke_reclaim_collect(domain); /* the era moves on */
    object *late = place = make(1);
    CU_ASSERT_PTR_EQUAL(load(&place), late);
    yoke_reclaim_retire(domain, &late->node);
    CU_ASSERT_EQUAL(late->state, ALIVE);
    object *later = make(2); /* never loaded, and born in a later era */
    yoke_reclaim_retire(domain, &later->node);
    CU_ASSERT_EQUAL(atomic_load(&released), 1);
    CU_ASSERT_EQUAL(late->state, ALIVE);
    yoke_reclaim_leave();
    finish(domain);
}

TEST(thresholds) {
    yoke_reclaim *domain = create(10);
    for (int i = 1; i <= 35; i++) {
        yoke_reclaim_retire(domain, &make(0)->node);
        CU_ASSERT_EQUAL(pending(domain), i % 10);
    }
    finish(domain);
    yoke_reclaim_options options = {.bytes = 1000};
    REQUIRE(yoke_reclaim_create(&options, &domain) == YOKE_OK);
    for (int i = 1; i <= 8; i++) {
        object *big = make(0);
        big->node.bytes = 300;
        yoke_reclaim_retire(domain, &big->node);
        CU_ASSERT_EQUAL(pending(domain), i % 4);
    }
    finish(domain);
    REQUIRE(yoke_reclaim_create(NULL, &domain) == YOKE_OK);
    yoke_reclaim_retire(domain, &make(0)->node);
    finish(domain);
    yoke_reclaim_destroy(NULL);
}

/* ---- stalled readers ---- */

/* The number of objects that a reader that stalls holds back does not grow with time. */
TEST(garbage_is_bounded_when_a_reader_stalls) {
    enum { THERE = 500, AFTER = 20000, BIRTHS = 256 };
    yoke_reclaim *domain = create(64);
    object *place[THERE];
    for (int i = 0; i < THERE; i++) place[i] = make(i);
    staller reader = {0};
    start_staller(&reader, &place[7]);
    CU_ASSERT_EQUAL(reader.found->value, 7);
    size_t most = 0;
    for (int i = 0; i < AFTER; i++) {
        object *old = place[i % THERE];
        place[i % THERE] = make(i);
        yoke_reclaim_retire(domain, &old->node);
        if (i % 10 == 0 && pending(domain) > most) most = pending(domain);
    }
    CU_ASSERT(most >= THERE); /* they were there: none can be told from the one it reads */
    CU_ASSERT(most <= THERE + BIRTHS + 64);
    CU_ASSERT_EQUAL(reader.found->state, ALIVE);
    stop_staller(&reader);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 0);
    for (int i = 0; i < THERE; i++) yoke_reclaim_retire(domain, &place[i]->node);
    finish(domain);
}

/* Objects that are only made must move the era as well: else all of these would be held back. */
TEST(births_move_the_era) {
    enum { AFTER = 20000, BIRTHS = 256 };
    static object *place[AFTER];
    yoke_reclaim *domain = create(64);
    object *first = make(0);
    staller reader = {0};
    start_staller(&reader, &first);
    for (int i = 0; i < AFTER; i++) place[i] = make(i);
    for (int i = 0; i < AFTER; i++) yoke_reclaim_retire(domain, &place[i]->node);
    size_t left = yoke_reclaim_collect(domain);
    CU_ASSERT(left <= BIRTHS);
    stop_staller(&reader);
    yoke_reclaim_retire(domain, &first->node);
    finish(domain);
}

TEST(thread_may_end_in_a_section) {
    yoke_reclaim *domain = create(1);
    object *place = make(1);
    staller reader = {.quits = true};
    start_staller(&reader, &place);
    yoke_reclaim_retire(domain, &place->node);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 1);
    stop_staller(&reader);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 0);
    /* The next thread with its index starts outside of a section. */
    place = make(2);
    staller next = {0};
    start_staller(&next, &place);
    CU_ASSERT_EQUAL(next.index, reader.index);
    stop_staller(&next);
    yoke_reclaim_retire(domain, &place->node);
    CU_ASSERT_EQUAL(pending(domain), 0);
    finish(domain);
}

/* More readers in different eras than a scan looks at together; between any two of them an object
 * lived that none has seen. */
TEST(many_separate_reservations) {
    enum { READERS = 100 };
    static staller readers[READERS];
    static object *seen[READERS], *unseen[READERS];
    yoke_reclaim *domain = create(1 << 20);
    for (int i = 0; i < READERS; i++) {
        seen[i] = make(i);
        start_staller(&readers[i], &seen[i]);
        yoke_reclaim_retire(domain, &seen[i]->node);
        yoke_reclaim_collect(domain); /* it gets its tag, and the era moves */
        unseen[i] = make(i);
        yoke_reclaim_retire(domain, &unseen[i]->node);
        yoke_reclaim_collect(domain);
        CU_ASSERT_EQUAL(atomic_load(&released), i + 1);
    }
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), READERS);
    for (int i = 0; i < READERS; i++) {
        int next = (i * 37) % READERS; /* in another order */
        stop_staller(&readers[next]);
        CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), READERS - i - 1);
    }
    finish(domain);
}

TEST(statistics_name_the_holder) {
    yoke_reclaim *domain = create(1);
    yoke_reclaim_stats stats;
    yoke_reclaim_get_stats(domain, &stats);
    CU_ASSERT_EQUAL(stats.holder, -1);
    CU_ASSERT_EQUAL(stats.objects, 0);
    object *early[20], *late[30];
    for (int i = 0; i < 20; i++) early[i] = make(i);
    staller first = {0}, second = {0};
    start_staller(&first, &early[0]);
    uint64_t began = (yoke_reclaim_get_stats(domain, &stats), stats.era);
    for (int i = 0; i < 20; i++) yoke_reclaim_retire(domain, &early[i]->node);
    for (int i = 0; i < 30; i++) late[i] = make(i);
    start_staller(&second, &late[0]);
    yoke_reclaim_get_stats(domain, &stats);
    CU_ASSERT_EQUAL(stats.holder, first.index);
    CU_ASSERT_EQUAL(stats.holder_objects, 20);
    CU_ASSERT_EQUAL(stats.holder_eras, stats.era - began);
    for (int i = 0; i < 30; i++) yoke_reclaim_retire(domain, &late[i]->node);
    yoke_reclaim_get_stats(domain, &stats);
    CU_ASSERT_EQUAL(stats.holder, second.index);
    CU_ASSERT_EQUAL(stats.holder_objects, 30);
    CU_ASSERT_EQUAL(stats.objects, 50);
    CU_ASSERT_EQUAL(stats.bytes, 50 * sizeof(object));
    CU_ASSERT_EQUAL(stats.released, 0);
    stop_staller(&second);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 20);
    yoke_reclaim_get_stats(domain, &stats);
    CU_ASSERT_EQUAL(stats.holder, first.index);
    CU_ASSERT_EQUAL(stats.released, 30);
    stop_staller(&first);
    finish(domain);
}

/* ---- chains ---- */

static yoke_reclaim *chain_domain;

static void release_chain(yoke_reclaim_node *node, void *ctx) {
    object *below = ((object *)node)->below;
    release(node, ctx);
    if (below) yoke_reclaim_retire(chain_domain, &below->node);
}

/* Releasing one object retires the next: without recursion, whatever the threshold. */
TEST(release_may_retire) {
    for (size_t threshold = 1; threshold <= 100; threshold += 99) {
        chain_domain = create(threshold);
        object *top = NULL;
        for (size_t i = 0, n = test_size(20000, 2000); i < n; i++) {
            object *new = make(i);
            new->node.release = release_chain;
            new->below = top;
            top = new;
        }
        yoke_reclaim_retire(chain_domain, &top->node);
        if (threshold == 1) CU_ASSERT_EQUAL(pending(chain_domain), 0);
        finish(chain_domain);
    }
}

/* ---- stress ---- */

enum { PLACES = 16 };

typedef struct stress {
    yoke_reclaim *domain;
    object *place[PLACES];
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
        found[i] = load(&s->place[step(state) % PLACES]);
        expect(found[i]->state == ALIVE);
        if (pause) sched_yield();
    }
    for (int i = 0; i < loads; i++) expect(found[i]->state == ALIVE);
    yoke_reclaim_leave();
}

static void write_some(stress *s, uint64_t *state) {
    object *new = make(step(state));
    object *old = __atomic_exchange_n(&s->place[step(state) % PLACES], new, __ATOMIC_ACQ_REL);
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

static void stress_with(int readers, int writers, size_t rounds) {
    stress s = {.domain = create(32), .rounds = rounds, .readers = readers, .writers = writers};
    for (int i = 0; i < PLACES; i++) s.place[i] = make(i);
    run(readers + writers, read_and_write, &s);
    for (int i = 0; i < PLACES; i++) yoke_reclaim_retire(s.domain, &s.place[i]->node);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(s.domain), 0);
    finish(s.domain);
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
    stress s = {.domain = create(8)};
    for (int i = 0; i < PLACES; i++) s.place[i] = make(i);
    for (size_t i = 0, n = test_size(20, 4); i < n; i++) run(100, retire_few, &s);
    /* Every bag has its turn, and what was held back is looked at again. */
    uint64_t state = 1;
    for (int i = 0; i < 32 * 8 + 10000; i++) write_some(&s, &state);
    CU_ASSERT(pending(s.domain) <= 8);
    for (int i = 0; i < PLACES; i++) yoke_reclaim_retire(s.domain, &s.place[i]->node);
    finish(s.domain);
}

/* ---- a kernel that refuses ---- */

/* From now on membarrier(2) fails in this process. False where filters are not allowed. */
static bool forbid_barrier(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 12),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
           !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

TEST(nothing_is_released_without_a_barrier) {
    if (!yoke_barrier_asymmetric_ || !forbid_barrier()) return;
    yoke_reclaim *domain = create(4);
    for (int i = 0; i < 100; i++) yoke_reclaim_retire(domain, &make(i)->node);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 100);
    CU_ASSERT_EQUAL(atomic_load(&released), 0);
    finish(domain);
}

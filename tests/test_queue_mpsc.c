/* SPDX-License-Identifier: Apache-2.0
 *
 * The mailbox queue: many producers, the gap of a push under way, close, waking.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/harness.h"
#include "tests/history.h"
#include "yoke/queue_mpsc.h"

typedef struct message {
    yoke_mpsc_node node;
    uint64_t from, number;
} message;

static message *of(yoke_mpsc_node *node) { return (message *)node; }

TEST(is_a_list_in_one_thread) {
    yoke_queue_mpsc q;
    static message messages[64];
    uint64_t pushed = 0, popped = 0;
    yoke_queue_mpsc_init(&q);
    for (int i = 0; i < 100000; i++) {
        CU_ASSERT_EQUAL(yoke_queue_mpsc_empty(&q), pushed == popped);
        if (pushed - popped < 64 && test_random_below(2)) {
            message *m = &messages[pushed % 64];
            m->number = pushed++;
            CU_ASSERT_EQUAL(yoke_queue_mpsc_push(&q, &m->node), YOKE_OK);
        } else {
            yoke_mpsc_node *node = yoke_queue_mpsc_try_pop(&q);
            CU_ASSERT_EQUAL(node == NULL, pushed == popped);
            if (node) CU_ASSERT_EQUAL(of(node)->number, popped++);
        }
    }
    for (yoke_mpsc_node *node = yoke_queue_mpsc_fini(&q); node; node = node->next) {
        CU_ASSERT_EQUAL(of(node)->number, popped++);
    }
    CU_ASSERT_EQUAL(popped, pushed);
}

TEST(gives_back_what_is_left) {
    static message messages[5];
    for (int pushed = 0; pushed <= 5; pushed++) {
        for (int popped = 0; popped <= pushed; popped++) {
            yoke_queue_mpsc q;
            yoke_queue_mpsc_init(&q);
            for (int i = 0; i < pushed; i++) yoke_queue_mpsc_push(&q, &messages[i].node);
            for (int i = 0; i < popped; i++) {
                CU_ASSERT_PTR_EQUAL(yoke_queue_mpsc_try_pop(&q), &messages[i].node);
            }
            yoke_mpsc_node *node = yoke_queue_mpsc_fini(&q);
            for (int i = popped; i < pushed; i++, node = node->next) {
                REQUIRE(node == &messages[i].node);
            }
            CU_ASSERT_PTR_NULL(node);
        }
    }
}

TEST(waits_until_the_deadline) {
    yoke_queue_mpsc q;
    yoke_mpsc_node *node = (yoke_mpsc_node *)&q;
    yoke_queue_mpsc_init(&q);
    CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, YOKE_NOW), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, 1), YOKE_ETIMEDOUT);
    yoke_deadline deadline = yoke_deadline_in(0.02);
    CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, deadline), YOKE_ETIMEDOUT);
    CU_ASSERT(yoke_deadline_passed(deadline));
    CU_ASSERT_PTR_EQUAL(node, &q);
    message m;
    yoke_queue_mpsc_push(&q, &m.node);
    CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, YOKE_NOW), YOKE_OK);
    CU_ASSERT_PTR_EQUAL(node, &m.node);
}

TEST(is_closed_for_pushes_and_then_for_pops) {
    yoke_queue_mpsc q;
    yoke_mpsc_node *node = NULL;
    message m[3];
    yoke_queue_mpsc_init(&q);
    yoke_queue_mpsc_push(&q, &m[0].node);
    yoke_queue_mpsc_push(&q, &m[1].node);
    yoke_queue_mpsc_close(&q);
    yoke_queue_mpsc_close(&q);
    CU_ASSERT_EQUAL(yoke_queue_mpsc_push(&q, &m[2].node), YOKE_ECLOSED);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_PTR_EQUAL(node, &m[i].node);
    }
    CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT_PTR_NULL(yoke_queue_mpsc_try_pop(&q));
    CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, YOKE_NOW), YOKE_ECLOSED);
    CU_ASSERT_PTR_NULL(yoke_queue_mpsc_fini(&q));
}

/* ---- the gap, by hand: the two halves of a push */

static yoke_mpsc_node *begin_push(yoke_queue_mpsc *q, yoke_mpsc_node *node) {
    node->next = NULL;
    return __atomic_exchange_n(&q->last, node, __ATOMIC_ACQ_REL);
}

static void end_push(yoke_queue_mpsc *q, yoke_mpsc_node *before, yoke_mpsc_node *node) {
    __atomic_store_n(&before->next, node, __ATOMIC_RELEASE);
    yoke_event_signal(&q->not_empty);
}

/* `ahead` nodes are in the queue, then a push comes to its gap, then `behind` more are pushed. */
static void meet_the_gap(int ahead, int behind) {
    yoke_queue_mpsc q;
    message m[9];
    int next = 0, seen = ahead - 1; /* a node whose link is pending cannot be had */
    yoke_mpsc_node *node = NULL;
    yoke_queue_mpsc_init(&q);
    for (int i = 0; i < ahead; i++) yoke_queue_mpsc_push(&q, &m[next++].node);
    yoke_mpsc_node *under_way = &m[next++].node, *before = begin_push(&q, under_way);
    for (int i = 0; i < behind; i++) yoke_queue_mpsc_push(&q, &m[next++].node);
    yoke_queue_mpsc_close(&q);
    for (int i = 0; i < seen; i++) {
        CU_ASSERT_PTR_EQUAL(yoke_queue_mpsc_try_pop(&q), &m[i].node);
    }
    CU_ASSERT_PTR_NULL(yoke_queue_mpsc_try_pop(&q));
    CU_ASSERT_FALSE(yoke_queue_mpsc_empty(&q));
    CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, YOKE_NOW), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, yoke_deadline_in(0.001)), YOKE_ETIMEDOUT);
    end_push(&q, before, under_way);
    for (int i = seen < 0 ? 0 : seen; i < next; i++) {
        CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_PTR_EQUAL(node, &m[i].node);
    }
    CU_ASSERT_EQUAL(yoke_queue_mpsc_pop(&q, &node, YOKE_FOREVER), YOKE_ECLOSED);
    CU_ASSERT(yoke_queue_mpsc_empty(&q));
}

TEST(waits_for_a_push_in_its_gap) {
    for (int ahead = 0; ahead < 4; ahead++) {
        for (int behind = 0; behind < 4; behind++) meet_the_gap(ahead, behind);
    }
}

typedef struct sleeper {
    yoke_queue_mpsc q;
    yoke_mpsc_node *node;
    int status;
} sleeper;

static void *pop_one(void *ctx) {
    sleeper *s = ctx;
    s->status = yoke_queue_mpsc_pop(&s->q, &s->node, YOKE_FOREVER);
    return NULL;
}

static void start_sleeper(sleeper *s, pthread_t *thread, int wait) {
    REQUIRE(pthread_create(thread, NULL, pop_one, s) == 0);
    while (wait && __atomic_load_n(&s->q.not_empty.waiters, __ATOMIC_SEQ_CST) == 0) sched_yield();
}

/* It sleeps in the gap; the push behind wakes it in vain, the end of the gap for good. */
TEST(sleeps_in_the_gap_and_is_woken_at_its_end) {
    for (int i = 0; i < (int)test_size(100, 30); i++) {
        sleeper s = {.status = 1};
        message m[2];
        pthread_t thread;
        yoke_queue_mpsc_init(&s.q);
        yoke_mpsc_node *before = begin_push(&s.q, &m[0].node);
        start_sleeper(&s, &thread, 1);
        if (i % 2) yoke_queue_mpsc_push(&s.q, &m[1].node);
        if (i % 3) yoke_queue_mpsc_close(&s.q);
        end_push(&s.q, before, &m[0].node);
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(s.status, YOKE_OK);
        CU_ASSERT_PTR_EQUAL(s.node, &m[0].node);
    }
}

/* A push links and then signals. The other way round a consumer would miss a wake-up so seldom that
 * no race shows it; here the link is a store to a page that must not be written, and what has been
 * signalled by then is seen in the handler. */
static void *guarded; /* a page */
static const uint32_t *epoch;
static uint32_t epoch_at_link;

static void let_it_link(int signal) {
    (void)signal;
    epoch_at_link = __atomic_load_n(epoch, __ATOMIC_SEQ_CST);
    mprotect(guarded, 4096, PROT_READ | PROT_WRITE);
}

TEST(signals_after_the_link) {
    sleeper s = {.status = 1};
    message m[2];
    pthread_t thread;
    guarded = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(guarded != MAP_FAILED);
    yoke_queue_mpsc_init(&s.q);
    epoch = &s.q.not_empty.epoch;
    yoke_mpsc_node *before = begin_push(&s.q, &m[0].node);
    yoke_queue_mpsc_push(&s.q, guarded);
    start_sleeper(&s, &thread, 1);
    struct sigaction action = {.sa_handler = let_it_link}, old;
    sigaction(SIGSEGV, &action, &old);
    uint32_t epoch_before = __atomic_load_n(epoch, __ATOMIC_SEQ_CST);
    mprotect(guarded, 4096, PROT_READ);
    yoke_queue_mpsc_push(&s.q, &m[1].node);
    sigaction(SIGSEGV, &old, NULL);
    CU_ASSERT_EQUAL(epoch_at_link, epoch_before);
    CU_ASSERT(__atomic_load_n(epoch, __ATOMIC_SEQ_CST) != epoch_before);
    end_push(&s.q, before, &m[0].node);
    pthread_join(thread, NULL);
    CU_ASSERT_PTR_EQUAL(s.node, &m[0].node);
    munmap(guarded, 4096);
}

TEST(wakes_the_sleeper_when_it_closes) {
    for (int i = 0; i < (int)test_size(200, 40); i++) {
        sleeper s = {.status = 1};
        pthread_t thread;
        yoke_queue_mpsc_init(&s.q);
        start_sleeper(&s, &thread, i % 2);
        yoke_queue_mpsc_close(&s.q);
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(s.status, YOKE_ECLOSED);
    }
}

/* ---- many producers ---- */

enum { PRODUCERS_MAX = 64 };

typedef struct crowd {
    yoke_queue_mpsc q;
    int producers;
    uint64_t each;   /* messages of a producer */
    int lazy;        /* one push in so many gives its processor away; 0: none */
    int pause;       /* one pop in so many; 0: none */
    int close_after; /* pops after which the consumer closes; 0: never */
    message *messages;
    uint64_t accepted[PRODUCERS_MAX], popped[PRODUCERS_MAX];
    uint64_t wrong;
    atomic_int number, finished;
} crowd;

static void *produce(void *ctx) {
    crowd *c = ctx;
    int me = atomic_fetch_add(&c->number, 1);
    message *mine = c->messages + me * c->each;
    uint64_t i = 0;
    for (; i < c->each; i++) {
        mine[i].from = me;
        mine[i].number = i;
        if (yoke_queue_mpsc_push(&c->q, &mine[i].node) != YOKE_OK) break;
        if (c->lazy > 0 && (i * 7 + me) % c->lazy == 0) sched_yield();
    }
    c->accepted[me] = i;
    /* The last to finish closes, so that the consumer comes to its end. */
    if (atomic_fetch_add(&c->finished, 1) == c->producers - 1) yoke_queue_mpsc_close(&c->q);
    return NULL;
}

/* The memory of a message may be used again right after its pop. */
static void take(crowd *c, yoke_mpsc_node *node) {
    message *m = of(node);
    c->wrong += m->from >= (uint64_t)c->producers || m->number != c->popped[m->from];
    if (m->from < PRODUCERS_MAX) c->popped[m->from]++;
    memset(m, 0xee, sizeof *m);
}

static void consume(crowd *c) {
    yoke_mpsc_node *node = NULL;
    for (int i = 1; yoke_queue_mpsc_pop(&c->q, &node, YOKE_FOREVER) == YOKE_OK; i++) {
        take(c, node);
        if (c->pause > 0 && i % c->pause == 0) sched_yield();
        if (i == c->close_after) yoke_queue_mpsc_close(&c->q);
        node = i % 5 ? NULL : yoke_queue_mpsc_try_pop(&c->q);
        if (node) take(c, node);
    }
}

static void run_crowd(crowd *c) {
    pthread_t threads[PRODUCERS_MAX];
    c->messages = malloc(c->producers * c->each * sizeof(message));
    REQUIRE(c->messages != NULL);
    yoke_queue_mpsc_init(&c->q);
    for (int i = 0; i < c->producers; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, produce, c) == 0);
    }
    consume(c);
    for (int i = 0; i < c->producers; i++) pthread_join(threads[i], NULL);
    /* Pushes that ran at the same time as the close. */
    for (yoke_mpsc_node *node; (node = yoke_queue_mpsc_try_pop(&c->q));) take(c, node);
    CU_ASSERT(yoke_queue_mpsc_empty(&c->q));
    CU_ASSERT_EQUAL(c->wrong, 0);
    for (int i = 0; i < c->producers; i++) CU_ASSERT_EQUAL(c->popped[i], c->accepted[i]);
    if (!c->close_after) CU_ASSERT_EQUAL(c->popped[0], c->each);
    free(c->messages);
}

TEST(delivers_each_message_once_and_in_order) {
    static const int PRODUCERS[] = {1, 2, 3, 7, 64};
    for (int i = 0; i < 5; i++) {
        uint64_t each = test_size(60000, 8000) / PRODUCERS[i];
        run_crowd(&(crowd){.producers = PRODUCERS[i], .each = each});
        run_crowd(&(crowd){.producers = PRODUCERS[i], .each = each / 8, .lazy = 9});
        run_crowd(&(crowd){.producers = PRODUCERS[i], .each = each / 8, .pause = 4});
        run_crowd(&(crowd){.producers = PRODUCERS[i], .each = each / 16, .lazy = 2, .pause = 30});
    }
}

TEST(loses_nothing_in_a_close) {
    for (int i = 0; i < (int)test_size(300, 50); i++) {
        int producers = 1 + (int)test_random_below(6);
        run_crowd(&(crowd){.producers = producers,
                           .each = 400,
                           .lazy = (int)test_random_below(4),
                           .close_after = 1 + (int)test_random_below(400)});
    }
}

/* ---- waking: a lost wake-up would stop the ball ---- */

typedef struct pair {
    yoke_queue_mpsc there, back;
} pair;

static void *play_back(void *ctx) {
    pair *p = ctx;
    yoke_mpsc_node *ball = NULL;
    while (yoke_queue_mpsc_pop(&p->there, &ball, YOKE_FOREVER) == YOKE_OK) {
        yoke_queue_mpsc_push(&p->back, ball);
    }
    return NULL;
}

TEST(wakes_the_consumer) {
    pair p;
    pthread_t other;
    message m = {.number = 0};
    yoke_mpsc_node *ball = NULL;
    yoke_queue_mpsc_init(&p.there);
    yoke_queue_mpsc_init(&p.back);
    REQUIRE(pthread_create(&other, NULL, play_back, &p) == 0);
    for (size_t i = 0; i < test_size(20000, 2000); i++) {
        yoke_queue_mpsc_push(&p.there, &m.node);
        REQUIRE(yoke_queue_mpsc_pop(&p.back, &ball, YOKE_FOREVER) == YOKE_OK);
        REQUIRE(ball == &m.node);
    }
    yoke_queue_mpsc_close(&p.there);
    pthread_join(other, NULL);
}

/* The consumer looks about for some ten microseconds before it sleeps; a message that comes just
 * when it goes to sleep must wake it, too. So they come at all times. */
static void wait_some(uint64_t random) {
    for (volatile uint64_t i = random % 20000; i > 0; i--) {
    }
}

static void *push_at_any_time(void *ctx) {
    pair *p = ctx;
    message m = {.number = 0};
    yoke_mpsc_node *ball = NULL;
    uint64_t random = 1;
    for (size_t i = 0; i < test_size(20000, 2000); i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        wait_some(random >> 33);
        yoke_queue_mpsc_push(&p->there, &m.node);
        yoke_queue_mpsc_pop(&p->back, &ball, YOKE_FOREVER);
    }
    yoke_queue_mpsc_close(&p->there);
    return NULL;
}

TEST(wakes_the_consumer_whenever_it_falls_asleep) {
    pair p;
    pthread_t other;
    yoke_queue_mpsc_init(&p.there);
    yoke_queue_mpsc_init(&p.back);
    REQUIRE(pthread_create(&other, NULL, push_at_any_time, &p) == 0);
    play_back(&p);
    pthread_join(other, NULL);
    CU_ASSERT(yoke_queue_mpsc_empty(&p.there));
}

/* ---- a kernel that has no barrier on all threads ---- */

TEST(works_without_the_barrier) {
    yoke_barrier_asymmetric_ = 0;
    run_crowd(&(crowd){.producers = 3, .each = 2000, .lazy = 9});
    wakes_the_consumer();
}

/* ---- linearizability: of the pushes, and of the pops that gave a node ---- */

enum { OPERATIONS = 6, RECORDED = 3 };

typedef struct recorded {
    yoke_queue_mpsc q;
    message messages[RECORDED][OPERATIONS];
} recorded;

static void record(history *h, int thread, void *ctx) {
    recorded *r = ctx;
    for (int i = 0; i < OPERATIONS; i++) {
        if (thread > 0) {
            message *m = &r->messages[thread][i];
            m->number = 100 * thread + i;
            history_op *op = history_begin(h, thread, HISTORY_PUSH, (int64_t)m->number, 0);
            history_end(h, op, yoke_queue_mpsc_push(&r->q, &m->node) == YOKE_OK, 0);
        }
    }
    for (int i = 0; thread == 0 && i < (RECORDED - 1) * OPERATIONS; i++) {
        history_op *op = history_begin(h, thread, HISTORY_POP, 0, 0);
        yoke_mpsc_node *node = yoke_queue_mpsc_try_pop(&r->q);
        if (node) {
            history_end(h, op, 1, (int64_t)of(node)->number);
        } else {
            history_drop(op);
        }
    }
}

TEST(is_linearizable) {
    history *h = history_create(RECORDED, (RECORDED - 1) * OPERATIONS);
    history_spec fifo = history_fifo(0);
    for (int round = 0; round < (int)test_size(500, 100); round++) {
        recorded r;
        yoke_queue_mpsc_init(&r.q);
        history_clear(h);
        history_run(h, record, &r);
        HISTORY_ASSERT(h, &fifo);
    }
    history_destroy(h);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The wait-for graph against a brute-force answer: threads register waits for random sets of
 * others, for all or for any of them, one after another; whether a wait could never end is decided
 * by trying all sets of threads.
 */
#include "tests/harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/waitfor.h"
#include "yoke/lock.h"

enum { THREADS = 8 };

/* A thread that does what it is told: begins or ends its wait. */
typedef struct puppet {
    yoke__wait wait; /* first: next_owner finds the puppet through it */
    unsigned owners; /* of the wait: puppets, as bits */
    pthread_t id;
    enum { NOTHING, GREET, BEGIN, END, LEAVE } _Atomic order;
    int index;
    int status;
    char detail[1024];
} puppet;

static puppet puppets[THREADS];

static int puppet_of(int index) {
    for (int i = 0; i < THREADS; i++) {
        if (puppets[i].index == index) return i;
    }
    return -1;
}

static int next_owner(const yoke__wait *wait, int after) {
    const puppet *p = (const puppet *)wait;
    for (int i = after + 1; i < yoke__thread_limit(); i++) {
        int owner = puppet_of(i);
        if (owner >= 0 && (p->owners >> owner & 1)) return i;
    }
    return -1;
}

static void *obey(void *ctx) {
    puppet *p = ctx;
    p->index = yoke_thread_index();
    for (;;) {
        int order = atomic_load(&p->order);
        if (order == NOTHING) {
            sched_yield();
            continue;
        }
        yoke__graph_lock();
        if (order == BEGIN) p->status = yoke__wait_begin(&p->wait);
        if (order == END) yoke__wait_end(&p->wait);
        yoke__graph_unlock();
        if (p->status < 0) strcpy(p->detail, yoke_error_detail());
        atomic_store(&p->order, NOTHING);
        if (order == LEAVE) return NULL;
    }
}

static void tell(puppet *p, int order) {
    atomic_store(&p->order, order);
    while (atomic_load(&p->order) != NOTHING) sched_yield();
}

static void start_all(void) {
    for (int i = 0; i < THREADS; i++) {
        puppets[i].index = -1;
        REQUIRE(!pthread_create(&puppets[i].id, NULL, obey, &puppets[i]));
        tell(&puppets[i], GREET); /* obeys, so it has its index */
    }
}

static void end_all(void) {
    for (int i = 0; i < THREADS; i++) {
        tell(&puppets[i], LEAVE);
        pthread_join(puppets[i].id, NULL);
    }
}

static void describe(puppet *p, unsigned owners, bool any, yoke_deadline deadline) {
    p->owners = owners;
    p->status = YOKE_OK;
    p->wait = (yoke__wait){.what = "for",
                           .name = "thing",
                           .object = p,
                           .site = "here",
                           .deadline = deadline,
                           .any = any,
                           .next_owner = next_owner};
}

/* ---- the oracle ---- */

static bool stays_stuck(int i, unsigned set) {
    const puppet *p = &puppets[i];
    if (p->wait.any) return p->owners && (p->owners & ~set) == 0;
    return (p->owners & set) != 0;
}

/* Whether some set of waiting threads with this one in it waits for itself only. */
static bool never_ends(int first, unsigned waiting) {
    waiting |= 1u << first;
    for (unsigned set = 1; set < 1u << THREADS; set++) {
        if ((set & ~waiting) || !(set >> first & 1)) continue;
        bool closed = true;
        for (int i = 0; i < THREADS && closed; i++) {
            if (set >> i & 1) closed = stays_stuck(i, set);
        }
        if (closed) return true;
    }
    return false;
}

/* ---- tests ---- */

static unsigned random_owners(int not_itself) {
    unsigned owners = 0;
    for (int n = 1 + (int)test_random_below(3); n > 0; n--)
        owners |= 1u << test_random_below(THREADS);
    return test_random_below(4) ? owners & ~(1u << not_itself) : owners;
}

TEST(random_graphs_agree_with_brute_force) {
    unsigned waiting = 0;
    long refused = 0, with_any = 0;
    start_all();
    for (size_t round = 0; round < test_size(20000, 2000); round++) {
        int i = (int)test_random_below(THREADS);
        puppet *p = &puppets[i];
        if (waiting >> i & 1) {
            tell(p, END);
            waiting &= ~(1u << i);
            continue;
        }
        bool over = test_random_below(10) == 0; /* its deadline has passed: it does not count */
        describe(p, random_owners(i), test_random_below(3) == 0, over ? 1 : YOKE_FOREVER);
        bool expected = !over && never_ends(i, waiting);
        tell(p, BEGIN);
        CU_ASSERT_EQUAL(p->status, expected ? YOKE_EDEADLK : YOKE_OK);
        if (expected) refused++, with_any += p->wait.any;
        if (p->status == YOKE_OK && !over) waiting |= 1u << i;
        if (p->status == YOKE_OK && over && test_random_below(2)) tell(p, END);
    }
    end_all();
    CU_ASSERT(refused > 50);
    CU_ASSERT(with_any > 5);
}

TEST(any_of_several_is_stuck_only_when_all_are) {
    start_all();
    describe(&puppets[0], 1u << 1 | 1u << 2, true, YOKE_FOREVER);
    tell(&puppets[0], BEGIN);
    CU_ASSERT_EQUAL(puppets[0].status, YOKE_OK);
    describe(&puppets[1], 1u << 0, false, YOKE_FOREVER);
    tell(&puppets[1], BEGIN);
    CU_ASSERT_EQUAL(puppets[1].status, YOKE_OK); /* 2 may still act */
    describe(&puppets[2], 1u << 0, false, YOKE_FOREVER);
    tell(&puppets[2], BEGIN);
    CU_ASSERT_EQUAL(puppets[2].status, YOKE_EDEADLK);
    CU_ASSERT_PTR_NOT_NULL(strstr(puppets[2].detail, "waits for 'thing' at here, for thread "));
    describe(&puppets[2], 1u << 3, false, YOKE_FOREVER);
    tell(&puppets[2], BEGIN);
    CU_ASSERT_EQUAL(puppets[2].status, YOKE_OK); /* the refused wait is gone */
    end_all();
}

TEST(a_deadline_that_has_passed_ends_the_path) {
    start_all();
    yoke_deadline soon = yoke_deadline_in(0.002);
    describe(&puppets[0], 1u << 1, false, soon);
    tell(&puppets[0], BEGIN);
    CU_ASSERT_EQUAL(puppets[0].status, YOKE_OK);
    while (!yoke_deadline_passed(soon)) sched_yield();
    describe(&puppets[1], 1u << 0, false, YOKE_FOREVER);
    tell(&puppets[1], BEGIN);
    CU_ASSERT_EQUAL(puppets[1].status, YOKE_OK);
    tell(&puppets[0], END);
    describe(&puppets[0], 1u << 1, false, yoke_deadline_in(1000)); /* to come: it counts */
    tell(&puppets[0], BEGIN);
    CU_ASSERT_EQUAL(puppets[0].status, YOKE_EDEADLK);
    CU_ASSERT_PTR_NOT_NULL(strstr(puppets[0].detail, "(until a deadline)"));
    end_all();
}

static int nobody(const yoke__wait *wait, int after) {
    (void)wait, (void)after;
    return -1;
}

/* What is needed of queues: order, front, removal from anywhere. */
TEST(queues) {
    enum { COUNT = 6 };
    REQUIRE(yoke_thread_index() >= 0);
    yoke__wait waits[COUNT] = {{.next_owner = nobody}};
    void *queue = NULL;
    static const int in_front[COUNT] = {0, 0, 0, 1, 0, 1};
    for (int i = 0; i < COUNT; i++) yoke__wait_push(&queue, &waits[i], in_front[i]);
    static const int order[COUNT] = {5, 3, 0, 1, 2, 4};
    const yoke__wait *at = queue;
    for (int i = 0; i < COUNT; i++, at = at->behind) CU_ASSERT_EQUAL(at - waits, order[i]);
    CU_ASSERT_PTR_EQUAL(at, queue);
    yoke__wait_remove(&queue, &waits[5]); /* first, middle, last */
    yoke__wait_remove(&queue, &waits[0]);
    yoke__wait_remove(&queue, &waits[4]);
    static const int left[3] = {3, 1, 2};
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_PTR_EQUAL(queue, &waits[left[i]]);
        CU_ASSERT(yoke__wait_queued(&waits[left[i]]));
        yoke__wait_remove(&queue, queue);
        CU_ASSERT(!yoke__wait_queued(&waits[left[i]]));
    }
    CU_ASSERT_PTR_NULL(queue);
}

/* ---- held lists ---- */

/* Against a plain array: pushes, pops of the newest of an object, highest ranks. */
TEST(held_lists_agree_with_an_array) {
    enum { MOST = 200 };
    yoke__holds holds = {0};
    struct {
        int object, rank;
    } list[MOST];
    char objects[16] = {0};
    int count = 0;
    CU_ASSERT(!yoke__held_pop(&holds, objects));
    CU_ASSERT_EQUAL(yoke__held_top(&holds), 0);
    for (size_t round = 0; round < test_size(100000, 10000); round++) {
        int object = (int)test_random_below(16), rank = (int)test_random_below(1000);
        unsigned often = round / 300 % 2 ? 20 : 80; /* so that the list is long, and short again */
        if (count < MOST && test_random_below(100) < often) {
            REQUIRE(yoke__held_reserve(&holds) == YOKE_OK);
            yoke__held_push(&holds, &objects[object], "name", rank, "site");
            list[count].object = object;
            list[count++].rank = rank;
        } else {
            int at = count - 1;
            while (at >= 0 && list[at].object != object) at--;
            CU_ASSERT_EQUAL(yoke__held_find(&holds, &objects[object]) != NULL, at >= 0);
            CU_ASSERT_EQUAL(yoke__held_pop(&holds, &objects[object]), at >= 0);
            if (at >= 0) memmove(&list[at], &list[at + 1], sizeof *list * (size_t)(--count - at));
        }
        int top = 0;
        unsigned same = 0;
        for (int i = 0; i < count; i++) {
            if (list[i].rank > top) top = list[i].rank;
            same += list[i].object == object;
        }
        CU_ASSERT_EQUAL(yoke__held_top(&holds), top);
        CU_ASSERT_EQUAL(yoke__held_count(&holds, &objects[object]), same);
        CU_ASSERT_EQUAL(yoke__held_any(&holds), count > 0);
    }
    if (holds.entries != holds.few) free(holds.entries);
}

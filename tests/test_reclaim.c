/* SPDX-License-Identifier: Apache-2.0
 *
 * Reclamation. Objects know whether they were released, and readers look at what they loaded again
 * and again until their section ends: an early release shows as a dead object, as use after free
 * under AddressSanitizer, and as a race under ThreadSanitizer. Late or forgotten releases show in
 * counts and in the stated bound. Each stress runs with the barrier of the kernel and without.
 */
#include "yoke/reclaim.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "tests/no_barrier.h"
#include "tests/reclaim_objects.h"
#include "yoke/event.h"

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
    CU_ASSERT_PTR_EQUAL(load(&place), old);
    yoke_reclaim_retire(domain, &old->node);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 1); /* the era moves on */
    REQUIRE(yoke_reclaim_enter() == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 1);
    yoke_reclaim_leave();
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

/* ---- a kernel that refuses ---- */

TEST(nothing_is_released_without_a_barrier) {
    if (!yoke_barrier_asymmetric_ || !forbid_barrier()) return;
    yoke_reclaim *domain = create(4);
    for (int i = 0; i < 100; i++) yoke_reclaim_retire(domain, &make(i)->node);
    CU_ASSERT_EQUAL(yoke_reclaim_collect(domain), 100);
    CU_ASSERT_EQUAL(atomic_load(&released), 0);
    finish(domain);
}

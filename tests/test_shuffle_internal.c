/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness.h"

#include <stdbool.h>
#include <string.h>

#include "runtime/shuffle.h"
#include "yoke/team.h"

TEST(every_place_comes_once) {
    static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 63, 64, 65, 1000};
    bool seen[1000];
    int moved = 0;
    atomic_store(&yoke__shuffle_seed, 7);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint64_t draw = yoke__shuffle_draw();
        memset(seen, 0, sizeof seen);
        for (size_t i = 0; i < sizes[s]; i++) {
            size_t place = yoke__shuffle_place(draw, i, sizes[s]);
            REQUIRE(place < sizes[s]);
            CU_ASSERT(!seen[place]);
            seen[place] = true;
            moved += place != i;
        }
    }
    CU_ASSERT(moved > 900);
}

TEST(without_a_seed_nothing_is_drawn) {
    atomic_store(&yoke__shuffle_seed, 0);
    CU_ASSERT_EQUAL(yoke__shuffle_draw(), 0);
    CU_ASSERT_EQUAL(yoke__shuffle_place(0, 5, 9), 5);
    CU_ASSERT_EQUAL(yoke__shuffle_size(16384), 16384);
}

TEST(sizes_are_between_a_fourth_and_the_whole) {
    atomic_store(&yoke__shuffle_seed, 3);
    int smaller = 0;
    for (int i = 0; i < 1000; i++) {
        size_t size = yoke__shuffle_size(16384), small = yoke__shuffle_size(2);
        CU_ASSERT(size >= 4096 && size <= 16384 && size % 64 == 0);
        CU_ASSERT_EQUAL(small, 2);
        smaller += size < 16384;
    }
    CU_ASSERT(smaller > 500 && smaller < 1000);
}

/* The order in which the members of a team of one thread run. */
typedef struct order {
    int members[8], count;
} order;

static int note(yoke_team *team, int member, void *ctx) {
    order *o = ctx;
    (void)team;
    o->members[o->count++] = member;
    return YOKE_OK;
}

static int run_on_one_thread(order *o) {
    int status = YOKE_OK;
#pragma omp parallel num_threads(1) default(none) shared(o, status)
    status = yoke_team_run(8, note, o);
    return status;
}

/* Which task a thread takes first is the OpenMP runtime's choice, but the same each time. */
TEST(members_change_places) {
    order plain = {.count = 0}, again = {.count = 0}, shuffled = {.count = 0};
    bool seen[8] = {false};
    atomic_store(&yoke__shuffle_seed, 0);
    CU_ASSERT_EQUAL(run_on_one_thread(&plain), YOKE_OK);
    CU_ASSERT_EQUAL(run_on_one_thread(&again), YOKE_OK);
    CU_ASSERT(memcmp(&plain, &again, sizeof plain) == 0);
    atomic_store(&yoke__shuffle_seed, 11);
    CU_ASSERT_EQUAL(run_on_one_thread(&shuffled), YOKE_OK);
    CU_ASSERT_EQUAL(shuffled.count, 8);
    for (int i = 0; i < shuffled.count; i++) seen[shuffled.members[i]] = true;
    for (int i = 0; i < 8; i++) CU_ASSERT(seen[i]);
    CU_ASSERT(memcmp(&plain, &shuffled, sizeof plain) != 0);
}

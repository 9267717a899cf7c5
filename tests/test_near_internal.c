/* SPDX-License-Identifier: Apache-2.0
 *
 * The order in which a worker robs the others: near ones first, those that are equally far
 * together.
 */
#include <stdlib.h>
#include <unistd.h>

#include "pool/pool.h"
#include "tests/harness.h"

enum { WORKERS = 6 };

typedef struct seats {
    worker workers[WORKERS];
    worker *list[WORKERS];
    int order[WORKERS], classes[WORKERS];
    victims others;
} seats;

static seats *sit(const int *processors) {
    seats *s = yoke_aligned_alloc(sizeof *s);
    REQUIRE(s != NULL);
    for (int i = 0; i < WORKERS; i++) {
        s->list[i] = &s->workers[i];
        atomic_init(&s->workers[i].processor, processors[i]);
    }
    s->others = (victims){.order = s->order, .classes = s->classes};
    return s;
}

static void check_order(const victims *others, const int *order, int classes) {
    int begin = 0;
    CU_ASSERT_EQUAL(others->count, WORKERS - 1);
    for (int i = 0; i < WORKERS - 1; i++) CU_ASSERT_EQUAL(others->order[i], order[i]);
    for (int i = 0; i < classes; i++) {
        CU_ASSERT(others->classes[i] > begin);
        begin = others->classes[i];
    }
    CU_ASSERT_EQUAL(begin, WORKERS - 1);
}

TEST(threads_that_wander_are_all_alike) {
    seats *s = sit((const int[]){-1, -1, -1, -1, -1, -1});
    yoke__near_order(s->list, WORKERS, 2, &s->others);
    check_order(&s->others, (const int[]){0, 1, 3, 4, 5}, 1);
    yoke_aligned_free(s);
}

/* Processors 0 and 1, where there are two: the same one is nearer. */
TEST(who_shares_the_processor_comes_first) {
    seats *s = sit((const int[]){1, 0, 1, 0, 1, 0});
    yoke__near_order(s->list, WORKERS, 3, &s->others);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
        check_order(&s->others, (const int[]){1, 5, 0, 2, 4}, 2);
        CU_ASSERT_EQUAL(s->others.classes[0], 2);
    }
    yoke_aligned_free(s);
}

/* Two packages of two caches of two cores of two processors; the environment is the test's own. */
TEST(the_farther_up_they_meet_the_later_they_come) {
    REQUIRE(setenv("HWLOC_SYNTHETIC", "package:2 l3cache:2 core:2 pu:2", 1) == 0);
    seats *s = sit((const int[]){8, 4, 15, 0, 2, 1});
    yoke__near_order(s->list, WORKERS, 3, &s->others);
    check_order(&s->others, (const int[]){5, 4, 1, 0, 2}, 4);
    static const int ends[] = {1, 2, 3, 5};
    for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(s->others.classes[i], ends[i]);
    yoke_aligned_free(s);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The heap of timers against a plain list, and the watch.
 */
#include "pool/timer.h"

#include <stdlib.h>

#include "tests/harness.h"

enum { MANY = 300 };

typedef struct item {
    yoke__timer timer; /* first */
    int number;
} item;

static int fired[MANY], count;

static void fire(yoke__timer *timer) { fired[count++] = ((item *)timer)->number; }

static yoke_deadline least(const item *items, const int *in) {
    yoke_deadline least = YOKE_FOREVER;
    for (int i = 0; i < MANY; i++) {
        if (in[i] && items[i].timer.at < least) least = items[i].timer.at;
    }
    return least;
}

/* Sets and kills at random moments in the past; then all that are left fire in their order. */
static void play(yoke__timers *timers, item *items, int *in) {
    for (int step = 0; step < 4 * MANY; step++) {
        int i = (int)test_random_below(MANY);
        yoke_deadline before = least(items, in), at = 1 + (yoke_deadline)test_random_below(1000);
        bool earliest = false;
        if (in[i]) {
            CU_ASSERT(yoke__timer_kill(timers, &items[i].timer));
            CU_ASSERT(!yoke__timer_set(timers, &items[i].timer, at, &earliest) && !earliest);
            items[i].timer.dead = false;
            in[i] = 0;
        } else {
            CU_ASSERT(yoke__timer_set(timers, &items[i].timer, at, &earliest));
            CU_ASSERT_EQUAL(earliest, at < before);
            in[i] = 1;
        }
        CU_ASSERT_EQUAL(timers->alarm, least(items, in));
    }
}

TEST(timers_fire_in_order_whatever_was_set_and_killed) {
    for (int round = 0; round < 20; round++) {
        static item items[MANY];
        int in[MANY] = {0}, expected = 0;
        yoke__timers timers;
        yoke__timers_init(&timers);
        for (int i = 0; i < MANY; i++) {
            items[i] = (item){{.fire = fire}, i};
            CU_ASSERT_EQUAL(yoke__timers_reserve(&timers), YOKE_OK);
            CU_ASSERT(timers.room >= (size_t)i + 1); /* though none is set yet */
        }
        play(&timers, items, in);
        for (int i = 0; i < MANY; i++) expected += in[i];
        count = 0;
        yoke__timers_fire(&timers);
        CU_ASSERT_EQUAL(count, expected);
        for (int i = 0; i < count; i++) {
            CU_ASSERT(in[fired[i]]);
            CU_ASSERT(i == 0 || items[fired[i]].timer.at >= items[fired[i - 1]].timer.at);
        }
        CU_ASSERT_EQUAL(timers.alarm, YOKE_FOREVER);
        yoke__timers_fini(&timers);
    }
}

TEST(one_that_sleeps_is_the_watch) {
    yoke__timers timers;
    yoke__timers_init(&timers);
    item a = {{.fire = fire}, 0}, b = {{.fire = fire}, 1};
    bool earliest;
    yoke_deadline late = yoke_deadline_in(1000), soon = yoke_deadline_in(500);
    for (int i = 0; i < 2; i++) REQUIRE(yoke__timers_reserve(&timers) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke__timers_watch(&timers), YOKE_FOREVER);
    CU_ASSERT(yoke__timer_set(&timers, &a.timer, late, &earliest) && earliest);
    CU_ASSERT_EQUAL(yoke__timers_watch(&timers), late);
    CU_ASSERT_EQUAL(yoke__timers_watch(&timers), YOKE_FOREVER); /* there is one */
    CU_ASSERT(yoke__timer_set(&timers, &b.timer, soon, &earliest) && earliest);
    CU_ASSERT_EQUAL(yoke__timers_watch(&timers), soon); /* an earlier one takes over */
    yoke__timers_unwatch(&timers, late);
    CU_ASSERT_EQUAL(yoke__timers_watch(&timers), YOKE_FOREVER);
    yoke__timers_unwatch(&timers, soon);
    CU_ASSERT_EQUAL(yoke__timers_watch(&timers), soon);
    CU_ASSERT(yoke__timers_armed(&timers));
    CU_ASSERT(yoke__timer_kill(&timers, &b.timer) && yoke__timer_kill(&timers, &a.timer));
    CU_ASSERT(!yoke__timer_kill(&timers, &a.timer) && !yoke__timers_armed(&timers));
    yoke__timers_fini(&timers);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Deadlines against the clock itself, read before and after.
 */
#include "yoke/deadline.h"

#include <math.h>
#include <time.h>

#include "tests/harness.h"

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* yoke_deadline_in is `span` nanoseconds after some moment of its call. */
static void check_span(double seconds, int64_t span) {
    int64_t before = now();
    yoke_deadline deadline = yoke_deadline_in(seconds);
    int64_t after = now();
    CU_ASSERT(deadline >= before + span);
    CU_ASSERT(deadline <= after + span);
}

TEST(spans_are_exact) {
    check_span(0, 0);
    check_span(1e-9, 1);
    check_span(1e-10, 1); /* a span that is asked for is never none */
    check_span(2.5e-9, 3);
    check_span(1, 1000000000);
    check_span(0.001, 1000000);
    check_span(86400, 86400000000000LL);
    check_span(4294967296.0, 4294967296000000000LL);
    for (int i = 0; i < 10000; i++) {
        int64_t span = 1 + (int64_t)test_random_below(1u << 30);
        double seconds = (double)span / 1e9;
        check_span(seconds, (int64_t)ceil(seconds * 1e9));
    }
}

TEST(no_span_is_now) {
    check_span(-1, 0);
    check_span(-INFINITY, 0);
    check_span(-1e-300, 0);
    check_span(NAN, 0);
}

TEST(too_long_a_span_is_forever) {
    CU_ASSERT_EQUAL(yoke_deadline_in(INFINITY), YOKE_FOREVER);
    CU_ASSERT_EQUAL(yoke_deadline_in(1e300), YOKE_FOREVER);
    CU_ASSERT_EQUAL(yoke_deadline_in(1e10), YOKE_FOREVER);
    CU_ASSERT_EQUAL(yoke_deadline_in(9223372036.854775807), YOKE_FOREVER);
    /* The longest that fit: no overflow on the way (UndefinedBehaviorSanitizer watches). */
    int64_t room = YOKE_FOREVER - now();
    for (int64_t less = 0; less < 2000000000; less += 1000000) {
        yoke_deadline deadline = yoke_deadline_in((double)(room - less) / 1e9);
        CU_ASSERT(deadline > now());
    }
    CU_ASSERT(yoke_deadline_in((double)(room - 2000000000) / 1e9) < YOKE_FOREVER);
}

TEST(passed) {
    CU_ASSERT(yoke_deadline_passed(YOKE_NOW));
    CU_ASSERT(yoke_deadline_passed(-1));
    CU_ASSERT(yoke_deadline_passed(INT64_MIN));
    CU_ASSERT(yoke_deadline_passed(1));
    CU_ASSERT(yoke_deadline_passed(yoke_deadline_in(0)));
    CU_ASSERT(!yoke_deadline_passed(YOKE_FOREVER));
    CU_ASSERT(!yoke_deadline_passed(YOKE_FOREVER - 1));
    CU_ASSERT(!yoke_deadline_passed(yoke_deadline_in(3600)));
    yoke_deadline soon = yoke_deadline_in(0.002);
    while (!yoke_deadline_passed(soon)) {
    }
    CU_ASSERT(now() >= soon);
}

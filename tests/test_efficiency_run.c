/* SPDX-License-Identifier: Apache-2.0
 *
 * Efficiencies of programs that really ran: their imbalance and serial share are known, since work
 * is counted by the thread's CPU clock, so that other programs on the machine do not change it.
 *
 * On a busy machine the waits for a processor are transfer. Where they did not all fall on the
 * thread that the others waited for, serialisation has a part of them, and another run is made.
 */
#include "tests/harness.h"

#include <math.h>
#include <time.h>

#include "yoke/measure.h"
#include "yoke/region.h"
#include "yoke/report.h"
#include "yoke/team.h"

enum { RUNS = 12 };

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void burn(double seconds) {
    for (double end = cpu_seconds() + seconds; cpu_seconds() < end;) continue;
}

typedef struct program {
    double serial, each[2]; /* seconds */
} program;

static int run_member(yoke_team *team, int member, void *ctx) {
    const program *p = ctx;
    (void)team;
    yoke_region_begin("solve");
    burn(p->each[member]);
    yoke_region_end("solve");
    return 0;
}

static int greet(yoke_team *team, int member, void *ctx) {
    (void)team;
    (void)member;
    (void)ctx;
    return 0;
}

/* A team that has been there before: how long the system takes to start its threads is not known
 * to the threads. */
static yoke_efficiency run(program *p) {
    yoke_profile *profile;
    yoke_efficiency e;
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    REQUIRE(yoke_team_run(2, greet, NULL) == YOKE_OK);
    yoke_region_begin("prepare");
    if (p->serial > 0) burn(p->serial);
    yoke_region_end("prepare");
    REQUIRE(yoke_team_run(2, run_member, p) == YOKE_OK);
    REQUIRE(yoke_measure_stop(&profile) == YOKE_OK);
    REQUIRE(yoke_efficiency_read(profile, 0, &e) == YOKE_OK);
    yoke_profile_destroy(profile);
    return e;
}

static bool is_within_3_points(double value, double expected) {
    return fabs(value - expected) < 0.03;
}

/* What an idle machine would show. */
static void expect(program p) {
    double most = fmax(p.each[0], p.each[1]), mean = (p.serial + p.each[0] + p.each[1]) / 2;
    double without_serial = p.serial / 2 + most;
    double load_balance = mean / without_serial;
    double serialisation = without_serial / (p.serial + most);
    yoke_efficiency e = {0};
    for (int i = 0; i < RUNS; i++) {
        e = run(&p);
        CU_ASSERT(fabs(e.load_balance * e.serialisation * e.transfer - e.parallel) < 1e-12);
        if (is_within_3_points(e.load_balance, load_balance) &&
            is_within_3_points(e.serialisation, serialisation))
            return;
    }
    CU_ASSERT_EQUAL(e.load_balance, load_balance);
    CU_ASSERT_EQUAL(e.serialisation, serialisation);
}

TEST_WITH_LIMIT(imbalance_of_10_percent, 120) { expect((program){0, {0.15, 0.135}}); }
TEST_WITH_LIMIT(imbalance_of_30_percent, 120) { expect((program){0, {0.15, 0.105}}); }
TEST_WITH_LIMIT(imbalance_of_60_percent, 120) { expect((program){0, {0.06, 0.15}}); }
TEST_WITH_LIMIT(serial_share_of_20_percent, 120) { expect((program){0.05, {0.1, 0.1}}); }
TEST_WITH_LIMIT(serial_share_of_half, 120) { expect((program){0.1, {0.05, 0.05}}); }
TEST_WITH_LIMIT(serial_share_and_imbalance, 120) { expect((program){0.06, {0.1, 0.06}}); }

/* SPDX-License-Identifier: Apache-2.0
 *
 * Efficiencies of programs that really ran: their imbalance and serial share are known, since work
 * is counted by the thread's CPU clock, so that other programs on the machine do not change it.
 *
 * On a busy machine the waits for a processor are transfer. Where they did not all fall on the
 * thread that the others waited for, serialisation has a part of them, and another run is made. So
 * the threads go ahead of other programs, where that is allowed, and there is time for many runs.
 *
 * Where only transfer is lost, all that a run takes longer than its useful time is transfer: what
 * the program spent on running in parallel, and what its threads waited for processors.
 */
#include "tests/harness.h"

#include <math.h>
#include <sched.h>
#include <time.h>

#include "yoke/deadline.h"
#include "yoke/measure.h"
#include "yoke/region.h"
#include "yoke/report.h"
#include "yoke/team.h"

enum { PATIENCE_SECONDS = 240 };

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
    double runtime;         /* of each member, spent on running in parallel */
    bool together;          /* the members have one processor */
} program;

static int run_member(yoke_team *team, int member, void *ctx) {
    const program *p = ctx;
    (void)team;
    yoke_region_begin("solve");
    burn(p->each[member]);
    yoke_region_end("solve");
    yoke_region_begin_as("hand over", YOKE_ACTIVITY_RUNTIME);
    if (p->runtime > 0) burn(p->runtime);
    yoke_region_end("hand over");
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
static yoke_efficiency run(const program *p) {
    yoke_profile *profile;
    yoke_efficiency e;
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    REQUIRE(yoke_team_run(2, greet, NULL) == YOKE_OK);
    yoke_region_begin("prepare");
    if (p->serial > 0) burn(p->serial);
    yoke_region_end("prepare");
    REQUIRE(yoke_team_run(2, run_member, (void *)p) == YOKE_OK);
    REQUIRE(yoke_measure_stop(&profile) == YOKE_OK);
    REQUIRE(yoke_efficiency_read(profile, 0, &e) == YOKE_OK);
    yoke_profile_destroy(profile);
    return e;
}

static bool is_within_3_points(double value, double expected) {
    return fabs(value - expected) < 0.03;
}

/* For threads that are made from now on, too. */
static void go_ahead(void) {
    (void)sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 1});
}

/* What an idle machine would show. */
static void expect(program p) {
    double most = fmax(p.each[0], p.each[1]), mean = (p.serial + p.each[0] + p.each[1]) / 2;
    double without_serial = p.serial / 2 + most;
    double load_balance = mean / without_serial;
    double serialisation = without_serial / (p.serial + most);
    yoke_efficiency e;
    yoke_deadline end = yoke_deadline_in(PATIENCE_SECONDS);
    go_ahead();
    do {
        e = run(&p);
        CU_ASSERT(fabs(e.load_balance * e.serialisation * e.transfer - e.parallel) < 1e-12);
        if (is_within_3_points(e.load_balance, load_balance) &&
            is_within_3_points(e.serialisation, serialisation))
            return;
    } while (!yoke_deadline_passed(end));
    CU_ASSERT_EQUAL(e.load_balance, load_balance);
    CU_ASSERT_EQUAL(e.serialisation, serialisation);
}

TEST_WITH_LIMIT(imbalance_of_10_percent, 300) { expect((program){.each = {0.15, 0.135}}); }
TEST_WITH_LIMIT(imbalance_of_30_percent, 300) { expect((program){.each = {0.15, 0.105}}); }
TEST_WITH_LIMIT(imbalance_of_60_percent, 300) { expect((program){.each = {0.06, 0.15}}); }
TEST_WITH_LIMIT(serial_share_of_10_percent, 300) {
    expect((program){.serial = 0.03, .each = {0.135, 0.135}});
}
TEST_WITH_LIMIT(serial_share_of_20_percent, 300) {
    expect((program){.serial = 0.05, .each = {0.1, 0.1}});
}
TEST_WITH_LIMIT(serial_share_of_30_percent, 300) {
    expect((program){.serial = 0.075, .each = {0.0875, 0.0875}});
}
TEST_WITH_LIMIT(serial_share_of_half, 300) {
    expect((program){.serial = 0.1, .each = {0.05, 0.05}});
}
TEST_WITH_LIMIT(serial_share_of_60_percent, 300) {
    expect((program){.serial = 0.12, .each = {0.04, 0.04}});
}
TEST_WITH_LIMIT(serial_share_and_imbalance, 300) {
    expect((program){.serial = 0.06, .each = {0.1, 0.06}});
}

/* ---- transfer alone ---- */

static double wall_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int bind_member(yoke_team *team, int member, void *ctx) {
    (void)team, (void)member;
    return sched_setaffinity(0, sizeof(cpu_set_t), ctx) ? yoke_fail(YOKE_EIO, NULL) : 0;
}

/* Both members to the first processor that they may use. */
static void bind_to_one(void) {
    cpu_set_t may, one;
    int cpu = 0;
    REQUIRE(sched_getaffinity(0, sizeof may, &may) == 0);
    while (!CPU_ISSET(cpu, &may)) cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    REQUIRE(yoke_team_run(2, bind_member, &one) == 0);
}

/* `least` is lost in any case; what a busy machine takes beside is known by the wall clock. */
static void expect_transfer(program p, double least) {
    yoke_efficiency e;
    double known;
    yoke_deadline end = yoke_deadline_in(PATIENCE_SECONDS);
    go_ahead();
    if (p.together) bind_to_one();
    do {
        double begin = wall_seconds();
        e = run(&p);
        double wall = wall_seconds() - begin;
        known = p.each[0] / wall;
        CU_ASSERT(fabs(e.load_balance * e.serialisation * e.transfer - e.parallel) < 1e-12);
        CU_ASSERT(e.transfer < 1 - least + 0.03);
        if (is_within_3_points(e.transfer, known) && is_within_3_points(e.load_balance, 1) &&
            is_within_3_points(e.serialisation, 1)) {
            CU_ASSERT_EQUAL(e.limit, YOKE_FACTOR_TRANSFER);
            return;
        }
    } while (!yoke_deadline_passed(end));
    CU_ASSERT_EQUAL(e.transfer, known);
    CU_ASSERT_EQUAL(e.load_balance, 1);
    CU_ASSERT_EQUAL(e.serialisation, 1);
}

TEST_WITH_LIMIT(transfer_of_10_percent, 300) {
    expect_transfer((program){.each = {0.18, 0.18}, .runtime = 0.02}, 0.1);
}
TEST_WITH_LIMIT(transfer_of_30_percent, 300) {
    expect_transfer((program){.each = {0.14, 0.14}, .runtime = 0.06}, 0.3);
}
TEST_WITH_LIMIT(transfer_of_60_percent, 300) {
    expect_transfer((program){.each = {0.08, 0.08}, .runtime = 0.12}, 0.6);
}
/* Each is ready for half of the time, and has no processor. */
TEST_WITH_LIMIT(transfer_of_half_on_one_processor, 300) {
    expect_transfer((program){.each = {0.12, 0.12}, .together = true}, 0.4);
}

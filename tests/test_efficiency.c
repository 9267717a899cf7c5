/* SPDX-License-Identifier: Apache-2.0
 *
 * Efficiencies of profiles made by hand, whose right values follow from yoke/report.h.
 */
#include "tests/harness.h"

#include <math.h>
#include <string.h>

#include "tests/profile_made.h"
#include "yoke/report.h"

static made_profile made;

static bool near(double value, double expected) { return fabs(value - expected) < 1e-12; }

#define ASSERT_NEAR(value, expected)                                                               \
    do {                                                                                           \
        if (!near((value), (expected))) CU_ASSERT_EQUAL((value), (expected));                      \
    } while (0)

static yoke_efficiency read_region(int region) {
    yoke_efficiency e;
    REQUIRE(yoke_efficiency_read(&made.profile, region, &e) == YOKE_OK);
    if (yoke_is_measured(e.parallel)) {
        ASSERT_NEAR(e.load_balance * e.serialisation * e.transfer, e.parallel);
        CU_ASSERT(e.load_balance <= 1 + 1e-12 && e.serialisation <= 1 + 1e-12 &&
                  e.transfer <= 1 + 1e-12);
    }
    return e;
}

static void expect_factors(const yoke_efficiency *e, double load_balance, double serialisation,
                           double transfer) {
    ASSERT_NEAR(e->load_balance, load_balance);
    ASSERT_NEAR(e->serialisation, serialisation);
    ASSERT_NEAR(e->transfer, transfer);
}

static void expect_text(const char *text, const char *part) {
    if (!strstr(text, part)) CU_ASSERT_STRING_EQUAL(text, part);
}

/* ---- trees ---- */

static bool is_inside(int region, int other) {
    while (region > other) region = made.regions[region].parent;
    return region == other;
}

/* Useful times of random trees are those of the regions that have a region on their way up. */
TEST(a_region_has_the_times_of_all_inside_it) {
    for (int run = 0; run < 20; run++) {
        double self[MADE_REGIONS] = {0};
        made_begin(&made, 2, 1);
        for (int r = 1; r < MADE_REGIONS; r++)
            made_region(&made, "r", (int)test_random_below((uint64_t)r), YOKE_ACTIVITY_WORK);
        for (int r = 1; r < MADE_REGIONS; r++) {
            self[r] = 1 + (double)test_random_below(8);
            for (int i = 0; i < 2; i++) made_cell(&made, r, i, self[r], self[r]);
        }
        for (int r = 0; r < MADE_REGIONS; r++) {
            double sum = 0;
            for (int i = r; i < MADE_REGIONS; i++) sum += is_inside(i, r) ? self[i] : 0;
            ASSERT_NEAR(read_region(r).useful_mean_s, sum);
        }
    }
}

/* ---- load balance ---- */

/* Threads 1 and up have (1 - imbalance) of thread 0's work, then they are outside. */
static void make_imbalance(int threads, double imbalance) {
    made_begin(&made, threads, 2);
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    made_cell(&made, 0, 0, 2, 0);
    for (int i = 0; i < threads; i++) {
        double work = 2 * (i ? 1 - imbalance : 1);
        made_clocked(&made, loop, i, work, work, work, 0);
    }
}

TEST(known_imbalance) {
    static const double imbalances[] = {0, 0.1, 0.3, 0.6, 0.9};
    for (size_t i = 0; i < sizeof imbalances / sizeof *imbalances; i++) {
        for (int threads = 2; threads <= 1000; threads = threads < 8 ? threads + 1 : threads * 5) {
            make_imbalance(threads, imbalances[i]);
            yoke_efficiency e = read_region(0);
            CU_ASSERT_EQUAL(e.threads, threads);
            expect_factors(&e, 1 - imbalances[i] * (threads - 1) / threads, 1, 1);
            CU_ASSERT_EQUAL(e.limit,
                            e.parallel > 0.95 ? YOKE_FACTOR_NONE : YOKE_FACTOR_LOAD_BALANCE);
        }
    }
}

TEST(sentence_of_imbalance) {
    make_imbalance(2, 0.6);
    yoke_efficiency e = read_region(0);
    CU_ASSERT_EQUAL(e.limit_region, 1);
    ASSERT_NEAR(e.limit_share, 0.3);
    CU_ASSERT_STRING_EQUAL(
        e.sentence,
        "Load balance limits: it costs 30.0 % of the threads' time, most of it in region "
        "\"loop\", where thread 0 had 2.000 s of useful time and the mean of 2 threads "
        "was 1.400 s.");
}

/* A thread that was driven off its processor does not look busier. */
TEST(clocks_of_a_noisy_machine) {
    made_begin(&made, 2, 3);
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    int wait = made_region(&made, "team", 0, YOKE_ACTIVITY_WAIT);
    made_clocked(&made, 0, 0, 3, 0, 2, 0);
    made_clocked(&made, loop, 0, 2, 2, 2, 0);
    made_clocked(&made, loop, 1, 3, 3, 1, 2); /* 2 s in the queue */
    made_clocked(&made, wait, 0, 1, 1, 0, 0);
    yoke_efficiency e = read_region(0);
    /* F = 3 - 2 of thread 1, but thread 0 needs 2. */
    expect_factors(&e, 0.75, 1, 2.0 / 3);
    CU_ASSERT_EQUAL(e.limit, YOKE_FACTOR_TRANSFER);
    expect_text(e.sentence,
                "in region \"loop\", where thread 1 was ready for 2.000 s and had no "
                "processor.");
}

/* Thread 0 waits for thread 1, which had all its work but no processor. */
TEST(waits_for_a_thread_without_processor) {
    made_begin(&made, 2, 1.875);
    int setup = made_region(&made, "setup", 0, YOKE_ACTIVITY_WORK);
    int solve = made_region(&made, "solve", 0, YOKE_ACTIVITY_WORK);
    int wait = made_region(&made, "for members", 0, YOKE_ACTIVITY_WAIT);
    made_clocked(&made, setup, 0, 0.5, 0.5, 0.5, 0);
    made_clocked(&made, solve, 0, 1, 1, 1, 0);
    made_clocked(&made, solve, 1, 1.375, 1.375, 1, 0.375);
    made_clocked(&made, wait, 0, 0.375, 0.375, 0, 0);
    yoke_efficiency e = read_region(0);
    expect_factors(&e, 1, 1.25 / 1.5, 1.5 / 1.875);
    expect_text(e.sentence, "in region \"solve\", where thread 1 was ready for 0.375 s and had");
}

/* ---- serial work ---- */

static void make_serial(int threads, double share) {
    double serial = share, each = (1 - share) / threads, seconds = serial + each;
    made_begin(&made, threads, seconds);
    int setup = made_region(&made, "setup", 0, YOKE_ACTIVITY_WORK);
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    made_clocked(&made, 0, 0, seconds, 0, seconds, 0);
    for (int i = 1; i < threads; i++) made_clocked(&made, 0, i, seconds, serial, each, 0);
    made_clocked(&made, setup, 0, serial, serial, serial, 0);
    for (int i = 0; i < threads; i++) made_clocked(&made, loop, i, each, each, each, 0);
}

TEST(known_serial_share) {
    static const double shares[] = {0.05, 0.1, 0.3, 0.6};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        for (int threads = 2; threads <= 64; threads *= 2) {
            make_serial(threads, shares[i]);
            yoke_efficiency e = read_region(0);
            double amdahl = 1 / (shares[i] + (1 - shares[i]) / threads) / threads;
            expect_factors(&e, 1, amdahl, 1);
            CU_ASSERT_EQUAL(e.limit, amdahl > 0.95 ? YOKE_FACTOR_NONE : YOKE_FACTOR_SERIALISATION);
            if (e.limit) CU_ASSERT_EQUAL(e.limit_region, 1);
        }
    }
    expect_text(read_region(0).sentence,
                "in region \"setup\", which one thread ran alone, 0.600 s.");
}

TEST(regions_of_a_serial_program) {
    make_serial(2, 0.5);
    yoke_efficiency setup = read_region(1), loop = read_region(2);
    CU_ASSERT_EQUAL(setup.threads, 1);
    expect_factors(&setup, 1, 1, 1);
    CU_ASSERT_EQUAL(loop.threads, 2);
    expect_factors(&loop, 1, 1, 1);
}

/* Regions of one thread each, at the same time, are not serial. */
TEST(threads_with_regions_of_their_own) {
    made_begin(&made, 2, 1);
    int a = made_region(&made, "a", 0, YOKE_ACTIVITY_WORK);
    int b = made_region(&made, "b", 0, YOKE_ACTIVITY_WORK);
    made_cell(&made, a, 0, 1, 1);
    made_cell(&made, b, 1, 1, 1);
    yoke_efficiency e = read_region(0);
    expect_factors(&e, 1, 1, 1);
    CU_ASSERT_STRING_EQUAL(e.sentence,
                           "Nothing limits: 100.0 % of the time of 2 threads was useful.");
}

/* First one thread, then the other: balanced, but never both. */
TEST(taking_turns) {
    made_begin(&made, 2, 2);
    int step = made_region(&made, "step", 0, YOKE_ACTIVITY_WORK);
    int wait = made_region(&made, "turn", step, YOKE_ACTIVITY_WAIT);
    for (int i = 0; i < 2; i++) made_cell(&made, step, i, 2, 1);
    for (int i = 0; i < 2; i++) made_cell(&made, wait, i, 1, 1);
    yoke_efficiency e = read_region(0);
    expect_factors(&e, 1, 0.5, 1);
    CU_ASSERT_EQUAL(e.limit_region, wait);
    expect_text(e.sentence, "in waits for \"turn\" in region \"step\": 1.000 s of thread 0.");
}

TEST(sleeping_inside_work) {
    made_begin(&made, 1, 4);
    int load = made_region(&made, "load", 0, YOKE_ACTIVITY_WORK);
    made_clocked(&made, load, 0, 4, 4, 1, 0);
    yoke_efficiency e = read_region(0);
    expect_factors(&e, 1, 0.25, 1);
    expect_text(e.sentence, "in region \"load\", where thread 0 slept or waited for 3.000 s.");
}

TEST(threads_that_are_not_there) {
    made_begin(&made, 2, 4);
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    for (int i = 0; i < 2; i++) made_cell(&made, loop, i, 1, 1);
    yoke_efficiency e = read_region(0);
    expect_factors(&e, 1, 0.25, 1);
    CU_ASSERT_EQUAL(e.limit_region, -1);
    expect_text(e.sentence, "in the time before thread 0 began and after it ended, 3.000 s.");
}

/* Serial work and imbalance in one run come apart. */
TEST(serial_work_and_imbalance) {
    made_begin(&made, 2, 3);
    int setup = made_region(&made, "setup", 0, YOKE_ACTIVITY_WORK);
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    made_cell(&made, setup, 0, 1, 1);
    made_cell(&made, loop, 0, 2, 2);
    made_cell(&made, loop, 1, 1, 1);
    yoke_efficiency e = read_region(0);
    expect_factors(&e, 2 / 2.5, 2.5 / 3, 1);
}

/* ---- transfer ---- */

TEST(time_in_the_runtime) {
    made_begin(&made, 2, 1);
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    int start = made_region(&made, "team start", loop, YOKE_ACTIVITY_RUNTIME);
    made_cell(&made, loop, 0, 1, 0.75);
    made_cell(&made, loop, 1, 1, 0.75);
    made_clocked(&made, start, 0, 0.25, 0.25, 0.25, 0);
    made_clocked(&made, start, 1, 0.25, 0.25, 0.25, 0);
    yoke_efficiency e = read_region(loop);
    expect_factors(&e, 1, 1, 0.75);
    expect_text(e.sentence,
                "Transfer limits: it costs 25.0 % of the threads' time, most of it in "
                "\"team start\", 0.250 s of thread 0.");
}

TEST(more_threads_than_processors) {
    made_begin(&made, 8, 4);
    made.profile.cpu_limit = 2;
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    for (int i = 0; i < 8; i++) made_clocked(&made, loop, i, 4, 4, 1, 3);
    yoke_efficiency e = read_region(0);
    expect_factors(&e, 1, 1, 0.25);
    expect_text(e.sentence, "(8 threads, 2 processors)");
}

/* ---- regions whose calls were not read ---- */

/* The long region has 1 s of CPU time; of 4 s of wall time 3 are in short calls. */
TEST(unread_calls_share_what_was_measured) {
    made_begin(&made, 1, 4);
    int outer = made_region(&made, "outer", 0, YOKE_ACTIVITY_WORK);
    int inner = made_region(&made, "inner", outer, YOKE_ACTIVITY_WORK);
    int deep = made_region(&made, "deep", inner, YOKE_ACTIVITY_WORK);
    made_clocked(&made, outer, 0, 4, 1, 1, 2);
    made_cell(&made, inner, 0, 3, 1);
    made_cell(&made, deep, 0, 2, 2);
    yoke_efficiency e = read_region(inner);
    ASSERT_NEAR(e.useful_mean_s, 0.75);
    ASSERT_NEAR(read_region(deep).useful_mean_s, 0.5);
    ASSERT_NEAR(read_region(0).useful_mean_s, 1);
    /* 2 s of the 3 without processor were in the queue */
    ASSERT_NEAR(read_region(0).transfer, 0.5);
}

TEST(read_regions_inside) {
    made_begin(&made, 1, 4);
    int outer = made_region(&made, "outer", 0, YOKE_ACTIVITY_WORK);
    int inner = made_region(&made, "inner", outer, YOKE_ACTIVITY_WORK);
    made_clocked(&made, outer, 0, 4, 2, 2.5, 1.5);
    made_clocked(&made, inner, 0, 2, 2, 2, 0);
    ASSERT_NEAR(read_region(0).useful_mean_s, 2.5);
    ASSERT_NEAR(read_region(inner).useful_mean_s, 2);
    ASSERT_NEAR(read_region(0).transfer, 2.5 / 4);
}

/* A member of a team is inside a region that only its caller was in; outside it sleeps. */
TEST(unread_calls_of_a_member) {
    made_begin(&made, 2, 10);
    int team = made_region(&made, "team", 0, YOKE_ACTIVITY_RUNTIME);
    int member = made_region(&made, "member", team, YOKE_ACTIVITY_WORK);
    made_clocked(&made, 0, 0, 10, 0, 4, 0);
    made_clocked(&made, 0, 1, 10, 6, 2, 0);
    made_clocked(&made, team, 0, 10, 6, 4, 0);
    made_clocked(&made, member, 0, 4, 4, 4, 0);
    made_cell(&made, member, 1, 4, 4); /* 2 s of them in the queue, it seems */
    yoke_efficiency e = read_region(member);
    ASSERT_NEAR(e.useful_max_s, 4);
    ASSERT_NEAR(e.useful_mean_s, 3);
}

TEST(some_calls_read) {
    made_begin(&made, 1, 4);
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    yoke_cell *cell = made_clocked(&made, loop, 0, 4, 4, 1, 0);
    cell->calls = 100;
    cell->read = 50;
    ASSERT_NEAR(read_region(0).useful_mean_s, 2);
    cell->read = 2; /* too few to stand for all: the wall clock */
    ASSERT_NEAR(read_region(0).useful_mean_s, 4);
}

/* ---- the edges ---- */

TEST(nothing_measured) {
    made_begin(&made, 0, 0);
    yoke_efficiency e = read_region(0);
    CU_ASSERT(!yoke_is_measured(e.parallel) && !yoke_is_measured(e.load_balance));
    CU_ASSERT_EQUAL(e.threads, 0);
    CU_ASSERT_STRING_EQUAL(e.sentence, "Nothing was measured.");
    made_begin(&made, 2, 1);
    int never = made_region(&made, "never", 0, YOKE_ACTIVITY_WORK);
    CU_ASSERT(!yoke_is_measured(read_region(never).parallel));
}

TEST(no_useful_time_at_all) {
    made_begin(&made, 2, 1);
    int wait = made_region(&made, "mutex", 0, YOKE_ACTIVITY_WAIT);
    for (int i = 0; i < 2; i++) made_cell(&made, wait, i, 1, 1);
    yoke_efficiency e = read_region(0);
    ASSERT_NEAR(e.parallel, 0);
    CU_ASSERT_EQUAL(e.limit, YOKE_FACTOR_SERIALISATION);
}

TEST(random_profiles_keep_the_product) {
    for (int round = 0; round < 2000; round++) {
        int threads = 1 + (int)test_random_below(9);
        made_begin(&made, threads, (double)test_random_below(100) / 10);
        int regions = (int)test_random_below(12);
        for (int r = 0; r < regions; r++) {
            made_region(&made, "r", (int)test_random_below((uint64_t)r + 1),
                        (yoke_activity)test_random_below(3));
        }
        for (int r = 0; r <= regions; r++) {
            for (int t = 0; t < threads; t++) {
                if (test_random_below(3) == 0) continue;
                double self = (double)test_random_below(1000) / 100;
                double wall = self + (double)test_random_below(1000) / 100;
                yoke_cell *cell = made_clocked(&made, r, t, wall, self,
                                               wall * (double)test_random_below(101) / 100,
                                               (double)test_random_below(100) / 100);
                if (test_random_below(4) == 0) cell->values[MADE_CPU_TIME] = YOKE_NOT_MEASURED;
                if (test_random_below(4) == 0) cell->values[MADE_QUEUE_WAIT] = YOKE_NOT_MEASURED;
                cell->calls = 1 + test_random_below(10);
                cell->read = test_random_below(cell->calls + 1);
            }
        }
        for (int r = 0; r <= regions; r++) {
            yoke_efficiency e = read_region(r);
            if (!yoke_is_measured(e.parallel)) continue;
            CU_ASSERT(e.load_balance >= 0 && e.serialisation >= 0 && e.transfer >= 0);
            CU_ASSERT(e.sentence[0] != '\0');
        }
    }
}

TEST(profiles_that_are_not_valid) {
    yoke_efficiency e;
    make_imbalance(2, 0.5);
    CU_ASSERT_EQUAL(yoke_efficiency_read(NULL, 0, &e), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_efficiency_read(&made.profile, 0, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_efficiency_read(&made.profile, 2, &e), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_efficiency_read(&made.profile, -1, &e), YOKE_EINVAL);
    made.regions[1].parent = 1;
    CU_ASSERT_EQUAL(yoke_efficiency_read(&made.profile, 0, &e), YOKE_EINVAL);
    made.regions[1].parent = 0;
    made.cells[1].thread = 2;
    CU_ASSERT_EQUAL(yoke_efficiency_read(&made.profile, 0, &e), YOKE_EINVAL);
    made.cells[1].thread = 1; /* before thread 0's */
    made.cells[2].thread = 0;
    CU_ASSERT_EQUAL(yoke_efficiency_read(&made.profile, 0, &e), YOKE_EINVAL);
    made.profile.region_count = 0;
    CU_ASSERT_EQUAL(yoke_efficiency_read(&made.profile, 0, &e), YOKE_EINVAL);
}

TEST(names_in_sentences) {
    static const char long_name[] =
        "0123456789012345678901234567890123456789012345678901234567\xC3\xA4\xC3\xA4\xC3\xA4";
    make_imbalance(2, 0.6);
    made.regions[1].name = "a\n\"\xFFz";
    expect_text(read_region(0).sentence,
                "in region \"a?\"\xEF\xBF\xBD"
                "z\", where");
    made.regions[1].name = long_name;
    expect_text(read_region(0).sentence, "4567\xC3\xA4...\", where");
    made.regions[1].name = NULL;
    expect_text(read_region(0).sentence, "in region \"\", where");
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Experiments that count a group of likwid, with the library that answers like it: its clock is
 * that of the runs.
 */
#include "tests/harness.h"

#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "tests/likwid_use.h"
#include "yoke/experiment.h"
#include "yoke/measure.h"

/* ---- a load that sleeps for `size` milliseconds, and that long again to renew ---- */

static int nothing(yoke_load_run *run) {
    run->items = run->size;
    return 0;
}
static int sleeps(yoke_load_run *run) {
    nanosleep(&(struct timespec){.tv_nsec = (long)run->size * 1000000}, NULL);
    return 0;
}
static int fails(yoke_load_run *run) {
    (void)run;
    return yoke_fail(YOKE_EDATA, "item 7 is wrong");
}
static void finish(yoke_load_run *run) { (void)run; }

#define LOAD .group = "test", .item = "millisecond", .size = 1, .prepare = nothing, .finish = finish
static const yoke_load sleeper = {LOAD, .name = "sleeper", .repeat = sleeps, .check = nothing};
static const yoke_load renewer = {LOAD, .name = "renewer", .renew = sleeps, .repeat = sleeps,
                                  .check = nothing};
static const yoke_load liar = {LOAD, .name = "liar", .repeat = nothing, .check = fails};

static yoke_experiment *measure(const yoke_load *load, const char *group, yoke_affinity affinity,
                                size_t size) {
    yoke_subject subject = {.load = load};
    const int threads = 1;
    yoke_experiment *e = NULL;
    yoke_experiment_options options = {.subjects = &subject,
                                       .subject_count = 1,
                                       .threads = &threads,
                                       .thread_count = 1,
                                       .affinities = &affinity,
                                       .affinity_count = 1,
                                       .sizes = &size,
                                       .size_count = 1,
                                       .reps = 7,
                                       .likwid = group};
    REQUIRE(!yoke_experiment_run(&options, &e));
    REQUIRE(e->row_count == 1);
    return e;
}

static int processors(void) {
    cpu_set_t may;
    REQUIRE(sched_getaffinity(0, sizeof may, &may) == 0);
    return CPU_COUNT(&may);
}

static const yoke_experiment_metric *find(const yoke_experiment *e, const char *name) {
    const yoke_experiment_row *row = &e->rows[0];
    REQUIRE(row->metric_count == e->metric_count);
    for (size_t i = 0; i < row->metric_count; i++) {
        CU_ASSERT_PTR_EQUAL(row->metrics[i].metric, &e->metrics[i]);
        if (strcmp(e->metrics[i].name, name) == 0) return &row->metrics[i];
    }
    REQUIRE(!"there is such a figure");
    return NULL;
}

static double value(const yoke_experiment *e, const char *name) {
    return find(e, name)->value.value;
}

/* The counters are read outside of the time, so they count a little more than it. */
static void expect_counted(const yoke_experiment *e, double cores) {
    double ns = e->rows[0].seconds.value * 1e9;
    CU_ASSERT_STRING_EQUAL(e->notes, "");
    CU_ASSERT_DOUBLE_EQUAL(value(e, "INSTR_RETIRED_ANY") / ns, cores, 0.3 * cores);
    CU_ASSERT_DOUBLE_EQUAL(value(e, "CAS_COUNT_RD") / ns, 3, 0.9); /* of the socket, once */
    CU_ASSERT_DOUBLE_EQUAL(value(e, "CPI"), 2, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(value(e, "Memory bandwidth [MBytes/s]"), 3e3 * 128, 0.3 * 3e3 * 128);
    CU_ASSERT(!yoke_is_measured(value(e, "Nonsense")));
    CU_ASSERT_EQUAL(find(e, "CPI")->metric->source, YOKE_SOURCE_LIKWID_CORE);
    CU_ASSERT_EQUAL(find(e, "CAS_COUNT_RD")->metric->source, YOKE_SOURCE_LIKWID_UNCORE);
}

TEST(all_processors_are_counted_unless_threads_are_bound) {
    if (!*stub()) return;
    setenv("YOKE_LIKWID", stub(), 1);
    yoke_experiment *e = measure(&sleeper, "MEM", YOKE_AFFINITY_NONE, 20);
    expect_counted(e, processors());
    yoke_experiment_destroy(e);
    e = measure(&sleeper, "MEM", YOKE_AFFINITY_COMPACT, 20);
    expect_counted(e, 1);
    yoke_experiment_destroy(e);
}

/* A sample of a short run is several repeats, and what is counted is one's. */
TEST(what_is_counted_is_that_of_a_repeat) {
    if (!*stub()) return;
    setenv("YOKE_LIKWID", stub(), 1);
    yoke_experiment *e = measure(&renewer, "MEM", YOKE_AFFINITY_NONE, 20);
    expect_counted(e, processors());
    const yoke_experiment_metric *m = find(e, "INSTR_RETIRED_ANY");
    for (size_t i = 0; i < e->rows[0].runs; i++)
        CU_ASSERT(m->samples[i] >= e->rows[0].samples[i] * 1e9 * processors());
    CU_ASSERT(m->value.low <= m->value.value && m->value.value <= m->value.high);
    yoke_experiment_destroy(e);
}

TEST(a_program_is_counted_as_well) {
    if (!*stub()) return;
    setenv("YOKE_LIKWID", stub(), 1);
    const char *const words[] = {"sleep", "0.02", NULL};
    const yoke_command command = {.words = words};
    yoke_subject subject = {.command = &command};
    yoke_experiment *e = NULL;
    yoke_experiment_options options = {
        .subjects = &subject, .subject_count = 1, .reps = 5, .likwid = "MEM"};
    REQUIRE(!yoke_experiment_run(&options, &e));
    CU_ASSERT(value(e, "INSTR_RETIRED_ANY") >= 20e6 * processors());
    CU_ASSERT_DOUBLE_EQUAL(value(e, "CPI"), 2, 1e-6);
    yoke_experiment_destroy(e);
}

static void expect_nothing(const char *group, const char *why) {
    yoke_experiment *e = measure(&sleeper, group, YOKE_AFFINITY_NONE, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(e->notes, why));
    CU_ASSERT_EQUAL(e->metric_count, 1);
    CU_ASSERT(!yoke_is_measured(value(e, group)));
    CU_ASSERT(e->rows[0].seconds.value >= 1e-3);
    yoke_experiment_destroy(e);
}

TEST(what_cannot_be_counted_is_not_measured) {
    if (access("/dev/cpu/0/msr", F_OK) != 0) expect_nothing("MEM", "likwid: ");
    if (!*stub()) return;
    setenv("YOKE_LIKWID", stub(), 1);
    expect_nothing("NONE", "likwid: group NONE: there is no such group");
    setenv("LIKWID_MODE", "0", 1);
    setenv("LIKWID_FILEPATH", "/nowhere/file", 1);
    expect_nothing("MEM", "likwid-perfctr counts, and not the group MEM");
}

TEST(nobody_who_asked_for_nothing_has_figures) {
    yoke_experiment *e = measure(&sleeper, NULL, YOKE_AFFINITY_NONE, 1);
    CU_ASSERT(e->metric_count == 0 && e->rows[0].metric_count == 0);
    yoke_experiment_destroy(e);
    e = measure(&liar, "MEM", YOKE_AFFINITY_NONE, 1);
    CU_ASSERT(e->metric_count > 0 && e->rows[0].metric_count == 0);
    yoke_experiment_destroy(e);
}

/* ---- one at a time ---- */

static int measures(yoke_load_run *run) {
    yoke_profile *p = NULL;
    (void)run;
    YOKE_TRY(yoke_measure_start(&(yoke_measure_options){.likwid = "MEM"}));
    YOKE_TRY(yoke_measure_stop(&p));
    bool told = strstr(p->notes, "likwid: an experiment or a measurement has it already") != NULL;
    bool counted = yoke_profile_metric(p, "CPI") >= 0;
    yoke_profile_destroy(p);
    return told && !counted ? 0 : yoke_fail(YOKE_EDATA, "both have it");
}
static const yoke_load measurer = {LOAD, .name = "measurer", .repeat = measures, .check = nothing};

TEST(a_measurement_meanwhile_leaves_it_alone) {
    if (!*stub()) return;
    setenv("YOKE_LIKWID", stub(), 1);
    yoke_experiment *e = measure(&measurer, "MEM", YOKE_AFFINITY_NONE, 1);
    CU_ASSERT_EQUAL(e->rows[0].status, 0);
    CU_ASSERT_DOUBLE_EQUAL(value(e, "CPI"), 2, 1e-6);
    yoke_experiment_destroy(e);
    yoke_profile *p = NULL;
    REQUIRE(yoke_measure_start(&(yoke_measure_options){.likwid = "MEM"}) == 0);
    e = measure(&sleeper, "MEM", YOKE_AFFINITY_NONE, 1);
    CU_ASSERT(!yoke_is_measured(value(e, "MEM")));
    yoke_experiment_destroy(e);
    REQUIRE(yoke_measure_stop(&p) == 0);
    CU_ASSERT(yoke_profile_metric(p, "CPI") >= 0);
    yoke_profile_destroy(p);
}

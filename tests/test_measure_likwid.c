/* SPDX-License-Identifier: Apache-2.0
 *
 * likwid: where there are no counters it is left alone, at once and in silence; with a library that
 * answers like it, groups, metrics and regions come out right.
 */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/likwid_use.h"
#include "tests/profile_use.h"
#include "yoke/deadline.h"

static void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    REQUIRE(sched_setaffinity(0, sizeof set, &set) == 0);
}

static int some_cpu(void) {
    cpu_set_t set;
    REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &set)) cpu++;
    return cpu;
}

static void work_ms(int ms) {
    yoke_deadline end = yoke_deadline_in(ms * 1e-3);
    while (!yoke_deadline_passed(end)) continue;
}

static yoke_profile *measure(const char *group) {
    yoke_profile *profile = NULL;
    REQUIRE(yoke_measure_start(&(yoke_measure_options){.likwid = group}) == YOKE_OK);
    yoke_region_begin("outer");
    yoke_region_begin("inner");
    work_ms(20);
    yoke_region_end("inner");
    yoke_region_begin("the sibling");
    work_ms(10);
    yoke_region_end("the sibling");
    yoke_region_end("outer");
    REQUIRE(yoke_measure_stop(&profile) == YOKE_OK);
    check_profile(profile);
    return profile;
}

TEST(without_counters_it_is_left_alone) {
    if (access("/dev/cpu/0/msr", F_OK) == 0) return;
    char path[4096];
    snprintf(path, sizeof path, "%s/standard-error", test_directory());
    int kept = dup(2), file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    REQUIRE(kept >= 0 && file >= 0);
    dup2(file, 2);
    setenv("LIKWID_MODE", "1", 1);
    setenv("LIKWID_FILEPATH", "/tmp/never", 1);
    yoke_profile *p = measure("MEM");
    CU_ASSERT_EQUAL(yoke_measure_probe_likwid(), YOKE_EUNSUPPORTED);
    dup2(kept, 2);
    struct stat said;
    REQUIRE(fstat(file, &said) == 0);
    CU_ASSERT_EQUAL(said.st_size, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(p->notes, "likwid: "));
    for (size_t i = 0; i < p->metric_count; i++)
        CU_ASSERT(p->metrics[i].source < YOKE_SOURCE_LIKWID_CORE);
    yoke_profile_destroy(p);
    close(kept);
    close(file);
}

static bool near(double value, double of, double ratio) {
    return yoke_is_measured(value) && fabs(value / of - ratio) <= 0.15 * ratio;
}

/* The stub counts by the clock. */
static bool metrics_fit(const yoke_profile *p, const char *region) {
    double wall = sum_cells(p, region).wall;
    return near(sum_metric(p, region, "INSTR_RETIRED_ANY"), wall * 1e9, 1) &&
           near(sum_metric(p, region, "CAS_COUNT_RD"), wall * 1e9, 3) &&
           near(sum_metric(p, region, "CPI"), 1, 2) &&
           near(sum_metric(p, region, "Runtime unhalted [s]"), wall, 1) &&
           near(sum_metric(p, region, "Memory bandwidth [MBytes/s]"), 1, 3e3 * 128);
}

static bool all_metrics_fit(const yoke_profile *p) {
    return metrics_fit(p, "outer") && metrics_fit(p, "outer/inner") &&
           metrics_fit(p, "outer/the sibling");
}

TEST(groups_and_their_metrics) {
    if (!*stub()) return;
    setenv("YOKE_LIKWID", stub(), 1);
    pin(some_cpu());
    /* Again, when the thread lost its processor between two looks at the clock. */
    yoke_profile *p = measure("MEM");
    for (int tries = 1; tries < 20 && !all_metrics_fit(p); tries++) {
        yoke_profile_destroy(p);
        p = measure("MEM");
    }
    CU_ASSERT(all_metrics_fit(p));
    CU_ASSERT_EQUAL(yoke_measure_probe_likwid(), YOKE_OK);
    CU_ASSERT(!yoke_is_measured(sum_metric(p, "outer/inner", "Nonsense")));
    int cpi = yoke_profile_metric(p, "CPI"), cas = yoke_profile_metric(p, "CAS_COUNT_RD");
    int bandwidth = yoke_profile_metric(p, "Memory bandwidth [MBytes/s]");
    REQUIRE(cpi >= 0 && cas >= 0 && bandwidth >= 0);
    CU_ASSERT_EQUAL(p->metrics[cpi].source, YOKE_SOURCE_LIKWID_CORE);
    CU_ASSERT_EQUAL(p->metrics[cas].source, YOKE_SOURCE_LIKWID_UNCORE);
    CU_ASSERT_EQUAL(p->metrics[bandwidth].source, YOKE_SOURCE_LIKWID_UNCORE);
    CU_ASSERT(!p->metrics[cpi].adds_up && p->metrics[cas].adds_up);
    CU_ASSERT_EQUAL(yoke_profile_metric(p, "processor"), -1);
    yoke_profile_destroy(p);
}

TEST(another_core_has_no_figures_of_the_socket) {
    cpu_set_t set;
    REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
    if (!*stub() || CPU_COUNT(&set) < 2) return;
    setenv("YOKE_LIKWID", stub(), 1);
    yoke_profile *profile = NULL;
    REQUIRE(yoke_measure_start(&(yoke_measure_options){.likwid = "MEM"}) == YOKE_OK);
    int first = some_cpu(), second = first + 1;
    while (!CPU_ISSET(second, &set)) second++;
    pin(second);
    yoke_region_begin("second");
    work_ms(5);
    yoke_region_end("second");
    yoke_region_begin("moves");
    pin(first);
    yoke_region_end("moves");
    REQUIRE(yoke_measure_stop(&profile) == YOKE_OK);
    CU_ASSERT(yoke_is_measured(sum_metric(profile, "second", "INSTR_RETIRED_ANY")));
    CU_ASSERT(!yoke_is_measured(sum_metric(profile, "second", "CAS_COUNT_RD")));
    CU_ASSERT(!yoke_is_measured(sum_metric(profile, "moves", "INSTR_RETIRED_ANY")));
    CU_ASSERT(yoke_is_measured(sum_metric(profile, "moves", YOKE_METRIC_CPU_TIME)));
    yoke_profile_destroy(profile);
}

TEST(a_group_that_is_not_there) {
    if (!*stub()) return;
    setenv("YOKE_LIKWID", stub(), 1);
    yoke_profile *p = measure("NONE");
    CU_ASSERT_PTR_NOT_NULL(strstr(p->notes, "likwid: group NONE: there is no such group"));
    yoke_profile_destroy(p);
    setenv("YOKE_LIKWID", "/nowhere.so", 1);
    p = measure("NONE");
    yoke_profile_destroy(p);
}

/* As likwid-perfctr -m sets the environment. */
static void use_markers(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/markers", test_directory());
    setenv("YOKE_LIKWID", stub(), 1);
    setenv("LIKWID_MODE", "0", 1);
    setenv("LIKWID_FILEPATH", path, 1);
}

/* What the library was told. */
static const char *markers(void) {
    static char text[1 << 16];
    FILE *file = fopen(getenv("LIKWID_FILEPATH"), "r");
    REQUIRE(file != NULL);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static int count_lines(const char *text, const char *line) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, line)); at += strlen(line)) count++;
    return count;
}

TEST(regions_are_passed_on_to_markers) {
    if (!*stub()) return;
    use_markers();
    yoke_profile_destroy(measure(NULL));
    CU_ASSERT_STRING_EQUAL(markers(),
                           "init\nthread\nstart outer\nstart inner\nstop inner\nstart the_sibling\n"
                           "stop the_sibling\nstop outer\nclose\n");
}

TEST(each_marker_that_is_started_is_stopped) {
    enum { DEEP = 200 };
    static char names[DEEP][16];
    if (!*stub()) return;
    use_markers();
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    for (int i = 0; i < DEEP; i++) {
        snprintf(names[i], sizeof names[i], "deep%d", i);
        yoke_region_begin(names[i]);
    }
    for (int i = DEEP - 1; i >= 0; i--) yoke_region_end(names[i]);
    REQUIRE(yoke_measure_stop(NULL) == YOKE_OK);
    int started = count_lines(markers(), "start deep");
    CU_ASSERT(started > 0 && started < DEEP);
    CU_ASSERT_EQUAL(count_lines(markers(), "stop deep"), started);
}

static void recurse(int depth) {
    if (!depth) return;
    yoke_region_begin("a b");
    yoke_region_begin("other");
    recurse(depth - 1);
    yoke_region_end("other");
    yoke_region_end("a b");
}

/* likwid has one of each name in a thread. */
TEST(a_marker_that_runs_is_not_started_again) {
    if (!*stub()) return;
    use_markers();
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    recurse(3);
    yoke_region_begin("a b");
    yoke_region_begin("a:b"); /* the same to likwid */
    yoke_region_end("a:b");
    yoke_region_begin_as("c", YOKE_ACTIVITY_WAIT); /* not told */
    yoke_region_begin("c");
    yoke_region_end("c");
    yoke_region_end("c");
    yoke_region_end("a b");
    yoke_profile *profile = NULL;
    REQUIRE(yoke_measure_stop(&profile) == YOKE_OK);
    CU_ASSERT_STRING_EQUAL(markers(),
                           "init\nthread\nstart a_b\nstart other\nstop other\nstop a_b\n"
                           "start a_b\nstart c\nstop c\nstop a_b\nclose\n");
    CU_ASSERT_EQUAL(sum_cells(profile, "a b/other/a b/other/a b/other").calls, 1);
    yoke_profile_destroy(profile);
}

TEST(a_second_measurement_leaves_the_markers_alone) {
    if (!*stub()) return;
    use_markers();
    yoke_profile_destroy(measure(NULL));
    yoke_profile *p = measure(NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(p->notes, "an earlier measurement has used the markers"));
    yoke_profile_destroy(p);
    CU_ASSERT_EQUAL(count_lines(markers(), "finalize\n"), 0);
    CU_ASSERT_EQUAL(count_lines(markers(), "close\n"), 1);
}

/* 0: it has measured, without likwid, and said why where it was asked for. */
static int measure_in_child(const char *group) {
    yoke_profile *p = NULL;
    yoke_measure_options options = {.likwid = group};
    if (yoke_measure_start(&options) < 0) return 1;
    yoke_region_begin("child");
    yoke_region_end("child");
    if (yoke_measure_stop(&p) < 0) return 2;
    bool told = strstr(p->notes, "likwid: the parent of this process has it") != NULL;
    bool counted = yoke_profile_metric(p, "CPI") >= 0;
    yoke_profile_destroy(p);
    return told == !!group && !counted ? 0 : 3;
}

/* The counters are the parent's. */
TEST(the_child_of_a_fork_leaves_it_alone) {
    if (!*stub()) return;
    use_markers();
    unsetenv("LIKWID_MODE");
    fclose(fopen(getenv("LIKWID_FILEPATH"), "w"));
    REQUIRE(yoke_measure_start(&(yoke_measure_options){.likwid = "MEM"}) == YOKE_OK);
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        if (pid == 0) _exit(measure_in_child(i ? "MEM" : NULL));
        int status = -1;
        waitpid(pid, &status, 0);
        CU_ASSERT_EQUAL(status, 0);
    }
    CU_ASSERT_STRING_EQUAL(markers(), "");
    yoke_profile *p = NULL;
    REQUIRE(yoke_measure_stop(&p) == YOKE_OK);
    CU_ASSERT(yoke_profile_metric(p, "CPI") >= 0);
    CU_ASSERT_STRING_EQUAL(markers(), "stopped\n");
    yoke_profile_destroy(p);
}

static void *measure_again_and_again(void *arg) {
    for (int i = 0; i < 300; i++) {
        yoke_profile *profile = NULL;
        if (yoke_measure_start(&(yoke_measure_options){.likwid = "MEM"}) < 0) continue;
        REQUIRE(yoke_measure_stop(&profile) == YOKE_OK);
        CU_ASSERT(yoke_profile_metric(profile, "CPI") >= 0);
        yoke_profile_destroy(profile);
    }
    return arg;
}

/* The counters are one measurement's until its profile is made. */
TEST(who_starts_while_another_stops) {
    pthread_t other;
    if (!*stub()) return;
    use_markers();
    unsetenv("LIKWID_MODE");
    fclose(fopen(getenv("LIKWID_FILEPATH"), "w"));
    REQUIRE(pthread_create(&other, NULL, measure_again_and_again, NULL) == 0);
    measure_again_and_again(NULL);
    pthread_join(other, NULL);
    CU_ASSERT_EQUAL(count_lines(markers(), "finalize\n"), 0);
}

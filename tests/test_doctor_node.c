/* SPDX-License-Identifier: Apache-2.0
 *
 * The doctor's report on nodes that are made up, and on this one.
 */
#include "tests/fake_machine.h"

#include <math.h>
#include <sys/resource.h>

#include "yoke/doctor.h"

static yoke_node *read_node(void) {
    yoke_node *node = NULL;
    REQUIRE(yoke_node_read(root, 0, &node) == YOKE_OK);
    return node;
}

static const char *value_of(const yoke_node *node, const char *group, const char *name) {
    for (size_t i = 0; i < node->fact_count; i++) {
        const yoke_fact *fact = &node->facts[i];
        if (!strcmp(fact->group, group) && !strcmp(fact->name, name)) return fact->value;
    }
    return "no such fact";
}

/* The machine must be told of, once, by a finding with this text; NULL: it is in order. */
static void check_advice(const char *text) {
    yoke_node *node = read_node();
    size_t found = 0;
    for (size_t i = 0; text && i < node->finding_count; i++)
        found += strstr(node->findings[i].evidence, text) != NULL;
    CU_ASSERT_EQUAL(found, text ? 1 : 0);
    CU_ASSERT_EQUAL(node->finding_count, found);
    for (size_t i = 0; node->finding_count != found && i < node->finding_count; i++)
        printf("    %s\n", node->findings[i].evidence);
    for (size_t i = 0; i < node->finding_count; i++) {
        CU_ASSERT_EQUAL(node->findings[i].kind, YOKE_FINDING_NODE);
        CU_ASSERT(node->findings[i].advice[0] != 0);
    }
    yoke_node_destroy(node);
}

static void start_healthy_machine(void) {
    start_machine();
    put("proc/cpuinfo", "processor\t: 0\nmodel name\t: A Fine Processor\nflags\t: fpu sse\n");
    put("proc/meminfo", "MemTotal: 9 kB\nMemAvailable:  8388608 kB\nHugePages_Total:      12\n");
    put("proc/sys/kernel/perf_event_paranoid", "2\n");
    put("proc/sys/kernel/numa_balancing", "0\n");
    put("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", "acpi-cpufreq\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    put("sys/devices/system/cpu/smt/control", "on\n");
    put("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    put("proc/self/cgroup", "3:cpuset:/x\n2:cpu,cpuacct:/batch/7\n0::/new\n");
}

TEST(a_healthy_machine) {
    start_healthy_machine();
    check_advice(NULL);
    yoke_node *node = read_node();
    CU_ASSERT_STRING_EQUAL(value_of(node, "CPU limit", "threads"), "64");
    CU_ASSERT_STRING_EQUAL(value_of(node, "CPU limit", "processors online"), "64 *");
    CU_ASSERT_STRING_EQUAL(value_of(node, "processor", "model"), "A Fine Processor");
    CU_ASSERT_STRING_EQUAL(value_of(node, "processor", "hypervisor"), "none seen");
    CU_ASSERT_STRING_EQUAL(value_of(node, "processor", "frequency governor"), "performance");
    CU_ASSERT_STRING_EQUAL(value_of(node, "memory", "transparent huge pages"), "madvise");
    CU_ASSERT_STRING_EQUAL(value_of(node, "memory", "pool of huge pages"), "12");
    CU_ASSERT_STRING_EQUAL(value_of(node, "memory", "can be had"), "8192 MiB");
    CU_ASSERT_STRING_EQUAL(value_of(node, "control group", "version 1, cpu"), "/batch/7");
    CU_ASSERT_STRING_EQUAL(value_of(node, "control group", "version 2"), "/new");
    yoke_node_destroy(node);
}

TEST(what_cannot_be_read_is_not_known) {
    start_machine();
    check_advice(NULL);
    yoke_node *node = read_node();
    CU_ASSERT_STRING_EQUAL(value_of(node, "processor", "frequency governor"), "not known");
    CU_ASSERT_STRING_EQUAL(value_of(node, "memory", "transparent huge pages"), "not known");
    CU_ASSERT_STRING_EQUAL(value_of(node, "memory", "pool of huge pages"), "not known");
    CU_ASSERT_STRING_EQUAL(value_of(node, "memory", "can be had"), "not known");
    yoke_node_destroy(node);
}

TEST(settings_that_cost_speed) {
    static const struct {
        const char *file, *text, *told;
    } cases[] = {
        {"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n", "powersave"},
        {"sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n", "huge pages"},
        {"proc/sys/kernel/perf_event_paranoid", "4\n", "perf_event_paranoid is 4"},
        {"sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n", "hpet"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start_healthy_machine();
        put(cases[i].file, cases[i].text);
        check_advice(cases[i].told);
    }
}

TEST(powersave_is_right_where_the_driver_means_something_else_by_it) {
    start_healthy_machine();
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", "intel_pstate\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    check_advice(NULL);
}

static void put_quota(const char *quota) {
    put("proc/self/cgroup", "0::/\n");
    put("proc/self/mountinfo", "30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    put("sys/fs/cgroup/cpu.max", quota);
}

TEST(quotas_that_openmp_does_not_read) {
    start_healthy_machine();
    put_quota("400000 100000\n");
    check_advice("OpenMP programs start 64 threads on 4 CPUs");
    setenv("OMP_NUM_THREADS", "4", 1);
    check_advice(NULL);
    setenv("OMP_NUM_THREADS", "8", 1);
    check_advice("OpenMP is asked for 8 threads (OMP_NUM_THREADS=8) where 4 CPUs are to be had");
    put_quota("150000 100000\n");
    setenv("OMP_NUM_THREADS", "1", 1);
    check_advice("the quota is 1.5 CPUs");
}

TEST(numbers_of_threads_that_are_none) {
    for (size_t i = 1; i < sizeof variables / sizeof *variables; i++) {
        start_healthy_machine();
        setenv(variables[i], "two", 1);
        check_advice("='two' is not obeyed");
    }
}

/* Each says how much longer an add takes, or why that is not known. */
static void check_shared_lines(const yoke_node *node) {
    size_t found = 0;
    for (size_t i = 0; i < node->fact_count; i++) {
        const yoke_fact *fact = &node->facts[i];
        double apart, together, times;
        if (strcmp(fact->group, "shared lines") != 0) continue;
        found++;
        if (!strncmp(fact->value, "not ", 4)) continue;
        CU_ASSERT_EQUAL(sscanf(fact->value,
                               "%lf ns an add in lines of their own, %lf ns in one line: %lf times",
                               &apart, &together, &times),
                        3);
        CU_ASSERT(apart > 0 && together > 0 && fabs(times - together / apart) < 0.1 * times + 0.1);
    }
    CU_ASSERT(found >= 1);
}

TEST(this_node) {
    yoke_node *node = NULL;
    REQUIRE(yoke_node_read(NULL, 0.01, &node) == YOKE_OK);
    CU_ASSERT(strstr(value_of(node, "topology", "processors"), "hardware threads") != NULL);
    CU_ASSERT(strstr(value_of(node, "noise", "stolen by the hypervisor"), "%") != NULL);
    CU_ASSERT(node->fact_count > 25);
    check_shared_lines(node);
    for (size_t i = 0; i < node->finding_count; i++)
        CU_ASSERT(!strchr(node->findings[i].evidence, '\n') && node->findings[i].advice[0]);
    yoke_node_destroy(node);
}

TEST(a_limit_of_memory_has_its_source) {
    start_healthy_machine();
    put("proc/self/cgroup", "0::/batch\n");
    put("proc/self/mountinfo", "30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    put("sys/fs/cgroup/batch/memory.max", "1073741824\n");
    put("sys/fs/cgroup/batch/memory.current", "268435456\n");
    yoke_node *node = read_node();
    CU_ASSERT_STRING_EQUAL(value_of(node, "memory", "can be had"), "768 MiB");
    for (size_t i = 0; i < node->fact_count; i++) {
        if (!strcmp(node->facts[i].name, "can be had"))
            CU_ASSERT(strstr(node->facts[i].source, "/sys/fs/cgroup/batch/memory.max") != NULL);
    }
    yoke_node_destroy(node);
}

TEST(limits_of_the_process) {
    struct rlimit limit;
    char expected[64];
    REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max >= 60);
    limit.rlim_cur = 50;
    limit.rlim_max = 60;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    yoke_node *node = NULL;
    REQUIRE(yoke_node_read(NULL, 0, &node) == YOKE_OK);
    CU_ASSERT_STRING_EQUAL(value_of(node, "limits", "open files"), "50, can be raised to 60");
    REQUIRE(getrlimit(RLIMIT_STACK, &limit) == 0);
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_max == RLIM_INFINITY) {
        snprintf(expected, sizeof expected, "%llu KiB, can be raised at will",
                 (unsigned long long)limit.rlim_cur / 1024);
        CU_ASSERT_STRING_EQUAL(value_of(node, "limits", "stack"), expected);
    }
    yoke_node_destroy(node);
}

TEST(runtimes_have_versions) {
    yoke_node *node = NULL;
    REQUIRE(yoke_node_read(NULL, 0, &node) == YOKE_OK);
    const char *loaded = value_of(node, "OpenMP", "loaded");
    const char *version = strstr(loaded, ", with names up to OMP_");
    int major = 0, minor = 0;
    CU_ASSERT(version && sscanf(version, ", with names up to OMP_%d.%d", &major, &minor) == 2);
    CU_ASSERT(100 * major + minor >= 100 * (_OPENMP >= 201811 ? 5 : 4));
    CU_ASSERT(version && sscanf(strrchr(version, ' '), " GOMP_%d.%d", &major, &minor) == 2);
    yoke_node_destroy(node);
}

TEST(bad_calls) {
    yoke_node *node = NULL;
    CU_ASSERT_EQUAL(yoke_node_read(NULL, -1, &node), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_node_read(NULL, NAN, &node), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_node_read(NULL, 0, NULL), YOKE_EINVAL);
    CU_ASSERT_PTR_NULL(node);
    yoke_node_destroy(NULL);
}

TEST(every_kind_has_a_name) {
    for (int i = 0; i < YOKE_FINDING_KINDS; i++)
        CU_ASSERT(strlen(yoke_finding_name((yoke_finding_kind)i)) > 3);
    CU_ASSERT_STRING_EQUAL(yoke_finding_name((yoke_finding_kind)YOKE_FINDING_KINDS), "?");
}

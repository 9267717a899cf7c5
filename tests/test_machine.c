/* SPDX-License-Identifier: Apache-2.0
 *
 * The CPU limit from processors, affinity and variables; test_cgroup has the quotas.
 */
#include "tests/fake_machine.h"

#include <sched.h>
#include <unistd.h>

#include "yoke/team.h"

/* ---- processors and affinity ---- */

TEST(processors_online_bound) {
    start_machine();
    check(64, YOKE_BOUND_ONLINE, 64, "/sys/devices/system/cpu/online: 0-63");
}

TEST(affinity_lists_are_counted) {
    static const struct {
        const char *list;
        int count;
    } cases[] = {{"0-3,8,10-11", 7}, {"5", 1}, {"0", 1}, {"1,3,5,7", 4}, {"62-63", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start_machine();
        char text[128];
        snprintf(text, sizeof text, "Name:\tx\nCpus_allowed_list:\t%s\n", cases[i].list);
        put("proc/self/status", text);
        check(cases[i].count, YOKE_BOUND_AFFINITY, cases[i].count, cases[i].list);
    }
}

TEST(affinity_lists_that_are_none_are_left_out) {
    static const char *const lists[] = {"",     "x",
                                        "3-1",  "1,,2",
                                        "1-",   "-1",
                                        "1;2",  "1,",
                                        ",1",   "99999999999999999999",
                                        "0-3 ", "0-99999999999",
                                        "0x10"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        start_machine();
        char text[128];
        snprintf(text, sizeof text, "Name:\tx\nCpus_allowed_list:\t%s\n", lists[i]);
        put("proc/self/status", text);
        check(64, YOKE_BOUND_ONLINE, 64, "0-63");
    }
}

TEST(an_empty_machine_has_one_thread) {
    snprintf(root, sizeof root, "%s/nothing", test_directory());
    forget_variables();
    yoke_cpu_limit limit = read_limit();
    CU_ASSERT_EQUAL(limit.threads, 1);
    CU_ASSERT_EQUAL(limit.count, 0);
}

TEST(a_null_limit_is_refused) { CU_ASSERT_EQUAL(yoke_cpu_limit_read(NULL, NULL), YOKE_EINVAL); }

/* ---- variables ---- */

TEST(each_variable_bounds) {
    for (int i = 0; i < 4; i++) {
        start_machine();
        setenv(variables[i], "5", 1);
        char source[64];
        snprintf(source, sizeof source, "%s=5", variables[i]);
        check(5, YOKE_BOUND_SLURM + (yoke_bound_kind)i, 5, source);
    }
}

TEST(a_list_of_numbers_only_where_openmp_has_one) {
    start_machine();
    setenv("OMP_NUM_THREADS", " 4 , 2", 1);
    check(4, YOKE_BOUND_OMP_THREADS, 4, "OMP_NUM_THREADS= 4 , 2");
    setenv("YOKE_NUM_THREADS", "3,2", 1);
    check(4, YOKE_BOUND_OMP_THREADS, 4, "OMP_NUM_THREADS= 4 , 2");
}

TEST(values_that_are_no_positive_number_are_left_out) {
    static const char *const values[] = {"",  "0",   "-3",  "x",   "4x",  " ",
                                         "+", "4 2", "0x4", "1.5", "1e0", "00"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        start_machine();
        for (int j = 0; j < 4; j++) setenv(variables[j], values[i], 1);
        CU_ASSERT_EQUAL(read_limit().count, 2);
    }
    start_machine();
    setenv("OMP_THREAD_LIMIT", "99999999999999999999999999", 1);
    check(64, YOKE_BOUND_ONLINE, 64, "0-63");
}

TEST(a_huge_number_of_threads_stays_an_int) {
    snprintf(root, sizeof root, "%s/nothing", test_directory());
    forget_variables();
    setenv("YOKE_NUM_THREADS", "99999999999", 1);
    CU_ASSERT_EQUAL(read_limit().threads, INT_MAX);
}

/* ---- the real machine ---- */

TEST(the_real_machine) {
    forget_variables();
    yoke_cpu_limit limit;
    CU_ASSERT_EQUAL(yoke_cpu_limit_read(NULL, &limit), YOKE_OK);
    CU_ASSERT(limit.threads >= 1 && limit.threads <= sysconf(_SC_NPROCESSORS_ONLN));
    REQUIRE(limit.count >= 2);
    CU_ASSERT_EQUAL(limit.bounds[0].kind, YOKE_BOUND_ONLINE);
    CU_ASSERT_EQUAL(limit.bounds[1].kind, YOKE_BOUND_AFFINITY);
    cpu_set_t set;
    REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
    CU_ASSERT_EQUAL(limit.bounds[1].cpus, CPU_COUNT(&set));
}

TEST(a_thread_bound_by_hand_counts_its_own_processors) {
    forget_variables();
    cpu_set_t set, one;
    REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &set)) cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    yoke_cpu_limit limit;
    CU_ASSERT_EQUAL(yoke_cpu_limit_read(NULL, &limit), YOKE_OK);
    CU_ASSERT_EQUAL(limit.threads, 1);
    char source[64];
    snprintf(source, sizeof source, "affinity mask: %d", cpu);
    CU_ASSERT_STRING_EQUAL(limit.bounds[1].source, source);
}

/* OpenMP reads its places when it starts, so the test runs itself again with them set. */
TEST(a_thread_bound_by_openmp_counts_all_places) {
    forget_variables();
    yoke_cpu_limit limit;
    CU_ASSERT_EQUAL(yoke_cpu_limit_read(NULL, &limit), YOKE_OK);
    const char *expected = getenv("EXPECTED_THREADS");
    if (expected) {
        CU_ASSERT_EQUAL(limit.threads, atoi(expected));
        return;
    }
    char number[16], command[256];
    snprintf(number, sizeof number, "%d", limit.threads);
    setenv("EXPECTED_THREADS", number, 1);
    setenv("OMP_PLACES", "threads", 1);
    setenv("OMP_PROC_BIND", "close", 1);
    snprintf(command, sizeof command, "/proc/%d/exe %s >%s/out", (int)getpid(), __func__,
             test_directory());
    CU_ASSERT_EQUAL(system(command), 0);
}

TEST(a_variable_rules_the_default_team) {
    forget_variables();
    setenv("YOKE_NUM_THREADS", "1", 1);
    CU_ASSERT_EQUAL(yoke_team_default_size(), 1);
    setenv("YOKE_NUM_THREADS", "99", 1); /* read once per process */
    CU_ASSERT_EQUAL(yoke_team_default_size(), 1);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The CPU limit from quotas of control groups: version 1, version 2, both, containers, and what is
 * not as it should be.
 */
#include "tests/fake_machine.h"

static void check_no_quota(void) {
    yoke_cpu_limit limit = read_limit();
    CU_ASSERT_EQUAL(limit.threads, 64);
    CU_ASSERT_EQUAL(count_kind(&limit, YOKE_BOUND_CGROUP), 0);
}

#define MOUNTS(lines)                                                                              \
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"                                              \
    "23 27 0:22 / /sys rw,relatime shared:7 - sysfs sysfs rw\n" lines                              \
    "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
#define MOUNT_V1(from, at)                                                                         \
    "32 31 0:29 " from " " at " rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
#define MOUNT_V2(from, at) "31 23 0:28 " from " " at " rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1                 "/sys/fs/cgroup/cpu,cpuacct"
#define V2                 "/sys/fs/cgroup"

static void start_v1(const char *group) {
    start_machine();
    char text[256];
    snprintf(text, sizeof text, "5:cpuset:/other\n4:cpuacct,cpu:%s\n1:name=systemd:/\n", group);
    put("proc/self/cgroup", text);
    put("proc/self/mountinfo",
        MOUNTS(
            "33 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n" MOUNT_V1("/", V1)));
}

static void put_v1(const char *group, const char *quota, const char *period) {
    char name[512];
    snprintf(name, sizeof name, V1 "%s/cpu.cfs_quota_us", group);
    put(name, quota);
    snprintf(name, sizeof name, V1 "%s/cpu.cfs_period_us", group);
    put(name, period);
}

static void start_v2(const char *group) {
    start_machine();
    char text[256];
    snprintf(text, sizeof text, "0::%s\n", group);
    put("proc/self/cgroup", text);
    put("proc/self/mountinfo", MOUNTS(MOUNT_V2("/", V2)));
}

static void put_v2(const char *group, const char *text) {
    char name[512];
    snprintf(name, sizeof name, V2 "%s/cpu.max", group);
    put(name, text);
}

/* ---- quotas ---- */

TEST(v1_quota_of_the_own_group) {
    start_v1("/user/job");
    put_v1("/user/job", "300000\n", "100000\n");
    check(3, YOKE_BOUND_CGROUP, 3, V1 "/user/job/cpu.cfs_quota_us: 300000 100000");
}

TEST(v1_without_quota) {
    start_v1("/user");
    put_v1("/user", "-1\n", "100000\n");
    put_v1("", "-1\n", "100000\n");
    check_no_quota();
}

TEST(v1_group_at_the_mount_point_counts_once) {
    start_v1("/");
    put_v1("", "250000\n", "100000\n");
    check(2, YOKE_BOUND_CGROUP, 2.5, V1 "/cpu.cfs_quota_us: 250000 100000");
    yoke_cpu_limit limit = read_limit();
    CU_ASSERT_EQUAL(count_kind(&limit, YOKE_BOUND_CGROUP), 1);
}

TEST(v2_quota_of_the_own_group) {
    start_v2("/user.slice/job");
    put_v2("/user.slice/job", "600000 100000\n");
    check(6, YOKE_BOUND_CGROUP, 6, V2 "/user.slice/job/cpu.max: 600000 100000");
}

TEST(v2_without_quota) {
    start_v2("/user");
    put_v2("/user", "max 100000\n");
    check_no_quota();
}

TEST(quotas_below_one_and_between_whole_numbers) {
    start_v2("/g");
    put_v2("/g", "20000 100000\n");
    check(1, YOKE_BOUND_CGROUP, 0.2, "cpu.max: 20000 100000");
    put_v2("/g", "150000 100000\n");
    check(1, YOKE_BOUND_CGROUP, 1.5, "cpu.max: 150000 100000");
    put_v2("/g", "399999 100000\n");
    check(3, YOKE_BOUND_CGROUP, 3.99999, "cpu.max: 399999 100000");
    put_v2("/g", "6400000 100000\n");
    check(64, YOKE_BOUND_ONLINE, 64, "0-63");
}

TEST(the_tightest_ancestor_decides_and_stands_first) {
    start_v2("/a/b/c/d");
    put_v2("/a", "900000 100000\n");
    put_v2("/a/b", "400000 100000\n");
    put_v2("/a/b/c", "max 100000\n");
    put_v2("/a/b/c/d", "700000 100000\n");
    put_v2("/a/b/sibling", "100000 100000\n");
    check(4, YOKE_BOUND_CGROUP, 4, V2 "/a/b/cpu.max: 400000 100000");
    yoke_cpu_limit limit = read_limit();
    CU_ASSERT_EQUAL(count_kind(&limit, YOKE_BOUND_CGROUP), 3);
    for (int i = limit.binding; i < limit.binding + 2; i++) {
        CU_ASSERT(limit.bounds[i].cpus < limit.bounds[i + 1].cpus);
    }
}

TEST(v1_ancestors_count_too) {
    start_v1("/a/b");
    put_v1("/a", "500000\n", "250000\n");
    put_v1("/a/b", "800000\n", "100000\n");
    check(2, YOKE_BOUND_CGROUP, 2, V1 "/a/cpu.cfs_quota_us: 500000 250000");
}

TEST(deeply_nested_quotas_leave_room_for_the_others) {
    char group[256] = "";
    for (int i = 0; i < 40; i++) strcat(group, "/g");
    start_v2(group);
    for (int i = 40; i > 0; i--) {
        group[(size_t)2 * (size_t)i] = '\0';
        char text[64];
        snprintf(text, sizeof text, "%d 100000\n", i == 3 ? 500000 : 1000000 + i * 1000);
        put_v2(group, text);
    }
    setenv("YOKE_NUM_THREADS", "7", 1);
    check(5, YOKE_BOUND_CGROUP, 5, V2 "/g/g/g/cpu.max: 500000 100000");
    setenv("YOKE_NUM_THREADS", "4", 1);
    check(4, YOKE_BOUND_YOKE_THREADS, 4, "YOKE_NUM_THREADS=4");
}

TEST(hybrid_both_hierarchies_count) {
    for (int which = 0; which < 2; which++) {
        start_machine();
        put("proc/self/cgroup", "4:cpu:/one\n1:name=systemd:/three\n0::/two\n");
        put("proc/self/mountinfo",
            MOUNTS(MOUNT_V2("/", "/sys/fs/cgroup/unified") MOUNT_V1("/", V1)));
        put_v1("/one", which ? "500000" : "200000", "100000");
        put("sys/fs/cgroup/unified/two/cpu.max", "300000 100000\n");
        if (which)
            check(3, YOKE_BOUND_CGROUP, 3, "/unified/two/cpu.max: 300000 100000");
        else
            check(2, YOKE_BOUND_CGROUP, 2, V1 "/one/cpu.cfs_quota_us: 200000 100000");
    }
}

/* ---- containers ---- */

TEST(a_mount_of_a_part_of_the_hierarchy) {
    start_machine();
    put("proc/self/cgroup", "4:cpu,cpuacct:/docker/0123/job\n");
    put("proc/self/mountinfo", MOUNTS(MOUNT_V1("/docker/0123", V1)));
    put_v1("", "300000\n", "100000\n");
    put_v1("/job", "900000\n", "100000\n");
    put_v1("/docker/0123/job", "100000\n", "100000\n"); /* another group of that name */
    check(3, YOKE_BOUND_CGROUP, 3, V1 "/cpu.cfs_quota_us: 300000 100000");
}

TEST(of_several_mounts_the_one_with_the_most_ancestors) {
    start_machine();
    put("proc/self/cgroup", "0::/a/b\n");
    put("proc/self/mountinfo",
        MOUNTS(MOUNT_V2("/a/b", "/part") MOUNT_V2("/", V2) MOUNT_V2("/a", "/half")));
    put("part/cpu.max", "500000 100000\n");
    put("half/b/cpu.max", "500000 100000\n");
    put_v2("/a/b", "500000 100000\n");
    put_v2("/a", "300000 100000\n");
    check(3, YOKE_BOUND_CGROUP, 3, V2 "/a/cpu.max: 300000 100000");
}

TEST(a_group_outside_the_mount_is_not_looked_for) {
    static const char *const groups[] = {"/../other", "/..", "/elsewhere/x", "/docker/0123x"};
    static const char *const roots[] = {"/", "/", "/docker", "/docker/0123"};
    for (size_t i = 0; i < 4; i++) {
        start_v2(groups[i]);
        char text[512];
        snprintf(text, sizeof text, "31 23 0:28 %s " V2 " rw - cgroup2 cgroup2 rw\n", roots[i]);
        put("proc/self/mountinfo", text);
        put_v2("", "100000 100000\n");
        put("sys/fs/cpu.max", "100000 100000\n");
        put("sys/fs/other/cpu.max", "100000 100000\n");
        check_no_quota();
    }
}

TEST(a_mount_from_above_the_name_space) {
    start_v2("/../x");
    put("proc/self/mountinfo", MOUNTS(MOUNT_V2("/..", V2)));
    put_v2("/x", "300000 100000\n");
    check(3, YOKE_BOUND_CGROUP, 3, V2 "/x/cpu.max: 300000 100000");
    start_v2("/");
    put("proc/self/mountinfo", MOUNTS(MOUNT_V2("/../..", V2)));
    put_v2("", "500000 100000\n");
    check(5, YOKE_BOUND_CGROUP, 5, V2 "/cpu.max: 500000 100000");
}

TEST(names_with_spaces_and_colons) {
    start_machine();
    put("proc/self/cgroup", "0::/my job:1\n");
    put("proc/self/mountinfo", MOUNTS(MOUNT_V2("/", "/sys/fs/c\\040g")));
    put("sys/fs/c g/my job:1/cpu.max", "300000 100000\n");
    check(3, YOKE_BOUND_CGROUP, 3, "/sys/fs/c g/my job:1/cpu.max: 300000 100000");
}

TEST(a_long_path_loses_its_beginning_in_the_source) {
    char group[250];
    memset(group, 'g', sizeof group);
    group[0] = '/';
    group[249] = '\0';
    start_v2(group);
    put_v2(group, "300000 100000\n");
    check(3, YOKE_BOUND_CGROUP, 3, "ggg/cpu.max: 300000 100000");
    yoke_cpu_limit limit = read_limit();
    CU_ASSERT_EQUAL(strlen(binding(&limit)->source), sizeof limit.bounds[0].source - 1);
    CU_ASSERT(!strncmp(binding(&limit)->source, "...ggg", 6));
}

TEST(of_equals_the_earlier_kind_decides) {
    start_v2("/g");
    put_v2("/g", "400000 100000\n");
    put_v2("", "400000 100000\n");
    for (int i = 0; i < 4; i++) setenv(variables[i], "4", 1);
    check(4, YOKE_BOUND_CGROUP, 4, V2 "/g/cpu.max: 400000 100000");
    put_v2("/g", "max 100000\n");
    put_v2("", "max 100000\n");
    check(4, YOKE_BOUND_SLURM, 4, "SLURM_CPUS_PER_TASK=4");
}

/* ---- what is not as it should be ---- */

TEST(garbage_quotas_are_left_out) {
    static const char *const texts[] = {
        "",           "\n",          "max",        "100000",     "-5 100000",       "0 100000",
        "100000 0",   "100000 -1",   "inf 100000", "nan 100000", "100000 100000 7", "abc def",
        "100000 max", "\xff\xfe\x01"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        start_v2("/g");
        put_v2("/g", texts[i]);
        check_no_quota();
        start_v1("/g");
        put_v1("/g", texts[i], "");
        check_no_quota();
    }
}

TEST(garbage_in_the_process_files_is_left_out) {
    static const char *const lines[] = {"",
                                        "\n\n",
                                        ":",
                                        "::",
                                        "0:",
                                        "0::",
                                        "0::x",
                                        "4:cpu",
                                        "4:cpu:",
                                        "- - -",
                                        " - ",
                                        "0 - ",
                                        "\\",
                                        "a b c d e",
                                        " - cgroup2 x y",
                                        "1 2 3 \\000 /m o - cgroup2 c rw",
                                        "1 2 3 / /m o - cgroup2"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[256];
        start_v2("/g");
        put_v2("/g", "100000 100000\n");
        put("proc/self/cgroup", lines[i]);
        check_no_quota();
        start_v2("/g");
        put_v2("/g", "100000 100000\n");
        put("proc/self/mountinfo", lines[i]);
        check_no_quota();
        snprintf(text, sizeof text, "%s\n" MOUNTS(MOUNT_V2("/", V2)), lines[i]);
        put("proc/self/mountinfo", text);
        check(1, YOKE_BOUND_CGROUP, 1, "cpu.max: 100000 100000");
    }
}

TEST(random_bytes_do_no_harm) {
    for (int round = 0; round < 300; round++) {
        start_v2("/g");
        static const char *const names[] = {"proc/self/cgroup", "proc/self/mountinfo",
                                            "proc/self/status", "sys/devices/system/cpu/online"};
        for (size_t i = 0; i < 4; i++) {
            static const char letters[] = "0:/. -\n,cpugro2\\17";
            char text[200];
            size_t length = test_random_below(sizeof text);
            for (size_t j = 0; j < length; j++) {
                text[j] = letters[test_random_below(sizeof letters - 1)];
            }
            text[length] = '\0';
            if (test_random_below(2)) put(names[i], text);
        }
        CU_ASSERT(read_limit().threads >= 1);
    }
}

TEST(missing_files_bound_nothing) {
    start_machine();
    check_no_quota();
    put("proc/self/cgroup", "0::/g\n");
    check_no_quota();
    put("proc/self/mountinfo", MOUNTS(MOUNT_V2("/", V2)));
    check_no_quota();
    put_v2("", "200000 100000\n"); /* the group's own directory is still missing */
    check(2, YOKE_BOUND_CGROUP, 2, V2 "/cpu.max: 200000 100000");
}

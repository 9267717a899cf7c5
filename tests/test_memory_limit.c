/* SPDX-License-Identifier: Apache-2.0
 *
 * The limit of memory: what is available, and what control groups of both versions have left.
 */
#include "tests/fake_machine.h"

#include <stdint.h>

#define MOUNTS                                                                                     \
    "32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"                            \
    "33 31 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"                                  \
    "34 31 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
#define V1 "sys/fs/cgroup/memory/"
#define V2 "sys/fs/cgroup/unified/"

static void start(const char *available) {
    char text[128];
    start_machine();
    snprintf(text, sizeof text, "MemTotal: 9000 kB\nMemAvailable:   %s kB\nCached: 1 kB\n",
             available);
    put("proc/meminfo", text);
    put("proc/self/mountinfo", MOUNTS);
    put("proc/self/cgroup", "5:cpu:/other\n4:memory:/a/b\n0::/x/y\n");
}

static void check_left(size_t bytes, const char *source) {
    yoke_memory_limit limit;
    REQUIRE(yoke_memory_limit_read(root, &limit) == YOKE_OK);
    CU_ASSERT_EQUAL(limit.bytes, bytes);
    size_t length = strlen(limit.source), wanted = strlen(source);
    REQUIRE(length >= wanted);
    CU_ASSERT_STRING_EQUAL(limit.source + length - wanted, source);
}

TEST(without_groups_it_is_what_is_available) {
    start("1000");
    check_left(1024000, "/proc/meminfo: MemAvailable 1000 kB");
}

TEST(what_a_group_has_left_holds) {
    start("1000");
    put(V2 "x/y/memory.max", "500000\n");
    check_left(500000, "/x/y/memory.max: 500000, 0 in use");
    put(V2 "x/y/memory.current", "200000\n");
    check_left(300000, "/x/y/memory.max: 500000, 200000 in use");
    put(V2 "x/y/memory.stat", "anon 7\nfile 9\ninactive_file 50000\nactive_file 1\n");
    check_left(350001, "/x/y/memory.max: 500000, 149999 in use");
    put(V2 "x/y/memory.stat", "inactive_file 900000\n");
    check_left(500000, "0 in use");
}

TEST(so_does_that_of_a_group_around_it) {
    start("1000");
    put(V2 "x/y/memory.max", "max\n");
    put(V2 "x/memory.max", "400000\n");
    put(V2 "x/memory.current", "400001\n");
    check_left(0, "/x/memory.max: 400000, 400001 in use");
}

TEST(version_1_is_looked_at_too) {
    start("1000");
    put(V2 "x/memory.max", "400000\n");
    put(V1 "a/b/memory.limit_in_bytes", "300000\n");
    put(V1 "a/b/memory.usage_in_bytes", "100000\n");
    put(V1 "a/b/memory.stat", "inactive_file 1\ntotal_inactive_file 20000\n");
    check_left(220000, "/a/b/memory.limit_in_bytes: 300000, 80000 in use");
    put(V1 "a/b/memory.limit_in_bytes", "9223372036854771712\n"); /* none */
    check_left(400000, "/x/memory.max: 400000, 0 in use");
}

TEST(groups_that_have_more_do_not_matter) {
    start("100");
    put(V2 "x/memory.max", "400000\n");
    check_left(102400, "MemAvailable 100 kB");
}

TEST(what_is_no_number_is_left_out) {
    static const char *const texts[] = {"", "\n", "x", "-5\n", "99999999999999999999\n", " max"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        start("x");
        put(V2 "x/memory.max", texts[i]);
        check_left(SIZE_MAX, "");
    }
}

TEST(nothing_is_known) {
    snprintf(root, sizeof root, "%s/nothing", test_directory());
    check_left(SIZE_MAX, "");
    CU_ASSERT_EQUAL(yoke_memory_limit_read(root, NULL), YOKE_EINVAL);
}

TEST(the_real_machine) {
    yoke_memory_limit limit;
    REQUIRE(yoke_memory_limit_read(NULL, &limit) == YOKE_OK);
    CU_ASSERT(limit.bytes > (size_t)1 << 20);
    CU_ASSERT(limit.bytes == SIZE_MAX || limit.source[0] == '/');
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Topologies that hwloc makes up from a description. Sizes in such a description are in bytes.
 */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "yoke/machine.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static yoke_topology read_synthetic(const char *description) {
    yoke_topology topology;
    setenv("HWLOC_SYNTHETIC", description, 1);
    REQUIRE(yoke_topology_read(&topology) == YOKE_OK);
    return topology;
}

TEST(counts_of_a_large_node) {
    yoke_topology topology = read_synthetic("pack:2 numa:2 l3:2 core:4 pu:2");
    CU_ASSERT_EQUAL(topology.packages, 2);
    CU_ASSERT_EQUAL(topology.numa_nodes, 4);
    CU_ASSERT_EQUAL(topology.cores, 32);
    CU_ASSERT_EQUAL(topology.processing_units, 64);
    CU_ASSERT_EQUAL(topology.l1d, 0);
    CU_ASSERT_EQUAL(topology.l2, 0);
    CU_ASSERT_EQUAL(topology.l2_shared, 0);
    CU_ASSERT_EQUAL(topology.l3_shared, 8);
}

TEST(sensible_caches_are_believed) {
    yoke_topology topology = read_synthetic(
        "pack:2 [numa] l3:2(size=33554432) l2:4(size=1048576) "
        "l1d:1(size=49152) core:1 pu:2");
    CU_ASSERT_EQUAL(topology.numa_nodes, 2);
    CU_ASSERT_EQUAL(topology.processing_units, 32);
    CU_ASSERT_EQUAL(topology.l1d, 48 * KIB);
    CU_ASSERT_EQUAL(topology.l2, MIB);
    CU_ASSERT_EQUAL(topology.l3, 32 * MIB);
    CU_ASSERT_EQUAL(topology.l2_shared, 2);
    CU_ASSERT_EQUAL(topology.l3_shared, 8);
    CU_ASSERT_STRING_EQUAL(topology.doubt, "");
}

TEST(half_a_gigabyte_for_each_core_is_not_believed) {
    yoke_topology topology = read_synthetic(
        "pack:1 l3:2(size=532676608) l2:1(size=1048576) "
        "l1d:1(size=49152) core:1 pu:1");
    CU_ASSERT_EQUAL(topology.l3, 0);
    CU_ASSERT_EQUAL(topology.l3_shared, 1);
    CU_ASSERT_EQUAL(topology.l2, MIB);
    CU_ASSERT_STRING_EQUAL(topology.doubt,
                           "L3 of 520192 KiB, shared by 1: "
                           "too large a share for one processing unit");
}

static void check_doubt(const char *description, size_t l1d, size_t l2, size_t l3,
                        const char *why) {
    yoke_topology topology = read_synthetic(description);
    CU_ASSERT_EQUAL(topology.l1d, l1d);
    CU_ASSERT_EQUAL(topology.l2, l2);
    CU_ASSERT_EQUAL(topology.l3, l3);
    CU_ASSERT_EQUAL(!*why, !topology.doubt[0]);
    CU_ASSERT(strstr(topology.doubt, why) != NULL);
}

TEST(each_rule_of_doubt_and_its_edge) {
    check_doubt("l1d:1(size=1048576) core:1 pu:1", MIB, 0, 0, "");
    check_doubt("l1d:1(size=1048577) core:1 pu:1", 0, 0, 0, "L1 of 1024 KiB");
    check_doubt("l2:1(size=67108864) core:2 pu:1", 0, 64 * MIB, 0, "");
    check_doubt("l2:1(size=67108865) core:4 pu:1", 0, 0, 0, "larger than any");
    check_doubt("l2:1(size=67108864) core:1 pu:1", 0, 0, 0, "too large a share");
    check_doubt("l3:1(size=1073741824) core:32 pu:1", 0, 0, 1024 * MIB, "");
    check_doubt("l3:1(size=1073741825) core:64 pu:1", 0, 0, 0, "L3 of 1048576 KiB");
    check_doubt("l2:1(size=32768) l1d:1(size=32768) core:1 pu:1", 32 * KIB, 0, 0, "L2 of 32 KiB");
    check_doubt("l3:1(size=1048576) l2:1(size=1048576) core:1 pu:1", 0, MIB, 0,
                "not larger than the level below");
}

TEST(an_l3_without_l2_is_compared_with_l1) {
    check_doubt("l3:1(size=32768) l1d:1(size=32768) core:1 pu:1", 32 * KIB, 0, 0, "L3 of 32 KiB");
}

TEST(the_real_machine) {
    unsetenv("HWLOC_SYNTHETIC");
    yoke_topology topology;
    REQUIRE(yoke_topology_read(&topology) == YOKE_OK);
    CU_ASSERT(topology.processing_units >= 1 && topology.processing_units >= topology.cores);
    CU_ASSERT(topology.processing_units <= sysconf(_SC_NPROCESSORS_CONF));
    CU_ASSERT(topology.numa_nodes >= 1);
    CU_ASSERT_EQUAL(yoke_topology_read(NULL), YOKE_EINVAL);
}

TEST(the_cache_block_is_sensible) {
    size_t size = yoke_cache_block();
    CU_ASSERT(size >= 64 * KIB && size <= 64 * MIB);
    long known = sysconf(_SC_LEVEL2_CACHE_SIZE);
    if (known >= (long)(64 * KIB) && known <= (long)(64 * MIB))
        CU_ASSERT_EQUAL(size, (size_t)known);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The node's topology as hwloc sees it, with a second look at its cache sizes.
 *
 * Hypervisors pass on what they like: an L3 of half a gigabyte for each core has been seen. A size
 * that no machine has would make every block too large, so it is reported as not known, with the
 * reason. Where caches of one level differ (processors with small and large cores) the smallest
 * counts, since a block must fit on each core.
 */
#include <errno.h>
#include <hwloc.h>
#include <stdio.h>
#include <unistd.h>

#include "yoke/machine.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

#define LARGEST_SHARE (32 * MIB) /* of a cache, for one processing unit */

static int count_objects(hwloc_topology_t from, hwloc_obj_type_t type) {
    int count = hwloc_get_nbobjs_by_type(from, type);
    return count > 0 ? count : 0;
}

/* The smallest cache of a type whose size is known, and how many processing units share it. */
static size_t smallest_cache(hwloc_topology_t from, hwloc_obj_type_t type, int *shared) {
    size_t smallest = 0;
    *shared = 0;
    for (hwloc_obj_t cache = hwloc_get_next_obj_by_type(from, type, NULL); cache;
         cache = hwloc_get_next_obj_by_type(from, type, cache)) {
        size_t size = cache->attr->cache.size;
        if (!size || (smallest && size >= smallest)) continue;
        smallest = size;
        *shared = hwloc_bitmap_weight(cache->cpuset);
    }
    return smallest;
}

/* Returns the size if it is sensible, else 0 and a doubt (the first one stays). */
static size_t believed(yoke_topology *topology, int level, size_t size, int shared, size_t largest,
                       size_t below) {
    const char *why = NULL;
    if (size > largest)
        why = "larger than any";
    else if (shared > 0 && size / (size_t)shared > LARGEST_SHARE)
        why = "too large a share for one processing unit";
    else if (size && size <= below)
        why = "not larger than the level below";
    if (!why) return size;
    if (!topology->doubt[0]) {
        snprintf(topology->doubt, sizeof topology->doubt, "L%d of %zu KiB, shared by %d: %s", level,
                 size / KIB, shared, why);
    }
    return 0;
}

static void read_caches(hwloc_topology_t from, yoke_topology *into) {
    int l1_shared;
    size_t l1d = smallest_cache(from, HWLOC_OBJ_L1CACHE, &l1_shared);
    size_t l2 = smallest_cache(from, HWLOC_OBJ_L2CACHE, &into->l2_shared);
    size_t l3 = smallest_cache(from, HWLOC_OBJ_L3CACHE, &into->l3_shared);
    into->l1d = believed(into, 1, l1d, l1_shared, MIB, 0);
    into->l2 = believed(into, 2, l2, into->l2_shared, 64 * MIB, into->l1d);
    into->l3 = believed(into, 3, l3, into->l3_shared, 1024 * MIB, into->l2 ? into->l2 : into->l1d);
}

static int failure(void) {
    if (errno == ENOMEM) return yoke_fail(YOKE_ENOMEM, "topology: memory ran out");
    return yoke_fail(YOKE_EUNSUPPORTED, "topology: hwloc cannot read this machine (error %d)",
                     errno);
}

int yoke_topology_read(yoke_topology *topology) {
    if (!topology) return yoke_fail(YOKE_EINVAL, "topology: no place for the answer");
    hwloc_topology_t from;
    errno = 0;
    if (hwloc_topology_init(&from)) return failure();
    int status = hwloc_topology_load(from) ? failure() : YOKE_OK;
    if (status == YOKE_OK) {
        *topology = (yoke_topology){
            .packages = count_objects(from, HWLOC_OBJ_PACKAGE),
            .numa_nodes = count_objects(from, HWLOC_OBJ_NUMANODE),
            .cores = count_objects(from, HWLOC_OBJ_CORE),
            .processing_units = count_objects(from, HWLOC_OBJ_PU),
        };
        read_caches(from, topology);
    }
    hwloc_topology_destroy(from);
    return status;
}

size_t yoke_cache_block(void) {
    long size = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return size >= (long)(64 * KIB) && size <= (long)(64 * MIB) ? (size_t)size : MIB;
}

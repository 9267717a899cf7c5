/* SPDX-License-Identifier: Apache-2.0
 *
 * Near victims first: what a thief steals is often in a cache that it shares with the victim.
 *
 * The distance of two processors is how far one has to go up in hwloc's tree to find an object that
 * has both. It counts only when OpenMP binds its threads; otherwise they wander, and all are alike.
 */
#include <hwloc.h>
#include <omp.h>
#include <sched.h>
#include <stdlib.h>

#include "pool/pool.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static hwloc_topology_t topology;
static bool known;

static void load(void) {
    if (hwloc_topology_init(&topology)) return;
    known = !hwloc_topology_load(topology);
    if (!known) hwloc_topology_destroy(topology);
}

/* Levels of the tree above what both have in common; 0 when it is the same processor. */
static int distance(int a, int b) {
    if (!known || a < 0 || b < 0) return 0;
    hwloc_obj_t from = hwloc_get_pu_obj_by_os_index(topology, (unsigned)a),
                to = hwloc_get_pu_obj_by_os_index(topology, (unsigned)b);
    if (!from || !to) return 0;
    hwloc_obj_t both = hwloc_get_common_ancestor_obj(topology, from, to);
    return both ? from->depth - both->depth : 0;
}

typedef struct neighbour {
    int worker, distance;
} neighbour;

static int by_distance(const void *a, const void *b) {
    const neighbour *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return (x->worker > y->worker) - (x->worker < y->worker);
}

static void list(const neighbour *sorted, int count, victims *others) {
    int classes = 0;
    for (int i = 0; i < count; i++) {
        others->order[i] = sorted[i].worker;
        if (i + 1 == count || sorted[i + 1].distance != sorted[i].distance)
            others->classes[classes++] = i + 1;
    }
    others->count = count;
}

/* Where memory is short. */
static void list_alike(int count, int self, victims *others) {
    others->count = 0;
    for (int i = 0; i < count; i++) {
        if (i != self) others->order[others->count++] = i;
    }
    others->classes[0] = others->count;
}

void yoke__near_order(worker *const *workers, int count, int self, victims *others) {
    int from = atomic_load(&workers[self]->processor), size = 0;
    if (from >= 0) pthread_once(&once, load);
    neighbour *sorted = calloc((size_t)count, sizeof *sorted);
    if (!sorted) {
        list_alike(count, self, others);
        return;
    }
    for (int i = 0; i < count; i++) {
        int to = atomic_load(&workers[i]->processor);
        if (i != self) sorted[size++] = (neighbour){i, distance(from, to)};
    }
    qsort(sorted, (size_t)size, sizeof *sorted, by_distance);
    list(sorted, size, others);
    free(sorted);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Which processor a thread gets, and pinning teams for a while.
 *
 * Compact is hwloc's logical order, in which what is close is side by side. Scatter gives each
 * thread a share of the topology, halved again and again at its highest level. OpenMP keeps its
 * threads between regions of the same size, so a team that pins its own threads has pinned those of
 * the next; they are given back by their ids, whether or not they still exist. Threads that a load
 * makes while the caller has all processors of the team inherit those.
 */
#include <errno.h>
#include <hwloc.h>
#include <stdlib.h>
#include <unistd.h>

#include "perf/experiment.h"
#include "yoke/team.h"

const char *yoke_affinity_name(yoke_affinity affinity) {
    static const char *const names[] = {"none", "compact", "scatter"};
    return affinity >= 0 && (int)affinity < YOKE_AFFINITIES ? names[affinity] : "?";
}

/* ---- the order ---- */

static int no_topology(void) {
    return yoke_fail(YOKE_EUNSUPPORTED, "hwloc cannot read the topology of this machine");
}

/* The topology of what the caller may use. A machine that hwloc was told to imagine is whole. */
static int open_topology(hwloc_topology_t *topology) {
    if (hwloc_topology_init(topology)) return no_topology();
    if (hwloc_topology_load(*topology)) {
        hwloc_topology_destroy(*topology);
        return no_topology();
    }
    if (!hwloc_topology_is_thissystem(*topology)) return 0;
    hwloc_bitmap_t mine = hwloc_bitmap_alloc();
    bool known = mine && !hwloc_get_cpubind(*topology, mine, HWLOC_CPUBIND_THREAD) &&
                 !hwloc_bitmap_iszero(mine);
    if (known) hwloc_topology_restrict(*topology, mine, 0); /* what it refuses, it leaves whole */
    hwloc_bitmap_free(mine);
    return 0;
}

static int in_logical_order(hwloc_topology_t topology, int n, int *processors) {
    int count = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
    if (count < 1) return no_topology();
    for (int i = 0; i < n; i++) {
        hwloc_obj_t unit = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PU, (unsigned)(i % count));
        processors[i] = (int)unit->os_index;
    }
    return 0;
}

static int far_apart(hwloc_topology_t topology, int n, int *processors) {
    int count = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
    if (count < 1) return no_topology();
    unsigned shares = (unsigned)(n < count ? n : count);
    hwloc_obj_t root = hwloc_get_root_obj(topology);
    hwloc_bitmap_t *sets = calloc(shares, sizeof *sets);
    if (!sets) return yoke_fail(YOKE_ENOMEM, NULL);
    int status = hwloc_distrib(topology, &root, 1, sets, shares, INT_MAX, 0) ? no_topology() : 0;
    for (unsigned i = 0; i < shares && !status; i++)
        if (!sets[i]) status = yoke_fail(YOKE_ENOMEM, NULL);
    for (int i = 0; i < n && !status; i++)
        processors[i] = hwloc_bitmap_first(sets[(unsigned)i % shares]);
    for (unsigned i = 0; i < shares; i++) hwloc_bitmap_free(sets[i]);
    free(sets);
    return status;
}

static int in_kernel_order(int n, int *processors) {
    cpu_set_t mine;
    if (sched_getaffinity(0, sizeof mine, &mine)) {
        return yoke_fail(YOKE_EUNSUPPORTED, "cannot read the affinity: %m");
    }
    int cpu = -1;
    for (int i = 0; i < n; i++) {
        do cpu = (cpu + 1) % CPU_SETSIZE;
        while (!CPU_ISSET(cpu, &mine));
        processors[i] = cpu;
    }
    return 0;
}

int yoke_affinity_order(yoke_affinity affinity, int n, int *processors) {
    if (n < 1 || !processors || affinity < 0 || (int)affinity >= YOKE_AFFINITIES) {
        return yoke_fail(YOKE_EINVAL, "no such affinity, or no threads");
    }
    if (affinity == YOKE_AFFINITY_NONE) return in_kernel_order(n, processors);
    hwloc_topology_t topology;
    YOKE_TRY(open_topology(&topology));
    int status = affinity == YOKE_AFFINITY_COMPACT ? in_logical_order(topology, n, processors)
                                                   : far_apart(topology, n, processors);
    hwloc_topology_destroy(topology);
    return status;
}

/* ---- pinning ---- */

static void set_one(pid_t tid, int processor) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    sched_setaffinity(tid, sizeof one, &one);
}

/* A system that refuses leaves the thread free. */
static int pin_member(yoke_team *team, int member, void *ctx) {
    (void)team;
    const yoke__pins *pins = ctx;
    yoke__pin *pin = &pins->members[member];
    pin->tid = gettid();
    if (sched_getaffinity(0, sizeof pin->before, &pin->before)) {
        pin->tid = 0;
        return 0;
    }
    set_one(0, pins->processors[member]);
    return 0;
}

int yoke__pins_set(yoke__pins *pins, yoke_affinity affinity, int threads, bool team) {
    *pins = (yoke__pins){.threads = 0};
    if (affinity == YOKE_AFFINITY_NONE) return 0;
    if (threads < 1) threads = yoke_team_default_size();
    pins->members = calloc((size_t)threads, sizeof *pins->members);
    pins->processors = calloc((size_t)threads, sizeof *pins->processors);
    if (!pins->members || !pins->processors) return yoke_fail(YOKE_ENOMEM, NULL);
    YOKE_TRY(yoke_affinity_order(affinity, threads, pins->processors));
    CPU_ZERO(&pins->all);
    for (int i = 0; i < threads; i++) CPU_SET(pins->processors[i], &pins->all);
    pins->threads = threads;
    int status = team ? yoke_team_run(threads, pin_member, pins) : pin_member(NULL, 0, pins);
    yoke__pins_caller(pins, false);
    return status;
}

void yoke__pins_caller(const yoke__pins *pins, bool own) {
    if (!pins->threads || !pins->members[0].tid) return; /* it could not be given back */
    if (own) {
        set_one(0, pins->processors[0]);
    } else {
        sched_setaffinity(0, sizeof pins->all, &pins->all);
    }
}

/* A thread that was several members had its own mask before the first of them: the widest, or of
 * those as wide the first. */
static const yoke__pin *first_of_thread(const yoke__pins *pins, pid_t tid) {
    const yoke__pin *found = NULL;
    for (int i = 0; i < pins->threads; i++) {
        const yoke__pin *pin = &pins->members[i];
        if (pin->tid != tid) continue;
        if (!found || CPU_COUNT(&pin->before) > CPU_COUNT(&found->before)) found = pin;
    }
    return found;
}

void yoke__pins_clear(yoke__pins *pins) {
    for (int i = 0; i < pins->threads; i++) {
        pid_t tid = pins->members[i].tid;
        const yoke__pin *first = first_of_thread(pins, tid);
        if (tid) sched_setaffinity(tid, sizeof first->before, &first->before);
    }
    free(pins->members);
    free(pins->processors);
    *pins = (yoke__pins){.threads = 0};
}

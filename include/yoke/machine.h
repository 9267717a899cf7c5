/* SPDX-License-Identifier: Apache-2.0
 *
 * The limits of CPUs and memory that really hold, with the reason, and the node's topology.
 */
#ifndef YOKE_MACHINE_H
#define YOKE_MACHINE_H

#include <stddef.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_bound_kind {
    YOKE_BOUND_ONLINE,       /* processors online */
    YOKE_BOUND_AFFINITY,     /* the calling thread's mask, or all of OpenMP's places */
    YOKE_BOUND_CGROUP,       /* CPU quota of this process's cgroup or an ancestor (v1 or v2) */
    YOKE_BOUND_SLURM,        /* SLURM_CPUS_PER_TASK */
    YOKE_BOUND_OMP_LIMIT,    /* OMP_THREAD_LIMIT */
    YOKE_BOUND_OMP_THREADS,  /* OMP_NUM_THREADS (its first number) */
    YOKE_BOUND_YOKE_THREADS, /* YOKE_NUM_THREADS */
} yoke_bound_kind;

typedef struct yoke_cpu_bound {
    yoke_bound_kind kind;
    double cpus;      /* may be a fraction for a quota: 0.5, 1.5 */
    char source[192]; /* where it was read: a file with its content, or a variable with its value */
} yoke_cpu_bound;

#define YOKE_CPU_BOUNDS 16

typedef struct yoke_cpu_limit {
    int threads; /* the least bound rounded down, never below 1 */
    int binding; /* index of the bound that decides */
    int count;   /* bounds found, the tightest cgroup first among the cgroups */
    yoke_cpu_bound bounds[YOKE_CPU_BOUNDS];
} yoke_cpu_limit;

/* Reads the limit afresh. Environment values that are no positive number are left out.
 *   root  a directory with its own proc/ and sys/ that stands for this machine (for tests: then the
 *         affinity is read from proc/self/status and the processors online from
 *         sys/devices/system/cpu/online); NULL: the machine itself.
 * Unreadable or absent files are no error: that bound is then not known. Any thread; blocks on file
 * reads only. YOKE_EINVAL for a NULL limit. */
YOKE_API int yoke_cpu_limit_read(const char *root, yoke_cpu_limit *limit);

/* What a kind of bound is called in reports: "cgroup quota"; "?": there is none. A literal. */
YOKE_API const char *yoke_bound_name(yoke_bound_kind kind);

/* ---- memory ---- */

typedef struct yoke_memory_limit {
    size_t bytes;     /* that this process can still have; SIZE_MAX: nothing is known */
    char source[192]; /* where the least was read: a file with what it says */
} yoke_memory_limit;

/* Reads afresh the least of what the kernel calls available (MemAvailable) and, for each cgroup of
 * this process that has a limit of memory (memory.max, in version 1 memory.limit_in_bytes), what is
 * left of it: the limit without what is in use there, of which pages of files do not count, since
 * the kernel gives them back (as it counts them in MemAvailable). Others may take the same memory a
 * moment later; swap is not counted.
 *   root  see yoke_cpu_limit_read
 * Any thread; blocks on file reads only. YOKE_EINVAL for a NULL limit. */
YOKE_API int yoke_memory_limit_read(const char *root, yoke_memory_limit *limit);

/* ---- topology (hwloc) ---- */

typedef struct yoke_topology {
    int packages, numa_nodes, cores, processing_units;
    size_t l1d, l2, l3;       /* bytes of one cache; 0: not known or not believed */
    int l2_shared, l3_shared; /* processing units that share one; 0: not known */
    char doubt[128];          /* why a size was not believed; "" when all were */
} yoke_topology;

/* Reads the topology (HWLOC_SYNTHETIC and the other HWLOC_ variables are obeyed). Takes some
 * milliseconds: call it once. A size is not believed when it is no sensible cache (an L1 above 1
 * MiB, an L2 above 64 MiB, an L3 above 1 GiB, a share above 32 MiB per processing unit, or not
 * larger than the level below). Returns YOKE_EINVAL, YOKE_ENOMEM, YOKE_EUNSUPPORTED when hwloc
 * fails. */
YOKE_API int yoke_topology_read(yoke_topology *topology);

/* Bytes of second-level cache of the calling processor by sysconf, a guess of 1 MiB where it is not
 * known: cheap, for choosing block sizes. */
YOKE_API size_t yoke_cache_block(void);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * This node: a list of facts with their sources, and what is wrong with them.
 */
#include "perf/doctor_node.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/bound.h"

void yoke__fact(yoke__reading *r, const char *group, const char *name, const char *source,
                const char *format, ...) {
    yoke_node *node = r->node;
    yoke_fact *grown = realloc(node->facts, (node->fact_count + 1) * sizeof *grown);
    if (!grown) {
        r->status = yoke_fail(YOKE_ENOMEM, NULL);
        return;
    }
    node->facts = grown;
    yoke_fact *fact = &grown[node->fact_count++];
    *fact = (yoke_fact){.group = group};
    snprintf(fact->name, sizeof fact->name, "%s", name);
    snprintf(fact->source, sizeof fact->source, "%s", source);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fact->value, sizeof fact->value, format, arguments);
    va_end(arguments);
}

void yoke__advise(yoke__reading *r, const char *advice, const char *format, ...) {
    yoke_node *node = r->node;
    yoke_finding *grown = realloc(node->findings, (node->finding_count + 1) * sizeof *grown);
    if (!grown) {
        r->status = yoke_fail(YOKE_ENOMEM, NULL);
        return;
    }
    node->findings = grown;
    yoke_finding *finding = &grown[node->finding_count++];
    *finding = (yoke_finding){.kind = YOKE_FINDING_NODE, .advice = advice};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->evidence, sizeof finding->evidence, format, arguments);
    va_end(arguments);
}

bool yoke__node_line(const yoke__reading *r, const char *path, char *line, size_t size) {
    char whole[PATH_MAX];
    snprintf(whole, sizeof whole, "%s%s", r->root, path);
    return yoke__file_line(whole, line, size);
}

char *yoke__node_text(const yoke__reading *r, const char *path) {
    char whole[PATH_MAX];
    snprintf(whole, sizeof whole, "%s%s", r->root, path);
    return yoke__file_text(whole);
}

void yoke__fact_line(yoke__reading *r, const char *group, const char *name, const char *path,
                     char *line, size_t size) {
    if (!yoke__node_line(r, path, line, size)) line[0] = 0;
    yoke__fact(r, group, name, path, "%s", line[0] ? line : "not known");
}

/* ---- the CPU limit ---- */

/* The least bound of the kinds that the system sets, whatever the variables say. */
static double hard_limit(const yoke_cpu_limit *limit) {
    double least = INFINITY;
    for (int i = 0; i < limit->count; i++) {
        if (limit->bounds[i].kind < YOKE_BOUND_OMP_LIMIT)
            least = fmin(least, limit->bounds[i].cpus);
    }
    return least;
}

static const yoke_cpu_bound *bound_of(const yoke_cpu_limit *limit, yoke_bound_kind kind) {
    for (int i = 0; i < limit->count; i++) {
        if (limit->bounds[i].kind == kind) return &limit->bounds[i];
    }
    return NULL;
}

static void judge_limit(yoke__reading *r) {
    const yoke_cpu_limit *limit = &r->limit;
    const yoke_cpu_bound *quota = bound_of(limit, YOKE_BOUND_CGROUP);
    const yoke_cpu_bound *mask = bound_of(limit, YOKE_BOUND_AFFINITY);
    const yoke_cpu_bound *asked = bound_of(limit, YOKE_BOUND_OMP_THREADS);
    double hard = hard_limit(limit);
    if (asked && asked->cpus > hard)
        yoke__advise(r,
                     "set OMP_NUM_THREADS to the CPU limit, or leave it unset for programs on yoke",
                     "OpenMP is asked for %g threads (%s) where %g CPUs are to be had", asked->cpus,
                     asked->source, hard);
    if (quota && mask && !asked && quota->cpus < mask->cpus)
        yoke__advise(r, "export OMP_NUM_THREADS=the CPU limit: no OpenMP runtime reads quotas",
                     "OpenMP programs start %g threads on %g CPUs (%s)", mask->cpus, quota->cpus,
                     quota->source);
    if (quota && quota->cpus != floor(quota->cpus))
        yoke__advise(r, "give a quota of whole CPUs: a part of one only throttles",
                     "the quota is %g CPUs (%s)", quota->cpus, quota->source);
}

static void read_limit(yoke__reading *r) {
    if (yoke_cpu_limit_read(*r->root ? r->root : NULL, &r->limit) < 0) return;
    yoke__fact(r, "CPU limit", "threads", "the least of the following", "%d", r->limit.threads);
    for (int i = 0; i < r->limit.count; i++) {
        const yoke_cpu_bound *bound = &r->limit.bounds[i];
        yoke__fact(r, "CPU limit", yoke_bound_name(bound->kind), bound->source, "%g%s", bound->cpus,
                   i == r->limit.binding ? " *" : "");
    }
    judge_limit(r);
}

/* ---- topology ---- */

static void add_cache(yoke__reading *r, const char *name, size_t size, const char *doubt) {
    const char *group = "topology";
    if (size)
        yoke__fact(r, group, name, "hwloc", "%zu KiB", size >> 10);
    else
        yoke__fact(r, group, name, "hwloc", "not known%s%s", *doubt ? ": " : "", doubt);
}

static void read_topology(yoke__reading *r) {
    yoke_topology t;
    if (*r->root) return;
    if (yoke_topology_read(&t) < 0) {
        yoke__fact(r, "topology", "all", "hwloc", "not known: %s", yoke_error_detail());
        return;
    }
    yoke__fact(r, "topology", "processors", "hwloc",
               "%d package%s, %d NUMA node%s, %d cores, %d hardware threads", t.packages,
               t.packages == 1 ? "" : "s", t.numa_nodes, t.numa_nodes == 1 ? "" : "s", t.cores,
               t.processing_units);
    add_cache(r, "L1d", t.l1d, "");
    add_cache(r, "L2", t.l2, "");
    add_cache(r, "L3", t.l3, t.doubt);
    char balancing[32];
    bool moves = yoke__node_line(r, "/proc/sys/kernel/numa_balancing", balancing, sizeof balancing);
    if (moves && balancing[0] != '0' && t.numa_nodes > 1)
        yoke__advise(r, "switch it off for measurements: sysctl kernel.numa_balancing=0",
                     "the kernel moves pages between %d NUMA nodes while programs run",
                     t.numa_nodes);
}

int yoke_node_read(const char *root, double seconds, yoke_node **node) {
    const double most = 86400;
    if (!node || !(seconds >= 0 && seconds <= most))
        return yoke_fail(YOKE_EINVAL, "node: %g seconds", seconds);
    yoke_node *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, NULL);
    yoke__reading r = {.node = made, .root = root ? root : "", .seconds = seconds};
    read_limit(&r);
    read_topology(&r);
    yoke__node_system(&r);
    yoke__node_openmp(&r);
    yoke__node_counters(&r);
    if (!root && seconds > 0) {
        yoke__node_noise(&r);
        yoke__node_lines(&r);
    }
    if (r.status < 0) return yoke_node_destroy(made), r.status;
    *node = made;
    return YOKE_OK;
}

void yoke_node_destroy(yoke_node *node) {
    if (!node) return;
    free(node->facts);
    free(node->findings);
    free(node);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Made-up machines for tests of the CPU limit: directories with their own proc/ and sys/.
 */
#ifndef YOKE_TESTS_FAKE_MACHINE_H
#define YOKE_TESTS_FAKE_MACHINE_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/harness.h"
#include "yoke/machine.h"

static char root[64];

static inline void make_parents(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
}

static inline void put(const char *name, const char *text) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", root, name);
    make_parents(path);
    FILE *file = fopen(path, "w");
    REQUIRE(file != NULL);
    fputs(text, file);
    REQUIRE(fclose(file) == 0);
}

static const char *const variables[] = {"SLURM_CPUS_PER_TASK", "OMP_THREAD_LIMIT",
                                        "OMP_NUM_THREADS", "YOKE_NUM_THREADS"};

static inline void forget_variables(void) {
    for (size_t i = 0; i < 4; i++) unsetenv(variables[i]);
}

/* A machine of 64 processors without limits. */
static inline void start_machine(void) {
    static int count;
    snprintf(root, sizeof root, "%s/m%d", test_directory(), count++);
    forget_variables();
    put("sys/devices/system/cpu/online", "0-63\n");
    put("proc/self/status", "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t0-63\nMems:\t1\n");
}

static inline yoke_cpu_limit read_limit(void) {
    yoke_cpu_limit limit;
    CU_ASSERT_EQUAL(yoke_cpu_limit_read(root, &limit), YOKE_OK);
    CU_ASSERT(limit.count >= 0 && limit.count <= YOKE_CPU_BOUNDS);
    CU_ASSERT(limit.binding >= 0 && limit.binding <= limit.count);
    return limit;
}

static inline const yoke_cpu_bound *binding(const yoke_cpu_limit *limit) {
    return &limit->bounds[limit->binding];
}

/* Checks what decides, by number, kind and the end of its source. */
static inline void check(int threads, yoke_bound_kind kind, double cpus, const char *source) {
    yoke_cpu_limit limit = read_limit();
    const yoke_cpu_bound *bound = binding(&limit);
    CU_ASSERT_EQUAL(limit.threads, threads);
    CU_ASSERT_EQUAL(bound->kind, kind);
    CU_ASSERT_DOUBLE_EQUAL(bound->cpus, cpus, 1e-12);
    size_t length = strlen(bound->source), wanted = strlen(source);
    CU_ASSERT(length >= wanted && !strcmp(bound->source + length - wanted, source));
    if (length < wanted || strcmp(bound->source + length - wanted, source))
        printf("source: %s, wanted: %s\n", bound->source, source);
}

static inline int count_kind(const yoke_cpu_limit *limit, yoke_bound_kind kind) {
    int count = 0;
    for (int i = 0; i < limit->count; i++) count += limit->bounds[i].kind == kind;
    return count;
}

#endif

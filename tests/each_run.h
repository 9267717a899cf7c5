/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways in which a kernel runs, for tests: each set of instructions that the processor has, with
 * 1, 2, 3 and 8 threads, and inside a parallel region.
 */
#ifndef YOKE_TESTS_EACH_RUN_H
#define YOKE_TESTS_EACH_RUN_H

#include "yoke/isa.h"
#include "yoke/run.h"

typedef void each_run_fn(const yoke_run *run, void *ctx);

static inline void each_run_threads(each_run_fn *check, void *ctx) {
    static const int threads[] = {1, 2, 3, 8};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        check(&(yoke_run){.threads = threads[i]}, ctx);
}

static inline void each_run_region(each_run_fn *check, void *ctx) {
#pragma omp parallel num_threads(2) default(none) shared(check, ctx)
#pragma omp single
    check(&(yoke_run){.threads = 3}, ctx);
}

/* Calls check with each set of instructions, and the run NULL: for what makes one block. */
static inline void each_isa(each_run_fn *check, void *ctx) {
    for (int isa = YOKE_ISA_PLAIN; isa <= YOKE_ISA_AVX512; isa++) {
        if (yoke_isa_limit((yoke_isa)isa) != (yoke_isa)isa) break;
        check(NULL, ctx);
    }
    yoke_isa_limit(YOKE_ISA_AVX512);
}

/* Calls check in each of these ways. */
static inline void each_run(each_run_fn *check, void *ctx) {
    for (int isa = YOKE_ISA_PLAIN; isa <= YOKE_ISA_AVX512; isa++) {
        if (yoke_isa_limit((yoke_isa)isa) != (yoke_isa)isa) break;
        each_run_threads(check, ctx);
        each_run_region(check, ctx);
    }
    yoke_isa_limit(YOKE_ISA_AVX512);
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests of numeric kernels share: arrays of hostile numbers, comparison by bits, and running a
 * check with each set of instructions and several numbers of threads.
 */
#ifndef YOKE_TESTS_KERNEL_USE_H
#define YOKE_TESTS_KERNEL_USE_H

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/cancel.h"
#include "yoke/isa.h"
#include "yoke/run.h"

/* A finite number, neither too large nor too small to be a float. */
static inline double kernel_finite(void) {
    uint64_t bits = test_random();
    return ((double)(bits >> 11) * 0x1p-52 - 1) * ldexp(1.0, (int)(bits % 60) - 30);
}

/* The same, but now and then a special one. */
static inline double kernel_number(void) {
    static const double special[] = {0.0,         -0.0,        INFINITY, -INFINITY,
                                     NAN,         DBL_MIN / 8, DBL_MAX,  -DBL_MIN,
                                     FLT_MIN / 8, 1e300,       -1e-300,  1.0};
    uint64_t bits = test_random();
    if (bits % 64 == 0) return special[bits / 64 % (sizeof special / sizeof *special)];
    return kernel_finite();
}

static inline double *kernel_numbers_f64(size_t n) {
    double *x = malloc((n + 1) * sizeof *x);
    REQUIRE(x != NULL);
    for (size_t i = 0; i < n; i++) x[i] = kernel_number();
    return x;
}

static inline float *kernel_numbers_f32(size_t n) {
    float *x = malloc((n + 1) * sizeof *x);
    REQUIRE(x != NULL);
    for (size_t i = 0; i < n; i++) x[i] = (float)kernel_number();
    return x;
}

/* Whether two arrays have the same bits; any NaN is like any other. */
static inline bool kernel_same_f64(const double *a, const double *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i]))) return false;
    return true;
}

static inline bool kernel_same_f32(const float *a, const float *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i]))) return false;
    return true;
}

/* Calls check(ctx, run) for each set of instructions that there is, with 1, 2, 3 and 8 threads. */
static inline void kernel_each(void (*check)(void *ctx, const yoke_run *run), void *ctx) {
    static const int threads[] = {1, 2, 3, 8};
    yoke_isa widest = yoke_isa_limit(YOKE_ISA_AVX512);
    for (int isa = 0; isa <= (int)widest; isa++) {
        yoke_isa_limit((yoke_isa)isa);
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
            check(ctx, &(yoke_run){.threads = threads[i]});
    }
    yoke_isa_limit(YOKE_ISA_AVX512);
}

/* A call that was told to stop before it began, or whose options are wrong, says so. */
static inline void kernel_refuses(int (*call)(const yoke_run *run)) {
    yoke_cancel *token;
    REQUIRE(yoke_cancel_create(&token) == YOKE_OK);
    yoke_cancel_request(token);
    CU_ASSERT_EQUAL(call(&(yoke_run){.cancel = token}), YOKE_ECANCELED);
    yoke_cancel_release(token);
    CU_ASSERT_EQUAL(call(&(yoke_run){.deadline = 1}), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(call(&(yoke_run){.threads = -1}), YOKE_EINVAL);
    CU_ASSERT_EQUAL(call(&(yoke_run){.repro = (yoke_repro)7}), YOKE_EINVAL);
}

#endif

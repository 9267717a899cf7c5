/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions inside the kernels: what stands between the typed functions and the blocks.
 */
#ifndef YOKE_KERNELS_REDUCE_H
#define YOKE_KERNELS_REDUCE_H

#include "kernels/reduce_block.h"
#include "kernels/run.h"

/* yoke_reduce of items base to base + n - 1, whatever the repro level. */
int yoke__reduce_range(const yoke_reducer *r, const void *items, size_t base, size_t n,
                       void *result, const yoke_run *run);

/* YOKE_EINVAL and YOKE_EUNSUPPORTED for a reducer that cannot run so. */
int yoke__reducer_check(const yoke_reducer *r, const yoke_run *run);

/* The runs of equal keys and the key of each, the first of its run; a NaN is a run of its own.
 * unique has room for n; *offsets are to be freed with yoke_aligned_free(). */
#define YOKE__KEY_RUNS(S, T, W)                                                                    \
    int yoke__key_runs_##S(const T *keys, size_t n, T unique[], size_t **offsets, size_t *runs,    \
                           const yoke_run *run);
YOKE_TYPES(YOKE__KEY_RUNS)

/* ---- exact reductions of doubles and floats ---- */

/* The beginning and the merging of a reducer whose accumulator is a yoke_xsum. */
void yoke__exact_begin(void *sum, const void *ctx);
void yoke__exact_merge(void *into, const void *from, const void *ctx);

typedef struct yoke__exact_moments {
    yoke_xsum sum, squares;
} yoke__exact_moments;

/* The sums that moments are made of; numbers count as the nearest doubles. */
#define YOKE__EXACT_DECLARE(S, T, W)                                                               \
    typedef struct yoke__pair_##S { /* what a dot product is over */                               \
        const T *x, *y;                                                                            \
    } yoke__pair_##S;                                                                              \
    int yoke__exact_sums_##S(const T *x, size_t n, yoke__exact_moments *result,                    \
                             const yoke_run *run);
YOKE_TYPES(YOKE__EXACT_DECLARE)
int yoke__exact_sum_f32(const float *x, size_t n, double *result, const yoke_run *run);
int yoke__exact_sum_f64(const double *x, size_t n, double *result, const yoke_run *run);
int yoke__exact_dot_f32(const float *x, const float *y, size_t n, double *result,
                        const yoke_run *run);
int yoke__exact_dot_f64(const double *x, const double *y, size_t n, double *result,
                        const yoke_run *run);
int yoke__exact_product_f32(const float *x, size_t n, double *result, const yoke_run *run);
int yoke__exact_product_f64(const double *x, size_t n, double *result, const yoke_run *run);
int yoke__exact_norm_f32(const float *x, size_t n, double *result, const yoke_run *run);
int yoke__exact_norm_f64(const double *x, size_t n, double *result, const yoke_run *run);

#endif

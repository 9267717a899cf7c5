/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact quantiles, exact numbers of distinct items, and the distinct values with their counts or
 * weights, by sorting a copy.
 */
#include <math.h>
#include <string.h>

#include "kernels/overlap.h"
#include "kernels/reduce.h"
#include "yoke/bins.h"
#include "yoke/distinct.h"
#include "yoke/memory.h"
#include "yoke/quantiles.h"
#include "yoke/select.h"
#include "yoke/sort.h"

enum { BLOCK = 1 << 16 };

typedef struct copying {
    const char *from;
    char *to;
    size_t size;
} copying;

static int copy_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const copying *c = ctx;
    (void)index, (void)member;
    memcpy(c->to + begin * c->size, c->from + begin * c->size, (end - begin) * c->size);
    return YOKE_OK;
}

/* A copy of n items, to be freed. */
static int copy(const void *from, size_t n, size_t size, const yoke_run *run, void **to) {
    if (n && !from) return yoke_fail(YOKE_EINVAL, "no array");
    copying c = {from, yoke_aligned_alloc(n * size + 1), size};
    if (!c.to) return yoke_fail(YOKE_ENOMEM, "no memory for a copy of %zu items", n);
    int status = yoke__run_blocks(run, n, BLOCK, copy_block, &c);
    if (status == YOKE_OK) *to = c.to;
    if (status < 0) yoke_aligned_free(c.to);
    return status;
}

static int check(size_t n, const double *fractions, size_t m) {
    if (!n) return yoke_fail(YOKE_EINVAL, "quantiles: no items");
    for (size_t i = 0; i < m; i++)
        if (!(fractions[i] >= 0 && fractions[i] <= 1))
            return yoke_fail(YOKE_EINVAL, "quantiles: a fraction is not from 0 to 1");
    return YOKE_OK;
}

/* The place of a fraction among n items. */
static size_t place_of(double fraction, size_t n) {
    size_t rank = (size_t)ceil(fraction * (double)n);
    return rank == 0 ? 0 : rank < n ? rank - 1 : n - 1;
}

static bool differ(const void *a, const void *b, size_t size) { return memcmp(a, b, size) != 0; }

/* ---- weights of distinct values ---- */

enum { LONG = 16384, RUNS = 256 }; /* items of a run that all members add up; runs of a block */

typedef struct weighing {
    double *weights; /* sorted with the items */
    const size_t *offsets;
    double *sums;
} weighing;

static void no_weight(void *acc, const void *ctx) { *(double *)acc = ((void)ctx, 0.0); }
static void add_weight(void *into, const void *from, const void *ctx) {
    *(double *)into += ((void)ctx, *(const double *)from);
}
static void add_block(void *acc, const void *weights, size_t begin, size_t end, const void *ctx) {
    const yoke__reduce_ops *ops = ctx;
    *(double *)acc = ops->f64.sum((const double *)weights + begin, end - begin);
}

static int add_exactly(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const weighing *w = ctx;
    (void)index, (void)member;
    for (size_t i = begin; i < end; i++) {
        const double *weights = w->weights + w->offsets[i];
        size_t n = w->offsets[i + 1] - w->offsets[i];
        yoke_xsum sum;
        if (n > LONG) continue;
        w->sums[i] = weights[0] + 0.0;
        if (n == 1) continue;
        memset(&sum, 0, sizeof sum);
        yoke_xsum_add_array(&sum, weights, n);
        w->sums[i] = yoke_xsum_value(&sum);
    }
    return YOKE_OK;
}

static int weigh_exactly(weighing *w, size_t count, const yoke_run *run) {
    YOKE_TRY(yoke__run_blocks(run, count, RUNS, add_exactly, w));
    for (size_t i = 0; i < count; i++) {
        size_t n = w->offsets[i + 1] - w->offsets[i];
        if (n > LONG)
            YOKE_TRY(yoke__exact_sum_f64(w->weights + w->offsets[i], n, &w->sums[i], run));
    }
    return YOKE_OK;
}

static int weigh(weighing *w, size_t count, const yoke_run *run) {
    yoke_reducer r = {.acc_size = sizeof(double),
                      .init = no_weight,
                      .block = add_block,
                      .combine = add_weight,
                      .ctx = yoke__reduce_in_use()};
    if (yoke__run_repro(run) == YOKE_REPRO_EXACT) return weigh_exactly(w, count, run);
    return yoke_reduce_segments(&r, w->weights, w->offsets, count, w->sums, run);
}

static int check_weighing(const void *from, const double *weights, const void *values,
                          const double *sums, size_t n, size_t size) {
    size_t bytes = n * size, wide = n * sizeof(double);
    if (n && (!from || !weights || !values || !sums))
        return yoke_fail(YOKE_EINVAL, "distinct values: no array");
    if (yoke__overlap(values, bytes, sums, wide) || yoke__overlap(values, bytes, from, bytes) ||
        yoke__overlap(values, bytes, weights, wide) || yoke__overlap(sums, wide, from, bytes) ||
        yoke__overlap(sums, wide, weights, wide))
        return yoke_fail(YOKE_EINVAL, "distinct values: arrays overlap");
    return YOKE_OK;
}

#define TEMPLATE "kernels/order_exact.inc.h"
#include "kernels/each_type.inc.h"

/* SPDX-License-Identifier: Apache-2.0
 *
 * Adding up the weights of numbered items: in parts that depend on the number of items and bins
 * only, each with a table of sums; or exactly, with an accumulator a bin and member (yoke/xsum.h),
 * for some thousand bins at a time.
 */
#include <string.h>

#include "kernels/bins.h"
#include "kernels/run.h"
#include "yoke/memory.h"
#include "yoke/xsum.h"

enum {
    PARTS = 64,
    LEAST = 1 << 14,       /* items of a part */
    ROOM = 16 << 20,       /* bytes of the tables of all parts */
    MERGE = 1 << 12,       /* bins of a block when parts are added up */
    EXACT_BINS = 4096,     /* at a time */
    EXACT_BLOCK = 1 << 14, /* items of a block */
};

/* Calls use(ctx, weights, numbers, n) for all items of a block. */
typedef void use_fn(void *table, const double *weights, const uint32_t *number, size_t n,
                    size_t first);

static void each_batch(const yoke__numbering *items, const double *weights, size_t begin,
                       size_t end, use_fn *use, void *table, size_t first) {
    uint32_t number[YOKE__BINS_BATCH];
    for (size_t at = begin, n; at < end; at += n) {
        n = end - at < YOKE__BINS_BATCH ? end - at : YOKE__BINS_BATCH;
        items->number(items->ctx, at, at + n, number);
        use(table, weights + at, number, n, first);
    }
}

/* ---- in parts ---- */

typedef struct weighing {
    const yoke__numbering *items;
    const double *weights;
    size_t part, parts, stride; /* items of a part; parts; sums from one table to the next */
    double *table, *sums;
} weighing;

static void add_weights(void *table, const double *weights, const uint32_t *number, size_t n,
                        size_t first) {
    double *sums = table;
    (void)first;
    for (size_t i = 0; i < n; i++) sums[number[i]] += weights[i];
}

static int weigh_part(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const weighing *w = ctx;
    double *table = w->table + index * w->stride;
    (void)member;
    memset(table, 0, w->stride * sizeof *table);
    each_batch(w->items, w->weights, begin, end, add_weights, table, 0);
    return YOKE_OK;
}

static int merge_parts(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const weighing *w = ctx;
    (void)index, (void)member;
    for (size_t i = begin; i < end; i++) w->sums[i] = 0;
    for (size_t p = 0; p < w->parts; p++) {
        const double *table = w->table + p * w->stride;
        for (size_t i = begin; i < end; i++) w->sums[i] += table[i];
    }
    return YOKE_OK;
}

static size_t parts_of(size_t n, size_t bins) {
    size_t by_items = n / LEAST, by_room = ROOM / (bins * sizeof(double));
    size_t parts = by_items < by_room ? by_items : by_room;
    return parts < 1 ? 1 : parts < PARTS ? parts : PARTS;
}

static int weigh_in_parts(weighing w, const yoke_run *run) {
    size_t n = w.items->n, bins = w.items->bins, parts = parts_of(n, bins);
    w.part = n / parts + 1;
    w.parts = yoke__block_count(n, w.part);
    w.stride = (bins + YOKE__BINS_MORE + 15) / 16 * 16;
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, w.parts * w.stride * sizeof *w.table));
    w.table = work.memory;
    int status = yoke__run_blocks(run, n, w.part, weigh_part, &w);
    if (status == YOKE_OK) status = yoke__run_blocks(run, bins, MERGE, merge_parts, &w);
    yoke__work_close(&work);
    return status;
}

/* ---- exactly ---- */

typedef struct weighing_exactly {
    const yoke__numbering *items;
    const double *weights;
    size_t first, bins, members; /* the bins of this time */
    yoke_xsum *table;
} weighing_exactly;

static void add_exactly(void *table, const double *weights, const uint32_t *number, size_t n,
                        size_t first) {
    yoke_xsum *sums = table;
    for (size_t i = 0; i < n; i++)
        if (number[i] - first < EXACT_BINS) yoke_xsum_add(&sums[number[i] - first], weights[i]);
}

static int weigh_exactly(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const weighing_exactly *w = ctx;
    (void)index;
    each_batch(w->items, w->weights, begin, end, add_exactly, w->table + (size_t)member * w->bins,
               w->first);
    return YOKE_OK;
}

static int weigh_bins(weighing_exactly *w, double *sums, const yoke_run *run) {
    memset(w->table, 0, w->members * w->bins * sizeof *w->table);
    YOKE_TRY(yoke__run_blocks(run, w->items->n, EXACT_BLOCK, weigh_exactly, w));
    size_t left = w->items->bins - w->first, bins = left < EXACT_BINS ? left : EXACT_BINS;
    for (size_t i = 0; i < bins; i++) {
        for (size_t m = 1; m < w->members; m++)
            yoke_xsum_merge(&w->table[i], &w->table[m * w->bins + i]);
        sums[w->first + i] = yoke_xsum_value(&w->table[i]);
    }
    return YOKE_OK;
}

static int weigh_all_exactly(weighing_exactly w, double *sums, const yoke_run *run) {
    /* with room for what is in no bin */
    w.bins = w.items->bins < EXACT_BINS ? w.items->bins + YOKE__BINS_MORE : EXACT_BINS;
    w.members = (size_t)yoke__run_members(run, yoke__block_count(w.items->n, EXACT_BLOCK));
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, w.members * w.bins * sizeof *w.table));
    w.table = work.memory;
    int status = YOKE_OK;
    for (; w.first < w.items->bins && status == YOKE_OK; w.first += EXACT_BINS)
        status = weigh_bins(&w, sums, run);
    yoke__work_close(&work);
    return status;
}

int yoke__bins_weigh(const yoke__numbering *items, const double *weights, double *sums,
                     const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    if (yoke__run_repro(run) == YOKE_REPRO_EXACT)
        return weigh_all_exactly((weighing_exactly){.items = items, .weights = weights}, sums, run);
    return weigh_in_parts((weighing){.items = items, .weights = weights, .sums = sums}, run);
}

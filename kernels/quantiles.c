/* SPDX-License-Identifier: Apache-2.0
 *
 * The KLL sketch. A level has room for k items and one more; it is compacted as soon as it holds
 * more than its share. Sorting is by gaps (Shell 1959, gaps of Ciura 2001): levels are small.
 */
#include "kernels/quantiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/run.h"
#include "yoke/random.h"

enum {
    PARTS = 64,
    LEAST = 1 << 16, /* numbers of a part */
};

/* ---- making ---- */

/* Has a level at hand, so that an insertion cannot fail: it begins to use one more at most. */
static int keep_spare(yoke_quantiles *q) {
    if (q->levels == YOKE__QUANTILES_LEVELS)
        return yoke_fail(YOKE_ERANGE, "quantiles: more numbers than can be counted");
    double **spare = &q->level[q->levels].items;
    if (!*spare) *spare = malloc((q->k + 1) * sizeof **spare);
    return *spare ? YOKE_OK : yoke_fail(YOKE_ENOMEM, "no memory for a level of quantiles");
}

int yoke__quantiles_grow(yoke_quantiles *q) {
    YOKE_TRY(keep_spare(q));
    q->levels++;
    return YOKE_OK;
}

int yoke_quantiles_create(const yoke_quantiles_options *options, yoke_quantiles **quantiles) {
    unsigned k = options && options->k ? options->k : 200;
    if (k < YOKE__QUANTILES_LEAST || k > UINT16_MAX)
        return yoke_fail(YOKE_EINVAL, "quantiles: k is %u, not 8 to 65535", k);
    yoke_quantiles *q = calloc(1, sizeof *q);
    if (!q) return yoke_fail(YOKE_ENOMEM, NULL);
    *q = (yoke_quantiles){.k = k, .seed = options ? options->seed : 0};
    q->least = INFINITY;
    q->most = -INFINITY;
    int status = yoke__quantiles_grow(q);
    if (status == YOKE_OK) *quantiles = q;
    if (status < 0) yoke_quantiles_destroy(q);
    return status;
}

void yoke_quantiles_destroy(yoke_quantiles *quantiles) {
    if (!quantiles) return;
    for (int i = 0; i < YOKE__QUANTILES_LEVELS; i++) free(quantiles->level[i].items);
    free(quantiles);
}

/* ---- adding ---- */

static size_t share_of(const yoke_quantiles *q, int level) {
    double share = q->k;
    for (int i = level + 1; i < q->levels; i++) share *= 2.0 / 3;
    return share < YOKE__QUANTILES_LEAST ? YOKE__QUANTILES_LEAST : (size_t)share;
}

static void sort(double *items, size_t n) {
    static const size_t gaps[] = {57, 23, 10, 4, 1};
    size_t largest = n;
    for (size_t g = 0; largest > 300 || g < 5;) {
        size_t gap = largest > 300 ? (largest = largest * 4 / 9) : gaps[g++];
        for (size_t i = gap; i < n; i++) {
            double item = items[i];
            size_t j = i;
            for (; j >= gap && items[j - gap] > item; j -= gap) items[j] = items[j - gap];
            items[j] = item;
        }
    }
}

static bool coin(yoke_quantiles *q) {
    return yoke_random_u32((yoke_random){q->seed, 0}, q->coins++) & 1;
}

static void insert(yoke_quantiles *q, int level, double item);

/* Sends half of a level up, but for the last item when they are odd. */
static void compact(yoke_quantiles *q, int level) {
    if (level + 1 == q->levels) q->levels++;
    yoke__quantiles_level *l = &q->level[level];
    size_t n = l->n / 2 * 2;
    double rest = l->items[l->n - 1];
    sort(l->items, n);
    for (size_t i = coin(q); i < n; i += 2) insert(q, level + 1, l->items[i]);
    l->items[0] = rest;
    l->n -= n;
}

/* There is always room for one, and a spare level. */
static void insert(yoke_quantiles *q, int level, double item) {
    yoke__quantiles_level *l = &q->level[level];
    l->items[l->n++] = item;
    if (l->n > share_of(q, level)) compact(q, level);
}

static void note(yoke_quantiles *q, double least, double most, uint64_t count) {
    q->least = least < q->least ? least : q->least;
    q->most = most > q->most ? most : q->most;
    q->count += count;
}

int yoke_quantiles_add(yoke_quantiles *quantiles, double number) {
    if (isnan(number)) return YOKE_OK;
    YOKE_TRY(keep_spare(quantiles));
    note(quantiles, number, number, 1);
    insert(quantiles, 0, number);
    return YOKE_OK;
}

int yoke_quantiles_merge(yoke_quantiles *into, const yoke_quantiles *from) {
    if (into == from)
        return yoke_fail(YOKE_EINVAL, "quantiles: a sketch cannot be merged with itself");
    for (int i = 0; i < from->levels; i++) {
        while (into->levels <= i) YOKE_TRY(yoke__quantiles_grow(into));
        for (size_t j = 0; j < from->level[i].n; j++) {
            YOKE_TRY(keep_spare(into));
            insert(into, i, from->level[i].items[j]);
        }
    }
    note(into, from->least, from->most, from->count);
    return YOKE_OK;
}

/* ---- arrays: a sketch for each part, merged in their order ---- */

typedef struct adding {
    const yoke_quantiles *like;
    const double *numbers;
    yoke_quantiles *of[PARTS];
} adding;

static int add_part(void *ctx, size_t index, size_t begin, size_t end, int member) {
    adding *a = ctx;
    /* coins of its own */
    yoke_quantiles_options options = {
        a->like->k, yoke_random_u64((yoke_random){a->like->seed, 1}, a->like->count + index)};
    (void)member;
    YOKE_TRY(yoke_quantiles_create(&options, &a->of[index]));
    for (size_t i = begin; i < end; i++) YOKE_TRY(yoke_quantiles_add(a->of[index], a->numbers[i]));
    return YOKE_OK;
}

static size_t part_of(size_t n) { return n / PARTS + 1 < LEAST ? LEAST : n / PARTS + 1; }

int yoke_quantiles_add_array(yoke_quantiles *quantiles, const double *numbers, size_t n,
                             const yoke_run *run) {
    YOKE__KERNEL;
    if (n && !numbers) return yoke_fail(YOKE_EINVAL, "quantiles: no array");
    adding a = {.like = quantiles, .numbers = numbers};
    int status = yoke__run_blocks(run, n, part_of(n), add_part, &a);
    for (size_t i = 0; i < PARTS; i++) {
        if (status == YOKE_OK && a.of[i]) status = yoke_quantiles_merge(quantiles, a.of[i]);
        yoke_quantiles_destroy(a.of[i]);
    }
    for (int i = 0; i < quantiles->levels; i++)
        YOKE__TELL(status, run, __func__, quantiles->level[i].items,
                   quantiles->level[i].n * sizeof(double));
    return status;
}

int yoke_quantiles_add_array_ref(yoke_quantiles *quantiles, const double *numbers, size_t n) {
    adding a = {.like = quantiles, .numbers = numbers};
    size_t part = part_of(n), parts = yoke__block_count(n, part);
    int status = YOKE_OK;
    for (size_t i = 0; i < parts && status == YOKE_OK; i++)
        status = add_part(&a, i, i * part, i + 1 < parts ? (i + 1) * part : n, 0);
    for (size_t i = 0; i < parts; i++) {
        if (status == YOKE_OK) status = yoke_quantiles_merge(quantiles, a.of[i]);
        yoke_quantiles_destroy(a.of[i]);
    }
    return status;
}

/* ---- asking ---- */

uint64_t yoke_quantiles_count(const yoke_quantiles *quantiles) { return quantiles->count; }

uint64_t yoke_quantiles_rank(const yoke_quantiles *quantiles, double number) {
    if (number >= quantiles->most) return quantiles->count;
    uint64_t rank = 0;
    for (int l = 0; l < quantiles->levels; l++)
        for (size_t i = 0; i < quantiles->level[l].n; i++)
            rank += (uint64_t)(quantiles->level[l].items[i] <= number) << l;
    return rank;
}

typedef struct weighted {
    double item;
    uint64_t weight;
} weighted;

static int compare(const void *a, const void *b) {
    double x = ((const weighted *)a)->item, y = ((const weighted *)b)->item;
    return (x > y) - (x < y);
}

/* All items in order, each with the sum of the weights up to it. */
static int collect(const yoke_quantiles *q, weighted **items, size_t *n) {
    size_t count = 0;
    for (int l = 0; l < q->levels; l++) count += q->level[l].n;
    weighted *all = malloc((count + 1) * sizeof *all);
    if (!all) return yoke_fail(YOKE_ENOMEM, NULL);
    *n = 0;
    for (int l = 0; l < q->levels; l++)
        for (size_t i = 0; i < q->level[l].n; i++)
            all[(*n)++] = (weighted){q->level[l].items[i], (uint64_t)1 << l};
    qsort(all, *n, sizeof *all, compare);
    for (size_t i = 1; i < *n; i++) all[i].weight += all[i - 1].weight;
    *items = all;
    return YOKE_OK;
}

static double find(const yoke_quantiles *q, const weighted *items, size_t n, double fraction) {
    if (fraction <= 0) return q->least;
    if (fraction >= 1) return q->most;
    double rank = ceil(fraction * (double)q->count);
    size_t i = 0;
    while (i + 1 < n && (double)items[i].weight < rank) i++;
    return items[i].item;
}

int yoke_quantiles_get(const yoke_quantiles *quantiles, const double *fractions, size_t m,
                       double *numbers) {
    weighted *items = NULL;
    size_t n = 0;
    if (!quantiles->count) return yoke_fail(YOKE_EINVAL, "quantiles: nothing was added");
    for (size_t i = 0; i < m; i++)
        if (!(fractions[i] >= 0 && fractions[i] <= 1))
            return yoke_fail(YOKE_EINVAL, "quantiles: a fraction is not from 0 to 1");
    YOKE_TRY(collect(quantiles, &items, &n));
    for (size_t i = 0; i < m; i++) numbers[i] = find(quantiles, items, n, fractions[i]);
    free(items);
    return YOKE_OK;
}

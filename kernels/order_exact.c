/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact quantiles, exact numbers of distinct items, and the distinct values with their counts, by
 * sorting a copy.
 */
#include <math.h>
#include <string.h>

#include "kernels/run.h"
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

/* Items that differ from the one before; of NaN their bits. */
#define DEFINE_EXACT(T, type, wide)                                                                \
    int yoke_quantiles_exact_##T(const type *items, size_t n, const double *fractions, size_t m,   \
                                 type numbers[], const yoke_run *run) {                            \
        void *sorted = NULL;                                                                       \
        YOKE_TRY(check(n, fractions, m));                                                          \
        YOKE_TRY(copy(items, n, sizeof *items, run, &sorted));                                     \
        int status = yoke_sort_##T(sorted, n, YOKE_ASCENDING, run);                                \
        for (size_t i = 0; i < m && status == YOKE_OK; i++)                                        \
            numbers[i] = ((const type *)sorted)[place_of(fractions[i], n)];                        \
        yoke_aligned_free(sorted);                                                                 \
        return status;                                                                             \
    }                                                                                              \
    static size_t count_##T(const void *sorted, size_t n) {                                        \
        const type *x = sorted;                                                                    \
        size_t count = n > 0;                                                                      \
        for (size_t i = 1; x && i < n; i++)                                                        \
            count += x[i] != x[i - 1] && differ(&x[i], &x[i - 1], sizeof *x);                      \
        return count;                                                                              \
    }                                                                                              \
    int yoke_distinct_exact_##T(const type *items, size_t n, size_t *count, const yoke_run *run) { \
        void *sorted = NULL;                                                                       \
        YOKE_TRY(copy(items, n, sizeof *items, run, &sorted));                                     \
        int status = yoke_sort_##T(sorted, n, YOKE_ASCENDING, run);                                \
        if (status == YOKE_OK) *count = count_##T(sorted, n);                                      \
        yoke_aligned_free(sorted);                                                                 \
        return status;                                                                             \
    }
YOKE_TYPES(DEFINE_EXACT)

/* NaN are first or last in a sorted array: the items between, and how many are left out. */
#define DEFINE_VALUES(T, type, wide)                                                               \
    static size_t skip_nans_##T(const type **items, size_t n) {                                    \
        const type *x = *items;                                                                    \
        if (!x) return 0;                                                                          \
        while (n > 0 && x[n - 1] != x[n - 1]) n--;                                                 \
        while (n > 0 && x[0] != x[0]) x++, n--;                                                    \
        *items = x;                                                                                \
        return n;                                                                                  \
    }                                                                                              \
    int yoke_bins_distinct_##T(const type *from, size_t n, type values[], uint64_t *counts,        \
                               size_t *count, uint64_t *nans, const yoke_run *run) {               \
        void *sorted = NULL;                                                                       \
        YOKE_TRY(copy(from, n, sizeof *from, run, &sorted));                                       \
        const type *items = sorted;                                                                \
        int status = yoke_sort_##T(sorted, n, YOKE_ASCENDING, run);                                \
        size_t left = status == YOKE_OK ? skip_nans_##T(&items, n) : 0;                            \
        if (status == YOKE_OK)                                                                     \
            status = yoke_rle_encode_##T(items, left, values, counts, count, run);                 \
        if (status == YOKE_OK && nans) *nans = n - left;                                           \
        yoke_aligned_free(sorted);                                                                 \
        return status;                                                                             \
    }
YOKE_TYPES(DEFINE_VALUES)

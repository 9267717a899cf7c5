/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact quantiles and distinct values of one type (kernels/template.h).
 */
/* NOLINTBEGIN(misc-redundant-expression): for some types */

int NAME(yoke_quantiles_exact)(const T *items, size_t n, const double *fractions, size_t m,
                               T numbers[], const yoke_run *run) {
    YOKE__KERNEL;
    void *sorted = NULL;
    YOKE_TRY(check(n, fractions, m));
    YOKE_TRY(copy(items, n, sizeof *items, run, &sorted));
    int status = NAME(yoke_sort)(sorted, n, YOKE_ASCENDING, run);
    for (size_t i = 0; i < m && status == YOKE_OK; i++)
        numbers[i] = ((const T *)sorted)[place_of(fractions[i], n)];
    yoke_aligned_free(sorted);
    return status;
}

/* Items that differ from the one before; of NaN their bits. */
static size_t NAME(count)(const void *sorted, size_t n) {
    const T *x = sorted;
    size_t count = n > 0;
    for (size_t i = 1; x && i < n; i++)
        count += x[i] != x[i - 1] && differ(&x[i], &x[i - 1], sizeof *x);
    return count;
}

int NAME(yoke_distinct_exact)(const T *items, size_t n, size_t *count, const yoke_run *run) {
    YOKE__KERNEL;
    void *sorted = NULL;
    YOKE_TRY(copy(items, n, sizeof *items, run, &sorted));
    int status = NAME(yoke_sort)(sorted, n, YOKE_ASCENDING, run);
    if (status == YOKE_OK) *count = NAME(count)(sorted, n);
    yoke_aligned_free(sorted);
    return status;
}

/* NaN are first or last in a sorted array: the items between, and how many are left out. */
static size_t NAME(skip_nans)(const T **items, size_t n) {
    const T *x = *items;
    if (!x) return 0;
    while (n > 0 && x[n - 1] != x[n - 1]) n--;
    while (n > 0 && x[0] != x[0]) x++, n--;
    *items = x;
    return n;
}

int NAME(yoke_bins_distinct)(const T *from, size_t n, T values[], uint64_t *counts, size_t *count,
                             uint64_t *nans, const yoke_run *run) {
    YOKE__KERNEL;
    void *sorted = NULL;
    YOKE_TRY(copy(from, n, sizeof *from, run, &sorted));
    const T *items = sorted;
    int status = NAME(yoke_sort)(sorted, n, YOKE_ASCENDING, run);
    size_t left = status == YOKE_OK ? NAME(skip_nans)(&items, n) : 0;
    if (status == YOKE_OK) status = NAME(yoke_rle_encode)(items, left, values, counts, count, run);
    if (status == YOKE_OK && nans) *nans = n - left;
    yoke_aligned_free(sorted);
    return status;
}

static int NAME(weigh_sorted)(T items[], weighing w, size_t n, T values[], size_t *count,
                              uint64_t *nans, const yoke_run *run) {
    const T *first = items;
    size_t *offsets = NULL, found = 0;
    YOKE_TRY(NAME(yoke_sort_pairs)(items, w.weights, sizeof *w.weights, n, YOKE_ASCENDING, run));
    size_t left = NAME(skip_nans)(&first, n);
    YOKE_TRY(NAME(yoke__key_runs)(first, left, values, &offsets, &found, run));
    w.weights += first - items;
    w.offsets = offsets;
    int status = weigh(&w, found, run);
    yoke_aligned_free(offsets);
    if (status < 0) return status;
    if (nans) *nans = n - left;
    *count = found;
    return YOKE_OK;
}

int NAME(yoke_bins_distinct_weighted)(const T *from, const double *weights, size_t n, T values[],
                                      double *sums, size_t *count, uint64_t *nans,
                                      const yoke_run *run) {
    YOKE__KERNEL;
    void *items = NULL, *beside = NULL;
    YOKE_TRY(check_weighing(from, weights, values, sums, n, sizeof *from));
    YOKE_TRY(copy(from, n, sizeof *from, run, &items));
    int status = copy(weights, n, sizeof *weights, run, &beside);
    weighing w = {beside, NULL, sums};
    if (status == YOKE_OK) status = NAME(weigh_sorted)(items, w, n, values, count, nans, run);
    yoke_aligned_free(items);
    yoke_aligned_free(beside);
    YOKE__TELL(status, run, __func__, sums, *count * sizeof *sums);
    return status;
}

/* NOLINTEND(misc-redundant-expression) */

/* SPDX-License-Identifier: Apache-2.0
 *
 * References of sorting keys of one type (kernels/template.h).
 */
int NAME_REF(yoke_argsort)(const T *keys, size_t n, yoke_sort_order order, uint64_t *index) {
    return argsort(keys, n, order, NAME(before_at), index);
}

int NAME_REF(yoke_sort)(T *keys, size_t n, yoke_sort_order order) {
    return sort_pairs(keys, sizeof *keys, NULL, 0, n, order, NAME(before_at));
}

int NAME_REF(yoke_sort_pairs)(T *keys, void *values, size_t size, size_t n, yoke_sort_order order) {
    if (!size) return yoke_fail(YOKE_EINVAL, "sort: values of no bytes");
    return sort_pairs(keys, sizeof *keys, values, size, n, order, NAME(before_at));
}

int NAME_REF(yoke_is_sorted)(const T *keys, size_t n, yoke_sort_order order, bool *sorted) {
    YOKE_TRY(yoke__sort_order_check(order));
    size_t i = 1;
    while (i < n && !NAME(before_at)(keys, i, i - 1, order)) i++;
    *sorted = i >= n;
    return YOKE_OK;
}

/* The key that sorting puts at `nth`, then all keys by it: before, equal, after. */
int NAME_REF(yoke_nth)(T *keys, size_t n, size_t nth, yoke_sort_order order) {
    YOKE_TRY(yoke__sort_order_check(order));
    if (nth >= n) return yoke_fail(YOKE_EINVAL, "sort: key %zu of %zu", nth, n);
    T *all = calloc(n + 1, sizeof *all); /* and that key, last */
    if (!all) return yoke_fail(YOKE_ENOMEM, "sort: no memory for %zu keys", n);
    memcpy(all, keys, n * sizeof *keys);
    int status = NAME_REF(yoke_sort)(all, n, order);
    T pivot = all[nth];
    memcpy(all, keys, n * sizeof *keys);
    all[n] = pivot;
    if (status == YOKE_OK) part_by_last(all, n, order, NAME(before_at), keys, sizeof *keys);
    free(all);
    return status;
}

int NAME_REF(yoke_top)(const T *keys, size_t n, size_t count, yoke_sort_order order, T *top) {
    YOKE_TRY(yoke__sort_order_check(order));
    if (count > n) return yoke_fail(YOKE_EINVAL, "sort: %zu keys of %zu", count, n);
    T *all = calloc(n + 1, sizeof *all);
    if (!all) return yoke_fail(YOKE_ENOMEM, "sort: no memory for %zu keys", n);
    if (n) memcpy(all, keys, n * sizeof *keys);
    int status = NAME_REF(yoke_sort)(all, n, order);
    if (status == YOKE_OK && count) memcpy(top, all, count * sizeof *top);
    free(all);
    return status;
}

int NAME_REF(yoke_partial_sort)(T *keys, size_t n, size_t count, yoke_sort_order order) {
    YOKE_TRY(yoke__sort_order_check(order));
    if (count > n) return yoke_fail(YOKE_EINVAL, "sort: %zu keys of %zu", count, n);
    if (count) YOKE_TRY(NAME_REF(yoke_nth)(keys, n, count - 1, order));
    return NAME_REF(yoke_sort)(keys, count, order);
}

int NAME_REF(yoke_sort_segments)(T *keys, const size_t *offsets, size_t count,
                                 yoke_sort_order order) {
    YOKE_TRY(yoke__sort_order_check(order));
    for (size_t i = 0; i < count; i++)
        if (offsets[i] > offsets[i + 1]) return yoke_fail(YOKE_EINVAL, NULL);
    for (size_t i = 0; i < count; i++)
        YOKE_TRY(NAME_REF(yoke_sort)(keys + offsets[i], offsets[i + 1] - offsets[i], order));
    return YOKE_OK;
}

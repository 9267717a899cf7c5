/* SPDX-License-Identifier: Apache-2.0
 *
 * References of binning for one type (kernels/template.h).
 */
/* NOLINTBEGIN(misc-redundant-expression,readability-redundant-casting): for some types */

static size_t NAME(ranges_bin)(T x, const T *bounds, size_t bins) {
    for (size_t i = 0; i < bins; i++)
        if (x >= bounds[i] && x < bounds[i + 1]) return i;
    return bins;
}

static void NAME(note)(yoke_bins_outside *outside, T x, T low, T high) {
    if (!outside) return;
    outside->below += x < low;
    outside->above += x >= high && !(x < low);
    outside->nan += isnan((double)x);
}

void NAME_REF(yoke_bins_even)(const T *from, size_t n, T low, T high, size_t bins, uint64_t *counts,
                              yoke_bins_outside *outside) {
    for (size_t i = 0; i < bins; i++) counts[i] = 0;
    if (outside) *outside = (yoke_bins_outside){0};
    for (size_t i = 0; i < n; i++) {
        size_t bin = NAME(even_bin)(from[i], low, high, bins);
        if (bin < bins)
            counts[bin]++;
        else
            NAME(note)(outside, from[i], low, high);
    }
}

void NAME_REF(yoke_bins_ranges)(const T *from, size_t n, const T *bounds, size_t bins,
                                uint64_t *counts, yoke_bins_outside *outside) {
    for (size_t i = 0; i < bins; i++) counts[i] = 0;
    if (outside) *outside = (yoke_bins_outside){0};
    for (size_t i = 0; i < n; i++) {
        size_t bin = NAME(ranges_bin)(from[i], bounds, bins);
        if (bin < bins)
            counts[bin]++;
        else
            NAME(note)(outside, from[i], bounds[0], bounds[bins]);
    }
}

void NAME_REF(yoke_bins_even_weighted)(const T *from, const double *weights, size_t n, T low,
                                       T high, size_t bins, double *sums) {
    for (size_t i = 0; i < bins; i++) sums[i] = 0;
    for (size_t i = 0; i < n; i++) {
        size_t bin = NAME(even_bin)(from[i], low, high, bins);
        if (bin < bins) sums[bin] += weights[i];
    }
}

void NAME_REF(yoke_bins_ranges_weighted)(const T *from, const double *weights, size_t n,
                                         const T *bounds, size_t bins, double *sums) {
    for (size_t i = 0; i < bins; i++) sums[i] = 0;
    for (size_t i = 0; i < n; i++) {
        size_t bin = NAME(ranges_bin)(from[i], bounds, bins);
        if (bin < bins) sums[bin] += weights[i];
    }
}

/* Distinct values: each item is looked for among the values that there are, and put in its place
 * when it is new. */

/* The place of x, not a NaN, among the values; *count grows when it is new. */
static size_t NAME(place)(T values[], size_t *count, T x) {
    size_t at = 0;
    while (at < *count && values[at] < x) at++;
    if (at == *count || values[at] != x) {
        for (size_t j = (*count)++; j > at; j--) values[j] = values[j - 1];
        values[at] = x;
    }
    if (is_minus_zero((double)x)) values[at] = x;
    return at;
}

size_t NAME_REF(yoke_bins_distinct)(const T *from, size_t n, T values[], uint64_t *counts,
                                    uint64_t *nans) {
    size_t count = 0;
    if (nans) *nans = 0;
    for (size_t i = 0; i < n; i++) {
        if (from[i] != from[i] && nans) ++*nans;
        if (from[i] != from[i]) continue;
        size_t before = count, at = NAME(place)(values, &count, from[i]);
        if (count > before) {
            for (size_t j = before; j > at; j--) counts[j] = counts[j - 1];
            counts[at] = 0;
        }
        counts[at]++;
    }
    return count;
}

/* The weights of a value wait from the place of its sum on: there are no more than items so far. */
static size_t NAME(gather)(const T *from, const double *weights, size_t n, T value, bool minus_zero,
                           double *to) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (from[i] == value && is_minus_zero((double)from[i]) == minus_zero)
            to[count++] = weights[i];
    return count;
}

size_t NAME_REF(yoke_bins_distinct_weighted)(const T *from, const double *weights, size_t n,
                                             T values[], double *sums, uint64_t *nans) {
    size_t count = 0;
    if (nans) *nans = 0;
    for (size_t i = 0; i < n; i++) {
        if (from[i] == from[i])
            NAME(place)(values, &count, from[i]);
        else if (nans)
            ++*nans;
    }
    for (size_t at = 0; at < count; at++) {
        size_t many = NAME(gather)(from, weights, n, values[at], true, sums + at);
        many += NAME(gather)(from, weights, n, values[at], false, sums + at + many);
        sums[at] = yoke_sum_f64_ref(sums + at, many);
    }
    return count;
}

/* NOLINTEND(misc-redundant-expression,readability-redundant-casting) */

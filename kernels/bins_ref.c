/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial references of yoke/bins.h: one item after another, a division or a walk through the
 * bounds for each.
 */
#include "yoke/bins.h"

#include <math.h>
#include <stdbool.h>

#include "yoke/reduce.h"

/* The bin of an item of even bins, and of ranges; `bins` when it is in none. */
#define INTEGER_BIN(T, type)                                                                       \
    static size_t even_bin_##T(type x, type low, type high, size_t bins) {                         \
        __extension__ typedef unsigned __int128 wide;                                              \
        if (x < low || x >= high) return bins;                                                     \
        return (size_t)((wide)((uint64_t)x - (uint64_t)low) * bins /                               \
                        ((uint64_t)high - (uint64_t)low));                                         \
    }
INTEGER_BIN(i32, int32_t)
INTEGER_BIN(i64, int64_t)
INTEGER_BIN(u32, uint32_t)
INTEGER_BIN(u64, uint64_t)

#define FLOATING_BIN(T, type)                                                                      \
    static size_t even_bin_##T(type x, type low, type high, size_t bins) {                         \
        double scale = (double)bins / ((double)high - (double)low);                                \
        if (!(x >= low && x < high)) return bins;                                                  \
        size_t bin = (size_t)(((double)x - (double)low) * scale);                                  \
        return bin < bins ? bin : bins - 1;                                                        \
    }
FLOATING_BIN(f32, float)
FLOATING_BIN(f64, double)

#define RANGES_BIN(T, type, wide)                                                                  \
    static size_t ranges_bin_##T(type x, const type *bounds, size_t bins) {                        \
        for (size_t i = 0; i < bins; i++)                                                          \
            if (x >= bounds[i] && x < bounds[i + 1]) return i;                                     \
        return bins;                                                                               \
    }
YOKE_TYPES(RANGES_BIN)

#define NOTE(T, type, wide)                                                                        \
    static void note_##T(yoke_bins_outside *outside, type x, type low, type high) {                \
        if (!outside) return;                                                                      \
        outside->below += x < low;                                                                 \
        outside->above += x >= high && !(x < low);                                                 \
        outside->nan += x != x;                                                                    \
    }
YOKE_TYPES(NOTE)

#define COUNT(T, type, wide)                                                                       \
    void yoke_bins_even_##T##_ref(const type *from, size_t n, type low, type high, size_t bins,    \
                                  uint64_t *counts, yoke_bins_outside *outside) {                  \
        for (size_t i = 0; i < bins; i++) counts[i] = 0;                                           \
        if (outside) *outside = (yoke_bins_outside){0};                                            \
        for (size_t i = 0; i < n; i++) {                                                           \
            size_t bin = even_bin_##T(from[i], low, high, bins);                                   \
            if (bin < bins)                                                                        \
                counts[bin]++;                                                                     \
            else                                                                                   \
                note_##T(outside, from[i], low, high);                                             \
        }                                                                                          \
    }                                                                                              \
    void yoke_bins_ranges_##T##_ref(const type *from, size_t n, const type *bounds, size_t bins,   \
                                    uint64_t *counts, yoke_bins_outside *outside) {                \
        for (size_t i = 0; i < bins; i++) counts[i] = 0;                                           \
        if (outside) *outside = (yoke_bins_outside){0};                                            \
        for (size_t i = 0; i < n; i++) {                                                           \
            size_t bin = ranges_bin_##T(from[i], bounds, bins);                                    \
            if (bin < bins)                                                                        \
                counts[bin]++;                                                                     \
            else                                                                                   \
                note_##T(outside, from[i], bounds[0], bounds[bins]);                               \
        }                                                                                          \
    }
YOKE_TYPES(COUNT)

#define WEIGH(T, type, wide)                                                                       \
    void yoke_bins_even_weighted_##T##_ref(const type *from, const double *weights, size_t n,      \
                                           type low, type high, size_t bins, double *sums) {       \
        for (size_t i = 0; i < bins; i++) sums[i] = 0;                                             \
        for (size_t i = 0; i < n; i++) {                                                           \
            size_t bin = even_bin_##T(from[i], low, high, bins);                                   \
            if (bin < bins) sums[bin] += weights[i];                                               \
        }                                                                                          \
    }                                                                                              \
    void yoke_bins_ranges_weighted_##T##_ref(const type *from, const double *weights, size_t n,    \
                                             const type *bounds, size_t bins, double *sums) {      \
        for (size_t i = 0; i < bins; i++) sums[i] = 0;                                             \
        for (size_t i = 0; i < n; i++) {                                                           \
            size_t bin = ranges_bin_##T(from[i], bounds, bins);                                    \
            if (bin < bins) sums[bin] += weights[i];                                               \
        }                                                                                          \
    }
YOKE_TYPES(WEIGH)

/* Distinct values: each item is looked for among the values that there are, and put in its place
 * when it is new. */

static bool is_minus_zero(double x) { return x == 0 && signbit(x); }

/* The place of x, not a NaN, among the values; *count grows when it is new. */
#define PLACE(T, type, wide)                                                                       \
    static size_t place_##T(type values[], size_t *count, type x) {                                \
        size_t at = 0;                                                                             \
        while (at < *count && values[at] < x) at++;                                                \
        if (at == *count || values[at] != x) {                                                     \
            for (size_t j = (*count)++; j > at; j--) values[j] = values[j - 1];                    \
            values[at] = x;                                                                        \
        }                                                                                          \
        if (is_minus_zero((double)x)) values[at] = x;                                              \
        return at;                                                                                 \
    }
YOKE_TYPES(PLACE)

#define DISTINCT(T, type, wide)                                                                    \
    size_t yoke_bins_distinct_##T##_ref(const type *from, size_t n, type values[],                 \
                                        uint64_t *counts, uint64_t *nans) {                        \
        size_t count = 0;                                                                          \
        if (nans) *nans = 0;                                                                       \
        for (size_t i = 0; i < n; i++) {                                                           \
            if (from[i] != from[i] && nans) ++*nans;                                               \
            if (from[i] != from[i]) continue;                                                      \
            size_t before = count, at = place_##T(values, &count, from[i]);                        \
            if (count > before) {                                                                  \
                for (size_t j = before; j > at; j--) counts[j] = counts[j - 1];                    \
                counts[at] = 0;                                                                    \
            }                                                                                      \
            counts[at]++;                                                                          \
        }                                                                                          \
        return count;                                                                              \
    }
YOKE_TYPES(DISTINCT)

/* The weights of a value wait from the place of its sum on: there are no more than items so far. */
#define DISTINCT_WEIGHTED(T, type, wide)                                                           \
    static size_t gather_##T(const type *from, const double *weights, size_t n, type value,        \
                             bool minus_zero, double *to) {                                        \
        size_t count = 0;                                                                          \
        for (size_t i = 0; i < n; i++)                                                             \
            if (from[i] == value && is_minus_zero((double)from[i]) == minus_zero)                  \
                to[count++] = weights[i];                                                          \
        return count;                                                                              \
    }                                                                                              \
    size_t yoke_bins_distinct_weighted_##T##_ref(const type *from, const double *weights,          \
                                                 size_t n, type values[], double *sums,            \
                                                 uint64_t *nans) {                                 \
        size_t count = 0;                                                                          \
        if (nans) *nans = 0;                                                                       \
        for (size_t i = 0; i < n; i++) {                                                           \
            if (from[i] == from[i])                                                                \
                place_##T(values, &count, from[i]);                                                \
            else if (nans)                                                                         \
                ++*nans;                                                                           \
        }                                                                                          \
        for (size_t at = 0; at < count; at++) {                                                    \
            size_t many = gather_##T(from, weights, n, values[at], true, sums + at);               \
            many += gather_##T(from, weights, n, values[at], false, sums + at + many);             \
            sums[at] = yoke_sum_f64_ref(sums + at, many);                                          \
        }                                                                                          \
        return count;                                                                              \
    }
YOKE_TYPES(DISTINCT_WEIGHTED)

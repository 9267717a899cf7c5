/* SPDX-License-Identifier: Apache-2.0
 *
 * Binning arrays: how many items, or how much weight, lies in each bin. (yoke/histogram.h is
 * another thing: it takes one value at a time from many threads.)
 *
 * Even bins divide [low, high) into `bins` parts of the same width:
 *   integers   item x is in bin floor((x - low) * bins / (high - low)), exactly; bins must be at
 *              most high - low
 *   floats     in bin (x - low) * (bins / (high - low)), computed in double and cut down to an
 *              integer, the last bin at most; so a bound of a bin may be off by a rounding
 *
 * low, high and their difference must be finite. Ranges are given by bins + 1 ascending bounds
 * (equal ones make empty bins): bin i holds bounds[i] <= x < bounds[i + 1].
 *
 * Items below the first bound, not below the last one, and NaN are in no bin; `outside`, when it is
 * not NULL, counts them.
 *
 * Weights are doubles, and how they are added up is a matter of yoke_run.repro:
 *   ANY_THREADS, FAST   items are cut into parts by n and bins only, at most 64 and 16 MiB of sums
 *                       (but one at least); a part adds up in order, and so are the parts added
 *   EXACT               a bin's sum is rounded once, from the exact sum of its weights; there is
 *                       one pass over the items for every 4096 bins
 *
 * Items lie in from[0] to from[n - 1], weights beside them. All return 0 or fail as any kernel does
 * (yoke/run.h): YOKE_EINVAL for bounds that are not as above or no bins, YOKE_ENOMEM. counts and
 * sums must not overlap the input (YOKE_EINVAL); outside is written only on success. Memory: 8
 * bytes a bin and member; with weights one of 8 bytes a bin and part.
 * NAME_ref is the serial reference: it checks nothing. Types T: i32, i64, u32, u64, f32, f64.
 */
#ifndef YOKE_BINS_H
#define YOKE_BINS_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"
#include "yoke/typed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Items that are in no bin. */
typedef struct yoke_bins_outside {
    uint64_t below, above, nan;
} yoke_bins_outside;

#define YOKE_BINS_DECLARE_(T, type, wide)                                                          \
    YOKE_API int yoke_bins_even_##T(const type *from, size_t n, type low, type high, size_t bins,  \
                                    uint64_t *counts, yoke_bins_outside *outside,                  \
                                    const yoke_run *run);                                          \
    YOKE_API int yoke_bins_ranges_##T(const type *from, size_t n, const type *bounds, size_t bins, \
                                      uint64_t *counts, yoke_bins_outside *outside,                \
                                      const yoke_run *run);                                        \
    YOKE_API void yoke_bins_even_##T##_ref(const type *from, size_t n, type low, type high,        \
                                           size_t bins, uint64_t *counts,                          \
                                           yoke_bins_outside *outside);                            \
    YOKE_API void yoke_bins_ranges_##T##_ref(const type *from, size_t n, const type *bounds,       \
                                             size_t bins, uint64_t *counts,                        \
                                             yoke_bins_outside *outside);
YOKE_TYPES(YOKE_BINS_DECLARE_)
#define yoke_bins_even(from, ...)   YOKE_TYPED(yoke_bins_even, from)(from, __VA_ARGS__)
#define yoke_bins_ranges(from, ...) YOKE_TYPED(yoke_bins_ranges, from)(from, __VA_ARGS__)

/* The same with weights: sums[i] is the sum of weights[j] over the items from[j] in bin i. */
#define YOKE_BINS_WEIGHTED_DECLARE_(T, type, wide)                                                 \
    YOKE_API int yoke_bins_even_weighted_##T(const type *from, const double *weights, size_t n,    \
                                             type low, type high, size_t bins, double *sums,       \
                                             const yoke_run *run);                                 \
    YOKE_API int yoke_bins_ranges_weighted_##T(const type *from, const double *weights, size_t n,  \
                                               const type *bounds, size_t bins, double *sums,      \
                                               const yoke_run *run);                               \
    YOKE_API void yoke_bins_even_weighted_##T##_ref(const type *from, const double *weights,       \
                                                    size_t n, type low, type high, size_t bins,    \
                                                    double *sums);                                 \
    YOKE_API void yoke_bins_ranges_weighted_##T##_ref(const type *from, const double *weights,     \
                                                      size_t n, const type *bounds, size_t bins,   \
                                                      double *sums);
YOKE_TYPES(YOKE_BINS_WEIGHTED_DECLARE_)
#define yoke_bins_even_weighted(from, ...)                                                         \
    YOKE_TYPED(yoke_bins_even_weighted, from)(from, __VA_ARGS__)
#define yoke_bins_ranges_weighted(from, ...)                                                       \
    YOKE_TYPED(yoke_bins_ranges_weighted, from)(from, __VA_ARGS__)

/* Sparse: the different values, ascending, and how many items have each; *count of them. NaN have
 * no place and are counted in *nans (NULL: not wanted); -0 and 0 are one value, shown as -0 when
 * one of them is. `values` and `counts` have room for n. Works in a sorted copy. */
#define YOKE_BINS_DISTINCT_DECLARE_(T, type, wide)                                                 \
    YOKE_API int yoke_bins_distinct_##T(const type *from, size_t n, type values[],                 \
                                        uint64_t *counts, size_t *count, uint64_t *nans,           \
                                        const yoke_run *run);                                      \
    YOKE_API size_t yoke_bins_distinct_##T##_ref(const type *from, size_t n, type values[],        \
                                                 uint64_t *counts, uint64_t *nans);
YOKE_TYPES(YOKE_BINS_DISTINCT_DECLARE_)
#define yoke_bins_distinct(from, ...) YOKE_TYPED(yoke_bins_distinct, from)(from, __VA_ARGS__)

/* The same with weights: sums[i] is the sum of the weights of the items that equal values[i].
 * Unless EXACT, they are added as yoke_sum (yoke/reduce.h) adds an array of them, in the order of
 * their items, but those of -0 before those of 0. `values` and `sums` have room for n and overlap
 * neither each other nor the input (YOKE_EINVAL). Works in sorted copies of both arrays, and 8
 * bytes a value. */
#define YOKE_BINS_DISTINCT_WEIGHTED_DECLARE_(T, type, wide)                                        \
    YOKE_API int yoke_bins_distinct_weighted_##T(                                                  \
        const type *from, const double *weights, size_t n, type values[], double *sums,            \
        size_t *count, uint64_t *nans, const yoke_run *run);                                       \
    YOKE_API size_t yoke_bins_distinct_weighted_##T##_ref(const type *from, const double *weights, \
                                                          size_t n, type values[], double *sums,   \
                                                          uint64_t *nans);
YOKE_TYPES(YOKE_BINS_DISTINCT_WEIGHTED_DECLARE_)
#define yoke_bins_distinct_weighted(from, ...)                                                     \
    YOKE_TYPED(yoke_bins_distinct_weighted, from)(from, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif

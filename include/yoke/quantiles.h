/* SPDX-License-Identifier: Apache-2.0
 *
 * Quantiles: a sketch of a stream of numbers in little memory, and the exact ones of an array.
 *
 * The sketch is KLL (Karnin, Lang and Liberty, "Optimal quantile approximation in streams", FOCS
 * 2016). Level l holds items that stand for 2^l numbers each; a full level is sorted, and every
 * second item, from the first or the second by a coin, goes up to the next level. The highest level
 * has k items, and each one below it 2/3 of the one above, at least 8. So about 3 k items are kept
 * for any n, and up to k the sketch is exact. The rank of an answer is off by at most 1.7 n / k^0.9
 * in 99 of 100 queries (found by experiment, and held by a test); with k = 200 that is 1.5 %. Coins
 * come from the seed, so the same additions and merges in the same order give the same sketch.
 *
 * NaN is left out and not counted; -0 equals 0. One thread at a time may use a sketch, or several
 * may read it.
 */
#ifndef YOKE_QUANTILES_H
#define YOKE_QUANTILES_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"
#include "yoke/typed.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_quantiles yoke_quantiles;

typedef struct yoke_quantiles_options {
    unsigned k; /* 8 to 65,535; 0: 200 */
    uint64_t seed;
} yoke_quantiles_options;

/* An empty sketch. NULL options: all defaults. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_quantiles_create(const yoke_quantiles_options *options,
                                   yoke_quantiles **quantiles);
YOKE_API void yoke_quantiles_destroy(yoke_quantiles *quantiles); /* NULL is legal */

/* Adds a number. YOKE_ENOMEM, and then it is not added; memory is taken only when the count
 * doubles. */
YOKE_API int yoke_quantiles_add(yoke_quantiles *quantiles, double number);
/* Adds n numbers, in at most 64 parts that depend on n only, so that the result is the same at any
 * number of threads (but not that of n single additions). Fails as any kernel does (yoke/run.h) and
 * with YOKE_ENOMEM; then some of them may have been added. */
YOKE_API int yoke_quantiles_add_array(yoke_quantiles *quantiles, const double *numbers, size_t n,
                                      const yoke_run *run);
/* The serial reference: part after part. Checks nothing; YOKE_ENOMEM. */
YOKE_API int yoke_quantiles_add_array_ref(yoke_quantiles *quantiles, const double *numbers,
                                          size_t n);
/* Adds what `from` has seen; errors are then those of the smaller k. YOKE_EINVAL when both are the
 * same, YOKE_ENOMEM (some may then have been added). */
YOKE_API int yoke_quantiles_merge(yoke_quantiles *into, const yoke_quantiles *from);

/* How many numbers were added. */
YOKE_API uint64_t yoke_quantiles_count(const yoke_quantiles *quantiles);
/* For each of m fractions from 0 (the minimum, exact) to 1 (the maximum, exact), a number that was
 * added and whose rank is about fraction * count: the exact answer is the number at place
 * ceil(fraction * count) in ascending order. YOKE_EINVAL for other fractions or when nothing was
 * added, YOKE_ENOMEM. */
YOKE_API int yoke_quantiles_get(const yoke_quantiles *quantiles, const double *fractions, size_t m,
                                double *numbers);
/* About how many of the numbers are at most `number`. */
YOKE_API uint64_t yoke_quantiles_rank(const yoke_quantiles *quantiles, double number);

/* A sketch as bytes, the same on all machines: how many, and writing so many. */
YOKE_API size_t yoke_quantiles_size(const yoke_quantiles *quantiles);
YOKE_API void yoke_quantiles_write(const yoke_quantiles *quantiles, void *bytes);
/* A sketch from bytes. YOKE_EDATA when they are not what was written, YOKE_ENOMEM. */
YOKE_API int yoke_quantiles_read(const void *bytes, size_t size, yoke_quantiles **quantiles);

/* The exact quantiles of an array, as yoke_quantiles_get defines them, in the order of yoke/sort.h:
 * NaN comes first or last. Works in 16 bytes an item or so. YOKE_EINVAL, YOKE_ENOMEM, and as any
 * kernel. The reference sorts by yoke_sort_ref, and checks nothing; YOKE_ENOMEM. */
#define YOKE_QUANTILES_DECLARE_(T, type, wide)                                                     \
    YOKE_API int yoke_quantiles_exact_##T(const type *items, size_t n, const double *fractions,    \
                                          size_t m, type numbers[], const yoke_run *run);          \
    YOKE_API int yoke_quantiles_exact_##T##_ref(                                                   \
        const type *items, size_t n, const double *fractions, size_t m, type numbers[]);
YOKE_TYPES(YOKE_QUANTILES_DECLARE_)
#define yoke_quantiles_exact(items, ...) YOKE_TYPED(yoke_quantiles_exact, items)(items, __VA_ARGS__)
#define yoke_quantiles_exact_ref(items, ...)                                                       \
    YOKE_TYPED_REF(yoke_quantiles_exact, items)(items, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif

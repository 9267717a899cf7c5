/* SPDX-License-Identifier: Apache-2.0
 *
 * Histograms of unsigned numbers, such as latencies in nanoseconds: fixed buckets, a stated
 * relative error, quantiles, merging.
 *
 * Buckets are log-linear: each power of two is cut into 2^bits parts of the same width, and numbers
 * below 2^(bits + 1) have a bucket each. A number is known by the middle of its bucket, thus
 * exactly below 2^(bits + 1) and with a relative error of at most 2^-(bits + 1) above: 0.4 % for
 * the default of 7 bits, 0.05 % for 10. After the HdrHistogram of Gil Tene.
 *
 * There are two types. A *distribution* is what one thread at a time fills, reads and merges. A
 * *histogram* is filled by many threads; it is a counter set (yoke/counter.h) of one counter a
 * bucket, with its slots, progress and read contracts, and is read into a distribution.
 *
 * Memory: 8 bytes a bucket, of which there are (65 - bits) << bits for all of 64 bits: 58 KiB with
 * 7 bits; a histogram needs that for each thread that records.
 */
#ifndef YOKE_HISTOGRAM_H
#define YOKE_HISTOGRAM_H

#include "yoke/counter.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_histogram_options {
    unsigned bits;    /* precision, 1 to 14; 0: 7 */
    uint64_t highest; /* numbers above it share the last bucket; 0: UINT64_MAX, no such bucket */
    unsigned threads; /* slots of a histogram; as in yoke_counter_options */
} yoke_histogram_options;

/* Which number goes to which bucket. */
typedef struct yoke_histogram_shape {
    unsigned bits, buckets;
    uint64_t highest; /* the greatest number that is not beyond */
} yoke_histogram_shape;

/* The bucket of a number, 0 to buckets - 1, in the order of the numbers. */
static inline unsigned yoke_histogram_bucket(const yoke_histogram_shape *shape, uint64_t number) {
    if (__builtin_expect(number > shape->highest, 0)) return shape->buckets - 1;
    unsigned bits = shape->bits;
    unsigned shift = 63 - (unsigned)__builtin_clzll(number | (UINT64_C(1) << bits)) - bits;
    return (shift << bits) + (unsigned)(number >> shift);
}

/* ---- distributions: one thread at a time ---- */

typedef struct yoke_distribution yoke_distribution;

/* An empty one. options may be NULL. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_distribution_create(const yoke_histogram_options *options,
                                      yoke_distribution **distribution);
YOKE_API void yoke_distribution_destroy(yoke_distribution *distribution); /* NULL is legal */
YOKE_API void yoke_distribution_clear(yoke_distribution *distribution);
/* Adds a number `times` times. */
YOKE_API void yoke_distribution_add(yoke_distribution *distribution, uint64_t number,
                                    uint64_t times);
/* Adds all of `from`. YOKE_EINVAL when bits or highest differ; then nothing is added. */
YOKE_API int yoke_distribution_merge(yoke_distribution *into, const yoke_distribution *from);

/* How many numbers it holds. */
YOKE_API uint64_t yoke_distribution_count(const yoke_distribution *distribution);
/* How many of them are above `highest`. */
YOKE_API uint64_t yoke_distribution_beyond(const yoke_distribution *distribution);
/* The q-quantile by the nearest rank: of n numbers in order the one at place ceil(q n), counted
 * from 1; the first for q <= 0, the last for q >= 1. Within the relative error of the number
 * itself; but `highest` for those beyond. 0 when empty. */
YOKE_API uint64_t yoke_distribution_quantile(const yoke_distribution *distribution, double q);
/* The mean, within the same relative error; numbers beyond count as `highest`. 0 when empty. */
YOKE_API double yoke_distribution_mean(const yoke_distribution *distribution);

/* A bucket: the least and greatest number that fall into it, and how many did. */
typedef struct yoke_distribution_bucket {
    uint64_t low, high, count;
} yoke_distribution_bucket;

/* The first bucket that is not empty among those from number *next on: 1, and *next is where to go
 * on; 0 when there is none. Begin with 0. */
YOKE_API int yoke_distribution_next(const yoke_distribution *distribution, unsigned *next,
                                    yoke_distribution_bucket *bucket);

/* ---- histograms: many threads ---- */

/* The inline functions alone use the members. */
typedef struct yoke_histogram {
    yoke_histogram_shape shape;
    yoke_counter *counter;
} yoke_histogram;

/* options may be NULL. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_histogram_create(const yoke_histogram_options *options,
                                   yoke_histogram **histogram);
YOKE_API void yoke_histogram_destroy(yoke_histogram *histogram); /* NULL is legal */

/* Counts a number. Any thread; cannot fail; wait-free as yoke_counter_add_at is. */
static inline void yoke_histogram_record(yoke_histogram *histogram, uint64_t number) {
    yoke_counter_add_at(histogram->counter, yoke_histogram_bucket(&histogram->shape, number), 1);
}

/* Replaces what is in `into`, which has the same bits and highest (else YOKE_EINVAL and nothing is
 * changed), by the contract in the name. A snapshot is exact: all numbers recorded up to one moment
 * and no other; YOKE_EUNSUPPORTED as yoke_counter_snapshot. */
YOKE_API int yoke_histogram_read_relaxed(const yoke_histogram *histogram, yoke_distribution *into);
YOKE_API int yoke_histogram_read_at_quiescence(const yoke_histogram *histogram,
                                               yoke_distribution *into);
YOKE_API int yoke_histogram_snapshot(yoke_histogram *histogram, yoke_distribution *into);

#ifdef __cplusplus
}
#endif
#endif

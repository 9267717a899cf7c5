/* SPDX-License-Identifier: Apache-2.0
 *
 * Log-linear buckets. Bucket b with b >> bits = 0 holds the number b alone. Above, a number keeps
 * its bits + 1 leading binary digits m, 2^bits <= m < 2^(bits + 1), and loses s trailing ones; its
 * bucket is (s << bits) + m, so that each s continues where the one before ended. The buckets of s
 * are 2^s wide, and the numbers in them at least 2^(bits + s): from the middle of a bucket to its
 * ends it is at most 2^(s - 1), a part 2^-(bits + 1) of the number.
 */
#include "yoke/histogram.h"

#include <stdlib.h>
#include <string.h>

struct yoke_distribution {
    yoke_histogram_shape shape;
    uint64_t count[]; /* one a bucket */
};

enum { DEFAULT_BITS = 7, MOST_BITS = 14 };

/* ---- buckets ---- */

static int find_shape(const yoke_histogram_options *options, yoke_histogram_shape *shape) {
    unsigned bits = options && options->bits ? options->bits : DEFAULT_BITS;
    if (bits > MOST_BITS) {
        return yoke_fail(YOKE_EINVAL, "histogram: %u bits of precision; at most %d", bits,
                         MOST_BITS);
    }
    uint64_t highest = options && options->highest ? options->highest : UINT64_MAX;
    *shape = (yoke_histogram_shape){bits, 0, highest};
    shape->buckets = yoke_histogram_bucket(shape, highest) + 1 + (highest != UINT64_MAX);
    return YOKE_OK;
}

/* The last bucket is for numbers beyond. */
static int has_beyond(const yoke_histogram_shape *shape) { return shape->highest != UINT64_MAX; }

static int is_beyond(const yoke_histogram_shape *shape, unsigned bucket) {
    return has_beyond(shape) && bucket == shape->buckets - 1;
}

static void find_range(const yoke_histogram_shape *shape, unsigned bucket,
                       yoke_distribution_bucket *range) {
    if (is_beyond(shape, bucket)) {
        range->low = shape->highest + 1;
        range->high = UINT64_MAX;
        return;
    }
    unsigned block = bucket >> shape->bits, shift = block ? block - 1 : 0;
    uint64_t leading = bucket - ((uint64_t)shift << shape->bits);
    range->low = leading << shift;
    range->high = range->low + ((UINT64_C(1) << shift) - 1);
    if (range->high > shape->highest) range->high = shape->highest;
}

/* The number that stands for those in a bucket. */
static uint64_t middle(const yoke_histogram_shape *shape, unsigned bucket) {
    yoke_distribution_bucket range;
    if (is_beyond(shape, bucket)) return shape->highest;
    find_range(shape, bucket, &range);
    return range.low + (range.high - range.low) / 2;
}

static int check_same(const yoke_histogram_shape *a, const yoke_histogram_shape *b) {
    if (a->bits == b->bits && a->highest == b->highest) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "histogram: %u bits up to %llu do not go into %u bits up to %llu",
                     b->bits, (unsigned long long)b->highest, a->bits,
                     (unsigned long long)a->highest);
}

/* ---- distributions ---- */

int yoke_distribution_create(const yoke_histogram_options *options,
                             yoke_distribution **distribution) {
    yoke_histogram_shape shape;
    YOKE_TRY(find_shape(options, &shape));
    yoke_distribution *d = calloc(1, sizeof *d + shape.buckets * sizeof *d->count);
    if (!d) return yoke_fail(YOKE_ENOMEM, "distribution: no memory for %u buckets", shape.buckets);
    d->shape = shape;
    *distribution = d;
    return YOKE_OK;
}

void yoke_distribution_destroy(yoke_distribution *distribution) { free(distribution); }

void yoke_distribution_clear(yoke_distribution *distribution) {
    memset(distribution->count, 0, distribution->shape.buckets * sizeof *distribution->count);
}

void yoke_distribution_add(yoke_distribution *distribution, uint64_t number, uint64_t times) {
    distribution->count[yoke_histogram_bucket(&distribution->shape, number)] += times;
}

int yoke_distribution_merge(yoke_distribution *into, const yoke_distribution *from) {
    YOKE_TRY(check_same(&into->shape, &from->shape));
    for (unsigned i = 0; i < into->shape.buckets; i++) into->count[i] += from->count[i];
    return YOKE_OK;
}

uint64_t yoke_distribution_count(const yoke_distribution *distribution) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < distribution->shape.buckets; i++) sum += distribution->count[i];
    return sum;
}

uint64_t yoke_distribution_beyond(const yoke_distribution *distribution) {
    const yoke_histogram_shape *shape = &distribution->shape;
    return has_beyond(shape) ? distribution->count[shape->buckets - 1] : 0;
}

/* ceil(q n) between 1 and n; q n has to be rounded once only, and long double holds n exactly. */
static uint64_t rank_of(double q, uint64_t n) {
    if (!(q > 0)) return 1;
    if (q >= 1) return n;
    long double place = (long double)q * (long double)n;
    uint64_t rank = (uint64_t)place;
    rank += (long double)rank < place;
    return rank < 1 ? 1 : rank > n ? n : rank;
}

uint64_t yoke_distribution_quantile(const yoke_distribution *distribution, double q) {
    uint64_t count = yoke_distribution_count(distribution), seen = 0;
    if (!count) return 0;
    uint64_t rank = rank_of(q, count);
    unsigned bucket = 0;
    while ((seen += distribution->count[bucket]) < rank) bucket++;
    return middle(&distribution->shape, bucket);
}

double yoke_distribution_mean(const yoke_distribution *distribution) {
    long double sum = 0;
    uint64_t count = yoke_distribution_count(distribution);
    for (unsigned i = 0; i < distribution->shape.buckets; i++) {
        if (!distribution->count[i]) continue;
        sum += (long double)middle(&distribution->shape, i) * (long double)distribution->count[i];
    }
    return count ? (double)(sum / (long double)count) : 0;
}

int yoke_distribution_next(const yoke_distribution *distribution, unsigned *next,
                           yoke_distribution_bucket *bucket) {
    unsigned i = *next;
    while (i < distribution->shape.buckets && !distribution->count[i]) i++;
    if (i >= distribution->shape.buckets) return 0;
    find_range(&distribution->shape, i, bucket);
    bucket->count = distribution->count[i];
    *next = i + 1;
    return 1;
}

/* ---- histograms ---- */

int yoke_histogram_create(const yoke_histogram_options *options, yoke_histogram **histogram) {
    yoke_histogram_shape shape;
    YOKE_TRY(find_shape(options, &shape));
    yoke_counter_options slots = {shape.buckets, options ? options->threads : 0};
    yoke_histogram *h = malloc(sizeof *h);
    if (!h) return yoke_fail(YOKE_ENOMEM, "histogram: no memory");
    h->shape = shape;
    int status = yoke_counter_create(&slots, &h->counter);
    if (status < 0) {
        free(h);
        return status;
    }
    *histogram = h;
    return YOKE_OK;
}

void yoke_histogram_destroy(yoke_histogram *histogram) {
    if (!histogram) return;
    yoke_counter_destroy(histogram->counter);
    free(histogram);
}

int yoke_histogram_read_relaxed(const yoke_histogram *histogram, yoke_distribution *into) {
    YOKE_TRY(check_same(&into->shape, &histogram->shape));
    yoke_counter_read_all_relaxed(histogram->counter, (int64_t *)into->count);
    return YOKE_OK;
}

int yoke_histogram_read_at_quiescence(const yoke_histogram *histogram, yoke_distribution *into) {
    return yoke_histogram_read_relaxed(histogram, into);
}

int yoke_histogram_snapshot(yoke_histogram *histogram, yoke_distribution *into) {
    YOKE_TRY(check_same(&into->shape, &histogram->shape));
    return yoke_counter_snapshot_all(histogram->counter, (int64_t *)into->count);
}

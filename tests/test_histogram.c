/* SPDX-License-Identifier: Apache-2.0
 *
 * Histograms: buckets against their definition, quantiles and means against sorting, merging, and
 * what readers may see while others record.
 */
#include "yoke/histogram.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/event.h"
#include "yoke/team.h"

static yoke_distribution *make(unsigned bits, uint64_t highest) {
    yoke_histogram_options options = {bits, highest, 0};
    yoke_distribution *d = NULL;
    REQUIRE(yoke_distribution_create(&options, &d) == YOKE_OK);
    return d;
}

static yoke_histogram *make_sharded(unsigned bits, uint64_t highest, unsigned threads) {
    yoke_histogram_options options = {bits, highest, threads};
    yoke_histogram *h = NULL;
    REQUIRE(yoke_histogram_create(&options, &h) == YOKE_OK);
    return h;
}

/* ---- buckets ---- */

/* Walks over all buckets by filling each in turn: they must follow each other without a gap from 0
 * to the top, and each be narrow enough for the error that is promised. */
static void check_buckets(unsigned bits, uint64_t highest) {
    yoke_distribution *d = make(bits, highest);
    uint64_t top = highest ? highest : UINT64_MAX, number = 0;
    for (;;) {
        yoke_distribution_bucket bucket;
        unsigned next = 0;
        yoke_distribution_clear(d);
        yoke_distribution_add(d, number, 1);
        REQUIRE(yoke_distribution_next(d, &next, &bucket) == 1);
        CU_ASSERT_EQUAL(bucket.count, 1);
        REQUIRE(bucket.low == number && bucket.high >= number);
        uint64_t middle = yoke_distribution_quantile(d, 0.5);
        if (number > top) {
            CU_ASSERT_EQUAL(middle, top);
            CU_ASSERT_EQUAL(bucket.high, UINT64_MAX);
            break;
        }
        long double part = ldexpl(1, -(int)bits - 1);
        CU_ASSERT((long double)(middle - bucket.low) <= part * (long double)bucket.low);
        CU_ASSERT((long double)(bucket.high - middle) <= part * (long double)bucket.high);
        CU_ASSERT(number >= 2u << bits || middle == number);
        next = 0;
        yoke_distribution_clear(d);
        yoke_distribution_add(d, bucket.high, 1);
        REQUIRE(yoke_distribution_next(d, &next, &bucket) == 1);
        CU_ASSERT_EQUAL(bucket.low, number);
        CU_ASSERT_EQUAL(yoke_distribution_next(d, &next, &bucket), 0);
        if (bucket.high == UINT64_MAX) break;
        number = bucket.high + 1;
    }
    yoke_distribution_destroy(d);
}

TEST(buckets_cover_all_numbers_within_the_error) {
    check_buckets(1, 0);
    check_buckets(4, 0);
    check_buckets(7, 0);
    check_buckets(7, 1);
    check_buckets(3, 255);
    check_buckets(3, 256);
    check_buckets(3, 257);
    check_buckets(5, 1000003);
    check_buckets(2, UINT64_MAX - 1);
}

TEST(numbers_of_buckets_grow_by_one) {
    const yoke_histogram_shape shape = {3, 1000, UINT64_MAX};
    unsigned last = yoke_histogram_bucket(&shape, 0);
    CU_ASSERT_EQUAL(last, 0);
    for (uint64_t number = 1; number < 100000; number++) {
        unsigned bucket = yoke_histogram_bucket(&shape, number);
        CU_ASSERT(bucket == last || bucket == last + 1);
        last = bucket;
    }
    CU_ASSERT_EQUAL(yoke_histogram_bucket(&shape, UINT64_MAX), (65 - 3) * 8 - 1);
}

TEST(options_out_of_range_are_refused) {
    yoke_histogram_options precise = {15, 0, 0}, many = {7, 0, (1 << 20) + 1};
    yoke_distribution *d = NULL;
    yoke_histogram *h = NULL;
    CU_ASSERT_EQUAL(yoke_distribution_create(&precise, &d), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_histogram_create(&precise, &h), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_histogram_create(&many, &h), YOKE_EINVAL);
    CU_ASSERT(!d && !h);
    yoke_distribution_destroy(NULL);
    yoke_histogram_destroy(NULL);
}

/* ---- quantiles, against sorting ---- */

static int by_number(const void *left, const void *right) {
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Skewed as latencies are: the size in bits is random, too. */
static uint64_t random_number(void) { return test_random() >> test_random_below(64); }

static void check_quantile(const yoke_distribution *d, const uint64_t *sorted, size_t n, double q,
                           long double error) {
    size_t rank = q <= 0 ? 1 : (size_t)ceill((long double)q * (long double)n);
    if (rank < 1) rank = 1;
    if (rank > n) rank = n;
    long double right = (long double)sorted[rank - 1];
    long double found = (long double)yoke_distribution_quantile(d, q);
    CU_ASSERT(fabsl(found - right) <= error * right);
}

TEST(quantiles_and_means_are_within_the_error) {
    static const double qs[] = {-1, 0, 1e-9, 0.001, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1, 2};
    for (int round = 0; round < 60; round++) {
        unsigned bits = 1 + (unsigned)round % 12;
        size_t n = 1 + test_random_below(round % 2 ? 3000 : 10);
        long double sum = 0, error = ldexpl(1, -(int)bits - 1);
        yoke_distribution *d = make(bits, 0);
        uint64_t *numbers = malloc(n * sizeof *numbers);
        REQUIRE(numbers != NULL);
        for (size_t i = 0; i < n; i++) {
            numbers[i] = random_number();
            sum += (long double)numbers[i];
            yoke_distribution_add(d, numbers[i], 1);
        }
        qsort(numbers, n, sizeof *numbers, by_number);
        for (int i = 0; i < 12; i++) check_quantile(d, numbers, n, qs[i], error);
        for (size_t i = 1; i <= n; i += 1 + n / 50) {
            check_quantile(d, numbers, n, (double)i / (double)n, error);
        }
        long double mean = sum / (long double)n;
        CU_ASSERT(fabsl((long double)yoke_distribution_mean(d) - mean) <= mean * (error + 1e-15L));
        CU_ASSERT_EQUAL(yoke_distribution_count(d), n);
        free(numbers);
        yoke_distribution_destroy(d);
    }
}

TEST(small_numbers_are_exact) {
    yoke_distribution *d = make(7, 0);
    for (uint64_t i = 0; i < 256; i++) yoke_distribution_add(d, i, i);
    uint64_t sum = 0, weighted = 0;
    for (uint64_t i = 0; i < 256; i++) sum += i, weighted += i * i;
    CU_ASSERT_EQUAL(yoke_distribution_count(d), sum);
    CU_ASSERT_EQUAL(yoke_distribution_mean(d), (double)weighted / (double)sum);
    CU_ASSERT_EQUAL(yoke_distribution_quantile(d, 0), 1); /* no 0 was added */
    CU_ASSERT_EQUAL(yoke_distribution_quantile(d, 1), 255);
    CU_ASSERT_EQUAL(yoke_distribution_quantile(d, 0.5), 181);
    CU_ASSERT_EQUAL(yoke_distribution_quantile(d, NAN), 1);
    yoke_distribution_destroy(d);
}

TEST(empty_and_beyond) {
    yoke_distribution *d = make(4, 1000);
    yoke_distribution_bucket bucket;
    unsigned next = 0;
    CU_ASSERT_EQUAL(yoke_distribution_count(d), 0);
    CU_ASSERT_EQUAL(yoke_distribution_quantile(d, 0.5), 0);
    CU_ASSERT_EQUAL(yoke_distribution_mean(d), 0);
    CU_ASSERT_EQUAL(yoke_distribution_next(d, &next, &bucket), 0);
    yoke_distribution_add(d, 1000, 2);
    CU_ASSERT_EQUAL(yoke_distribution_beyond(d), 0);
    yoke_distribution_add(d, 1001, 1);
    yoke_distribution_add(d, UINT64_MAX, 3);
    CU_ASSERT_EQUAL(yoke_distribution_beyond(d), 4);
    CU_ASSERT_EQUAL(yoke_distribution_count(d), 6);
    CU_ASSERT_EQUAL(yoke_distribution_quantile(d, 1), 1000);
    CU_ASSERT(fabs(yoke_distribution_mean(d) - 1000) <= 1000.0 / 32);
    yoke_distribution_clear(d);
    CU_ASSERT_EQUAL(yoke_distribution_count(d), 0);
    yoke_distribution_destroy(d);
    d = make(4, 0);
    yoke_distribution_add(d, UINT64_MAX, 3);
    CU_ASSERT_EQUAL(yoke_distribution_beyond(d), 0);
    yoke_distribution_destroy(d);
}

static int same(const yoke_distribution *a, const yoke_distribution *b) {
    yoke_distribution_bucket x = {0, 0, 0}, y = {0, 0, 0};
    unsigned i = 0, k = 0;
    for (;;) {
        int more = yoke_distribution_next(a, &i, &x);
        if (more != yoke_distribution_next(b, &k, &y)) return 0;
        if (!more) return 1;
        if (x.low != y.low || x.high != y.high || x.count != y.count) return 0;
    }
}

TEST(merging_is_adding_all) {
    yoke_distribution *parts[3], *all = make(5, 0);
    for (int i = 0; i < 3; i++) parts[i] = make(5, 0);
    for (int i = 0; i < 3000; i++) {
        uint64_t number = random_number();
        yoke_distribution_add(parts[i % 3], number, (uint64_t)i);
        yoke_distribution_add(all, number, (uint64_t)i);
    }
    for (int i = 1; i < 3; i++) {
        CU_ASSERT_EQUAL(yoke_distribution_merge(parts[0], parts[i]), YOKE_OK);
    }
    CU_ASSERT(same(parts[0], all));
    yoke_distribution *bits = make(6, 0), *highest = make(5, 1000);
    CU_ASSERT_EQUAL(yoke_distribution_merge(parts[0], bits), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_distribution_merge(parts[0], highest), YOKE_EINVAL);
    CU_ASSERT(same(parts[0], all));
    for (int i = 0; i < 3; i++) yoke_distribution_destroy(parts[i]);
    yoke_distribution_destroy(all);
    yoke_distribution_destroy(bits);
    yoke_distribution_destroy(highest);
}

/* ---- many threads ---- */

typedef struct job {
    yoke_histogram *histogram;
    size_t each;
    atomic_int stop;
} job;

static uint64_t number_of(int member, size_t i) {
    uint64_t x = ((uint64_t)member * 1000003 + i + 1) * 0x9E3779B97F4A7C15u;
    return x >> (x >> 58);
}

static int record_member(yoke_team *team, int member, void *ctx) {
    const job *j = ctx;
    (void)team;
    for (size_t i = 0; i < j->each; i++) yoke_histogram_record(j->histogram, number_of(member, i));
    return 0;
}

TEST(histograms_are_those_of_the_serial_twin) {
    const int threads[] = {1, 2, 3, 7, 64};
    for (int round = 0; round < 10; round++) {
        int count = threads[round / 2];
        uint64_t highest = round % 3 ? 0 : 1u << 30;
        job j = {make_sharded(6, highest, round % 2 ? 2 : 0), test_size(2000, 200), 0};
        yoke_distribution *twin = make(6, highest), *found = make(6, highest);
        for (int member = 0; member < count; member++) {
            for (size_t i = 0; i < j.each; i++)
                yoke_distribution_add(twin, number_of(member, i), 1);
        }
        yoke_distribution_add(found, 77, 77); /* is replaced */
        CU_ASSERT_EQUAL(yoke_team_run(count, record_member, &j), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_histogram_read_at_quiescence(j.histogram, found), YOKE_OK);
        CU_ASSERT(same(found, twin));
        yoke_distribution_clear(found);
        CU_ASSERT_EQUAL(yoke_histogram_snapshot(j.histogram, found), YOKE_OK);
        CU_ASSERT(same(found, twin));
        yoke_distribution_destroy(twin);
        yoke_distribution_destroy(found);
        yoke_histogram_destroy(j.histogram);
    }
}

TEST(reading_into_another_shape_is_refused) {
    yoke_histogram *h = make_sharded(6, 0, 1);
    yoke_distribution *other = make(7, 0), *same_shape = make(6, 0);
    yoke_distribution_add(other, 5, 5);
    CU_ASSERT_EQUAL(yoke_histogram_read_relaxed(h, other), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_histogram_read_at_quiescence(h, other), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_histogram_snapshot(h, other), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_distribution_count(other), 5);
    yoke_barrier_asymmetric_ = 0;
    yoke_distribution_add(same_shape, 5, 5);
    CU_ASSERT_EQUAL(yoke_histogram_snapshot(h, same_shape), YOKE_EUNSUPPORTED);
    CU_ASSERT_EQUAL(yoke_distribution_count(same_shape), 5);
    yoke_distribution_destroy(other);
    yoke_distribution_destroy(same_shape);
    yoke_histogram_destroy(h);
}

/* Each thread records 1, 1000 and 1000000 in turn. */
static void *record_in_turn(void *ctx) {
    job *j = ctx;
    intptr_t done = 0;
    for (; !atomic_load(&j->stop); done++) {
        for (uint64_t number = 1; number <= 1000000; number *= 1000) {
            yoke_histogram_record(j->histogram, number);
        }
    }
    return (void *)done;
}

TEST(snapshots_are_of_one_moment) {
    for (unsigned slots = 1; slots <= 64; slots *= 8) {
        job j = {make_sharded(4, 1 << 20, slots), 0, 0};
        yoke_distribution *d = make(4, 1 << 20);
        pthread_t threads[3];
        uint64_t wrong = 0, done = 0, last = 0;
        for (int i = 0; i < 3; i++) {
            REQUIRE(pthread_create(&threads[i], NULL, record_in_turn, &j) == 0);
        }
        for (size_t i = 0; i < test_size(1000, 100); i++) {
            yoke_distribution_bucket b[3] = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}};
            unsigned next = 0;
            REQUIRE(yoke_histogram_snapshot(j.histogram, d) == YOKE_OK);
            for (int k = 0; k < 3 && yoke_distribution_next(d, &next, &b[k]); k++) {
            }
            wrong += b[0].count < b[1].count || b[1].count < b[2].count;
            wrong += b[0].count > b[2].count + 3 || yoke_distribution_count(d) < last;
            last = yoke_distribution_count(d);
        }
        atomic_store(&j.stop, 1);
        for (int i = 0; i < 3; i++) {
            void *result;
            pthread_join(threads[i], &result);
            done += (uint64_t)(intptr_t)result;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        REQUIRE(yoke_histogram_read_relaxed(j.histogram, d) == YOKE_OK);
        CU_ASSERT_EQUAL(yoke_distribution_count(d), 3 * done);
        yoke_distribution_destroy(d);
        yoke_histogram_destroy(j.histogram);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorts, selections, merges and set operations.
 */
#include "tests/digests.h"
#include "yoke/merge.h"

enum { N = 300000, BLOCK = 1000 };

static double keys[N], other[N], result[2 * N];
static uint32_t places[N];
static uint64_t values[N];

/* Many equal keys, of both signs. */
static void fill(double *to) {
    for (size_t i = 0; i < N; i++) to[i] = (double)(int64_t)(digest_random() % 40001) - 20000;
}

DIGEST(sort_keys, "sort of keys", "300,000 doubles") {
    for (size_t i = 0; i < N; i++) keys[i] = digest_random_real();
    YOKE_TRY(yoke_sort(keys, N, YOKE_ASCENDING, run));
    digest_add(into, keys, sizeof keys);
    return YOKE_OK;
}

DIGEST(sort_pairs, "sort of pairs, argsort", "300,000 doubles, many equal") {
    fill(keys);
    for (size_t i = 0; i < N; i++) values[i] = i;
    YOKE_TRY(yoke_argsort32(keys, N, YOKE_DESCENDING, places, run));
    YOKE_TRY(yoke_sort_pairs(keys, values, sizeof *values, N, YOKE_ASCENDING, run));
    digest_add(into, places, sizeof places);
    digest_add(into, keys, sizeof keys);
    digest_add(into, values, sizeof values);
    return YOKE_OK;
}

DIGEST(sort_some, "nth key, partial sort, top", "300,000 doubles, many equal") {
    fill(keys);
    YOKE_TRY(yoke_top(keys, N, BLOCK, YOKE_DESCENDING, result, run));
    digest_add(into, result, BLOCK * sizeof *result);
    YOKE_TRY(yoke_nth(keys, N, N / 3, YOKE_ASCENDING, run));
    digest_add(into, keys, sizeof keys);
    YOKE_TRY(yoke_partial_sort(keys, N, N / 2, YOKE_DESCENDING, run));
    digest_add(into, keys, sizeof keys);
    return YOKE_OK;
}

DIGEST(sort_segments, "sort of segments", "300 segments of 1,000 doubles") {
    static size_t offsets[N / BLOCK + 1];
    fill(keys);
    for (size_t i = 0; i <= N / BLOCK; i++) offsets[i] = i * BLOCK;
    YOKE_TRY(yoke_sort_segments(keys, offsets, N / BLOCK, YOKE_ASCENDING, run));
    digest_add(into, keys, sizeof keys);
    return YOKE_OK;
}

static int by_magnitude(const void *a, const void *b, void *ctx) {
    double x = *(const double *)a, y = *(const double *)b;
    (void)ctx;
    return (x * x > y * y) - (x * x < y * y);
}

DIGEST(sort_by, "sort by a comparison", "300,000 doubles, many equal") {
    fill(keys);
    YOKE_TRY(yoke_sort_by(keys, N, sizeof *keys, by_magnitude, NULL, run));
    digest_add(into, keys, sizeof keys);
    return YOKE_OK;
}

DIGEST(merge_sets, "merge, set operations", "2 times 300,000 doubles, many equal") {
    size_t count;
    fill(keys), fill(other);
    YOKE_TRY(yoke_sort(keys, N, YOKE_ASCENDING, run));
    YOKE_TRY(yoke_sort(other, N, YOKE_ASCENDING, run));
    YOKE_TRY(yoke_merge(keys, N, other, N, YOKE_ASCENDING, result, run));
    digest_add(into, result, sizeof result);
    YOKE_TRY(yoke_set_union(keys, N, other, N, YOKE_ASCENDING, result, &count, run));
    digest_add(into, result, count * sizeof *result);
    YOKE_TRY(yoke_set_symmetric(keys, N, other, N, YOKE_ASCENDING, result, &count, run));
    digest_add(into, result, count * sizeof *result);
    return YOKE_OK;
}

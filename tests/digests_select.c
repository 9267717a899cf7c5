/* SPDX-License-Identifier: Apache-2.0
 *
 * Bins with weights, shuffles, random numbers and sketches.
 */
#include "tests/digests.h"
#include "yoke/bins.h"
#include "yoke/permute.h"
#include "yoke/quantiles.h"

enum { N = 300000, BINS = 1000 };

static double items[N], weights[N], sums[BINS];

static int weigh(yoke_run run, digest *into) {
    for (size_t i = 0; i < N; i++)
        items[i] = digest_random_real(), weights[i] = digest_random_real();
    YOKE_TRY(yoke_bins_even_weighted(items, weights, N, -1.0, 1.0, BINS, sums, &run));
    digest_add(into, sums, sizeof sums);
    return YOKE_OK;
}

DIGEST(bins_weighted, "weighted bins", "300,000 doubles, 1,000 bins") { return weigh(*run, into); }

DIGEST(bins_weighted_exact, "the same, `YOKE_REPRO_EXACT`", "the same") {
    yoke_run exact = *run;
    exact.repro = YOKE_REPRO_EXACT;
    return weigh(exact, into);
}

static int weigh_distinct(yoke_run run, digest *into) {
    static double values[N], totals[N];
    size_t count;
    for (size_t i = 0; i < N; i++)
        items[i] = (double)(digest_random() % 5000), weights[i] = digest_random_real();
    YOKE_TRY(yoke_bins_distinct_weighted(items, weights, N, values, totals, &count, NULL, &run));
    digest_add(into, values, count * sizeof *values);
    digest_add(into, totals, count * sizeof *totals);
    return YOKE_OK;
}

DIGEST(distinct_weighted, "weights of distinct values", "300,000 doubles, 5,000 values") {
    return weigh_distinct(*run, into);
}

DIGEST(distinct_weighted_exact, "the same, `YOKE_REPRO_EXACT`", "the same") {
    yoke_run exact = *run;
    exact.repro = YOKE_REPRO_EXACT;
    return weigh_distinct(exact, into);
}

DIGEST(random_shuffled, "random numbers, shuffled", "300,000 doubles") {
    yoke_random random = {digest_random(), 0}, order = {digest_random(), 1};
    YOKE_TRY(yoke_random_fill_f64(random, 12345, items, N, run));
    YOKE_TRY(yoke_shuffle(items, N, order, run));
    digest_add(into, items, sizeof items);
    return YOKE_OK;
}

DIGEST(quantiles, "sketch of quantiles", "300,000 doubles") {
    static unsigned char bytes[1 << 14];
    yoke_quantiles *sketch = NULL;
    for (size_t i = 0; i < N; i++) items[i] = digest_random_real();
    YOKE_TRY(yoke_quantiles_create(NULL, &sketch));
    int status = yoke_quantiles_add_array(sketch, items, N, run);
    if (status == YOKE_OK && yoke_quantiles_size(sketch) <= sizeof bytes) {
        yoke_quantiles_write(sketch, bytes);
        digest_add(into, bytes, yoke_quantiles_size(sketch));
    }
    yoke_quantiles_destroy(sketch);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of reductions.
 */
#include "tests/digests.h"
#include "yoke/reduce.h"

enum { N = 300000 };

static double x[N], y[N];

/* Sizes from 2^-20 to 2^20: additions round. */
static void fill(void) {
    for (int i = 0; i < N; i++) {
        int exponent = (int)(digest_random() % 41) - 20;
        x[i] = ldexp(digest_random_real(), exponent);
        y[i] = digest_random_real();
    }
}

static void add_real(digest *into, double value) { digest_add(into, &value, sizeof value); }

static yoke_run exactly(const yoke_run *run) {
    yoke_run exact = *run;
    exact.repro = YOKE_REPRO_EXACT;
    return exact;
}

static int add_all(const yoke_run *run, digest *into) {
    double sum, dot, norm;
    yoke_moments moments;
    fill();
    YOKE_TRY(yoke_sum(x, N, &sum, run));
    YOKE_TRY(yoke_dot(x, y, N, &dot, run));
    YOKE_TRY(yoke_norm2(x, N, &norm, run));
    YOKE_TRY(yoke_mean_variance(x, N, &moments, run));
    add_real(into, sum);
    add_real(into, dot);
    add_real(into, norm);
    add_real(into, moments.mean);
    add_real(into, moments.m2);
    return YOKE_OK;
}

DIGEST(reduce_any, "sum, dot, norm2, mean and variance", "300,000 doubles") {
    return add_all(run, into);
}

DIGEST(reduce_exact, "the same, `YOKE_REPRO_EXACT`", "the same") {
    yoke_run exact = exactly(run);
    return add_all(&exact, into);
}

DIGEST(reduce_product, "product", "300,000 doubles near 1") {
    double product;
    for (int i = 0; i < N; i++) x[i] = 1 + 0.001 * digest_random_real();
    YOKE_TRY(yoke_product(x, N, &product, run));
    add_real(into, product);
    return YOKE_OK;
}

static inline double size_of(double value) { return fabs(value); }
static inline double add(double a, double b) { return a + b; }
YOKE_DEFINE_REDUCER(sum_of_sizes, double, double, 0.0, size_of, add)

DIGEST(reduce_segments, "segmented sum of sizes", "300,000 doubles, 1,000 segments") {
    static size_t offsets[1001];
    static double sums[1000];
    fill();
    for (size_t i = 1; i < 1000; i++) offsets[i] = offsets[i - 1] + digest_random() % 290;
    offsets[1000] = N;
    YOKE_TRY(yoke_reduce_segments(&sum_of_sizes_reducer, x, offsets, 1000, sums, run));
    digest_add(into, sums, sizeof sums);
    return YOKE_OK;
}

DIGEST(reduce_by_key, "sum of sizes by key", "300,000 doubles, about 100,000 runs") {
    static uint32_t keys[N], unique[N];
    static double sums[N];
    size_t runs;
    fill();
    for (int i = 0; i < N; i++)
        keys[i] = i && digest_random() % 3 ? keys[i - 1] : (uint32_t)digest_random();
    YOKE_TRY(yoke_reduce_by_key(&sum_of_sizes_reducer, keys, x, N, unique, sums, &runs, run));
    digest_add(into, unique, runs * sizeof *unique);
    digest_add(into, sums, runs * sizeof *sums);
    return YOKE_OK;
}

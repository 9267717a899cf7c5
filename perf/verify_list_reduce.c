/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions.
 */
#include "perf/verify_list.h"
#include "yoke/reduce.h"
#include "yoke/xsum.h"

enum { N = 50000 };

static int add_real(verify_case *c, double value) {
    return yoke__verify_add(c, &value, sizeof value);
}

static int add_moments(verify_case *c, const yoke_moments *m) {
    YOKE_TRY(yoke__verify_add(c, &m->count, sizeof m->count));
    YOKE_TRY(add_real(c, m->mean));
    return add_real(c, m->m2);
}

static int reals(verify_case *c, const yoke_run *run) {
    double *x, *y, sum, dot, norm;
    yoke_moments moments;
    YOKE_TRY(yoke__verify_sizes(c, &x, c->n));
    YOKE_TRY(yoke__verify_reals(c, &y, c->n));
    YOKE_TRY(yoke_sum(x, c->n, &sum, run));
    YOKE_TRY(yoke_dot(x, y, c->n, &dot, run));
    YOKE_TRY(yoke_norm2(x, c->n, &norm, run));
    YOKE_TRY(yoke_mean_variance(x, c->n, &moments, run));
    add_real(c, sum), add_real(c, dot), add_real(c, norm);
    return add_moments(c, &moments);
}

static int floats(verify_case *c, const yoke_run *run) {
    float *x;
    double sum, dot, norm;
    yoke_moments moments;
    YOKE_TRY(yoke__verify_room(c, &x, c->n * sizeof *x));
    for (size_t i = 0; i < c->n; i++) x[i] = (float)yoke__verify_real(c);
    YOKE_TRY(yoke_sum(x, c->n, &sum, run));
    YOKE_TRY(yoke_dot(x, x, c->n, &dot, run));
    YOKE_TRY(yoke_norm2(x, c->n, &norm, run));
    YOKE_TRY(yoke_mean_variance(x, c->n, &moments, run));
    add_real(c, sum), add_real(c, dot), add_real(c, norm);
    return add_moments(c, &moments);
}

static int any_reals(verify_case *c) { return reals(c, c->run); }
static int any_floats(verify_case *c) { return floats(c, c->run); }

static int exact_reals(verify_case *c) {
    yoke_run exact = yoke__verify_exactly(c);
    return reals(c, &exact);
}

static int exact_floats(verify_case *c) {
    yoke_run exact = yoke__verify_exactly(c);
    return floats(c, &exact);
}

static int product_of(verify_case *c, const yoke_run *run) {
    double *x, result;
    YOKE_TRY(yoke__verify_reals(c, &x, c->n));
    for (size_t i = 0; i < c->n; i++) x[i] = 1 + 0.001 * x[i];
    YOKE_TRY(yoke_product(x, c->n, &result, run));
    return add_real(c, result);
}

static int product(verify_case *c) { return product_of(c, c->run); }
static int exact_product(verify_case *c) {
    yoke_run exact = yoke__verify_exactly(c);
    return product_of(c, &exact);
}

/* Sums wrap; mean and variance are doubles. */
static int integers(verify_case *c) {
    uint64_t *x, sum, factors, dot;
    yoke_moments moments;
    YOKE_TRY(yoke__verify_words(c, &x, c->n));
    YOKE_TRY(yoke_sum(x, c->n, &sum, c->run));
    YOKE_TRY(yoke_product(x, c->n, &factors, c->run));
    YOKE_TRY(yoke_dot(x, x, c->n, &dot, c->run));
    YOKE_TRY(yoke_mean_variance(x, c->n, &moments, c->run));
    const uint64_t results[] = {sum, factors, dot};
    YOKE_TRY(yoke__verify_add(c, results, sizeof results));
    return add_moments(c, &moments);
}

static int extremes(verify_case *c) {
    double *x, least, most;
    size_t results[3];
    YOKE_TRY(yoke__verify_wholes(c, &x, c->n, 5000));
    YOKE_TRY(yoke_min(x, c->n, &least, c->run));
    YOKE_TRY(yoke_max(x, c->n, &most, c->run));
    YOKE_TRY(yoke_argmin(x, c->n, &results[0], c->run));
    YOKE_TRY(yoke_argmax(x, c->n, &results[1], c->run));
    YOKE_TRY(yoke_count_equal(x, c->n, most, &results[2], c->run));
    add_real(c, least), add_real(c, most);
    return yoke__verify_add(c, results, sizeof results);
}

static int flags(verify_case *c) {
    uint8_t *flag;
    size_t count;
    bool any, all;
    YOKE_TRY(yoke__verify_room(c, &flag, c->n));
    for (size_t i = 0; i < c->n; i++) flag[i] = yoke__verify_random(c) % 5 == 0;
    YOKE_TRY(yoke_count(flag, c->n, &count, c->run));
    YOKE_TRY(yoke_any(flag, c->n, &any, c->run));
    YOKE_TRY(yoke_all(flag, c->n, &all, c->run));
    const uint64_t results[] = {count, any, all};
    return yoke__verify_add(c, results, sizeof results);
}

/* ---- reducers of one's own ---- */

static inline double size_of(double value) { return fabs(value); }
static inline double plus(double a, double b) { return a + b; }
YOKE_DEFINE_REDUCER(sum_of_sizes, double, double, 0.0, size_of, plus)

static inline uint64_t itself(uint64_t value) { return value; }
static inline uint64_t both(uint64_t a, uint64_t b) { return a ^ b; }
YOKE_DEFINE_REDUCER(parity, uint64_t, uint64_t, 0, itself, both)

static int own(verify_case *c) {
    double *x, result;
    YOKE_TRY(yoke__verify_sizes(c, &x, c->n));
    YOKE_TRY(yoke_reduce(&sum_of_sizes_reducer, x, c->n, &result, c->run));
    return add_real(c, result);
}

static int own_exact(verify_case *c) {
    uint64_t *x, result;
    yoke_reducer exact = parity_reducer;
    yoke_run run = yoke__verify_exactly(c);
    exact.exact = true;
    YOKE_TRY(yoke__verify_words(c, &x, c->n));
    YOKE_TRY(yoke_reduce(&exact, x, c->n, &result, &run));
    return yoke__verify_add(c, &result, sizeof result);
}

static int segments(verify_case *c) {
    enum { SEGMENTS = 400 };
    size_t *offsets;
    double *x, *sums;
    YOKE_TRY(yoke__verify_sizes(c, &x, c->n));
    YOKE_TRY(yoke__verify_room(c, &offsets, (SEGMENTS + 1) * sizeof *offsets));
    YOKE_TRY(yoke__verify_room(c, &sums, SEGMENTS * sizeof *sums));
    /* The last is long: all members work on it. */
    for (size_t i = 1; i <= SEGMENTS; i++)
        offsets[i] = offsets[i - 1] + yoke__verify_random(c) % (c->n / (2 * SEGMENTS) + 1);
    offsets[SEGMENTS] = c->n;
    YOKE_TRY(yoke_reduce_segments(&sum_of_sizes_reducer, x, offsets, SEGMENTS, sums, c->run));
    return yoke__verify_add(c, sums, SEGMENTS * sizeof *sums);
}

static int by_key(verify_case *c) {
    uint32_t *keys, *unique;
    double *x, *sums;
    size_t runs, *offsets;
    YOKE_TRY(yoke__verify_sizes(c, &x, c->n));
    YOKE_TRY(yoke__verify_room(c, &keys, c->n * sizeof *keys));
    YOKE_TRY(yoke__verify_room(c, &unique, c->n * sizeof *unique));
    YOKE_TRY(yoke__verify_room(c, &sums, c->n * sizeof *sums));
    YOKE_TRY(yoke__verify_room(c, &offsets, (c->n + 1) * sizeof *offsets));
    for (size_t i = 0; i < c->n; i++) {
        uint64_t draw = yoke__verify_random(c);
        keys[i] = i && draw % 3 ? keys[i - 1] : (uint32_t)(draw >> 32);
    }
    YOKE_TRY(yoke_run_offsets(keys, c->n, offsets, &runs, c->run));
    YOKE_TRY(yoke__verify_add(c, offsets, (runs + 1) * sizeof *offsets));
    YOKE_TRY(yoke_reduce_by_key(&sum_of_sizes_reducer, keys, x, c->n, unique, sums, &runs, c->run));
    YOKE_TRY(yoke__verify_add(c, unique, runs * sizeof *unique));
    return yoke__verify_add(c, sums, runs * sizeof *sums);
}

/* Dealt to as many accumulators as there are threads. */
static int accumulators(verify_case *c) {
    double *x, *y;
    yoke_xsum sum = {.pending = 0};
    size_t parts = (size_t)c->run->threads;
    YOKE_TRY(yoke__verify_sizes(c, &x, c->n));
    YOKE_TRY(yoke__verify_reals(c, &y, c->n));
    for (size_t part = 0; part < parts; part++) {
        yoke_xsum of = {.pending = 0};
        size_t begin = c->n * part / parts, end = c->n * (part + 1) / parts;
        yoke_xsum_add_array(&of, x + begin, end - begin);
        yoke_xsum_add_products(&of, x + begin, y + begin, end - begin);
        yoke_xsum_merge(&sum, &of);
    }
    return add_real(c, yoke_xsum_value(&sum));
}

#define REDUCE(text, of, promise, fn)                                                              \
    {                                                                                              \
        .algorithm = (text), .input = (of), .level = (promise), .headers = "reduce", .n = N,       \
        .compute = (fn)                                                                            \
    }
const verify_entry yoke__verify_list_reduce[] = {
    REDUCE("sum, dot, norm2, mean and variance", "doubles", "any threads", any_reals),
    REDUCE("sum, dot, norm2, mean and variance, exact", "doubles", "exact", exact_reals),
    REDUCE("sum, dot, norm2, mean and variance of floats", "floats", "any threads", any_floats),
    REDUCE("sum, dot, norm2, mean and variance of floats, exact", "floats", "exact", exact_floats),
    REDUCE("product", "doubles near 1", "any threads", product),
    REDUCE("product, exact", "doubles near 1", "exact", exact_product),
    REDUCE("sum, product, dot, mean and variance of integers", "64-bit integers", "any threads",
           integers),
    REDUCE("min, max, their places, how many", "doubles, many equal", "always", extremes),
    REDUCE("count, any, all", "flags", "always", flags),
    REDUCE("a reducer of one's own", "doubles", "any threads", own),
    REDUCE("a reducer of one's own, exact", "64-bit integers", "exact", own_exact),
    REDUCE("segmented sum of sizes", "doubles, 400 segments", "any threads", segments),
    REDUCE("runs of keys, sum of sizes by key", "doubles, a third of them runs", "any threads",
           by_key),
    {.algorithm = "exact accumulators, dealt and merged",
     .input = "doubles, and products",
     .level = "exact",
     .headers = "xsum",
     .n = N,
     .compute = accumulators},
    {.algorithm = NULL}};

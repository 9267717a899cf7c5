/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/reduce.h. The oracles add up in long double, or in the plain order where that is
 * no wider than double: the answers are right when they are near.
 */
#include "perf/load.h"
#include "yoke/reduce.h"

enum { A, B, KEYS, UNIQUE, RESULTS };

static int prepare_one(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_f64(run, A, run->size));
    return yoke__load_answer(run, &yoke__load_of(run)->number, sizeof(double));
}

static int prepare_two(yoke_load_run *run) {
    YOKE_TRY(prepare_one(run));
    return yoke__load_f64(run, B, run->size);
}

static int sum(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_sum_f64(d->array[A], run->size, &d->number, &d->run);
}

static double sum_by_hand(const yoke_load_run *run) {
    long double total = 0;
    const double *a = yoke__load_reals(run, A);
    for (size_t i = 0; i < run->size; i++) total += a[i];
    return (double)total;
}

static int check_sum(yoke_load_run *run) {
    return yoke__load_near(yoke__load_of(run)->number, sum_by_hand(run), 1e-10);
}

static int dot(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_dot_f64(d->array[A], d->array[B], run->size, &d->number, &d->run);
}

static int check_dot(yoke_load_run *run) {
    long double total = 0;
    const double *a = yoke__load_reals(run, A), *b = yoke__load_reals(run, B);
    for (size_t i = 0; i < run->size; i++) total += a[i] * b[i];
    return yoke__load_near(yoke__load_of(run)->number, (double)total, 1e-10);
}

static int min(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_min_f64(d->array[A], run->size, &d->number, &d->run);
}

static int check_min(yoke_load_run *run) {
    double least = INFINITY;
    const double *a = yoke__load_reals(run, A);
    for (size_t i = 0; i < run->size; i++)
        if (a[i] < least) least = a[i];
    return yoke__load_near(yoke__load_of(run)->number, least, 0);
}

static int variance(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_moments moments;
    YOKE_TRY(yoke_mean_variance_f64(d->array[A], run->size, &moments, &d->run));
    d->number = yoke_moments_variance(&moments, 0);
    return YOKE_OK;
}

static int check_variance(yoke_load_run *run) {
    double mean = sum_by_hand(run) / (double)run->size;
    long double squares = 0;
    const double *a = yoke__load_reals(run, A);
    for (size_t i = 0; i < run->size; i++) squares += (a[i] - mean) * (a[i] - mean);
    double should = (double)squares / (double)run->size;
    return yoke__load_near(yoke__load_of(run)->number, should, 1e-9);
}

static int norm(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_norm2_f64(d->array[A], run->size, &d->number, &d->run);
}

static int check_norm(yoke_load_run *run) {
    long double squares = 0;
    const double *a = yoke__load_reals(run, A);
    for (size_t i = 0; i < run->size; i++) squares += a[i] * a[i];
    return yoke__load_near(yoke__load_of(run)->number, sqrt((double)squares), 1e-10);
}

/* ---- runs of equal keys ---- */

enum { RUN = 16 }; /* items of a key; the last may have fewer */

static inline double itself(double x) { return x; }
static inline double plus(double a, double b) { return a + b; }
YOKE_DEFINE_REDUCER(total, double, double, 0.0, itself, plus)

static void number_runs(void *ctx, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) ((uint64_t *)ctx)[i] = i / RUN;
}

static int prepare_keys(yoke_load_run *run) {
    YOKE_TRY(prepare_one(run));
    YOKE_TRY(yoke__load_array(run, KEYS, run->size, sizeof(uint64_t)));
    YOKE_TRY(yoke__load_share(run, run->size, number_runs, yoke__load_words(run, KEYS)));
    YOKE_TRY(yoke__load_array(run, UNIQUE, run->size, sizeof(uint64_t)));
    YOKE_TRY(yoke__load_array(run, RESULTS, run->size, sizeof(double)));
    size_t runs = run->size / RUN + (run->size % RUN != 0);
    return yoke__load_answer(run, yoke__load_reals(run, RESULTS), runs * sizeof(double));
}

static int reduce_by_key(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_reduce_by_key_u64(&total_reducer, d->array[KEYS], d->array[A], run->size,
                                  d->array[UNIQUE], d->array[RESULTS], &d->count, &d->run);
}

static int check_keys(yoke_load_run *run) {
    const double *a = yoke__load_reals(run, A), *results = yoke__load_reals(run, RESULTS);
    size_t runs = 0;
    for (size_t i = 0; i < run->size; runs++) {
        double sum = 0;
        for (size_t j = 0; j < RUN && i < run->size; j++) sum += a[i++];
        if (yoke__load_words(run, UNIQUE)[runs] != runs) return yoke__load_wrong(runs);
        YOKE_TRY(yoke__load_near(results[runs], sum, 1e-12));
    }
    return yoke__load_equal(yoke__load_of(run)->count, runs);
}

#define REDUCE .group = "reduce", .item = "element", .size = 1 << 24, .finish = yoke__load_close
const yoke_load yoke__loads_reduce[] = {
    {REDUCE, .name = "sum_f64", .about = "the sum of an array", .bytes = 8, .flops = 1,
     .levels = true, .prepare = prepare_one, .repeat = sum, .check = check_sum},
    {REDUCE, .name = "dot_f64", .about = "the dot product of two arrays", .bytes = 16, .flops = 2,
     .levels = true, .prepare = prepare_two, .repeat = dot, .check = check_dot},
    {REDUCE, .name = "min_f64", .about = "the smallest item", .bytes = 8, .prepare = prepare_one,
     .repeat = min, .check = check_min},
    {REDUCE, .name = "variance_f64", .about = "mean and variance in one pass", .bytes = 8,
     .flops = 3, .levels = true, .prepare = prepare_one, .repeat = variance,
     .check = check_variance},
    {REDUCE, .name = "norm2_f64", .about = "the Euclidean norm", .bytes = 8, .flops = 2,
     .levels = true, .prepare = prepare_one, .repeat = norm, .check = check_norm},
    {REDUCE, .name = "reduce_by_key_f64", .about = "sums of 16 items with one key each",
     .bytes = 17, .flops = 1, .levels = true, .prepare = prepare_keys, .repeat = reduce_by_key,
     .check = check_keys},
    {.name = NULL}};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/bins.h, on numbers that are uniform in [0, 1).
 */
#include "perf/load.h"
#include "yoke/bins.h"

enum { FROM, COUNTS, WEIGHTS, BOUNDS };
enum { BINS = 1024 }; /* a power of two, so that x * BINS is exact */

static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_f64(run, FROM, run->size));
    YOKE_TRY(yoke__load_array(run, COUNTS, BINS, sizeof(uint64_t)));
    return yoke__load_answer(run, yoke__load_words(run, COUNTS), BINS * sizeof(uint64_t));
}

static int prepare_ranges(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    YOKE_TRY(yoke__load_array(run, BOUNDS, BINS + 1, sizeof(double)));
    for (int i = 0; i <= BINS; i++) yoke__load_reals(run, BOUNDS)[i] = (double)i / BINS;
    return YOKE_OK;
}

static int prepare_weighted(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    return yoke__load_f64(run, WEIGHTS, run->size);
}

static int even(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_bins_even_f64(d->array[FROM], run->size, 0, 1, BINS, d->array[COUNTS], NULL,
                              &d->run);
}

static int ranges(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_bins_ranges_f64(d->array[FROM], run->size, d->array[BOUNDS], BINS, d->array[COUNTS],
                                NULL, &d->run);
}

static int weighted(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_bins_even_weighted_f64(d->array[FROM], d->array[WEIGHTS], run->size, 0, 1, BINS,
                                       d->array[COUNTS], &d->run);
}

static int check_counts(yoke_load_run *run) {
    const double *from = yoke__load_reals(run, FROM);
    uint64_t counts[BINS] = {0};
    for (size_t i = 0; i < run->size; i++) counts[(size_t)(from[i] * BINS)]++;
    for (size_t i = 0; i < BINS; i++)
        if (yoke__load_words(run, COUNTS)[i] != counts[i]) return yoke__load_wrong(i);
    return YOKE_OK;
}

static int check_weights(yoke_load_run *run) {
    const double *from = yoke__load_reals(run, FROM), *weights = yoke__load_reals(run, WEIGHTS);
    long double sums[BINS] = {0};
    for (size_t i = 0; i < run->size; i++) sums[(size_t)(from[i] * BINS)] += weights[i];
    for (size_t i = 0; i < BINS; i++)
        if (yoke__load_near(yoke__load_reals(run, COUNTS)[i], (double)sums[i], 1e-10) < 0)
            return yoke__load_wrong(i);
    return YOKE_OK;
}

#define IN_BINS .group = "bins", .item = "element", .size = 1 << 24, .finish = yoke__load_close
const yoke_load yoke__loads_bins[] = {
    {IN_BINS, .name = "bins_even_f64", .about = "counts of 1024 bins of the same width", .bytes = 8,
     .prepare = prepare, .repeat = even, .check = check_counts},
    {IN_BINS, .name = "bins_ranges_f64", .about = "counts of 1024 bins with bounds of their own",
     .bytes = 8, .prepare = prepare_ranges, .repeat = ranges, .check = check_counts},
    {IN_BINS, .name = "bins_weighted_f64", .about = "sums of weights of 1024 bins", .bytes = 16,
     .flops = 1, .levels = true, .prepare = prepare_weighted, .repeat = weighted,
     .check = check_weights},
    {.name = NULL}};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/scan.h.
 */
#include "perf/load.h"
#include "yoke/scan.h"

enum { FROM, TO };

static int prepare_i64(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_u64(run, FROM, run->size, 1000));
    YOKE_TRY(yoke__load_array(run, TO, run->size, sizeof(int64_t)));
    return yoke__load_answer(run, yoke__load_words(run, TO), run->size * sizeof(int64_t));
}

static int prepare_f64(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_f64(run, FROM, run->size));
    YOKE_TRY(yoke__load_array(run, TO, run->size, sizeof(double)));
    return yoke__load_answer(run, yoke__load_reals(run, TO), run->size * sizeof(double));
}

static int inclusive_i64(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_inclusive_scan_i64(d->array[FROM], d->array[TO], run->size, &d->run);
}

static int exclusive_i64(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_exclusive_scan_i64(d->array[FROM], d->array[TO], run->size, &d->run);
}

static int inclusive_f64(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_inclusive_scan_f64(d->array[FROM], d->array[TO], run->size, &d->run);
}

static int check_i64(yoke_load_run *run, bool inclusive) {
    const uint64_t *from = yoke__load_words(run, FROM), *to = yoke__load_words(run, TO);
    uint64_t sum = 0;
    for (size_t i = 0; i < run->size; i++) {
        if (to[i] != sum + (inclusive ? from[i] : 0)) return yoke__load_wrong(i);
        sum += from[i];
    }
    return YOKE_OK;
}

static int check_inclusive(yoke_load_run *run) { return check_i64(run, true); }
static int check_exclusive(yoke_load_run *run) { return check_i64(run, false); }

static int check_f64(yoke_load_run *run) {
    const double *from = yoke__load_reals(run, FROM), *to = yoke__load_reals(run, TO);
    long double sum = 0;
    for (size_t i = 0; i < run->size; i++) {
        sum += from[i];
        if (yoke__load_near(to[i], (double)sum, 1e-10) < 0) return yoke__load_wrong(i);
    }
    return YOKE_OK;
}

#define SCAN                                                                                       \
    .group = "scan", .item = "element", .bytes = 16, .size = 1 << 24, .finish = yoke__load_close
const yoke_load yoke__loads_scan[] = {
    {SCAN, .name = "scan_i64", .about = "inclusive sums of integers", .prepare = prepare_i64,
     .repeat = inclusive_i64, .check = check_inclusive},
    {SCAN, .name = "scan_exclusive_i64", .about = "exclusive sums of integers",
     .prepare = prepare_i64, .repeat = exclusive_i64, .check = check_exclusive},
    {SCAN, .name = "scan_f64", .about = "inclusive sums of doubles", .flops = 1, .levels = true,
     .prepare = prepare_f64, .repeat = inclusive_f64, .check = check_f64},
    {.name = NULL}};

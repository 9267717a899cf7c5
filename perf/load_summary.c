/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/quantiles.h, yoke/distinct.h and yoke/sample.h. Answers of sketches may be off by
 * what their headers promise, and somewhat more.
 */
#include <stdlib.h>

#include "perf/load.h"
#include "yoke/distinct.h"
#include "yoke/quantiles.h"
#include "yoke/sample.h"

enum { FROM, ITEMS, INDICES };
enum { SAMPLED = 1000 };
static const double median = 0.5;

static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_f64(run, FROM, run->size));
    return yoke__load_answer(run, &yoke__load_of(run)->number, sizeof(double));
}

/* ---- the median ---- */

static int quantiles_sketch(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_quantiles *sketch;
    YOKE_TRY(yoke_quantiles_create(&(yoke_quantiles_options){.seed = run->seed}, &sketch));
    int status = yoke_quantiles_add_array(sketch, d->array[FROM], run->size, &d->run);
    if (!status) status = yoke_quantiles_get(sketch, &median, 1, &d->number);
    yoke_quantiles_destroy(sketch);
    return status;
}

static int quantiles_exact(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_quantiles_exact_f64(d->array[FROM], run->size, &median, 1, &d->number, &d->run);
}

/* The rank of the answer is within `error` n of n / 2. */
static int check_rank(yoke_load_run *run, double error) {
    const double *from = yoke__load_reals(run, FROM), x = yoke__load_of(run)->number;
    size_t below = 0, equal = 0;
    for (size_t i = 0; i < run->size; i++) below += from[i] < x, equal += from[i] == x;
    double n = (double)run->size, rank = ceil(median * n);
    if (equal && (double)below < rank + error * n && (double)(below + equal) >= rank - error * n)
        return YOKE_OK;
    return yoke_fail(YOKE_EDATA, "rank %zu of %zu", below, run->size);
}

static int check_sketch(yoke_load_run *run) { return check_rank(run, 0.05); }
static int check_exact(yoke_load_run *run) { return check_rank(run, 0); }

/* ---- different items ---- */

static uint64_t kinds(const yoke_load_run *run) { return run->size / 4 + 1; }

static int prepare_distinct(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_u64(run, FROM, run->size, kinds(run)));
    return yoke__load_answer(run, &yoke__load_of(run)->number, sizeof(double));
}

static int distinct_sketch(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_distinct *sketch;
    YOKE_TRY(yoke_distinct_create(NULL, &sketch));
    int status = yoke_distinct_add_array(sketch, d->array[FROM], run->size, &d->run);
    d->number = yoke_distinct_count(sketch);
    yoke_distinct_destroy(sketch);
    return status;
}

static int distinct_exact(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    size_t count;
    YOKE_TRY(yoke_distinct_exact_u64(d->array[FROM], run->size, &count, &d->run));
    d->number = (double)count;
    return YOKE_OK;
}

static int check_count(yoke_load_run *run, double error) {
    unsigned char *seen = calloc(kinds(run), 1);
    if (!seen) return yoke_fail(YOKE_ENOMEM, NULL);
    size_t count = 0;
    const uint64_t *from = yoke__load_words(run, FROM);
    for (size_t i = 0; i < run->size; i++) {
        count += !seen[from[i]];
        seen[from[i]] = 1;
    }
    free(seen);
    return yoke__load_near(yoke__load_of(run)->number, (double)count, error);
}

static int check_distinct(yoke_load_run *run) { return check_count(run, 0.05); }
static int check_distinct_exact(yoke_load_run *run) { return check_count(run, 0); }

/* ---- a sample ---- */

static int prepare_sample(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    YOKE_TRY(yoke__load_array(run, ITEMS, SAMPLED, sizeof(double)));
    YOKE_TRY(yoke__load_array(run, INDICES, SAMPLED, sizeof(uint64_t)));
    return yoke__load_answer(run, yoke__load_reals(run, ITEMS), SAMPLED * sizeof(double));
}

static int sample(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_sample_options options = {SAMPLED, sizeof(double), run->seed};
    yoke_sample *kept;
    YOKE_TRY(yoke_sample_create(&options, &kept));
    int status = yoke_sample_add_array(kept, 0, d->array[FROM], run->size, &d->run);
    long count = status < 0 ? status : yoke_sample_items(kept, d->array[ITEMS], d->array[INDICES]);
    yoke_sample_destroy(kept);
    if (count < 0) return (int)count;
    d->count = (size_t)count;
    return YOKE_OK;
}

static int check_sample(yoke_load_run *run) {
    const yoke__load_data *d = yoke__load_of(run);
    const uint64_t *index = d->array[INDICES];
    const double *items = d->array[ITEMS];
    for (size_t i = 0; i < d->count; i++)
        if (index[i] >= run->size || (i && index[i] <= index[i - 1]) ||
            items[i] != yoke__load_reals(run, FROM)[index[i]])
            return yoke__load_wrong(i);
    return yoke__load_equal(d->count, run->size < SAMPLED ? run->size : SAMPLED);
}

#define SUMMARY .group = "summary", .item = "element", .size = 1 << 24, .finish = yoke__load_close
const yoke_load yoke__loads_summary[] = {
    {SUMMARY, .name = "quantiles_sketch", .about = "a sketch of quantiles (KLL)", .bytes = 8,
     .prepare = prepare, .repeat = quantiles_sketch, .check = check_sketch},
    {SUMMARY, .name = "quantiles_exact_f64", .about = "the exact median", .prepare = prepare,
     .repeat = quantiles_exact, .check = check_exact},
    {SUMMARY, .name = "distinct_sketch", .about = "a sketch of different items (HyperLogLog)",
     .bytes = 8, .prepare = prepare_distinct, .repeat = distinct_sketch, .check = check_distinct},
    {SUMMARY, .name = "distinct_exact_u64", .about = "the exact number of different items",
     .prepare = prepare_distinct, .repeat = distinct_exact, .check = check_distinct_exact},
    {SUMMARY, .name = "sample_f64", .about = "a uniform sample of 1000 items", .bytes = 8,
     .least = SAMPLED, .prepare = prepare_sample, .repeat = sample, .check = check_sample},
    {.name = NULL}};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/select.h. The oracles are plain loops.
 */
#include "perf/load.h"
#include "yoke/select.h"

enum { FROM, TO };

static int prepare_output(yoke_load_run *run) {
    YOKE_TRY(yoke__load_array(run, TO, run->size, sizeof(double)));
    return yoke__load_answer(run, yoke__load_words(run, TO), run->size / 2 * sizeof(double));
}

static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_f64(run, FROM, run->size));
    return prepare_output(run);
}

static int select_where(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_select_where_f64(d->array[FROM], run->size, YOKE_RELATION_LESS, 0.5, d->array[TO],
                                 &d->count, &d->run);
}

static int partition_where(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_partition_where_f64(d->array[FROM], run->size, YOKE_RELATION_LESS, 0.5,
                                    d->array[TO], &d->count, &d->run);
}

/* Items that pass (or those that do not), in their order, from place `at` on; returns the place
 * behind them, or a failure. */
static int check_part(yoke_load_run *run, bool pass, size_t *at) {
    const double *from = yoke__load_reals(run, FROM), *to = yoke__load_reals(run, TO);
    for (size_t i = 0; i < run->size; i++) {
        if ((from[i] < 0.5) != pass) continue;
        if (to[*at] != from[i]) return yoke__load_wrong(*at);
        ++*at;
    }
    return YOKE_OK;
}

static int check_select(yoke_load_run *run) {
    size_t at = 0;
    YOKE_TRY(check_part(run, true, &at));
    return yoke__load_equal(yoke__load_of(run)->count, at);
}

static int check_partition(yoke_load_run *run) {
    size_t at = 0;
    YOKE_TRY(check_part(run, true, &at));
    YOKE_TRY(yoke__load_equal(yoke__load_of(run)->count, at));
    return check_part(run, false, &at);
}

/* ---- runs of equal items ---- */

static void thin(void *ctx, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) ((uint64_t *)ctx)[i] = i / 4 * 7 + i % 4 / 3;
}

/* Runs of three and of one item. */
static int prepare_unique(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_array(run, FROM, run->size, sizeof(uint64_t)));
    YOKE_TRY(yoke__load_share(run, run->size, thin, yoke__load_words(run, FROM)));
    return prepare_output(run);
}

static int unique(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_unique_u64(d->array[FROM], run->size, d->array[TO], &d->count, &d->run);
}

static int check_unique(yoke_load_run *run) {
    const yoke__load_data *d = yoke__load_of(run);
    const uint64_t *to = d->array[TO];
    for (size_t i = 0; i < d->count; i++)
        if (to[i] != i / 2 * 7 + i % 2) return yoke__load_wrong(i);
    return yoke__load_equal(d->count, run->size / 4 * 2 + (run->size % 4 != 0));
}

#define SELECT .group = "select", .item = "element", .size = 1 << 24, .finish = yoke__load_close
const yoke_load yoke__loads_select[] = {
    {SELECT, .name = "select_f64", .about = "the half of the items that is below a bound",
     .bytes = 12, .prepare = prepare, .repeat = select_where, .check = check_select},
    {SELECT, .name = "partition_f64", .about = "items below a bound, then the others", .bytes = 24,
     .prepare = prepare, .repeat = partition_where, .check = check_partition},
    {SELECT, .name = "unique_u64", .about = "runs of equal items, half as many", .bytes = 12,
     .prepare = prepare_unique, .repeat = unique, .check = check_unique},
    {.name = NULL}};

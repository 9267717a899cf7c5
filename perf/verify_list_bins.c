/* SPDX-License-Identifier: Apache-2.0
 *
 * Bins and distinct values, with and without weights.
 */
#include "perf/verify_list.h"
#include "yoke/bins.h"

enum { N = 50000, BINS = 1000 };

static int add_outside(verify_case *c, const yoke_bins_outside *outside) {
    const uint64_t counts[] = {outside->below, outside->above, outside->nan};
    return yoke__verify_add(c, counts, sizeof counts);
}

/* BINS + 1 bounds. */
static int make_bounds(verify_case *c, double **bounds) {
    YOKE_TRY(yoke__verify_room(c, bounds, (BINS + 1) * sizeof **bounds));
    for (int i = 0; i <= BINS; i++) (*bounds)[i] = -1 + 1.9 * i / BINS;
    return YOKE_OK;
}

static int counts(verify_case *c) {
    double *x, *bounds;
    uint64_t *count;
    yoke_bins_outside outside;
    YOKE_TRY(yoke__verify_reals(c, &x, c->n));
    YOKE_TRY(make_bounds(c, &bounds));
    YOKE_TRY(yoke__verify_room(c, &count, BINS * sizeof *count));
    YOKE_TRY(yoke_bins_even(x, c->n, -0.9, 0.9, BINS, count, &outside, c->run));
    yoke__verify_add(c, count, BINS * sizeof *count);
    add_outside(c, &outside);
    YOKE_TRY(yoke_bins_ranges(x, c->n, bounds, BINS, count, &outside, c->run));
    yoke__verify_add(c, count, BINS * sizeof *count);
    return add_outside(c, &outside);
}

static int weigh(verify_case *c, const yoke_run *run) {
    double *x, *weights, *bounds, *sums;
    YOKE_TRY(yoke__verify_reals(c, &x, c->n));
    YOKE_TRY(yoke__verify_sizes(c, &weights, c->n));
    YOKE_TRY(make_bounds(c, &bounds));
    YOKE_TRY(yoke__verify_room(c, &sums, BINS * sizeof *sums));
    YOKE_TRY(yoke_bins_even_weighted(x, weights, c->n, -1.0, 1.0, BINS, sums, run));
    yoke__verify_add(c, sums, BINS * sizeof *sums);
    YOKE_TRY(yoke_bins_ranges_weighted(x, weights, c->n, bounds, BINS, sums, run));
    return yoke__verify_add(c, sums, BINS * sizeof *sums);
}

static int weights(verify_case *c) { return weigh(c, c->run); }

static int exact_weights(verify_case *c) {
    yoke_run exact = yoke__verify_exactly(c);
    return weigh(c, &exact);
}

static int distinct(verify_case *c) {
    double *x, *values;
    uint64_t *count, nans;
    size_t found;
    YOKE_TRY(yoke__verify_wholes(c, &x, c->n, 5000));
    YOKE_TRY(yoke__verify_room(c, &values, c->n * sizeof *values));
    YOKE_TRY(yoke__verify_room(c, &count, c->n * sizeof *count));
    YOKE_TRY(yoke_bins_distinct(x, c->n, values, count, &found, &nans, c->run));
    yoke__verify_add(c, values, found * sizeof *values);
    return yoke__verify_add(c, count, found * sizeof *count);
}

static int weigh_distinct(verify_case *c, const yoke_run *run) {
    double *x, *of, *values, *sums;
    size_t found;
    YOKE_TRY(yoke__verify_wholes(c, &x, c->n, 5000));
    YOKE_TRY(yoke__verify_sizes(c, &of, c->n));
    YOKE_TRY(yoke__verify_room(c, &values, c->n * sizeof *values));
    YOKE_TRY(yoke__verify_room(c, &sums, c->n * sizeof *sums));
    YOKE_TRY(yoke_bins_distinct_weighted(x, of, c->n, values, sums, &found, NULL, run));
    yoke__verify_add(c, values, found * sizeof *values);
    return yoke__verify_add(c, sums, found * sizeof *sums);
}

static int distinct_weights(verify_case *c) { return weigh_distinct(c, c->run); }

static int exact_distinct_weights(verify_case *c) {
    yoke_run exact = yoke__verify_exactly(c);
    return weigh_distinct(c, &exact);
}

#define BIN(text, of, promise, fn)                                                                 \
    {                                                                                              \
        .algorithm = (text), .input = (of), .level = (promise), .headers = "bins", .n = N,         \
        .compute = (fn)                                                                            \
    }
const verify_entry yoke__verify_list_bins[] = {
    BIN("bins, even and of any bounds", "doubles, 1,000 bins", "always", counts),
    BIN("weighted bins", "doubles, 1,000 bins", "any threads", weights),
    BIN("weighted bins, exact", "doubles, 1,000 bins", "exact", exact_weights),
    BIN("distinct values and how many of each", "doubles, 5,000 values", "always", distinct),
    BIN("weights of distinct values", "doubles, 5,000 values", "any threads", distinct_weights),
    BIN("weights of distinct values, exact", "doubles, 5,000 values", "exact",
        exact_distinct_weights),
    {.algorithm = NULL}};

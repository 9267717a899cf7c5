/* SPDX-License-Identifier: Apache-2.0
 *
 * One sample: quantiles, their intervals from order statistics, spread, and warm-up.
 */
#include "perf/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int yoke__stat_check(yoke_samples samples, size_t least) {
    if (samples.count < least || (samples.count && !samples.values)) {
        return yoke_fail(YOKE_EINVAL, "%zu samples are not enough", samples.count);
    }
    for (size_t i = 0; i < samples.count; i++) {
        if (!isfinite(samples.values[i])) {
            return yoke_fail(YOKE_EINVAL, "sample %zu is not finite", i);
        }
    }
    return 0;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void yoke__stat_sort(double *values, size_t count) {
    qsort(values, count, sizeof *values, ascending);
}

double *yoke__stat_sorted(yoke_samples samples) {
    double *copy = malloc((samples.count + 1) * sizeof *copy);
    if (!copy) return NULL;
    memcpy(copy, samples.values, samples.count * sizeof *copy);
    yoke__stat_sort(copy, samples.count);
    return copy;
}

double yoke__stat_at(const double *sorted, size_t count, double share) {
    double place = share * (double)(count - 1);
    size_t below = (size_t)place;
    if (below + 1 >= count) return sorted[count - 1];
    /* So never a larger one at a smaller share, whatever is rounded. */
    double least = sorted[below], most = sorted[below + 1];
    return fmin(least + (most - least) * (place - (double)below), most);
}

int yoke_stat_quantile(yoke_samples samples, double share, double *value) {
    if (!value || !(share >= 0 && share <= 1)) return yoke_fail(YOKE_EINVAL, "no such quantile");
    YOKE_TRY(yoke__stat_check(samples, 1));
    double *sorted = yoke__stat_sorted(samples);
    if (!sorted) return yoke_fail(YOKE_ENOMEM, NULL);
    *value = yoke__stat_at(sorted, samples.count, share);
    free(sorted);
    return 0;
}

/* ---- the interval of a quantile ---- */

/* The probability of k successes among n trials. lgamma_r: lgamma has a global result. */
static double binomial(size_t n, double p, size_t k) {
    int sign;
    double ways = lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) -
                  lgamma_r((double)(n - k) + 1, &sign);
    return exp(ways + (double)k * log(p) + (double)(n - k) * log1p(-p));
}

/* Ranks from 1: the greatest l with P(B < l) and the least u with P(B >= u) within `tail`, B being
 * binomial, or the extremes. Returns P(l <= B < u). */
static double choose_ranks(size_t n, double p, double tail, size_t *low, size_t *high) {
    double below = 0, inside = 0;
    size_t l = 0, u = 0;
    for (size_t k = 0; k < n && !u; k++) {
        double one = binomial(n, p, k);
        if (below + inside + one <= tail) {
            below += one;
            l = k + 1;
            continue;
        }
        if (!l) { /* nothing may be left out below: the least sample, which leaves out k = 0 */
            l = 1;
            below += one;
            continue;
        }
        inside += one;
        if (1 - below - inside <= tail) u = k + 1;
    }
    *low = l;
    *high = u ? u : n;
    return inside;
}

int yoke_stat_interval(yoke_samples samples, double share, double confidence,
                       yoke_estimate *estimate) {
    if (!estimate || !(share > 0 && share < 1) || !(confidence > 0 && confidence < 1)) {
        return yoke_fail(YOKE_EINVAL, "a share or confidence is not between 0 and 1");
    }
    YOKE_TRY(yoke__stat_check(samples, 1));
    double *sorted = yoke__stat_sorted(samples);
    if (!sorted) return yoke_fail(YOKE_ENOMEM, NULL);
    size_t low, high;
    double holds = choose_ranks(samples.count, share, (1 - confidence) / 2, &low, &high);
    *estimate = (yoke_estimate){.value = yoke__stat_at(sorted, samples.count, share),
                                .low = sorted[low - 1],
                                .high = sorted[high - 1],
                                .confidence = holds};
    free(sorted);
    return 0;
}

/* ---- spread ---- */

/* Of sorted values, which are overwritten. */
static double deviation(double *sorted, size_t count, double median) {
    for (size_t i = 0; i < count; i++) sorted[i] = fabs(sorted[i] - median);
    yoke__stat_sort(sorted, count);
    return yoke__stat_at(sorted, count, 0.5);
}

int yoke_stat_mad(yoke_samples samples, double *mad) {
    if (!mad) return yoke_fail(YOKE_EINVAL, "no result");
    YOKE_TRY(yoke__stat_check(samples, 1));
    double *sorted = yoke__stat_sorted(samples);
    if (!sorted) return yoke_fail(YOKE_ENOMEM, NULL);
    *mad = deviation(sorted, samples.count, yoke__stat_at(sorted, samples.count, 0.5));
    free(sorted);
    return 0;
}

/* ---- warm-up ---- */

/* Where the squared standard error of what follows is least, or the first place where it is within
 * a twentieth of that. Sums run from the end, around `center` so that they do not cancel; errors
 * take the places of the values. */
static void least_errors(double *values, size_t count, double center, size_t *early, size_t *any) {
    double sum = 0, squares = 0, best = INFINITY, best_early = INFINITY;
    for (size_t i = count; i-- > 0;) {
        double x = values[i] - center, n = (double)(count - i);
        sum += x;
        squares += x * x;
        values[i] = n < 2 ? INFINITY : fmax(squares - sum * sum / n, 0) / (n * n);
        best = fmin(best, values[i]);
        if (i <= count / 2) best_early = fmin(best_early, values[i]);
    }
    *early = *any = 0;
    while (values[*early] > 1.05 * best_early) ++*early;
    while (values[*any] > 1.05 * best) ++*any;
}

static void clip(double *values, size_t count, double low, double high) {
    for (size_t i = 0; i < count; i++) values[i] = fmin(fmax(values[i], low), high);
}

/* The median and the deviation of the last `count`. */
static int look_at_end(yoke_samples samples, size_t count, double *median, double *spread) {
    yoke_samples end = {samples.values + (samples.count - count), count};
    YOKE_TRY(yoke_stat_quantile(end, 0.5, median));
    YOKE_TRY(yoke_stat_mad(end, spread));
    *spread *= 1.4826;
    return 0;
}

static int find_cuts(yoke_samples samples, size_t *early, size_t *any) {
    double median, spread;
    YOKE_TRY(look_at_end(samples, samples.count - samples.count / 2, &median, &spread));
    double *values = malloc(samples.count * sizeof *values);
    if (!values) return yoke_fail(YOKE_ENOMEM, NULL);
    memcpy(values, samples.values, samples.count * sizeof *values);
    clip(values, samples.count, median - 5 * spread, median + 5 * spread);
    least_errors(values, samples.count, median, early, any);
    free(values);
    return 0;
}

/* Whether what is cut off differs from what stays, a quarter at least. */
static int is_off(yoke_samples samples, size_t cut, bool *off) {
    double before, median, spread;
    size_t stays = samples.count - cut, least = (samples.count + 3) / 4;
    *off = false;
    if (!cut) return 0;
    YOKE_TRY(look_at_end(samples, stays > least ? stays : least, &median, &spread));
    YOKE_TRY(yoke_stat_quantile((yoke_samples){samples.values, cut}, 0.5, &before));
    *off = fabs(before - median) > 3 * spread;
    return 0;
}

int yoke_stat_warmup(yoke_samples samples, size_t *warmup, bool *steady) {
    if (!warmup || !steady) return yoke_fail(YOKE_EINVAL, "no result");
    YOKE_TRY(yoke__stat_check(samples, 0));
    size_t early = 0, any = 0, half = samples.count / 2;
    bool begins_off = false, stays_off = false;
    if (samples.count >= 8) {
        YOKE_TRY(find_cuts(samples, &early, &any));
        YOKE_TRY(is_off(samples, early, &begins_off));
        if (any > half) YOKE_TRY(is_off(samples, any, &stays_off));
    }
    *steady = !stays_off;
    *warmup = stays_off ? half : begins_off ? early : 0;
    return 0;
}

/* ---- bootstrap ---- */

double yoke__stat_draw_median(yoke_samples samples, yoke__draws *draws, double *room) {
    for (size_t i = 0; i < samples.count; i++) {
        room[i] = samples.values[yoke_random_below(draws->random, draws->next++, samples.count)];
    }
    yoke__stat_sort(room, samples.count);
    return yoke__stat_at(room, samples.count, 0.5);
}

yoke_estimate yoke__stat_middle(double value, const double *sorted, size_t count,
                                double confidence) {
    return (yoke_estimate){.value = value,
                           .low = yoke__stat_at(sorted, count, (1 - confidence) / 2),
                           .high = yoke__stat_at(sorted, count, (1 + confidence) / 2),
                           .confidence = confidence};
}

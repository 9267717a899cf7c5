/* SPDX-License-Identifier: Apache-2.0
 *
 * The rank test. Under the hypothesis every way to deal the ranks to both samples is as likely as
 * any other. Twice the mid-ranks are whole numbers, so the ways in which sample b gets a sum of
 * ranks are counted by adding one rank after another: table[size][sum]. Counts stay below
 * 2^80, and doubles hold them with a relative error that does not matter.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "perf/statistics.h"

enum { MOST_EXACT = 80 };

typedef struct ranked {
    double value;
    int from_b;
} ranked;

typedef struct ranking {
    size_t n, m;   /* of a, of b */
    ranked *all;   /* sorted */
    size_t *twice; /* twice the mid-rank of each */
    double ties;   /* sum of t^3 - t over the ties */
    size_t b_sum;  /* of twice the ranks of b */
} ranking;

static int by_value(const void *a, const void *b) {
    double x = ((const ranked *)a)->value, y = ((const ranked *)b)->value;
    return (x > y) - (x < y);
}

static void give_ranks(ranking *r) {
    size_t count = r->n + r->m;
    for (size_t i = 0, end; i < count; i = end) {
        end = i + 1;
        while (end < count && r->all[end].value == r->all[i].value) end++;
        double t = (double)(end - i);
        r->ties += t * t * t - t;
        for (size_t k = i; k < end; k++) {
            r->twice[k] = i + end + 1;
            if (r->all[k].from_b) r->b_sum += r->twice[k];
        }
    }
}

static int rank_all(yoke_samples a, yoke_samples b, ranking *r) {
    *r = (ranking){.n = a.count, .m = b.count};
    r->all = malloc((a.count + b.count) * sizeof *r->all);
    r->twice = malloc((a.count + b.count) * sizeof *r->twice);
    if (!r->all || !r->twice) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < a.count; i++) r->all[i] = (ranked){a.values[i], 0};
    for (size_t i = 0; i < b.count; i++) r->all[a.count + i] = (ranked){b.values[i], 1};
    qsort(r->all, a.count + b.count, sizeof *r->all, by_value);
    give_ranks(r);
    return 0;
}

/* ways[size * width + sum]: how many sets of `size` ranks have that sum. */
static void count_ways(const ranking *r, size_t size, size_t width, double *ways) {
    ways[0] = 1;
    for (size_t i = 0; i < r->n + r->m; i++) {
        size_t most = i + 1 < size ? i + 1 : size;
        for (size_t k = most; k > 0; k--) {
            double *to = ways + k * width;
            const double *from = ways + (k - 1) * width;
            for (size_t sum = width; sum-- > r->twice[i];) to[sum] += from[sum - r->twice[i]];
        }
    }
}

/* Of sets of b's size, the shares with a sum at most and at least b's. */
static int exact_tails(const ranking *r, double *less, double *greater) {
    size_t count = r->n + r->m, width = count * (count + 1) + 1;
    double *ways = calloc((r->m + 1) * width, sizeof *ways);
    if (!ways) return yoke_fail(YOKE_ENOMEM, NULL);
    count_ways(r, r->m, width, ways);
    double below = 0, at = ways[r->m * width + r->b_sum], above = 0;
    for (size_t sum = 0; sum < width; sum++) {
        double one = ways[r->m * width + sum];
        if (sum < r->b_sum) below += one;
        if (sum > r->b_sum) above += one;
    }
    free(ways);
    *less = (below + at) / (below + at + above);
    *greater = (above + at) / (below + at + above);
    return 0;
}

static double normal_tail(double z) { return 0.5 * erfc(z / sqrt(2)); }

static void normal_tails(const ranking *r, double u, double *less, double *greater) {
    double n = (double)r->n, m = (double)r->m, all = n + m;
    double variance = n * m / 12 * (all + 1 - r->ties / (all * (all - 1)));
    double off = u - n * m / 2, deviation = sqrt(fmax(variance, 0));
    if (deviation <= 0) {
        *less = *greater = 1;
        return;
    }
    *greater = normal_tail((off - 0.5) / deviation);
    *less = normal_tail((-off - 0.5) / deviation);
}

static int test_ranks(const ranking *r, yoke_rank_test *test) {
    yoke_rank_test t = {.exact = r->n + r->m <= MOST_EXACT};
    t.u = (double)r->b_sum / 2 - (double)(r->m * (r->m + 1)) / 2;
    t.superiority = t.u / ((double)r->n * (double)r->m);
    if (t.exact) {
        YOKE_TRY(exact_tails(r, &t.p_less, &t.p_greater));
    } else {
        normal_tails(r, t.u, &t.p_less, &t.p_greater);
    }
    t.p_either = fmin(1, 2 * fmin(t.p_less, t.p_greater));
    *test = t;
    return 0;
}

int yoke_stat_rank_test(yoke_samples a, yoke_samples b, yoke_rank_test *test) {
    if (!test) return yoke_fail(YOKE_EINVAL, "no result");
    YOKE_TRY(yoke__stat_check(a, 1));
    YOKE_TRY(yoke__stat_check(b, 1));
    ranking r;
    int status = rank_all(a, b, &r);
    if (!status) status = test_ranks(&r, test);
    free(r.all);
    free(r.twice);
    return status;
}

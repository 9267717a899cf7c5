/* SPDX-License-Identifier: Apache-2.0
 *
 * Statistics of measurements: without the assumption that they follow a normal distribution, which
 * times of runs do not.
 *
 * Samples come in the order in which they were taken; none of these functions changes or keeps
 * them. They must be finite. All fail with YOKE_EINVAL (NULL, too few samples, a NaN or infinity, a
 * share that is not between 0 and 1) and YOKE_ENOMEM, and write results only on success. Any thread
 * may call them; they do not block.
 */
#ifndef YOKE_STATISTICS_H
#define YOKE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_samples {
    const double *values;
    size_t count;
} yoke_samples;

/* A figure and the interval that holds the true one with a probability. */
typedef struct yoke_estimate {
    double value, low, high;
    double confidence; /* 0 to 1 */
} yoke_estimate;

/* The quantile at `share` (0.5: the median), between neighbours by linear interpolation (definition
 * 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996). One sample or more. */
YOKE_API int yoke_stat_quantile(yoke_samples samples, double share, double *value);

/* The quantile with an interval from one sample to another: ranks l and u are chosen so that the
 * number of samples below the true quantile, which is binomial whatever their distribution, lies
 * below l or from u on with at most (1 - confidence) / 2 each (David and Nagaraja, "Order
 * statistics", 3rd ed., 7.1). estimate->confidence is the exact probability for independent samples
 * of a continuous distribution: at least what was asked for, except that few samples cannot give
 * it: then the interval reaches to the extremes and the confidence is what it is (five samples:
 * 0.9375 for the median). */
YOKE_API int yoke_stat_interval(yoke_samples samples, double share, double confidence,
                                yoke_estimate *estimate);

/* The median of the distances from the median. Times 1.4826 it estimates the standard deviation of
 * normal samples. */
YOKE_API int yoke_stat_mad(yoke_samples samples, double *mad);

/* How many samples at the beginning are warm-up. The cut is where, in the first half, the standard
 * error of what follows is least (MSER; White, "An effective truncation heuristic for bias
 * reduction in simulation output", 1997), or the first place within a twentieth of its square;
 * samples are clipped at 5 deviations from the median of the second half, so that single late ones
 * do not matter. A deviation is 1.4826 times the MAD. The cut counts only when the median of what
 * is cut lies 3 deviations from that of what stays (at least of the last quarter), so that steady
 * samples are not cut. When there is such a cut in the second half, which is better than all in the
 * first, the samples have not become steady: then *steady is false and *warmup is half of them.
 * Fewer than 8 samples are taken as steady. */
YOKE_API int yoke_stat_warmup(yoke_samples samples, size_t *warmup, bool *steady);

/* ---- two samples ---- */

typedef struct yoke_rank_test {
    double u;           /* pairs in which b is greater, ties count a half */
    double superiority; /* u over all pairs: the probability that b is greater than a */
    double p_greater;   /* to see such a u or a greater one when both have one distribution */
    double p_less, p_either;
    bool exact; /* from the distribution of u over all ways to deal the samples, ties included;
                   else its normal approximation with correction for ties and continuity */
} yoke_rank_test;

/* The test of Mann and Whitney ("On a test of whether one of two random variables is stochastically
 * larger than the other", 1947). Exact up to 80 samples together. One sample or more each. */
YOKE_API int yoke_stat_rank_test(yoke_samples a, yoke_samples b, yoke_rank_test *test);

typedef struct yoke_comparison {
    yoke_estimate ratio; /* median of b over median of a */
    double probability;  /* that the ratio is above 1 + threshold */
    yoke_rank_test ranks;
} yoke_comparison;

/* Compares b with a; both may come from several sessions, arrays of samples that were taken
 * together. The interval and the probability are those of a bootstrap (Efron and Tibshirani, "An
 * introduction to the bootstrap", 1993): 2000 times, both medians of samples drawn with
 * replacement; of several sessions these are drawn first (Kalibera and Jones, "Rigorous
 * benchmarking in reasonable time", 2013). The interval holds the middle of the ratios, the
 * probability is the share of those above 1 + threshold. The same seed gives the same answer. With
 * one session each, what differs between sessions is not in the interval. Samples must be above 0.
 */
YOKE_API int yoke_stat_compare(const yoke_samples *a, size_t a_sessions, const yoke_samples *b,
                               size_t b_sessions, double threshold, double confidence,
                               uint64_t seed, yoke_comparison *comparison);

#ifdef __cplusplus
}
#endif
#endif

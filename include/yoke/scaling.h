/* SPDX-License-Identifier: Apache-2.0
 *
 * What times at several numbers of threads, or several sizes of tasks, say about scaling.
 *
 * None of these functions keeps what it is given. Any thread may call them; they do not block.
 */
#ifndef YOKE_SCALING_H
#define YOKE_SCALING_H

#include "yoke/experiment.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Laws of scaling. p: threads; speed-up: work a second over that of one thread.
 *
 *   Amdahl (1967), fixed work: p / (1 + s (p - 1)), 0 <= s <= 1 the serial share of the time of one
 *     thread
 *   Gustafson (1988), work that grows with the threads: p - s (p - 1), 0 <= s <= 1 the serial share
 *     of the time of p threads
 *   universal scalability law (Gunther, "Guerrilla capacity planning", 2007):
 *     p / (1 + c (p - 1) + k p (p - 1)), 0 <= c <= 1 contention, k >= 0 coherency
 *
 * Coherency is that each thread waits for each other: where k > 0 there is a number of threads
 * beyond which all gets slower. */
typedef enum yoke_law { YOKE_LAW_AMDAHL, YOKE_LAW_GUSTAFSON, YOKE_LAW_USL } yoke_law;
enum { YOKE_LAWS = YOKE_LAW_USL + 1 };

/* "amdahl", "gustafson", "usl"; static storage. */
YOKE_API const char *yoke_law_name(yoke_law law);

/* Times at one number of threads. */
typedef struct yoke_scaling_point {
    int threads;
    double work; /* of a run, in any unit that is the same for all */
    yoke_samples seconds;
} yoke_scaling_point;

enum { YOKE_LAW_PARAMETERS = 2 };

typedef struct yoke_fit {
    yoke_law law;
    int parameter_count;
    const char *names[YOKE_LAW_PARAMETERS]; /* "serial"; "contention", "coherency" */
    yoke_estimate parameters[YOKE_LAW_PARAMETERS];
    yoke_estimate rate; /* work a second of one thread */
    size_t points;
    int most_threads; /* of the points */
    double error;     /* root of the mean square of the logarithms of time over the law's */
    double left_out;  /* the same, where each point is predicted from the others alone */
} yoke_fit;

/* Fits a law to the medians by least squares of relative errors, within the bounds of its
 * parameters. In time (Gustafson: in rate) the laws are sums of known terms with factors that are
 * not below 0; all sets of factors that are 0 are tried, so the answer is the least there is. The
 * intervals are those of a bootstrap over the runs (500 times): they hold what noise does to the
 * parameters, and not whether the law is right; `left_out` is for that. Amdahl and Gustafson need
 * three different numbers of threads, the universal scalability law four: with as many as
 * parameters any law fits. YOKE_EINVAL (also: times or work that are not above 0, a number of
 * threads twice), YOKE_ERANGE (too few points, or a rate of one thread that is not finite),
 * YOKE_ENOMEM. */
YOKE_API int yoke_fit_law(yoke_law law, const yoke_scaling_point *points, size_t count,
                          double confidence, uint64_t seed, yoke_fit *fit);

/* The law's speed-up. */
YOKE_API double yoke_fit_speedup(const yoke_fit *fit, double threads);

/* The most that any number of threads gives, which may be infinite, and how many that are
 * (INFINITY: it is approached only). */
YOKE_API double yoke_fit_limit(const yoke_fit *fit, double *threads);

/* Whether two rows differ in their threads only: same subject, affinity, grain and size (in weak
 * scaling: size over threads). */
YOKE_API bool yoke_experiment_same_curve(const yoke_experiment *experiment,
                                         const yoke_experiment_row *a,
                                         const yoke_experiment_row *b);

/* Such rows; they are the experiment's. */
typedef struct yoke_scaling {
    const yoke_experiment_row *row; /* the first of them */
    yoke_fit fits[YOKE_LAWS];
    size_t fit_count;
    size_t best;       /* the fit whose left_out is least */
    char refusal[160]; /* why there is no fit, or not all; "": there are all */
} yoke_scaling;

/* Fits the laws that suit (fixed work: Amdahl; growing work: Gustafson; both: the universal
 * scalability law) to all such sets of rows with at least two numbers of threads. *all is to be
 * freed with free. YOKE_ENOMEM. */
YOKE_API int yoke_experiment_fit(const yoke_experiment *experiment, yoke_scaling **all,
                                 size_t *count);

/* ---- tasks ---- */

/* The minimum effective task granularity (Slaughter et al., "Task Bench: a parameterized benchmark
 * for evaluating parallel runtime performance", SC 2020): the smallest time of a task at which the
 * threads still do useful work in half of their time. */
typedef struct yoke_metg {
    const yoke_experiment_row *row; /* the first of the sweep */
    double efficiency;              /* 0.5 */
    yoke_estimate seconds; /* of a task: threads times time over tasks. Not measured: see bound */
    double bound; /* where the smallest was efficient, too: it is below this; else not measured */
} yoke_metg;

/* From rows that differ in their grain only, as a sweep makes them. The efficiency of a row is its
 * rate of work (items times grain over time) over the best of all rows; between the finest grain
 * that is efficient and the next finer it is interpolated in logarithms. The interval is that of a
 * bootstrap over the runs (500 times); where the finest grain came out as efficient in one of them,
 * its task is taken. YOKE_EINVAL (rows without grain or figures, an efficiency that is not between
 * 0 and 1), YOKE_ERANGE (fewer than three grains), YOKE_ENOMEM. */
YOKE_API int yoke_metg_find(const yoke_experiment_row *rows, size_t count, double efficiency,
                            double confidence, uint64_t seed, yoke_metg *metg);

/* The METG of each sweep in an experiment: rows of one subject, number of threads and affinity,
 * with at least three grains whose times are above 0. *all is to be freed with free; the rows in it
 * are the experiment's. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_experiment_metg(const yoke_experiment *experiment, double efficiency,
                                  yoke_metg **all, size_t *count);

/* ---- writing ---- */

/* {"weak": ..., "rows": [...], "fits": [...], "metg": [...]}: what pages (yoke_report_html_json)
 * draw. Statuses of yoke_experiment_row_json. */
YOKE_API int yoke_experiment_json(const yoke_experiment *experiment, const yoke_scaling *scalings,
                                  size_t scaling_count, const yoke_metg *metgs, size_t metg_count,
                                  yoke_report_write *write, void *ctx);

#ifdef __cplusplus
}
#endif
#endif

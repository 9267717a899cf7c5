/* SPDX-License-Identifier: Apache-2.0
 *
 * Laws of scaling as sums of terms.
 *
 * With t the time of a unit of work, Amdahl's law is t = a / p + b, the universal scalability law
 * t = a / p + b + c (p - 1), and Gustafson's, for the rate, 1 / t = a + b p. In each the factors
 * are not negative exactly when the parameters are within their bounds. Dividing by t (or 1 / t)
 * makes errors relative.
 */
#include "perf/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "perf/statistics.h"
#include "yoke/scaling.h"

enum { RESAMPLES = 500 };

static const struct {
    const char *name;
    int terms;
    int parameter_count;
    const char *names[YOKE_LAW_PARAMETERS];
} laws[] = {
    {"amdahl", 2, 1, {"serial", NULL}},
    {"gustafson", 2, 1, {"serial", NULL}},
    {"usl", 3, 2, {"contention", "coherency"}},
};

const char *yoke_law_name(yoke_law law) {
    return law >= 0 && (int)law < YOKE_LAWS ? laws[law].name : "?";
}

/* ---- one fit ---- */

typedef struct solution {
    double parameters[YOKE_LAW_PARAMETERS];
    double rate; /* of one thread */
} solution;

static yoke__equation equation_of(yoke_law law, double p, double seconds) {
    double rate = 1 / seconds;
    if (law == YOKE_LAW_GUSTAFSON) return (yoke__equation){{seconds, p * seconds, 0}};
    return (yoke__equation){{rate / p, rate, (p - 1) * rate}};
}

static bool to_solution(yoke_law law, const double f[YOKE__TERMS], solution *s) {
    double sum = f[0] + f[1];
    if (!(sum > 0)) return false;
    s->rate = law == YOKE_LAW_GUSTAFSON ? sum : 1 / sum;
    s->parameters[0] = (law == YOKE_LAW_GUSTAFSON ? f[0] : f[1]) / sum;
    s->parameters[1] = law == YOKE_LAW_USL ? f[2] / sum : 0;
    return isfinite(s->rate) && isfinite(s->parameters[1]);
}

static double speedup(yoke_law law, const double *parameters, double p) {
    switch (law) {
    case YOKE_LAW_AMDAHL: return p / (1 + parameters[0] * (p - 1));
    case YOKE_LAW_GUSTAFSON: return p - parameters[0] * (p - 1);
    default: return p / (1 + parameters[0] * (p - 1) + parameters[1] * p * (p - 1));
    }
}

/* seconds[i]: of a unit of work. Without point `skip`. */
static bool solve(yoke_law law, const yoke_scaling_point *points, const double *seconds,
                  size_t count, size_t skip, yoke__equation *room, solution *s) {
    double factors[YOKE__TERMS] = {0};
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (i != skip) room[used++] = equation_of(law, points[i].threads, seconds[i]);
    }
    return yoke__least_squares(room, used, laws[law].terms, factors) &&
           to_solution(law, factors, s);
}

/* The logarithm of the time over the law's. */
static double error_at(yoke_law law, const solution *s, double p, double seconds) {
    return log(seconds * s->rate * speedup(law, s->parameters, p));
}

/* ---- a fit with its uncertainty ---- */

typedef struct work {
    yoke_law law;
    const yoke_scaling_point *points;
    size_t count;
    double *seconds, *drawn; /* of a unit of work, by point */
    double *room;            /* for samples that are drawn */
    yoke__equation *equations;
    double *columns[YOKE_LAW_PARAMETERS + 1]; /* parameters and rate, by resample */
} work;

static int allocate(work *w) {
    size_t most = 1;
    for (size_t i = 0; i < w->count; i++)
        most = w->points[i].seconds.count > most ? w->points[i].seconds.count : most;
    w->seconds = malloc(w->count * sizeof *w->seconds);
    w->drawn = malloc(w->count * sizeof *w->drawn);
    w->room = malloc(most * sizeof *w->room);
    w->equations = malloc(w->count * sizeof *w->equations);
    bool all = w->seconds && w->drawn && w->room && w->equations;
    for (int i = 0; i <= YOKE_LAW_PARAMETERS; i++) {
        w->columns[i] = malloc(RESAMPLES * sizeof(double));
        all = all && w->columns[i];
    }
    return all ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

static void release(work *w) {
    free(w->seconds);
    free(w->drawn);
    free(w->room);
    free(w->equations);
    for (int i = 0; i <= YOKE_LAW_PARAMETERS; i++) free(w->columns[i]);
}

/* How many resamples had an answer. */
static size_t resample(work *w, uint64_t seed) {
    yoke__draws draws = {.random = {.seed = seed, .stream = 2}};
    size_t found = 0;
    for (int r = 0; r < RESAMPLES; r++) {
        solution s;
        for (size_t i = 0; i < w->count; i++) {
            const yoke_scaling_point *p = &w->points[i];
            w->drawn[i] = yoke__stat_draw_median(p->seconds, &draws, w->room) / p->work;
        }
        if (!solve(w->law, w->points, w->drawn, w->count, SIZE_MAX, w->equations, &s)) continue;
        for (int i = 0; i < YOKE_LAW_PARAMETERS; i++) w->columns[i][found] = s.parameters[i];
        w->columns[YOKE_LAW_PARAMETERS][found++] = s.rate;
    }
    for (int i = 0; i <= YOKE_LAW_PARAMETERS; i++) yoke__stat_sort(w->columns[i], found);
    return found;
}

static double rms_error(const work *w, const solution *all, bool leave_out) {
    double sum = 0;
    for (size_t i = 0; i < w->count; i++) {
        solution s = *all;
        if (leave_out && !solve(w->law, w->points, w->seconds, w->count, i, w->equations, &s))
            return INFINITY;
        double error = error_at(w->law, &s, w->points[i].threads, w->seconds[i]);
        sum += error * error;
    }
    return sqrt(sum / (double)w->count);
}

static int find(work *w, double confidence, uint64_t seed, yoke_fit *fit) {
    solution s;
    YOKE_TRY(allocate(w));
    for (size_t i = 0; i < w->count; i++) {
        YOKE_TRY(yoke_stat_quantile(w->points[i].seconds, 0.5, &w->seconds[i]));
        w->seconds[i] /= w->points[i].work;
        if (w->points[i].threads > fit->most_threads) fit->most_threads = w->points[i].threads;
    }
    if (!solve(w->law, w->points, w->seconds, w->count, SIZE_MAX, w->equations, &s))
        return yoke_fail(YOKE_ERANGE, "the law does not fit: one thread has no finite rate");
    size_t found = resample(w, seed);
    if (!found) return yoke_fail(YOKE_ERANGE, "the law does not fit what noise makes of the runs");
    for (int i = 0; i < YOKE_LAW_PARAMETERS; i++) {
        fit->parameters[i] = yoke__stat_middle(s.parameters[i], w->columns[i], found, confidence);
    }
    fit->rate = yoke__stat_middle(s.rate, w->columns[YOKE_LAW_PARAMETERS], found, confidence);
    fit->error = rms_error(w, &s, false);
    fit->left_out = rms_error(w, &s, true);
    return 0;
}

static int check_points(const yoke_scaling_point *points, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const yoke_scaling_point *p = &points[i];
        if (p->threads < 1 || !(p->work > 0))
            return yoke_fail(YOKE_EINVAL, "no threads or no work");
        YOKE_TRY(yoke__stat_check(p->seconds, 1));
        for (size_t k = 0; k < p->seconds.count; k++) {
            if (!(p->seconds.values[k] > 0)) return yoke_fail(YOKE_EINVAL, "a time is not above 0");
        }
        for (size_t k = 0; k < i; k++) {
            if (points[k].threads == p->threads)
                return yoke_fail(YOKE_EINVAL, "%d threads stand there twice", p->threads);
        }
    }
    return 0;
}

int yoke_fit_law(yoke_law law, const yoke_scaling_point *points, size_t count, double confidence,
                 uint64_t seed, yoke_fit *fit) {
    if (law < 0 || (int)law >= YOKE_LAWS || !points || !fit || !(confidence > 0 && confidence < 1))
        return yoke_fail(YOKE_EINVAL, "no such law, no points, or no such confidence");
    YOKE_TRY(check_points(points, count));
    size_t least = (size_t)laws[law].terms + 1;
    if (count < least) {
        return yoke_fail(YOKE_ERANGE, "%s needs %zu different numbers of threads, and has %zu",
                         laws[law].name, least, count);
    }
    yoke_fit found = {.law = law, .parameter_count = laws[law].parameter_count, .points = count};
    memcpy(found.names, laws[law].names, sizeof found.names);
    work w = {.law = law, .points = points, .count = count};
    int status = find(&w, confidence, seed, &found);
    release(&w);
    if (!status) *fit = found;
    return status;
}

/* ---- what it says ---- */

double yoke_fit_speedup(const yoke_fit *fit, double threads) {
    const double parameters[] = {fit->parameters[0].value, fit->parameters[1].value};
    return speedup(fit->law, parameters, threads);
}

/* The universal scalability law is greatest at p = sqrt((1 - c) / k). */
double yoke_fit_limit(const yoke_fit *fit, double *threads) {
    double s = fit->parameters[0].value, k = fit->parameters[1].value;
    *threads = INFINITY;
    if (fit->law == YOKE_LAW_USL && k > 0) {
        *threads = fmax(sqrt((1 - s) / k), 1);
        return yoke_fit_speedup(fit, *threads);
    }
    if (fit->law == YOKE_LAW_GUSTAFSON) return s < 1 ? INFINITY : 1;
    return s > 0 ? 1 / s : INFINITY;
}

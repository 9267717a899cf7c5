/* SPDX-License-Identifier: Apache-2.0
 *
 * What the rows say about scaling, in words: the laws with their parameters, which of them predicts
 * best and what, and how small tasks may be.
 */
#include <math.h>

#include "cli/bench.h"

static void add_estimate(const char *name, const yoke_estimate *e, buffer *to) {
    buffer_print(to, "%s %.3g (%.3g to %.3g)", name, e->value, e->low, e->high);
}

const char *bench_law_name(yoke_law law) {
    static const char *const names[] = {"Amdahl", "Gustafson", "universal scalability law"};
    return names[law];
}

static void add_fit(const yoke_fit *fit, buffer *to) {
    buffer_print(to, "  %s: ", bench_law_name(fit->law));
    for (int i = 0; i < fit->parameter_count; i++) {
        if (i) buffer_add_string(to, ", ");
        add_estimate(fit->names[i], &fit->parameters[i], to);
    }
    buffer_print(to, "; off by %.1f %%, where a point is left out by %.1f %%\n", 100 * fit->error,
                 100 * fit->left_out);
}

/* Of the best fit: at twice the threads, and at most. */
static void add_prediction(const yoke_scaling *s, buffer *to) {
    const yoke_fit *fit = &s->fits[s->best];
    double threads, most = yoke_fit_limit(fit, &threads);
    int twice = 2 * fit->most_threads;
    buffer_print(to, "  %s predicts left-out points best: with %d threads a speed-up of %.3g",
                 yoke_law_name(fit->law), twice, yoke_fit_speedup(fit, twice));
    if (isfinite(threads)) {
        buffer_print(to, ", at most %.3g, with %.0f\n", most, threads);
    } else if (isfinite(most)) {
        buffer_print(to, ", never more than %.3g\n", most);
    } else {
        buffer_add_string(to, "\n");
    }
}

/* That points are too few is said where scaling was asked for. */
static void add_scaling(const yoke_scaling *s, bool asked, buffer *to) {
    char name[256];
    yoke_experiment_row curve = *s->row;
    curve.threads = 0;
    if (!s->fit_count && !asked) return;
    buffer_print(to, "scaling of %s:\n", bench_row_name(&curve, name));
    for (size_t i = 0; i < s->fit_count; i++) add_fit(&s->fits[i], to);
    if (s->fit_count) add_prediction(s, to);
    if (s->refusal[0]) buffer_print(to, "  no fit: %s\n", s->refusal);
}

static void add_metg(const yoke_metg *m, double confidence, buffer *to) {
    char name[256], value[32], low[32], high[32];
    yoke_experiment_row sweep = *m->row;
    sweep.size = 0;
    buffer_print(to, "METG(%.0f %%) of %s: ", 100 * m->efficiency, bench_row_name(&sweep, name));
    if (yoke_is_measured(m->bound)) {
        buffer_print(to, "less than %s, the smallest task that was tried\n",
                     bench_time(m->bound, value));
        return;
    }
    buffer_print(to, "%s (%g %%: %s to %s)\n", bench_time(m->seconds.value, value),
                 100 * confidence, bench_time(m->seconds.low, low),
                 bench_time(m->seconds.high, high));
}

/* More threads than processors measure something else than scaling. */
static void add_limit(const yoke_experiment *e, buffer *to) {
    yoke_cpu_limit limit;
    int most = 0;
    for (size_t i = 0; i < e->row_count; i++)
        most = e->rows[i].threads > most ? e->rows[i].threads : most;
    if (yoke_cpu_limit_read(NULL, &limit) < 0 || most <= limit.threads) return;
    buffer_print(to, "note: %d threads share %d processor%s (%s)\n", most, limit.threads,
                 limit.threads == 1 ? "" : "s", limit.bounds[limit.binding].source);
}

void bench_write_scaling(const bench_results *results, buffer *to) {
    bool asked = results->options->run.thread_count > 1;
    for (size_t i = 0; i < results->scaling_count; i++) {
        add_scaling(&results->scalings[i], asked, to);
    }
    for (size_t i = 0; i < results->metg_count; i++) {
        add_metg(&results->metgs[i], results->experiment->confidence, to);
    }
    add_limit(results->experiment, to);
}

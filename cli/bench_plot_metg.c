/* SPDX-License-Identifier: Apache-2.0
 *
 * The picture of --metg: the efficiency of each load and number of threads over the time that a
 * task takes, and the smallest task that is efficient enough, which lies on the curve.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/bench.h"
#include "cli/plot.h"

static bool in_sweep(const yoke_experiment_row *first, const yoke_experiment_row *row) {
    return !row->status && row->grain > 0 && row->seconds.value > 0 &&
           row->subject == first->subject && row->threads == first->threads &&
           row->affinity == first->affinity;
}

static double task_of(const yoke_experiment_row *row) {
    return row->threads * row->seconds.value / (double)row->items;
}

static int coarsest_first(const void *a, const void *b) {
    double x = (*(const yoke_experiment_row *const *)a)->grain;
    double y = (*(const yoke_experiment_row *const *)b)->grain;
    return (x < y) - (x > y);
}

/* The rows of a sweep in order. */
static size_t gather(const yoke_experiment *e, const yoke_experiment_row *first,
                     const yoke_experiment_row **rows) {
    size_t count = 0;
    for (size_t i = 0; i < e->row_count; i++)
        if (in_sweep(first, &e->rows[i])) rows[count++] = &e->rows[i];
    qsort(rows, count, sizeof(const yoke_experiment_row *), coarsest_first);
    return count;
}

/* Percent of the best rate of work. */
static void add_points(const yoke_experiment_row *const *rows, size_t count, plot *p) {
    double best = 0;
    for (size_t i = 0; i < count; i++)
        best = fmax(best, (double)rows[i]->items * rows[i]->grain / rows[i]->seconds.value);
    for (size_t i = 0; i < count; i++) {
        const yoke_estimate *s = &rows[i]->seconds;
        double ideal = 100 * (double)rows[i]->items * rows[i]->grain / best;
        plot_point(p, task_of(rows[i]), ideal / s->value, ideal / s->high, ideal / s->low);
    }
}

static void add_sweep(const yoke_metg *m, const yoke_experiment_row *const *rows, size_t count,
                      plot *p) {
    char name[256], value[32], title[320];
    yoke_experiment_row sweep = *m->row;
    bool found = yoke_is_measured(m->seconds.value);
    sweep.size = 0;
    snprintf(title, sizeof title, "%s: METG %s%s", bench_row_name(&sweep, name),
             found ? "" : "below ", bench_time(found ? m->seconds.value : m->bound, value));
    plot_curve(p, title);
    add_points(rows, count, p);
    if (found) plot_mark(p, m->seconds.value, m->seconds.low, m->seconds.high, 100 * m->efficiency);
}

/* A tick is a format, so that its percent sign is two. */
static void add_axes(double least, double most, plot *p) {
    plot_set(p, "set title 'Circles: METG, the smallest task that is efficient'");
    plot_set(p, "set xlabel 'time of a task (threads x time of all / tasks)'");
    plot_set(p, "set ylabel 'efficiency'\nset yrange [0:110]");
    plot_set(p, "set ytics ('0 %%%%' 0, '25 %%%%' 25, '50 %%%%' 50, '75 %%%%' 75, '100 %%%%' 100)");
    plot_decades(p, 'x', least, most, "s");
}

static void add_all(const bench_results *r, const yoke_experiment_row **rows, plot *p) {
    char title[32];
    double efficiency = r->metgs[0].efficiency, least = INFINITY, most = 0;
    for (size_t i = 0; i < r->metg_count; i++) {
        size_t count = gather(r->experiment, r->metgs[i].row, rows);
        for (size_t k = 0; k < count; k++) {
            least = fmin(least, task_of(rows[k]));
            most = fmax(most, task_of(rows[k]));
        }
        add_sweep(&r->metgs[i], rows, count, p);
    }
    snprintf(title, sizeof title, "%.0f %%", 100 * efficiency);
    plot_level(p, 100 * efficiency, title);
    add_axes(least, most, p);
}

int bench_plot_metg(const bench_results *results) {
    plot p = {.curve_count = 0};
    const yoke_experiment_row **rows =
        malloc(results->experiment->row_count * sizeof(const yoke_experiment_row *));
    if (!rows) return yoke_fail(YOKE_ENOMEM, NULL);
    add_all(results, rows, &p);
    int status = plot_draw(&p, results->options->plot);
    plot_free(&p);
    free(rows);
    return status;
}

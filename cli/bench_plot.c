/* SPDX-License-Identifier: Apache-2.0
 *
 * The medians with their intervals as a picture: over threads where there are several numbers of
 * them, else over sizes, else side by side. Loads are drawn by their rate, commands by their time;
 * over threads with the law that predicts best, where one was fitted.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/plot.h"

typedef enum axis { AXIS_THREADS, AXIS_SIZE, AXIS_ROWS } axis;
typedef enum quantity { SECONDS, ITEMS, BYTES, FLOPS } quantity;

typedef struct figure {
    const bench_results *results;
    const yoke_experiment *e;
    axis x;
    quantity y;
    double factor; /* of the y axis */
    plot p;
} figure;

/* ---- what is drawn ---- */

static bool differs(const yoke_experiment *e, axis x) {
    for (size_t i = 1; i < e->row_count; i++) {
        if (x == AXIS_THREADS ? e->rows[i].threads != e->rows[0].threads
                              : e->rows[i].size != e->rows[0].size)
            return true;
    }
    return false;
}

static bool has(const yoke_experiment_row *row, quantity y) {
    if (y == BYTES) return yoke_is_measured(row->bytes_s);
    if (y == FLOPS) return yoke_is_measured(row->flops_s);
    return yoke_is_measured(row->rate) && strcmp(row->group, "command") != 0;
}

static bool all_have(const yoke_experiment *e, quantity y) {
    for (size_t i = 0; i < e->row_count; i++)
        if (!e->rows[i].status && !has(&e->rows[i], y)) return false;
    return true;
}

/* What a run does, in the unit of the rate. */
static double work_of(const figure *f, const yoke_experiment_row *r) {
    if (f->y == BYTES) return r->bytes_s * r->seconds.value;
    if (f->y == FLOPS) return r->flops_s * r->seconds.value;
    return (double)r->items;
}

static double y_of(const figure *f, const yoke_experiment_row *r, double seconds) {
    return f->y == SECONDS ? seconds : work_of(f, r) / seconds;
}

/* Rows of one line differ in nothing but what the axis shows. */
static bool same_series(const figure *f, const yoke_experiment_row *a,
                        const yoke_experiment_row *b) {
    if (f->x == AXIS_THREADS) return yoke_experiment_same_curve(f->e, a, b);
    return f->x == AXIS_SIZE && a->subject == b->subject && a->affinity == b->affinity &&
           a->grain == b->grain && a->threads == b->threads;
}

static bool begins(const figure *f, size_t i) {
    for (size_t k = 0; k < i; k++) {
        if (!f->e->rows[k].status && same_series(f, &f->e->rows[k], &f->e->rows[i])) return false;
    }
    return !f->e->rows[i].status;
}

/* ---- curves ---- */

static double x_of(const figure *f, size_t i) {
    const yoke_experiment_row *r = &f->e->rows[i];
    if (f->x == AXIS_THREADS) return r->threads;
    return f->x == AXIS_SIZE ? (double)r->size : (double)i + 1;
}

static void add_point(figure *f, size_t i) {
    const yoke_experiment_row *r = &f->e->rows[i];
    const yoke_estimate *s = &r->seconds;
    double bounds[] = {y_of(f, r, s->low), y_of(f, r, s->high)};
    int least = f->y != SECONDS; /* the longest time is the least rate */
    /* Times of overheads may be below 0. */
    if (f->y != SECONDS && s->low <= 0) bounds[0] = INFINITY;
    plot_point(&f->p, x_of(f, i), y_of(f, r, s->value) / f->factor, bounds[least] / f->factor,
               bounds[!least] / f->factor);
}

static void add_title(const figure *f, const yoke_experiment_row *row, char text[320]) {
    char name[256], grain[32];
    yoke_experiment_row series = *row;
    if (f->x == AXIS_THREADS) series.threads = 0;
    if (f->x == AXIS_SIZE || (f->x == AXIS_THREADS && f->e->weak)) series.size = 0;
    int size = snprintf(text, 320, "%s", bench_row_name(&series, name));
    if (f->results->options->run.grain_count)
        snprintf(text + size, 320 - (size_t)size, ", %s", bench_time(row->grain, grain));
}

/* The best of the laws that were fitted to the curve of `row`, between its points. */
static void add_law(figure *f, const yoke_experiment_row *row) {
    enum { STEPS = 60 };
    char title[64];
    const bench_results *r = f->results;
    for (size_t i = 0; f->x == AXIS_THREADS && f->y != SECONDS && i < r->scaling_count; i++) {
        const yoke_scaling *s = &r->scalings[i];
        if (s->row != row || !s->fit_count) continue;
        const yoke_fit *fit = &s->fits[s->best];
        double unit = fit->rate.value * work_of(f, row) / (double)row->items / f->factor;
        snprintf(title, sizeof title, "%s, fitted", bench_law_name(fit->law));
        plot_law(&f->p, title);
        for (int k = 0; k <= STEPS; k++) {
            double threads = 1 + (fit->most_threads - 1.0) * k / STEPS;
            double y = unit * yoke_fit_speedup(fit, threads);
            plot_point(&f->p, threads, y, y, y);
        }
    }
}

static void add_series(figure *f) {
    for (size_t i = 0; i < f->e->row_count; i++) {
        char title[320];
        if (!begins(f, i)) continue;
        add_title(f, &f->e->rows[i], title);
        plot_curve(&f->p, title);
        for (size_t k = i; k < f->e->row_count; k++) {
            const yoke_experiment_row *r = &f->e->rows[k];
            if (k == i || (!r->status && same_series(f, &f->e->rows[i], r))) add_point(f, k);
        }
        add_law(f, &f->e->rows[i]);
    }
}

/* ---- axes ---- */

/* "element" where all rows count these. */
static const char *unit_of(const figure *f) {
    static const char *const units[] = {"s", "items/s", "B/s", "flop/s"};
    const yoke_experiment *e = f->e;
    if (f->y != ITEMS) return units[f->y];
    for (size_t i = 1; i < e->row_count; i++)
        if (strcmp(e->rows[i].unit, e->rows[0].unit) != 0) return units[ITEMS];
    return NULL;
}

static void add_y(figure *f) {
    const char *prefix, *unit = unit_of(f);
    double least = 0, most = 0;
    for (size_t i = 0; i < f->e->row_count; i++) {
        const yoke_experiment_row *r = &f->e->rows[i];
        if (r->status) continue;
        most = fmax(most, y_of(f, r, r->seconds.value));
        least = fmin(least, f->y == SECONDS ? r->seconds.low : 0);
    }
    f->factor = plot_prefix(most, &prefix);
    plot_set(&f->p, "set ylabel '%s%.40s%s'", prefix, unit ? unit : f->e->rows[0].unit,
             unit ? "" : "/s");
    if (!(least < 0)) plot_set(&f->p, "set yrange [0:*]");
}

static int by_size(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* As sizes are written on the command line: 64K is 65536. */
static void size_label(size_t size, char text[32]) {
    static const char *const names[] = {"", "K", "M", "G", "T"};
    size_t i = 0;
    for (; i < 4 && size && size % 1024 == 0; i++) size /= 1024;
    snprintf(text, 32, "%zu%s", size, names[i]);
}

/* The sizes that were measured, where they have room. */
static int add_sizes(figure *f) {
    size_t count = f->e->row_count, *sizes = malloc(count * sizeof *sizes);
    if (!sizes) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < count; i++) sizes[i] = f->e->rows[i].size;
    qsort(sizes, count, sizeof *sizes, by_size);
    size_t first = 0;
    while (!sizes[first]) first++; /* of programs that were not told; not of all of them */
    double least = (double)sizes[first], most = (double)sizes[count - 1];
    double apart = pow(most / least, 0.06), last = 0;
    plot_set(&f->p, "set xlabel 'size'\nset logscale x\nset xrange [%.9g:%.9g]\nset xtics ()",
             least / sqrt(apart), most * sqrt(apart));
    for (size_t i = first; i < count; i++) {
        char label[32];
        if ((double)sizes[i] < last * apart || (double)sizes[i] == last) continue;
        size_label(sizes[i], label);
        plot_set(&f->p, "set xtics add ('%s' %zu)", label, sizes[i]);
        last = (double)sizes[i];
    }
    free(sizes);
    return 0;
}

static int add_threads(figure *f) {
    size_t count = f->e->row_count;
    int *threads = malloc(count * sizeof *threads);
    if (!threads) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < count; i++) threads[i] = f->e->rows[i].threads;
    plot_threads(&f->p, threads, count);
    free(threads);
    return 0;
}

static int add_x(figure *f) {
    if (f->x == AXIS_THREADS) return add_threads(f);
    if (f->x == AXIS_SIZE) return add_sizes(f);
    plot_set(&f->p, "set xlabel 'configuration'\nset xrange [0.5:%zu.5]\nset xtics 1, 1",
             f->e->row_count);
    return 0;
}

/* ---- the whole ---- */

static bool any_figures(const yoke_experiment *e) {
    for (size_t i = 0; i < e->row_count; i++) {
        if (!e->rows[i].status) return true;
    }
    return false;
}

int bench_plot(const bench_results *results) {
    const yoke_experiment *e = results->experiment;
    figure f = {.results = results, .e = e};
    if (!any_figures(e)) return 0;
    if (results->metg_count) return bench_plot_metg(results);
    f.x = differs(e, AXIS_THREADS) ? AXIS_THREADS : differs(e, AXIS_SIZE) ? AXIS_SIZE : AXIS_ROWS;
    f.y = !all_have(e, ITEMS)  ? SECONDS
          : all_have(e, BYTES) ? BYTES
          : all_have(e, FLOPS) ? FLOPS
                               : ITEMS;
    add_y(&f);
    int status = add_x(&f);
    add_series(&f);
    if (!status) status = plot_draw(&f.p, results->options->plot);
    plot_free(&f.p);
    return status;
}

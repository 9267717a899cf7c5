/* SPDX-License-Identifier: Apache-2.0
 *
 * The medians with their intervals as a picture: over threads where there are several numbers of
 * them, else over sizes, else side by side. Loads are drawn by their rate, commands by their time.
 */
#include <string.h>

#include "cli/bench.h"
#include "cli/gnuplot.h"

typedef enum axis { AXIS_THREADS, AXIS_SIZE, AXIS_ROWS } axis;

typedef struct figure {
    const yoke_experiment *e;
    axis x;
    bool rates;
} figure;

static bool differs(const yoke_experiment *e, axis x) {
    for (size_t i = 1; i < e->row_count; i++) {
        if (x == AXIS_THREADS ? e->rows[i].threads != e->rows[0].threads
                              : e->rows[i].size != e->rows[0].size)
            return true;
    }
    return false;
}

static bool has_rates(const yoke_experiment *e) {
    for (size_t i = 0; i < e->row_count; i++) {
        const yoke_experiment_row *r = &e->rows[i];
        if (!r->status && (!yoke_is_measured(r->rate) || strcmp(r->group, "command") == 0))
            return false;
    }
    return true;
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

/* In quotes of gnuplot, where only a quote is special. */
static void add_title(const char *text, buffer *to) {
    for (; *text; text++) {
        if (*text == '\'') buffer_add_byte(to, '\'');
        if (*text == '\n') {
            buffer_add_byte(to, ' ');
        } else {
            buffer_add_byte(to, *text);
        }
    }
}

static void add_point(const figure *f, size_t i, buffer *to) {
    const yoke_experiment_row *r = &f->e->rows[i];
    double x = f->x == AXIS_THREADS ? r->threads
               : f->x == AXIS_SIZE  ? (double)r->size
                                    : (double)i + 1;
    const yoke_estimate *s = &r->seconds;
    double items = (double)r->items;
    if (f->rates) {
        buffer_print(to, "%.9g %.9g %.9g %.9g\n", x, items / s->value, items / s->high,
                     items / s->low);
    } else {
        buffer_print(to, "%.9g %.9g %.9g %.9g\n", x, s->value, s->low, s->high);
    }
}

static void add_series(const figure *f, buffer *to) {
    const char *next = "plot ";
    for (size_t i = 0; i < f->e->row_count; i++) {
        char name[256];
        if (!begins(f, i)) continue;
        buffer_print(to, "%s'-' using 1:2:3:4 with yerrorlines title '", next);
        yoke_experiment_row series = f->e->rows[i];
        if (f->x == AXIS_THREADS) series.threads = 0;
        if (f->x == AXIS_SIZE) series.size = 0;
        add_title(bench_row_name(&series, name), to);
        buffer_add_string(to, "'");
        next = ", ";
    }
    buffer_add_string(to, "\n");
    for (size_t i = 0; i < f->e->row_count; i++) {
        if (!begins(f, i)) continue;
        for (size_t k = i; k < f->e->row_count; k++) {
            const yoke_experiment_row *r = &f->e->rows[k];
            if (k == i || (!r->status && same_series(f, &f->e->rows[i], r))) add_point(f, k, to);
        }
        buffer_add_string(to, "e\n");
    }
}

static bool any_figures(const yoke_experiment *e) {
    for (size_t i = 0; i < e->row_count; i++) {
        if (!e->rows[i].status) return true;
    }
    return false;
}

int bench_plot(const bench_results *results) {
    static const char *const labels[] = {"threads", "size", "configuration"};
    const char *path = results->options->plot;
    figure f = {.e = results->experiment};
    buffer text = {0};
    if (!any_figures(f.e)) return 0;
    f.x = differs(f.e, AXIS_THREADS) ? AXIS_THREADS
          : differs(f.e, AXIS_SIZE)  ? AXIS_SIZE
                                     : AXIS_ROWS;
    f.rates = has_rates(f.e);
    gnuplot_begin(path, &text);
    buffer_print(&text, "set xlabel '%s'\nset ylabel '%s'\nset grid\nset key below noenhanced\n",
                 labels[f.x], f.rates ? "items a second" : "seconds");
    buffer_add_string(&text, "set yrange [0:*]\nset offsets graph 0.05, graph 0.05, 0, 0\n");
    if (f.x == AXIS_SIZE) buffer_add_string(&text, "set logscale x\n");
    if (f.x == AXIS_ROWS)
        buffer_print(&text, "set xrange [0.5:%zu.5]\nset xtics 1\n", f.e->row_count);
    add_series(&f, &text);
    int status = gnuplot_draw(&text, path);
    buffer_free(&text);
    return status;
}

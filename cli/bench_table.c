/* SPDX-License-Identifier: Apache-2.0
 *
 * The figures as a table to read, and what follows from them in words. Columns in which nothing
 * stands are left out.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"

enum { CELL = 64 };

/* ---- cells ---- */

const char *bench_time(double seconds, char text[32]) {
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}};
    size_t i = 0;
    if (!yoke_is_measured(seconds)) return strcpy(text, "-");
    while (i < 3 && fabs(seconds) < units[i].seconds) i++;
    snprintf(text, 32, "%.4g %s", seconds / units[i].seconds, units[i].name);
    return text;
}

/* With k, M or G; digits enough to tell neighbours apart. */
static void add_scaled(char *text, double value, const char *unit) {
    static const char *const names[] = {"", "k", "M", "G", "T"};
    size_t i = 0;
    for (; i < 4 && fabs(value) >= 1000; i++) value /= 1000;
    snprintf(text, CELL, "%.4g %s%s", value, names[i], unit);
}

/* A row, and its rate over that of the fewest threads of its curve; or not measured. */
typedef struct line {
    const yoke_experiment_row *row;
    double speedup;
} line;

static void load_cell(const line *l, char *text) {
    snprintf(text, CELL, "%.40s%s", l->row->load, strlen(l->row->load) > 40 ? "..." : "");
}
static void size_cell(const line *l, char *text) {
    if (l->row->size) snprintf(text, CELL, "%zu", l->row->size);
}
static void threads_cell(const line *l, char *text) {
    if (l->row->threads) snprintf(text, CELL, "%d", l->row->threads);
}
static void affinity_cell(const line *l, char *text) {
    if (l->row->affinity) snprintf(text, CELL, "%s", yoke_affinity_name(l->row->affinity));
}
static void grain_cell(const line *l, char *text) {
    if (l->row->grain > 0) bench_time(l->row->grain, text);
}
static void time_cell(const line *l, char *text) { bench_time(l->row->seconds.value, text); }
static void width_cell(const line *l, char *text) {
    double half = (l->row->seconds.high - l->row->seconds.low) / 2 / fabs(l->row->seconds.value);
    snprintf(text, CELL, "%.1f %%%s", 100 * half,
             l->row->cut     ? " cut"
             : l->row->noisy ? " noisy"
                             : "");
}
static void rate_cell(const line *l, char *text) {
    if (strcmp(l->row->group, "command") == 0 || !yoke_is_measured(l->row->rate)) return;
    char unit[48];
    snprintf(unit, sizeof unit, "%.40s/s", l->row->unit);
    add_scaled(text, l->row->rate, unit);
}
static void bytes_cell(const line *l, char *text) {
    if (yoke_is_measured(l->row->bytes_s)) add_scaled(text, l->row->bytes_s, "B/s");
}
static void flops_cell(const line *l, char *text) {
    if (yoke_is_measured(l->row->flops_s)) add_scaled(text, l->row->flops_s, "flop/s");
}
static void user_cell(const line *l, char *text) { bench_time(l->row->usage.user_s, text); }
static void system_cell(const line *l, char *text) { bench_time(l->row->usage.system_s, text); }
static void memory_cell(const line *l, char *text) {
    if (strcmp(l->row->group, "command") == 0) add_scaled(text, l->row->usage.max_rss, "B");
}
static void faults_cell(const line *l, char *text) {
    if (strcmp(l->row->group, "command") == 0)
        snprintf(text, CELL, "%.0f", l->row->usage.minor_faults + l->row->usage.major_faults);
}
static void switches_cell(const line *l, char *text) {
    if (strcmp(l->row->group, "command") == 0)
        snprintf(text, CELL, "%.0f+%.0f", l->row->usage.voluntary_switches,
                 l->row->usage.involuntary_switches);
}
static void speedup_cell(const line *l, char *text) {
    if (yoke_is_measured(l->speedup)) snprintf(text, CELL, "%.2f", l->speedup);
}
static void runs_cell(const line *l, char *text) { snprintf(text, CELL, "%zu", l->row->runs); }

static const struct column {
    const char *name;
    void (*cell)(const line *l, char *text);
} columns[] = {
    {"load", load_cell},         {"size", size_cell},         {"grain", grain_cell},
    {"threads", threads_cell},   {"affinity", affinity_cell}, {"time", time_cell},
    {"+-", width_cell},          {"speed-up", speedup_cell},  {"rate", rate_cell},
    {"bandwidth", bytes_cell},   {"flops", flops_cell},       {"user", user_cell},
    {"system", system_cell},     {"max RSS", memory_cell},    {"faults", faults_cell},
    {"switches", switches_cell}, {"runs", runs_cell},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* ---- the table ---- */

static line line_of(const yoke_experiment *e, size_t index) {
    const yoke_experiment_row *row = &e->rows[index], *least = row;
    size_t points = 0;
    for (size_t i = 0; i < e->row_count; i++) {
        const yoke_experiment_row *other = &e->rows[i];
        if (other->status || !other->threads || !yoke_experiment_same_curve(e, row, other))
            continue;
        points++;
        if (other->threads < least->threads) least = other;
    }
    return (line){row, points < 2 ? YOKE_NOT_MEASURED : row->rate / least->rate};
}

static const char *cell(const yoke_experiment *e, size_t index, int column, char text[CELL]) {
    line l = line_of(e, index);
    memset(text, 0, CELL);
    columns[column].cell(&l, text);
    return text;
}

/* The widest cell; 0: the column is empty. */
static int width_of(const yoke_experiment *e, int column) {
    int width = 0;
    char text[CELL];
    for (size_t i = 0; i < e->row_count; i++) {
        if (e->rows[i].status) continue;
        int size = (int)strlen(cell(e, i, column, text));
        width = size > width ? size : width;
    }
    int name = (int)strlen(columns[column].name);
    return width && width < name ? name : width;
}

static void end_line(buffer *to) {
    while (to->size && to->data[to->size - 1] == ' ') to->size--;
    buffer_add_byte(to, '\n');
}

static void add_table(const yoke_experiment *e, buffer *to) {
    int widths[COLUMNS];
    char text[CELL];
    for (int c = 0; c < COLUMNS; c++) {
        widths[c] = width_of(e, c);
        if (widths[c]) buffer_print(to, c ? "  %*s" : "%-*s", widths[c], columns[c].name);
    }
    end_line(to);
    for (size_t i = 0; i < e->row_count; i++) {
        if (e->rows[i].status) continue;
        for (int c = 0; c < COLUMNS; c++) {
            if (!widths[c]) continue;
            buffer_print(to, c ? "  %*s" : "%-*s", widths[c], cell(e, i, c, text));
        }
        end_line(to);
    }
}

/* ---- what was counted ---- */

/* Half of the interval over the median, where there is one. */
static void add_metric(const yoke_experiment_metric *m, int width, buffer *to) {
    const yoke_estimate *v = &m->value;
    buffer_print(to, "  %-*s  ", width, m->metric->name);
    if (!yoke_is_measured(v->value)) {
        buffer_add_string(to, "not measured\n");
        return;
    }
    buffer_print(to, "%.5g", v->value);
    if (v->value != 0) buffer_print(to, " +- %.1f %%", 50 * (v->high - v->low) / fabs(v->value));
    buffer_add_byte(to, '\n');
}

static void add_metrics(const yoke_experiment *e, const char *group, buffer *to) {
    int width = 0;
    for (size_t i = 0; i < e->metric_count; i++) {
        int size = (int)strlen(e->metrics[i].name);
        width = size > width ? size : width;
    }
    for (size_t i = 0; i < e->row_count; i++) {
        const yoke_experiment_row *row = &e->rows[i];
        char name[256];
        if (!row->metric_count) continue;
        buffer_print(to, "%s, %s in a run:\n", bench_row_name(row, name), group);
        for (size_t k = 0; k < row->metric_count; k++) add_metric(&row->metrics[k], width, to);
    }
}

/* ---- in words ---- */

const char *bench_row_name(const yoke_experiment_row *row, char text[256]) {
    int size = snprintf(text, 256, "%.120s", row->load);
    if (row->size) size += snprintf(text + size, 256 - (size_t)size, ", size %zu", row->size);
    if (row->threads)
        size += snprintf(text + size, 256 - (size_t)size, ", %d thread%s", row->threads,
                         row->threads == 1 ? "" : "s");
    if (row->affinity)
        snprintf(text + size, 256 - (size_t)size, ", %s", yoke_affinity_name(row->affinity));
    return text;
}

static void add_pair(const bench_pair *p, double confidence, buffer *to) {
    char name[256];
    const yoke_estimate *r = &p->comparison.ratio;
    buffer_print(to, "%s: %.3f times as fast as %.120s", bench_row_name(p->row, name), r->value,
                 p->other->load);
    buffer_print(to, " (%g %%: %.3f to %.3f); a run of it is faster with probability %.3f\n",
                 100 * confidence, r->low, r->high, p->comparison.ranks.superiority);
}

/* What speaks of other programs on the machine: by the time in which threads could have run, which
 * they spent on processors or in wait for one. Of programs the wait is not known. */
static void add_noise(const yoke_experiment *e, buffer *to) {
    size_t noisy = 0, measured = 0;
    double cpu = 0, involuntary = 0, waited = 0;
    for (size_t i = 0; i < e->row_count; i++) {
        const yoke_experiment_row *r = &e->rows[i];
        if (r->status || r->cut) continue;
        measured++;
        noisy += r->noisy;
        cpu += (r->usage.user_s + r->usage.system_s) * (double)r->runs;
        involuntary += r->usage.involuntary_switches * (double)r->runs;
        waited += r->usage.queue_s * (double)r->runs;
    }
    if (!noisy) return;
    buffer_print(to,
                 "too noisy to conclude: the intervals of %zu of %zu are wider than %g %% of the "
                 "median;\n%.0f involuntary switches a second of CPU time",
                 noisy, measured, 100 * e->precision, cpu > 0 ? involuntary / cpu : 0);
    if (yoke_is_measured(waited) && cpu > 0) {
        buffer_print(to, ", threads that could run waited for a processor %.1f %% of their time",
                     100 * waited / (cpu + waited));
    }
    buffer_add_string(to, "\n");
}

void bench_write_table(const bench_results *results, buffer *to) {
    const yoke_experiment *e = results->experiment;
    bool any = false;
    for (size_t i = 0; i < e->row_count; i++) any |= !e->rows[i].status;
    if (!any) return;
    add_table(e, to);
    add_metrics(e, results->options->run.likwid, to);
    for (size_t i = 0; i < results->pair_count; i++) {
        add_pair(&results->pairs[i], e->confidence, to);
    }
    bench_write_scaling(results, to);
    if (results->changes) bench_write_changes(results->options, results->changes, to);
    if (!results->options->run.reps) add_noise(e, to);
}

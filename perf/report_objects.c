/* SPDX-License-Identifier: Apache-2.0
 *
 * What is not by region in a report as text: the columns of metrics, locks, figures of objects.
 */
#include <stdio.h>
#include <string.h>

#include "perf/figure.h"
#include "perf/names.h"
#include "perf/report_text.h"
#include "runtime/text.h"

/* ---- metrics ---- */

static yoke__said what_is_said(const yoke_profile *p, size_t metric) {
    yoke__said said = YOKE__SAID_NOTHING;
    for (size_t i = 0; i < p->cell_count; i++) {
        double value = p->cells[i].values[metric];
        if (!yoke_is_measured(value)) continue;
        if (value != 0) return YOKE__SAID_FIGURES;
        said = YOKE__SAID_ZERO;
    }
    return said;
}

void yoke__find_metrics(yoke__text_report *r) {
    for (size_t m = 0; m < r->profile->metric_count; m++) {
        if (what_is_said(r->profile, m) == YOKE__SAID_FIGURES && r->metric_count < YOKE__METRICS)
            r->metrics[r->metric_count++] = m;
    }
}

/* One line with the names of all metrics of which that is said. */
void yoke__list_metrics(const yoke__text_report *r, yoke__said said, char *line, size_t size) {
    yoke__text text = {line, size, 0};
    for (size_t m = 0; m < r->profile->metric_count; m++) {
        if (what_is_said(r->profile, m) != said) continue;
        char name[YOKE__NAME];
        yoke__clean_name(r->profile->metrics[m].name, r->ascii, name, sizeof name);
        yoke__text_add(&text, "%s%s (%s)", text.length ? ", " : "", name,
                       yoke__source_name(r->profile->metrics[m].source));
    }
    if (!text.length) *line = '\0';
}

/* Names its unit, where that is not seen in each figure. */
static void add_metric_column(yoke__table *table, const yoke_metric *metric) {
    static const char *const seen[] = {"", "s", "bytes", "%"};
    const char *unit = metric->unit ? metric->unit : "", *name = metric->name ? metric->name : "";
    char heading[96];
    bool tell = true;
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        tell = tell && strcmp(unit, seen[i]) != 0;
    snprintf(heading, sizeof heading, tell ? "%s [%s]" : "%s", name, unit);
    yoke__table_column(table, heading, yoke__source_name(metric->source));
}

void yoke__add_metric_columns(const yoke__text_report *r, yoke__table *table, bool sums) {
    for (size_t i = 0; i < r->metric_count; i++) {
        const yoke_metric *metric = &r->profile->metrics[r->metrics[i]];
        if (metric->adds_up || !sums) add_metric_column(table, metric);
    }
}

void yoke__add_metric_figures(const yoke__text_report *r, yoke__table *table, const double *values,
                              bool sums) {
    for (size_t i = 0; i < r->metric_count; i++) {
        const yoke_metric *metric = &r->profile->metrics[r->metrics[i]];
        if (metric->adds_up || !sums)
            yoke__table_figure(table, values[r->metrics[i]], metric->unit ? metric->unit : "");
    }
}

/* ---- locks ---- */

static void add_lock(const yoke__text_report *r, const yoke_profile_lock *lock,
                     yoke__table *table) {
    const yoke_lock_profile *f = &lock->figures;
    char name[YOKE__NAME], text[YOKE__NUMBER];
    double taken = (double)f->acquisitions, waits = (double)f->contended;
    yoke__clean_name(lock->name && *lock->name ? lock->name : lock->kind, r->ascii, name,
                     sizeof name);
    yoke__table_cell(table, name);
    yoke__table_cell(table, yoke__count_text(f->acquisitions, text));
    yoke__table_figure(table, taken > 0 ? waits / taken : 0, "%");
    yoke__table_cell(table, yoke__count_text(f->threads, text));
    yoke__table_figure(table, f->wait_total, "s");
    yoke__table_figure(table, f->wait_max, "s");
    yoke__table_figure(table, f->holds ? f->hold_total / (double)f->holds : YOKE_NOT_MEASURED, "s");
    yoke__table_figure(table, f->holds ? f->hold_max : YOKE_NOT_MEASURED, "s");
}

int yoke__text_locks(yoke__text_report *r) {
    static const char *const names[] = {"taken",        "found held", "threads",     "all waits",
                                        "longest wait", "mean hold",  "longest hold"};
    enum { MOST_LOCKS = 20 };
    yoke__table table = {.ascii = r->ascii};
    size_t shown = r->profile->lock_count < MOST_LOCKS ? r->profile->lock_count : MOST_LOCKS;
    if (!shown) return 0;
    yoke__table_column(&table, "lock", "");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        yoke__table_column(&table, names[i], "yoke");
    for (size_t i = 0; i < shown; i++) add_lock(r, &r->profile->locks[i], &table);
    yoke__emit_text(&r->emit, "\nlocks\n");
    YOKE_TRY(yoke__table_write(&table, r->width, &r->emit));
    if (shown < r->profile->lock_count)
        yoke__emit_print(&r->emit, "%zu more locks\n", r->profile->lock_count - shown);
    return 0;
}

/* ---- figures of objects ---- */

static bool same(const char *a, const char *b) { return strcmp(a ? a : "", b ? b : "") == 0; }

static bool same_figure(const yoke_profile_figure *a, const yoke_profile_figure *b) {
    return same(a->kind, b->kind) && same(a->object, b->object) && same(a->name, b->name);
}

/* The sum over all parts and peers, told with the first of its name. */
static bool add_parts(const yoke_profile *p, size_t first, uint64_t *sum) {
    for (size_t i = 0; i < first; i++) {
        if (same_figure(&p->figures[i], &p->figures[first])) return false;
    }
    *sum = 0;
    for (size_t i = first; i < p->figure_count; i++) {
        if (same_figure(&p->figures[i], &p->figures[first])) *sum += p->figures[i].value;
    }
    return true;
}

static void add_figure(const yoke__text_report *r, const yoke_profile_figure *figure, uint64_t sum,
                       yoke__table *table) {
    char name[2 * YOKE__NAME], text[YOKE__NUMBER], part[YOKE__NAME];
    yoke__clean_name(figure->kind, r->ascii, part, sizeof part);
    size_t length = (size_t)snprintf(name, sizeof name, "%s ", part);
    yoke__clean_name(figure->object, r->ascii, name + length, YOKE__NAME);
    yoke__table_cell(table, name);
    yoke__clean_name(figure->name, r->ascii, part, sizeof part);
    yoke__table_cell(table, part);
    yoke__table_cell(table, yoke__count_text(sum, text));
}

int yoke__text_figures(yoke__text_report *r) {
    enum { MOST_FIGURES = 1000 }; /* each is compared with all before it */
    const yoke_profile *p = r->profile;
    yoke__table table = {.ascii = r->ascii};
    yoke__table_column(&table, "object", "");
    yoke__table_column(&table, "figure", "");
    yoke__table_column(&table, "value", "yoke");
    for (size_t i = 0; i < p->figure_count && i < MOST_FIGURES; i++) {
        uint64_t sum;
        if (add_parts(p, i, &sum) && sum) add_figure(r, &p->figures[i], sum, &table);
    }
    if (table.cell_count) yoke__emit_text(&r->emit, "\nfigures of objects, over all their parts\n");
    return yoke__table_write(&table, r->width, &r->emit);
}

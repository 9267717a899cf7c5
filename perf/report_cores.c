/* SPDX-License-Identifier: Apache-2.0
 *
 * The table by core of a report as text. A call counts for the core on which it ended; what a
 * region measured without those inside it goes to its cores in proportion to its self time there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "perf/figure.h"
#include "perf/report_text.h"

typedef struct core_row {
    int cpu;
    double times[YOKE_ACTIVITY_WAIT + 1], outside;
    double *values; /* one for each metric */
} core_row;

typedef struct cores {
    core_row *at; /* by cpu */
    size_t count;
    double *values;
} cores;

static int compare_cores(const void *a, const void *b) {
    int x = ((const core_row *)a)->cpu, y = ((const core_row *)b)->cpu;
    return (x > y) - (x < y);
}

static int find_cores(const yoke_profile *p, cores *all) {
    size_t most = p->cell_count ? p->cell_count : 1;
    all->at = calloc(most, sizeof *all->at);
    if (!all->at) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < p->cell_count; i++) all->at[i].cpu = p->cells[i].cpu;
    qsort(all->at, p->cell_count, sizeof *all->at, compare_cores);
    for (size_t i = 0; i < p->cell_count; i++) {
        if (!all->count || all->at[i].cpu != all->at[all->count - 1].cpu)
            all->at[all->count++].cpu = all->at[i].cpu;
    }
    return 0;
}

static int give_values(const yoke_profile *p, cores *all) {
    size_t values = all->count * p->metric_count;
    all->values = malloc((values ? values : 1) * sizeof *all->values);
    if (!all->values) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < values; i++) all->values[i] = YOKE_NOT_MEASURED;
    for (size_t i = 0; i < all->count; i++) all->at[i].values = all->values + i * p->metric_count;
    return 0;
}

static void add_cell(const yoke_profile *p, const yoke__sum *sum, const yoke_cell *cell,
                     core_row *core) {
    double self = cell->self_s > 0 ? cell->self_s : 0;
    double share =
        sum->self_s > 0 ? self / sum->self_s : 1.0 / (double)(sum->end_cell - sum->first_cell);
    if (sum->region == 0)
        core->outside += self;
    else
        core->times[p->regions[sum->region].activity] += self;
    for (size_t m = 0; m < p->metric_count; m++) {
        if (p->metrics[m].adds_up)
            core->values[m] = yoke__add_measured(core->values[m], sum->own[m] * share);
    }
}

static void add_up(const yoke__text_report *r, cores *all) {
    const yoke_profile *p = r->profile;
    for (size_t i = 0; i < r->sums.count; i++) {
        const yoke__sum *sum = &r->sums.sums[i];
        for (size_t c = sum->first_cell; c < sum->end_cell; c++) {
            core_row key = {.cpu = p->cells[c].cpu};
            core_row *found = bsearch(&key, all->at, all->count, sizeof key, compare_cores);
            add_cell(p, sum, &p->cells[c], found);
        }
    }
}

static int write_cores(yoke__text_report *r, const cores *all) {
    static const char *const times[] = {"work", "runtime", "waiting", "outside regions"};
    yoke__table table = {.ascii = r->ascii};
    char name[YOKE__NUMBER];
    yoke__table_column(&table, "core", "");
    for (int i = 0; i < 4; i++) yoke__table_column(&table, times[i], "yoke");
    yoke__add_metric_columns(r, &table, true);
    for (size_t i = 0; i < all->count; i++) {
        const core_row *core = &all->at[i];
        snprintf(name, sizeof name, "%d", core->cpu);
        yoke__table_cell(&table, core->cpu < 0 ? "?" : name);
        for (int a = 0; a <= YOKE_ACTIVITY_WAIT; a++)
            yoke__table_figure(&table, core->times[a], "s");
        yoke__table_figure(&table, core->outside, "s");
        yoke__add_metric_figures(r, &table, core->values, true);
    }
    yoke__emit_text(&r->emit, "\n");
    return yoke__table_write(&table, r->width, &r->emit);
}

int yoke__text_cores(yoke__text_report *r) {
    cores all = {0};
    if (!r->profile->cell_count) return 0;
    int status = find_cores(r->profile, &all);
    if (!status) status = give_values(r->profile, &all);
    if (!status) {
        add_up(r, &all);
        status = write_cores(r, &all);
    }
    free(all.at);
    free(all.values);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables by region of a report as text: the tree of regions with their times, the efficiencies
 * of those that ran on several threads, and waits by cause. Regions without a thousandth of the
 * time are left out; when there are too many, those with the most self time stay, and the regions
 * around them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf/figure.h"
#include "perf/report_text.h"

enum { LEAST_SHARE = 1000 }; /* of all time: one part of so many; less is not shown */

typedef struct region_row {
    int id, depth;
    bool shown;
    int threads;
    uint64_t calls, read;
    double wall_s, self_s, useful_s;
    double waiting_s;      /* also in the regions inside */
    double *values;        /* over the threads */
    int first_child, next; /* -1: none */
} region_row;

typedef struct regions {
    region_row *at; /* by id */
    size_t count;
    double *values;
    int *order; /* ids, a region before those inside it */
} regions;

/* ---- adding up ---- */

static void add_sum(const yoke_profile *p, const yoke__sum *sum, region_row *to) {
    to->threads++;
    to->calls += sum->calls;
    to->read += sum->read;
    to->wall_s += sum->wall_s;
    to->self_s += sum->self_s;
    to->useful_s += sum->useful_s;
    for (size_t m = 0; m < p->metric_count; m++) {
        if (p->metrics[m].adds_up)
            to->values[m] = yoke__add_measured(to->values[m], sum->total[m]);
        else if (to->threads == 1) /* a rate is shown for regions of one thread */
            to->values[m] = sum->total[m];
        else
            to->values[m] = YOKE_NOT_MEASURED;
    }
}

static void add_up(const yoke__text_report *r, regions *all) {
    const yoke_profile *p = r->profile;
    for (size_t i = 0; i < r->sums.count; i++)
        add_sum(p, &r->sums.sums[i], &all->at[r->sums.sums[i].region]);
    for (size_t i = all->count; i-- > 0;) { /* children come behind their parents */
        region_row *region = &all->at[i];
        if (p->regions[i].activity == YOKE_ACTIVITY_WAIT) region->waiting_s += region->self_s;
        if (i) all->at[p->regions[i].parent].waiting_s += region->waiting_s;
    }
}

/* ---- the tree ---- */

static void link_children(const yoke_profile *p, regions *all) {
    for (size_t i = 0; i < all->count; i++) all->at[i].first_child = all->at[i].next = -1;
    for (size_t i = all->count; i-- > 1;) {
        region_row *parent = &all->at[p->regions[i].parent];
        all->at[i].next = parent->first_child;
        parent->first_child = (int)i;
    }
}

/* Goes down first, then on, then up. */
static void set_order(const yoke_profile *p, regions *all) {
    int id = 0, depth = 0;
    for (size_t i = 0; i < all->count; i++) {
        all->order[i] = id;
        all->at[id].depth = depth;
        if (all->at[id].first_child >= 0) {
            id = all->at[id].first_child;
            depth++;
            continue;
        }
        while (id > 0 && all->at[id].next < 0) {
            id = p->regions[id].parent;
            depth--;
        }
        id = id > 0 ? all->at[id].next : 0;
    }
}

static int compare_self(const void *a, const void *b) {
    const region_row *x = *(const region_row *const *)a, *y = *(const region_row *const *)b;
    if (x->self_s != y->self_s) return x->self_s < y->self_s ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

static double all_time(const yoke__text_report *r) {
    double all = 0;
    for (size_t i = 0; i < r->sums.count; i++) all += r->sums.sums[i].self_s;
    return all;
}

static int choose(const yoke__text_report *r, regions *all) {
    const region_row **best = malloc(all->count * sizeof *best);
    if (!best) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < all->count; i++) best[i] = &all->at[i];
    qsort(best, all->count, sizeof *best, compare_self);
    size_t shown = 0;
    double least = all_time(r) / LEAST_SHARE;
    for (size_t i = 0; i < all->count && shown < r->regions; i++) {
        if (best[i]->id && (best[i]->calls == 0 || best[i]->self_s < least)) continue;
        for (int id = best[i]->id; id >= 0 && !all->at[id].shown;
             id = r->profile->regions[id].parent) {
            all->at[id].shown = true;
            shown++;
        }
    }
    free(best);
    return 0;
}

static int make(const yoke__text_report *r, regions *all) {
    const yoke_profile *p = r->profile;
    size_t values = p->region_count * p->metric_count;
    all->count = p->region_count;
    all->at = calloc(all->count, sizeof *all->at);
    all->order = malloc(all->count * sizeof *all->order);
    all->values = malloc((values ? values : 1) * sizeof *all->values);
    if (!all->at || !all->order || !all->values) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < values; i++) all->values[i] = YOKE_NOT_MEASURED;
    for (size_t i = 0; i < all->count; i++) {
        all->at[i].id = (int)i;
        all->at[i].values = all->values + i * p->metric_count;
    }
    add_up(r, all);
    link_children(p, all);
    set_order(p, all);
    return choose(r, all);
}

/* ---- times ---- */

static void add_name(const yoke__text_report *r, const region_row *region, yoke__table *table) {
    enum { INDENT = 2, DEEPEST = 12 };
    char text[2 * DEEPEST + YOKE__NAME];
    int indent = INDENT * (region->depth < DEEPEST ? region->depth : DEEPEST);
    memset(text, ' ', (size_t)indent);
    yoke__clean_name(r->profile->regions[region->id].name, r->ascii, text + indent, YOKE__NAME);
    yoke__table_cell(table, text);
}

static const char *activity_word(const yoke__text_report *r, const region_row *region) {
    static const char *const words[] = {"work", "runtime", "wait"};
    return words[r->profile->regions[region->id].activity];
}

static void add_times(const yoke__text_report *r, const region_row *region, yoke__table *table) {
    char text[YOKE__NUMBER];
    add_name(r, region, table);
    yoke__table_cell(table, activity_word(r, region));
    yoke__table_cell(table, yoke__count_text(region->calls, text));
    yoke__table_cell(table, yoke__count_text(region->read, text));
    yoke__table_cell(table, yoke__count_text((uint64_t)region->threads, text));
    yoke__table_figure(table, region->wall_s, "s");
    yoke__table_figure(table, region->self_s, "s");
    yoke__table_figure(table, region->useful_s, "s");
    yoke__table_figure(table, region->waiting_s, "s");
    yoke__add_metric_figures(r, table, region->values, false);
}

static void add_rest(yoke__text_report *r, const regions *all) {
    char self[YOKE__NUMBER];
    size_t rest = 0;
    double seconds = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (all->at[i].shown || !all->at[i].calls) continue;
        rest++;
        seconds += all->at[i].self_s;
    }
    if (rest)
        yoke__emit_print(&r->emit, "%zu more region%s with %s of self time\n", rest,
                         rest == 1 ? "" : "s", yoke__figure_text(seconds, "s", self));
}

static int write_times(yoke__text_report *r, const regions *all) {
    static const char *const names[] = {"calls", "calls read", "threads", "wall",
                                        "self",  "useful",     "waiting"};
    yoke__table table = {.ascii = r->ascii};
    yoke__table_column(&table, "region", "");
    yoke__table_column(&table, "activity", "");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        yoke__table_column(&table, names[i], "yoke");
    yoke__add_metric_columns(r, &table, false);
    for (size_t i = 0; i < all->count; i++) {
        const region_row *region = &all->at[all->order[i]];
        if (region->shown) add_times(r, region, &table);
    }
    yoke__emit_text(
        &r->emit,
        "\nregions, summed over their threads; the kernel's figures are of the calls read\n");
    YOKE_TRY(yoke__table_write(&table, r->width, &r->emit));
    add_rest(r, all);
    return 0;
}

/* ---- efficiencies ---- */

static int write_efficiencies(yoke__text_report *r, const regions *all) {
    static const char *const names[] = {"threads", "parallel efficiency", "load balance",
                                        "serialisation", "transfer"};
    yoke__table table = {.ascii = r->ascii};
    char text[YOKE__NUMBER];
    yoke__table_column(&table, "region", "");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        yoke__table_column(&table, names[i], "");
    for (size_t i = 0; i < all->count; i++) {
        const region_row *region = &all->at[all->order[i]];
        yoke_efficiency e;
        if (!region->shown) continue;
        yoke__scope_read(&r->scope, region->id, &e);
        if (e.threads < 2 || e.useful_max_s <= 0) continue;
        add_name(r, region, &table);
        yoke__table_cell(&table, yoke__count_text((uint64_t)e.threads, text));
        yoke__table_figure(&table, e.parallel, "%");
        yoke__table_figure(&table, e.load_balance, "%");
        yoke__table_figure(&table, e.serialisation, "%");
        yoke__table_figure(&table, e.transfer, "%");
    }
    if (table.cell_count)
        yoke__emit_text(&r->emit, "\nefficiencies of what ran on several threads\n");
    return yoke__table_write(&table, r->width, &r->emit);
}

/* ---- waits ---- */

static int write_waits(yoke__text_report *r, const regions *all) {
    yoke__table table = {.ascii = r->ascii};
    char text[YOKE__NAME];
    yoke__table_column(&table, "waiting for", "");
    yoke__table_column(&table, "in region", "");
    yoke__table_column(&table, "times", "yoke");
    yoke__table_column(&table, "threads", "yoke");
    yoke__table_column(&table, "wall", "yoke");
    for (size_t i = 1; i < all->count; i++) {
        const region_row *wait = &all->at[i];
        const yoke_region_node *node = &r->profile->regions[i];
        if (node->activity != YOKE_ACTIVITY_WAIT || !wait->shown) continue;
        yoke__clean_name(node->name, r->ascii, text, sizeof text);
        yoke__table_cell(&table, text);
        yoke__clean_name(r->profile->regions[node->parent].name, r->ascii, text, sizeof text);
        yoke__table_cell(&table, text);
        yoke__table_cell(&table, yoke__count_text(wait->calls, text));
        yoke__table_cell(&table, yoke__count_text((uint64_t)wait->threads, text));
        yoke__table_figure(&table, wait->wall_s, "s");
    }
    if (table.cell_count) yoke__emit_text(&r->emit, "\nwaits by cause\n");
    return yoke__table_write(&table, r->width, &r->emit);
}

int yoke__text_regions(yoke__text_report *r) {
    regions all = {0};
    int status = make(r, &all);
    if (!status) status = write_times(r, &all);
    if (!status) status = write_efficiencies(r, &all);
    if (!status) status = write_waits(r, &all);
    free(all.at);
    free(all.order);
    free(all.values);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of cells.
 */
#include <stdlib.h>

#include "perf/sums.h"

/* ---- validity ---- */

static bool is_below(int index, size_t count) { return index >= 0 && (size_t)index < count; }

static bool regions_hold(const yoke_profile *p) {
    if (!p->region_count || p->regions[0].parent != -1) return false;
    for (size_t i = 0; i < p->region_count; i++) {
        if (i && !is_below(p->regions[i].parent, i)) return false;
        if (!is_below((int)p->regions[i].activity, YOKE_ACTIVITY_WAIT + 1)) return false;
    }
    return true;
}

static bool is_in_order(const yoke_cell *a, const yoke_cell *b) {
    return a->region != b->region ? a->region < b->region : a->thread <= b->thread;
}

static bool cells_hold(const yoke_profile *p) {
    for (size_t i = 0; i < p->cell_count; i++) {
        const yoke_cell *cell = &p->cells[i];
        if (!is_below(cell->region, p->region_count)) return false;
        if (!is_below(cell->thread, p->thread_count)) return false;
        if (p->metric_count && !cell->values) return false;
        if (i && !is_in_order(cell - 1, cell)) return false;
    }
    return true;
}

static bool spans_hold(const yoke_profile *p) {
    for (size_t i = 0; i < p->span_count; i++) {
        if (!is_below(p->spans[i].region, p->region_count)) return false;
        if (!is_below(p->spans[i].thread, p->thread_count)) return false;
    }
    return true;
}

int yoke__profile_check(const yoke_profile *p) {
    if (!p) return yoke_fail(YOKE_EINVAL, "a profile is needed");
    if (!regions_hold(p)) return yoke_fail(YOKE_EINVAL, "the profile's regions are no tree");
    if (!cells_hold(p))
        return yoke_fail(YOKE_EINVAL, "a cell of the profile is out of order or of nothing");
    if (!spans_hold(p)) return yoke_fail(YOKE_EINVAL, "a span of the profile is of nothing");
    return 0;
}

/* ---- adding up ---- */

static bool begins_sum(const yoke_profile *p, size_t cell) {
    return !cell || p->cells[cell].region != p->cells[cell - 1].region ||
           p->cells[cell].thread != p->cells[cell - 1].thread;
}

static int allocate(yoke__sums *sums) {
    const yoke_profile *p = sums->profile;
    for (size_t i = 0; i < p->cell_count; i++) sums->count += begins_sum(p, i);
    size_t values = sums->count * p->metric_count * 2;
    sums->sums = calloc(sums->count ? sums->count : 1, sizeof *sums->sums);
    sums->values = calloc(values ? values : 1, sizeof *sums->values);
    sums->first = calloc(p->region_count + 1, sizeof *sums->first);
    if (!sums->sums || !sums->values || !sums->first) return yoke_fail(YOKE_ENOMEM, NULL);
    return 0;
}

static void begin_sum(yoke__sums *sums, size_t at, size_t cell) {
    const yoke_profile *p = sums->profile;
    yoke__sum *sum = &sums->sums[at];
    sum->region = p->cells[cell].region;
    sum->thread = p->cells[cell].thread;
    sum->first_cell = cell;
    sum->total = sums->values + 2 * at * p->metric_count;
    sum->own = sum->total + p->metric_count;
    for (size_t m = 0; m < p->metric_count; m++) sum->total[m] = YOKE_NOT_MEASURED;
}

/* A rate or ratio of several cells is their mean, weighted by their time. */
static void add_cell(const yoke_profile *p, const yoke_cell *cell, yoke__sum *sum) {
    double before = sum->wall_s, wall = cell->wall_s > 0 ? cell->wall_s : 0;
    sum->calls += cell->calls;
    sum->read += cell->read;
    sum->wall_s += wall;
    sum->self_s += cell->self_s > 0 ? cell->self_s : 0;
    for (size_t m = 0; m < p->metric_count; m++) {
        double value = cell->values[m], *total = &sum->total[m];
        if (p->metrics[m].adds_up || !yoke_is_measured(*total) || !yoke_is_measured(value))
            *total = yoke__add_measured(*total, value);
        else if (sum->wall_s > 0)
            *total = (*total * before + value * wall) / sum->wall_s;
    }
}

static void add_cells(yoke__sums *sums) {
    const yoke_profile *p = sums->profile;
    size_t at = 0, next_region = 0;
    for (size_t i = 0; i < p->cell_count; i++) {
        if (begins_sum(p, i)) {
            while (next_region <= (size_t)p->cells[i].region) sums->first[next_region++] = at;
            begin_sum(sums, at++, i);
        }
        sums->sums[at - 1].end_cell = i + 1;
        add_cell(p, &p->cells[i], &sums->sums[at - 1]);
    }
    while (next_region <= p->region_count) sums->first[next_region++] = at;
}

/* ---- taking apart ---- */

static void take_from_parent(const yoke__sums *sums, const yoke__sum *sum) {
    const yoke_profile *p = sums->profile;
    yoke__sum *parent = yoke__sums_around(sums, sum);
    if (!parent) return;
    for (size_t m = 0; m < p->metric_count; m++) {
        if (p->metrics[m].adds_up && yoke_is_measured(sum->total[m]))
            parent->own[m] -= sum->total[m];
    }
}

static void take_apart(yoke__sums *sums) {
    const yoke_profile *p = sums->profile;
    for (size_t i = 0; i < sums->count; i++) {
        for (size_t m = 0; m < p->metric_count; m++) sums->sums[i].own[m] = sums->sums[i].total[m];
    }
    for (size_t i = 0; i < sums->count; i++) take_from_parent(sums, &sums->sums[i]);
    for (size_t i = 0; i < sums->count; i++) {
        yoke__sum *sum = &sums->sums[i];
        for (size_t m = 0; m < p->metric_count; m++) {
            if (p->metrics[m].adds_up && sum->own[m] < 0) sum->own[m] = 0;
        }
    }
}

int yoke__sums_make(const yoke_profile *profile, yoke__sums *sums) {
    *sums = (yoke__sums){.profile = profile};
    YOKE_TRY(yoke__profile_check(profile));
    YOKE_TRY(allocate(sums));
    add_cells(sums);
    take_apart(sums);
    return yoke__states_set(sums);
}

void yoke__sums_free(yoke__sums *sums) {
    free(sums->sums);
    free(sums->values);
    free(sums->first);
    *sums = (yoke__sums){0};
}

yoke__sum *yoke__sums_find(const yoke__sums *sums, int region, int thread) {
    if (region < 0) return NULL;
    size_t low = sums->first[region], high = sums->first[region + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sums->sums[middle].thread < thread)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < sums->first[region + 1] && sums->sums[low].thread == thread;
    return found ? &sums->sums[low] : NULL;
}

yoke__sum *yoke__sums_around(const yoke__sums *sums, const yoke__sum *sum) {
    int region = sums->profile->regions[sum->region].parent;
    yoke__sum *found = NULL;
    for (; region >= 0 && !found; region = sums->profile->regions[region].parent)
        found = yoke__sums_find(sums, region, sum->thread);
    return found;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rows of an experiment are points of one curve or one sweep, and which laws suit them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/profile.h"
#include "yoke/scaling.h"

/* In weak scaling the size goes along with the threads. */
static size_t own_size(const yoke_experiment *e, const yoke_experiment_row *row) {
    return e->weak && row->threads ? row->size / (size_t)row->threads : row->size;
}

bool yoke_experiment_same_curve(const yoke_experiment *e, const yoke_experiment_row *a,
                                const yoke_experiment_row *b) {
    return a->subject == b->subject && a->affinity == b->affinity && a->grain == b->grain &&
           own_size(e, a) == own_size(e, b);
}

static bool is_point(const yoke_experiment_row *row) {
    return !row->status && row->threads > 0 && yoke_is_measured(row->rate);
}

static bool is_first(const yoke_experiment *e, size_t index) {
    if (!is_point(&e->rows[index])) return false;
    for (size_t i = 0; i < index; i++) {
        if (is_point(&e->rows[i]) && yoke_experiment_same_curve(e, &e->rows[i], &e->rows[index]))
            return false;
    }
    return true;
}

/* A number of threads that stands there twice is taken once. */
static size_t gather(const yoke_experiment *e, size_t first, yoke_scaling_point *points) {
    size_t count = 0;
    for (size_t i = first; i < e->row_count; i++) {
        const yoke_experiment_row *row = &e->rows[i];
        bool known = !is_point(row) || !yoke_experiment_same_curve(e, row, &e->rows[first]);
        for (size_t k = 0; k < count; k++) known |= points[k].threads == row->threads;
        if (known) continue;
        points[count++] = (yoke_scaling_point){.threads = row->threads,
                                               .work = (double)row->items,
                                               .seconds = {row->samples, row->runs}};
    }
    return count;
}

/* A law that does not suit says why, the first of them. */
static int add_fit(yoke_scaling *s, yoke_law law, const yoke_experiment *e,
                   const yoke_scaling_point *points, size_t count) {
    yoke_fit *fit = &s->fits[s->fit_count];
    int status = yoke_fit_law(law, points, count, e->confidence, e->seed, fit);
    if (status == YOKE_ENOMEM) return status;
    if (status < 0) {
        if (!s->refusal[0]) snprintf(s->refusal, sizeof s->refusal, "%s", yoke_error_detail());
        return 0;
    }
    if (s->fit_count && fit->left_out < s->fits[s->best].left_out) s->best = s->fit_count;
    s->fit_count++;
    return 0;
}

static int fit_all(const yoke_experiment *e, yoke_scaling_point *points, yoke_scaling *found,
                   size_t *count) {
    for (size_t i = 0; i < e->row_count; i++) {
        if (!is_first(e, i)) continue;
        size_t n = gather(e, i, points);
        if (n < 2) continue;
        yoke_scaling *s = &found[(*count)++];
        s->row = &e->rows[i];
        YOKE_TRY(add_fit(s, e->weak ? YOKE_LAW_GUSTAFSON : YOKE_LAW_AMDAHL, e, points, n));
        YOKE_TRY(add_fit(s, YOKE_LAW_USL, e, points, n));
    }
    return 0;
}

int yoke_experiment_fit(const yoke_experiment *e, yoke_scaling **all, size_t *count) {
    if (!e || !all || !count) return yoke_fail(YOKE_EINVAL, "no experiment, or no place");
    yoke_scaling *found = calloc(e->row_count + 1, sizeof *found);
    yoke_scaling_point *points = calloc(e->row_count + 1, sizeof *points);
    size_t number = 0;
    int status =
        found && points ? fit_all(e, points, found, &number) : yoke_fail(YOKE_ENOMEM, NULL);
    free(points);
    if (status < 0) {
        free(found);
        return status;
    }
    *all = found;
    *count = number;
    return 0;
}

/* ---- sweeps ---- */

/* Overheads may have times that are not above 0, which are no points. */
static bool same_sweep(const yoke_experiment_row *a, const yoke_experiment_row *b) {
    return !b->status && b->grain > 0 && b->seconds.value > 0 && a->subject == b->subject &&
           a->threads == b->threads && a->affinity == b->affinity;
}

/* The rows of the sweep that begins at `first`; 0 when it began before. */
static size_t gather_sweep(const yoke_experiment *e, size_t first, yoke_experiment_row *to) {
    const yoke_experiment_row *row = &e->rows[first];
    size_t count = 0;
    if (!same_sweep(row, row)) return 0;
    for (size_t i = 0; i < e->row_count; i++) {
        if (!same_sweep(row, &e->rows[i])) continue;
        if (i < first) return 0;
        to[count++] = e->rows[i];
    }
    return count;
}

static int find_all(const yoke_experiment *e, double efficiency, yoke_experiment_row *rows,
                    yoke_metg *found, size_t *count) {
    for (size_t i = 0; i < e->row_count; i++) {
        size_t n = gather_sweep(e, i, rows);
        if (n < 3) continue;
        int status = yoke_metg_find(rows, n, efficiency, e->confidence, e->seed, &found[*count]);
        if (status == YOKE_ERANGE) continue;
        YOKE_TRY(status);
        found[(*count)++].row = &e->rows[i];
    }
    return 0;
}

int yoke_experiment_metg(const yoke_experiment *e, double efficiency, yoke_metg **all,
                         size_t *count) {
    if (!e || !all || !count) return yoke_fail(YOKE_EINVAL, "no experiment, or no place");
    yoke_metg *found = calloc(e->row_count + 1, sizeof *found);
    yoke_experiment_row *rows = calloc(e->row_count + 1, sizeof *rows);
    size_t number = 0;
    int status = found && rows ? find_all(e, efficiency, rows, found, &number)
                               : yoke_fail(YOKE_ENOMEM, NULL);
    free(rows);
    if (status < 0) {
        free(found);
        return status;
    }
    *all = found;
    *count = number;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting spans into columns.
 *
 * A span adds its time to its own activity and takes it from that of the span around it, if there
 * is one: a stack for each thread knows it, as spans come by thread and begin.
 */
#include <stdlib.h>

#include "perf/timeline.h"

typedef struct filling {
    const yoke_profile *profile;
    yoke__timeline *timeline;
    yoke__timeline_rows rows;
    const yoke_span **open; /* that may lie around the next; room for all */
    size_t depth;
} filling;

/* ---- rows ---- */

static int compare_ints(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static int find_cores(const yoke_profile *p, yoke__timeline *timeline) {
    int *cores = malloc((p->span_count ? p->span_count : 1) * sizeof *cores);
    if (!cores) return yoke_fail(YOKE_ENOMEM, NULL);
    size_t count = 0;
    for (size_t i = 0; i < p->span_count; i++) cores[i] = p->spans[i].cpu;
    qsort(cores, p->span_count, sizeof *cores, compare_ints);
    for (size_t i = 0; i < p->span_count; i++) {
        if (!count || cores[i] != cores[count - 1]) cores[count++] = cores[i];
    }
    timeline->labels = cores;
    timeline->rows = count;
    return 0;
}

static size_t row_of(const filling *f, const yoke_span *span) {
    const int *cores = f->timeline->labels;
    if (f->rows == YOKE__ROWS_ALL) return 0;
    if (!cores) return (size_t)span->thread;
    const int *found = bsearch(&span->cpu, cores, f->timeline->rows, sizeof *cores, compare_ints);
    return (size_t)(found - cores);
}

/* ---- columns ---- */

static double seconds_of(const yoke_profile *p) {
    double seconds = p->seconds > 0 ? p->seconds : 0;
    for (size_t i = 0; i < p->span_count; i++) {
        double end = (double)p->spans[i].end_ns * 1e-9;
        if (end > seconds) seconds = end;
    }
    return seconds;
}

/* Adds `sign` times the part of the time in each column. */
static void add_time(filling *f, const yoke_span *span, size_t row, yoke_activity activity,
                     float sign) {
    yoke__timeline *t = f->timeline;
    double begin = (double)span->begin_ns * 1e-9 / t->column_s;
    double end = (double)span->end_ns * 1e-9 / t->column_s;
    if (end > (double)t->columns) end = (double)t->columns;
    for (size_t column = (size_t)begin; column < t->columns && (double)column < end; column++) {
        double from = begin > (double)column ? begin : (double)column;
        double to = end < (double)column + 1 ? end : (double)column + 1;
        float *share = t->shares + (row * t->columns + column) * YOKE__ACTIVITIES + activity;
        *share += sign * (float)(to - from);
    }
}

static bool is_around(const yoke_span *outer, const yoke_span *inner) {
    return outer->thread == inner->thread && outer->begin_ns <= inner->begin_ns &&
           outer->end_ns >= inner->end_ns;
}

static yoke_activity activity_of(const filling *f, const yoke_span *span) {
    return f->profile->regions[span->region].activity;
}

static void add_span(filling *f, const yoke_span *span) {
    size_t row = row_of(f, span);
    if (span->end_ns <= span->begin_ns) return;
    while (f->depth && !is_around(f->open[f->depth - 1], span)) f->depth--;
    if (f->depth) {
        const yoke_span *outer = f->open[f->depth - 1];
        add_time(f, span, row_of(f, outer), activity_of(f, outer), -1);
    }
    add_time(f, span, row, activity_of(f, span), 1);
    f->open[f->depth++] = span;
}

static int fill(filling *f) {
    const yoke_profile *p = f->profile;
    yoke__timeline *t = f->timeline;
    size_t values = t->rows * t->columns * YOKE__ACTIVITIES;
    t->column_s = seconds_of(p) / (double)t->columns;
    t->shares = calloc(values ? values : 1, sizeof *t->shares);
    f->open = malloc((p->span_count ? p->span_count : 1) * sizeof *f->open);
    if (!t->shares || !f->open) {
        free(f->open);
        return yoke_fail(YOKE_ENOMEM, NULL);
    }
    for (size_t i = 0; i < p->span_count && t->column_s > 0; i++) add_span(f, &p->spans[i]);
    free(f->open);
    return 0;
}

int yoke__timeline_make(const yoke_profile *profile, yoke__timeline_rows rows, size_t columns,
                        yoke__timeline *timeline) {
    *timeline = (yoke__timeline){.columns = columns};
    filling f = {.profile = profile, .timeline = timeline, .rows = rows};
    int status = 0;
    timeline->rows = rows == YOKE__ROWS_ALL ? 1 : profile->thread_count;
    if (rows == YOKE__ROWS_CORES) status = find_cores(profile, timeline);
    if (!status) status = fill(&f);
    if (status) yoke__timeline_free(timeline);
    return status;
}

void yoke__timeline_free(yoke__timeline *timeline) {
    free(timeline->labels);
    free(timeline->shares);
    *timeline = (yoke__timeline){0};
}

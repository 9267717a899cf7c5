/* SPDX-License-Identifier: Apache-2.0
 *
 * The parallel merge. Marks of all runs, put in order, cut the lines into ranges of about the same
 * size. A member merges one range of all runs at a time into a buffer of its own, and writes it
 * when the ranges before it are written. In each run a range begins somewhere behind the last mark
 * below it; the lines up to there are read and skipped, which is why a range spans several times as
 * many marks as there are runs. Equal lines are never in two ranges.
 */
#include <stdlib.h>
#include <string.h>

#include "mapreduce/lines_merge.h"
#include "mapreduce/lines_turns.h"
#include "runtime/region.h"

enum {
    FRAMES_A_RUN = 4, /* in a range: so little is read twice */
    FRAME = 1 << 18,  /* bytes of a frame, about */
    STREAM = 1 << 19, /* bytes that a stream takes, about */
};

typedef struct merging {
    const yoke__line_plan *plan;
    const yoke_run *run;
    const yoke__line_marks *marks;
    const yoke__line_run *runs;
    size_t count;
    const yoke__line_mark **bounds; /* of ranges, but for the first one's beginning */
    size_t limit;                   /* bytes that a member gathers */
    yoke__line_turns turns;
    yoke__line_sink *sink;
} merging;

/* What flush needs. */
typedef struct piece {
    merging *all;
    size_t number;
    bool mine; /* it is its turn */
} piece;

/* ---- bounds ---- */

static int compare_marks(const void *a, const void *b, void *plan) {
    const yoke__line_mark *x = *(const yoke__line_mark *const *)a;
    const yoke__line_mark *y = *(const yoke__line_mark *const *)b;
    return yoke__line_mark_compare(plan, x, y->word, y->line);
}

/* Every step-th mark in the order of all, each line once. Returns their number. */
static int choose_bounds(merging *m, size_t step) {
    size_t total = 0, kept = 0;
    for (size_t i = 0; i < m->count; i++) total += m->runs[i].mark_count;
    m->bounds = malloc((total + 1) * sizeof *m->bounds);
    if (!m->bounds) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0, at = 0; i < m->count; i++)
        for (size_t k = 0; k < m->runs[i].mark_count; k++)
            m->bounds[at++] = &m->marks->items[m->runs[i].first_mark + k];
    qsort_r(m->bounds, total, sizeof *m->bounds, compare_marks, (void *)m->plan);
    for (size_t i = step; i < total; i += step) {
        const yoke__line_mark *next = m->bounds[i];
        if (kept && !compare_marks(&m->bounds[kept - 1], &next, (void *)m->plan)) continue;
        m->bounds[kept++] = next;
    }
    return (int)kept;
}

/* ---- a range ---- */

/* Where to begin reading a run for lines from `bound` on: at its last mark below. */
static yoke__line_run run_from(const merging *m, const yoke__line_run *run,
                               const yoke__line_mark *bound) {
    const yoke__line_mark *marks = m->marks->items + run->first_mark;
    yoke__line_run found = *run;
    size_t low = 0, high = bound ? run->mark_count : 0; /* marks below `low` are below the bound */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool below = yoke__line_mark_compare(m->plan, &marks[middle], bound->word, bound->line) < 0;
        if (below)
            low = middle + 1;
        else
            high = middle;
    }
    if (low) found.begin = marks[low - 1].offset;
    return found;
}

static int begin_stream(const merging *m, yoke__line_stream *stream, const yoke__line_run *run,
                        const yoke__line_mark *bound) {
    yoke__line_run from = run_from(m, run, bound);
    YOKE_TRY(yoke__line_stream_open_run(stream, m->plan, &from));
    while (bound && !stream->ended &&
           yoke__line_mark_compare(m->plan, bound, stream->word, stream->line) > 0)
        YOKE_TRY(yoke__line_stream_next(stream, m->plan));
    return YOKE_OK;
}

static int flush(yoke__line_merge *merge) {
    piece *p = merge->ctx;
    if (!p->mine) p->mine = yoke__line_turns_wait(&p->all->turns, p->number);
    if (!p->mine) return yoke_fail(YOKE_ECANCELED, NULL); /* another member has failed */
    return yoke__line_sink_put(p->all->sink, &merge->buffer);
}

static int merge_range(merging *m, yoke__line_merge *merge, size_t number) {
    piece p = {.all = m, .number = number};
    const yoke__line_mark *from = number ? m->bounds[number - 1] : NULL;
    merge->ctx = &p;
    merge->stop = number + 1 < m->turns.count ? m->bounds[number] : NULL;
    merge->buffer.size = 0;
    int status = YOKE_OK;
    for (size_t i = 0; i < m->count && status >= 0; i++)
        status = begin_stream(m, &merge->streams[i], &m->runs[i], from);
    if (status >= 0) status = yoke__line_merge_all(merge);
    if (status >= 0) status = flush(merge);
    yoke__line_turns_end(&m->turns, status);
    merge->ctx = NULL;
    return status;
}

static int run_member(yoke_team *team, int member, void *ctx) {
    merging *m = ctx;
    (void)team, (void)member;
    yoke__line_merge merge = {
        .plan = m->plan, .run = m->run, .count = m->count, .limit = m->limit, .flush = flush};
    merge.streams = calloc(m->count, sizeof *merge.streams);
    int status = merge.streams ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
    if (status < 0) yoke__line_turns_end(&m->turns, status);
    for (size_t number; status >= 0 && yoke__line_turns_take(&m->turns, &number);)
        status = merge_range(m, &merge, number);
    for (size_t i = 0; merge.streams && i < m->count; i++)
        yoke__line_stream_close(&merge.streams[i]);
    free(merge.streams);
    yoke__line_merge_free(&merge);
    return status;
}

/* ---- the merge ---- */

int yoke__line_ranges_merge(const yoke__line_plan *plan, const yoke__line_marks *marks,
                            const yoke__line_run *runs, size_t count, yoke__line_sink *sink,
                            size_t memory, const yoke_run *run) {
    YOKE__REGION("merge lines", YOKE_ACTIVITY_WORK);
    merging m = {
        .plan = plan, .run = run, .marks = marks, .runs = runs, .count = count, .sink = sink};
    size_t step = FRAMES_A_RUN * count, each = count * STREAM + 2 * step * FRAME;
    size_t members = (size_t)yoke__run_members(run, SIZE_MAX);
    if (members * each > memory) members = memory / each;
    if (members < 2) return 0;
    int bounds = choose_bounds(&m, step);
    if (bounds < 1) {
        free(m.bounds);
        return bounds;
    }
    m.limit = 2 * step * FRAME;
    yoke__line_turns_init(&m.turns, (size_t)bounds + 1);
    int status = yoke_team_run((int)members, run_member, &m);
    yoke__line_turns_fini(&m.turns);
    free(m.bounds);
    return status < 0 ? status : 1;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The timeline of a report as text: a line for each thread or core, in which a character shows how
 * much of its time was work.
 */
#include <stdio.h>
#include <string.h>

#include "perf/figure.h"
#include "perf/report_text.h"
#include "perf/timeline.h"

enum { MOST_ROWS = 64, LABEL = 12 };

typedef struct letters {
    const char *work[9]; /* by eighths */
    const char *runtime, *wait, *nothing, *legend;
} letters;

static const letters utf8 = {
    {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
    "~",
    "·",
    " ",
    "▁ to █ work, ~ runtime, · waiting, blank outside of regions",
};
static const letters ascii = {
    {" ", "-", "-", "-", "+", "+", "#", "#", "#"},
    "~",
    ".",
    " ",
    "# work, + half, - little, ~ runtime, . waiting, blank outside of regions",
};

static const char *letter_of(const letters *l, const float shares[YOKE__ACTIVITIES]) {
    float work = shares[YOKE_ACTIVITY_WORK], runtime = shares[YOKE_ACTIVITY_RUNTIME],
          wait = shares[YOKE_ACTIVITY_WAIT];
    int eighths = (int)(work * 8 + 0.5F);
    if (eighths > 0) return l->work[eighths < 8 ? eighths : 8];
    if (runtime < 1.0F / 16 && wait < 1.0F / 16) return l->nothing;
    return runtime > wait ? l->runtime : l->wait;
}

/* Useful time of a thread over that of the run. */
static double useful_share(const yoke__text_report *r, size_t thread) {
    double useful = 0;
    for (size_t i = 0; i < r->sums.count; i++) {
        if ((size_t)r->sums.sums[i].thread == thread) useful += r->sums.sums[i].useful_s;
    }
    return r->profile->seconds > 0 ? useful / r->profile->seconds : YOKE_NOT_MEASURED;
}

static void add_row(yoke__text_report *r, const yoke__timeline *t, size_t row) {
    const letters *l = r->ascii ? &ascii : &utf8;
    char label[32], figure[YOKE__NUMBER];
    int number = t->labels ? t->labels[row] : (int)row;
    snprintf(label, sizeof label, "%s %d", t->labels ? "core" : "thread", number);
    yoke__emit_print(&r->emit, "%-*s|", LABEL, label);
    for (size_t c = 0; c < t->columns; c++)
        yoke__emit_text(&r->emit, letter_of(l, yoke__timeline_at(t, row, c)));
    yoke__emit_text(&r->emit, "|");
    if (!t->labels) {
        double share = useful_share(r, row);
        if (yoke_is_measured(share))
            yoke__emit_print(&r->emit, " %7s", yoke__figure_text(share, "%", figure));
    }
    yoke__emit_text(&r->emit, "\n");
}

static void add_rows(yoke__text_report *r, const yoke__timeline *t) {
    size_t shown = t->rows < MOST_ROWS ? t->rows : MOST_ROWS;
    char length[YOKE__NUMBER];
    yoke__emit_print(&r->emit, "\ntimeline    %s a column%s\n",
                     yoke__figure_text(t->column_s, "s", length),
                     t->labels ? "" : "; behind it, how much of the run was useful");
    for (size_t row = 0; row < shown; row++) add_row(r, t, row);
    if (shown < t->rows) yoke__emit_print(&r->emit, "%zu more are not shown\n", t->rows - shown);
    yoke__emit_print(&r->emit, "%*s%s\n", LABEL, "", r->ascii ? ascii.legend : utf8.legend);
}

int yoke__text_timeline(yoke__text_report *r) {
    enum { AROUND = LABEL + 2 + 8 };
    yoke__timeline timeline;
    if (!r->profile->span_count) return 0;
    YOKE_TRY(yoke__timeline_make(r->profile, r->by_core ? YOKE__ROWS_CORES : YOKE__ROWS_THREADS,
                                 r->width - AROUND, &timeline));
    add_rows(r, &timeline);
    yoke__timeline_free(&timeline);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Two commits, configuration by configuration.
 *
 * A regression is one that both an estimate and a test see: the bootstrap gives the probability
 * that the median has grown by more than the threshold, and the rank test how often chance alone
 * would make runs that much slower. The latter is adjusted for the number of configurations, as
 * among twenty comparisons one has a p-value of 0.05 by chance.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "perf/store.h"

typedef struct side {
    const char *commit; /* NULL: the newest that is not `other` */
    size_t length;
    bool dirty;
    bool measured; /* the query's experiment instead */
} side;

static side side_of(const char *commit) {
    static const char mark[] = "-dirty";
    if (!commit) return (side){.commit = NULL};
    size_t length = strlen(commit), tail = sizeof mark - 1;
    bool dirty = length > tail && strcmp(commit + length - tail, mark) == 0;
    return (side){.commit = commit, .length = dirty ? length - tail : length, .dirty = dirty};
}

static bool is_of(const yoke__stored *s, const side *of) {
    return of->commit && s->dirty == of->dirty && *s->revision &&
           strncmp(s->revision, of->commit, of->length) == 0;
}

static bool same_place(const yoke__stored *a, const yoke__stored *b) {
    return strcmp(a->load, b->load) == 0 && a->size == b->size && a->threads == b->threads &&
           a->affinity == b->affinity && a->grain == b->grain;
}

/* ---- one configuration ---- */

typedef struct pair {
    yoke_samples *before, *after; /* sessions */
    size_t before_count, after_count, before_runs, after_runs;
} pair;

static void add_session(const yoke__stored *s, yoke_samples *to, size_t *count, size_t *runs) {
    to[(*count)++] = (yoke_samples){s->samples, s->count};
    *runs += s->count;
}

/* The experiment, or the newest session that is not of `before`, and those of the same clean
 * commit. */
static bool is_after(const yoke__stored *s, const yoke__stored *newest, const side *before,
                     const side *after) {
    if (after->measured) return s->measured;
    if (after->commit) return is_of(s, after);
    if (!newest || is_of(s, before)) return false;
    if (s == newest) return true;
    return !newest->dirty && !s->dirty && *s->revision &&
           strcmp(s->revision, newest->revision) == 0;
}

/* The results of a configuration: sessions from the newest on. */
static void split(const yoke__stored *all, size_t count, const side *before, const side *after,
                  pair *p) {
    const yoke__stored *newest = NULL;
    p->before_count = p->after_count = p->before_runs = p->after_runs = 0;
    for (size_t i = 0; i < count && !newest; i++) {
        if (!is_of(&all[i], before)) newest = &all[i];
    }
    for (size_t i = 0; i < count; i++) {
        if (is_of(&all[i], before))
            add_session(&all[i], p->before, &p->before_count, &p->before_runs);
        else if (is_after(&all[i], newest, before, after))
            add_session(&all[i], p->after, &p->after_count, &p->after_runs);
    }
}

/* The name of the load moves to the change. */
static int compare(yoke__stored *place, const pair *p, const yoke_results_query *q,
                   yoke_change *to) {
    yoke_comparison back;
    *to = (yoke_change){.size = place->size,
                        .threads = place->threads,
                        .affinity = place->affinity,
                        .grain = place->grain,
                        .before_sessions = p->before_count,
                        .after_sessions = p->after_count,
                        .before_runs = p->before_runs,
                        .after_runs = p->after_runs};
    YOKE_TRY(yoke_stat_compare(p->before, p->before_count, p->after, p->after_count, q->threshold,
                               q->confidence, q->seed, &to->comparison));
    YOKE_TRY(yoke_stat_compare(p->after, p->after_count, p->before, p->before_count, q->threshold,
                               q->confidence, q->seed, &back));
    to->faster = back.probability;
    to->p_slower = to->comparison.ranks.p_greater;
    to->load = place->load;
    place->load = NULL;
    return 0;
}

/* ---- all of them ---- */

static int by_p(const void *a, const void *b) {
    double x = (*(const yoke_change *const *)a)->p_slower;
    double y = (*(const yoke_change *const *)b)->p_slower;
    return (x > y) - (x < y);
}

/* The least of m p-values counts m times, the next m - 1 times, and none is less than the one
 * before (Holm, "A simple sequentially rejective multiple test procedure", 1979). */
static int adjust(yoke_changes *c, double confidence) {
    yoke_change **sorted = malloc((c->count + 1) * sizeof *sorted);
    if (!sorted) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < c->count; i++) sorted[i] = &c->all[i];
    qsort(sorted, c->count, sizeof(yoke_change *), by_p);
    double least = 0;
    for (size_t i = 0; i < c->count; i++) {
        least = fmin(1, fmax(least, (double)(c->count - i) * sorted[i]->p_slower));
        sorted[i]->p_slower = least;
        sorted[i]->regression =
            sorted[i]->comparison.probability >= confidence && least <= 1 - confidence;
        c->regressions += sorted[i]->regression;
    }
    free(sorted);
    return 0;
}

static int nothing(const yoke_results_query *q, bool before) {
    if (before) return yoke_fail(YOKE_ENOENT, "no results of '%s' are kept", q->before);
    if (q->measured) return yoke_fail(YOKE_ENOENT, "nothing was measured that can be compared");
    if (q->after) return yoke_fail(YOKE_ENOENT, "no results of '%s' are kept", q->after);
    return yoke_fail(YOKE_ENOENT, "no results newer or other than those of '%s' are kept",
                     q->before);
}

typedef struct totals {
    bool before, after;
} totals;

static int compare_all(yoke__stored_list *list, const yoke_results_query *q, pair *p,
                       yoke_changes *c, totals *seen) {
    side before = side_of(q->before), after = side_of(q->after);
    after.measured = q->measured != NULL;
    for (size_t i = 0, end; i < list->count; i = end) {
        yoke__stored *place = &list->all[i];
        for (end = i + 1; end < list->count && same_place(place, &list->all[end]);) end++;
        split(place, end - i, &before, &after, p);
        seen->before |= p->before_count > 0;
        seen->after |= p->after_count > 0;
        if (q->measured && !p->after_count) continue; /* nobody asked for it */
        c->alone += (p->before_count > 0) != (p->after_count > 0);
        if (!p->before_count || !p->after_count) continue;
        int status = compare(place, p, q, &c->all[c->count]);
        if (status == YOKE_EINVAL) continue; /* overheads that are not above 0 */
        YOKE_TRY(status);
        c->count++;
    }
    return 0;
}

int yoke__stored_compare(yoke__stored_list *list, const yoke_results_query *query,
                         yoke_changes *changes) {
    yoke_results_query q = *query;
    if (q.threshold == 0) q.threshold = 0.05;
    if (q.confidence == 0) q.confidence = 0.95;
    totals seen = {false, false};
    yoke_changes c = {.all = calloc(list->count + 1, sizeof *c.all)};
    pair p = {.before = calloc(list->count + 1, sizeof *p.before),
              .after = calloc(list->count + 1, sizeof *p.after)};
    int status = c.all && p.before && p.after ? compare_all(list, &q, &p, &c, &seen)
                                              : yoke_fail(YOKE_ENOMEM, NULL);
    if (!status && !(seen.before && seen.after)) status = nothing(&q, !seen.before);
    if (!status) status = adjust(&c, q.confidence);
    free(p.before);
    free(p.after);
    if (status < 0) {
        yoke_changes_free(&c);
        return status;
    }
    *changes = c;
    return 0;
}

void yoke_changes_free(yoke_changes *changes) {
    if (!changes) return;
    for (size_t i = 0; i < changes->count; i++) free((void *)changes->all[i].load);
    free(changes->all);
    *changes = (yoke_changes){.count = 0};
}

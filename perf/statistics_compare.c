/* SPDX-License-Identifier: Apache-2.0
 *
 * Two samples by the ratio of their medians: a bootstrap with sessions at its first level.
 */
#include <stdlib.h>
#include <string.h>

#include "perf/statistics.h"

enum { RESAMPLES = 2000 };

/* All samples of one side, and room for one that is drawn. */
typedef struct side {
    const yoke_samples *sessions;
    size_t count;
    yoke_samples all;
    double *values, *drawn;
    size_t room; /* of drawn */
} side;

static int check_side(const yoke_samples *sessions, size_t count, side *s) {
    size_t longest = 0;
    *s = (side){.sessions = sessions, .count = count};
    if (!sessions || !count) return yoke_fail(YOKE_EINVAL, "no samples");
    for (size_t i = 0; i < count; i++) {
        YOKE_TRY(yoke__stat_check(sessions[i], 1));
        for (size_t k = 0; k < sessions[i].count; k++) {
            if (!(sessions[i].values[k] > 0))
                return yoke_fail(YOKE_EINVAL, "a sample is not above 0");
        }
        s->all.count += sessions[i].count;
        longest = sessions[i].count > longest ? sessions[i].count : longest;
    }
    s->room = longest * count;
    return 0;
}

static int open_side(const yoke_samples *sessions, size_t count, side *s) {
    YOKE_TRY(check_side(sessions, count, s));
    s->values = malloc(s->all.count * sizeof *s->values);
    s->drawn = malloc(s->room * sizeof *s->drawn);
    if (!s->values || !s->drawn) return yoke_fail(YOKE_ENOMEM, NULL);
    double *to = s->values;
    for (size_t i = 0; i < count; i++) {
        memcpy(to, sessions[i].values, sessions[i].count * sizeof *to);
        to += sessions[i].count;
    }
    s->all.values = s->values;
    return 0;
}

static void close_side(side *s) {
    free(s->values);
    free(s->drawn);
}

static double draw_median(side *s, yoke__draws *draws) {
    if (s->count == 1) return yoke__stat_draw_median(s->all, draws, s->drawn);
    size_t size = 0;
    for (size_t i = 0; i < s->count; i++) {
        yoke_samples one = s->sessions[yoke_random_below(draws->random, draws->next++, s->count)];
        for (size_t k = 0; k < one.count; k++) {
            s->drawn[size++] =
                one.values[yoke_random_below(draws->random, draws->next++, one.count)];
        }
    }
    yoke__stat_sort(s->drawn, size);
    return yoke__stat_at(s->drawn, size, 0.5);
}

static int bootstrap(side *a, side *b, double threshold, double confidence, uint64_t seed,
                     yoke_comparison *to) {
    double ratios[RESAMPLES], median_a, median_b;
    yoke__draws draws = {.random = {.seed = seed, .stream = 0}};
    int above = 0;
    YOKE_TRY(yoke_stat_quantile(a->all, 0.5, &median_a));
    YOKE_TRY(yoke_stat_quantile(b->all, 0.5, &median_b));
    for (int i = 0; i < RESAMPLES; i++) {
        double before = draw_median(a, &draws);
        ratios[i] = draw_median(b, &draws) / before;
        above += ratios[i] > 1 + threshold;
    }
    yoke__stat_sort(ratios, RESAMPLES);
    to->ratio = yoke__stat_middle(median_b / median_a, ratios, RESAMPLES, confidence);
    to->probability = (double)above / RESAMPLES;
    return yoke_stat_rank_test(a->all, b->all, &to->ranks);
}

int yoke_stat_compare(const yoke_samples *a, size_t a_sessions, const yoke_samples *b,
                      size_t b_sessions, double threshold, double confidence, uint64_t seed,
                      yoke_comparison *comparison) {
    if (!comparison || !(confidence > 0 && confidence < 1) || !(threshold > -1)) {
        return yoke_fail(YOKE_EINVAL, "a threshold or confidence is not valid");
    }
    side before, after = {0};
    yoke_comparison found;
    int status = open_side(a, a_sessions, &before);
    if (!status) status = open_side(b, b_sessions, &after);
    if (!status) status = bootstrap(&before, &after, threshold, confidence, seed, &found);
    close_side(&before);
    close_side(&after);
    if (!status) *comparison = found;
    return status;
}

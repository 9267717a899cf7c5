/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest task that is still efficient.
 */
#include <math.h>
#include <stdlib.h>

#include "perf/statistics.h"
#include "yoke/profile.h"
#include "yoke/scaling.h"

enum { RESAMPLES = 500 };

/* One grain of the sweep. */
typedef struct grain {
    double work; /* seconds of work in all tasks: items times grain */
    double tasks, threads;
    yoke_samples samples;
    double grain;
    double time; /* of a run: the median, or one that was drawn */
} grain;

static int coarsest_first(const void *a, const void *b) {
    double x = ((const grain *)a)->grain, y = ((const grain *)b)->grain;
    return (x < y) - (x > y);
}

static double task_seconds(const grain *g) { return g->threads * g->time / g->tasks; }

/* The finest grain that is efficient, towards the next finer one. Not measured: that is the finest
 * of all, or none is efficient. A coarse grain that was disturbed does not matter. */
static double crossing(const grain *grains, size_t count, double bound) {
    double best = 0, below = 0, below_task = 0;
    for (size_t i = 0; i < count; i++) best = fmax(best, grains[i].work / grains[i].time);
    for (size_t i = count; i-- > 0;) {
        double efficiency = grains[i].work / grains[i].time / best, task = task_seconds(&grains[i]);
        if (efficiency >= bound) {
            if (i + 1 == count) return YOKE_NOT_MEASURED;
            double part = log(efficiency / bound) / log(efficiency / below);
            return exp(log(task) + part * (log(below_task) - log(task)));
        }
        below = efficiency;
        below_task = task;
    }
    return YOKE_NOT_MEASURED;
}

static int fill(const yoke_experiment_row *rows, size_t count, grain *grains) {
    for (size_t i = 0; i < count; i++) {
        const yoke_experiment_row *r = &rows[i];
        if (r->status || !(r->grain > 0) || !(r->seconds.value > 0) || !r->items)
            return yoke_fail(YOKE_EINVAL, "a row without grain or figures");
        grains[i] = (grain){.work = (double)r->items * r->grain,
                            .tasks = (double)r->items,
                            .threads = r->threads > 0 ? r->threads : 1,
                            .samples = {r->samples, r->runs},
                            .grain = r->grain,
                            .time = r->seconds.value};
    }
    qsort(grains, count, sizeof *grains, coarsest_first);
    size_t different = 1;
    for (size_t i = 1; i < count; i++) different += grains[i].grain != grains[i - 1].grain;
    if (different < 3) return yoke_fail(YOKE_ERANGE, "a sweep needs three different grains");
    return 0;
}

/* The crossings of resamples, sorted. Where the finest grain came out as efficient, too, the
 * crossing is below that, and its task stands for it. */
static int resample(grain *grains, size_t count, double bound, uint64_t seed, double *found) {
    yoke__draws draws = {.random = {.seed = seed, .stream = 3}};
    size_t most = 1;
    for (size_t i = 0; i < count; i++)
        most = grains[i].samples.count > most ? grains[i].samples.count : most;
    double *room = malloc(most * sizeof *room);
    if (!room) return yoke_fail(YOKE_ENOMEM, NULL);
    for (int r = 0; r < RESAMPLES; r++) {
        for (size_t i = 0; i < count; i++)
            grains[i].time = yoke__stat_draw_median(grains[i].samples, &draws, room);
        double at = crossing(grains, count, bound);
        found[r] = yoke_is_measured(at) ? at : task_seconds(&grains[count - 1]);
    }
    free(room);
    yoke__stat_sort(found, RESAMPLES);
    return 0;
}

static int find(grain *grains, size_t count, double confidence, uint64_t seed, yoke_metg *m) {
    double found[RESAMPLES], at = crossing(grains, count, m->efficiency);
    double least = task_seconds(&grains[count - 1]);
    m->seconds = (yoke_estimate){at, at, at, confidence};
    m->bound = yoke_is_measured(at) ? YOKE_NOT_MEASURED : least;
    if (!yoke_is_measured(at)) return 0;
    YOKE_TRY(resample(grains, count, m->efficiency, seed, found));
    m->seconds = yoke__stat_middle(at, found, RESAMPLES, confidence);
    return 0;
}

int yoke_metg_find(const yoke_experiment_row *rows, size_t count, double efficiency,
                   double confidence, uint64_t seed, yoke_metg *metg) {
    if (!rows || !metg || !count || !(efficiency > 0 && efficiency < 1) ||
        !(confidence > 0 && confidence < 1))
        return yoke_fail(YOKE_EINVAL, "no rows, or an efficiency that is not between 0 and 1");
    grain *grains = malloc(count * sizeof *grains);
    if (!grains) return yoke_fail(YOKE_ENOMEM, NULL);
    yoke_metg m = {.row = rows, .efficiency = efficiency};
    int status = fill(rows, count, grains);
    if (!status) status = find(grains, count, confidence, seed, &m);
    free(grains);
    if (!status) *metg = m;
    return status;
}

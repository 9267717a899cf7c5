/* SPDX-License-Identifier: Apache-2.0
 *
 * Useful and transfer time of regions, from the clocks of the kernel where they were read.
 *
 * The kernel's clocks are read for long calls only (yoke/measure.h). What short calls used is in
 * the figure of the region around, and is shared out here: what its measured regions inside leave
 * of it goes to its own self time and to the unread regions inside, in proportion to their wall
 * time. So the useful times inside a region add up to its CPU time at most, however short the
 * calls, and a thread that was driven off its processor does not look busier for it. Unread waits
 * get nothing.
 */
#include <stdlib.h>

#include "perf/sums.h"
#include "yoke/measure.h"

typedef struct clocks {
    double cpu, queue;           /* with the regions inside; or not measured */
    double read_cpu, read_queue; /* of the regions inside that were read */
    double unread;               /* wall time of those that were not, waits apart */
    double running, queued;      /* of a second that is shared out; or not measured */
} clocks;

enum { READ_ENOUGH = 4 }; /* one call in so many stands for all */

static double within(double value, double most) {
    return value < 0 ? 0 : value < most ? value : most;
}

/* A figure of the calls that were read, for all calls. */
static double for_all(const yoke__sum *sum, int metric) {
    if (metric < 0) return YOKE_NOT_MEASURED;
    double value = sum->total[metric];
    if (sum->read == 0 || sum->read >= sum->calls) return value;
    if (sum->read < sum->calls / READ_ENOUGH) return YOKE_NOT_MEASURED;
    return within(value * (double)sum->calls / (double)sum->read, sum->wall_s);
}

static yoke_activity activity_of(const yoke__sums *sums, const yoke__sum *sum) {
    return sums->profile->regions[sum->region].activity;
}

static clocks *clocks_around(const yoke__sums *sums, const yoke__sum *sum, clocks *all) {
    const yoke__sum *found = yoke__sums_around(sums, sum);
    return found ? &all[found - sums->sums] : NULL;
}

/* Outside of all regions only the thread that began the measurement is known to work: others may
 * spin or sleep there. */
static bool is_outside(const yoke__sum *sum) { return sum->region == 0 && sum->thread != 0; }

/* Self time that takes no part in what is shared out. */
static bool is_waiting(const yoke__sums *sums, const yoke__sum *sum) {
    return is_outside(sum) || activity_of(sums, sum) == YOKE_ACTIVITY_WAIT;
}

static void tell_parent(const yoke__sums *sums, const yoke__sum *sum, clocks *all) {
    const clocks *mine = &all[sum - sums->sums];
    clocks *parent = clocks_around(sums, sum, all);
    if (!parent) return;
    if (yoke_is_measured(mine->cpu)) {
        parent->read_cpu += mine->cpu;
        parent->read_queue += yoke__add_measured(0, mine->queue);
    } else if (activity_of(sums, sum) != YOKE_ACTIVITY_WAIT) {
        parent->unread += sum->wall_s;
    }
}

/* What the region around has for one that was not read. */
static void ask_parent(const yoke__sums *sums, const yoke__sum *sum, clocks *all) {
    clocks *mine = &all[sum - sums->sums];
    const clocks *parent = clocks_around(sums, sum, all);
    if (!parent || yoke_is_measured(mine->cpu)) return;
    bool waits = activity_of(sums, sum) == YOKE_ACTIVITY_WAIT;
    mine->cpu = waits ? 0 : sum->wall_s * parent->running;
    mine->queue = waits ? 0 : sum->wall_s * parent->queued;
}

/* How much of a second of self time, or of unread regions inside, ran and queued. */
static void share_out(const yoke__sums *sums, const yoke__sum *sum, clocks *mine) {
    double own = is_waiting(sums, sum) ? 0 : sum->self_s;
    double wall = own + mine->unread;
    mine->running = mine->queued = YOKE_NOT_MEASURED;
    if (!yoke_is_measured(mine->cpu)) return;
    mine->running = wall > 0 ? within((mine->cpu - mine->read_cpu) / wall, 1) : 0;
    if (yoke_is_measured(mine->queue))
        mine->queued =
            wall > 0 ? within((mine->queue - mine->read_queue) / wall, 1 - mine->running) : 0;
}

static void set_states(const yoke__sums *sums, yoke__sum *sum, const clocks *mine) {
    yoke_activity activity = activity_of(sums, sum);
    if (activity == YOKE_ACTIVITY_RUNTIME) {
        sum->transfer_s = sum->self_s;
        return;
    }
    if (!is_waiting(sums, sum))
        sum->useful_s = yoke_is_measured(mine->running) ? sum->self_s * mine->running : sum->self_s;
    double queued = yoke_is_measured(mine->queued) ? sum->self_s * mine->queued : 0;
    if (is_waiting(sums, sum) && yoke_is_measured(mine->queue))
        queued = mine->queue - mine->read_queue - mine->unread * mine->queued;
    sum->transfer_s = within(queued, sum->self_s - sum->useful_s);
}

int yoke__states_set(const yoke__sums *sums) {
    int cpu = yoke_profile_metric(sums->profile, YOKE_METRIC_CPU_TIME);
    int queue = yoke_profile_metric(sums->profile, YOKE_METRIC_QUEUE_WAIT);
    clocks *all = calloc(sums->count ? sums->count : 1, sizeof *all);
    if (!all) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < sums->count; i++) {
        all[i].cpu = for_all(&sums->sums[i], cpu);
        all[i].queue = for_all(&sums->sums[i], queue);
    }
    for (size_t i = 0; i < sums->count; i++) tell_parent(sums, &sums->sums[i], all);
    for (size_t i = 0; i < sums->count; i++) { /* parents come first */
        ask_parent(sums, &sums->sums[i], all);
        share_out(sums, &sums->sums[i], &all[i]);
        set_states(sums, &sums->sums[i], &all[i]);
    }
    free(all);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Regions: which part of a program the time went to, on which threads, and how much of it waited.
 *
 * Two phases are measured: one whose work is dealt out evenly, and one in which the last member has
 * four times as much to do. Printed are counts; with an argument also times, of all threads
 * together.
 */
#include <stdbool.h>
#include <stdio.h>

#include "yoke/measure.h"
#include "yoke/region.h"
#include "yoke/team.h"

enum { MEMBERS = 2, STEPS = 1 << 20 };

static double results[MEMBERS][16]; /* each on lines of its own */

static void step(double *x, long n) {
    for (long i = 0; i < n; i++) *x = *x * 0.999999 + 1;
    yoke_region_work(2.0 * (double)n, 0);
}

static int run_part(yoke_team *team, int member, void *ctx) {
    bool skewed = ctx, last = member + 1 == yoke_team_size(team);
    const char *name = skewed ? "skewed part" : "even part";
    yoke_region_begin(name);
    step(results[member], skewed && last ? 4 * STEPS : STEPS);
    yoke_region_end(name);
    return YOKE_OK;
}

static int work(void) {
    yoke_region_begin("phases");
    int status = yoke_team_run(MEMBERS, run_part, NULL);
    if (status >= 0) status = yoke_team_run(MEMBERS, run_part, results);
    yoke_region_end("phases");
    return status;
}

static bool is_leaf(const yoke_profile *p, int region) {
    for (size_t i = 0; i < p->region_count; i++) {
        if (p->regions[i].parent == region) return false;
    }
    return true;
}

static void print_region(const yoke_profile *p, int region, bool times) {
    unsigned long long calls = 0;
    double wall = 0, flops = 0;
    int column = yoke_profile_metric(p, YOKE_METRIC_FLOPS), depth = 0;
    for (size_t i = 0; i < p->cell_count; i++) {
        const yoke_cell *cell = &p->cells[i];
        if (cell->region != region) continue;
        calls += cell->calls;
        wall += cell->wall_s;
        if (yoke_is_measured(cell->values[column])) flops += cell->values[column];
    }
    for (int at = region; p->regions[at].parent >= 0; at = p->regions[at].parent) depth++;
    printf("%*s%s: %llu calls", 2 * depth, "", p->regions[region].name, calls);
    if (flops > 0 && is_leaf(p, region)) printf(", %.0f operations", flops);
    printf(times ? ", %.6f s\n" : "\n", wall);
}

int main(int argc, char **argv) {
    (void)argv;
    yoke_profile *profile;
    int status = yoke_measure_start(NULL);
    if (status >= 0) status = work();
    if (status >= 0) status = yoke_measure_stop(&profile);
    if (status < 0) return fprintf(stderr, "%s\n", yoke_error_detail()), 1;
    for (int i = 1; i < (int)profile->region_count; i++) print_region(profile, i, argc > 1);
    yoke_profile_destroy(profile);
    return 0;
}

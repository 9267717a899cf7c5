/* SPDX-License-Identifier: Apache-2.0
 *
 * Measuring the roof: the loads of STREAM on one set of arrays and likwid-bench's loop beside them,
 * and the loop of flops on a team.
 */
#include "perf/roof.h"

#include <math.h>
#include <string.h>

#include "perf/load.h"
#include "runtime/clock.h"
#include "yoke/team.h"

static int check_cancel(const yoke_run *run) {
    return yoke_cancel_requested(run->cancel) ? yoke_fail(YOKE_ECANCELED, NULL) : YOKE_OK;
}

static double now(void) { return yoke__seconds(CLOCK_MONOTONIC); }

/* ---- bytes ---- */

/* The best of the repeats within some seconds, two at least. */
static int try_load(const yoke_load *load, yoke_load_run *run, double seconds, yoke_roof *roof) {
    double end = now() + seconds;
    for (int i = 0; i < 2 || now() < end; i++) {
        YOKE_TRY(check_cancel(run->run));
        double begin = now();
        YOKE_TRY(load->repeat(run));
        double rate = load->bytes * (double)run->items / (now() - begin);
        if (rate <= roof->bytes) continue;
        roof->bytes = rate;
        roof->bytes_by = load->name;
    }
    return YOKE_OK;
}

/* All of them work on the arrays of the triad. */
static int measure_bytes(const yoke_run *run, double seconds, yoke_roof *roof) {
    const yoke_load *triad = yoke_load_find("stream_triad");
    yoke_load_run with = {.size = triad->size, .run = run};
    int status = triad->prepare(&with);
    for (const yoke_load *load = yoke__loads_stream; load->name && !status; load++)
        if (!strncmp(load->name, "stream_", 7)) status = try_load(load, &with, seconds / 5, roof);
    triad->finish(&with);
    return status;
}

/* likwid-bench's loop for the most bandwidth is a load, too, and counted as STREAM's triad is. That
 * it is not there, or fails, only means that it raises nothing. */
static int raise_bytes(const yoke_run *run, yoke_roof *roof) {
    const yoke_load *load = yoke_load_find("likwid_stream_mem");
    int members = run->threads ? run->threads : yoke_team_default_size();
    double bandwidth;
    YOKE_TRY(check_cancel(run));
    size_t bytes = (size_t)(load->bytes * (double)load->size);
    int status = yoke__roof_likwid("stream_mem", bytes, members, &bandwidth);
    if (status < 0 || bandwidth <= roof->bytes) return YOKE_OK;
    roof->bytes = bandwidth;
    roof->bytes_by = load->name;
    return YOKE_OK;
}

/* ---- flops ---- */

typedef struct flops_run {
    const yoke__peak *peak;
    size_t steps;
} flops_run;

static int run_peak(yoke_team *team, int member, void *ctx) {
    const flops_run *f = ctx;
    (void)team, (void)member;
    volatile double keep = f->peak->run(f->steps);
    (void)keep;
    return YOKE_OK;
}

static int measure_flops(const yoke_run *run, double seconds, yoke_roof *roof) {
    int members = run->threads ? run->threads : yoke_team_default_size();
    flops_run f = {.peak = yoke__peak_in_use(), .steps = 1 << 20};
    double end = now() + seconds;
    for (int i = 0; i < 2 || now() < end; i++) {
        YOKE_TRY(check_cancel(run));
        double begin = now();
        YOKE_TRY(yoke_team_run(members, run_peak, &f));
        double rate = f.peak->flops * (double)f.steps * members / (now() - begin);
        roof->flops = fmax(roof->flops, rate);
    }
    roof->flops_by = f.peak->name;
    return YOKE_OK;
}

int yoke_roof_measure(const yoke_run *run, double seconds, yoke_roof *roof) {
    yoke_run with = run ? *run : (yoke_run){0};
    if (!roof) return yoke_fail(YOKE_EINVAL, "roof: no place for it");
    if (with.threads < 0 || !(seconds >= 0)) return yoke_fail(YOKE_EINVAL, "roof: below zero");
    if (seconds == 0) seconds = 1;
    yoke_roof found = {0};
    YOKE_TRY(measure_bytes(&with, seconds * 0.75, &found));
    YOKE_TRY(measure_flops(&with, seconds * 0.25, &found));
    YOKE_TRY(raise_bytes(&with, &found));
    *roof = found;
    return YOKE_OK;
}

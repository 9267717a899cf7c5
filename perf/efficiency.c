/* SPDX-License-Identifier: Apache-2.0
 *
 * POP efficiencies for threads that share memory. Definitions and sources are in yoke/report.h; the
 * names T, B, F, D, Q, U and X here are those of its formulas.
 */
#include <stdlib.h>

#include "perf/efficiency.h"

static double greater(double a, double b) { return a > b ? a : b; }

/* Parents come before their children: sizes are added up from the end, and from the begin on each
 * region's place is behind its parent and the siblings that have theirs. */
static void set_order(const yoke_profile *p, yoke__scope *scope, size_t *next) {
    for (size_t i = 0; i < p->region_count; i++) scope->size[i] = 1;
    for (size_t i = p->region_count; i-- > 1;) scope->size[p->regions[i].parent] += scope->size[i];
    for (size_t i = 0; i < p->region_count; i++) {
        size_t *from = i ? &next[p->regions[i].parent] : next;
        scope->place[i] = i ? *from : 0;
        *from += scope->size[i];
        next[i] = scope->place[i] + 1;
        scope->order[scope->place[i]] = (int)i;
    }
}

int yoke__scope_make(const yoke__sums *sums, yoke__scope *scope) {
    const yoke_profile *p = sums->profile;
    *scope = (yoke__scope){.sums = sums};
    scope->order = calloc(p->region_count, sizeof *scope->order);
    scope->place = calloc(p->region_count, sizeof *scope->place);
    scope->size = calloc(p->region_count, sizeof *scope->size);
    scope->alone = calloc(p->region_count, sizeof *scope->alone);
    scope->shares = calloc(p->thread_count ? p->thread_count : 1, sizeof *scope->shares);
    size_t *next = calloc(p->region_count, sizeof *next);
    bool whole = scope->order && scope->place && scope->size && scope->alone && scope->shares;
    if (whole && next) set_order(p, scope, next);
    free(next);
    if (whole && next) return 0;
    yoke__scope_free(scope);
    return yoke_fail(YOKE_ENOMEM, NULL);
}

void yoke__scope_free(yoke__scope *scope) {
    free(scope->order);
    free(scope->place);
    free(scope->size);
    free(scope->alone);
    free(scope->shares);
    *scope = (yoke__scope){0};
}

/* ---- the threads' states ---- */

static void add_state(const yoke_profile *p, const yoke__sum *sum, yoke__share *share) {
    yoke_activity activity = p->regions[sum->region].activity;
    share->seen = true;
    share->total += sum->self_s;
    share->useful += sum->useful_s;
    share->transfer += sum->transfer_s;
    if (activity != YOKE_ACTIVITY_RUNTIME) share->queued += sum->transfer_s;
    if (activity == YOKE_ACTIVITY_WAIT) share->waiting += sum->self_s - sum->transfer_s;
}

static void add_states(yoke__scope *scope) {
    const yoke__sums *sums = scope->sums;
    for (size_t i = 0; i < sums->profile->thread_count; i++) scope->shares[i] = (yoke__share){0};
    for (const int *r = yoke__scope_first(scope); r < yoke__scope_end(scope); r++) {
        for (size_t i = sums->first[*r]; i < sums->first[*r + 1]; i++)
            add_state(sums->profile, &sums->sums[i], &scope->shares[sums->sums[i].thread]);
    }
}

/* T: of the whole run its seconds, and never less than what a thread did. */
static void set_elapsed(yoke__scope *scope) {
    const yoke_profile *p = scope->sums->profile;
    double elapsed = !scope->region && p->seconds > 0 ? p->seconds : 0;
    scope->threads = 0;
    for (size_t i = 0; i < p->thread_count; i++) {
        const yoke__share *share = &scope->shares[i];
        scope->threads += share->seen;
        elapsed = greater(elapsed, share->total);
        elapsed = greater(elapsed, share->useful + share->transfer);
    }
    scope->elapsed = elapsed;
}

/* ---- serial work ---- */

/* Finds out whether one thread did nearly all of a region, and adds it to that thread's share. */
static void add_serial(yoke__scope *scope, int region) {
    const yoke__sums *sums = scope->sums;
    const yoke__sum *most = NULL;
    double all = 0;
    for (size_t i = sums->first[region]; i < sums->first[region + 1]; i++) {
        const yoke__sum *sum = &sums->sums[i];
        all += sum->useful_s;
        if (!most || sum->useful_s > most->useful_s) most = sum;
    }
    scope->alone[region] = scope->threads > 1 && all > 0 && most->useful_s >= 0.99 * all;
    if (scope->alone[region]) scope->shares[most->thread].serial += most->useful_s;
}

/* A thread was alone for no longer than the others' useful time leaves. */
static void cap_serial(yoke__scope *scope) {
    size_t count = scope->sums->profile->thread_count, first = 0;
    double most = 0, second = 0; /* useful times */
    for (size_t i = 0; i < count; i++) {
        double useful = scope->shares[i].useful;
        if (useful > most) {
            second = most;
            most = useful;
            first = i;
        } else {
            second = greater(second, useful);
        }
    }
    double before = 0, kept = 0;
    for (size_t i = 0; i < count; i++) {
        yoke__share *share = &scope->shares[i];
        double room = scope->elapsed - (i == first ? second : most);
        before += share->serial;
        if (share->serial > room) share->serial = room;
        kept += share->serial;
    }
    scope->serial = kept;
    scope->serial_kept = before > 0 ? kept / before : 0;
}

static void find_serial(yoke__scope *scope) {
    for (const int *r = yoke__scope_first(scope); r < yoke__scope_end(scope); r++)
        add_serial(scope, *r);
    cap_serial(scope);
}

/* ---- the shorter runs ---- */

/* D: the steadiest thread waited for one that had no processor. */
static void set_delay(yoke__scope *scope) {
    double queued = 0;
    scope->delayer = -1;
    for (size_t i = 0; i < scope->sums->profile->thread_count; i++) {
        if ((int)i == scope->steadiest || scope->shares[i].queued <= queued) continue;
        queued = scope->shares[i].queued;
        scope->delayer = (int)i;
    }
    double waiting = scope->shares[scope->steadiest].waiting;
    scope->delay = queued < waiting ? queued : waiting;
}

/* B and F. */
static void set_runs(yoke__scope *scope) {
    double shared = -1, busy = -1; /* greatest U without Q; greatest U + X */
    for (size_t i = 0; i < scope->sums->profile->thread_count; i++) {
        const yoke__share *share = &scope->shares[i];
        if (!share->seen) continue;
        if (share->useful - share->serial > shared) {
            shared = share->useful - share->serial;
            scope->busiest = (int)i;
        }
        if (share->useful + share->transfer > busy) {
            busy = share->useful + share->transfer;
            scope->steadiest = (int)i;
        }
    }
    scope->without_serial = scope->serial / scope->threads + shared;
    set_delay(scope);
    double lost = scope->shares[scope->steadiest].transfer + scope->delay;
    scope->without_transfer = greater(scope->without_serial, scope->elapsed - lost);
}

static void set_factors(const yoke__scope *scope, yoke_efficiency *e) {
    double sum = 0;
    for (size_t i = 0; i < scope->sums->profile->thread_count; i++) {
        sum += scope->shares[i].useful;
        e->useful_max_s = greater(e->useful_max_s, scope->shares[i].useful);
    }
    e->useful_mean_s = sum / scope->threads;
    e->parallel = e->useful_mean_s / scope->elapsed;
    e->transfer = scope->without_transfer / scope->elapsed;
    e->serialisation = e->load_balance = 1;
    if (scope->without_transfer > 0)
        e->serialisation = scope->without_serial / scope->without_transfer;
    if (scope->without_serial > 0) e->load_balance = e->useful_mean_s / scope->without_serial;
}

void yoke__scope_read(yoke__scope *scope, int region, yoke_efficiency *efficiency) {
    scope->region = region;
    add_states(scope);
    set_elapsed(scope);
    *efficiency = (yoke_efficiency){
        .threads = scope->threads,
        .elapsed_s = scope->elapsed,
        .useful_mean_s = 0,
        .parallel = YOKE_NOT_MEASURED,
        .load_balance = YOKE_NOT_MEASURED,
        .serialisation = YOKE_NOT_MEASURED,
        .transfer = YOKE_NOT_MEASURED,
        .limit_region = -1,
    };
    if (scope->threads && scope->elapsed > 0) {
        find_serial(scope);
        set_runs(scope);
        set_factors(scope, efficiency);
    }
    yoke__limit_read(scope, efficiency);
}

int yoke_efficiency_read(const yoke_profile *profile, int region, yoke_efficiency *efficiency) {
    yoke__sums sums;
    yoke__scope scope = {0};
    int status = yoke__sums_make(profile, &sums);
    if (!status && (region < 0 || (size_t)region >= profile->region_count))
        status = yoke_fail(YOKE_EINVAL, "the profile has no region %d", region);
    if (!status && !efficiency) status = yoke_fail(YOKE_EINVAL, "a place for the answer is needed");
    if (!status) status = yoke__scope_make(&sums, &scope);
    if (!status) yoke__scope_read(&scope, region, efficiency);
    yoke__scope_free(&scope);
    yoke__sums_free(&sums);
    return status;
}

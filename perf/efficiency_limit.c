/* SPDX-License-Identifier: Apache-2.0
 *
 * What limits: the factor that costs most of the threads' time, the region in which it costs most
 * of that, and a sentence that says so.
 *
 * The three losses add up: T - mean U is (T - F) + (F - B) + (B - mean U), for transfer,
 * serialisation and load balance. Where each arises is looked up on the thread that explains it:
 * imbalance on the busiest, transfer and waits on the one that idled least, serial work on whoever
 * did it.
 */
#include <stdio.h>
#include <string.h>

#include "perf/efficiency.h"
#include "perf/figure.h"
#include "runtime/text.h"

/* A candidate for the place of a loss. */
typedef struct cause {
    enum { NOWHERE, IMBALANCE, SERIAL, WAITING, BLOCKED, ABSENT, RUNTIME, QUEUED } kind;
    int region;
    double seconds; /* lost */
    double figure;  /* what the sentence shows */
    int thread;     /* of transfer: whose it is */
} cause;

static void consider(cause *best, cause other) {
    if (other.seconds > best->seconds) *best = other;
}

static double own_useful(const yoke__sums *sums, int region, int thread) {
    const yoke__sum *sum = yoke__sums_find(sums, region, thread);
    return sum ? sum->useful_s : 0;
}

static double useful_of_all(const yoke__sums *sums, int region) {
    double all = 0;
    for (size_t i = sums->first[region]; i < sums->first[region + 1]; i++)
        all += sums->sums[i].useful_s;
    return all;
}

/* ---- where ---- */

static cause find_imbalance(const yoke__scope *scope) {
    const yoke__sums *sums = scope->sums;
    cause best = {.kind = NOWHERE, .region = -1};
    for (const int *r = yoke__scope_first(scope); r < yoke__scope_end(scope); r++) {
        if (scope->alone[*r]) continue;
        double all = useful_of_all(sums, *r), most = own_useful(sums, *r, scope->busiest);
        consider(&best, (cause){IMBALANCE, *r, most - all / scope->threads, most, 0});
    }
    return best;
}

static void consider_serial(const yoke__scope *scope, int region, cause *best) {
    if (!scope->alone[region]) return;
    double all = useful_of_all(scope->sums, region);
    double lost = all * scope->serial_kept * (1 - 1.0 / scope->threads);
    consider(best, (cause){SERIAL, region, lost, all, 0});
}

static cause find_serialisation(const yoke__scope *scope) {
    const yoke__sums *sums = scope->sums;
    const yoke_profile *p = sums->profile;
    cause best = {.kind = NOWHERE, .region = -1};
    double accounted = scope->shares[scope->steadiest].total;
    double absent = scope->elapsed - accounted;
    consider(&best, (cause){ABSENT, -1, absent, absent, 0});
    for (const int *r = yoke__scope_first(scope); r < yoke__scope_end(scope); r++) {
        consider_serial(scope, *r, &best);
        const yoke__sum *sum = yoke__sums_find(sums, *r, scope->steadiest);
        if (!sum) continue;
        double idle = sum->self_s - sum->useful_s - sum->transfer_s;
        bool waits = p->regions[*r].activity == YOKE_ACTIVITY_WAIT;
        consider(&best, (cause){waits ? WAITING : BLOCKED, *r, idle, idle, 0});
    }
    return best;
}

static void consider_queue(const yoke__scope *scope, const yoke__sum *sum, double share,
                           cause *best) {
    bool runtime = scope->sums->profile->regions[sum->region].activity == YOKE_ACTIVITY_RUNTIME;
    double figure = sum->transfer_s;
    consider(best,
             (cause){runtime ? RUNTIME : QUEUED, sum->region, figure * share, figure, sum->thread});
}

/* On the steadiest thread, and where the thread queued for which it waited. */
static cause find_transfer(const yoke__scope *scope) {
    cause best = {.kind = NOWHERE, .region = -1};
    const yoke__sums *sums = scope->sums;
    double queued = scope->delayer < 0 ? 0 : scope->shares[scope->delayer].queued;
    for (const int *r = yoke__scope_first(scope); r < yoke__scope_end(scope); r++) {
        const yoke__sum *mine = yoke__sums_find(sums, *r, scope->steadiest);
        const yoke__sum *other = queued > 0 ? yoke__sums_find(sums, *r, scope->delayer) : NULL;
        if (mine) consider_queue(scope, mine, 1, &best);
        if (other) consider_queue(scope, other, scope->delay / queued, &best);
    }
    return best;
}

/* ---- the sentence ---- */

static void add_name(yoke__text *text, const char *name) {
    char clean[64];
    yoke__clean_name(name, false, clean, sizeof clean);
    yoke__text_add(text, "\"%s\"", clean);
}

static void add_seconds(yoke__text *text, double seconds) {
    char figure[YOKE__NUMBER];
    int decimals = seconds < 0.1 ? 6 : 3;
    yoke__text_add(text, "%s s", yoke__fixed_text(seconds, decimals, figure));
}

static void add_percent(yoke__text *text, double share) {
    char figure[YOKE__NUMBER];
    yoke__text_add(text, "%s %%", yoke__fixed_text(100 * share, 1, figure));
}

static const char *region_name(const yoke__scope *scope, int region) {
    return scope->sums->profile->regions[region].name;
}

static void add_cause_in(const yoke__scope *scope, const cause *c, const char *before,
                         yoke__text *text) {
    yoke__text_add(text, "%s", before);
    add_name(text, region_name(scope, c->region));
}

static void add_imbalance(const yoke__scope *scope, const cause *c, yoke__text *text) {
    add_cause_in(scope, c, "in region ", text);
    yoke__text_add(text, ", where thread %d had ", scope->busiest);
    add_seconds(text, c->figure);
    yoke__text_add(text, " of useful time and the mean of %d threads was ", scope->threads);
    add_seconds(text, c->figure - c->seconds);
}

static void add_wait(const yoke__scope *scope, const cause *c, yoke__text *text) {
    add_cause_in(scope, c, "in waits for ", text);
    int parent = scope->sums->profile->regions[c->region].parent;
    if (parent > 0) add_cause_in(scope, &(cause){.region = parent}, " in region ", text);
    yoke__text_add(text, ": ");
    add_seconds(text, c->figure);
    yoke__text_add(text, " of thread %d", scope->steadiest);
}

static void add_queued(const yoke__scope *scope, const cause *c, yoke__text *text) {
    int limit = scope->sums->profile->cpu_limit;
    add_cause_in(scope, c, "in region ", text);
    yoke__text_add(text, ", where thread %d was ready for ", c->thread);
    add_seconds(text, c->figure);
    yoke__text_add(text, " and had no processor");
    if (limit > 0 && scope->threads > limit)
        yoke__text_add(text, " (%d threads, %d processor%s)", scope->threads, limit,
                       limit == 1 ? "" : "s");
}

static void add_cause(const yoke__scope *scope, const cause *c, yoke__text *text) {
    switch (c->kind) {
    case IMBALANCE: add_imbalance(scope, c, text); return;
    case WAITING: add_wait(scope, c, text); return;
    case QUEUED: add_queued(scope, c, text); return;
    case SERIAL:
        add_cause_in(scope, c, "in region ", text);
        yoke__text_add(text, ", which one thread ran alone, ");
        add_seconds(text, c->figure);
        return;
    case BLOCKED:
        add_cause_in(scope, c, "in region ", text);
        yoke__text_add(text, ", where thread %d slept or waited for ", scope->steadiest);
        add_seconds(text, c->figure);
        return;
    case RUNTIME:
        add_cause_in(scope, c, "in ", text);
        yoke__text_add(text, ", ");
        add_seconds(text, c->figure);
        yoke__text_add(text, " of thread %d", c->thread);
        return;
    default:
        yoke__text_add(text, "in the time before thread %d began and after it ended, ",
                       scope->steadiest);
        add_seconds(text, c->figure);
    }
}

/* ---- the whole ---- */

static cause find(const yoke__scope *scope, yoke_factor factor) {
    if (factor == YOKE_FACTOR_LOAD_BALANCE) return find_imbalance(scope);
    if (factor == YOKE_FACTOR_TRANSFER) return find_transfer(scope);
    return find_serialisation(scope);
}

static void set_factor(const yoke__scope *scope, yoke_efficiency *e) {
    double lost[] = {
        [YOKE_FACTOR_NONE] = 0,
        [YOKE_FACTOR_LOAD_BALANCE] = scope->without_serial - e->useful_mean_s,
        [YOKE_FACTOR_SERIALISATION] = scope->without_transfer - scope->without_serial,
        [YOKE_FACTOR_TRANSFER] = scope->elapsed - scope->without_transfer,
    };
    for (int i = 1; i <= YOKE_FACTOR_TRANSFER; i++) {
        if (lost[i] > lost[e->limit]) e->limit = (yoke_factor)i;
    }
    e->limit_share = lost[e->limit] / scope->elapsed;
}

static void say_nothing_limits(yoke_efficiency *e, yoke__text *text) {
    e->limit = YOKE_FACTOR_NONE;
    e->limit_share = 0;
    yoke__text_add(text, "Nothing limits: ");
    add_percent(text, e->parallel);
    yoke__text_add(text, " of the time of %d thread%s was useful.", e->threads,
                   e->threads == 1 ? "" : "s");
}

void yoke__limit_read(const yoke__scope *scope, yoke_efficiency *efficiency) {
    static const char *const names[] = {
        [YOKE_FACTOR_LOAD_BALANCE] = "Load balance",
        [YOKE_FACTOR_SERIALISATION] = "Serialisation",
        [YOKE_FACTOR_TRANSFER] = "Transfer",
    };
    yoke__text text = {efficiency->sentence, sizeof efficiency->sentence, 0};
    if (!yoke_is_measured(efficiency->parallel)) {
        yoke__text_add(&text, "Nothing was measured.");
        return;
    }
    set_factor(scope, efficiency);
    if (efficiency->parallel > 0.95) {
        say_nothing_limits(efficiency, &text);
        return;
    }
    cause found = find(scope, efficiency->limit);
    efficiency->limit_region = found.region;
    yoke__text_add(&text, "%s limits: it costs ", names[efficiency->limit]);
    add_percent(&text, efficiency->limit_share);
    yoke__text_add(&text, " of the threads' time, most of it ");
    add_cause(scope, &found, &text);
    yoke__text_add(&text, ".");
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * One configuration: made ready, run, checked, judged.
 *
 * The first repeat after making ready is not taken: it meets caches and pages that are cold, and
 * says how many repeats make a sample of a millisecond, which the clock resolves well. What further
 * runs are warm-up is found in the samples afterwards, at each look anew.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf/experiment.h"
#include "runtime/clock.h"

#define SAMPLE_SECONDS 1e-3
#define VISIT_SECONDS  0.05
enum { LEAST_RUNS = 10, MOST_RUNS = 1000, MOST_INNER = 1000, VISIT_RUNS = 5 };

static double now(void) { return yoke__seconds(CLOCK_MONOTONIC); }

/* The point has no figures. */
static void give_up(yoke__point *p, int status) {
    p->row.status = status;
    snprintf(p->detail, sizeof p->detail, "%s", yoke_error_detail());
    p->done = true;
}

void yoke__point_finish(yoke__point *p) {
    if (p->prepared) p->load->finish(&p->state);
    p->prepared = false;
}

/* ---- runs ---- */

/* The seconds of one repeat, which is counted on its own if something is renewed before it. */
static int repeat(yoke__point *p, double *seconds) {
    if (p->load->renew) YOKE_TRY(p->load->renew(&p->state));
    if (p->load->renew) yoke__counting_begin(p->counting, p->cores);
    double begin = now();
    YOKE_TRY(p->load->repeat(&p->state));
    double taken = now() - begin;
    if (p->load->renew) yoke__counting_add(p->counting, p->columns);
    *seconds = isnan(p->state.seconds) ? taken : p->state.seconds;
    return 0;
}

static void choose_inner(yoke__point *p, double first) {
    bool own_clock = !isnan(p->state.seconds);
    double fits = first > 0 ? SAMPLE_SECONDS / first : MOST_INNER;
    p->inner = own_clock || fits < 1 ? 1 : fits > MOST_INNER ? MOST_INNER : (size_t)ceil(fits);
}

/* The memory of all points is known by what this one adds to the process. */
static int make_ready(yoke__point *p) {
    double first;
    if (p->prepared) return 0;
    size_t before = yoke__resident();
    void *state = p->load == &yoke__command_load ? &p->command : NULL;
    p->state = (yoke_load_run){.size = p->row.size,
                               .seed = p->state.seed,
                               .grain = p->row.grain,
                               .run = &p->run,
                               .items = p->row.size,
                               .seconds = NAN,
                               .state = state};
    p->prepared = true;
    YOKE_TRY(p->load->prepare(&p->state));
    YOKE_TRY(repeat(p, &first));
    if (!p->inner) choose_inner(p, first);
    p->row.items = p->state.items;
    size_t after = yoke__resident();
    if (after > before && after - before > p->memory) p->memory = after - before;
    return 0;
}

static int keep(yoke__point *p, double sample) {
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? 2 * p->capacity : 32;
        double *more = realloc(p->samples, capacity * sizeof *more);
        if (!more) return yoke_fail(YOKE_ENOMEM, NULL);
        p->samples = more;
        p->capacity = capacity;
    }
    p->samples[p->count++] = sample;
    return 0;
}

/* The figures of a repeat of the sample that was taken last. */
static int keep_counted(yoke__point *p) {
    size_t width = p->counting->count;
    if (!width) return 0;
    double *more = realloc(p->counted, p->capacity * width * sizeof *more);
    if (!more) return yoke_fail(YOKE_ENOMEM, NULL);
    p->counted = more;
    for (int i = 0; i < YOKE__COLUMNS; i++) p->columns[i] /= (double)p->inner;
    yoke__counting_values(p->counting, p->columns, more + (p->count - 1) * width);
    return 0;
}

static int take_sample(yoke__point *p) {
    double sum = 0, one;
    memset(p->columns, 0, sizeof p->columns);
    if (!p->load->renew) yoke__counting_begin(p->counting, p->cores);
    for (size_t i = 0; i < p->inner; i++) {
        YOKE_TRY(repeat(p, &one));
        sum += one;
        if (p->load == &yoke__command_load) yoke__usage_add(&p->usage, &p->command.usage, NULL);
    }
    if (!p->load->renew) yoke__counting_add(p->counting, p->columns);
    p->repeats += p->inner;
    YOKE_TRY(keep(p, sum / (double)p->inner));
    return keep_counted(p);
}

static size_t most_samples(const yoke_experiment_options *o) {
    if (o->reps) return o->reps;
    return o->most_reps ? o->most_reps : MOST_RUNS;
}

static int take_samples(yoke__point *p, const yoke_experiment_options *o) {
    double begin = now();
    yoke_usage before = yoke__usage_now();
    for (int i = 0; i < VISIT_RUNS; i++) {
        if (p->count >= most_samples(o)) break;
        if (yoke_cancel_requested(o->cancel)) return yoke_fail(YOKE_ECANCELED, NULL);
        YOKE_TRY(take_sample(p));
        if (now() - begin > VISIT_SECONDS) break;
    }
    yoke_usage after = yoke__usage_now();
    if (p->load != &yoke__command_load) yoke__usage_add(&p->usage, &after, &before);
    return p->load->check(&p->state);
}

/* ---- judgement ---- */

typedef struct verdict {
    size_t warmup;
    bool steady, narrow;
    yoke_estimate median;
} verdict;

static int judge(const yoke__point *p, const yoke_experiment_options *o, verdict *v) {
    yoke_samples all = {p->samples, p->count};
    YOKE_TRY(yoke_stat_warmup(all, &v->warmup, &v->steady));
    yoke_samples rest = {p->samples + v->warmup, p->count - v->warmup};
    YOKE_TRY(yoke_stat_interval(rest, 0.5, o->confidence, &v->median));
    double width = (v->median.high - v->median.low) / 2;
    v->narrow = v->steady && v->median.confidence >= o->confidence &&
                width <= o->precision * fabs(v->median.value);
    return 0;
}

static int see_whether_done(yoke__point *p, const yoke_experiment_options *o) {
    verdict v;
    if (o->reps) {
        p->done = p->count >= o->reps;
        return 0;
    }
    p->done = p->count >= most_samples(o) || p->spent >= o->seconds;
    if (p->done || p->count < LEAST_RUNS) return 0;
    YOKE_TRY(judge(p, o, &v));
    p->done = v.narrow && p->count - v.warmup >= LEAST_RUNS;
    return 0;
}

static int visit(yoke__point *p, const yoke_experiment_options *o) {
    yoke__pins pins;
    bool program = p->load == &yoke__command_load;
    int status = yoke__pins_set(&pins, p->row.affinity, p->row.threads, !program);
    if (!status) status = make_ready(p);
    if (!program) yoke__pins_caller(&pins, true);
    p->cores = pins.threads ? &pins.all : NULL;
    if (!status) status = take_samples(p, o);
    yoke__pins_clear(&pins);
    return status;
}

/* Forgets the samples of a visit that did not come to its check. */
static void take_back(yoke__point *p, const yoke__point *before) {
    p->count = before->count;
    p->repeats = before->repeats;
    p->usage = before->usage;
}

int yoke__point_visit(yoke__point *p, const yoke_experiment_options *o) {
    yoke__point before = *p;
    double begin = now();
    int status = visit(p, o);
    p->spent += now() - begin;
    if (!status) status = see_whether_done(p, o);
    if (status == YOKE_ECANCELED) {
        take_back(p, &before);
        return status;
    }
    if (status < 0) give_up(p, status);
    return 0;
}

/* ---- figures ---- */

static void divide(yoke_usage *u, double runs) {
    u->user_s /= runs;
    u->system_s /= runs;
    u->queue_s /= runs;
    u->voluntary_switches /= runs;
    u->involuntary_switches /= runs;
    u->minor_faults /= runs;
    u->major_faults /= runs;
}

static double per_item(double rate, double declared) {
    return declared > 0 ? rate * declared : YOKE_NOT_MEASURED;
}

/* All samples of a figure in a row. */
static int turn(yoke__point *p) {
    size_t width = p->counting->count;
    double *turned = malloc((p->count * width + 1) * sizeof *turned);
    if (!turned) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < p->count; i++) {
        for (size_t k = 0; k < width; k++) turned[k * p->count + i] = p->counted[i * width + k];
    }
    free(p->counted);
    p->counted = turned;
    return 0;
}

static int estimate(yoke_samples samples, double confidence, yoke_estimate *value) {
    const double no = YOKE_NOT_MEASURED;
    *value = (yoke_estimate){no, no, no, no};
    for (size_t i = 0; i < samples.count; i++)
        if (!yoke_is_measured(samples.values[i])) return 0;
    return yoke_stat_interval(samples, 0.5, confidence, value);
}

static int set_metrics(yoke__point *p, const verdict *v, double confidence) {
    size_t width = p->counting->count;
    if (!width) return 0;
    YOKE_TRY(turn(p));
    p->metrics = calloc(width, sizeof *p->metrics);
    if (!p->metrics) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t k = 0; k < width; k++) {
        const double *samples = p->counted + k * p->count + v->warmup;
        p->metrics[k].metric = &p->counting->metrics[k];
        p->metrics[k].samples = samples;
        YOKE_TRY(estimate((yoke_samples){samples, p->count - v->warmup}, confidence,
                          &p->metrics[k].value));
    }
    p->row.metrics = p->metrics;
    p->row.metric_count = width;
    return 0;
}

static void set_figures(yoke__point *p, const verdict *v) {
    yoke_experiment_row *row = &p->row;
    row->seconds = v->median;
    row->warmup = v->warmup;
    row->steady = v->steady;
    row->noisy = !v->narrow;
    row->samples = p->samples + v->warmup;
    row->runs = p->count - v->warmup;
    row->rate = v->median.value > 0 ? (double)row->items / v->median.value : YOKE_NOT_MEASURED;
    row->bytes_s = per_item(row->rate, p->load->bytes);
    row->flops_s = per_item(row->rate, p->load->flops);
    row->usage = p->usage;
    divide(&row->usage, (double)p->repeats);
}

static void set_none(yoke_experiment_row *row) {
    const double no = YOKE_NOT_MEASURED;
    row->seconds = (yoke_estimate){no, no, no, no};
    row->rate = row->bytes_s = row->flops_s = no;
    row->usage = (yoke_usage){no, no, no, no, no, no, no, no};
    row->noisy = true;
    row->items = 0;
}

void yoke__point_settle(yoke__point *p, const yoke_experiment_options *o) {
    verdict v = {.warmup = 0};
    p->row.detail = p->detail;
    p->row.cut = !p->done;
    if (!p->row.status) {
        int status = p->row.cut && !p->count ? yoke_fail(YOKE_ECANCELED, NULL) : judge(p, o, &v);
        if (!status) status = set_metrics(p, &v, o->confidence);
        if (status < 0) give_up(p, status);
    }
    if (p->row.status) {
        set_none(&p->row);
    } else {
        set_figures(p, &v);
    }
}

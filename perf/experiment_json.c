/* SPDX-License-Identifier: Apache-2.0
 *
 * Experiments as JSON (RFC 8259).
 */
#include "perf/experiment.h"
#include "perf/json.h"
#include "perf/names.h"
#include "yoke/scaling.h"

/* 0: null. */
static double or_null(double value) { return value > 0 ? value : YOKE_NOT_MEASURED; }

static void flag(yoke__json *json, const char *name, bool value) {
    yoke__json_key(json, name);
    yoke__json_boolean(json, value);
}

static void write_usage(const yoke_usage *u, yoke__json *json) {
    yoke__json_member_number(json, "user_s", u->user_s);
    yoke__json_member_number(json, "system_s", u->system_s);
    yoke__json_member_number(json, "queue_s", u->queue_s);
    yoke__json_member_number(json, "voluntary_switches", u->voluntary_switches);
    yoke__json_member_number(json, "involuntary_switches", u->involuntary_switches);
    yoke__json_member_number(json, "minor_faults", u->minor_faults);
    yoke__json_member_number(json, "major_faults", u->major_faults);
    yoke__json_member_number(json, "max_rss_bytes", u->max_rss);
}

static void write_samples(const double *samples, size_t count, yoke__json *json) {
    yoke__json_key(json, "samples");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < count; i++) yoke__json_number(json, samples[i]);
    yoke__json_close(json, ']');
}

static void write_figures(const yoke_experiment_row *row, yoke__json *json) {
    yoke__json_member_number(json, "median_s", row->seconds.value);
    yoke__json_member_number(json, "low_s", row->seconds.low);
    yoke__json_member_number(json, "high_s", row->seconds.high);
    yoke__json_member_number(json, "confidence", row->seconds.confidence);
    yoke__json_member_count(json, "runs", row->runs);
    yoke__json_member_count(json, "warmup", row->warmup);
    flag(json, "steady", row->steady);
    flag(json, "noisy", row->noisy);
    flag(json, "cut", row->cut);
    yoke__json_member_number(json, "rate", row->rate);
    yoke__json_member_number(json, "bytes_s", row->bytes_s);
    yoke__json_member_number(json, "flops_s", row->flops_s);
    write_usage(&row->usage, json);
}

/* Only where a group was counted. */
static void write_metrics(const yoke_experiment_row *row, yoke__json *json) {
    if (!row->metric_count) return;
    yoke__json_key(json, "metrics");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < row->metric_count; i++) {
        const yoke_experiment_metric *m = &row->metrics[i];
        yoke__json_open(json, '{');
        yoke__json_member_text(json, "name", m->metric->name);
        yoke__json_member_text(json, "source", yoke__source_name(m->metric->source));
        yoke__json_member_number(json, "median", m->value.value);
        yoke__json_member_number(json, "low", m->value.low);
        yoke__json_member_number(json, "high", m->value.high);
        write_samples(m->samples, row->runs, json);
        yoke__json_close(json, '}');
    }
    yoke__json_close(json, ']');
}

void yoke__experiment_row_json(const yoke_experiment_row *row, yoke__json *json) {
    yoke__json_open(json, '{');
    yoke__json_member_text(json, "load", row->load);
    yoke__json_member_text(json, "group", row->group);
    yoke__json_member_number(json, "size", or_null((double)row->size));
    yoke__json_member_number(json, "threads", or_null(row->threads));
    yoke__json_member_text(json, "affinity", yoke_affinity_name(row->affinity));
    yoke__json_member_number(json, "grain_s", or_null(row->grain));
    yoke__json_member_text(json, "unit", row->unit);
    yoke__json_member_number(json, "items", or_null((double)row->items));
    write_figures(row, json);
    write_samples(row->samples, row->runs, json);
    write_metrics(row, json);
    yoke__json_key(json, "error");
    if (row->status) {
        yoke__json_text(json, row->detail);
    } else {
        yoke__json_null(json);
    }
    yoke__json_close(json, '}');
}

int yoke_experiment_row_json(const yoke_experiment_row *row, yoke_report_write *write, void *ctx) {
    if (!row || !write) return yoke_fail(YOKE_EINVAL, "no row, or nowhere to write it");
    yoke__emit emit;
    yoke__emit_begin(&emit, write, ctx);
    yoke__json json = {.emit = &emit};
    yoke__experiment_row_json(row, &json);
    return yoke__emit_end(&emit);
}

/* ---- what follows from rows ---- */

static void write_estimate(const char *name, const yoke_estimate *e, yoke__json *json) {
    yoke__json_key(json, name);
    yoke__json_open(json, '{');
    yoke__json_member_number(json, "value", e->value);
    yoke__json_member_number(json, "low", e->low);
    yoke__json_member_number(json, "high", e->high);
    yoke__json_close(json, '}');
}

/* Which rows: those of a curve have several sizes in weak scaling. */
static void write_place(const yoke_experiment_row *row, bool weak, yoke__json *json) {
    yoke__json_member_text(json, "load", row->load);
    yoke__json_member_number(json, "size", or_null(weak ? 0 : (double)row->size));
    yoke__json_member_text(json, "affinity", yoke_affinity_name(row->affinity));
}

static double thread_size(const yoke_experiment_row *row) {
    return row->threads ? (double)row->size / row->threads : 0;
}

static void write_fit(const yoke_scaling *s, size_t index, bool weak, yoke__json *json) {
    const yoke_fit *fit = &s->fits[index];
    double at, limit = yoke_fit_limit(fit, &at);
    yoke__json_open(json, '{');
    write_place(s->row, weak, json);
    yoke__json_member_number(json, "grain_s", or_null(s->row->grain));
    yoke__json_member_number(json, "thread_size", or_null(weak ? thread_size(s->row) : 0));
    yoke__json_member_text(json, "law", yoke_law_name(fit->law));
    yoke__json_key(json, "parameters");
    yoke__json_open(json, '{');
    for (int i = 0; i < fit->parameter_count; i++)
        write_estimate(fit->names[i], &fit->parameters[i], json);
    yoke__json_close(json, '}');
    write_estimate("rate", &fit->rate, json);
    yoke__json_member_count(json, "points", fit->points);
    yoke__json_member_number(json, "error", fit->error);
    yoke__json_member_number(json, "left_out_error", fit->left_out);
    yoke__json_member_number(json, "limit", limit);
    yoke__json_member_number(json, "limit_threads", at);
    flag(json, "best", index == s->best);
    yoke__json_close(json, '}');
}

static void write_metg(const yoke_metg *m, yoke__json *json) {
    yoke__json_open(json, '{');
    write_place(m->row, true, json);
    yoke__json_member_number(json, "threads", or_null(m->row->threads));
    yoke__json_member_number(json, "efficiency", m->efficiency);
    write_estimate("seconds", &m->seconds, json);
    yoke__json_member_number(json, "below_s", m->bound);
    yoke__json_close(json, '}');
}

int yoke_experiment_json(const yoke_experiment *e, const yoke_scaling *scalings,
                         size_t scaling_count, const yoke_metg *metgs, size_t metg_count,
                         yoke_report_write *write, void *ctx) {
    if (!e || !write) return yoke_fail(YOKE_EINVAL, "no experiment, or nowhere to write it");
    yoke__emit emit;
    yoke__emit_begin(&emit, write, ctx);
    yoke__json json = {.emit = &emit};
    yoke__json_open(&json, '{');
    flag(&json, "weak", e->weak);
    if (e->notes && *e->notes) yoke__json_member_text(&json, "notes", e->notes);
    yoke__json_key(&json, "rows");
    yoke__json_open(&json, '[');
    for (size_t i = 0; i < e->row_count; i++) yoke__experiment_row_json(&e->rows[i], &json);
    yoke__json_close(&json, ']');
    yoke__json_key(&json, "fits");
    yoke__json_open(&json, '[');
    for (size_t i = 0; i < scaling_count; i++) {
        for (size_t k = 0; k < scalings[i].fit_count; k++)
            write_fit(&scalings[i], k, e->weak, &json);
    }
    yoke__json_close(&json, ']');
    yoke__json_key(&json, "metg");
    yoke__json_open(&json, '[');
    for (size_t i = 0; i < metg_count; i++) write_metg(&metgs[i], &json);
    yoke__json_close(&json, ']');
    yoke__json_close(&json, '}');
    return yoke__emit_end(&emit);
}

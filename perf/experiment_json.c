/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of an experiment as JSON (RFC 8259).
 */
#include "perf/experiment.h"
#include "perf/json.h"

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

static void write_figures(const yoke_experiment_row *row, yoke__json *json) {
    yoke__json_member_number(json, "median_s", row->seconds.value);
    yoke__json_member_number(json, "low_s", row->seconds.low);
    yoke__json_member_number(json, "high_s", row->seconds.high);
    yoke__json_member_number(json, "confidence", row->seconds.confidence);
    yoke__json_member_count(json, "runs", row->runs);
    yoke__json_member_count(json, "warmup", row->warmup);
    flag(json, "steady", row->steady);
    flag(json, "noisy", row->noisy);
    yoke__json_member_number(json, "rate", row->rate);
    yoke__json_member_number(json, "bytes_s", row->bytes_s);
    yoke__json_member_number(json, "flops_s", row->flops_s);
    write_usage(&row->usage, json);
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
    yoke__json_key(json, "samples");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < row->runs; i++) yoke__json_number(json, row->samples[i]);
    yoke__json_close(json, ']');
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

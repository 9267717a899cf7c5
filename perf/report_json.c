/* SPDX-License-Identifier: Apache-2.0
 *
 * A profile as one JSON object: all its arrays, and the efficiencies that follow from them.
 */
#include <string.h>

#include "perf/efficiency.h"
#include "perf/json.h"
#include "perf/names.h"
#include "yoke/yoke.h"

/* ---- what was measured ---- */

static void add_notes(yoke__json *json, const char *notes) {
    yoke__json_key(json, "notes");
    yoke__json_open(json, '[');
    while (notes && *notes) {
        size_t length = strcspn(notes, "\n");
        if (length) yoke__json_line(json, notes, length);
        notes += length + (notes[length] == '\n');
    }
    yoke__json_close(json, ']');
}

static void add_roof(yoke__json *json, const yoke_profile *p) {
    yoke__json_key(json, "roof");
    yoke__json_open(json, '{');
    yoke__json_member_number(json, "flops", p->roof_flops);
    yoke__json_member_number(json, "bytes", p->roof_bytes);
    yoke__json_close(json, '}');
}

static void add_head(yoke__json *json, const yoke_profile *p) {
    yoke__json_member_text(json, "yoke", YOKE_VERSION);
    yoke__json_member_text(json, "program", p->program);
    yoke__json_member_text(json, "command", p->command);
    yoke__json_member_text(json, "machine", p->machine);
    yoke__json_key(json, "cpu_limit");
    yoke__json_open(json, '{');
    yoke__json_member_integer(json, "cpus", p->cpu_limit);
    yoke__json_member_text(json, "source", p->cpu_limit_source);
    yoke__json_close(json, '}');
    yoke__json_member_number(json, "seconds", p->seconds);
    add_notes(json, p->notes);
    add_roof(json, p);
}

static void add_metrics(yoke__json *json, const yoke_profile *p) {
    yoke__json_key(json, "metrics");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < p->metric_count; i++) {
        yoke__json_open(json, '{');
        yoke__json_member_text(json, "name", p->metrics[i].name);
        yoke__json_member_text(json, "unit", p->metrics[i].unit);
        yoke__json_member_text(json, "source", yoke__source_name(p->metrics[i].source));
        yoke__json_key(json, "adds_up");
        yoke__json_boolean(json, p->metrics[i].adds_up);
        yoke__json_close(json, '}');
    }
    yoke__json_close(json, ']');
}

static void add_regions(yoke__json *json, const yoke_profile *p) {
    yoke__json_key(json, "regions");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < p->region_count; i++) {
        yoke__json_open(json, '{');
        yoke__json_member_text(json, "name", p->regions[i].name);
        yoke__json_member_integer(json, "parent", p->regions[i].parent);
        yoke__json_member_text(json, "activity", yoke__activity_name(p->regions[i].activity));
        yoke__json_close(json, '}');
    }
    yoke__json_close(json, ']');
}

static void add_threads(yoke__json *json, const yoke_profile *p) {
    yoke__json_key(json, "threads");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < p->thread_count; i++) {
        yoke__json_open(json, '{');
        yoke__json_member_integer(json, "thread", p->threads[i].thread);
        yoke__json_member_integer(json, "tid", p->threads[i].tid);
        yoke__json_member_number(json, "begin_s", p->threads[i].begin_s);
        yoke__json_member_number(json, "end_s", p->threads[i].end_s);
        yoke__json_close(json, '}');
    }
    yoke__json_close(json, ']');
}

/* ---- figures ---- */

static void add_cell(yoke__json *json, const yoke_profile *p, const yoke_cell *cell) {
    yoke__json_open(json, '{');
    yoke__json_member_integer(json, "region", cell->region);
    yoke__json_member_integer(json, "thread", cell->thread);
    yoke__json_member_integer(json, "cpu", cell->cpu);
    yoke__json_member_count(json, "calls", cell->calls);
    yoke__json_member_count(json, "read", cell->read);
    yoke__json_member_number(json, "wall_s", cell->wall_s);
    yoke__json_member_number(json, "self_s", cell->self_s);
    yoke__json_key(json, "values");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < p->metric_count; i++) yoke__json_number(json, cell->values[i]);
    yoke__json_close(json, ']');
    yoke__json_close(json, '}');
}

static void add_cells(yoke__json *json, const yoke_profile *p) {
    yoke__json_key(json, "cells");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < p->cell_count; i++) add_cell(json, p, &p->cells[i]);
    yoke__json_close(json, ']');
}

static void add_spans(yoke__json *json, const yoke_profile *p) {
    yoke__json_key(json, "spans");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < p->span_count; i++) {
        const yoke_span *span = &p->spans[i];
        yoke__json_open(json, '[');
        yoke__json_integer(json, span->region);
        yoke__json_integer(json, span->thread);
        yoke__json_integer(json, span->cpu);
        yoke__json_count(json, span->begin_ns);
        yoke__json_count(json, span->end_ns);
        yoke__json_close(json, ']');
    }
    yoke__json_close(json, ']');
    yoke__json_member_count(json, "spans_lost", p->spans_lost);
}

static void add_figures(yoke__json *json, const yoke_profile *p) {
    yoke__json_key(json, "figures");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < p->figure_count; i++) {
        const yoke_profile_figure *figure = &p->figures[i];
        yoke__json_open(json, '{');
        yoke__json_member_text(json, "kind", figure->kind);
        yoke__json_member_text(json, "object", figure->object);
        yoke__json_member_text(json, "name", figure->name);
        yoke__json_member_integer(json, "part", figure->part);
        yoke__json_member_integer(json, "peer", figure->peer);
        yoke__json_member_count(json, "value", figure->value);
        yoke__json_close(json, '}');
    }
    yoke__json_close(json, ']');
}

static void add_lock(yoke__json *json, const yoke_profile_lock *lock) {
    const yoke_lock_profile *figures = &lock->figures;
    yoke__json_open(json, '{');
    yoke__json_member_text(json, "kind", lock->kind);
    yoke__json_member_text(json, "name", lock->name);
    yoke__json_member_number(json, "seconds", figures->seconds);
    yoke__json_member_count(json, "acquisitions", figures->acquisitions);
    yoke__json_member_count(json, "contended", figures->contended);
    yoke__json_member_count(json, "timeouts", figures->timeouts);
    yoke__json_member_count(json, "deadlocks", figures->deadlocks);
    yoke__json_member_number(json, "wait_s", figures->wait_total);
    yoke__json_member_number(json, "wait_max_s", figures->wait_max);
    yoke__json_member_count(json, "holds", figures->holds);
    yoke__json_member_number(json, "hold_s", figures->hold_total);
    yoke__json_member_number(json, "hold_max_s", figures->hold_max);
    yoke__json_member_number(json, "hold_squares_s2", figures->hold_squares);
    yoke__json_member_count(json, "threads", figures->threads);
    yoke__json_member_count(json, "keyed", figures->keyed);
    yoke__json_close(json, '}');
}

static void add_locks(yoke__json *json, const yoke_profile *p) {
    yoke__json_key(json, "locks");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < p->lock_count; i++) add_lock(json, &p->locks[i]);
    yoke__json_close(json, ']');
}

/* ---- efficiencies ---- */

static void add_efficiency(yoke__json *json, const yoke_efficiency *e) {
    yoke__json_member_integer(json, "threads", e->threads);
    yoke__json_member_number(json, "elapsed_s", e->elapsed_s);
    yoke__json_member_number(json, "useful_mean_s", e->useful_mean_s);
    yoke__json_member_number(json, "useful_max_s", e->useful_max_s);
    yoke__json_member_number(json, "parallel", e->parallel);
    yoke__json_member_number(json, "load_balance", e->load_balance);
    yoke__json_member_number(json, "serialisation", e->serialisation);
    yoke__json_member_number(json, "transfer", e->transfer);
    yoke__json_member_text(json, "limit", e->sentence);
    yoke__json_member_text(json, "limit_factor", yoke__factor_name(e->limit));
    yoke__json_member_integer(json, "limit_region", e->limit_region);
    yoke__json_member_number(json, "limit_share", e->limit_share);
}

/* The whole run's, and of all its regions in their order. */
static void add_efficiencies(yoke__json *json, yoke__scope *scope) {
    yoke_efficiency efficiency;
    yoke__json_key(json, "efficiency");
    yoke__json_open(json, '{');
    yoke__scope_read(scope, 0, &efficiency);
    add_efficiency(json, &efficiency);
    yoke__json_key(json, "regions");
    yoke__json_open(json, '[');
    for (size_t i = 0; i < scope->sums->profile->region_count; i++) {
        if (i) yoke__scope_read(scope, (int)i, &efficiency);
        yoke__json_open(json, '{');
        yoke__json_member_integer(json, "region", (int64_t)i);
        add_efficiency(json, &efficiency);
        yoke__json_close(json, '}');
    }
    yoke__json_close(json, ']');
    yoke__json_close(json, '}');
}

static int write_json(const yoke_profile *p, yoke__scope *scope, yoke_report_write *write,
                      void *ctx) {
    yoke__emit emit;
    yoke__emit_begin(&emit, write, ctx);
    yoke__json json = {.emit = &emit};
    yoke__json_open(&json, '{');
    add_head(&json, p);
    add_metrics(&json, p);
    add_regions(&json, p);
    add_threads(&json, p);
    add_cells(&json, p);
    add_spans(&json, p);
    add_figures(&json, p);
    add_locks(&json, p);
    add_efficiencies(&json, scope);
    yoke__json_close(&json, '}');
    yoke__emit_text(&emit, "\n");
    return yoke__emit_end(&emit);
}

int yoke_report_json(const yoke_profile *profile, const yoke_report_options *options,
                     yoke_report_write *write, void *ctx) {
    yoke__sums sums;
    yoke__scope scope = {0};
    (void)options;
    int status = yoke__sums_make(profile, &sums);
    if (!status) status = yoke__scope_make(&sums, &scope);
    if (!status) status = write_json(profile, &scope, write, ctx);
    yoke__scope_free(&scope);
    yoke__sums_free(&sums);
    return status;
}

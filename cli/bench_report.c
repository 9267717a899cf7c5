/* SPDX-License-Identifier: Apache-2.0
 *
 * The report of an experiment: its figures and what follows from them, where it was made, and the
 * roof of this node, which is measured for it.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "cli/bench.h"
#include "cli/interrupt.h"
#include "cli/json_text.h"
#include "cli/report.h"

/* What cannot be found out or measured is missing: then it is not known. */
typedef struct place {
    yoke_origin origin;
    yoke_roof roof;
    yoke_memory_limit memory;
    bool has_origin, has_roof, has_memory;
} place;

static bool has_work(const yoke_experiment_row *row) {
    return !row->status && yoke_is_measured(row->flops_s) && yoke_is_measured(row->bytes_s);
}

/* Who has interrupted the experiment does not wait for the roof. */
static bool needs_roof(const yoke_experiment *e) {
    bool any = false;
    for (size_t i = 0; i < e->row_count; i++) any |= has_work(&e->rows[i]);
    return any && !interrupt_signal();
}

static void look_around(const yoke_experiment *e, place *p) {
    *p = (place){.has_origin = false};
    p->has_origin = yoke_origin_read(&p->origin) == 0;
    p->has_memory = yoke_memory_limit_read(NULL, &p->memory) == 0 && p->memory.bytes != SIZE_MAX;
    p->has_roof = needs_roof(e) && yoke_roof_measure(NULL, 0, &p->roof) == 0;
}

/* ---- JSON, and the page that draws it ---- */

/* "NAME":VALUE, for a value that is taken; nothing when it could not be made. */
static void add_member(const char *name, json_t *value, buffer *to) {
    char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    if (text) buffer_print(to, "\"%s\":%s,", name, text);
    free(text);
    json_decref(value);
}

static json_t *origin_json(const yoke_origin *o) {
    return json_pack("{s:o, s:{s:i, s:o}, s:s, s:o, s:s, s:s, s:b}", "machine",
                     json_text(o->machine), "cpu_limit", "cpus", o->cpus, "source",
                     json_text(o->cpu_source), "compiler", o->compiler, "flags",
                     json_text(o->flags), "yoke", o->version, "revision", o->revision, "dirty",
                     (int)o->dirty);
}

static json_t *memory_json(const yoke_memory_limit *limit) {
    return json_pack("{s:I, s:o}", "bytes", (json_int_t)limit->bytes, "source",
                     json_text(limit->source));
}

/* The object of --format json with members more at its begin. */
static int write_json(const bench_results *r, const place *p, buffer *to) {
    buffer rows = {0};
    int status = bench_write_json(r, &rows);
    if (!status && rows.failed) status = yoke_fail(YOKE_ENOMEM, NULL);
    if (!status) {
        buffer_add_byte(to, '{');
        if (p->has_origin) add_member("origin", origin_json(&p->origin), to);
        if (p->has_memory) add_member("memory_limit", memory_json(&p->memory), to);
        if (p->has_roof)
            buffer_print(to, "\"roof\":{\"bytes\":%.9g,\"flops\":%.9g},", p->roof.bytes,
                         p->roof.flops);
        buffer_add(to, rows.data + 1, rows.size - 1);
    }
    buffer_free(&rows);
    return status;
}

static int write_html(const bench_results *r, const place *p, buffer *to) {
    buffer document = {0};
    int status = write_json(r, p, &document);
    buffer_add_byte(&document, '\0');
    if (!status && document.failed) status = yoke_fail(YOKE_ENOMEM, NULL);
    if (!status) status = yoke_report_html_json(NULL, document.data, report_add, to);
    buffer_free(&document);
    return status;
}

/* ---- text ---- */

static void add_place(const place *p, buffer *to) {
    const yoke_origin *o = &p->origin;
    if (p->has_origin) {
        buffer_print(to, "%s, %d processor%s to use (%s)\n", o->machine, o->cpus,
                     o->cpus == 1 ? "" : "s", o->cpu_source);
        buffer_print(to, "yoke %s, %s, revision %.12s%s\n", o->version, o->compiler,
                     *o->revision ? o->revision : "none", o->dirty ? ", with changes" : "");
    }
    if (p->has_memory)
        buffer_print(to, "%.4g GB of memory to be had (%s)\n", (double)p->memory.bytes * 1e-9,
                     p->memory.source);
    if (p->has_roof)
        buffer_print(to, "roof of this node: %.4g GB/s (%s), %.4g Gflop/s (%s)\n",
                     p->roof.bytes * 1e-9, p->roof.bytes_by, p->roof.flops * 1e-9,
                     p->roof.flops_by);
    buffer_add_byte(to, '\n');
}

/* By the roofline: with as many flops a byte, memory gives so many flops a second at most. */
static void add_limit(const yoke_experiment_row *row, const yoke_roof *roof, buffer *to) {
    char name[256];
    double fed = roof->bytes * row->flops_s / row->bytes_s, most = fmin(fed, roof->flops);
    buffer_print(to, "%s: %.1f %% of what %s would give\n", bench_row_name(row, name),
                 100 * row->flops_s / most, fed < roof->flops ? "memory" : "arithmetic");
}

static void write_text(const bench_results *r, const place *p, buffer *to) {
    add_place(p, to);
    bench_write_table(r, to);
    for (size_t i = 0; p->has_roof && i < r->experiment->row_count; i++) {
        const yoke_experiment_row *row = &r->experiment->rows[i];
        if (has_work(row)) add_limit(row, &p->roof, to);
    }
}

/* ---- all ---- */

static int write_report(const bench_results *r, buffer *to) {
    static const yoke_roof none = {.bytes = 0};
    place p;
    look_around(r->experiment, &p);
    switch (r->options->report.kind) {
    case REPORT_JSON: return write_json(r, &p, to);
    case REPORT_HTML: return write_html(r, &p, to);
    case REPORT_CSV: bench_write_csv(r->experiment, p.has_roof ? &p.roof : &none, to); return 0;
    default: write_text(r, &p, to); return 0;
    }
}

int bench_report(const bench_results *results) {
    buffer text = {0};
    int status = write_report(results, &text);
    if (!status && text.failed) status = yoke_fail(YOKE_ENOMEM, NULL);
    if (!status) status = report_write(&results->options->report, results->output, &text);
    buffer_free(&text);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The page of an experiment: its rows and laws, where it was made, and the roof of this node, which
 * is measured for it.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/bench.h"
#include "cli/report.h"

static int add(void *ctx, const char *bytes, size_t size) {
    buffer_add(ctx, bytes, size);
    return ((buffer *)ctx)->failed ? yoke_fail(YOKE_ENOMEM, NULL) : 0;
}

static bool has_work(const yoke_experiment *e) {
    for (size_t i = 0; i < e->row_count; i++) {
        const yoke_experiment_row *row = &e->rows[i];
        if (!row->status && yoke_is_measured(row->flops_s) && yoke_is_measured(row->bytes_s))
            return true;
    }
    return false;
}

/* What cannot be found out or measured is missing in the page, which says so. */
static void add_origin(buffer *to) {
    yoke_origin o;
    if (yoke_origin_read(&o) < 0) return;
    json_t *origin =
        json_pack("{s:s, s:{s:i, s:s}, s:s, s:s, s:s, s:s, s:b}", "machine", o.machine, "cpu_limit",
                  "cpus", o.cpus, "source", o.cpu_source, "compiler", o.compiler, "flags", o.flags,
                  "yoke", o.version, "revision", o.revision, "dirty", (int)o.dirty);
    char *text = json_dumps(origin, JSON_COMPACT);
    if (text) buffer_print(to, "\"origin\":%s,", text);
    free(text);
    json_decref(origin);
}

static void add_roof(const yoke_experiment *e, buffer *to) {
    yoke_roof roof;
    if (!has_work(e) || yoke_roof_measure(NULL, 0, &roof) < 0) return;
    buffer_print(to, "\"roof\":{\"bytes\":%.9g,\"flops\":%.9g},", roof.bytes, roof.flops);
}

/* The library's object with members more at its begin. */
static int add_document(const bench_results *r, buffer *to) {
    buffer rows = {0};
    int status = yoke_experiment_json(r->experiment, r->scalings, r->scaling_count, r->metgs,
                                      r->metg_count, add, &rows);
    if (!status) {
        buffer_add_byte(to, '{');
        add_origin(to);
        add_roof(r->experiment, to);
        buffer_add(to, rows.data + 1, rows.size - 1);
        buffer_add_byte(to, '\0');
        if (to->failed) status = yoke_fail(YOKE_ENOMEM, NULL);
    }
    buffer_free(&rows);
    return status;
}

int bench_report(const bench_results *results) {
    buffer document = {0}, page = {0};
    int status = add_document(results, &document);
    if (!status) status = yoke_report_html_json(NULL, document.data, add, &page);
    if (!status) status = report_write_file(results->options->report.file, &page);
    buffer_free(&document);
    buffer_free(&page);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A profile as a tidy table: a row for each figure of each cell.
 */
#include <inttypes.h>
#include <string.h>

#include "perf/emit.h"
#include "perf/names.h"
#include "perf/sums.h"

static void add_field(yoke__emit *emit, const char *text) {
    bool quoted = text && text[strcspn(text, ",\"\r\n")];
    if (quoted) yoke__emit_bytes(emit, "\"", 1);
    while (text && *text) {
        size_t size = yoke__utf8_size(text);
        if (*text == '"') yoke__emit_bytes(emit, "\"", 1);
        if (size)
            yoke__emit_bytes(emit, text, size);
        else
            yoke__emit_text(emit, YOKE__REPLACEMENT);
        text += size ? size : 1;
    }
    if (quoted) yoke__emit_bytes(emit, "\"", 1);
}

/* The fields that are the same for all figures of a cell. */
static void add_place(yoke__emit *emit, const yoke_profile *p, const yoke_cell *cell) {
    const yoke_region_node *region = &p->regions[cell->region];
    yoke__emit_print(emit, "%d,", cell->region);
    add_field(emit, region->name);
    yoke__emit_print(emit, ",%d,%s,%d,%ld,%d,", region->parent,
                     yoke__activity_name(region->activity), cell->thread,
                     p->threads[cell->thread].tid, cell->cpu);
}

static void add_metric(yoke__emit *emit, const yoke_metric *metric) {
    add_field(emit, metric->name);
    yoke__emit_text(emit, ",");
    add_field(emit, metric->unit);
    yoke__emit_print(emit, ",%s,", yoke__source_name(metric->source));
}

static void add_count(yoke__emit *emit, const yoke_profile *p, const yoke_cell *cell,
                      const char *name, uint64_t count) {
    add_place(emit, p, cell);
    add_metric(emit, &(yoke_metric){name, "", YOKE_SOURCE_OWN, true});
    yoke__emit_print(emit, "%" PRIu64 "\n", count);
}

static void add_figure(yoke__emit *emit, const yoke_profile *p, const yoke_cell *cell,
                       const yoke_metric *metric, double value) {
    char text[YOKE__NUMBER] = "";
    add_place(emit, p, cell);
    add_metric(emit, metric);
    if (yoke_is_measured(value)) yoke__number_text(value, text);
    yoke__emit_text(emit, text);
    yoke__emit_text(emit, "\n");
}

static void add_cell(yoke__emit *emit, const yoke_profile *p, const yoke_cell *cell) {
    static const yoke_metric wall = {"wall", "s", YOKE_SOURCE_OWN, true};
    static const yoke_metric self = {"self", "s", YOKE_SOURCE_OWN, true};
    add_count(emit, p, cell, "calls", cell->calls);
    add_count(emit, p, cell, "calls read", cell->read);
    add_figure(emit, p, cell, &wall, cell->wall_s);
    add_figure(emit, p, cell, &self, cell->self_s);
    for (size_t m = 0; m < p->metric_count; m++)
        add_figure(emit, p, cell, &p->metrics[m], cell->values[m]);
}

int yoke_report_csv(const yoke_profile *profile, const yoke_report_options *options,
                    yoke_report_write *write, void *ctx) {
    yoke__emit emit;
    (void)options;
    YOKE_TRY(yoke__profile_check(profile));
    yoke__emit_begin(&emit, write, ctx);
    yoke__emit_text(&emit, "region,name,parent,activity,thread,tid,cpu,metric,unit,source,value\n");
    for (size_t i = 0; i < profile->cell_count; i++) add_cell(&emit, profile, &profile->cells[i]);
    return yoke__emit_end(&emit);
}

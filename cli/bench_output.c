/* SPDX-License-Identifier: Apache-2.0
 *
 * The figures as CSV (RFC 4180), JSON or JSON Lines, with the same names.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"

/* ---- CSV ---- */

static void add_field(const char *text, buffer *to) {
    if (!strpbrk(text, ",\"\r\n")) {
        buffer_add_string(to, text);
        return;
    }
    buffer_add_byte(to, '"');
    for (; *text; text++) {
        if (*text == '"') buffer_add_byte(to, '"');
        buffer_add_byte(to, *text);
    }
    buffer_add_byte(to, '"');
}

/* Not measured, and 0 where that means that there is none: an empty field. */
static void add_number(double value, buffer *to) {
    buffer_add_byte(to, ',');
    if (yoke_is_measured(value)) buffer_print(to, "%.9g", value);
}

static void add_count(double value, buffer *to) {
    add_number(value > 0 ? value : YOKE_NOT_MEASURED, to);
}

static void add_usage(const yoke_usage *u, buffer *to) {
    const double values[] = {u->user_s,
                             u->system_s,
                             u->queue_s,
                             u->voluntary_switches,
                             u->involuntary_switches,
                             u->minor_faults,
                             u->major_faults,
                             u->max_rss};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) add_number(values[i], to);
}

static void add_row(const yoke_experiment_row *r, buffer *to) {
    add_field(r->load, to);
    buffer_print(to, ",%s", r->group);
    add_count((double)r->size, to);
    add_count(r->threads, to);
    buffer_print(to, ",%s", yoke_affinity_name(r->affinity));
    add_count(r->grain, to);
    buffer_print(to, ",%s", r->unit);
    add_count((double)r->items, to);
    const double figures[] = {r->seconds.value, r->seconds.low, r->seconds.high,
                              r->seconds.confidence};
    for (int i = 0; i < 4; i++) add_number(figures[i], to);
    buffer_print(to, ",%zu,%zu", r->runs, r->warmup);
    const bool flags[] = {r->steady, r->noisy, r->cut};
    for (int i = 0; i < 3; i++) buffer_add_string(to, flags[i] ? ",true" : ",false");
    add_number(r->rate, to);
    add_number(r->bytes_s, to);
    add_number(r->flops_s, to);
    add_usage(&r->usage, to);
    for (size_t i = 0; i < r->runs; i++) buffer_print(to, "%c%.9g", i ? ' ' : ',', r->samples[i]);
    for (size_t i = 0; i < r->metric_count; i++) add_number(r->metrics[i].value.value, to);
}

void bench_write_csv(const yoke_experiment *e, const yoke_roof *roof, buffer *to) {
    buffer_add_string(
        to,
        "load,group,size,threads,affinity,grain_s,unit,items,median_s,low_s,high_s,"
        "confidence,runs,warmup,steady,noisy,cut,rate,bytes_s,flops_s,user_s,"
        "system_s,queue_s,voluntary_switches,involuntary_switches,minor_faults,major_faults,"
        "max_rss_bytes,samples");
    for (size_t i = 0; i < e->metric_count; i++) {
        buffer_add_byte(to, ',');
        add_field(e->metrics[i].name, to);
    }
    buffer_add_string(to, roof ? ",roof_bytes_s,roof_flops_s\n" : "\n");
    for (size_t i = 0; i < e->row_count; i++) {
        if (e->rows[i].status) continue;
        add_row(&e->rows[i], to);
        if (roof) add_count(roof->bytes, to);
        if (roof) add_count(roof->flops, to);
        buffer_add_byte(to, '\n');
    }
}

/* ---- JSON ---- */

static int add_bytes(void *ctx, const char *bytes, size_t size) {
    buffer_add(ctx, bytes, size);
    return 0;
}

static int write_lines(const yoke_experiment *e, buffer *to) {
    for (size_t i = 0; i < e->row_count; i++) {
        YOKE_TRY(yoke_experiment_row_json(&e->rows[i], add_bytes, to));
        buffer_add_byte(to, '\n');
    }
    return 0;
}

static void add_pairs(const bench_results *results, buffer *to) {
    for (size_t i = 0; i < results->pair_count; i++) {
        const bench_pair *p = &results->pairs[i];
        const yoke_comparison *c = &p->comparison;
        buffer_print(to, "%s{\"row\":%td,\"other\":%td,", i ? "," : "",
                     p->row - results->experiment->rows, p->other - results->experiment->rows);
        buffer_print(to, "\"ratio\":%.9g,\"low\":%.9g,\"high\":%.9g,\"superiority\":%.9g,",
                     c->ratio.value, c->ratio.low, c->ratio.high, c->ranks.superiority);
        buffer_print(to, "\"p\":%.9g}", c->ranks.p_either);
    }
}

int bench_write_json(const bench_results *r, buffer *to) {
    YOKE_TRY(yoke_experiment_json(r->experiment, r->scalings, r->scaling_count, r->metgs,
                                  r->metg_count, add_bytes, to));
    if (to->size) to->size--;
    buffer_add_string(to, ",\"comparisons\":[");
    add_pairs(r, to);
    buffer_add_byte(to, ']');
    if (r->changes) {
        buffer_add_byte(to, ',');
        YOKE_TRY(bench_write_changes_json(r->changes, to));
    }
    buffer_add_string(to, "}\n");
    return 0;
}

int bench_write(const bench_results *results, buffer *to) {
    const yoke_experiment *e = results->experiment;
    switch (results->options->output) {
    case BENCH_CSV: bench_write_csv(e, NULL, to); return 0;
    case BENCH_JSON: return bench_write_json(results, to);
    case BENCH_JSONL: return write_lines(e, to);
    default: bench_write_table(results, to); return 0;
    }
}

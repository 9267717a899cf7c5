/* SPDX-License-Identifier: Apache-2.0
 *
 * The figures of yoke bench sharding as a table to read, CSV, JSON or JSON Lines.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/sharding.h"

static void write_table(const sharding_figures *rows, size_t count, buffer *to) {
    buffer_print(to, "%-14s %7s %9s %9s %9s %6s %7s %7s %8s %9s %10s %5s\n", "structure", "threads",
                 "Mops/s", "min", "max", "fair", "p50 ns", "p90 ns", "p99 ns", "p99.9 ns", "max ns",
                 "cpus");
    for (size_t i = 0; i < count; i++) {
        const sharding_figures *f = &rows[i];
        buffer_print(to, "%-14s %7d %9.2f %9.2f %9.2f %6.3f", f->structure, f->threads,
                     f->median / 1e6, f->least / 1e6, f->most / 1e6, f->fairness);
        buffer_print(to, " %7ju %7ju %8ju %9ju %10ju %5.2f\n", (uintmax_t)f->p50, (uintmax_t)f->p90,
                     (uintmax_t)f->p99, (uintmax_t)f->p999, (uintmax_t)f->slowest, f->cpus);
    }
}

static void write_csv(const sharding_figures *rows, size_t count, buffer *to) {
    buffer_add_string(to,
                      "structure,threads,ops_per_second,min,max,fairness,imbalance,p50_ns,"
                      "p90_ns,p99_ns,p99.9_ns,max_ns,cpus\n");
    for (size_t i = 0; i < count; i++) {
        const sharding_figures *f = &rows[i];
        buffer_print(to, "%s,%d,%.0f,%.0f,%.0f,%.6f,%.3f,", f->structure, f->threads, f->median,
                     f->least, f->most, f->fairness, f->imbalance);
        buffer_print(to, "%ju,%ju,%ju,%ju,%ju,%.3f\n", (uintmax_t)f->p50, (uintmax_t)f->p90,
                     (uintmax_t)f->p99, (uintmax_t)f->p999, (uintmax_t)f->slowest, f->cpus);
    }
}

static json_t *row_json(const sharding_figures *f) {
    return json_pack("{s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:{s:I, s:I, s:I, s:I, s:I}, s:f}",
                     "structure", f->structure, "threads", f->threads, "ops_per_second", f->median,
                     "min", f->least, "max", f->most, "fairness", f->fairness, "imbalance",
                     f->imbalance, "latency_ns", "p50", (json_int_t)f->p50, "p90",
                     (json_int_t)f->p90, "p99", (json_int_t)f->p99, "p99.9", (json_int_t)f->p999,
                     "max", (json_int_t)f->slowest, "cpus", f->cpus);
}

static int add_json(json_t *value, size_t flags, buffer *to) {
    char *text = value ? json_dumps(value, flags | JSON_REAL_PRECISION(9)) : NULL;
    if (!text) return yoke_fail(YOKE_ENOMEM, NULL);
    buffer_add_string(to, text);
    buffer_add_byte(to, '\n');
    free(text);
    return 0;
}

static int write_lines(const sharding_figures *rows, size_t count, buffer *to) {
    int status = 0;
    for (size_t i = 0; i < count && !status; i++) {
        json_t *row = row_json(&rows[i]);
        status = add_json(row, JSON_COMPACT, to);
        json_decref(row);
    }
    return status;
}

static int write_array(const sharding_figures *rows, size_t count, buffer *to) {
    json_t *all = json_array();
    int failed = !all;
    for (size_t i = 0; i < count && !failed; i++) {
        failed = json_array_append_new(all, row_json(&rows[i]));
    }
    int status = failed ? yoke_fail(YOKE_ENOMEM, NULL) : add_json(all, JSON_INDENT(2), to);
    json_decref(all);
    return status;
}

int sharding_write(const sharding_options *options, const sharding_figures *rows, size_t count,
                   buffer *to) {
    switch (options->output) {
    case SHARDING_CSV: write_csv(rows, count, to); return 0;
    case SHARDING_JSON: return write_array(rows, count, to);
    case SHARDING_JSONL: return write_lines(rows, count, to);
    default: write_table(rows, count, to); return 0;
    }
}

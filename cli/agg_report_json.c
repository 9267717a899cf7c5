/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as one JSON object on one line. Seconds, bytes and counts are plain numbers; what is
 * not known is null.
 */
#include <jansson.h>

#include "cli/agg_report.h"

static json_t *known(long value, long unknown) {
    return value == unknown ? json_null() : json_integer(value);
}

static json_t *core(const yoke_worker_stats *w, uint64_t all_bytes) {
    return json_pack("{s:o, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:f}", "cpu",
                     known(w->cpu, -1), "wall", w->wall, "busy", w->busy, "idle",
                     agg_report_idle(w), "wait", w->wait, "blocks", (json_int_t)w->blocks, "bytes",
                     (json_int_t)w->bytes, "records", (json_int_t)w->records, "skipped",
                     (json_int_t)w->skipped, "keys", (json_int_t)w->keys, "share",
                     all_bytes ? (double)w->bytes / (double)all_bytes : 0.0);
}

static json_t *cores(const yoke_job_stats *stats) {
    json_t *list = json_array();
    for (int i = 0; list && i < stats->threads; i++) {
        json_array_append_new(list, core(&stats->workers[i], stats->bytes));
    }
    return list;
}

static json_t *phases(const agg_report *r) {
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "open", r->open_seconds, "map",
                     r->stats->map_seconds, "merge", r->stats->merge_seconds, "order",
                     r->stats->order_seconds, "sort", r->sort_seconds, "write", r->write_seconds);
}

static json_t *cpu_limit(void) {
    yoke_cpu_limit limit;
    if (yoke_cpu_limit_read(NULL, &limit) < 0) return json_null();
    json_t *bounds = json_array();
    for (int i = 0; bounds && i < limit.count; i++) {
        const yoke_cpu_bound *bound = &limit.bounds[i];
        json_array_append_new(
            bounds, json_pack("{s:s, s:f, s:s, s:b}", "bound", yoke_bound_name(bound->kind), "cpus",
                              bound->cpus, "source", bound->source, "binding", i == limit.binding));
    }
    return json_pack("{s:i, s:o}", "threads", limit.threads, "bounds", bounds);
}

static json_t *machine(void) {
    yoke_topology t;
    if (yoke_topology_read(&t) < 0) return json_null();
    return json_pack("{s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:s}", "packages", t.packages,
                     "numa_nodes", t.numa_nodes, "cores", t.cores, "processing_units",
                     t.processing_units, "l1d", known((long)t.l1d, 0), "l2", known((long)t.l2, 0),
                     "l3", known((long)t.l3, 0), "doubt", t.doubt);
}

static int add_dumped(const char *text, size_t size, void *to) {
    buffer_add(to, text, size);
    return 0;
}

void agg_report_json(const agg_report *r, buffer *to) {
    agg_report_figures f = agg_report_compute(r->stats);
    json_t *all = json_pack(
        "{s:i, s:I, s:I, s:I, s:I, s:f, s:o, s:o, s:f, s:f, s:o, s:o}", "threads",
        r->stats->threads, "groups", (json_int_t)r->groups, "records",
        (json_int_t)r->stats->records, "bytes", (json_int_t)r->stats->bytes, "table_bytes",
        (json_int_t)r->stats->table_bytes, "seconds", r->seconds, "phases", phases(r), "cores",
        cores(r->stats), "load_balance", f.balance, "parallel_efficiency", f.parallel, "cpu_limit",
        cpu_limit(), "machine", machine());
    if (!all || json_dump_callback(all, add_dumped, to, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0)
        to->failed = true;
    buffer_add_byte(to, '\n');
    json_decref(all);
}

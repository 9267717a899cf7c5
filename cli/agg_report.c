/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for people: a summary line, a line per core, the phases, the efficiencies, and what
 * limits the number of threads.
 */
#include <stdio.h>

#include "cli/agg_report.h"

agg_report_figures agg_report_compute(const yoke_job_stats *stats) {
    agg_report_figures f = {0};
    for (int i = 0; i < stats->threads; i++) {
        const yoke_worker_stats *w = &stats->workers[i];
        f.mean_busy += w->busy / stats->threads;
        if (w->busy > f.most_busy) f.most_busy = w->busy;
        if (w->wall > f.wall) f.wall = w->wall;
    }
    if (f.most_busy > 0) f.balance = f.mean_busy / f.most_busy;
    if (f.wall > 0) {
        f.parallel = f.mean_busy / f.wall;
        f.remainder = f.most_busy / f.wall;
    }
    return f;
}

double agg_report_idle(const yoke_worker_stats *worker) {
    return worker->wall > worker->busy ? worker->wall - worker->busy : 0;
}

/* ---- figures as text ---- */

enum { FIGURE = 40 };

/* "1,234,567" */
static const char *with_commas(uint64_t value, char text[FIGURE]) {
    char *at = text + FIGURE - 1;
    *at = '\0';
    int digits = 0;
    do {
        if (digits && digits % 3 == 0) *--at = ',';
        *--at = (char)('0' + value % 10);
        digits++;
    } while (value /= 10);
    return at;
}

/* "662.9 MiB" */
static const char *with_unit(double bytes, char text[FIGURE]) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    while (bytes >= 1024 && unit < 4) bytes /= 1024, unit++;
    snprintf(text, FIGURE, bytes < 100 ? "%.3g %s" : "%.0f %s", bytes, units[unit]);
    return text;
}

static const char *rate(double amount, double seconds, char text[FIGURE]) {
    return with_unit(seconds > 0 ? amount / seconds : 0, text);
}

/* ---- the parts ---- */

static void add_summary(const agg_report *r, buffer *to) {
    const yoke_job_stats *s = r->stats;
    char groups[FIGURE], records[FIGURE], bytes[FIGURE], speed[FIGURE];
    buffer_print(to, "%s group%s from %s record%s, %s in %.3f s (%s/s, %.1f million records/s)\n",
                 with_commas(r->groups, groups), r->groups == 1 ? "" : "s",
                 with_commas(s->records, records), s->records == 1 ? "" : "s",
                 with_unit((double)s->bytes, bytes), r->seconds,
                 rate((double)s->bytes, r->seconds, speed),
                 r->seconds > 0 ? (double)s->records / r->seconds / 1e6 : 0);
}

static void add_core(const yoke_worker_stats *w, uint64_t all_bytes, buffer *to) {
    char cpu[FIGURE] = "?", bytes[FIGURE], records[FIGURE], keys[FIGURE];
    if (w->cpu >= 0) snprintf(cpu, sizeof cpu, "%d", w->cpu);
    buffer_print(to, "%4s %8.3f s %8.3f s %8llu %10s %15s %6.1f %% %13s\n", cpu, w->busy,
                 agg_report_idle(w), (unsigned long long)w->blocks,
                 with_unit((double)w->bytes, bytes), with_commas(w->records, records),
                 all_bytes ? 100.0 * (double)w->bytes / (double)all_bytes : 0,
                 with_commas(w->keys, keys));
}

static void add_cores(const yoke_job_stats *stats, buffer *to) {
    buffer_print(to, "\n%4s %10s %10s %8s %10s %15s %8s %13s\n", "cpu", "busy", "idle", "blocks",
                 "bytes", "records", "share", "keys");
    for (int i = 0; i < stats->threads; i++) add_core(&stats->workers[i], stats->bytes, to);
}

static void add_phases(const agg_report *r, buffer *to) {
    const yoke_job_stats *s = r->stats;
    char tables[FIGURE];
    buffer_print(to,
                 "\nphases      open %.3f s, read and group %.3f s, merge %.3f s, order %.3f s,"
                 " write %.3f s\n",
                 r->open_seconds, s->map_seconds, s->merge_seconds,
                 s->order_seconds + r->sort_seconds, r->write_seconds);
    buffer_print(to, "tables      %s\n", with_unit((double)s->table_bytes, tables));
}

static void add_efficiency(const yoke_job_stats *stats, buffer *to) {
    agg_report_figures f = agg_report_compute(stats);
    buffer_print(to, "balance     %.1f %% (mean busy %.3f s / most busy %.3f s)\n", 100 * f.balance,
                 f.mean_busy, f.most_busy);
    buffer_print(
        to,
        "efficiency  %.1f %% (mean busy / wall %.3f s) = balance x %.1f %% (most busy / wall)\n",
        100 * f.parallel, f.wall, 100 * f.remainder);
}

static void add_limit(const agg_report *r, buffer *to) {
    yoke_cpu_limit limit;
    if (yoke_cpu_limit_read(NULL, &limit) < 0) return;
    buffer_print(to, "threads     %d, ", r->stats->threads);
    if (r->asked_threads) buffer_print(to, "asked for by --threads; ");
    buffer_print(to, "the CPU limit is %d:\n", limit.threads);
    for (int i = 0; i < limit.count; i++) {
        const yoke_cpu_bound *bound = &limit.bounds[i];
        buffer_print(to, "  %c %-20s %6.4g  %s\n", i == limit.binding ? '*' : ' ',
                     yoke_bound_name(bound->kind), bound->cpus, bound->source);
    }
}

static void add_cache(const char *name, size_t size, buffer *to) {
    char text[FIGURE];
    buffer_print(to, ", %s %s", name, size ? with_unit((double)size, text) : "not known");
}

static void add_machine(buffer *to) {
    yoke_topology t;
    if (yoke_topology_read(&t) < 0) {
        buffer_print(to, "machine     not known: %s\n", yoke_error_detail());
        return;
    }
    buffer_print(to, "machine     %d package%s, %d NUMA node%s, %d core%s, %d processing unit%s",
                 t.packages, t.packages == 1 ? "" : "s", t.numa_nodes, t.numa_nodes == 1 ? "" : "s",
                 t.cores, t.cores == 1 ? "" : "s", t.processing_units,
                 t.processing_units == 1 ? "" : "s");
    add_cache("L1d", t.l1d, to);
    add_cache("L2", t.l2, to);
    add_cache("L3", t.l3, to);
    buffer_print(to, "%s%s%s\n", *t.doubt ? " (" : "", t.doubt, *t.doubt ? ")" : "");
}

void agg_report_text(const agg_report *r, buffer *to) {
    add_summary(r, to);
    add_cores(r->stats, to);
    add_phases(r, to);
    add_efficiency(r->stats, to);
    add_limit(r, to);
    add_machine(to);
}

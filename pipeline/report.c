/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run shows, and what it predicts. A run of P workers takes at least the service time of its
 * busiest serial stage, and at least the service time of all stages divided by P; the greater of
 * the two is the bound (the law of the bottleneck of closed queueing networks: Denning and Buzen,
 * "The operational analysis of queueing network models", 1978). A prediction is the ratio of two
 * bounds: with one stage twice as fast, or one worker more, the rest as it was measured.
 */
#include <stdlib.h>
#include <string.h>

#include "pipeline/flow.h"
#include "runtime/fork.h"
#include "runtime/text.h"

/* The figures that a bound depends on. */
typedef struct model {
    const yoke__station *stations;
    size_t count;
    double workers;
} model;

/* In nanoseconds; the stage `faster` takes half its time (count: none). */
static double bound(const model *m, size_t faster) {
    double all = 0, serial = 0;
    for (size_t i = 0; i < m->count; i++) {
        double service = (double)m->stations[i].service * (i == faster ? 0.5 : 1);
        all += service;
        if (m->stations[i].serial && service > serial) serial = service;
    }
    return all / m->workers > serial ? all / m->workers : serial;
}

static double ratio(double a, double b) { return b > 0 ? a / b : 1; }

/* The busiest serial stage when it takes as long as the bound; else the one with most work. */
static size_t limiting(const model *m) {
    double all = bound(m, m->count);
    size_t most = 0, serial = m->count;
    for (size_t i = 0; i < m->count; i++) {
        const yoke__station *s = &m->stations[i];
        if (s->service > m->stations[most].service) most = i;
        if (s->serial && (double)s->service >= all) serial = i;
    }
    return serial < m->count ? serial : most;
}

static void fill_stage(const model *m, size_t i, yoke_stage_report *stage) {
    const yoke__station *s = &m->stations[i];
    *stage = (yoke_stage_report){
        .name = s->stage->name,
        .kind = s->stage->kind,
        .in = s->counts.in,
        .out = s->counts.out,
        .skipped = s->counts.skipped,
        .quarantined = s->counts.quarantined,
        .service = (double)s->service * 1e-9,
        .wait = (double)s->wait * 1e-9,
        .gain = ratio(bound(m, m->count), bound(m, i)),
    };
}

static void report_stage(yoke__reader *reader, int part, const yoke__station *s) {
    yoke__probe_figure(reader, "in", part, -1, s->counts.in);
    yoke__probe_figure(reader, "out", part, -1, s->counts.out);
    yoke__probe_figure(reader, "skipped", part, -1, s->counts.skipped);
    yoke__probe_figure(reader, "in quarantine", part, -1, s->counts.quarantined);
    yoke__probe_figure(reader, "work, ns", part, -1, (uint64_t)s->service);
    yoke__probe_figure(reader, "wait, ns", part, -1, (uint64_t)s->wait);
}

void yoke__pipeline_report(yoke__probe *probe, yoke__reader *reader) {
    yoke__pipeline *p = (yoke__pipeline *)((char *)probe - offsetof(yoke__pipeline, probe));
    if (p->forks != yoke__forks) return;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->count; i++) report_stage(reader, (int)i, &p->stations[i]);
    pthread_mutex_unlock(&p->lock);
}

int yoke__report_fill(yoke__pipeline *p, yoke_pipeline_report *report) {
    yoke_stage_report *stages = calloc(p->count, sizeof *stages);
    if (!stages) return yoke_fail(YOKE_ENOMEM, "%s: no memory for its report", p->options.name);
    model now = {p->stations, p->count, p->workers}, more = now;
    more.workers++;
    double least = bound(&now, p->count), elapsed = (double)(p->now(p->now_ctx) - p->began);
    for (size_t i = 0; i < p->count; i++) fill_stage(&now, i, &stages[i]);
    *report = (yoke_pipeline_report){
        .stages = stages,
        .count = p->count,
        .workers = p->workers,
        .elapsed = elapsed * 1e-9,
        .limiting = limiting(&now),
        .gain_worker = ratio(least, bound(&more, p->count)),
        .reached = ratio(least, elapsed),
        .batch = p->batch.size,
        .peak_items = p->peak_items,
        .peak_bytes = p->peak_bytes,
    };
    memcpy(report->batch_why, p->batch.why, sizeof report->batch_why);
    return YOKE_OK;
}

void yoke_pipeline_report_fini(yoke_pipeline_report *report) {
    free(report->stages);
    *report = (yoke_pipeline_report){0};
}

/* ---- as text */

static const char *const kinds[] = {"parallel", "serial", "in order"};

static void write_stage(yoke__text *text, const yoke_stage_report *s, double elapsed) {
    yoke__text_add(text, "  %-16s %-8s  in %llu, out %llu", s->name, kinds[s->kind],
                   (unsigned long long)s->in, (unsigned long long)s->out);
    if (s->skipped) yoke__text_add(text, ", skipped %llu", (unsigned long long)s->skipped);
    if (s->quarantined)
        yoke__text_add(text, ", in quarantine %llu", (unsigned long long)s->quarantined);
    yoke__text_add(text, "; %.3f s of work (%.0f %% of the run), waited for %.3f s", s->service,
                   100 * ratio(s->service, elapsed), s->wait);
    yoke__text_add(text, "; twice as fast: %.2f times\n", s->gain);
}

size_t yoke_pipeline_report_write(const yoke_pipeline_report *r, char *text, size_t size) {
    yoke__text out = {text, size, 0};
    yoke__text_add(&out, "%.3f s with %d workers, %.0f %% of the bound; batches of %zu: %s\n",
                   r->elapsed, r->workers, 100 * r->reached, r->batch, r->batch_why);
    for (size_t i = 0; i < r->count; i++) write_stage(&out, &r->stages[i], r->elapsed);
    const yoke_stage_report *limit = &r->stages[r->limiting];
    yoke__text_add(&out,
                   "  stage '%s' limits: twice as fast %.2f times, one worker more %.2f times\n",
                   limit->name, limit->gain, r->gain_worker);
    yoke__text_add(&out, "  in flight at most %zu items, %zu bytes\n", r->peak_items,
                   r->peak_bytes);
    return out.length;
}

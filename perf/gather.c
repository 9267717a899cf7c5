/* SPDX-License-Identifier: Apache-2.0
 *
 * From the recorders of threads to a profile: their trees become one, in which a region is known by
 * its parent, its name and its activity.
 */
#include <stdlib.h>
#include <string.h>

#include "perf/counters.h"
#include "perf/profile.h"

typedef struct gathering {
    yoke_profile *profile;
    const yoke__session *session;
    const yoke__counters *counters;
    double tick;          /* seconds */
    int *child, *sibling; /* of each region: the first child, the next sibling; -1: none */
} gathering;

/* ---- walking a tree ---- */

/* The region after `at`, parents before children; NULL at the end. */
static yoke__region *next_region(yoke__region *at) {
    if (at->first) return at->first;
    while (at && !at->next) at = at->parent;
    return at ? at->next : NULL;
}

static void count_all(const gathering *g, size_t *regions, size_t *cells, size_t *spans) {
    *regions = *cells = *spans = 0;
    for (yoke__recorder *r = g->session->first; r; r = r->next) {
        *spans += r->spans.count;
        for (yoke__region *at = &r->root; at; at = next_region(at)) {
            ++*regions;
            for (const yoke__cell *cell = at->cells; cell; cell = cell->next) ++*cells;
        }
    }
}

/* ---- regions ---- */

static bool is_region(const yoke_region_node *node, const yoke__region *region) {
    return node->activity == region->activity && strcmp(node->name, region->name) == 0;
}

static int find_child(const gathering *g, int parent, const yoke__region *region) {
    int at = g->child[parent];
    while (at >= 0 && !is_region(&g->profile->regions[at], region)) at = g->sibling[at];
    return at;
}

static int add_region(gathering *g, int parent, const yoke__region *region) {
    yoke_profile *p = g->profile;
    const char *name = yoke__perf_profile_text(p, region->name);
    if (!name) return YOKE_ENOMEM;
    int id = (int)p->region_count++;
    p->regions[id] = (yoke_region_node){name, parent, region->activity};
    g->child[id] = -1;
    g->sibling[id] = parent >= 0 ? g->child[parent] : -1;
    if (parent >= 0) g->child[parent] = id;
    return id;
}

static int add_tree(gathering *g, yoke__recorder *r) {
    r->root.id = 0;
    if (g->profile->region_count == 0) YOKE_TRY(add_region(g, -1, &r->root));
    for (yoke__region *at = next_region(&r->root); at; at = next_region(at)) {
        int parent = at->parent->id;
        at->id = find_child(g, parent, at);
        if (at->id < 0) at->id = add_region(g, parent, at);
        YOKE_TRY(at->id);
    }
    return YOKE_OK;
}

/* ---- cells ---- */

/* Of declared work none is not nought, nor of events that were compiled out. */
static double own_value(yoke__event event, double count) {
    bool declared = event == YOKE__EVENT_FLOPS || event == YOKE__EVENT_BYTES;
    if (YOKE__NO_REGIONS && !declared) return YOKE_NOT_MEASURED;
    return declared && count == 0 ? YOKE_NOT_MEASURED : count;
}

static int add_cell(gathering *g, const yoke__recorder *r, int region, const yoke__cell *from) {
    yoke_profile *p = g->profile;
    double *values = yoke__perf_profile_array(p, p->metric_count, sizeof *values);
    if (!values) return YOKE_ENOMEM;
    for (int i = 0; i < YOKE__EVENTS; i++) values[i] = own_value((yoke__event)i, from->events[i]);
    yoke__counters_values(g->counters, from->read ? from->values : NULL, values + YOKE__EVENTS);
    p->cells[p->cell_count++] = (yoke_cell){.region = region,
                                            .thread = r->number,
                                            .cpu = from->cpu,
                                            .calls = from->calls,
                                            .read = from->read,
                                            .wall_s = (double)from->wall * g->tick,
                                            .self_s = (double)from->self * g->tick,
                                            .values = values};
    return YOKE_OK;
}

static int add_cells(gathering *g, yoke__recorder *r) {
    for (yoke__region *at = &r->root; at; at = next_region(at)) {
        for (const yoke__cell *cell = at->cells; cell; cell = cell->next)
            YOKE_TRY(add_cell(g, r, at->id, cell));
    }
    return YOKE_OK;
}

static int compare(int a, int b) { return (a > b) - (a < b); }

static int by_region(const void *a, const void *b) {
    const yoke_cell *x = a, *y = b;
    if (x->region != y->region) return compare(x->region, y->region);
    return x->thread != y->thread ? compare(x->thread, y->thread) : compare(x->cpu, y->cpu);
}

/* ---- threads and spans ---- */

static uint64_t since_start(const gathering *g, uint64_t ticks) {
    uint64_t begin = g->session->begin.ticks;
    return ticks > begin ? (uint64_t)((double)(ticks - begin) * g->tick * 1e9) : 0;
}

static void add_thread(gathering *g, const yoke__recorder *r) {
    yoke_profile *p = g->profile;
    p->threads[p->thread_count++] =
        (yoke_profile_thread){.thread = r->number,
                              .tid = r->tid,
                              .begin_s = (double)since_start(g, r->begin) * 1e-9,
                              .end_s = (double)since_start(g, r->end) * 1e-9};
    for (size_t i = 0; i < r->spans.count; i++) {
        const yoke__region_span *from = &r->spans.at[i];
        p->spans[p->span_count++] = (yoke_span){.region = from->region->id,
                                                .thread = r->number,
                                                .cpu = from->cpu,
                                                .begin_ns = since_start(g, from->begin),
                                                .end_ns = since_start(g, from->end)};
    }
    p->spans_lost += r->spans.lost;
}

/* Of spans that begin together the outer one first. */
static int by_begin(const void *a, const void *b) {
    const yoke_span *x = a, *y = b;
    if (x->thread != y->thread) return compare(x->thread, y->thread);
    if (x->begin_ns != y->begin_ns) return x->begin_ns < y->begin_ns ? -1 : 1;
    if (x->end_ns != y->end_ns) return x->end_ns > y->end_ns ? -1 : 1;
    return compare(x->region, y->region);
}

/* ---- all of it ---- */

static int make_room(gathering *g) {
    yoke_profile *p = g->profile;
    size_t regions, cells, spans;
    count_all(g, &regions, &cells, &spans);
    p->regions = yoke__perf_profile_array(p, regions, sizeof *p->regions);
    p->cells = yoke__perf_profile_array(p, cells, sizeof *p->cells);
    p->spans = yoke__perf_profile_array(p, spans, sizeof *p->spans);
    p->threads = yoke__perf_profile_array(p, (size_t)g->session->threads, sizeof *p->threads);
    g->child = yoke__perf_profile_array(p, regions, sizeof *g->child);
    g->sibling = yoke__perf_profile_array(p, regions, sizeof *g->sibling);
    bool made = p->regions && p->cells && p->spans && p->threads && g->child && g->sibling;
    return made ? YOKE_OK : YOKE_ENOMEM;
}

int yoke__gather(yoke_profile *profile, const yoke__session *session,
                 const yoke__counters *counters) {
    gathering g = {.profile = profile, .session = session, .counters = counters};
    g.tick = yoke__ticks_length(session->begin, session->end) * 1e-9;
    YOKE_TRY(make_room(&g));
    for (yoke__recorder *r = session->first; r; r = r->next) {
        YOKE_TRY(add_tree(&g, r));
        YOKE_TRY(add_cells(&g, r));
        add_thread(&g, r);
    }
    qsort(profile->cells, profile->cell_count, sizeof *profile->cells, by_region);
    qsort(profile->spans, profile->span_count, sizeof *profile->spans, by_begin);
    return YOKE_OK;
}

void yoke__gather_notes(yoke__text *notes, const yoke__session *session) {
    uint64_t unmatched = 0, crossed = 0, folded = 0;
    const yoke__recorder *first = NULL;
    for (const yoke__recorder *r = session->first; r; r = r->next) {
        unmatched += r->unmatched;
        crossed += r->crossed;
        folded += r->folded;
        if (r->crossed && !first) first = r;
    }
    if (first)
        yoke__text_add(notes,
                       "wrong nesting, %llu times: first on thread %d, where the region \"%s\" was "
                       "to end inside \"%s\"\n",
                       (unsigned long long)crossed, first->number, first->found, first->expected);
    if (unmatched)
        yoke__text_add(notes, "%llu ends of regions that had begun before, or never\n",
                       (unsigned long long)unmatched);
    if (folded)
        yoke__text_add(notes,
                       "%llu calls are folded in the regions around them: too deep, too "
                       "many places, or no memory\n",
                       (unsigned long long)folded);
    if (session->unseen)
        yoke__text_add(notes, "%llu threads are not recorded: too many, or no memory\n",
                       (unsigned long long)session->unseen);
}

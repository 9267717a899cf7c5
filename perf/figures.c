/* SPDX-License-Identifier: Apache-2.0 */
#include "perf/figures.h"

#include <stdlib.h>
#include <string.h>

#include "perf/profile.h"
#include "runtime/probe.h"

/* Kinds and names are literals; an object's name may end with it. */
typedef struct yoke__reading_entry {
    uint64_t serial;
    const char *kind, *name;
    char *object;
    int part, peer;
    uint64_t value;
} entry;

static bool make_room(yoke__reading *reading) {
    if (reading->count < reading->room) return true;
    size_t room = reading->room ? 2 * reading->room : 64;
    entry *at = realloc(reading->at, room * sizeof *at);
    if (!at) return false;
    reading->at = at;
    reading->room = room;
    return true;
}

static bool add(yoke__reading *reading, const yoke_figure *figure) {
    char *object = make_room(reading) ? strdup(figure->object) : NULL;
    if (!object) return false;
    reading->at[reading->count++] = (entry){yoke__probe_serial(figure),
                                            figure->kind,
                                            figure->name,
                                            object,
                                            figure->part,
                                            figure->peer,
                                            figure->value};
    return true;
}

static void note_before(const yoke_figure *figure, void *ctx) {
    yoke__figures *figures = ctx;
    if (!add(&figures->before, figure)) figures->lost = true;
}

static void note_after(const yoke_figure *figure, void *ctx) {
    yoke__figures *figures = ctx;
    if (!add(&figures->after, figure)) figures->lost = true;
}

bool yoke__figures_begin(yoke__figures *figures) {
    return yoke__probe_watch(note_before, note_after, figures);
}

static void ignore(const yoke_figure *figure, void *ctx) { (void)figure, (void)ctx; }

void yoke__figures_read(yoke__figures *figures) { yoke__probe_watch(note_after, ignore, figures); }

void yoke__figures_end(yoke__figures *figures) { yoke__probe_watch(NULL, NULL, figures); }

static bool is_same(const entry *a, const entry *b) {
    return a->serial == b->serial && a->part == b->part && a->peer == b->peer &&
           strcmp(a->name, b->name) == 0;
}

/* Objects say the same things in the same order, so the search begins where the last one ended. */
static uint64_t value_before(const yoke__reading *before, const entry *now, size_t *hint) {
    for (size_t i = 0; i < before->count; i++) {
        size_t at = (*hint + i) % before->count;
        if (!is_same(&before->at[at], now)) continue;
        *hint = at + 1;
        return before->at[at].value;
    }
    return 0;
}

int yoke__figures_fill(yoke_profile *profile, const yoke__figures *figures) {
    const yoke__reading *after = &figures->after;
    size_t hint = 0;
    profile->figures = yoke__perf_profile_array(profile, after->count, sizeof *profile->figures);
    if (!profile->figures) return YOKE_ENOMEM;
    for (size_t i = 0; i < after->count; i++) {
        const entry *now = &after->at[i];
        uint64_t had = value_before(&figures->before, now, &hint);
        uint64_t value = now->value > had ? now->value - had : 0;
        if (now->peer >= 0 && value == 0) continue; /* a square of them, mostly nought */
        const char *object = yoke__perf_profile_text(profile, now->object);
        if (!object) return YOKE_ENOMEM;
        profile->figures[profile->figure_count++] =
            (yoke_profile_figure){now->kind, object, now->name, now->part, now->peer, value};
    }
    return YOKE_OK;
}

static void free_reading(yoke__reading *reading) {
    for (size_t i = 0; i < reading->count; i++) free(reading->at[i].object);
    free(reading->at);
    *reading = (yoke__reading){0};
}

void yoke__figures_free(yoke__figures *figures) {
    free_reading(&figures->before);
    free_reading(&figures->after);
}

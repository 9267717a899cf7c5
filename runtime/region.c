/* SPDX-License-Identifier: Apache-2.0
 *
 * Beginning and ending regions: the part of recording that runs in the thread itself. Its protocol
 * stands in runtime/region.h.
 */
#include "runtime/region.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/thread.h"
#include "yoke/event.h"

unsigned yoke_regions_on_;

/* A call is sampled when it is expected to last that many times as long as sampling it, and while
 * one part in SHARE of the thread's time at most goes into that, a few first calls apart. */
enum { WORTH = 100, SHARE = 200, FREE_SAMPLES = 32, COLUMNS = 64 };

/* ---- the thread and its recorder ---- */

static inline void be_busy(yoke__thread *self) {
    if (__builtin_expect(yoke_barrier_asymmetric_, 1)) {
        /* relaxed: pairs with the barrier on all threads in yoke__session_stop, which makes the
         * order of this store and the load that follows known to it. */
        __atomic_store_n(&self->recording.busy, 1, __ATOMIC_RELAXED);
        __atomic_signal_fence(__ATOMIC_SEQ_CST); /* for the compiler */
    } else {
        __atomic_exchange_n(&self->recording.busy, 1, __ATOMIC_SEQ_CST);
    }
}

/* Seq_cst, as are the stores and the look at `busy` of who stops: where there is no barrier on all
 * threads, one of the two sees the other. What yoke__session_start set up is seen. */
static inline unsigned look_again(void) {
    return __atomic_load_n(&yoke_regions_on_, __ATOMIC_SEQ_CST);
}

static inline void be_free(yoke__thread *self) {
    /* release: what was recorded lies before; pairs with the load in yoke__session_stop. */
    __atomic_store_n(&self->recording.busy, 0, __ATOMIC_RELEASE);
}

static yoke__recorder *seize_slowly(bool attach) {
    yoke__thread *self = attach ? yoke__thread_self() : yoke__thread_record;
    if (!self) return NULL;
    for (;;) {
        be_busy(self);
        unsigned on = look_again();
        if (on && on == self->recording.measurement && self->recording.recorder)
            return self->recording.recorder;
        be_free(self);
        if (!on || !attach || on == self->recording.measurement) return NULL;
        yoke__recorder_attach(self, on);
    }
}

/* The calling thread's recorder, which nobody reads until be_free; NULL: not recorded. */
static inline yoke__recorder *seize(bool attach) {
    yoke__thread *self = yoke__thread_record;
    if (self) {
        be_busy(self);
        unsigned on = look_again();
        if (__builtin_expect(on && on == self->recording.measurement && self->recording.recorder,
                             1))
            return self->recording.recorder;
        be_free(self);
    }
    return seize_slowly(attach);
}

/* ---- the tree ---- */

static yoke__region *grow(yoke__recorder *r, yoke__region *parent, const char *name,
                          yoke_activity activity) {
    yoke__region *made = r->regions < YOKE__PLACES_MOST ? calloc(1, sizeof *made) : NULL;
    if (!made) return NULL;
    made->name = name;
    made->activity = activity;
    made->parent = parent;
    yoke__region **end = &parent->first;
    while (*end) end = &(*end)->next;
    *end = made;
    r->regions++;
    return made;
}

static yoke__region *search(const yoke__region *parent, const char *name, yoke_activity activity) {
    for (yoke__region *at = parent->first; at; at = at->next) {
        if (at->name == name && at->activity == activity) return at;
    }
    for (yoke__region *at = parent->first; at; at = at->next) {
        if (at->activity == activity && strcmp(at->name, name) == 0) return at;
    }
    return NULL;
}

yoke__region *yoke__region_find(yoke__recorder *r, yoke__region *parent, const char *name,
                                yoke_activity activity) {
    yoke__region *last = parent->last_used;
    if (last && last->name == name && last->activity == activity) return last;
    yoke__region *found = search(parent, name, activity);
    if (!found) found = grow(r, parent, name, activity);
    if (found) parent->last_used = found;
    return found;
}

static yoke__cell *cell_of(yoke__region *region, int cpu) {
    yoke__cell *first = region->cells;
    if (__builtin_expect(first && first->cpu == cpu, 1)) return first;
    yoke__cell **at = &region->cells;
    while (*at && (*at)->cpu != cpu) at = &(*at)->next;
    yoke__cell *cell = *at;
    int columns = yoke__session_sampler ? yoke__session_sampler->columns : 0;
    if (cell)
        *at = cell->next;
    else
        cell = calloc(1, sizeof *cell + (size_t)columns * sizeof *cell->values);
    if (!cell) return NULL;
    cell->cpu = cpu;
    cell->next = region->cells;
    return region->cells = cell;
}

/* ---- samples ---- */

static bool worth_sampling(const yoke__recorder *r, const yoke__region *region, uint64_t now) {
    const yoke__cell *last = region->cells;
    uint64_t price = 2 * r->price;
    if (last && last->wall < last->calls * price * WORTH) return false;
    uint64_t allowed = (now - r->begin) / SHARE + (last ? 0 : FREE_SAMPLES * price);
    return r->spent + price <= allowed;
}

/* The time after it. */
static uint64_t sample(yoke__recorder *r, double *values, bool own, bool *done) {
    uint64_t begin = yoke__ticks();
    *done = yoke__session_sampler->read(r->state, r->tid, own, values);
    uint64_t end = yoke__ticks(), price = end > begin ? end - begin : 0;
    r->price = r->price ? (7 * r->price + price) / 8 : price;
    r->spent += price;
    return end;
}

static double *samples_at(const yoke__recorder *r, int depth) {
    return r->samples + (size_t)depth * (size_t)yoke__session_sampler->columns;
}

static void sample_end(yoke__recorder *r, int depth, yoke__cell *cell, bool own) {
    double values[COLUMNS];
    const double *before = samples_at(r, depth);
    bool done;
    sample(r, values, own, &done);
    if (!done) return;
    cell->read++;
    const yoke__sampler *sampler = yoke__session_sampler;
    for (int i = 0; i < sampler->columns; i++) values[i] -= before[i];
    if (sampler->settle) sampler->settle(sampler, values);
    for (int i = 0; i < sampler->columns; i++) cell->values[i] += values[i];
}

/* ---- frames ---- */

/* A marker that runs cannot be started again: a recursive region is its outermost call there. */
static bool is_to_be_told(const yoke__recorder *r, const char *name, yoke_activity activity) {
    if (!r->told || activity != YOKE_ACTIVITY_WORK) return false;
    for (int i = r->depth; i > 0; i--) {
        const yoke__frame *frame = &r->frames[i];
        if (frame->told && yoke__session_sampler->alike(frame->name, name)) return false;
    }
    return true;
}

static void push(yoke__recorder *r, const char *name, yoke_activity activity) {
    if (r->depth + 1 >= YOKE__FRAMES) { /* not told either: its end has no name */
        r->deeper++;
        r->folded++;
        return;
    }
    bool told = is_to_be_told(r, name, activity);
    if (told) yoke__session_sampler->enter(name);
    yoke__frame *below = &r->frames[r->depth], *top = below + 1;
    yoke__region *region = yoke__region_find(r, below->region, name, activity);
    r->folded += !region;
    r->depth++;
    *top = (yoke__frame){.region = region ? region : below->region,
                         .name = name,
                         .activity = activity,
                         .folded = !region,
                         .told = told};
    uint64_t now = yoke__ticks();
    if (r->state && region && worth_sampling(r, region, now))
        now = sample(r, samples_at(r, r->depth), true, &top->sampled);
    top->begin = now;
}

void yoke__recorder_open(yoke__recorder *r) {
    r->depth = 0;
    r->begin = yoke__ticks();
    r->frames[0] = (yoke__frame){.region = &r->root, .name = r->root.name, .begin = r->begin};
    if (r->state) sample(r, r->samples, true, &r->frames[0].sampled);
}

static void hand_over(yoke__region *from, yoke__region *to, double *cell) {
    for (int i = 0; i < YOKE__EVENTS; i++) {
        if (cell) cell[i] += from->events[i];
        if (to) to->events[i] += from->events[i];
        from->events[i] = 0;
    }
    from->noted = false;
    if (to) to->noted = true;
}

/* A frame that is no call of a region: what was inside belongs to the frame below. */
static void pop_no_call(const yoke__frame *top, yoke__frame *below) {
    below->inner += top->inner;
    if (!top->folded && top->region->noted) hand_over(top->region, below->region, NULL);
}

static void pop_call(yoke__recorder *r, yoke__frame *top, uint64_t wall, int cpu, bool own) {
    yoke__region *region = top->region;
    yoke__cell *cell = cell_of(region, cpu);
    r->folded += !cell;
    if (!cell) return;
    cell->calls++;
    cell->wall += wall;
    cell->self += wall > top->inner ? wall - top->inner : 0;
    if (top->sampled) sample_end(r, (int)(top - r->frames), cell, own);
    if (region->noted) hand_over(region, region->parent, cell->events);
}

void yoke__recorder_pop(yoke__recorder *r, uint64_t now, int cpu, bool own) {
    yoke__frame *top = &r->frames[r->depth], *below = r->depth ? top - 1 : NULL;
    r->cpu = cpu;
    if (own && top->told) yoke__session_sampler->leave(top->name);
    if (below && (top->folded || !top->name)) {
        pop_no_call(top, below);
    } else {
        uint64_t wall = now > top->begin ? now - top->begin : 0;
        pop_call(r, top, wall, cpu, own);
        if (below) {
            below->inner += wall;
            if (wall >= r->spans.least)
                yoke__spans_add(&r->spans, top->region, cpu, top->begin, top->begin + wall);
            else
                r->spans.lost++;
        }
    }
    r->depth--;
}

static bool same_name(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* How many frames end with that name. */
static int frames_to_end(yoke__recorder *r, const char *name) {
    const yoke__frame *top = &r->frames[r->depth];
    if (r->depth == 0) {
        r->unmatched++;
        return 0;
    }
    if (__builtin_expect(same_name(top->name, name), 1)) return 1;
    if (!r->crossed++) r->expected = top->name, r->found = name;
    for (int depth = r->depth; depth > 0; depth--) {
        if (same_name(r->frames[depth].name, name)) return r->depth - depth + 1;
    }
    return 0;
}

static void leave(yoke__recorder *r, const char *name) {
    if (r->deeper) {
        r->deeper--;
        return;
    }
    uint64_t now = yoke__ticks();
    int cpu = sched_getcpu();
    for (int count = frames_to_end(r, name); count > 0; count--)
        yoke__recorder_pop(r, now, cpu, true);
    while (r->depth > 0 && !r->frames[r->depth].name) yoke__recorder_pop(r, now, cpu, true);
}

/* ---- public ---- */

/* The region that the caller, who is busy, has just begun; it is busy no longer. */
static yoke__open_region opened(const char *name) {
    yoke__open_region made = {name, yoke__thread_record->recording.measurement};
    be_free(yoke__thread_record);
    return made;
}

yoke__open_region yoke__region_open_(const char *name, yoke_activity activity) {
    yoke__recorder *r = seize(true);
    if (!r) return (yoke__open_region){0};
    push(r, name, activity);
    return opened(name);
}

void yoke_region_enter_(const char *name, yoke_activity activity) {
    yoke__region_open_(name, activity);
}

void yoke__region_close_(const yoke__open_region *region) {
    yoke__recorder *r = seize(false);
    if (!r) return;
    if (region->measurement == yoke__thread_record->recording.measurement) leave(r, region->name);
    be_free(yoke__thread_record);
}

void yoke_region_leave_(const char *name) {
    yoke__recorder *r = seize(false);
    if (!r) return;
    leave(r, name);
    be_free(yoke__thread_record);
}

yoke__open_region yoke__region_open_wait_(const char *name) {
    yoke__recorder *r = seize(true);
    if (!r) return (yoke__open_region){0};
    const yoke__frame *top = &r->frames[r->depth];
    if (r->deeper || top->activity == YOKE_ACTIVITY_WAIT) {
        be_free(yoke__thread_record);
        return (yoke__open_region){0};
    }
    push(r, name, YOKE_ACTIVITY_WAIT);
    return opened(name);
}

void yoke__region_note_(yoke__event event, double count) {
    yoke__recorder *r = seize(true);
    if (!r) return;
    yoke__region *region = r->frames[r->depth].region;
    region->events[event] += count;
    region->noted = true;
    be_free(yoke__thread_record);
}

void yoke_region_declare_(double flops, double bytes) {
    yoke__region_note_(YOKE__EVENT_FLOPS, flops);
    yoke__region_note_(YOKE__EVENT_BYTES, bytes);
}

/* ---- places ---- */

void yoke__path_take_(yoke__path *path) {
    const yoke__recorder *r = seize(true);
    if (!r) return;
    const yoke__region *leaf = r->frames[r->depth].region, *at;
    int depth = 0, skip;
    for (at = leaf; at->parent; at = at->parent) depth++;
    path->depth = depth < YOKE__PATH_DEPTH ? depth : YOKE__PATH_DEPTH;
    skip = depth - path->depth;
    for (at = leaf; skip > 0; skip--) at = at->parent;
    for (int i = path->depth; i-- > 0; at = at->parent)
        path->at[i] = (struct yoke__step){at->name, at->activity};
    path->measurement = yoke__thread_record->recording.measurement;
    be_free(yoke__thread_record);
}

static void adopt(yoke__recorder *r, const yoke__path *path) {
    yoke__region *at = &r->root, *next = at;
    for (int i = 0; i < path->depth && next; i++) {
        next = yoke__region_find(r, at, path->at[i].name, path->at[i].activity);
        if (next) at = next;
    }
    if (at == &r->root) return;
    r->depth++;
    r->frames[r->depth] = (yoke__frame){.region = at};
}

yoke__open_region yoke__path_enter_(const yoke__path *path, const char *name,
                                    yoke_activity activity) {
    yoke__recorder *r = seize(true);
    if (!r) return (yoke__open_region){0};
    if (r->depth == 0 && path->measurement == yoke__thread_record->recording.measurement)
        adopt(r, path);
    push(r, name, activity);
    return opened(name);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Visiting all entries of the concurrent map, and its statistics.
 *
 * Buckets lie in the order of the hash in every table, so a position in that order stays good when
 * a table grows: the walk keeps the place (32 bits of the hash) that it has come to, takes the
 * entries of the bucket where that place lies now, and goes on behind that bucket. Each hash is
 * thus passed exactly once. Entries are copied while their chain is locked and visited after that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sharding/map.h"

#define PLACES ((uint64_t)1 << 32)

typedef struct walk {
    yoke_map *map;
    map_shard *in;
    yoke__thread *self;
    yoke_map_visit_fn *visit;
    void *ctx;
    uint64_t from; /* the place it has come to */
    uint64_t *copies;
    size_t count, room; /* entries in copies */
} walk;

static size_t entry_words(const walk *w) { return 1 + w->map->words; }

/* Locks the chain of the place and tells up to which place it holds all that there is: the end of
 * its home, and before that of every home on the way that has MOVED, since the neighbours of such a
 * home may not have. */
static bucket *lock_place(walk *w, table **at, uint64_t *end, uint32_t *state) {
    table *t = load_table(w->self, &w->in->table);
    *end = PLACES;
    for (;; t = next_table(w->self, w->in, t)) {
        uint64_t index = w->from * t->buckets >> 32;
        uint64_t behind = (((index + 1) << 32) + t->buckets - 1) / t->buckets;
        bucket *home = bucket_at(t, index, shape_of(w->map));
        if (behind < *end) *end = behind;
        if (!lock_bucket(home, state)) continue;
        *at = t;
        return home;
    }
}

static void copy_entry(walk *w, map_word *entry) {
    uint64_t *to = w->copies + w->count * entry_words(w);
    /* as a pointer to a byte string it has to stay when the chain is unlocked */
    to[0] = (uint64_t)yoke__reclaim_load(w->self, (void *const *)entry);
    for (unsigned i = 0; i < w->map->words; i++) to[1 + i] = load_word(&entry[1 + i]);
}

/* Copies the entries of a locked chain between w->from and `end` as far as there is room; counts
 * all. */
static void copy_chain(walk *w, const table *t, bucket *home, uint64_t end) {
    shape s = shape_of(w->map);
    w->count = 0;
    for (bucket *b = home; b; b = next_bucket(t, b, s)) {
        uint64_t tags = load_word(&b->tags);
        for (unsigned i = 0; i < SLOTS; i++) {
            map_word *entry = slot_at(b, i, s);
            if (!(tags >> 8 * i & 0xFF)) continue;
            uint64_t place = turned(w->map, yoke__map_hash(w->map, load_word(entry))) >> 32;
            if (place < w->from || place >= end) continue;
            if (w->count < w->room) copy_entry(w, entry);
            w->count++;
        }
    }
}

static int make_room(walk *w) {
    size_t room = w->count + w->count / 2 + SLOTS;
    uint64_t *copies = reallocarray(w->copies, room, entry_words(w) * 8);
    if (!copies) return yoke_fail(YOKE_ENOMEM, "no memory to visit %zu entries of a map", w->count);
    w->copies = copies;
    w->room = room;
    return YOKE_OK;
}

static int visit_copies(const walk *w) {
    for (size_t i = 0; i < w->count; i++) {
        const uint64_t *entry = w->copies + i * entry_words(w);
        const map_blob *blob = w->map->bytes ? blob_of(entry[0]) : NULL;
        int status = blob ? w->visit(blob->data, blob->size, entry + 1, w->ctx)
                          : w->visit(entry, 8, entry + 1, w->ctx);
        if (status) return status;
    }
    return YOKE_OK;
}

static int visit_chain(walk *w) {
    table *t;
    uint64_t end;
    uint32_t state;
    bucket *home = lock_place(w, &t, &end, &state);
    copy_chain(w, t, home, end);
    unlock_bucket(home, state);
    if (w->count > w->room) return make_room(w); /* and the same place again */
    w->from = end;
    return visit_copies(w);
}

unsigned yoke_map_shards(const yoke_map *map) { return map->shard_count; }

int yoke_map_each_in_shard(yoke_map *map, unsigned index, yoke_map_visit_fn *visit, void *ctx) {
    if (!visit || index >= yoke_map_shards(map)) {
        return yoke_fail(YOKE_EINVAL, "a map has no shard %u, only %u of them", index,
                         yoke_map_shards(map));
    }
    walk w = {.map = map, .in = &map->shards[index], .visit = visit, .ctx = ctx};
    w.self = yoke__thread_self();
    if (!w.self) return YOKE_ENOMEM;
    int status = YOKE_OK;
    while (!status && w.from < PLACES) {
        yoke__reclaim_enter(w.self);
        status = visit_chain(&w);
        yoke__reclaim_leave(w.self);
    }
    free(w.copies);
    return status;
}

int yoke_map_each(yoke_map *map, yoke_map_visit_fn *visit, void *ctx) {
    int status = YOKE_OK;
    for (unsigned i = 0; !status && i < yoke_map_shards(map); i++) {
        status = yoke_map_each_in_shard(map, i, visit, ctx);
    }
    return status;
}

/* ---- statistics ---- */

/* Adds up one home's chain; returns its entries. */
static size_t measure_chain(const table *t, bucket *b, yoke_map_stats *to, shape s) {
    size_t entries = 0;
    for (; b; b = next_bucket(t, b, s)) {
        entries += (size_t)__builtin_popcountll(used_slots(load_word(&b->tags)));
        to->buckets++;
    }
    if (entries > to->longest_chain) to->longest_chain = entries;
    return entries;
}

static void measure_shard(const yoke_map *map, map_shard *in, yoke__thread *self,
                          yoke_map_stats *to) {
    shape s = shape_of(map);
    size_t entries = 0, tables = 0;
    for (table *t = load_table(self, &in->table); t; t = growing_to(self, in, t), tables++) {
        for (uint64_t i = 0; i < t->buckets; i++) {
            bucket *home = bucket_at(t, i, s);
            bool moved = atomic_load(&home->state) & MOVED;
            size_t found = measure_chain(t, home, to, s);
            if (!moved) entries += found;
        }
    }
    to->growing += tables > 1;
    to->entries += entries;
    to->used_shards += entries != 0;
    if (entries > to->largest_shard) to->largest_shard = entries;
}

/* A fair hash fills shards like throws of dice: six standard deviations above the mean is no chance
 * any more. */
static void judge(yoke_map_stats *to) {
    double mean = (double)to->entries / to->shards, largest = (double)to->largest_shard;
    double allowed = mean + 6 * __builtin_sqrt(mean) + 6;
    to->skew = to->entries ? largest / mean : 1;
    if (to->shards > 1 && to->used_shards == 1 && to->entries > 8) {
        snprintf(to->verdict, sizeof to->verdict,
                 "all %zu entries are in one of %u shards: the hash does not tell these keys apart",
                 to->entries, to->shards);
    } else if (largest > allowed) {
        snprintf(to->verdict, sizeof to->verdict,
                 "one shard has %zu of %zu entries, %.1f times the mean: the hash is uneven for "
                 "these keys",
                 to->largest_shard, to->entries, to->skew);
    } else {
        snprintf(to->verdict, sizeof to->verdict, "the entries are spread evenly over the shards");
    }
}

int yoke_map_stats_read(yoke_map *map, yoke_map_stats *stats) {
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    if (!stats) return yoke_fail(YOKE_EINVAL, "statistics of a map need a place to go to");
    yoke_map_stats found = {.shards = yoke_map_shards(map)};
    for (unsigned i = 0; i < found.shards; i++) {
        yoke__reclaim_enter(self);
        measure_shard(map, &map->shards[i], self, &found);
        yoke__reclaim_leave(self);
    }
    found.bytes = found.buckets * map->bucket_size + found.shards * sizeof(map_shard) + sizeof *map;
    judge(&found);
    *stats = found;
    return YOKE_OK;
}

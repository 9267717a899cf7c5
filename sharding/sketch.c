/* SPDX-License-Identifier: Apache-2.0
 *
 * Space-Saving with a binary heap, the least counter on top, since weights are arbitrary: the list
 * of buckets in the paper is for weights of one. A table of counters by hash (linear probing, half
 * full at most, deletion by shifting back) finds the counter of a key.
 *
 * Invariants: counters[0 .. used) are a min-heap by count; places[] holds the position + 1 of each
 * counter in the heap, and counter.place the index of that place, so that moving a counter costs
 * one store. No key without a counter weighs more than `floor` while there are free counters, nor
 * more than the least count when there are none.
 */
#include "yoke/sketch.h"

#include <stdlib.h>
#include <string.h>

#include "yoke/hash.h"

enum { MOST_KEY_BYTES = 65536 };
#define MOST_COUNTERS ((size_t)1 << 24)

typedef struct counter {
    uint64_t hash;
    uint64_t count, error;
    size_t key_size;
    uint32_t place; /* in places */
    uint32_t key;   /* number of the row with its bytes */
} counter;

struct yoke_sketch {
    size_t most, used; /* counters */
    size_t key_bytes;
    uint64_t total;
    uint64_t floor; /* what a key without a counter may have weighed; not 0 only after merging */
    size_t mask;    /* of places */
    counter *counters;
    uint32_t *places; /* position in the heap + 1; 0: free */
    char *keys;       /* rows of key_bytes */
};

/* The same for all sketches: merging compares hashes. */
static const uint64_t seed[2] = {0x8BB84B93962EACC9u, 0x2D358DCCAA6C78A5u};

void yoke_sketch_destroy(yoke_sketch *sketch) {
    if (!sketch) return;
    free(sketch->counters);
    free(sketch->places);
    free(sketch->keys);
    free(sketch);
}

static int allocate(yoke_sketch *sketch) {
    size_t places = 4;
    while (places < 2 * sketch->most) places *= 2;
    sketch->mask = places - 1;
    sketch->counters = malloc(sketch->most * sizeof *sketch->counters);
    sketch->places = calloc(places, sizeof *sketch->places);
    sketch->keys = malloc(sketch->most * sketch->key_bytes);
    return sketch->counters && sketch->places && sketch->keys;
}

static yoke_sketch *make(size_t counters, size_t key_bytes) {
    yoke_sketch *made = calloc(1, sizeof *made);
    if (made) {
        made->most = counters;
        made->key_bytes = key_bytes;
        if (allocate(made)) return made;
    }
    yoke_sketch_destroy(made);
    yoke_fail(YOKE_ENOMEM, "no memory for a sketch of %zu counters", counters);
    return NULL;
}

int yoke_sketch_create(const yoke_sketch_options *options, yoke_sketch **sketch) {
    size_t counters = options && options->counters ? options->counters : 256;
    size_t key_bytes = options && options->key_bytes ? options->key_bytes : 64;
    if (counters > MOST_COUNTERS || key_bytes > MOST_KEY_BYTES) {
        return yoke_fail(YOKE_EINVAL, "a sketch has at most 2^24 counters and 65536 bytes a key");
    }
    yoke_sketch *made = make(counters, key_bytes);
    if (!made) return YOKE_ENOMEM;
    *sketch = made;
    return YOKE_OK;
}

void yoke_sketch_reset(yoke_sketch *sketch) {
    sketch->used = 0;
    sketch->total = 0;
    sketch->floor = 0;
    memset(sketch->places, 0, (sketch->mask + 1) * sizeof *sketch->places);
}

uint64_t yoke_sketch_total(const yoke_sketch *sketch) { return sketch->total; }

static uint64_t add(uint64_t a, uint64_t b) { return a + b < a ? UINT64_MAX : a + b; }

static size_t kept(const yoke_sketch *sketch, size_t key_size) {
    return key_size < sketch->key_bytes ? key_size : sketch->key_bytes;
}

static char *row(const yoke_sketch *sketch, const counter *at) {
    return sketch->keys + at->key * sketch->key_bytes;
}

/* ---- the table ---- */

static int same(const yoke_sketch *sketch, const counter *at, const counter *wanted,
                const void *key) {
    if (at->hash != wanted->hash || at->key_size != wanted->key_size) return 0;
    size_t size = kept(sketch, at->key_size);
    return !size || !memcmp(row(sketch, at), key, size);
}

/* The place of a key, or the free one where it would go. */
static size_t find(const yoke_sketch *sketch, const counter *wanted, const void *key) {
    size_t place = wanted->hash & sketch->mask;
    while (sketch->places[place] &&
           !same(sketch, &sketch->counters[sketch->places[place] - 1], wanted, key)) {
        place = (place + 1) & sketch->mask;
    }
    return place;
}

/* The position of a key's counter in the heap + 1; 0: it has none. */
static size_t lookup(const yoke_sketch *sketch, const counter *wanted, const void *key) {
    return sketch->places[find(sketch, wanted, key)];
}

static void set_place(yoke_sketch *sketch, size_t position, size_t place) {
    sketch->places[place] = (uint32_t)position + 1;
    sketch->counters[position].place = (uint32_t)place;
}

/* Frees a place; counters behind it that would not be found across the gap move into it. */
static void erase(yoke_sketch *sketch, size_t gap) {
    size_t mask = sketch->mask;
    for (size_t at = (gap + 1) & mask; sketch->places[at]; at = (at + 1) & mask) {
        size_t position = sketch->places[at] - 1;
        size_t home = sketch->counters[position].hash & mask;
        if (((at - home) & mask) < ((at - gap) & mask)) continue;
        set_place(sketch, position, gap);
        gap = at;
    }
    sketch->places[gap] = 0;
}

/* ---- the heap ---- */

static void put(yoke_sketch *sketch, size_t position, counter value) {
    sketch->counters[position] = value;
    sketch->places[value.place] = (uint32_t)position + 1;
}

static void sift_up(yoke_sketch *sketch, size_t position) {
    counter moving = sketch->counters[position];
    while (position && sketch->counters[(position - 1) / 2].count > moving.count) {
        put(sketch, position, sketch->counters[(position - 1) / 2]);
        position = (position - 1) / 2;
    }
    put(sketch, position, moving);
}

static void sift_down(yoke_sketch *sketch, size_t position) {
    counter moving = sketch->counters[position];
    for (size_t child; (child = 2 * position + 1) < sketch->used; position = child) {
        const counter *two = &sketch->counters[child];
        if (child + 1 < sketch->used && two[1].count < two[0].count) child++;
        if (sketch->counters[child].count >= moving.count) break;
        put(sketch, position, sketch->counters[child]);
    }
    put(sketch, position, moving);
}

/* ---- adding ---- */

/* Puts a key that has no counter into a free one. */
static void append(yoke_sketch *sketch, counter fresh, const void *key) {
    size_t position = sketch->used++, size = kept(sketch, fresh.key_size);
    fresh.key = (uint32_t)position;
    sketch->counters[position] = fresh;
    if (size) memcpy(row(sketch, &fresh), key, size);
    set_place(sketch, position, find(sketch, &fresh, key));
    sift_up(sketch, position);
}

/* Puts it into the least of all. */
static void replace_least(yoke_sketch *sketch, counter fresh, const void *key) {
    counter *least = &sketch->counters[0];
    size_t size = kept(sketch, fresh.key_size);
    erase(sketch, least->place);
    fresh.count = add(fresh.count, least->count);
    fresh.error = least->count;
    fresh.key = least->key;
    /* Found before it is written: the least is not in the table any more. */
    size_t place = find(sketch, &fresh, key);
    *least = fresh;
    if (size) memcpy(row(sketch, least), key, size);
    set_place(sketch, 0, place);
    sift_down(sketch, 0);
}

void yoke_sketch_add(yoke_sketch *sketch, const void *key, size_t key_size, uint64_t weight) {
    if (!weight) return;
    counter fresh = {yoke_hash_bytes(seed, key, key_size), weight, 0, key_size, 0, 0};
    size_t number = lookup(sketch, &fresh, key);
    sketch->total = add(sketch->total, weight);
    if (number) {
        sketch->counters[number - 1].count = add(sketch->counters[number - 1].count, weight);
        sift_down(sketch, number - 1);
    } else if (sketch->used == sketch->most) {
        replace_least(sketch, fresh, key);
    } else {
        fresh.count = add(weight, sketch->floor);
        fresh.error = sketch->floor;
        append(sketch, fresh, key);
    }
}

/* ---- reading ---- */

static int compare_items(const void *left, const void *right) {
    const yoke_sketch_item *a = left, *b = right;
    if (a->count != b->count) return a->count < b->count ? 1 : -1;
    size_t size = a->key_kept < b->key_kept ? a->key_kept : b->key_kept;
    int order = size ? memcmp(a->key, b->key, size) : 0;
    return order ? order : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

long yoke_sketch_top(const yoke_sketch *sketch, yoke_sketch_item *items, size_t most) {
    size_t count = sketch->used < most ? sketch->used : most;
    if (!count) return 0;
    yoke_sketch_item *all = malloc(sketch->used * sizeof *all);
    if (!all) return yoke_fail(YOKE_ENOMEM, "no memory to sort %zu counters", sketch->used);
    for (size_t i = 0; i < sketch->used; i++) {
        const counter *at = &sketch->counters[i];
        all[i] = (yoke_sketch_item){row(sketch, at), kept(sketch, at->key_size), at->key_size,
                                    at->count, at->error};
    }
    qsort(all, sketch->used, sizeof *all, compare_items);
    memcpy(items, all, count * sizeof *items);
    free(all);
    return (long)count;
}

/* ---- merging ---- */

/* What a key without a counter may have weighed. */
static uint64_t unseen(const yoke_sketch *sketch) {
    return sketch->used == sketch->most ? sketch->counters[0].count : sketch->floor;
}

/* Adds the counters of `from` to `sum`, each with what the key may have weighed in `other`. */
static void collect(yoke_sketch *sum, const yoke_sketch *from, const yoke_sketch *other) {
    for (size_t i = 0; i < from->used; i++) {
        counter fresh = from->counters[i];
        const char *key = row(from, &from->counters[i]);
        if (lookup(sum, &fresh, key)) continue;
        size_t number = lookup(other, &fresh, key);
        counter there = {.count = unseen(other), .error = unseen(other)};
        if (number) there = other->counters[number - 1];
        fresh.count = add(fresh.count, there.count);
        fresh.error = add(fresh.error, there.error);
        append(sum, fresh, key);
    }
}

static int compare_counters(const void *left, const void *right) {
    const counter *a = left, *b = right;
    if (a->count != b->count) return a->count < b->count ? 1 : -1;
    return a->hash < b->hash ? 1 : -(a->hash > b->hash);
}

int yoke_sketch_merge(yoke_sketch *into, const yoke_sketch *from) {
    if (into == from || into->key_bytes != from->key_bytes) {
        return yoke_fail(YOKE_EINVAL, "two sketches with the same key_bytes can be merged");
    }
    yoke_sketch *sum = make(into->used + from->used + 1, into->key_bytes);
    if (!sum) return YOKE_ENOMEM;
    collect(sum, into, from);
    collect(sum, from, into);
    uint64_t floor = add(unseen(into), unseen(from)), total = add(into->total, from->total);
    qsort(sum->counters, sum->used, sizeof *sum->counters, compare_counters);
    yoke_sketch_reset(into);
    for (size_t i = 0; i < sum->used && i < into->most; i++) {
        append(into, sum->counters[i], row(sum, &sum->counters[i]));
    }
    into->floor = floor;
    into->total = total;
    yoke_sketch_destroy(sum);
    return YOKE_OK;
}

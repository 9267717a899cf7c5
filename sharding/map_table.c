/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the concurrent map: how they are made, and how one grows into the next while all go on
 * reading and writing.
 *
 * A table grows when three eighths as many overflow buckets are in use as there are homes: with a
 * good hash that is at 6.7 entries a home. Nothing has to be counted for that. Whoever meets the
 * limit closes the table to further overflow, makes the next one, half as large again, and
 * publishes it in `next`. From then on every writer moves a chunk of homes, and first of all the
 * home that it needs itself. Moving locks the home, copies the entries of its chain to the next
 * table, and marks it MOVED, so an entry is always in force in exactly one table, and readers find
 * it by following the mark. When all homes have moved the next table becomes the shard's, and the
 * old one is retired.
 *
 * Room: a chain of k entries needs fewer than k/7 overflow buckets, so the entries of the old table
 * need fewer than its number of buckets of both kinds, and the next table has room for that many in
 * address space (pages that are not used are not there). Should concurrent inserts take even that,
 * a move is undone and its writer told that memory is short.
 */
#include <assert.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sharding/map.h"

#define HUGE_PAGE    ((size_t)2 << 20)
#define LEAST_MAPPED ((size_t)128 << 10) /* below, malloc is as good */
/* Added to `used` of a table that takes no more overflow buckets. */
#define CLOSED ((uint64_t)1 << 40)
enum { SPINS = 64, CHUNK = 16, FEWEST_HOMES = 4 };

void yoke__map_wait(unsigned *turn) {
    if (++*turn < SPINS) {
        yoke__relax();
    } else {
        sched_yield();
    }
}

/* ---- memory ---- */

/* Zeroed pages that go back to the system when the table is outgrown; huge ones for many homes,
 * since every lookup goes to another page. */
static char *map_pages(size_t size, size_t homes) {
    size_t align = homes >= HUGE_PAGE ? HUGE_PAGE : 0;
    char *all = mmap(NULL, size + align, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) return NULL;
    if (!align) return all;
    size_t before = -(uintptr_t)all & (HUGE_PAGE - 1);
    if (before) munmap(all, before);
    munmap(all + before + size, HUGE_PAGE - before);
    size_t used = homes + homes / 6; /* with as much overflow as there usually is */
    madvise(all + before, used & ~(HUGE_PAGE - 1), MADV_HUGEPAGE); /* advice may be refused */
    return all + before;
}

static char *take_memory(table *t, size_t size, size_t homes) {
    if (size >= LEAST_MAPPED) {
        t->mapped = (size + 4095) & ~(size_t)4095;
        return map_pages(t->mapped, homes);
    }
    char *data = yoke_aligned_alloc(size);
    if (data) memset(data, 0, homes); /* overflow buckets are cleared as they are taken */
    return data;
}

int yoke__map_table_create(size_t bucket_size, double homes, uint64_t overflow, table **made) {
    uint64_t buckets = homes < UINT32_MAX ? (uint64_t)homes : UINT32_MAX;
    if (overflow < buckets + buckets / 4) overflow = buckets + buckets / 4;
    if (buckets + overflow > UINT32_MAX) {
        return yoke_fail(YOKE_ERANGE, "a shard of a map cannot grow beyond %u buckets", UINT32_MAX);
    }
    table *t = yoke_aligned_alloc(sizeof *t);
    if (!t) return yoke_fail(YOKE_ENOMEM, "no memory for a table of a map");
    *t = (table){
        .homes = homes, .buckets = buckets, .overflow = overflow, .limit = buckets * 3 / 8 + 1};
    t->data = take_memory(t, (buckets + overflow) * bucket_size, buckets * bucket_size);
    if (!t->data) {
        yoke_aligned_free(t);
        return yoke_fail(YOKE_ENOMEM, "no memory for a table of a map with %zu bytes",
                         (size_t)(buckets * bucket_size));
    }
    yoke_reclaim_born(&t->node);
    t->node.bytes = buckets * bucket_size;
    *made = t;
    return YOKE_OK;
}

void yoke__map_table_destroy(table *t) {
    if (!t) return;
    if (t->mapped) {
        munmap(t->data, t->mapped);
    } else {
        yoke_aligned_free(t->data);
    }
    yoke_aligned_free(t);
}

static void release_table(yoke_reclaim_node *node, void *ctx) {
    (void)node;
    yoke__map_table_destroy(ctx);
}

/* ---- overflow ---- */

bucket *yoke__map_append(table *t, shape s) {
    uint64_t index = atomic_fetch_add(&t->progress.used, 1);
    if (index >= t->overflow) {
        atomic_fetch_sub(&t->progress.used, 1);
        return NULL;
    }
    bucket *b = bucket_at(t, t->buckets + index, s);
    memset(b, 0, s.bucket);
    return b;
}

void yoke__map_link(const table *t, bucket *last, bucket *appended, shape s) {
    uint64_t index = (uint64_t)((char *)appended - t->data) / s.bucket - t->buckets;
    /* release: publishes the bucket's contents; pairs with the acquire in next_bucket. */
    atomic_store_explicit(&last->next, (uint32_t)index + 1, memory_order_release);
}

/* ---- moving ---- */

uint64_t yoke__map_hash(const yoke_map *map, uint64_t key) {
    if (map->bytes) return blob_of(key)->hash;
    return map->hash ? map->hash(map->seed, &key, sizeof key) : yoke_hash_u64(map->seed, key);
}

static void copy_entry(bucket *to, unsigned slot, map_word *from, uint64_t tag, shape s) {
    map_word *entry = slot_at(to, slot, s);
    for (unsigned i = 0; i <= s.words; i++) store_word(&entry[i], load_word(&from[i]));
    store_word(&to->tags, load_word(&to->tags) | tag << 8 * slot);
}

/* Copies an entry into the next table; false: there is no room. */
static bool put_moved(yoke_map *map, table *next, map_word *entry, shape s) {
    uint64_t hash = yoke__map_hash(map, load_word(entry));
    uint32_t state;
    bucket *home = home_of(map, next, hash, s), *to = home, *last = home, *added = NULL;
    bool locked = lock_bucket(home, &state);
    assert(locked && "a table is moved only when it is its shard's own");
    (void)locked;
    while (to && !free_slots(load_word(&to->tags))) {
        last = to;
        to = next_bucket(next, to, s);
    }
    if (!to) to = added = yoke__map_append(next, s);
    if (to) {
        copy_entry(to, first_slot(free_slots(load_word(&to->tags))), entry, tag_of(hash), s);
        if (added) yoke__map_link(next, last, added, s);
    }
    unlock_bucket(home, state);
    return to != NULL;
}

/* Takes an entry out of the next table again. */
static void take_back(yoke_map *map, table *next, uint64_t key, shape s) {
    uint32_t state = 0;
    bucket *home = home_of(map, next, yoke__map_hash(map, key), s);
    lock_bucket(home, &state);
    for (bucket *b = home; b; b = next_bucket(next, b, s)) {
        uint64_t tags = load_word(&b->tags);
        for (unsigned i = 0; i < SLOTS; i++) {
            uint64_t mask = (uint64_t)0xFF << 8 * i;
            map_word *entry = slot_at(b, i, s);
            if (!(tags & mask) || load_word(entry) != key) continue;
            store_word(&b->tags, tags &= ~mask);
            if (s.bytes) store_word(entry, 0);
        }
    }
    unlock_bucket(home, state + VERSION);
}

/* Moves the entries of a locked chain. Returns how many; *all: whether that was all of them. */
static size_t move_chain(yoke_map *map, table *t, table *next, bucket *home, bool *all, shape s) {
    size_t count = 0;
    *all = true;
    for (bucket *b = home; b; b = next_bucket(t, b, s)) {
        uint64_t tags = load_word(&b->tags);
        for (unsigned i = 0; i < SLOTS; i++) {
            if (!(tags >> 8 * i & 0xFF)) continue;
            *all = put_moved(map, next, slot_at(b, i, s), s);
            if (!*all) return count;
            count++;
        }
    }
    return count;
}

static void undo_chain(yoke_map *map, table *t, table *next, bucket *home, size_t count, shape s) {
    for (bucket *b = home; b && count; b = next_bucket(t, b, s)) {
        uint64_t tags = load_word(&b->tags);
        for (unsigned i = 0; i < SLOTS && count; i++) {
            if (!(tags >> 8 * i & 0xFF)) continue;
            take_back(map, next, load_word(slot_at(b, i, s)), s);
            count--;
        }
    }
}

/* Clears the strings of a chain that was copied: when one is removed from the next table and
 * retired, no load may find it here either. */
static void forget_strings(table *t, bucket *home, uint32_t state, shape s) {
    /* relaxed: seen by whoever sees one of the words, which are stored with release. */
    atomic_store_explicit(&home->state, state | LOCKED | CHANGING, memory_order_relaxed);
    for (bucket *b = home; b; b = next_bucket(t, b, s)) {
        for (unsigned i = 0; i < SLOTS; i++) store_word(slot_at(b, i, s), 0);
    }
}

/* False: there is no room, and the home is as it was. */
static bool move_home(yoke_map *map, table *t, table *next, bucket *home, shape s) {
    uint32_t state;
    bool all;
    if (atomic_load(&home->state) & MOVED || !lock_bucket(home, &state)) return true;
    size_t count = move_chain(map, t, next, home, &all, s);
    if (!all) undo_chain(map, t, next, home, count, s);
    if (all && s.bytes) forget_strings(t, home, state, s);
    unlock_bucket(home, all ? state | MOVED : state);
    return all;
}

/* All homes have moved: exactly one caller takes the table out of the shard. */
static void replace(yoke_map *map, map_shard *in, table *t, table *next) {
    table *expected = t;
    if (!atomic_compare_exchange_strong(&in->table, &expected, next)) return;
    atomic_store(&in->removed, 0);
    t->node.release = release_table;
    t->node.ctx = t;
    size_t bytes = t->node.bytes;
    yoke_reclaim_retire(map->domain, &t->node);
    atomic_fetch_add(&map->outgrown, bytes);
}

static void move_chunk(yoke_map *map, map_shard *in, table *t, table *next, shape s) {
    if (atomic_load(&t->progress.cursor) >= t->buckets) return;
    uint64_t begin = atomic_fetch_add(&t->progress.cursor, CHUNK), moved = 0;
    for (uint64_t i = begin; i < begin + CHUNK && i < t->buckets; i++) {
        moved += move_home(map, t, next, bucket_at(t, i, s), s);
    }
    if (moved && atomic_fetch_add(&t->progress.moved, moved) + moved == t->buckets) {
        replace(map, in, t, next);
    }
}

bool yoke__map_help(yoke_map *map, map_shard *in, table *t, uint64_t hash, yoke__thread *self) {
    shape s = shape_of(map);
    table *next = growing_to(self, in, t);
    if (!next) return true;
    bool moved = move_home(map, t, next, home_of(map, t, hash, s), s);
    move_chunk(map, in, t, next, s);
    return moved;
}

bool yoke__map_finish(yoke_map *map, map_shard *in, yoke__thread *self) {
    shape s = shape_of(map);
    table *t = load_table(self, &in->table), *next = growing_to(self, in, t);
    if (!next) return true;
    for (uint64_t i = 0; i < t->buckets; i++) {
        if (!move_home(map, t, next, bucket_at(t, i, s), s)) return false;
    }
    replace(map, in, t, next);
    return true;
}

/* ---- growing ---- */

static uint64_t count_entries(const table *t, shape s) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < t->buckets; i++) {
        for (bucket *b = bucket_at(t, i, s); b; b = next_bucket(t, b, s)) {
            count += (uint64_t)__builtin_popcountll(used_slots(load_word(&b->tags)));
        }
    }
    return count;
}

/* Half as many homes again; after many removals as many as the entries that are left need. */
static double next_homes(map_shard *in, const table *t, shape s) {
    if (atomic_load(&in->removed) <= t->buckets) return t->homes * 1.5;
    return (double)count_entries(t, s) / 4.5 + FEWEST_HOMES;
}

static table *make_next(yoke_map *map, map_shard *in, table *t) {
    shape s = shape_of(map);
    table *next = NULL;
    uint64_t used = atomic_fetch_add(&t->progress.used, CLOSED);
    if (used > t->overflow) used = t->overflow; /* with those that are about to find it full */
    if (yoke__map_table_create(s.bucket, next_homes(in, t, s), t->buckets + used, &next) < 0) {
        atomic_fetch_sub(&t->progress.used, CLOSED);
        return NULL;
    }
    return next;
}

bool yoke__map_grow(yoke_map *map, map_shard *in, table *t, yoke__thread *self) {
    if (atomic_exchange(&in->growing, 1)) return sched_yield(), true;
    bool made = true;
    if (load_table(self, &in->table) == t && !atomic_load(&t->next)) {
        table *next = make_next(map, in, t);
        made = next != NULL;
        atomic_store(&t->next, next);
    }
    atomic_store(&in->growing, 0);
    return made;
}

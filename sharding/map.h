/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the concurrent map: shards, their tables, and the buckets of a table.
 *
 * A bucket has a header of 16 bytes and seven entries of a key word and the value's words; with
 * 8-byte values it fills two neighbouring cache lines. What does not fit goes to a chain of
 * overflow buckets, which belong to the same table. The header of the first bucket, the home,
 * guards its whole chain:
 *
 *   state  LOCKED    one writer has the chain
 *          CHANGING  it is writing a value of several words, or moving byte strings: readers wait
 *          MOVED     the entries are in the next table, for ever
 *          version   above those bits; changes when an entry was removed, or a value of several
 *                    words written
 *   tags   a byte for each entry: seven bits of the hash and one that says that it is in use
 *   next   the overflow bucket that follows, counted from 1; 0: none
 *
 * A reader takes the state, searches, copies, and takes the state again (a sequence lock, so it
 * writes nothing). Words and tags are read with acquire and written with release, in place of the
 * fences of the usual sequence lock (Boehm, "Can seqlocks get along with programming language
 * memory models?", MSPC 2012): who reads what a later writer wrote also sees that writer's state.
 *
 * The place of a hash in a table is its share of the whole range, so that buckets lie in the order
 * of the hash whatever their number is, and tables can grow by any factor.
 */
#ifndef YOKE_SHARDING_MAP_H
#define YOKE_SHARDING_MAP_H

#include <assert.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#if defined __SSE2__
#include <emmintrin.h>
#endif

#include "runtime/park.h"
#include "sharding/reclaim.h"
#include "yoke/counter.h"
#include "yoke/hash.h"
#include "yoke/map.h"

enum { LOCKED = 1, CHANGING = 2, MOVED = 4, VERSION = 8 };
enum { SLOTS = 7 };
#define NEVER UINT_MAX

typedef _Atomic uint64_t map_word;

typedef struct bucket {
    _Atomic uint32_t state;
    _Atomic uint32_t next;
    map_word tags;
    map_word slots[]; /* SLOTS times the key and the value's words */
} bucket;

/* What is written while a table fills or is moved. */
typedef struct table_progress {
    _Alignas(YOKE_CACHE_PAD) _Atomic uint64_t used; /* overflow buckets */
    _Atomic uint64_t cursor, moved;                 /* homes: next to move; moved */
} table_progress;

typedef struct table {
    table_progress progress;
    char *data;
    double homes;      /* as growth by a constant factor would have it; rounded down: */
    uint64_t buckets;  /* homes; overflow buckets follow them */
    uint64_t overflow; /* room for so many */
    uint64_t limit;    /* overflow buckets in use at which the table grows */
    size_t mapped;     /* bytes of data that are to be unmapped; 0: from yoke_aligned_alloc */
    _Atomic(struct table *) next;
    yoke_reclaim_node node;
} table;

/* A byte string that is a key. Its address is the low 48 bits of the key word; the high 16 bits are
 * the low ones of the hash. */
typedef struct map_blob {
    union {
        uint64_t hash;         /* while it is a key */
        struct map_blob *dead; /* when it is not any more */
    };
    uint32_t size;
    uint32_t born; /* the low half of the era */
    char data[];
} map_blob;

typedef struct map_shard {
    _Alignas(64) _Atomic(table *) table;
    atomic_int growing;       /* somebody makes the next table */
    _Atomic uint64_t removed; /* entries, since the table was made */
    atomic_int dead_lock;
    unsigned dead_count;
    map_blob *dead; /* keys that were removed, until they are retired together */
} map_shard;
static_assert(sizeof(map_shard) == 64, "see shard_at");

struct yoke_map {
    map_shard *shards;
    uint64_t seed[2];
    uint64_t number_seed; /* seed[1], for yoke_hash_number_ */
    uint64_t shard_mask;  /* of the place of a shard in `shards`, in bytes */
    unsigned turn;        /* how far `turned` turns a hash */
    unsigned
        plain_depth; /* sections that a thread is in when it may go the fast path: 0 or NEVER */
    unsigned shard_count;
    bool plain; /* 64-bit keys with our own hash, 8-byte values, no barrier: the fast path */
    bool bytes; /* keys are byte strings */
    yoke_map_hash_fn *hash; /* NULL: our own */
    size_t value_size, bucket_size;
    unsigned words; /* of a value */
    yoke_counter *entries;
    yoke_reclaim *domain;
    _Atomic size_t outgrown; /* bytes of tables that were retired since the last collection */
};

/* What a key is to the functions below. */
typedef struct map_key {
    uint64_t hash;
    uint64_t number;  /* of 64-bit keys */
    const void *data; /* of byte strings */
    size_t size;
} map_key;

/* What the loops are compiled for: constants in the usual cases. */
typedef struct shape {
    size_t bucket;  /* bytes */
    unsigned words; /* of a value */
    bool bytes;
} shape;

static inline shape shape_of(const yoke_map *map) {
    return (shape){map->bucket_size, map->words, map->bytes};
}

/* That of the plain map. */
static const shape words8 = {16 + SLOTS * 16, 1, false};

/* ---- words ---- */

static inline uint64_t load_word(map_word *at) {
    /* acquire: pairs with the release in store_word; see the top. */
    return atomic_load_explicit(at, memory_order_acquire);
}

static inline void store_word(map_word *at, uint64_t value) {
    /* release: pairs with the acquire in load_word, so that its reader sees our state too. */
    atomic_store_explicit(at, value, memory_order_release);
}

static inline table *load_table(yoke__thread *self, _Atomic(table *) *where) {
    return yoke__reclaim_load(self, (void *const *)where);
}

/* The table that the entries of `t` are being moved to; NULL: they are not, or all have been. A
 * table that was replaced still points to its next, which may have been replaced and released in
 * its turn, so the pointer is good only while `t` is the shard's own. It was read before the
 * shard's was loaded, so the section covers it from then on. */
static inline table *growing_to(yoke__thread *self, map_shard *in, table *t) {
    table *next = atomic_load(&t->next);
    return next && load_table(self, &in->table) == t ? next : NULL;
}

/* Where to go on from a home of `t` that has MOVED. */
static inline table *next_table(yoke__thread *self, map_shard *in, table *t) {
    table *next = growing_to(self, in, t);
    return next ? next : load_table(self, &in->table);
}

/* ---- places ---- */

static inline bucket *bucket_at(const table *t, uint64_t index, shape s) {
    return (bucket *)(t->data + index * s.bucket);
}

/* The hash turned such that its high bits, which choose the shard, are the index of a shard times
 * its size; those that choose the home are at the high end then. */
static inline uint64_t turned(const yoke_map *map, uint64_t hash) {
    return hash << (map->turn & 63) | hash >> (-map->turn & 63);
}

static inline map_shard *shard_at(const yoke_map *map, uint64_t turned_hash) {
    return (map_shard *)((char *)map->shards + (turned_hash & map->shard_mask));
}

static inline bucket *home_at(const table *t, uint64_t turned_hash, shape s) {
    return bucket_at(t, (turned_hash >> 32) * t->buckets >> 32, s);
}

static inline map_shard *shard_of(const yoke_map *map, uint64_t hash) {
    return shard_at(map, turned(map, hash));
}

static inline bucket *home_of(const yoke_map *map, const table *t, uint64_t hash, shape s) {
    return home_at(t, turned(map, hash), s);
}

/* Bit 7 says that the slot is in use. */
static inline uint64_t tag_of(uint64_t hash) { return (hash & 0x7F) | 0x80; }

static inline map_word *slot_at(bucket *b, unsigned i, shape s) {
    return b->slots + (size_t)i * (1 + s.words);
}

static inline map_blob *blob_of(uint64_t key) {
    return (map_blob *)(uintptr_t)(key & 0xFFFFFFFFFFFFu);
}

/* The bucket after this one in its chain; NULL: none. */
static inline bucket *next_bucket(const table *t, bucket *b, shape s) {
    /* acquire: pairs with the release in yoke__map_append. */
    uint32_t next = atomic_load_explicit(&b->next, memory_order_acquire);
    return next ? bucket_at(t, t->buckets + next - 1, s) : NULL;
}

#define INLINE static inline __attribute__((always_inline))

/* The two lines of a bucket, for writing. The instruction is older than any x86-64 that lacks it,
 * where it does nothing. */
INLINE void prefetch_bucket(const bucket *b) {
    const char *line = (const char *)b;
#if defined __x86_64__
    __asm__ volatile("prefetchw %0\n\tprefetchw %1" : : "m"(line[0]), "m"(line[64]));
#else
    __builtin_prefetch(line, 1);
    __builtin_prefetch(line + 64, 1);
#endif
}

/* ---- tags ---- */

#define TAG_ONES  0x0101010101010101u
#define TAG_SLOTS 0x0080808080808080u

/* Sets of slots are masks with bit 7 of the slot's byte. */
static inline uint64_t free_slots(uint64_t tags) { return ~tags & TAG_SLOTS; }
static inline uint64_t used_slots(uint64_t tags) { return tags & TAG_SLOTS; }
static inline unsigned first_slot(uint64_t slots) { return (unsigned)__builtin_ctzll(slots) / 8; }

/* The slots that have the tag; above such a slot perhaps one in use with a tag that differs in the
 * last bit. Never a free one. */
static inline uint64_t matching_slots(uint64_t tags, uint64_t tag) {
    uint64_t differ = tags ^ tag * TAG_ONES;
    return (differ - TAG_ONES) & ~differ & TAG_SLOTS;
}

/* The same slots, as a set of its own kind that is cheapest to make on this machine: lookups are
 * short of integer registers for the operations that wait for memory. */
#if defined __SSE2__
static inline unsigned tagged_slots(uint64_t tags, uint64_t tag) {
    __m128i wanted = _mm_cvtsi32_si128((int)tag);
    wanted = _mm_shufflelo_epi16(_mm_unpacklo_epi8(wanted, wanted), 0);
    __m128i equal = _mm_cmpeq_epi8(wanted, _mm_cvtsi64_si128((long long)tags));
    return (unsigned)_mm_movemask_epi8(equal) & ((1u << SLOTS) - 1);
}
static inline unsigned first_tagged(unsigned slots) { return (unsigned)__builtin_ctz(slots); }
#else
static inline uint64_t tagged_slots(uint64_t tags, uint64_t tag) {
    return matching_slots(tags, tag);
}
static inline unsigned first_tagged(uint64_t slots) { return first_slot(slots); }
#endif

/* ---- locks ---- */

/* Waits a little longer each time: spins, then lets others run. */
void yoke__map_wait(unsigned *turn);

/* Takes a home's chain; false: it has MOVED. *state is what unlock_bucket has to leave. */
static inline bool lock_bucket(bucket *b, uint32_t *state) {
    for (unsigned turn = 0;;) {
        /* acquire: pairs with the release in unlock_bucket. */
        uint32_t was = atomic_fetch_or_explicit(&b->state, LOCKED, memory_order_acquire);
        if (was & MOVED) return false;
        *state = was;
        if (!(was & LOCKED)) return true;
        yoke__map_wait(&turn);
    }
}

static inline void unlock_bucket(bucket *b, uint32_t state) {
    /* release: pairs with the acquire in lock_bucket and of readers. */
    atomic_store_explicit(&b->state, state, memory_order_release);
}

/* ---- map_table.c ---- */

int yoke__map_table_create(size_t bucket_size, double homes, uint64_t overflow, table **made);
void yoke__map_table_destroy(table *t);
/* Adds an empty overflow bucket to the chain that ends with `last`, not visible before
 * yoke__map_link; NULL: there is no room. */
bucket *yoke__map_append(table *t, shape s);
/* Makes the appended bucket visible as the last of its chain. */
void yoke__map_link(const table *t, bucket *last, bucket *appended, shape s);
/* Makes the next table of the shard, unless somebody does or it is there. False: there is no memory
 * for it. */
bool yoke__map_grow(yoke_map *map, map_shard *in, table *t, yoke__thread *self);
/* Moves some homes of a table that has a next one, and the one that the hash belongs to. False:
 * that one cannot be moved for lack of room. */
bool yoke__map_help(yoke_map *map, map_shard *in, table *t, uint64_t hash, yoke__thread *self);
/* Moves all homes that are left into the shard's next table, if there is one. */
bool yoke__map_finish(yoke_map *map, map_shard *in, yoke__thread *self);
/* The hash of an entry, by its key word. The chain must be locked. */
uint64_t yoke__map_hash(const yoke_map *map, uint64_t key);

/* ---- map.c: the general way ---- */

enum map_write { MAP_PUT, MAP_INSERT, MAP_UPDATE };

int yoke__map_check_key(const yoke_map *map, bool bytes, size_t size);
map_key yoke__map_number_key(const yoke_map *map, uint64_t number);
/* Within a section. */
int yoke__map_get_key(const yoke_map *map, const map_key *key, void *value, yoke__thread *self);
int yoke__map_write_key(yoke_map *map, const map_key *key, enum map_write mode,
                        yoke_map_combine_fn *combine, const void *value, yoke__thread *self);
/* With a section of its own. */
int yoke__map_write_number(yoke_map *map, uint64_t number, enum map_write mode,
                           yoke_map_combine_fn *combine, const void *value);
/* Ends a section in which tables may have been retired. */
void yoke__map_leave_writer(yoke_map *map, yoke__thread *self);

/* ---- map_bytes.c ---- */

int yoke__map_blob_create(const map_key *key, map_blob **made);
/* To call in a section with a key that was just removed. */
void yoke__map_blob_retire(yoke_map *map, map_shard *in, map_blob *blob);
void yoke__map_blobs_destroy(const yoke_map *map, map_shard *in);

#endif

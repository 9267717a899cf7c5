/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread's table: open addressing with linear probing over 8-byte places, entries in an arena.
 *
 * The place of a hash is its high bits, so that the index is (but for displacement) in the order of
 * the hash: a range of hashes is a range of the index. Growing then streams from the old index to
 * the new one, and merging (merge.c) can give each thread a range, with no table ever being split.
 */
#include <stdlib.h>

#include "mapreduce/job.h"

enum { FIRST_BITS = 10, SPARSE_BITS = 14, QUADRUPLE_BITS = 20, LINE = 64 };

/* A place holds 48 bits of pointer: user space on the processors of today. */
static inline uint64_t make_place(const yoke_entry *entry, uint64_t hash) {
    return (uint64_t)(uintptr_t)entry | hash << 48;
}

static void set_size(yoke_emitter *emitter, unsigned bits) {
    emitter->mask = ((uint64_t)1 << bits) - 1;
    emitter->shift = 64 - bits;
    emitter->limit = ((uint64_t)1 << bits) / 8 * (bits <= SPARSE_BITS ? 2 : 5);
}

static uint64_t *make_index(uint64_t places) {
    uint64_t *index = yoke_aligned_alloc(places * sizeof *index);
    if (index) memset(index, 0, places * sizeof *index);
    return index;
}

int yoke__emitter_init(yoke_emitter *emitter, const yoke_job *job, const uint64_t seed[2],
                       yoke_arena *arena) {
    *emitter = (yoke_emitter){.seed = {seed[0], seed[1]}, .arena = arena, .job = job};
    set_size(emitter, FIRST_BITS);
    emitter->index = make_index(emitter->mask + 1);
    return emitter->index ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

void yoke__emitter_fini(yoke_emitter *emitter) {
    yoke_aligned_free(emitter->index);
    emitter->index = NULL;
}

static void put(yoke_emitter *emitter, uint64_t place, uint64_t hash) {
    uint64_t i = hash >> emitter->shift;
    while (emitter->index[i]) i = (i + 1) & emitter->mask;
    emitter->index[i] = place;
}

uint64_t yoke__entry_hash(const yoke_emitter *emitter, const yoke_entry *entry) {
    size_t size = entry->key_size;
    if (size > 16) return yoke_hash_bytes(emitter->seed, (const char *)entry->key, size);
    return yoke_hash_words(emitter->seed, entry->key[0], entry->key[1], size);
}

/* Four times as many places while the table is small, twice when it is large. Entries to come use
 * the old index's memory. */
static bool grow(yoke_emitter *emitter) {
    unsigned bits = 64 - emitter->shift;
    uint64_t *old = emitter->index, places = emitter->mask + 1;
    unsigned grown = bits < QUADRUPLE_BITS ? bits + 2 : bits + 1;
    uint64_t *index = make_index((uint64_t)1 << grown);
    if (!index) return false;
    emitter->index = index;
    set_size(emitter, grown);
    enum { AHEAD = 16 }; /* entries lie anywhere in memory: ask for them early */
    for (uint64_t i = 0; i < places; i++) {
        if (i + AHEAD < places) __builtin_prefetch(yoke__place_entry(old[i + AHEAD]));
        if (old[i]) put(emitter, old[i], yoke__entry_hash(emitter, yoke__place_entry(old[i])));
    }
    yoke_arena_give(emitter->arena, old, places * sizeof *old);
    return true;
}

static size_t padded_size(size_t size) { return size <= 16 ? 16 : (size + 7) & ~(size_t)7; }

/* Memory for an entry; one that fits into a cache line does not cross into another. */
static yoke_entry *allocate(yoke_arena *arena, size_t size) {
    size_t left = LINE - ((uintptr_t)arena->next & (LINE - 1));
    if (left < size && size <= LINE && !yoke_arena_alloc(arena, left)) return NULL;
    return yoke_arena_alloc(arena, size);
}

static void *insert(yoke_emitter *emitter, const void *key, size_t size, uint64_t hash) {
    if (size >> 32 || (emitter->count >= emitter->limit && !grow(emitter))) return NULL;
    const yoke_job *job = emitter->job;
    bool keeps_first = job->order == YOKE_ORDER_FIRST;
    size_t padded = padded_size(size), value_size = yoke__value_size(job);
    yoke_entry *entry = allocate(emitter->arena, sizeof *entry + padded + value_size +
                                                     (keeps_first ? sizeof(yoke_appearance) : 0));
    if (!entry || (uintptr_t)entry >> 48) return NULL;
    entry->key_size = size;
    memset((char *)entry->key + padded - 16, 0, 16);
    memcpy(entry->key, key, size);
    void *value = (char *)entry->key + padded;
    memset(value, 0, value_size);
    if (job->init) job->init(value, job->ctx);
    if (keeps_first) {
        *yoke__appearance(job, entry) = (yoke_appearance){emitter->ordinal, emitter->sequence++};
    }
    put(emitter, make_place(entry, hash), hash);
    emitter->count++;
    return value;
}

static inline void *find_words(yoke_emitter *out, uint64_t low, uint64_t high, size_t size,
                               uint64_t hash) {
    for (uint64_t i = hash >> out->shift; out->index[i]; i = (i + 1) & out->mask) {
        if (out->index[i] >> 48 != (hash & 0xFFFF)) continue;
        yoke_entry *entry = yoke__place_entry(out->index[i]);
        if (entry->key[0] == low && entry->key[1] == high && entry->key_size == size) {
            return entry->key + 2;
        }
    }
    uint64_t words[2] = {low, high};
    return insert(out, words, size, hash);
}

void *yoke_emit_find_words(yoke_emitter *out, uint64_t low, uint64_t high, size_t size,
                           uint64_t hash) {
    return find_words(out, low, high, size, hash);
}

static void *find_long(yoke_emitter *out, const void *key, size_t size, uint64_t hash) {
    for (uint64_t i = hash >> out->shift; out->index[i]; i = (i + 1) & out->mask) {
        if (out->index[i] >> 48 != (hash & 0xFFFF)) continue;
        yoke_entry *entry = yoke__place_entry(out->index[i]);
        if (entry->key_size == size && !memcmp(entry->key, key, size)) {
            return yoke_entry_value(entry);
        }
    }
    return insert(out, key, size, hash);
}

void *yoke_emit_find(yoke_emitter *out, const void *key, size_t size) {
    if (size <= 16) return yoke_emit_slot(out, key, size);
    return find_long(out, key, size, yoke_hash_bytes(out->seed, key, size));
}

/* ---- many at once ---- */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words of keys are little-endian");
#define LOW(bytes) (((uint64_t)1 << 8 * (bytes)) - 1)
#define ALL        (~(uint64_t)0)

/* Masks for the two words of a key by its size. A table and no arithmetic: what a compiler makes of
 * "size < 8" is a branch, mispredicted for every other key. */
static const uint64_t masks[17][2] = {
    {0, 0},        {LOW(1), 0},   {LOW(2), 0},   {LOW(3), 0},   {LOW(4), 0},   {LOW(5), 0},
    {LOW(6), 0},   {LOW(7), 0},   {ALL, 0},      {ALL, LOW(1)}, {ALL, LOW(2)}, {ALL, LOW(3)},
    {ALL, LOW(4)}, {ALL, LOW(5)}, {ALL, LOW(6)}, {ALL, LOW(7)}, {ALL, ALL},
};

/* The two zero-padded words of a key of at most 16 bytes. */
static inline void load_words(const yoke_text *key, uint64_t words[2]) {
    memcpy(words, key->data, 16);
    words[0] &= masks[key->size][0];
    words[1] &= masks[key->size][1];
}

static inline void *slot_of(yoke_emitter *out, const yoke_text *key) {
    if (__builtin_expect(key->size > 16, 0)) return yoke_emit_find(out, key->data, key->size);
    uint64_t words[2];
    load_words(key, words);
    return yoke_emit_words(out, words[0], words[1], key->size);
}

/* The index alone is larger than the inner caches from here on. */
#define LARGE_PLACES ((uint64_t)1 << 14)

/* Keys whose misses overlap. */
enum { GROUP = 8 };

typedef struct hashed {
    uint64_t hash, words[2]; /* words of a key of at most 16 bytes */
} hashed;

static inline void hash_key(const yoke_emitter *out, const yoke_text *key, hashed *to) {
    if (key->size > 16) {
        to->hash = yoke_hash_bytes(out->seed, key->data, key->size);
    } else {
        load_words(key, to->words);
        to->hash = yoke_hash_words(out->seed, to->words[0], to->words[1], key->size);
    }
}

/* Asks for the entry that a hash most likely leads to. */
static inline void prefetch_entry(const yoke_emitter *out, uint64_t hash) {
    uint64_t i = hash >> out->shift;
    while (out->index[i] && out->index[i] >> 48 != (hash & 0xFFFF)) i = (i + 1) & out->mask;
    const char *entry = (char *)yoke__place_entry(out->index[i]);
    __builtin_prefetch(entry);
    if (out->job->value_size > LINE - 24) __builtin_prefetch(entry + LINE);
}

/* The three steps of a group: hash and ask for the places, look at the places and ask for the
 * entries, then find. (A function that only prefetches must be inlined: gcc takes it to have no
 * effect and drops the call.) */
static inline void hash_group(const yoke_emitter *out, const yoke_text *keys, size_t n,
                              hashed *group) {
    for (size_t i = 0; i < n; i++) {
        hash_key(out, &keys[i], &group[i]);
        __builtin_prefetch(&out->index[group[i].hash >> out->shift]);
    }
}

static inline void prefetch_group(const yoke_emitter *out, size_t n, const hashed *group) {
    for (size_t i = 0; i < n; i++) prefetch_entry(out, group[i].hash);
}

static inline void find_group(yoke_emitter *out, const yoke_text *keys, size_t n,
                              const hashed *group, void **slots) {
    for (size_t i = 0; i < n; i++) {
        size_t size = keys[i].size;
        const uint64_t *words = group[i].words;
        if (size > 16)
            slots[i] = find_long(out, keys[i].data, size, group[i].hash);
        else
            slots[i] = find_words(out, words[0], words[1], size, group[i].hash);
    }
}

/* A pipeline of groups: while one is found, the entries of the next and the places of the one after
 * it are on their way. A failure leaves a NULL. */
static void find_pipelined(yoke_emitter *out, const yoke_text *keys, size_t n, void **slots) {
    hashed groups[3][GROUP];
    size_t steps = (n + GROUP - 1) / GROUP;
    for (size_t step = 0; step < steps + 2; step++) {
        size_t at = step * GROUP;
        if (step < steps) {
            hash_group(out, keys + at, n - at < GROUP ? n - at : GROUP, groups[step % 3]);
        }
        if (step >= 1 && step < steps + 1) {
            at = (step - 1) * GROUP;
            prefetch_group(out, n - at < GROUP ? n - at : GROUP, groups[(step - 1) % 3]);
        }
        if (step >= 2) {
            at = (step - 2) * GROUP;
            find_group(out, keys + at, n - at < GROUP ? n - at : GROUP, groups[(step - 2) % 3],
                       slots + at);
        }
    }
}

int yoke_emit_slots(yoke_emitter *out, const yoke_text *keys, size_t n, void **slots) {
    if (out->mask + 1 >= LARGE_PLACES) {
        find_pipelined(out, keys, n, slots);
    } else {
        for (size_t i = 0; i < n; i++) slots[i] = slot_of(out, &keys[i]);
    }
    for (size_t i = 0; i < n; i++) {
        if (__builtin_expect(slots[i] != NULL, 1)) continue;
        if (keys[i].size >> 32) return yoke_fail(YOKE_ERANGE, "a key of 4 GiB or more");
        return yoke_fail(YOKE_ENOMEM, NULL);
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations of the concurrent map on one key. map.h has the protocol of a bucket, map_table.c
 * growth, map_plain.c the fast path.
 *
 * The loops are written once, for any size of value and kind of key. A value of one word is stored
 * at once, so its readers need not wait for anybody; larger ones are marked CHANGING while they are
 * written.
 */
#include "sharding/map.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_VALUE = 4096, MUCH_OUTGROWN = 1 << 18 };

/* ---- keys ---- */

map_key yoke__map_number_key(const yoke_map *map, uint64_t number) {
    map_key key = {.number = number};
    key.hash = __builtin_expect(map->hash != NULL, 0) ? map->hash(map->seed, &number, 8)
                                                      : yoke_hash_u64(map->seed, number);
    return key;
}

static map_key bytes_key(const yoke_map *map, const void *data, size_t size) {
    map_key key = {.data = data, .size = size};
    key.hash =
        map->hash ? map->hash(map->seed, data, size) : yoke_hash_bytes(map->seed, data, size);
    return key;
}

INLINE bool matches(uint64_t word, const map_key *key, shape s) {
    if (!s.bytes) return word == key->number;
    if (!word || (word >> 48) != (key->hash & 0xFFFF)) return false;
    const map_blob *blob = blob_of(word);
    return blob->size == key->size && (!key->size || !memcmp(blob->data, key->data, key->size));
}

int yoke__map_check_key(const yoke_map *map, bool bytes, size_t size) {
    if (map->bytes != bytes) {
        return yoke_fail(YOKE_EINVAL, "the keys of this map are %s",
                         map->bytes ? "byte strings" : "64-bit numbers");
    }
    if (size > UINT32_MAX) {
        return yoke_fail(YOKE_ERANGE, "a key has %zu bytes; at most %u can be stored", size,
                         UINT32_MAX);
    }
    return YOKE_OK;
}

/* ---- reading ---- */

/* The entry of a key in a chain that others may be changing; NULL: none. */
INLINE map_word *find(const table *t, bucket *b, const map_key *key, yoke__thread *self, shape s) {
    uint64_t tag = tag_of(key->hash);
    for (; b; b = next_bucket(t, b, s)) {
        uint64_t slots = tagged_slots(load_word(&b->tags), tag);
        for (; slots; slots &= slots - 1) {
            map_word *entry = slot_at(b, first_tagged(slots), s);
            uint64_t word = s.bytes ? (uint64_t)yoke__reclaim_load(self, (void *const *)entry)
                                    : load_word(entry);
            if (matches(word, key, s)) return entry;
        }
    }
    return NULL;
}

/* Whether the key was there; its value is copied to `words`. */
INLINE bool read_entry(const yoke_map *map, const map_key *key, uint64_t *words, yoke__thread *self,
                       shape s) {
    map_shard *in = shard_of(map, key->hash);
    table *t = load_table(self, &in->table);
    for (unsigned turn = 0;;) {
        bucket *home = home_of(map, t, key->hash, s);
        __builtin_prefetch((const char *)home + 64);
        /* acquire: pairs with the release in unlock_bucket. */
        uint32_t before = atomic_load_explicit(&home->state, memory_order_acquire);
        if (__builtin_expect(before & (MOVED | CHANGING), 0)) {
            if (before & MOVED) {
                t = next_table(self, in, t);
            } else {
                yoke__map_wait(&turn);
            }
            continue;
        }
        map_word *entry = find(t, home, key, self, s);
        for (unsigned i = 0; entry && i < s.words; i++) words[i] = load_word(&entry[1 + i]);
        /* relaxed: after the acquires of all that was read; pairs with unlock_bucket. */
        uint32_t after = atomic_load_explicit(&home->state, memory_order_relaxed);
        if (__builtin_expect(!((before ^ after) & ~(uint32_t)LOCKED), 1)) return entry != NULL;
    }
}

int yoke__map_get_key(const yoke_map *map, const map_key *key, void *value, yoke__thread *self) {
    uint64_t words[MOST_VALUE / 8];
    if (!read_entry(map, key, words, self, shape_of(map))) return 0;
    if (value) memcpy(value, words, map->value_size);
    return 1;
}

/* ---- writing ---- */

/* A locked chain and where in it a key is or can go. */
typedef struct spot {
    table *table;
    bucket *home, *last;
    uint32_t state; /* what unlock_bucket has to leave */
    bucket *in;     /* with the entry, or a free slot; NULL: all are full */
    unsigned slot;
    map_word *entry; /* of the key; NULL: not there */
} spot;

/* Locks the chain of a hash; false: memory ran out. */
INLINE bool lock_chain(yoke_map *map, uint64_t hash, yoke__thread *self, spot *at, shape s) {
    map_shard *in = shard_of(map, hash);
    table *t = load_table(self, &in->table);
    for (;; t = next_table(self, in, t)) {
        bucket *home = home_of(map, t, hash, s);
        prefetch_bucket(home);
        /* relaxed: only a hint to help; lock_bucket tells for certain whether the home has MOVED.
         */
        if (__builtin_expect(atomic_load_explicit(&t->next, memory_order_relaxed) != NULL, 0)) {
            if (!yoke__map_help(map, in, t, hash, self)) return false;
            continue;
        }
        *at = (spot){.table = t, .home = home};
        if (lock_bucket(home, &at->state)) return true;
    }
}

/* Looks for the key in a locked chain. */
INLINE void search(spot *at, const map_key *key, shape s) {
    uint64_t tag = tag_of(key->hash);
    for (bucket *b = at->home; b; b = next_bucket(at->table, b, s)) {
        uint64_t tags = load_word(&b->tags), slots = tagged_slots(tags, tag);
        for (; slots; slots &= slots - 1) {
            unsigned slot = first_tagged(slots);
            map_word *entry = slot_at(b, slot, s);
            if (!matches(load_word(entry), key, s)) continue;
            at->in = b, at->slot = slot, at->entry = entry;
            return;
        }
        if (!at->in && free_slots(tags)) at->in = b, at->slot = first_slot(free_slots(tags));
        at->last = b;
    }
}

/* Writes a value of several words, or of none, and unlocks. */
static void store_wide(const yoke_map *map, spot *at, const uint64_t *words) {
    /* relaxed: seen by whoever sees one of the words, which are stored with release. */
    atomic_store_explicit(&at->home->state, at->state | LOCKED | CHANGING, memory_order_relaxed);
    for (unsigned i = 0; i < map->words; i++) store_word(&at->entry[1 + i], words[i]);
    unlock_bucket(at->home, at->state + VERSION);
}

static void change_wide(const yoke_map *map, spot *at, yoke_map_combine_fn *combine,
                        const void *value) {
    uint64_t words[MOST_VALUE / 8];
    if (combine) {
        for (unsigned i = 0; i < map->words; i++) words[i] = load_word(&at->entry[1 + i]);
        combine(words, value);
    } else if (map->words) {
        words[map->words - 1] = 0;
        memcpy(words, value, map->value_size);
    }
    store_wide(map, at, words);
}

/* Changes the value of the entry that was found and unlocks. */
INLINE void change(const yoke_map *map, spot *at, yoke_map_combine_fn *combine, const void *value,
                   size_t size, shape s) {
    if (s.words != 1) {
        change_wide(map, at, combine, value);
        return;
    }
    uint64_t word = combine ? load_word(&at->entry[1]) : 0;
    if (combine) {
        combine(&word, value);
    } else {
        memcpy(&word, value, size);
    }
    store_word(&at->entry[1], word);
    unlock_bucket(at->home, at->state);
}

/* Writes a new entry into a free slot. Its tag makes it visible. */
INLINE void fill(bucket *b, unsigned slot, const map_key *key, uint64_t key_word, const void *value,
                 size_t size, shape s) {
    map_word *entry = slot_at(b, slot, s);
    store_word(entry, key_word);
    for (unsigned i = 0; i < s.words; i++) {
        uint64_t word = 0;
        memcpy(&word, (const char *)value + (size_t)i * 8,
               i + 1 < s.words ? 8 : size - (size_t)i * 8);
        store_word(&entry[1 + i], word);
    }
    store_word(&b->tags, load_word(&b->tags) | tag_of(key->hash) << 8 * slot);
}

/* Puts a new entry at the end of a chain whose slots are all full. 1: done; 0: unlocked, to be
 * tried again; or a failure. *must: memory for growth has run out, so the reserve is to be used. */
static int extend(yoke_map *map, spot *at, const map_key *key, uint64_t key_word, const void *value,
                  bool *must, yoke__thread *self) {
    shape s = shape_of(map);
    map_shard *in = shard_of(map, key->hash);
    table *t = at->table;
    bool full = atomic_load(&t->progress.used) >= t->limit;
    bucket *added = full && !*must ? NULL : yoke__map_append(t, s);
    if (added) {
        fill(added, 0, key, key_word, value, map->value_size, s);
        yoke__map_link(t, at->last, added, s);
        unlock_bucket(at->home, at->state);
        return 1;
    }
    unlock_bucket(at->home, at->state);
    if (*must && !atomic_load(&t->next) && !atomic_load(&in->growing)) return YOKE_ENOMEM;
    /* A table that is still being filled from the one before cannot grow yet. */
    bool ready = atomic_load(&in->table) == t || yoke__map_finish(map, in, self);
    *must = !ready || !yoke__map_grow(map, in, t, self);
    return 0;
}

static void count_entry(yoke_map *map, int64_t change) { yoke_counter_add(map->entries, change); }

/* A key word for a new entry: the number, or a blob that is made at the second attempt, when the
 * first has shown that the key is new and has unlocked. */
static int make_key_word(const map_key *key, uint64_t *key_word) {
    map_blob *blob;
    YOKE_TRY(yoke__map_blob_create(key, &blob));
    *key_word = (uint64_t)(uintptr_t)blob | key->hash << 48;
    return 0;
}

/* One attempt to write: 1: a new entry, 0: it was there, 2: to be tried again. */
INLINE int attempt(yoke_map *map, const map_key *key, uint64_t *key_word, enum map_write mode,
                   yoke_map_combine_fn *combine, const void *value, bool *must, yoke__thread *self,
                   shape s, size_t size) {
    enum { AGAIN = 2 };
    spot at;
    if (!lock_chain(map, key->hash, self, &at, s)) return YOKE_ENOMEM;
    search(&at, key, s);
    if (at.entry) {
        if (mode == MAP_INSERT) {
            unlock_bucket(at.home, at.state);
        } else {
            change(map, &at, combine, value, size, s);
        }
        return 0;
    }
    if (s.bytes && !*key_word) {
        unlock_bucket(at.home, at.state);
        int status = make_key_word(key, key_word);
        return status < 0 ? status : AGAIN;
    }
    if (!at.in) {
        int status = extend(map, &at, key, *key_word, value, must, self);
        return status ? status : AGAIN;
    }
    fill(at.in, at.slot, key, *key_word, value, size, s);
    unlock_bucket(at.home, at.state);
    return 1;
}

INLINE int write_entry(yoke_map *map, const map_key *key, enum map_write mode,
                       yoke_map_combine_fn *combine, const void *value, yoke__thread *self, shape s,
                       size_t size) {
    uint64_t key_word = s.bytes ? 0 : key->number;
    bool must = false;
    int status;
    do {
        status = attempt(map, key, &key_word, mode, combine, value, &must, self, s, size);
    } while (__builtin_expect(status == 2, 0));
    if (status == 1) {
        count_entry(map, 1);
    } else if (s.bytes) {
        free(blob_of(key_word));
    }
    return status;
}

/* Compiled for any map and, without the loops over words, for the plain one. */
int yoke__map_write_key(yoke_map *map, const map_key *key, enum map_write mode,
                        yoke_map_combine_fn *combine, const void *value, yoke__thread *self) {
    int status =
        map->value_size == 8 && !map->bytes
            ? write_entry(map, key, mode, combine, value, self, words8, 8)
            : write_entry(map, key, mode, combine, value, self, shape_of(map), map->value_size);
    return status == YOKE_ENOMEM ? yoke_fail(status, "no memory for an entry of a map") : status;
}

/* Ends a section in which tables may have been retired: they are released soon, for they are large,
 * and not before the section has ended, since it holds them back itself. */
void yoke__map_leave_writer(yoke_map *map, yoke__thread *self) {
    yoke__reclaim_leave(self);
    /* relaxed: a hint. */
    if (atomic_load_explicit(&map->outgrown, memory_order_relaxed) < MUCH_OUTGROWN) return;
    atomic_store(&map->outgrown, 0);
    yoke_reclaim_collect(map->domain);
}

int yoke__map_write_number(yoke_map *map, uint64_t number, enum map_write mode,
                           yoke_map_combine_fn *combine, const void *value) {
    YOKE_TRY(yoke__map_check_key(map, false, 8));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    map_key key = yoke__map_number_key(map, number);
    yoke__reclaim_enter(self);
    int status = yoke__map_write_key(map, &key, mode, combine, value, self);
    yoke__map_leave_writer(map, self);
    return status;
}

static int write_bytes(yoke_map *map, const void *data, size_t size, enum map_write mode,
                       yoke_map_combine_fn *combine, const void *value) {
    YOKE_TRY(yoke__map_check_key(map, true, size));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    map_key key = bytes_key(map, data, size);
    yoke__reclaim_enter(self);
    int status = yoke__map_write_key(map, &key, mode, combine, value, self);
    yoke__map_leave_writer(map, self);
    return status;
}

/* ---- removing ---- */

static int remove_entry(yoke_map *map, const map_key *key, void *value, yoke__thread *self) {
    shape s = shape_of(map);
    spot at;
    if (!lock_chain(map, key->hash, self, &at, s)) {
        return yoke_fail(YOKE_ENOMEM, "no memory to move an entry of a map");
    }
    search(&at, key, s);
    if (!at.entry) {
        unlock_bucket(at.home, at.state);
        return 0;
    }
    uint64_t key_word = load_word(at.entry), words[MOST_VALUE / 8];
    for (unsigned i = 0; i < s.words; i++) words[i] = load_word(&at.entry[1 + i]);
    store_word(&at.in->tags, load_word(&at.in->tags) & ~((uint64_t)0xFF << 8 * at.slot));
    if (s.bytes) store_word(at.entry, 0); /* no load may find the string once it is retired */
    unlock_bucket(at.home, at.state + VERSION);
    if (value) memcpy(value, words, map->value_size);
    count_entry(map, -1);
    atomic_fetch_add(&shard_of(map, key->hash)->removed, 1);
    if (s.bytes) yoke__map_blob_retire(map, shard_of(map, key->hash), blob_of(key_word));
    return 1;
}

/* ---- the interface ---- */

int yoke_map_get(yoke_map *map, const void *data, size_t size, void *value) {
    YOKE_TRY(yoke__map_check_key(map, true, size));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    map_key key = bytes_key(map, data, size);
    yoke__reclaim_enter(self);
    int found = yoke__map_get_key(map, &key, value, self);
    yoke__reclaim_leave(self);
    return found;
}

int yoke_map_put_u64(yoke_map *map, uint64_t key, const void *value) {
    return yoke__map_write_number(map, key, MAP_PUT, NULL, value);
}

int yoke_map_insert_u64(yoke_map *map, uint64_t key, const void *value) {
    return yoke__map_write_number(map, key, MAP_INSERT, NULL, value);
}

int yoke_map_put(yoke_map *map, const void *key, size_t size, const void *value) {
    return write_bytes(map, key, size, MAP_PUT, NULL, value);
}

int yoke_map_insert(yoke_map *map, const void *key, size_t size, const void *value) {
    return write_bytes(map, key, size, MAP_INSERT, NULL, value);
}

int yoke_map_update(yoke_map *map, const void *key, size_t size, yoke_map_combine_fn *combine,
                    const void *more) {
    return write_bytes(map, key, size, MAP_UPDATE, combine, more);
}

int yoke_map_remove_u64(yoke_map *map, uint64_t number, void *value) {
    YOKE_TRY(yoke__map_check_key(map, false, 8));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    map_key key = yoke__map_number_key(map, number);
    yoke__reclaim_enter(self);
    int status = remove_entry(map, &key, value, self);
    yoke__map_leave_writer(map, self);
    return status;
}

int yoke_map_remove(yoke_map *map, const void *data, size_t size, void *value) {
    YOKE_TRY(yoke__map_check_key(map, true, size));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    map_key key = bytes_key(map, data, size);
    yoke__reclaim_enter(self);
    int status = remove_entry(map, &key, value, self);
    yoke__map_leave_writer(map, self);
    return status;
}

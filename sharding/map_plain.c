/* SPDX-License-Identifier: Apache-2.0
 *
 * The fast path of the concurrent map, for 64-bit keys and 8-byte values, and operations on blocks
 * of keys.
 *
 * When the map is larger than the caches, time goes into waiting for memory, and what counts is how
 * many operations wait at the same time. The processor looks a few hundred instructions ahead, so
 * the usual case (nobody else is at the chain) takes as few of them as it can; all other cases go
 * the general way of map.c. Callers that have many keys at hand get more out of
 * the block functions, which ask for all buckets of a group long before they are needed.
 */
#include <string.h>

#include "sharding/map.h"

enum { BLOCK = 16 };

INLINE void add_words(void *value, const void *more) {
    uint64_t sum, addend;
    memcpy(&sum, value, 8);
    memcpy(&addend, more, 8);
    sum += addend;
    memcpy(value, &sum, 8);
}

void yoke_map_add_u64(void *value, const void *more) { add_words(value, more); }

/* ---- one key ---- */

/* Whether the fast path may be taken: a plain map, and a thread outside of any section, so that the
 * section of one lookup need not be counted. */
INLINE bool is_plain(const yoke_map *map, const yoke__thread *self) {
    return __builtin_expect(self->depth == map->plain_depth, 1);
}

INLINE uint64_t hash_of(const yoke_map *map, uint64_t number) {
    uint64_t once = yoke_hash_mix(number ^ map->seed[0], map->number_seed);
    return yoke_hash_mix(once, YOKE_HASH_MULTIPLIER_); /* yoke_hash_u64 */
}

/* That of the lowest slot in the set. */
INLINE map_word *first_entry(bucket *b, uint64_t slots) {
    return slot_at(b, first_tagged(slots), words8);
}

/* The entry of a key in a chain; NULL: none. */
INLINE map_word *find_words8(const table *t, bucket *b, uint64_t hash, uint64_t number) {
    uint64_t tag = tag_of(hash), slots = tagged_slots(load_word(&b->tags), tag);
    for (;;) {
        if (__builtin_expect(slots == 0, 0)) {
            b = next_bucket(t, b, words8);
            if (!b) return NULL;
            slots = tagged_slots(load_word(&b->tags), tag);
            continue;
        }
        map_word *entry = first_entry(b, slots);
        if (__builtin_expect(load_word(entry) == number, 1)) return entry;
        slots &= slots - 1;
    }
}

/* Where a key is looked for on the fast path. */
typedef struct start {
    const table *table;
    bucket *home;
    bool covered; /* false: the era has just moved, so the table may not be used */
} start;

INLINE start enter_plain(const yoke_map *map, uint64_t hash, yoke__thread *self) {
    uint64_t era = yoke__reclaim_enter_leaf(self), bits = turned(map, hash);
    const table *t = atomic_load(&shard_at(map, bits)->table);
    bool covered = yoke__reclaim_is_covered(era);
    return (start){t, covered ? home_at(t, bits, words8) : NULL, covered};
}

/* 1: found; 0: not there; 2: somebody changes the chain, so the general way has to be taken. */
INLINE int peek_words8(const table *t, bucket *home, uint64_t hash, uint64_t number,
                       uint64_t *value) {
    __builtin_prefetch((const char *)home + 64);
    /* acquire, relaxed: as in read_entry. */
    uint32_t before = atomic_load_explicit(&home->state, memory_order_acquire);
    map_word *entry = find_words8(t, home, hash, number);
    if (__builtin_expect(entry != NULL, 1)) *value = load_word(&entry[1]);
    uint32_t after = atomic_load_explicit(&home->state, memory_order_relaxed);
    bool same = !(((before ^ after) & ~(uint32_t)LOCKED) | (before & MOVED));
    return __builtin_expect(same, 1) ? entry != NULL : 2;
}

static int get_number(yoke_map *map, uint64_t number, void *value) {
    YOKE_TRY(yoke__map_check_key(map, false, 8));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    map_key key = yoke__map_number_key(map, number);
    yoke__reclaim_enter(self);
    int found = yoke__map_get_key(map, &key, value, self);
    yoke__reclaim_leave(self);
    return found;
}

/* Also along the chain. */
static __attribute__((noinline)) int search_plain(yoke_map *map, uint64_t number, void *value,
                                                  yoke__thread *self) {
    uint64_t word = 0, hash = hash_of(map, number);
    start at = enter_plain(map, hash, self);
    int found = at.covered ? peek_words8(at.table, at.home, hash, number, &word) : 2;
    yoke__reclaim_leave_leaf(self);
    if (found == 2) return get_number(map, number, value);
    if (found && value) memcpy(value, &word, 8);
    return found;
}

/* Looks at the first slot of the home that has the tag, which is the right one in the usual case.
 * All other cases start anew, so that little has to be remembered on the way. */
int yoke_map_get_u64(yoke_map *map, uint64_t number, void *value) {
    yoke__thread *self = yoke__thread_or_nobody;
    if (!is_plain(map, self)) return get_number(map, number, value);
    uint64_t hash = hash_of(map, number);
    start at = enter_plain(map, hash, self);
    if (__builtin_expect(!at.covered, 0)) return search_plain(map, number, value, self);
    __builtin_prefetch((const char *)at.home + 64);
    /* acquire, relaxed: as in read_entry. */
    uint32_t before = atomic_load_explicit(&at.home->state, memory_order_acquire);
    uint64_t slots = tagged_slots(load_word(&at.home->tags), tag_of(hash));
    if (__builtin_expect(slots == 0, 0)) return search_plain(map, number, value, self);
    map_word *entry = first_entry(at.home, slots);
    uint64_t key = load_word(entry), word = load_word(&entry[1]);
    uint32_t after = atomic_load_explicit(&at.home->state, memory_order_relaxed);
    if (__builtin_expect(key != number || before != after || before & MOVED, 0))
        return search_plain(map, number, value, self);
    yoke__reclaim_leave_leaf(self);
    if (__builtin_expect(value != NULL, 1)) memcpy(value, &word, 8);
    return 1;
}

/* Updates an entry that is there, in a chain that nobody has locked and that has not moved. False:
 * nothing was done, and the general way has to be taken. */
INLINE bool poke_words8(const table *t, bucket *home, uint64_t hash, uint64_t number,
                        yoke_map_combine_fn *combine, const void *more) {
    prefetch_bucket(home);
    /* acquire: as in lock_bucket. The bit alone is tested, which is one instruction. */
    if (atomic_fetch_or_explicit(&home->state, LOCKED, memory_order_acquire) & LOCKED) return false;
    /* relaxed: by the holder of the lock; nobody changes a state that is LOCKED, but for MOVED
     * homes, whose lock means nothing. */
    uint32_t state = atomic_load_explicit(&home->state, memory_order_relaxed) - LOCKED;
    if (__builtin_expect(state & MOVED, 0)) return false;
    map_word *entry = find_words8(t, home, hash, number);
    if (__builtin_expect(entry != NULL, 1)) {
        uint64_t word = load_word(&entry[1]);
        combine(&word, more);
        store_word(&entry[1], word);
    }
    unlock_bucket(home, state);
    return entry != NULL;
}

/* Compiled once for any function and once for addition, without a call. */
INLINE int update_plain(yoke_map *map, uint64_t number, yoke_map_combine_fn *combine,
                        const void *more, yoke__thread *self) {
    uint64_t hash = hash_of(map, number);
    start at = enter_plain(map, hash, self);
    bool done = at.covered && poke_words8(at.table, at.home, hash, number, combine, more);
    yoke__reclaim_leave_leaf(self);
    return __builtin_expect(done, 1)
               ? 0
               : yoke__map_write_number(map, number, MAP_UPDATE, combine, more);
}

/* Adds to the entry in the first slot of the home that has the tag. False: nothing was done. */
INLINE bool add_to_first(bucket *home, uint64_t hash, uint64_t number, const void *more) {
    prefetch_bucket(home);
    /* acquire, relaxed: as in poke_words8. */
    if (atomic_fetch_or_explicit(&home->state, LOCKED, memory_order_acquire) & LOCKED) return false;
    uint32_t state = atomic_load_explicit(&home->state, memory_order_relaxed) - LOCKED;
    uint64_t slots = tagged_slots(load_word(&home->tags), tag_of(hash)), addend;
    bool done = false;
    memcpy(&addend, more, 8);
    if (__builtin_expect(slots && !(state & MOVED), 1)) {
        map_word *entry = first_entry(home, slots);
        done = load_word(entry) == number;
        if (__builtin_expect(done, 1)) store_word(&entry[1], load_word(&entry[1]) + addend);
    }
    if (__builtin_expect(!(state & MOVED), 1)) unlock_bucket(home, state);
    return done;
}

static __attribute__((noinline)) int add_plain(yoke_map *map, uint64_t number, const void *more,
                                               yoke__thread *self) {
    return update_plain(map, number, add_words, more, self);
}

static __attribute__((noinline)) int update_any(yoke_map *map, uint64_t number,
                                                yoke_map_combine_fn *combine, const void *more,
                                                yoke__thread *self) {
    return update_plain(map, number, combine, more, self);
}

int yoke_map_update_u64(yoke_map *map, uint64_t number, yoke_map_combine_fn *combine,
                        const void *more) {
    yoke__thread *self = yoke__thread_or_nobody;
    if (!is_plain(map, self)) return yoke__map_write_number(map, number, MAP_UPDATE, combine, more);
    if (combine != yoke_map_add_u64) return update_any(map, number, combine, more, self);
    uint64_t hash = hash_of(map, number);
    start at = enter_plain(map, hash, self);
    if (__builtin_expect(!at.covered || !add_to_first(at.home, hash, number, more), 0))
        return add_plain(map, number, more, self);
    yoke__reclaim_leave_leaf(self);
    return 0;
}

/* ---- blocks of keys ---- */

/* A key whose bucket was asked for. */
typedef struct asked {
    map_key key;
    bucket *home;
    const table *table;
} asked;

INLINE asked ask(const yoke_map *map, uint64_t number, bool write, yoke__thread *self) {
    asked a = {.key = yoke__map_number_key(map, number)};
    a.table = load_table(self, &shard_of(map, a.key.hash)->table);
    a.home = home_of(map, a.table, a.key.hash, shape_of(map));
    if (write) {
        prefetch_bucket(a.home);
    } else {
        __builtin_prefetch(a.home);
        __builtin_prefetch((const char *)a.home + 64);
    }
    return a;
}

static int update_asked(yoke_map *map, const asked *a, yoke_map_combine_fn *combine,
                        const void *more, yoke__thread *self) {
    if (map->plain && poke_words8(a->table, a->home, a->key.hash, a->key.number, combine, more))
        return 0;
    return yoke__map_write_key(map, &a->key, MAP_UPDATE, combine, more, self);
}

static int update_keys(yoke_map *map, const uint64_t *numbers, const char *values, size_t count,
                       yoke_map_combine_fn *combine, yoke__thread *self) {
    asked ring[BLOCK];
    for (size_t i = 0; i < count + BLOCK; i++) {
        if (i >= BLOCK) {
            const char *more = values + (i - BLOCK) * map->value_size;
            YOKE_TRY(update_asked(map, &ring[i % BLOCK], combine, more, self));
        }
        if (i < count) ring[i % BLOCK] = ask(map, numbers[i], true, self);
    }
    return YOKE_OK;
}

int yoke_map_update_block_u64(yoke_map *map, const uint64_t *keys, const void *values, size_t count,
                              yoke_map_combine_fn *combine) {
    YOKE_TRY(yoke__map_check_key(map, false, 8));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    yoke__reclaim_enter(self);
    int status = update_keys(map, keys, values, count, combine, self);
    yoke__map_leave_writer(map, self);
    return status;
}

static int get_asked(const yoke_map *map, const asked *a, void *value, yoke__thread *self) {
    uint64_t word;
    int found = map->plain ? peek_words8(a->table, a->home, a->key.hash, a->key.number, &word) : 2;
    if (found == 1 && value) memcpy(value, &word, 8);
    return found == 2 ? yoke__map_get_key(map, &a->key, value, self) : found;
}

static long get_keys(const yoke_map *map, const uint64_t *numbers, size_t count, char *values,
                     unsigned char *found, yoke__thread *self) {
    asked ring[BLOCK];
    long total = 0;
    for (size_t i = 0; i < count + BLOCK; i++) {
        if (i >= BLOCK) {
            char *value = values ? values + (i - BLOCK) * map->value_size : NULL;
            int status = get_asked(map, &ring[i % BLOCK], value, self);
            found[i - BLOCK] = (unsigned char)status;
            total += status;
        }
        if (i < count) ring[i % BLOCK] = ask(map, numbers[i], false, self);
    }
    return total;
}

long yoke_map_get_block_u64(yoke_map *map, const uint64_t *keys, size_t count, void *values,
                            unsigned char *found) {
    YOKE_TRY(yoke__map_check_key(map, false, 8));
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    yoke__reclaim_enter(self);
    long total = get_keys(map, keys, count, values, found, self);
    yoke__reclaim_leave(self);
    return total;
}

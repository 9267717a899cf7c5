/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the cache, for its own files.
 *
 *     cache.c         creation, and the calls on single keys
 *     cache_entry.c   entries: making, counting users, retiring
 *     cache_index.c   the index of a shard, read without a lock
 *     cache_policy.c  S3-FIFO: what stays and what goes
 *     cache_ghost.c   the keys that were evicted lately
 *     cache_load.c    single flight
 *     cache_report.c  statistics, hot keys, skew
 *
 * Everything of a shard is under its lock but for what lookups read: the index, and of an entry
 * what never changes after it was published, and the counters `uses` and `refs`. Entries that leave
 * the shard are gathered in a list while the lock is held and retired after that, since this may
 * call functions of the user's.
 */
#ifndef YOKE_SHARDING_CACHE_H
#define YOKE_SHARDING_CACHE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "runtime/probe.h"
#include "sharding/reclaim.h"
#include "yoke/cache.h"
#include "yoke/counter.h"
#include "yoke/hash.h"
#include "yoke/memory.h"
#include "yoke/sketch.h"

#define YOKE__NEVER INT64_MAX

enum {
    YOKE__MOST_USES = 3,
    YOKE__MOST_SHARDS = 4096,
    YOKE__LEAST_ENTRIES = 256, /* of a shard, when the number of shards is ours to choose */
    YOKE__LEAST_BYTES = 4 << 20,
    YOKE__HOT_KEYS = 32, /* counters of a shard's sketch */
};

typedef struct yoke_cache_entry yoke__entry;

/* What lookups read stands last, next to the key. */
struct yoke_cache_entry {
    yoke_reclaim_node node;
    void (*release)(void *data, size_t size); /* NULL: the data lie behind the key */
    yoke__entry *newer, *older;               /* in its queue; `older` also in lists of the dead */
    yoke__entry *chain[2]; /* to the next of the bucket, in tables of either parity */
    uint64_t hash;
    size_t key_size;
    void *data;
    size_t size;
    int64_t expires; /* on the cache's clock; YOKE__NEVER */
    uint32_t refs;   /* users: the cache, handles, loads */
    int32_t failure; /* negative: a load's status, and data its detail */
    uint8_t uses;    /* hits since it was last considered for eviction, up to YOKE__MOST_USES */
    bool in_main;    /* which queue; under the lock */
    char key[];
};

/* ---- entries ---- */

/* An entry with one user, the caller, and a copy of the value. NULL when memory is short. */
yoke__entry *yoke__entry_copy(uint64_t hash, const void *key, size_t key_size, const void *data,
                              size_t size);
/* The same, around the item's data. */
yoke__entry *yoke__entry_wrap(uint64_t hash, const void *key, size_t key_size,
                              const yoke_cache_item *item);
void yoke__entry_hold(yoke__entry *entry);
/* The last one to drop it frees it. */
void yoke__entry_drop(yoke__entry *entry);
static inline size_t yoke__entry_bytes(const yoke__entry *entry) {
    return YOKE_CACHE_ENTRY_BYTES + entry->key_size + entry->size;
}

/* ---- the index ---- */

typedef struct yoke__table {
    yoke_reclaim_node node;
    unsigned shift;     /* of the hash, the shard's bits taken off: its high bits are the bucket */
    unsigned parity;    /* which chain of the entries */
    uint32_t *retiring; /* the index's count of tables that are not released yet */
    yoke__entry *heads[];
} yoke__table;

typedef struct yoke__index {
    /* Read by lookups. */
    yoke__table *table;
    uint32_t moves; /* how often a lookup may have missed an entry that was there all the time */
    unsigned skip;  /* high bits of the hash that chose the shard */
    /* Not read by them. */
    uint32_t retiring; /* tables that readers may still walk */
    bool waste;        /* one of them waits to be released, and growth for that */
    size_t count;
} yoke__index;

int yoke__index_init(yoke__index *index, unsigned skip, size_t expected);
void yoke__index_fini(yoke__index *index);
/* The entry of a key, or NULL: under the lock, or inside a section of yoke/reclaim.h. */
yoke__entry *yoke__index_find(const yoke__index *index, uint64_t hash, const void *key,
                              size_t key_size);
yoke__entry *yoke__index_find_shared(const yoke__index *index, yoke__thread *self, uint64_t hash,
                                     const void *key, size_t key_size);
/* Under the lock. Puts an entry in, in place of `old` when that is not NULL; grows when it can. */
void yoke__index_insert(yoke__index *index, yoke__entry *entry, yoke__entry *old,
                        yoke_reclaim *domain);
void yoke__index_remove(yoke__index *index, yoke__entry *entry);

/* ---- evicted keys ---- */

typedef struct yoke__ghost {
    uint64_t *ring;   /* hashes, a circle */
    uint32_t *places; /* index by hash: position in the ring + 1; 0: free. Twice the capacity */
    size_t capacity;  /* of the ring: 0 or a power of two */
    size_t oldest, count;
} yoke__ghost;

void yoke__ghost_fini(yoke__ghost *ghost);
/* Remembers a hash, and not more than `most` of them. Without memory it remembers fewer. */
void yoke__ghost_add(yoke__ghost *ghost, uint64_t hash, size_t most);
/* Whether it is remembered; then it is forgotten. */
bool yoke__ghost_take(yoke__ghost *ghost, uint64_t hash);

/* ---- shards ---- */

typedef struct yoke__queue {
    yoke__entry *newest, *oldest;
    size_t count, bytes;
} yoke__queue;

typedef struct yoke__flight yoke__flight;

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): two groups by who writes them */
typedef struct yoke__shard {
    /* Read by lookups, written when the index grows. */
    _Alignas(YOKE_CACHE_PAD) yoke__index index;
    /* Written under the lock. */
    _Alignas(YOKE_CACHE_PAD) pthread_mutex_t lock;
    size_t max_entries, max_bytes; /* SIZE_MAX: no bound */
    yoke__queue small, main;
    yoke__ghost ghost;
    yoke__flight *flights; /* loads that are going on */
    yoke_cache_stats stats;
    yoke_sketch *sketch; /* of the lookups that were sampled */
} yoke__shard;

struct yoke_cache {
    uint64_t seed[2];
    yoke_cache_hash_fn *hash; /* NULL: ours */
    yoke_cache_clock_fn *clock;
    void *clock_ctx;
    int64_t ttl, stale, negative_ttl, load_timeout; /* nanoseconds; YOKE__NEVER: none */
    bool keep_nothing;
    uint32_t timed; /* some entries may expire: visits need the time */
    uint32_t closed;
    unsigned bits, shards; /* shards == 1 << bits */
    unsigned opened;       /* shards that close has to release; fewer only when creation fails */
    yoke_reclaim *domain;
    yoke_counter *lookups; /* YOKE__LOOKUPS counters a shard, for what takes no lock */
    yoke__shard *shard;
    yoke__probe probe;
    unsigned forks; /* yoke__forks when it was made */
};

typedef enum yoke__lookup { YOKE__HIT, YOKE__MISS, YOKE__LOOKUPS } yoke__lookup;

/* What an operation under the lock needs, and leaves behind. */
typedef struct yoke__visit {
    yoke_cache *cache;
    yoke__shard *shard;
    int64_t now;       /* the cache's clock, read before the lock was taken */
    yoke__entry *dead; /* entries that left the shard */
} yoke__visit;

void yoke__shard_lock(yoke__shard *shard);
/* Takes the lock; YOKE_ECLOSED, and then it is not taken. */
int yoke__visit_begin(yoke__visit *visit, yoke_cache *cache, uint64_t hash);
int yoke__visit_begin_shard(yoke__visit *visit, yoke_cache *cache, unsigned number);
/* Releases it, and retires the dead. */
void yoke__visit_end(yoke__visit *visit);

static inline uint64_t yoke__cache_hash(const yoke_cache *cache, const void *key, size_t key_size) {
    if (cache->hash) return cache->hash(cache->seed, key, key_size);
    if (key_size != sizeof(uint64_t)) return yoke_hash_bytes(cache->seed, key, key_size);
    uint64_t word;
    memcpy(&word, key, sizeof word);
    return yoke_hash_u64(cache->seed, word); /* the same, inline */
}

static inline unsigned yoke__shard_of(const yoke_cache *cache, uint64_t hash) {
    return cache->bits ? (unsigned)(hash >> (64 - cache->bits)) : 0;
}

static inline void yoke__count_lookup(yoke_cache *cache, uint64_t hash, yoke__lookup how) {
    yoke_counter_add_at(cache->lookups, yoke__shard_of(cache, hash) * YOKE__LOOKUPS + how, 1);
}

int64_t yoke__cache_now(const yoke_cache *cache);
int64_t yoke__nanoseconds(double seconds); /* YOKE__NEVER: more than fit */

static inline int64_t yoke__later(int64_t time, int64_t span) {
    return time > YOKE__NEVER - span ? YOKE__NEVER : time + span;
}

static inline bool yoke__entry_fresh(const yoke__entry *entry, int64_t now) {
    return entry->expires > now;
}

static inline void yoke__value_set(yoke_cache_value *value, yoke__entry *entry, bool stale) {
    *value = (yoke_cache_value){entry->data, entry->size, stale, entry};
}

/* 1: found and fresh, and the caller is a user of the entry; 0; or a failure. Takes no lock unless
 * what it finds has expired. */
int yoke__cache_lookup(yoke_cache *cache, uint64_t hash, const void *key, size_t key_size,
                       yoke_cache_value *value);
/* Puts a new entry, whose use the cache takes over, in place of what the key had. False: it is too
 * large, or the cache keeps nothing; the key has nothing then, and the use is the caller's. */
bool yoke__visit_store(yoke__visit *visit, yoke__entry *entry);
/* When an item put at `now` expires. */
int64_t yoke__cache_expiry(const yoke_cache *cache, int64_t now, double ttl);
void yoke__cache_note_ttl(yoke_cache *cache, double ttl);

/* What the probe says, of all shards together. */
void yoke__cache_report(yoke__probe *probe, yoke__reader *reader);

/* Counts one lookup in so many for the hot keys. */
void yoke__cache_sample(yoke_cache *cache, uint64_t hash, const void *key, size_t key_size);

/* ---- S3-FIFO. All under the lock. ---- */

/* A hit; also without the lock. */
static inline void yoke__policy_use(yoke__entry *entry) {
    /* relaxed, and not one step: a use that is lost when two threads count at the same time only
     * makes the entry look a little less used. Full counters are not written. */
    uint8_t uses = __atomic_load_n(&entry->uses, __ATOMIC_RELAXED);
    if (uses < YOKE__MOST_USES) {
        __atomic_store_n(&entry->uses, (uint8_t)(uses + 1), __ATOMIC_RELAXED);
    }
}
/* Makes room and inserts an entry, whose user it takes over, in the place of `old` when that is not
 * NULL. False: it is larger than the share, and nothing is done. */
bool yoke__policy_insert(yoke__visit *visit, yoke__entry *entry, yoke__entry *old);
/* Takes an entry out of the shard; it is among the dead then. */
void yoke__policy_remove(yoke__visit *visit, yoke__entry *entry);

/* ---- loads. Under the lock. ---- */

/* A write to the key: its load is not joined any more, and the result not kept. */
void yoke__flight_overtake(yoke__shard *shard, uint64_t hash, const void *key, size_t key_size);
void yoke__flight_overtake_all(yoke__shard *shard);
/* Lets all that wait in the shard return YOKE_ECLOSED. */
void yoke__flight_close_all(yoke__shard *shard);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Map-reduce over a dataset: map sees blocks of records, emits keys, and combines values in place
 * per key; the partial results of the threads are then merged in parallel by ranges of the hash.
 *
 * After Dean and Ghemawat, "MapReduce" (OSDI 2004), with in-place combining as in Phoenix (Ranger
 * et al., HPCA 2007) and partitioned merging after Leis et al., "Morsel-driven parallelism" (SIGMOD
 * 2014). The order of the results does not depend on the number of threads or the block size; the
 * values do not either when `combine` is associative and commutative on bits (integers, minimum,
 * maximum, the exact sums of yoke/exact.h).
 */
#ifndef YOKE_MAPREDUCE_H
#define YOKE_MAPREDUCE_H

#include <string.h>

#include "yoke/dataset.h"
#include "yoke/hash.h"
#include "yoke/memory.h"
#include "yoke/progress.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- emitting ---- */

/* One key and its value in a table. The key is padded with zeros to at least 16 bytes and a
 * multiple of 8; the value follows it. Entries never move, and a small one lies within one cache
 * line. */
typedef struct yoke_entry {
    uint64_t key_size;
    uint64_t key[];
} yoke_entry;

/* A thread's own table. The fields are for the inline functions below; use only `arena` and
 * `state`. The index holds, in the order of the hash's high bits, 48 bits of pointer and 16 bits of
 * the hash's low end; 0 is a free place. */
typedef struct yoke_emitter {
    uint64_t *index;
    uint64_t mask;  /* places - 1 */
    unsigned shift; /* place of a hash: hash >> shift */
    uint64_t seed[2];
    uint64_t ordinal;  /* of the records being mapped */
    uint32_t sequence; /* keys that were new in them so far */
    yoke_arena *arena; /* lives until the result is destroyed: values may point into it */
    void *state;       /* yoke_job.state_size bytes of this thread's own, zeroed at the start */
    const struct yoke_job *job;
    uint64_t count, limit; /* entries; entries at which the index grows */
} yoke_emitter;

/* The value of a key, new and set to the identity if the key was not there. NULL: memory ran out.
 * Out of line; any key size below 4 GiB. */
YOKE_API void *yoke_emit_find(yoke_emitter *out, const void *key, size_t size);
/* The same with the hash and the words at hand; size at most 16. */
YOKE_API void *yoke_emit_find_words(yoke_emitter *out, uint64_t low, uint64_t high, size_t size,
                                    uint64_t hash);

static inline void *yoke_entry_value(yoke_entry *entry) {
    size_t size = entry->key_size <= 16 ? 16 : ((size_t)entry->key_size + 7) & ~(size_t)7;
    return (char *)entry->key + size;
}

/* The value of a key of at most 16 bytes given as two zero-padded words: the fast path. */
static inline void *yoke_emit_words(yoke_emitter *out, uint64_t low, uint64_t high, size_t size) {
    uint64_t hash = yoke_hash_words(out->seed, low, high, size);
    uint64_t place = out->index[hash >> out->shift];
    if (place && (place >> 48) == (hash & 0xFFFF)) {
        yoke_entry *entry = (yoke_entry *)(uintptr_t)(place & 0xFFFFFFFFFFFFu);
        if (entry->key[0] == low && entry->key[1] == high && entry->key_size == size) {
            return entry->key + 2;
        }
    }
    return yoke_emit_find_words(out, low, high, size, hash);
}

/* The place where the value of `key` is kept on this thread; NULL when memory ran out. The pointer
 * stays good until the result is destroyed. A new value is value_size zero bytes, or what the job's
 * init made of them. */
static inline void *yoke_emit_slot(yoke_emitter *out, const void *key, size_t size) {
    if (size > 16) return yoke_emit_find(out, key, size);
    uint64_t words[2] = {0, 0};
    memcpy(words, key, size);
    return yoke_emit_words(out, words[0], words[1], size);
}

/* The same for an integer key. Its results are ordered by number. */
static inline void *yoke_emit_slot_u64(yoke_emitter *out, uint64_t key) {
    return yoke_emit_words(out, __builtin_bswap64(key), 0, 8);
}

/* Slots of n keys at once, which hides the latency of memory when there are many keys: slots[i] is
 * the place of keys[i], whose bytes may be read YOKE_RECORDS_SLACK beyond either end (fields of a
 * yoke_records may). YOKE_ENOMEM, YOKE_ERANGE (a key of 4 GiB or more). */
YOKE_API int yoke_emit_slots(yoke_emitter *out, const yoke_text *keys, size_t n, void **slots);

/* ---- the job ---- */

/* Called with a block of records; emits what it finds, in the order of the records. Returns 0 or a
 * negative status with a detail (see yoke_fail). Several threads call it at the same time, each
 * with its own emitter. */
typedef int yoke_map_fn(const yoke_records *records, yoke_emitter *out, void *ctx);
/* Folds `from` into `into`. May allocate in `arena`; pointers inside `from` stay good. */
typedef int yoke_combine_fn(void *into, const void *from, yoke_arena *arena, void *ctx);

typedef enum yoke_order {
    YOKE_ORDER_KEY,   /* keys in the order of memcmp, shorter first where one is a prefix */
    YOKE_ORDER_FIRST, /* keys in the order in which a serial run would first emit them */
    YOKE_ORDER_NONE,  /* as they come: fastest, and different at every number of threads */
} yoke_order;

typedef struct yoke_job {
    yoke_dataset *dataset;
    yoke_map_fn *map;
    yoke_combine_fn *combine;
    void (*init)(void *value,
                 void *ctx); /* makes the identity of zeroed bytes; NULL: zeros it is */
    void *ctx;               /* given to all of these; shared by the threads */
    size_t value_size;       /* bytes of a value; aligned to 8 */
    size_t state_size;       /* bytes of yoke_emitter.state */
    int (*state_end)(void *state,
                     void *ctx); /* called once for each state after the map phase (also
                                    after a failed one), one at a time; may be NULL */
    yoke_order order;
    int threads;       /* 0: yoke_team_default_size() */
    size_t block_size; /* bytes a thread takes at a time; 0: chosen from the cache */
    uint64_t seed; /* of the hash; 0: from the system, so that no input can be made to collide */
    yoke_progress *progress; /* told the bytes read; NULL: nobody is told */
} yoke_job;

/* What one thread did. Seconds are wall-clock unless named otherwise. */
typedef struct yoke_worker_stats {
    int cpu;                                  /* on which it ended; -1: unknown */
    double wall;                              /* from its start to its end */
    double busy;                              /* CPU time of the thread in that span */
    double wait;                              /* of the wall time, waiting for other threads */
    uint64_t blocks, bytes, records, skipped; /* skipped: ragged records left out or filled */
    uint64_t keys;                            /* distinct keys in its table */
} yoke_worker_stats;

typedef struct yoke_job_stats {
    int threads;
    double map_seconds, merge_seconds, order_seconds;
    uint64_t bytes, records, skipped;
    yoke_location first_skipped;      /* of the skipped; name NULL: there were none */
    uint64_t table_bytes;             /* of all tables and values */
    const yoke_worker_stats *workers; /* `threads` of them */
} yoke_job_stats;

typedef struct yoke_result yoke_result;

/* Runs the job and gives its result, which the caller destroys. Consumes the dataset: a second run
 * needs a new one. Blocks; called inside a parallel region it uses that team (see yoke/team.h).
 * On failure the error that stands first in the dataset is returned, whatever the threads did.
 * Returns YOKE_EINVAL, YOKE_ENOMEM, YOKE_EIO, YOKE_EDATA (unterminated quote, stray quote, wrong
 * number of fields, a record beyond max_record; the detail has file, line and column), YOKE_ERANGE,
 * YOKE_ECANCELED (yoke_progress_cancel), or what map and combine return. */
YOKE_API int yoke_mapreduce(const yoke_job *job, yoke_result **result);

YOKE_API size_t yoke_result_count(const yoke_result *result);
/* Entry `index` in the order of the job. The result owns it. Key bytes: entry->key. */
YOKE_API yoke_entry *yoke_result_entry(const yoke_result *result, size_t index);
YOKE_API const yoke_job_stats *yoke_result_stats(const yoke_result *result);
YOKE_API void yoke_result_destroy(yoke_result *result); /* NULL is legal */

/* The integer key of an entry made by yoke_emit_slot_u64. */
static inline uint64_t yoke_entry_u64(const yoke_entry *entry) {
    return __builtin_bswap64(entry->key[0]);
}

/* Adds `value` to the key's: finds its slot and calls the job's combine. YOKE_ENOMEM or what
 * combine returns. For values that are cheap to fold, take the slot and fold by hand. */
static inline int yoke_emit(yoke_emitter *out, const void *key, size_t size, const void *value) {
    void *slot = yoke_emit_slot(out, key, size);
    if (!slot) return yoke_fail(YOKE_ENOMEM, NULL);
    return out->job->combine(slot, value, out->arena, out->job->ctx);
}

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a job share: the tables of its threads, and the result they become.
 */
#ifndef YOKE_MAPREDUCE_JOB_H
#define YOKE_MAPREDUCE_JOB_H

#include "yoke/mapreduce.h"

/* Makes an empty table. YOKE_ENOMEM. */
int yoke__emitter_init(yoke_emitter *emitter, const yoke_job *job, const uint64_t seed[2],
                       yoke_arena *arena);
void yoke__emitter_fini(yoke_emitter *emitter);

/* Where a key was first seen; kept behind the value when the job's order is by first appearance. */
typedef struct yoke_appearance {
    uint64_t ordinal;  /* of the records in which the key was first seen */
    uint64_t sequence; /* how many keys had been new in the same records before it */
} yoke_appearance;

static inline size_t yoke__value_size(const yoke_job *job) {
    return (job->value_size + 7) & ~(size_t)7;
}

static inline yoke_appearance *yoke__appearance(const yoke_job *job, yoke_entry *entry) {
    return (yoke_appearance *)(void *)((char *)yoke_entry_value(entry) + yoke__value_size(job));
}

/* The hash under which a table keeps an entry. */
uint64_t yoke__entry_hash(const yoke_emitter *emitter, const yoke_entry *entry);

static inline yoke_entry *yoke__place_entry(uint64_t place) {
    return (yoke_entry *)(uintptr_t)(place & 0xFFFFFFFFFFFFu);
}

/* Merges the tables of `count` threads into one list of distinct entries, in no particular order,
 * on `threads` threads, each of which may allocate in its arena. The list is released with
 * yoke_aligned_free. YOKE_ENOMEM, or what combine returns. */
int yoke__merge(const yoke_job *job, yoke_emitter *const *tables, int count,
                yoke_arena *const *arenas, int threads, yoke_entry ***entries, size_t *entry_count);

/* Sorts entries in the order of the job, on `threads` threads, whose tables are not needed any
 * more: their indexes may be used as memory. YOKE_ENOMEM. */
int yoke__order(const yoke_job *job, yoke_entry **entries, size_t count,
                yoke_emitter *const *tables, int threads);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging: the hash range is cut into partitions; a thread takes one partition at a time, collects
 * its entries from all tables (a range of each index, see emit.c) and folds equal keys together in
 * a small table that fits its cache. Partitions share nothing, so there is no lock.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "mapreduce/job.h"
#include "runtime/region.h"
#include "yoke/team.h"

/* Entries of a partition, about: their table then fits the second-level cache. */
enum { PARTITION_ENTRIES = 8192 };

typedef struct yoke_merge {
    const yoke_job *job;
    yoke_emitter *const *tables;
    int count;
    yoke_arena *const *arenas;
    unsigned bits; /* 2^bits partitions */
    _Atomic size_t next;
    yoke_entry ***lists; /* of each partition, in the arena of the thread that made it */
    size_t *sizes;
    yoke_entry **entries; /* all lists, one after the other */
    size_t *starts;
} yoke_merge;

/* A thread's scratch: the entries of a partition, and an index over the distinct ones. */
typedef struct found {
    uint64_t hash;
    yoke_entry *entry;
} found;

typedef struct yoke_partition {
    found *found;
    size_t found_count, found_capacity;
    found *index;
    size_t index_capacity; /* a power of two */
} yoke_partition;

static int push(yoke_partition *partition, found entry) {
    if (partition->found_count == partition->found_capacity) {
        size_t capacity =
            partition->found_capacity ? 2 * partition->found_capacity : 2 * PARTITION_ENTRIES;
        found *grown = realloc(partition->found, capacity * sizeof *grown);
        if (!grown) return yoke_fail(YOKE_ENOMEM, NULL);
        partition->found = grown;
        partition->found_capacity = capacity;
    }
    partition->found[partition->found_count++] = entry;
    return 0;
}

/* Entries displaced from the partition before stand at its range's beginning, and its own may be
 * displaced behind the range's end, up to the next free place. */
static int collect(const yoke_merge *merge, const yoke_emitter *table, size_t number,
                   yoke_partition *partition) {
    unsigned down = 64 - merge->bits; /* 64 when there is one partition, which takes all */
    bool all = !merge->bits;
    uint64_t low = all ? 0 : (uint64_t)number << down;
    uint64_t high = all ? UINT64_MAX : low + ((uint64_t)1 << down) - 1;
    uint64_t begin = low >> table->shift, length = (high >> table->shift) - begin + 1;
    for (uint64_t i = 0; i <= table->mask; i++) {
        uint64_t place = table->index[(begin + i) & table->mask];
        if (!place && i >= length) break;
        if (!place) continue;
        __builtin_prefetch(yoke__place_entry(table->index[(begin + i + 8) & table->mask]));
        yoke_entry *entry = yoke__place_entry(place);
        uint64_t hash = yoke__entry_hash(table, entry);
        if (all || hash >> down == number) YOKE_TRY(push(partition, (found){hash, entry}));
    }
    return 0;
}

static bool same_key(const found *a, const found *b) {
    return a->hash == b->hash && a->entry->key_size == b->entry->key_size &&
           !memcmp(a->entry->key, b->entry->key, a->entry->key_size);
}

static void keep_first(const yoke_job *job, yoke_entry *into, yoke_entry *from) {
    yoke_appearance *a = yoke__appearance(job, into), *b = yoke__appearance(job, from);
    if (b->ordinal < a->ordinal || (b->ordinal == a->ordinal && b->sequence < a->sequence)) *a = *b;
}

static int fold(const yoke_job *job, yoke_entry *into, yoke_entry *from, yoke_arena *arena) {
    if (job->order == YOKE_ORDER_FIRST) keep_first(job, into, from);
    return job->combine(yoke_entry_value(into), yoke_entry_value(from), arena, job->ctx);
}

static int reserve_index(yoke_partition *partition) {
    size_t capacity = 64;
    while (capacity < 2 * partition->found_count) capacity *= 2;
    if (capacity > partition->index_capacity) {
        yoke_aligned_free(partition->index);
        partition->index_capacity = 0;
        partition->index = yoke_aligned_alloc(capacity * sizeof *partition->index);
        if (!partition->index) return yoke_fail(YOKE_ENOMEM, NULL);
        partition->index_capacity = capacity;
    }
    memset(partition->index, 0, capacity * sizeof *partition->index);
    return __builtin_ctzll(capacity);
}

/* Folds what was collected; the distinct entries move to the front of `found`. */
static int fold_all(const yoke_merge *merge, yoke_partition *partition, yoke_arena *arena) {
    int index_bits = reserve_index(partition);
    YOKE_TRY(index_bits);
    size_t mask = ((size_t)1 << index_bits) - 1, distinct = 0;
    for (size_t i = 0; i < partition->found_count; i++) {
        found *next = &partition->found[i], *place;
        size_t at = (size_t)(next->hash << merge->bits >> (64 - index_bits)) & mask;
        for (;; at = (at + 1) & mask) {
            place = &partition->index[at];
            if (!place->entry || same_key(place, next)) break;
        }
        if (place->entry) {
            YOKE_TRY(fold(merge->job, place->entry, next->entry, arena));
        } else {
            *place = partition->found[distinct++] = *next;
        }
    }
    partition->found_count = distinct;
    return 0;
}

static int merge_partition(yoke_merge *merge, size_t number, yoke_partition *partition,
                           yoke_arena *arena) {
    partition->found_count = 0;
    for (int t = 0; t < merge->count; t++) {
        YOKE_TRY(collect(merge, merge->tables[t], number, partition));
    }
    if (merge->count > 1) YOKE_TRY(fold_all(merge, partition, arena));
    size_t size = partition->found_count * sizeof(yoke_entry *);
    yoke_entry **list = yoke_arena_alloc(arena, size);
    if (!list) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < partition->found_count; i++) list[i] = partition->found[i].entry;
    merge->lists[number] = list;
    merge->sizes[number] = partition->found_count;
    return 0;
}

static int merge_member(yoke_team *team, int member, void *ctx) {
    yoke_merge *merge = ctx;
    yoke_partition partition = {0};
    size_t partitions = (size_t)1 << merge->bits, number;
    int status = 0;
    /* relaxed: only the numbers must differ; the team's end publishes the results. */
    while (status >= 0 && !yoke_team_stopping(team) &&
           (number = atomic_fetch_add_explicit(&merge->next, 1, memory_order_relaxed)) <
               partitions) {
        status = merge_partition(merge, number, &partition, merge->arenas[member]);
    }
    free(partition.found);
    yoke_aligned_free(partition.index);
    return status;
}

/* Puts the lists one after the other. */
static int gather_member(yoke_team *team, int member, void *ctx) {
    yoke_merge *merge = ctx;
    size_t partitions = (size_t)1 << merge->bits;
    for (size_t p = (size_t)member; p < partitions; p += (size_t)yoke_team_size(team)) {
        if (!merge->sizes[p]) continue;
        memcpy(merge->entries + merge->starts[p], merge->lists[p],
               merge->sizes[p] * sizeof(yoke_entry *));
    }
    return 0;
}

static int gather(yoke_merge *merge, int threads, size_t *total) {
    size_t partitions = (size_t)1 << merge->bits, sum = 0;
    for (size_t p = 0; p < partitions; p++) {
        merge->starts[p] = sum;
        sum += merge->sizes[p];
    }
    merge->entries = yoke_aligned_alloc((sum + 1) * sizeof(yoke_entry *));
    if (!merge->entries) return yoke_fail(YOKE_ENOMEM, NULL);
    *total = sum;
    return yoke_team_run(threads, gather_member, merge);
}

static unsigned choose_bits(yoke_emitter *const *tables, int count) {
    uint64_t entries = 0;
    for (int t = 0; t < count; t++) entries += tables[t]->count;
    unsigned bits = 0;
    while (entries >> bits > PARTITION_ENTRIES && bits < 20) bits++;
    return bits;
}

int yoke__merge(const yoke_job *job, yoke_emitter *const *tables, int count,
                yoke_arena *const *arenas, int threads, yoke_entry ***entries,
                size_t *entry_count) {
    YOKE__REGION("merge", YOKE_ACTIVITY_WORK);
    yoke_merge merge = {.job = job, .tables = tables, .count = count, .arenas = arenas};
    merge.bits = choose_bits(tables, count);
    size_t partitions = (size_t)1 << merge.bits;
    if ((size_t)threads > partitions) threads = (int)partitions;
    merge.lists = calloc(partitions, sizeof *merge.lists);
    merge.sizes = calloc(partitions, sizeof *merge.sizes);
    merge.starts = calloc(partitions, sizeof *merge.starts);
    int status = merge.lists && merge.sizes && merge.starts ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
    if (status >= 0) status = yoke_team_run(threads, merge_member, &merge);
    if (status >= 0) status = gather(&merge, threads, entry_count);
    free(merge.lists);
    free(merge.sizes);
    free(merge.starts);
    if (status < 0)
        yoke_aligned_free(merge.entries);
    else
        *entries = merge.entries;
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of map-reduce: keys are counted, and compared with a serial count by sorting. The
 * records of a test are numbers: each says which key of the test's list is meant. So keys may be
 * any bytes.
 */
#ifndef YOKE_TESTS_COUNTING_H
#define YOKE_TESTS_COUNTING_H

#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/csv_oracle.h"

/* ---- a test's keys, and the text that names them ---- */

typedef struct key_list {
    yoke_text *keys;
    size_t count, capacity;
} key_list;

static inline void add_key(key_list *list, const void *data, size_t size) {
    if (list->count == list->capacity) {
        list->capacity = 2 * list->capacity + 16;
        list->keys = csv_realloc(list->keys, list->capacity * sizeof *list->keys);
    }
    char *copy = malloc(size + 2 * YOKE_RECORDS_SLACK);
    REQUIRE(copy != NULL);
    memset(copy, 'z', size + 2 * YOKE_RECORDS_SLACK);
    if (size) memcpy(copy + YOKE_RECORDS_SLACK, data, size);
    list->keys[list->count++] = (yoke_text){copy + YOKE_RECORDS_SLACK, size};
}

static inline void free_keys(key_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free((char *)(uintptr_t)list->keys[i].data - YOKE_RECORDS_SLACK);
    free(list->keys);
}

/* A line for each use of a key. */
static inline bytes write_uses(const uint32_t *uses, size_t count) {
    bytes text = {0};
    for (size_t i = 0; i < count; i++) {
        char line[16];
        int size = snprintf(line, sizeof line, "%u\n", uses[i]);
        bytes_add(&text, line, (size_t)size);
    }
    return text;
}

/* ---- the oracle: uses sorted by key ---- */

typedef struct group {
    yoke_text key;
    uint64_t count;
    size_t first;
} group;

static inline int compare_texts(const yoke_text *a, const yoke_text *b) {
    size_t size = a->size < b->size ? a->size : b->size;
    int difference = size ? memcmp(a->data, b->data, size) : 0;
    return difference ? difference : (a->size > b->size) - (a->size < b->size);
}

static inline int compare_keys(const void *left, const void *right) {
    return compare_texts(&((const group *)left)->key, &((const group *)right)->key);
}

static inline int compare_firsts(const void *left, const void *right) {
    size_t a = ((const group *)left)->first, b = ((const group *)right)->first;
    return (a > b) - (a < b);
}

static inline int compare_uses(const void *left, const void *right) {
    int difference = compare_keys(left, right);
    return difference ? difference : compare_firsts(left, right);
}

/* The groups of the uses in the order of their keys; their number in *groups. */
static inline group *count_serially(const key_list *keys, const uint32_t *uses, size_t count,
                                    size_t *groups) {
    group *all = malloc((count + 1) * sizeof *all);
    REQUIRE(all != NULL);
    for (size_t i = 0; i < count; i++) all[i] = (group){keys->keys[uses[i]], 1, i};
    qsort(all, count, sizeof *all, compare_uses);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept && !compare_keys(&all[kept - 1], &all[i])) {
            all[kept - 1].count++;
        } else {
            all[kept++] = all[i];
        }
    }
    *groups = kept;
    return all;
}

/* ---- the job ---- */

typedef struct value {
    uint64_t count;
    uint64_t identity; /* what init made */
} value;

typedef enum emit_way { ONE_BY_ONE, MANY, BY_EMIT, WAYS } emit_way;

typedef struct counting {
    const key_list *keys;
    emit_way way;
    int level, threads; /* expected of OpenMP in map; 0: not looked at */
    atomic_int strangers;
} counting;

static inline void init_value(void *made, void *ctx) {
    (void)ctx;
    ((value *)made)->identity = 7;
}

static inline int combine_values(void *into, const void *from, yoke_arena *arena, void *ctx) {
    (void)arena, (void)ctx;
    value *to = into;
    const value *add = from;
    if (to->identity != 7 || add->identity != 7)
        return yoke_fail(YOKE_EINVAL, "init was not called");
    to->count += add->count;
    return 0;
}

static inline uint32_t parse_number(yoke_text text) {
    uint32_t number = 0;
    for (size_t i = 0; i < text.size; i++) number = 10 * number + (uint32_t)(text.data[i] - '0');
    return number;
}

static inline void look_at_team(counting *job) {
    if (job->level && omp_get_level() != job->level) atomic_fetch_add(&job->strangers, 1);
    if (job->threads && omp_get_num_threads() != job->threads) atomic_fetch_add(&job->strangers, 1);
}

static inline int emit_key(yoke_emitter *out, const yoke_text *key, emit_way way) {
    if (way == BY_EMIT) return yoke_emit(out, key->data, key->size, &(value){1, 7});
    value *slot = yoke_emit_slot(out, key->data, key->size);
    if (!slot) return yoke_fail(YOKE_ENOMEM, NULL);
    slot->count++;
    return 0;
}

static inline int emit_many(yoke_emitter *out, const yoke_text *keys, size_t n) {
    void *slots[YOKE_RECORDS_MOST];
    YOKE_TRY(yoke_emit_slots(out, keys, n, slots));
    for (size_t i = 0; i < n; i++) ((value *)slots[i])->count++;
    return 0;
}

static inline int map_uses(const yoke_records *records, yoke_emitter *out, void *ctx) {
    counting *job = ctx;
    yoke_text keys[YOKE_RECORDS_MOST];
    look_at_team(job);
    for (size_t r = 0; r < records->count; r++) {
        keys[r] = job->keys->keys[parse_number(yoke_records_raw(records, r, 0))];
    }
    if (job->way == MANY) return emit_many(out, keys, records->count);
    for (size_t r = 0; r < records->count; r++) YOKE_TRY(emit_key(out, &keys[r], job->way));
    return 0;
}

static inline yoke_dataset *open_text(const bytes *text) {
    yoke_input input = {YOKE_INPUT_MEMORY, "t", 0, text->data, text->size};
    yoke_dataset *dataset = NULL;
    REQUIRE(yoke_dataset_open(&input, 1, &(yoke_format){0}, &dataset) == YOKE_OK);
    return dataset;
}

/* NULL when it fails. Asserts nothing, since CUnit is for one thread. */
static inline yoke_result *run(counting *ctx, yoke_dataset *dataset, yoke_order order, int threads,
                               size_t block_size) {
    yoke_job job = {.dataset = dataset,
                    .map = map_uses,
                    .combine = combine_values,
                    .init = init_value,
                    .ctx = ctx,
                    .value_size = sizeof(value),
                    .order = order,
                    .threads = threads,
                    .block_size = block_size};
    yoke_result *result = NULL;
    return yoke_mapreduce(&job, &result) == YOKE_OK ? result : NULL;
}

/* ---- comparing ---- */

static inline yoke_text entry_key(const yoke_entry *entry) {
    return (yoke_text){(const char *)entry->key, entry->key_size};
}

static inline int compare_entries(const void *left, const void *right) {
    yoke_text a = entry_key(*(yoke_entry *const *)left), b = entry_key(*(yoke_entry *const *)right);
    return compare_texts(&a, &b);
}

/* Whether the result is the groups in their order; without order, both by key. */
static inline bool same_groups(const yoke_result *result, const group *groups, size_t count,
                               yoke_order order) {
    if (!result || yoke_result_count(result) != count) return false;
    yoke_entry **entries = malloc((count + 1) * sizeof *entries);
    if (!entries) return false;
    for (size_t i = 0; i < count; i++) entries[i] = yoke_result_entry(result, i);
    if (order == YOKE_ORDER_NONE) qsort(entries, count, sizeof *entries, compare_entries);
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        yoke_text key = entry_key(entries[i]);
        const value *v = yoke_entry_value(entries[i]);
        wrong += compare_texts(&key, &groups[i].key) != 0;
        wrong += v->count != groups[i].count || v->identity != 7;
    }
    free(entries);
    return !wrong;
}

#endif

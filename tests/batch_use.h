/* SPDX-License-Identifier: Apache-2.0
 *
 * What the suites of batches share: items whose results follow from their numbers, and a world that
 * counts how often each was run and told.
 */
#ifndef YOKE_TESTS_BATCH_USE_H
#define YOKE_TESTS_BATCH_USE_H

#include <stdatomic.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/batch.h"

enum { MOST = 3000 };

/* What is counted: how often an item ran, and what was told of it. */
typedef struct world {
    atomic_int ran[MOST];
    int told[MOST], told_before[MOST];
    uint64_t last;
    bool in_order, fails;
    size_t wrong;
    uint64_t stop_at; /* the item that fails the run; 0: none */
} world;

static inline size_t result_size(uint64_t index) { return index % 5 ? index % 100 : 0; }

/* The result of an item: its number again and again. */
static inline void make_result(uint64_t index, char *bytes) {
    for (size_t i = 0; i < result_size(index); i++) bytes[i] = (char)(index + i);
}

static inline bool is_bad(uint64_t index) { return index % 10 == 7; }

static inline int run(yoke_batch_work *work) {
    world *w = work->ctx;
    atomic_fetch_add(&w->ran[work->index], 1);
    if (w->stop_at && work->index == w->stop_at)
        return yoke_fail(YOKE_EIO, "item %llu stops", (unsigned long long)work->index);
    if (w->fails && is_bad(work->index))
        return yoke_fail(YOKE_EDATA, "item %llu is bad", (unsigned long long)work->index);
    make_result(work->index, work->local);
    work->result = work->local;
    work->size = result_size(work->index);
    return YOKE_OK;
}

static inline bool as_expected(const world *w, const yoke_batch_done *done) {
    char bytes[128], detail[64];
    if (w->fails && is_bad(done->index)) {
        snprintf(detail, sizeof detail, "item %llu is bad", (unsigned long long)done->index);
        return done->status == YOKE_EDATA && strcmp(done->detail, detail) == 0 && !done->size;
    }
    make_result(done->index, bytes);
    return done->status == YOKE_OK && !done->detail && done->size == result_size(done->index) &&
           memcmp(done->result, bytes, done->size) == 0;
}

static inline int tell(const yoke_batch_done *done, void *ctx) {
    world *w = ctx;
    w->told[done->index]++;
    w->told_before[done->index] += done->before;
    w->wrong += !as_expected(w, done);
    w->wrong += w->in_order && done->index != w->last;
    w->last = done->index + 1;
    return YOKE_OK;
}

static inline void check_each_once(const world *w, uint64_t items) {
    size_t wrong = w->wrong;
    for (uint64_t i = 0; i < MOST; i++)
        wrong += atomic_load(&w->ran[i]) != (i < items) || w->told[i] != (i < items);
    CU_ASSERT_EQUAL(wrong, 0);
}

static inline yoke_batch batch_of(world *w, uint64_t items, int workers, size_t size) {
    return (yoke_batch){.items = items,
                        .run = run,
                        .done = tell,
                        .ctx = w,
                        .local_size = 128,
                        .workers = workers,
                        .batch = size,
                        .ordered = w->in_order,
                        .on_error = w->fails ? YOKE_BATCH_SKIP : YOKE_BATCH_FAIL};
}

static inline const char *ledger_path(void) {
    static char path[512];
    snprintf(path, sizeof path, "%s/ledger", test_directory());
    return path;
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs of equal keys: each block counts those that begin in it, and then writes where they begin.
 * Integers are compared as bits, and -0 equals 0. Reducing by key is reducing the segments that
 * runs are.
 */
#include "kernels/overlap.h"
#include "kernels/reduce.h"
#include "kernels/template.h"
#include "yoke/memory.h"

enum { BLOCK = 16384 };

typedef struct runs {
    const void *keys;
    size_t *offsets;
    size_t *counts; /* per block; then where its first run goes */
    size_t n, found;
    void *unique; /* the key of each run */
} runs;

/* What is done for keys of one size. */
typedef struct run_loops {
    size_t key_size;
    yoke__block_fn *count, *write, *show;
} run_loops;

#define S 32
#define T uint32_t
#include "kernels/reduce_key.inc.h"
#define S 64
#define T uint64_t
#include "kernels/reduce_key.inc.h"
#define S f32
#define T float
#include "kernels/reduce_key.inc.h"
#define S f64
#define T double
#include "kernels/reduce_key.inc.h"

/* Counts the runs. Without offsets takes memory for them, to be freed when this succeeds. */
static int find_runs(runs *r, const run_loops *loops, const yoke_run *run) {
    size_t blocks = yoke__block_count(r->n, BLOCK);
    YOKE_TRY(yoke__run_blocks(run, r->n, BLOCK, loops->count, r));
    for (size_t i = 0; i < blocks; i++) {
        size_t here = r->counts[i];
        r->counts[i] = r->found;
        r->found += here;
    }
    bool own = !r->offsets;
    if (own) r->offsets = yoke_aligned_alloc((r->found + 1) * sizeof *r->offsets);
    if (!r->offsets) return yoke_fail(YOKE_ENOMEM, "no memory for %zu runs of keys", r->found);
    r->offsets[r->found] = r->n;
    int status = yoke__run_blocks(run, r->n, BLOCK, loops->write, r);
    if (status < 0 && own) yoke_aligned_free(r->offsets);
    return status;
}

static int open_and_find(runs *r, const run_loops *loops, const yoke_run *run) {
    yoke__work work;
    YOKE_TRY(yoke__run_check(run));
    YOKE_TRY(yoke__work_open(&work, run, yoke__block_count(r->n, BLOCK) * sizeof(size_t)));
    r->counts = work.memory;
    int status = find_runs(r, loops, run);
    yoke__work_close(&work);
    return status;
}

static int run_offsets(const void *keys, size_t n, size_t *offsets, size_t *found,
                       const run_loops *loops, const yoke_run *run) {
    runs r = {.keys = keys, .offsets = offsets, .n = n};
    if ((n && !keys) || !offsets) return yoke_fail(YOKE_EINVAL, "runs of keys: no array");
    YOKE_TRY(open_and_find(&r, loops, run));
    *found = r.found;
    return YOKE_OK;
}

/* The runs with their keys; the offsets are to be freed. */
static int find_keys(runs *r, const run_loops *loops, const yoke_run *run) {
    YOKE_TRY(open_and_find(r, loops, run));
    int status = YOKE_OK;
    if (yoke__overlap(r->keys, r->n * loops->key_size, r->unique, r->found * loops->key_size))
        status = yoke_fail(YOKE_EINVAL, "runs of keys: their keys overlap the keys");
    if (status == YOKE_OK) status = yoke__run_blocks(run, r->found, BLOCK, loops->show, r);
    if (status < 0) yoke_aligned_free(r->offsets);
    return status;
}

static int reduce_by_key(runs r, const run_loops *loops, const yoke_reducer *reducer,
                         const void *items, void *results, size_t *found, const yoke_run *run) {
    YOKE_TRY(yoke__reducer_check(reducer, run));
    if (r.n && (!r.keys || !r.unique || !results))
        return yoke_fail(YOKE_EINVAL, "reduce by key: no array");
    YOKE_TRY(find_keys(&r, loops, run));
    int status = yoke_reduce_segments(reducer, items, r.offsets, r.found, results, run);
    yoke_aligned_free(r.offsets);
    if (status == YOKE_OK) *found = r.found;
    return status;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define FACE_OFFSETS(S, T, bits)                                                                   \
    int yoke_run_offsets_##S(const T *keys, size_t n, size_t *offsets, size_t *found,              \
                             const yoke_run *run) {                                                \
        YOKE__KERNEL;                                                                              \
        int status = run_offsets(keys, n, offsets, found, &loops_##bits, run);                     \
        YOKE__TELL(status, run, "yoke_run_offsets_" #S, offsets, (*found + 1) * sizeof *offsets);  \
        return status;                                                                             \
    }
FACE_OFFSETS(i32, int32_t, 32)
FACE_OFFSETS(u32, uint32_t, 32)
FACE_OFFSETS(i64, int64_t, 64)
FACE_OFFSETS(u64, uint64_t, 64)

#define FACE_BY_KEY(S, T, bits)                                                                    \
    int yoke_reduce_by_key_##S(const yoke_reducer *reducer, const T *keys, const void *items,      \
                               size_t n, T *unique, void *results, size_t *found,                  \
                               const yoke_run *run) {                                              \
        YOKE__KERNEL;                                                                              \
        runs r = {.keys = keys, .n = n, .unique = unique};                                         \
        int status = reduce_by_key(r, &loops_##bits, reducer, items, results, found, run);         \
        YOKE__TELL(status, run, "yoke_reduce_by_key_" #S, unique, *found * sizeof *unique);        \
        return status;                                                                             \
    }
FACE_BY_KEY(i32, int32_t, 32)
FACE_BY_KEY(u32, uint32_t, 32)
FACE_BY_KEY(i64, int64_t, 64)
FACE_BY_KEY(u64, uint64_t, 64)

#define KEY_RUNS(S, T, loops)                                                                      \
    int yoke__key_runs_##S(const T *keys, size_t n, T unique[], size_t **offsets, size_t *found,   \
                           const yoke_run *run) {                                                  \
        runs r = {.keys = keys, .n = n, .unique = unique};                                         \
        YOKE_TRY(find_keys(&r, &loops, run));                                                      \
        *offsets = r.offsets;                                                                      \
        *found = r.found;                                                                          \
        return YOKE_OK;                                                                            \
    }
KEY_RUNS(i32, int32_t, loops_32)
KEY_RUNS(u32, uint32_t, loops_32)
KEY_RUNS(i64, int64_t, loops_64)
KEY_RUNS(u64, uint64_t, loops_64)
KEY_RUNS(f32, float, loops_f32)
KEY_RUNS(f64, double, loops_f64)
/* NOLINTEND(bugprone-macro-parentheses) */

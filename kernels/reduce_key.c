/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs of equal keys: each block counts those that begin in it, and then writes where they begin.
 * Keys are compared as bits.
 */
#include "kernels/reduce.h"

enum { BLOCK = 16384 };

typedef struct runs {
    const void *keys;
    size_t *offsets;
    size_t *counts; /* per block; then where its first run goes */
} runs;

#define RUNS(bits, T)                                                                              \
    static bool begins_##bits(const T *keys, size_t i) { return !i || keys[i] != keys[i - 1]; }    \
    static int count_##bits(void *ctx, size_t index, size_t begin, size_t end, int member) {       \
        const runs *r = ctx;                                                                       \
        size_t count = 0;                                                                          \
        (void)member;                                                                              \
        for (size_t i = begin; i < end; i++) count += begins_##bits(r->keys, i);                   \
        r->counts[index] = count;                                                                  \
        return YOKE_OK;                                                                            \
    }                                                                                              \
    static int write_##bits(void *ctx, size_t index, size_t begin, size_t end, int member) {       \
        const runs *r = ctx;                                                                       \
        size_t at = r->counts[index];                                                              \
        (void)member;                                                                              \
        for (size_t i = begin; i < end; i++)                                                       \
            if (begins_##bits(r->keys, i)) r->offsets[at++] = i;                                   \
        return YOKE_OK;                                                                            \
    }
RUNS(32, uint32_t)
RUNS(64, uint64_t)

static int find_runs(runs *r, size_t n, yoke__block_fn *count, yoke__block_fn *write, size_t *found,
                     const yoke_run *run) {
    size_t blocks = yoke__block_count(n, BLOCK), total = 0;
    YOKE_TRY(yoke__run_blocks(run, n, BLOCK, count, r));
    for (size_t i = 0; i < blocks; i++) {
        size_t here = r->counts[i];
        r->counts[i] = total;
        total += here;
    }
    YOKE_TRY(yoke__run_blocks(run, n, BLOCK, write, r));
    r->offsets[total] = n;
    *found = total;
    return YOKE_OK;
}

static int open_and_find(const void *keys, size_t n, size_t *offsets, size_t *found,
                         yoke__block_fn *count, yoke__block_fn *write, const yoke_run *run) {
    yoke__work work;
    YOKE_TRY(yoke__run_check(run));
    YOKE_TRY(yoke__work_open(&work, run, yoke__block_count(n, BLOCK) * sizeof(size_t)));
    runs r = {keys, offsets, work.memory};
    int status = find_runs(&r, n, count, write, found, run);
    yoke__work_close(&work);
    return status;
}

#define OFFSETS(S, T, bits)                                                                        \
    int yoke_run_offsets_##S(const T *keys, size_t n, size_t *offsets, size_t *found,              \
                             const yoke_run *run) {                                                \
        return open_and_find(keys, n, offsets, found, count_##bits, write_##bits, run);            \
    }
OFFSETS(i32, int32_t, 32)
OFFSETS(u32, uint32_t, 32)
OFFSETS(i64, int64_t, 64)
OFFSETS(u64, uint64_t, 64)

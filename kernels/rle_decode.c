/* SPDX-License-Identifier: Apache-2.0
 *
 * Run-length decoding. The lengths are summed up, block by block, into the end of each run; then
 * the output is cut into blocks, so that one long run is shared by all members, and a block looks
 * for its first run by halving.
 */
#include <string.h>

#include "kernels/overlap.h"
#include "kernels/run.h"
#include "yoke/select.h"

enum {
    RUNS = 1 << 14,  /* runs of a block */
    ITEMS = 1 << 15, /* items of output of a block */
};

typedef void fill_fn(void *to, const void *item, size_t n);

typedef struct decoding {
    const char *items;
    const uint64_t *lengths;
    size_t runs, size, room;
    char *to;
    uint64_t *ends; /* a run: where it ends */
    uint64_t *sums; /* a block of runs: its length, then where it begins */
    fill_fn *fill;
} decoding;

/* Sums stay at the top, which is beyond any room, once they are there. */
static uint64_t add(uint64_t a, uint64_t b) { return a + b < a ? UINT64_MAX : a + b; }

static int sum_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const decoding *d = ctx;
    uint64_t sum = 0;
    (void)member;
    for (size_t i = begin; i < end; i++) sum = add(sum, d->lengths[i]);
    d->sums[index] = sum;
    return YOKE_OK;
}

static int place_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const decoding *d = ctx;
    uint64_t at = d->sums[index];
    (void)member;
    for (size_t i = begin; i < end; i++) d->ends[i] = at += d->lengths[i];
    return YOKE_OK;
}

/* The first run that ends behind `place`. */
static size_t run_of(const decoding *d, size_t place) {
    size_t low = 0, high = d->runs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->ends[middle] > place)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static int fill_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const decoding *d = ctx;
    (void)index, (void)member;
    size_t run = run_of(d, begin);
    for (size_t at = begin; at < end; run++) {
        size_t stop = d->ends[run] < end ? (size_t)d->ends[run] : end;
        d->fill(d->to + at * d->size, d->items + run * d->size, stop - at);
        at = stop;
    }
    return YOKE_OK;
}

static int decode_in(decoding *d, uint64_t *memory, size_t *n, const yoke_run *run) {
    size_t blocks = yoke__block_count(d->runs, RUNS);
    uint64_t total = 0;
    d->ends = memory;
    d->sums = memory + d->runs;
    YOKE_TRY(yoke__run_blocks(run, d->runs, RUNS, sum_block, d));
    for (size_t b = 0; b < blocks; b++) {
        uint64_t sum = d->sums[b];
        d->sums[b] = total;
        total = add(total, sum);
    }
    if (total > d->room)
        return yoke_fail(YOKE_ERANGE, "run-length decoding: %llu items and room for %zu",
                         (unsigned long long)total, d->room);
    if (total &&
        (!d->to || yoke__overlap(d->to, (size_t)total * d->size, d->items, d->runs * d->size) ||
         yoke__overlap(d->to, (size_t)total * d->size, d->lengths, d->runs * sizeof total)))
        return yoke_fail(YOKE_EINVAL, "run-length decoding: input and output overlap");
    YOKE_TRY(yoke__run_blocks(run, d->runs, RUNS, place_block, d));
    YOKE_TRY(yoke__run_blocks(run, (size_t)total, ITEMS, fill_block, d));
    *n = (size_t)total;
    return YOKE_OK;
}

static int decode(decoding d, size_t *n, const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    if (d.runs && (!d.items || !d.lengths))
        return yoke_fail(YOKE_EINVAL, "run-length decoding: no array");
    yoke__work work;
    YOKE_TRY(
        yoke__work_open(&work, run, (d.runs + yoke__block_count(d.runs, RUNS)) * sizeof *d.ends));
    int status = decode_in(&d, work.memory, n, run);
    yoke__work_close(&work);
    return status;
}

static void fill_4(void *to, const void *item, size_t n) {
    uint32_t *out = to, value;
    memcpy(&value, item, sizeof value);
    for (size_t i = 0; i < n; i++) out[i] = value;
}

static void fill_8(void *to, const void *item, size_t n) {
    uint64_t *out = to, value;
    memcpy(&value, item, sizeof value);
    for (size_t i = 0; i < n; i++) out[i] = value;
}

#define DEFINE_DECODE(T, type, wide)                                                               \
    int yoke_rle_decode_##T(const type items[], const uint64_t *lengths, size_t runs, type to[],   \
                            size_t room, size_t *n, const yoke_run *run) {                         \
        YOKE__KERNEL;                                                                              \
        decoding d = {(const char *)items,                                                         \
                      lengths,                                                                     \
                      runs,                                                                        \
                      sizeof *items,                                                               \
                      room,                                                                        \
                      (char *)to,                                                                  \
                      NULL,                                                                        \
                      NULL,                                                                        \
                      sizeof *items == 4 ? fill_4 : fill_8};                                       \
        int status = decode(d, n, run);                                                            \
        YOKE__TELL(status, run, __func__, to, *n * sizeof *to);                                    \
        return status;                                                                             \
    }
YOKE_TYPES(DEFINE_DECODE)

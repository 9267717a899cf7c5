/* SPDX-License-Identifier: Apache-2.0
 *
 * Dealing items to buckets: kernels/deal.h.
 */
#include "kernels/deal.h"

#include <string.h>

enum { LEAST = 1 << 14, BLOCKS = 256 }; /* items of a block; blocks at most */

typedef struct dealing {
    const yoke__deal *deal;
    size_t *counts; /* buckets a block: counts, then places */
} dealing;

static size_t block_of(const yoke__deal *deal) {
    size_t block = deal->n / BLOCKS + 1;
    return block < LEAST ? LEAST : block;
}

size_t yoke__deal_size(const yoke__deal *deal) {
    size_t blocks = yoke__block_count(deal->n, block_of(deal));
    return (deal->buckets * blocks + deal->buckets + 1) * sizeof(size_t);
}

static size_t batch_end(size_t begin, size_t end) {
    return end - begin < YOKE__DEAL_BATCH ? end : begin + YOKE__DEAL_BATCH;
}

static int count_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const dealing *d = ctx;
    size_t *counts = d->counts + index * d->deal->buckets;
    uint32_t bucket[YOKE__DEAL_BATCH];
    (void)member;
    memset(counts, 0, d->deal->buckets * sizeof *counts);
    for (size_t at = begin, stop; at < end; at = stop) {
        stop = batch_end(at, end);
        d->deal->choose(d->deal->ctx, at, stop, bucket);
        for (size_t i = 0; i < stop - at; i++) counts[bucket[i]]++;
    }
    return YOKE_OK;
}

static int put_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const dealing *d = ctx;
    size_t *places = d->counts + index * d->deal->buckets, place[YOKE__DEAL_BATCH];
    uint32_t bucket[YOKE__DEAL_BATCH];
    (void)member;
    for (size_t at = begin, stop; at < end; at = stop) {
        stop = batch_end(at, end);
        d->deal->choose(d->deal->ctx, at, stop, bucket);
        for (size_t i = 0; i < stop - at; i++) place[i] = places[bucket[i]]++;
        d->deal->put(d->deal->ctx, at, stop, place);
    }
    return YOKE_OK;
}

/* From counts to places, bucket by bucket. */
static void place_buckets(const dealing *d, size_t blocks, size_t *starts) {
    size_t buckets = d->deal->buckets, at = 0;
    for (size_t b = 0; b < buckets; b++) {
        starts[b] = at;
        for (size_t i = 0; i < blocks; i++) {
            size_t count = d->counts[i * buckets + b];
            d->counts[i * buckets + b] = at;
            at += count;
        }
    }
    starts[buckets] = at;
}

int yoke__deal_run(const yoke__deal *deal, const yoke_run *run, size_t *memory) {
    size_t block = block_of(deal);
    dealing d = {deal, memory + deal->buckets + 1};
    YOKE_TRY(yoke__run_blocks(run, deal->n, block, count_block, &d));
    place_buckets(&d, yoke__block_count(deal->n, block), memory);
    return yoke__run_blocks(run, deal->n, block, put_block, &d);
}

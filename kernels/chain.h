/* SPDX-License-Identifier: Apache-2.0
 *
 * A chain of blocks, in one pass over the input: the output of a block begins where that of the
 * blocks before it ends, and how long those are is known only when they have been worked on. (After
 * Merrill and Garland, "Single-pass parallel prefix scan with decoupled look-back", NVIDIA 2016.)
 *
 * Members take blocks in their order. A member collects the output of its block in a buffer and
 * publishes how much it is; then it looks back, adds up what the blocks before it have published,
 * up to one that knows the sum of all before it, and delivers. A block that has published nothing
 * is with another member, which may be late: after a short while it is counted here, too. So nobody
 * waits for another member, at the price of some work done twice.
 */
#ifndef YOKE_KERNELS_CHAIN_H
#define YOKE_KERNELS_CHAIN_H

#include "kernels/run.h"

typedef struct yoke__chain {
    size_t n, block; /* items of input; of a block */
    size_t buffer;   /* bytes, a member's */
    /* Works on items begin to end - 1 and leaves what comes out in the buffer; how many units. */
    size_t (*collect)(const void *ctx, size_t begin, size_t end, void *buffer);
    /* As many as collect would give; any number of times, at any time. */
    size_t (*count)(const void *ctx, size_t begin, size_t end);
    /* Puts the `count` units of a block behind the `before` units of earlier ones. */
    void (*deliver)(const void *ctx, size_t index, size_t before, size_t count, const void *buffer);
    const void *ctx;
} yoke__chain;

/* Bytes of memory that a run takes. */
size_t yoke__chain_size(const yoke__chain *chain, const yoke_run *run);

/* Runs it in such memory, aligned to YOKE_CACHE_PAD; *total units came out. */
int yoke__chain_run(const yoke__chain *chain, const yoke_run *run, void *memory, size_t *total);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Dealing items to buckets, stable: the items of a bucket lie together, in the order in which they
 * came. Blocks count what goes to each bucket, the counts are added up, and each block puts its
 * items where they belong.
 */
#ifndef YOKE_KERNELS_DEAL_H
#define YOKE_KERNELS_DEAL_H

#include <stdint.h>

#include "kernels/run.h"

enum { YOKE__DEAL_BATCH = 1024 };

typedef struct yoke__deal {
    size_t n, buckets;
    /* The buckets of items begin to end - 1, a batch at most; the same whenever it is asked. */
    void (*choose)(const void *ctx, size_t begin, size_t end, uint32_t *bucket);
    /* Puts them to their places. */
    void (*put)(const void *ctx, size_t begin, size_t end, const size_t *place);
    const void *ctx;
} yoke__deal;

/* Bytes of memory that it takes, aligned as size_t; the first buckets + 1 numbers in it are then
 * where each bucket begins, and n. */
size_t yoke__deal_size(const yoke__deal *deal);
int yoke__deal_run(const yoke__deal *deal, const yoke_run *run, size_t *memory);

#endif

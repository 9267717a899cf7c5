/* SPDX-License-Identifier: Apache-2.0
 *
 * How many items go together. Handing a batch on costs some microseconds, so a batch should take
 * much longer; but a large one leaves workers without work at the end, and holds memory. The first
 * batches are small, and the size grows, at most by four at a time, until the fastest of three
 * batches of a size takes long enough: one that was disturbed does not count, and an item in a
 * hundred that is large does. From then on the size stands, and a plan file can keep it for the
 * next run.
 */
#ifndef YOKE_PIPELINE_BATCH_SIZE_H
#define YOKE_PIPELINE_BATCH_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct yoke__batch_size {
    size_t size, most;
    bool settled;
    int seen;      /* batches of this size */
    int64_t least; /* nanoseconds of the fastest of them */
    char why[128];
} yoke__batch_size;

/* `fixed`: 0 to measure. `most`: the bound, at least 1. */
void yoke__batch_size_init(yoke__batch_size *batch, size_t fixed, size_t most);
/* A batch of so many items took so many nanoseconds. */
void yoke__batch_size_observe(yoke__batch_size *batch, size_t items, int64_t took);

/* A plan is a file of one line: "yoke plan 1: KIND of PARTS parts, batch SIZE". Reads it when there
 * is one: sets the size, settled. YOKE_EDATA when it is damaged or of another kind or number of
 * parts, YOKE_EIO. */
int yoke__plan_read(yoke__batch_size *batch, const char *path, const char *kind, size_t parts);
/* Writes a new one, if the size has settled; a plan that exists is left as it is. YOKE_EIO. */
int yoke__plan_write(const yoke__batch_size *batch, const char *path, const char *kind,
                     size_t parts);

#endif

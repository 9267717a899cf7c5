/* SPDX-License-Identifier: Apache-2.0
 *
 * Segmented scans by offsets: a block finds its first segment by search and goes on from one to the
 * next, without a test an item. Blocks are those of the scan by flags, and so are the bits.
 */
#include "kernels/offsets.h"
#include "kernels/run.h"
#include "kernels/scan_block.h"
#include "kernels/scan_exact.h"

/* `in` and `out` begin at item `base`, the first of all segments. */
typedef struct segments {
    const void *in;
    const size_t *offsets;
    size_t count, base;
} segments;

/* The first segment that begins at `item` of `in` or later. */
static size_t segment_from(const segments *s, size_t item) {
    return yoke__offsets_from(s->offsets, s->count, s->base + item);
}

/* Where the part that segment `next` ends ends, in a block that ends at `end`. */
static size_t part_end(const segments *s, size_t next, size_t end) {
    size_t start = next < s->count ? s->offsets[next] - s->base : end;
    return start < end ? start : end;
}

static bool is_start(const segments *s, size_t next, size_t item) {
    return next < s->count && s->offsets[next] - s->base == item;
}

/* The first segment behind `next` that begins behind `item`. */
static size_t pass(const segments *s, size_t next, size_t item) {
    while (is_start(s, next, item)) next++;
    return next;
}

#define TEMPLATE "kernels/scan_segments.inc.h"
#include "kernels/each_type.inc.h"

/* SPDX-License-Identifier: Apache-2.0
 *
 * Segments given by offsets: segment s has the items offsets[s] to offsets[s + 1] - 1.
 */
#ifndef YOKE_KERNELS_OFFSETS_H
#define YOKE_KERNELS_OFFSETS_H

#include "yoke/run.h"

/* YOKE_EINVAL unless the count + 1 offsets ascend; none is read when count is 0. */
int yoke__offsets_check(const size_t *offsets, size_t count, const yoke_run *run);

/* The first of `count` segments that begins at `item` or later; `count` when there is none. */
static inline size_t yoke__offsets_from(const size_t *offsets, size_t count, size_t item) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (offsets[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a sample is made of.
 */
#ifndef YOKE_KERNELS_SAMPLE_H
#define YOKE_KERNELS_SAMPLE_H

#include <stdbool.h>

#include "yoke/sample.h"

typedef struct yoke__sampled {
    uint64_t priority, index;
    size_t place; /* of the item */
} yoke__sampled;

struct yoke_sample {
    yoke_sample_options options;
    size_t n;
    yoke__sampled *heap; /* the last priority on top */
    char *items;
};

uint64_t yoke__sample_priority(const yoke_sample *s, uint64_t index);
void yoke__sample_offer(yoke_sample *s, uint64_t priority, uint64_t index, const void *item);

#endif

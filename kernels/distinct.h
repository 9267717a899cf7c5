/* SPDX-License-Identifier: Apache-2.0
 *
 * What a sketch of distinct items is made of.
 */
#ifndef YOKE_KERNELS_DISTINCT_H
#define YOKE_KERNELS_DISTINCT_H

#include <stdbool.h>

#include "yoke/distinct.h"

enum {
    YOKE__DISTINCT_BITS = 25, /* of a shortened hash, above six bits of a run of zeros plus 1 */
    YOKE__DISTINCT_PLACES = 1 << 13 /* of the sparse table, at most */
};

struct yoke_distinct {
    int precision;
    bool sparse;
    uint64_t seed;
    size_t used;              /* entries of the sparse table */
    uint32_t *entries;        /* yoke__distinct_places; 0: empty */
    unsigned char *registers; /* 2^precision */
};

/* Places of the sparse table: it is about as large as the registers, within bounds. */
static inline size_t yoke__distinct_places(int precision) {
    size_t places = (size_t)1 << precision >> 1;
    return places < 16 ? 16 : places < YOKE__DISTINCT_PLACES ? places : YOKE__DISTINCT_PLACES;
}

void yoke__distinct_add_short(yoke_distinct *d, uint32_t entry);

#endif

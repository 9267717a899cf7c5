/* SPDX-License-Identifier: Apache-2.0
 *
 * Two sorted arrays of keys of one size, and what is made of them.
 */
#ifndef YOKE_KERNELS_MERGE_H
#define YOKE_KERNELS_MERGE_H

#include <string.h>

#include "kernels/sort.h"

enum { YOKE__MERGE_BLOCK = 1 << 15 }; /* keys that a block looks at */

typedef enum yoke__set_kind {
    YOKE__SET_UNION,
    YOKE__SET_INTERSECTION,
    YOKE__SET_DIFFERENCE,
    YOKE__SET_SYMMETRIC,
} yoke__set_kind;

/* macro(T, type, key, name, kind) for each kind of set operation. */
#define YOKE__SET_EACH_KIND(macro, T, type, key)                                                   \
    macro(T, type, key, union, YOKE__SET_UNION)                                                    \
        macro(T, type, key, intersection, YOKE__SET_INTERSECTION)                                  \
            macro(T, type, key, difference, YOKE__SET_DIFFERENCE)                                  \
                macro(T, type, key, symmetric, YOKE__SET_SYMMETRIC)

typedef struct yoke__set_cut {
    size_t a, b;
} yoke__set_cut;

/* A block of a set operation. */
typedef struct yoke__set_part {
    yoke__set_cut from, until;
    size_t count; /* keys of the result */
    size_t at;    /* the place of the first */
} yoke__set_part;

typedef struct yoke__merge {
    const void *a, *b;
    size_t na, nb;
    void *to;
    yoke__ranking ranking;
    yoke__set_kind kind;
    yoke__set_part *parts;
} yoke__merge;

int yoke__merge32(const yoke__merge *merge, const yoke_run *run);
int yoke__merge64(const yoke__merge *merge, const yoke_run *run);
/* `most`: keys that the result can have when both are sorted. */
int yoke__set32(yoke__merge *merge, size_t most, size_t *count, const yoke_run *run);
int yoke__set64(yoke__merge *merge, size_t most, size_t *count, const yoke_run *run);

#endif

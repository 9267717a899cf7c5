/* SPDX-License-Identifier: Apache-2.0
 *
 * The geometry of stencils, which does not depend on the type of the numbers.
 *
 * Dimensions are numbered 0 (planes), 1 (rows), 2 (columns). A grid of one plane is turned so that
 * its rows are planes of one row: a pass (stencil.inc.h) goes along dimension 0.
 */
#ifndef YOKE_KERNELS_STENCIL_H
#define YOKE_KERNELS_STENCIL_H

#include <stdbool.h>

#include "yoke/stencil.h"

typedef struct yoke__shape {
    ptrdiff_t size[3];
    ptrdiff_t below[3], above[3]; /* how far neighbours lie away, 0 or more */
    size_t count;
    ptrdiff_t offset[YOKE_STENCIL_TERMS][3];
    double weight[YOKE_STENCIL_TERMS];
} yoke__shape;

/* The tiles of a pass. A tile is computed for `levels` steps; level l, counted from 1, of it is
 * wider than the tile by the reach of the stencil times levels - l on each side. */
typedef struct yoke__tiles {
    size_t levels;
    ptrdiff_t size[3], count[3];
    ptrdiff_t rows, columns; /* of a plane of level 1, the widest that is kept */
    ptrdiff_t ring;          /* planes kept of each level below the last */
    size_t memory;           /* numbers that a member keeps */
} yoke__tiles;

/* Part of one dimension. */
typedef struct yoke__span {
    ptrdiff_t begin, end;
} yoke__span;

/* YOKE_EINVAL, YOKE_ERANGE. `bytes` of a number. */
int yoke__shape_set(yoke__shape *shape, const yoke_grid *grid, const yoke_stencil *stencil,
                    size_t bytes);

static inline size_t yoke__shape_points(const yoke__shape *shape) {
    return (size_t)(shape->size[0] * shape->size[1] * shape->size[2]);
}

/* The points of a dimension that have all neighbours; empty when end <= begin. */
static inline yoke__span yoke__inner(const yoke__shape *shape, int dimension) {
    return (yoke__span){shape->below[dimension], shape->size[dimension] - shape->above[dimension]};
}

/* How many steps one pass takes, at best. */
size_t yoke__tiles_depth(const yoke__shape *shape);
void yoke__tiles_cut(yoke__tiles *tiles, const yoke__shape *shape, size_t levels, int threads);
/* Where the tile `index` lies, in each dimension. */
void yoke__tile_place(const yoke__tiles *tiles, const yoke__shape *shape, size_t index,
                      yoke__span place[3]);

/* Its place in one dimension with the margin of a level, cut at the ends of the grid. */
static inline yoke__span yoke__tile_span(const yoke__tiles *tiles, const yoke__shape *shape,
                                         const yoke__span place[3], size_t level, int dimension) {
    ptrdiff_t left = (ptrdiff_t)(tiles->levels - level), size = shape->size[dimension];
    ptrdiff_t begin = place[dimension].begin - left * shape->below[dimension];
    ptrdiff_t end = place[dimension].end + left * shape->above[dimension];
    return (yoke__span){begin > 0 ? begin : 0, end < size ? end : size};
}

#endif

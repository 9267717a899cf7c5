/* SPDX-License-Identifier: Apache-2.0
 *
 * Stencils: reading the description, and how a grid is cut into tiles.
 */
#include "kernels/stencil.h"

#include <stdint.h>
#include <string.h>

static bool within_reach(const yoke_stencil_term *t) {
    int most = YOKE_STENCIL_REACH;
    return t->z >= -most && t->z <= most && t->y >= -most && t->y <= most && t->x >= -most &&
           t->x <= most;
}

static int check(const yoke_grid *grid, const yoke_stencil *stencil, size_t bytes) {
    if (!stencil->count || stencil->count > YOKE_STENCIL_TERMS)
        return yoke_fail(YOKE_EINVAL, "a stencil of %zu terms: expected 1 to %d", stencil->count,
                         YOKE_STENCIL_TERMS);
    for (size_t i = 0; i < stencil->count; i++)
        if (!within_reach(&stencil->terms[i]))
            return yoke_fail(YOKE_EINVAL, "term %zu of the stencil is more than %d points away", i,
                             YOKE_STENCIL_REACH);
    size_t points;
    if (__builtin_mul_overflow(grid->planes ? grid->planes : 1, grid->rows ? grid->rows : 1,
                               &points) ||
        __builtin_mul_overflow(points, grid->columns ? grid->columns : 1, &points) ||
        points > PTRDIFF_MAX / bytes)
        return yoke_fail(YOKE_ERANGE, "a grid of %zu times %zu times %zu points", grid->planes,
                         grid->rows, grid->columns);
    return YOKE_OK;
}

static void add_term(yoke__shape *shape, const ptrdiff_t offset[3], double weight) {
    for (int d = 0; d < 3; d++) {
        if (-offset[d] > shape->below[d]) shape->below[d] = -offset[d];
        if (offset[d] > shape->above[d]) shape->above[d] = offset[d];
        shape->offset[shape->count][d] = offset[d];
    }
    shape->weight[shape->count++] = weight;
}

static bool has_planes(const yoke_stencil *stencil) {
    for (size_t i = 0; i < stencil->count; i++)
        if (stencil->terms[i].z) return true;
    return false;
}

int yoke__shape_set(yoke__shape *shape, const yoke_grid *grid, const yoke_stencil *stencil,
                    size_t bytes) {
    YOKE_TRY(check(grid, stencil, bytes));
    shape->count = 0;
    memset(shape->below, 0, sizeof shape->below);
    memset(shape->above, 0, sizeof shape->above);
    bool turned = grid->planes <= 1 && !has_planes(stencil);
    ptrdiff_t planes = grid->planes ? (ptrdiff_t)grid->planes : 1;
    ptrdiff_t rows = grid->rows ? (ptrdiff_t)grid->rows : 1;
    shape->size[0] = turned ? rows : planes;
    shape->size[1] = turned ? 1 : rows;
    shape->size[2] = grid->columns ? (ptrdiff_t)grid->columns : 1;
    for (size_t i = 0; i < stencil->count; i++) {
        const yoke_stencil_term *t = &stencil->terms[i];
        ptrdiff_t offset[3] = {turned ? t->y : t->z, turned ? 0 : t->y, t->x};
        add_term(shape, offset, t->weight);
    }
    return YOKE_OK;
}

/* ---- tiles ---- */

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static ptrdiff_t most(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

static ptrdiff_t reach(const yoke__shape *shape, int dimension) {
    return shape->below[dimension] + shape->above[dimension];
}

/* Planes cost more margin than rows. Two at least: an even number of steps can then be taken in an
 * odd number of passes. */
size_t yoke__tiles_depth(const yoke__shape *shape) {
    ptrdiff_t widest = most(reach(shape, 0), most(reach(shape, 1), reach(shape, 2)));
    ptrdiff_t depth = (shape->size[1] > 1 ? 12 : 48) / most(widest, 1);
    return (size_t)most(depth, 2);
}

enum {
    TILE_COLUMNS = 1024,   /* of a grid without planes */
    TILE_COLUMNS_3 = 512,  /* of a grid with planes */
    TILE_ROWS = 32,        /* the same */
    TILE_PLANES = 256,     /* at most, to share evenly */
    SWEEP_TILES = 16,      /* of one step, along dimension 0, a thread */
    SWEEP_COLUMNS = 16384, /* of one step */
    SWEEP_POINTS = 1 << 20 /* of the planes that a plane is computed from */
};

/* A single step keeps nothing; its tiles are as wide as the last cache holds the planes that are
 * read again. */
static void set_face(yoke__tiles *tiles, const yoke__shape *shape) {
    ptrdiff_t columns = shape->size[1] == 1 ? TILE_COLUMNS : TILE_COLUMNS_3, rows = TILE_ROWS;
    if (tiles->levels == 1) {
        columns = least(shape->size[2], SWEEP_COLUMNS);
        rows = most(rows, SWEEP_POINTS / columns / tiles->ring);
    }
    tiles->size[2] = least(shape->size[2], columns);
    tiles->size[1] = least(shape->size[1], rows);
}

/* Along dimension 0 tiles of many steps are long, so that few planes are computed twice, but there
 * are some for each thread. A single step computes none twice; short tiles share it evenly. */
static ptrdiff_t length(const yoke__shape *shape, size_t levels, int threads) {
    ptrdiff_t margin = ((ptrdiff_t)levels - 1) * reach(shape, 0), planes = shape->size[0];
    if (levels == 1) return (planes - 1) / (SWEEP_TILES * (ptrdiff_t)threads) + 1;
    planes = least(planes / 2 / threads + 1, TILE_PLANES);
    return least(most(planes, 4 * margin), shape->size[0]);
}

void yoke__tiles_cut(yoke__tiles *tiles, const yoke__shape *shape, size_t levels, int threads) {
    ptrdiff_t above = (ptrdiff_t)levels - 1;
    tiles->levels = levels;
    tiles->ring = reach(shape, 0) + 1;
    set_face(tiles, shape);
    tiles->size[0] = length(shape, levels, threads);
    for (int d = 0; d < 3; d++)
        tiles->count[d] = (shape->size[d] + tiles->size[d] - 1) / tiles->size[d];
    tiles->rows = tiles->size[1] + above * reach(shape, 1);
    tiles->columns = tiles->size[2] + above * reach(shape, 2);
    tiles->memory = (size_t)(above * tiles->ring * tiles->rows * tiles->columns);
}

void yoke__tile_place(const yoke__tiles *tiles, const yoke__shape *shape, size_t index,
                      yoke__span place[3]) {
    for (int d = 2; d >= 0; d--) {
        ptrdiff_t at = (ptrdiff_t)(index % (size_t)tiles->count[d]) * tiles->size[d];
        place[d] = (yoke__span){at, least(at + tiles->size[d], shape->size[d])};
        index /= (size_t)tiles->count[d];
    }
}

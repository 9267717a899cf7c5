/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernels of yoke/stencil.h for one type: REAL, REAL_(name), which adds its suffix, and
 * ROUNDED(x), a double as a REAL; WIDE_(x) is a REAL as a double, NEAREST makes an exact sum a
 * REAL.
 *
 * A pass takes each tile through `levels` steps. It goes along the planes, and at each plane that
 * it reaches computes, level by level, the one plane that has become possible. Of each level but
 * the last a ring of as many planes is kept as the stencil is high; level 0 is the grid that is
 * read, the last level the grid that is written. Margins are computed by several members, from the
 * same numbers in the same way, so nobody waits and bits do not depend on the tiles.
 */
typedef struct REAL_(pass) {
    const yoke__shape *shape;
    yoke__tiles tiles;
    REAL *to;
    const REAL *from;
    REAL *rings; /* tiles.memory for each member */
    REAL weight[YOKE_STENCIL_TERMS];
    bool add, border; /* to add to what is there; to copy the border */
    void (*row)(REAL *to, const REAL *const *terms, const REAL *weights, size_t count, size_t n,
                bool add);
} REAL_(pass);

/* One tile on its way: where each level of it lies. */
typedef struct REAL_(tile) {
    const REAL_(pass) * pass;
    yoke__span place[3];
    REAL *rings;           /* NULL with one level */
    ptrdiff_t row, column; /* where the rings begin */
} REAL_(tile);

#define ISA 0
#include "kernels/stencil_row.inc.h"
#if defined __x86_64__
#define ISA 1
#include "kernels/stencil_row.inc.h"
#define ISA 2
#include "kernels/stencil_row.inc.h"
#endif

/* A point whose short sum did not decide. */
static REAL REAL_(exact_point)(REAL to, const REAL *const *terms, const REAL *weights, size_t count,
                               size_t i, bool add) {
    yoke__whole_sum whole = yoke__whole_begin(add ? WIDE_(to) : 0);
    REAL point;
    for (size_t t = 0; t < count; t++)
        yoke__whole_add(&whole, WIDE_(weights[t]), WIDE_(terms[t][i]));
    if (WHOLE_VALUE(&whole, &point)) return point;
    yoke_xsum sum = {0};
    for (size_t t = 0; t < count; t++)
        yoke_xsum_add_product(&sum, WIDE_(weights[t]), WIDE_(terms[t][i]));
    if (add) yoke_xsum_add(&sum, WIDE_(to));
    return NEAREST(&sum);
}

/* A row of points that are exact sums, rounded once. */
static void REAL_(exact_row)(REAL *to, const REAL *const *terms, const REAL *weights, size_t count,
                             size_t n, bool add) {
    yoke__short_sum sums[TOGETHER];
    for (size_t at = 0, some; at < n; at += some) {
        some = n - at < TOGETHER ? n - at : TOGETHER;
        for (size_t i = 0; i < some; i++) sums[i] = yoke__short_begin(add ? WIDE_(to[at + i]) : 0);
        for (size_t t = 0; t < count; t++)
            for (size_t i = 0; i < some; i++)
                yoke__short_add(&sums[i], WIDE_(weights[t]), WIDE_(terms[t][at + i]));
        for (size_t i = 0; i < some; i++) {
            REAL point;
            bool known = SHORT_VALUE(&sums[i], count + add, &point);
            if (!known) point = REAL_(exact_point)(to[at + i], terms, weights, count, at + i, add);
            to[at + i] = point;
        }
    }
}

/* Point (z, y, 0) of a level of the tile; the column may lie outside what is kept. */
static REAL *REAL_(row_at)(const REAL_(tile) * tile, size_t level, ptrdiff_t z, ptrdiff_t y) {
    const REAL_(pass) *p = tile->pass;
    const ptrdiff_t *size = p->shape->size;
    if (level == 0) return (REAL *)p->from + (z * size[1] + y) * size[2];
    if (level == p->tiles.levels) return p->to + (z * size[1] + y) * size[2];
    ptrdiff_t plane = (ptrdiff_t)(level - 1) * p->tiles.ring + z % p->tiles.ring;
    return tile->rings + (plane * p->tiles.rows + y - tile->row) * p->tiles.columns - tile->column;
}

/* The points begin to end - 1 of a row, all of them inner ones. */
static void REAL_(fill_inner)(const REAL_(tile) * tile, size_t level, ptrdiff_t z, ptrdiff_t y,
                              yoke__span x) {
    const REAL_(pass) *p = tile->pass;
    const yoke__shape *s = p->shape;
    const REAL *terms[YOKE_STENCIL_TERMS];
    for (size_t t = 0; t < s->count; t++)
        terms[t] = REAL_(row_at)(tile, level - 1, z + s->offset[t][0], y + s->offset[t][1]) +
                   s->offset[t][2] + x.begin;
    p->row(REAL_(row_at)(tile, level, z, y) + x.begin, terms, p->weight, s->count,
           (size_t)(x.end - x.begin), p->add);
}

static void REAL_(copy_border)(const REAL_(tile) * tile, size_t level, ptrdiff_t z, ptrdiff_t y,
                               ptrdiff_t begin, ptrdiff_t end) {
    if (end <= begin || (level == tile->pass->tiles.levels && !tile->pass->border)) return;
    memcpy(REAL_(row_at)(tile, level, z, y) + begin, REAL_(row_at)(tile, 0, z, y) + begin,
           (size_t)(end - begin) * sizeof(REAL));
}

static void REAL_(fill_row)(const REAL_(tile) * tile, size_t level, ptrdiff_t z, ptrdiff_t y,
                            yoke__span x, bool inner_row) {
    yoke__span inner = yoke__inner(tile->pass->shape, 2);
    if (inner.begin < x.begin) inner.begin = x.begin;
    if (inner.end > x.end) inner.end = x.end;
    if (!inner_row || inner.end <= inner.begin) {
        REAL_(copy_border)(tile, level, z, y, x.begin, x.end);
        return;
    }
    REAL_(copy_border)(tile, level, z, y, x.begin, inner.begin);
    REAL_(fill_inner)(tile, level, z, y, inner);
    REAL_(copy_border)(tile, level, z, y, inner.end, x.end);
}

static void REAL_(fill_plane)(const REAL_(tile) * tile, size_t level, ptrdiff_t z) {
    const REAL_(pass) *p = tile->pass;
    yoke__span planes = yoke__inner(p->shape, 0), inner = yoke__inner(p->shape, 1);
    yoke__span rows = yoke__tile_span(&p->tiles, p->shape, tile->place, level, 1);
    yoke__span columns = yoke__tile_span(&p->tiles, p->shape, tile->place, level, 2);
    bool inner_plane = z >= planes.begin && z < planes.end;
    for (ptrdiff_t y = rows.begin; y < rows.end; y++) {
        bool inner_row = inner_plane && y >= inner.begin && y < inner.end;
        REAL_(fill_row)(tile, level, z, y, columns, inner_row);
    }
}

static int REAL_(run_tile)(void *ctx, size_t index, size_t begin, size_t end, int member) {
    (void)begin, (void)end;
    const REAL_(pass) *p = ctx;
    const yoke__shape *s = p->shape;
    REAL_(tile) tile = {.pass = p};
    yoke__tile_place(&p->tiles, s, index, tile.place);
    tile.row = yoke__tile_span(&p->tiles, s, tile.place, 1, 1).begin;
    tile.column = yoke__tile_span(&p->tiles, s, tile.place, 1, 2).begin;
    if (p->rings) tile.rings = p->rings + (size_t)member * p->tiles.memory;
    yoke__span read = yoke__tile_span(&p->tiles, s, tile.place, 0, 0);
    ptrdiff_t last = read.end + (ptrdiff_t)p->tiles.levels * s->above[0];
    for (ptrdiff_t z = read.begin; z < last; z++)
        for (size_t level = 1; level <= p->tiles.levels; level++) {
            yoke__span planes = yoke__tile_span(&p->tiles, s, tile.place, level, 0);
            ptrdiff_t ready = z - (ptrdiff_t)level * s->above[0];
            if (ready >= planes.begin && ready < planes.end) REAL_(fill_plane)(&tile, level, ready);
        }
    return YOKE_OK;
}

static int REAL_(run_pass)(REAL_(pass) * pass, REAL *to, const REAL *from, const yoke_run *run) {
    const ptrdiff_t *count = pass->tiles.count;
    pass->to = to;
    pass->from = from;
    return yoke__run_blocks(run, (size_t)(count[0] * count[1] * count[2]), 1, REAL_(run_tile),
                            pass);
}

static int REAL_(prepare)(REAL_(pass) * pass, yoke__shape *shape, const REAL *to, const REAL *from,
                          const yoke_grid *grid, const yoke_stencil *stencil, const yoke_run *run) {
    YOKE_TRY(yoke__shape_set(shape, grid, stencil, sizeof(REAL)));
    size_t bytes = yoke__shape_points(shape) * sizeof(REAL);
    if (yoke__overlap(to, bytes, from, bytes))
        return yoke_fail(YOKE_EINVAL, "the grids of a stencil overlap");
    pass->shape = shape;
    bool exactly = yoke__run_repro(run) == YOKE_REPRO_EXACT;
    pass->row = exactly ? REAL_(exact_row) : YOKE_ISA_CHOOSE(REAL_(stencil_row));
    for (size_t t = 0; t < shape->count; t++) pass->weight[t] = ROUNDED(shape->weight[t]);
    return YOKE_OK;
}

static int REAL_(sweep)(REAL *to, const REAL *from, const yoke_grid *grid,
                        const yoke_stencil *stencil, bool add, const char *call,
                        const yoke_run *run) {
    yoke__shape shape;
    REAL_(pass) pass = {.add = add};
    YOKE_TRY(REAL_(prepare)(&pass, &shape, to, from, grid, stencil, run));
    yoke__tiles_cut(&pass.tiles, &shape, 1, yoke__run_members(run, SIZE_MAX));
    YOKE_TRY(REAL_(run_pass)(&pass, to, from, run));
    YOKE__TELL(YOKE_OK, run, call, to, yoke__shape_points(&shape) * sizeof(REAL));
    return YOKE_OK;
}

int REAL_(yoke_stencil_apply)(REAL *to, const REAL *from, const yoke_grid *grid,
                              const yoke_stencil *stencil, const yoke_run *run) {
    YOKE__KERNEL;
    return REAL_(sweep)(to, from, grid, stencil, false, __func__, run);
}

int REAL_(yoke_stencil_add)(REAL *to, const REAL *from, const yoke_grid *grid,
                            const yoke_stencil *stencil, const yoke_run *run) {
    YOKE__KERNEL;
    return REAL_(sweep)(to, from, grid, stencil, true, __func__, run);
}

/* An odd number of passes, so that the last one writes `to`. */
static int REAL_(run_passes)(REAL_(pass) * pass, REAL *to, REAL *from, size_t steps,
                             const yoke_run *run) {
    size_t depth = yoke__tiles_depth(pass->shape);
    size_t passes = yoke__block_count(steps, depth) | 1;
    int threads = yoke__run_members(run, SIZE_MAX), status = YOKE_OK;
    yoke__tiles_cut(&pass->tiles, pass->shape, yoke__block_count(steps, passes), threads);
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, (size_t)threads * pass->tiles.memory * sizeof(REAL)));
    pass->rings = work.memory;
    for (size_t i = passes; i > 0 && status == YOKE_OK; i--) {
        size_t levels = yoke__block_count(steps, i);
        yoke__tiles_cut(&pass->tiles, pass->shape, levels, threads);
        status = REAL_(run_pass)(pass, i & 1 ? to : from, i & 1 ? from : to, run);
        steps -= levels;
    }
    yoke__work_close(&work);
    return status;
}

int REAL_(yoke_stencil_steps)(REAL *to, REAL *from, const yoke_grid *grid,
                              const yoke_stencil *stencil, size_t steps, const yoke_run *run) {
    YOKE__KERNEL;
    yoke__shape shape;
    REAL_(pass) pass = {.border = true};
    YOKE_TRY(REAL_(prepare)(&pass, &shape, to, from, grid, stencil, run));
    YOKE_TRY(yoke__run_check(run));
    if (!steps) return REAL_(yoke_vector_copy)(to, from, yoke__shape_points(&shape), run);
    int status = REAL_(run_passes)(&pass, to, from, steps, run);
    return yoke__told(status, run, __func__, to, yoke__shape_points(&shape) * sizeof(REAL));
}

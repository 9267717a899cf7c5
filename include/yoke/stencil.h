/* SPDX-License-Identifier: Apache-2.0
 *
 * Stencils on grids of one, two and three dimensions: a point becomes a weighted sum of its
 * neighbours.
 *
 *     yoke_stencil_term cross[] = {{.weight = -4}, {.x = -1, .weight = 1}, {.x = 1, .weight = 1},
 *                                  {.y = -1, .weight = 1}, {.y = 1, .weight = 1}};
 *     yoke_stencil laplace = {cross, 5};
 *     yoke_grid grid = {.rows = 1000, .columns = 1000};
 *     YOKE_TRY(yoke_stencil_steps_f64(from, to, &grid, &laplace, 100, NULL));
 *
 * A grid is an array of planes * rows * columns numbers, the column running fastest. Points that
 * lack a neighbour are the border; no function computes them. A sum is taken in the order of the
 * terms, beginning with the first product, and each product and each sum is rounded. So the bits
 * are those of the reference at any number of threads, also when many steps are taken at once (but
 * for which NaN it is, where two meet).
 *
 * YOKE_REPRO_EXACT: each point, at each step, is the exact sum of exact products, with what is
 * added to, rounded once; the order of the terms does not matter. A sum that is zero is +0.
 *
 * Beside the statuses of yoke/run.h: YOKE_EINVAL for a stencil without terms, with more than
 * YOKE_STENCIL_TERMS or with an offset beyond YOKE_STENCIL_REACH, and for grids that overlap;
 * YOKE_ERANGE for a grid beyond the address space; YOKE_ENOMEM. The references run serially and
 * check nothing.
 */
#ifndef YOKE_STENCIL_H
#define YOKE_STENCIL_H

#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

#define YOKE_STENCIL_TERMS 256
#define YOKE_STENCIL_REACH 64

/* A neighbour, by its distance, and its weight (which becomes a float for grids of float). */
typedef struct yoke_stencil_term {
    int z, y, x; /* planes, rows, columns */
    double weight;
} yoke_stencil_term;

typedef struct yoke_stencil {
    const yoke_stencil_term *terms;
    size_t count;
} yoke_stencil;

typedef struct yoke_grid {
    size_t planes, rows, columns; /* 0 counts as 1 */
} yoke_grid;

/* to = the stencil of `from`, at all points but those of the border, which are left as they are. */
YOKE_API int yoke_stencil_apply_f64(double *to, const double *from, const yoke_grid *grid,
                                    const yoke_stencil *stencil, const yoke_run *run);
YOKE_API int yoke_stencil_apply_f32(float *to, const float *from, const yoke_grid *grid,
                                    const yoke_stencil *stencil, const yoke_run *run);
/* to = to + the stencil of `from`. */
YOKE_API int yoke_stencil_add_f64(double *to, const double *from, const yoke_grid *grid,
                                  const yoke_stencil *stencil, const yoke_run *run);
YOKE_API int yoke_stencil_add_f32(float *to, const float *from, const yoke_grid *grid,
                                  const yoke_stencil *stencil, const yoke_run *run);
/* Applies the stencil `steps` times, the border being constant: `to` is what becomes of `from`, all
 * of it, and what is in `from` afterwards is unspecified. Several steps are taken for one passage
 * through memory: each member takes a tile with a margin through all of them in its cache (needs
 * some megabytes of scratch a member). */
YOKE_API int yoke_stencil_steps_f64(double *to, double *from, const yoke_grid *grid,
                                    const yoke_stencil *stencil, size_t steps, const yoke_run *run);
YOKE_API int yoke_stencil_steps_f32(float *to, float *from, const yoke_grid *grid,
                                    const yoke_stencil *stencil, size_t steps, const yoke_run *run);

YOKE_API void yoke_stencil_apply_f64_ref(double *to, const double *from, const yoke_grid *grid,
                                         const yoke_stencil *stencil);
YOKE_API void yoke_stencil_apply_f32_ref(float *to, const float *from, const yoke_grid *grid,
                                         const yoke_stencil *stencil);
YOKE_API void yoke_stencil_add_f64_ref(double *to, const double *from, const yoke_grid *grid,
                                       const yoke_stencil *stencil);
YOKE_API void yoke_stencil_add_f32_ref(float *to, const float *from, const yoke_grid *grid,
                                       const yoke_stencil *stencil);
YOKE_API void yoke_stencil_steps_f64_ref(double *to, double *from, const yoke_grid *grid,
                                         const yoke_stencil *stencil, size_t steps);
YOKE_API void yoke_stencil_steps_f32_ref(float *to, float *from, const yoke_grid *grid,
                                         const yoke_stencil *stencil, size_t steps);

/* The function for the type of `to`. */
#define YOKE_STENCIL_(name, to)                                                                    \
    _Generic((to), double * : yoke_stencil_##name##_f64, float * : yoke_stencil_##name##_f32)
#define yoke_stencil_apply(to, ...) YOKE_STENCIL_(apply, to)(to, __VA_ARGS__)
#define yoke_stencil_add(to, ...)   YOKE_STENCIL_(add, to)(to, __VA_ARGS__)
#define yoke_stencil_steps(to, ...) YOKE_STENCIL_(steps, to)(to, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * The references of yoke/stencil.h for one type: each point by its coordinates.
 */
static bool REAL_(point)(REAL *sum, const REAL *from, const ptrdiff_t size[3], ptrdiff_t z,
                         ptrdiff_t y, ptrdiff_t x, const yoke_stencil *stencil) {
    for (size_t t = 0; t < stencil->count; t++) {
        const yoke_stencil_term *term = &stencil->terms[t];
        ptrdiff_t at[3] = {z + term->z, y + term->y, x + term->x};
        for (int d = 0; d < 3; d++)
            if (at[d] < 0 || at[d] >= size[d]) return false;
        REAL product = (REAL)term->weight * from[(at[0] * size[1] + at[1]) * size[2] + at[2]];
        *sum = t ? *sum + product : product;
    }
    return true;
}

static void REAL_(sweep_ref)(REAL *to, const REAL *from, const yoke_grid *grid,
                             const yoke_stencil *stencil, bool add) {
    ptrdiff_t size[3];
    sizes(grid, size);
    for (ptrdiff_t z = 0; z < size[0]; z++)
        for (ptrdiff_t y = 0; y < size[1]; y++)
            for (ptrdiff_t x = 0; x < size[2]; x++) {
                REAL sum, *point = &to[(z * size[1] + y) * size[2] + x];
                if (REAL_(point)(&sum, from, size, z, y, x, stencil))
                    *point = add ? *point + sum : sum;
            }
}

void REF_(yoke_stencil_apply)(REAL *to, const REAL *from, const yoke_grid *grid,
                              const yoke_stencil *stencil) {
    REAL_(sweep_ref)(to, from, grid, stencil, false);
}

void REF_(yoke_stencil_add)(REAL *to, const REAL *from, const yoke_grid *grid,
                            const yoke_stencil *stencil) {
    REAL_(sweep_ref)(to, from, grid, stencil, true);
}

void REF_(yoke_stencil_steps)(REAL *to, REAL *from, const yoke_grid *grid,
                              const yoke_stencil *stencil, size_t steps) {
    ptrdiff_t size[3];
    sizes(grid, size);
    size_t bytes = (size_t)(size[0] * size[1] * size[2]) * sizeof(REAL);
    memcpy(to, from, bytes);
    for (size_t i = 0; i < steps; i++) {
        if (i) memcpy(from, to, bytes);
        REAL_(sweep_ref)(to, from, grid, stencil, false);
    }
}

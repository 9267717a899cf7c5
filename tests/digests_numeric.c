/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the numeric kernels.
 */
#include "tests/digests.h"
#include "yoke/access.h"
#include "yoke/nbody.h"
#include "yoke/sparse.h"
#include "yoke/stencil.h"

enum { SIDE = 200, BODIES = 500, ROWS = 2000, ENTRIES = 100000, PLACES = 1 << 14 };

DIGEST(numeric_access, "random updates of a table", "16,384 places, 200,000 updates") {
    static uint64_t table[PLACES];
    for (size_t i = 0; i < PLACES; i++) table[i] = i;
    YOKE_TRY(yoke_access_update(table, PLACES, digest_random() >> 8, 200000, run));
    digest_add(into, table, sizeof table);
    return YOKE_OK;
}

DIGEST(numeric_nbody, "gravity of all pairs", "500 bodies") {
    static double in[4][BODIES], out[3][BODIES];
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 4; k++) in[k][i] = digest_random_real();
    yoke_bodies_f64 bodies = {BODIES, in[0], in[1], in[2], in[3]};
    YOKE_TRY(yoke_nbody(out[0], out[1], out[2], &bodies, 0.01, run));
    digest_add(into, out, sizeof out);
    return YOKE_OK;
}

DIGEST(numeric_sparse, "sparse matrix times vector", "2,000 rows, one of 60,000 entries") {
    static uint64_t begin[ROWS + 1];
    static uint32_t column[ENTRIES];
    static double value[ENTRIES], x[ROWS], y[ROWS];
    for (size_t r = 0; r < ROWS; r++)
        begin[r + 1] = begin[r] + (r == 700 ? 60000 : (ENTRIES - 60000) / ROWS);
    for (size_t i = 0; i < begin[ROWS]; i++) {
        column[i] = (uint32_t)(digest_random() % ROWS);
        value[i] = digest_random_real();
    }
    for (int r = 0; r < ROWS; r++) x[r] = digest_random_real();
    yoke_csr_f64 matrix = {ROWS, ROWS, begin, column, NULL, value};
    YOKE_TRY(yoke_csr_multiply(y, &matrix, x, run));
    digest_add(into, y, sizeof y);
    return YOKE_OK;
}

DIGEST(numeric_stencil, "stencil, 50 steps", "200 times 200 doubles") {
    static double from[SIDE * SIDE], to[SIDE * SIDE];
    static const yoke_stencil_term terms[] = {{.weight = 0.3},
                                              {.x = -1, .weight = 0.2},
                                              {.x = 1, .weight = 0.1},
                                              {.y = -1, .weight = 0.25},
                                              {.y = 1, .weight = 0.15}};
    for (int i = 0; i < SIDE * SIDE; i++) from[i] = digest_random_real();
    yoke_grid grid = {.rows = SIDE, .columns = SIDE};
    YOKE_TRY(yoke_stencil_steps(to, from, &grid, &(yoke_stencil){terms, 5}, 50, run));
    digest_add(into, to, sizeof to);
    return YOKE_OK;
}

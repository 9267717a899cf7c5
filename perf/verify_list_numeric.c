/* SPDX-License-Identifier: Apache-2.0
 *
 * The numeric kernels.
 */
#include "perf/verify_list.h"
#include "yoke/access.h"
#include "yoke/nbody.h"
#include "yoke/sparse.h"
#include "yoke/stencil.h"
#include "yoke/vector.h"

static int updates(verify_case *c) {
    enum { PLACES = 1 << 12 };
    uint64_t *table;
    YOKE_TRY(yoke__verify_words(c, &table, PLACES));
    YOKE_TRY(yoke_access_update(table, PLACES, yoke__verify_random(c) >> 8, c->n, c->run));
    return yoke__verify_add(c, table, PLACES * sizeof *table);
}

static int chains(verify_case *c) {
    enum { CHAINS = 20, TOGETHER = 3 };
    size_t *next, at[CHAINS];
    YOKE_TRY(yoke__verify_room(c, &next, c->n * sizeof *next));
    yoke_access_cycle(next, c->n, 9);
    for (size_t i = 0; i < CHAINS; i++) at[i] = i % c->n;
    YOKE_TRY(yoke_access_chase(next, at, CHAINS, TOGETHER, 500, c->run));
    return yoke__verify_add(c, at, sizeof at);
}

static int gravity_at(verify_case *c, const yoke_run *run) {
    double *in[4], *out[3];
    size_t n = c->n;
    for (int i = 0; i < 4; i++) YOKE_TRY(yoke__verify_reals(c, &in[i], n));
    for (int i = 0; i < 3; i++) YOKE_TRY(yoke__verify_room(c, &out[i], n * sizeof(double)));
    yoke_bodies_f64 bodies = {n, in[0], in[1], in[2], in[3]};
    YOKE_TRY(yoke_nbody(out[0], out[1], out[2], &bodies, 0.01, run));
    for (int i = 0; i < 3; i++) yoke__verify_add(c, out[i], n * sizeof(double));
    return YOKE_OK;
}

static int gravity(verify_case *c) { return gravity_at(c, c->run); }
static int exact_gravity(verify_case *c) {
    yoke_run exact = yoke__verify_exactly(c);
    return gravity_at(c, &exact);
}

static int gravity_of_floats(verify_case *c) {
    float *in[4], *out[3];
    size_t n = c->n;
    for (int i = 0; i < 7; i++) {
        float **array = i < 4 ? &in[i] : &out[i - 4];
        YOKE_TRY(yoke__verify_room(c, array, n * sizeof(float)));
        for (size_t k = 0; k < n && i < 4; k++) (*array)[k] = (float)yoke__verify_real(c);
    }
    yoke_bodies_f32 bodies = {n, in[0], in[1], in[2], in[3]};
    YOKE_TRY(yoke_nbody(out[0], out[1], out[2], &bodies, 0.01F, c->run));
    for (int i = 0; i < 3; i++) yoke__verify_add(c, out[i], n * sizeof(float));
    return YOKE_OK;
}

/* Half of the entries are in one row. */
static int make_rows(verify_case *c, size_t rows, uint64_t **begin, uint32_t **column) {
    size_t entries = c->n, each = entries / (2 * rows);
    YOKE_TRY(yoke__verify_room(c, begin, (rows + 1) * sizeof **begin));
    YOKE_TRY(yoke__verify_room(c, column, entries * sizeof **column));
    for (size_t r = 0; r < rows; r++)
        (*begin)[r + 1] = (*begin)[r] + (r == rows / 3 ? entries - each * (rows - 1) : each);
    for (size_t i = 0; i < entries; i++) (*column)[i] = (uint32_t)(yoke__verify_random(c) % rows);
    return YOKE_OK;
}

static int products(verify_case *c, const yoke_run *run) {
    uint64_t *begin;
    uint32_t *column;
    double *value, *x, *y;
    size_t rows = c->n / 50 + 1;
    YOKE_TRY(make_rows(c, rows, &begin, &column));
    YOKE_TRY(yoke__verify_reals(c, &value, c->n));
    YOKE_TRY(yoke__verify_reals(c, &x, rows));
    YOKE_TRY(yoke__verify_room(c, &y, rows * sizeof *y));
    yoke_csr_f64 matrix = {rows, rows, begin, column, NULL, value};
    YOKE_TRY(yoke_csr_multiply(y, &matrix, x, run));
    yoke__verify_add(c, y, rows * sizeof *y);
    YOKE_TRY(yoke_csr_multiply_add(y, &matrix, x, run));
    return yoke__verify_add(c, y, rows * sizeof *y);
}

static int sparse(verify_case *c) { return products(c, c->run); }
static int exact_sparse(verify_case *c) {
    yoke_run exact = yoke__verify_exactly(c);
    return products(c, &exact);
}

static int stencils_at(verify_case *c, const yoke_run *run) {
    enum { SIDE = 200 };
    static const yoke_stencil_term terms[] = {{.weight = 0.3},
                                              {.x = -1, .weight = 0.2},
                                              {.x = 1, .weight = 0.1},
                                              {.y = -1, .weight = 0.25},
                                              {.y = 1, .weight = 0.15}};
    const yoke_stencil star = {terms, 5};
    size_t rows = c->n / SIDE ? c->n / SIDE : 1, size = rows * SIDE * sizeof(double);
    yoke_grid grid = {.rows = rows, .columns = SIDE};
    double *from, *to;
    YOKE_TRY(yoke__verify_reals(c, &from, rows * SIDE));
    YOKE_TRY(yoke__verify_room(c, &to, size));
    YOKE_TRY(yoke_stencil_apply(to, from, &grid, &star, run));
    YOKE_TRY(yoke_stencil_add(to, from, &grid, &star, run));
    yoke__verify_add(c, to, size);
    YOKE_TRY(yoke_stencil_steps(to, from, &grid, &star, 20, run));
    return yoke__verify_add(c, to, size);
}

static int stencils(verify_case *c) { return stencils_at(c, c->run); }
static int exact_stencils(verify_case *c) {
    yoke_run exact = yoke__verify_exactly(c);
    return stencils_at(c, &exact);
}

static int vectors(verify_case *c) {
    double *a, *b, *to;
    size_t n = c->n;
    YOKE_TRY(yoke__verify_reals(c, &a, n));
    YOKE_TRY(yoke__verify_reals(c, &b, n));
    YOKE_TRY(yoke__verify_room(c, &to, n * sizeof *to));
    YOKE_TRY(yoke_vector_copy(to, a, n, c->run));
    YOKE_TRY(yoke_vector_update(to, a, 0.7, b, n, c->run));
    yoke__verify_add(c, to, n * sizeof *to);
    YOKE_TRY(yoke_vector_scale(to, 1.1, a, n, c->run));
    yoke__verify_add(c, to, n * sizeof *to);
    YOKE_TRY(yoke_vector_add(to, a, b, n, c->run));
    yoke__verify_add(c, to, n * sizeof *to);
    YOKE_TRY(yoke_vector_triad(to, a, 0.3, b, n, c->run));
    yoke__verify_add(c, to, n * sizeof *to);
    YOKE_TRY(yoke_vector_triad_nt(to, a, 0.4, b, n, c->run));
    yoke__verify_add(c, to, n * sizeof *to);
    YOKE_TRY(yoke_vector_multiply_add(to, a, b, a, n, c->run));
    return yoke__verify_add(c, to, n * sizeof *to);
}

#define LEVEL(text, of, promise, header, items, fn)                                                \
    {                                                                                              \
        .algorithm = (text), .input = (of), .level = (promise), .headers = (header), .n = (items), \
        .compute = (fn)                                                                            \
    }
#define NUMERIC(text, of, header, items, fn) LEVEL(text, of, "always", header, items, fn)
const verify_entry yoke__verify_list_numeric[] = {
    NUMERIC("random updates of a table", "updates of 4,096 places", "access", 50000, updates),
    NUMERIC("chains of pointers", "places, 20 chains", "access", 20000, chains),
    LEVEL("gravity of all pairs", "bodies", "any threads", "nbody", 300, gravity),
    LEVEL("gravity of all pairs, exact", "bodies", "exact", "nbody", 300, exact_gravity),
    LEVEL("gravity of all pairs, floats", "bodies", "any threads", "nbody", 300, gravity_of_floats),
    LEVEL("sparse matrix times vector", "entries, half of them in one row", "any threads", "sparse",
          50000, sparse),
    LEVEL("sparse matrix times vector, exact", "entries, half of them in one row", "exact",
          "sparse", 50000, exact_sparse),
    LEVEL("stencil, once, added, and 20 steps", "doubles", "any threads", "stencil", 40000,
          stencils),
    LEVEL("stencil, once, added, and 20 steps, exact", "doubles", "exact", "stencil", 4000,
          exact_stencils),
    NUMERIC("loops over vectors", "doubles", "vector", 50000, vectors),
    {.algorithm = NULL}};

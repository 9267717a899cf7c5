/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/stencil.h, yoke/sparse.h and yoke/nbody.h. Operations are counted as the formulas
 * are written; bytes as if each array came from memory once.
 */
#include "perf/load.h"
#include "yoke/nbody.h"
#include "yoke/sparse.h"
#include "yoke/stencil.h"

enum { FROM, TO, INPUT };
enum { STEPS = 8 };

/* ---- stencils on the largest square or cube ---- */

static const yoke_stencil_term star_terms[] = {
    {.weight = 0.4},          {.x = -1, .weight = 0.1}, {.x = 1, .weight = 0.1},
    {.y = -1, .weight = 0.1}, {.y = 1, .weight = 0.1},  {.z = -1, .weight = 0.05},
    {.z = 1, .weight = 0.05},
};
static const yoke_stencil flat_star = {star_terms, 5}, full_star = {star_terms, 7};

static size_t root(size_t size, int power) {
    size_t x = (size_t)pow((double)size, 1.0 / power);
    while ((power == 2 ? (x + 1) * (x + 1) : (x + 1) * (x + 1) * (x + 1)) <= size) x++;
    return x;
}

static yoke_grid square(const yoke_load_run *run) {
    size_t n = root(run->size, 2);
    return (yoke_grid){1, n, n};
}

static yoke_grid cube(const yoke_load_run *run) {
    size_t n = root(run->size, 3);
    return (yoke_grid){n, n, n};
}

static int prepare_grid(yoke_load_run *run, const yoke_grid *grid) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    run->items = grid->planes * grid->rows * grid->columns;
    YOKE_TRY(yoke__load_f64(run, FROM, run->items));
    return yoke__load_array(run, TO, run->items, sizeof(double));
}

/* The answer is a point that is computed. */
static int prepare_square(yoke_load_run *run) {
    yoke_grid grid = square(run);
    YOKE_TRY(prepare_grid(run, &grid));
    return yoke__load_answer(run, yoke__load_reals(run, TO) + grid.columns + 1, sizeof(double));
}

static int prepare_cube(yoke_load_run *run) {
    yoke_grid grid = cube(run);
    YOKE_TRY(prepare_grid(run, &grid));
    size_t inner = (grid.columns + 1) * grid.columns + 1;
    return yoke__load_answer(run, yoke__load_reals(run, TO) + inner, sizeof(double));
}

static int stencil_2d(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_grid grid = square(run);
    return yoke_stencil_apply_f64(d->array[TO], d->array[FROM], &grid, &flat_star, &d->run);
}

static int stencil_3d(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_grid grid = cube(run);
    return yoke_stencil_apply_f64(d->array[TO], d->array[FROM], &grid, &full_star, &d->run);
}

/* A row of inner points. */
static bool row_is_right(const double *to, const double *f, size_t n, size_t plane) {
    for (size_t x = 1; x + 1 < n; x++) {
        const double *p = f + x;
        double sum = 0.4 * p[0] + 0.1 * p[-1] + 0.1 * p[1] + 0.1 * *(p - n) + 0.1 * p[n];
        if (plane) sum = sum + 0.05 * *(p - plane) + 0.05 * p[plane];
        if (to[x] != sum) return false;
    }
    return true;
}

static int check_2d(yoke_load_run *run) {
    size_t n = square(run).columns;
    for (size_t y = 1; y + 1 < n; y++)
        if (!row_is_right(yoke__load_reals(run, TO) + y * n, yoke__load_reals(run, FROM) + y * n, n,
                          0))
            return yoke__load_wrong(y * n);
    return YOKE_OK;
}

static int check_3d(yoke_load_run *run) {
    size_t n = cube(run).columns;
    for (size_t z = 1; z + 1 < n; z++)
        for (size_t y = 1; y + 1 < n; y++) {
            size_t at = (z * n + y) * n;
            if (!row_is_right(yoke__load_reals(run, TO) + at, yoke__load_reals(run, FROM) + at, n,
                              n * n))
                return yoke__load_wrong(at);
        }
    return YOKE_OK;
}

/* ---- several steps ---- */

static int prepare_steps(yoke_load_run *run) {
    YOKE_TRY(prepare_square(run));
    return yoke__load_f64(run, INPUT, run->items);
}

static int renew_steps(yoke_load_run *run) {
    return yoke__load_copy(run, FROM, INPUT, run->items * sizeof(double));
}

static int stencil_steps(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_grid grid = square(run);
    return yoke_stencil_steps_f64(d->array[TO], d->array[FROM], &grid, &flat_star, STEPS, &d->run);
}

/* `from` is free now: the serial reference works in it and in a copy of the input. */
static int check_steps(yoke_load_run *run) {
    enum { RIGHT = 3 };
    yoke__load_data *d = yoke__load_of(run);
    yoke_grid grid = square(run);
    if (!d->array[RIGHT]) YOKE_TRY(yoke__load_array(run, RIGHT, run->items, sizeof(double)));
    YOKE_TRY(renew_steps(run));
    yoke_stencil_steps_f64_ref(d->array[RIGHT], d->array[FROM], &grid, &flat_star, STEPS);
    for (size_t i = 0; i < run->items; i++)
        if (yoke__load_reals(run, TO)[i] != yoke__load_reals(run, RIGHT)[i])
            return yoke__load_wrong(i);
    return YOKE_OK;
}

/* ---- added to what is there ---- */

/* INPUT is what `to` holds before. */
static int renew_add(yoke_load_run *run) {
    return yoke__load_copy(run, TO, INPUT, run->items * sizeof(double));
}

static int stencil_add(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_grid grid = square(run);
    return yoke_stencil_add_f64(d->array[TO], d->array[FROM], &grid, &flat_star, &d->run);
}

static int check_add(yoke_load_run *run) {
    const double *input = yoke__load_reals(run, INPUT), *to = yoke__load_reals(run, TO);
    const double *from = yoke__load_reals(run, FROM);
    size_t n = square(run).columns;
    for (size_t i = 0; i < n * n; i++) {
        size_t x = i % n, y = i / n;
        bool inner = x > 0 && y > 0 && x + 1 < n && y + 1 < n;
        double sum = 0;
        if (inner)
            sum = 0.4 * from[i] + 0.1 * from[i - 1] + 0.1 * from[i + 1] + 0.1 * from[i - n] +
                  0.1 * from[i + n];
        if (to[i] != (inner ? input[i] + sum : input[i])) return yoke__load_wrong(i);
    }
    return YOKE_OK;
}

/* ---- a sparse matrix times a vector ---- */

enum { X, Y, BEGIN, COLUMN, VALUE };

/* So that entries make about `size`: rows of 16, or a few long ones and many short. */
static uint64_t row_length(size_t row, size_t rows, bool skewed) {
    return skewed ? rows / (row + 1) + 8 : 16;
}

static void columns_of(void *ctx, size_t begin, size_t end) {
    const yoke_csr_f64 *m = ctx;
    uint32_t *column = (uint32_t *)(uintptr_t)m->column;
    yoke_random random = {.seed = m->columns, .stream = 1};
    for (size_t i = begin; i < end; i++)
        column[i] = (uint32_t)yoke_random_below(random, i, m->columns);
}

static yoke_csr_f64 matrix_of(const yoke_load_run *run) {
    const yoke__load_data *d = yoke__load_of(run);
    return (yoke_csr_f64){d->count,         d->count, d->array[BEGIN],
                          d->array[COLUMN], NULL,     d->array[VALUE]};
}

static int prepare_matrix(yoke_load_run *run, size_t rows, bool skewed) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    if (rows > UINT32_MAX) return yoke_fail(YOKE_ERANGE, "%zu rows", rows);
    yoke__load_of(run)->count = rows;
    YOKE_TRY(yoke__load_array(run, BEGIN, rows + 1, sizeof(uint64_t)));
    uint64_t *begin = yoke__load_words(run, BEGIN);
    begin[0] = 0;
    for (size_t r = 0; r < rows; r++) begin[r + 1] = begin[r] + row_length(r, rows, skewed);
    run->items = begin[rows];
    YOKE_TRY(yoke__load_f64(run, X, rows));
    YOKE_TRY(yoke__load_array(run, Y, rows, sizeof(double)));
    YOKE_TRY(yoke__load_f64(run, VALUE, run->items));
    YOKE_TRY(yoke__load_array(run, COLUMN, run->items, sizeof(uint32_t)));
    yoke_csr_f64 matrix = matrix_of(run);
    YOKE_TRY(yoke__load_share(run, run->items, columns_of, &matrix));
    return yoke__load_answer(run, yoke__load_reals(run, Y), rows * sizeof(double));
}

static int prepare_even(yoke_load_run *run) {
    return prepare_matrix(run, run->size / 16 + 1, false);
}
static int prepare_skewed(yoke_load_run *run) {
    return prepare_matrix(run, run->size / 24 + 1, true);
}

static int multiply(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_csr_f64 matrix = matrix_of(run);
    return yoke_csr_multiply_f64(d->array[Y], &matrix, d->array[X], &d->run);
}

static int check_product(yoke_load_run *run) {
    yoke_csr_f64 m = matrix_of(run);
    const double *x = yoke__load_reals(run, X);
    for (size_t r = 0; r < m.rows; r++) {
        long double sum = 0;
        for (uint64_t i = m.row_begin[r]; i < m.row_begin[r + 1]; i++)
            sum += m.value[i] * x[m.column[i]];
        if (yoke__load_near(yoke__load_reals(run, Y)[r], (double)sum, 1e-10) < 0)
            return yoke__load_wrong(r);
    }
    return YOKE_OK;
}

/* ---- gravity: an item is a pair of bodies ---- */

enum { PX, PY, PZ, MASS, AX, AY, AZ };
static const double softening = 0.01;

static int prepare_bodies(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    size_t n = root(run->size, 2);
    yoke__load_of(run)->count = n;
    run->items = n * n;
    for (int i = PX; i <= AZ; i++) YOKE_TRY(yoke__load_f64(run, i, n));
    return yoke__load_answer(run, yoke__load_reals(run, AX), n * sizeof(double));
}

static int gravity(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_bodies_f64 bodies = {d->count, d->array[PX], d->array[PY], d->array[PZ], d->array[MASS]};
    return yoke_nbody_f64(d->array[AX], d->array[AY], d->array[AZ], &bodies, softening, &d->run);
}

/* One body by hand, towards `axis`. */
static double pull(const yoke_load_run *run, int axis, size_t i) {
    double *const p[] = {yoke__load_reals(run, PX), yoke__load_reals(run, PY),
                         yoke__load_reals(run, PZ)};
    long double sum = 0;
    for (size_t j = 0; j < yoke__load_of(run)->count; j++) {
        double r = softening * softening;
        for (int k = 0; k < 3; k++) r += (p[k][j] - p[k][i]) * (p[k][j] - p[k][i]);
        sum += yoke__load_reals(run, MASS)[j] * (p[axis][j] - p[axis][i]) / (r * sqrt(r));
    }
    return (double)sum;
}

/* No force from outside: masses times accelerations add up to nothing. */
static int check_gravity(yoke_load_run *run) {
    const yoke__load_data *d = yoke__load_of(run);
    for (int axis = 0; axis < 3; axis++) {
        const double *a = yoke__load_reals(run, AX + axis);
        double sum = 0, size = 0;
        for (size_t i = 0; i < d->count; i++) {
            double force = yoke__load_reals(run, MASS)[i] * a[i];
            sum += force, size += fabs(force);
        }
        if (!(fabs(sum) <= 1e-9 * size))
            return yoke_fail(YOKE_EDATA, "forces add up to %g, of %g", sum, size);
        YOKE_TRY(yoke__load_near(a[d->count / 2], pull(run, axis, d->count / 2), 1e-6));
    }
    return YOKE_OK;
}

#define STENCIL .group = "stencil", .item = "point", .finish = yoke__load_close
#define SPARSE                                                                                     \
    .group = "sparse", .item = "entry", .bytes = 12, .flops = 2, .levels = true, .size = 1 << 24,  \
    .finish = yoke__load_close, .repeat = multiply, .check = check_product
const yoke_load yoke__loads_numeric[] = {
    {STENCIL, .name = "stencil_2d", .about = "a star of 5 points on a square", .bytes = 16,
     .flops = 9, .size = 16000000, .least = 9, .prepare = prepare_square, .repeat = stencil_2d,
     .check = check_2d},
    {STENCIL, .name = "stencil_3d", .about = "a star of 7 points on a cube", .bytes = 16,
     .flops = 13, .size = 16777216, .least = 27, .prepare = prepare_cube, .repeat = stencil_3d,
     .check = check_3d},
    {STENCIL, .name = "stencil_2d_add", .about = "a star of 5 points, added to what is there",
     .bytes = 24, .flops = 10, .size = 16000000, .least = 9, .prepare = prepare_steps,
     .renew = renew_add, .repeat = stencil_add, .check = check_add},
    {STENCIL, .name = "stencil_2d_steps", .about = "8 steps of a star of 5 points at once",
     .bytes = 16, .flops = 9 * STEPS, .size = 16000000, .least = 9, .prepare = prepare_steps,
     .renew = renew_steps, .repeat = stencil_steps, .check = check_steps},
    {SPARSE, .name = "sparse_even", .about = "matrix times vector, 16 entries a row",
     .prepare = prepare_even},
    {SPARSE, .name = "sparse_skewed", .about = "matrix times vector, some rows are long",
     .prepare = prepare_skewed},
    {.name = "gravity_f64",
     .group = "nbody",
     .about = "accelerations of bodies by all others",
     .item = "pair",
     .flops = 20,
     .size = 1 << 26,
     .least = 4,
     .prepare = prepare_bodies,
     .repeat = gravity,
     .check = check_gravity,
     .finish = yoke__load_close},
    {.name = NULL}};

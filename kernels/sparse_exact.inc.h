/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact products of a sparse matrix for one type: as sparse.inc.h, and SHORT_VALUE and
 * WHOLE_VALUE are the values of short and of whole sums. Rows are summed in two doubles
 * (kernels/short_sum.h): several short ones side by side, or the entries of a longer one dealt out
 * to as many lanes. A superaccumulator sums what that does not decide.
 */
static inline size_t REAL_(length)(const REAL_(product) * p, size_t row) {
    return p->matrix->row_begin[row + 1] - p->matrix->row_begin[row];
}

/* Writes the factors of n entries, `apart` from each other. */
static inline __attribute__((always_inline)) void REAL_(take_entries)(const REAL_(product) * p,
                                                                      size_t at, size_t n,
                                                                      double *value, double *x,
                                                                      size_t apart) {
    const REAL_(yoke_csr) *m = p->matrix;
    for (size_t i = 0; i < n; i++) {
        uint64_t column = m->column ? m->column[at + i] : m->wide_column[at + i];
        value[i * apart] = WIDE_(m->value[at + i]);
        x[i * apart] = WIDE_(p->x[column]);
    }
}

/* Adds the products of the entries begin to end - 1. */
static void REAL_(add_entries)(void *sum, const void *product, size_t begin, size_t end,
                               const void *ctx) {
    double value[TILE], x[TILE];
    (void)ctx;
    for (size_t n; begin < end; begin += n) {
        n = end - begin < TILE ? end - begin : TILE;
        REAL_(take_entries)(product, begin, n, value, x, 1);
        yoke_xsum_add_products(sum, value, x, n);
    }
}

static void REAL_(finish_exact)(const REAL_(product) * p, size_t row, yoke_xsum *sum) {
    if (p->add) yoke_xsum_add(sum, WIDE_(p->y[row]));
    p->y[row] = ROUNDED(sum);
}

static bool REAL_(sum_whole)(const REAL_(product) * p, size_t row, REAL *value) {
    const REAL_(yoke_csr) *m = p->matrix;
    yoke__whole_sum sum = yoke__whole_begin(p->add ? WIDE_(p->y[row]) : 0);
    for (uint64_t i = m->row_begin[row]; i < m->row_begin[row + 1] && sum.whole; i++) {
        uint64_t column = m->column ? m->column[i] : m->wide_column[i];
        yoke__whole_add(&sum, WIDE_(m->value[i]), WIDE_(p->x[column]));
    }
    return WHOLE_VALUE(&sum, value);
}

/* A row whose short sum has so many terms. */
static void REAL_(finish_short)(const REAL_(product) * p, size_t row, const yoke__short_sum *s,
                                size_t terms) {
    REAL value;
    if (SHORT_VALUE(s, terms, &value) || REAL_(sum_whole)(p, row, &value)) {
        p->y[row] = value;
        return;
    }
    yoke_xsum sum = {0};
    REAL_(add_entries)(&sum, p, p->matrix->row_begin[row], p->matrix->row_begin[row + 1], NULL);
    REAL_(finish_exact)(p, row, &sum);
}

/* Rows of fewer than SHORT entries, one in each lane; where they have ended they go on with 0. */
static void REAL_(sum_side_by_side)(const REAL_(product) * p, const yoke__reduce_ops *ops,
                                    const size_t *rows, size_t count) {
    double value[SHORT * YOKE__SHORT_LANES], x[SHORT * YOKE__SHORT_LANES];
    yoke__short_sums sums = {0};
    size_t most = 1;
    for (size_t lane = 0; lane < count; lane++)
        if (REAL_(length)(p, rows[lane]) > most) most = REAL_(length)(p, rows[lane]);
    memset(value, 0, most * YOKE__SHORT_LANES * sizeof *value);
    memset(x, 0, most * YOKE__SHORT_LANES * sizeof *x);
    for (size_t lane = 0; lane < count; lane++) {
        size_t at = p->matrix->row_begin[rows[lane]], n = REAL_(length)(p, rows[lane]);
        REAL_(take_entries)(p, at, n, value + lane, x + lane, YOKE__SHORT_LANES);
        if (p->add) sums.high[lane] = WIDE_(p->y[rows[lane]]);
    }
    ops->short_sums(&sums, value, x, most * YOKE__SHORT_LANES);
    for (size_t lane = 0; lane < count; lane++) {
        yoke__short_sum sum = yoke__short_lane(&sums, lane);
        REAL_(finish_short)(p, rows[lane], &sum, REAL_(length)(p, rows[lane]) + 1);
    }
}

/* A row of up to LONG entries, in all lanes. */
static void REAL_(sum_in_lanes)(const REAL_(product) * p, const yoke__reduce_ops *ops, size_t row) {
    double value[TILE], x[TILE];
    yoke__short_sums sums = {0};
    size_t at = p->matrix->row_begin[row], end = p->matrix->row_begin[row + 1];
    if (p->add) sums.high[0] = WIDE_(p->y[row]);
    for (size_t n; at < end; at += n) {
        n = end - at < TILE ? end - at : TILE;
        REAL_(take_entries)(p, at, n, value, x, 1);
        size_t whole = (n + YOKE__SHORT_LANES - 1) / YOKE__SHORT_LANES * YOKE__SHORT_LANES;
        for (size_t i = n; i < whole; i++) value[i] = x[i] = 0;
        ops->short_sums(&sums, value, x, whole);
    }
    yoke__short_sum sum = yoke__short_fold(&sums);
    REAL_(finish_short)(p, row, &sum, REAL_(length)(p, row) + 1 + YOKE__SHORT_LANES);
}

static int REAL_(run_exactly)(void *ctx, size_t index, size_t begin, size_t end, int member) {
    (void)index, (void)member;
    const REAL_(product) *p = ctx;
    const yoke__reduce_ops *ops = yoke__reduce_in_use();
    const uint64_t *row_begin = p->matrix->row_begin;
    size_t rows[YOKE__SHORT_LANES], count = 0;
    size_t row = first_row(row_begin, p->matrix->rows, begin);
    for (; row < p->matrix->rows && position(row_begin, row) < end; row++) {
        size_t n = REAL_(length)(p, row);
        if (n < SHORT)
            rows[count++] = row;
        else if (n <= LONG)
            REAL_(sum_in_lanes)(p, ops, row);
        if (count == YOKE__SHORT_LANES) {
            REAL_(sum_side_by_side)(p, ops, rows, count);
            count = 0;
        }
    }
    REAL_(sum_side_by_side)(p, ops, rows, count);
    return YOKE_OK;
}

static int REAL_(multiply_exactly)(const REAL_(product) * p, size_t positions,
                                   const yoke_run *run) {
    const uint64_t *row_begin = p->matrix->row_begin;
    yoke_reducer long_row = {sizeof(yoke_xsum),
                             PIECE,
                             yoke__exact_begin,
                             REAL_(add_entries),
                             yoke__exact_merge,
                             NULL,
                             true};
    YOKE_TRY(yoke__run_blocks(run, positions, PIECE, REAL_(run_exactly), (void *)p));
    for (size_t row = 0; row < p->matrix->rows; row++) {
        size_t n = row_begin[row + 1] - row_begin[row];
        yoke_xsum sum;
        if (n <= LONG) continue;
        YOKE_TRY(yoke__reduce_range(&long_row, p, row_begin[row], n, &sum, run));
        REAL_(finish_exact)(p, row, &sum);
    }
    return YOKE_OK;
}

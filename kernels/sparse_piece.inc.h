/* SPDX-License-Identifier: Apache-2.0
 *
 * The sum of a piece of a row, for one type of numbers (REAL) and of columns (COLUMN).
 */
static inline __attribute__((always_inline)) REAL
COLUMN_(sum_piece)(const REAL *value, const COLUMN *column, const REAL *x, size_t n) {
    if (n < SHORT) {
        REAL sum = 0;
        for (size_t i = 0; i < n; i++) sum += value[i] * x[column[i]];
        return sum;
    }
    REAL sum[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            sum[lane] += value[i + lane] * x[column[i + lane]];
    for (size_t lane = 0; lane < LANES; lane++) /* lanes by number stay in registers */
        if (i + lane < n) sum[lane] += value[i + lane] * x[column[i + lane]];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

static REAL COLUMN_(piece_at)(const REAL_(product) * p, size_t at, size_t n) {
    return COLUMN_(sum_piece)(p->matrix->value + at, p->matrix->COLUMNS + at, p->x, n);
}

/* Rows of one piece from `row` on, as far as their position lies before `end`; returns the next. */
static size_t COLUMN_(sum_rows)(const REAL_(product) * p, size_t row, size_t end) {
    const REAL_(product) q = *p; /* so that writing y does not make its fields unknown */
    const REAL_(yoke_csr) m = *q.matrix;
    for (; row < m.rows && position(m.row_begin, row) < end; row++) {
        size_t at = m.row_begin[row], n = m.row_begin[row + 1] - at;
        if (n > PIECE) break;
        REAL sum = COLUMN_(sum_piece)(m.value + at, m.COLUMNS + at, q.x, n);
        q.y[row] = q.add ? q.y[row] + sum : sum;
    }
    return row;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The products of yoke/sparse.h for one type: REAL, REAL_(name), which adds its suffix, and
 * REF_(name), which adds that and "ref"; WIDE_(x) makes it a double, ROUNDED an exact sum a REAL.
 * See sparse.c.
 */
/* Sums of the pieces of long rows that begin in PIECE positions. */
typedef struct REAL_(part) {
    size_t row; /* whose first piece begins here; NO_ROW: none */
    REAL first, later;
} REAL_(part);

typedef struct REAL_(product) {
    REAL *y;
    const REAL_(yoke_csr) * matrix;
    const REAL *x;
    bool add;
    REAL_(part) * parts; /* one for PIECE positions */
    REAL (*sum_piece)(const struct REAL_(product) * p, size_t at, size_t n);
    size_t (*sum_rows)(const struct REAL_(product) * p, size_t row, size_t end);
} REAL_(product);

#define COLUMN        uint32_t
#define COLUMN_(name) REAL_(name##_narrow)
#define COLUMNS       column
#include "kernels/sparse_piece.inc.h"
#undef COLUMN
#undef COLUMN_
#undef COLUMNS

#define COLUMN        uint64_t
#define COLUMN_(name) REAL_(name##_wide)
#define COLUMNS       wide_column
#include "kernels/sparse_piece.inc.h"
#undef COLUMN
#undef COLUMN_
#undef COLUMNS

/* The later piece of row `row` that begins in the positions begin to end - 1, if there is one. */
static void REAL_(sum_later)(const REAL_(product) * p, size_t row, size_t begin, size_t end,
                             REAL_(part) * part) {
    const uint64_t *row_begin = p->matrix->row_begin;
    size_t n = row_begin[row + 1] - row_begin[row];
    size_t skip = yoke__block_count(begin - position(row_begin, row), PIECE) * PIECE;
    if (skip >= n || position(row_begin, row) + skip >= end) return;
    part->later = p->sum_piece(p, row_begin[row] + skip, n - skip < PIECE ? n - skip : PIECE);
}

/* What begins in PIECE positions; `row` is the first row there. Returns the first behind them. */
static size_t REAL_(run_positions)(const REAL_(product) * p, size_t row, size_t begin, size_t end) {
    const uint64_t *row_begin = p->matrix->row_begin;
    REAL_(part) *part = &p->parts[begin / PIECE];
    *part = (REAL_(part)){.row = NO_ROW};
    if (row > 0) REAL_(sum_later)(p, row - 1, begin, end, part);
    row = p->sum_rows(p, row, end);
    if (row == p->matrix->rows || position(row_begin, row) >= end) return row;
    part->row = row; /* a long one, which fills the rest */
    part->first = p->sum_piece(p, row_begin[row], PIECE);
    return row + 1;
}

static int REAL_(run_block)(void *ctx, size_t index, size_t begin, size_t end, int member) {
    (void)index, (void)member;
    const REAL_(product) *p = ctx;
    size_t row = first_row(p->matrix->row_begin, p->matrix->rows, begin);
    for (; begin < end; begin += PIECE) {
        size_t stop = end - begin < PIECE ? end : begin + PIECE;
        row = REAL_(run_positions)(p, row, begin, stop);
    }
    return YOKE_OK;
}

static void REAL_(finish_long_rows)(const REAL_(product) * p, size_t parts) {
    const uint64_t *row_begin = p->matrix->row_begin;
    for (size_t i = 0; i < parts; i++) {
        size_t row = p->parts[i].row;
        if (row == NO_ROW) continue;
        REAL sum = p->parts[i].first;
        size_t pieces = yoke__block_count(row_begin[row + 1] - row_begin[row], PIECE);
        for (size_t k = 1; k < pieces; k++) sum += p->parts[i + k].later;
        p->y[row] = p->add ? p->y[row] + sum : sum;
    }
}

#include "kernels/sparse_exact.inc.h"

static int REAL_(multiply)(REAL_(product) p, const yoke_run *run) {
    const REAL_(yoke_csr) *m = p.matrix;
    if (!m->column == !m->wide_column)
        return yoke_fail(YOKE_EINVAL, "a sparse matrix has columns of 32 bits or of 64");
    if (yoke__overlap(p.y, m->rows * sizeof(REAL), p.x, m->columns * sizeof(REAL)))
        return yoke_fail(YOKE_EINVAL, "the result of a product overlaps the vector");
    YOKE_TRY(yoke__run_check(run));
    p.sum_piece = m->column ? REAL_(piece_at_narrow) : REAL_(piece_at_wide);
    p.sum_rows = m->column ? REAL_(sum_rows_narrow) : REAL_(sum_rows_wide);
    size_t positions = m->rows ? position(m->row_begin, m->rows) : 0;
    size_t parts = yoke__block_count(positions, PIECE);
    if (yoke__run_repro(run) == YOKE_REPRO_EXACT)
        return REAL_(multiply_exactly)(&p, positions, run);
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, parts * sizeof *p.parts));
    p.parts = work.memory;
    int status = yoke__run_blocks(run, positions, BLOCK, REAL_(run_block), &p);
    if (status == YOKE_OK) REAL_(finish_long_rows)(&p, parts);
    yoke__work_close(&work);
    return status;
}

int REAL_(yoke_csr_multiply)(REAL *y, const REAL_(yoke_csr) * matrix, const REAL *x,
                             const yoke_run *run) {
    YOKE__KERNEL;
    int status = REAL_(multiply)((REAL_(product)){.y = y, .matrix = matrix, .x = x}, run);
    return yoke__told(status, run, __func__, y, matrix->rows * sizeof *y);
}

int REAL_(yoke_csr_multiply_add)(REAL *y, const REAL_(yoke_csr) * matrix, const REAL *x,
                                 const yoke_run *run) {
    YOKE__KERNEL;
    REAL_(product) p = {.y = y, .matrix = matrix, .x = x, .add = true};
    return yoke__told(REAL_(multiply)(p, run), run, __func__, y, matrix->rows * sizeof *y);
}

int REAL_(yoke_csr_check)(const REAL_(yoke_csr) * m) {
    if (!m->column == !m->wide_column)
        return yoke_fail(YOKE_EINVAL, "a sparse matrix has columns of 32 bits or of 64");
    if (m->rows && m->row_begin[0])
        return yoke_fail(YOKE_EDATA, "row 0 of a sparse matrix begins at %llu, not at 0",
                         (unsigned long long)m->row_begin[0]);
    for (size_t row = 0; row < m->rows; row++) {
        if (m->row_begin[row] > m->row_begin[row + 1])
            return yoke_fail(YOKE_EDATA, "row %zu of a sparse matrix ends before it begins", row);
        for (uint64_t i = m->row_begin[row]; i < m->row_begin[row + 1]; i++) {
            uint64_t column = m->column ? m->column[i] : m->wide_column[i];
            if (column >= m->columns)
                return yoke_fail(YOKE_EDATA, "row %zu of a sparse matrix has column %llu of %zu",
                                 row, (unsigned long long)column, m->columns);
        }
    }
    return YOKE_OK;
}

/* ---- references ---- */

static REAL REAL_(piece_ref)(const REAL_(yoke_csr) * m, const REAL *x, size_t at, size_t n) {
    REAL sum[4] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t column = m->column ? m->column[at + i] : m->wide_column[at + i];
        sum[n < SHORT ? 0 : i % 4] += m->value[at + i] * x[column];
    }
    if (n < SHORT) return sum[0];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

static REAL REAL_(row_ref)(const REAL_(yoke_csr) * m, const REAL *x, size_t row) {
    size_t at = m->row_begin[row], end = m->row_begin[row + 1];
    REAL sum = REAL_(piece_ref)(m, x, at, end - at < PIECE ? end - at : PIECE);
    for (at += PIECE; at < end; at += PIECE)
        sum += REAL_(piece_ref)(m, x, at, end - at < PIECE ? end - at : PIECE);
    return sum;
}

void REF_(yoke_csr_multiply)(REAL *y, const REAL_(yoke_csr) * matrix, const REAL *x) {
    for (size_t row = 0; row < matrix->rows; row++) y[row] = REAL_(row_ref)(matrix, x, row);
}

void REF_(yoke_csr_multiply_add)(REAL *y, const REAL_(yoke_csr) * matrix, const REAL *x) {
    for (size_t row = 0; row < matrix->rows; row++) y[row] += REAL_(row_ref)(matrix, x, row);
}

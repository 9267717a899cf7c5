/* SPDX-License-Identifier: Apache-2.0
 *
 * Transposes, in tiles. The rows of a tile are read whole, turned in a buffer in cache, and written
 * as rows; so it does not matter that rows of a large matrix may fall on the same sets of a cache.
 * A square is transposed in place by exchanging tiles.
 */
#include <string.h>

#include "kernels/overlap.h"
#include "kernels/run.h"
#include "yoke/permute.h"

enum {
    TILE = 64,         /* rows and columns */
    STRIDE = TILE + 8, /* items from row to row of a buffer */
    COPY = 1 << 15,    /* items of a block when all is copied */
};

typedef struct matrix {
    const char *from;
    char *to;
    size_t rows, columns, size;
} matrix;

/* buffer[c][r] = item (r, c) of the tile. */
#define DEFINE_TURN(bits, type)                                                                    \
    static void turn_##bits(const type *from, size_t stride, size_t rows, size_t columns,          \
                            type buffer[]) {                                                       \
        for (size_t r = 0; r < rows; r++)                                                          \
            for (size_t c = 0; c < columns; c++) buffer[c * STRIDE + r] = from[r * stride + c];    \
    }
DEFINE_TURN(32, uint32_t)
DEFINE_TURN(64, uint64_t)

static void turn(const matrix *m, size_t row, size_t column, size_t rows, size_t columns,
                 uint64_t *buffer) {
    const void *from = m->from + (row * m->columns + column) * m->size;
    if (m->size == 4)
        turn_32(from, m->columns, rows, columns, (uint32_t *)(void *)buffer);
    else
        turn_64(from, m->columns, rows, columns, buffer);
}

/* Writes `rows` rows of a buffer to (row, column) of a matrix with so many columns. */
static void put(char *to, size_t all, size_t size, size_t row, size_t column, size_t rows,
                size_t columns, const uint64_t *buffer) {
    for (size_t r = 0; r < rows; r++)
        memcpy(to + ((row + r) * all + column) * size, (const char *)buffer + r * STRIDE * size,
               columns * size);
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Columns begin to end - 1 of the input become rows of the output. */
static int transpose_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const matrix *m = ctx;
    uint64_t buffer[TILE * STRIDE];
    (void)index, (void)member;
    for (size_t row = 0; row < m->rows; row += TILE) {
        size_t rows = least(TILE, m->rows - row);
        turn(m, row, begin, rows, end - begin, buffer);
        put(m->to, m->rows, m->size, begin, row, end - begin, rows, buffer);
    }
    return YOKE_OK;
}

/* The tiles of rows begin to end - 1 up to the diagonal, exchanged with those above it. */
static int exchange_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const matrix *m = ctx;
    uint64_t here[TILE * STRIDE], there[TILE * STRIDE];
    size_t n = m->rows, rows = end - begin;
    (void)index, (void)member;
    for (size_t column = 0; column <= begin; column += TILE) {
        size_t columns = least(TILE, n - column);
        turn(m, begin, column, rows, columns, here);
        turn(m, column, begin, columns, rows, there);
        put(m->to, n, m->size, column, begin, columns, rows, here);
        put(m->to, n, m->size, begin, column, rows, columns, there);
    }
    return YOKE_OK;
}

static int check(const matrix *m) {
    size_t items, bytes;
    if (__builtin_mul_overflow(m->rows, m->columns, &items) ||
        __builtin_mul_overflow(items, m->size, &bytes))
        return yoke_fail(YOKE_ERANGE, "transpose: %zu x %zu items", m->rows, m->columns);
    if (items && (!m->from || !m->to)) return yoke_fail(YOKE_EINVAL, "transpose: no array");
    return YOKE_OK;
}

static int transpose(matrix m, const yoke_run *run) {
    YOKE_TRY(check(&m));
    size_t bytes = m.rows * m.columns * m.size;
    if (yoke__overlap(m.from, bytes, m.to, bytes))
        return yoke_fail(YOKE_EINVAL, "transpose: input and output overlap");
    return yoke__run_blocks(run, m.columns, TILE, transpose_block, &m);
}

static int copy_back(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const matrix *m = ctx;
    (void)index, (void)member;
    memcpy(m->to + begin * m->size, m->from + begin * m->size, (end - begin) * m->size);
    return YOKE_OK;
}

static int transpose_in_place(matrix m, const yoke_run *run) {
    YOKE_TRY(check(&m));
    YOKE_TRY(yoke__run_check(run));
    if (m.rows == m.columns) return yoke__run_blocks(run, m.rows, TILE, exchange_block, &m);
    size_t items = m.rows * m.columns;
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, items * m.size));
    matrix out = {m.from, work.memory, m.rows, m.columns, m.size};
    matrix back = {work.memory, m.to, m.rows, m.columns, m.size};
    int status = yoke__run_blocks(run, m.columns, TILE, transpose_block, &out);
    if (status == YOKE_OK) status = yoke__run_blocks(run, items, COPY, copy_back, &back);
    yoke__work_close(&work);
    return status;
}

#define DEFINE_TRANSPOSE(T, type, wide)                                                            \
    int yoke_transpose_##T(const type *from, size_t rows, size_t columns, type to[],               \
                           const yoke_run *run) {                                                  \
        YOKE__KERNEL;                                                                              \
        matrix m = {(const char *)from, (char *)to, rows, columns, sizeof *from};                  \
        return yoke__told(transpose(m, run), run, __func__, to, rows * columns * sizeof *to);      \
    }                                                                                              \
    int yoke_transpose_in_place_##T(type items[], size_t rows, size_t columns,                     \
                                    const yoke_run *run) {                                         \
        YOKE__KERNEL;                                                                              \
        matrix m = {(char *)items, (char *)items, rows, columns, sizeof *items};                   \
        return yoke__told(transpose_in_place(m, run), run, __func__, items,                        \
                          rows * columns * sizeof *items);                                         \
    }
YOKE_TYPES(DEFINE_TRANSPOSE)

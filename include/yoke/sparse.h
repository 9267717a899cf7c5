/* SPDX-License-Identifier: Apache-2.0
 *
 * Products of a sparse matrix and a dense vector. The matrix is stored by rows (CSR): the entries
 * of row r are those from row_begin[r] to row_begin[r + 1] - 1, each with its column and value.
 *
 *     yoke_csr_f64 a = {.rows = rows, .columns = columns, .row_begin = begin, .column = column,
 *                       .value = value};
 *     YOKE_TRY(yoke_csr_check(&a));
 *     YOKE_TRY(yoke_csr_multiply(y, &a, x, NULL));
 *
 * The work is shared by entries and rows alike, so neither one long row nor many empty ones make a
 * thread wait for another (after the merge path of Merrill and Garland, SC 2016).
 *
 * YOKE_REPRO_EXACT: y[r] is the exact value, rounded once. Rows of more than 2 YOKE_CSR_PIECE
 * entries are cut, too, since exact sums of their parts can be merged.
 *
 * Else the bits of y[r] depend on row r and x alone, not on the threads or the other rows. The
 * entries are cut into pieces of YOKE_CSR_PIECE, counted from the beginning of the row. A piece of
 * fewer than 32 is summed in order, beginning with 0; of a longer one entry i goes to the sum i mod
 * 4, and the four sums are added as (0 + 2) + (1 + 3). The pieces are added in order.
 */
#ifndef YOKE_SPARSE_H
#define YOKE_SPARSE_H

#include <stdint.h>

#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

#define YOKE_CSR_PIECE 8192

/* Columns have 32 bits (`column`) or 64 (`wide_column`): the one that is not NULL. All arrays stay
 * the caller's. */
#define YOKE_CSR_FIELDS_(type)                                                                     \
    size_t rows, columns;                                                                          \
    const uint64_t *row_begin; /* rows + 1 */                                                      \
    const uint32_t *column;                                                                        \
    const uint64_t *wide_column;                                                                   \
    const type *value;
typedef struct yoke_csr_f64 {
    YOKE_CSR_FIELDS_(double)
} yoke_csr_f64;
typedef struct yoke_csr_f32 {
    YOKE_CSR_FIELDS_(float)
} yoke_csr_f32;

/* Whether row_begin begins with 0 and never falls, and all columns exist; else YOKE_EDATA, whose
 * detail names the row. The products below do not look. Reads the matrix once, serially. */
YOKE_API int yoke_csr_check_f64(const yoke_csr_f64 *matrix);
YOKE_API int yoke_csr_check_f32(const yoke_csr_f32 *matrix);

/* y = A x. YOKE_EINVAL when y overlaps x, or none or both kinds of columns are there; YOKE_ENOMEM.
 * The matrix must be such that the check succeeds. */
YOKE_API int yoke_csr_multiply_f64(double *y, const yoke_csr_f64 *matrix, const double *x,
                                   const yoke_run *run);
YOKE_API int yoke_csr_multiply_f32(float *y, const yoke_csr_f32 *matrix, const float *x,
                                   const yoke_run *run);
/* y = y + A x, the product of a row being rounded before it is added, unless EXACT. */
YOKE_API int yoke_csr_multiply_add_f64(double *y, const yoke_csr_f64 *matrix, const double *x,
                                       const yoke_run *run);
YOKE_API int yoke_csr_multiply_add_f32(float *y, const yoke_csr_f32 *matrix, const float *x,
                                       const yoke_run *run);

/* Serial, and check nothing. */
YOKE_API void yoke_csr_multiply_f64_ref(double *y, const yoke_csr_f64 *matrix, const double *x);
YOKE_API void yoke_csr_multiply_f32_ref(float *y, const yoke_csr_f32 *matrix, const float *x);
YOKE_API void yoke_csr_multiply_add_f64_ref(double *y, const yoke_csr_f64 *matrix, const double *x);
YOKE_API void yoke_csr_multiply_add_f32_ref(float *y, const yoke_csr_f32 *matrix, const float *x);

/* The function for the type of the first argument. */
#define YOKE_CSR_(name, y)                                                                         \
    _Generic((y), double * : yoke_csr_##name##_f64, float * : yoke_csr_##name##_f32)
#define yoke_csr_check(matrix)                                                                     \
    _Generic((matrix), yoke_csr_f64 *: yoke_csr_check_f64, const yoke_csr_f64 *: yoke_csr_check_f64, \
             yoke_csr_f32 *: yoke_csr_check_f32, const yoke_csr_f32 *: yoke_csr_check_f32)(matrix)
#define yoke_csr_multiply(y, ...)     YOKE_CSR_(multiply, y)(y, __VA_ARGS__)
#define yoke_csr_multiply_add(y, ...) YOKE_CSR_(multiply_add, y)(y, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * The products of yoke/sparse.h: sparse.inc.h for two types and two kinds of columns.
 *
 * Row r stands at row_begin[r] + r, so positions are entries and rows together, and no two rows
 * share one. A block is a range of positions, and computes the pieces that begin there, so it never
 * has much more to do than another. Its first row is found by bisection. In any YOKE_CSR_PIECE
 * positions at most one first piece of a long row begins, and at most one later piece: each leaves
 * its sum in a place of its own, and what they sum to is written at the end, in order. In
 * exact products a row of up to LONG entries is computed by the member whose block it begins in;
 * then all members share each of the longer ones.
 */
#include "yoke/sparse.h"

#include <stdbool.h>
#include <string.h>

#include "kernels/overlap.h"
#include "kernels/reduce.h"
#include "kernels/reduce_block.h"
#include "kernels/run.h"
#include "kernels/short_sum.h"
#include "kernels/xsum.h"

enum { LANES = 4, SHORT = 32, PIECE = YOKE_CSR_PIECE, BLOCK = 8 * PIECE };
enum { LONG = 2 * PIECE, TILE = 512 };

#define NO_ROW SIZE_MAX

static size_t position(const uint64_t *row_begin, size_t row) { return row_begin[row] + row; }

/* The first row at `at` or behind it; `rows` when there is none. */
static size_t first_row(const uint64_t *row_begin, size_t rows, size_t at) {
    size_t low = 0, high = rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (position(row_begin, middle) < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#define REAL        double
#define REAL_(name) name##_f64
#define REF_(name)  name##_f64_ref
#define WIDE_(x)    (x)
#define ROUNDED     yoke_xsum_value
#define SHORT_VALUE yoke__short_value_f64
#define WHOLE_VALUE yoke__whole_value_f64
#include "kernels/sparse.inc.h"
#undef REAL
#undef REAL_
#undef REF_
#undef WIDE_
#undef ROUNDED
#undef SHORT_VALUE
#undef WHOLE_VALUE

#define REAL        float
#define REAL_(name) name##_f32
#define REF_(name)  name##_f32_ref
#define WIDE_(x)    (double)(x)
#define ROUNDED     yoke__xsum_value_f32
#define SHORT_VALUE yoke__short_value_f32
#define WHOLE_VALUE yoke__whole_value_f32
#include "kernels/sparse.inc.h"

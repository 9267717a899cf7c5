/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of kernels/reduce_block.h for one set of instructions. The including file defines
 *     TARGET  the attribute that allows its instructions
 *     BYTES   of a vector: 16, 32 or 64
 *     TABLE   the name of its table
 *     NATIVE(name)  the intrinsic function of that name; left out where there are none
 *     FUSED(a, b, c)  a b - c of vectors of doubles, rounded once
 *     PRODUCT_ERROR(a, b, c)  the same where c is a b, rounded; NaN where it overflows
 *     PLUS_PRODUCT(c, a, b)  c + a b, rounded once or twice
 *     ANY_BELOW(a, b)  whether an item of a is less than its one of b
 * Loops are written with the vectors of gcc and clang, of that size. Where an operation rounds,
 * lanes are those of the definition; minima and counts have as many as they like.
 */
#include <math.h>
#include <string.h>

#include "kernels/reduce_block.h"
#include "kernels/xsum.h"

enum {
    PER = BYTES / 8, /* wide items of a vector */
    VECTORS = YOKE__LANES / PER
};

#define UNROLL _Pragma("GCC unroll 16")

typedef double doubles __attribute__((vector_size(BYTES)));
typedef int64_t words __attribute__((vector_size(BYTES)));
typedef double some_doubles __attribute__((vector_size(BYTES), aligned(8), may_alias));
typedef uint8_t flag_bytes __attribute__((vector_size(BYTES), aligned(1), may_alias));

/* Lanes j and j + 8, then j and j + 4, ... */
#define FOLD(all, op)                                                                              \
    for (int half = YOKE__LANES / 2; half > 0; half /= 2)                                          \
        for (int j = 0; j < half; j++) (all)[j] = (all)[j] op(all)[j + half];

#define FLOATING 0
#define S        i32
#define T        int32_t
#define W        int64_t
#define BITS     int32_t
#include "kernels/reduce_type.inc.h"
#define S    i64
#define T    int64_t
#define W    int64_t
#define BITS int64_t
#include "kernels/reduce_type.inc.h"
#define S    u32
#define T    uint32_t
#define W    uint64_t
#define BITS int32_t
#include "kernels/reduce_type.inc.h"
#define S    u64
#define T    uint64_t
#define W    uint64_t
#define BITS int64_t
#include "kernels/reduce_type.inc.h"
#undef FLOATING
#define FLOATING 1
#define S        f32
#define T        float
#define PACKED   ps
#define W        double
#define BITS     int32_t
#include "kernels/reduce_type.inc.h"
#define S      f64
#define T      double
#define PACKED pd
#define W      double
#define BITS   int64_t
#include "kernels/reduce_type.inc.h"

/* ---- flags ---- */

/* Lanes of a byte count up to 255 vectors, and are then added up. */
TARGET static size_t count_flags(const uint8_t *flags, size_t n) {
    size_t count = 0, i = 0;
    while (n - i >= BYTES) {
        flag_bytes lanes = {0};
        for (int v = 0; v < 255 && n - i >= BYTES; v++, i += BYTES)
            lanes -= (flag_bytes)(*(const flag_bytes *)(flags + i) != 0);
        for (int j = 0; j < BYTES; j++) count += lanes[j];
    }
    for (; i < n; i++) count += flags[i] != 0;
    return count;
}

#include "kernels/xsum_isa.inc.h"
#include "kernels/xsum_moments.inc.h"

/* As yoke__short_add does it. */
TARGET static void short_sums(yoke__short_sums *sums, const double *x, const double *y, size_t n) {
    enum { SOME = YOKE__SHORT_LANES / PER };
    doubles high[SOME], low[SOME], lost[SOME];
    memcpy(high, sums->high, sizeof high);
    memcpy(low, sums->low, sizeof low);
    memcpy(lost, sums->lost, sizeof lost);
    for (size_t i = 0; i < n; i += YOKE__SHORT_LANES) UNROLL for (size_t v = 0; v < SOME; v++) {
            doubles a = *(const some_doubles *)(x + i + v * PER);
            doubles b = *(const some_doubles *)(y + i + v * PER);
            doubles product = a * b, sum = high[v] + product, part = sum - high[v];
            doubles loss = (high[v] - (sum - part)) + (product - part);
            loss += PRODUCT_ERROR(a, b, product);
            high[v] = sum;
            low[v] += loss;
            lost[v] += size_of(loss);
        }
    memcpy(sums->high, high, sizeof high);
    memcpy(sums->low, low, sizeof low);
    memcpy(sums->lost, lost, sizeof lost);
}

#define OPS(S)                                                                                     \
    { sum_##S, product_##S, dot_##S, min_##S, max_##S, count_equal_##S, moments_##S }
const yoke__reduce_ops TABLE = {
    .i32 = OPS(i32),
    .i64 = OPS(i64),
    .u32 = OPS(u32),
    .u64 = OPS(u64),
    .f32 = OPS(f32),
    .f64 = OPS(f64),
    .squares_f32 = squares_f32,
    .squares_f64 = squares_f64,
    .count = count_flags,
    .xsum_tile = xsum_tile,
    .xsum_products = xsum_products,
    .xsum_moments = xsum_moments,
    .short_sums = short_sums,
};

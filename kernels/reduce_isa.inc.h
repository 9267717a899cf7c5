/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of kernels/reduce_block.h for one set of instructions. The including file defines
 *     TARGET  the attribute that allows its instructions
 *     BYTES   of a vector: 16, 32 or 64
 *     TABLE   the name of its table
 * Loops are written with the vectors of gcc and clang, of that size. Where an operation rounds,
 * lanes are those of the definition; minima and counts have as many as they like.
 */
#include <math.h>
#include <string.h>

#include "kernels/reduce_block.h"

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
#define W        double
#define BITS     int32_t
#include "kernels/reduce_type.inc.h"
#define S    f64
#define T    double
#define W    double
#define BITS int64_t
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

/* ---- exact sums ----
 *
 * A tile of doubles below 2^m is split at bits: adding x to s, which stays between 2^e and 2^(e+1),
 * rounds x to a multiple of the last bit of s, and what the sum has not taken, x - (s' - s), is
 * exact. With e = m + 12 the sums of 2048 numbers stay in that range and are exact, also those of
 * all lanes together; a second accumulator takes the remainders in the same way. Two of them hold
 * all bits from 2^m down to 2^(m - 81). If anything remains then, or a number was above the limit,
 * the tile is not added. After Demmel and Nguyen, "Parallel reproducible summation" (2015), with a
 * superaccumulator behind instead of a fixed number of bins. */

/* The sums of the lanes less what they began with. */
TARGET static inline double gather(const doubles s[VECTORS], double start) {
    double all[YOKE__LANES];
    memcpy(all, s, sizeof all);
    double sum = 0;
    for (int j = 0; j < YOKE__LANES; j++) sum += all[j] - start;
    return sum;
}

TARGET static inline doubles size_of(doubles x) { return (doubles)((words)x & INT64_MAX); }

typedef struct split {
    double high,
        low;        /* their sum is that of the tile, if it is whole and none is above the limit */
    double largest; /* size; without NaN */
    bool whole;     /* nothing remained */
} split;

TARGET static split split_tile(const double *x, size_t n, double limit) {
    double start = limit * 0x1.8p12, second = limit * 0x1.8p-29; /* 2^12 2^-53 2^12 */
    doubles high[VECTORS], low[VECTORS], most[VECTORS] = {0};
    words left[VECTORS] = {0};
    for (size_t v = 0; v < VECTORS; v++) {
        high[v] = (doubles){0} + start;
        low[v] = (doubles){0} + second;
    }
    for (size_t i = 0; i < n; i += YOKE__LANES) {
        UNROLL for (size_t v = 0; v < VECTORS; v++) {
            doubles item = *(const some_doubles *)(x + i + v * PER);
            doubles sum = high[v] + item, rest = item - (sum - high[v]);
            high[v] = sum;
            sum = low[v] + rest;
            left[v] |= (words)(rest - (sum - low[v]));
            low[v] = sum;
            most[v] = larger_f64(most[v], size_of(item));
        }
    }
    split s = {gather(high, start), gather(low, second), 0, true};
    for (size_t v = 0; v < VECTORS; v++) {
        for (int j = 0; j < PER; j++) {
            if (most[v][j] > s.largest) s.largest = most[v][j];
            if (left[v][j] & INT64_MAX) s.whole = false;
        }
    }
    return s;
}

/* The power of 2 above a number. */
static double power_above(double x) {
    int exponent;
    (void)frexp(x, &exponent);
    return ldexp(1, exponent);
}

static bool can_be_limit(double limit) { return limit >= 0x1p-900 && limit <= 0x1p1000; }

TARGET static bool xsum_whole(yoke_xsum *sum, const double *x, size_t n, double *limit) {
    double guess = can_be_limit(*limit) ? *limit : 1;
    split s = split_tile(x, n, guess);
    *limit = power_above(s.largest);
    if (!s.whole || s.largest > guess) {
        if (!can_be_limit(*limit) || *limit == guess) return false;
        s = split_tile(x, n, *limit);
        if (!s.whole) return false;
    } else if (s.largest > guess * 0x1p-12) {
        *limit = guess;
    }
    yoke_xsum_add(sum, s.high);
    yoke_xsum_add(sum, s.low);
    return true;
}

TARGET static bool xsum_tile(yoke_xsum *sum, const double *x, size_t n, double *limit) {
    size_t whole = n - n % YOKE__LANES;
    if (whole && !xsum_whole(sum, x, whole, limit)) return false;
    for (size_t i = whole; i < n; i++) yoke_xsum_add(sum, x[i]);
    return true;
}

/* The error of a product is a double unless it lies below the smallest one; so products have to be
 * 0 times something, or finite and not tiny. */
TARGET static bool two_products(const double *x, const double *y, size_t n, double *products,
                                double *errors) {
    int bad = 0;
    for (size_t i = 0; i < n; i++) {
        double product = x[i] * y[i], size = fabs(product);
        products[i] = product;
        errors[i] = MULTIPLY_SUBTRACT(x[i], y[i], product);
        bad |= !(((size >= 0x1p-960) & (size <= 0x1.fffffffffffffp1023)) |
                 ((x[i] == 0) & (fabs(y[i]) <= 0x1.fffffffffffffp1023)) |
                 ((y[i] == 0) & (fabs(x[i]) <= 0x1.fffffffffffffp1023)));
    }
    return !bad;
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
    .two_products = two_products,
};

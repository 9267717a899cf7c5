/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops over the items of a block, for each set of instructions. All give the same bits: each
 * folds in 16 lanes as yoke/reduce.h says. They see at least one item, if nothing else is said.
 */
#ifndef YOKE_KERNELS_REDUCE_BLOCK_H
#define YOKE_KERNELS_REDUCE_BLOCK_H

#include "kernels/short_sum.h"
#include "yoke/isa.h"
#include "yoke/reduce.h"
#include "yoke/xsum.h"

enum {
    YOKE__LANES = 16,
    YOKE__MOMENTS_TILE = 4096,
    YOKE__XSUM_TILE = 4096, /* doubles that are added to a superaccumulator together */
    YOKE__XSUM_HALF = 2048  /* the same with their squares */
};

/* Wide items as they are computed with: signed integers wrap as unsigned ones do. */
#define YOKE__RING(W) __typeof__(_Generic((W)0, int64_t : (uint64_t)0, default : (W)0))

/* A NaN of min and max is the positive quiet one. */
#define YOKE__REDUCE_OPS(S, T, W)                                                                  \
    typedef struct yoke__reduce_##S {                                                              \
        W (*sum)(const T *x, size_t n);                                                            \
        W (*product)(const T *x, size_t n);                                                        \
        W (*dot)(const T *x, const T *y, size_t n);                                                \
        T (*min)(const T *x, size_t n);                                                            \
        T (*max)(const T *x, size_t n);                                                            \
        size_t (*count_equal)(const T *x, size_t n, T value);                                      \
        void (*moments)(const T *x, size_t n, yoke_moments *tile);                                 \
    } yoke__reduce_##S;
YOKE_TYPES(YOKE__REDUCE_OPS)

typedef struct yoke__reduce_ops {
    yoke__reduce_i32 i32;
    yoke__reduce_i64 i64;
    yoke__reduce_u32 u32;
    yoke__reduce_u64 u64;
    yoke__reduce_f32 f32;
    yoke__reduce_f64 f64;
    /* The sum of (scale x[i])^2. */
    double (*squares_f32)(const float *x, size_t n, double scale);
    double (*squares_f64)(const double *x, size_t n, double scale);
    size_t (*count)(const uint8_t *flags, size_t n);
    /* Add one tile, of YOKE__XSUM_TILE numbers or pairs at most, or return false and add nothing:
     * then they are special, tiny, or too far apart. *limit, a power of 2 or 0, is a guess of a
     * bound of their sizes (of the products), and then one for the next tile. */
    bool (*xsum_tile)(yoke_xsum *sum, const double *x, size_t n, double *limit);
    bool (*xsum_products)(yoke_xsum *sum, const double *x, const double *y, size_t n,
                          double *limit);
    /* The same for numbers, YOKE__XSUM_HALF at most, and their squares; *limit is one of their
     * sizes. */
    bool (*xsum_moments)(yoke_xsum *sum, yoke_xsum *squares, const double *x, size_t n,
                         double *limit);
    /* Adds product i to sum i mod YOKE__SHORT_LANES; n is a multiple of that. */
    void (*short_sums)(yoke__short_sums *sums, const double *x, const double *y, size_t n);
} yoke__reduce_ops;

extern const yoke__reduce_ops yoke__reduce_plain, yoke__reduce_avx2, yoke__reduce_avx512;
/* Those in use (yoke_isa_in_use). */
const yoke__reduce_ops *yoke__reduce_in_use(void);

/* The grain that yoke/reduce.h promises. */
size_t yoke__reduce_grain(size_t n);

#endif

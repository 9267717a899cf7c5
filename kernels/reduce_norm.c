/* SPDX-License-Identifier: Apache-2.0
 *
 * The Euclidean norm without overflow and underflow, after Blue (1978): three sums of squares, of
 * tiles whose squares fit, of those with large numbers, scaled down, and of those where all are
 * small, scaled up. Which one a tile belongs to shows in its plain sum of squares, so the usual
 * case costs one multiplication an item more than a sum. A small square that is lost in a tile
 * whose sum is not small counts for less than a rounding.
 */
#include "kernels/reduce_norm.h"

#include <math.h>

#include "kernels/reduce.h"

enum { TILE = 4096 };
#define SMALL 0x1p-900 /* a plain sum of squares below this has lost bits */
#define DOWN  0x1p-600
#define UP    0x1p600

void yoke__norm_add(yoke__norm *into, const yoke__norm *from) {
    into->large += from->large;
    into->plain += from->plain;
    into->small += from->small;
}

double yoke__norm_root(const yoke__norm *norm) {
    if (norm->large != 0) return sqrt(norm->large + norm->plain * DOWN * DOWN) * UP;
    if (norm->plain != 0) return sqrt(norm->plain + norm->small * DOWN * DOWN);
    return sqrt(norm->small) * DOWN;
}

static void no_norm(void *acc, const void *ctx) {
    *(yoke__norm *)acc = ((void)ctx, (yoke__norm){0, 0, 0});
}

static void combine(void *into, const void *from, const void *ctx) {
    (void)ctx;
    yoke__norm_add(into, from);
}

/* Floats never need the scales. */
#define NORM(S, T)                                                                                 \
    static void add_tile_##S(yoke__norm *norm, const T *x, size_t n,                               \
                             const yoke__reduce_ops *ops) {                                        \
        double sum = ops->squares_##S(x, n, 1);                                                    \
        if (sum >= SMALL && sum <= 0x1.fffffffffffffp1023)                                         \
            norm->plain += sum;                                                                    \
        else if (sum < SMALL)                                                                      \
            norm->small += ops->squares_##S(x, n, UP);                                             \
        else                                                                                       \
            norm->large += ops->squares_##S(x, n, DOWN);                                           \
    }                                                                                              \
    static void block_##S(void *acc, const void *items, size_t begin, size_t end,                  \
                          const void *ops) {                                                       \
        for (; begin < end; begin += TILE)                                                         \
            add_tile_##S(acc, (const T *)items + begin, end - begin < TILE ? end - begin : TILE,   \
                         ops);                                                                     \
    }                                                                                              \
    int yoke_norm2_##S(const T *x, size_t n, double *result, const yoke_run *run) {                \
        YOKE__KERNEL;                                                                              \
        if (yoke__run_repro(run) == YOKE_REPRO_EXACT)                                              \
            return yoke__told(yoke__exact_norm_##S(x, n, result, run), run, "yoke_norm2_" #S,      \
                              result, sizeof *result);                                             \
        yoke_reducer r = {sizeof(yoke__norm),    0,    no_norm, block_##S, combine,                \
                          yoke__reduce_in_use(), false};                                           \
        yoke__norm norm;                                                                           \
        YOKE_TRY(yoke__reduce_range(&r, x, 0, n, &norm, run));                                     \
        *result = yoke__norm_root(&norm);                                                          \
        return yoke__told(YOKE_OK, run, "yoke_norm2_" #S, result, sizeof *result);                 \
    }
NORM(f32, float)
NORM(f64, double)

/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrays into superaccumulators: tile by tile with vectors, and one by one where a tile has special
 * numbers, or such that lie too far apart.
 */
#include "kernels/reduce_block.h"
#include "kernels/xsum.h"

static size_t tile_size(size_t left) { return left < YOKE__XSUM_TILE ? left : YOKE__XSUM_TILE; }

static void add_tile(const yoke__reduce_ops *ops, yoke_xsum *sum, const double *x, size_t n,
                     double *limit) {
    if (!ops->xsum_tile(sum, x, n, limit)) yoke__xsum_add_each(sum, x, n);
}

static void add_products(const yoke__reduce_ops *ops, yoke_xsum *sum, const double *x,
                         const double *y, size_t n, double *limit) {
    if (ops->xsum_products(sum, x, y, n, limit)) return;
    for (size_t i = 0; i < n; i++) yoke_xsum_add_product(sum, x[i], y[i]);
}

void yoke_xsum_add_array(yoke_xsum *sum, const double *x, size_t n) {
    const yoke__reduce_ops *ops = yoke__reduce_in_use();
    double limit = 0;
    for (size_t i = 0; i < n; i += YOKE__XSUM_TILE)
        add_tile(ops, sum, x + i, tile_size(n - i), &limit);
}

void yoke_xsum_add_products(yoke_xsum *sum, const double *x, const double *y, size_t n) {
    const yoke__reduce_ops *ops = yoke__reduce_in_use();
    double limit = 0;
    for (size_t i = 0; i < n; i += YOKE__XSUM_TILE)
        add_products(ops, sum, x + i, y + i, tile_size(n - i), &limit);
}

void yoke__xsum_add_moments(yoke_xsum *sum, yoke_xsum *squares, const double *x, size_t n) {
    const yoke__reduce_ops *ops = yoke__reduce_in_use();
    double limits[3] = {0, 0, 0};
    for (size_t i = 0; i < n; i += YOKE__XSUM_HALF) {
        size_t m = n - i < YOKE__XSUM_HALF ? n - i : YOKE__XSUM_HALF;
        if (ops->xsum_moments(sum, squares, x + i, m, &limits[0])) continue;
        add_tile(ops, sum, x + i, m, &limits[1]);
        add_products(ops, squares, x + i, x + i, m, &limits[2]);
    }
}

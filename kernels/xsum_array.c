/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrays into superaccumulators: tile by tile with vectors, and one by one where a tile has special
 * numbers, or such that lie too far apart.
 */
#include "kernels/reduce_block.h"
#include "kernels/xsum.h"

void yoke_xsum_add_array(yoke_xsum *sum, const double *x, size_t n) {
    const yoke__reduce_ops *ops = yoke__reduce_in_use();
    double limit = 0;
    for (size_t i = 0; i < n; i += YOKE__XSUM_TILE) {
        size_t m = n - i < YOKE__XSUM_TILE ? n - i : YOKE__XSUM_TILE;
        if (!ops->xsum_tile(sum, x + i, m, &limit)) yoke__xsum_add_each(sum, x + i, m);
    }
}

void yoke_xsum_add_products(yoke_xsum *sum, const double *x, const double *y, size_t n) {
    const yoke__reduce_ops *ops = yoke__reduce_in_use();
    double limit = 0;
    for (size_t i = 0; i < n; i += YOKE__XSUM_TILE) {
        size_t m = n - i < YOKE__XSUM_TILE ? n - i : YOKE__XSUM_TILE;
        if (ops->xsum_products(sum, x + i, y + i, m, &limit)) continue;
        for (size_t j = i; j < i + m; j++) yoke_xsum_add_product(sum, x[j], y[j]);
    }
}

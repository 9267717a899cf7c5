/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrays into superaccumulators: tile by tile with vectors, and one by one where a tile has special
 * numbers, or such that lie too far apart.
 */
#include "kernels/reduce_block.h"
#include "kernels/xsum.h"

static void add_tiles(const yoke__reduce_ops *ops, yoke_xsum *sum, const double *x, size_t n,
                      double *limit) {
    for (size_t i = 0; i < n; i += YOKE__XSUM_TILE) {
        size_t m = n - i < YOKE__XSUM_TILE ? n - i : YOKE__XSUM_TILE;
        if (!ops->xsum_tile(sum, x + i, m, limit)) yoke__xsum_add_each(sum, x + i, m);
    }
}

void yoke_xsum_add_array(yoke_xsum *sum, const double *x, size_t n) {
    double limit = 0;
    add_tiles(yoke__reduce_in_use(), sum, x, n, &limit);
}

/* Products and their errors are two arrays of doubles. */
void yoke_xsum_add_products(yoke_xsum *sum, const double *x, const double *y, size_t n) {
    enum { PART = YOKE__XSUM_TILE };
    const yoke__reduce_ops *ops = yoke__reduce_in_use();
    double products[PART], errors[PART], limits[2] = {0, 0};
    for (size_t i = 0; i < n; i += PART) {
        size_t m = n - i < PART ? n - i : PART;
        if (ops->two_products(x + i, y + i, m, products, errors)) {
            add_tiles(ops, sum, products, m, &limits[0]);
            add_tiles(ops, sum, errors, m, &limits[1]);
        } else {
            for (size_t j = 0; j < m; j++) yoke_xsum_add_product(sum, x[i + j], y[i + j]);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * One row of points for one type and one set of instructions; see isa.inc.h. `terms` are the rows
 * of neighbours, each shifted so that the neighbour of point i is terms[t][i]. Sums stay in
 * registers while the terms go by; some at a time, so that additions do not wait for each other.
 */
#include "kernels/isa.inc.h"

typedef REAL ISA_(lanes) __attribute__((vector_size(ISA_BYTES), aligned(sizeof(REAL)), may_alias));

/* The points from i on as long as there are `vectors` whole vectors; returns the next one. */
ISA_TARGET static inline __attribute__((always_inline)) size_t
ISA_(stencil_points)(REAL *to, const REAL *const *terms, const REAL *weights, size_t count,
                     size_t i, size_t n, bool add, size_t vectors) {
    typedef ISA_(lanes) lanes;
    enum { LANES = ISA_BYTES / sizeof(REAL) };
    for (; i + vectors * LANES <= n; i += vectors * LANES) {
        lanes sum[4];
        for (size_t v = 0; v < vectors; v++)
            sum[v] = weights[0] * *(const lanes *)(terms[0] + i + v * LANES);
        for (size_t t = 1; t < count; t++)
            for (size_t v = 0; v < vectors; v++)
                sum[v] += weights[t] * *(const lanes *)(terms[t] + i + v * LANES);
        for (size_t v = 0; v < vectors; v++) {
            lanes *point = (lanes *)(to + i + v * LANES);
            if (add) sum[v] = *point + sum[v];
            *point = sum[v];
        }
    }
    return i;
}

ISA_TARGET static void ISA_(stencil_row)(REAL *to, const REAL *const *terms, const REAL *weights,
                                         size_t count, size_t n, bool add) {
    size_t i = ISA_(stencil_points)(to, terms, weights, count, 0, n, add, 4);
    i = ISA_(stencil_points)(to, terms, weights, count, i, n, add, 1);
    for (; i < n; i++) {
        REAL sum = weights[0] * terms[0][i];
        for (size_t t = 1; t < count; t++) sum += weights[t] * terms[t][i];
        to[i] = add ? to[i] + sum : sum;
    }
}

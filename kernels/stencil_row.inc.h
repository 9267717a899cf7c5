/* SPDX-License-Identifier: Apache-2.0
 *
 * One row of points for one type and one set of instructions; see isa.inc.h. `terms` are the rows
 * of neighbours, each shifted so that the neighbour of point i is terms[t][i]. Sums stay in
 * registers while the terms go by; some at a time, so that additions do not wait for each other.
 *
 * Vectors lie in whole lines of the cache: with 64 bytes, each store that does not would take two.
 * What is before the first line and behind the last vector is computed by vectors that overlap
 * others, since the same sums come out again; where they are added to what is there, one by one.
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

/* The points from i on one by one. */
ISA_TARGET static inline void ISA_(stencil_singles)(REAL *to, const REAL *const *terms,
                                                    const REAL *weights, size_t count, size_t i,
                                                    size_t n, bool add) {
    for (; i < n; i++) {
        REAL sum = weights[0] * terms[0][i];
        for (size_t t = 1; t < count; t++) sum += weights[t] * terms[t][i];
        to[i] = add ? to[i] + sum : sum;
    }
}

ISA_TARGET static void ISA_(stencil_row)(REAL *to, const REAL *const *terms, const REAL *weights,
                                         size_t count, size_t n, bool add) {
    enum { LINE = 64 / sizeof(REAL), LANES = ISA_BYTES / sizeof(REAL) };
    bool overlap = !add && n >= 2 * LINE;
    size_t i = 0;
    if (overlap) {
        i = -(uintptr_t)to % 64 / sizeof(REAL); /* where the first line begins */
        ISA_(stencil_points)(to, terms, weights, count, 0, i + LANES - 1, false, 1);
    }
    i = ISA_(stencil_points)(to, terms, weights, count, i, n, add, 4);
    i = ISA_(stencil_points)(to, terms, weights, count, i, n, add, 1);
    if (overlap)
        ISA_(stencil_points)(to, terms, weights, count, n - LANES, n, false, 1);
    else
        ISA_(stencil_singles)(to, terms, weights, count, i, n, add);
}

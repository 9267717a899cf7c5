/* SPDX-License-Identifier: Apache-2.0 */
/* A reducer of doubles over an array of floats. */
#include "yoke/reduce.h"

static inline double same(double x) { return x; }
static inline double plus(double a, double b) { return a + b; }
YOKE_DEFINE_REDUCER(total, double, double, 0.0, same, plus)

int use(const float *x, size_t n, double *result);
int use(const float *x, size_t n, double *result) {
    int status = 0;
    status = total(x, n, result, NULL); /* must not compile */
    (void)x, (void)n, (void)result, (void)total;
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a reducer has the type of its accumulator. */
#include "yoke/reduce.h"

static inline double as_double(int x) { return x; }
static inline double plus(double a, double b) { return a + b; }
YOKE_DEFINE_REDUCER(total, int, double, 0.0, as_double, plus)

int use(const int *x, size_t n, float *result);
int use(const int *x, size_t n, float *result) {
    int status = 0;
    status = total(x, n, result, NULL); /* must not compile */
    (void)x, (void)n, (void)result, (void)total;
    return status;
}

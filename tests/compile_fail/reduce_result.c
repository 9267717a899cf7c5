/* SPDX-License-Identifier: Apache-2.0 */
/* The sum of 32-bit integers has 64 bits. */
#include "yoke/reduce.h"

int use(const int32_t *x, size_t n, int32_t *result);
int use(const int32_t *x, size_t n, int32_t *result) {
    int status = 0;
    status = yoke_sum(x, n, result, NULL); /* must not compile */
    (void)x, (void)n, (void)result;
    return status;
}

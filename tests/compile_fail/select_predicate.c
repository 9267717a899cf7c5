/* SPDX-License-Identifier: Apache-2.0 */
/* Items of another type than that of the test. */
#include <stdbool.h>

#include "yoke/select.h"

static inline bool is_even(uint32_t x, const void *ctx) {
    (void)ctx;
    return x % 2 == 0;
}
YOKE_DEFINE_PREDICATE(even, uint32_t, is_even)

int keep(const double *items, size_t n, uint32_t *to, size_t *count);
int keep(const double *items, size_t n, uint32_t *to, size_t *count) {
    (void)items;
    return
        even_select(items, n, NULL, to, count, NULL) + /* must not compile */
        even_places(to, n, NULL, NULL, count, NULL) + even_partition(to, n, NULL, to, count, NULL);
}

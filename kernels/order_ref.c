/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial references of exact quantiles and exact numbers of distinct items.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/distinct.h"
#include "yoke/quantiles.h"
#include "yoke/sort.h"

/* How many of n items come before the one at place ceil(fraction n), from 1. */
static size_t before(double fraction, size_t n) {
    double place = ceil(fraction * (double)n);
    return place < 1 ? 0 : (size_t)place - 1;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define QUANTILES(T, type, wide)                                                                   \
    int yoke_quantiles_exact_##T##_ref(const type *items, size_t n, const double *fractions,       \
                                       size_t m, type numbers[]) {                                 \
        type *sorted = calloc(n + 1, sizeof *sorted);                                              \
        if (!sorted) return yoke_fail(YOKE_ENOMEM, NULL);                                          \
        memcpy(sorted, items, n * sizeof *sorted);                                                 \
        int status = yoke_sort_##T##_ref(sorted, n, YOKE_ASCENDING);                               \
        for (size_t i = 0; i < m && status == YOKE_OK; i++)                                        \
            numbers[i] = sorted[before(fractions[i], n)];                                          \
        free(sorted);                                                                              \
        return status;                                                                             \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(QUANTILES)

static bool same_bits(const void *a, const void *b, size_t size) { return !memcmp(a, b, size); }

#define DISTINCT(T, type, wide)                                                                    \
    static bool same_##T(type a, type b) { return a == b || same_bits(&a, &b, sizeof a); }         \
    size_t yoke_distinct_exact_##T##_ref(const type *items, size_t n) {                            \
        size_t count = 0;                                                                          \
        for (size_t i = 0, j; i < n; i++) {                                                        \
            for (j = 0; j < i && !same_##T(items[j], items[i]);) j++;                              \
            count += j == i;                                                                       \
        }                                                                                          \
        return count;                                                                              \
    }
YOKE_TYPES(DISTINCT)

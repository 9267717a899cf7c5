/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial references of the sorts: a merge sort of indices, stable and simple, by a comparison
 * that is written down separately for each kind of key. All else follows from the indices.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels/sort_typed.h"

/* ---- what comes first ---- */

/* As yoke/sort.h states the order of floating-point numbers: by sign, then by magnitude. */
#define DEFINE_BEFORE_REAL(T, type, bits_type)                                                     \
    static bool before_##T(type a, type b) {                                                       \
        bits_type x, y, sign = (bits_type)1 << (8 * sizeof(type) - 1);                             \
        memcpy(&x, &a, sizeof x);                                                                  \
        memcpy(&y, &b, sizeof y);                                                                  \
        if ((x & sign) != (y & sign)) return x & sign;                                             \
        return x & sign ? x > y : x < y;                                                           \
    }
#define DEFINE_BEFORE(T, type)                                                                     \
    static bool before_##T(type a, type b) { return a < b; }
DEFINE_BEFORE(i32, int32_t)
DEFINE_BEFORE(i64, int64_t)
DEFINE_BEFORE(u32, uint32_t)
DEFINE_BEFORE(u64, uint64_t)
DEFINE_BEFORE_REAL(f32, float, uint32_t)
DEFINE_BEFORE_REAL(f64, double, uint64_t)

/* ---- indices ---- */

typedef bool before_fn(const void *keys, size_t i, size_t j, yoke_sort_order order);

#define DEFINE_BEFORE_AT(T, type, kind)                                                            \
    static bool before_at_##T(const void *keys, size_t i, size_t j, yoke_sort_order order) {       \
        const type *k = keys;                                                                      \
        return order == YOKE_ASCENDING ? before_##T(k[i], k[j]) : before_##T(k[j], k[i]);          \
    }
YOKE__SORT_EACH_TYPE(DEFINE_BEFORE_AT)

static void merge_halves(const void *keys, yoke_sort_order order, before_fn *before,
                         const uint64_t *from, size_t half, size_t n, uint64_t *to) {
    size_t i = 0, j = half;
    for (size_t k = 0; k < n; k++) {
        bool second = i == half || (j < n && before(keys, from[j], from[i], order));
        to[k] = second ? from[j++] : from[i++];
    }
}

static void sort_index(const void *keys, yoke_sort_order order, before_fn *before, uint64_t *index,
                       uint64_t *spare, size_t n) {
    if (n < 2) return;
    size_t half = n / 2;
    sort_index(keys, order, before, index, spare, half);
    sort_index(keys, order, before, index + half, spare, n - half);
    memcpy(spare, index, n * sizeof *index);
    merge_halves(keys, order, before, spare, half, n, index);
}

static int argsort(const void *keys, size_t n, yoke_sort_order order, before_fn *before,
                   uint64_t *index) {
    YOKE_TRY(yoke__sort_order_check(order));
    uint64_t *spare = calloc(n + 1, sizeof *spare);
    if (!spare) return yoke_fail(YOKE_ENOMEM, "sort: no memory for %zu indices", n);
    for (size_t i = 0; i < n; i++) index[i] = i;
    sort_index(keys, order, before, index, spare, n);
    free(spare);
    return YOKE_OK;
}

/* ---- what follows from them ---- */

static int follow(void *values, size_t size, const uint64_t *index, size_t n) {
    char *copy = calloc(n + 1, size);
    if (!copy) return yoke_fail(YOKE_ENOMEM, "sort: no memory for %zu values", n);
    if (n) memcpy(copy, values, n * size);
    for (size_t i = 0; i < n; i++) memcpy((char *)values + i * size, copy + index[i] * size, size);
    free(copy);
    return YOKE_OK;
}

/* The n keys to `to`: those before the one behind them, those equal to it, and the others. */
static void part_by_last(const void *keys, size_t n, yoke_sort_order order, before_fn *before,
                         void *to, size_t size) {
    const char *from = keys;
    char *at = to;
    for (int place = -1; place <= 1; place++) {
        for (size_t i = 0; i < n; i++) {
            int side = before(keys, n, i, order) - before(keys, i, n, order);
            if (side != place) continue;
            memcpy(at, from + i * size, size);
            at += size;
        }
    }
}

static int sort_pairs(void *keys, size_t key_size, void *values, size_t size, size_t n,
                      yoke_sort_order order, before_fn *before) {
    uint64_t *index = calloc(n + 1, sizeof *index);
    if (!index) return yoke_fail(YOKE_ENOMEM, "sort: no memory for %zu indices", n);
    int status = argsort(keys, n, order, before, index);
    if (status == YOKE_OK) status = follow(keys, key_size, index, n);
    if (status == YOKE_OK && values) status = follow(values, size, index, n);
    free(index);
    return status;
}

#define TEMPLATE "kernels/sort_ref.inc.h"
#include "kernels/each_type.inc.h"

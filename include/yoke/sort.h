/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting arrays of keys, keys with values, and elements of any kind.
 *
 *     int32_t *keys; double *values;
 *     YOKE_TRY(yoke_sort(keys, n, YOKE_ASCENDING, &run));
 *     YOKE_TRY(yoke_sort_pairs(values, rows, sizeof *rows, n, YOKE_DESCENDING, &run));
 *
 * T is one of i32, i64, u32, u64 (int32_t to uint64_t), f32, f64 (float, double); names without a
 * type choose it by the first argument.
 *
 * The order of floating-point numbers is IEEE 754's totalOrder: NaN with the sign bit set, by
 * falling payload; -infinity to -0; +0 to +infinity; NaN without sign, by rising payload. So -0
 * comes before +0, and keys that are equal have the same bits. Descending is the reverse of it.
 *
 * Results do not depend on the number of threads, nor on the instructions in use. Whatever carries
 * more than its key (values, indices, elements that are compared by a function) is sorted stably:
 * equal keys stay in their order, also in descending order.
 *
 * All parallel functions return what any kernel can (yoke/run.h) and YOKE_ENOMEM. After a failure
 * the contents of arrays that are written to are unspecified, except after YOKE_EINVAL and
 * YOKE_ENOMEM, where they are untouched unless a function says otherwise. No two arrays of a call
 * may overlap. Arrays of no elements may be NULL. Functions named ..._ref are the serial
 * references: simple, slow, with the same result; they return YOKE_OK, YOKE_EINVAL, or YOKE_ENOMEM.
 */
#ifndef YOKE_SORT_H
#define YOKE_SORT_H

#include <stdbool.h>

#include "yoke/run.h"
#include "yoke/typed.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_sort_order { YOKE_ASCENDING, YOKE_DESCENDING } yoke_sort_order;

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */

/* ---- keys ----
 *
 * int yoke_sort_T(T *keys, size_t n, yoke_sort_order order, const yoke_run *run)
 *     Sorts n keys. Radix sort by most significant digits, down to buckets that a sorting network
 *     takes. Time is O(n) for any keys; works in n keys of scratch and some MB for each thread.
 *     Sorted keys are only read. From 2^16 keys on, those that are sorted but for a tenth or so are
 *     parted into a rising sequence and the rest, which alone is sorted (drop-merge sort, E.
 *     Ernerfeldt): more than twice as fast for one in a hundred, in n / 8 keys more of scratch.
 *     What carries values or indices does not gain by that.
 * int yoke_is_sorted_T(const T *keys, size_t n, yoke_sort_order order, bool *sorted,
 *                      const yoke_run *run)
 *     Whether no key comes before its predecessor. */
#define YOKE_SORT_KEYS_(T, type)                                                                   \
    YOKE_API int yoke_sort_##T(type *keys, size_t n, yoke_sort_order order, const yoke_run *run);  \
    YOKE_API int yoke_sort_##T##_ref(type *keys, size_t n, yoke_sort_order order);                 \
    YOKE_API int yoke_is_sorted_##T(const type *keys, size_t n, yoke_sort_order order,             \
                                    bool *sorted, const yoke_run *run);                            \
    YOKE_API int yoke_is_sorted_##T##_ref(const type *keys, size_t n, yoke_sort_order order,       \
                                          bool *sorted);

/* ---- keys with values ----
 *
 * int yoke_sort_pairs_T(T *keys, void *values, size_t size, size_t n, yoke_sort_order order,
 *                       const yoke_run *run)
 *     Sorts n keys, and values of `size` bytes (1 or more) with them, stably. Values of 4 and 8
 *     bytes move with their keys, in up to 32 n bytes of scratch; those of other sizes are
 *     fetched at the end, by index, which takes memory of its own for 8 n bytes and a copy.
 * int yoke_argsort_T(const T *keys, size_t n, yoke_sort_order order, uint64_t *index,
 *                    const yoke_run *run)
 * int yoke_argsort32_T(const T *keys, size_t n, yoke_sort_order order, uint32_t *index,
 *                      const yoke_run *run)
 *     index[i] becomes the place, before sorting, of the key that stable sorting would put at i.
 *     The second returns YOKE_EINVAL for more than 2^32 keys, and is faster; yoke_argsort_ref is
 *     the reference of yoke_argsort32, too. */
#define YOKE_SORT_PAIRS_(T, type)                                                                  \
    YOKE_API int yoke_sort_pairs_##T(type *keys, void *values, size_t size, size_t n,              \
                                     yoke_sort_order order, const yoke_run *run);                  \
    YOKE_API int yoke_sort_pairs_##T##_ref(type *keys, void *values, size_t size, size_t n,        \
                                           yoke_sort_order order);                                 \
    YOKE_API int yoke_argsort_##T(const type *keys, size_t n, yoke_sort_order order,               \
                                  uint64_t *index, const yoke_run *run);                           \
    YOKE_API int yoke_argsort32_##T(const type *keys, size_t n, yoke_sort_order order,             \
                                    uint32_t *index, const yoke_run *run);                         \
    YOKE_API int yoke_argsort_##T##_ref(const type *keys, size_t n, yoke_sort_order order,         \
                                        uint64_t *index);

/* ---- some of the keys ----
 *
 * int yoke_nth_T(T *keys, size_t n, size_t nth, yoke_sort_order order, const yoke_run *run)
 *     Puts the key at `nth` (below n) that sorting would put there, before it the keys that come
 *     before it, in their old order, then those that are equal to it, then all others, in their old
 *     order. Works in n keys of scratch.
 * int yoke_partial_sort_T(T *keys, size_t n, size_t count, yoke_sort_order order,
 *                         const yoke_run *run)
 *     The same for the last of the first `count` keys (n at most); those before it are sorted, too.
 * int yoke_top_T(const T *keys, size_t n, size_t count, yoke_sort_order order, T *top,
 *                const yoke_run *run)
 *     Writes the first `count` keys (n at most) of the order, sorted, to `top`: the largest ones
 *     when it is descending. Two passes over the keys.
 * All three return YOKE_EINVAL for a place that there is not, and take memory of their own, mostly
 * for a small part of the keys. */
#define YOKE_SORT_SELECT_(T, type)                                                                 \
    YOKE_API int yoke_nth_##T(type *keys, size_t n, size_t nth, yoke_sort_order order,             \
                              const yoke_run *run);                                                \
    YOKE_API int yoke_nth_##T##_ref(type *keys, size_t n, size_t nth, yoke_sort_order order);      \
    YOKE_API int yoke_partial_sort_##T(type *keys, size_t n, size_t count, yoke_sort_order order,  \
                                       const yoke_run *run);                                       \
    YOKE_API int yoke_partial_sort_##T##_ref(type *keys, size_t n, size_t count,                   \
                                             yoke_sort_order order);                               \
    YOKE_API int yoke_top_##T(const type *keys, size_t n, size_t count, yoke_sort_order order,     \
                              type *top, const yoke_run *run);                                     \
    YOKE_API int yoke_top_##T##_ref(const type *keys, size_t n, size_t count,                      \
                                    yoke_sort_order order, type *top);

/* ---- segments ----
 *
 * int yoke_sort_segments_T(T *keys, const size_t *offsets, size_t count, yoke_sort_order order,
 *                          const yoke_run *run)
 *     Sorts each of `count` segments; segment i has the keys from offsets[i] to offsets[i + 1] - 1.
 *     There are count + 1 offsets (none is read when count is 0), and none is less than the one
 *     before: YOKE_EINVAL. */
#define YOKE_SORT_SEGMENTS_(T, type)                                                               \
    YOKE_API int yoke_sort_segments_##T(type *keys, const size_t *offsets, size_t count,           \
                                        yoke_sort_order order, const yoke_run *run);               \
    YOKE_API int yoke_sort_segments_##T##_ref(type *keys, const size_t *offsets, size_t count,     \
                                              yoke_sort_order order);

/* NOLINTEND(bugprone-macro-parentheses) */

/* clang-format off */
#define YOKE_SORT_DECLARE_(T, type, wide)                                                                \
    YOKE_SORT_KEYS_(T, type)                                                                       \
    YOKE_SORT_PAIRS_(T, type)                                                                      \
    YOKE_SORT_SELECT_(T, type)                                                                     \
    YOKE_SORT_SEGMENTS_(T, type)
YOKE_TYPES(YOKE_SORT_DECLARE_)
/* clang-format on */
#define yoke_sort(keys, n, order, run) YOKE_TYPED(yoke_sort, keys)(keys, n, order, run)
#define yoke_is_sorted(keys, n, order, sorted, run)                                                \
    YOKE_TYPED(yoke_is_sorted, keys)(keys, n, order, sorted, run)
#define yoke_sort_pairs(keys, values, size, n, order, run)                                         \
    YOKE_TYPED(yoke_sort_pairs, keys)(keys, values, size, n, order, run)
#define yoke_argsort(keys, n, order, index, run)                                                   \
    YOKE_TYPED(yoke_argsort, keys)(keys, n, order, index, run)
#define yoke_argsort32(keys, n, order, index, run)                                                 \
    YOKE_TYPED(yoke_argsort32, keys)(keys, n, order, index, run)
#define yoke_nth(keys, n, nth, order, run) YOKE_TYPED(yoke_nth, keys)(keys, n, nth, order, run)
#define yoke_partial_sort(keys, n, count, order, run)                                              \
    YOKE_TYPED(yoke_partial_sort, keys)(keys, n, count, order, run)
#define yoke_top(keys, n, count, order, top, run)                                                  \
    YOKE_TYPED(yoke_top, keys)(keys, n, count, order, top, run)
#define yoke_sort_segments(keys, offsets, count, order, run)                                       \
    YOKE_TYPED(yoke_sort_segments, keys)(keys, offsets, count, order, run)

/* ---- elements of any kind ---- */

/* Negative when a comes before b, 0 when they are equal in order, positive when it comes after. Is
 * called by several threads at the same time. Must be a strict weak order; if it contradicts
 * itself, the result is unspecified. */
typedef int yoke_compare_fn(const void *a, const void *b, void *ctx);

/* Sorts n items of `size` bytes (1 or more), stably: a parallel merge sort, in n items of scratch.
 * Items are moved as bytes. YOKE_EINVAL for no size or no comparison. */
YOKE_API int yoke_sort_by(void *items, size_t n, size_t size, yoke_compare_fn *compare, void *ctx,
                          const yoke_run *run);
YOKE_API int yoke_sort_by_ref(void *items, size_t n, size_t size, yoke_compare_fn *compare,
                              void *ctx);

/* Merges two sorted arrays to `to`, which has room for na + nb items and overlaps neither; of equal
 * items those of a come first. */
YOKE_API int yoke_merge_by(const void *a, size_t na, const void *b, size_t nb, void *to,
                           size_t size, yoke_compare_fn *compare, void *ctx, const yoke_run *run);
YOKE_API int yoke_merge_by_ref(const void *a, size_t na, const void *b, size_t nb, void *to,
                               size_t size, yoke_compare_fn *compare, void *ctx);

#ifdef __cplusplus
}
#endif
#endif

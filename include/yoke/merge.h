/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging sorted arrays, and set operations on them.
 *
 *     uint64_t *both; size_t count;
 *     YOKE_TRY(yoke_merge(a, na, b, nb, YOKE_ASCENDING, to, &run));
 *     YOKE_TRY(yoke_set_intersection(a, na, b, nb, YOKE_ASCENDING, both, &count, &run));
 *
 * Types, the order of keys, statuses and references are those of yoke/sort.h. Both arrays must be
 * sorted in the order that is given; this is not checked, and if they are not, a result is
 * unspecified, or YOKE_EINVAL. The result may overlap neither.
 *
 * Set operations are those of std::set_union and its relatives, on multisets: of a key that occurs
 * m times in a and n times in b, the result has so many:
 *
 *     union                 the larger of m and n
 *     intersection          the smaller
 *     difference            m - n, or none
 *     symmetric difference  the difference of m and n
 *
 * The parallel functions share the work out by keys: where one key makes up most of both arrays,
 * one thread does most of the work.
 */
#ifndef YOKE_MERGE_H
#define YOKE_MERGE_H

#include "yoke/sort.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */

/* int yoke_merge_T(const T *a, size_t na, const T *b, size_t nb, yoke_sort_order order, T *to,
 *                  const yoke_run *run)
 *     All na + nb keys, sorted, to `to`. */
#define YOKE_MERGE_DECLARE_(T, type)                                                               \
    YOKE_API int yoke_merge_##T(const type *a, size_t na, const type *b, size_t nb,                \
                                yoke_sort_order order, type *to, const yoke_run *run);             \
    YOKE_API int yoke_merge_##T##_ref(const type *a, size_t na, const type *b, size_t nb,          \
                                      yoke_sort_order order, type *to);

/* int yoke_set_union_T(const T *a, size_t na, const T *b, size_t nb, yoke_sort_order order, T *to,
 *                      size_t *count, const yoke_run *run)
 * int yoke_set_intersection_T(...), yoke_set_difference_T(...), yoke_set_symmetric_T(...)
 *     The keys of the result, sorted, to `to`, and their number to *count. `to` has room for
 *     na + nb keys; the smaller of both for an intersection; na for a difference. */
#define YOKE_SET_DECLARE_(T, type, kind)                                                           \
    YOKE_API int yoke_set_##kind##_##T(const type *a, size_t na, const type *b, size_t nb,         \
                                       yoke_sort_order order, type *to, size_t *count,             \
                                       const yoke_run *run);                                       \
    YOKE_API int yoke_set_##kind##_##T##_ref(const type *a, size_t na, const type *b, size_t nb,   \
                                             yoke_sort_order order, type *to, size_t *count);

/* NOLINTEND(bugprone-macro-parentheses) */

/* clang-format off */
#define YOKE_SETS_DECLARE_(T, type, wide)                                                                \
    YOKE_MERGE_DECLARE_(T, type)                                                                   \
    YOKE_SET_DECLARE_(T, type, union)                                                              \
    YOKE_SET_DECLARE_(T, type, intersection)                                                       \
    YOKE_SET_DECLARE_(T, type, difference)                                                         \
    YOKE_SET_DECLARE_(T, type, symmetric)
YOKE_TYPES(YOKE_SETS_DECLARE_)
/* clang-format on */

#define yoke_merge(a, na, b, nb, order, to, run)                                                   \
    YOKE_TYPED(yoke_merge, a)(a, na, b, nb, order, to, run)
#define yoke_set_union(a, na, b, nb, order, to, count, run)                                        \
    YOKE_TYPED(yoke_set_union, a)(a, na, b, nb, order, to, count, run)
#define yoke_set_intersection(a, na, b, nb, order, to, count, run)                                 \
    YOKE_TYPED(yoke_set_intersection, a)(a, na, b, nb, order, to, count, run)
#define yoke_set_difference(a, na, b, nb, order, to, count, run)                                   \
    YOKE_TYPED(yoke_set_difference, a)(a, na, b, nb, order, to, count, run)
#define yoke_set_symmetric(a, na, b, nb, order, to, count, run)                                    \
    YOKE_TYPED(yoke_set_symmetric, a)(a, na, b, nb, order, to, count, run)

#ifdef __cplusplus
}
#endif
#endif

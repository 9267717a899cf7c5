/* SPDX-License-Identifier: Apache-2.0
 *
 * From typed names to what kernels/sort.h knows.
 */
#ifndef YOKE_KERNELS_SORT_TYPED_H
#define YOKE_KERNELS_SORT_TYPED_H

#include <stdatomic.h>

#include "kernels/sort.h"

/* macro(T, type, kind) for each type of key. */
#define YOKE__SORT_EACH_TYPE(macro)                                                                \
    macro(i32, int32_t, YOKE__KEY_SIGNED) macro(i64, int64_t, YOKE__KEY_SIGNED)                    \
        macro(u32, uint32_t, YOKE__KEY_UNSIGNED) macro(u64, uint64_t, YOKE__KEY_UNSIGNED)          \
            macro(f32, float, YOKE__KEY_REAL) macro(f64, double, YOKE__KEY_REAL)

/* n keys of a typed array. */
#define ARRAYS(array, count, kind, order)                                                          \
    {                                                                                              \
        .n = (count), .keys = (array), .key_size = sizeof *(array),                                \
        .ranking = yoke__ranking_of(kind, 8 * (int)sizeof *(array), order)                         \
    }

/* YOKE_EINVAL when there is no such order. */
int yoke__sort_order_check(yoke_sort_order order);
int yoke__sort_is_sorted(const yoke__sort_arrays *arrays, bool *sorted, const yoke_run *run);
/* Sorts keys and values of any size; fills in the values of `arrays`. */
int yoke__sort_pairs(yoke__sort_arrays *arrays, void *values, size_t size, const yoke_run *run);

/* nth: *less becomes how many keys come before it. */
int yoke__sort_nth(const yoke__sort_arrays *arrays, size_t nth, size_t *less, const yoke_run *run);
int yoke__sort_partly(const yoke__sort_arrays *arrays, size_t count, const yoke_run *run);
int yoke__sort_top(const yoke__sort_arrays *arrays, size_t count, void *top, const yoke_run *run);
int yoke__sort_segments(const yoke__sort_arrays *arrays, const size_t *offsets, size_t count,
                        const yoke_run *run);

#endif

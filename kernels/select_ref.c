/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial references of yoke/select.h: one loop each.
 */
#include <stdbool.h>

#include "yoke/select.h"

size_t yoke_select_places_ref(const unsigned char *flags, size_t n, uint64_t *to) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (flags[i]) to[count++] = i;
    return count;
}

#define HOLDS(T, type, wide)                                                                       \
    static bool holds_##T(type item, yoke_relation relation, type value) {                         \
        switch (relation) {                                                                        \
        case YOKE_RELATION_EQUAL: return item == value;                                            \
        case YOKE_RELATION_NOT_EQUAL: return item != value;                                        \
        case YOKE_RELATION_LESS: return item < value;                                              \
        case YOKE_RELATION_LESS_EQUAL: return item <= value;                                       \
        case YOKE_RELATION_GREATER: return item > value;                                           \
        case YOKE_RELATION_GREATER_EQUAL: return item >= value;                                    \
        }                                                                                          \
        return false;                                                                              \
    }
YOKE_TYPES(HOLDS)

#define SELECT(T, type, wide)                                                                      \
    size_t yoke_select_##T##_ref(const type *from, const unsigned char *flags, size_t n,           \
                                 type to[]) {                                                      \
        size_t count = 0;                                                                          \
        for (size_t i = 0; i < n; i++)                                                             \
            if (flags[i]) to[count++] = from[i];                                                   \
        return count;                                                                              \
    }                                                                                              \
    size_t yoke_select_where_##T##_ref(const type *from, size_t n, yoke_relation relation,         \
                                       type value, type to[]) {                                    \
        size_t count = 0;                                                                          \
        for (size_t i = 0; i < n; i++)                                                             \
            if (holds_##T(from[i], relation, value)) to[count++] = from[i];                        \
        return count;                                                                              \
    }
YOKE_TYPES(SELECT)

#define PARTITION(T, type, wide)                                                                   \
    size_t yoke_partition_##T##_ref(const type *from, const unsigned char *flags, size_t n,        \
                                    type to[]) {                                                   \
        size_t count = yoke_select_##T##_ref(from, flags, n, to), at = count;                      \
        for (size_t i = 0; i < n; i++)                                                             \
            if (!flags[i]) to[at++] = from[i];                                                     \
        return count;                                                                              \
    }                                                                                              \
    size_t yoke_partition_where_##T##_ref(const type *from, size_t n, yoke_relation relation,      \
                                          type value, type to[]) {                                 \
        size_t count = yoke_select_where_##T##_ref(from, n, relation, value, to), at = count;      \
        for (size_t i = 0; i < n; i++)                                                             \
            if (!holds_##T(from[i], relation, value)) to[at++] = from[i];                          \
        return count;                                                                              \
    }
YOKE_TYPES(PARTITION)

#define PARTITION3(T, type, wide)                                                                  \
    void yoke_partition3_##T##_ref(const type *from, size_t n, type low, type high, type to[],     \
                                   size_t counts[3]) {                                             \
        size_t at = 0;                                                                             \
        for (int part = 0; part < 3; part++) {                                                     \
            size_t before = at;                                                                    \
            for (size_t i = 0; i < n; i++)                                                         \
                if ((from[i] < low ? 0 : from[i] > high ? 2 : 1) == part) to[at++] = from[i];      \
            counts[part] = at - before;                                                            \
        }                                                                                          \
    }
YOKE_TYPES(PARTITION3)

#define RUNS(T, type, wide)                                                                        \
    size_t yoke_unique_##T##_ref(const type *from, size_t n, type to[]) {                          \
        size_t count = 0;                                                                          \
        for (size_t i = 0; i < n; i++)                                                             \
            if (i == 0 || from[i] != from[i - 1]) to[count++] = from[i];                           \
        return count;                                                                              \
    }                                                                                              \
    size_t yoke_rle_encode_##T##_ref(const type *from, size_t n, type items[],                     \
                                     uint64_t *lengths) {                                          \
        size_t count = 0;                                                                          \
        for (size_t i = 0; i < n; lengths[count - 1]++, i++)                                       \
            if (i == 0 || from[i] != from[i - 1]) items[count] = from[i], lengths[count++] = 0;    \
        return count;                                                                              \
    }                                                                                              \
    size_t yoke_rle_decode_##T##_ref(const type items[], const uint64_t *lengths, size_t runs,     \
                                     type to[]) {                                                  \
        size_t n = 0;                                                                              \
        for (size_t i = 0; i < runs; i++)                                                          \
            for (uint64_t j = 0; j < lengths[i]; j++) to[n++] = items[i];                          \
        return n;                                                                                  \
    }
YOKE_TYPES(RUNS)

/* `wide` is unsigned for integers, so that they wrap. */
#define DIFFERENCE(T, type, wide)                                                                  \
    void yoke_difference_##T##_ref(const type *from, size_t n, type to[]) {                        \
        for (size_t i = 0; i < n; i++)                                                             \
            to[i] = i == 0 ? from[i] : (type)((wide)from[i] - (wide)from[i - 1]);                  \
    }
DIFFERENCE(i32, int32_t, uint32_t)
DIFFERENCE(i64, int64_t, uint64_t)
DIFFERENCE(u32, uint32_t, uint32_t)
DIFFERENCE(u64, uint64_t, uint64_t)
DIFFERENCE(f32, float, float)
DIFFERENCE(f64, double, double)

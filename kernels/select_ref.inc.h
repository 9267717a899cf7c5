/* SPDX-License-Identifier: Apache-2.0
 *
 * References of selecting for one type (kernels/template.h).
 */
static bool NAME(holds)(T item, yoke_relation relation, T value) {
    switch (relation) {
    case YOKE_RELATION_EQUAL: return item == value;
    case YOKE_RELATION_NOT_EQUAL: return item != value;
    case YOKE_RELATION_LESS: return item < value;
    case YOKE_RELATION_LESS_EQUAL: return item <= value;
    case YOKE_RELATION_GREATER: return item > value;
    case YOKE_RELATION_GREATER_EQUAL: return item >= value;
    }
    return false;
}

size_t NAME_REF(yoke_select)(const T *from, const unsigned char *flags, size_t n, T to[]) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (flags[i]) to[count++] = from[i];
    return count;
}

size_t NAME_REF(yoke_select_where)(const T *from, size_t n, yoke_relation relation, T value,
                                   T to[]) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (NAME(holds)(from[i], relation, value)) to[count++] = from[i];
    return count;
}

size_t NAME_REF(yoke_partition)(const T *from, const unsigned char *flags, size_t n, T to[]) {
    size_t count = NAME_REF(yoke_select)(from, flags, n, to), at = count;
    for (size_t i = 0; i < n; i++)
        if (!flags[i]) to[at++] = from[i];
    return count;
}

size_t NAME_REF(yoke_partition_where)(const T *from, size_t n, yoke_relation relation, T value,
                                      T to[]) {
    size_t count = NAME_REF(yoke_select_where)(from, n, relation, value, to), at = count;
    for (size_t i = 0; i < n; i++)
        if (!NAME(holds)(from[i], relation, value)) to[at++] = from[i];
    return count;
}

void NAME_REF(yoke_partition3)(const T *from, size_t n, T low, T high, T to[], size_t counts[3]) {
    size_t at = 0;
    for (int part = 0; part < 3; part++) {
        size_t before = at;
        for (size_t i = 0; i < n; i++)
            if ((from[i] < low ? 0 : from[i] > high ? 2 : 1) == part) to[at++] = from[i];
        counts[part] = at - before;
    }
}

size_t NAME_REF(yoke_unique)(const T *from, size_t n, T to[]) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || from[i] != from[i - 1]) to[count++] = from[i];
    return count;
}

size_t NAME_REF(yoke_rle_encode)(const T *from, size_t n, T items[], uint64_t *lengths) {
    size_t count = 0;
    for (size_t i = 0; i < n; lengths[count - 1]++, i++)
        if (i == 0 || from[i] != from[i - 1]) items[count] = from[i], lengths[count++] = 0;
    return count;
}

size_t NAME_REF(yoke_rle_decode)(const T items[], const uint64_t *lengths, size_t runs, T to[]) {
    size_t n = 0;
    for (size_t i = 0; i < runs; i++)
        for (uint64_t j = 0; j < lengths[i]; j++) to[n++] = items[i];
    return n;
}

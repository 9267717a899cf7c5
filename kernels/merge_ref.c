/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial references of merging and set operations: one walk through both arrays, one comparison
 * at a time.
 */
#include "kernels/merge.h"
#include "kernels/sort_typed.h"
#include "yoke/merge.h"

/* Which side a key of the result comes from, and which sides move on. */
typedef enum step { FIRST = 1, SECOND = 2, BOTH = 3 } step;

static step next_step(size_t i, size_t na, size_t j, size_t nb, uint64_t x, uint64_t y) {
    if (j == nb) return FIRST;
    if (i == na) return SECOND;
    return x < y ? FIRST : y < x ? SECOND : BOTH;
}

static bool is_taken(yoke__set_kind kind, step s) {
    if (kind == YOKE__SET_UNION) return true;
    if (kind == YOKE__SET_INTERSECTION) return s == BOTH;
    if (kind == YOKE__SET_DIFFERENCE) return s == FIRST;
    return s != BOTH;
}

/* The rank of a key, whatever its type. */
#define RANK(array, i, n) ((i) < (n) ? rank_at(array, i, sizeof *(array), ranking) : 0)

static uint64_t rank_at(const void *keys, size_t i, size_t size, yoke__ranking ranking) {
    uint32_t half;
    uint64_t bits;
    memcpy(&half, (const char *)keys + i * size, sizeof half);
    if (size == 4) return yoke__rank32(half, ranking);
    memcpy(&bits, (const char *)keys + i * size, sizeof bits);
    return yoke__rank64(bits, ranking);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define DEFINE_MERGE(T, type, key)                                                                 \
    int yoke_merge_##T##_ref(const type *a, size_t na, const type *b, size_t nb,                   \
                             yoke_sort_order order, type *to) {                                    \
        YOKE_TRY(yoke__sort_order_check(order));                                                   \
        yoke__ranking ranking = yoke__ranking_of(key, 8 * (int)sizeof *a, order);                  \
        for (size_t i = 0, j = 0; i + j < na + nb;) {                                              \
            step s = next_step(i, na, j, nb, RANK(a, i, na), RANK(b, j, nb));                      \
            to[i + j] = s == SECOND ? b[j] : a[i];                                                 \
            if (s == SECOND)                                                                       \
                j++;                                                                               \
            else                                                                                   \
                i++;                                                                               \
        }                                                                                          \
        return YOKE_OK;                                                                            \
    }
#define DEFINE_SET(T, type, key, name, kind)                                                       \
    int yoke_set_##name##_##T##_ref(const type *a, size_t na, const type *b, size_t nb,            \
                                    yoke_sort_order order, type *to, size_t *count) {              \
        YOKE_TRY(yoke__sort_order_check(order));                                                   \
        yoke__ranking ranking = yoke__ranking_of(key, 8 * (int)sizeof *a, order);                  \
        size_t k = 0;                                                                              \
        for (size_t i = 0, j = 0; i < na || j < nb;) {                                             \
            step s = next_step(i, na, j, nb, RANK(a, i, na), RANK(b, j, nb));                      \
            if (is_taken(kind, s)) to[k++] = s == SECOND ? b[j] : a[i];                            \
            i += (s & FIRST) != 0;                                                                 \
            j += (s & SECOND) != 0;                                                                \
        }                                                                                          \
        *count = k;                                                                                \
        return YOKE_OK;                                                                            \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
#define DEFINE(T, type, key)                                                                       \
    DEFINE_MERGE(T, type, key)                                                                     \
    YOKE__SET_EACH_KIND(DEFINE_SET, T, type, key)
YOKE__SORT_EACH_TYPE(DEFINE)

/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial references of gather, scatter, transpose and reversal, and of the inverse.
 */
#include "yoke/permute.h"

#define DEFINE_REFERENCES(T, type, wide)                                                           \
    void yoke_gather_##T##_ref(const type *from, const uint64_t *index, size_t n, type to[]) {     \
        for (size_t i = 0; i < n; i++) to[i] = from[index[i]];                                     \
    }                                                                                              \
    void yoke_scatter_##T##_ref(const type *from, const uint64_t *index, size_t n, type to[]) {    \
        for (size_t i = 0; i < n; i++) to[index[i]] = from[i];                                     \
    }                                                                                              \
    void yoke_transpose_##T##_ref(const type *from, size_t rows, size_t columns, type to[]) {      \
        for (size_t r = 0; r < rows; r++)                                                          \
            for (size_t c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c];         \
    }
YOKE_TYPES(DEFINE_REFERENCES)

#define DEFINE_REVERSE(T, type, wide)                                                              \
    void yoke_reverse_##T##_ref(type items[], size_t n) {                                          \
        for (size_t i = 0; i < n / 2; i++) {                                                       \
            type item = items[i];                                                                  \
            items[i] = items[n - 1 - i];                                                           \
            items[n - 1 - i] = item;                                                               \
        }                                                                                          \
    }
YOKE_TYPES(DEFINE_REVERSE)

void yoke_permutation_invert_ref(const uint64_t *index, size_t n, uint64_t *inverse) {
    for (size_t i = 0; i < n; i++) inverse[index[i]] = i;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of keys, told without the library: a number of 64 bits for each key, in the order that
 * yoke/sort.h states.
 */
#ifndef YOKE_TESTS_HUGE_KEYS_H
#define YOKE_TESTS_HUGE_KEYS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "yoke/sort.h"

static inline uint64_t rank_i32(int32_t x) { return (uint64_t)((int64_t)x - INT32_MIN); }
static inline uint64_t rank_u64(uint64_t x) { return x; }
static inline uint64_t rank_f32(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 31 ? ~bits : bits | (uint32_t)1 << 31;
}
static inline uint64_t rank_f64(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
/* How many keys stand before their predecessor. */
#define DEFINE_MISPLACED(T, type)                                                                  \
    static inline __attribute__((unused))                                                          \
    size_t misplaced_##T(const type *x, size_t n, yoke_sort_order order) {                         \
        size_t wrong = 0;                                                                          \
        for (size_t i = 1; i < n; i++) {                                                           \
            uint64_t a = rank_##T(x[i - 1]), b = rank_##T(x[i]);                                   \
            wrong += order == YOKE_ASCENDING ? a > b : a < b;                                      \
        }                                                                                          \
        return wrong;                                                                              \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
DEFINE_MISPLACED(i32, int32_t)
DEFINE_MISPLACED(u64, uint64_t)
DEFINE_MISPLACED(f32, float)
DEFINE_MISPLACED(f64, double)

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrays for the tests of selecting: items of each type with few distinct values and all kinds of
 * numbers, flags of some density, and outputs that show what was written behind their end.
 */
#ifndef YOKE_TESTS_SELECT_USE_H
#define YOKE_TESTS_SELECT_USE_H

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/each_run.h"
#include "tests/harness.h"
#include "yoke/select.h"

/* Around every bound of a word and a batch; what makes several blocks, and what just fills two. */
static const size_t select_sizes[] = {0,  1,  2,  3,   7,   8,   9,    15,   16,   17,
                                      63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 2047};
enum { SELECT_SIZES = sizeof select_sizes / sizeof *select_sizes, SELECT_TWO = 1 << 16 };
static inline size_t select_large(void) { return test_size(100001, 66001); }

/* Calls check with each size, a size_t, as its ctx. */
static inline void select_each(each_run_fn *check) {
    for (size_t i = 0; i < SELECT_SIZES; i++) {
        size_t n = select_sizes[i];
        each_isa(check, &n);
    }
}

static inline int32_t select_item_i32(void) { return (int32_t)test_random_below(5) - 2; }
static inline uint32_t select_item_u32(void) {
    return (uint32_t)-3 + (uint32_t)test_random_below(5);
}
static inline int64_t select_item_i64(void) {
    return ((int64_t)test_random_below(5) - 2) * ((int64_t)1 << 60);
}
static inline uint64_t select_item_u64(void) { return UINT64_MAX - 3 + test_random_below(5); }
static inline double select_item_f64(void) {
    static const double items[] = {-INFINITY, INFINITY, NAN, 0.0, -0.0, DBL_TRUE_MIN, 1, 1, -1};
    return items[test_random_below(sizeof items / sizeof *items)];
}
static inline float select_item_f32(void) {
    static const float items[] = {-INFINITY, INFINITY, NAN, 0.0f, -0.0f, FLT_TRUE_MIN, 1, 1, -1};
    return items[test_random_below(sizeof items / sizeof *items)];
}

/* n items in runs of some lengths. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define SELECT_ITEMS(T, type, wide)                                                                \
    static inline type *select_items_##T(size_t n) {                                               \
        type *items = malloc((n + 1) * sizeof *items);                                             \
        for (size_t i = 0; i < n;) {                                                               \
            type item = select_item_##T();                                                         \
            size_t run = test_random_below(8) ? 1 : 1 + test_random_below(300);                    \
            for (size_t j = 0; j < run && i < n; j++) items[i++] = item;                           \
        }                                                                                          \
        return items;                                                                              \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(SELECT_ITEMS)

/* Flags of which so many of 64 are set; a set one is any byte but 0. */
static inline unsigned char *select_flags(size_t n, unsigned density) {
    unsigned char *flags = malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        flags[i] =
            test_random_below(64) < density ? (unsigned char)(1 + test_random_below(255)) : 0;
    return flags;
}

/* Bytes for an output, and whether it is the same as another, also where nothing was written. */
static inline void *select_output(size_t bytes) {
    void *to = malloc(bytes + 64);
    return memset(to, 0xA5, bytes + 64);
}
#define SELECT_SAME(a, b, bytes) CU_ASSERT(!memcmp(a, b, (bytes) + 64))

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the types of numbers differ in.
 */
#include <string.h>

#include "mapreduce/numbers.h"

#define DEFINE_TYPE(T, type)                                                                       \
    static int sort_##T(void *items, size_t n, yoke_sort_order order, const yoke_run *run) {       \
        return yoke_sort_##T((type *)items, n, order, run);                                        \
    }                                                                                              \
    static int is_sorted_##T(const void *items, size_t n, yoke_sort_order order, bool *sorted,     \
                             const yoke_run *run) {                                                \
        return yoke_is_sorted_##T((const type *)items, n, order, sorted, run);                     \
    }
/* clang-format off */
DEFINE_TYPE(i32, int32_t)
DEFINE_TYPE(i64, int64_t)
DEFINE_TYPE(u32, uint32_t)
DEFINE_TYPE(u64, uint64_t)
DEFINE_TYPE(f32, float)
DEFINE_TYPE(f64, double)
/* clang-format on */

int yoke__numbers_make(const yoke_numbers_sort *sort, yoke__numbers *numbers) {
    static const yoke__numbers types[] = {
        [YOKE_NUMBERS_I32] = {4, sort_i32, is_sorted_i32},
        [YOKE_NUMBERS_I64] = {8, sort_i64, is_sorted_i64},
        [YOKE_NUMBERS_U32] = {4, sort_u32, is_sorted_u32},
        [YOKE_NUMBERS_U64] = {8, sort_u64, is_sorted_u64},
        [YOKE_NUMBERS_F32] = {4, sort_f32, is_sorted_f32},
        [YOKE_NUMBERS_F64] = {8, sort_f64, is_sorted_f64},
    };
    if (!sort || sort->type > YOKE_NUMBERS_F64 || sort->order > YOKE_DESCENDING)
        return yoke_fail(YOKE_EINVAL, "sort: no options, or no such type or order of numbers");
    *numbers = types[sort->type];
    numbers->type = sort->type;
    numbers->order = sort->order;
    numbers->unique = sort->unique;
    return YOKE_OK;
}

/* Of 4 bytes in the upper half. */
static uint64_t bits_of(const yoke__numbers *numbers, const char *item) {
    uint32_t half;
    uint64_t bits;
    if (numbers->size == 8) return memcpy(&bits, item, 8), bits;
    memcpy(&half, item, 4);
    return (uint64_t)half << 32;
}

uint64_t yoke__numbers_rank(const yoke__numbers *numbers, const char *item) {
    const uint64_t top = (uint64_t)1 << 63;
    uint64_t bits = bits_of(numbers, item);
    switch (numbers->type) {
    case YOKE_NUMBERS_I32:
    case YOKE_NUMBERS_I64: bits ^= top; break;
    case YOKE_NUMBERS_F32:
    case YOKE_NUMBERS_F64: bits = bits & top ? ~bits : bits | top; break;
    default: break;
    }
    return numbers->order == YOKE_DESCENDING ? ~bits : bits;
}

size_t yoke__numbers_drop(const yoke__numbers *numbers, char *items, size_t n, const char *last) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const char *item = items + i * numbers->size;
        uint64_t bits = bits_of(numbers, item);
        if (last && bits_of(numbers, last) == bits) continue;
        char *to = items + kept++ * numbers->size;
        memmove(to, item, numbers->size);
        last = to;
    }
    return kept;
}

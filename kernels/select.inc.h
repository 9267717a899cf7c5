/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps of selecting that the compiler makes vectors of, and the table of all. Whoever includes
 * this has defined SELECT_(name), a name of this instance; SELECT_TARGET, an attribute; and the
 * functions SELECT_(word) (the bits of 64 flags), SELECT_(pack_4_word), SELECT_(pack_8_word) (pack
 * 64 items) and SELECT_(places_word).
 */

/* What is left when the last word is not full: one item after another. */
#define SELECT_REST(from_item)                                                                     \
    for (; at < n; at++) {                                                                         \
        to[count] = (from_item);                                                                   \
        count += masks[at / 64] >> at % 64 & 1;                                                    \
    }                                                                                              \
    return count

SELECT_TARGET static void SELECT_(masks)(const unsigned char *flags, size_t n, uint64_t *masks) {
    size_t at = 0;
    for (; at + 64 <= n; at += 64) masks[at / 64] = SELECT_(word)(flags + at);
    if (at < n) masks[at / 64] = 0;
    for (; at < n; at++) masks[at / 64] |= (uint64_t)(flags[at] != 0) << at % 64;
}

SELECT_TARGET static size_t SELECT_(pack_4)(const uint32_t *from, const uint64_t *masks, size_t n,
                                            uint32_t *to) {
    size_t at = 0, count = 0;
    for (; at + 64 <= n; at += 64)
        if (masks[at / 64]) count += SELECT_(pack_4_word)(from + at, masks[at / 64], to + count);
    SELECT_REST(from[at]);
}

SELECT_TARGET static size_t SELECT_(pack_8)(const uint64_t *from, const uint64_t *masks, size_t n,
                                            uint64_t *to) {
    size_t at = 0, count = 0;
    for (; at + 64 <= n; at += 64)
        if (masks[at / 64]) count += SELECT_(pack_8_word)(from + at, masks[at / 64], to + count);
    SELECT_REST(from[at]);
}

SELECT_TARGET static size_t SELECT_(places)(uint64_t base, const uint64_t *masks, size_t n,
                                            uint64_t *to) {
    size_t at = 0, count = 0;
    for (; at + 64 <= n; at += 64)
        if (masks[at / 64]) count += SELECT_(places_word)(base + at, masks[at / 64], to + count);
    SELECT_REST(base + at);
}

#define SELECT_COMPARE(T, type, wide)                                                              \
    SELECT_TARGET static void SELECT_(compare_##T)(                                                \
        const type *from, size_t n, yoke_relation relation, type value, unsigned char *flags) {    \
        switch (relation) {                                                                        \
            SELECT_CASE(EQUAL, ==)                                                                 \
            SELECT_CASE(NOT_EQUAL, !=)                                                             \
            SELECT_CASE(LESS, <)                                                                   \
            SELECT_CASE(LESS_EQUAL, <=)                                                            \
            SELECT_CASE(GREATER, >)                                                                \
            SELECT_CASE(GREATER_EQUAL, >=)                                                         \
        }                                                                                          \
    }
#define SELECT_CASE(name, operator)                                                                \
    case YOKE_RELATION_##name:                                                                     \
        for (size_t i = 0; i < n; i++) flags[i] = from[i] operator value;                          \
        break;
YOKE_TYPES(SELECT_COMPARE)

#define SELECT_DIFFERS(T, type)                                                                    \
    SELECT_TARGET static void SELECT_(differs_##T)(const type *from, size_t n,                     \
                                                   unsigned char *flags) {                         \
        for (size_t i = 0; i < n; i++) flags[i] = from[i] != from[i - 1];                          \
    }
SELECT_DIFFERS(u32, uint32_t)
SELECT_DIFFERS(u64, uint64_t)
SELECT_DIFFERS(f32, float)
SELECT_DIFFERS(f64, double)

#define SELECT_FIELD(T, type, wide) .compare_##T = SELECT_(compare_##T),
const yoke__select_kernels SELECT_(table) = {.masks = SELECT_(masks),
                                             .pack_4 = SELECT_(pack_4),
                                             .pack_8 = SELECT_(pack_8),
                                             .places = SELECT_(places),
                                             .differs_u32 = SELECT_(differs_u32),
                                             .differs_u64 = SELECT_(differs_u64),
                                             .differs_f32 = SELECT_(differs_f32),
                                             .differs_f64 = SELECT_(differs_f64),
                                             YOKE_TYPES(SELECT_FIELD)};

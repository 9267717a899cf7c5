/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of selecting in plain C, without branches: an item is written in any case, and the
 * place moves on when its bit is set. */
#include <string.h>

#include "kernels/select.h"

#define SELECT_(name) plain_##name
#define SELECT_TARGET
#define plain_table yoke__select_plain

/* Eight flags at a time: any bit of a byte goes to its lowest one, and a product gathers those. */
static inline uint64_t plain_word(const unsigned char *flags) {
    uint64_t mask = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t bytes = 0;
        for (int j = 0; j < 8; j++) bytes |= (uint64_t)(flags[8 * i + j] != 0) << 8 * j;
        mask |= (bytes * 0x0102040810204080u >> 56) << 8 * i;
    }
    return mask;
}

static inline size_t plain_pack_4_word(const uint32_t *from, uint64_t mask, uint32_t *to) {
    size_t count = 0;
    for (int i = 0; i < 64; i++) {
        to[count] = from[i];
        count += mask >> i & 1;
    }
    return count;
}

static inline size_t plain_pack_8_word(const uint64_t *from, uint64_t mask, uint64_t *to) {
    size_t count = 0;
    for (int i = 0; i < 64; i++) {
        to[count] = from[i];
        count += mask >> i & 1;
    }
    return count;
}

static inline size_t plain_places_word(uint64_t base, uint64_t mask, uint64_t *to) {
    size_t count = 0;
    for (; mask; mask &= mask - 1) to[count++] = base + (uint64_t)__builtin_ctzll(mask);
    return count;
}

#include "kernels/select.inc.h"

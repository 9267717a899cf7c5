/* SPDX-License-Identifier: Apache-2.0
 *
 * A piece of a string as a word of yoke__sort_words: seven bytes, the first in the highest place,
 * and in the lowest byte how many bytes are left from here on, 8 for more than seven.
 */
#ifndef YOKE_KERNELS_STRING_WORD_H
#define YOKE_KERNELS_STRING_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define YOKE__WORD_BYTES 7

static inline bool yoke__word_goes_on(uint64_t word) { return (word & 0xFF) > YOKE__WORD_BYTES; }

/* The word of 8 readable bytes, of which `left` are the string's. */
static inline uint64_t yoke__word_of(const char *bytes, size_t left) {
    uint64_t word;
    memcpy(&word, bytes, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    if (left > YOKE__WORD_BYTES) return word >> 8 << 8 | 8;
    return left ? word >> (64 - 8 * left) << (64 - 8 * left) | left : 0;
}

/* The word at offset `at` of a string; no byte beyond the string is read. */
static inline uint64_t yoke__string_word(const char *data, size_t size, size_t at) {
    if (at >= size) return 0;
    size_t left = size - at;
    if (left >= 8) return yoke__word_of(data + at, left);
    char bytes[8] = {0};
    memcpy(bytes, data + at, left);
    return yoke__word_of(bytes, left);
}

#endif

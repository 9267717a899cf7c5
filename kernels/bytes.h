/* SPDX-License-Identifier: Apache-2.0
 *
 * Sketches as bytes: numbers with the lowest byte first, a mark at the start that says what it is,
 * and a checksum at the end.
 */
#ifndef YOKE_KERNELS_BYTES_H
#define YOKE_KERNELS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YOKE__BYTES_SUM = 8 }; /* bytes of the checksum */

static inline void yoke__put(unsigned char **at, uint64_t x, int bytes) {
    for (int i = 0; i < bytes; i++) *(*at)++ = (unsigned char)(x >> 8 * i);
}

static inline uint64_t yoke__get(const unsigned char **at, int bytes) {
    uint64_t x = 0;
    for (int i = 0; i < bytes; i++) x |= (uint64_t) * (*at)++ << 8 * i;
    return x;
}

/* FNV-1a. */
static inline uint64_t yoke__checksum(const unsigned char *bytes, size_t size) {
    uint64_t sum = 0xCBF29CE484222325u;
    for (size_t i = 0; i < size; i++) sum = (sum ^ bytes[i]) * 0x100000001B3u;
    return sum;
}

/* Ends what was written from `bytes` up to `end`. */
static inline void yoke__seal(const unsigned char *bytes, unsigned char *end) {
    yoke__put(&end, yoke__checksum(bytes, (size_t)(end - bytes)), YOKE__BYTES_SUM);
}

/* Whether `size` bytes have the mark, `least` bytes before the checksum, and their checksum. */
static inline bool yoke__sealed(const unsigned char *bytes, size_t size, uint64_t mark,
                                size_t least) {
    if (!bytes || size < least + YOKE__BYTES_SUM) return false;
    const unsigned char *start = bytes, *end = bytes + size - YOKE__BYTES_SUM;
    uint64_t sum = yoke__checksum(bytes, size - YOKE__BYTES_SUM);
    return yoke__get(&start, 8) == mark && yoke__get(&end, YOKE__BYTES_SUM) == sum;
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys for the tests of sorting: the kinds of input that sorts have been seen to fail on.
 */
#ifndef YOKE_TESTS_SORT_KEYS_H
#define YOKE_TESTS_SORT_KEYS_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/isa.h"
#include "yoke/sort.h"

typedef enum keys_kind {
    KEYS_RANDOM,
    KEYS_SIZES, /* of all magnitudes: most are small, and few bits differ at the top */
    KEYS_EQUAL,
    KEYS_TWO,  /* two values */
    KEYS_FEW,  /* sixteen values */
    KEYS_RARE, /* three values, and one that a sample misses */
    KEYS_RISING,
    KEYS_FALLING,
    KEYS_PIPES,   /* rise, then fall */
    KEYS_SAW,     /* rise again and again */
    KEYS_NEARLY,  /* rising, but for some */
    KEYS_SPECIAL, /* NaN, infinities, denormals, zeros with both signs, among a few others */
    KEYS_OUTLIER, /* close together, and one far away */
    KEYS_NESTED,  /* each digit splits off little: the worst for a radix sort */
    KEYS_KINDS,
} keys_kind;

static inline uint64_t key_special(int bits) {
    static const uint64_t special[] = {0,
                                       0x7ff0000000000000, /* infinity, NaN and near them */
                                       0x7ff8000000000000,
                                       0x7ff0000000000001,
                                       0x7fffffffffffffff,
                                       0x0010000000000000,
                                       0x000fffffffffffff,
                                       1,
                                       0x3ff0000000000000};
    static const uint64_t special32[] = {0,          0x7f800000, 0x7fc00000, 0x7f800001, 0x7fffffff,
                                         0x00800000, 0x007fffff, 1,          0x3f800000};
    uint64_t x = test_random_below(9), sign = test_random() % 2;
    return (bits == 64 ? special[x] : special32[x]) | sign << (bits - 1);
}

/* The bits of key i of n. */
static inline uint64_t key_bits(keys_kind kind, size_t i, size_t n, int bits) {
    uint64_t x = test_random() >> (64 - bits);
    switch (kind) {
    case KEYS_SIZES: return x >> test_random_below((uint64_t)bits);
    case KEYS_EQUAL: return 42;
    case KEYS_TWO: return x % 2 << (bits - 2);
    case KEYS_FEW: return x % 16 * 0x0123457;
    case KEYS_RARE: return i == n / 3 ? 7 : x % 3 * 4;
    case KEYS_RISING: return i;
    case KEYS_FALLING: return n - i;
    case KEYS_PIPES: return i < n / 2 ? i : n - i;
    case KEYS_SAW: return i % 1000;
    case KEYS_NEARLY: return x % 50 ? i : x;
    case KEYS_SPECIAL: return key_special(bits);
    case KEYS_OUTLIER: return i == n / 3 ? ~(uint64_t)0 >> (65 - bits) : x % 1000;
    case KEYS_NESTED: return test_random_below(200) ? x >> (bits - 1 - (int)(x % 4) * 9) : x;
    default: return x;
    }
}

static inline void keys_fill(void *keys, size_t n, int bits, keys_kind kind) {
    for (size_t i = 0; i < n; i++) {
        uint64_t x = key_bits(kind, i, n, bits);
        uint32_t half = (uint32_t)x;
        if (bits == 64)
            memcpy((char *)keys + i * 8, &x, 8);
        else
            memcpy((char *)keys + i * 4, &half, 4);
    }
}

/* Sizes around every bound of the sorts that a few keys have, and of their vectors. */
static const size_t key_sizes[] = {0,   1,   2,   3,   4,   5,   7,    8,   9,   15,
                                   16,  17,  31,  32,  33,  63,  64,   65,  100, 127,
                                   128, 129, 255, 256, 257, 500, 1000, 4097};
enum { KEY_SIZES = sizeof key_sizes / sizeof *key_sizes };

static const int key_threads[] = {1, 2, 3, 8};
enum { KEY_THREADS = sizeof key_threads / sizeof *key_threads };

#endif

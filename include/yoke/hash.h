/* SPDX-License-Identifier: Apache-2.0
 *
 * The hash of keys: seeded, so that no input can be made to collide by who does not know the seed.
 *
 * Two 64-bit words are multiplied to 128 bits and the halves folded, as in wyhash (Wang Yi 2019);
 * and once more, because after one multiplication regular keys (counters, addresses) still crowd
 * together under a few seeds in a hundred: places that should hold 16 keys were seen to hold 190.
 * All 64 bits are usable; tables take the high ones for the place. The values may change from
 * version to version: they are for tables in memory, not for files.
 */
#ifndef YOKE_HASH_H
#define YOKE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A seed of two words from one. 0: from the system. YOKE_EIO when it gives no random bytes. */
YOKE_API int yoke_hash_seed(uint64_t from, uint64_t seed[2]);

static inline uint64_t yoke_hash_mix(uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The hash of a key of at most 16 bytes, given as two zero-padded little-endian words. */
#define YOKE_HASH_MULTIPLIER_ 0x9E3779B97F4A7C15u
static inline uint64_t yoke_hash_words(const uint64_t seed[2], uint64_t low, uint64_t high,
                                       size_t size) {
    uint64_t once = yoke_hash_mix(low ^ seed[0], high ^ seed[1] ^ (size * YOKE_HASH_MULTIPLIER_));
    return yoke_hash_mix(once, YOKE_HASH_MULTIPLIER_);
}

static inline uint64_t yoke_hash_u64(const uint64_t seed[2], uint64_t key) {
    return yoke_hash_words(seed, key, 0, 8);
}

/* The hash of a key of any size; of up to 16 bytes the same as yoke_hash_words. `key` may be NULL
 * when size is 0. Any thread. */
YOKE_API uint64_t yoke_hash_bytes(const uint64_t seed[2], const void *key, size_t size);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Long keys go 16 bytes at a time through the mixing of the header; the last 16 may overlap.
 */
#include "yoke/hash.h"

#include <string.h>
#include <sys/random.h>

int yoke_hash_seed(uint64_t from, uint64_t seed[2]) {
    uint64_t first = from;
    if (!from && getrandom(&first, sizeof first, 0) != sizeof first) {
        return yoke_fail(YOKE_EIO, "the system gives no random bytes for the seed of a hash");
    }
    seed[0] = first;
    seed[1] = yoke_hash_mix(first ^ 0xA0761D6478BD642Fu, 0xE7037ED1A0B428DBu);
    return YOKE_OK;
}

uint64_t yoke_hash_bytes(const uint64_t seed[2], const void *key, size_t size) {
    const char *at = key;
    uint64_t hash = 0, words[2] = {0, 0};
    if (size <= 16) {
        if (size) memcpy(words, at, size);
        return yoke_hash_words(seed, words[0], words[1], size);
    }
    for (const char *last = at + size - 16; at < last; at += 16) {
        memcpy(words, at, 16);
        hash = yoke_hash_mix(words[0] ^ seed[0] ^ hash, words[1] ^ seed[1]);
    }
    memcpy(words, (const char *)key + size - 16, 16);
    return yoke_hash_words(seed, words[0] ^ hash, words[1], size);
}

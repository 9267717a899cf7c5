/* SPDX-License-Identifier: Apache-2.0
 *
 * The quality of the hash, by the measures that tables depend on: every bit of the key moves every
 * bit of the hash with probability one half; regular keys spread over the
 * places as balls thrown at random do; no part of a key is left out.
 */
#include "yoke/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"

static void make_seed(uint64_t seed[2]) {
    CU_ASSERT_EQUAL(yoke_hash_seed(test_random() | 1, seed), YOKE_OK);
}

/* ---- seeds ---- */

TEST(seeds) {
    uint64_t a[2], b[2];
    REQUIRE(yoke_hash_seed(5, a) == YOKE_OK && yoke_hash_seed(5, b) == YOKE_OK);
    CU_ASSERT(a[0] == b[0] && a[1] == b[1]);
    REQUIRE(yoke_hash_seed(6, b) == YOKE_OK);
    CU_ASSERT(a[0] != b[0] && a[1] != b[1]);
    REQUIRE(yoke_hash_seed(0, a) == YOKE_OK && yoke_hash_seed(0, b) == YOKE_OK);
    CU_ASSERT(a[0] != b[0] && a[1] != b[1]); /* wrong once in 2^64 */
}

/* ---- all ways to one hash ---- */

TEST(short_keys_are_words) {
    for (int round = 0; round < 1000; round++) {
        uint64_t seed[2], words[2] = {test_random(), test_random()};
        make_seed(seed);
        for (size_t size = 0; size <= 16; size++) {
            uint64_t cut[2] = {0, 0};
            memcpy(cut, words, size);
            CU_ASSERT_EQUAL(yoke_hash_bytes(seed, words, size),
                            yoke_hash_words(seed, cut[0], cut[1], size));
        }
        CU_ASSERT_EQUAL(yoke_hash_bytes(seed, words, 8), yoke_hash_u64(seed, words[0]));
    }
    uint64_t seed[2] = {1, 2};
    CU_ASSERT_EQUAL(yoke_hash_bytes(seed, NULL, 0), yoke_hash_words(seed, 0, 0, 0));
}

/* The same wherever the key lies, and nothing outside of it is read: the blocks are exact, and
 * AddressSanitizer watches their ends. */
TEST(only_the_key_matters) {
    uint64_t seed[2];
    make_seed(seed);
    for (size_t size = 0; size <= 200; size++) {
        unsigned char key[200];
        for (size_t i = 0; i < size; i++) key[i] = (unsigned char)test_random();
        uint64_t hash = yoke_hash_bytes(seed, key, size);
        for (size_t shift = 0; shift < 9; shift++) {
            unsigned char *block = malloc(shift + size + !(shift + size));
            REQUIRE(block != NULL);
            memset(block, 0xA5, shift);
            memcpy(block + shift, key, size);
            CU_ASSERT_EQUAL(yoke_hash_bytes(seed, block + shift, size), hash);
            free(block);
        }
    }
}

/* ---- avalanche ---- */

enum { ROUNDS = 4096 };

/* Flips each bit of random keys of a size under random seeds; each bit of the hash must follow in
 * half of the rounds, within six standard deviations. */
static void check_avalanche(size_t size) {
    static unsigned flips[64 * 8][64];
    memset(flips, 0, sizeof flips);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t seed[2], words[8];
        unsigned char key[64];
        make_seed(seed);
        for (int i = 0; i < 8; i++) words[i] = test_random();
        memcpy(key, words, sizeof key);
        uint64_t hash = yoke_hash_bytes(seed, key, size);
        for (size_t bit = 0; bit < size * 8; bit++) {
            key[bit / 8] ^= (unsigned char)(1 << bit % 8);
            uint64_t moved = hash ^ yoke_hash_bytes(seed, key, size);
            key[bit / 8] ^= (unsigned char)(1 << bit % 8);
            for (int out = 0; out < 64; out++) flips[bit][out] += moved >> out & 1;
        }
    }
    unsigned least = ROUNDS, most = 0;
    for (size_t bit = 0; bit < size * 8; bit++) {
        for (int out = 0; out < 64; out++) {
            if (flips[bit][out] < least) least = flips[bit][out];
            if (flips[bit][out] > most) most = flips[bit][out];
        }
    }
    double spread = 6 * sqrt(ROUNDS) / 2;
    CU_ASSERT(least > ROUNDS / 2.0 - spread);
    CU_ASSERT(most < ROUNDS / 2.0 + spread);
}

TEST_WITH_LIMIT(every_bit_of_the_key_moves_every_bit, 120) {
    static const size_t sizes[] = {1, 3, 8, 11, 16, 17, 24, 31, 32, 33, 64};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) check_avalanche(sizes[i]);
}

/* ---- spread ---- */

enum { PLACES = 1 << 12, KEYS = PLACES * 16 };

/* Chi-squared of the places that bits from `shift` on give, in standard deviations from its mean:
 * random places lie within five. */
static double deviation(const uint64_t *hashes, int shift) {
    static unsigned places[PLACES];
    memset(places, 0, sizeof places);
    for (int i = 0; i < KEYS; i++) places[hashes[i] >> shift & (PLACES - 1)]++;
    double chi = 0, mean = (double)KEYS / PLACES;
    for (int i = 0; i < PLACES; i++) chi += (places[i] - mean) * (places[i] - mean) / mean;
    return (chi - (PLACES - 1)) / sqrt(2.0 * (PLACES - 1));
}

typedef uint64_t pattern(uint64_t i);

static uint64_t sequence(uint64_t i) { return i; }
static uint64_t multiples(uint64_t i) { return i * 4096; }
static uint64_t high_part(uint64_t i) { return i << 40; }
static uint64_t pointers(uint64_t i) { return 0x7F0000000000u + i * 64; }
static uint64_t odd_steps(uint64_t i) { return i * 0x9E3779B97F4A7C15u; }
static uint64_t spread_bits(uint64_t i) {
    uint64_t key = 0;
    for (int bit = 0; bit < 16; bit++) key |= (i >> bit & 1) << bit * 4;
    return key;
}

/* Places too full are collisions; places too even are no harm. */
TEST_WITH_LIMIT(regular_keys_spread_like_random_ones, 60) {
    static pattern *const patterns[] = {sequence, multiples, high_part,
                                        pointers, odd_steps, spread_bits};
    static uint64_t hashes[KEYS];
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        for (int round = 0; round < 50; round++) {
            uint64_t seed[2];
            make_seed(seed);
            for (int i = 0; i < KEYS; i++) hashes[i] = yoke_hash_u64(seed, patterns[p](i));
            CU_ASSERT(deviation(hashes, 52) < 8); /* the high bits, which tables take */
            CU_ASSERT(deviation(hashes, 0) < 8);
            CU_ASSERT(deviation(hashes, 29) < 8);
        }
    }
}

TEST(texts_of_numbers_spread) {
    static uint64_t hashes[KEYS];
    for (int width = 5; width <= 40; width += 7) {
        uint64_t seed[2];
        make_seed(seed);
        for (int i = 0; i < KEYS; i++) {
            char key[64];
            int size = snprintf(key, sizeof key, "%0*d", width, i);
            hashes[i] = yoke_hash_bytes(seed, key, size);
        }
        CU_ASSERT(deviation(hashes, 52) < 8);
        CU_ASSERT(deviation(hashes, 0) < 8);
    }
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* No two of the many keys that differ in one place, or in their size alone, share all 64 bits. */
TEST(similar_keys_differ) {
    enum { MOST = 256 };
    static uint64_t hashes[MOST * MOST + MOST];
    unsigned char key[MOST] = {0};
    uint64_t seed[2];
    size_t count = 0;
    make_seed(seed);
    for (size_t size = 0; size < MOST; size++) hashes[count++] = yoke_hash_bytes(seed, key, size);
    for (size_t i = 0; i < MOST; i++) { /* one byte of a long key */
        for (int value = 1; value < MOST; value++) {
            key[i] = (unsigned char)value;
            hashes[count++] = yoke_hash_bytes(seed, key, MOST);
        }
        key[i] = 0;
    }
    qsort(hashes, count, sizeof *hashes, compare);
    size_t same = 0;
    for (size_t i = 1; i < count; i++) same += hashes[i] == hashes[i - 1];
    CU_ASSERT_EQUAL(same, 0);
}

/* Blocks in another order, or repeated, give another hash. */
TEST(order_of_blocks_matters) {
    uint64_t seed[2], a[2] = {test_random(), test_random()}, b[2] = {test_random(), test_random()};
    make_seed(seed);
    uint64_t ab[6] = {a[0], a[1], b[0], b[1], 0, 0}, ba[6] = {b[0], b[1], a[0], a[1], 0, 0};
    CU_ASSERT(yoke_hash_bytes(seed, ab, 48) != yoke_hash_bytes(seed, ba, 48));
    CU_ASSERT(yoke_hash_bytes(seed, ab, 32) != yoke_hash_bytes(seed, ba, 32));
    uint64_t aab[6] = {a[0], a[1], a[0], a[1], b[0], b[1]};
    CU_ASSERT(yoke_hash_bytes(seed, aab, 48) != yoke_hash_bytes(seed, aab + 2, 32));
}

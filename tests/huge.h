/* SPDX-License-Identifier: Apache-2.0
 *
 * Kernels on arrays of 10^8 items and some: `make check-huge`. Not among the other tests, since it
 * takes minutes, and up to 10 GB of memory.
 *
 * Where the reference is fast, results are compared with it, bit by bit. Where it would take
 * minutes, a result is checked by what determines it: sorted keys by their order and a digest of
 * the multiset; values that moved along by their key, which is a function of where they came from,
 * by each having come once, and by the order of those with equal keys.
 */
#ifndef YOKE_TESTS_HUGE_H
#define YOKE_TESTS_HUGE_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/random.h"

enum { N = 100000007 /* a prime number */, MINUTES = 15 * 60 };

static const yoke_run two __attribute__((unused)) = {.threads = 2};
static const yoke_run three __attribute__((unused)) = {.threads = 3};
static const yoke_run exact_two __attribute__((unused)) = {.threads = 2, .repro = YOKE_REPRO_EXACT};
static const yoke_run exact_three
    __attribute__((unused)) = {.threads = 3, .repro = YOKE_REPRO_EXACT};

#define SAME(got, want, n) CU_ASSERT(memcmp(got, want, (n) * sizeof *(got)) == 0)
#define DONE(...)          CU_ASSERT_EQUAL((__VA_ARGS__), YOKE_OK)

static inline void *bytes(size_t size) {
    void *memory = malloc(size);
    REQUIRE(memory != NULL);
    return memory;
}

/* Room for n items of up to 8 bytes. */
static inline void *array(size_t n) { return bytes(n * sizeof(uint64_t)); }

static inline uint64_t *numbers(uint64_t seed) {
    uint64_t *to = array(N);
    REQUIRE(yoke_random_fill_u64((yoke_random){seed, 0}, 0, to, N, &two) == YOKE_OK);
    return to;
}

static inline uint64_t *numbers_below(uint64_t seed, uint64_t limit) {
    uint64_t *to = numbers(seed);
    for (size_t i = 0; i < N; i++) to[i] %= limit;
    return to;
}

/* From -1 to 1, and every 10^7th times 10^100. */
static inline double *reals(uint64_t seed) {
    double *to = array(N);
    REQUIRE(yoke_random_fill_f64((yoke_random){seed, 0}, 0, to, N, &two) == YOKE_OK);
    for (size_t i = 0; i < N; i++) to[i] = (2 * to[i] - 1) * (i % 10000000 ? 1 : 1e100);
    return to;
}

/* From -1 to 1. */
static inline float *floats(uint64_t seed) {
    float *to = array(N);
    REQUIRE(yoke_random_fill_f32((yoke_random){seed, 0}, 0, to, N, &two) == YOKE_OK);
    for (size_t i = 0; i < N; i++) to[i] = 2 * to[i] - 1;
    return to;
}

/* All 2^32 of them. */
static inline int32_t *integers(uint64_t seed) {
    uint32_t *to = array(N);
    REQUIRE(yoke_random_fill_u32((yoke_random){seed, 0}, 0, to, N, &two) == YOKE_OK);
    return (int32_t *)to;
}

/* A bijection of 64 bits: the last step of splitmix64 (Steele, Lea and Flood 2014). */
static inline uint64_t mix(uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* Of a multiset of items of 4 or 8 bytes: depends on no order. */
static inline uint64_t digest(const void *items, size_t n, size_t size) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = 0;
        memcpy(&bits, (const char *)items + i * size, size);
        sum += mix(bits);
    }
    return sum;
}

/* Notes a number below n; false when it is not, or has been noted before. */
static inline bool is_new(unsigned char *seen, size_t n, uint64_t number) {
    if (number >= n || (seen[number / 8] >> number % 8 & 1)) return false;
    seen[number / 8] |= (unsigned char)(1 << number % 8);
    return true;
}
static inline unsigned char *none_seen(size_t n) {
    unsigned char *seen = calloc(n / 8 + 1, 1);
    REQUIRE(seen != NULL);
    return seen;
}

/* Segments of N items: a third in the first one, then mostly short ones, among them empty ones and
 * some of up to 2^20 items. Returns their number; release the offsets. */
static inline size_t segments(size_t **offsets) {
    enum { MOST = N / 8 };
    size_t count = 0, *to = array(MOST + 1);
    to[0] = 0;
    while (to[count] < N && count < MOST) {
        size_t size = mix(count) % (count % 100000 ? 64 : (size_t)1 << 20);
        to[count + 1] = to[count] + (count ? size : N / 3);
        if (to[count + 1] > N) to[count + 1] = N;
        count++;
    }
    REQUIRE(to[count] == N);
    *offsets = to;
    return count;
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Draws, permutations and delays. A permutation of n places needs no memory: rounds of additions,
 * multiplications with odd numbers and shifts permute the numbers below the next power of two, and
 * what falls outside goes through them again until it is inside ("cycle walking": Black and
 * Rogaway, "Ciphers with arbitrary finite domains", 2002).
 */
#include "runtime/shuffle.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "yoke/hash.h"
#include "yoke/thread.h"

_Atomic uint64_t yoke__shuffle_seed;

static _Thread_local uint64_t drawn;

__attribute__((constructor(200))) static void read_seed(void) {
    const char *text = getenv("YOKE_SHUFFLE");
    char *end;
    if (!text || *text < '0' || *text > '9') return;
    errno = 0;
    uint64_t seed = strtoull(text, &end, 10);
    if (!errno && !*end) atomic_store(&yoke__shuffle_seed, seed);
}

uint64_t yoke__shuffle_draw_(uint64_t seed) {
    uint64_t draw = yoke_hash_mix(seed * 0x9E3779B97F4A7C15u + (uint64_t)yoke_thread_index(),
                                  ++drawn * 0xA0761D6478BD642Fu + 1);
    draw = yoke_hash_mix(draw ^ 0x8EBC6AF09C88C6E3u, 0x9E3779B97F4A7C15u);
    return draw ? draw : 1;
}

/* Of the numbers of `bits` bits, onto themselves. */
static uint64_t permute(uint64_t draw, uint64_t x, unsigned bits) {
    uint64_t mask = ~UINT64_C(0) >> (64 - bits);
    for (unsigned round = 0; round < 3; round++) {
        x = (x + draw) & mask;
        x ^= x >> (bits / 2 + 1);
        x = (x * (draw | 5)) & mask;
        x ^= x >> (bits / 3 + 1);
        draw = draw >> 21 | draw << 43;
    }
    return x;
}

size_t yoke__shuffle_place_(uint64_t draw, size_t i, size_t n) {
    if (n < 2) return i;
    unsigned bits = 64 - (unsigned)__builtin_clzll(n - 1);
    uint64_t x = i;
    do x = permute(draw, x, bits);
    while (x >= n);
    return (size_t)x;
}

size_t yoke__shuffle_size(size_t size) {
    enum { UNIT = 64 }; /* of loops over vectors */
    uint64_t draw = yoke__shuffle_draw();
    if (!draw || size < 4) return size;
    size_t less = size / 4 * (4 - (draw >> 40) % 4);
    return less >= (size_t)4 * UNIT ? less / UNIT * UNIT : less;
}

void yoke__shuffle_delay_(uint64_t draw) {
    struct timespec nap = {.tv_nsec = (long)(draw >> 16) & 0x1FFFF}; /* up to 131 us */
    if (draw % 128 == 0)
        nanosleep(&nap, NULL);
    else if (draw % 8 == 0)
        sched_yield();
}

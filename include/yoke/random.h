/* SPDX-License-Identifier: Apache-2.0
 *
 * Random numbers by their place: number i of a stream is a function of seed, stream and i, so that
 * any thread computes any of them, and an array is filled with the same bits at any number of
 * threads and from any place on.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011): ten rounds of multiplications turn a counter of 128 bits and a key of 64 into four
 * words of 32 bits. The seed is the key; the stream is the upper half of the counter; block b of a
 * stream has the lower half b. It passes the known statistical tests; it is not for cryptography.
 *
 *     word i     (u32, f32)     word i % 4 of block i / 4
 *     number i   (u64, f64)     words 2 (i % 2) (the lower half) and 2 (i % 2) + 1 of block i / 2
 *
 * Floating-point numbers are uniform in [0, 1): the upper 24 or 53 bits over 2^24 or 2^53. Other
 * numbers of one stream are made of the same words: use another stream for what must not depend on
 * them. Any thread may call any of these.
 */
#ifndef YOKE_RANDOM_H
#define YOKE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_random {
    uint64_t seed, stream;
} yoke_random;

/* One block: philox4x32 with ten rounds. */
static inline void yoke_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t to[4]) {
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    uint32_t k = key[0], l = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)0xD2511F53u * a, q = (uint64_t)0xCD9E8D57u * c;
        a = (uint32_t)(q >> 32) ^ b ^ k;
        c = (uint32_t)(p >> 32) ^ d ^ l;
        b = (uint32_t)q;
        d = (uint32_t)p;
        k += 0x9E3779B9u;
        l += 0xBB67AE85u;
    }
    to[0] = a, to[1] = b, to[2] = c, to[3] = d;
}

/* The four words of block `block`. */
static inline void yoke_random_block(yoke_random random, uint64_t block, uint32_t to[4]) {
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)random.stream,
                                 (uint32_t)(random.stream >> 32)};
    const uint32_t key[2] = {(uint32_t)random.seed, (uint32_t)(random.seed >> 32)};
    yoke_philox(counter, key, to);
}

/* Number `index`. */
static inline uint32_t yoke_random_u32(yoke_random random, uint64_t index) {
    uint32_t words[4];
    yoke_random_block(random, index / 4, words);
    return words[index % 4];
}
static inline uint64_t yoke_random_u64(yoke_random random, uint64_t index) {
    uint32_t words[4];
    yoke_random_block(random, index / 2, words);
    return words[index % 2 * 2] | (uint64_t)words[index % 2 * 2 + 1] << 32;
}
static inline float yoke_random_f32(yoke_random random, uint64_t index) {
    return (float)(yoke_random_u32(random, index) >> 8) * 0x1p-24f;
}
static inline double yoke_random_f64(yoke_random random, uint64_t index) {
    return (double)(yoke_random_u64(random, index) >> 11) * 0x1p-53;
}

/* A number below `limit` from block `index`: its 128 bits times limit, over 2^128 (Lemire 2019,
 * without the rejection: a number's probability is off by less than 2^-64 of itself). 0 for 0. */
static inline uint64_t yoke_random_below(yoke_random random, uint64_t index, uint64_t limit) {
    __extension__ typedef unsigned __int128 wide;
    uint32_t words[4];
    yoke_random_block(random, index, words);
    wide low = words[0] | (wide)words[1] << 32, high = words[2] | (wide)words[3] << 32;
    return (uint64_t)((high * limit + (low * limit >> 64)) >> 64);
}

/* Number `index` of the normal distribution with mean 0 and variance 1, from block index / 2, after
 * Box and Muller (1958): its absolute value is at most 8.58. The bits depend on the C library's
 * log, sin and cos; the float is the double, rounded. */
YOKE_API double yoke_random_normal_f64(yoke_random random, uint64_t index);
YOKE_API float yoke_random_normal_f32(yoke_random random, uint64_t index);

/* Fill to[0] to to[n - 1] with the numbers first, first + 1, ... Fail as any kernel does
 * (yoke/run.h), and with YOKE_EINVAL when `to` is NULL and n is not 0, or when first + n is above
 * 2^64. */
YOKE_API int yoke_random_fill_u32(yoke_random random, uint64_t first, uint32_t *to, size_t n,
                                  const yoke_run *run);
YOKE_API int yoke_random_fill_u64(yoke_random random, uint64_t first, uint64_t *to, size_t n,
                                  const yoke_run *run);
YOKE_API int yoke_random_fill_f32(yoke_random random, uint64_t first, float *to, size_t n,
                                  const yoke_run *run);
YOKE_API int yoke_random_fill_f64(yoke_random random, uint64_t first, double *to, size_t n,
                                  const yoke_run *run);
YOKE_API int yoke_random_fill_normal_f32(yoke_random random, uint64_t first, float *to, size_t n,
                                         const yoke_run *run);
YOKE_API int yoke_random_fill_normal_f64(yoke_random random, uint64_t first, double *to, size_t n,
                                         const yoke_run *run);

/* The serial references: number after number by the functions above. They check nothing. */
YOKE_API void yoke_random_fill_u32_ref(yoke_random random, uint64_t first, uint32_t *to, size_t n);
YOKE_API void yoke_random_fill_u64_ref(yoke_random random, uint64_t first, uint64_t *to, size_t n);
YOKE_API void yoke_random_fill_f32_ref(yoke_random random, uint64_t first, float *to, size_t n);
YOKE_API void yoke_random_fill_f64_ref(yoke_random random, uint64_t first, double *to, size_t n);
YOKE_API void yoke_random_fill_normal_f32_ref(yoke_random random, uint64_t first, float *to,
                                              size_t n);
YOKE_API void yoke_random_fill_normal_f64_ref(yoke_random random, uint64_t first, double *to,
                                              size_t n);

#ifndef __cplusplus
/* The function for the type of `to`. */
/* clang-format off */
#define yoke_random_fill(random, first, to, ...)                                                   \
    _Generic(*(to), uint32_t: yoke_random_fill_u32, uint64_t: yoke_random_fill_u64,                \
             float: yoke_random_fill_f32, double: yoke_random_fill_f64)                            \
    (random, first, to, __VA_ARGS__)
#define yoke_random_fill_normal(random, first, to, ...)                                            \
    _Generic(*(to), float: yoke_random_fill_normal_f32, double: yoke_random_fill_normal_f64)       \
    (random, first, to, __VA_ARGS__)
#define yoke_random_fill_ref(random, first, to, n)                                                 \
    _Generic(*(to), uint32_t: yoke_random_fill_u32_ref, uint64_t: yoke_random_fill_u64_ref,        \
             float: yoke_random_fill_f32_ref, double: yoke_random_fill_f64_ref)                    \
    (random, first, to, n)
#define yoke_random_fill_normal_ref(random, first, to, n)                                          \
    _Generic(*(to), float: yoke_random_fill_normal_f32_ref,                                        \
             double: yoke_random_fill_normal_f64_ref)(random, first, to, n)
/* clang-format on */
#endif

#ifdef __cplusplus
}
#endif
#endif

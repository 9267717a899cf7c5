/* SPDX-License-Identifier: Apache-2.0
 *
 * Many blocks of Philox at once, for each set of instructions.
 */
#ifndef YOKE_KERNELS_RANDOM_H
#define YOKE_KERNELS_RANDOM_H

#include "yoke/random.h"

/* Calls are for multiples of so many blocks. */
enum { YOKE__RANDOM_LANES = 16 };

/* Writes the words of `count` blocks, from `block` on (modulo 2^64): 4 * count of them. */
typedef void yoke__random_fn(yoke_random random, uint64_t block, size_t count, uint32_t *to);

yoke__random_fn yoke__random_plain;
#if defined __x86_64__
yoke__random_fn yoke__random_avx2, yoke__random_avx512;
#endif

/* That of the instructions in use. */
yoke__random_fn *yoke__random_in_use(void);

/* Numbers first to first + n - 1 of a stream, by the caller alone. */
void yoke__random_fill_u64(yoke_random random, uint64_t first, uint64_t *to, size_t n);

#endif

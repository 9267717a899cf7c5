/* SPDX-License-Identifier: Apache-2.0
 *
 * Shuffled schedules, for `yoke verify-repro`: while there is a seed, whatever the library leaves
 * open (which block comes next, which member runs where, whom a thief robs, how large a block is
 * where bits do not depend on it) is drawn from random numbers, and threads are delayed now and
 * then. The variable YOKE_SHUFFLE, a number above 0, sets the seed when the program is loaded.
 *
 * A draw depends on the seed, the thread (yoke/thread.h) and how often it has drawn. So a seed
 * gives a single thread the same schedule again; several threads are as unpredictable as ever.
 */
#ifndef YOKE_RUNTIME_SHUFFLE_H
#define YOKE_RUNTIME_SHUFFLE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

extern _Atomic uint64_t yoke__shuffle_seed; /* 0: schedules are as usual */

/* A random number above 0; 0 when nothing is shuffled. */
uint64_t yoke__shuffle_draw_(uint64_t seed);
static inline uint64_t yoke__shuffle_draw(void) {
    /* relaxed: the seed alone counts. */
    uint64_t seed = atomic_load_explicit(&yoke__shuffle_seed, memory_order_relaxed);
    return __builtin_expect(seed != 0, 0) ? yoke__shuffle_draw_(seed) : 0;
}

/* What comes in place i of n, in the order that a draw stands for: each of 0 to n - 1 once. */
size_t yoke__shuffle_place_(uint64_t draw, size_t i, size_t n);
static inline size_t yoke__shuffle_place(uint64_t draw, size_t i, size_t n) {
    return draw ? yoke__shuffle_place_(draw, i, n) : i;
}

/* A size for blocks where results do not depend on it: `size`, or at least a fourth of it. */
size_t yoke__shuffle_size(size_t size);

/* Lets other threads go first, now and then. */
void yoke__shuffle_delay_(uint64_t draw);
static inline void yoke__shuffle_delay(void) {
    uint64_t draw = yoke__shuffle_draw();
    if (draw) yoke__shuffle_delay_(draw);
}

#endif

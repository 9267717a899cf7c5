/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory touched without order: updates of a table at random places (RandomAccess of the HPC
 * Challenge, "GUPS"), and chains of pointers through a random cycle.
 */
#ifndef YOKE_ACCESS_H
#define YOKE_ACCESS_H

#include <stdint.h>

#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- random updates ---- */

/* The sequence of HPC Challenge: number n is x^n modulo x^64 + x^2 + x + 1 over GF(2), bit i being
 * the coefficient of x^i; number 0 is 1. */
static inline uint64_t yoke_access_next(uint64_t number) {
    return number << 1 ^ (number >> 63 ? 7 : 0);
}
/* Number n, at once. */
YOKE_API uint64_t yoke_access_number(uint64_t n);

/* For each number r of the sequence from `first` on, `updates` of them:
 * table[r mod size] ^= r. `size` is a power of two. Exact: each update is one atomic operation (or
 * one member does all), so the table is that of the reference at any number of threads, and the
 * same updates once more restore what was there. Nobody else may touch the table meanwhile.
 * YOKE_EINVAL for another size; else as in yoke/run.h (after an early end some updates are made and
 * some not). */
YOKE_API int yoke_access_update(uint64_t *table, size_t size, uint64_t first, uint64_t updates,
                                const yoke_run *run);
YOKE_API void yoke_access_update_ref(uint64_t *table, size_t size, uint64_t first,
                                     uint64_t updates);

/* ---- chains ---- */

/* Fills next[0] to next[n - 1] with a cycle through all n places (Sattolo 1986), the same for the
 * same n and seed. Serial: each step depends on those before. */
YOKE_API void yoke_access_cycle(size_t *next, size_t n, uint64_t seed);

/* Walks `chains` chains `steps` steps each: at[i] = next[at[i]], again and again. Each member walks
 * `together` of them at a time (1 to 16), a step of each in turn; within a chain a step waits for
 * the one before. So one chain measures the latency of memory, more of them how many accesses it
 * has under way. All places must be those of `next`. YOKE_EINVAL for another `together`; else as in
 * yoke/run.h (then some chains have moved). */
YOKE_API int yoke_access_chase(const size_t *next, size_t *at, size_t chains, size_t together,
                               uint64_t steps, const yoke_run *run);
YOKE_API void yoke_access_chase_ref(const size_t *next, size_t *at, size_t chains, uint64_t steps);

#ifdef __cplusplus
}
#endif
#endif

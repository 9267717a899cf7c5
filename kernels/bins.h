/* SPDX-License-Identifier: Apache-2.0
 *
 * From items to the numbers of bins, for each type and set of instructions. Items that are in no
 * bin have numbers, too, behind those of the bins, so that nobody branches on them.
 */
#ifndef YOKE_KERNELS_BINS_H
#define YOKE_KERNELS_BINS_H

#include "yoke/bins.h"

enum {
    YOKE__BINS_BATCH = 128, /* items at a time */
    /* What is in no bin has the number bins plus this. */
    YOKE__BINS_BELOW = 0,
    YOKE__BINS_ABOVE = 1,
    YOKE__BINS_NAN = 2,
    YOKE__BINS_MORE = 3,
};

/* As many as an int32_t numbers, with some room. */
#define YOKE__BINS_MOST ((size_t)1 << 30)

/* Bins of items of one type: even ones from low to below high, or bounds. */
#define YOKE__BINS_OF(T, type, wide)                                                               \
    typedef struct yoke__bins_##T {                                                                \
        uint32_t bins;                                                                             \
        type low, high;                                                                            \
        double scale;          /* floats: bins a unit */                                           \
        int shift;             /* integers: the logarithm of a bin's width; -1: no power of 2 */   \
        uint64_t factor, more; /* bins / width * 2^128: upper and lower half, rounded up */        \
        const type *bounds;    /* padded with the last one to 2 step - 1 of them */                \
        uint32_t step;                                                                             \
    } yoke__bins_##T;
YOKE_TYPES(YOKE__BINS_OF)

typedef struct yoke__bins_kernels {
#define YOKE__BINS_FIELDS(T, type, wide)                                                           \
    void (*even_##T)(const yoke__bins_##T *of, const type *from, size_t n, uint32_t *number);      \
    void (*ranges_##T)(const yoke__bins_##T *of, const type *from, size_t n, uint32_t *number);
    YOKE_TYPES(YOKE__BINS_FIELDS)
} yoke__bins_kernels;

extern const yoke__bins_kernels yoke__bins_plain;
#if defined __x86_64__
extern const yoke__bins_kernels yoke__bins_avx2, yoke__bins_avx512;
#endif

/* Numbers items begin to end - 1, a batch at most. */
typedef void yoke__number_fn(const void *ctx, size_t begin, size_t end, uint32_t *number);

/* How n items of `size` bytes get numbers below bins + YOKE__BINS_MORE. */
typedef struct yoke__numbering {
    yoke__number_fn *number;
    const void *ctx;
    const char *from;
    size_t size, n, bins;
} yoke__numbering;

/* counts[i] is the number of items in bin i, more[i] those with number bins + i. */
int yoke__bins_count(const yoke__numbering *items, uint64_t *counts, uint64_t more[YOKE__BINS_MORE],
                     const yoke_run *run);
/* sums[i] is the sum of the weights of the items in bin i. */
int yoke__bins_weigh(const yoke__numbering *items, const double *weights, double *sums,
                     const yoke_run *run);

#endif

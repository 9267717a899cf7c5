/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps of selecting, for each set of instructions: a test makes flags (bytes), flags make
 * masks (a bit an item, 64 to a word), and masks pack items. They work on batches of up to 1024
 * items, so that flags and masks stay in the first-level cache.
 */
#ifndef YOKE_KERNELS_SELECT_H
#define YOKE_KERNELS_SELECT_H

#include <stdbool.h>

#include "yoke/select.h"

enum {
    YOKE__BATCH = 1024,
    YOKE__BATCH_WORDS = YOKE__BATCH / 64,
    YOKE__PACK_SLACK = 64, /* bytes that may be written behind what is packed */
};

typedef struct yoke__select_kernels {
    /* Bits of n flags; those behind the last are 0. */
    void (*masks)(const unsigned char *flags, size_t n, uint64_t *masks);
    /* Pack the items with a bit; how many. They write whole vectors. */
    size_t (*pack_4)(const uint32_t *from, const uint64_t *masks, size_t n, uint32_t *to);
    size_t (*pack_8)(const uint64_t *from, const uint64_t *masks, size_t n, uint64_t *to);
    /* Packs base, base + 1, ... */
    size_t (*places)(uint64_t base, const uint64_t *masks, size_t n, uint64_t *to);
#define YOKE__COMPARE_FIELD(T, type, wide)                                                         \
    void (*compare_##T)(const type *from, size_t n, yoke_relation relation, type value,            \
                        unsigned char *flags);
    YOKE_TYPES(YOKE__COMPARE_FIELD)
    /* flags[i] = from[i] != from[i - 1]. */
    void (*differs_u32)(const uint32_t *from, size_t n, unsigned char *flags);
    void (*differs_u64)(const uint64_t *from, size_t n, unsigned char *flags);
    void (*differs_f32)(const float *from, size_t n, unsigned char *flags);
    void (*differs_f64)(const double *from, size_t n, unsigned char *flags);
} yoke__select_kernels;

extern const yoke__select_kernels yoke__select_plain;
#if defined __x86_64__
extern const yoke__select_kernels yoke__select_avx2, yoke__select_avx512;
#endif

/* Those of the instructions in use. */
const yoke__select_kernels *yoke__select_kernels_in_use(void);

/* A test of items by their places: the flags of items begin to end - 1 (a batch at most), in the
 * buffer or elsewhere. */
typedef struct yoke__test {
    const unsigned char *(*flags)(const void *ctx, size_t begin, size_t end, unsigned char *buffer);
    const void *ctx;
} yoke__test;

/* Where the batch that begins there ends, of a block that ends at `end`. */
static inline size_t yoke__batch_end(size_t begin, size_t end) {
    return end - begin < YOKE__BATCH ? end : begin + YOKE__BATCH;
}

/* The masks of a batch; how many items of a block pass. */
void yoke__test_masks(const yoke__select_kernels *kernels, yoke__test test, size_t begin,
                      size_t end, uint64_t *masks);
size_t yoke__test_count(const yoke__select_kernels *kernels, yoke__test test, size_t begin,
                        size_t end);

/* Packs the items of a batch, of any size in bytes, behind `to`; how many. */
size_t yoke__pack(const yoke__select_kernels *kernels, const char *from, size_t size,
                  const uint64_t *masks, size_t n, char *to);

/* Items of a block of work. */
static inline size_t yoke__select_block(size_t size) {
    size_t batches = ((size_t)128 << 10) / (size * YOKE__BATCH);
    return (batches ? batches < 32 ? batches : 32 : 1) * YOKE__BATCH;
}

/* The face of select and of partition, with all arguments checked but the arrays' overlap with
 * what the test reads. `places`: places come out, as uint64_t. */
int yoke__select(const void *from, size_t n, size_t size, yoke__test test, bool places, void *to,
                 size_t *count, const yoke_run *run);
/* Into `parts`: 2, by tests[0]; or 3, by tests[0] and tests[2], and what passes neither in between.
 */
int yoke__partition(const void *from, size_t n, size_t size, const yoke__test tests[], size_t parts,
                    void *to, size_t counts[], const yoke_run *run);

/* Tests: given flags; a relation; the user's. */
yoke__test yoke__test_flags(const unsigned char *flags);

#define YOKE__WHERE_DECLARE(T, type, wide)                                                         \
    typedef struct yoke__where_##T {                                                               \
        const yoke__select_kernels *kernels;                                                       \
        const type *from;                                                                          \
        type value;                                                                                \
        yoke_relation relation;                                                                    \
    } yoke__where_##T;                                                                             \
    yoke__test yoke__test_where_##T(const yoke__where_##T *where);
YOKE_TYPES(YOKE__WHERE_DECLARE)

typedef struct yoke__by {
    const char *from;
    size_t size;
    yoke_flag_fn *flag;
    const void *ctx;
} yoke__by;
yoke__test yoke__test_by(const yoke__by *by);

#endif

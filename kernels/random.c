/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrays of random numbers. A piece of an array is made of whole groups of blocks of Philox, in a
 * buffer that fits the first-level cache, and turned into numbers from there.
 */
#include "yoke/random.h"

#include <math.h>
#include <string.h>

#include "kernels/random.h"
#include "kernels/run.h"
#include "yoke/isa.h"

enum {
    BLOCK = 1 << 16, /* numbers of a block of work */
    WORDS = 1024,    /* of the buffer */
};

yoke__random_fn *yoke__random_in_use(void) {
#if defined __x86_64__
    yoke_isa isa = yoke_isa_in_use();
    if (isa == YOKE_ISA_AVX512) return yoke__random_avx512;
    if (isa == YOKE_ISA_AVX2) return yoke__random_avx2;
#endif
    return yoke__random_plain;
}

/* ---- from words to numbers; `count` numbers, the first is number `skip` of the buffer ---- */

typedef void convert_fn(const uint32_t *words, size_t skip, size_t count, void *to);

static inline uint64_t wide(const uint32_t *words, size_t i) {
    return words[2 * i] | (uint64_t)words[2 * i + 1] << 32;
}

static void to_u32(const uint32_t *words, size_t skip, size_t count, void *to) {
    memcpy(to, words + skip, count * sizeof *words);
}

static void to_u64(const uint32_t *words, size_t skip, size_t count, void *to) {
    uint64_t *out = to;
    for (size_t i = 0; i < count; i++) out[i] = wide(words, skip + i);
}

static void to_f32(const uint32_t *words, size_t skip, size_t count, void *to) {
    float *out = to;
    for (size_t i = 0; i < count; i++) out[i] = (float)(int32_t)(words[skip + i] >> 8) * 0x1p-24f;
}

static void to_f64(const uint32_t *words, size_t skip, size_t count, void *to) {
    double *out = to;
    for (size_t i = 0; i < count; i++)
        out[i] = (double)(int64_t)(wide(words, skip + i) >> 11) * 0x1p-53;
}

/* Box and Muller: a block gives a radius and an angle, and these two numbers. */
static void normal_pair(const uint32_t words[4], double pair[2]) {
    double u = (double)((wide(words, 0) >> 11) + 1) * 0x1p-53; /* above 0, at most 1 */
    double angle = 2 * M_PI * ((double)(wide(words, 1) >> 11) * 0x1p-53);
    double radius = sqrt(-2 * log(u));
    pair[0] = radius * cos(angle);
    pair[1] = radius * sin(angle);
}

/* The pairs of blocks skip / 2 on, of which numbers skip to skip + count - 1 are kept. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define DEFINE_TO_NORMAL(T, type)                                                                  \
    static void to_normal_##T(const uint32_t *words, size_t skip, size_t count, void *to) {        \
        type *out = (type *)to - skip;                                                             \
        for (size_t i = skip / 2 * 2; i < skip + count; i += 2) {                                  \
            double pair[2];                                                                        \
            normal_pair(words + 2 * i, pair);                                                      \
            if (i >= skip) out[i] = (type)pair[0];                                                 \
            if (i + 1 < skip + count) out[i + 1] = (type)pair[1];                                  \
        }                                                                                          \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
DEFINE_TO_NORMAL(f32, float)
DEFINE_TO_NORMAL(f64, double)

/* ---- filling ---- */

typedef struct filling {
    yoke_random random;
    uint64_t first;
    char *to;
    size_t size, words; /* bytes and words of a number */
    convert_fn *convert;
    yoke__random_fn *blocks;
} filling;

/* One round of the buffer; returns how many numbers it gave. */
static size_t fill_some(const filling *f, uint64_t number, size_t most, char *to) {
    uint32_t words[WORDS];
    size_t each = 4 / f->words; /* numbers of a block of Philox */
    size_t skip = (size_t)(number % each), room = WORDS / f->words - skip;
    size_t count = most < room ? most : room;
    size_t blocks = (skip + count + each - 1) / each;
    blocks = (blocks + YOKE__RANDOM_LANES - 1) / YOKE__RANDOM_LANES * YOKE__RANDOM_LANES;
    f->blocks(f->random, number / each, blocks, words);
    f->convert(words, skip, count, to);
    return count;
}

static int fill_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const filling *f = ctx;
    (void)index, (void)member;
    for (size_t at = begin; at < end;)
        at += fill_some(f, f->first + at, end - at, f->to + at * f->size);
    return YOKE_OK;
}

static int fill(filling f, size_t n, const yoke_run *run) {
    if (n && !f.to) return yoke_fail(YOKE_EINVAL, "random fill: no array");
    if (n && f.first > UINT64_MAX - (n - 1))
        return yoke_fail(YOKE_EINVAL, "random fill: a stream has 2^64 numbers");
    f.blocks = yoke__random_in_use();
    return yoke__run_blocks(run, n, BLOCK, fill_block, &f);
}

void yoke__random_fill_u64(yoke_random random, uint64_t first, uint64_t *to, size_t n) {
    filling f = {random, first, (char *)to, sizeof *to, 2, to_u64, yoke__random_in_use()};
    (void)fill_block(&f, 0, 0, n, 0); /* never fails */
}

#define DEFINE_FILL(name, type, of_words, how)                                                     \
    int yoke_random_fill_##name(yoke_random random, uint64_t first, type to[], size_t n,           \
                                const yoke_run *run) {                                             \
        YOKE__KERNEL;                                                                              \
        filling f = {random, first, (char *)to, sizeof *to, of_words, how, NULL};                  \
        return yoke__told(fill(f, n, run), run, __func__, to, n * sizeof *to);                     \
    }
DEFINE_FILL(u32, uint32_t, 1, to_u32)
DEFINE_FILL(u64, uint64_t, 2, to_u64)
DEFINE_FILL(f32, float, 1, to_f32)
DEFINE_FILL(f64, double, 2, to_f64)
DEFINE_FILL(normal_f32, float, 2, to_normal_f32)
DEFINE_FILL(normal_f64, double, 2, to_normal_f64)

double yoke_random_normal_f64(yoke_random random, uint64_t index) {
    uint32_t words[4];
    double pair[2];
    yoke_random_block(random, index / 2, words);
    normal_pair(words, pair);
    return pair[index % 2];
}

float yoke_random_normal_f32(yoke_random random, uint64_t index) {
    return (float)yoke_random_normal_f64(random, index);
}

/* ---- references ---- */

#define DEFINE_FILL_REF(name, type)                                                                \
    void yoke_random_fill_##name##_ref(yoke_random random, uint64_t first, type to[], size_t n) {  \
        for (size_t i = 0; i < n; i++) to[i] = yoke_random_##name(random, first + i);              \
    }
DEFINE_FILL_REF(u32, uint32_t)
DEFINE_FILL_REF(u64, uint64_t)
DEFINE_FILL_REF(f32, float)
DEFINE_FILL_REF(f64, double)
DEFINE_FILL_REF(normal_f32, float)
DEFINE_FILL_REF(normal_f64, double)

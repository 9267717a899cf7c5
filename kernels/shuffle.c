/* SPDX-License-Identifier: Apache-2.0
 *
 * Shuffle: items are dealt to buckets by bits of their own, and each bucket is shuffled on its way
 * back, after Fisher and Yates, inside out: item i of the bucket goes to a random place j of the
 * first i + 1, and what was there to place i. Bits of item i come from word i of the stream; bucket
 * b takes the words from block 2^63 + b 2^44 on, more than any bucket needs.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels/deal.h"
#include "kernels/random.h"
#include "yoke/permute.h"

enum {
    BUCKET = 1 << 15, /* items that a bucket should have at most */
    MOST_BUCKETS = 1024,
    WORDS = 256, /* that are made together */
};

#define MOST ((size_t)1 << 40)

typedef struct shuffling {
    yoke_random random;
    yoke__random_fn *blocks;
    size_t n, size, buckets;
    char *items, *dealt;
    const size_t *starts;
} shuffling;

/* ---- words in order ---- */

typedef struct words {
    yoke_random random;
    yoke__random_fn *blocks;
    uint64_t block;
    size_t used;
    uint32_t of[WORDS];
} words;

static words words_from(const shuffling *s, uint64_t block) {
    return (words){.random = s->random, .blocks = s->blocks, .block = block, .used = WORDS};
}

static uint32_t next_word(words *w) {
    if (w->used == WORDS) {
        w->blocks(w->random, w->block, WORDS / 4, w->of);
        w->block += WORDS / 4;
        w->used = 0;
    }
    return w->of[w->used++];
}

/* Uniform below limit, which is not 0 (Lemire, "Fast random integer generation in an interval",
 * 2019). */
static uint32_t next_below(words *w, uint32_t limit) {
    uint64_t product = (uint64_t)next_word(w) * limit;
    if ((uint32_t)product < limit) {
        uint32_t least = (0 - limit) % limit;
        while ((uint32_t)product < least) product = (uint64_t)next_word(w) * limit;
    }
    return (uint32_t)(product >> 32);
}

/* ---- dealing ---- */

static size_t buckets_of(size_t n) {
    size_t buckets = 1;
    while (buckets < MOST_BUCKETS && n / buckets > BUCKET) buckets *= 2;
    return buckets;
}

static void choose_bucket(const void *ctx, size_t begin, size_t end, uint32_t *bucket) {
    const shuffling *s = ctx;
    uint32_t made[YOKE__DEAL_BATCH + 4 * YOKE__RANDOM_LANES];
    uint32_t mask = (uint32_t)s->buckets - 1;
    size_t skip = begin % 4, blocks = (skip + (end - begin) + 3) / 4;
    blocks = (blocks + YOKE__RANDOM_LANES - 1) / YOKE__RANDOM_LANES * YOKE__RANDOM_LANES;
    s->blocks(s->random, begin / 4, blocks, made);
    for (size_t i = 0; i < end - begin; i++) bucket[i] = made[skip + i] & mask;
}

static void deal_items(const void *ctx, size_t begin, size_t end, const size_t *place) {
    const shuffling *s = ctx;
    if (s->size == 4)
        for (size_t i = begin; i < end; i++)
            memcpy(s->dealt + 4 * place[i - begin], s->items + 4 * i, 4);
    else
        for (size_t i = begin; i < end; i++)
            memcpy(s->dealt + 8 * place[i - begin], s->items + 8 * i, 8);
}

/* ---- buckets ---- */

#define DEFINE_INSIDE_OUT(bits, type)                                                              \
    static void inside_out_##bits(words *w, const type *from, size_t n, type to[]) {               \
        for (size_t i = 0; i < n; i++) {                                                           \
            uint32_t j = next_below(w, (uint32_t)i + 1);                                           \
            to[i] = to[j];                                                                         \
            to[j] = from[i];                                                                       \
        }                                                                                          \
    }
DEFINE_INSIDE_OUT(32, uint32_t)
DEFINE_INSIDE_OUT(64, uint64_t)

static void shuffle_bucket(const shuffling *s, size_t bucket, const char *from, size_t n,
                           char *to) {
    words w = words_from(s, ((uint64_t)1 << 63) + ((uint64_t)bucket << 44));
    if (s->size == 4)
        inside_out_32(&w, (const uint32_t *)(const void *)from, n, (uint32_t *)(void *)to);
    else
        inside_out_64(&w, (const uint64_t *)(const void *)from, n, (uint64_t *)(void *)to);
}

static int shuffle_buckets(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const shuffling *s = ctx;
    (void)index, (void)member;
    for (size_t b = begin; b < end; b++) {
        size_t at = s->starts[b], n = s->starts[b + 1] - at;
        if (n > UINT32_MAX) return yoke_fail(YOKE_ERANGE, "shuffle: a bucket is too large");
        shuffle_bucket(s, b, s->dealt + at * s->size, n, s->items + at * s->size);
    }
    return YOKE_OK;
}

static int check(const shuffling *s) {
    if (s->n && !s->items) return yoke_fail(YOKE_EINVAL, "shuffle: no array");
    if (s->n > MOST) return yoke_fail(YOKE_ERANGE, "shuffle: %zu items", s->n);
    return YOKE_OK;
}

static int shuffle(shuffling s, const yoke_run *run) {
    YOKE_TRY(check(&s));
    s.buckets = buckets_of(s.n);
    s.blocks = yoke__random_in_use();
    yoke__deal deal = {s.n, s.buckets, choose_bucket, deal_items, &s};
    size_t counts = yoke__deal_size(&deal);
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, counts + s.n * s.size));
    s.starts = work.memory;
    s.dealt = (char *)work.memory + counts;
    int status = yoke__deal_run(&deal, run, work.memory);
    if (status == YOKE_OK) status = yoke__run_blocks(run, s.buckets, 1, shuffle_buckets, &s);
    yoke__work_close(&work);
    return status;
}

/* The reference looks for the items of each bucket in turn. */
static int shuffle_ref(shuffling s) {
    YOKE_TRY(check(&s));
    s.buckets = buckets_of(s.n);
    s.blocks = yoke__random_plain;
    char *copy = malloc(s.n * s.size + 1), *bucket = malloc(s.n * s.size + 1), *to = s.items;
    if (!copy || !bucket) {
        free(copy), free(bucket);
        return yoke_fail(YOKE_ENOMEM, NULL);
    }
    if (s.n) memcpy(copy, s.items, s.n * s.size);
    for (size_t b = 0; b < s.buckets; b++) {
        size_t count = 0;
        for (size_t i = 0; i < s.n; i++)
            if (yoke_random_u32(s.random, i) % s.buckets == b)
                memcpy(bucket + count++ * s.size, copy + i * s.size, s.size);
        shuffle_bucket(&s, b, bucket, count, to);
        to += count * s.size;
    }
    free(copy), free(bucket);
    return YOKE_OK;
}

#define DEFINE_SHUFFLE(T, type, wide)                                                              \
    int yoke_shuffle_##T(type items[], size_t n, yoke_random random, const yoke_run *run) {        \
        YOKE__KERNEL;                                                                              \
        shuffling s = {.random = random, .n = n, .size = sizeof *items, .items = (char *)items};   \
        return yoke__told(shuffle(s, run), run, __func__, items, n * sizeof *items);               \
    }                                                                                              \
    int yoke_shuffle_##T##_ref(type items[], size_t n, yoke_random random) {                       \
        return shuffle_ref(                                                                        \
            (shuffling){.random = random, .n = n, .size = sizeof *items, .items = (char *)items}); \
    }
YOKE_TYPES(DEFINE_SHUFFLE)

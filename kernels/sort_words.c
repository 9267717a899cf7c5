/* SPDX-License-Identifier: Apache-2.0
 *
 * The parallel part: a samplesort. Groups of more than LARGE records are split by the whole team,
 * one after the other: splitters are chosen from a sample, each block of records counts its buckets
 * and moves them to where they belong. A splitter has a bucket of its own for the words equal to it
 * (after Axtmann, Witt, Ferizovic and Sanders, "In-place Parallel Super Scalar Samplesort", ESA
 * 2017), so many equal words cost no balance: a large bucket of that kind gets its next words, by
 * the whole team too, and is split again. What has become small enough is a task of one thread.
 *
 * Sizes decide what is large, not threads, and all steps are stable: the result is the same for any
 * number of threads. The sample is drawn at places that look random but are always the same.
 */
#include "kernels/sort_words.h"

#include <stdlib.h>
#include <string.h>

#include "yoke/memory.h"

enum {
    LARGE = 1 << 17,   /* records that one thread does not sort alone */
    BLOCK = 1 << 14,   /* records moved at a time */
    SPLITTERS = 127,   /* at most; a full tree */
    TOGETHER = 8,      /* searches side by side */
    BUCKETS = 256,     /* between splitters, and equal to one */
    SAMPLE = 32 * 128, /* words looked at for the splitters */
    ROUNDS = 8,        /* splits of a group by one word before one thread ends it */
    DEEPEST = 24,      /* words before one thread compares the rest */
};

typedef struct group {
    size_t begin, n;
    uint32_t level;
    int depth;     /* words that are equal in all */
    int rounds;    /* splits by this word so far */
    bool equal;    /* this word is equal, too */
    bool in_spare; /* where the records lie */
} group;

typedef struct group_list {
    group *items;
    size_t count, capacity;
} group_list;

typedef struct sorting {
    const yoke__words *words;
    yoke__record *records, *spare;
    const yoke_run *run;
    group_list large, small;
    size_t (*offsets)[BUCKETS]; /* of each block */
    uint8_t *buckets;           /* of each record */
    /* the group that the team works on */
    group now;
    uint64_t splitters[SPLITTERS + 1]; /* filled up with the highest word */
} sorting;

static int push(group_list *list, const group *item) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 512;
        group *items = realloc(list->items, capacity * sizeof *items);
        if (!items) return yoke_fail(YOKE_ENOMEM, NULL);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *item;
    return YOKE_OK;
}

static int push_group(sorting *s, const group *item) {
    bool alone = item->n <= LARGE || item->rounds >= ROUNDS;
    return push(alone ? &s->small : &s->large, item);
}

/* ---- splitters ---- */

static int compare_words(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* A number that looks random (splitmix64, Steele, Lea and Flood 2014). */
static uint64_t scramble(uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static void choose_splitters(sorting *s) {
    uint64_t sample[SAMPLE];
    const yoke__record *records = s->records + s->now.begin;
    for (size_t i = 0; i < SAMPLE; i++) sample[i] = records[scramble(i) % s->now.n].word;
    qsort(sample, SAMPLE, sizeof *sample, compare_words);
    size_t count = 0;
    for (size_t i = 0; i < SPLITTERS; i++) {
        uint64_t word = sample[(i + 1) * SAMPLE / (SPLITTERS + 1)];
        if (!count || s->splitters[count - 1] != word) s->splitters[count++] = word;
    }
    while (count <= SPLITTERS) s->splitters[count++] = UINT64_MAX;
}

/* The bucket of each of TOGETHER words: twice the number of splitters below it, and one more if the
 * next is equal to it. The searches go on side by side, since each step waits for memory. */
static inline void find_buckets(const uint64_t *splitters, const yoke__record *records,
                                uint8_t *buckets) {
    size_t at[TOGETHER] = {0};
    for (size_t half = (SPLITTERS + 1) / 2; half; half /= 2)
        for (size_t i = 0; i < TOGETHER; i++)
            at[i] += half & -(size_t)(splitters[at[i] + half - 1] < records[i].word);
    for (size_t i = 0; i < TOGETHER; i++)
        buckets[i] = (uint8_t)(2 * at[i] + (splitters[at[i]] == records[i].word));
}

/* ---- splitting a group ---- */

static int count_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    sorting *s = ctx;
    (void)member;
    const yoke__record *records = s->records + s->now.begin;
    uint8_t *buckets = s->buckets + s->now.begin;
    size_t *counts = s->offsets[index], i = begin;
    memset(counts, 0, BUCKETS * sizeof *counts);
    for (; i + TOGETHER <= end; i += TOGETHER) find_buckets(s->splitters, records + i, buckets + i);
    if (i < end) {
        yoke__record last[TOGETHER] = {0};
        uint8_t found[TOGETHER];
        memcpy(last, records + i, (end - i) * sizeof *last);
        find_buckets(s->splitters, last, found);
        memcpy(buckets + i, found, end - i);
    }
    for (i = begin; i < end; i++) counts[buckets[i]]++;
    return YOKE_OK;
}

static int move_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    sorting *s = ctx;
    (void)member;
    const yoke__record *records = s->records + s->now.begin;
    const uint8_t *buckets = s->buckets + s->now.begin;
    yoke__record *to = s->spare + s->now.begin;
    size_t *offsets = s->offsets[index];
    for (size_t i = begin; i < end; i++) to[offsets[buckets[i]]++] = records[i];
    return YOKE_OK;
}

/* Counts become offsets: bucket by bucket, and in each of them block by block. */
static int make_groups(sorting *s) {
    size_t blocks = yoke__block_count(s->now.n, BLOCK), at = 0;
    for (size_t b = 0; b < BUCKETS; b++) {
        group part = s->now;
        part.begin += at;
        for (size_t i = 0; i < blocks; i++) {
            size_t count = s->offsets[i][b];
            s->offsets[i][b] = at;
            at += count;
        }
        part.n = s->now.begin + at - part.begin;
        part.rounds++;
        part.equal = b % 2;
        part.in_spare = true;
        if (part.n) YOKE_TRY(push_group(s, &part));
    }
    return YOKE_OK;
}

static int split(sorting *s) {
    choose_splitters(s);
    YOKE_TRY(yoke__run_blocks(s->run, s->now.n, BLOCK, count_block, s));
    YOKE_TRY(make_groups(s));
    return yoke__run_blocks(s->run, s->now.n, BLOCK, move_block, s);
}

/* ---- large groups ---- */

static int fetch_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    sorting *s = ctx;
    (void)index, (void)member;
    size_t at = s->now.begin + begin;
    memcpy(s->records + at, s->spare + at, (end - begin) * sizeof *s->records);
    return YOKE_OK;
}

static int load_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    sorting *s = ctx;
    (void)index, (void)member;
    s->words->load(s->words, s->records + s->now.begin + begin, end - begin, s->now.level);
    return YOKE_OK;
}

/* Where a group of equal words goes on: 1 with new words, 0 as a task of one thread. */
static int advance(sorting *s) {
    uint32_t next = s->words->next(s->words, s->now.level, s->records[s->now.begin].word);
    if (next & YOKE__LEVEL_COMPARE || s->now.depth >= DEEPEST) return 0;
    s->now.level = next;
    s->now.depth++;
    s->now.rounds = 0;
    s->now.equal = false;
    YOKE_TRY(yoke__run_blocks(s->run, s->now.n, BLOCK, load_block, s));
    return 1;
}

static int take_large(sorting *s) {
    s->now = s->large.items[--s->large.count];
    if (s->now.in_spare) {
        YOKE_TRY(yoke__run_blocks(s->run, s->now.n, BLOCK, fetch_block, s));
        s->now.in_spare = false;
    }
    if (s->now.equal) {
        int status = advance(s);
        if (status < 0) return status;
        if (!status) return push(&s->small, &s->now);
    }
    return split(s);
}

/* ---- small groups ---- */

static int sort_small(void *ctx, size_t index, size_t begin, size_t end, int member) {
    sorting *s = ctx;
    (void)begin, (void)end, (void)member;
    const group *g = &s->small.items[index];
    yoke__record *records = s->records + g->begin, *spare = s->spare + g->begin;
    if (g->in_spare) memcpy(records, spare, g->n * sizeof *records);
    if (g->equal)
        yoke__sort_words_equal(s->words, records, spare, g->n, g->level, g->depth);
    else
        yoke__sort_words_serial(s->words, records, spare, g->n, g->level, g->depth);
    return YOKE_OK;
}

static int sort_all(sorting *s, size_t n) {
    YOKE_TRY(push_group(s, &(group){.n = n}));
    if (n > LARGE) {
        size_t blocks = yoke__block_count(n, BLOCK);
        s->offsets = yoke_aligned_alloc(blocks * sizeof *s->offsets + n);
        if (!s->offsets) return yoke_fail(YOKE_ENOMEM, NULL);
        s->buckets = (uint8_t *)(s->offsets + blocks);
    }
    while (s->large.count) YOKE_TRY(take_large(s));
    return yoke__run_blocks(s->run, s->small.count, 1, sort_small, s);
}

int yoke__sort_words(const yoke__words *words, yoke__record *records, yoke__record *spare, size_t n,
                     const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    if (n < 2) return YOKE_OK;
    sorting s = {.words = words, .records = records, .spare = spare, .run = run};
    int status = sort_all(&s, n);
    yoke_aligned_free(s.offsets);
    free(s.large.items);
    free(s.small.items);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting numbered items. There are several tables, for items one after another, since adding to
 * what has just been stored takes several cycles. Counts have 16 bits, so that tables take little
 * cache. Small tables are four that live for a block, and are then added to the member's sums. Of
 * large ones each member has two; what overflows is carried to a table that is seldom touched, and
 * items are fetched past the second-level cache, which the tables need. At the end members are
 * added up.
 *
 * Items are fetched ahead: while those of a batch are counted nothing is read from memory, and the
 * processor by itself does not look far enough beyond.
 */
#include <string.h>

#include "kernels/bins.h"
#include "kernels/run.h"
#include "yoke/memory.h"

enum {
    BLOCK = 1 << 16, /* items: of a small table's counts none overflows */
    /* Numbers of a small table. Four of them are the 4 KiB within which processors tell addresses
     * apart at once, so that no addition waits for one to another table. */
    SMALL = 512,
    SMALL_AHEAD = 4096, /* bytes from the items that are counted to those that are fetched */
    LARGE_AHEAD = 8192,
    MERGE = 1 << 14, /* numbers of a block when tables are added up */
};

typedef struct counting {
    const yoke__numbering *items;
    bool small;
    size_t size, stride, members; /* numbers; numbers from one table to the next */
    char *memory;
    size_t each; /* bytes of a member */
    uint64_t *counts, *more;
} counting;

/* What a member has: sums; or two large tables, and how often they overflowed. */
static uint64_t *sums_of(const counting *c, size_t member) {
    return (uint64_t *)(void *)(c->memory + member * c->each);
}
static uint16_t *large_of(const counting *c, size_t member) {
    return (uint16_t *)(void *)(c->memory + member * c->each);
}
static uint32_t *carries_of(const counting *c, size_t member) {
    return (uint32_t *)(void *)(large_of(c, member) + 2 * c->stride);
}

/* Two numbers by one load, in any order: loads are what limits counting. */
static inline uint64_t two_numbers(const uint32_t *number) {
    uint64_t two;
    memcpy(&two, number, sizeof two);
    return two;
}

static void count_small(uint16_t table[4][SMALL], const uint32_t *number, size_t n) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        uint64_t a = two_numbers(number + i), b = two_numbers(number + i + 2);
        table[0][(uint32_t)a]++;
        table[1][a >> 32]++;
        table[2][(uint32_t)b]++;
        table[3][b >> 32]++;
    }
    for (; i < n; i++) table[0][number[i]]++;
}

static inline void count_one(uint16_t *table, uint32_t *carries, uint32_t number) {
    if (__builtin_expect(!++table[number], 0)) carries[number]++;
}

static void count_large(uint16_t *table, size_t stride, uint32_t *carries, const uint32_t *number,
                        size_t n) {
    size_t i = 0;
    for (; i + 2 <= n; i += 2) {
        uint64_t two = two_numbers(number + i);
        count_one(table, carries, (uint32_t)two);
        count_one(table + stride, carries, (uint32_t)(two >> 32));
    }
    if (i < n) count_one(table, carries, number[i]);
}

/* Fetches what a later batch needs; `once`: without a place in the second-level cache. */
static inline void fetch(const yoke__numbering *items, size_t at, size_t n, size_t ahead,
                         bool once) {
    const char *from = items->from + at * items->size + ahead;
    if (items->from + items->n * items->size - from < (ptrdiff_t)(n * items->size)) return;
    for (size_t i = 0; i < n * items->size; i += 64) {
        if (once)
            __builtin_prefetch(from + i, 0, 0);
        else
            __builtin_prefetch(from + i);
    }
}

static size_t batch_of(size_t at, size_t end) {
    return end - at < YOKE__BINS_BATCH ? end - at : YOKE__BINS_BATCH;
}

static int count_block_small(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const counting *c = ctx;
    uint32_t number[YOKE__BINS_BATCH];
    uint16_t table[4][SMALL] = {{0}};
    uint64_t *sums = sums_of(c, (size_t)member);
    (void)index;
    for (size_t at = begin, n; at < end; at += n) {
        n = batch_of(at, end);
        fetch(c->items, at, n, SMALL_AHEAD, false);
        c->items->number(c->items->ctx, at, at + n, number);
        count_small(table, number, n);
    }
    for (size_t i = 0; i < c->size; i++)
        sums[i] += (uint64_t)table[0][i] + table[1][i] + table[2][i] + table[3][i];
    return YOKE_OK;
}

static int count_block_large(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const counting *c = ctx;
    uint32_t number[YOKE__BINS_BATCH];
    size_t m = (size_t)member;
    (void)index;
    for (size_t at = begin, n; at < end; at += n) {
        n = batch_of(at, end);
        fetch(c->items, at, n, LARGE_AHEAD, true);
        c->items->number(c->items->ctx, at, at + n, number);
        count_large(large_of(c, m), c->stride, carries_of(c, m), number, n);
    }
    return YOKE_OK;
}

/* What a member counted of one number. */
static uint64_t sum_large(const counting *c, size_t member, size_t number) {
    const uint16_t *at = large_of(c, member) + number;
    return at[0] + at[c->stride] + ((uint64_t)carries_of(c, member)[number] << 16);
}

static int merge_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const counting *c = ctx;
    (void)index, (void)member;
    for (size_t i = begin; i < end; i++) {
        uint64_t sum = 0;
        for (size_t m = 0; m < c->members; m++)
            sum += c->small ? sums_of(c, m)[i] : sum_large(c, m, i);
        *(i < c->items->bins ? &c->counts[i] : &c->more[i - c->items->bins]) = sum;
    }
    return YOKE_OK;
}

static int count_all(counting *c, const yoke_run *run) {
    memset(c->memory, 0, c->members * c->each);
    yoke__block_fn *count = c->small ? count_block_small : count_block_large;
    YOKE_TRY(yoke__run_blocks(run, c->items->n, BLOCK, count, c));
    return yoke__run_blocks(run, c->size, MERGE, merge_block, c);
}

int yoke__bins_count(const yoke__numbering *items, uint64_t *counts, uint64_t more[YOKE__BINS_MORE],
                     const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    yoke_run alone = run ? *run : (yoke_run){0};
    size_t size = items->bins + YOKE__BINS_MORE;
    if (size > items->n / 4) { /* a table costs more than its share of the items */
        alone.threads = 1;
        run = &alone;
    }
    counting c = {.items = items, .size = size, .counts = counts, .more = more};
    c.members = (size_t)yoke__run_members(run, yoke__block_count(items->n, BLOCK));
    c.small = size <= SMALL;
    c.stride = (size + 63) / 64 * 64; /* whole pads of cache */
    c.each = c.stride * 8;            /* bytes of either */
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, c.members * c.each));
    c.memory = work.memory;
    int status = count_all(&c, run);
    yoke__work_close(&work);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting by a comparison, and merging: a stable merge sort. Blocks that fit the second-level cache
 * are sorted by one member each, from short runs by insertion upwards. Then neighbours are merged,
 * level by level, by all members: where a block of the result begins in either input is found by
 * bisection along a diagonal of the merge path (Odeh, Green, Mwassi, Shmueli and Birk, "Merge
 * path", IPDPS workshops 2012), so all blocks are alike, however the items lie.
 */
#include <string.h>

#include "kernels/run.h"
#include "yoke/memory.h"
#include "yoke/sort.h"

enum { SHORT_RUN = 8, BLOCK_BYTES = 1 << 18, LEAST_BLOCK = 64 };

typedef struct merge {
    size_t size; /* of an item */
    yoke_compare_fn *compare;
    void *ctx;
} merge;

static inline void copy_item(char *to, const char *from, size_t size) {
    switch (size) {
    case 4: memcpy(to, from, 4); break;
    case 8: memcpy(to, from, 8); break;
    case 16: memcpy(to, from, 16); break;
    default: memcpy(to, from, size);
    }
}

static inline bool second_first(const merge *m, const char *a, const char *b) {
    return m->compare(b, a, m->ctx) < 0;
}

/* `count` items of the result, from a and b on. */
static void merge_some(const merge *m, const char *a, const char *a_end, const char *b,
                       const char *b_end, char *to, size_t count) {
    size_t size = m->size;
    for (char *end = to + count * size; to < end; to += size) {
        if (a == a_end) return (void)memcpy(to, b, (size_t)(end - to));
        if (b == b_end) return (void)memcpy(to, a, (size_t)(end - to));
        if (second_first(m, a, b)) {
            copy_item(to, b, size);
            b += size;
        } else {
            copy_item(to, a, size);
            a += size;
        }
    }
}

/* How many of the first `at` items of the result are a's. */
static size_t cut_at(const merge *m, const char *a, size_t na, const char *b, size_t nb,
                     size_t at) {
    size_t low = at > nb ? at - nb : 0, high = at < na ? at : na;
    while (low < high) {
        size_t half = low + (high - low) / 2;
        if (second_first(m, a + half * m->size, b + (at - 1 - half) * m->size))
            high = half;
        else
            low = half + 1;
    }
    return low;
}

/* Items `begin` to `end` - 1 of the result. */
static void merge_part(const merge *m, const char *a, size_t na, const char *b, size_t nb, char *to,
                       size_t begin, size_t end) {
    size_t from_a = cut_at(m, a, na, b, nb, begin), from_b = begin - from_a, size = m->size;
    merge_some(m, a + from_a * size, a + na * size, b + from_b * size, b + nb * size,
               to + begin * size, end - begin);
}

/* ---- one block ---- */

static void insert_run(const merge *m, char *items, size_t n, char *spare) {
    size_t size = m->size;
    for (size_t i = 1; i < n; i++) {
        size_t at = i;
        while (at > 0 && second_first(m, items + (at - 1) * size, items + i * size)) at--;
        if (at == i) continue;
        copy_item(spare, items + i * size, size);
        memmove(items + (at + 1) * size, items + at * size, (i - at) * size);
        copy_item(items + at * size, spare, size);
    }
}

/* Sorts n items in place; `spare` has room for as many. */
static void sort_block(const merge *m, char *items, size_t n, char *spare) {
    size_t size = m->size;
    for (size_t i = 0; i < n; i += SHORT_RUN)
        insert_run(m, items + i * size, n - i < SHORT_RUN ? n - i : SHORT_RUN, spare);
    char *from = items, *to = spare;
    for (size_t width = SHORT_RUN; width < n; width *= 2) {
        for (size_t i = 0; i < n; i += 2 * width) {
            size_t middle = n - i < width ? n : i + width;
            size_t end = n - i < 2 * width ? n : i + 2 * width;
            merge_some(m, from + i * size, from + middle * size, from + middle * size,
                       from + end * size, to + i * size, end - i);
        }
        char *swap = from;
        from = to, to = swap;
    }
    if (from != items) memcpy(items, from, n * size);
}

/* ---- all members ---- */

typedef struct level {
    merge merge;
    size_t n;
    size_t width; /* of the runs that are merged in pairs */
    char *from, *to;
} level;

static int sort_blocks(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const level *l = ctx;
    (void)index, (void)member;
    size_t size = l->merge.size;
    sort_block(&l->merge, l->from + begin * size, end - begin, l->to + begin * size);
    return YOKE_OK;
}

/* A block lies within one pair, for runs are multiples of blocks. */
static int merge_blocks(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const level *l = ctx;
    (void)index, (void)member;
    size_t size = l->merge.size, pair = begin / (2 * l->width) * (2 * l->width);
    size_t na = l->n - pair < l->width ? l->n - pair : l->width, left = l->n - pair - na;
    size_t nb = left < l->width ? left : l->width;
    const char *a = l->from + pair * size, *b = a + na * size;
    merge_part(&l->merge, a, na, b, nb, l->to + pair * size, begin - pair, end - pair);
    return YOKE_OK;
}

static int copy_blocks(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const level *l = ctx;
    (void)index, (void)member;
    size_t size = l->merge.size;
    memcpy(l->to + begin * size, l->from + begin * size, (end - begin) * size);
    return YOKE_OK;
}

static void swap_rooms(level *l) {
    char *from = l->from;
    l->from = l->to, l->to = from;
}

static int sort_levels(level *l, const char *items, size_t block, const yoke_run *run) {
    YOKE_TRY(yoke__run_blocks(run, l->n, block, sort_blocks, l));
    for (l->width = block; l->width < l->n; l->width *= 2) {
        YOKE_TRY(yoke__run_blocks(run, l->n, block, merge_blocks, l));
        swap_rooms(l);
    }
    if (l->from == items) return YOKE_OK;
    return yoke__run_blocks(run, l->n, block, copy_blocks, l);
}

static size_t block_of(size_t size) {
    return BLOCK_BYTES / size > LEAST_BLOCK ? BLOCK_BYTES / size : LEAST_BLOCK;
}

static int check(size_t n, size_t size, yoke_compare_fn *compare, const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    if (!size || !compare) return yoke_fail(YOKE_EINVAL, "sort: items of no size, or no order");
    if (n > PTRDIFF_MAX / size)
        return yoke_fail(YOKE_ENOMEM, "sort: %zu items of %zu bytes are too many", n, size);
    return YOKE_OK;
}

int yoke_sort_by(void *items, size_t n, size_t size, yoke_compare_fn *compare, void *ctx,
                 const yoke_run *run) {
    YOKE__KERNEL;
    YOKE_TRY(check(n, size, compare, run));
    if (n < 2) return YOKE_OK;
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, n * size));
    level l = {.merge = {size, compare, ctx}, .n = n, .from = items, .to = work.memory};
    int status = sort_levels(&l, items, block_of(size), run);
    yoke__work_close(&work);
    return yoke__told(status, run, "yoke_sort_by", items, n * size);
}

/* ---- merging ---- */

typedef struct two {
    merge merge;
    const char *a, *b;
    size_t na, nb;
    char *to;
} two;

static int merge_two(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const two *t = ctx;
    (void)index, (void)member;
    merge_part(&t->merge, t->a, t->na, t->b, t->nb, t->to, begin, end);
    return YOKE_OK;
}

int yoke_merge_by(const void *a, size_t na, const void *b, size_t nb, void *to, size_t size,
                  yoke_compare_fn *compare, void *ctx, const yoke_run *run) {
    YOKE__KERNEL;
    YOKE_TRY(check(na, size, compare, run));
    YOKE_TRY(check(nb, size, compare, run));
    YOKE_TRY(check(na + nb, size, compare, run));
    two t = {.merge = {size, compare, ctx}, .a = a, .b = b, .na = na, .nb = nb, .to = to};
    int status = yoke__run_blocks(run, na + nb, yoke__free_size(block_of(size)), merge_two, &t);
    return yoke__told(status, run, "yoke_merge_by", to, (na + nb) * size);
}

/* ---- references ---- */

int yoke_merge_by_ref(const void *a, size_t na, const void *b, size_t nb, void *to, size_t size,
                      yoke_compare_fn *compare, void *ctx) {
    YOKE_TRY(check(na, size, compare, NULL));
    const char *i = a, *j = b, *i_end = i + na * size, *j_end = j + nb * size;
    for (char *k = to; i < i_end || j < j_end; k += size) {
        bool second = i == i_end || (j < j_end && compare(j, i, ctx) < 0);
        memcpy(k, second ? j : i, size);
        if (second)
            j += size;
        else
            i += size;
    }
    return YOKE_OK;
}

static int sort_halves(char *items, size_t n, const merge *m, char *spare) {
    if (n < 2) return YOKE_OK;
    size_t half = n / 2, size = m->size;
    YOKE_TRY(sort_halves(items, half, m, spare));
    YOKE_TRY(sort_halves(items + half * size, n - half, m, spare));
    memcpy(spare, items, n * size);
    return yoke_merge_by_ref(spare, half, spare + half * size, n - half, items, size, m->compare,
                             m->ctx);
}

int yoke_sort_by_ref(void *items, size_t n, size_t size, yoke_compare_fn *compare, void *ctx) {
    YOKE_TRY(check(n, size, compare, NULL));
    merge m = {size, compare, ctx};
    char *spare = yoke_aligned_alloc(n * size + 1);
    if (!spare) return yoke_fail(YOKE_ENOMEM, "sort: no memory for %zu items", n);
    int status = sort_halves(items, n, &m, spare);
    yoke_aligned_free(spare);
    return status;
}

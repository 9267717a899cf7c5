/* SPDX-License-Identifier: Apache-2.0
 *
 * Gather, scatter and reversal. A small scatter is one loop. A large one deals indices and items to
 * buckets, each for a part of the output, and each bucket is then written by one member, in order:
 * so the last of several items for a place wins, and the part that is written to lies in cache.
 */
#include "yoke/permute.h"

#include <string.h>

#include "kernels/deal.h"
#include "kernels/overlap.h"
#include "yoke/memory.h"

enum {
    BLOCK = 1 << 15,
    SMALL = 1 << 15,   /* items that are scattered by one loop */
    PART = 1 << 15,    /* items of a part of the output, at least */
    MOST_PARTS = 1024, /* or larger parts */
};

static int check(const void *from, size_t size, const void *to, size_t to_size) {
    if ((size && !from) || (to_size && !to)) return yoke_fail(YOKE_EINVAL, "permute: no array");
    if (yoke__overlap(from, size, to, to_size))
        return yoke_fail(YOKE_EINVAL, "permute: input and output overlap");
    return YOKE_OK;
}

/* ---- indices within bounds ---- */

static uint64_t largest(const uint64_t *index, size_t n) {
    uint64_t most = 0;
    for (size_t i = 0; i < n; i++) most = index[i] > most ? index[i] : most;
    return most;
}

/* The failure for the first one; some item is known to be out of bounds. */
static int out_of_bounds(const uint64_t *index, size_t limit) {
    size_t i = 0;
    while (index[i] < limit) i++;
    return yoke_fail(YOKE_ERANGE, "permute: index[%zu] is %llu, of %zu items", i,
                     (unsigned long long)index[i], limit);
}

typedef struct bounds {
    const uint64_t *index;
    size_t limit;
} bounds;

static int check_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const bounds *b = ctx;
    (void)index, (void)member;
    return largest(b->index + begin, end - begin) < b->limit ? YOKE_OK : YOKE_ERANGE;
}

static int check_indices(const uint64_t *index, size_t n, size_t limit, const yoke_run *run) {
    bounds b = {index, limit};
    int status = yoke__run_blocks(run, n, BLOCK, check_block, &b);
    return status == YOKE_ERANGE ? out_of_bounds(index, limit) : status;
}

/* ---- gather ---- */

typedef struct gathering {
    const void *from;
    const uint64_t *index;
    void *to;
    size_t limit;
} gathering;

#define DEFINE_GATHER(bits, type)                                                                  \
    static int gather_##bits(void *ctx, size_t index, size_t begin, size_t end, int member) {      \
        const gathering *g = ctx;                                                                  \
        const type *from = g->from;                                                                \
        (void)index, (void)member;                                                                 \
        if (largest(g->index + begin, end - begin) >= g->limit) return YOKE_ERANGE;                \
        for (size_t i = begin; i < end; i++) ((type *)g->to)[i] = from[g->index[i]];               \
        return YOKE_OK;                                                                            \
    }
DEFINE_GATHER(32, uint32_t)
DEFINE_GATHER(64, uint64_t)

static int gather(gathering g, size_t n, size_t size, const yoke_run *run) {
    YOKE_TRY(check(g.from, g.limit * size, g.to, n * size));
    YOKE_TRY(check(g.index, n * sizeof *g.index, g.to, n * size));
    int status = yoke__run_blocks(run, n, BLOCK, size == 4 ? gather_32 : gather_64, &g);
    return status == YOKE_ERANGE ? out_of_bounds(g.index, g.limit) : status;
}

/* ---- scatter ---- */

typedef struct scattering {
    const char *from; /* NULL: item i is i */
    const uint64_t *index;
    size_t n, size, part; /* items of a part */
    char *to;
    uint64_t *dealt_index;
    char *dealt;
    const size_t *starts;
} scattering;

static void write_items(char *to, size_t size, const uint64_t *index, const char *from, size_t n) {
    if (size == 4)
        for (size_t i = 0; i < n; i++) memcpy(to + 4 * index[i], from + 4 * i, 4);
    else
        for (size_t i = 0; i < n; i++) memcpy(to + 8 * index[i], from + 8 * i, 8);
}

static void choose_part(const void *ctx, size_t begin, size_t end, uint32_t *bucket) {
    const scattering *s = ctx;
    int shift = __builtin_ctzll(s->part);
    for (size_t i = begin; i < end; i++) bucket[i - begin] = (uint32_t)(s->index[i] >> shift);
}

static void deal_items(const void *ctx, size_t begin, size_t end, const size_t *place) {
    const scattering *s = ctx;
    for (size_t i = begin; i < end; i++) s->dealt_index[place[i - begin]] = s->index[i];
    if (!s->from)
        for (size_t i = begin; i < end; i++) ((uint64_t *)(void *)s->dealt)[place[i - begin]] = i;
    else if (s->size == 4)
        for (size_t i = begin; i < end; i++)
            memcpy(s->dealt + 4 * place[i - begin], s->from + 4 * i, 4);
    else
        for (size_t i = begin; i < end; i++)
            memcpy(s->dealt + 8 * place[i - begin], s->from + 8 * i, 8);
}

static int write_part(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const scattering *s = ctx;
    (void)index, (void)member;
    for (size_t part = begin; part < end; part++) {
        size_t at = s->starts[part];
        write_items(s->to, s->size, s->dealt_index + at, s->dealt + at * s->size,
                    s->starts[part + 1] - at);
    }
    return YOKE_OK;
}

/* A power of two. */
static size_t part_of(size_t limit) {
    size_t part = PART;
    while (limit / part >= MOST_PARTS) part *= 2;
    return part;
}

static int scatter_in_parts(scattering *s, size_t limit, const yoke_run *run) {
    s->part = part_of(limit);
    yoke__deal deal = {s->n, yoke__block_count(limit, s->part), choose_part, deal_items, s};
    size_t counts = yoke__deal_size(&deal);
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, counts + s->n * (sizeof *s->dealt_index + s->size)));
    s->starts = work.memory;
    s->dealt_index = (uint64_t *)(void *)((char *)work.memory + counts);
    s->dealt = (char *)(s->dealt_index + s->n);
    int status = yoke__deal_run(&deal, run, work.memory);
    if (status == YOKE_OK) status = yoke__run_blocks(run, deal.buckets, 1, write_part, s);
    yoke__work_close(&work);
    return status;
}

static int scatter(scattering s, size_t limit, const yoke_run *run) {
    YOKE_TRY(check(s.from, s.from ? s.n * s.size : 0, s.to, limit * s.size));
    YOKE_TRY(check(s.index, s.n * sizeof *s.index, s.to, limit * s.size));
    YOKE_TRY(check_indices(s.index, s.n, limit, run));
    if (s.n > SMALL || !s.from) return scatter_in_parts(&s, limit, run);
    write_items(s.to, s.size, s.index, s.from, s.n);
    return YOKE_OK;
}

/* ---- inverse ---- */

static int find_missing(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const uint64_t *inverse = ctx;
    (void)index, (void)member;
    if (largest(inverse + begin, end - begin) != UINT64_MAX) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "permute: no permutation: a number is missing");
}

static int forget(void *ctx, size_t index, size_t begin, size_t end, int member) {
    (void)index, (void)member;
    memset((uint64_t *)ctx + begin, 0xFF, (end - begin) * sizeof(uint64_t));
    return YOKE_OK;
}

int yoke_permutation_invert(const uint64_t *index, size_t n, uint64_t *inverse,
                            const yoke_run *run) {
    YOKE__KERNEL;
    YOKE_TRY(check(index, n * sizeof *index, inverse, n * sizeof *inverse));
    YOKE_TRY(yoke__run_blocks(run, n, BLOCK, forget, inverse));
    scattering s = {.index = index, .n = n, .size = sizeof *index, .to = (char *)inverse};
    int status = scatter(s, n, run);
    if (status == YOKE_ERANGE) return YOKE_EINVAL; /* with the same detail */
    YOKE_TRY(status);
    status = yoke__run_blocks(run, n, BLOCK, find_missing, inverse);
    return yoke__told(status, run, __func__, inverse, n * sizeof *inverse);
}

/* ---- reversal ---- */

typedef struct reversing {
    void *items;
    size_t n;
} reversing;

/* Swaps items of the first half with theirs of the second one. */
#define DEFINE_REVERSE(bits, type)                                                                 \
    static int reverse_##bits(void *ctx, size_t index, size_t begin, size_t end, int member) {     \
        const reversing *r = ctx;                                                                  \
        (void)index, (void)member;                                                                 \
        for (size_t i = begin; i < end; i++) {                                                     \
            type first = ((type *)r->items)[i], last = ((type *)r->items)[r->n - 1 - i];           \
            ((type *)r->items)[i] = last;                                                          \
            ((type *)r->items)[r->n - 1 - i] = first;                                              \
        }                                                                                          \
        return YOKE_OK;                                                                            \
    }
DEFINE_REVERSE(32, uint32_t)
DEFINE_REVERSE(64, uint64_t)

static int reverse(reversing r, size_t size, const yoke_run *run) {
    if (r.n && !r.items) return yoke_fail(YOKE_EINVAL, "permute: no array");
    return yoke__run_blocks(run, r.n / 2, BLOCK, size == 4 ? reverse_32 : reverse_64, &r);
}

/* ---- the faces ---- */

#define TEMPLATE "kernels/permute.inc.h"
#include "kernels/each_type.inc.h"

/* SPDX-License-Identifier: Apache-2.0
 *
 * The core of reductions: it knows blocks and accumulators, and nothing of types. Blocks have an
 * accumulator each, which are combined in their order; reductions that are exact have one for each
 * member instead, since order does not matter to them.
 */
#include "kernels/reduce.h"

#include <string.h>

#include "kernels/offsets.h"
#include "yoke/memory.h"

enum { GRAIN = 16384, MOST_BLOCKS = 4096, UNIT = 64, ALIGNMENT = 16, SMALL = 1024 };

size_t yoke__reduce_grain(size_t n) {
    size_t grain = n / MOST_BLOCKS + (n % MOST_BLOCKS != 0);
    if (grain <= GRAIN) return GRAIN;
    return (grain + UNIT - 1) / UNIT * UNIT;
}

typedef struct job {
    const yoke_reducer *r;
    const void *items;
    size_t base;
    char *accs;
    size_t stride;
} job;

static int reduce_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const job *j = ctx;
    void *acc = j->accs + j->stride * (j->r->exact ? (size_t)member : index);
    if (!j->r->exact) j->r->init(acc, j->r->ctx);
    j->r->block(acc, j->items, j->base + begin, j->base + end, j->r->ctx);
    return YOKE_OK;
}

static int reduce_all(job *j, size_t n, size_t grain, size_t count, const yoke_run *run) {
    const yoke_reducer *r = j->r;
    if (yoke__verify_on()) memset(j->accs, 0, count * j->stride); /* what lies between fields */
    for (size_t i = 0; i < count && r->exact; i++) r->init(j->accs + i * j->stride, r->ctx);
    YOKE_TRY(yoke__run_blocks(run, n, grain, reduce_block, j));
    for (size_t i = 1; i < count; i++) r->combine(j->accs, j->accs + i * j->stride, r->ctx);
    return YOKE_OK;
}

int yoke__reduce_range(const yoke_reducer *r, const void *items, size_t base, size_t n,
                       void *result, const yoke_run *run) {
    _Alignas(YOKE_CACHE_PAD) char small[SMALL];
    size_t grain = r->grain ? r->grain : yoke__reduce_grain(n);
    if (r->exact || yoke__run_repro(run) == YOKE_REPRO_FAST) grain = yoke__free_size(grain);
    size_t blocks = yoke__block_count(n, grain), unit = r->exact ? YOKE_CACHE_PAD : ALIGNMENT;
    size_t count = r->exact ? (size_t)yoke__run_members(run, blocks) : blocks, size;
    job j = {r, items, base, small, (r->acc_size + unit - 1) / unit * unit};
    yoke__work work = {0};
    YOKE_TRY(yoke__run_check(run));
    if (__builtin_mul_overflow(count, j.stride, &size))
        return yoke_fail(YOKE_ENOMEM, "no memory for %zu accumulators", count);
    if (!n) {
        r->init(result, r->ctx);
        return YOKE_OK;
    }
    if (size > sizeof small) {
        YOKE_TRY(yoke__work_open(&work, run, size));
        j.accs = work.memory;
    }
    int status = reduce_all(&j, n, grain, count, run);
    if (status == YOKE_OK) memcpy(result, j.accs, r->acc_size);
    if (work.memory) yoke__work_close(&work);
    return status;
}

int yoke__reducer_check(const yoke_reducer *r, const yoke_run *run) {
    if (!r || !r->acc_size || !r->init || !r->block || !r->combine)
        return yoke_fail(YOKE_EINVAL, "a reducer needs acc_size, init, block and combine");
    if (yoke__run_repro(run) == YOKE_REPRO_EXACT && !r->exact)
        return yoke_fail(YOKE_EUNSUPPORTED, "this reducer does not say that it is exact");
    return YOKE_OK;
}

int yoke_reduce(const yoke_reducer *reducer, const void *items, size_t n, void *result,
                const yoke_run *run) {
    YOKE__KERNEL;
    YOKE_TRY(yoke__reducer_check(reducer, run));
    int status = yoke__reduce_range(reducer, items, 0, n, result, run);
    return yoke__told(status, run, "yoke_reduce", result, reducer->acc_size);
}

/* ---- segments ----
 *
 * A segment of more than a block is reduced by all members, one after the other. The rest is dealt
 * out by ranges of items: a segment belongs to the range that it begins in. */

typedef struct segments {
    const yoke_reducer *r;
    const void *items;
    const size_t *offsets;
    size_t count;
    char *results;
    size_t longest; /* items of a segment that is reduced by one member */
} segments;

static size_t segment_from(const segments *s, size_t item) {
    return yoke__offsets_from(s->offsets, s->count, item);
}

static int reduce_short(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const segments *s = ctx;
    const yoke_reducer *r = s->r;
    (void)index, (void)member;
    size_t first = s->offsets[0];
    size_t last = first + end == s->offsets[s->count] ? s->count : segment_from(s, first + end);
    for (size_t i = begin ? segment_from(s, first + begin) : 0; i < last; i++) {
        size_t from = s->offsets[i], to = s->offsets[i + 1];
        void *acc = s->results + i * r->acc_size;
        if (to - from > s->longest) continue;
        r->init(acc, r->ctx);
        if (from < to) r->block(acc, s->items, from, to, r->ctx);
    }
    return YOKE_OK;
}

/* The long ones: looked for from block to block, since others can be skipped. */
static int reduce_long(const segments *s, const yoke_run *run) {
    for (size_t i = 0; i < s->count; i++) {
        size_t n = s->offsets[i + 1] - s->offsets[i];
        if (n > s->longest)
            YOKE_TRY(yoke__reduce_range(s->r, s->items, s->offsets[i], n,
                                        s->results + i * s->r->acc_size, run));
    }
    return YOKE_OK;
}

int yoke_reduce_segments(const yoke_reducer *reducer, const void *items, const size_t *offsets,
                         size_t count, void *results, const yoke_run *run) {
    YOKE__KERNEL;
    YOKE_TRY(yoke__reducer_check(reducer, run));
    size_t longest = reducer->grain ? reducer->grain : GRAIN;
    segments s = {reducer, items, offsets, count, results, longest};
    YOKE_TRY(yoke__offsets_check(offsets, count, run));
    if (!count) return YOKE_OK;
    size_t n = offsets[count] - offsets[0];
    for (size_t i = 0; i < count && !n; i++)
        reducer->init(s.results + i * reducer->acc_size, reducer->ctx);
    YOKE_TRY(yoke__run_blocks(run, n, yoke__free_size(yoke__reduce_grain(n)), reduce_short, &s));
    int status = reduce_long(&s, run);
    return yoke__told(status, run, "yoke_reduce_segments", results, count * reducer->acc_size);
}

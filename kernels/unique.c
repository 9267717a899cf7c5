/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs of equal items. Unique selects the items that differ from the one before them. Encoding
 * packs those items and their places; a length is the distance from one place to the next. The last
 * run of a block ends in a later block, so its place is kept, and its length is filled in at the
 * end.
 */
#include <string.h>

#include "kernels/chain.h"
#include "kernels/overlap.h"
#include "kernels/select.h"

/* What differs from the item before it, as a test. */
typedef struct differing {
    const yoke__select_kernels *kernels;
    const void *from;
} differing;

#define DEFINE_DIFFERS(T, type, kind)                                                              \
    static const unsigned char *flags_differs_##T(const void *ctx, size_t begin, size_t end,       \
                                                  unsigned char *buffer) {                         \
        const differing *d = ctx;                                                                  \
        size_t first = begin == 0; /* it begins a run */                                           \
        buffer[0] = 1;                                                                             \
        d->kernels->differs_##kind((const type *)d->from + begin + first, end - begin - first,     \
                                   buffer + first);                                                \
        return buffer;                                                                             \
    }
DEFINE_DIFFERS(i32, uint32_t, u32)
DEFINE_DIFFERS(u32, uint32_t, u32)
DEFINE_DIFFERS(i64, uint64_t, u64)
DEFINE_DIFFERS(u64, uint64_t, u64)
DEFINE_DIFFERS(f32, float, f32)
DEFINE_DIFFERS(f64, double, f64)

#define DEFINE_UNIQUE(T, type, wide)                                                               \
    int yoke_unique_##T(const type *from, size_t n, type to[], size_t *count,                      \
                        const yoke_run *run) {                                                     \
        YOKE__KERNEL;                                                                              \
        differing d = {yoke__select_kernels_in_use(), from};                                       \
        yoke__test test = {flags_differs_##T, &d};                                                 \
        int status = yoke__select(from, n, sizeof *from, test, false, to, count, run);             \
        YOKE__TELL(status, run, "yoke_unique_" #T, to, *count * sizeof *to);                       \
        return status;                                                                             \
    }
YOKE_TYPES(DEFINE_UNIQUE)

/* ---- encoding ---- */

/* Where the runs of a block begin. */
typedef struct span {
    size_t runs, before;  /* how many; how many runs before them */
    uint64_t first, last; /* places of the first and the last one */
} span;

typedef struct encoding {
    const yoke__select_kernels *kernels;
    const char *from;
    size_t n, size, block;
    yoke__test test;
    char *items;
    uint64_t *lengths;
    span *spans;
} encoding;

/* A buffer holds places, then items, both with room for a whole block: where the items begin. */
static size_t items_at(const encoding *e) { return e->block * sizeof(uint64_t) + YOKE__PACK_SLACK; }

static size_t collect(const void *ctx, size_t begin, size_t end, void *buffer) {
    const encoding *e = ctx;
    uint64_t masks[YOKE__BATCH_WORDS], *places = buffer;
    char *items = (char *)buffer + items_at(e);
    size_t count = 0;
    for (size_t at = begin, stop; at < end; at = stop) {
        stop = yoke__batch_end(at, end);
        yoke__test_masks(e->kernels, e->test, at, stop, masks);
        yoke__pack(e->kernels, e->from + at * e->size, e->size, masks, stop - at,
                   items + count * e->size);
        count += e->kernels->places(at, masks, stop - at, places + count);
    }
    return count;
}

static size_t count_runs(const void *ctx, size_t begin, size_t end) {
    const encoding *e = ctx;
    return yoke__test_count(e->kernels, e->test, begin, end);
}

static void deliver(const void *ctx, size_t index, size_t before, size_t count,
                    const void *buffer) {
    const encoding *e = ctx;
    const uint64_t *places = buffer;
    uint64_t *lengths = e->lengths + before;
    e->spans[index] = (span){count, before, 0, 0};
    if (!count) return;
    e->spans[index] = (span){count, before, places[0], places[count - 1]};
    memcpy(e->items + before * e->size, (const char *)buffer + items_at(e), count * e->size);
    for (size_t i = 0; i + 1 < count; i++) lengths[i] = places[i + 1] - places[i];
}

/* The lengths of the last runs of blocks. */
static void close_runs(const encoding *e) {
    uint64_t next = e->n;
    for (size_t b = yoke__block_count(e->n, e->block); b-- > 0;) {
        const span *s = &e->spans[b];
        if (!s->runs) continue;
        e->lengths[s->before + s->runs - 1] = next - s->last;
        next = s->first;
    }
}

static int check_encoding(const encoding *e) {
    size_t bytes = e->n * e->size, lengths = e->n * sizeof(uint64_t);
    if (e->n && (!e->from || !e->items || !e->lengths))
        return yoke_fail(YOKE_EINVAL, "run-length encoding: no array");
    if (yoke__overlap(e->from, bytes, e->items, bytes) ||
        yoke__overlap(e->from, bytes, e->lengths, lengths) ||
        yoke__overlap(e->items, bytes, e->lengths, lengths))
        return yoke_fail(YOKE_EINVAL, "run-length encoding: arrays overlap");
    return YOKE_OK;
}

static int encode(encoding e, size_t *count, const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    YOKE_TRY(check_encoding(&e));
    e.block = yoke__select_block(sizeof(uint64_t));
    size_t buffer = e.block * (sizeof(uint64_t) + e.size) + 2 * YOKE__PACK_SLACK, total;
    yoke__chain chain = {e.n, e.block, buffer, collect, count_runs, deliver, &e};
    size_t size = yoke__chain_size(&chain, run);
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, size + yoke__block_count(e.n, e.block) * sizeof *e.spans));
    e.spans = (span *)(void *)((char *)work.memory + size);
    int status = yoke__chain_run(&chain, run, work.memory, &total);
    if (status == YOKE_OK) {
        close_runs(&e);
        *count = total;
    }
    yoke__work_close(&work);
    return status;
}

#define DEFINE_ENCODE(T, type, wide)                                                               \
    int yoke_rle_encode_##T(const type *from, size_t n, type items[], uint64_t *lengths,           \
                            size_t *count, const yoke_run *run) {                                  \
        YOKE__KERNEL;                                                                              \
        const yoke__select_kernels *kernels = yoke__select_kernels_in_use();                       \
        differing d = {kernels, from};                                                             \
        yoke__test test = {flags_differs_##T, &d};                                                 \
        encoding e = {kernels, (const char *)from, n,       sizeof *from, 0,                       \
                      test,    (char *)items,      lengths, NULL};                                 \
        int status = encode(e, count, run);                                                        \
        YOKE__TELL(status, run, "yoke_rle_encode_" #T, items, *count * sizeof *items);             \
        YOKE__TELL(status, run, "yoke_rle_encode_" #T, lengths, *count * sizeof *lengths);         \
        return status;                                                                             \
    }
YOKE_TYPES(DEFINE_ENCODE)

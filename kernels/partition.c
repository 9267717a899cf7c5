/* SPDX-License-Identifier: Apache-2.0
 *
 * Partition in two or three, stable. First every block counts what goes to each part, then the
 * counts are added up, part by part, and then each block packs its items part by part and copies
 * them to their places.
 */
#include <string.h>

#include "kernels/overlap.h"
#include "kernels/run.h"
#include "kernels/select.h"
#include "kernels/stream_copy.h"
#include "yoke/memory.h"

enum { PARTS = 3 };

typedef struct parting {
    const yoke__select_kernels *kernels;
    const char *from;
    size_t n, size, parts, block;
    const yoke__test *tests;
    char *to;
    size_t *at;    /* PARTS a block: counts, then places */
    char *buffers; /* one a member */
    size_t buffer; /* bytes from one to the next */
} parting;

/* Bits of a batch for each part: of what passes a test and none before it, and in place of the test
 * that is not there what passes none. */
static void masks_of(const parting *p, size_t begin, size_t end,
                     uint64_t masks[PARTS][YOKE__BATCH_WORDS]) {
    size_t words = (end - begin + 63) / 64, last = (end - begin) % 64, rest = 1;
    yoke__test_masks(p->kernels, p->tests[0], begin, end, masks[0]);
    for (size_t w = 0; w < words; w++) masks[rest][w] = ~masks[0][w];
    if (last) masks[rest][words - 1] &= ((uint64_t)1 << last) - 1;
    if (p->parts < 3) return;
    yoke__test_masks(p->kernels, p->tests[2], begin, end, masks[2]);
    for (size_t w = 0; w < words; w++) {
        masks[2][w] &= masks[rest][w];
        masks[rest][w] &= ~masks[2][w];
    }
}

static int count_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const parting *p = ctx;
    size_t counts[PARTS] = {0};
    uint64_t masks[PARTS][YOKE__BATCH_WORDS];
    (void)member;
    for (size_t at = begin, stop; at < end; at = stop) {
        stop = yoke__batch_end(at, end);
        masks_of(p, at, stop, masks);
        for (size_t part = 0; part < p->parts; part++)
            for (size_t w = 0; w * 64 < stop - at; w++)
                counts[part] += (size_t)__builtin_popcountll(masks[part][w]);
    }
    memcpy(p->at + index * PARTS, counts, sizeof counts);
    return YOKE_OK;
}

/* From counts to places; the sum of each part. */
static void place_blocks(const parting *p, size_t counts[PARTS]) {
    size_t blocks = yoke__block_count(p->n, p->block), at = 0;
    for (size_t part = 0; part < p->parts; part++) {
        size_t before = at;
        for (size_t b = 0; b < blocks; b++) {
            size_t count = p->at[b * PARTS + part];
            p->at[b * PARTS + part] = at;
            at += count;
        }
        counts[part] = at - before;
    }
}

static void pack_part(const parting *p, const uint64_t *masks, size_t begin, size_t end,
                      char *buffer, size_t *place) {
    size_t count =
        yoke__pack(p->kernels, p->from + begin * p->size, p->size, masks, end - begin, buffer);
    yoke__copy_out(p->to + *place * p->size, buffer, count * p->size, p->n * p->size);
    *place += count;
}

static int move_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const parting *p = ctx;
    char *buffer = p->buffers + (size_t)member * p->buffer;
    size_t *places = p->at + index * PARTS;
    uint64_t masks[PARTS][YOKE__BATCH_WORDS];
    for (size_t at = begin, stop; at < end; at = stop) {
        stop = yoke__batch_end(at, end);
        masks_of(p, at, stop, masks);
        for (size_t part = 0; part < p->parts; part++)
            pack_part(p, masks[part], at, stop, buffer, &places[part]);
    }
    yoke__stream_end();
    return YOKE_OK;
}

static int partition_all(parting *p, size_t counts[], const yoke_run *run) {
    size_t sums[PARTS];
    YOKE_TRY(yoke__run_blocks(run, p->n, p->block, count_block, p));
    place_blocks(p, sums);
    YOKE_TRY(yoke__run_blocks(run, p->n, p->block, move_block, p));
    memcpy(counts, sums, p->parts * sizeof *sums);
    return YOKE_OK;
}

int yoke__partition(const void *from, size_t n, size_t size, const yoke__test tests[], size_t parts,
                    void *to, size_t counts[], const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    if (n && (!from || !to)) return yoke_fail(YOKE_EINVAL, "partition: no array");
    if (yoke__overlap(from, n * size, to, n * size))
        return yoke_fail(YOKE_EINVAL, "partition: input and output overlap");
    parting p = {yoke__select_kernels_in_use(),
                 from,
                 n,
                 size,
                 parts,
                 yoke__select_block(size),
                 tests,
                 to,
                 NULL,
                 NULL,
                 0};
    size_t blocks = yoke__block_count(n, p.block), members = (size_t)yoke__run_members(run, blocks);
    p.buffer = (YOKE__BATCH * size + YOKE__PACK_SLACK + YOKE_CACHE_PAD - 1) / YOKE_CACHE_PAD *
               YOKE_CACHE_PAD;
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, members * p.buffer + blocks * PARTS * sizeof *p.at));
    p.buffers = work.memory;
    p.at = (size_t *)(void *)(p.buffers + members * p.buffer);
    int status = partition_all(&p, counts, run);
    yoke__work_close(&work);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Select: a chain of blocks (kernels/chain.h). A batch of items becomes flags, masks and packed
 * items in a member's buffer.
 */
#include "kernels/select.h"

#include <string.h>

#include "kernels/chain.h"
#include "kernels/overlap.h"
#include "kernels/stream_copy.h"
#include "yoke/isa.h"

const yoke__select_kernels *yoke__select_kernels_in_use(void) {
#if defined __x86_64__
    yoke_isa isa = yoke_isa_in_use();
    if (isa == YOKE_ISA_AVX512) return &yoke__select_avx512;
    if (isa == YOKE_ISA_AVX2) return &yoke__select_avx2;
#endif
    return &yoke__select_plain;
}

/* ---- tests ---- */

/* NOLINTBEGIN(readability-non-const-parameter): others write to the buffer */
static const unsigned char *given_flags(const void *ctx, size_t begin, size_t end,
                                        unsigned char *buffer) {
    (void)end, (void)buffer;
    return (const unsigned char *)ctx + begin;
}
/* NOLINTEND(readability-non-const-parameter) */

yoke__test yoke__test_flags(const unsigned char *flags) { return (yoke__test){given_flags, flags}; }

static const unsigned char *flags_by(const void *ctx, size_t begin, size_t end,
                                     unsigned char *buffer) {
    const yoke__by *by = ctx;
    by->flag(by->from + begin * by->size, end - begin, buffer, by->ctx);
    return buffer;
}

yoke__test yoke__test_by(const yoke__by *by) { return (yoke__test){flags_by, by}; }

#define DEFINE_WHERE(T, type, wide)                                                                \
    static const unsigned char *flags_where_##T(const void *ctx, size_t begin, size_t end,         \
                                                unsigned char *buffer) {                           \
        const yoke__where_##T *w = ctx;                                                            \
        w->kernels->compare_##T(w->from + begin, end - begin, w->relation, w->value, buffer);      \
        return buffer;                                                                             \
    }                                                                                              \
    yoke__test yoke__test_where_##T(const yoke__where_##T *where) {                                \
        return (yoke__test){flags_where_##T, where};                                               \
    }
YOKE_TYPES(DEFINE_WHERE)

void yoke__test_masks(const yoke__select_kernels *kernels, yoke__test test, size_t begin,
                      size_t end, uint64_t *masks) {
    unsigned char buffer[YOKE__BATCH];
    kernels->masks(test.flags(test.ctx, begin, end, buffer), end - begin, masks);
}

size_t yoke__test_count(const yoke__select_kernels *kernels, yoke__test test, size_t begin,
                        size_t end) {
    uint64_t masks[YOKE__BATCH_WORDS];
    size_t count = 0;
    for (size_t at = begin, stop; at < end; at = stop) {
        stop = yoke__batch_end(at, end);
        yoke__test_masks(kernels, test, at, stop, masks);
        for (size_t w = 0; w * 64 < stop - at; w++) count += (size_t)__builtin_popcountll(masks[w]);
    }
    return count;
}

/* ---- packing ---- */

/* Items that are no words: one copy for each. */
static size_t pack_bytes(const char *from, size_t size, const uint64_t *masks, size_t n, char *to) {
    size_t count = 0;
    for (size_t w = 0; w * 64 < n; w++)
        for (uint64_t mask = masks[w]; mask; mask &= mask - 1)
            memcpy(to + count++ * size, from + (w * 64 + (size_t)__builtin_ctzll(mask)) * size,
                   size);
    return count;
}

size_t yoke__pack(const yoke__select_kernels *kernels, const char *from, size_t size,
                  const uint64_t *masks, size_t n, char *to) {
    bool aligned = (uintptr_t)from % size == 0; /* or else a struct of bytes */
    if (size == 4 && aligned)
        return kernels->pack_4((const uint32_t *)(const void *)from, masks, n,
                               (uint32_t *)(void *)to);
    if (size == 8 && aligned)
        return kernels->pack_8((const uint64_t *)(const void *)from, masks, n,
                               (uint64_t *)(void *)to);
    return pack_bytes(from, size, masks, n, to);
}

/* ---- the chain ---- */

typedef struct selecting {
    const yoke__select_kernels *kernels;
    const char *from;
    size_t size;
    yoke__test test;
    bool places;
    size_t unit;   /* bytes of what comes out for an item */
    size_t output; /* bytes that may come out */
    char *to;
} selecting;

static size_t collect(const void *ctx, size_t begin, size_t end, void *buffer) {
    const selecting *s = ctx;
    uint64_t masks[YOKE__BATCH_WORDS];
    char *to = buffer;
    for (size_t at = begin, stop; at < end; at = stop) {
        stop = yoke__batch_end(at, end);
        yoke__test_masks(s->kernels, s->test, at, stop, masks);
        to += s->unit *
              (s->places
                   ? s->kernels->places(at, masks, stop - at, (uint64_t *)(void *)to)
                   : yoke__pack(s->kernels, s->from + at * s->size, s->size, masks, stop - at, to));
    }
    return (size_t)(to - (char *)buffer) / s->unit;
}

static size_t count_passing(const void *ctx, size_t begin, size_t end) {
    const selecting *s = ctx;
    return yoke__test_count(s->kernels, s->test, begin, end);
}

static void deliver(const void *ctx, size_t index, size_t before, size_t count,
                    const void *buffer) {
    const selecting *s = ctx;
    (void)index;
    yoke__copy_out(s->to + before * s->unit, buffer, count * s->unit, s->output);
    yoke__stream_end();
}

static int select_all(const selecting *s, size_t n, size_t *count, const yoke_run *run) {
    size_t block = yoke__select_block(s->unit);
    yoke__chain chain = {n,       block, block * s->unit + YOKE__PACK_SLACK, collect, count_passing,
                         deliver, s};
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, yoke__chain_size(&chain, run)));
    int status = yoke__chain_run(&chain, run, work.memory, count);
    yoke__work_close(&work);
    return status;
}

int yoke__select(const void *from, size_t n, size_t size, yoke__test test, bool places, void *to,
                 size_t *count, const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    selecting s = {.kernels = yoke__select_kernels_in_use(), .from = from, .size = size};
    s.test = test;
    s.places = places;
    s.unit = places ? sizeof(uint64_t) : size;
    s.output = n * s.unit;
    s.to = to;
    if (n && (!from || !to)) return yoke_fail(YOKE_EINVAL, "select: no array");
    if (yoke__overlap(from, n * size, to, n * s.unit))
        return yoke_fail(YOKE_EINVAL, "select: input and output overlap");
    return select_all(&s, n, count, run);
}

/* ---- the faces ---- */

static int check_flags(const unsigned char *flags, size_t n, const void *to, size_t size) {
    if (n && !flags) return yoke_fail(YOKE_EINVAL, "select: no flags");
    if (yoke__overlap(flags, n, to, n * size))
        return yoke_fail(YOKE_EINVAL, "select: flags and output overlap");
    return YOKE_OK;
}

static int check_relation(yoke_relation relation) {
    if ((unsigned)relation <= YOKE_RELATION_GREATER_EQUAL) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "select: there is no relation %d", (int)relation);
}

static int check_by(size_t size, yoke_flag_fn *flag) {
    if (!flag) return yoke_fail(YOKE_EINVAL, "select: no test");
    if (size - 1 < (size_t)64 << 10) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "select: items of %zu bytes", size);
}

static int partition_in_two(const void *from, size_t n, size_t size, yoke__test test, void *to,
                            size_t *count, const yoke_run *run) {
    size_t counts[2];
    YOKE_TRY(yoke__partition(from, n, size, &test, 2, to, counts, run));
    *count = counts[0];
    return YOKE_OK;
}

int yoke_select_places(const unsigned char *flags, size_t n, uint64_t *to, size_t *count,
                       const yoke_run *run) {
    YOKE__KERNEL;
    int status = yoke__select(flags, n, 1, yoke__test_flags(flags), true, to, count, run);
    YOKE__TELL(status, run, "yoke_select_places", to, *count * sizeof *to);
    return status;
}

int yoke_select_by(const void *from, size_t n, size_t size, yoke_flag_fn *flag, const void *ctx,
                   void *to, size_t *count, const yoke_run *run) {
    YOKE__KERNEL;
    yoke__by by = {from, size, flag, ctx};
    YOKE_TRY(check_by(size, flag));
    int status = yoke__select(from, n, size, yoke__test_by(&by), false, to, count, run);
    YOKE__TELL(status, run, "yoke_select_by", to, *count * size);
    return status;
}

int yoke_select_places_by(const void *from, size_t n, size_t size, yoke_flag_fn *flag,
                          const void *ctx, uint64_t *to, size_t *count, const yoke_run *run) {
    YOKE__KERNEL;
    yoke__by by = {from, size, flag, ctx};
    YOKE_TRY(check_by(size, flag));
    int status = yoke__select(from, n, size, yoke__test_by(&by), true, to, count, run);
    YOKE__TELL(status, run, "yoke_select_places_by", to, *count * sizeof *to);
    return status;
}

int yoke_partition_by(const void *from, size_t n, size_t size, yoke_flag_fn *flag, const void *ctx,
                      void *to, size_t *count, const yoke_run *run) {
    YOKE__KERNEL;
    yoke__by by = {from, size, flag, ctx};
    YOKE_TRY(check_by(size, flag));
    int status = partition_in_two(from, n, size, yoke__test_by(&by), to, count, run);
    return yoke__told(status, run, "yoke_partition_by", to, n * size);
}

#define TEMPLATE "kernels/select_face.inc.h"
#include "kernels/each_type.inc.h"

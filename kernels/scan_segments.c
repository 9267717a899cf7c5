/* SPDX-License-Identifier: Apache-2.0
 *
 * Segmented scans by offsets: a block finds its first segment by search and goes on from one to the
 * next, without a test an item. Blocks are those of the scan by flags, and so are the bits.
 */
#include "kernels/offsets.h"
#include "kernels/run.h"
#include "kernels/scan_block.h"
#include "kernels/scan_exact.h"

/* `in` and `out` begin at item `base`, the first of all segments. */
typedef struct segments {
    const void *in;
    const size_t *offsets;
    size_t count, base;
} segments;

/* The first segment that begins at `item` of `in` or later. */
static size_t segment_from(const segments *s, size_t item) {
    return yoke__offsets_from(s->offsets, s->count, s->base + item);
}

/* Where the part that segment `next` ends ends, in a block that ends at `end`. */
static size_t part_end(const segments *s, size_t next, size_t end) {
    size_t start = next < s->count ? s->offsets[next] - s->base : end;
    return start < end ? start : end;
}

static bool is_start(const segments *s, size_t next, size_t item) {
    return next < s->count && s->offsets[next] - s->base == item;
}

/* The first segment behind `next` that begins behind `item`. */
static size_t pass(const segments *s, size_t next, size_t item) {
    while (is_start(s, next, item)) next++;
    return next;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define SEGMENTS(S, T, W)                                                                          \
    typedef struct segment_##S {                                                                   \
        YOKE__SCAN_RING(W) sum; /* since the last start in a block */                              \
        bool starts;            /* whether there is one */                                         \
    } segment_##S;                                                                                 \
    static void total_##S(void *acc, const void *in, size_t begin, size_t end, const void *ctx) {  \
        const segments *s = ((void)ctx, in);                                                       \
        size_t last = segment_from(s, end), from = begin; /* behind the last start */              \
        segment_##S fold = {0, last > 0 && s->offsets[last - 1] - s->base >= begin};               \
        if (fold.starts) from = s->offsets[last - 1] - s->base;                                    \
        for (; from < end; from++) fold.sum += (YOKE__SCAN_RING(W))((const T *)s->in)[from];       \
        *(segment_##S *)acc = fold;                                                                \
    }                                                                                              \
    static void combine_##S(void *into, const void *from, const void *ctx) {                       \
        segment_##S *a = into;                                                                     \
        const segment_##S *b = ((void)ctx, from);                                                  \
        a->sum = b->starts ? b->sum : a->sum + b->sum;                                             \
        a->starts |= b->starts;                                                                    \
    }                                                                                              \
    static inline void scan_part_##S(YOKE__SCAN_RING(W) before, const T *in, T *out, size_t n,     \
                                     bool exclusive) {                                             \
        YOKE__SCAN_RING(W) sum = 0;                                                                \
        for (size_t i = 0; i < n; i++) {                                                           \
            YOKE__SCAN_RING(W) last = sum;                                                         \
            sum += (YOKE__SCAN_RING(W))in[i];                                                      \
            out[i] = (T)(before + (exclusive ? last : sum));                                       \
        }                                                                                          \
    }                                                                                              \
    static inline void scan_##S(const segment_##S *before, const segments *s, T *out,              \
                                size_t begin, size_t end, bool exclusive) {                        \
        size_t next = segment_from(s, begin);                                                      \
        YOKE__SCAN_RING(W) sum = before && !is_start(s, next, begin) ? before->sum : 0;            \
        for (size_t stop; begin < end; begin = stop, sum = 0) {                                    \
            next = pass(s, next, begin);                                                           \
            stop = part_end(s, next, end);                                                         \
            scan_part_##S(sum, (const T *)s->in + begin, out + begin, stop - begin, exclusive);    \
        }                                                                                          \
    }                                                                                              \
    static void inclusive_##S(const void *before, const void *in, void *out, size_t begin,         \
                              size_t end, const void *ctx) {                                       \
        scan_##S(((void)ctx, before), in, out, begin, end, false);                                 \
    }                                                                                              \
    static void exclusive_##S(const void *before, const void *in, void *out, size_t begin,         \
                              size_t end, const void *ctx) {                                       \
        scan_##S(((void)ctx, before), in, out, begin, end, true);                                  \
    }                                                                                              \
    static int scan_segments_##S(const T *in, const size_t *offsets, size_t count, T *out,         \
                                 bool exclusive, const yoke_run *run) {                            \
        yoke_scanner scanner = {sizeof(segment_##S),                                               \
                                YOKE__SCAN_GRAIN,                                                  \
                                total_##S,                                                         \
                                combine_##S,                                                       \
                                exclusive ? exclusive_##S : inclusive_##S,                         \
                                NULL};                                                             \
        YOKE_TRY(yoke__offsets_check(offsets, count, run));                                        \
        size_t base = count ? offsets[0] : 0, n = count ? offsets[count] - base : 0;               \
        if (n) in += base, out += base;                                                            \
        segments s = {in, offsets, count, base};                                                   \
        yoke__scan_items items = {.in = in, .offsets = offsets, .count = count};                   \
        YOKE_TRY(yoke__scan_check(in, out, n * sizeof(T)));                                        \
        if (YOKE__SCAN_EXACTLY(T, run))                                                            \
            return yoke__scan_exact(&items, out, n, sizeof(T), exclusive, run);                    \
        return yoke_scan(&scanner, &s, out, n, run);                                               \
    }                                                                                              \
    int yoke_inclusive_scan_segments_##S(const T *in, const size_t *offsets, size_t count, T *out, \
                                         const yoke_run *run) {                                    \
        YOKE__KERNEL;                                                                              \
        int status = scan_segments_##S(in, offsets, count, out, false, run);                       \
        if (count)                                                                                 \
            YOKE__TELL(status, run, "yoke_inclusive_scan_segments_" #S, out + offsets[0],          \
                       (offsets[count] - offsets[0]) * sizeof *out);                               \
        return status;                                                                             \
    }                                                                                              \
    int yoke_exclusive_scan_segments_##S(const T *in, const size_t *offsets, size_t count, T *out, \
                                         const yoke_run *run) {                                    \
        YOKE__KERNEL;                                                                              \
        int status = scan_segments_##S(in, offsets, count, out, true, run);                        \
        if (count)                                                                                 \
            YOKE__TELL(status, run, "yoke_exclusive_scan_segments_" #S, out + offsets[0],          \
                       (offsets[count] - offsets[0]) * sizeof *out);                               \
        return status;                                                                             \
    }
YOKE_TYPES(SEGMENTS)
/* NOLINTEND(bugprone-macro-parentheses) */

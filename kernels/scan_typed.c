/* SPDX-License-Identifier: Apache-2.0
 *
 * Scans of numbers: scanners over the loops of the instructions in use, and segmented ones.
 */
#include "kernels/run.h"
#include "kernels/scan_block.h"
#include "kernels/scan_exact.h"

/* Whether two arrays of n items overlap without being the same. */
static bool overlap(const void *a, const void *b, size_t bytes) {
    uintptr_t from = (uintptr_t)a, to = (uintptr_t)b;
    return from != to && (from < to ? to - from : from - to) < bytes;
}

int yoke__scan_check(const void *in, const void *out, size_t bytes) {
    if (overlap(in, out, bytes)) return yoke_fail(YOKE_EINVAL, "a scan's arrays overlap in part");
    return YOKE_OK;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define SUMS(S, T, W)                                                                              \
    static void total_##S(void *acc, const void *in, size_t begin, size_t end, const void *ctx) {  \
        size_t n =                                                                                 \
            (end - begin) / YOKE__SCAN_GROUP * YOKE__SCAN_GROUP; /* of the last: not used */       \
        *(W *)acc = ((void)ctx, YOKE_ISA_CHOOSE(yoke__scan_total_##S)((const T *)in + begin, n));  \
    }                                                                                              \
    static void combine_##S(void *into, const void *from, const void *ctx) {                       \
        *(YOKE__SCAN_RING(W) *)into += ((void)ctx, *(const YOKE__SCAN_RING(W) *)from);             \
    }                                                                                              \
    static void inclusive_##S(const void *before, const void *in, void *out, size_t begin,         \
                              size_t end, const void *ctx) {                                       \
        (void)ctx;                                                                                 \
        YOKE_ISA_CHOOSE(yoke__scan_block_##S)                                                      \
        (before ? *(const W *)before : 0, (const T *)in + begin, (T *)out + begin, end - begin,    \
         false);                                                                                   \
    }                                                                                              \
    static void exclusive_##S(const void *before, const void *in, void *out, size_t begin,         \
                              size_t end, const void *ctx) {                                       \
        (void)ctx;                                                                                 \
        YOKE_ISA_CHOOSE(yoke__scan_block_##S)                                                      \
        (before ? *(const W *)before : 0, (const T *)in + begin, (T *)out + begin, end - begin,    \
         true);                                                                                    \
    }                                                                                              \
    static int sums_##S(const T *in, T *out, size_t n, bool exclusive, const yoke_run *run) {      \
        yoke_scanner s = {sizeof(W),                                                               \
                          YOKE__SCAN_GRAIN,                                                        \
                          total_##S,                                                               \
                          combine_##S,                                                             \
                          exclusive ? exclusive_##S : inclusive_##S,                               \
                          NULL};                                                                   \
        yoke__scan_items items = {.in = in};                                                       \
        YOKE_TRY(yoke__scan_check(in, out, n * sizeof(T)));                                        \
        if (YOKE__SCAN_EXACTLY(T, run))                                                            \
            return yoke__scan_exact(&items, out, n, sizeof(T), exclusive, run);                    \
        return yoke_scan(&s, in, out, n, run);                                                     \
    }                                                                                              \
    int yoke_inclusive_scan_##S(const T *in, T *out, size_t n, const yoke_run *run) {              \
        YOKE__KERNEL;                                                                              \
        return yoke__told(sums_##S(in, out, n, false, run), run, "yoke_inclusive_scan_" #S, out,   \
                          n * sizeof *out);                                                        \
    }                                                                                              \
    int yoke_exclusive_scan_##S(const T *in, T *out, size_t n, const yoke_run *run) {              \
        YOKE__KERNEL;                                                                              \
        return yoke__told(sums_##S(in, out, n, true, run), run, "yoke_exclusive_scan_" #S, out,    \
                          n * sizeof *out);                                                        \
    }
YOKE_TYPES(SUMS)
/* NOLINTEND(bugprone-macro-parentheses) */

/* ---- segmented ----
 *
 * The fold of a block is the sum since the last start in it, and whether there is one. */

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define SEGMENTED(S, T, W)                                                                         \
    typedef struct segment_##S {                                                                   \
        YOKE__SCAN_RING(W) sum;                                                                    \
        bool starts;                                                                               \
    } segment_##S;                                                                                 \
    typedef struct marked_##S {                                                                    \
        const T *in;                                                                               \
        const uint8_t *starts;                                                                     \
    } marked_##S;                                                                                  \
    static inline void add_##S(segment_##S *s, const marked_##S *m, size_t i) {                    \
        s->starts |= m->starts[i] != 0;                                                            \
        s->sum = (m->starts[i] ? 0 : s->sum) + (YOKE__SCAN_RING(W))m->in[i];                       \
    }                                                                                              \
    static void segment_total_##S(void *acc, const void *in, size_t begin, size_t end,             \
                                  const void *ctx) {                                               \
        segment_##S s = {0, ((void)ctx, false)};                                                   \
        for (; begin < end; begin++) add_##S(&s, in, begin);                                       \
        *(segment_##S *)acc = s;                                                                   \
    }                                                                                              \
    static void segment_combine_##S(void *into, const void *from, const void *ctx) {               \
        segment_##S *a = into;                                                                     \
        const segment_##S *b = from;                                                               \
        (void)ctx;                                                                                 \
        a->sum = b->starts ? b->sum : a->sum + b->sum;                                             \
        a->starts |= b->starts;                                                                    \
    }                                                                                              \
    static inline T shown_##S(const segment_##S *before, const segment_##S *s) {                   \
        return (T)(before && !s->starts ? before->sum + s->sum : s->sum);                          \
    }                                                                                              \
    static void segment_inclusive_##S(const void *before, const void *in, void *out, size_t begin, \
                                      size_t end, const void *ctx) {                               \
        segment_##S s = {0, ((void)ctx, false)};                                                   \
        for (; begin < end; begin++) {                                                             \
            add_##S(&s, in, begin);                                                                \
            ((T *)out)[begin] = shown_##S(before, &s);                                             \
        }                                                                                          \
    }                                                                                              \
    static void segment_exclusive_##S(const void *before, const void *in, void *out, size_t begin, \
                                      size_t end, const void *ctx) {                               \
        const marked_##S *m = in;                                                                  \
        segment_##S s = {0, ((void)ctx, false)};                                                   \
        for (; begin < end; begin++) {                                                             \
            T sum = m->starts[begin] ? 0 : shown_##S(before, &s);                                  \
            add_##S(&s, in, begin);                                                                \
            ((T *)out)[begin] = sum;                                                               \
        }                                                                                          \
    }                                                                                              \
    static int segmented_##S(const T *in, const uint8_t *starts, T *out, size_t n, bool exclusive, \
                             const yoke_run *run) {                                                \
        marked_##S m = {in, starts};                                                               \
        yoke_scanner s = {sizeof(segment_##S),                                                     \
                          YOKE__SCAN_GRAIN,                                                        \
                          segment_total_##S,                                                       \
                          segment_combine_##S,                                                     \
                          exclusive ? segment_exclusive_##S : segment_inclusive_##S,               \
                          NULL};                                                                   \
        yoke__scan_items items = {.in = in, .starts = starts};                                     \
        YOKE_TRY(yoke__scan_check(in, out, n * sizeof(T)));                                        \
        if (YOKE__SCAN_EXACTLY(T, run))                                                            \
            return yoke__scan_exact(&items, out, n, sizeof(T), exclusive, run);                    \
        return yoke_scan(&s, &m, out, n, run);                                                     \
    }                                                                                              \
    int yoke_segmented_inclusive_scan_##S(const T *in, const uint8_t *starts, T *out, size_t n,    \
                                          const yoke_run *run) {                                   \
        YOKE__KERNEL;                                                                              \
        return yoke__told(segmented_##S(in, starts, out, n, false, run), run,                      \
                          "yoke_segmented_inclusive_scan_" #S, out, n * sizeof *out);              \
    }                                                                                              \
    int yoke_segmented_exclusive_scan_##S(const T *in, const uint8_t *starts, T *out, size_t n,    \
                                          const yoke_run *run) {                                   \
        YOKE__KERNEL;                                                                              \
        return yoke__told(segmented_##S(in, starts, out, n, true, run), run,                       \
                          "yoke_segmented_exclusive_scan_" #S, out, n * sizeof *out);              \
    }
YOKE_TYPES(SEGMENTED)
/* NOLINTEND(bugprone-macro-parentheses) */

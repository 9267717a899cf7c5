/* SPDX-License-Identifier: Apache-2.0
 *
 * Prefix sums (scans): each result is the fold of the items up to its own.
 *
 *     yoke_exclusive_scan(counts, offsets, n, NULL);       // by the types of the arrays
 *     YOKE_DEFINE_SCAN(running_max, double, -INFINITY, fmax)
 *     running_max_inclusive(x, peaks, n, NULL);            // your own
 *
 * One pass over memory: members take blocks of 16384 items in their order, fold a block, look back
 * to the blocks before it, and scan it while it is in the cache; after Merrill and Garland,
 * "Single-pass parallel prefix scan with decoupled look-back" (NVIDIA 2016). A member that looks
 * back may wait, for a fold that another one has begun.
 *
 * The bits depend on the items and their order only, not on threads, schedule or instructions: with
 * P(b) the fold of the results of blocks before b, from left to right, and L(i) the fold within the
 * block, result i is P(b) combined with L(i). L is from left to right for scans of your own. For
 * sums it is c + y(i): within groups of 8 items y is made in three steps, each item adding the one
 * 1, then 2, then 4 places before it (Hillis and Steele 1986), and c is the sum of the groups
 * before. The `_ref` functions are this definition on one thread; their arrays do not overlap.
 * YOKE_REPRO_FAST gives the same. YOKE_REPRO_EXACT: each result of a scan of numbers is the exact
 * sum, rounded once. Two doubles hold the sum within a block while nothing of it is lost; where
 * numbers are spread over more than some hundred binades, an item costs about as much as
 * yoke_xsum_value (yoke/xsum.h). Scans of your own do not know the level.
 *
 * All functions: `in` and `out` are the same array, or do not overlap (YOKE_EINVAL is returned when
 * they overlap otherwise). Blocks until done; any thread may call. On failure `out` is unspecified.
 * Returns YOKE_OK, YOKE_EINVAL, YOKE_ENOMEM, or what yoke/run.h lists.
 */
#ifndef YOKE_SCAN_H
#define YOKE_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"
#include "yoke/status.h"
#include "yoke/typed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* For each type, S being its suffix and T the type. Sums are those of 64-bit integers or doubles,
 * and become a T when they are stored: integers wrap, floats round once. Zeros are +0.
 *
 * inclusive_scan  out[i] = in[0] + ... + in[i].
 * exclusive_scan  out[i] = in[0] + ... + in[i - 1]; out[0] is 0.
 * segmented_*     the sums begin anew at each i with starts[i] != 0 (the first item begins one
 *                 anyway); here L is from left to right. `starts` does not overlap `out`.
 * *_scan_segments the same for `count` segments: segment s has the items offsets[s] to
 *                 offsets[s + 1] - 1, may be empty, and is scanned alone; other results are not
 *                 written. They have the bits that starts at offsets[s] - offsets[0] give in the
 *                 array from item offsets[0] on. Offsets ascend (YOKE_EINVAL), there are count + 1
 *                 of them (none is read when count is 0), and they do not overlap `out`. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define YOKE_SCAN_DECLARE_(S, T, W)                                                                \
    YOKE_API int yoke_inclusive_scan_##S(const T *in, T *out, size_t n, const yoke_run *run);      \
    YOKE_API int yoke_exclusive_scan_##S(const T *in, T *out, size_t n, const yoke_run *run);      \
    YOKE_API int yoke_segmented_inclusive_scan_##S(const T *in, const uint8_t *starts, T *out,     \
                                                   size_t n, const yoke_run *run);                 \
    YOKE_API int yoke_segmented_exclusive_scan_##S(const T *in, const uint8_t *starts, T *out,     \
                                                   size_t n, const yoke_run *run);                 \
    YOKE_API void yoke_inclusive_scan_##S##_ref(const T *in, T *out, size_t n);                    \
    YOKE_API void yoke_exclusive_scan_##S##_ref(const T *in, T *out, size_t n);                    \
    YOKE_API void yoke_segmented_inclusive_scan_##S##_ref(const T *in, const uint8_t *starts,      \
                                                          T *out, size_t n);                       \
    YOKE_API void yoke_segmented_exclusive_scan_##S##_ref(const T *in, const uint8_t *starts,      \
                                                          T *out, size_t n);                       \
    YOKE_API int yoke_inclusive_scan_segments_##S(const T *in, const size_t *offsets,              \
                                                  size_t count, T *out, const yoke_run *run);      \
    YOKE_API int yoke_exclusive_scan_segments_##S(const T *in, const size_t *offsets,              \
                                                  size_t count, T *out, const yoke_run *run);      \
    YOKE_API void yoke_inclusive_scan_segments_##S##_ref(const T *in, const size_t *offsets,       \
                                                         size_t count, T *out);                    \
    YOKE_API void yoke_exclusive_scan_segments_##S##_ref(const T *in, const size_t *offsets,       \
                                                         size_t count, T *out);
YOKE_TYPES(YOKE_SCAN_DECLARE_)
/* NOLINTEND(bugprone-macro-parentheses) */

#ifndef __cplusplus
#define yoke_inclusive_scan(in, out, n, run) YOKE_TYPED(yoke_inclusive_scan, out)(in, out, n, run)
#define yoke_exclusive_scan(in, out, n, run) YOKE_TYPED(yoke_exclusive_scan, out)(in, out, n, run)
#define yoke_segmented_inclusive_scan(in, starts, out, n, run)                                     \
    YOKE_TYPED(yoke_segmented_inclusive_scan, out)(in, starts, out, n, run)
#define yoke_segmented_exclusive_scan(in, starts, out, n, run)                                     \
    YOKE_TYPED(yoke_segmented_exclusive_scan, out)(in, starts, out, n, run)
#define yoke_inclusive_scan_segments(in, offsets, count, out, run)                                 \
    YOKE_TYPED(yoke_inclusive_scan_segments, out)(in, offsets, count, out, run)
#define yoke_exclusive_scan_segments(in, offsets, count, out, run)                                 \
    YOKE_TYPED(yoke_exclusive_scan_segments, out)(in, offsets, count, out, run)
#endif

/* ---- scans of your own ---- */

/* What a scan does, one call a block and pass. `ctx` is passed on; all threads share it. */
typedef struct yoke_scanner {
    size_t acc_size; /* bytes of a fold; it is aligned to 16 */
    size_t grain;    /* items of a block; 0: 16384. Bits may depend on it */
    /* Makes acc the fold of items begin to end - 1, of which there is one at least. */
    void (*total)(void *acc, const void *in, size_t begin, size_t end, const void *ctx);
    /* Folds `from`, of later items, into `into`. Associative; need not be commutative. */
    void (*combine)(void *into, const void *from, const void *ctx);
    /* Writes results begin to end - 1; `before` is the fold of all items before, NULL when there
     * are none. */
    void (*scan)(const void *before, const void *in, void *out, size_t begin, size_t end,
                 const void *ctx);
    const void *ctx;
} yoke_scanner;

/* Scans n items; `in` and `out` are passed on as they are. */
YOKE_API int yoke_scan(const yoke_scanner *scanner, const void *in, void *out, size_t n,
                       const yoke_run *run);
/* The reference: one block after the other, the same bits. Checks nothing; YOKE_ENOMEM. */
YOKE_API int yoke_scan_ref(const yoke_scanner *scanner, const void *in, void *out, size_t n);

/* Defines `int NAME_inclusive(const T *in, T *out, size_t n, const yoke_run *run)` and
 * NAME_exclusive, static. `T combine(T, T)` is an associative function (or macro) and need not be
 * commutative; IDENTITY is the first result of the exclusive scan and no item of any fold. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define YOKE_DEFINE_SCAN(name, T, IDENTITY, combine)                                               \
    static void name##_total(void *acc, const void *in, size_t i, size_t end, const void *ctx) {   \
        T fold = ((void)ctx, ((const T *)in)[i]);                                                  \
        while (++i < end) fold = combine(fold, ((const T *)in)[i]);                                \
        *(T *)acc = fold;                                                                          \
    }                                                                                              \
    static void name##_combine(void *into, const void *from, const void *ctx) {                    \
        *(T *)into = ((void)ctx, combine(*(T *)into, *(const T *)from));                           \
    }                                                                                              \
    static inline T name##_identity(void) { return (IDENTITY); }                                   \
    YOKE_DEFINE_SCAN_BLOCK_(name, inclusive, T, combine, YOKE_SCAN_INCLUSIVE_)                     \
    YOKE_DEFINE_SCAN_BLOCK_(name, exclusive, T, combine, YOKE_SCAN_EXCLUSIVE_)
#define YOKE_DEFINE_SCAN_BLOCK_(name, kind, T, combine, PUT)                                       \
    static void name##_##kind##_block(const void *before, const void *in, void *out, size_t i,     \
                                      size_t end, const void *ctx) {                               \
        const T *fore = ((void)ctx, (const T *)before), *items = (const T *)in;                    \
        T *results = (T *)out, item = items[i], fold = item, last = fold;                          \
        PUT(results[i], fore ? *fore : name##_identity(), fore ? combine(*fore, fold) : fold)      \
        while (++i < end) {                                                                        \
            last = fold, item = items[i], fold = combine(fold, item);                              \
            PUT(results[i], fore ? combine(*fore, last) : last,                                    \
                fore ? combine(*fore, fold) : fold)                                                \
        }                                                                                          \
        (void)last;                                                                                \
    }                                                                                              \
    YOKE_DEFINE_SCAN_CALL_(name, kind, T)
#define YOKE_DEFINE_SCAN_CALL_(name, kind, T)                                                      \
    static inline __attribute__((unused)) int name##_##kind(const T *in, T *out, size_t n,         \
                                                            const yoke_run *run) {                 \
        yoke_scanner s = {                                                                         \
            sizeof(T), 0, name##_total, name##_combine, name##_##kind##_block, NULL};              \
        return yoke_scan(&s, in, out, n, run);                                                     \
    }
#define YOKE_SCAN_INCLUSIVE_(to, exclusive, inclusive) to = (inclusive);
#define YOKE_SCAN_EXCLUSIVE_(to, exclusive, inclusive) to = (exclusive);
/* NOLINTEND(bugprone-macro-parentheses) */

#ifdef __cplusplus
}
#endif
#endif

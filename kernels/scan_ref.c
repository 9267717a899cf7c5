/* SPDX-License-Identifier: Apache-2.0
 *
 * References of scans: the definition in yoke/scan.h, item by item.
 */
#include "kernels/scan_block.h"

/* The three steps, looked at from the place of one item: y(i) after a step of 1, 2 and 4. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define REFS(S, T, W)                                                                              \
    static YOKE__SCAN_RING(W) y_##S(const T *group, size_t i, size_t step) {                       \
        if (!step) return (YOKE__SCAN_RING(W))group[i] + 0;                                        \
        YOKE__SCAN_RING(W) y = y_##S(group, i, step / 2);                                          \
        return i >= step ? y + y_##S(group, i - step, step / 2) : y;                               \
    }                                                                                              \
    static void scan_##S(const T *in, T *out, size_t n, bool exclusive) {                          \
        YOKE__SCAN_RING(W) before = 0, groups = 0, y, none = 0;                                    \
        for (size_t i = 0; i < n; i++) {                                                           \
            size_t at = i % YOKE__SCAN_GROUP;                                                      \
            const T *group = in + i - at;                                                          \
            y = exclusive ? at ? y_##S(group, at - 1, 4) : none : y_##S(group, at, 4);             \
            out[i] = (T)(before + (groups + y));                                                   \
            if (at + 1 == YOKE__SCAN_GROUP) groups += y_##S(group, at, 4);                         \
            if ((i + 1) % YOKE__SCAN_GRAIN == 0) before += groups, groups = 0;                     \
        }                                                                                          \
    }                                                                                              \
    void yoke_inclusive_scan_##S##_ref(const T *in, T *out, size_t n) {                            \
        scan_##S(in, out, n, false);                                                               \
    }                                                                                              \
    void yoke_exclusive_scan_##S##_ref(const T *in, T *out, size_t n) {                            \
        scan_##S(in, out, n, true);                                                                \
    }                                                                                              \
    static void segmented_##S(const T *in, const uint8_t *starts, T *out, size_t n,                \
                              bool exclusive) {                                                    \
        YOKE__SCAN_RING(W) before = 0, sum = 0; /* of earlier blocks, of this one */               \
        for (size_t i = 0; i < n; i++) {                                                           \
            if (starts[i]) before = sum = 0;                                                       \
            if (exclusive) out[i] = (T)(before + sum);                                             \
            sum += (YOKE__SCAN_RING(W))in[i];                                                      \
            if (!exclusive) out[i] = (T)(before + sum);                                            \
            if ((i + 1) % YOKE__SCAN_GRAIN == 0) before += sum, sum = 0;                           \
        }                                                                                          \
    }                                                                                              \
    void yoke_segmented_inclusive_scan_##S##_ref(const T *in, const uint8_t *starts, T *out,       \
                                                 size_t n) {                                       \
        segmented_##S(in, starts, out, n, false);                                                  \
    }                                                                                              \
    void yoke_segmented_exclusive_scan_##S##_ref(const T *in, const uint8_t *starts, T *out,       \
                                                 size_t n) {                                       \
        segmented_##S(in, starts, out, n, true);                                                   \
    }                                                                                              \
    static void segments_##S(const T *in, const size_t *offsets, size_t count, T *out,             \
                             bool exclusive) {                                                     \
        for (size_t s = 0; s < count; s++) {                                                       \
            YOKE__SCAN_RING(W) before = 0, sum = 0; /* of earlier blocks, of this one */           \
            for (size_t i = offsets[s]; i < offsets[s + 1]; i++) {                                 \
                if ((i - offsets[0]) % YOKE__SCAN_GRAIN == 0) before += sum, sum = 0;              \
                YOKE__SCAN_RING(W) last = sum;                                                     \
                sum += (YOKE__SCAN_RING(W))in[i];                                                  \
                out[i] = (T)(before + (exclusive ? last : sum));                                   \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    void yoke_inclusive_scan_segments_##S##_ref(const T *in, const size_t *offsets, size_t count,  \
                                                T *out) {                                          \
        segments_##S(in, offsets, count, out, false);                                              \
    }                                                                                              \
    void yoke_exclusive_scan_segments_##S##_ref(const T *in, const size_t *offsets, size_t count,  \
                                                T *out) {                                          \
        segments_##S(in, offsets, count, out, true);                                               \
    }
YOKE_TYPES(REFS)
/* NOLINTEND(bugprone-macro-parentheses) */

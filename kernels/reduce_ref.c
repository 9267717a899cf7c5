/* SPDX-License-Identifier: Apache-2.0
 *
 * References: the definitions of yoke/reduce.h as plain loops, block by block.
 */
#include <math.h>
#include <stdlib.h>

#include "kernels/reduce_block.h"
#include "kernels/reduce_norm.h"

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Lanes j and j + 8, j and j + 4, ...; op is + or *. */
#define FOLD(lane, op)                                                                             \
    for (int half = YOKE__LANES / 2; half > 0; half /= 2)                                          \
        for (int j = 0; j < half; j++) (lane)[j] = (lane)[j] op(lane)[j + half];

/* The fold of `value`, an expression of i, over n items from `begin` on. */
#define BLOCK(W, identity, op, value)                                                              \
    YOKE__RING(W) lane[YOKE__LANES];                                                               \
    for (int j = 0; j < YOKE__LANES; j++) lane[j] = identity;                                      \
    for (size_t i = 0; i < n; i++) lane[i % YOKE__LANES] = lane[i % YOKE__LANES] op(value);        \
    FOLD(lane, op)                                                                                 \
    return (W)lane[0];

/* All blocks in their order; `block` is an expression of begin and m. */
#define BLOCKS(W, identity, op, block)                                                             \
    size_t grain = yoke__reduce_grain(n), begin = 0, m = least(grain, n);                          \
    if (!n) return identity;                                                                       \
    YOKE__RING(W) all = (YOKE__RING(W))(block);                                                    \
    for (begin = m; begin < n; begin += m) {                                                       \
        m = least(grain, n - begin);                                                               \
        all = all op(YOKE__RING(W))(block);                                                        \
    }                                                                                              \
    return (W)all;

#define SUMS(S, T, W)                                                                              \
    static W sum_##S(const T *x, size_t n) { BLOCK(W, 0, +, (YOKE__RING(W))x[i]) }                 \
    static W product_##S(const T *x, size_t n) { BLOCK(W, 1, *, (YOKE__RING(W))x[i]) }             \
    static W dot_##S(const T *x, const T *y, size_t n){BLOCK(                                      \
        W, 0, +, (YOKE__RING(W))x[i] * (YOKE__RING(W))y[i])} W yoke_sum_##S##_ref(const T *x,      \
                                                                                  size_t n){       \
        BLOCKS(W, 0, +, sum_##S(x + begin, m))} W yoke_product_##S##_ref(const T *x, size_t n){    \
        BLOCKS(W, 1, *, product_##S(x + begin, m))} W yoke_dot_##S##_ref(const T *x, const T *y,   \
                                                                         size_t n){BLOCKS(         \
        W, 0, +, dot_##S(x + begin, y + begin, m))} size_t yoke_count_equal_##S##_ref(const T *x,  \
                                                                                      size_t n,    \
                                                                                      T value) {   \
        size_t count = 0;                                                                          \
        for (size_t i = 0; i < n; i++) count += x[i] == value;                                     \
        return count;                                                                              \
    }
YOKE_TYPES(SUMS)

/* ---- the smallest and the largest ---- */

#define EXTREMES(S, T, W)                                                                          \
    size_t yoke_argmin_##S##_ref(const T *x, size_t n) {                                           \
        size_t best = 0;                                                                           \
        for (size_t i = 1; i < n && x[best] == x[best]; i++)                                       \
            if (x[i] < x[best] || x[i] != x[i]) best = i;                                          \
        return best;                                                                               \
    }                                                                                              \
    size_t yoke_argmax_##S##_ref(const T *x, size_t n) {                                           \
        size_t best = 0;                                                                           \
        for (size_t i = 1; i < n && x[best] == x[best]; i++)                                       \
            if (x[i] > x[best] || x[i] != x[i]) best = i;                                          \
        return best;                                                                               \
    }                                                                                              \
    /* Among zeros the sign counts; integers have one. */                                          \
    T yoke_min_##S##_ref(const T *x, size_t n) {                                                   \
        T best = x[yoke_argmin_##S##_ref(x, n)];                                                   \
        for (size_t i = 0; i < n && best == 0; i++)                                                \
            if (x[i] == 0 && signbit((double)x[i])) best = x[i];                                   \
        return best == best ? best : (T)NAN;                                                       \
    }                                                                                              \
    T yoke_max_##S##_ref(const T *x, size_t n) {                                                   \
        T best = x[yoke_argmax_##S##_ref(x, n)];                                                   \
        for (size_t i = 0; i < n && best == 0; i++)                                                \
            if (x[i] == 0 && !signbit((double)x[i])) best = x[i];                                  \
        return best == best ? best : (T)NAN;                                                       \
    }
YOKE_TYPES(EXTREMES)

/* ---- moments ---- */

#define MOMENTS(S, T, W)                                                                           \
    static double scaled_sum_##S(const T *x, size_t n, double factor) {                            \
        BLOCK(double, 0, +, (double)x[i] * factor)                                                 \
    }                                                                                              \
    static double first_##S(const T *x, size_t n, double pivot) {                                  \
        BLOCK(double, 0, +, (double)x[i] - pivot)                                                  \
    }                                                                                              \
    static double second_##S(const T *x, size_t n, double pivot) {                                 \
        BLOCK(double, 0, +, ((double)x[i] - pivot) * ((double)x[i] - pivot))                       \
    }                                                                                              \
    static yoke_moments tile_##S(const T *x, size_t n) {                                           \
        size_t first = n < 512 ? n : n / 16;                                                       \
        double pivot = scaled_sum_##S(x, first, 1 / (double)first), count = (double)n;             \
        if (!isfinite(pivot))                                                                      \
            return (yoke_moments){n, scaled_sum_##S(x, n, 1 / count), (double)NAN};                \
        double sum = first_##S(x, n, pivot);                                                       \
        double m2 = second_##S(x, n, pivot) - sum * (sum / count);                                 \
        return (yoke_moments){n, pivot + sum / count, m2 < 0 ? 0 : m2};                            \
    }                                                                                              \
    yoke_moments yoke_mean_variance_##S##_ref(const T *x, size_t n) {                              \
        yoke_moments all = {0, 0, 0};                                                              \
        size_t grain = yoke__reduce_grain(n);                                                      \
        for (size_t begin = 0; begin < n; begin += grain) {                                        \
            yoke_moments block = {0, 0, 0};                                                        \
            size_t end = begin + least(grain, n - begin);                                          \
            for (size_t i = begin; i < end; i += YOKE__MOMENTS_TILE) {                             \
                yoke_moments tile = tile_##S(x + i, least(YOKE__MOMENTS_TILE, end - i));           \
                yoke_moments_combine(&block, &tile);                                               \
            }                                                                                      \
            yoke_moments_combine(&all, &block);                                                    \
        }                                                                                          \
        return all;                                                                                \
    }
YOKE_TYPES(MOMENTS)

/* ---- norm ---- */

#define NORM(S, T)                                                                                 \
    static double squares_##S(const T *x, size_t n, double scale) {                                \
        BLOCK(double, 0, +, ((double)x[i] * scale) * ((double)x[i] * scale))                       \
    }                                                                                              \
    static void add_tile_##S(yoke__norm *norm, const T *x, size_t n) {                             \
        double sum = squares_##S(x, n, 1);                                                         \
        if (sum < 0x1p-900)                                                                        \
            norm->small += squares_##S(x, n, 0x1p600);                                             \
        else if (isfinite(sum))                                                                    \
            norm->plain += sum;                                                                    \
        else                                                                                       \
            norm->large += squares_##S(x, n, 0x1p-600);                                            \
    }                                                                                              \
    double yoke_norm2_##S##_ref(const T *x, size_t n) {                                            \
        yoke__norm all = {0, 0, 0};                                                                \
        size_t grain = yoke__reduce_grain(n);                                                      \
        for (size_t begin = 0; begin < n; begin += grain) {                                        \
            yoke__norm block = {0, 0, 0};                                                          \
            size_t end = begin + least(grain, n - begin);                                          \
            for (size_t i = begin; i < end; i += 4096)                                             \
                add_tile_##S(&block, x + i, least(4096, end - i));                                 \
            yoke__norm_add(&all, &block);                                                          \
        }                                                                                          \
        return yoke__norm_root(&all);                                                              \
    }
NORM(f32, float)
NORM(f64, double)

/* ---- flags ---- */

bool yoke_any_ref(const uint8_t *flags, size_t n) { return yoke_count_ref(flags, n) > 0; }
bool yoke_all_ref(const uint8_t *flags, size_t n) { return yoke_count_ref(flags, n) == n; }
size_t yoke_count_ref(const uint8_t *flags, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) count += flags[i] != 0;
    return count;
}

/* ---- reducers of the user ---- */

/* Block after block. `spare` is an accumulator more, used where there are two blocks. */
static void reduce_ref(const yoke_reducer *r, const void *items, size_t begin, size_t end,
                       char *acc, char *spare) {
    size_t grain = r->grain ? r->grain : yoke__reduce_grain(end - begin);
    if (begin == end) r->init(acc, r->ctx);
    for (size_t at = begin, stop; at < end; at = stop) {
        char *to = at == begin ? acc : spare;
        stop = end - at < grain ? end : at + grain;
        r->init(to, r->ctx);
        r->block(to, items, at, stop, r->ctx);
        if (to == spare) r->combine(acc, spare, r->ctx);
    }
}

int yoke_reduce_segments_ref(const yoke_reducer *reducer, const void *items, const size_t *offsets,
                             size_t count, void *results) {
    char *spare = malloc(reducer->acc_size);
    if (!spare) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t s = 0; s < count; s++)
        reduce_ref(reducer, items, offsets[s], offsets[s + 1],
                   (char *)results + s * reducer->acc_size, spare);
    free(spare);
    return YOKE_OK;
}

int yoke_reduce_ref(const yoke_reducer *reducer, const void *items, size_t n, void *result) {
    return yoke_reduce_segments_ref(reducer, items, (size_t[]){0, n}, 1, result);
}

/* ---- by key ---- */

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define RUN_OFFSETS(S, T)                                                                          \
    size_t yoke_run_offsets_##S##_ref(const T *keys, size_t n, size_t *offsets) {                  \
        size_t count = 0;                                                                          \
        for (size_t i = 0; i < n; i++)                                                             \
            if (i == 0 || keys[i] != keys[i - 1]) offsets[count++] = i;                            \
        offsets[count] = n;                                                                        \
        return count;                                                                              \
    }
RUN_OFFSETS(i32, int32_t)
RUN_OFFSETS(i64, int64_t)
RUN_OFFSETS(u32, uint32_t)
RUN_OFFSETS(u64, uint64_t)

/* A run of two items leaves the place behind its own result unused so far. */
#define BY_KEY(S, T)                                                                               \
    size_t yoke_reduce_by_key_##S##_ref(const yoke_reducer *reducer, const T *keys,                \
                                        const void *items, size_t n, T *unique, void *results) {   \
        size_t count = 0;                                                                          \
        for (size_t begin = 0, end; begin < n; begin = end, count++) {                             \
            char *acc = (char *)results + count * reducer->acc_size;                               \
            for (end = begin + 1; end < n && keys[end] == keys[begin];) end++;                     \
            unique[count] = keys[begin];                                                           \
            reduce_ref(reducer, items, begin, end, acc, acc + reducer->acc_size);                  \
        }                                                                                          \
        return count;                                                                              \
    }
BY_KEY(i32, int32_t)
BY_KEY(i64, int64_t)
BY_KEY(u32, uint32_t)
BY_KEY(u64, uint64_t)
/* NOLINTEND(bugprone-macro-parentheses) */

/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions: all items of an array become one value.
 *
 *     double sum;
 *     YOKE_TRY(yoke_sum(x, n, &sum, NULL));          // yoke_sum_f64 for a `double *x`
 *     YOKE_DEFINE_REDUCER(longest, const char *, size_t, 0, strlen, larger)
 *     YOKE_TRY(longest(names, n, &length, NULL));    // your own, inlined into your file
 *
 * How. The array is cut into blocks whose bounds depend on n only: 16384 items, or n / 4096 rounded
 * up to a multiple of 64 where that is more. A block is folded in 16 lanes (item i goes to lane i
 * mod 16, counted from the beginning of the block), the lanes are folded pairwise (j and j + 8, j
 * and j + 4, ...), and the results of the blocks are combined in their order. So the bits do not
 * depend on threads, on the schedule or on the instructions (yoke/isa.h): YOKE_REPRO_ANY_THREADS,
 * which costs nothing here, and is what YOKE_REPRO_FAST gives as well.
 *
 * YOKE_REPRO_EXACT: the result is the exact one, rounded once, so it does not depend on the order
 * of the items either (yoke/xsum.h). Integers are exact always. A reducer of your own that does not
 * say that it is exact returns YOKE_EUNSUPPORTED.
 *
 * All functions: x may be NULL when n is 0; items are only read. *result is written on success only
 * and must not lie in the array. Blocks until done; any thread may call. Returns YOKE_OK,
 * YOKE_EINVAL, YOKE_ENOMEM, or what yoke/run.h lists.
 */
#ifndef YOKE_REDUCE_H
#define YOKE_REDUCE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "yoke/run.h"
#include "yoke/status.h"
#include "yoke/typed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- numbers ----
 * Integers are widened to 64 bits and wrap there, modulo 2^64. Floats are widened to double. */

/* Count, mean and sum of the squared deviations from it. */
typedef struct yoke_moments {
    uint64_t count;
    double mean;
    double m2;
} yoke_moments;

/* Variance with `lost` degrees of freedom lost (0: of a population, 1: of a sample); NaN when that
 * leaves none. */
static inline double yoke_moments_variance(const yoke_moments *m, uint64_t lost) {
    return m->count > lost ? m->m2 / (double)(m->count - lost) : (double)NAN;
}

/* Folds the moments of other items into `into`: Chan, Golub and LeVeque (1983). */
YOKE_API void yoke_moments_combine(yoke_moments *into, const yoke_moments *from);

/* For each type, S being its suffix, T the type and W its wide type:
 *
 * sum      x[0] + ... + x[n - 1]; 0 for no items. A floating-point sum that is zero is +0.
 * product  1 for no items. EXACT: the exact product of all items is rounded once, to the nearest
 *          double, where it is subnormal, too; neither overflow nor underflow on the way matters.
 * It is NaN when an item is, or when there are an infinity and a zero; else infinite or zero when
 * an item is; the sign is that of an odd number of minus signs, also of a zero. It is computed to
 * 128 bits, and to 256, 512, and so on where these cannot decide (Ziv 1991), which no numbers do
 * that are not made for it; at worst to 53 n bits, in n^2 time and 7 n bytes for each member and 14
 * n beside (YOKE_ENOMEM). dot      x[0] y[0] + ... + x[n - 1] y[n - 1]; products of floats do not
 * round, those of doubles round before they are added, unless EXACT. min, max YOKE_EINVAL for no
 * items. A NaN among the items makes the result NaN; -0 is below +0. argmin, argmax  the index of
 * the first item that equals the smallest (largest) one, -0 and +0 being equal; with NaN among the
 * items, that of the first NaN. YOKE_EINVAL for no items. mean_variance  in one pass over memory:
 * within tiles of 4096 items deviations are taken from a mean of their first items, so that
 * cancellation is bounded, and tiles are combined in order. Items of 64 bits count as the nearest
 * double. All zero for no items. With an infinity m2 is NaN. Beyond 10^153 in size squares
 * overflow, m2 is then infinite or NaN. EXACT rounds the exact mean and the exact m2. count_equal
 * how many items equal `value`; no NaN does. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define YOKE_REDUCE_DECLARE_(S, T, W)                                                              \
    YOKE_API int yoke_sum_##S(const T *x, size_t n, W *result, const yoke_run *run);               \
    YOKE_API int yoke_product_##S(const T *x, size_t n, W *result, const yoke_run *run);           \
    YOKE_API int yoke_dot_##S(const T *x, const T *y, size_t n, W *result, const yoke_run *run);   \
    YOKE_API int yoke_min_##S(const T *x, size_t n, T *result, const yoke_run *run);               \
    YOKE_API int yoke_max_##S(const T *x, size_t n, T *result, const yoke_run *run);               \
    YOKE_API int yoke_argmin_##S(const T *x, size_t n, size_t *result, const yoke_run *run);       \
    YOKE_API int yoke_argmax_##S(const T *x, size_t n, size_t *result, const yoke_run *run);       \
    YOKE_API int yoke_mean_variance_##S(const T *x, size_t n, yoke_moments *result,                \
                                        const yoke_run *run);                                      \
    YOKE_API int yoke_count_equal_##S(const T *x, size_t n, T value, size_t *result,               \
                                      const yoke_run *run);
YOKE_TYPES(YOKE_REDUCE_DECLARE_)
/* NOLINTEND(bugprone-macro-parentheses) */

/* The Euclidean norm, the root of the sum of squares, without overflow or underflow on the way: the
 * result is finite and accurate where it can be represented. NaN when an item is, else infinite
 * when an item is. */
YOKE_API int yoke_norm2_f32(const float *x, size_t n, double *result, const yoke_run *run);
YOKE_API int yoke_norm2_f64(const double *x, size_t n, double *result, const yoke_run *run);

/* ---- flags: a byte is true when it is not 0 ---- */

/* Whether any is true (false for none), whether all are (true for none), how many are. The first
 * two end early. */
YOKE_API int yoke_any(const uint8_t *flags, size_t n, bool *result, const yoke_run *run);
YOKE_API int yoke_all(const uint8_t *flags, size_t n, bool *result, const yoke_run *run);
YOKE_API int yoke_count(const uint8_t *flags, size_t n, size_t *result, const yoke_run *run);

/* ---- references: one thread, plain loops, the same bits as without EXACT ---- */

#define YOKE_REDUCE_DECLARE_REF_(S, T, W)                                                          \
    YOKE_API W yoke_sum_##S##_ref(const T *x, size_t n);                                           \
    YOKE_API W yoke_product_##S##_ref(const T *x, size_t n);                                       \
    YOKE_API W yoke_dot_##S##_ref(const T *x, const T *y, size_t n);                               \
    YOKE_API size_t yoke_argmin_##S##_ref(const T *x, size_t n);                                   \
    YOKE_API size_t yoke_argmax_##S##_ref(const T *x, size_t n);                                   \
    YOKE_API T yoke_min_##S##_ref(const T *x, size_t n);                                           \
    YOKE_API T yoke_max_##S##_ref(const T *x, size_t n);                                           \
    YOKE_API yoke_moments yoke_mean_variance_##S##_ref(const T *x, size_t n);                      \
    YOKE_API size_t yoke_count_equal_##S##_ref(const T *x, size_t n, T value);
YOKE_TYPES(YOKE_REDUCE_DECLARE_REF_)
YOKE_API double yoke_norm2_f32_ref(const float *x, size_t n);
YOKE_API double yoke_norm2_f64_ref(const double *x, size_t n);
YOKE_API bool yoke_any_ref(const uint8_t *flags, size_t n);
YOKE_API bool yoke_all_ref(const uint8_t *flags, size_t n);
YOKE_API size_t yoke_count_ref(const uint8_t *flags, size_t n);

#ifndef __cplusplus
#define yoke_sum(x, n, result, run)            YOKE_TYPED(yoke_sum, x)(x, n, result, run)
#define yoke_product(x, n, result, run)        YOKE_TYPED(yoke_product, x)(x, n, result, run)
#define yoke_dot(x, y, n, result, run)         YOKE_TYPED(yoke_dot, x)(x, y, n, result, run)
#define yoke_min(x, n, result, run)            YOKE_TYPED(yoke_min, x)(x, n, result, run)
#define yoke_max(x, n, result, run)            YOKE_TYPED(yoke_max, x)(x, n, result, run)
#define yoke_argmin(x, n, result, run)         YOKE_TYPED(yoke_argmin, x)(x, n, result, run)
#define yoke_argmax(x, n, result, run)         YOKE_TYPED(yoke_argmax, x)(x, n, result, run)
#define yoke_mean_variance(x, n, moments, run) YOKE_TYPED(yoke_mean_variance, x)(x, n, moments, run)
#define yoke_norm2(x, n, result, run)          YOKE_TYPED_FLOAT(yoke_norm2, x)(x, n, result, run)
#define yoke_count_equal(x, n, value, result, run)                                                 \
    YOKE_TYPED(yoke_count_equal, x)(x, n, value, result, run)
#endif

/* ---- reducers of your own ---- */

/* What a reduction does, one call a block. `ctx` is passed on; all threads share it. */
typedef struct yoke_reducer {
    size_t acc_size; /* bytes of an accumulator; it is aligned to 16 */
    size_t grain;    /* items of a block; 0: as above. Bits may depend on it */
    /* Makes the identity. */
    void (*init)(void *acc, const void *ctx);
    /* Folds items begin to end - 1 into acc. */
    void (*block)(void *acc, const void *items, size_t begin, size_t end, const void *ctx);
    /* Folds `from`, what became of items that come later, into `into`. Associative; need not be
     * commutative. */
    void (*combine)(void *into, const void *from, const void *ctx);
    const void *ctx;
    /* The result depends on the set of items only, in each bit (associative and commutative, as
     * with integers). Then there is an accumulator for each thread instead of each block, and EXACT
     * is allowed; otherwise EXACT is YOKE_EUNSUPPORTED. */
    bool exact;
} yoke_reducer;

/* Reduces n items; *result is an accumulator. `items` is given to `block` as it is, so it may be
 * anything that indices from 0 to n - 1 mean something for. Without `exact` it takes acc_size bytes
 * for each block: with large accumulators choose a large grain. */
YOKE_API int yoke_reduce(const yoke_reducer *reducer, const void *items, size_t n, void *result,
                         const yoke_run *run);

/* The same for each of `count` segments: segment s has the items offsets[s] to offsets[s + 1] - 1,
 * and results holds `count` accumulators one behind the other. Offsets ascend (YOKE_EINVAL);
 * segments may be empty. Each result has the bits that yoke_reduce gives for the segment's items
 * alone, if `block` does not look at indices themselves. On failure results are unspecified. */
YOKE_API int yoke_reduce_segments(const yoke_reducer *reducer, const void *items,
                                  const size_t *offsets, size_t count, void *results,
                                  const yoke_run *run);

/* The references of both: one block after the other, the same bits. They check nothing;
 * YOKE_ENOMEM. */
YOKE_API int yoke_reduce_ref(const yoke_reducer *reducer, const void *items, size_t n,
                             void *result);
YOKE_API int yoke_reduce_segments_ref(const yoke_reducer *reducer, const void *items,
                                      const size_t *offsets, size_t count, void *results);

enum { YOKE_REDUCER_LANES = 16 };

/* Defines a reducer and `int NAME(const T *x, size_t n, Acc *result, const yoke_run *run)`, typed
 * and static. The value of an item is `Acc map(T)`; `Acc combine(Acc, Acc)` is associative and
 * commutative (up to rounding), IDENTITY its true identity. Both are functions (or macros) that
 * are inlined: the loop has 16 independent lanes and vectorises without -ffast-math, with -O3. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define YOKE_DEFINE_REDUCER(name, T, Acc, IDENTITY, map, combine)                                  \
    static void name##_init(void *acc, const void *ctx) { *(Acc *)acc = ((void)ctx, (IDENTITY)); } \
    static void name##_combine(void *into, const void *from, const void *ctx) {                    \
        *(Acc *)into = ((void)ctx, combine(*(Acc *)into, *(const Acc *)from));                     \
    }                                                                                              \
    static void name##_block(void *acc, const void *items, size_t i, size_t end, const void *c) {  \
        Acc lane[YOKE_REDUCER_LANES];                                                              \
        for (int j = 0; j < YOKE_REDUCER_LANES; j++) name##_init(&lane[j], c);                     \
        for (; end - i >= YOKE_REDUCER_LANES; i += YOKE_REDUCER_LANES)                             \
            for (int j = 0; j < YOKE_REDUCER_LANES; j++)                                           \
                lane[j] = combine(lane[j], map(((const T *)items)[i + (size_t)j]));                \
        for (int j = 0; i < end; i++, j++) lane[j] = combine(lane[j], map(((const T *)items)[i])); \
        for (int j = 0; j < YOKE_REDUCER_LANES; j++) name##_combine(acc, &lane[j], c);             \
    }                                                                                              \
    YOKE_DEFINE_REDUCER_CALL_(name, T, Acc)
#define YOKE_DEFINE_REDUCER_CALL_(name, T, Acc)                                                    \
    static const yoke_reducer name##_reducer = {sizeof(Acc),    0,    name##_init, name##_block,   \
                                                name##_combine, NULL, false};                      \
    static inline __attribute__((unused)) int name(const T *items, size_t n, Acc *result,          \
                                                   const yoke_run *run) {                          \
        return yoke_reduce(&name##_reducer, items, n, result, run);                                \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

/* ---- by key ---- */

/* Where runs of equal neighbours begin: offsets[0] = 0, ..., offsets[*runs] = n; room for n + 1.
 * Sort first, and a run is a key. The reference returns the number of runs. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define YOKE_RUN_OFFSETS_DECLARE_(S, T)                                                            \
    YOKE_API int yoke_run_offsets_##S(const T *keys, size_t n, size_t *offsets, size_t *runs,      \
                                      const yoke_run *run);                                        \
    YOKE_API size_t yoke_run_offsets_##S##_ref(const T *keys, size_t n, size_t *offsets);
YOKE_RUN_OFFSETS_DECLARE_(i32, int32_t)
YOKE_RUN_OFFSETS_DECLARE_(i64, int64_t)
YOKE_RUN_OFFSETS_DECLARE_(u32, uint32_t)
YOKE_RUN_OFFSETS_DECLARE_(u64, uint64_t)

/* Reduces each run of equal keys: keys[i] is the key of item i. The r-th run leaves its key in
 * unique[r] and its accumulator in results[r], with the bits of yoke_reduce_segments; *runs of
 * them. Keys need not be sorted: one that comes back later has another run. `unique` and `results`
 * have room for n and do not overlap the input (YOKE_EINVAL when `unique` overlaps `keys`); on
 * failure they are unspecified. Takes 8 bytes a run beside the scratch memory. */
#define YOKE_REDUCE_BY_KEY_DECLARE_(S, T)                                                          \
    YOKE_API int yoke_reduce_by_key_##S(const yoke_reducer *reducer, const T *keys,                \
                                        const void *items, size_t n, T *unique, void *results,     \
                                        size_t *runs, const yoke_run *run);                        \
    YOKE_API size_t yoke_reduce_by_key_##S##_ref(const yoke_reducer *reducer, const T *keys,       \
                                                 const void *items, size_t n, T *unique,           \
                                                 void *results);
YOKE_REDUCE_BY_KEY_DECLARE_(i32, int32_t)
YOKE_REDUCE_BY_KEY_DECLARE_(i64, int64_t)
YOKE_REDUCE_BY_KEY_DECLARE_(u32, uint32_t)
YOKE_REDUCE_BY_KEY_DECLARE_(u64, uint64_t)
/* NOLINTEND(bugprone-macro-parentheses) */

#ifndef __cplusplus
/* clang-format off */
#define YOKE_TYPED_INTEGER_(name, x)                                                               \
    _Generic(*(x), int32_t: name##_i32, int64_t: name##_i64, uint32_t: name##_u32,                 \
             uint64_t: name##_u64)
#define YOKE_TYPED_INTEGER_REF_(name, x)                                                           \
    _Generic(*(x), int32_t: name##_i32_ref, int64_t: name##_i64_ref, uint32_t: name##_u32_ref,     \
             uint64_t: name##_u64_ref)
/* clang-format on */
#define yoke_run_offsets(keys, n, offsets, runs, run)                                              \
    YOKE_TYPED_INTEGER_(yoke_run_offsets, keys)(keys, n, offsets, runs, run)
#define yoke_run_offsets_ref(keys, n, offsets)                                                     \
    YOKE_TYPED_INTEGER_REF_(yoke_run_offsets, keys)(keys, n, offsets)
#define yoke_reduce_by_key(reducer, keys, items, n, unique, results, runs, run)                    \
    YOKE_TYPED_INTEGER_(yoke_reduce_by_key, keys)                                                  \
    (reducer, keys, items, n, unique, results, runs, run)
#endif

#ifdef __cplusplus
}
#endif
#endif

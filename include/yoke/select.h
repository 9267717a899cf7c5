/* SPDX-License-Identifier: Apache-2.0
 *
 * Selecting: items that pass a test, in their order; their places; partitions; runs of equal items.
 *
 *     size_t kept;
 *     YOKE_TRY(yoke_select_where(x, n, YOKE_RELATION_LESS, 0.5, y, &kept, &run));
 *
 * All are stable (what comes first in the input comes first in the output), so results are the same
 * at any number of threads. One pass over the input: a block is packed into a buffer in cache,
 * learns from the blocks before it where its items belong, and is copied there. Partitions take a
 * second look at the tests, to know first how many pass.
 *
 * Arrays: `from`, `flags` and `to` have n items unless it is said otherwise, `to` even when fewer
 * are written; what lies behind those is left alone. No output array may overlap an input array or
 * another output: YOKE_EINVAL. An array may be NULL when n is 0. A flag is a byte, 0 or not. They
 * return 0 or fail as any kernel does (yoke/run.h); YOKE_ENOMEM when there is no memory for a
 * buffer a member (about 128 KiB, 256 to encode runs) and 8 bytes a block, or 8 a run that is
 * decoded. NAME_ref is the serial reference: it checks nothing and returns the count.
 *
 * Types T: i32, i64, u32, u64, f32, f64; the name without a type takes it from the first argument.
 * Comparisons are those of C: a NaN is unequal to all, -0 equals 0.
 */
#ifndef YOKE_SELECT_H
#define YOKE_SELECT_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"
#include "yoke/typed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How an item stands to a value. */
typedef enum yoke_relation {
    YOKE_RELATION_EQUAL,
    YOKE_RELATION_NOT_EQUAL,
    YOKE_RELATION_LESS,
    YOKE_RELATION_LESS_EQUAL,
    YOKE_RELATION_GREATER,
    YOKE_RELATION_GREATER_EQUAL,
} yoke_relation;

/* ---- select: *count items, those with a flag, or those that stand so to `value` ---- */

#define YOKE_SELECT_DECLARE_(T, type, wide)                                                        \
    YOKE_API int yoke_select_##T(const type *from, const unsigned char *flags, size_t n,           \
                                 type to[], size_t *count, const yoke_run *run);                   \
    YOKE_API int yoke_select_where_##T(const type *from, size_t n, yoke_relation relation,         \
                                       type value, type to[], size_t *count, const yoke_run *run); \
    YOKE_API size_t yoke_select_##T##_ref(const type *from, const unsigned char *flags, size_t n,  \
                                          type to[]);                                              \
    YOKE_API size_t yoke_select_where_##T##_ref(const type *from, size_t n,                        \
                                                yoke_relation relation, type value, type to[]);
YOKE_TYPES(YOKE_SELECT_DECLARE_)
#define yoke_select(from, ...)       YOKE_TYPED(yoke_select, from)(from, __VA_ARGS__)
#define yoke_select_where(from, ...) YOKE_TYPED(yoke_select_where, from)(from, __VA_ARGS__)

/* The places i of the flags that are not 0, ascending: *count of them. */
YOKE_API int yoke_select_places(const unsigned char *flags, size_t n, uint64_t *to, size_t *count,
                                const yoke_run *run);
YOKE_API size_t yoke_select_places_ref(const unsigned char *flags, size_t n, uint64_t *to);

/* ---- partition: those that pass, then those that do not; *count pass ---- */

#define YOKE_PARTITION_DECLARE_(T, type, wide)                                                     \
    YOKE_API int yoke_partition_##T(const type *from, const unsigned char *flags, size_t n,        \
                                    type to[], size_t *count, const yoke_run *run);                \
    YOKE_API int yoke_partition_where_##T(const type *from, size_t n, yoke_relation relation,      \
                                          type value, type to[], size_t *count,                    \
                                          const yoke_run *run);                                    \
    YOKE_API size_t yoke_partition_##T##_ref(const type *from, const unsigned char *flags,         \
                                             size_t n, type to[]);                                 \
    YOKE_API size_t yoke_partition_where_##T##_ref(const type *from, size_t n,                     \
                                                   yoke_relation relation, type value, type to[]);
YOKE_TYPES(YOKE_PARTITION_DECLARE_)
#define yoke_partition(from, ...)       YOKE_TYPED(yoke_partition, from)(from, __VA_ARGS__)
#define yoke_partition_where(from, ...) YOKE_TYPED(yoke_partition_where, from)(from, __VA_ARGS__)

/* In three: items below `low`, then those that are neither (NaN too), then those above `high`.
 * counts[0], counts[1] and counts[2] add up to n. An item that is below `low` is in the first part
 * even when high < low. */
#define YOKE_PARTITION3_DECLARE_(T, type, wide)                                                    \
    YOKE_API int yoke_partition3_##T(const type *from, size_t n, type low, type high, type to[],   \
                                     size_t counts[3], const yoke_run *run);                       \
    YOKE_API void yoke_partition3_##T##_ref(const type *from, size_t n, type low, type high,       \
                                            type to[], size_t counts[3]);
YOKE_TYPES(YOKE_PARTITION3_DECLARE_)
#define yoke_partition3(from, ...) YOKE_TYPED(yoke_partition3, from)(from, __VA_ARGS__)

/* ---- runs of equal items ---- */

/* The first item of each run: a sorted array without its duplicates. */
#define YOKE_UNIQUE_DECLARE_(T, type, wide)                                                        \
    YOKE_API int yoke_unique_##T(const type *from, size_t n, type to[], size_t *count,             \
                                 const yoke_run *run);                                             \
    YOKE_API size_t yoke_unique_##T##_ref(const type *from, size_t n, type to[]);
YOKE_TYPES(YOKE_UNIQUE_DECLARE_)
#define yoke_unique(from, ...) YOKE_TYPED(yoke_unique, from)(from, __VA_ARGS__)

/* Encoding: *count runs, the first item of each in `items` and its length in `lengths` (both with
 * room for n). Decoding is the inverse (but for -0 within a run of zeros): `runs` items and
 * lengths, which may be 0; *n items come out, and YOKE_ERANGE says that they are more than `room`.
 */
#define YOKE_RLE_DECLARE_(T, type, wide)                                                           \
    YOKE_API int yoke_rle_encode_##T(const type *from, size_t n, type items[], uint64_t *lengths,  \
                                     size_t *count, const yoke_run *run);                          \
    YOKE_API int yoke_rle_decode_##T(const type items[], const uint64_t *lengths, size_t runs,     \
                                     type to[], size_t room, size_t *n, const yoke_run *run);      \
    YOKE_API size_t yoke_rle_encode_##T##_ref(const type *from, size_t n, type items[],            \
                                              uint64_t *lengths);                                  \
    YOKE_API size_t yoke_rle_decode_##T##_ref(const type items[], const uint64_t *lengths,         \
                                              size_t runs, type to[]);
YOKE_TYPES(YOKE_RLE_DECLARE_)
#define yoke_rle_encode(from, ...)  YOKE_TYPED(yoke_rle_encode, from)(from, __VA_ARGS__)
#define yoke_rle_decode(items, ...) YOKE_TYPED(yoke_rle_decode, items)(items, __VA_ARGS__)

/* Adjacent difference: to[0] = from[0], to[i] = from[i] - from[i - 1]; integers wrap. */
#define YOKE_DIFFERENCE_DECLARE_(T, type, wide)                                                    \
    YOKE_API int yoke_difference_##T(const type *from, size_t n, type to[], const yoke_run *run);  \
    YOKE_API void yoke_difference_##T##_ref(const type *from, size_t n, type to[]);
YOKE_TYPES(YOKE_DIFFERENCE_DECLARE_)
#define yoke_difference(from, ...) YOKE_TYPED(yoke_difference, from)(from, __VA_ARGS__)

/* ---- tests and items of the user ---- */

/* Sets flags[i], for i below n (at most 1024), to 1 when items[i] passes and to 0 when not. It
 * depends on the item and ctx only, may be called more than once for an item, and by several
 * threads at the same time. */
typedef void yoke_flag_fn(const void *items, size_t n, unsigned char *flags, const void *ctx);

/* Select, its places, and partition in two, for items of `size` bytes (1 to 64 KiB; others give
 * YOKE_EINVAL). */
YOKE_API int yoke_select_by(const void *from, size_t n, size_t size, yoke_flag_fn *flag,
                            const void *ctx, void *to, size_t *count, const yoke_run *run);
YOKE_API int yoke_select_places_by(const void *from, size_t n, size_t size, yoke_flag_fn *flag,
                                   const void *ctx, uint64_t *to, size_t *count,
                                   const yoke_run *run);
YOKE_API int yoke_partition_by(const void *from, size_t n, size_t size, yoke_flag_fn *flag,
                               const void *ctx, void *to, size_t *count, const yoke_run *run);
YOKE_API size_t yoke_select_by_ref(const void *from, size_t n, size_t size, yoke_flag_fn *flag,
                                   const void *ctx, void *to);
YOKE_API size_t yoke_select_places_by_ref(const void *from, size_t n, size_t size,
                                          yoke_flag_fn *flag, const void *ctx, uint64_t *to);
YOKE_API size_t yoke_partition_by_ref(const void *from, size_t n, size_t size, yoke_flag_fn *flag,
                                      const void *ctx, void *to);

/* Makes them for one test, so that it is inlined into the loop and that into vectors:
 *
 *     static inline bool is_even(uint32_t x, const void *ctx) { (void)ctx; return x % 2 == 0; }
 *     YOKE_DEFINE_PREDICATE(even, uint32_t, is_even)
 *     ... even_select(x, n, NULL, y, &kept, &run); even_partition(...); even_places(...);
 */
#define YOKE_DEFINE_PREDICATE(name, type, test)                                                    \
    static void name##_flags(const void *items, size_t n, unsigned char *flags, const void *ctx) { \
        const type *from = (const type *)items;                                                    \
        for (size_t i = 0; i < n; i++) flags[i] = (test)(from[i], ctx) ? 1 : 0;                    \
    }                                                                                              \
    YOKE_DEFINE_BY_(name##_select, yoke_select_by, name##_flags, type, type)                       \
    YOKE_DEFINE_BY_(name##_places, yoke_select_places_by, name##_flags, type, uint64_t)            \
    YOKE_DEFINE_BY_(name##_partition, yoke_partition_by, name##_flags, type, type)
#define YOKE_DEFINE_BY_(name, by, flags, type, result)                                             \
    static inline int name(const type *from, size_t n, const void *ctx, result to[],               \
                           size_t *count, const yoke_run *run) {                                   \
        return by(from, n, sizeof *from, flags, ctx, to, count, run);                              \
    }

#ifdef __cplusplus
}
#endif
#endif

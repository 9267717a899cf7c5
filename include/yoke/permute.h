/* SPDX-License-Identifier: Apache-2.0
 *
 * Moving items about: gather, scatter, permutations, transposes, reversal, shuffles. All give the
 * same result at any number of threads.
 *
 * Arrays have n items unless it is said otherwise; indices count from 0. Output must not overlap
 * any input, but for what works in place. They return 0 or fail as any kernel does (yoke/run.h),
 * with YOKE_EINVAL for arrays that overlap or are missing, and YOKE_ENOMEM. NAME_ref is the serial
 * reference, which checks nothing. Types T: i32, i64, u32, u64, f32, f64.
 */
#ifndef YOKE_PERMUTE_H
#define YOKE_PERMUTE_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/random.h"
#include "yoke/run.h"
#include "yoke/typed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Gather: to[i] = from[index[i]], for i below n; `from` has `limit` items. An index that is not
 * below limit gives YOKE_ERANGE, and the detail names the first one.
 *
 * Scatter: to[index[i]] = from[i]; `to` has `limit` items, and those that no index names stay as
 * they are. Of several i with the same index the largest one counts. YOKE_ERANGE as above, and then
 * nothing has been written. Works in 24 bytes an item of memory when n is large: items are first
 * dealt to parts of `to` that fit in cache.
 *
 * With n = limit and an index that has each number once, gather permutes, and scatter permutes by
 * the inverse. */
#define YOKE_GATHER_DECLARE_(T, type, wide)                                                        \
    YOKE_API int yoke_gather_##T(const type *from, size_t limit, const uint64_t *index, size_t n,  \
                                 type to[], const yoke_run *run);                                  \
    YOKE_API int yoke_scatter_##T(const type *from, const uint64_t *index, size_t n, type to[],    \
                                  size_t limit, const yoke_run *run);                              \
    YOKE_API void yoke_gather_##T##_ref(const type *from, const uint64_t *index, size_t n,         \
                                        type to[]);                                                \
    YOKE_API void yoke_scatter_##T##_ref(const type *from, const uint64_t *index, size_t n,        \
                                         type to[]);
YOKE_TYPES(YOKE_GATHER_DECLARE_)
#define yoke_gather(from, ...)  YOKE_TYPED(yoke_gather, from)(from, __VA_ARGS__)
#define yoke_scatter(from, ...) YOKE_TYPED(yoke_scatter, from)(from, __VA_ARGS__)

/* inverse[index[i]] = i. YOKE_EINVAL when index does not have each number below n once; then
 * `inverse` is unspecified. */
YOKE_API int yoke_permutation_invert(const uint64_t *index, size_t n, uint64_t *inverse,
                                     const yoke_run *run);
YOKE_API void yoke_permutation_invert_ref(const uint64_t *index, size_t n, uint64_t *inverse);

/* Transpose: `from` has rows x columns items, row by row; `to` gets columns x rows. In place, a
 * square works in no more memory; other shapes take a copy of all. YOKE_ERANGE when the product is
 * too large. yoke_transpose_ref is the reference of yoke_transpose_in_place, too. */
#define YOKE_TRANSPOSE_DECLARE_(T, type, wide)                                                     \
    YOKE_API int yoke_transpose_##T(const type *from, size_t rows, size_t columns, type to[],      \
                                    const yoke_run *run);                                          \
    YOKE_API int yoke_transpose_in_place_##T(type items[], size_t rows, size_t columns,            \
                                             const yoke_run *run);                                 \
    YOKE_API void yoke_transpose_##T##_ref(const type *from, size_t rows, size_t columns,          \
                                           type to[]);
YOKE_TYPES(YOKE_TRANSPOSE_DECLARE_)
#define yoke_transpose(from, ...) YOKE_TYPED(yoke_transpose, from)(from, __VA_ARGS__)
#define yoke_transpose_in_place(items, ...)                                                        \
    YOKE_TYPED(yoke_transpose_in_place, items)(items, __VA_ARGS__)

/* Reverses items in place.
 *
 * Shuffle: puts items into an order that is a function of `random` and n, each of the n! as likely
 * as any other, as far as the generator's words are independent and uniform. (After Sanders,
 * "Random permutations on distributed, external and hierarchical memory", 1998: each item goes to
 * one of 2^k buckets, by k bits of its own, and each bucket is shuffled after Fisher and Yates,
 * with bounded numbers by rejection. Given the buckets' contents all their orders are equally
 * likely, and swapping any two items before it all swaps what their bits say, which is as likely.)
 * It uses numbers of the stream: take another one for other purposes. Works in n items of memory
 * when n is large; n may be up to 2^40, YOKE_ERANGE. */
#define YOKE_SHUFFLE_DECLARE_(T, type, wide)                                                       \
    YOKE_API int yoke_reverse_##T(type items[], size_t n, const yoke_run *run);                    \
    YOKE_API void yoke_reverse_##T##_ref(type items[], size_t n);                                  \
    YOKE_API int yoke_shuffle_##T(type items[], size_t n, yoke_random random,                      \
                                  const yoke_run *run);                                            \
    YOKE_API int yoke_shuffle_##T##_ref(type items[], size_t n, yoke_random random);
YOKE_TYPES(YOKE_SHUFFLE_DECLARE_)
#define yoke_reverse(items, ...)   YOKE_TYPED(yoke_reverse, items)(items, __VA_ARGS__)
#define yoke_reverse_ref(items, n) YOKE_TYPED_REF(yoke_reverse, items)(items, n)
#define yoke_shuffle(items, ...)   YOKE_TYPED(yoke_shuffle, items)(items, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
